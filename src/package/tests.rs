//! All packages of the test data, field by field as Debian's rpm 4.18 reads them.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::testdata::testdata;
use serde_json::Value;
use sha2::Digest as _;
use std::collections::BTreeSet;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// The facts about each package: path, open package, JSON.
fn expected() -> Option<(Utf8PathBuf, Vec<Value>)> {
    let dir = testdata("rpms")?;
    let entries = entries(&dir.join("EXPECTED-rpm418.json"));
    assert_eq!(entries.len(), 156);
    Some((dir, entries))
}

/// Reads a list of facts; where a text was not UTF-8 it has half a surrogate pair for each byte,
/// which JSON cannot have.
pub(crate) fn entries(file: &Utf8Path) -> Vec<Value> {
    let mut json = std::fs::read_to_string(file).unwrap();
    for byte in 0x80..=0xff {
        json = json.replace(&format!("\\udc{byte:02x}"), "\\ufffd");
    }
    serde_json::from_str(&json).unwrap()
}

fn path_of(dir: &Utf8Path, entry: &Value) -> Utf8PathBuf {
    dir.join(entry["path"].as_str().unwrap())
}

/// rpm's text of a dependency's comparison.
fn operator(sense: crate::dependency::Sense) -> String {
    let bits = sense.bits();
    [(2, "<"), (4, ">"), (8, "=")]
        .iter()
        .filter(|(bit, _)| bits & bit != 0)
        .map(|(_, text)| *text)
        .collect()
}

/// How many replacement characters stand for bytes that are no UTF-8 is a matter of taste.
fn plain(value: &Value) -> String {
    let mut text = value.to_string();
    while text.contains("\u{fffd}\u{fffd}") {
        text = text.replace("\u{fffd}\u{fffd}", "\u{fffd}");
    }
    text
}

