//! What goes wrong, from the start: each failure leaves the sysroot as it was, and the next
//! transaction succeeds. Conflicts, missing dependencies, failing scripts and the lock are in
//! `transaction.rs`.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[path = "support/http.rs"]
#[allow(dead_code, unreachable_pub, reason = "each test binary uses a part")]
mod http;

mod support;

use camino::{Utf8Path, Utf8PathBuf};
use http::{Fault, Server};
use regraft::{Base, ErrorKind, Flow, Job, Phase, Signature, Sysroot};
use rpm::Scriptlet;
use std::collections::BTreeSet;
use std::process::Command;
use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant};
use support::mini::{Bed, Client, run, shared};
use support::rpms::{self, Key, Rpm};

static BED: Mutex<Weak<Bed>> = Mutex::new(Weak::new());

/// One base for all tests; each has its own client, and repositories of its own.
fn bed() -> Arc<Bed> {
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
fn state(client: &Client) -> String {
    let data = client.path.join("ostree/regraft");
    if let Ok(entries) = data.read_dir_utf8() {
        for entry in entries {
            let name = entry.unwrap().file_name().to_owned();
            assert!(!name.starts_with("scratch-"), "{name} is left behind");
            assert_ne!(name, "writer", "the lock's owner is left behind");
        }
    }
    client.state()
}

/// The refs of the package cache.
fn cache(client: &Client) -> String {
    client.ostree(&["refs", "--list", "rpmostree/pkg"])
}

/// Fails so, says so, and leaves nothing.
fn refused(client: &Client, package: &str, kinds: &[ErrorKind], words: &[&str]) {
    let before = state(client);
    let error = client.install(package).expect_err(package);
    told(&error, kinds, words, package);
    assert_eq!(state(client), before, "after {package}: {error}");
}

fn told(error: &regraft::Error, kinds: &[ErrorKind], words: &[&str], what: &str) {
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
fn works(client: &Client) {
    client.install("hello").unwrap();
    assert!(client.root().join("usr/bin/hello").exists());
    client.ostree(&["fsck", "--quiet"]);
}

fn declare(client: &Client, id: &str, url: &str, more: &str) {
    let path = client.root().join(format!("etc/yum.repos.d/{id}.repo"));
    let text = format!(
        "[{id}]\nname={id}\nbaseurl={url}\ngpgkey=file:///etc/pki/rpm-gpg/builder.asc\n\
         metadata_expire=0\n{more}"
    );
    std::fs::write(path, text).unwrap();
}

/// A repository in a folder of its own, for one client.
fn repository(bed: &Bed, client: &Client, packages: Vec<Rpm>) -> Utf8PathBuf {
    let folder = client.path.with_extension("packages");
    rpms::repository(&folder, packages, Some(&bed.key));
    declare(client, "own", &format!("file://{folder}"), "");
    folder
}

#[test]
fn servers_fail_in_many_ways() {
    let bed = bed();
    let client = bed.client("servers");
    let folder = client.path.with_extension("packages");
    rpms::repository(
        &folder,
        vec![Rpm::new("remote-1-1").file("/usr/share/remote", &"remote\n".repeat(2000))],
        Some(&bed.key),
    );
    let primary = folder
        .join("repodata")
        .read_dir_utf8()
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_owned())
        .find(|name| name.contains("-primary.xml"))
        .unwrap();
    let server = Server::start(&folder);
    declare(&client, "remote", &server.url(""), "timeout=2\n");
    let (repomd, primary) = ("/repodata/repomd.xml", format!("/repodata/{primary}"));
    let rpm = "/remote-1-1.rpm";
    let other = std::fs::read(bed.path.join("extra/hello-1-1.rpm")).unwrap();
    let (network, damaged) = (
        [ErrorKind::Network],
        [ErrorKind::Network, ErrorKind::Digest, ErrorKind::Corrupt],
    );
    let table: [(&str, Fault, &[ErrorKind]); 13] = [
        (repomd, Fault::Status(404), &network),
        (repomd, Fault::Status(500), &network),
        (repomd, Fault::Truncate(100), &damaged),
        (repomd, Fault::Garbage, &[ErrorKind::Corrupt]),
        (repomd, Fault::Replace(Vec::new()), &damaged),
        (&primary, Fault::Status(404), &network),
        (&primary, Fault::Truncate(100), &damaged),
        (&primary, Fault::Garbage, &damaged),
        (rpm, Fault::Status(404), &network),
        (rpm, Fault::Status(503), &network),
        (rpm, Fault::Truncate(1000), &damaged),
        (rpm, Fault::Garbage, &damaged),
        (rpm, Fault::Replace(other), &damaged),
    ];
    for (path, fault, kinds) in table {
        let what = format!("{path} {fault:?}");
        eprintln!("{what:.60}");
        server.fault(path, fault);
        refused(&client, "remote", kinds, &[path.trim_start_matches('/')]);
        server.heal();
    }
    // A server that hangs is given up, or the caller gives up.
    server.fault(rpm, Fault::Stall(500));
    let mut job = Job::new();
    let cancel = job.cancel_handle();
    let before = state(&client);
    let mut tx = client.sysroot.transaction(Base::Pending).unwrap();
    tx.install("remote");
    let plan = tx.plan(&mut Job::new()).unwrap();
    std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(400));
        cancel.cancel();
    });
    let begun = Instant::now();
    let error = tx.stage(&plan, &mut job).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Cancelled, "{error}");
    assert!(begun.elapsed() < Duration::from_secs(10));
    assert_eq!(state(&client), before);
    server.heal();
    client.install("remote").unwrap();
    works(&client);
}

