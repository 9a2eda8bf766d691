//! Treefiles: real ones, and the rules of putting them together.
#![allow(clippy::unwrap_used, reason = "a test says so by failing")]

mod support;

use camino::Utf8Path;
use regraft::{Error, ErrorKind, Treefile};
use std::collections::BTreeSet;

fn parse(text: &str) -> Result<Treefile, Error> {
    Treefile::parse(text, "os.yaml", "x86_64")
}

#[test]
fn the_peers_treefile_flattens_to_the_peers_json() {
    let Some(data) = support::testdata("rpm-ostree") else {
        return;
    };
    let treefile = Treefile::read_for(data.join("inputs/base-treefile.json"), "x86_64").unwrap();
    let expected = std::fs::read_to_string(data.join("inputhash-treefile.json")).unwrap();
    assert_eq!(treefile.flattened_json(), expected.trim_end());
    assert_eq!(treefile.repos, ["corpus"]);
    assert_eq!(treefile.packages.len(), 40);
    assert_eq!(treefile.releasever.as_deref(), Some("12"));
    assert_eq!(treefile.no_initramfs, Some(true));
}

/// All treefiles below the shared test data, and what they answer: `None` for a treefile that is
/// understood, else the keys that are not supported.
#[test]
fn real_treefiles_are_read_or_refused_by_name() {
    let Some(data) = support::testdata("treefiles") else {
        return;
    };
    let manifests = "fedora-coreos-config/manifests";
    let examples = "rpm-ostree-tests/api-doc/treefile-examples";
    let table: [(&str, Option<&[&str]>); 11] = [
        (&format!("{manifests}/kernel.yaml"), None),
        (&format!("{manifests}/networking-tools.yaml"), None),
        (&format!("{manifests}/shared-el9.yaml"), None),
        (&format!("{manifests}/wifi-firmwares.yaml"), None),
        (
            &format!("{manifests}/disable-zincati.yaml"),
            Some(&["ostree-layers"]),
        ),
        (&format!("{manifests}/bootupd.yaml"), Some(&["postprocess"])),
        (
            &format!("{manifests}/grub2-removals.yaml"),
            Some(&["remove-from-packages"]),
        ),
        (
            "fedora-coreos-config/manifest.yaml",
            Some(&["rojig", "conditional-include"]),
        ),
        (
            &format!("{examples}/fedora-rawhide-base.json"),
            Some(&["gpg-key"]),
        ),
        (
            &format!("{examples}/fedora-rawhide-docker.json"),
            Some(&["gpg-key"]),
        ),
        (
            "rpm-ostree-tests/tests/compose-rootfs/manifest.yaml",
            Some(&["edition", "postprocess"]),
        ),
    ];
    for (file, expected) in table {
        let result = Treefile::read_for(data.join(file), "x86_64");
        match (result, expected) {
            (Ok(_), None) => {}
            (Err(error @ Error::Unsupported { .. }), Some(keys)) => {
                for key in keys {
                    assert!(error.to_string().contains(key), "{file}: {error}");
                }
            }
            (result, _) => panic!("{file}: {result:?}"),
        }
    }
    let kernel = Treefile::read_for(data.join(manifests).join("kernel.yaml"), "x86_64").unwrap();
    assert!(kernel.packages.iter().eq(["kernel"]));
}

/// Whatever is there is either understood or refused for a key that is really in it.
#[test]
fn no_real_treefile_is_called_damaged() {
    let Some(data) = support::testdata("treefiles/fedora-coreos-config/manifests") else {
        return;
    };
    let mut understood = 0;
    for file in data.read_dir_utf8().unwrap() {
        let file = file.unwrap().into_path();
        match Treefile::read_for(&file, "x86_64") {
            Ok(_) => understood += 1,
            Err(Error::Unsupported { what, object }) => {
                let text = std::fs::read_to_string(&object).unwrap();
                let keys = what.rsplit_once("the treefile key").map(|(_, keys)| keys);
                let keys = keys
                    .unwrap_or_else(|| panic!("{what}"))
                    .trim_start_matches('s');
                for key in keys.split(", ") {
                    let key = key.trim().split(' ').next().unwrap();
                    assert!(text.contains(&format!("{key}:")), "{object}: {key}");
                }
            }
            Err(error) => panic!("{file}: {error}"),
        }
    }
    assert!(understood >= 8, "{understood}");
}

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

fn read(files: &[(&str, &str)]) -> Result<Treefile, Error> {
    let folder = folder(files);
    let path = Utf8Path::from_path(folder.path()).unwrap();
    Treefile::read_for(path.join(files[0].0), "x86_64")
}

