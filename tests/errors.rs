//! What is refused from the start leaves the sysroot as it was, and the next transaction succeeds.
//! Conflicts, missing dependencies, failing scripts and the lock are in `transaction.rs`, what others
//! send in `faults.rs`, and what is interrupted in `cancel.rs` and `interruption.rs`.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use camino::Utf8Path;
use regraft::{Base, ErrorKind, Job, Signature, Sysroot};
use rpm::Scriptlet;
use std::process::Command;
use support::mini::{Bed, run};
use support::refusal::{
    bed, cache, check_out, commit, declare, refused, repository, state, told, works,
};
use support::rpms::{self, Rpm};
use support::table::Table;

#[test]
fn folders_that_are_no_sysroot() {
    let folder = tempfile::tempdir().unwrap();
    let folder = Utf8Path::from_path(folder.path()).unwrap();
    let place = |name: &str| folder.join(name);
    std::fs::create_dir(place("empty")).unwrap();
    std::fs::write(place("file"), "x").unwrap();
    for (name, config) in [
        ("newer", "[core]\nrepo_version=2\nmode=bare\n"),
        ("silent", "[core]\nmode=bare\n"),
    ] {
        Sysroot::create({
            std::fs::create_dir(place(name)).unwrap();
            place(name)
        })
        .unwrap();
        std::fs::write(place(name).join("ostree/repo/config"), config).unwrap();
    }
    let table = [
        ("absent", ErrorKind::NotFound, "absent"),
        ("empty", ErrorKind::NotASysroot, "ostree/repo"),
        ("file", ErrorKind::NotASysroot, "no folder"),
        ("newer", ErrorKind::NotASysroot, "format 2"),
        ("silent", ErrorKind::NotASysroot, "format"),
    ];
    let listing = |folder: &Utf8Path| {
        run(Command::new("find")
            .arg(folder)
            .args(["-printf", "%p %s %T@\\n"]))
    };
    let before = listing(folder);
    let mut told_so = Table::new("Folders that are no sysroot");
    told_so.hide(folder, "");
    for (name, kind, word) in table {
        let error = Sysroot::open(place(name)).unwrap_err();
        told_so.told(name, kind, &[word, name], &error);
    }
    told_so.finish();
    assert_eq!(listing(folder), before);
    // A sysroot with no stateroot, and one with no deployment.
    std::fs::create_dir(place("bare")).unwrap();
    let sysroot = Sysroot::create(place("bare")).unwrap();
    let error = sysroot.transaction(Base::Pending).unwrap_err();
    told(&error, &[ErrorKind::State], &["stateroot"], "bare");
    let sysroot = sysroot.create_stateroot("mini").unwrap();
    let error = sysroot.transaction(Base::Pending).unwrap_err();
    told(&error, &[ErrorKind::State], &["no deployment"], "bare");
    let error = sysroot
        .stateroot("other")
        .transaction(Base::Pending)
        .unwrap_err();
    told(&error, &[ErrorKind::NotFound], &["other"], "bare");
    assert!(sysroot.deployments().unwrap().is_empty());
}

#[test]
fn what_is_for_later_is_refused_before_anything_is_written() {
    let bed = bed();
    let client = bed.client("later");
    let lua = || Scriptlet::new("print('x')").prog(vec!["<lua>"]);
    let named =
        |name: &str| Rpm::new(&format!("{name}-1-1")).file(&format!("/usr/share/{name}"), "x");
    let with = |name: &str, how: &dyn Fn(&mut rpm::PackageBuilder)| {
        let mut package = named(name);
        how(&mut package.builder);
        package
    };
    repository(
        &bed,
        &client,
        vec![
            with("luapre", &|b| {
                b.pre_install_script(lua());
            }),
            with("luapost", &|b| {
                b.post_install_script(lua());
            }),
            with("luaposttrans", &|b| {
                b.post_trans_script(lua());
            }),
            with("triggerin", &|b| {
                b.trigger_in("nano", None, "true");
            }),
            with("triggerprein", &|b| {
                b.trigger_prein("nano", None, "true");
            }),
            with("filetriggerin", &|b| {
                b.file_trigger_in("/usr/share", None, "true");
            }),
            named("kernelish").file("/usr/lib/modules/6.2-mini/vmlinuz", "a kernel"),
            // The interpreters that the builder makes these require.
            named("lua").provides("<lua>"),
            // What removals would set off has no meaning in a new tree, in whatever language.
            with("luapreun", &|b| {
                b.pre_uninstall_script(lua());
            }),
            with("triggerun", &|b| {
                b.trigger_un("nano", None, "true");
            }),
        ],
    );
    let cached = cache(&client);
    for (package, words) in [
        ("luapre", &["%pre script in <lua>", "luapre-1-1"]),
        ("luapost", &["%post script in <lua>", "luapost-1-1"]),
        (
            "luaposttrans",
            &["%posttrans script in <lua>", "luaposttrans-1-1"],
        ),
        ("triggerin", &["%triggerin", "triggerin-1-1"]),
        ("triggerprein", &["%triggerprein", "triggerprein-1-1"]),
        ("filetriggerin", &["%filetriggerin", "filetriggerin-1-1"]),
        ("kernelish", &["kernel", "kernelish-1-1"]),
    ] {
        refused(&client, package, &[ErrorKind::Unsupported], words);
        assert_eq!(cache(&client), cached, "{package}");
    }
    client.install("luapreun").unwrap();
    client.install("triggerun").unwrap();
    works(&client);
}

