//! The frontend as people and programs run it: what it prints, and its exit status.
#![allow(clippy::unwrap_used)]

#[path = "../../../tests/support/mod.rs"]
mod support;

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::Value;
use std::process::{Command, Output};
use support::mini::{Bed, REF, run};
use support::rpms::{self, Rpm};

/// A served base, and a sysroot that has nothing yet.
struct World {
    bed: Bed,
    sysroot: Utf8PathBuf,
}

impl World {
    fn new() -> World {
        let bed = Bed::new();
        bed.extra(vec![
            Rpm::new("hello-1-1")
                .program("/usr/bin/hello", b"#!/bin/sh\necho hello\n")
                .requires("libhello"),
            Rpm::new("libhello-1-1").file("/usr/lib64/libhello.so.1", "a library"),
            Rpm::new("spoken-1-1")
                .file("/usr/share/spoken", "x")
                .post("echo said by post"),
            Rpm::new("needy-1-1").requires("nowhere"),
        ]);
        let sysroot = bed.path.join("sysroot");
        std::fs::create_dir(&sysroot).unwrap();
        regraft::Sysroot::create(&sysroot).unwrap();
        run(Command::new("ostree")
            .args(["remote", "add", "mini"])
            .arg(format!("--repo={sysroot}/ostree/repo"))
            .arg(format!("--gpg-import={}", bed.key.public))
            .arg(format!("file://{}", bed.served())));
        World { bed, sysroot }
    }

    /// The same with the base deployed, and the repository `extra` known.
    fn deployed() -> World {
        let world = World::new();
        world.ok(&["--os=mini", "deploy", &format!("mini:{REF}")]);
        world.use_extra();
        world
    }

    /// Declares the repository, as an administrator does.
    fn use_extra(&self) {
        let first = &regraft::Sysroot::open(&self.sysroot).unwrap();
        let first = &first.deployments().unwrap()[0];
        let root = self.sysroot.join(format!(
            "ostree/deploy/mini/deploy/{}/etc",
            first_folder(first)
        ));
        std::fs::create_dir_all(root.join("yum.repos.d")).unwrap();
        std::fs::create_dir_all(root.join("pki/rpm-gpg")).unwrap();
        std::fs::copy(&self.bed.key.public, root.join("pki/rpm-gpg/builder.asc")).unwrap();
        let text = format!(
            "[extra]\nname=extra\nbaseurl=file://{}\n\
             gpgkey=file:///etc/pki/rpm-gpg/builder.asc\nmetadata_expire=0\n",
            self.bed.path.join("extra")
        );
        std::fs::write(root.join("yum.repos.d/extra.repo"), text).unwrap();
    }

    fn run(&self, arguments: &[&str]) -> Output {
        regraft(Some(&self.sysroot), arguments)
    }

    /// What a call that succeeds prints; errors say nothing but progress.
    fn ok(&self, arguments: &[&str]) -> String {
        success(&self.run(arguments), arguments)
    }

    /// One JSON document and nothing else, and no progress either.
    fn json(&self, arguments: &[&str]) -> Value {
        let arguments = [&["--json"], arguments].concat();
        let output = self.run(&arguments);
        let text = success(&output, &arguments);
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(error, "", "{arguments:?}");
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{arguments:?}: {error}: {text}"))
    }

    /// The one line on stderr of a call that fails with status 1.
    fn fails(&self, arguments: &[&str]) -> String {
        let arguments = [&["--json"], arguments].concat();
        let output = self.run(&arguments);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        assert_eq!(output.stdout, b"", "{arguments:?}");
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(text.lines().count(), 1, "{arguments:?}: {text}");
        let text = text
            .strip_prefix("error: ")
            .expect("it says that it is an error");
        text.trim_end().to_owned()
    }

    /// The first deployment in `status --json`.
    fn first(&self) -> Value {
        self.json(&["status"])["deployments"][0].clone()
    }
}

fn first_folder(deployment: &regraft::Deployment) -> String {
    format!("{}.{}", deployment.checksum(), deployment.serial())
}

fn regraft(sysroot: Option<&Utf8Path>, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_regraft"));
    if let Some(sysroot) = sysroot {
        command.arg(format!("--sysroot={sysroot}"));
    }
    command.args(arguments).output().unwrap()
}

