//! Packages signed by `rpmsign` with keys of `gpg`.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::testdata::testdata;
use camino::{Utf8Path, Utf8PathBuf};
use std::process::Command;

/// A folder with keys.
struct Signing {
    home: tempfile::TempDir,
}

impl Signing {
    fn new() -> Signing {
        // Sockets in it need a short path.
        let home = tempfile::Builder::new().prefix("gpg").tempdir_in("/tmp");
        Signing {
            home: home.unwrap(),
        }
    }

    fn path(&self) -> &Utf8Path {
        Utf8Path::from_path(self.home.path()).unwrap()
    }

    fn gpg(&self, args: &[&str]) -> Vec<u8> {
        let output = Command::new("gpg")
            .args(["--homedir", self.path().as_str(), "--batch", "--quiet"])
            .args(["--pinentry-mode=loopback", "--passphrase="])
            .args(args)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{args:?}: {said}");
        output.stdout
    }

    /// Makes a key and returns its fingerprint.
    fn key(&self, user: &str, algorithm: &str, more: &[&str], life: &str) -> String {
        let make = ["--quick-generate-key", user, algorithm, "sign", life];
        self.gpg(&[more, &make].concat());
        let listed = self.gpg(&["--with-colons", "--list-keys", user]);
        let listed = String::from_utf8(listed).unwrap();
        let print = listed.lines().find(|line| line.starts_with("fpr:"));
        let print = print.and_then(|line| line.split(':').nth(9)).unwrap();
        print.to_ascii_lowercase()
    }

    fn sign(&self, rpm: &Utf8Path, user: &str, extra: &str) -> Utf8PathBuf {
        let copy = self.path().join(format!("{user}.rpm"));
        std::fs::copy(rpm, &copy).unwrap();
        std::fs::set_permissions(&copy, std::os::unix::fs::PermissionsExt::from_mode(0o644))
            .unwrap();
        let output = Command::new("rpmsign")
            .args(["--define", &format!("_gpg_name {user}")])
            .args(["--define", "__gpg /usr/bin/gpg"])
            .args(["--define", &format!("_gpg_path {}", self.path())])
            .args([
                "--define",
                &format!("_gpg_sign_cmd_extra_args --batch {extra}"),
            ])
            .args(["--addsign", copy.as_str()])
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
        copy
    }

    fn public(&self, user: &str) -> Vec<u8> {
        self.gpg(&["--armor", "--export", user])
    }

    fn keyring(&self, user: &str) -> Keyring {
        let mut keyring = Keyring::new();
        assert_eq!(keyring.add(&self.public(user), user).unwrap(), 1);
        keyring
    }
}

impl Drop for Signing {
    fn drop(&mut self) {
        // The agent that gpg started for this folder.
        let _ = Command::new("gpgconf")
            .args(["--homedir", self.path().as_str(), "--kill", "all"])
            .status();
    }
}

fn reason(result: Result<Verification>) -> String {
    match result {
        Err(Error::Signature { reason, .. }) => reason,
        other => panic!("{other:?}"),
    }
}

