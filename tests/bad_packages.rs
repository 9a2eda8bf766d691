//! Packages that are damaged, that lie, or that want what no system can give: each is refused with an
//! error of its own, nothing changes, and the next transaction succeeds. `REGRAFT_TABLE=FILE` has the
//! messages written to that file.
//!
//! What servers do wrong is in `faults.rs` and `bad_repositories.rs`; what is not supported yet is in
//! `errors.rs`.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[path = "support/forge.rs"]
#[allow(dead_code, unreachable_pub, reason = "parts are for others")]
mod forge;
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

#[test]
fn damaged_files() {
    let mut cases = vec![
        changed("lead-magic", Corrupt, &["is no RPM package"], |p| {
            p.lead[0] = 0
        }),
        changed("lead-version", Unsupported, &["version 9"], |p| {
            p.lead[4] = 9
        }),
        changed(
            "lead-type",
            Unsupported,
            &["without a signature header"],
            |p| p.lead[79] = 1,
        ),
        changed("signature-magic", Corrupt, &["no header"], |p| {
            p.signature[0] = 0
        }),
        changed("signature-count", Corrupt, &["out of bounds"], |p| {
            p.signature[8] = 0x7f
        }),
        changed("signature-tags", Corrupt, &["out of bounds"], |p| {
            p.signature[11] = 200
        }),
        changed("signature-size", Corrupt, &["out of bounds"], |p| {
            p.signature[12] = 0x0f
        }),
        changed("signature-region", Corrupt, &["region"], |p| {
            p.signature[23] = 9
        }),
        changed("signature-digest", Digest, &["sha256", "header"], |p| {
            let found = forge::sha256(&p.header);
            let other = forge::sha256(b"");
            forge::replace(&mut p.signature, found.as_bytes(), other.as_bytes());
        }),
        changed("signature-letters", Corrupt, &["malformed"], |p| {
            let found = forge::sha256(&p.header);
            let other = "z".repeat(64);
            forge::replace(&mut p.signature, found.as_bytes(), other.as_bytes());
        }),
        changed("header-magic", Corrupt, &["no header"], |p| p.header[0] = 0),
        changed("header-count", Corrupt, &["out of bounds"], |p| {
            p.header[8] = 0x7f
        }),
        changed("header-empty", Corrupt, &["out of bounds"], |p| {
            p.header[8..12].fill(0)
        }),
        changed("header-size", Corrupt, &["truncated"], |p| {
            p.header[12] = 0x0f
        }),
        changed("header-offset", Corrupt, &["tag"], |p| {
            p.header[16 + 16 + 8] = 0x7f
        }),
        changed("header-kind", Corrupt, &["tag"], |p| {
            p.header[16 + 16 + 7] = 77
        }),
        changed("header-byte", Digest, &["sha256", "header"], |p| {
            forge::replace(&mut p.header, b"Made by regraft", b"Made by nobody ");
        }),
        changed("payload-byte", Digest, &["payload"], |p| {
            p.payload[200] ^= 1
        }),
        changed("payload-more", Digest, &["bytes"], |p| {
            p.payload.extend(b"more")
        }),
        spoilt("cut-empty", Corrupt, &["too short"], |_| Vec::new()),
        spoilt("cut-lead", Corrupt, &["too short"], |p| {
            p.bytes()[..50].to_vec()
        }),
        spoilt("cut-signature", Corrupt, &["truncated"], |p| {
            p.bytes()[..100].to_vec()
        }),
        spoilt("cut-signature-data", Corrupt, &["truncated"], |p| {
            p.bytes()[..200].to_vec()
        }),
        spoilt("cut-header", Corrupt, &["truncated"], |p| {
            p.bytes()[..96 + p.signature.len() + p.header.len() / 2].to_vec()
        }),
        spoilt("cut-payload-all", Corrupt, &["truncated"], |p| {
            p.bytes()[..96 + p.signature.len() + p.header.len()].to_vec()
        }),
        spoilt("cut-payload-half", Corrupt, &["truncated"], |p| {
            p.bytes()[..p.bytes().len() - p.payload.len() / 2].to_vec()
        }),
        sealed("payload-none", Corrupt, &["no payload"], |p| {
            p.payload.clear()
        }),
        sealed("payload-alien", Unsupported, &["compression"], |p| {
            p.payload = b"neither packed nor an archive".repeat(9);
        }),
    ];
    // The digest of these is right: it is the packed stream itself that is broken.
    for (packing, broken, cut) in [
        (Packing::None, "broken-plain", "cut-plain"),
        (Packing::Gzip, "broken-gzip", "cut-gzip"),
        (Packing::Bzip2, "broken-bzip2", "cut-bzip2"),
        (Packing::Xz, "broken-xz", "cut-xz"),
        (Packing::Zstd, "broken-zstd", "cut-zstd"),
    ] {
        cases.push(sealed(broken, Corrupt, &[], move |p| {
            p.payload = packing.pack(&*p.payload);
            let middle = p.payload.len() / 2;
            p.payload[middle..middle + 8].fill(0x55);
        }));
        cases.push(sealed(cut, Corrupt, &["cannot be read"], move |p| {
            p.payload = packing.pack(&*p.payload);
            p.payload.truncate(p.payload.len() / 2);
        }));
    }
    let bed = bed();
    let client = bed.client("damaged");
    repository(&client, &cases);
    refuse_all("Damaged package files", &client, &cases);
}

