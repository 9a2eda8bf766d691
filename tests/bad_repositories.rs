//! Repositories that are declared wrongly, whose servers lead astray, and whose metadata lie: each is
//! refused with an error of its own, nothing changes, and the next transaction succeeds.
//! `REGRAFT_TABLE=FILE` has the messages written to that file.
//!
//! Statuses, halves and garbage from servers are in `faults.rs`, the values of single keys in
//! `repodata.rs`.
#![allow(clippy::unwrap_used, reason = "a test may panic")]
#![allow(clippy::type_complexity, reason = "the tables say what they are")]

#[path = "support/forge.rs"]
#[allow(dead_code, unreachable_pub, reason = "parts are for others")]
mod forge;
#[path = "support/http.rs"]
#[allow(dead_code, unreachable_pub, reason = "each test binary uses a part")]
mod http;

mod support;

use camino::{Utf8Path, Utf8PathBuf};
use forge::{Packing, Record};
use http::{Fault, Server};
use regraft::ErrorKind::{self, *};
use regraft::{Base, Job, RepoConfig, Variables};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};
use support::mini::{Bed, Client, run};
use support::refusal::{bed, declare, state, works};
use support::rpms::{self, Key, Rpm};
use support::table::Table;

/// A repository of one signed package `NAME`, in a folder of its own.
fn repository(bed: &Bed, client: &Client, name: &str) -> Utf8PathBuf {
    let folder = client.path.with_extension("packages");
    let package = Rpm::new(&format!("{name}-1-1")).file(&format!("/usr/share/{name}"), "x");
    rpms::repository(&folder, vec![package], Some(&bed.key));
    folder
}

fn repo_folder(client: &Client) -> Utf8PathBuf {
    client.root().join("etc/yum.repos.d")
}