#[test]
fn signatures_are_by_whom_gpg_says() {
    let Some(dir) = testdata("rpm-ostree/inputs") else {
        return;
    };
    let rpm = dir.join("tree-2.1.0-1.x86_64.rpm");
    let signing = Signing::new();
    for (user, algorithm) in [("rsa", "rsa2048"), ("ed", "ed25519"), ("dsa", "dsa2048")] {
        let print = signing.key(user, algorithm, &[], "never");
        let package = Package::open(signing.sign(&rpm, user, "")).unwrap();
        let keyring = signing.keyring(user);
        let verified = package.verify(&keyring, Signature::Required).unwrap();
        let signer = verified.signer().expect("a signer");
        assert_eq!((signer.fingerprint(), signer.user_id()), (&*print, user));
        assert_eq!(signer.keyring_name(), user);
        assert!(signer.time().is_some());
    }
    // Another's key, no key, no signature.
    let package = Package::open(signing.path().join("rsa.rpm")).unwrap();
    for keyring in [signing.keyring("ed"), Keyring::new()] {
        let refused = reason(package.verify(&keyring, Signature::Required));
        assert!(refused.contains("not trusted"), "{refused}");
        let lenient = package.verify(&keyring, Signature::NotRequired).unwrap();
        assert_eq!(lenient.signer(), None);
        assert_eq!(lenient.notes().len(), 1);
    }
    let unsigned = Package::open(&rpm).unwrap();
    let refused = reason(unsigned.verify(&signing.keyring("ed"), Signature::Required));
    assert_eq!(refused, "it is not signed");
    // A signature moved to another package: genuine key, other content.
    let other = signing.sign(&dir.join("jq-1.6-2.1+deb12u3.x86_64.rpm"), "rsa", "");
    let (mut other, package) = (Package::open(other).unwrap(), package);
    other.signature = only_signatures(&package.signature);
    for required in [Signature::Required, Signature::NotRequired] {
        let refused = reason(other.verify(&signing.keyring("rsa"), required));
        assert!(refused.contains("is bad"), "{refused}");
    }
}

/// A signature header with the header signature alone: the digests would differ first.
fn only_signatures(header: &Header) -> Header {
    let signature = header.bytes(tag::signature::RSA).unwrap();
    let mut blob = Vec::new();
    for number in [
        1,
        signature.len() as u32,
        tag::signature::RSA,
        7,
        0,
        signature.len() as u32,
    ] {
        blob.extend(number.to_be_bytes());
    }
    blob.extend(signature);
    Header::parse(&blob, "test").unwrap()
}

#[test]
fn expired_and_revoked_keys_are_refused() {
    let Some(dir) = testdata("rpm-ostree/inputs") else {
        return;
    };
    let rpm = dir.join("tree-2.1.0-1.x86_64.rpm");
    let signing = Signing::new();
    let past = ["--faked-system-time", "20200101T000000!"];
    signing.key("old", "rsa2048", &past, "1y");
    let package = signing.sign(&rpm, "old", "--faked-system-time 20200201T000000!");
    let package = Package::open(package).unwrap();
    let refused = reason(package.verify(&signing.keyring("old"), Signature::Required));
    assert!(
        refused.contains("the key expired on 2020-12-31"),
        "{refused}"
    );

    let print = signing.key("gone", "ed25519", &[], "never");
    let package = Package::open(signing.sign(&rpm, "gone", "")).unwrap();
    let print = print.to_ascii_uppercase();
    let prepared = signing.path().join(format!("openpgp-revocs.d/{print}.rev"));
    // gpg puts a colon before the armor so that nobody imports it by mistake.
    let certificate = std::fs::read_to_string(prepared).unwrap();
    let certificate = certificate.replace(":-----BEGIN", "-----BEGIN");
    let file = signing.path().join("revocation");
    std::fs::write(&file, certificate).unwrap();
    signing.gpg(&["--import", file.as_str()]);
    let refused = reason(package.verify(&signing.keyring("gone"), Signature::Required));
    assert!(refused.contains("revoked"), "{refused}");
}

#[test]
fn keyrings_are_read_from_folders() {
    let signing = Signing::new();
    signing.key("one", "ed25519", &[], "never");
    signing.key("two", "ed25519", &[], "never");
    let keys = signing.path().join("keys");
    std::fs::create_dir(&keys).unwrap();
    std::fs::write(keys.join("binary"), signing.gpg(&["--export", "one"])).unwrap();
    let both = [signing.public("one"), signing.public("two")].concat();
    std::fs::write(keys.join("armored"), both).unwrap();
    std::fs::write(keys.join("README"), "no keys here").unwrap();
    let mut keyring = Keyring::new();
    assert_eq!(keyring.add_dir(&keys).unwrap(), 3);
    assert_eq!(keyring.add_dir(keys.join("none")).unwrap(), 0);
    assert!(keyring.add(b"no keys here", "x").is_err());
    assert!(keyring.add_file(keys.join("none")).is_err());
}

