//! Origin files against those that rpm-ostree wrote.
#![allow(clippy::unwrap_used, reason = "a test says so by failing")]

mod support;

use camino::{Utf8Path, Utf8PathBuf};
use regraft::{ErrorKind, Nevra, Origin};

/// rpm-ostree's stages, each with its origin files; the newest deployment's is the one that the
/// stage's request made.
fn stage(data: &Utf8Path, name: &str, checksum: &str) -> String {
    let folder = data.join(name);
    let mut files = folder
        .read_dir_utf8()
        .unwrap()
        .map(|entry| entry.unwrap().into_path());
    let wanted = |path: &Utf8PathBuf| {
        let name = path.file_name().unwrap();
        name.starts_with(checksum) && name.ends_with(".origin")
    };
    std::fs::read_to_string(files.find(wanted).unwrap()).unwrap()
}

const JQ: (&str, &str) = (
    "d743ee7fe1563aebf015f78d81dedd658dad3547add72734a20aa5e9ba273498",
    "jq-1.6-2.1+deb12u3.x86_64",
);

const LESS: (&str, &str) = (
    "61eaa33764cfd6e13b70aef55b4486d3443d5d58b331bb4b89f55d927a7905f1",
    "less-590-2.1~deb12u2.1.x86_64",
);

#[test]
fn every_origin_keeps_its_bytes() {
    let Some(data) = support::testdata("rpm-ostree/stages") else {
        return;
    };
    let mut count = 0;
    for folder in data.read_dir_utf8().unwrap() {
        for file in folder.unwrap().path().read_dir_utf8().unwrap() {
            let file = file.unwrap();
            if !file.file_name().ends_with(".origin") {
                continue;
            }
            let text = std::fs::read_to_string(file.path()).unwrap();
            let origin = Origin::parse(&text).unwrap();
            assert_eq!(origin.to_string(), text, "{}", file.path());
            assert_eq!(origin.refspec(), Some("peer:peer/x86_64/base"));
            assert_eq!(origin.has_requests(), text.contains("baserefspec"));
            assert_eq!(origin.without_transient(), origin);
            count += 1;
        }
    }
    assert_eq!(count, 17);
}