#[test]
fn payloads_that_are_not_what_the_header_says() {
    const MANY: usize = 3 << 16;
    let cases = vec![
        other_payload("file-missing", &["/two", "is missing"], |path| {
            let mut entries = right(path);
            entries.pop();
            entries
        }),
        other_payload("file-extra", &["three", "header lacks"], |path| {
            let mut entries = right(path);
            entries.push(entry(path("three"), FILE, "more\n"));
            entries
        }),
        other_payload("file-twice", &["/one", "twice"], |path| {
            let mut entries = right(path);
            entries.push(entry(path("one"), FILE, ONE));
            entries
        }),
        other_payload("file-larger", &["/two", "16 bytes", "15"], |path| {
            let mut entries = right(path);
            entries[2] = entry(path("two"), FILE, "the second one!\n");
            entries
        }),
        other_payload("file-smaller", &["/two", "3 bytes", "15"], |path| {
            let mut entries = right(path);
            entries[2] = entry(path("two"), FILE, "the");
            entries
        }),
        other_payload("file-empty", &["/two", "no content"], |path| {
            let mut entries = right(path);
            entries[2] = entry(path("two"), FILE, "");
            entries
        }),
        other_payload("file-digest", &["/two", "digest"], |path| {
            let mut entries = right(path);
            entries[2] = entry(path("two"), FILE, "The second one\n");
            entries
        }),
        other_payload("file-mode", &["/two", "mode 104755", "100644"], |path| {
            let mut entries = right(path);
            entries[2] = entry(path("two"), 0o104_755, TWO);
            entries
        }),
        other_payload("file-type", &["/two", "mode 120777"], |path| {
            let mut entries = right(path);
            entries[2] = entry(path("two"), LINK, "/etc/shadow.one");
            entries
        }),
        other_payload("link-target", &["/link", "points elsewhere"], |path| {
            let mut entries = right(path);
            entries[0] = entry(path("link"), LINK, "two");
            entries
        }),
        other_payload("link-long", &["/link", "5000 bytes"], |path| {
            let mut entries = right(path);
            entries[0] = entry(path("link"), LINK, &"x".repeat(5000));
            entries
        }),
        sealed(
            "hardlinks-differ",
            Corrupt,
            &["differs from its hard links"],
            |p| {
                p.set(forge::FILE_INODES, 1, 77);
                p.set(forge::FILE_INODES, 2, 77);
                let path = |file: &str| format!("./usr/share/hardlinks-differ/{file}").into_bytes();
                let mut entries = right(&path);
                entries[1] = entry(path("one"), FILE, "");
                p.payload = [entries.concat(), trailer()].concat();
            },
        ),
        sealed("hardlinks-empty", Corrupt, &["has no content"], |p| {
            p.set(forge::FILE_INODES, 1, 77);
            p.set(forge::FILE_INODES, 2, 77);
            let path = |file: &str| format!("./usr/share/hardlinks-empty/{file}").into_bytes();
            let mut entries = right(&path);
            entries[1] = entry(path("one"), FILE, "");
            entries[2] = entry(path("two"), FILE, "");
            p.payload = [entries.concat(), trailer()].concat();
        }),
        sealed("archive-endless", Corrupt, &["no archive entry"], |p| {
            let path = |file: &str| format!("./usr/share/archive-endless/{file}").into_bytes();
            let zeros = std::io::Read::take(std::io::repeat(0), 1 << 27);
            let entries = std::io::Cursor::new(right(&path).concat());
            p.payload = Packing::Zstd.pack(std::io::Read::chain(entries, zeros));
            assert!(p.payload.len() < 1 << 20, "a bomb");
        }),
        sealed(
            "file-endless",
            Corrupt,
            &["/one", "bytes and should have 10"],
            |p| {
                let path = b"./usr/share/file-endless/one";
                let zeros = std::io::Read::take(std::io::repeat(0), 1 << 27);
                let start = std::io::Cursor::new(cpio(path, FILE, u64::from(u32::MAX), b""));
                p.payload = Packing::Zstd.pack(std::io::Read::chain(start, zeros));
            },
        ),
        sealed(
            "ghost-endless",
            Corrupt,
            &["/one", "bytes and should have 10"],
            |p| {
                p.set(forge::FILE_FLAGS, 1, 64);
                let path = b"./usr/share/ghost-endless/one";
                let zeros = std::io::Read::take(std::io::repeat(0), 1 << 27);
                let start = std::io::Cursor::new(cpio(path, FILE, u64::from(u32::MAX), b""));
                p.payload = Packing::Zstd.pack(std::io::Read::chain(start, zeros));
            },
        ),
        sealed("ghosts-endless", Corrupt, &["/one", "twice"], |p| {
            p.set(forge::FILE_FLAGS, 1, 64);
            let path = |file: &str| format!("./usr/share/ghosts-endless/{file}").into_bytes();
            let ghosts = entry(path("one"), FILE, ONE).repeat(MANY);
            p.payload = Packing::Zstd.pack(&*ghosts);
        }),
        sealed("archive-unended", Corrupt, &["cannot be read"], |p| {
            let path = |file: &str| format!("./usr/share/archive-unended/{file}").into_bytes();
            p.payload = right(&path).concat();
        }),
        sealed("archive-number", Corrupt, &["malformed"], |p| {
            p.payload[20..24].copy_from_slice(b"zzzz");
        }),
        sealed(
            "archive-path",
            Corrupt,
            &["path of 4294967295 bytes"],
            |p| {
                p.payload[6 + 11 * 8..][..8].copy_from_slice(b"ffffffff");
            },
        ),
        sealed("header-sizes", Corrupt, &["/two", "15 bytes", "999"], |p| {
            p.set(forge::FILE_SIZES, 2, 999);
        }),
        sealed("header-folders", Corrupt, &["without a directory"], |p| {
            p.set(forge::DIR_INDEXES, 1, 5000);
        }),
        sealed("header-device", Unsupported, &["/two", "device"], |p| {
            p.set(forge::FILE_MODES, 2, 0o020_644);
            let path = |file: &str| format!("./usr/share/header-device/{file}").into_bytes();
            let mut entries = right(&path);
            entries[2] = entry(path("two"), 0o020_644, "");
            p.payload = [entries.concat(), trailer()].concat();
        }),
    ];
    let bed = bed();
    let client = bed.client("payloads");
    repository(&client, &cases);
    refuse_all(
        "Payloads that are not what the header says",
        &client,
        &cases,
    );
    // What is put together here is a good package when nothing is changed.
    let good = [other_payload("agrees", &[], right)];
    let client = bed.client("agrees");
    repository(&client, &good);
    client.install("agrees").unwrap();
    assert_eq!(
        std::fs::read_to_string(client.root().join("usr/share/agrees/two")).unwrap(),
        TWO
    );
}

