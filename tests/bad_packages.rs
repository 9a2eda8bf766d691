//! Packages that are damaged, that lie, or that want what no system can give: each is refused with an
//! error of its own, nothing changes, and the next transaction succeeds. `REGRAFT_TABLE=FILE` has the
//! messages written to that file.
//!
//! What servers do wrong is in `faults.rs` and `bad_repositories.rs`; what is not supported yet is in
//! `errors.rs`.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[path = "bad_packages/files.rs"]
mod files;
#[path = "support/forge.rs"]
#[allow(dead_code, unreachable_pub, reason = "parts are for others")]
mod forge;
#[path = "bad_packages/metadata.rs"]
mod metadata;
#[path = "bad_packages/payloads.rs"]
mod payloads;
#[path = "bad_packages/random.rs"]
mod random;
#[path = "bad_packages/requests.rs"]
mod requests;
#[path = "bad_packages/signatures.rs"]
mod signatures;
mod support;

use camino::Utf8PathBuf;
use forge::{Packing, Parts, cpio, trailer};
use regraft::ErrorKind::{self, *};
use rpm::{CompressionType, Dependency, FileOptions};
use std::process::Command;
use support::mini::{Client, run};
use support::refusal::{bed, declare, state, works};
use support::rpms::{self, Key, Rpm};
use support::table::Table;

/// One package, how it is made and spoilt, and what is said of it.
struct Case {
    name: &'static str,
    make: Box<dyn Fn(Rpm) -> Rpm>,
    spoil: Box<dyn Fn(Parts) -> Vec<u8>>,
    kind: ErrorKind,
    words: Vec<&'static str>,
}

/// A package with three files, spoilt.
fn spoilt(
    name: &'static str,
    kind: ErrorKind,
    words: &[&'static str],
    spoil: impl Fn(Parts) -> Vec<u8> + 'static,
) -> Case {
    let make = move |package: Rpm| {
        package
            .link(&format!("/usr/share/{name}/link"), "one")
            .file(&format!("/usr/share/{name}/one"), ONE)
            .file(&format!("/usr/share/{name}/two"), TWO)
    };
    Case {
        name,
        make: Box::new(make),
        spoil: Box::new(spoil),
        kind,
        words: words.to_vec(),
    }
}

/// The same with some bytes changed, and nothing else.
fn changed(
    name: &'static str,
    kind: ErrorKind,
    words: &[&'static str],
    change: impl Fn(&mut Parts) + 'static,
) -> Case {
    spoilt(name, kind, words, move |mut parts| {
        change(&mut parts);
        parts.bytes()
    })
}

/// The same, with all digests put right after the change.
fn sealed(
    name: &'static str,
    kind: ErrorKind,
    words: &[&'static str],
    change: impl Fn(&mut Parts) + 'static,
) -> Case {
    spoilt(name, kind, words, move |mut parts| {
        change(&mut parts);
        parts.seal();
        parts.bytes()
    })
}

/// Another payload than the header says, with the digest right.
fn other_payload(
    name: &'static str,
    words: &[&'static str],
    entries: impl Fn(&dyn Fn(&str) -> Vec<u8>) -> Vec<Vec<u8>> + 'static,
) -> Case {
    sealed(name, Corrupt, words, move |parts| {
        let path = |file: &str| format!("./usr/share/{name}/{file}").into_bytes();
        let entries = entries(&path);
        parts.payload = [entries.concat(), trailer()].concat();
    })
}

/// A package made in another way.
fn made(
    name: &'static str,
    kind: ErrorKind,
    words: &[&'static str],
    make: impl Fn(Rpm) -> Rpm + 'static,
) -> Case {
    Case {
        name,
        make: Box::new(make),
        spoil: Box::new(|parts| parts.bytes()),
        kind,
        words: words.to_vec(),
    }
}

/// The same, with some bytes of its paths changed after that.
fn renamed(
    name: &'static str,
    kind: ErrorKind,
    words: &[&'static str],
    make: impl Fn(Rpm) -> Rpm + 'static,
    (old, new): (&'static [u8], &'static [u8]),
) -> Case {
    Case {
        spoil: Box::new(move |mut parts| {
            parts.rename(old, new);
            parts.seal();
            parts.bytes()
        }),
        ..made(name, kind, words, make)
    }
}

const ONE: &str = "the first\n";
const TWO: &str = "the second one\n";
const FILE: u32 = 0o100_644;
const LINK: u32 = 0o120_777;

fn entry(name: Vec<u8>, mode: u32, content: &str) -> Vec<u8> {
    cpio(&name, mode, content.len() as u64, content.as_bytes())
}

/// What the header says, to be changed in one place.
fn right(path: &dyn Fn(&str) -> Vec<u8>) -> Vec<Vec<u8>> {
    vec![
        entry(path("link"), LINK, "one"),
        entry(path("one"), FILE, ONE),
        entry(path("two"), FILE, TWO),
    ]
}

/// Builds all packages into a repository whose metadata tell the truth about the files as they
/// are, spoilt or not; signatures are not asked for.
fn repository(client: &Client, cases: &[Case]) -> (Utf8PathBuf, String) {
    let folder = client.path.with_extension("packages");
    let plain = |case: &Case| {
        let mut package = Rpm::new(&format!("{}-1-1", case.name));
        // What is not compressed can be changed in place.
        let config = rpm::BuildConfig::v4().source_date(rpms::BUILD_TIME);
        package
            .builder
            .using_config(config.compression(CompressionType::None));
        (case.make)(package)
    };
    rpms::repository(&folder, cases.iter().map(plain).collect(), None);
    let primary = forge::primary_text(&folder);
    for case in cases {
        let path = folder.join(format!("{}-1-1.rpm", case.name));
        let bytes = (case.spoil)(Parts::read(&path));
        std::fs::write(&path, bytes).unwrap();
    }
    forge::publish(&folder, &forge::refit(&folder, &primary, |_, text| text));
    declare(client, "own", &format!("file://{folder}"), "gpgcheck=0\n");
    (folder, primary)
}

/// Each is refused.
fn refuse_all(title: &str, client: &Client, cases: &[Case]) {
    let mut table = Table::of(client, title);
    for case in cases {
        let mut words = case.words.clone();
        words.push(case.name);
        table.kept_out(client, case.name, case.kind, &words, || {
            client.install(case.name)
        });
    }
    table.finish();
    works(client);
}
