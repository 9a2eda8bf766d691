//! Metadata that do not fit the packages, and paths where there can be none.

use super::*;

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
