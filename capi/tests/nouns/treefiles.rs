//! Treefiles.

use super::*;

#[test]
fn treefiles() {
    let library = Library::new();
    let program = library.compile("tests/nouns/treefile.c", "c99");
    let (_folder, path) = folder();
    let text = "ref: os/${basearch}/base\nrepos: [base, extra]\nselinux: false\n\
                packages:\n  - bash coreutils\n  - \"'podman >= 4.1'\"\n\
                packages-s390x: [s390utils-base]\nexclude-packages: [nano]\nrecommends: false\n\
                documentation: true\ninstall-langs: [de, en]\nno-initramfs: true\n\
                tmp-is-dir: true\nunits: [sshd.service]\ndefault-target: multi-user.target\n\
                machineid-compat: true\nreleasever: 41\nautomatic-version-prefix: \"7\"\n\
                postprocess-script: post.sh\nadd-commit-metadata:\n  a.b: {c: [1, true]}\n";
    std::fs::write(path.join("full.yaml"), text).unwrap();
    std::fs::write(path.join("post.sh"), "#!/bin/sh\necho \"done\"\n").unwrap();
    std::fs::write(path.join("odd.yaml"), "ref: a\nnonsense: 1\n").unwrap();
    let mut files = vec![
        path.join("full.yaml"),
        path.join("odd.yaml"),
        path.join("absent.yaml"),
    ];
    if let Some(data) = testdata("treefiles") {
        files.extend(below(&data, "*.yaml").into_iter().take(20));
    }
    let mut read = 0;
    for file in &files {
        for arch in ["", "s390x"] {
            let arguments: Vec<&str> = [file.as_str(), arch]
                .into_iter()
                .filter(|it| !it.is_empty())
                .collect();
            let said = build::run(library.command(&program).args(&arguments));
            let treefile = match arch {
                "" => Treefile::read(file),
                arch => Treefile::read_for(file, arch),
            };
            read += usize::from(treefile.is_ok());
            let mut dump = Dump::default();
            dump.treefile(treefile);
            assert_eq!(said, dump.finish(), "{file} {arch}");
        }
    }
    assert!(read >= 2, "{read}");
    let said = build::run(library.command(&program).args([files[0].as_str(), "s390x"]));
    for line in [
        "ref=os/s390x/base",
        "package=s390utils-base",
        "selinux=0",
        "tmp_is_dir=1",
    ] {
        assert!(said.contains(&format!("{line}\n")), "{line}: {said}");
    }
    let json = said
        .lines()
        .find_map(|line| line.strip_prefix("json="))
        .unwrap();
    let json: Value = serde_json::from_str(json).unwrap();
    assert_eq!(json["default-target"], "multi-user.target");
}
