//! Layering on a small system made of packages, with `rpm` and `ostree` as referees.

mod support;

use regraft::{Action, Error, ErrorKind, Outcome};
use std::collections::BTreeSet;
use std::process::Command;
use support::mini::{Bed, Client, run};
use support::rpms::Rpm;

/// The packages that tests layer.
fn extra() -> Vec<Rpm> {
    vec![
        Rpm::new("hello-1-1")
            .program("/usr/bin/hello", b"#!/bin/sh\necho hello\n")
            .config("/etc/hello.conf", "greeting=hello\n")
            .requires("libhello"),
        Rpm::new("libhello-1-1")
            .file("/usr/lib64/libhello.so.1", "not really a library\n")
            .link("/usr/lib64/libhello.so", "libhello.so.1")
            .provides("libhello"),
        Rpm::new("service-1-1")
            .file("/usr/lib/systemd/system/service.service", "[Service]\n")
            .requires("/bin/sh")
            .pre("echo \"pre $1\" > /usr/share/service.pre")
            .post(
                "echo \"post $1 $(cat /etc/shells)\" > /etc/service.conf; chmod 600 /etc/service.conf\n\
                 echo said by post",
            )
            .posttrans("ln -s service.conf /etc/service.link"),
        Rpm::of_arch("cached-1-1", "noarch").file("/usr/share/cache.d/cached", "cached\n"),
        Rpm::new("broken-1-1")
            .file("/usr/share/broken", "x")
            .requires("/bin/sh")
            .post("echo about to fail; exit 3"),
        Rpm::new("needy-1-1").file("/usr/share/needy", "x").requires("nowhere >= 1"),
        Rpm::new("clash-1-1").file("/usr/bin/nano", "mine\n"),
        Rpm::new("fight-1-1").file("/usr/share/fight", "one\n"),
        Rpm::new("fight2-1-1").file("/usr/share/fight", "two\n"),
        Rpm::new("stray-1-1").file("/srv/stray", "x"),
        Rpm::new("scratchy-1-1").dir("/var/lib/scratchy").file("/usr/share/scratchy", "x"),
        Rpm::new("members-1-1")
            .file("/usr/lib/sysusers.d/members.conf", "u members 987 \"Members\" /\n")
            .file_with(
                b"theirs\n",
                rpm::FileOptions::new("/usr/share/members").user("members").group("members"),
            ),
    ]
}

fn bed() -> (Bed, Client) {
    let bed = Bed::new();
    bed.extra(extra());
    let client = bed.client("client");
    (bed, client)
}

/// `rpm` on a checkout of the deployment that boots next.
fn rpm(client: &Client, arguments: &[&str]) -> String {
    let output = Command::new("rpm")
        .arg(format!("--root={}", client.root()))
        .arg("--dbpath=/usr/share/rpm")
        .args(arguments)
        .output()
        .expect("rpm runs");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn a_package_is_layered_and_taken_back() {
    let (_bed, client) = bed();
    let base = client.sysroot.deployments().unwrap()[0].clone();
    assert!(!base.is_layered());
    let (plan, outcome) = client.install("hello").unwrap();
    assert!(matches!(outcome, Outcome::Deployed { .. }), "{outcome}");
    let planned: Vec<String> = plan
        .changes()
        .iter()
        .map(|c| c.package.to_string())
        .collect();
    let arch = std::env::consts::ARCH;
    assert_eq!(
        planned,
        [format!("hello-1-1.{arch}"), format!("libhello-1-1.{arch}")]
    );
    assert!(
        plan.changes()
            .iter()
            .all(|change| change.action == Action::Install)
    );

    let root = client.root();
    assert_eq!(
        std::fs::read_to_string(root.join("etc/hello.conf")).unwrap(),
        "greeting=hello\n"
    );
    assert!(root.join("usr/bin/hello").exists());
    let listed: BTreeSet<String> = rpm(&client, &["-qa", "--qf", "%{nevra}\\n"])
        .lines()
        .map(str::to_owned)
        .collect();
    let expected = client
        .sysroot
        .rpmdb(client.sysroot.deployments().unwrap()[0].checksum());
    let expected = expected.unwrap().nevras().unwrap();
    let text = |nevra: &regraft::Nevra| {
        let evr = &nevra.evr;
        format!(
            "{}-{}-{}.{}",
            nevra.name, evr.version, evr.release, nevra.arch
        )
    };
    let expected: BTreeSet<String> = expected.iter().map(text).collect();
    assert_eq!(listed, expected);
    assert!(listed.contains(&format!("hello-1-1.{arch}")));
    // Everything that rpm sees is as the packages say, but for ostree's rules: times are 0, and
    // files that were built with other owners than root belong to root.
    for line in rpm(&client, &["-Va", "--nomtime", "--nodeps"]).lines() {
        assert!(
            line.contains("/var") || line.contains("/etc/yum.repos.d"),
            "rpm -Va: {line}"
        );
    }
    client.ostree(&["fsck", "--quiet"]);

    let status = client.sysroot.status().unwrap().to_json();
    assert_eq!(status["deployments"][0]["packages"][0], "hello");
    assert_eq!(status["deployments"][0]["base-checksum"], base.checksum());

    // The same again is nothing to do; another request is refused.
    let error = client.install("hello").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AlreadyPresent);
    let (_, outcome) = client
        .change(|tx| {
            tx.install("hello").idempotent();
        })
        .unwrap();
    assert_eq!(outcome, Outcome::Unchanged);

    let (_, outcome) = client
        .change(|tx| {
            tx.uninstall("hello");
        })
        .unwrap();
    assert!(outcome.id().unwrap().contains(base.checksum()));
    assert!(!client.root().join("usr/bin/hello").exists());
    client.ostree(&["fsck", "--quiet"]);
}