/// The base has triggers that new packages would set off, in ways that are for later.
#[test]
fn triggers_of_the_base_that_are_for_later() {
    let bed = Bed::new();
    let mut watcher = Rpm::of_arch("watcher-1-1", "noarch");
    watcher.builder.trigger_in("watched", None, "true");
    watcher
        .builder
        .file_trigger_in("/usr/share/watched.d", None, "true");
    watcher.builder.trigger_un("hello", None, "true");
    let watcher = watcher.build(&bed.path, None);
    // Composing refuses such a package, so rpm puts it into the base.
    let tree = check_out(&bed, &bed.path.join("tree"));
    run(Command::new("rpm")
        .args([
            "--install",
            "--justdb",
            "--nodeps",
            "--nosignature",
            "--noscripts",
        ])
        .args(["--dbpath=/usr/share/rpm", &format!("--root={tree}")])
        .arg(watcher));
    commit(&bed, support::mini::REF, &format!("--tree=dir={tree}"));
    let file = |name: &str, path: &str| Rpm::new(&format!("{name}-1-1")).file(path, "x");
    bed.extra(vec![
        file("watched", "/usr/share/watched"),
        file("dropper", "/usr/share/watched.d/x"),
        file("hello", "/usr/bin/hello"),
    ]);
    let client = bed.client("client");
    let cached = cache(&client);
    for (package, words) in [
        ("watched", ["%triggerin", "watcher-1-1", "watched-1-1"]),
        ("dropper", ["%filetriggerin", "watcher-1-1", "dropper-1-1"]),
    ] {
        refused(&client, package, &[ErrorKind::Unsupported], &words);
        assert_eq!(cache(&client), cached, "{package}");
    }
    works(&client);
    // Without the package that watches nothing is set off.
    client
        .change(|tx| {
            tx.remove_base("watcher")
                .install("watched")
                .install("dropper");
        })
        .unwrap();
}

#[test]
fn treefiles_with_unknown_keys_compose_nothing() {
    let bed = bed();
    let refs = |bed: &Bed| {
        let path = bed.served().join("refs/heads").join(support::mini::REF);
        std::fs::read_to_string(path).unwrap()
    };
    let before = refs(&bed);
    for (more, word) in [
        ("frobnicate: true\n", "frobnicate"),
        ("rojig:\n  name: x\n", "rojig"),
    ] {
        let error = bed.compose_with(more).unwrap_err();
        told(&error, &[ErrorKind::Unsupported], &[word], more);
        assert_eq!(refs(&bed), before);
    }
    let error = bed.compose_with("packages: nano\n").unwrap_err();
    told(&error, &[ErrorKind::Config], &["packages"], "twice");
    assert_eq!(refs(&bed), before);
}

#[test]
fn bases_with_other_databases_are_refused() {
    let bed = bed();
    let client = bed.client("databases");
    // The base's tree, to change its database.
    let tree = check_out(&bed, &client.path.with_extension("tree"));
    let folder = tree.join("usr/share/rpm");
    let data = support::testdata("rpmdb");
    let unpacked = |name: &str| {
        let path = data.as_ref()?.join(name);
        Some(match path.extension() {
            Some("zst") => zstd::decode_all(std::fs::File::open(path).unwrap()).unwrap(),
            _ => std::fs::read(path).unwrap(),
        })
    };
    let table = [
        (
            "ndb",
            "Packages.db",
            unpacked("ndb/osquery-ndb/Packages.db.zst"),
            ErrorKind::Unsupported,
            "NDB",
        ),
        (
            "bdb",
            "Packages",
            unpacked("bdb/libuuid/Packages"),
            ErrorKind::Unsupported,
            "Berkeley DB",
        ),
        (
            "garbage",
            "rpmdb.sqlite",
            Some(b"not a database\n".repeat(1000)),
            ErrorKind::Corrupt,
            "rpmdb",
        ),
        (
            "nothing",
            "rpmdb.sqlite",
            Some(Vec::new()),
            ErrorKind::Corrupt,
            "rpmdb",
        ),
        (
            "half",
            "rpmdb.sqlite",
            Some({
                let whole = std::fs::read(folder.join("rpmdb.sqlite")).unwrap();
                whole[..whole.len() / 2].to_vec()
            }),
            ErrorKind::Corrupt,
            "rpmdb",
        ),
        (
            "other",
            "README",
            Some(b"x".to_vec()),
            ErrorKind::State,
            "no rpm database",
        ),
    ];
    let mut told_so = Table::of(&client, "Bases with other databases, or none");
    for (name, file, content, kind, word) in table {
        let Some(content) = content else { continue };
        std::fs::remove_dir_all(&folder).unwrap();
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(folder.join(file), content).unwrap();
        let reference = format!("mini/x86_64/{name}");
        commit(&bed, &reference, &format!("--tree=dir={tree}"));
        let before = state(&client);
        let mut tx = client.sysroot.deploy_commit(format!("mini:{reference}"));
        let error = tx.plan(&mut Job::new()).unwrap_err();
        told_so.told(name, kind, &[word], &error);
        assert_eq!(state(&client), before, "{name}");
    }
    told_so.finish();
    works(&client);
}

#[test]
fn signatures_are_asked_for_unless_told_otherwise() {
    let bed = bed();
    let client = bed.client("signatures");
    let folder = client.path.with_extension("packages");
    rpms::repository(
        &folder,
        vec![Rpm::new("loose-1-1").file("/usr/share/loose", "x")],
        None,
    );
    declare(&client, "own", &format!("file://{folder}"), "");
    refused(&client, "loose", &[ErrorKind::Signature], &["loose-1-1"]);
    let (plan, _) = client
        .change(|tx| {
            tx.install("loose").signatures(Signature::NotRequired);
        })
        .unwrap();
    assert!(plan.wishes().unsigned_packages);
    works(&client);
}