#[test]
fn metadata_that_do_not_fit_the_packages() {
    let fine = |name, kind, words: &[&'static str]| spoilt(name, kind, words, |p| p.bytes());
    let cases = vec![
        fine("wrong-digest", Digest, &["sha256"]),
        fine("wrong-larger", Digest, &["bytes"]),
        fine("wrong-smaller", Digest, &["5 bytes"]),
        fine("wrong-huge", Corrupt, &["9000000000000000000 bytes"]),
        fine(
            "wrong-version",
            Digest,
            &["wrong-version-2-1", "wrong-version-1-1"],
        ),
        fine(
            "wrong-epoch",
            Digest,
            &["wrong-epoch-3:1-1", "wrong-epoch-1-1"],
        ),
        fine("wrong-place", Network, &["nowhere.rpm"]),
        fine("wrong-up", Corrupt, &["leads out of the repository"]),
        fine("wrong-absolute", Corrupt, &["absolute"]),
        fine("wrong-encoded", Corrupt, &["leads out of the repository"]),
        fine("wrong-folder", Corrupt, &["no regular file"]),
        fine("wrong-base", Corrupt, &["xml:base"]),
    ];
    let bed = bed();
    let client = bed.client("metadata");
    let (folder, primary) = repository(&client, &cases);
    std::fs::create_dir(folder.join("a-folder.rpm")).unwrap();
    let place = |text: &str, place: &str| forge::between(text, "<location href=\"", "\"", place);
    let primary = forge::refit(&folder, &primary, |name, text| match name {
        "wrong-digest" => forge::between(&text, "pkgid=\"YES\">", "<", &forge::sha256(b"")),
        "wrong-larger" => forge::between(&text, "<size package=\"", "\"", "999999"),
        "wrong-smaller" => forge::between(&text, "<size package=\"", "\"", "5"),
        "wrong-huge" => forge::between(&text, "<size package=\"", "\"", "9000000000000000000"),
        "wrong-version" => forge::between(&text, " ver=\"", "\"", "2"),
        "wrong-epoch" => forge::between(&text, "<version epoch=\"", "\"", "3"),
        "wrong-place" => place(&text, "nowhere.rpm"),
        "wrong-up" => place(&text, "../wrong-up-1-1.rpm"),
        "wrong-absolute" => place(&text, "/etc/wrong-absolute.rpm"),
        "wrong-encoded" => place(&text, "%2e%2e/wrong-encoded.rpm"),
        "wrong-folder" => place(&text, "a-folder.rpm"),
        "wrong-base" => text.replace("<location ", "<location xml:base=\"gopher://wrong-base/\" "),
        _ => text,
    });
    forge::publish(&folder, &primary);
    let mut table = Table::of(&client, "Metadata that do not fit the packages");
    for case in &cases {
        table.kept_out(&client, case.name, case.kind, &case.words, || {
            client.install(case.name)
        });
    }
    // All at once: the sums of sizes stay numbers.
    table.kept_out(&client, "all-at-once", Corrupt, &[], || {
        client.change(|tx| {
            for case in &cases {
                tx.install(case.name);
            }
        })
    });
    table.finish();
    works(&client);
}

#[test]
fn paths_where_none_can_be() {
    let under =
        |folder: &'static str| move |package: Rpm| package.file(&format!("{folder}/evil"), "x");
    let long = "n".repeat(300);
    let deep = format!("/usr/share{}", format!("/{}", "d".repeat(200)).repeat(25));
    let outside = &["below /usr, /etc, /boot"];
    let cases = vec![
        made("path-home", PathNotAllowed, outside, under("/home/me")),
        made("path-root", PathNotAllowed, outside, under("/root")),
        made("path-tmp", PathNotAllowed, outside, under("/tmp")),
        made("path-proc", PathNotAllowed, outside, under("/proc")),
        made("path-sys", PathNotAllowed, outside, under("/sys/kernel")),
        made("path-dev", PathNotAllowed, outside, under("/dev")),
        made(
            "path-sysroot",
            PathNotAllowed,
            outside,
            under("/sysroot/ostree"),
        ),
        made("path-ostree", PathNotAllowed, outside, under("/ostree")),
        made("path-own", PathNotAllowed, outside, under("/srv/www")),
        made("path-etcetera", PathNotAllowed, outside, under("/etcetera")),
        renamed(
            "path-up",
            PathNotAllowed,
            &["absolute, without", ".."],
            under("/usr/share/aa"),
            (b"/aa/", b"/../"),
        ),
        renamed(
            "path-up-var",
            PathNotAllowed,
            &["/var/../evil"],
            under("/var/aa"),
            (b"/aa/", b"/../"),
        ),
        renamed(
            "path-dot",
            PathNotAllowed,
            &["/usr/share/./evil"],
            under("/usr/share/a"),
            (b"/a/", b"/./"),
        ),
        renamed(
            "path-empty",
            PathNotAllowed,
            &["/usr/share//a/evil"],
            under("/usr/share/aa"),
            (b"/aa/", b"//a/"),
        ),
        renamed(
            "path-relative",
            PathNotAllowed,
            &["absolute"],
            under("/usr/share/relative"),
            (b"/usr/share/relative/", b"xusr/share/relative/"),
        ),
        renamed(
            "path-bytes",
            Unsupported,
            &["not UTF-8", "byt"],
            under("/usr/share/bytes"),
            (b"/bytes/", b"/byt\xffs/"),
        ),
        renamed(
            "path-newline",
            PathNotAllowed,
            &["control characters"],
            |package| package.dir("/var/lib/new_line"),
            (b"new_line", b"new\nline"),
        ),
        made("path-owner", PathNotAllowed, &["owner"], |package| {
            let options = FileOptions::new("/usr/share/path-owner").user("ro ot");
            package.file_with(b"x", options)
        }),
        made("path-name", PathNotAllowed, &["255 bytes"], {
            let path = format!("/usr/share/{long}");
            move |package| package.file(&path, "x")
        }),
        made("path-deep", PathNotAllowed, &["3583"], move |package| {
            package.file(&deep, "x")
        }),
        renamed(
            "path-file-and-folder",
            Unsupported,
            &["file and a directory at once"],
            |package| {
                package
                    .file("/usr/share/both/aa", "a file")
                    .file("/usr/share/both/bb/inner", "x")
            },
            (b"/bb/", b"/aa/"),
        ),
        renamed(
            "path-through-own-link",
            Unsupported,
            &["file and a directory at once"],
            |package| {
                package
                    .link("/usr/share/through/aa", "/etc")
                    .file("/usr/share/through/bb/passwd", "x")
            },
            (b"/bb/", b"/aa/"),
        ),
        renamed(
            "path-twice",
            Corrupt,
            &["/usr/share/twice/aa"],
            |package| {
                package
                    .file("/usr/share/twice/aa", "one")
                    .file("/usr/share/twice/bb", "two")
            },
            (b"bb\0", b"aa\0"),
        ),
    ];
    let bed = bed();
    let client = bed.client("paths");
    repository(&client, &cases);
    refuse_all("Paths where an OSTree system has none", &client, &cases);
}

#[test]
fn requests_that_cannot_be_met() {
    let foreign = match std::env::consts::ARCH {
        "aarch64" => "x86_64",
        _ => "aarch64",
    };
    let cases = [
        made(
            "lacks",
            Unsolvable,
            &["nothing provides libmissing.so.1"],
            |package| package.requires("libmissing.so.1"),
        ),
        made(
            "lacks-deep",
            Unsolvable,
            &["nothing provides libmissing.so.1"],
            |package| package.requires("lacks"),
        ),
        made(
            "quarrels",
            Unsolvable,
            &["conflicts with", "peaceful-1-1"],
            |mut package| {
                package.builder.conflicts(Dependency::any("peaceful"));
                package.requires("peaceful")
            },
        ),
        made(
            "against-base",
            Unsolvable,
            &["conflicts with nano", "base"],
            |mut package| {
                package.builder.conflicts(Dependency::any("nano"));
                package
            },
        ),
        made(
            "replaces-base",
            Unsolvable,
            &["obsoletes nano", "base"],
            |mut package| {
                package.builder.obsoletes(Dependency::any("nano"));
                package
            },
        ),
        made(
            "too-new",
            Unsolvable,
            &["nothing provides nano >= 99"],
            |mut package| {
                package
                    .builder
                    .requires(Dependency::greater_eq("nano", "99"));
                package
            },
        ),
        made(
            "file-of-other",
            FileConflict,
            &["/usr/share/shared", "peaceful-1-1"],
            |package| {
                package
                    .file("/usr/share/shared", "mine")
                    .requires("peaceful")
            },
        ),
        made(
            "mode-of-other",
            FileConflict,
            &["/usr/share/shared", "peaceful-1-1"],
            |package| {
                let options = FileOptions::new("/usr/share/shared").permissions(0o755);
                package.file_with(b"peaceful", options).requires("peaceful")
            },
        ),
        made(
            "file-of-base",
            FileConflict,
            &["/usr/bin/nano", "nano-1-1"],
            |package| package.file("/usr/bin/nano", "mine"),
        ),
        made(
            "config-of-base",
            FileConflict,
            &["/etc/shells", "setup-1-1"],
            |package| package.config("/etc/shells", "/bin/mine\n"),
        ),
        made(
            "folder-of-base",
            FileConflict,
            &["/usr/share/nano", "nano-1-1"],
            |package| package.file("/usr/share/nano", "no folder"),
        ),
        made(
            "below-file-of-base",
            FileConflict,
            &["/usr/bin/nano"],
            |package| package.file("/usr/bin/nano/inner", "x"),
        ),
        made(
            "below-link-of-base",
            FileConflict,
            &["/usr/bin/sh", "busybox"],
            |package| package.file("/usr/bin/sh/inner", "x"),
        ),
        made(
            "below-link-of-other",
            FileConflict,
            &["/usr/share/peaceful.d"],
            |package| {
                package
                    .file("/usr/share/peaceful.d/passwd", "x")
                    .requires("peaceful")
            },
        ),
    ];
    let bed = bed();
    let client = bed.client("requests");
    let folder = client.path.with_extension("packages");
    let mut packages: Vec<Rpm> = cases
        .iter()
        .map(|case| (case.make)(Rpm::new(&format!("{}-1-1", case.name))))
        .collect();
    packages.push(
        Rpm::new("peaceful-1-1")
            .file("/usr/share/shared", "peaceful")
            .link("/usr/share/peaceful.d", "../../etc"),
    );
    packages.push(Rpm::of_arch("foreign-1-1", foreign).file("/usr/share/foreign", "x"));
    rpms::repository(&folder, packages, Some(&bed.key));
    declare(&client, "own", &format!("file://{folder}"), "");
    let mut table = Table::of(&client, "Requests that cannot be met");
    for case in &cases {
        // A package that fits together with the others may be kept: only its tree does not.
        let before = state(&client);
        match client.install(case.name) {
            Ok(_) => table.wrong(format!("{}: it is not refused", case.name)),
            Err(error) => table.told(case.name, case.kind, &case.words, &error),
        }
        if state(&client) != before {
            table.wrong(format!("{}: the sysroot has changed", case.name));
        }
    }
    for (request, words) in [
        ("nonesuch", &["nonesuch", "check how it is written"][..]),
        ("peacefull", &["there is peaceful"]),
        ("Hello", &["there is hello"]),
        ("foreign", &["another architecture"]),
        ("/usr/bin/nonesuch", &["/usr/bin/nonesuch"]),
        ("nonesuch >= 3", &["nonesuch >= 3"]),
        ("none*", &["none*"]),
        ("(hello or", &["(hello or"]),
        ("nonesuch-1-1.x86_64", &["nonesuch-1-1.x86_64"]),
    ] {
        table.kept_out(&client, request, NotFound, words, || {
            client.install(request)
        });
    }
    table.kept_out(
        &client,
        "two of nothing",
        NotFound,
        &["naught, nonesuch"],
        || {
            client.change(|tx| {
                tx.install("nonesuch").install("naught");
            })
        },
    );
    table.finish();
    works(&client);
}

/// A key that its owner has taken back.
fn revoked(client: &Client) -> (Key, String) {
    let folder = client.path.with_extension("revoked");
    std::fs::create_dir(&folder).unwrap();
    let key = Key::new(&folder, "revoked");
    let prepared = key.home.join(format!("openpgp-revocs.d/{}.rev", key.id));
    // gpg puts a colon before the armour so that nobody imports it by mistake.
    let certificate = std::fs::read_to_string(prepared).unwrap();
    let file = folder.join("revocation");
    std::fs::write(&file, certificate.replace(":-----BEGIN", "-----BEGIN")).unwrap();
    let gpg = |arguments: &[&str]| {
        run(Command::new("gpg")
            .args(["--homedir", key.home.as_str(), "--batch", "--quiet"])
            .args(arguments))
    };
    gpg(&["--import", file.as_str()]);
    let public = gpg(&["--armor", "--export", &key.id]);
    (key, public)
}

#[test]
fn signatures_that_do_not_count() {
    let bed = bed();
    let client = bed.client("signatures");
    let folder = client.path.with_extension("packages");
    let keys = client.root().join("etc/pki/rpm-gpg");
    let named = |name: &str| {
        Rpm::new(&format!("{name}-1-1")).file(&format!("/usr/share/{name}"), "some text\n")
    };
    std::fs::create_dir(&folder).unwrap();
    let alien_folder = client.path.with_extension("alien");
    std::fs::create_dir(&alien_folder).unwrap();
    let alien = Key::new(&alien_folder, "alien");
    let expired = {
        let folder = client.path.with_extension("expired");
        std::fs::create_dir(&folder).unwrap();
        Key::with(
            &folder,
            "expired",
            &["--faked-system-time", "20200101T000000"],
            "2d",
        )
    };
    let (revoked, revoked_public) = revoked(&client);
    std::fs::copy(&expired.public, keys.join("expired.asc")).unwrap();
    std::fs::write(keys.join("revoked.asc"), revoked_public).unwrap();
    std::fs::write(keys.join("garbage.asc"), "no key\n").unwrap();
    let torn = std::fs::read_to_string(&alien.public).unwrap();
    std::fs::write(keys.join("torn.asc"), &torn[..torn.len() / 2]).unwrap();
    named("none").build(&folder, None);
    named("alien").build(&folder, Some(&alien));
    named("expired").build(&folder, Some(&expired));
    named("revoked").build(&folder, Some(&revoked));
    for (name, change) in [
        (
            "changed-header",
            (&|p: &mut Parts| {
                forge::replace(&mut p.header, b"Made by regraft", b"Made by nobody ");
            }) as &dyn Fn(&mut Parts),
        ),
        ("changed-payload", &|p| {
            let last = p.payload.len() - 1;
            p.payload[last] ^= 1;
        }),
        ("changed-signature", &spoil_signature),
    ] {
        let path = named(name).build(&folder, Some(&bed.key));
        let mut parts = Parts::read(&path);
        change(&mut parts);
        parts.seal();
        std::fs::write(&path, parts.bytes()).unwrap();
    }
    rpms::index(&folder);
    let url = format!("file://{folder}");
    declare(&client, "own", &url, "");
    let mut table = Table::of(&client, "Signatures of packages that do not count");
    for (name, words) in [
        ("none", &["not signed"][..]),
        ("alien", &["not trusted", "add the key"]),
        ("expired", &["expired on 2020-01-03"]),
        ("revoked", &["revoked"]),
        ("changed-header", &["is bad", "changed after it was signed"]),
        ("changed-payload", &["is bad"]),
        ("changed-signature", &["is bad"]),
    ] {
        let words = [words, &[name, "-1-1"]].concat();
        table.kept_out(&client, name, Signature, &words, || client.install(name));
    }
    // Where the repository's own key would be the remedy, that is what is told.
    for (name, key, words) in [
        (
            "key is missing",
            "file:///etc/pki/rpm-gpg/nowhere.asc",
            &["nowhere.asc", "is not there"][..],
        ),
        (
            "key is garbage",
            "file:///etc/pki/rpm-gpg/garbage.asc",
            &["garbage.asc", "no OpenPGP key"],
        ),
        (
            "key is torn",
            "file:///etc/pki/rpm-gpg/torn.asc",
            &["torn.asc", "no OpenPGP key"],
        ),
        (
            "key is a folder",
            "file:///etc/pki/rpm-gpg",
            &["rpm-gpg", "no regular file"],
        ),
        (
            "key is remote",
            "https://example.invalid/key.asc",
            &["example.invalid", "on the network"],
        ),
    ] {
        declare(&client, "own", &url, &format!("gpgkey={key}\n"));
        let words = [words, &["not trusted", "gpgkey=file:///", "[own]"]].concat();
        table.kept_out(&client, name, Signature, &words, || client.install("alien"));
    }
    table.finish();
    // A bad key of a repository concerns only what it should have signed.
    works(&client);
}

/// Changes the signatures themselves, which no digest covers.
fn spoil_signature(parts: &mut Parts) {
    // Those of DSA and RSA over the header, of both over all, and rpm 6's.
    let spoilt = [267, 268, 1002, 1005, 278].map(|tag| parts.flip_last(tag));
    assert!(spoilt.contains(&true), "{spoilt:?}");
}

/// Numbers from a seed (xorshift).
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end as u64) as usize
    }
}