/// A copy of the package at `rpm` whose signature header has these entries (tag, type, count, bytes)
/// and the digest of the header. rpm must still read it.
fn with_signatures(
    rpm: &Utf8Path,
    copy: &Utf8Path,
    entries: &[(tag::Tag, Kind, u32, Vec<u8>)],
) -> Package {
    let package = Package::open(rpm).unwrap();
    let mut digest = package.header_digest().into_bytes();
    digest.push(0);
    let mut all = entries.to_vec();
    all.push((tag::signature::SHA256, Kind::String, 1, digest));
    all.sort_by_key(|entry| entry.0);
    let (mut index, mut data) = (Vec::new(), Vec::new());
    let put = |to: &mut Vec<u8>, numbers: [u32; 4]| {
        numbers
            .iter()
            .for_each(|number| to.extend(number.to_be_bytes()));
    };
    for (tag, kind, count, bytes) in &all {
        put(&mut index, [*tag, kind.number(), data.len() as u32, *count]);
        data.extend(bytes);
    }
    let count = all.len() as u32 + 1;
    let mut region = Vec::new();
    put(
        &mut region,
        [tag::HEADER_SIGNATURES, 7, data.len() as u32, 16],
    );
    put(
        &mut data,
        [
            tag::HEADER_SIGNATURES,
            7,
            0_u32.wrapping_sub(count * 16),
            16,
        ],
    );
    let mut file = package.metadata[..96].to_vec();
    file.extend(crate::package::MAGIC);
    file.extend(count.to_be_bytes());
    file.extend((data.len() as u32).to_be_bytes());
    file.extend([region, index, data].concat());
    file.resize(file.len().next_multiple_of(8), 0);
    file.extend(&package.metadata[package.start..]);
    package
        .payload_bytes()
        .unwrap()
        .read_to_end(&mut file)
        .unwrap();
    std::fs::write(copy, file).unwrap();
    let output = Command::new("rpm")
        .args(["-K", "--nosignature", copy.as_str()])
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    Package::open(copy).unwrap()
}

impl Signing {
    /// gpg's signature of a package's header, checked by gpg itself.
    fn of_header(&self, rpm: &Utf8Path, user: &str) -> Vec<u8> {
        let package = Package::open(rpm).unwrap();
        let (data, signature) = (self.path().join("data"), self.path().join("data.sig"));
        std::fs::write(&data, &package.metadata[package.start..]).unwrap();
        let _ = std::fs::remove_file(&signature);
        self.gpg(&["--local-user", user, "--detach-sign", data.as_str()]);
        self.gpg(&["--verify", signature.as_str(), data.as_str()]);
        std::fs::read(signature).unwrap()
    }
}

/// rpm 4.18 knows no ECDSA: it can neither sign (`rpmsign`) nor check (`rpm -K`) with such a key, nor
/// import it. Later ones put it where DSA's signature is. gpg is the referee.
#[test]
fn signatures_of_elliptic_curves() {
    let Some(dir) = testdata("rpm-ostree/inputs") else {
        return;
    };
    let rpm = dir.join("tree-2.1.0-1.x86_64.rpm");
    let other = dir.join("jq-1.6-2.1+deb12u3.x86_64.rpm");
    let signing = Signing::new();
    for curve in ["nistp256", "nistp384", "nistp521", "ed25519"] {
        let print = signing.key(curve, curve, &[], "never");
        let keyring = signing.keyring(curve);
        let signed = |rpm: &Utf8Path, signature: Vec<u8>| {
            let entry = (
                tag::signature::DSA,
                Kind::Bin,
                signature.len() as u32,
                signature,
            );
            with_signatures(rpm, &signing.path().join(format!("{curve}.rpm")), &[entry])
        };
        let signature = signing.of_header(&rpm, curve);
        let package = signed(&rpm, signature.clone());
        let verified = package.verify(&keyring, Signature::Required).unwrap();
        let signer = verified.signer().expect("a signer");
        assert_eq!((signer.fingerprint(), signer.user_id()), (&*print, curve));
        // Of another package, and changed.
        let mut changed = signature.clone();
        let place = changed.len() - 5;
        changed[place] ^= 1;
        for (rpm, signature) in [(&other, signature), (&rpm, changed)] {
            let package = signed(rpm, signature);
            let refused = reason(package.verify(&keyring, Signature::Required));
            assert!(refused.contains("is bad"), "{curve}: {refused}");
        }
    }
}

