//! What tests of failures share: one small base, and the check that a refusal changed nothing.

use super::mini::{Bed, Client, REF, run, shared};
use super::rpms::{self, Rpm};
use camino::{Utf8Path, Utf8PathBuf};
use regraft::ErrorKind;
use std::process::Command;
use std::sync::{Arc, Mutex, Weak};

static BED: Mutex<Weak<Bed>> = Mutex::new(Weak::new());

/// One base for all tests; each has its own client, and repositories of its own.
pub fn bed() -> Arc<Bed> {
    shared(&BED, || {
        let bed = Bed::new();
        bed.extra(vec![
            Rpm::new("hello-1-1")
                .program("/usr/bin/hello", b"#!/bin/sh\necho hello\n")
                .config("/etc/hello.conf", "greeting=hello\n"),
            Rpm::new("talker-1-1")
                .file("/usr/share/talker", "x")
                .requires("/bin/sh")
                .post("echo talking"),
        ]);
        bed
    })
}

/// Everything that a failed call may not change, and that nothing of its work is left.
pub fn state(client: &Client) -> String {
    let data = client.path.join("ostree/regraft");
    if let Ok(entries) = data.read_dir_utf8() {
        for entry in entries {
            let name = entry.expect("an entry").file_name().to_owned();
            assert!(!name.starts_with("scratch-"), "{name} is left behind");
            assert_ne!(name, "writer", "the lock's owner is left behind");
        }
    }
    let temporary = client.path.join("ostree/repo/tmp");
    for entry in temporary.read_dir_utf8().expect("a repository") {
        let name = entry.expect("an entry").file_name().to_owned();
        // libostree's own, one for each boot, which it uses again and empties.
        assert!(
            name == "cache" || name.starts_with("staging-"),
            "{name} is left behind"
        );
    }
    client.state()
}

/// The refs of the package cache.
pub fn cache(client: &Client) -> String {
    client.ostree(&["refs", "--list", "rpmostree/pkg"])
}

/// Fails so, says so, and leaves nothing.
pub fn refused(client: &Client, package: &str, kinds: &[ErrorKind], words: &[&str]) {
    let before = state(client);
    let error = client.install(package).expect_err(package);
    told(&error, kinds, words, package);
    assert_eq!(state(client), before, "after {package}: {error}");
}

/// The error has one of these kinds, and its message these words.
pub fn told(error: &regraft::Error, kinds: &[ErrorKind], words: &[&str], what: &str) {
    assert!(
        kinds.contains(&error.kind()),
        "{what}: {}: {error}",
        error.kind()
    );
    let text = error.to_string();
    for word in words {
        assert!(
            text.contains(word),
            "{what}: {text:?} does not say {word:?}"
        );
    }
}

/// A transaction succeeds, and is taken back.
pub fn works(client: &Client) {
    client.install("hello").expect("the next transaction");
    assert!(client.root().join("usr/bin/hello").exists());
    client.ostree(&["fsck", "--quiet"]);
}

/// Declares a repository in the deployment, with signed packages unless `more` says otherwise.
pub fn declare(client: &Client, id: &str, url: &str, more: &str) {
    let path = client.root().join(format!("etc/yum.repos.d/{id}.repo"));
    let text = format!(
        "[{id}]\nname={id}\nbaseurl={url}\ngpgkey=file:///etc/pki/rpm-gpg/builder.asc\n\
         metadata_expire=0\n{more}"
    );
    std::fs::write(path, text).expect("a file");
}

/// A repository in a folder of its own, for one client.
pub fn repository(bed: &Bed, client: &Client, packages: Vec<Rpm>) -> Utf8PathBuf {
    let folder = client.path.with_extension("packages");
    rpms::repository(&folder, packages, Some(&bed.key));
    declare(client, "own", &format!("file://{folder}"), "");
    folder
}

/// Commits the tree of another ref, signed, and names it.
pub fn commit_tree(bed: &Bed, reference: &str, tree: &str) -> String {
    commit(bed, reference, &format!("--tree=ref={tree}"))
}

/// Commits a tree, signed, and names it.
pub fn commit(bed: &Bed, reference: &str, tree: &str) -> String {
    run(Command::new("ostree")
        .args(["commit", "-b", reference, tree, "--no-bindings"])
        .arg(format!("--gpg-sign={}", bed.key.id))
        .arg(format!("--gpg-homedir={}", bed.key.home))
        .arg(format!("--repo={}", bed.served())))
    .trim()
    .to_owned()
}

/// The tree of the base as files, to be changed and committed.
pub fn check_out(bed: &Bed, path: &Utf8Path) -> Utf8PathBuf {
    run(Command::new("ostree")
        .args(["checkout", "-U", REF])
        .arg(path)
        .arg(format!("--repo={}", bed.served())));
    path.to_owned()
}
