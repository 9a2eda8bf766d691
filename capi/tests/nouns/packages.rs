//! Package files, keyrings and verifications.

use super::*;

/// What `package.c` prints of a file.
fn package(path: &Utf8Path) -> String {
    let mut dump = Dump::default();
    dump.text("file", path);
    let package = match Package::open(path) {
        Ok(package) => package,
        Err(error) => {
            dump.text("error", error.kind().name());
            return dump.finish();
        }
    };
    dump.nevra(package.nevra());
    dump.text("summary", package.summary());
    dump.text("description", package.description());
    dump.text("license", package.license());
    dump.text("url", package.url());
    dump.text("vendor", package.vendor());
    dump.text("packager", package.packager());
    dump.text("group", package.group());
    dump.text("source_rpm", package.source_rpm());
    dump.text("build_host", package.build_host());
    dump.number("build_time", package.build_time());
    dump.number("installed_size", package.installed_size());
    dump.number("payload_size", package.payload_size());
    dump.flag("is_source", package.is_source());
    for list in [
        package.provides(),
        package.requires(),
        package.conflicts(),
        package.obsoletes(),
        package.recommends(),
        package.suggests(),
        package.supplements(),
        package.enhances(),
    ] {
        dump.dependencies(&list);
    }
    for entry in package.changelog() {
        dump.number("time", entry.time);
        dump.text("author", entry.author);
        dump.text("text", entry.text);
    }
    dump.text("json", package.to_json().unwrap().to_string());
    dump.files(&package.files().unwrap());
    dump.finish()
}

#[test]
fn package_files() {
    let Some(data) = testdata("rpms") else {
        return;
    };
    let library = Library::new();
    let files = below(&data, "*.rpm");
    assert!(files.len() > 100);
    let arguments: Vec<&str> = files.iter().map(|file| file.as_str()).collect();
    let mut arguments = arguments.clone();
    arguments.push("/nonexistent");
    arguments.push(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"));
    let said = library.run("tests/nouns/package.c", &arguments);
    let expected: String = arguments
        .iter()
        .map(|file| package(Utf8Path::new(file)))
        .collect();
    for (ours, theirs) in said.lines().zip(expected.lines()) {
        assert_eq!(ours, theirs);
    }
    assert_eq!(said.lines().count(), expected.lines().count());
    let json = said
        .lines()
        .find_map(|line| line.strip_prefix("json="))
        .unwrap();
    let json: Value = serde_json::from_str(&json.replace("\\\\", "\\")).unwrap();
    let first = Package::open(&files[0]).unwrap();
    assert_eq!(json["nevra"], first.nevra().to_string().as_str());
    assert_eq!(
        json["files"].as_array().unwrap().len(),
        first.files().unwrap().len()
    );
}

#[test]
fn keyrings_and_verifications() {
    let (_folder, path) = folder();
    let key = support::rpms::Key::new(&path, "builder");
    let signed = Rpm::new("signed-1-1")
        .file("/usr/share/a", "a")
        .build(&path, Some(&key));
    let unsigned = Rpm::new("unsigned-1-1")
        .file("/usr/share/b", "b")
        .build(&path, None);
    let library = Library::new();
    let keys = path.join("keys");
    std::fs::create_dir(&keys).unwrap();
    std::fs::copy(&key.public, keys.join("one.asc")).unwrap();
    std::fs::copy(&key.public, keys.join("two.asc")).unwrap();
    std::fs::write(keys.join("README"), "no key").unwrap();
    let said = library.run(
        "tests/nouns/verify.c",
        &[
            signed.as_str(),
            unsigned.as_str(),
            key.public.as_str(),
            keys.as_str(),
        ],
    );
    let mut dump = Dump::default();
    let (signed, unsigned) = (
        Package::open(&signed).unwrap(),
        Package::open(&unsigned).unwrap(),
    );
    let (required, not) = (Signature::Required, Signature::NotRequired);
    let mut keyring = Keyring::new();
    dump.verification(signed.verify(&keyring, required));
    dump.verification(signed.verify(&keyring, not));
    keyring.add_file(&key.public).unwrap();
    dump.verification(signed.verify(&keyring, required));
    dump.verification(unsigned.verify(&keyring, required));
    dump.verification(unsigned.verify(&keyring, not));
    let mut keyring = Keyring::new();
    keyring
        .add(&std::fs::read(&key.public).unwrap(), "from memory")
        .unwrap();
    dump.verification(signed.verify(&keyring, required));
    dump.number("in the folder", 2u64);
    assert_eq!(said, dump.finish());
    assert!(
        said.to_uppercase()
            .contains(&format!("FINGERPRINT={}", key.id)),
        "{said}"
    );
    assert_eq!(
        said.matches("\nuser_id=builder <builder@example.invalid>\n")
            .count(),
        2
    );
    assert!(said.contains("\nkeyring_name=from memory\n"));
}