#[test]
fn repo_files() {
    let bed = bed();
    let client = bed.client("files");
    let file = repo_folder(&client).join("bad.repo");
    let mut table = Table::of(&client, "Repository files");
    let texts: [(&str, &str, &[&str]); 20] = [
        ("no address", "[a]\nname=a\n", &["[a]", "give it a baseurl"]),
        (
            "address of no kind",
            "[a]\nbaseurl=gopher://h/\n",
            &["[a]", "baseurl", "http://"],
        ),
        (
            "address without host",
            "[a]\nbaseurl=http://\n",
            &["[a]", "baseurl"],
        ),
        (
            "relative address",
            "[a]\nbaseurl=srv/repo\n",
            &["[a]", "baseurl", "no address"],
        ),
        (
            "address with NUL",
            "[a]\nbaseurl=http://h/\0x\n",
            &["[a]", "baseurl"],
        ),
        (
            "enabled=2",
            "[a]\nbaseurl=http://h/\nenabled=2\n",
            &["enabled=\"2\"", "1, yes, true"],
        ),
        (
            "gpgcheck=maybe",
            "[a]\nbaseurl=http://h/\ngpgcheck=maybe\n",
            &["gpgcheck=\"maybe\""],
        ),
        (
            "timeout=-1",
            "[a]\nbaseurl=http://h/\ntimeout=-1\n",
            &["timeout=\"-1\""],
        ),
        (
            "cost=1e9",
            "[a]\nbaseurl=http://h/\ncost=1e9\n",
            &["cost=\"1e9\"", "whole number"],
        ),
        (
            "metadata_expire=x",
            "[a]\nbaseurl=http://h/\nmetadata_expire=x\n",
            &["s, m, h, d"],
        ),
        (
            "metadata_expire=nan",
            "[a]\nbaseurl=http://h/\nmetadata_expire=nan\n",
            &["s, m, h, d"],
        ),
        (
            "id twice",
            "[a]\nbaseurl=http://h/\n[a]\nbaseurl=http://i/\n",
            &["[a]", "twice"],
        ),
        (
            "id of another file",
            "[extra]\nbaseurl=http://h/\n",
            &["[extra]", "extra.repo"],
        ),
        (
            "id with a slash",
            "[../a]\nbaseurl=http://h/\n",
            &["[../a]", "cannot"],
        ),
        ("id with a dot first", "[.a]\nbaseurl=http://h/\n", &["dot"]),
        (
            "section without end",
            "[a\nbaseurl=http://h/\n",
            &["line 1", "bracket"],
        ),
        (
            "no section",
            "baseurl=http://h/\n",
            &["line 1", "no section"],
        ),
        ("no value", "[a]\nbaseurl\n", &["line 2", "key=value"]),
        (
            "value of nothing",
            "[a]\n  http://h/\n",
            &["line 2", "indented"],
        ),
        (
            "sort unknown",
            "[a]\nbaseurl=http://h/\ntype=apt\n",
            &["rpm-md"],
        ),
    ];
    let install = || client.install("hello");
    for (name, text, words) in texts {
        std::fs::write(&file, text).unwrap();
        let words = [words, &["bad.repo"]].concat();
        table.kept_out(&client, name, Config, &words, install);
    }
    let huge = format!("[a]\nbaseurl=http://h/\n{}", "# more\n".repeat(700_000));
    let outside = bed.path.join("outside.repo");
    std::fs::write(&outside, "[outside]\nbaseurl=http://h/\n").unwrap();
    let makes: [(&str, &dyn Fn(), &[&str]); 6] = [
        (
            "binary",
            &|| std::fs::write(&file, [b'[', 0xff, 0xfe, 0]).unwrap(),
            &["not UTF-8"],
        ),
        (
            "huge",
            &|| std::fs::write(&file, &huge).unwrap(),
            &["more than 4194304 bytes"],
        ),
        (
            "folder",
            &|| std::fs::create_dir(&file).unwrap(),
            &["no regular file"],
        ),
        (
            "FIFO",
            &|| {
                run(Command::new("mkfifo").arg(&file));
            },
            &["no regular file"],
        ),
        (
            "symlink to nothing",
            &|| std::os::unix::fs::symlink("nowhere", &file).unwrap(),
            &["symlink to nothing"],
        ),
        (
            "symlink out of the deployment",
            &|| std::os::unix::fs::symlink(&outside, &file).unwrap(),
            &["symlink to nothing"],
        ),
    ];
    for (name, make, words) in makes {
        let _ = std::fs::remove_file(&file);
        make();
        let words = [words, &["bad.repo"]].concat();
        table.kept_out(&client, name, Config, &words, install);
        let _ = std::fs::remove_dir(&file);
    }
    let _ = std::fs::remove_file(&file);
    table.finish();
    works(&client);
    // The largest file that is read takes no time to speak of.
    let many: String = (0..200_000)
        .map(|n| format!("[r{n}]\nenabled=0\n"))
        .collect();
    let begun = Instant::now();
    let all = RepoConfig::parse(&many, "many.repo", &Variables::new()).unwrap();
    assert_eq!(all.len(), 200_000);
    assert!(
        begun.elapsed() < Duration::from_secs(20),
        "{:?}",
        begun.elapsed()
    );
}

/// Metadata with one primary file, as it is named, packed and promised.
fn publish(folder: &Utf8Path, record: &Record, primary: &[u8]) {
    let data = folder.join("repodata");
    let _ = std::fs::remove_dir_all(&data);
    std::fs::create_dir(&data).unwrap();
    let name = record.href.rsplit('/').next().unwrap();
    std::fs::write(data.join(name), primary).unwrap();
    std::fs::write(
        data.join("repomd.xml"),
        forge::repomd(std::slice::from_ref(record)),
    )
    .unwrap();
}

