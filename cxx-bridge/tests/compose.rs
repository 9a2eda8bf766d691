//! A base composed from C++ is the one composed from Rust.
#![allow(missing_docs, clippy::unwrap_used)]

extern crate engine as regraft;

#[path = "../../tests/support/mod.rs"]
mod beds;
mod support;

use beds::mini::{Bed, run};
use std::process::Command;
use support::{Link, program};

#[test]
fn a_base_is_rusts() {
    let bed = Bed::new();
    let config = bed.path.join("config");
    // The same treefile and packages into a repository of its own.
    let target = bed.path.join("cxx");
    run(Command::new("ostree")
        .args(["init", "--mode=archive"])
        .arg(format!("--repo={target}")));
    let said = run(
        Command::new(program("tests/programs/compose.cpp", Link::Static))
            .arg(config.join("base.yaml"))
            .arg(&target)
            .args([bed.path.join("cxx-cache"), config])
            .args([bed.key.id.as_str(), bed.key.home.as_str()]),
    );
    let rust = bed.compose();
    assert!(rust.unchanged);
    let (reference, version) = (&rust.reference, rust.version.as_ref().unwrap());
    let mut lines = said.lines();
    let first = lines.next().unwrap();
    let words: Vec<&str> = first.split(' ').collect();
    assert_eq!(words[..2], ["committed", reference.as_str()]);
    let checksum = words[2];
    assert_eq!(
        lines.next().unwrap(),
        format!("{reference} {checksum} {version}")
    );
    let rest: Vec<&str> = lines.collect();
    let (packages, rest) = rest.split_at(rust.packages.len());
    let mut expected: Vec<String> = rust.packages.iter().map(|p| p.to_string()).collect();
    expected.sort_unstable();
    assert_eq!(packages, expected);
    assert!(
        rest[0].starts_with("%transfiletriggerin of cache-1-1.noarch: "),
        "{rest:?}"
    );
    assert_eq!(
        rest.last().unwrap(),
        &format!("{reference} is at {checksum} already")
    );
    // The trees are the same one, file by file.
    let contents = |repo: &camino::Utf8Path, commit: &str| {
        run(Command::new("ostree")
            .args(["ls", "-R", "-C", commit])
            .arg(format!("--repo={repo}")))
    };
    assert_eq!(
        contents(&target, checksum),
        contents(&bed.served(), &rust.checksum)
    );
}
