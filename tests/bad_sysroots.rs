//! Sysroots that are none, locked, read-only, forbidden or damaged, and bases that are: each is told
//! by an error of its own, nothing is changed, and once it is put right the next transaction
//! succeeds. More of what is no sysroot is in `errors.rs`.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[path = "bad_sysroots/databases.rs"]
mod databases;
#[path = "bad_sysroots/deployments.rs"]
mod deployments;
#[path = "bad_sysroots/locked.rs"]
mod locked;
#[path = "bad_sysroots/objects.rs"]
mod objects;
mod support;
#[path = "bad_sysroots/unusable.rs"]
mod unusable;

use camino::{Utf8Path, Utf8PathBuf};
use regraft::{Base, ErrorKind, Job, Sysroot};
use std::io::Read;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use support::mini::{Client, copy_program, run};
use support::refusal::{bed, check_out, commit, state, works};
use support::table::Table;

/// The sysroot that the child is to change.
const SYSROOT: &str = "REGRAFT_TEST_SYSROOT";

/// What a child does: `hello` is layered, or what stands in the way is printed.
#[test]
fn child() {
    let Ok(path) = std::env::var(SYSROOT) else {
        return;
    };
    let result = Sysroot::open(path).and_then(|sysroot| {
        println!("status {}", sysroot.stateroot("mini").deployments()?.len());
        let mut tx = sysroot.stateroot("mini").transaction(Base::Pending)?;
        tx.install("hello");
        let plan = tx.plan(&mut Job::new())?;
        tx.stage(&plan, &mut Job::new())
    });
    match result {
        Ok(_) => println!("done"),
        Err(error) => println!("kind {}\nmessage {error}", error.kind()),
    }
}

/// This test's program at a place where everybody may start it.
fn program(folder: &Utf8Path) -> Utf8PathBuf {
    let path = folder.join("program");
    copy_program(std::env::current_exe().unwrap(), &path);
    path
}