#[test]
fn includes_merge_as_documented() {
    let treefile = read(&[
        (
            "os.yaml",
            "ref: os/${basearch}/${stream}\nreleasever: 40\ninclude: [parts/a.yaml, b.json]\n\
             packages: [own]\nunits: [own.service]\nvariables: {stream: stable}\n\
             add-commit-metadata: {os.stream: '${stream}', os.n: 1}\n\
             automatic-version-prefix: ${releasever}\nrecommends: false\n",
        ),
        (
            "parts/a.yaml",
            "include: deeper/../c.yaml\npackages: [a]\npackages-x86_64: [a-x86]\n\
             packages-s390x: [a-s390x]\nunits: [a.service]\nrecommends: true\n\
             variables: {stream: testing}\npostprocess-script: run.sh\n",
        ),
        (
            "b.json",
            r#"{"packages": ["b"], "units": ["b.service"], "ref": "not/this"}"#,
        ),
        (
            "parts/c.yaml",
            "units: [c.service]\nselinux: false\nadd-commit-metadata: {os.n: 2, c: 3}",
        ),
        ("parts/run.sh", "#!/bin/sh\n"),
    ])
    .unwrap();
    assert_eq!(treefile.reference.as_deref(), Some("os/x86_64/stable"));
    assert!(treefile.packages.iter().eq(["a", "a-x86", "b", "own"]));
    assert_eq!(
        treefile.units,
        ["b.service", "c.service", "a.service", "own.service"]
    );
    assert_eq!(
        (treefile.recommends, treefile.selinux),
        (Some(false), Some(false))
    );
    assert_eq!(treefile.automatic_version_prefix.as_deref(), Some("40"));
    let script = treefile.postprocess_script.as_ref().unwrap();
    assert_eq!(
        (script.name.as_str(), script.content.as_slice()),
        ("run.sh", &b"#!/bin/sh\n"[..])
    );
    assert_eq!(
        treefile.flattened_json(),
        concat!(
            r#"{"packages":["a","a-x86","b","own"],"ref":"os/x86_64/stable","basearch":"x86_64","#,
            r#""selinux":false,"recommends":false,"#,
            r#""units":["b.service","c.service","a.service","own.service"],"#,
            r#""releasever":"40","automatic-version-prefix":"40","postprocess-script":"run.sh","#,
            r#""add-commit-metadata":{"c":3,"os.n":1,"os.stream":"stable"}}"#
        )
    );
}

#[test]
fn files_stay_in_the_folder_and_out_of_circles() {
    type Files = &'static [(&'static str, &'static str)];
    let table: [(Files, ErrorKind, &str); 8] = [
        (&[("a.yaml", "include: a.yaml")], ErrorKind::Config, "twice"),
        (
            &[
                ("a.yaml", "include: b/b.yaml"),
                ("b/b.yaml", "include: ../a.yaml"),
            ],
            ErrorKind::Config,
            "twice",
        ),
        (
            &[("a.yaml", "include: ../a.yaml")],
            ErrorKind::Config,
            "folder",
        ),
        (
            &[("a.yaml", "include: /etc/passwd")],
            ErrorKind::Config,
            "folder",
        ),
        (&[("a.yaml", "include: ''")], ErrorKind::Config, "no file"),
        (
            &[("a.yaml", "postprocess-script: ../x")],
            ErrorKind::Config,
            "folder",
        ),
        (
            &[("a.yaml", "include: b.yaml")],
            ErrorKind::NotFound,
            "b.yaml",
        ),
        (
            &[("a.yaml", "include: b"), ("b/c", "")],
            ErrorKind::Config,
            "regular",
        ),
    ];
    for (files, kind, words) in table {
        let error = read(files).unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.to_string().contains(words), "{error}");
    }

    let folder = folder(&[
        ("os/a.yaml", "include: b.yaml"),
        ("outside.yaml", "packages: [x]"),
    ]);
    let os = Utf8Path::from_path(folder.path()).unwrap().join("os");
    std::os::unix::fs::symlink("../outside.yaml", os.join("b.yaml")).unwrap();
    assert!(Treefile::read(os.join("a.yaml")).is_err());
    std::fs::write(os.join("c.yaml"), "packages: [y]").unwrap();
    std::fs::remove_file(os.join("b.yaml")).unwrap();
    std::os::unix::fs::symlink("c.yaml", os.join("b.yaml")).unwrap();
    let treefile = Treefile::read(os.join("a.yaml")).unwrap();
    assert_eq!(treefile.packages, BTreeSet::from(["y".to_owned()]));

    let chain: Vec<(String, String)> = (0..60)
        .map(|n| (format!("{n}.yaml"), format!("include: {}.yaml", n + 1)))
        .collect();
    let chain: Vec<_> = chain
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_str()))
        .collect();
    assert!(read(&chain).unwrap_err().to_string().contains("deeper"));
    let large = format!("ref: a\n#{}", "x".repeat(1 << 20));
    assert!(
        read(&[("a.yaml", &large)])
            .unwrap_err()
            .to_string()
            .contains("1 MiB")
    );
}

