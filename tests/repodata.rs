//! `.repo` files: what regraft reads in them, compared with what dnf reads.
#![allow(clippy::unwrap_used)]

mod support;

use camino::Utf8Path;
use regraft::{Error, RepoConfig, Variables};
use std::process::Command;
use std::time::Duration;

fn variables() -> Variables {
    Variables::new()
        .with("releasever", "39")
        .with("basearch", "x86_64")
        .with("arch", "x86_64")
}

fn parse(text: &str) -> regraft::Result<Vec<RepoConfig>> {
    RepoConfig::parse(text, "test.repo", &variables())
}

#[test]
fn absent_keys_have_safe_values() {
    let all = parse("[a]\nbaseurl=http://h/\n").unwrap();
    let repo = &all[0];
    assert!(repo.enabled && repo.gpgcheck && repo.sslverify);
    assert!(!repo.repo_gpgcheck && !repo.skip_if_unavailable && !repo.module_hotfixes);
    assert_eq!((repo.priority, repo.cost), (99, 1000));
    assert_eq!(repo.name, "a");
    assert_eq!(repo.metadata_expire, Some(Duration::from_secs(172_800)));
    assert_eq!(repo, &RepoConfig::new("a", "http://h/"));
}

#[test]
fn errors_name_file_section_and_key() {
    for (text, part) in [
        ("[a]\nname=x\n", "[a] it has no address"),
        (
            "[a]\nbaseurl=http://h\n[a]\nbaseurl=http://h\n",
            "[a] this id is there twice",
        ),
        (
            "[a]\nbaseurl=http://h\ngpgcheck=maybe\n",
            "[a] gpgcheck=\"maybe\"",
        ),
        ("[a]\nbaseurl=h/x\n", "[a] baseurl=\"h/x\""),
        ("[a]\nbaseurl=http://\n", "[a] baseurl="),
        ("[a]\nbaseurl=file://relative\n", "[a] baseurl="),
        ("[a]\nmetalink=gopher://h\n", "[a] metalink="),
        (
            "[a]\nbaseurl=http://h\nmetadata_expire=soon\n",
            "[a] metadata_expire=",
        ),
        ("[a]\nbaseurl=http://h\npriority=high\n", "[a] priority="),
        ("[a]\nbaseurl=http://h\nproxy=h:8080\n", "[a] proxy="),
        ("[a]\nbaseurl=http://h\ntype=yast2\n", "[a] type="),
        ("[a/b]\nbaseurl=http://h\n", "[a/b] '/'"),
        ("[a]\nbaseurl\n", "line 2"),
        ("baseurl=http://h\n", "line 1"),
    ] {
        let error = parse(text).unwrap_err();
        let Error::Config { file, reason } = &error else {
            panic!("{text:?}: {error:?}")
        };
        assert_eq!(file, "test.repo");
        assert!(reason.contains(part), "{text:?}: {reason}");
    }
}

#[test]
fn what_has_no_effect_is_a_warning() {
    let all = parse("[main]\nx=y\n[a]\nenabled=0\nspeed=3\nkeepcache=1\n").unwrap();
    assert_eq!(all.len(), 1);
    let warnings = &all[0].warnings;
    assert_eq!(warnings.len(), 2, "{warnings:?}");
    assert!(warnings[0].starts_with("speed:") && warnings[1].contains("no address"));
}

#[test]
fn a_folder_is_read_by_name_and_an_id_is_there_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = Utf8Path::from_path(folder.path()).unwrap();
    for (name, text) in [
        ("b.repo", "[b]\nbaseurl=http://b/$releasever\n"),
        ("a.repo", "[z]\nbaseurl=http://z\n[y]\nbaseurl=http://y\n"),
        ("a.repo.rpmsave", "[a]\nbaseurl=http://old\n"),
    ] {
        std::fs::write(path.join(name), text).unwrap();
    }
    let ids = |all: Vec<RepoConfig>| all.into_iter().map(|repo| repo.id).collect::<Vec<_>>();
    assert_eq!(
        ids(RepoConfig::read_dir(path, &variables()).unwrap()),
        ["z", "y", "b"]
    );
    assert!(
        RepoConfig::read_dir(path.join("none"), &variables())
            .unwrap()
            .is_empty()
    );
    std::fs::write(path.join("c.repo"), "[y]\nbaseurl=http://c\n").unwrap();
    let error = RepoConfig::read_dir(path, &variables())
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("c.repo") && error.contains("a.repo") && error.contains("[y]"),
        "{error}"
    );
    std::fs::write(path.join("c.repo"), [b'[', 0xff]).unwrap();
    let error = RepoConfig::read_dir(path, &variables()).unwrap_err();
    assert!(matches!(error, Error::Config { .. }), "{error}");
}

/// One file with every trait of the format.
const ODD: &str = r"
# a comment
[main]
gpgcheck=0

[full]
name = Full $releasever - ${basearch}
baseurl = http://one/$releasever/
   http://two/${basearch}/, https://three/