#[test]
fn remotes_fail_in_many_ways() {
    let bed = bed();
    let client = bed.client("remotes");
    client.install("hello").unwrap();
    let server = Server::start(bed.served());
    client.ostree(&["remote", "delete", "mini"]);
    client.ostree(&[
        "remote",
        "add",
        "--force",
        "mini",
        &server.url(""),
        &format!("--gpg-import={}", bed.key.public),
    ]);
    // A newer commit of the same tree, on a ref of its own: the bed is not only this test's.
    let reference = "mini/x86_64/newer";
    let good = commit_tree(&bed, reference, support::mini::REF);
    let origin = client.root();
    let origin = origin.with_file_name(format!("{}.origin", origin.file_name().unwrap()));
    let text = std::fs::read_to_string(&origin).unwrap();
    std::fs::write(&origin, text.replace(support::mini::REF, reference)).unwrap();
    let object = format!("/objects/{}/{}", &good[..2], &good[2..]);
    let reference = format!("/refs/heads/{reference}");
    let (commit, meta) = (format!("{object}.commit"), format!("{object}.commitmeta"));
    let any = [ErrorKind::Network, ErrorKind::NotFound, ErrorKind::Engine];
    let table: [(&str, Fault, &[ErrorKind]); 8] = [
        (&reference, Fault::Status(404), &any),
        (&reference, Fault::Status(500), &any),
        (&reference, Fault::Garbage, &any),
        (&commit, Fault::Status(404), &any),
        (&commit, Fault::Garbage, &any),
        (&commit, Fault::Truncate(50), &any),
        (&meta, Fault::Status(404), &[ErrorKind::Signature]),
        (
            &meta,
            Fault::Garbage,
            &[ErrorKind::Signature, ErrorKind::Network, ErrorKind::Engine],
        ),
    ];
    for (path, fault, kinds) in table {
        let what = format!("{path} {fault:?}");
        eprintln!("{what:.80}");
        server.fault(path, fault);
        let before = state(&client);
        let error = client
            .change(|tx| {
                tx.upgrade();
            })
            .expect_err(path);
        told(&error, kinds, &[], &what);
        assert_eq!(state(&client), before, "{what}");
        server.heal();
    }
    client
        .change(|tx| {
            tx.upgrade();
        })
        .unwrap();
    let deployment = client.sysroot.deployments().unwrap()[0].clone();
    assert_eq!(deployment.base_checksum(), good.trim());
    client.ostree(&["fsck", "--quiet"]);
}

