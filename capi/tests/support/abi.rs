//! The C ABI as a record that can be compared: libabigail's description of what programs see.
//!
//! The description is not taken of the library, whose types are Rust's and whose debug information
//! differs with each compiler, but of a small library in C that is made from the header: each function
//! of it is there, empty, and each constant is a variable that is named for its value. So types are
//! those that C programs compile against, and the record is the same on every machine.

use std::path::Path;
use std::process::Command;

/// Constants that grow with each version; programs do not rely on their values.
const VERSIONS: [&str; 4] = [
    "REGRAFT_ABI_VERSION",
    "REGRAFT_VERSION_MAJOR",
    "REGRAFT_VERSION_MINOR",
    "REGRAFT_VERSION_PATCH",
];

/// The record of what a header declares.
pub(crate) fn describe(header: &str) -> Result<String, String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let at = |name: &str| folder.path().join(name);
    write(&at("regraft.h"), header)?;
    write(&at("regraft.c"), &library(header))?;
    run(Command::new("cc")
        .args(["-std=c99", "-g", "-gdwarf-4", "-O0", "-shared", "-fPIC"])
        .args(["-nostdlib", "-fno-asynchronous-unwind-tables", "-I."])
        .args([
            "-Wl,-soname,libregraft.so.0",
            "-o",
            "regraft.so",
            "regraft.c",
        ])
        .current_dir(folder.path()))?;
    let record = run(Command::new("abidw")
        .args(["--no-corpus-path", "--no-comp-dir-path", "--no-show-locs"])
        .args([
            "--no-architecture",
            "--no-elf-needed",
            "--no-parameter-names",
            "--type-id-style",
            "hash",
        ])
        .arg("regraft.so")
        .current_dir(folder.path()))?;
    Ok(record)
}

/// Fails, with what programs would miss, where `now` is not `before` with additions.
pub(crate) fn only_grew(before: &str, now: &str) -> Result<(), String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    write(&folder.path().join("before.abi"), before)?;
    write(&folder.path().join("now.abi"), now)?;
    run(Command::new("abidiff")
        .args(["--no-added-syms", "--no-architecture", "--harmless"])
        .args(["before.abi", "now.abi"])
        .current_dir(folder.path()))?;
    Ok(())
}

/// A source file that defines all functions of the header, and its constants.
fn library(header: &str) -> String {
    let mut source = "#include <regraft.h>\n".to_owned();
    for (name, value) in constants(header) {
        source += &format!("const char {name}__is_{value} = 0;\n");
    }
    for function in functions(header) {
        source += &format!("{function} {{ __builtin_trap(); }}\n");
    }
    source
}

/// The names of constants, and values that can be a part of a name.
fn constants(header: &str) -> Vec<(&str, String)> {
    header
        .lines()
        .filter_map(|line| {
            let line = line.trim();
            let (name, value) = match line.strip_prefix("#define ") {
                Some(macros) => macros.split_once(' ')?,
                // An enumerator.
                None => line.trim_end_matches(',').split_once(" = ")?,
            };
            let value = value.trim().replace('-', "minus_");
            let value = value.replace(|c: char| !c.is_ascii_alphanumeric(), "_");
            let is_one = name.starts_with("REGRAFT_")
                && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
                && !VERSIONS.contains(&name);
            is_one.then_some((name, value))
        })
        .collect()
}

/// The declarations of functions, each without its semicolon.
fn functions(header: &str) -> Vec<String> {
    let (mut found, mut statement) = (Vec::new(), String::new());
    let (mut depth, mut for_cxx) = (0, false);
    for line in without_comments(header).lines() {
        let line = line.trim();
        match line {
            "#ifdef __cplusplus" => for_cxx = true,
            _ if line.starts_with("#endif") => for_cxx = false,
            _ => {}
        }
        if line.starts_with('#') || for_cxx {
            continue;
        }
        for c in line.chars().chain([' ']) {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                _ => {}
            }
            if c != ';' || depth > 0 {
                statement.push(c);
                continue;
            }
            let declaration = std::mem::take(&mut statement).trim().to_owned();
            if declaration.ends_with(')') && !declaration.starts_with("typedef") {
                found.push(declaration);
            }
        }
    }
    found
}

fn without_comments(text: &str) -> String {
    let (mut kept, mut rest) = (String::new(), text);
    while let Some((before, after)) = rest.split_once("/*") {
        kept += before;
        rest = after.split_once("*/").map_or("", |(_, after)| after);
    }
    kept += rest;
    kept.lines()
        .map(|line| line.split("//").next().unwrap_or_default())
        .collect::<Vec<_>>()
        .join("\n")
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    std::fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))
}

fn run(command: &mut Command) -> Result<String, String> {
    let output = command
        .env("LC_ALL", "C")
        .output()
        .map_err(|error| format!("cannot start {command:?}: {error}"))?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    if !output.status.success() {
        let errors = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{said}{errors}"));
    }
    Ok(said)
}