#[test]
fn metadata_that_lie() {
    let bed = bed();
    let client = bed.client("lies");
    let folder = repository(&bed, &client, "liar");
    let primary = forge::primary_text(&folder);
    declare(&client, "own", &format!("file://{folder}"), "");
    let mut table = Table::of(&client, "Metadata that lie");
    let install = || client.install("liar");
    let index = folder.join("repodata/repomd.xml");
    forge::publish(&folder, &primary);
    let good = std::fs::read_to_string(&index).unwrap();
    let record = Record::of("primary", "repodata/primary.xml", primary.as_bytes(), None);

    let laughs = |root: &str| {
        let mut text = "<?xml version=\"1.0\"?>\n<!DOCTYPE x [<!ENTITY a0 \"ha\">".to_owned();
        for n in 1..30 {
            text.push_str(&format!(
                "<!ENTITY a{n} \"&a{0};&a{0};&a{0};&a{0};\">",
                n - 1
            ));
        }
        format!("{text}]>\n<{root}>&a29;</{root}>\n")
    };
    let texts: [(&str, String, ErrorKind, &[&str]); 7] = [
        ("repomd empty", String::new(), Corrupt, &[]),
        ("repomd garbage", "404, sorry".to_owned(), Corrupt, &[]),
        (
            "repomd cut",
            good[..good.len() / 2].to_owned(),
            Corrupt,
            &[],
        ),
        (
            "repomd of nothing",
            forge::repomd(&[]),
            Corrupt,
            &["no primary"],
        ),
        (
            "repomd of another kind",
            good.replace("\"primary\"", "\"other\""),
            Corrupt,
            &["no primary"],
        ),
        (
            "repomd huge",
            format!("{good}{}", " ".repeat(5 << 20)),
            Corrupt,
            &["4194304 bytes"],
        ),
        ("repomd of entities", laughs("repomd"), Corrupt, &[]),
    ];
    for (name, text, kind, words) in texts {
        std::fs::write(&index, text).unwrap();
        let words = [words, &["repomd.xml"]].concat();
        table.kept_out(&client, name, kind, &words, install);
    }

    let with = |change: &dyn Fn(&mut Record)| {
        let mut record = record.clone();
        change(&mut record);
        forge::repomd(&[record])
    };
    let text = |value: &str| Some(value.to_owned());
    let records: [(&str, String, ErrorKind, &[&str]); 16] = [
        (
            "href up",
            with(&|r| r.href = "../primary.xml".into()),
            Corrupt,
            &["leads out"],
        ),
        (
            "href up encoded",
            with(&|r| r.href = "%2e%2e/x".into()),
            Corrupt,
            &["leads out"],
        ),
        (
            "href absolute",
            with(&|r| r.href = "/etc/passwd".into()),
            Corrupt,
            &["absolute"],
        ),
        (
            "href an address",
            with(&|r| r.href = "file:///etc/passwd".into()),
            Corrupt,
            &["absolute"],
        ),
        (
            "href empty",
            with(&|r| r.href = String::new()),
            Corrupt,
            &["empty"],
        ),
        (
            "href long",
            with(&|r| r.href = "x".repeat(5000)),
            Corrupt,
            &["too long"],
        ),
        (
            "href to nothing",
            with(&|r| r.href = "repodata/nothing.xml".into()),
            Network,
            &["nothing.xml"],
        ),
        (
            "base of no kind",
            with(&|r| r.base = "xml:base=\"gopher://h/\" ".into()),
            Corrupt,
            &["xml:base"],
        ),
        (
            "checksum missing",
            with(&|r| r.checksum = None),
            Corrupt,
            &["no checksum"],
        ),
        (
            "checksum unknown",
            with(&|r| r.algorithm = "crc32"),
            Corrupt,
            &["crc32", "no digest"],
        ),
        (
            "checksum short",
            with(&|r| r.checksum = text("abcd")),
            Corrupt,
            &["no digest"],
        ),
        (
            "checksum wrong",
            with(&|r| r.checksum = Some(forge::sha256(b""))),
            Digest,
            &["primary.xml"],
        ),
        (
            "size wrong",
            with(&|r| r.size = text("77")),
            Digest,
            &["primary.xml", "77 bytes"],
        ),
        (
            "size huge",
            with(&|r| r.size = text("9223372036854775807")),
            Corrupt,
            &["9223372036854775807"],
        ),
        (
            "open-size wrong",
            with(&|r| r.open_size = text("9")),
            Digest,
            &["unpacked", "9 bytes"],
        ),
        (
            "zchunk alone",
            with(&|r| r.href = "repodata/primary.xml.zck".into()),
            Unsupported,
            &["zchunk"],
        ),
    ];
    for (name, text, kind, words) in records {
        std::fs::write(&index, text).unwrap();
        table.kept_out(&client, name, kind, words, install);
    }

    // The digest of these is right.
    let contents: [(&str, String, &[&str]); 9] = [
        ("primary empty", String::new(), &["<metadata>"]),
        (
            "primary garbage",
            "no metadata\n".to_owned(),
            &["<metadata>"],
        ),
        (
            "primary cut",
            primary[..primary.len() / 2].to_owned(),
            &["repository own"],
        ),
        (
            "primary of more",
            primary.replace("packages=\"1\"", "packages=\"2\""),
            &["promises 2", "has 1"],
        ),
        (
            "primary of letters",
            primary.replace("packages=\"1\"", "packages=\"x\""),
            &["\"x\""],
        ),
        (
            "primary name with a slash",
            primary.replace("<name>liar<", "<name>../liar<"),
            &["../liar"],
        ),
        (
            "primary name of nothing",
            primary.replace("<name>liar<", "<name><"),
            &["repository own"],
        ),
        (
            "primary checksum unknown",
            primary.replace("type=\"sha256\" pkgid", "type=\"crc32\" pkgid"),
            &["crc32", "repository own"],
        ),
        ("primary of entities", laughs("metadata"), &["own"]),
    ];
    for (name, text, words) in contents {
        forge::publish(&folder, &text);
        table.kept_out(&client, name, Corrupt, words, install);
    }

    // What unpacks to more than it says, and what never ends.
    let zeros = |size: u64| std::io::Read::take(std::io::repeat(b' '), size);
    for packing in Packing::ALL {
        let href = format!("repodata/primary.xml{}", packing.extension());
        let bytes = packing.pack(zeros(8 << 20));
        let mut record = Record::of("primary", &href, &bytes, Some(1000));
        if packing == Packing::None {
            // It is as large as it is.
            continue;
        }
        publish(&folder, &record, &bytes);
        let name = format!("bomb {}", packing.extension());
        table.kept_out(&client, &name, Digest, &["unpacked", "1000 bytes"], install);
        let torn = packing.pack(primary.as_bytes());
        let torn = &torn[..torn.len() - 20];
        record = Record::of("primary", &href, torn, Some(primary.len()));
        publish(&folder, &record, torn);
        let name = format!("torn {}", packing.extension());
        table.kept_out(
            &client,
            &name,
            Corrupt,
            &["cannot be unpacked", "primary.xml"],
            install,
        );
        let record = Record::of("primary", &href, b"no archive", None);
        publish(&folder, &record, b"no archive");
        let name = format!("no {}", packing.extension());
        table.kept_out(
            &client,
            &name,
            Corrupt,
            &["cannot be unpacked", "primary.xml"],
            install,
        );
    }
    // Packed files may follow each other in one.
    let bytes = Packing::Zstd.pack(zeros(64 << 20)).repeat(48);
    let record = Record::of("primary", "repodata/primary.xml.zst", &bytes, None);
    publish(&folder, &record, &bytes);
    table.kept_out(
        &client,
        "bomb that promises nothing",
        Digest,
        &["2147483648 bytes"],
        install,
    );

    forge::publish(&folder, &primary);
    if let Err(error) = install() {
        table.wrong(format!("{}: {error}", "good again"));
    }
    table.finish();
    works(&client);
}

