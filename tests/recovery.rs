//! Everything that can be wrong with a sysroot is found and named, nothing that looks at it or cleans
//! up makes it worse, and once it is put right nothing is found.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use camino::{Utf8Path, Utf8PathBuf};
use regraft::{ErrorKind, Finding, FindingKind, Job, Mend};
use std::process::Command;
use support::mini::{Client, REF, run};
use support::refusal::{bed, check_out, commit};

fn check(client: &Client) -> Vec<Finding> {
    client.sysroot.check(&mut Job::new()).unwrap()
}

/// Every path of the sysroot, with all that can be seen of it without opening it.
fn everything(client: &Client) -> String {
    let find = |kind: &[&str], format: &str| {
        run(Command::new("find")
            .arg(&client.path)
            .args(kind)
            .args(["-printf", format]))
    };
    // The lock and the writer's name come and go, which changes the times of their folders.
    let folders = find(&["-type", "d"], "%P %y %m %U:%G\\n");
    let files = find(&["!", "-type", "d"], "%P %y %m %U:%G %s %i %T@ %l\\n");
    let all = folders + &files;
    let mut lines: Vec<&str> = all.lines().collect();
    // libostree writes its own refs again, the same ones.
    lines.retain(|line| !line.starts_with("ostree/repo/refs/"));
    let state = client.state();
    lines.extend(state.lines().filter(|line| line.contains("/repo/refs/")));
    lines.sort_unstable();
    lines.join("\n")
}

/// The findings are these, by kind and words; looking changes nothing, and `recover` neither, whether
/// it succeeds or not.
#[track_caller]
fn found(client: &Client, what: &str, expected: &[(FindingKind, &[&str])]) {
    let before = everything(client);
    let found = check(client);
    assert_eq!(
        everything(client),
        before,
        "{what}: looking changed something"
    );
    let text: Vec<String> = found
        .iter()
        .map(|one| format!("{}: {one}", one.kind()))
        .collect();
    assert_eq!(found.len(), expected.len(), "{what}: {text:#?}");
    for (kind, words) in expected {
        let named = |one: &&Finding| {
            let line = one.to_string();
            one.kind() == *kind && words.iter().all(|word| line.contains(word))
        };
        let one = found.iter().find(named);
        let one = one.unwrap_or_else(|| panic!("{what}: no {kind} with {words:?}: {text:#?}"));
        assert!(!one.remedy().is_empty());
        assert_eq!(one.mend(), Mend::ByHand, "{what}");
    }
    let recovered = client.sysroot.recover(&mut Job::new());
    if let Ok(mended) = &recovered {
        assert!(mended.is_empty(), "{what}: {mended:?}");
    }
    same(
        &everything(client),
        &before,
        &format!("{what}: {recovered:?}"),
    );
}

/// Nothing has changed.
#[track_caller]
fn same(now: &str, before: &str, what: &str) {
    let only = |one: &str, other: &str| -> Vec<String> {
        let there: std::collections::BTreeSet<&str> = other.lines().collect();
        let lines = one.lines().filter(|line| !there.contains(line));
        lines.map(str::to_owned).collect()
    };
    let (new, gone) = (only(now, before), only(before, now));
    assert!(
        new.is_empty() && gone.is_empty(),
        "{what}: new {new:#?}, gone {gone:#?}"
    );
}

fn well(client: &Client, what: &str) {
    let found = check(client);
    assert!(found.is_empty(), "after {what}: {found:#?}");
}

/// Replaces a file, so that what shares its inode stays as it is, and puts it back afterwards.
fn with<T>(path: &Utf8Path, new: Option<&[u8]>, work: impl FnOnce() -> T) -> T {
    let kept = Utf8PathBuf::from(format!("{path}.kept"));
    let kept = client_free(&kept);
    std::fs::rename(path, &kept).unwrap();
    if let Some(new) = new {
        std::fs::write(path, new).unwrap();
    }
    let result = work();
    let _ = std::fs::remove_file(path);
    std::fs::rename(&kept, path).unwrap();
    result
}

/// A place on the same file system that nobody looks at.
fn client_free(path: &Utf8Path) -> Utf8PathBuf {
    let top = path.ancestors().find(|up| up.join("ostree/repo").is_dir());
    top.unwrap().with_extension("kept")
}

