//! What C++ sees of a system, its packages and its repositories is what Rust sees.
#![allow(missing_docs, clippy::unwrap_used)]

extern crate engine as regraft;

#[path = "../../tests/support/mod.rs"]
mod beds;
mod support;

use beds::mini::{Bed, Client, run};
use beds::rpms::Rpm;
use regraft::{Dependency, Installed, Job, Keyring, Nevra, Package, PackageFile, Rpmdb, Signature};
use std::fmt::{Display, Write};
use std::process::Command;
use std::time::UNIX_EPOCH;
use support::{Link, program};

fn or_dash(text: Option<impl ToString>) -> String {
    text.map_or("-".to_owned(), |text| text.to_string())
}

fn bits<const N: usize>(flags: [bool; N]) -> String {
    let bits = flags.iter().map(|flag| if *flag { '1' } else { '0' });
    bits.collect()
}

/// As `show` prints it.
fn list<T: Display>(name: &str, items: &[T]) -> String {
    let items: String = items.iter().map(|item| format!(" {item}")).collect();
    format!("{name}:{items}\n")
}

fn dependencies(lists: [Vec<Dependency>; 8]) -> String {
    let names = [
        "provides",
        "requires",
        "conflicts",
        "obsoletes",
        "recommends",
        "suggests",
        "supplements",
        "enhances",
    ];
    let pairs = names.into_iter().zip(&lists);
    pairs.map(|(name, items)| list(name, items)).collect()
}

fn files(files: Vec<PackageFile>) -> String {
    let mut text = String::new();
    for f in files {
        let kind = bits([
            f.is_config(),
            f.is_doc(),
            f.is_ghost(),
            f.is_dir(),
            f.is_symlink(),
            f.is_regular(),
        ]);
        writeln!(
            text,
            "{}|{}|{}|{}|{}|{}|{}|{}|{}|{}|{}|{}|{}|{}|{kind}",
            f.path,
            f.mode,
            f.size,
            f.user,
            f.group,
            f.digest,
            f.link_target,
            f.flags,
            f.mtime,
            f.capabilities,
            f.language,
            f.inode.1,
            f.rdev,
            f.color
        )
        .unwrap();
    }
    text
}

fn deployed(client: &Client) -> String {
    let status = client.sysroot.status().unwrap();
    let mut text = String::new();
    for d in status.deployments() {
        writeln!(
            text,
            "{}|{}|{}|{}|{}|{}|{}|{}|{}|{}",
            d.id(),
            d.stateroot(),
            d.serial(),
            d.checksum(),
            d.base_checksum(),
            u8::from(d.is_layered()),
            or_dash(d.version()),
            d.timestamp(),
            bits([d.is_booted(), d.is_staged(), d.is_pinned()]),
            or_dash(d.state_digest()),
        )
        .unwrap();
        text += &format!("{}{}\n", d.origin(), d.origin().to_json());
        text += &list("packages", d.packages());
        text += &list("removed", d.removed_base_packages());
        text += &list("kernel", d.kernel_arguments());
    }
    format!("{text}{}\n", status.to_json())
}

fn nevras(packages: &[Installed]) -> Vec<&Nevra> {
    packages.iter().map(Installed::nevra).collect()
}

fn installed(client: &Client) -> String {
    let deployments = client.sysroot.deployments().unwrap();
    let open = |place: usize| -> Rpmdb { client.sysroot.rpmdb(&deployments[place].id()).unwrap() };
    let db = open(0);
    let mut text = String::new();
    for p in db.packages().unwrap() {
        writeln!(
            text,
            "{}|{}|{}|{}|{}|{}|{}|{}|{}",
            p.nevra(),
            p.summary(),
            p.license(),
            p.vendor(),
            p.source(),
            p.size(),
            p.build_time(),
            p.install_time(),
            p.header_digest(),
        )
        .unwrap();
        text += &dependencies([
            p.provides(),
            p.requires(),
            p.conflicts(),
            p.obsoletes(),
            p.recommends(),
            p.suggests(),
            p.supplements(),
            p.enhances(),
        ]);
        text += &files(p.files().unwrap());
        text += &format!("{}\n", p.to_json().unwrap());
    }
    text += &list("nevras", &db.nevras().unwrap());
    text += &list("keys", &nevras(&db.keys().unwrap()));
    text += &list("strace", &nevras(&db.by_name("strace").unwrap()));
    text += &list("providing", &nevras(&db.providing("strace >= 5").unwrap()));
    text += &list("owning", &nevras(&db.owning("/usr/bin/strace").unwrap()));
    text + &list("diff", &open(1).diff(&db).unwrap())
}

