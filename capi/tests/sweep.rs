//! Every function of the header refuses what it cannot take. The calls are made from the header
//! itself, so that none can be forgotten.
#![allow(missing_docs, clippy::unwrap_used)]

// The library's own name, by which the shared support knows it.
extern crate engine as regraft;

#[path = "support/build.rs"]
mod build;
#[path = "support/program.rs"]
#[allow(dead_code, reason = "each test binary uses a part")]
mod program;
#[path = "sweep/prototype.rs"]
mod prototype;
#[path = "../../tests/support/mod.rs"]
#[allow(missing_docs)]
mod support;
#[path = "sweep/program.rs"]
mod text;

use program::Library;
use std::collections::BTreeSet;
use std::process::Command;
use support::mini::{Bed, run};
use support::rpms::Rpm;

const HEADER: &str = include_str!("../../include/regraft.h");

/// The types of which the program has none, so that they are only swept with NULL, and why.
const WITHOUT: &[(&str, &str)] = &[
    (
        "changelog_entry",
        "the packages of the tests have no changelog",
    ),
    ("conflict", "no error has problems and conflicts at once"),
    ("progress", "it is there in a callback only"),
];

#[test]
fn every_function_refuses_what_it_cannot_take() {
    let library = Library::new();
    let functions = prototype::functions(HEADER);
    let known: BTreeSet<&str> = functions.iter().map(|f| f.name.as_str()).collect();
    let symbols = build::run(
        Command::new("nm")
            .args(["--dynamic", "--defined-only", "--format=posix"])
            .arg(&library.file),
    );
    let symbols = symbols.lines().filter_map(|line| line.split(' ').next());
    let missing: Vec<&str> = symbols
        .filter(|name| name.starts_with("regraft_") && !known.contains(name))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");

    let bed = Bed::new();
    bed.extra(vec![
        Rpm::new("spoken-1-1")
            .file("/usr/share/spoken", "x")
            .requires("/bin/sh")
            .post("echo said by post; echo x > /usr/share/said"),
        Rpm::new("needy-1-1").requires("nowhere"),
    ]);
    let client = bed.client("client");
    let source = bed.path.join("sweep.c");
    std::fs::write(&source, text::program(HEADER, &functions)).unwrap();
    let package = run(Command::new("find")
        .arg(bed.path.join("extra"))
        .args(["-name", "spoken-*.rpm"]));
    let mut arguments = vec![
        client.path.as_str(),
        bed.path.as_str(),
        bed.key.public.as_str(),
        package.trim(),
    ];
    if !library.net.stages() {
        let mut tx = client.sysroot.transaction(regraft::Base::Pending).unwrap();
        tx.install("spoken");
        let plan = tx.plan(&mut regraft::Job::new()).unwrap();
        let json = serde_json::to_string(&plan).unwrap();
        arguments.push(&json);
        library.run(source.as_str(), &arguments);
        return;
    }
    let said = library.run(source.as_str(), &arguments);
    let without: Vec<&str> = said
        .lines()
        .map(|line| line.strip_prefix("no ").unwrap())
        .collect();
    let expected: Vec<&str> = WITHOUT.iter().map(|(noun, _)| *noun).collect();
    assert_eq!(without, expected, "sweep/makers.h makes the others");
}