#[test]
fn scripts_run_and_never_reach_objects() {
    let (_bed, client) = bed();
    let (_, outcome) = client.install("service").unwrap();
    let said: Vec<(&str, &str)> = outcome
        .scripts()
        .iter()
        .map(|log| (log.script.as_str(), log.output.trim()))
        .collect();
    assert!(said.contains(&("post", "said by post")), "{said:?}");
    let root = client.root();
    let read = |path: &str| std::fs::read_to_string(root.join(path)).unwrap();
    assert_eq!(read("etc/service.conf"), "post 1 /bin/sh\n");
    assert_eq!(read("usr/share/service.pre"), "pre 1\n");
    assert_eq!(
        std::fs::read_link(root.join("etc/service.link"))
            .unwrap()
            .as_os_str(),
        "service.conf"
    );
    use std::os::unix::fs::PermissionsExt;
    let mode = std::fs::metadata(root.join("etc/service.conf"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o7777, 0o600);
    client.ostree(&["fsck", "--quiet"]);
    let mounts = std::fs::read_to_string("/proc/self/mountinfo").unwrap();
    assert!(!mounts.contains(client.path.as_str()));
}

#[test]
fn triggers_of_the_base_see_new_files_only_where_they_watch() {
    let (_bed, client) = bed();
    let list = |client: &Client| {
        std::fs::read_to_string(client.root().join("usr/share/cache.list")).unwrap()
    };
    assert_eq!(list(&client), "base\n");
    let (_, outcome) = client.install("hello").unwrap();
    assert!(
        outcome
            .scripts()
            .iter()
            .all(|log| log.script != "transfiletriggerin")
    );
    let (_, outcome) = client.install("cached").unwrap();
    assert!(
        outcome
            .scripts()
            .iter()
            .any(|log| log.script == "transfiletriggerin")
    );
    assert_eq!(list(&client), "base\ncached\n");
}

#[test]
fn users_own_their_files() {
    let (_bed, client) = bed();
    client.install("members").unwrap();
    use std::os::unix::fs::MetadataExt;
    let found = std::fs::metadata(client.root().join("usr/share/members")).unwrap();
    assert_eq!((found.uid(), found.gid()), (987, 987));
    let passwd = std::fs::read_to_string(client.root().join("etc/passwd")).unwrap();
    assert!(passwd.contains("members:x:987:987:Members:/:"), "{passwd}");
    client.ostree(&["fsck", "--quiet"]);
}

#[test]
fn a_package_of_the_base_is_taken_out_and_put_back() {
    let (_bed, client) = bed();
    let (plan, _) = client
        .change(|tx| {
            tx.remove_base("nano");
        })
        .unwrap();
    assert_eq!(plan.changes().len(), 1);
    assert_eq!(plan.changes()[0].action, Action::Remove);
    let root = client.root();
    assert!(!root.join("usr/bin/nano").exists());
    assert!(
        !root.join("usr/share/nano").exists(),
        "its own directory goes with it"
    );
    assert!(root.join("usr/share/cache.d").exists());
    assert!(!rpm(&client, &["-qa"]).contains("nano"));
    client.ostree(&["fsck", "--quiet"]);
    client
        .change(|tx| {
            tx.reset_base("nano");
        })
        .unwrap();
    assert!(client.root().join("usr/bin/nano").exists());
}

#[test]
fn an_upgrade_grafts_again_and_a_rollback_goes_back() {
    let (bed, client) = bed();
    client.install("hello").unwrap();
    let before = client.sysroot.deployments().unwrap()[0].clone();
    bed.renew_base();
    let composed = bed.compose();
    assert_eq!(composed.version.as_deref(), Some("1.1"));
    let (plan, outcome) = client
        .change(|tx| {
            tx.upgrade();
        })
        .unwrap();
    let changed: Vec<String> = plan.changes().iter().map(|c| c.to_string()).collect();
    assert_eq!(
        changed,
        [
            format!("upgrade nano-2-1.{} from 1-1, base", std::env::consts::ARCH),
            "upgrade setup-2-1.noarch from 1-1, base".to_owned(),
        ]
    );
    let after = client.sysroot.deployments().unwrap()[0].clone();
    assert_eq!(outcome.id(), Some(after.id().as_str()));
    assert_eq!(after.base_checksum(), composed.checksum);
    assert_eq!(after.version(), Some("1.1"));
    assert!(client.root().join("usr/bin/hello").exists());
    let (_, outcome) = client
        .change(|tx| {
            tx.upgrade();
        })
        .unwrap();
    assert_eq!(outcome, Outcome::Unchanged);
    let outcome = client.sysroot.rollback(&mut regraft::Job::new()).unwrap();
    assert_eq!(outcome.id(), Some(before.id().as_str()));
    assert_eq!(
        client.sysroot.deployments().unwrap()[0].checksum(),
        before.checksum()
    );
    client.ostree(&["fsck", "--quiet"]);
}

#[test]
fn the_same_inputs_give_the_same_tree() {
    let (bed, client) = bed();
    let other = bed.client("other");
    for client in [&client, &other] {
        client
            .change(|tx| {
                if client.path == other.path {
                    tx.install("service").install("hello");
                } else {
                    tx.install("hello").install("service");
                }
            })
            .unwrap();
        std::thread::sleep(std::time::Duration::from_millis(1100));
    }
    let checksum = |client: &Client| {
        client.sysroot.deployments().unwrap()[0]
            .checksum()
            .to_owned()
    };
    assert_eq!(checksum(&client), checksum(&other));
}

#[test]
fn what_cannot_be_done_changes_nothing() {
    let (_bed, client) = bed();
    client.install("cached").unwrap();
    let before = client.state();
    let table: [(&[&str], ErrorKind, &[&str]); 7] = [
        (&["absent"], ErrorKind::NotFound, &["absent"]),
        (&["needy"], ErrorKind::Unsolvable, &["nowhere", "needy-1-1"]),
        (
            &["clash"],
            ErrorKind::FileConflict,
            &["/usr/bin/nano", "nano-1-1", "clash-1-1"],
        ),
        (
            &["fight", "fight2"],
            ErrorKind::FileConflict,
            &["/usr/share/fight", "fight-1-1", "fight2-1-1"],
        ),
        (
            &["broken"],
            ErrorKind::ScriptFailed,
            &["broken-1-1", "post", "3", "about to fail"],
        ),
        (
            &["stray"],
            ErrorKind::PathNotAllowed,
            &["/srv/stray", "stray-1-1"],
        ),
        (&["nano"], ErrorKind::AlreadyPresent, &["nano", "base"]),
    ];
    for (packages, kind, words) in table {
        let error = client
            .change(|tx| {
                for package in packages {
                    tx.install(*package);
                }
            })
            .unwrap_err();
        assert_eq!(error.kind(), kind, "{packages:?}: {error}");
        let text = error.to_string();
        for word in words {
            assert!(text.contains(word), "{text:?} does not say {word:?}");
        }
        assert_eq!(client.state(), before, "after {packages:?}");
    }
    client.install("hello").unwrap();
    client.ostree(&["fsck", "--quiet"]);
}

#[test]
fn unsigned_packages_and_commits_are_refused() {
    let (bed, mut client) = bed();
    let unsigned = bed.path.join("unsigned");
    support::rpms::repository(
        &unsigned,
        vec![Rpm::new("loose-1-1").file("/usr/share/loose", "x")],
        None,
    );
    client.use_repo(&bed, "unsigned", &unsigned);
    let before = client.state();
    let error = client.install("loose").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Signature, "{error}");
    assert!(error.to_string().contains("loose-1-1"), "{error}");
    assert_eq!(client.state(), before);
    client
        .change(|tx| {
            tx.install("loose")
                .signatures(regraft::Signature::NotRequired);
        })
        .unwrap();

    // A base commit without a signature.
    let served = bed.served();
    let good = run(Command::new("ostree")
        .args(["rev-parse", support::mini::REF])
        .arg(format!("--repo={served}")));
    run(Command::new("ostree")
        .args(["commit", "-b", support::mini::REF, "--subject=unsigned"])
        .arg(format!("--repo={served}"))
        .arg(format!("--tree=ref={}", good.trim())));
    let before = client.state();
    let error = client
        .change(|tx| {
            tx.upgrade();
        })
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Signature, "{error}");
    assert_eq!(client.state(), before);
}

