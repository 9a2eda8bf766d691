//! Signatures that do not count.

use super::*;

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
