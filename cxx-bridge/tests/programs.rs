//! The small C++ programs of `examples/` do on a real sysroot what their Rust twins do.
#![allow(missing_docs, clippy::unwrap_used)]

extern crate engine as regraft;

#[path = "../../tests/support/mod.rs"]
mod beds;
mod support;

use beds::mini::{Bed, run};
use beds::rpms::Rpm;
use regraft::{Base, Job};
use std::process::Command;
use support::{Link, program};

/// A bed whose base has a newer commit, and a repository with strace.
fn bed() -> (Bed, beds::mini::Client) {
    let bed = Bed::new();
    bed.extra(vec![
        Rpm::new("strace-6-1").program("/usr/bin/strace", b"strace"),
    ]);
    let client = bed.client("client");
    bed.renew_base();
    bed.compose();
    (bed, client)
}

#[test]
fn the_first_program_upgrades_layers_and_removes() {
    let (_bed, client) = bed();
    let mut tx = client.sysroot.transaction(Base::Pending).unwrap();
    tx.upgrade().install("strace").remove_base("nano");
    let plan = tx.plan(&mut Job::new()).unwrap();
    let said = run(Command::new(program("../examples/stage.cpp", Link::Shared)).arg(&client.path));
    let deployment = &client.sysroot.deployments().unwrap()[0];
    // As examples/stage.rs does it.
    assert_eq!(said, format!("{plan}deployed {}\n", deployment.id()));
    assert!(client.root().join("usr/bin/strace").exists());
    assert!(!client.root().join("usr/bin/nano").exists());

    let said = run(Command::new(program("../examples/status.cpp", Link::Static)).arg(&client.path));
    let mut expected = String::new();
    for deployment in client.sysroot.deployments().unwrap() {
        expected += &format!("  {}\n", deployment.id());
        let refspec = deployment.origin().refspec().unwrap();
        let version = deployment.version().unwrap();
        expected += &format!("    follows {refspec}, version {version}\n");
        for request in deployment.packages() {
            expected += &format!("    layered {request}\n");
        }
        for package in deployment.removed_base_packages() {
            expected += &format!("    without {package}\n");
        }
    }
    assert_eq!(said, expected);
    assert!(
        said.contains("layered strace\n    without nano-2-1"),
        "{said}"
    );
}

#[test]
fn a_failing_program_says_why() {
    let stage = program("../examples/status.cpp", Link::Shared);
    let output = Command::new(stage).arg("/nonexistent").output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let error = regraft::Sysroot::open("/nonexistent").unwrap_err();
    let expected = format!("{}: {error}\n", error.kind());
    assert_eq!(String::from_utf8_lossy(&output.stderr), expected);
}

#[test]
fn the_program_that_was_asked_for_compiles_and_says_what_is_wrong() {
    let program = program("tests/wanted.cpp", Link::Shared);
    // On a machine that is booted from a sysroot it would do its work.
    let Err(error) = regraft::Sysroot::open("/") else {
        return;
    };
    let output = Command::new(program).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(said, format!("{}: {error}\n", error.kind()));
}