/// The rows of servers whose names are wanted, and what is needed to go on.
fn astray(
    name: &str,
    title: &str,
    wanted: impl Fn(&str) -> bool,
) -> (Arc<Bed>, Client, Server, Table) {
    let bed = bed();
    let client = bed.client(name);
    let folder = repository(&bed, &client, "far");
    let primary = forge::primary_text(&folder);
    forge::publish(&folder, &primary);
    std::fs::write(folder.join("mirrors"), "x".repeat(100)).unwrap();
    std::fs::write(folder.join("passwd.xml"), "secret").unwrap();
    let server = Server::start(&folder);
    let closed = {
        let server = Server::start(&folder);
        server.url("")
    };
    let host = server.url("").trim_start_matches("http://").to_owned();
    let mut table = Table::of(&client, title);
    table.hide(host.trim_end_matches('/'), "SERVER");
    table.hide(
        closed.trim_start_matches("http://").trim_end_matches('/'),
        "CLOSED",
    );
    let (repomd, rpm) = ("/repodata/repomd.xml", "/far-1-1.rpm");
    let here = server.url("");
    let install = || client.install("far");
    let list = server.url("/mirrors");
    let mirrors = format!("baseurl=\nmirrorlist={list}\n");
    let metalink = format!("baseurl=\nmetalink={list}\n");
    let file = format!("file://{folder}/passwd.xml");
    type Row<'a> = (
        &'a str,
        String,
        &'a str,
        Option<Fault>,
        ErrorKind,
        &'a [&'a str],
    );
    let rows: Vec<Row<'_>> = vec![
        (
            "redirects in a circle",
            String::new(),
            repomd,
            Some(Fault::Redirect(server.url(repomd))),
            Network,
            &["repomd.xml", "redirects"],
        ),
        (
            "package redirects in a circle",
            String::new(),
            rpm,
            Some(Fault::Redirect(server.url(rpm))),
            Network,
            &["far-1-1.rpm", "redirects"],
        ),
        (
            "redirect to a file",
            String::new(),
            repomd,
            Some(Fault::Redirect(file)),
            Network,
            &["not supported"],
        ),
        (
            "stalls at repomd",
            String::new(),
            repomd,
            Some(Fault::Stall(10)),
            Network,
            &["repomd.xml", "Timeout"],
        ),
        (
            "stalls at a package",
            String::new(),
            rpm,
            Some(Fault::Stall(10)),
            Network,
            &["far-1-1.rpm", "Timeout"],
        ),
        (
            "trickles",
            String::new(),
            rpm,
            Some(Fault::Slow(1)),
            Network,
            &["far-1-1.rpm", "Timeout"],
        ),
        (
            "stalls, minrate=0",
            "minrate=0\n".to_owned(),
            repomd,
            Some(Fault::Stall(0)),
            Network,
            &["repomd.xml", "Timeout"],
        ),
        (
            "list of mirrors is none",
            mirrors.clone(),
            repomd,
            None,
            Corrupt,
            &["mirrors", "no line is an address"],
        ),
        (
            "list of mirrors is not there",
            mirrors.clone(),
            "/mirrors",
            Some(Fault::Status(404)),
            Network,
            &["mirrors", "404"],
        ),
        (
            "list of mirrors stalls",
            mirrors.clone(),
            "/mirrors",
            Some(Fault::Stall(1)),
            Network,
            &["mirrors", "Timeout"],
        ),
        (
            "list of mirrors has no end",
            mirrors.clone(),
            "/mirrors",
            Some(Fault::Endless),
            Corrupt,
            &["mirrors", "8388608"],
        ),
        (
            "list of closed mirrors",
            mirrors.clone(),
            "/mirrors",
            Some(Fault::Replace(closed.clone().into_bytes())),
            Network,
            &[],
        ),
        (
            "metalink is none",
            metalink,
            repomd,
            None,
            Corrupt,
            &["mirrors", "no metalink"],
        ),
        (
            "server is not there",
            format!("baseurl={closed}\n"),
            repomd,
            None,
            Network,
            &["connect"],
        ),
        (
            "no TLS",
            format!("baseurl=https://{host}\n"),
            repomd,
            None,
            Network,
            &["SSL"],
        ),
    ];
    for (name, more, path, fault, kind, words) in rows {
        if !wanted(name) {
            continue;
        }
        declare(&client, "own", &here, &format!("timeout=1\n{more}"));
        if let Some(fault) = fault {
            server.fault(path, fault);
        }
        let begun = Instant::now();
        table.kept_out(&client, name, kind, words, install);
        eprintln!(
            "{name}: {:?}, {} requests",
            begun.elapsed(),
            server.take_paths().len()
        );
        if begun.elapsed() > Duration::from_secs(15) {
            table.wrong(format!("{}: it took {:?}", name, begun.elapsed()));
        }
        server.heal();
    }
    declare(&client, "own", &here, "timeout=1\n");
    (bed, client, server, table)
}

