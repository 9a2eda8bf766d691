//! Against what rpm-ostree 2026.2 wrote on a real machine.

use super::*;
use crate::testdata::testdata;
use camino::Utf8Path;
use std::process::Command;

/// A key's value in one of the files that describe a commit.
fn metadata(data: &Utf8Path, commit: &str, key: &str) -> String {
    let text = std::fs::read_to_string(data.join(format!("{commit}.json"))).unwrap();
    let keys: serde_json::Value = serde_json::from_str(&text).unwrap();
    let entry = keys
        .as_array()
        .unwrap()
        .iter()
        .find(|entry| entry["key"] == key);
    let value = entry.unwrap()["value"].as_str().unwrap();
    value.trim_matches('\'').to_owned()
}

/// The packages of a primary.xml, each with its checksum.
fn primary(data: &Utf8Path, repo: &str) -> BTreeMap<Nevra, String> {
    let folder = data.join("inputs").join(format!("repodata-{repo}"));
    let file = folder
        .read_dir_utf8()
        .unwrap()
        .map(|entry| entry.unwrap().into_path());
    let file = file
        .into_iter()
        .find(|path| path.as_str().ends_with("primary.xml.gz"));
    let output = Command::new("gzip")
        .arg("-dc")
        .arg(file.unwrap())
        .output()
        .unwrap();
    assert!(output.status.success());
    let xml = String::from_utf8(output.stdout).unwrap();
    let between = |text: &str, from: &str, to: &str| -> String {
        let rest = text.split_once(from).unwrap().1;
        rest.split_once(to).unwrap().0.to_owned()
    };
    let packages = xml.split("<package type=\"rpm\">").skip(1);
    packages
        .map(|package| {
            let epoch = between(package, "epoch=\"", "\"").parse().unwrap();
            let version = between(package, " ver=\"", "\"");
            let release = between(package, " rel=\"", "\"");
            let evr = crate::nevra::Evr::new(epoch, version, release);
            let name = between(package, "<name>", "</name>");
            let nevra = Nevra::new(name, evr, between(package, "<arch>", "</arch>"));
            let checksum = between(package, "pkgid=\"YES\">", "</checksum>");
            (nevra, format!("sha256:{checksum}"))
        })
        .collect()
}

/// The installed packages; the list has no epochs, `primary` has.
fn installed(data: &Utf8Path, commit: &str, primary: &BTreeMap<Nevra, String>) -> BTreeSet<Nevra> {
    let without_epoch = |package: &Nevra| {
        let mut package = package.clone();
        package.evr.epoch = 0;
        package
    };
    let list = data.join(format!("rpmdb-{commit}")).join("rpm-qa.txt");
    let text = std::fs::read_to_string(list).unwrap();
    let packages = text.lines().map(|line| line.parse().unwrap());
    packages
        .map(|package: Nevra| {
            let known = primary.keys().find(|known| without_epoch(known) == package);
            known.cloned().unwrap_or(package)
        })
        .collect()
}

fn origin(data: &Utf8Path, stage: &str, commit: &str) -> Origin {
    let checksum = metadata_checksum(data, commit);
    let file = data
        .join("stages")
        .join(stage)
        .join(format!("{checksum}.0.origin"));
    Origin::parse(&std::fs::read_to_string(file).unwrap()).unwrap()
}

fn metadata_checksum(data: &Utf8Path, commit: &str) -> String {
    let text = std::fs::read_to_string(data.join(format!("{commit}.json"))).unwrap();
    let keys: serde_json::Value = serde_json::from_str(&text).unwrap();
    keys[0]["checksum"].as_str().unwrap().to_owned()
}

#[test]
fn a_layered_commit_has_rpm_ostrees_digest() {
    let Some(data) = testdata("rpm-ostree") else {
        return;
    };
    let origin = origin(&data, "1-layered", "layered");
    let json = state_treefile_json(&origin, None, &origin.requested());
    assert_eq!(
        json,
        r#"{"packages":["rsync","tree"],"base-refspec":"peer:peer/x86_64/base"}"#
    );
    let primary = primary(&data, "corpus");
    let base = installed(&data, "base", &primary);
    let layered = installed(&data, "layered", &primary);
    assert!(base.is_subset(&layered));
    let mut changes: Vec<DigestInput> = layered
        .difference(&base)
        .map(|package| DigestInput {
            action: DigestAction::Install,
            package: package.clone(),
            checksum: primary[package].clone(),
        })
        .collect();
    let names: Vec<&str> = changes
        .iter()
        .map(|change| change.package.name.as_str())
        .collect();
    assert_eq!(names, ["libxxhash0", "rsync", "tree"]);
    let expected = metadata(&data, "layered", "rpmostree.state-sha512");
    assert_eq!(state_digest(&json, &changes), expected);
    changes.reverse();
    assert_eq!(
        state_digest(&json, &changes),
        expected,
        "the order given does not matter"
    );
}

