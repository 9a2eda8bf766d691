//! Metadata that are not signed well.

use super::*;

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
