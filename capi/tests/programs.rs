//! C programs do real work with the library, on sysroots made of packages.
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

use program::Library;
use std::process::Command;
use support::mini::{Bed, REF, copy_program, run};
use support::rpms::Rpm;

#[test]
fn values_need_no_sysroot() {
    let said = Library::new().run("tests/values.c", &[]);
    assert_eq!(said, "all as it should be\n");
}

#[test]
fn the_program_that_was_asked_for_compiles_and_says_what_is_wrong() {
    let library = Library::new();
    let program = library.compile("tests/wanted.c", "c99");
    // On a machine that is booted from a sysroot it would do its work.
    if regraft::Sysroot::open("/").is_ok() {
        return;
    }
    let output = library.command(&program).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.starts_with("not-a-sysroot: / is no OSTree sysroot"),
        "{said}"
    );
}

#[test]
fn the_first_program_upgrades_layers_and_removes() {
    let bed = Bed::new();
    bed.extra(vec![Rpm::new("strace-6-1").program("/usr/bin/strace", b"")]);
    let client = bed.client("client");
    bed.renew_base();
    let composed = bed.compose();
    let plan = {
        let mut tx = client.sysroot.transaction(regraft::Base::Pending).unwrap();
        tx.upgrade().install("strace").remove_base("nano");
        tx.plan(&mut regraft::Job::new()).unwrap()
    };
    let said = Library::new().run("../examples/stage.c", &[client.path.as_str()]);
    let deployment = &client.sysroot.deployments().unwrap()[0];
    assert_eq!(deployment.base_checksum(), composed.checksum);
    assert!(client.root().join("usr/bin/strace").exists());
    assert!(!client.root().join("usr/bin/nano").exists());
    // As examples/stage.rs does it.
    assert_eq!(said, format!("{plan}deployed {}\n", deployment.id()));
}

#[test]
fn a_transaction_with_all_that_belongs_to_it() {
    let bed = Bed::new();
    bed.extra(vec![
        Rpm::new("strace-6-1").program("/usr/bin/strace", b""),
        Rpm::new("spoken-1-1")
            .file("/usr/share/spoken", "x")
            .requires("/bin/sh")
            .post("echo said by post; echo x > /usr/share/said"),
        Rpm::new("needy-1-1").requires("nowhere"),
        Rpm::new("clash-1-1").file("/usr/share/nano/syntax", "another"),
        Rpm::new("failing-1-1")
            .file("/usr/share/failing", "x")
            .requires("/bin/sh")
            .post("echo this is why; exit 3"),
    ]);
    let client = bed.client("client");
    bed.renew_base();
    bed.compose();
    let said = Library::new().run("tests/transaction.c", &[client.path.as_str()]);
    let lines: Vec<&str> = said.lines().collect();
    assert!(
        lines.contains(&"install strace-6-1.x86_64 (extra), requested: strace"),
        "{said}"
    );
}

#[test]
fn a_sysroot_from_nothing() {
    let bed = Bed::new();
    let path = bed.path.join("made");
    std::fs::create_dir(&path).unwrap();
    let library = Library::new();
    library.run("tests/create.c", &[path.as_str()]);
    run(Command::new("ostree")
        .args(["remote", "add", "mini"])
        .arg(format!("--repo={path}/ostree/repo"))
        .arg(format!("--gpg-import={}", bed.key.public))
        .arg(format!("file://{}", bed.served())));
    library.run("tests/create.c", &[path.as_str(), &format!("mini:{REF}")]);
}

#[test]
fn reading_needs_no_privileges() {
    let bed = Bed::new();
    let client = bed.client("client");
    let library = Library::new();
    let program = library.compile("tests/read.c", "c99");
    // Everything on the way must be open to the user.
    let mut folder = Some(bed.path.as_path());
    while let Some(path) = folder.filter(|path| path.as_str() != "/") {
        run(Command::new("chmod").args(["o+x", path.as_str()]));
        folder = path.parent();
    }
    let folder = program.parent().unwrap();
    run(Command::new("chmod").args(["o+x", folder.as_str()]));
    let reader = bed.path.join("read");
    copy_program(&program, &reader);
    std::fs::copy(&library.file, bed.path.join("libregraft.so.0")).unwrap();
    let said = run(Command::new("setpriv")
        .args(["--reuid=65534", "--regid=65534", "--clear-groups"])
        .args([reader.as_str(), client.path.as_str()])
        .env("LD_LIBRARY_PATH", &bed.path));
    let deployment = &client.sysroot.deployments().unwrap()[0];
    assert_eq!(said, format!("{}\n", deployment.id()));
}
