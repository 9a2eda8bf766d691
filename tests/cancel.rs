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
use support::table::Table;

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
        if phase == Phase::Check {
            let error = client.sysroot.check(&mut stop()).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Cancelled, "{phase}: {error}");
            assert_eq!(state(&client), before, "{phase}");
            met.insert(phase);
            continue;
        }
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

/// A package with a script in one place.
fn scripted(name: &str, slot: &str, script: &str) -> Rpm {
    let package = Rpm::new(&format!("{name}-1-1"))
        .file(&format!("/usr/share/{name}/file"), "x")
        .requires("/bin/sh");
    match slot {
        "pre" => package.pre(script),
        "post" => package.post(script),
        "posttrans" => package.posttrans(script),
        "transfiletriggerin" => package.transfiletriggerin(&format!("/usr/share/{name}"), script),
        other => panic!("{other}"),
    }
}

const SLOTS: [&str; 4] = ["pre", "post", "posttrans", "transfiletriggerin"];

#[test]
fn scripts_fail_in_every_slot_and_in_many_ways() {
    let bed = bed();
    let client = bed.client("slots");
    let mut table = Table::new("Scripts");
    table.hide(bed.path.as_str(), "…");
    let mut packages = Vec::new();
    for slot in SLOTS {
        packages.push(scripted(
            &format!("exits-{slot}"),
            slot,
            "echo some output; echo some error >&2; exit 3",
        ));
    }
    packages.extend([
        scripted("killed-post", "post", "echo before; kill -9 $$"),
        scripted("segfaults-pre", "pre", "kill -11 $$"),
        scripted("terminated-posttrans", "posttrans", "kill -TERM $$; sleep 60"),
        scripted(
            "hangs-post",
            "post",
            "echo waiting for godot; sleep 98764 & sleep 98764",
        ),
        scripted(
            "deaf-pre",
            "pre",
            "trap '' TERM INT HUP; echo deaf; while true; do sleep 98764; done",
        ),
        scripted("endless-post", "post", "while true; do echo flood; done"),
        scripted(
            "floods-post",
            "post",
            "i=0; while test $i -lt 40000; do echo 0123456789 0123456789; i=$((i+1)); done; exit 4",
        ),
        scripted(
            "talks-post",
            "post",
            "i=0; while test $i -lt 40000; do echo 0123456789 0123456789; i=$((i+1)); done; echo end",
        ),
        scripted(
            "daemon-post",
            "post",
            "(sleep 98763; echo late > /usr/share/late) & (trap '' HUP; exec sleep 98763) & echo started",
        ),
        scripted("binary-post", "post", "echo '\u{1}\u{2}'; exit 5"),
    ]);
    repository(&bed, &client, packages);
    let failed = [ErrorKind::ScriptFailed];
    for slot in SLOTS {
        let name = format!("exits-{slot}");
        let words = [
            &format!("%{slot} of {name}-1-1"),
            "exit status 3",
            "some output\nsome error",
        ];
        table.unchanged(&client, &name, || client.install(&name), &failed, &words);
    }
    let (nine, eleven, fifteen) = ("signal 9", "signal 11", "signal 15");
    for (name, words) in [
        ("killed-post", ["%post of killed-post-1-1", nine, "before"]),
        (
            "segfaults-pre",
            ["%pre of segfaults-pre-1-1", eleven, "printed nothing"],
        ),
        (
            "terminated-posttrans",
            ["%posttrans of terminated", fifteen, ""],
        ),
        (
            "binary-post",
            ["%post of binary-post", "exit status 5", "\u{1}\u{2}"],
        ),
        (
            "floods-post",
            ["%post of floods-post", "exit status 4", "[...]"],
        ),
    ] {
        table.unchanged(&client, name, || client.install(name), &failed, &words);
    }
    // What the caller sees of a flood is bounded.
    match client.install("floods-post") {
        Err(regraft::Error::ScriptFailed { output, .. }) => {
            assert!(output.len() <= (64 << 10) + 16, "{}", output.len());
            assert!(output.ends_with("0123456789 0123456789\n"));
        }
        other => table.wrong(format!("{other:?}")),
    }
    for (name, word) in [
        ("hangs-post", "waiting for godot"),
        ("deaf-pre", "deaf"),
        ("endless-post", "flood"),
    ] {
        let begun = Instant::now();
        let install = || {
            client.change(|tx| {
                tx.script_timeout(Duration::from_secs(1)).install(name);
            })
        };
        table.unchanged(
            &client,
            name,
            install,
            &failed,
            &["timed out after 1 s", word],
        );
        assert!(begun.elapsed() < Duration::from_secs(20), "{name}");
    }
    let processes = run(Command::new("ps").args(["-eo", "args"]));
    assert!(!processes.contains("sleep 98764"), "{processes}");
    // A flood is no failure as such, nor is a daemon, which does not outlive the script.
    let (_, outcome) = client.install("talks-post").unwrap();
    let log = &outcome.scripts()[0];
    assert!(log.output.len() <= (64 << 10) + 16 && log.output.ends_with("end\n"));
    let (_, outcome) = client.install("daemon-post").unwrap();
    let logs = outcome.scripts();
    assert!(logs.iter().any(|log| log.output == "started\n"), "{logs:?}");
    let processes = run(Command::new("ps").args(["-eo", "args"]));
    assert!(!processes.contains("sleep 98763"), "{processes}");
    assert!(!client.root().join("usr/share/late").exists());
    works(&client);
    table.finish();
}