/// rpm 6: any number of signatures, each as base64 (the tag OPENPGP).
#[test]
fn signatures_as_rpm_6_has_them() {
    let Some(dir) = testdata("rpm-ostree/inputs") else {
        return;
    };
    let rpm = dir.join("tree-2.1.0-1.x86_64.rpm");
    let other = dir.join("jq-1.6-2.1+deb12u3.x86_64.rpm");
    let signing = Signing::new();
    let good_print = signing.key("good", "ed25519", &[], "never");
    signing.key("second", "nistp256", &[], "never");
    signing.key("stranger", "rsa2048", &[], "never");
    let mut keyring = signing.keyring("good");
    keyring.add(&signing.public("second"), "second").unwrap();
    let base64 = |bytes: &[u8]| glib::base64_encode(bytes).to_string();
    let good = base64(&signing.of_header(&rpm, "good"));
    let second = base64(&signing.of_header(&rpm, "second"));
    let stranger = base64(&signing.of_header(&rpm, "stranger"));
    let moved = base64(&signing.of_header(&other, "good"));
    let broken = good.as_str().split_at(good.len() / 2).0.to_owned();
    let table: [(&[&str], Result<&str, &str>); 10] = [
        (&[&good], Ok("good")),
        (&[&second], Ok("second")),
        (&[&good, &second], Ok("good")),
        (&[&stranger, &second], Ok("second")),
        (&["!!!!", &good], Ok("good")),
        (&[&stranger], Err("not trusted")),
        (&[&moved], Err("is bad")),
        (&[&moved, &second], Err("is bad")),
        (&["!!!!"], Err("cannot be read")),
        (&[&broken], Err("")),
    ];
    for (place, (texts, expected)) in table.into_iter().enumerate() {
        let mut bytes = texts.join("\0").into_bytes();
        bytes.push(0);
        let count = texts.len() as u32;
        let entry = (tag::signature::OPENPGP, Kind::StringArray, count, bytes);
        let package = with_signatures(&rpm, &signing.path().join("six.rpm"), &[entry]);
        let verified = package.verify(&keyring, Signature::Required);
        match expected {
            Ok(user) => {
                let verified = verified.unwrap_or_else(|error| panic!("{place}: {error}"));
                assert_eq!(
                    verified.signer().map(Signer::user_id),
                    Some(user),
                    "{place}"
                );
            }
            Err(part) => {
                let refused = reason(verified);
                assert!(refused.contains(part), "{place}: {refused}");
            }
        }
    }

    // What another program makes of it: the `rpm` crate's packages of format 6.
    let mut builder = rpm::PackageBuilder::new("six", "1", "MIT", "noarch", "a test package");
    builder.using_config(rpm::BuildConfig::v6().compression(rpm::CompressionType::Zstd));
    let options = rpm::FileOptions::new("/usr/share/six");
    builder.with_file_contents("six\n", options).unwrap();
    let secret = signing.gpg(&["--armor", "--export-secret-keys", "good"]);
    let signer = rpm::signature::pgp::Signer::from_asc_bytes(&secret).unwrap();
    let path = signing.path().join("crate.rpm");
    builder
        .build_and_sign(signer)
        .unwrap()
        .write_file(&path)
        .unwrap();
    let package = Package::open(&path).unwrap();
    assert!(package.signature.has(tag::signature::OPENPGP));
    let verified = package.verify(&keyring, Signature::Required).unwrap();
    assert_eq!(
        verified.signer().map(Signer::fingerprint),
        Some(&*good_print)
    );
    let refused = reason(package.verify(&signing.keyring("second"), Signature::Required));
    assert!(refused.contains("not trusted"), "{refused}");
}