#[test]
fn the_same_requests_give_the_same_bytes() {
    let Some(data) = support::testdata("rpm-ostree/stages") else {
        return;
    };
    let local = |(digest, nevra): (&'static str, &str)| (digest, nevra.parse::<Nevra>().unwrap());
    let (jq, less) = (local(JQ), local(LESS));
    let base = stage(&data, "0-base", "f170");
    let mut origin = Origin::new("peer:peer/x86_64/base");
    assert_eq!(origin.to_text(), base);

    assert!(origin.add_requested("tree"));
    assert!(origin.add_requested("rsync"));
    assert!(!origin.add_requested("rsync"));
    assert_eq!(origin.to_text(), stage(&data, "1-layered", "17c2"));

    assert!(origin.remove_requested("rsync"));
    assert!(!origin.remove_requested("rsync"));
    assert_eq!(origin.to_text(), stage(&data, "10-tree", "c99c"));
    assert!(origin.remove_requested("tree"));
    assert_eq!(origin.to_text(), stage(&data, "2-uninstalled", "f170"));

    assert!(origin.add_requested_local(jq.0, &jq.1));
    assert_eq!(origin.to_text(), stage(&data, "3-local", "721a"));
    assert!(origin.add_override_remove("dosfstools"));
    assert_eq!(origin.to_text(), stage(&data, "4-local-remove", "1806"));
    assert!(origin.add_override_replace_local(less.0, &less.1));
    assert_eq!(origin.to_text(), stage(&data, "5-override", "b6cb"));

    assert!(origin.reset_overrides());
    assert!(origin.add_requested("tree"));
    assert!(origin.add_requested("gzip"));
    assert_eq!(origin.to_text(), stage(&data, "9-uninstall-all", "8327"));
    assert!(origin.clear_requested());
    assert_eq!(origin.to_text(), base);
}

/// Every known key, some unknown ones, and what people write by hand.
const FULL: &str = "\
# by hand
[origin]
baserefspec = os:os/x86_64/base
custom-url=https://example.com/\\sx
custom-description=\\sWhat\\\\for
# Version 3
override-commit=41af286dc0b172ed2f1ca934fd2278de4a1192302ffa07087cea2682e7d372e3
unconfigured-state=Register first
x-tool=kept

[packages]
requested=libvirt;/usr/bin/fish;podman >= 4\\;1;
requested-local=d743ee7fe1563aebf015f78d81dedd658dad3547add72734a20aa5e9ba273498:jq-1:1.6-2.x86_64
requested-local-fileoverride=

[x-unknown]
a=b

[overrides]
remove=docker;
replace=repo=foobar,systemd;repo=bazboo,kernel,kernel-core;

[rpmostree]
regenerate-initramfs=true
initramfs-args=-I;/etc/foobar.conf;
initramfs-etc=/etc/cmdline.d/foobar.conf;
ex-cliwrap=1

[modules]
enable=foo:2.0;
install=baz:next/development;

[libostree-transient]
pinned=true
";

#[test]
fn every_key_is_understood() {
    let origin: Origin = FULL.parse().unwrap();
    assert_eq!(origin.to_text(), FULL);
    assert_eq!(origin.refspec(), Some("os:os/x86_64/base"));
    assert_eq!(origin.container_image_reference(), None);
    assert_eq!(
        origin.custom(),
        Some(("https://example.com/ x", Some(" What\\for")))
    );
    assert!(origin.override_commit().unwrap().starts_with("41af286d"));
    assert_eq!(origin.unconfigured_state(), Some("Register first"));
    assert_eq!(
        origin.requested(),
        ["libvirt", "/usr/bin/fish", "podman >= 4;1"]
    );
    let local = origin.requested_local();
    assert_eq!(
        local,
        [(JQ.0.to_owned(), "jq-1:1.6-2.x86_64".parse().unwrap())]
    );
    assert!(origin.requested_local_fileoverride().is_empty());
    assert_eq!(origin.overrides_remove(), ["docker"]);
    assert!(origin.overrides_replace_local().is_empty());
    let replace = [
        ("foobar", vec!["systemd"]),
        ("bazboo", vec!["kernel", "kernel-core"]),
    ];
    let replace = replace.map(|(repo, names)| {
        (
            repo.to_owned(),
            names.into_iter().map(str::to_owned).collect(),
        )
    });
    assert_eq!(origin.overrides_replace(), replace);
    assert!(origin.regenerate_initramfs() && origin.cliwrap() && origin.pinned());
    assert_eq!(origin.initramfs_args(), ["-I", "/etc/foobar.conf"]);
    assert_eq!(origin.initramfs_etc(), ["/etc/cmdline.d/foobar.conf"]);
    assert_eq!(origin.modules_enable(), ["foo:2.0"]);
    assert_eq!(origin.modules_install(), ["baz:next/development"]);
    assert!(origin.has_requests());

    let transient = "\n[libostree-transient]\npinned=true\n";
    let steady = origin.without_transient();
    assert_eq!(steady.to_text(), FULL.strip_suffix(transient).unwrap());
    assert!(!steady.pinned());
    assert_ne!(steady, origin);
}

#[test]
fn an_edit_touches_its_own_line() {
    let edited = |edit: &dyn Fn(&mut Origin), lines: &[(&str, &str)]| {
        let mut origin = Origin::parse(FULL).unwrap();
        edit(&mut origin);
        let mut expected = FULL.to_owned();
        for (from, to) in lines {
            assert!(expected.contains(from), "{from}");
            expected = expected.replace(from, to);
        }
        assert_eq!(origin.to_text(), expected);
    };
    edited(&|origin| assert!(!origin.add_requested("libvirt")), &[]);
    edited(
        &|origin| assert!(origin.add_requested("bash")),
        &[(
            "libvirt;/usr/bin/fish;podman >= 4\\;1;",
            "/usr/bin/fish;bash;libvirt;podman >= 4\\;1;",
        )],
    );
    edited(
        &|origin| assert!(origin.add_override_replace("foobar", "kernel")),
        &[(
            "foobar,systemd;repo=bazboo,kernel,",
            "foobar,kernel,systemd;repo=bazboo,",
        )],
    );
    edited(
        &|origin| assert!(origin.reset_override_replace("systemd")),
        &[("repo=foobar,systemd;", "")],
    );
    edited(
        &|origin| assert!(origin.reset_override_remove("docker")),
        &[("remove=docker;\n", "")],
    );
    edited(
        &|origin| assert!(origin.remove_requested_local(&"jq-1:1.6-2.x86_64".parse().unwrap())),
        &[(
            "requested-local=d743ee7fe1563aebf015f78d81dedd658dad3547add72734a20aa5e9ba273498:\
             jq-1:1.6-2.x86_64\n",
            "",
        )],
    );
    edited(
        &|origin| origin.set_override_commit(None),
        &[(
            "override-commit=41af286dc0b172ed2f1ca934fd2278de4a1192302ffa07087cea2682e7d372e3\n",
            "",
        )],
    );
}

#[test]
fn the_refspec_key_follows_the_requests() {
    let mut origin = Origin::parse("[origin]\n# ours\nrefspec=a:b\nx=y").unwrap();
    assert!(origin.add_override_remove("less"));
    let text = "[origin]\n# ours\nbaserefspec=a:b\nx=y\n\n[overrides]\nremove=less;\n";
    assert_eq!(origin.to_text(), text);
    origin.set_refspec("c:d");
    assert_eq!(origin.to_text(), text.replace("a:b", "c:d"));
    assert!(origin.reset_override_remove("less"));
    assert_eq!(origin.to_text(), "[origin]\n# ours\nrefspec=c:d\nx=y\n");

    origin.set_override_commit(Some(JQ.0));
    assert_eq!(origin.override_commit(), Some(JQ.0));
    assert!(!origin.has_requests());
    origin.set_refspec("e:f");
    assert_eq!(origin.to_text(), "[origin]\n# ours\nrefspec=e:f\nx=y\n");

    // Where both are there, refspec counts, as for rpm-ostree; the first edit leaves one.
    let mut origin = Origin::parse("[origin]\nbaserefspec=a\nrefspec=b\n").unwrap();
    assert_eq!(origin.refspec(), Some("b"));
    assert!(origin.add_requested("x"));
    let text = "[origin]\nbaserefspec=b\n\n[packages]\nrequested=x;\n";
    assert_eq!(origin.to_text(), text);

    let image = "[origin]\ncontainer-image-reference=ostree-unverified-registry:a/b\n";
    let mut origin = Origin::parse(image).unwrap();
    assert!(origin.add_requested("x"));
    assert_eq!(
        origin.to_text(),
        format!("{image}\n[packages]\nrequested=x;\n")
    );
    origin.set_refspec("a:b");
    assert_eq!(origin.to_text(), text.replace("=b\n", "=a:b\n"));
}

#[test]
fn what_regraft_cannot_do_is_named() {
    let base = "[origin]\nbaserefspec=a:b\noverride-commit=c\n[packages]\nrequested=x;\n\
                [overrides]\nremove=y;\n";
    assert_eq!(Origin::parse(base).unwrap().unsupported(), None);
    let local = format!("requested-local={}:{}", JQ.0, JQ.1);
    let replace = format!("replace-local={}:{}", JQ.0, JQ.1);
    let table = [
        ("[packages]", local.as_str(), "layering local packages"),
        (
            "[overrides]",
            &replace,
            "replacing base packages by local ones",
        ),
        (
            "[overrides]",
            "replace=repo=a,b",
            "replacing base packages from a repository",
        ),
        (
            "[rpmostree]",
            "regenerate-initramfs=true",
            "regenerating the initramfs",
        ),
        (
            "[rpmostree]",
            "initramfs-args=-I",
            "arguments for the initramfs",
        ),
        (
            "[rpmostree]",
            "initramfs-etc=/etc/x",
            "files of /etc in the initramfs",
        ),
        (
            "[rpmostree]",
            "ex-cliwrap=true",
            "wrapped command-line tools (cliwrap)",
        ),
        ("[modules]", "enable=a:b", "modules"),
    ];
    for (group, line, what) in table {
        let origin = Origin::parse(&format!("{base}{group}\n{line}\n")).unwrap();
        assert_eq!(origin.unsupported(), Some(what));
    }
    let image = "[origin]\ncontainer-image-reference=a:b\n";
    let image = Origin::parse(image).unwrap().unsupported();
    assert_eq!(image, Some("a container image as the base"));
}

#[test]
fn mistakes_name_their_line() {
    let table = [
        ("", "line 1"),
        ("[origin]\n", "refspec"),
        (
            "[origin]\nrefspec=a\ncontainer-image-reference=b\n",
            "line 3",
        ),
        ("[origin]\nrefspec=a\\q\n", "line 2"),
        ("refspec=a\n", "line 1"),
        ("[origin]\nrefspec=a\n\n[packages\n", "line 4"),
        (
            "[origin]\nrefspec=a\n[packages]\nrequested-local=abc:d;\n",
            "line 4: requested-local",
        ),
        (
            "[origin]\nrefspec=a\n[overrides]\nreplace=foo,bar;\n",
            "line 4: replace",
        ),
        (
            "[origin]\nrefspec=a\n[rpmostree]\nregenerate-initramfs=maybe\n",
            "line 4",
        ),
    ];
    for (text, expected) in table {
        let error = Origin::parse(text).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config, "{text:?}");
        assert!(error.to_string().contains(expected), "{error}");
    }
}