/// Bytes changed at random, with digests that agree or do not: refused or harmless, never worse.
#[test]
fn damage_at_random() {
    let bed = bed();
    let client = bed.client("random");
    let good = [spoilt("random", Corrupt, &[], |parts| parts.bytes())];
    let (folder, primary) = repository(&client, &good);
    let path = folder.join("random-1-1.rpm");
    let whole = std::fs::read(&path).unwrap();
    let mut dice = Dice(0x005e_ed0f_9e61_4af7);
    let mut refusals = 0;
    for round in 0..40 {
        std::fs::write(&path, &whole).unwrap();
        let mut parts = Parts::read(&path);
        for _ in 0..=dice.below(4) {
            let part = match dice.below(4) {
                0 => &mut parts.signature,
                1 | 2 => &mut parts.header,
                _ => &mut parts.payload,
            };
            // The numbers of a header's beginning would only make it no header.
            let at = 16 + dice.below(part.len() - 16);
            part[at] = dice.below(256) as u8;
        }
        let count = |bytes: &[u8]| u32::from_be_bytes(bytes[8..12].try_into().unwrap());
        assert!(count(&parts.header) > 0);
        let sealed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| parts.seal()));
        // Where the damage is in the index itself, digests cannot be put right.
        let _ = sealed;
        std::fs::write(&path, parts.bytes()).unwrap();
        forge::publish(&folder, &forge::refit(&folder, &primary, |_, text| text));
        let before = state(&client);
        match client.install("random") {
            Ok(_) => {
                client
                    .change(|tx| {
                        tx.uninstall("random");
                    })
                    .unwrap();
            }
            Err(error) => {
                refusals += 1;
                let expected = [
                    Corrupt,
                    Digest,
                    Unsupported,
                    PathNotAllowed,
                    Unsolvable,
                    ScriptFailed,
                ];
                assert!(
                    expected.contains(&error.kind()),
                    "{round}: {}: {error}",
                    error.kind()
                );
                assert_eq!(state(&client), before, "{round}: {error}");
            }
        }
    }
    assert!(refusals > 20, "{refusals}");
    works(&client);
}