#[test]
fn removals_replacements_and_local_packages_count_as_in_rpm_ostree() {
    let Some(data) = testdata("rpm-ostree") else {
        return;
    };
    let origin = origin(&data, "5-override", "override");
    let json = state_treefile_json(&origin, None, &origin.requested());
    let primary = primary(&data, "corpus");
    let base = installed(&data, "base", &primary);
    let after = installed(&data, "override", &primary);
    let local = [origin.requested_local(), origin.overrides_replace_local()].concat();
    let mut changes = Vec::new();
    for package in after.difference(&base) {
        let replaces = base.iter().any(|old| old.name == package.name);
        let digest = local.iter().find(|(_, nevra)| nevra == package);
        changes.push(DigestInput {
            action: if replaces {
                DigestAction::Update
            } else {
                DigestAction::Install
            },
            package: package.clone(),
            checksum: match digest {
                Some((digest, _)) => format!("sha256:{digest}"),
                None => primary[package].clone(),
            },
        });
    }
    for package in base.difference(&after) {
        if after.iter().any(|new| new.name == package.name) {
            continue;
        }
        // The referee says what its database has in SHA1HEADER.
        let file = data.join("inputs").join(format!("{package}.rpm"));
        let output = Command::new("rpm")
            .args(["-qp", "--nosignature", "--qf", "%{SHA1HEADER}"])
            .arg(file)
            .output()
            .unwrap();
        changes.push(DigestInput {
            action: DigestAction::Remove,
            package: package.clone(),
            checksum: format!("sha1:{}", String::from_utf8(output.stdout).unwrap()),
        });
    }
    assert_eq!(changes.len(), 5);
    let expected = metadata(&data, "override", "rpmostree.state-sha512");
    assert_eq!(state_digest(&json, &changes), expected);
}

#[test]
fn a_composed_commit_has_rpm_ostrees_inputhash() {
    let Some(data) = testdata("rpm-ostree") else {
        return;
    };
    let json = std::fs::read_to_string(data.join("inputhash-treefile.json")).unwrap();
    let primary = primary(&data, "corpus");
    let packages: Vec<DigestInput> = installed(&data, "base", &primary)
        .into_iter()
        .map(|package| DigestInput {
            action: DigestAction::Install,
            checksum: primary[&package].clone(),
            package,
        })
        .collect();
    assert_eq!(packages.len(), 169);
    let expected = metadata(&data, "base", "rpmostree.inputhash");
    assert_eq!(input_hash(json.trim_end(), &[], &packages), expected);
}

#[test]
fn every_field_has_its_place() {
    let text = "[origin]\nbaserefspec=a:b\ncustom-url=u\noverride-commit=c\n\
                unconfigured-state=no\n[packages]\nrequested=z;y;gzip;\n\
                [overrides]\nremove=r;q;\nreplace=repo=upd,hostname;\n\
                [rpmostree]\nregenerate-initramfs=true\ninitramfs-args=-I;/etc/x;\n";
    let origin = Origin::parse(text).unwrap();
    let active = ["z".to_owned(), "y".to_owned()];
    assert_eq!(
        state_treefile_json(&origin, Some(false), &active),
        concat!(
            r#"{"packages":["y","z"],"base-refspec":"a:b","override-remove":["q","r"],"#,
            r#""ex-override-replace":[{"from":{"repo":"upd"},"packages":["hostname"]}],"#,
            r#""initramfs":{"regenerate":true,"args":["-I","/etc/x"]},"custom":{"url":"u"},"#,
            r#""override-commit":"c","unconfigured-state":"no","recommends":false}"#
        )
    );
    let plain = Origin::new("a:b");
    assert_eq!(
        state_treefile_json(&plain, None, &[]),
        r#"{"base-refspec":"a:b"}"#
    );
}
