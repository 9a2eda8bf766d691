//! Metadata that lie.

use super::*;

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
