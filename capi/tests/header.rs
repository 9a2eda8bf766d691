//! `include/regraft.h` is what the sources say, and C programs compile, link and run with it.
#![allow(missing_docs, clippy::unwrap_used)]

#[path = "support/build.rs"]
mod build;

use camino::Utf8Path;
use std::process::Command;

/// The committed header.
const HEADER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../include/regraft.h");

/// `cargo xtask headers` sets it: the header is written instead of compared.
const WRITE: &str = "REGRAFT_WRITE_HEADER";

/// What cbindgen makes of the sources, in the order in which `lib.rs` names them.
fn generate() -> String {
    let folder = env!("CARGO_MANIFEST_DIR");
    let mut config = cbindgen::Config::from_file(format!("{folder}/cbindgen.toml")).unwrap();
    config.after_includes = Some(format!(
        "\n/* The version of the library that this header came with. */\n\
         #define REGRAFT_VERSION_MAJOR {}\n\
         #define REGRAFT_VERSION_MINOR {}\n\
         #define REGRAFT_VERSION_PATCH {}",
        env!("CARGO_PKG_VERSION_MAJOR"),
        env!("CARGO_PKG_VERSION_MINOR"),
        env!("CARGO_PKG_VERSION_PATCH"),
    ));
    let root = std::fs::read_to_string(format!("{folder}/src/lib.rs")).unwrap();
    let modules = root.lines().filter_map(|line| {
        let name = line.strip_prefix("pub mod ")?.strip_suffix(';')?;
        Some(format!("{folder}/src/{name}.rs"))
    });
    let mut builder = cbindgen::Builder::new().with_config(config);
    for module in modules {
        builder = builder.with_src(module);
    }
    let mut made = Vec::new();
    builder.generate().unwrap().write(&mut made);
    String::from_utf8(made).unwrap()
}

#[test]
fn the_header_is_current() {
    let made = generate();
    if std::env::var_os(WRITE).is_some() {
        std::fs::write(HEADER, &made).unwrap();
    }
    let committed = std::fs::read_to_string(HEADER).unwrap_or_default();
    assert!(committed == made, "run `cargo xtask headers`");
}

#[test]
fn a_c_program_runs() {
    let library = build::library("regraft-capi", "libregraft.so").file;
    let folder = tempfile::tempdir().unwrap();
    let folder = Utf8Path::from_path(folder.path()).unwrap();
    // The linker writes the library's own name into the program.
    std::os::unix::fs::symlink(&library, folder.join("libregraft.so.0")).unwrap();
    std::os::unix::fs::symlink("libregraft.so.0", folder.join("libregraft.so")).unwrap();
    let program = folder.join("version");
    for (compiler, standard) in [("cc", "-std=c99"), ("c++", "-std=c++11")] {
        let mut command = Command::new(compiler);
        if compiler == "c++" {
            command.args(["-x", "c++"]);
        }
        build::run(
            command
                .args([standard, "-pedantic", "-Wall", "-Wextra", "-Werror"])
                .arg(concat!("-I", env!("CARGO_MANIFEST_DIR"), "/../include"))
                .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/version.c"))
                .arg(format!("-L{folder}"))
                .args(["-lregraft", "-o", program.as_str()]),
        );
        let said = build::run(Command::new(&program).env("LD_LIBRARY_PATH", folder));
        assert_eq!(said, "0\n", "{compiler}");
    }
}