fn success(output: &Output, arguments: &[&str]) -> String {
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {error}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn strings(value: &Value) -> Vec<&str> {
    let list = value.as_array().unwrap().iter();
    list.map(|text| text.as_str().unwrap()).collect()
}

#[test]
fn a_machines_life() {
    let world = World::new();
    assert_eq!(
        world.json(&["status"])["deployments"],
        serde_json::json!([])
    );
    assert_eq!(world.ok(&["status"]), "no deployments\n");

    let refspec = format!("mini:{REF}");
    let deployed = world.json(&["--os=mini", "deploy", &refspec, "--karg=root=LABEL=root"]);
    assert_eq!(deployed["kind"], "deployed");
    world.use_extra();
    let first = world.first();
    assert_eq!(first["osname"], "mini");
    assert_eq!(first["origin"], refspec.as_str());
    assert_eq!(first["id"], deployed["id"]);
    assert!(world.ok(&["status"]).contains(&refspec));

    // Looking changes nothing.
    let plan = world.json(&["install", "--dry-run", "hello"]);
    assert_eq!(plan["schema"], 1);
    assert_eq!(plan["changes"].as_array().unwrap().len(), 2);
    let table = world.ok(&["install", "--dry-run", "hello"]);
    assert!(table.contains("libhello-1-1"), "{table}");
    assert_eq!(world.first(), first);

    let text = world.ok(&["install", "spoken"]);
    assert!(text.contains("spoken.post: said by post\n"), "{text}");
    assert!(text.lines().last().unwrap().starts_with("deployed mini-"));
    let outcome = world.json(&["install", "hello"]);
    assert_eq!(outcome["kind"], "deployed");
    assert_eq!(strings(&world.first()["packages"]), ["hello", "spoken"]);

    let list = world.ok(&["db", "list"]);
    assert!(
        list.lines().any(|line| line.starts_with("hello-1-1.")),
        "{list}"
    );
    let one = world.json(&["db", "list", "--name=hello"]);
    assert_eq!(one["packages"].as_array().unwrap().len(), 1);
    let diff = world.ok(&["db", "diff"]);
    let added: Vec<&str> = diff.lines().collect();
    assert_eq!(added[0], "Added:");
    assert!(added[1].starts_with("  hello-1-1.") && added[2].starts_with("  libhello-1-1."));
    let diff = world.json(&["db", "diff"]);
    assert_eq!(diff["changes"].as_array().unwrap().len(), 2);

    world.ok(&["uninstall", "spoken"]);
    assert_eq!(strings(&world.first()["packages"]), ["hello"]);

    // A new base.
    world.bed.renew_base();
    let composed = world.bed.compose();
    let before = world.first();
    let preview = world.json(&["upgrade", "--preview"]);
    assert_eq!(preview["base"]["checksum"], composed.checksum);
    assert_eq!(world.first(), before);
    world.json(&["upgrade"]);
    assert_eq!(world.first()["base-checksum"], composed.checksum);
    let unchanged = world.run(&["upgrade", "--unchanged-exit-77"]);
    assert_eq!(unchanged.status.code(), Some(77));
    assert_eq!(world.json(&["upgrade"])["kind"], "unchanged");

    let back = world.json(&["rollback"]);
    assert_eq!(back["id"], before["id"]);
    assert_eq!(world.first()["checksum"], before["checksum"]);
    let cleaned = world.json(&["cleanup", "--rollback", "--repomd", "--base"]);
    assert_eq!(cleaned["kind"], "cleaned");
    let left = world.json(&["status"]);
    assert_eq!(left["deployments"].as_array().unwrap().len(), 1);
}

#[test]
fn packages_of_the_base_go_and_come_back() {
    let world = World::deployed();
    world.json(&["override", "remove", "nano"]);
    let list = world.json(&["db", "list", "--name=nano"]);
    assert_eq!(list["packages"], serde_json::json!([]));
    world.json(&["override", "reset", "nano"]);
    let list = world.json(&["db", "list", "--name=nano"]);
    assert_eq!(list["packages"].as_array().unwrap().len(), 1);
}

#[test]
fn repositories_are_searched_and_refreshed() {
    let world = World::deployed();
    let found = world.json(&["search", "hello"]);
    let names: Vec<&str> = found["packages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|package| package["package"].as_str().unwrap())
        .collect();
    assert_eq!(names.len(), 2);
    assert!(names[0].starts_with("hello-1-1.") && names[1].starts_with("libhello-1-1."));
    assert!(world.ok(&["search", "hello"]).starts_with("hello-1-1."));
    let repos = world.json(&["refresh-md"]);
    assert_eq!(repos["repos"][0]["id"], "extra");
    assert_eq!(repos["repos"][0]["packages"], 4);
    assert!(world.ok(&["refresh-md"]).starts_with("extra: 4 packages"));
}

#[test]
fn package_files_are_shown_and_checked() {
    let folder = tempfile::tempdir().unwrap();
    let folder = Utf8Path::from_path(folder.path()).unwrap();
    let key = rpms::Key::new(folder, "one");
    let other = rpms::Key::new(folder, "other");
    let rpm = Rpm::new("tool-1-1")
        .file("/usr/share/tool", "x")
        .build(folder, Some(&key));
    let call = |arguments: &[&str]| success(&regraft(None, arguments), arguments);
    let shown: Value =
        serde_json::from_str(&call(&["--json", "package", "show", rpm.as_str()])).unwrap();
    assert_eq!(strings(&shown["files"]), ["/usr/share/tool"]);
    assert!(call(&["package", "show", rpm.as_str()]).starts_with("tool-1-1."));
    let with = |key: &rpms::Key| format!("--key={}", key.public);
    let verified = call(&["package", "verify", rpm.as_str(), &with(&key)]);
    assert!(verified.starts_with(rpm.as_str()), "{verified}");
    let verified = call(&["--json", "package", "verify", rpm.as_str(), &with(&key)]);
    let verified: Value = serde_json::from_str(&verified).unwrap();
    assert_eq!(verified["packages"][0]["file"], rpm.as_str());
    let refused = regraft(None, &["package", "verify", rpm.as_str(), &with(&other)]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&refused.stderr).starts_with("error: "));
}

#[test]
fn a_base_is_composed() {
    let world = World::new();
    let arguments = [
        "compose".to_owned(),
        "tree".to_owned(),
        world.bed.path.join("config/base.yaml").to_string(),
        format!("--repo={}", world.bed.served()),
        format!("--cachedir={}", world.bed.path.join("cache")),
        format!("--gpg-sign={}", world.bed.key.id),
        format!("--gpg-homedir={}", world.bed.key.home),
    ];
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let same = world.json(&arguments);
    assert_eq!(same["unchanged"], true);
    let forced = world.json(&[&arguments[..], &["--force-nocache"]].concat());
    assert_eq!(
        (&forced["ref"], &forced["unchanged"]),
        (&REF.into(), &false.into())
    );
    assert_eq!(forced["packages"].as_array().unwrap().len(), 6);
    let text = world.ok(&[&arguments[..], &["--force-nocache"]].concat());
    assert!(text.lines().last().unwrap().starts_with("committed mini/"));
}

#[test]
fn errors_are_one_line_with_object_and_remedy() {
    let world = World::deployed();
    let table: [(&[&str], &[&str]); 5] = [
        (&["install", "absent"], &["absent"]),
        (&["install", "needy"], &["needy-1-1", "nowhere"]),
        (&["install", "nano"], &["nano", "base"]),
        (&["uninstall", "hello"], &["hello"]),
        (&["db", "list", "no-such-ref"], &["no-such-ref"]),
    ];
    for (arguments, words) in table {
        let error = world.fails(arguments);
        for word in words {
            assert!(error.contains(word), "{arguments:?}: {error}");
        }
    }
    assert_eq!(
        regraft(Some("/nonexistent".into()), &["status"])
            .status
            .code(),
        Some(1)
    );
    for usage in [&["install"][..], &["no-such-verb"], &[]] {
        let output = world.run(usage);
        assert_eq!(output.status.code(), Some(2), "{usage:?}");
        assert_eq!(output.stdout, b"", "{usage:?}");
    }
    // Nothing to do, where that is to be told apart.
    world.ok(&["install", "hello"]);
    let again = ["install", "hello", "--idempotent", "--unchanged-exit-77"];
    assert_eq!(world.run(&again).status.code(), Some(77));
}