#[test]
fn an_older_base_is_refused() {
    let (bed, client) = bed();
    let served = bed.served();
    let good = run(Command::new("ostree")
        .args(["rev-parse", support::mini::REF])
        .arg(format!("--repo={served}")));
    run(Command::new("ostree")
        .args([
            "commit",
            "-b",
            support::mini::REF,
            "--timestamp=2020-01-01 00:00:00 +0000",
        ])
        .arg(format!("--gpg-sign={}", bed.key.id))
        .arg(format!("--gpg-homedir={}", bed.key.home))
        .arg(format!("--repo={served}"))
        .arg(format!("--tree=ref={}", good.trim())));
    let before = client.state();
    let error = client
        .change(|tx| {
            tx.upgrade();
        })
        .unwrap_err();
    assert!(matches!(error, Error::Downgrade { .. }), "{error}");
    assert!(error.to_string().contains("2020-01-01"), "{error}");
    assert_eq!(client.state(), before);
    client
        .change(|tx| {
            tx.upgrade().allow_downgrade();
        })
        .unwrap();
}

#[test]
fn a_locked_sysroot_is_busy() {
    let (_bed, client) = bed();
    // As another program does it: the lock belongs to the open file.
    let other = ostree::Sysroot::new(Some(&gio::File::for_path(&client.path)));
    other.load(gio::Cancellable::NONE).unwrap();
    other.lock().unwrap();
    let mut tx = client.sysroot.transaction(regraft::Base::Pending).unwrap();
    tx.install("hello");
    let plan = tx.plan(&mut regraft::Job::new()).unwrap();
    let result = tx.stage(&plan, &mut regraft::Job::new());
    other.unlock();
    let error = result.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Busy, "{error}");
    // The wishes are still there.
    let outcome = tx.stage(&plan, &mut regraft::Job::new()).unwrap();
    assert!(outcome.id().is_some());
    assert_eq!(
        tx.plan(&mut regraft::Job::new()).unwrap_err().kind(),
        ErrorKind::Spent
    );
}

