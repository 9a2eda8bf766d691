//! Makes the bridges' C++ side: their headers, and a library that programs link.

/// The source files with a bridge.
const BRIDGES: [&str; 12] = [
    "compose",
    "job",
    "lib",
    "origin",
    "package",
    "plan",
    "repository",
    "rpmdb",
    "sysroot",
    "transaction",
    "treefile",
    "values",
];

fn main() {
    // Programs hold the C++ side of just this version.
    let version = env!("CARGO_PKG_VERSION");
    println!("cargo::rustc-cdylib-link-arg=-Wl,-soname,libregraft-cxx.so.{version}");
    let sources = BRIDGES.map(|name| format!("src/{name}.rs"));
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=../include/regraft/listener.hpp");
    for source in &sources {
        println!("cargo::rerun-if-changed={source}");
    }
    // A program that links the shared library needs cxx's own C++ side, too: it is hidden in there.
    let header = std::env::var("DEP_CXXBRIDGE1_HEADER").expect("the cxx crate says where it is");
    let cxx = std::path::Path::new(&header)
        .parent()
        .and_then(|include| include.parent())
        .map(|folder| folder.join("src/cxx.cc"))
        .expect("the header lies in a folder of the crate");
    cxx_build::CFG.include_prefix = "regraft";
    cxx_build::bridges(sources)
        .file(cxx)
        .include("../include")
        .std("c++17")
        .compile("regraft-cxx-glue");
}