/// Small texts that stand for much, or go deep, end in an error soon.
#[test]
fn hostile_texts_are_bounded() {
    let mut aliases = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for n in 1..12 {
        let list = vec![format!("*a{}", n - 1); 9].join(", ");
        aliases.push_str(&format!("a{n}: &a{n} [{list}]\n"));
    }
    let deep =
        |open: &str, close: &str| format!("{}{}", open.repeat(100_000), close.repeat(100_000));
    let table: [(&str, &str, String, &str); 10] = [
        (
            "lists in lines",
            "os.yaml",
            format!("packages:\n{}x", "- ".repeat(20_000)),
            "",
        ),
        ("aliases", "os.yaml", aliases, ""),
        (
            "alias of itself",
            "os.yaml",
            "packages: &a [*a]\n".to_owned(),
            "",
        ),
        (
            "lists in lists",
            "os.yaml",
            format!("packages: {}", deep("[", "]")),
            "",
        ),
        (
            "mappings in mappings",
            "os.yaml",
            format!("packages: {}", deep("{a: ", "}")),
            "",
        ),
        (
            "lists in lists",
            "os.json",
            format!("{{\"packages\": {}}}", deep("[", "]")),
            "",
        ),
        (
            "two documents",
            "os.yaml",
            "ref: a\n---\nref: b\n".to_owned(),
            "",
        ),
        (
            "a key twice",
            "os.yaml",
            "ref: a\nref: b\n".to_owned(),
            "ref",
        ),
        ("NUL", "os.yaml", "ref: \0\n".to_owned(), ""),
        (
            "half a JSON text",
            "os.json",
            "{\"ref\": \"a".to_owned(),
            "",
        ),
    ];
    let begun = std::time::Instant::now();
    for (name, file, text, word) in table {
        let folder = folder(&[(file, &text)]);
        let path = Utf8Path::from_path(folder.path()).unwrap().join(file);
        let error = Treefile::read(path).unwrap_err();
        let said = error.to_string();
        assert_eq!(error.kind(), ErrorKind::Config, "{name}: {said}");
        assert!(said.contains(file) && said.contains(word), "{name}: {said}");
        assert!(said.len() < 2000, "{name}: {} bytes", said.len());
    }
    assert!(begun.elapsed() < std::time::Duration::from_secs(20));
    let folder = folder(&[]);
    let path = Utf8Path::from_path(folder.path()).unwrap().join("os.yaml");
    std::fs::write(&path, [b'r', 0xff]).unwrap();
    let error = Treefile::read(&path).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config, "{error}");
}

#[test]
fn mistakes_name_file_and_key() {
    let table = [
        (
            "ref: [a]",
            ErrorKind::Config,
            "os.yaml: ref: it must be a string",
        ),
        (
            "repos: a",
            ErrorKind::Config,
            "os.yaml: repos: it must be a list of strings",
        ),
        ("packages: [1]", ErrorKind::Config, "packages"),
        ("packages: [\"'a\"]", ErrorKind::Config, "packages"),
        (
            "recommends: no",
            ErrorKind::Config,
            "recommends: it must be true or false",
        ),
        ("releasever: 1.5", ErrorKind::Config, "releasever"),
        ("include: {a: b}", ErrorKind::Config, "include"),
        ("variables: {a: [b]}", ErrorKind::Config, "variables"),
        ("variables: {basearch: b}", ErrorKind::Config, "basearch"),
        ("ref: a/${b}", ErrorKind::Config, "ref: the variable b"),
        (
            "packages: [a]\nexclude-packages: [a]",
            ErrorKind::Config,
            "exclude-packages",
        ),
        (
            "units: [a]\nmachineid-compat: false",
            ErrorKind::Config,
            "units",
        ),
        ("include: b.yaml", ErrorKind::Config, "Treefile::read"),
        ("a", ErrorKind::Config, "mapping"),
        ("a: [", ErrorKind::Config, "line"),
        (
            "postprocess: []",
            ErrorKind::Unsupported,
            "the treefile key postprocess",
        ),
        (
            "x: 1\ncontainer: true",
            ErrorKind::Unsupported,
            "keys container, x",
        ),
        (
            "packages-x8664: [a]",
            ErrorKind::Unsupported,
            "packages-x8664",
        ),
        (
            "boot-location: new",
            ErrorKind::Unsupported,
            "boot-location",
        ),
        (
            "check-passwd: {type: previous}",
            ErrorKind::Unsupported,
            "check-passwd",
        ),
        (
            "preserve-passwd: true",
            ErrorKind::Unsupported,
            "preserve-passwd",
        ),
    ];
    for (text, kind, words) in table {
        let error = parse(text).unwrap_err();
        assert_eq!(error.kind(), kind, "{text}: {error}");
        assert!(error.to_string().contains(words), "{text}: {error}");
    }
    // A key without a value is as if it were not there.
    assert_eq!(
        parse("ref:\npackages:\nselinux:\ninclude:\ncheck-passwd:").unwrap(),
        parse("").unwrap()
    );
}