/// Commits the tree of another ref, signed, and names it.
fn commit_tree(bed: &Bed, reference: &str, tree: &str) -> String {
    commit(bed, reference, &format!("--tree=ref={tree}"))
}

fn commit(bed: &Bed, reference: &str, tree: &str) -> String {
    run(Command::new("ostree")
        .args(["commit", "-b", reference, tree, "--no-bindings"])
        .arg(format!("--gpg-sign={}", bed.key.id))
        .arg(format!("--gpg-homedir={}", bed.key.home))
        .arg(format!("--repo={}", bed.served())))
    .trim()
    .to_owned()
}

/// The tree of the base as files, to be changed and committed.
fn check_out(bed: &Bed, path: &Utf8Path) -> Utf8PathBuf {
    run(Command::new("ostree")
        .args(["checkout", "-U", support::mini::REF])
        .arg(path)
        .arg(format!("--repo={}", bed.served())));
    path.to_owned()
}

#[test]
fn packages_are_not_what_was_promised() {
    let bed = bed();
    let client = bed.client("promised");
    let named = |name: &str| {
        Rpm::new(&format!("{name}-1-1")).file(&format!("/usr/share/{name}"), &"text\n".repeat(900))
    };
    let folder = client.path.with_extension("packages");
    let names = [
        "flipped", "longer", "shorter", "payload", "header", "content", "swapped",
    ];
    let mut packages: Vec<Rpm> = names.iter().map(|name| named(name)).collect();
    // Not compressed, so that its bytes can be found.
    for package in packages.iter_mut().filter(|package| package.is("content")) {
        let config = rpm::BuildConfig::v4().source_date(rpms::BUILD_TIME);
        let config = config.compression(rpm::CompressionType::None);
        package.builder.using_config(config);
    }
    rpms::repository(&folder, packages, Some(&bed.key));
    let alien = client.path.with_extension("alien");
    std::fs::create_dir(&alien).unwrap();
    named("alien").build(&folder, Some(&Key::new(&alien, "alien")));
    let expired = expired_key(&client);
    named("expired").build(&folder, Some(&expired));
    let installed = client.root().join("etc/pki/rpm-gpg/expired.asc");
    std::fs::copy(&expired.public, installed).unwrap();

    let change = |name: &str, how: &dyn Fn(&mut Vec<u8>)| {
        let path = folder.join(format!("{name}-1-1.rpm"));
        let mut bytes = std::fs::read(&path).unwrap();
        how(&mut bytes);
        std::fs::write(&path, bytes).unwrap();
    };
    let flip_last = |bytes: &mut Vec<u8>| *bytes.last_mut().unwrap() ^= 1;
    // The repository's metadata are right about these.
    change("payload", &flip_last);
    change("header", &|bytes| {
        let at = find(bytes, b"Made by regraft").unwrap();
        bytes[at] = b'B';
    });
    change("content", &|bytes| {
        let at = find(bytes, b"text\ntext\n").unwrap();
        bytes[at] = b'T';
        let payload = payload_start(bytes);
        assert!(at > payload);
    });
    rpms::index(&folder);
    // And not about these.
    change("flipped", &flip_last);
    change("longer", &|bytes| bytes.extend_from_slice(b"more"));
    change("shorter", &|bytes| bytes.truncate(bytes.len() - 10));
    std::fs::copy(
        bed.path.join("extra/hello-1-1.rpm"),
        folder.join("swapped-1-1.rpm"),
    )
    .unwrap();
    declare(&client, "own", &format!("file://{folder}"), "");

    let digest = [ErrorKind::Digest];
    let damaged = [ErrorKind::Digest, ErrorKind::Signature];
    let table: [(&str, &[ErrorKind], &[&str]); 9] = [
        ("flipped", &digest, &["flipped-1-1"]),
        ("longer", &digest, &["longer-1-1"]),
        ("shorter", &digest, &["shorter-1-1"]),
        ("swapped", &digest, &["swapped-1-1"]),
        ("payload", &digest, &["payload-1-1"]),
        ("header", &damaged, &["header-1-1"]),
        ("content", &digest, &["content-1-1"]),
        ("alien", &[ErrorKind::Signature], &["alien-1-1"]),
        (
            "expired",
            &[ErrorKind::Signature],
            &["expired-1-1", "expired"],
        ),
    ];
    let cached = cache(&client);
    for (package, kinds, words) in table {
        refused(&client, package, kinds, words);
        assert_eq!(cache(&client), cached, "{package} is not kept");
    }
    works(&client);
}