/// librepo tries an address four times, each for the repository's `timeout`.
#[test]
fn servers_that_stall() {
    let slow = |name: &str| ["stalls at repomd", "stalls, minrate=0", "trickles"].contains(&name);
    let (_bed, client, _server, table) = astray("stalled", "Servers that stall", slow);
    table.finish();
    client.install("far").unwrap();
}

#[test]
fn servers_that_lead_astray() {
    let slow = |name: &str| ["stalls at repomd", "stalls, minrate=0", "trickles"].contains(&name);
    let (_bed, client, server, mut table) =
        astray("astray", "Servers that lead astray", |name| !slow(name));
    let folder = client.path.with_extension("packages");
    let primary = std::fs::read_to_string(forge::primary_of(&folder)).unwrap();
    let here = server.url("");
    let install = || client.install("far");
    // A server sends its clients to their own files: not followed.
    declare(&client, "own", &here, "timeout=1\n");
    let base = format!("xml:base=\"file://{folder}/\" ");
    let mut record = Record::of("primary", "repodata/primary.xml", primary.as_bytes(), None);
    record.base = base.clone();
    publish(&folder, &record, primary.as_bytes());
    table.kept_out(
        &client,
        "metadata on the client's disk",
        Corrupt,
        &["xml:base"],
        install,
    );
    let text = primary.replace("<location ", &format!("<location {base}"));
    forge::publish(&folder, &text);
    table.kept_out(
        &client,
        "package on the client's disk",
        Corrupt,
        &["xml:base"],
        install,
    );
    forge::publish(&folder, &primary);

    // Another process looks for newer metadata and hangs: a cancel is heard.
    let data = client.path.join("ostree/regraft/repodata");
    let locks: Vec<std::fs::File> = data
        .read_dir_utf8()
        .unwrap()
        .map(|entry| entry.unwrap().into_path())
        .filter(|path| path.file_name().unwrap().starts_with("own-"))
        .map(|path| std::fs::File::open(path.join("lock")).unwrap())
        .collect();
    for lock in &locks {
        rustix::fs::flock(lock, rustix::fs::FlockOperation::LockExclusive).unwrap();
    }
    let before = state(&client);
    let mut tx = client.sysroot.transaction(Base::Pending).unwrap();
    tx.install("far");
    let mut job = Job::new();
    let cancel = job.cancel_handle();
    std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(300));
        cancel.cancel();
    });
    let begun = Instant::now();
    let error = tx.plan(&mut job).unwrap_err();
    table.told("metadata are locked, and a cancel", Cancelled, &[], &error);
    assert!(begun.elapsed() < Duration::from_secs(10));
    assert_eq!(state(&client), before);
    drop(locks);
    if let Err(error) = install() {
        table.wrong(format!("{}: {error}", "good again"));
    }
    table.finish();
    works(&client);
}

