//! Servers, remotes and packages that are not what they should be: nothing of them is taken, and the
//! next transaction succeeds.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[path = "support/http.rs"]
#[allow(dead_code, unreachable_pub, reason = "each test binary uses a part")]
mod http;

mod support;

use http::{Fault, Server};
use regraft::{Base, ErrorKind, Job};
use std::process::Command;
use std::time::{Duration, Instant};
use support::mini::{Client, run};
use support::refusal::{bed, cache, commit_tree, declare, refused, state, told, works};
use support::rpms::{self, Key, Rpm};

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
