//! rpm as the referee of a layered tree: what it lists, what it verifies, and that it runs.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use camino::{Utf8Path, Utf8PathBuf};
use regraft::{Action, Nevra, Signature};
use std::collections::BTreeSet;
use std::process::Command;
use support::mini::{Client, run};
use support::peer::Peer;

/// A commit as files of its own, so that whatever rpm does with them reaches no object.
fn checkout(client: &Client, checksum: &str, name: &str) -> Utf8PathBuf {
    let path = client.path.with_extension(name);
    run(Command::new("ostree")
        .args(["checkout", "--force-copy", checksum])
        .arg(&path)
        .arg(format!("--repo={}/ostree/repo", client.path)));
    // As a deployment has it.
    std::os::unix::fs::symlink("usr/etc", path.join("etc")).unwrap();
    path
}

fn rpm(program: &str, root: &Utf8Path, database: &str, arguments: &[&str]) -> (String, bool) {
    let output = Command::new(program)
        .arg(format!("--root={root}"))
        .arg(format!("--dbpath={database}"))
        .args(arguments)
        .output()
        .expect("rpm is there");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(errors, "", "{program} {arguments:?}");
    (text, output.status.success())
}

const DATABASE: &str = "/usr/share/rpm";
const BASE_DATABASE: &str = "/usr/lib/sysimage/rpm-ostree-base-db";

fn listed(root: &Utf8Path, database: &str) -> BTreeSet<String> {
    let format = "%{name} %{epochnum} %{version} %{release} %{arch}\\n";
    let (text, _) = rpm("rpm", root, database, &["-qa", "--qf", format]);
    text.lines().map(str::to_owned).collect()
}

fn row(nevra: &Nevra) -> String {
    let evr = &nevra.evr;
    format!(
        "{} {} {} {} {}",
        nevra.name, evr.epoch, evr.version, evr.release, nevra.arch
    )
}

/// Why a tree of ostree is not as rpm would have left it: what `rpm -V` says of a path, and the
/// rule.
fn explanation(verdict: &str, path: &str) -> Option<&'static str> {
    let below = |folder: &str| path == folder || path.starts_with(&format!("{folder}/"));
    match verdict {
        // Lines of tmpfiles.d make it at boot.
        "missing" if below("/var") => Some("/var is the machine's"),
        ".......T." => Some("files of a commit have the time 0"),
        _ => None,
    }
}

#[test]
fn rpm_agrees_with_the_plan_and_the_tree_runs() {
    let Some(inputs) = support::testdata("rpm-ostree/inputs") else {
        return;
    };
    let peer = Peer::new(&inputs);
    let client = peer.client("rpmdb");
    let base = client.sysroot.deployments().unwrap()[0].clone();
    let base_root = checkout(&client, base.checksum(), "base");
    let in_base = listed(&base_root, DATABASE);
    assert!(in_base.contains("dosfstools 0 4.2 1 x86_64"), "{in_base:?}");

    let (plan, outcome) = client
        .change(|tx| {
            tx.install("rsync").install("tree").install("jq");
            tx.remove_base("dosfstools");
            tx.signatures(Signature::NotRequired);
        })
        .unwrap();
    let deployment = client.sysroot.deployments().unwrap()[0].clone();
    assert_eq!(outcome.id(), Some(deployment.id().as_str()));
    let root = checkout(&client, deployment.checksum(), "layered");

    // What the plan said is what rpm finds.
    let mut expected = in_base.clone();
    for change in plan.changes() {
        let row = row(&change.package);
        match change.action {
            Action::Install => assert!(expected.insert(row)),
            Action::Remove => assert!(expected.remove(&row)),
            other => panic!("{other}"),
        }
    }
    assert_eq!(plan.changes().len(), 7, "{plan}");
    assert_eq!(listed(&root, DATABASE), expected);
    assert_eq!(listed(&root, BASE_DATABASE), in_base);
    for database in [DATABASE, BASE_DATABASE] {
        let (said, clean) = rpm("rpmdb", &root, database, &["--verifydb"]);
        assert!(clean && said.is_empty(), "{database}: {said}");
    }

    // Layered packages are installed at the base's time, in one transaction.
    let format = "%{name} %{installtime} %{installtid}\\n";
    let (times, _) = rpm("rpm", &root, DATABASE, &["-qa", "--qf", format]);
    let mut transactions = BTreeSet::new();
    for change in plan
        .changes()
        .iter()
        .filter(|change| change.action == Action::Install)
    {
        let name = format!("{} ", change.package.name);
        let line = times.lines().find(|line| line.starts_with(&name)).unwrap();
        let words: Vec<&str> = line.split(' ').collect();
        assert_eq!(words[1], base.timestamp().to_string(), "{line}");
        transactions.insert(words[2].to_owned());
    }
    assert_eq!(transactions.len(), 1, "{transactions:?}");

    // rpm reads the files back as the packages have them, dependencies included.
    let (verified, _) = rpm("rpm", &root, DATABASE, &["-Va"]);
    let mut rules = BTreeSet::new();
    for line in verified.lines() {
        let (verdict, rest) = line.split_once(' ').unwrap();
        let path = &rest[rest.find('/').unwrap_or(0)..];
        match explanation(verdict, path) {
            Some(rule) => drop(rules.insert(rule)),
            None => panic!("rpm -Va: {line}"),
        }
    }
    assert!(
        rules.contains("files of a commit have the time 0"),
        "{verified}"
    );

    for (program, arguments, says) in [
        ("/usr/bin/tree", &["--version"][..], "tree v2.1.0"),
        ("/usr/bin/rsync", &["--version"], "rsync  version 3"),
        ("/usr/bin/jq", &["-n", "40 + 2"], "42"),
    ] {
        assert!(
            runs(&client.root(), program, arguments).contains(says),
            "{program}"
        );
        let output = Command::new("chroot")
            .arg(&root)
            .arg(program)
            .args(arguments)
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(text.contains(says), "{program}: {text}");
    }
    assert!(!root.join("usr/sbin/mkfs.fat").exists());
    client.ostree(&["fsck", "--quiet"]);
}

/// Runs a program of a deployment in a sandbox whose root that is; its output.
fn runs(root: &Utf8Path, program: &str, arguments: &[&str]) -> String {
    run(Command::new("bwrap")
        .args([
            "--ro-bind",
            root.as_str(),
            "/",
            "--proc",
            "/proc",
            "--dev",
            "/dev",
            // No user namespace: in a chroot there can be none.
            "--unshare-ipc",
            "--unshare-pid",
            "--unshare-net",
            "--unshare-uts",
        ])
        .arg(program)
        .args(arguments))
}