fn object(client: &Client, path: &str, kind: &str, place: usize) -> (String, Utf8PathBuf) {
    let commit = client.sysroot.deployments().unwrap()[0]
        .checksum()
        .to_owned();
    let line = client.ostree(&["ls", "-C", "-d", &commit, path]);
    let mut words = line.split_whitespace().filter(|word| word.len() == 64);
    let hex = words.nth(place).unwrap().to_owned();
    let file = format!("ostree/repo/objects/{}/{}.{kind}", &hex[..2], &hex[2..]);
    (hex, client.path.join(file))
}

#[test]
fn damaged_objects_are_named_and_nothing_is_removed() {
    let bed = bed();
    let client = bed.client("objects");
    well(&client, "the first deployment");
    client.install("hello").unwrap();
    well(&client, "a layered one");
    let (hex, path) = object(&client, "/usr/lib/os-release", "file", 0);
    let words: &[&str] = &[&hex, "/usr/lib/os-release", "fsck --delete"];
    for (what, new) in [("flipped", Some(&b"other"[..])), ("missing", None)] {
        with(&path, new, || {
            found(&client, what, &[(FindingKind::Object, words)])
        });
    }
    let (hex, path) = object(&client, "/usr/share/nano", "dirtree", 0);
    let words: &[&str] = &[&hex, "/usr/share/nano"];
    // An empty one reads as an empty folder.
    for (what, new) in [("an empty folder", Some(&b""[..])), ("a missing one", None)] {
        with(&path, new, || {
            found(&client, what, &[(FindingKind::Object, words)])
        });
    }
    let commit = client.sysroot.deployments().unwrap()[1]
        .checksum()
        .to_owned();
    let refs = client.path.join("ostree/repo/refs/heads/dangling");
    std::fs::write(&refs, format!("{}\n", "0".repeat(64))).unwrap();
    found(
        &client,
        "a dangling ref",
        &[(
            FindingKind::Reference,
            &["dangling", "0000", "refs --delete"],
        )],
    );
    std::fs::remove_file(refs).unwrap();
    well(&client, "all is put back");
    client.ostree(&["fsck", "--quiet"]);
    assert_eq!(commit, client.sysroot.deployments().unwrap()[1].checksum());
}

#[test]
fn deployments_changed_by_hand_are_told_path_by_path() {
    let bed = bed();
    let client = bed.client("by-hand");
    let root = client.root();
    let id = client.sysroot.deployments().unwrap()[0].id();
    let deployment = FindingKind::Deployment;
    let syntax = root.join("usr/share/nano/syntax");
    let (kept, added) = (
        client.path.with_extension("kept"),
        root.join("usr/share/added"),
    );
    std::fs::rename(&syntax, &kept).unwrap();
    found(
        &client,
        "gone",
        &[(deployment, &["/usr/share/nano/syntax", &id, "is gone"])],
    );
    std::fs::write(&syntax, "another\n").unwrap();
    std::fs::write(&added, "x").unwrap();
    run(Command::new("chmod")
        .arg("700")
        .arg(root.join("usr/share/nano")));
    found(
        &client,
        "three changes",
        &[
            (deployment, &["/usr/share/nano/syntax", "content"]),
            (deployment, &["/usr/share/added", "added"]),
            (deployment, &["/usr/share/nano of", "mode"]),
        ],
    );
    std::fs::remove_file(&added).unwrap();
    run(Command::new("chmod")
        .arg("755")
        .arg(root.join("usr/share/nano")));
    std::fs::rename(&kept, &syntax).unwrap();
    // What is the machine's own is no damage.
    std::fs::write(root.join("etc/own"), "x").unwrap();
    well(&client, "all is put back");
    // Through the link the object itself is written to.
    let text = std::fs::read(&syntax).unwrap();
    std::fs::write(&syntax, "changed").unwrap();
    found(
        &client,
        "in place",
        &[(FindingKind::Object, &["/usr/share/nano/syntax"])],
    );
    std::fs::write(&syntax, text).unwrap();
    well(&client, "it is written back");
    for number in 0..30 {
        std::fs::write(root.join(format!("usr/share/nano/{number}")), "x").unwrap();
    }
    let many = check(&client);
    assert_eq!(many.len(), 21, "{many:#?}");
    assert!(
        many.iter()
            .any(|one| one.reason().contains("10 more paths"))
    );
}

