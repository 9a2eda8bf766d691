//! Damaged deployments, origins, refs and boot entries.

use super::*;

#[test]
fn deployments_are_damaged() {
    let bed = bed();
    let client = bed.client("deployments");
    let mut table = Table::new("Deployments, origins, refs and boot entries");
    table.hide(bed.path.as_str(), "…");
    let root = client.root();
    let origin = root.with_file_name(format!("{}.origin", root.file_name().unwrap()));
    let config = [ErrorKind::Config];
    // What a reader and a writer say must be the same.
    let check = |table: &mut Table, name: &str, kinds: &[ErrorKind], words: &[&str]| {
        let before = state(&client);
        table.refused(
            &format!("{name}: status"),
            client.sysroot.status(),
            kinds,
            words,
        );
        table.refused(name, client.install("hello"), kinds, words);
        table.same(name, &before, &state(&client));
    };
    let good = std::fs::read(&origin).unwrap();
    let mut both = good.clone();
    both.extend_from_slice(b"container-image-reference=ostree-unverified-registry:example/os\n");
    let origins: [(&str, Vec<u8>, &[&str]); 7] = [
        (
            "an origin that is no key file",
            b"refspec, please\n".to_vec(),
            &["line 1"],
        ),
        (
            "an origin that follows nothing",
            b"[origin]\n".to_vec(),
            &["refspec"],
        ),
        ("an empty origin", Vec::new(), &["refspec"]),
        (
            "an origin that follows two things",
            both,
            &["container-image-reference"],
        ),
        (
            "a binary origin",
            vec![0, 0xff, 0xfe, b'[', 0x80],
            &["UTF-8"],
        ),
        (
            "a huge origin",
            [good.as_slice(), &b"#".repeat(64 << 20)].concat(),
            &["MiB"],
        ),
        (
            "an origin with a broken list",
            b"[origin]\nbaserefspec=mini:x\n[packages]\nrequested=a;\\".to_vec(),
            &[],
        ),
    ];
    for (name, text, words) in origins {
        std::fs::write(&origin, text).unwrap();
        check(&mut table, name, &config, &[words, &["origin"]].concat());
    }
    std::fs::remove_file(&origin).unwrap();
    check(
        &mut table,
        "no origin",
        &[ErrorKind::Config, ErrorKind::State, ErrorKind::NotFound],
        &["origin"],
    );
    std::fs::create_dir(&origin).unwrap();
    check(
        &mut table,
        "an origin that is a folder",
        &[ErrorKind::Config, ErrorKind::Io],
        &["origin"],
    );
    std::fs::remove_dir(&origin).unwrap();
    std::fs::write(&origin, &good).unwrap();

    let state_kinds = [ErrorKind::State, ErrorKind::Corrupt];
    let away = root.with_extension("away");
    run(Command::new("chattr").arg("-i").arg(&root));
    std::fs::rename(&root, &away).unwrap();
    check(
        &mut table,
        "a deployment's folder is gone",
        &state_kinds,
        &[root.file_name().unwrap()],
    );
    std::fs::rename(&away, &root).unwrap();

    let entries = client.path.join("boot/loader/entries");
    let entry = entries
        .read_dir_utf8()
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path()
        .to_owned();
    let text = std::fs::read_to_string(&entry).unwrap();
    for (name, new) in [
        ("an empty boot entry", String::new()),
        (
            "a boot entry of garbage",
            "\u{1}garbage\nwithout end".to_owned(),
        ),
        (
            "a boot entry for no deployment",
            text.replace("ostree=/ostree/boot", "ostree=/nowhere/boot"),
        ),
        (
            "a boot entry without options",
            text.lines()
                .filter(|l| !l.starts_with("options"))
                .fold(String::new(), |all, l| all + l + "\n"),
        ),
    ] {
        std::fs::write(&entry, new).unwrap();
        check(
            &mut table,
            name,
            &state_kinds,
            &[entry.file_name().unwrap(), "boot"],
        );
    }
    std::fs::remove_file(&entry).unwrap();
    // Then there are no deployments, which is no error for readers.
    assert!(client.sysroot.status().unwrap().deployments().is_empty());
    table.unchanged(
        &client,
        "no boot entry",
        || client.install("hello"),
        &state_kinds,
        &["no deployment"],
    );
    std::fs::write(&entry, &text).unwrap();
    let loader = client.path.join("boot/loader");
    let target = std::fs::read_link(&loader).unwrap();
    std::fs::remove_file(&loader).unwrap();
    std::os::unix::fs::symlink("loader.7", &loader).unwrap();
    check(
        &mut table,
        "a loader link that leads nowhere",
        &state_kinds,
        &[],
    );
    std::fs::remove_file(&loader).unwrap();
    std::os::unix::fs::symlink(target, &loader).unwrap();

    // Refs that nothing of the transaction needs.
    let refs = client.path.join("ostree/repo/refs");
    let reference = refs.join("heads/dangling");
    std::fs::write(&reference, format!("{}\n", "0".repeat(64))).unwrap();
    let before = state(&client);
    assert_eq!(client.sysroot.status().unwrap().deployments().len(), 1);
    let mut tx = client.sysroot.deploy_commit("dangling");
    let result = tx.plan(&mut Job::new());
    table.refused(
        "a ref to a commit that is not there",
        result,
        &[ErrorKind::Corrupt, ErrorKind::NotFound],
        &["000000"],
    );
    std::fs::write(&reference, "not a checksum").unwrap();
    let result = client
        .sysroot
        .deploy_commit("dangling")
        .plan(&mut Job::new());
    table.refused(
        "a ref of garbage",
        result,
        &[ErrorKind::Corrupt],
        &["dangling"],
    );
    std::fs::remove_file(&reference).unwrap();
    table.same(
        "refs",
        &before
            .lines()
            .filter(|l| !l.contains("/dangling "))
            .collect::<Vec<_>>()
            .join("\n"),
        &state(&client),
    );
    let result = client.sysroot.rpmdb("no/such/ref").map(|_| ());
    table.refused(
        "a ref that is not there",
        result,
        &[ErrorKind::NotFound],
        &["no/such/ref"],
    );
    works(&client);
    table.finish();
}

#[test]
fn a_dangling_ref_does_not_stop_others() {
    let bed = bed();
    let client = bed.client("dangling");
    let refs = client.path.join("ostree/repo/refs/heads");
    std::fs::create_dir_all(refs.join("other")).unwrap();
    std::fs::write(refs.join("other/dangling"), format!("{}\n", "0".repeat(64))).unwrap();
    client.install("hello").unwrap();
    assert!(client.root().join("usr/bin/hello").exists());
    let refs = client.ostree(&["refs"]);
    assert!(refs.contains("other/dangling"), "{refs}");
    client
        .sysroot
        .cleanup(regraft::Cleanup::default(), &mut Job::new())
        .unwrap();
    assert_eq!(client.sysroot.status().unwrap().deployments().len(), 2);
}