metalink=https://m/?repo=full-$releasever&arch=$basearch
gpgkey=file:///etc/pki/a file:///etc/pki/b
gpgcheck = Yes
repo_gpgcheck=on
excludepkgs=kernel*,
  shim grub2-*
includepkgs=a b
priority=10
cost=500
sslverify=False
sslcacert=/etc/ca
sslclientcert=/etc/cert
sslclientkey=/etc/key
proxy=http://proxy:3128
proxy_username=pu
proxy_password=pp
username=u
password=p = q
metadata_expire=6h
skip_if_unavailable=1
module_hotfixes=true
countme=1
timeout=7
minrate=99

[off]
enabled=0
; another
baseurl=file:///srv/$unknown
gpgcheck=0
metadata_expire=never
proxy=_none_

[mirrors]
mirrorlist=http://m/list
metadata_expire=1.5d
";

/// What dnf's own Python API says of the same file, a line per repository and key.
const DNF: &str = r#"
import sys, dnf
base = dnf.Base()
base.conf.reposdir = [sys.argv[1]]
base.conf.substitutions.update(releasever="39", basearch="x86_64", arch="x86_64")
base.read_all_repos()
for repo in sorted(base.repos.values(), key=lambda r: r.id):
    for key in sys.argv[2:]:
        value = getattr(repo, key)
        if isinstance(value, (list, tuple)) or hasattr(value, "__iter__") and not isinstance(value, str):
            value = " ".join(value)
        if isinstance(value, bool):
            value = int(value)
        print(repo.id, key, "" if value is None else value, sep="|")
"#;

#[test]
fn dnf_reads_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let path = Utf8Path::from_path(folder.path()).unwrap();
    std::fs::write(path.join("odd.repo"), ODD).unwrap();
    let keys = [
        "name",
        "enabled",
        "baseurl",
        "mirrorlist",
        "metalink",
        "gpgkey",
        "gpgcheck",
        "repo_gpgcheck",
        "excludepkgs",
        "includepkgs",
        "priority",
        "cost",
        "sslverify",
        "sslcacert",
        "sslclientcert",
        "sslclientkey",
        "proxy",
        "proxy_username",
        "proxy_password",
        "username",
        "password",
        "metadata_expire",
        "skip_if_unavailable",
        "module_hotfixes",
        "countme",
        "timeout",
        "minrate",
    ];
    let output = Command::new("/usr/bin/python3")
        .args(["-c", DNF, path.as_str()])
        .args(keys)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let dnf = String::from_utf8(output.stdout).unwrap();
    let mut ours = String::new();
    let mut all = RepoConfig::read_dir(path, &variables()).unwrap();
    all.sort_by(|a, b| a.id.cmp(&b.id));
    for repo in &all {
        for key in keys {
            ours.push_str(&format!("{}|{key}|{}\n", repo.id, value(repo, key)));
        }
    }
    // Deliberately different: an absent gpgcheck is on, while dnf takes its own [main] for it.
    let dnf = dnf.replace("mirrors|gpgcheck|0", "mirrors|gpgcheck|1");
    for (ours, dnf) in ours.lines().zip(dnf.lines()) {
        assert_eq!(ours, dnf);
    }
    assert_eq!(ours.lines().count(), dnf.lines().count());
}

fn value(repo: &RepoConfig, key: &str) -> String {
    let flag = |value: bool| u8::from(value).to_string();
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    match key {
        "name" => repo.name.clone(),
        "enabled" => flag(repo.enabled),
        "baseurl" => repo.baseurl.join(" "),
        "mirrorlist" => text(&repo.mirrorlist),
        "metalink" => text(&repo.metalink),
        "gpgkey" => repo.gpgkey.join(" "),
        "gpgcheck" => flag(repo.gpgcheck),
        "repo_gpgcheck" => flag(repo.repo_gpgcheck),
        "excludepkgs" => repo.excludepkgs.join(" "),
        "includepkgs" => repo.includepkgs.join(" "),
        "priority" => repo.priority.to_string(),
        "cost" => repo.cost.to_string(),
        "sslverify" => flag(repo.sslverify),
        "sslcacert" => text(&repo.sslcacert),
        "sslclientcert" => text(&repo.sslclientcert),
        "sslclientkey" => text(&repo.sslclientkey),
        "proxy" => text(&repo.proxy),
        "proxy_username" => text(&repo.proxy_username),
        "proxy_password" => repo
            .proxy_password
            .as_ref()
            .map_or("", |p| p.reveal())
            .to_owned(),
        "username" => text(&repo.username),
        "password" => repo.password.as_ref().map_or("", |p| p.reveal()).to_owned(),
        "metadata_expire" => match repo.metadata_expire {
            None => "-1".to_owned(),
            Some(age) => age.as_secs().to_string(),
        },
        "skip_if_unavailable" => flag(repo.skip_if_unavailable),
        "module_hotfixes" => flag(repo.module_hotfixes),
        "countme" => flag(repo.countme),
        "timeout" => repo.timeout.to_string(),
        "minrate" => repo.minrate.to_string(),
        other => panic!("{other}"),
    }
}
