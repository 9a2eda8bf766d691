//! Scripts that end badly or not at all, and cancels at any moment: nothing is changed, and the next
//! transaction succeeds.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use regraft::{Base, ErrorKind, Flow, Job, Phase};
use rpm::Scriptlet;
use std::collections::BTreeSet;
use std::process::Command;
use std::time::{Duration, Instant};
use support::mini::run;
use support::refusal::{bed, refused, repository, state, works};
use support::rpms::Rpm;

#[test]
fn scripts_end_badly() {
    let bed = bed();
    let client = bed.client("scripts");
    let script = |name: &str, script: Scriptlet| {
        let mut package = Rpm::new(&format!("{name}-1-1")).file(&format!("/usr/share/{name}"), "x");
        package.builder.post_install_script(script);
        package
    };
    repository(
        &bed,
        &client,
        vec![
            script("killed", Scriptlet::new("echo before; kill -9 $$")),
            script(
                "pythonic",
                Scriptlet::new("print()").prog(vec!["/usr/bin/python3"]),
            ),
            Rpm::new("empty-1-1").provides("/usr/bin/python3"),
            script("destroyer", Scriptlet::new("rm -rf /usr/bin/true")),
            script(
                "hangs",
                Scriptlet::new("echo waiting; sleep 98765 & sleep 98765"),
            ),
        ],
    );
    let failed = [ErrorKind::ScriptFailed];
    refused(
        &client,
        "killed",
        &failed,
        &["killed-1-1", "post", "signal 9", "before"],
    );
    refused(
        &client,
        "pythonic",
        &failed,
        &["pythonic-1-1", "/usr/bin/python3"],
    );
    refused(&client, "destroyer", &failed, &["destroyer-1-1", "true"]);

    // One that hangs is ended by another thread's cancel, with all that it has started.
    let before = state(&client);
    let mut tx = client.sysroot.transaction(Base::Pending).unwrap();
    tx.install("hangs");
    let plan = tx.plan(&mut Job::new()).unwrap();
    let (sender, receiver) = std::sync::mpsc::channel();
    let mut job = Job::new().on_progress(move |progress| {
        if progress.detail().starts_with("hangs.") {
            let _ = sender.send(());
        }
        Flow::Continue
    });
    let cancel = job.cancel_handle();
    std::thread::spawn(move || {
        receiver.recv().unwrap();
        std::thread::sleep(Duration::from_millis(300));
        cancel.cancel();
    });
    let begun = Instant::now();
    let error = tx.stage(&plan, &mut job).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Cancelled, "{error}");
    assert!(
        begun.elapsed() < Duration::from_secs(30),
        "{:?}",
        begun.elapsed()
    );
    assert_eq!(state(&client), before);
    let processes = run(Command::new("ps").args(["-eo", "args"]));
    assert!(!processes.contains("sleep 98765"), "{processes}");
    works(&client);
}

#[test]
fn a_cancel_in_any_phase_changes_nothing() {
    let bed = bed();
    let client = bed.client("cancel");
    let mut met = BTreeSet::new();
    for phase in Phase::ALL {
        let before = state(&client);
        let stop = || {
            Job::new().on_progress(move |progress| match progress.phase() == phase {
                true => Flow::Cancel,
                false => Flow::Continue,
            })
        };
        let mut tx = client.sysroot.transaction(Base::Pending).unwrap();
        tx.upgrade().install("talker");
        let mut job = stop();
        let planned = tx.plan(&mut job);
        if job.is_cancelled() {
            met.insert(phase);
            // The phase's report and its end can come together.
            if let Err(error) = planned {
                assert_eq!(error.kind(), ErrorKind::Cancelled, "{phase}: {error}");
            }
            assert_eq!(state(&client), before, "{phase}");
            continue;
        }
        let plan = planned.unwrap();
        let mut job = stop();
        let result = tx.stage(&plan, &mut job);
        if job.is_cancelled() {
            met.insert(phase);
        }
        match result {
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Cancelled, "{phase}: {error}");
                assert_eq!(state(&client), before, "{phase}");
                // The same transaction goes on where nobody cancels.
                let outcome = tx.stage(&plan, &mut Job::new()).unwrap();
                assert!(outcome.id().is_some());
            }
            // It came too late.
            Ok(outcome) => assert!(outcome.id().is_some(), "{phase}"),
        }
        assert!(client.root().join("usr/share/talker").exists());
        client.ostree(&["fsck", "--quiet"]);
        client
            .change(|tx| {
                tx.uninstall("talker");
            })
            .unwrap();
        let what = regraft::Cleanup {
            rollback: true,
            metadata: true,
            ..regraft::Cleanup::default()
        };
        client.sysroot.cleanup(what, &mut Job::new()).unwrap();
    }
    assert_eq!(met, Phase::ALL.into_iter().collect(), "each phase was met");
    works(&client);
}

/// Wherever in the deployment a cancel comes, either all of it is there
/// or nothing, and the call says which.
#[test]
fn a_cancel_while_deploying_is_told_truly() {
    let bed = bed();
    let client = bed.client("deploying");
    let (mut cancelled, mut deployed) = (0, 0);
    for delay in [0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256] {
        let before = state(&client);
        let mut tx = client.sysroot.transaction(Base::Pending).unwrap();
        tx.install("talker");
        let plan = tx.plan(&mut Job::new()).unwrap();
        let (sender, receiver) = std::sync::mpsc::channel();
        let mut job = Job::new().on_progress(move |progress| {
            if progress.phase() == Phase::Deploy {
                let _ = sender.send(());
            }
            Flow::Continue
        });
        let cancel = job.cancel_handle();
        std::thread::spawn(move || {
            if receiver.recv().is_ok() {
                std::thread::sleep(Duration::from_millis(delay));
                cancel.cancel();
            }
        });
        match tx.stage(&plan, &mut job) {
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Cancelled, "{delay} ms: {error}");
                assert_eq!(state(&client), before, "{delay} ms");
                cancelled += 1;
            }
            Ok(outcome) => {
                let first = client.sysroot.deployments().unwrap()[0].id();
                assert_eq!(outcome.id(), Some(first.as_str()));
                client
                    .change(|tx| {
                        tx.uninstall("talker");
                    })
                    .unwrap();
                deployed += 1;
            }
        }
    }
    eprintln!("{cancelled} cancelled, {deployed} deployed");
    assert!(cancelled > 0 && deployed > 0);
    works(&client);
}
