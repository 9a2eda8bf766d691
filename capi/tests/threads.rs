//! Threads, lifetimes and callbacks, in C programs on real sysroots.
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

use program::{Library, Net};
use support::mini::{Bed, Client};
use support::rpms::Rpm;

fn bed() -> Bed {
    let bed = Bed::new();
    bed.extra(vec![
        Rpm::new("strace-6-1").program("/usr/bin/strace", b""),
        Rpm::new("spoken-1-1")
            .file("/usr/share/spoken", "x")
            .requires("/bin/sh")
            .post("echo said by post"),
    ]);
    bed
}

/// A plan that layers strace, as JSON.
fn plan(client: &Client) -> String {
    let mut tx = client.sysroot.transaction(regraft::Base::Pending).unwrap();
    tx.install("strace");
    let plan = tx.plan(&mut regraft::Job::new()).unwrap();
    serde_json::to_string(&plan).unwrap()
}

#[test]
fn two_sysroots_in_two_threads_with_readers_and_an_intruder() {
    let bed = bed();
    let clients = [bed.client("first"), bed.client("second")];
    let paths = clients.each_ref().map(|client| client.path.as_str());
    Library::new().run("tests/threads.c", &paths);
    for client in clients {
        let deployments = client.sysroot.deployments().unwrap();
        assert_eq!(deployments.len(), 2);
        assert_eq!(deployments[0].packages(), ["strace"]);
    }
}

#[test]
fn handles_are_freed_in_every_order() {
    let bed = bed();
    let client = bed.client("client");
    let library = Library::new();
    let step = match library.net {
        Net::Plain => "1",
        // Slower, so only a part of the 720.
        Net::Address => "7",
        Net::Memcheck => "53",
    };
    let json = plan(&client);
    let mut arguments = vec![client.path.as_str(), &json, step];
    if library.net.stages() {
        arguments.push("stage");
    }
    library.run("tests/lifetimes.c", &arguments);
}

#[test]
fn callbacks_cancel_call_back_and_free() {
    let bed = bed();
    let client = bed.client("client");
    let library = Library::new();
    let before = client.state();
    library.run("tests/callbacks.c", &[client.path.as_str(), "cancel"]);
    assert_eq!(client.state(), before);
    let said = library.run("tests/callbacks.c", &[client.path.as_str(), "stage"]);
    let deployment = &client.sysroot.deployments().unwrap()[0];
    assert_eq!(said, format!("deployed {}\n", deployment.id()));
}
