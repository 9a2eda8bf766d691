//! `include/regraft.h` is what the sources say, and C programs compile, link and run with it.
#![allow(missing_docs, clippy::unwrap_used)]

#[path = "support/build.rs"]
mod build;
#[path = "support/program.rs"]
#[allow(dead_code, reason = "each test binary uses a part")]
mod program;

use program::Library;
use std::collections::BTreeSet;
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
        "\n/** The version of the library that this header came with: its first number. */\n\
         #define REGRAFT_VERSION_MAJOR {}\n\
         /** The second number. */\n\
         #define REGRAFT_VERSION_MINOR {}\n\
         /** The third number. */\n\
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
    let library = Library::new();
    for standard in ["c99", "c++11", "c++17"] {
        let program = library.compile("tests/version.c", standard);
        let said = build::run(&mut library.command(&program));
        assert_eq!(said, "0\n", "{standard}");
    }
}

#[test]
fn codes_are_the_kinds_of_errors() {
    let header = std::fs::read_to_string(HEADER).unwrap();
    let codes: Vec<(&str, i32)> = header
        .lines()
        .filter_map(|line| line.strip_prefix("#define REGRAFT_ERROR_")?.split_once(' '))
        .map(|(name, number)| (name, number.parse().unwrap()))
        .collect();
    let kinds: Vec<(String, i32)> = engine::ErrorKind::ALL
        .into_iter()
        .map(|kind| (kind.name().to_uppercase().replace('-', "_"), kind as i32))
        .collect();
    let codes: Vec<(String, i32)> = codes
        .into_iter()
        .map(|(name, number)| (name.to_owned(), number))
        .collect();
    assert_eq!(codes, kinds);
}

#[test]
fn the_library_exports_what_the_header_declares() {
    let header = std::fs::read_to_string(HEADER).unwrap();
    let declared: BTreeSet<&str> = header
        .lines()
        .filter(|line| !line.starts_with([' ', '#', '/', '*']))
        .filter_map(|line| {
            let name = line.split_once('(')?.0;
            let name = name.rsplit([' ', '*']).next()?;
            name.starts_with("regraft_").then_some(name)
        })
        .collect();
    let library = Library::new();
    let symbols = build::run(
        Command::new("nm")
            .args(["--dynamic", "--defined-only", "--format=posix"])
            .arg(&library.file),
    );
    let exported: BTreeSet<&str> = symbols
        .lines()
        .filter_map(|line| line.split(' ').next())
        .collect();
    assert!(declared.len() > 100, "{declared:?}");
    assert_eq!(exported, declared);
}

#[test]
fn the_library_has_its_name() {
    let said = build::run(
        Command::new("objdump")
            .arg("-p")
            .arg(Library::new().file.as_str()),
    );
    assert!(
        said.contains("SONAME               libregraft.so.0"),
        "{said}"
    );
}