#[test]
fn metadata_that_are_not_signed_well() {
    let bed = bed();
    let client = bed.client("unsigned");
    let folder = repository(&bed, &client, "vouched");
    let keys = client.root().join("etc/pki/rpm-gpg");
    let place = |name: &str| {
        let folder = client.path.with_extension(name);
        std::fs::create_dir(&folder).unwrap();
        folder
    };
    let past = ["--faked-system-time", "20200101T000000"];
    let alien = Key::new(&place("alien"), "alien");
    let expired = Key::with(&place("expired"), "expired", &past, "2d");
    let old = Key::with(&place("old"), "old", &past, "never");
    for key in [&expired, &old] {
        std::fs::copy(&key.public, keys.join(key.public.file_name().unwrap())).unwrap();
    }
    std::fs::write(keys.join("garbage.asc"), "no key\n").unwrap();
    let index = folder.join("repodata/repomd.xml");
    let signature = folder.join("repodata/repomd.xml.asc");
    let sign = |key: &Key, options: &[&str]| {
        let _ = std::fs::remove_file(&signature);
        run(Command::new("gpg")
            .args(["--homedir", key.home.as_str(), "--batch", "--quiet"])
            .args(options)
            .args(["--armor", "--detach-sign", index.as_str()]));
    };
    let none = || {
        let _ = std::fs::remove_file(&signature);
    };
    let good = std::fs::read(&index).unwrap();
    let named = |name: &str| format!("gpgkey=file:///etc/pki/rpm-gpg/{name}.asc\n");
    let mut table = Table::of(&client, "Metadata that are not signed well");
    let install = || client.install("vouched");
    type Row<'a> = (&'a str, &'a dyn Fn(), String, &'a [&'a str]);
    let by_builder = || sign(&bed.key, &[]);
    let rows: [Row<'_>; 14] = [
        (
            "not signed",
            &none,
            String::new(),
            &["is not signed", "repo_gpgcheck=0"],
        ),
        (
            "signed by another key",
            &|| sign(&alien, &[]),
            String::new(),
            &["not among", "gpgkey"],
        ),
        (
            "signature is garbage",
            &|| std::fs::write(&signature, "nonsense").unwrap(),
            String::new(),
            &["no signature that can be read"],
        ),
        (
            "signature is empty",
            &|| std::fs::write(&signature, "").unwrap(),
            String::new(),
            &["no signature that can be read"],
        ),
        (
            "signature is cut",
            &|| {
                by_builder();
                let text = std::fs::read_to_string(&signature).unwrap();
                std::fs::write(&signature, &text[..text.len() / 2]).unwrap();
            },
            String::new(),
            &["no signature that can be read"],
        ),
        (
            "changed after it was signed",
            &|| {
                by_builder();
                std::fs::write(&index, [&*good, b"\n"].concat()).unwrap();
            },
            String::new(),
            &["is wrong"],
        ),
        (
            "signed by an expired key",
            &|| sign(&expired, &past),
            named("expired"),
            &["expired on 2020-01-03"],
        ),
        (
            "signature has expired",
            &|| {
                let time = ["--faked-system-time", "20200102T000000"];
                sign(&old, &[&time[..], &["--default-sig-expire", "1d"]].concat());
            },
            named("old"),
            &["has expired"],
        ),
        (
            "key is not there",
            &by_builder,
            named("nowhere"),
            &["nowhere.asc is not there", "[own]"],
        ),
        (
            "key is garbage",
            &by_builder,
            named("garbage"),
            &["garbage.asc is no OpenPGP key", "[own]"],
        ),
        (
            "key is a folder",
            &by_builder,
            "gpgkey=file:///etc\n".to_owned(),
            &["no regular file"],
        ),
        (
            "key leads out",
            &by_builder,
            format!("gpgkey=file:///../../..{}\n", alien.public),
            &["is not there"],
        ),
        (
            "key is remote",
            &by_builder,
            "gpgkey=https://h.invalid/k\n".to_owned(),
            &["on the network"],
        ),
        (
            "no key is named",
            &by_builder,
            "gpgkey=\n".to_owned(),
            &["names no key", "give it a gpgkey"],
        ),
    ];
    for (name, make, more, words) in rows {
        std::fs::write(&index, &good).unwrap();
        make();
        let more = format!("repo_gpgcheck=1\n{more}");
        declare(&client, "own", &format!("file://{folder}"), &more);
        let words = [words, &["repository own"]].concat();
        table.kept_out(&client, name, Signature, &words, install);
    }
    std::fs::write(&index, &good).unwrap();
    by_builder();
    declare(
        &client,
        "own",
        &format!("file://{folder}"),
        "repo_gpgcheck=1\n",
    );
    if let Err(error) = install() {
        table.wrong(format!("{}: {error}", "good again"));
    }
    table.finish();
    works(&client);
}

/// What is kept of repositories is as good as absent when it is not what was kept.
#[test]
fn damaged_caches() {
    let bed = bed();
    let client = bed.client("caches");
    let folder = repository(&bed, &client, "kept");
    let expire = "metadata_expire=never\n";
    declare(&client, "own", &format!("file://{folder}"), expire);
    let data = client.path.join("ostree/regraft/repodata");
    let plan = || {
        let mut tx = client.sysroot.transaction(Base::Pending).unwrap();
        tx.install("kept");
        tx.plan(&mut Job::new()).map(|plan| plan.to_json())
    };
    let good = plan().unwrap();
    let own = data
        .read_dir_utf8()
        .unwrap()
        .map(|entry| entry.unwrap().into_path())
        .find(|path| path.file_name().unwrap().starts_with("own-"))
        .unwrap();
    let generation = || {
        let current = own.join("current").read_link_utf8().unwrap();
        own.join(current)
    };
    let primary = || generation().join("primary.xml.gz");
    let solv = data.join("own.solv");
    let whole = std::fs::read(&solv).unwrap();
    let write = |path: &Utf8Path, bytes: &[u8]| std::fs::write(path, bytes).unwrap();
    let remove = |path: &Utf8Path| {
        let _ = std::fs::remove_file(path);
        let _ = std::fs::remove_dir_all(path);
    };
    let changed = |bytes: &[u8], at: usize| {
        let mut bytes = bytes.to_vec();
        bytes[at] ^= 1;
        bytes
    };
    let link = |target: &str| {
        remove(&own.join("current"));
        std::os::unix::fs::symlink(target, own.join("current")).unwrap();
    };
    let rows: [(&str, &dyn Fn()); 19] = [
        ("solv absent", &|| remove(&solv)),
        ("solv empty", &|| write(&solv, b"")),
        ("solv cut", &|| write(&solv, &whole[..whole.len() / 2])),
        ("solv cut by one", &|| {
            write(&solv, &whole[..whole.len() - 1])
        }),
        ("solv longer", &|| write(&solv, &[&*whole, b"x"].concat())),
        ("solv changed", &|| {
            write(&solv, &changed(&whole, whole.len() / 2))
        }),
        ("solv of another version", &|| {
            write(&solv, &changed(&whole, 7))
        }),
        ("solv with another key", &|| {
            write(&solv, &changed(&whole, whole.len() - 5))
        }),
        ("solv of another repository", &|| {
            std::fs::copy(data.join("extra.solv"), &solv).unwrap();
        }),
        ("solv is garbage", &|| {
            write(&solv, &b"garbage".repeat(1000))
        }),
        ("solv is a folder", &|| {
            remove(&solv);
            std::fs::create_dir(&solv).unwrap();
        }),
        ("solv is a FIFO", &|| {
            remove(&solv);
            run(Command::new("mkfifo").arg(&solv));
        }),
        ("solv is a symlink to itself", &|| {
            remove(&solv);
            std::os::unix::fs::symlink("own.solv", &solv).unwrap();
        }),
        ("current leads nowhere", &|| link(&"0".repeat(32))),
        ("current leads out", &|| link("../../../../etc")),
        ("repomd empty", &|| {
            write(&generation().join("repomd.xml"), b"")
        }),
        ("primary cut", &|| write(&primary(), b"x")),
        ("primary absent", &|| remove(&primary())),
        ("primary changed", &|| {
            let bytes = std::fs::read(primary()).unwrap();
            write(&primary(), &changed(&bytes, bytes.len() / 2));
            remove(&solv);
        }),
    ];
    let mut table = Table::of(&client, "Damaged caches");
    let before = state(&client);
    for (name, damage) in rows {
        damage();
        match plan() {
            Ok(text) if text == good => table.say(name, "none", "read again; the plan is the same"),
            Ok(text) => table.wrong(format!("{}: another plan: {text}", name)),
            Err(error) => table.wrong(format!("{}: {}: {error}", name, error.kind())),
        }
        assert_eq!(state(&client), before, "{name}");
        if solv.is_dir() || !solv.exists() {
            remove(&solv);
            plan().unwrap();
        }
    }
    client.install("kept").unwrap();
    table.finish();
    works(&client);
}