#[test]
fn a_plan_survives_as_json_and_goes_stale() {
    let (_bed, client) = bed();
    let mut tx = client.sysroot.transaction(regraft::Base::Pending).unwrap();
    tx.install("hello");
    let plan = tx.plan(&mut regraft::Job::new()).unwrap();
    let kept = regraft::Plan::from_json(&plan.to_json()).unwrap();
    assert_eq!(kept, plan);
    let outcome = client
        .sysroot
        .resume(&kept)
        .stage(&kept, &mut regraft::Job::new())
        .unwrap();
    assert!(outcome.id().is_some());
    // Cleaning up takes away the deployment that another plan starts from.
    let mut tx = client.sysroot.transaction(regraft::Base::Pending).unwrap();
    tx.install("cached");
    let plan = tx.plan(&mut regraft::Job::new()).unwrap();
    client.sysroot.rollback(&mut regraft::Job::new()).unwrap();
    let what = regraft::Cleanup {
        rollback: true,
        ..regraft::Cleanup::default()
    };
    client
        .sysroot
        .cleanup(what, &mut regraft::Job::new())
        .unwrap();
    let error = tx.stage(&plan, &mut regraft::Job::new()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Stale, "{error}");
}

#[test]
fn what_another_transaction_did_is_never_lost() {
    let (_bed, client) = bed();
    let job = &mut regraft::Job::new();
    let mut mine = client.sysroot.transaction(regraft::Base::Pending).unwrap();
    mine.install("hello");
    let plan = mine.plan(job).unwrap();
    let before = client.sysroot.deployments().unwrap();
    let mut other = client.sysroot.transaction(regraft::Base::Pending).unwrap();
    other.install("cached");
    let theirs = other.plan(job).unwrap();
    other.stage(&theirs, job).unwrap();
    // The deployment that the plan starts from is still there, but is not the one to build on.
    let now = client.sysroot.deployments().unwrap();
    assert_eq!(now[1].id(), before[0].id());
    for plan in [&plan, &theirs] {
        let error = client.sysroot.resume(plan).stage(plan, job).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Stale, "{error}");
        assert!(error.to_string().contains(&now[0].id()), "{error}");
    }
    let mut again = client.sysroot.resume(&plan);
    let plan = again.plan(job).unwrap();
    again.stage(&plan, job).unwrap();
    assert_eq!(
        client.sysroot.deployments().unwrap()[0].packages(),
        ["cached", "hello"]
    );
    // Where one certain deployment is asked for, it is built on.
    let theirs = &client.sysroot.deployments().unwrap()[1];
    let mut old = client.sysroot.transaction_on(theirs);
    old.uninstall("cached");
    let plan = old.plan(job).unwrap();
    old.stage(&plan, job).unwrap();
    assert!(!client.sysroot.deployments().unwrap()[0].is_layered());
}
