//! Payloads that are not what the header says.

use super::*;

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