/// A key that could sign once, and no longer can.
fn expired_key(client: &Client) -> Key {
    let folder = client.path.with_extension("expired");
    std::fs::create_dir(&folder).unwrap();
    Key::with(
        &folder,
        "expired",
        &["--faked-system-time", "20200101T000000"],
        "2d",
    )
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

/// Where the header structure at `at` ends.
fn header_end(bytes: &[u8], at: usize) -> usize {
    let number = |at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap()) as usize;
    at + 16 + number(at + 8) * 16 + number(at + 12)
}

/// Where the main header begins: after lead and signature header, which is padded.
fn header_start(bytes: &[u8]) -> usize {
    header_end(bytes, 96).next_multiple_of(8)
}

fn payload_start(bytes: &[u8]) -> usize {
    header_end(bytes, header_start(bytes))
}

/// A payload that has the right digest, and a file in it that has not: all digests of the package
/// are made to agree with a header that was changed.
#[test]
fn a_payload_disagrees_with_its_header() {
    use sha2::Digest;
    let bed = bed();
    let client = bed.client("disagrees");
    let folder = client.path.with_extension("packages");
    let package = Rpm::new("liar-1-1").file("/usr/share/liar", "the truth\n");
    rpms::repository(&folder, vec![package], None);
    let path = folder.join("liar-1-1.rpm");
    let mut bytes = std::fs::read(&path).unwrap();
    let (start, end) = (header_start(&bytes), payload_start(&bytes));
    let hex = |digest: &[u8]| {
        digest
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>()
    };
    let digests = |bytes: &[u8]| {
        let header = &bytes[start..end];
        vec![
            hex(&sha1::Sha1::digest(header)).into_bytes(),
            hex(&sha2::Sha256::digest(header)).into_bytes(),
            hex(&sha3::Sha3_256::digest(header)).into_bytes(),
            md5::Md5::digest(&bytes[start..]).to_vec(),
        ]
    };
    let before = digests(&bytes);
    let of_file = hex(&sha2::Sha256::digest(b"the truth\n")).into_bytes();
    let at = start + find(&bytes[start..end], &of_file).unwrap();
    let other = hex(&sha2::Sha256::digest(b"something else\n")).into_bytes();
    bytes[at..at + other.len()].copy_from_slice(&other);
    for (old, new) in before.iter().zip(digests(&bytes)) {
        if let Some(at) = find(&bytes[..start], old) {
            bytes[at..at + new.len()].copy_from_slice(&new);
        }
    }
    std::fs::write(&path, bytes).unwrap();
    rpms::index(&folder);
    // rpm finds nothing wrong with the package as such.
    run(Command::new("rpm").args(["-K", "--nosignature"]).arg(&path));
    declare(&client, "own", &format!("file://{folder}"), "gpgcheck=0\n");
    let cached = cache(&client);
    refused(
        &client,
        "liar",
        &[ErrorKind::Digest, ErrorKind::Corrupt],
        &["liar"],
    );
    assert_eq!(cache(&client), cached);
    works(&client);
}

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
    for (name, kind, word) in table {
        let error = Sysroot::open(place(name)).unwrap_err();
        told(&error, &[kind], &[word, name], name);
    }
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
        told(&error, &[kind], &[word], name);
        assert_eq!(state(&client), before, "{name}");
    }
    works(&client);
}

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
