//! `include/regraft.hpp` compiles without a warning, and a program links and runs with it.
#![allow(missing_docs)]

#[path = "../../capi/tests/support/build.rs"]
mod build;

use std::process::Command;

#[test]
fn a_cxx_program_runs() {
    let built = build::library("regraft-cxx", "libregraft_cxx.so");
    let library = built.file.parent().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("version");
    build::run(
        Command::new("c++")
            .args(["-std=c++17", "-pedantic", "-Wall", "-Wextra", "-Werror"])
            .arg(concat!("-I", env!("CARGO_MANIFEST_DIR"), "/../include"))
            .arg(format!("-I{}/cxxbridge/include", built.made))
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/version.cpp"))
            .args([format!("-L{}", built.made), format!("-L{library}")])
            .args(["-lregraft-cxx-glue", "-lregraft_cxx", "-o"])
            .arg(&program),
    );
    let said = build::run(Command::new(&program).env("LD_LIBRARY_PATH", library));
    assert_eq!(said, "0\n");
}
