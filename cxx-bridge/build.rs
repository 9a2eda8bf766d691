//! Makes the bridge's C++ side: a header, and a library that programs link.

fn main() {
    println!("cargo::rerun-if-changed=src/lib.rs");
    cxx_build::CFG.include_prefix = "regraft";
    cxx_build::bridge("src/lib.rs")
        .std("c++17")
        .compile("regraft-cxx-glue");
}