#[test]
fn origins_and_boot_entries_are_named() {
    let bed = bed();
    let client = bed.client("boot");
    client.install("hello").unwrap();
    let root = client.root();
    let id = client.sysroot.deployments().unwrap()[0].id();
    let origin = Utf8PathBuf::from(format!("{root}.origin"));
    let kind = FindingKind::Origin;
    for (what, new) in [
        ("cut", Some(&b"[orig"[..])),
        ("empty", Some(b"")),
        ("missing", None),
    ] {
        with(&origin, new, || {
            found(
                &client,
                what,
                &[(kind, &[origin.as_str(), "refspec=REMOTE:REF"])],
            );
        });
    }
    let entries = client.path.join("boot/loader/entries");
    let mut files: Vec<Utf8PathBuf> = entries
        .read_dir_utf8()
        .unwrap()
        .map(|entry| entry.unwrap().path().to_owned())
        .collect();
    files.sort();
    let (kind, first) = (FindingKind::BootEntry, files[1].clone());
    let refused = |what: &str| {
        let error = client.install("talker").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::State, "{what}: {error}");
        assert!(error.to_string().contains("mini-"), "{what}: {error}");
    };
    with(&first, None, || {
        let words: &[&str] = &[&id, "boot entry is gone", "loader/entries", "chattr -i"];
        found(&client, "one entry of two", &[(kind, words)]);
        refused("one entry of two");
        found(&client, "after the refusal", &[(kind, words)]);
    });
    let name = first.file_name().unwrap();
    with(&first, Some(b"title x\n"), || {
        found(
            &client,
            "no ostree=",
            &[(kind, &[name, "no ostree= argument"])],
        );
    });
    let menu = client.path.join("boot/loader");
    let target = std::fs::read_link(&menu).unwrap();
    std::fs::remove_file(&menu).unwrap();
    std::os::unix::fs::symlink("loader.7", &menu).unwrap();
    found(
        &client,
        "a menu that leads nowhere",
        &[(kind, &["boot/loader", "loader.7"])],
    );
    // A program that starts now can look, too.
    let opened = regraft::Sysroot::open(&client.path).unwrap();
    assert_eq!(opened.check(&mut Job::new()).unwrap().len(), 1);
    assert_eq!(opened.status().unwrap_err().kind(), ErrorKind::State);
    std::fs::remove_file(&menu).unwrap();
    std::os::unix::fs::symlink(target, &menu).unwrap();
    let kernel = kernel_of(&client);
    for (what, new) in [("a cut kernel", Some(&b"a ker"[..])), ("no kernel", None)] {
        with(&kernel, new, || {
            // Both deployments boot with it.
            let words: &[&str] = &[kernel.as_str(), "mini-"];
            found(
                &client,
                what,
                &[(FindingKind::Kernel, words), (FindingKind::Kernel, &[&id])],
            );
        });
    }
    run(Command::new("chattr").arg("-i").arg(&root));
    let away = client.path.with_extension("kept");
    std::fs::rename(&root, &away).unwrap();
    let folder = root.file_name().unwrap();
    found(
        &client,
        "no folder",
        &[(FindingKind::Deployment, &[folder, "not there"])],
    );
    std::fs::rename(&away, &root).unwrap();
    run(Command::new("chattr").arg("+i").arg(&root));
    well(&client, "all is put back");
}

fn kernel_of(client: &Client) -> Utf8PathBuf {
    let found = run(Command::new("find")
        .arg(client.path.join("boot/ostree"))
        .args(["-name", "vmlinuz*"]));
    Utf8PathBuf::from(found.trim())
}