#[test]
fn headers_are_read_as_rpm_reads_them() {
    let Some((dir, entries)) = expected() else {
        return;
    };
    let mut wrong = Vec::new();
    let mut fields = 0;
    for entry in &entries {
        let path = path_of(&dir, entry);
        let package = Package::open(&path).unwrap_or_else(|error| panic!("{error}"));
        let facts = &entry["facts"];
        let mut compare = |field: &str, found: Value| {
            fields += 1;
            if plain(&facts[field]) != plain(&found) {
                wrong.push(format!("{path} {field}: rpm {} here {found}", facts[field]));
            }
        };
        let header = package.header();
        let text = |tag| header.string(tag).map_or(Value::Null, Value::from);
        let number = |tag| header.number(tag).map_or(Value::Null, Value::from);
        let nevra = package.nevra();
        compare("name", nevra.name.clone().into());
        compare("epoch", number(tag::EPOCH));
        compare("version", nevra.evr.version.clone().into());
        compare("release", nevra.evr.release.clone().into());
        compare("arch", nevra.arch.clone().into());
        compare("summary", package.summary().into());
        compare("description", package.description().into());
        compare("license", package.license().into());
        compare("group", package.group().into());
        compare("is_source", package.is_source().into());
        compare("url", text(tag::URL));
        compare("vendor", text(tag::VENDOR));
        compare("packager", text(tag::PACKAGER));
        compare("buildhost", text(tag::BUILDHOST));
        compare("sourcerpm", text(tag::SOURCERPM));
        compare("buildtime", number(tag::BUILDTIME));
        compare("modularitylabel", text(5096));
        compare("filedigestalgo", number(tag::FILEDIGESTALGO));
        if !facts["size"].is_null() {
            compare("size", package.installed_size().into());
        }
        for (field, list) in [
            ("provides", &tag::PROVIDES),
            ("requires", &tag::REQUIRES),
            ("conflicts", &tag::CONFLICTS),
            ("obsoletes", &tag::OBSOLETES),
            ("recommends", &tag::RECOMMENDS),
            ("suggests", &tag::SUGGESTS),
            ("supplements", &tag::SUPPLEMENTS),
            ("enhances", &tag::ENHANCES),
        ] {
            let found = header.dependencies(list).into_iter().map(|(one, flags)| {
                serde_json::json!([one.name, operator(one.sense), one.version, flags])
            });
            compare(field, found.collect());
        }
        let changes = package.changelog();
        compare("changelog_count", changes.len().into());
        if let Some(first) = changes.first() {
            let first = serde_json::json!([first.time, first.author, first.text]);
            compare("changelog_first", first);
        }
        let listed = facts["files"].as_array().unwrap();
        let files = package.files().unwrap();
        assert_eq!(files.len(), listed.len(), "{path}");
        for (file, facts) in files.iter().zip(listed) {
            let mut compare = |field: &str, found: Value| {
                fields += 1;
                if facts[field] != found {
                    wrong.push(format!(
                        "{path} {} {field}: rpm {} here {found}",
                        file.path, facts[field]
                    ));
                }
            };
            compare("path", file.path.clone().into());
            compare("mode", format!("0o{:o}", file.mode).into());
            compare("user", file.user.clone().into());
            compare("group", file.group.clone().into());
            compare("size", file.size.into());
            compare("mtime", file.mtime.into());
            compare("digest", file.digest.clone().into());
            compare("flags", file.flags.into());
            compare("link", file.link_target.clone().into());
            compare("lang", file.language.clone().into());
            compare("inode", file.inode.1.into());
            if !facts["caps"].is_null() {
                compare("caps", file.capabilities.clone().into());
            }
        }
    }
    println!("{fields} fields of {} packages", entries.len());
    assert!(
        wrong.is_empty(),
        "{} differ:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn digests_are_judged_as_rpm_judges_them() {
    let Some((dir, entries)) = expected() else {
        return;
    };
    let keyring = Keyring::new();
    for entry in &entries {
        let package = Package::open(path_of(&dir, entry)).unwrap();
        let verified = package.verify(&keyring, Signature::NotRequired);
        let good = entry["checksig_nosig_rc"] == 0;
        assert_eq!(verified.is_ok(), good, "{}: {verified:?}", package.object());
        let facts = &entry["facts"];
        if let Some(digest) = facts["sha256header"].as_str() {
            assert_eq!(package.header_digest(), digest);
        }
        // Without keys nothing passes that must be signed.
        let required = package.verify(&keyring, Signature::Required);
        assert!(required.is_err(), "{}", package.object());
    }
}

/// The names in a payload, as cpio lists them.
fn referee(path: &Utf8Path) -> BTreeSet<String> {
    let mut rpm2cpio = Command::new("rpm2cpio")
        .arg(path)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let cpio = Command::new("cpio")
        .args(["-t", "--quiet"])
        .stdin(rpm2cpio.stdout.take().unwrap())
        .output()
        .unwrap();
    rpm2cpio.wait().unwrap();
    let names = String::from_utf8(cpio.stdout).unwrap();
    let plain = |name: &str| {
        name.trim_start_matches("./")
            .trim_start_matches('/')
            .to_owned()
    };
    names.lines().map(plain).collect()
}

#[test]
fn payloads_have_what_rpm2cpio_finds() {
    let Some((dir, entries)) = expected() else {
        return;
    };
    let (mut compared, mut wrong) = (0, Vec::new());
    for entry in &entries {
        let path = path_of(&dir, entry);
        let package = Package::open(&path).unwrap();
        let files = package.files().unwrap();
        let mut seen = BTreeSet::new();
        let payload = package.payload(&files);
        let walked = payload.and_then(|payload| {
            payload.each(|item, content| {
                let mut bytes = Vec::new();
                let file = &files[item.places[0]];
                if file.is_regular() {
                    content.read_to_end(&mut bytes).unwrap();
                    assert_eq!(bytes.len() as u64, file.size);
                }
                for place in item.places {
                    seen.insert(files[*place].path.trim_start_matches('/').to_owned());
                }
                Ok(())
            })
        });
        if let Err(error) = walked {
            // One is damaged: rpm's digests say so too.
            if entry["checksig_nosig_rc"] != 0 {
                continue;
            }
            wrong.push(format!("{error}"));
            continue;
        }
        if entry["rpm2cpio_rc"] == 0 {
            let names = referee(&path);
            if names != seen {
                wrong.push(format!("{path}: cpio {names:?} here {seen:?}"));
            }
            compared += 1;
        }
    }
    println!("{compared} payloads compared");
    assert!(
        wrong.is_empty(),
        "{} differ:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

/// Damages a package as the test data's list says.
fn damage(dir: &Utf8Path, entry: &Value) -> Vec<u8> {
    let mut bytes = std::fs::read(dir.join(entry["base"].as_str().unwrap())).unwrap();
    let number = |key: &str| entry[key].as_u64().unwrap() as usize;
    match entry["op"].as_str().unwrap() {
        "truncate" => bytes.truncate(number("length")),
        "flip" => bytes[number("offset")] ^= number("mask") as u8,
        "set32be" => {
            let value = (number("value") as u32).to_be_bytes();
            bytes[number("offset")..][..4].copy_from_slice(&value);
        }
        other => panic!("{other}"),
    }
    assert_eq!(
        digest::hex(&sha2::Sha256::digest(&bytes)),
        entry["sha256"].as_str().unwrap()
    );
    bytes
}

/// The damaged package in which the group became the time of installation.
const OTHER_TYPE: &str = "28dc37ff9e0cea12900bb5f27c4a97a69c186f46f8b4baeebb9f80242e4cfddd";

#[test]
fn damage_is_found_where_rpm_finds_it() {
    let Some(dir) = testdata("rpms") else {
        return;
    };
    let json = std::fs::read(dir.join("DAMAGED-rpm418.json")).unwrap();
    let entries: Vec<Value> = serde_json::from_slice(&json).unwrap();
    assert_eq!(entries.len(), 528);
    let scratch = tempfile::tempdir().unwrap();
    let path = Utf8Path::from_path(scratch.path())
        .unwrap()
        .join("damaged.rpm");
    let mut wrong = Vec::new();
    for entry in &entries {
        std::fs::write(&path, damage(&dir, entry)).unwrap();
        let start = Instant::now();
        let opened = Package::open(&path);
        let (mut verified, mut unpacked) = (Err(String::new()), Err(String::new()));
        let open = opened.as_ref().map(drop).map_err(ToString::to_string);
        if let Ok(package) = &opened {
            let result = package.verify(&Keyring::new(), Signature::NotRequired);
            verified = result.map(drop).map_err(|error| error.to_string());
            let files = package.files();
            let result = files.and_then(|files| package.payload(&files)?.each(|_, _| Ok(())));
            unpacked = result.map_err(|error| error.to_string());
        }
        assert!(
            start.elapsed() < Duration::from_secs(30),
            "{entry} took too long"
        );
        for (what, found, rpm) in [
            ("open", &open, "rpm_qp_rc"),
            ("verify", &verified, "rpm_K_nosignature_rc"),
        ] {
            // rpm shows a name that is not UTF-8 when told to ignore digests; here it is none.
            let stricter = what == "open" && entry["rpm_K_nosignature_rc"] != 0 && found.is_err();
            // One has a known tag with a type that is not its own. Accessors answer nothing for
            // it; the digests find it.
            let later = what == "open" && entry["sha256"] == OTHER_TYPE && verified.is_err();
            if found.is_ok() != (entry[rpm] == 0) && !stricter && !later {
                wrong.push(format!("{what} {found:?} {rpm} {entry}"));
            }
        }
        // What rpm cannot unpack, or knows to be damaged, may still be harmless here; but what it
        // finds whole must be whole.
        if entry["rpm_K_nosignature_rc"] == 0 && entry["rpm2cpio_rc"] == 0 && unpacked.is_err() {
            wrong.push(format!("unpack {unpacked:?} {entry}"));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} differ:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

/// Numbers that look random and are the same each time (xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end as u64) as usize
    }
}

#[test]
fn no_header_panics_or_takes_long() {
    let Some((dir, entries)) = expected() else {
        return;
    };
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let mut read = 0;
    for entry in entries.iter().step_by(7) {
        let package = Package::open(path_of(&dir, entry)).unwrap();
        let good = package.metadata_bytes();
        for _ in 0..200 {
            let mut bytes = good.to_vec();
            for _ in 0..=random.below(4) {
                // The index is where damage reaches far.
                let place = match random.below(2) {
                    0 => LEAD + random.below(good.len().min(1500) - LEAD),
                    _ => random.below(good.len()),
                };
                bytes[place] = [0, 1, 0x7f, 0x80, 0xff, random.below(256) as u8][random.below(6)];
            }
            bytes.truncate(good.len() - random.below(2) * random.below(good.len()));
            let start = Instant::now();
            if let Ok(package) = Package::from_metadata(&bytes, "fuzzed") {
                read += 1;
                let _ = (package.files(), package.changelog(), package.requires());
                let _ = (
                    package.summary(),
                    package.installed_size(),
                    package.provides(),
                );
                let _ = package.payload_size();
            }
            assert!(start.elapsed() < Duration::from_secs(30));
        }
    }
    println!("{read} damaged headers could be read");
}
