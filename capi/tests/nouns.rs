//! Each noun of the C ABI on real data: C programs print what they get, and that is compared with
//! what the Rust API says, and with rpm and ostree where they know it.
#![allow(missing_docs, clippy::unwrap_used)]

// The library's own name, by which the shared support knows it.
extern crate engine as regraft;

#[path = "support/build.rs"]
mod build;
#[path = "nouns/composes.rs"]
mod composes;
#[path = "nouns/databases.rs"]
mod databases;
#[path = "nouns/dump.rs"]
mod dump;
#[path = "nouns/origins.rs"]
mod origins;
#[path = "nouns/packages.rs"]
mod packages;
#[path = "support/program.rs"]
#[allow(dead_code, reason = "each test binary uses a part")]
mod program;
#[path = "nouns/repositories.rs"]
mod repositories;
#[path = "../../tests/support/mod.rs"]
#[allow(missing_docs)]
mod support;
#[path = "nouns/treefiles.rs"]
mod treefiles;

use camino::{Utf8Path, Utf8PathBuf};
use dump::Dump;
use program::Library;
use regraft::{
    Job, Keyring, Origin, Package, RepoConfig, Rpmdb, Signature, Sysroot, Treefile, Variables,
};
use serde_json::{Value, json};
use std::process::Command;
use support::mini::{Bed, REF, copy_program, run};
use support::rpms::Rpm;
use support::testdata;

fn folder() -> (tempfile::TempDir, Utf8PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = Utf8PathBuf::from_path_buf(folder.path().canonicalize().unwrap()).unwrap();
    (folder, path)
}

/// All files below a folder whose names end so, sorted.
fn below(path: &Utf8Path, end: &str) -> Vec<Utf8PathBuf> {
    let found = run(Command::new("find")
        .arg(path)
        .args(["-name", end, "-type", "f"]));
    let mut found: Vec<Utf8PathBuf> = found.lines().map(Utf8PathBuf::from).collect();
    found.sort();
    found
}

/// Runs a program as a user who may do nothing in particular, with a copy of the library.
fn as_nobody(
    library: &Library,
    program: &Utf8Path,
    folder: &Utf8Path,
    arguments: &[&str],
) -> String {
    let mut open = Some(folder);
    while let Some(path) = open.filter(|path| path.as_str() != "/") {
        run(Command::new("chmod").args(["o+x", path.as_str()]));
        open = path.parent();
    }
    let copy = folder.join(program.file_name().unwrap());
    copy_program(program, &copy);
    std::fs::copy(&library.file, folder.join("libregraft.so.0")).unwrap();
    run(Command::new("setpriv")
        .args(["--reuid=65534", "--regid=65534", "--clear-groups"])
        .arg(&copy)
        .args(arguments)
        .env("LD_LIBRARY_PATH", folder))
}

#[test]
fn names_versions_and_dependencies() {
    let said = Library::new().run("tests/nouns/names.c", &[]);
    assert_eq!(said, "all as it should be\n");
}