#[test]
fn what_an_interrupted_call_left_is_shown_and_removed() {
    let bed = bed();
    let client = bed.client("interrupted");
    client.install("hello").unwrap();
    assert_eq!(client.sysroot.status().unwrap().interrupted(), None);
    let good = everything(&client);
    let data = client.path.join("ostree/regraft");
    std::fs::create_dir_all(data.join("scratch-x/upper")).unwrap();
    std::fs::write(data.join("writer"), "999999 17 updater\n").unwrap();
    std::fs::write(data.join(".tmp.y.tmp"), "").unwrap();
    let commit = client.sysroot.deployments().unwrap()[0]
        .checksum()
        .to_owned();
    client.ostree(&["refs", "--create=rpmostree/base/tmp", &commit]);
    let orphan = client.root().with_file_name(format!("{commit}.7"));
    run(Command::new("cp").arg("-a").arg(client.root()).arg(&orphan));
    let status = client.sysroot.status().unwrap();
    let interrupted = status.interrupted().unwrap();
    assert!(
        interrupted
            .program()
            .unwrap()
            .starts_with("updater (pid 999999")
    );
    let expected = [
        data.join(".tmp.y.tmp").into_string(),
        data.join("scratch-x").into_string(),
        data.join("writer").into_string(),
        "the ref rpmostree/base/tmp".to_owned(),
        orphan.clone().into_string(),
    ];
    assert_eq!(interrupted.left(), expected);
    assert_eq!(
        status.to_json()["interrupted"]["left"][1],
        expected[1].as_str()
    );
    let found = check(&client);
    let objects: Vec<&str> = found.iter().map(Finding::object).collect();
    assert_eq!(objects, expected);
    assert!(found.iter().all(|one| one.mend() == Mend::Recover
        && one.kind() == FindingKind::Leftover
        && one.to_json()["mend"] == "recover"));
    let mended = client.sysroot.recover(&mut Job::new()).unwrap();
    assert_eq!(mended, found);
    assert_eq!(client.sysroot.status().unwrap().interrupted(), None);
    assert_eq!(
        client.sysroot.status().unwrap().to_json()["interrupted"],
        serde_json::Value::Null
    );
    assert_eq!(client.sysroot.recover(&mut Job::new()).unwrap(), []);
    well(&client, "recover");
    let paths = |text: &str| -> Vec<String> {
        let lines = text
            .lines()
            .map(|line| line.split(' ').next().unwrap().to_owned());
        lines.collect()
    };
    assert_eq!(paths(&everything(&client)), paths(&good));
}

#[test]
fn a_boot_partition_without_room_is_named() {
    let bed = bed();
    let mut client = bed.client("small-boot");
    let boot = client.path.join("boot");
    let kept = client.path.with_extension("boot");
    run(Command::new("cp").arg("-a").arg(&boot).arg(&kept));
    run(Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=1m", "regraft-test"])
        .arg(&boot));
    let mounted = Mounted(boot.clone());
    run(Command::new("cp")
        .arg("-a")
        .arg(format!("{kept}/."))
        .arg(&boot));
    well(&client, "a boot partition");
    // A base with a larger kernel.
    let tree = check_out(&bed, &bed.path.join("small-boot-tree"));
    std::fs::write(
        tree.join("usr/lib/modules/6.1-mini/vmlinuz"),
        vec![7; 300 << 10],
    )
    .unwrap();
    commit(&bed, "small/boot", &format!("--tree=dir={tree}"));
    std::fs::write(boot.join("ballast"), vec![0; 900 << 10]).unwrap();
    client.sysroot = client.sysroot.clone();
    let before = everything(&client);
    let deploy = |client: &Client| {
        let mut tx = client.sysroot.deploy_commit("mini:small/boot");
        let plan = tx.plan(&mut Job::new())?;
        tx.stage(&plan, &mut Job::new())
    };
    let error = deploy(&client).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NoSpace, "{error}");
    assert!(error.to_string().contains(boot.as_str()), "{error}");
    let listed = |text: &str| -> Vec<String> {
        let lines = text
            .lines()
            .filter(|line| line.starts_with("boot") || line.contains("/deploy/"));
        lines
            .map(|line| line.split(' ').next().unwrap().to_owned())
            .collect()
    };
    assert_eq!(listed(&everything(&client)), listed(&before));
    std::fs::remove_file(boot.join("ballast")).unwrap();
    deploy(&client).unwrap();
    well(&client, "a larger kernel");
    std::fs::write(boot.join("ballast"), vec![0; 500 << 10]).unwrap();
    found(
        &client,
        "no room for another one",
        &[(
            FindingKind::NoRoom,
            &[boot.as_str(), "bytes are free", "cleanup"],
        )],
    );
    drop(mounted);
    assert!(!REF.is_empty());
}

struct Mounted(Utf8PathBuf);

impl Drop for Mounted {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).status();
    }
}