fn package_file(path: &str, keys: &str, other: &str) -> String {
    let p = Package::open(path).unwrap();
    let mut text = format!(
        "{}|{}|{}|{}|{}|{}|{}|{}|{}|{}|{}|{}|{}|{}\n",
        p.nevra(),
        p.summary(),
        p.description(),
        p.license(),
        p.url(),
        p.vendor(),
        p.packager(),
        p.group(),
        p.source_rpm(),
        p.build_host(),
        p.build_time(),
        p.installed_size(),
        p.payload_size(),
        u8::from(p.is_source()),
    );
    text += &dependencies([
        p.provides(),
        p.requires(),
        p.conflicts(),
        p.obsoletes(),
        p.recommends(),
        p.suggests(),
        p.supplements(),
        p.enhances(),
    ]);
    text += &files(p.files().unwrap());
    text += &format!("{}\n", p.to_json().unwrap());
    assert_eq!(p.changelog().len(), 1);
    for entry in p.changelog() {
        writeln!(text, "{}|* {}\n{}", entry.time, entry.author, entry.text).unwrap();
    }
    let mut keyring = Keyring::new();
    keyring.add_dir(keys).unwrap();
    let verified = p.verify(&keyring, Signature::Required).unwrap();
    let digests = verified.digests().iter();
    let digests: Vec<String> = digests
        .map(|digest| format!("{} of {}", digest.algorithm, digest.covers))
        .collect();
    let signer = verified.signer().unwrap();
    let time = signer.time().map(|time| time.duration_since(UNIX_EPOCH));
    text += &format!("{verified}\n{}\n", verified.to_json());
    text += &list("digests", &digests);
    text += &list("notes", verified.notes());
    writeln!(
        text,
        "{}|{}|{}|{}",
        signer.user_id(),
        signer.fingerprint(),
        signer.keyring_name(),
        time.map_or(-1, |time| time.unwrap().as_secs() as i64),
    )
    .unwrap();
    let unsigned = Package::open(other).unwrap();
    let error = unsigned.verify(&keyring, Signature::Required).unwrap_err();
    text + &format!("{}: {error}\n", error.kind())
}

fn repositories(client: &Client) -> String {
    let words = ["strace".to_owned(), "tool".to_owned()];
    let mut text = String::new();
    for found in client.sysroot.search(&words, &mut Job::new()).unwrap() {
        writeln!(
            text,
            "{} ({}): {}|{}|{}",
            found.package, found.repo, found.summary, found.download_size, found.installed_size
        )
        .unwrap();
    }
    for state in client.sysroot.refresh_metadata(&mut Job::new()).unwrap() {
        let (id, packages, time) = (state.id, state.packages, state.timestamp);
        writeln!(text, "{id}: {packages} packages|{time}").unwrap();
    }
    text
}

#[test]
fn systems_packages_and_repositories_are_rusts() {
    let bed = Bed::new();
    let mut strace = Rpm::new("strace-6-1")
        .program("/usr/bin/strace", b"strace")
        .config("/etc/strace.conf", "x")
        .link("/usr/bin/st", "strace")
        .dir("/usr/share/strace")
        .requires("tool")
        .provides("tracer");
    strace
        .builder
        .url("http://strace.example")
        .packager("Somebody")
        .conflicts(rpm::Dependency::less("old", "2"))
        .obsoletes(rpm::Dependency::any("older"))
        .recommends(rpm::Dependency::any("nice"))
        .suggests(rpm::Dependency::any("nicer"))
        .supplements(rpm::Dependency::any("more"))
        .enhances(rpm::Dependency::any("most"))
        .add_changelog_entry("Somebody <some@body> - 6-1", "- made", 1_700_000_000u32);
    bed.extra(vec![
        strace,
        Rpm::new("tool-2-1").file("/usr/share/tool", "tool"),
    ]);
    let client = bed.client("client");
    client
        .change(|tx| {
            tx.install("strace").remove_base("nano");
        })
        .unwrap();
    let loose = bed.path.join("loose");
    std::fs::create_dir(&loose).unwrap();
    let loose = Rpm::new("loose-1-1").build(&loose, None);
    let folder = bed.path.join("extra");
    let package = folder.read_dir_utf8().unwrap();
    let package = package
        .map(|entry| entry.unwrap().into_path())
        .find(|path| path.file_name().unwrap().starts_with("strace-"))
        .unwrap();
    let keys = client.root().join("etc/pki/rpm-gpg");

    let expected = deployed(&client)
        + &installed(&client)
        + &package_file(package.as_str(), keys.as_str(), loose.as_str())
        + &repositories(&client);
    let said = run(
        Command::new(program("tests/programs/system.cpp", Link::Shared)).args([
            &client.path,
            &package,
            &keys,
            &loose,
        ]),
    );
    for (said, expected) in said.lines().zip(expected.lines()) {
        assert_eq!(said, expected);
    }
    assert_eq!(said.len(), expected.len());
    assert_eq!(client.sysroot.deployments().unwrap().len(), 1);
}
