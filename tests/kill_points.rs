//! A process that changes a sysroot is killed before each of its system calls that change anything,
//! and each of these is made to fail: at any moment a whole system boots, and the next call makes of
//! what is left what it would have made of the sysroot before.
//!
//! The process is this test binary itself, started again with [`ROLE`] set. `cargo test` takes a
//! sample of the kills; all places are in the ignored tests, which take an hour in all and which
//! `cargo xtask test --all` runs.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[path = "kill_points/calls.rs"]
mod calls;
#[path = "kill_points/disk.rs"]
mod disk;
#[path = "kill_points/named.rs"]
mod named;
#[path = "kill_points/scene.rs"]
mod scene;
mod support;
#[path = "kill_points/sweep.rs"]
mod sweep;
#[path = "kill_points/tracer.rs"]
mod tracer;
#[path = "kill_points/verdict.rs"]
mod verdict;

use regraft::{Sysroot, failpoints};
use scene::{Kind, Scene};
use sweep::{Disturbance, Seed, sweep};

/// Which [`Kind`] of call the child is to make.
const ROLE: &str = "REGRAFT_TEST_ROLE";
const SYSROOT: &str = "REGRAFT_TEST_SYSROOT";

const KILL: Disturbance = Disturbance::Kill;
const EIO: Disturbance = Disturbance::Error(libc::EIO);
const ENOSPC: Disturbance = Disturbance::Error(libc::ENOSPC);
const EMFILE: Disturbance = Disturbance::Error(libc::EMFILE);

/// What the child does; in the parent's own run it has nothing to do.
#[test]
fn child() {
    let (Ok(role), Ok(path)) = (std::env::var(ROLE), std::env::var(SYSROOT)) else {
        return;
    };
    let kind = Kind::ALL.into_iter().find(|kind| kind.name() == role);
    named::arm();
    // Before the first call of the library: what that starts is to be stopped, too.
    tracer::be_traced();
    let result =
        Sysroot::open(path).and_then(|sysroot| kind.unwrap().run(&sysroot.stateroot("mini")));
    match result {
        Ok(()) => println!("\nresult: done"),
        Err(error) => println!("\nresult: {}: {error}", error.kind()),
    }
    println!("reached: {}", failpoints::reached().join(" "));
}

#[test]
fn a_sample_of_all_places() {
    let scene = Scene::new(Kind::Layer);
    let seed = Seed::new();
    sweep(&scene, &seed.sample(&scene, KILL, 28));
}

#[test]
#[ignore = "the sweeps of all errors have not been finished yet"]
fn a_sample_of_all_errors() {
    let scene = Scene::new(Kind::Layer);
    let seed = Seed::new();
    let mut points = seed.sample(&scene, EIO, 12);
    points.extend(seed.sample(&scene, ENOSPC, 6));
    points.extend(seed.sample(&scene, EMFILE, 4));
    sweep(&scene, &points);
}

fn all(kind: Kind, what: Disturbance) {
    let scene = Scene::new(kind);
    sweep(&scene, &sweep::all(&scene, what));
}

#[test]
#[ignore = "all places of a call"]
fn layer_killed() {
    all(Kind::Layer, KILL);
}

#[test]
#[ignore = "all places of a call"]
fn layer_input_or_output_fails() {
    all(Kind::Layer, EIO);
}

#[test]
#[ignore = "all places of a call"]
fn layer_there_is_no_room() {
    all(Kind::Layer, ENOSPC);
}

#[test]
#[ignore = "all places of a call"]
fn layer_there_are_no_descriptors() {
    all(Kind::Layer, EMFILE);
}

#[test]
#[ignore = "all places of a call"]
fn upgrade_killed() {
    all(Kind::Upgrade, KILL);
}

#[test]
#[ignore = "all places of a call"]
fn upgrade_input_or_output_fails() {
    all(Kind::Upgrade, EIO);
}

#[test]
#[ignore = "all places of a call"]
fn upgrade_there_is_no_room() {
    all(Kind::Upgrade, ENOSPC);
}

#[test]
#[ignore = "all places of a call"]
fn upgrade_there_are_no_descriptors() {
    all(Kind::Upgrade, EMFILE);
}

#[test]
#[ignore = "all places of a call"]
fn rollback_killed() {
    all(Kind::Rollback, KILL);
}

#[test]
#[ignore = "all places of a call"]
fn rollback_input_or_output_fails() {
    all(Kind::Rollback, EIO);
}

#[test]
#[ignore = "all places of a call"]
fn rollback_there_is_no_room() {
    all(Kind::Rollback, ENOSPC);
}

#[test]
#[ignore = "all places of a call"]
fn rollback_there_are_no_descriptors() {
    all(Kind::Rollback, EMFILE);
}

#[test]
#[ignore = "all places of a call"]
fn cleanup_killed() {
    all(Kind::Cleanup, KILL);
}

#[test]
#[ignore = "all places of a call"]
fn cleanup_input_or_output_fails() {
    all(Kind::Cleanup, EIO);
}

#[test]
#[ignore = "all places of a call"]
fn cleanup_there_is_no_room() {
    all(Kind::Cleanup, ENOSPC);
}

#[test]
#[ignore = "all places of a call"]
fn cleanup_there_are_no_descriptors() {
    all(Kind::Cleanup, EMFILE);
}
