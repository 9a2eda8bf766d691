//! The nets catch: programs that are wrong on purpose.
#![allow(missing_docs, clippy::unwrap_used)]

// The library's own name, by which the shared support knows it.
extern crate engine as regraft;

#[path = "support/build.rs"]
mod build;
#[path = "support/program.rs"]
#[allow(dead_code, reason = "each test binary uses a part")]
mod program;
#[path = "../../tests/support/mod.rs"]
#[allow(missing_docs)]
mod support;

use program::{COMPLAINS, Library, Net};
use support::mini::Bed;
use support::rpms::Rpm;

/// Runs the three programs under a net, which says these words of those that are wrong.
fn catches(net: Net, of_leak: &[&str], of_freed: &[&str]) {
    let bed = Bed::new();
    bed.extra(vec![Rpm::new("strace-6-1").program("/usr/bin/strace", b"")]);
    let client = bed.client("client");
    let mut tx = client.sysroot.transaction(regraft::Base::Pending).unwrap();
    tx.install("strace");
    let plan = tx.plan(&mut regraft::Job::new()).unwrap();
    let json = serde_json::to_string(&plan).unwrap();

    let library = Library::under(net);
    let said = library.run("tests/net/right.c", &[&json]);
    assert_eq!(said.len(), 2);
    for (source, words) in [
        ("tests/net/leak.c", of_leak),
        ("tests/net/freed.c", of_freed),
    ] {
        let program = library.compile(source, "c99");
        let output = library.command(&program).arg(&json).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(COMPLAINS), "{source}: {said}");
        for word in words {
            assert!(said.contains(word), "{source}: no `{word}` in {said}");
        }
    }
}

#[test]
fn memcheck_catches() {
    catches(
        Net::Memcheck,
        &["are definitely lost", "regraft_plan_from_json"],
        &["Invalid read of size 1", "regraft_plan_free"],
    );
}

#[test]
#[ignore = "builds the library once more; a step of `cargo xtask test --all` runs it"]
fn the_address_sanitizer_catches() {
    catches(
        Net::Address,
        &[
            "LeakSanitizer: detected memory leaks",
            "regraft_plan_from_json",
        ],
        &["AddressSanitizer: heap-use-after-free", "regraft_plan_free"],
    );
}
