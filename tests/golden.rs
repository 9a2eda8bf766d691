//! What rpm-ostree wrote, against what regraft writes for the same requests.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use camino::{Utf8Path, Utf8PathBuf};
use regraft::{Job, Outcome, Signature};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, Weak};
use support::mini::{Client, shared};
use support::peer::{self, Peer};

static PEER: Mutex<Weak<Peer>> = Mutex::new(Weak::new());

/// The peer's data and a base like its own; `None` where there are no data.
fn peer() -> Option<(Utf8PathBuf, Arc<Peer>)> {
    let data = support::testdata("rpm-ostree")?;
    let inputs = data.join("inputs");
    Some((data, shared(&PEER, || Peer::new(&inputs))))
}

/// A commit of the test data: every metadata key with its type and, where it is shown, its value.
struct Golden {
    commit: Value,
    keys: BTreeMap<String, (String, Option<String>)>,
}

impl Golden {
    fn read(data: &Utf8Path, name: &str) -> Golden {
        let text = std::fs::read_to_string(data.join(format!("{name}.json"))).unwrap();
        let entries: Vec<Value> = serde_json::from_str(&text).unwrap();
        let text = |entry: &Value, key: &str| entry[key].as_str().map(str::to_owned);
        let keys = entries[1..].iter().map(|entry| {
            let key = text(entry, "key").unwrap();
            (key, (text(entry, "type").unwrap(), text(entry, "value")))
        });
        Golden {
            commit: entries[0].clone(),
            keys: keys.collect(),
        }
    }
}

/// A commit of a client's repository.
struct Ours {
    variant: glib::Variant,
}

impl Ours {
    fn read(client: &Client, rev: &str) -> Ours {
        let path = client.path.join("ostree/repo");
        let repo = ostree::Repo::new(&gio::File::for_path(path));
        repo.open(gio::Cancellable::NONE).unwrap();
        let checksum = repo.resolve_rev(rev, false).unwrap().unwrap();
        let variant = repo
            .load_variant(ostree::ObjectType::Commit, &checksum)
            .unwrap();
        Ours { variant }
    }

    fn keys(&self) -> BTreeMap<String, glib::Variant> {
        let metadata = self.variant.child_value(0);
        let pairs = metadata.iter().map(|pair| {
            let key = pair.child_value(0).str().unwrap().to_owned();
            (key, pair.child_value(1).as_variant().unwrap())
        });
        pairs.collect()
    }

    fn bytes(&self, place: usize) -> Vec<u8> {
        self.variant.child_value(place).get().unwrap()
    }

    fn hex(&self, place: usize) -> String {
        self.bytes(place)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }

    fn text(&self, place: usize) -> String {
        self.variant.child_value(place).get().unwrap()
    }

    fn time(&self) -> u64 {
        u64::from_be(self.variant.child_value(5).get().unwrap())
    }
}

/// Compares types of all keys, and the values of those in `values`; what is ours alone has our
/// prefix.
fn compare(golden: &Golden, ours: &Ours, values: &[&str]) {
    let keys = ours.keys();
    for (key, (type_, value)) in &golden.keys {
        let found = keys.get(key).unwrap_or_else(|| panic!("{key} is missing"));
        assert_eq!(found.type_().as_str(), type_, "{key}");
        if values.contains(&key.as_str()) {
            assert_eq!(Some(found.print(true).as_str()), value.as_deref(), "{key}");
        }
    }
    for key in keys.keys().filter(|key| !golden.keys.contains_key(*key)) {
        assert!(
            key.starts_with("regraft."),
            "{key} is not in the golden commit"
        );
    }
}

fn layer(client: &Client, requests: &[&str]) -> Outcome {
    let (_, outcome) = client
        .change(|tx| {
            for request in requests {
                tx.install(*request);
            }
            tx.signatures(Signature::NotRequired);
        })
        .unwrap();
    outcome
}

fn origin_path(client: &Client) -> Utf8PathBuf {
    let root = client.root();
    root.with_file_name(format!("{}.origin", root.file_name().unwrap()))
}

#[test]
fn a_layered_commit_is_as_rpm_ostree_writes_it() {
    let Some((data, peer)) = peer() else { return };
    let client = peer.client("layered");
    let base = client.sysroot.deployments().unwrap()[0].clone();
    let outcome = layer(&client, &["rsync", "tree"]);
    let deployment = client.sysroot.deployments().unwrap()[0].clone();
    assert_eq!(outcome.id(), Some(deployment.id().as_str()));

    let golden = Golden::read(&data, "layered");
    let ours = Ours::read(&client, deployment.checksum());
    compare(
        &golden,
        &ours,
        &[
            "rpmostree.clientlayer",
            "rpmostree.clientlayer_version",
            "rpmostree.packages",
            "rpmostree.modules",
            "rpmostree.removed-base-packages",
            "rpmostree.replaced-base-packages",
            "rpmostree.replaced-base-remote-packages",
            "rpmostree.state-sha512",
            "rpmostree.rpmmd-repos",
            "ostree.bootable",
        ],
    );
    assert_eq!(ours.variant.type_().as_str(), golden.commit["type"]);
    assert_eq!(ours.hex(1), base.checksum(), "the parent is the base");
    assert_eq!(ours.variant.child_value(2).n_children(), 0, "related");
    assert_eq!((ours.text(3), ours.text(4)), (String::new(), String::new()));
    // Reproducible: the base's time, not that of layering.
    assert_eq!(ours.time(), base.timestamp());
    let version: String = ours.keys()["version"].get().unwrap();
    assert_eq!(Some(version.as_str()), base.version());

    let mut golden = Golden::read(&data, "base");
    // Only a libostree with composefs can compute it.
    golden.keys.remove("ostree.composefs.digest.v0");
    let ours = Ours::read(&client, base.checksum());
    compare(&golden, &ours, &["peer.test", "version", "ostree.bootable"]);

    let refs = std::fs::read_to_string(data.join("stages/1-layered/refs-list.txt")).unwrap();
    let expected: BTreeSet<&str> = refs.lines().collect();
    let refs = client.ostree(&["refs"]);
    let found: BTreeSet<&str> = refs.lines().collect();
    // libostree counts boot versions.
    let mine = |name: &&&str| !name.starts_with("ostree/");
    let (expected, found): (Vec<_>, Vec<_>) = (
        expected.iter().filter(mine).collect(),
        found.iter().filter(mine).collect(),
    );
    assert_eq!(found, expected);
    assert_eq!(
        client.ostree(&["rev-parse", "rpmostree/base/0"]).trim(),
        base.checksum()
    );

    let theirs = std::fs::read_dir(data.join("stages/1-layered"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.to_str().unwrap().contains("/17c23d11"))
        .unwrap();
    let theirs = std::fs::read(theirs).unwrap();
    assert_eq!(std::fs::read(origin_path(&client)).unwrap(), theirs);
    client.ostree(&["fsck", "--quiet"]);
    packages_are_equal(&client, &data);
    trees_are_equal(&client, &data, &peer, deployment.checksum());
}

/// The cached packages: the same trees, with the same keys and values.
fn packages_are_equal(client: &Client, data: &Utf8Path) {
    for (name, reference) in [
        ("tree", "rpmostree/pkg/tree/2.1.0-1.x86__64"),
        (
            "rsync",
            "rpmostree/pkg/rsync/3.5.0_2Bds1-0_2Bdeb12u1.x86__64",
        ),
        ("libxxhash0", "rpmostree/pkg/libxxhash0/0.8.1-1.x86__64"),
    ] {
        let golden = Golden::read(data, &format!("pkg-{name}"));
        let ours = Ours::read(client, reference);
        let values: Vec<&str> = golden
            .keys
            .iter()
            .filter(|(_, (_, value))| value.is_some())
            .map(|(key, _)| key.as_str())
            .collect();
        assert!(values.len() >= 7, "{values:?}");
        compare(&golden, &ours, &values);
        assert_eq!(ours.hex(6), golden.commit["dirtree"], "{name}");
        assert_eq!(ours.hex(7), golden.commit["dirmeta"], "{name}");
        assert_eq!(ours.time(), golden.commit["timestamp_be"], "{name}");
        assert!(ours.bytes(1).is_empty(), "{name} has no parent");
    }
}

/// One line of `ostree ls -R -C -X`: the path, and everything but a directory's content, which
/// depends on what else is in the tree.
fn lines(listing: &str) -> BTreeMap<String, String> {
    let line = |line: &str| {
        let path = line
            .split(" } ")
            .nth(1)
            .unwrap()
            .split(" -> ")
            .next()
            .unwrap();
        let mut words: Vec<&str> = line.split_whitespace().collect();
        if line.starts_with('d') {
            words.remove(4);
        }
        (path.to_owned(), words.join(" "))
    };
    listing.lines().map(line).collect()
}

/// Every file of the layered packages, and what the script wrote, as in rpm-ostree's tree: mode,
/// owner, content and label; and labels by the policy everywhere.
fn trees_are_equal(client: &Client, data: &Utf8Path, peer: &Peer, checksum: &str) {
    let scratch = tempfile::tempdir().unwrap();
    let scratch = Utf8Path::from_path(scratch.path()).unwrap();
    let theirs = lines(&peer::listing(data, "layered", scratch));
    let ours = lines(&client.ostree(&["ls", "-R", "-C", "-X", checksum]));
    let mut paths = BTreeSet::new();
    for name in ["tree", "rsync", "libxxhash0"] {
        paths.extend(lines(&peer::listing(data, &format!("pkg-{name}"), scratch)).into_keys());
    }
    let count = paths.len();
    paths.insert("/usr/etc/systemd/system/multi-user.target.wants/rsync.service".to_owned());
    paths.insert("/usr/etc/systemd/system/multi-user.target.wants".to_owned());
    assert!(count > 60, "{count}");
    for path in &paths {
        assert_eq!(ours.get(path), theirs.get(path), "{path}");
    }

    let contexts = peer
        .inputs
        .join("selinux-policy-files/mini/contexts/files/file_contexts");
    let contexts = std::fs::read_to_string(contexts).unwrap();
    for (path, line) in &ours {
        let label = format!("b'{}'", label(&contexts, path, line.starts_with('d')));
        assert!(line.contains(&label), "{line}: not {label}");
    }
}

/// The last pattern that matches; all of the policy's are a path and what may follow it.
fn label<'a>(contexts: &'a str, path: &str, is_dir: bool) -> &'a str {
    let mut found = "";
    for line in contexts.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let (pattern, label) = (words[0], words[words.len() - 1]);
        let kind = if words.len() == 3 { words[1] } else { "" };
        let matches = match pattern.strip_suffix("(/.*)?") {
            Some(prefix) => path == prefix || path.starts_with(&format!("{prefix}/")),
            None => match pattern.strip_suffix(".*") {
                Some(prefix) => path.starts_with(prefix),
                None => path == pattern,
            },
        };
        if matches && (kind.is_empty() || (kind == "-d") == is_dir) {
            found = label;
        }
    }
    found
}

#[test]
fn a_removal_from_the_base_is_as_rpm_ostree_writes_it() {
    let Some((data, peer)) = peer() else { return };
    let client = peer.client("override");
    let base = client.sysroot.deployments().unwrap()[0].clone();
    client
        .change(|tx| {
            tx.remove_base("dosfstools");
        })
        .unwrap();
    let deployment = client.sysroot.deployments().unwrap()[0].clone();
    let golden = Golden::read(&data, "override");
    let ours = Ours::read(&client, deployment.checksum());
    // The golden commit has local packages beside, so that what names those differs.
    compare(
        &golden,
        &ours,
        &[
            "rpmostree.clientlayer",
            "rpmostree.clientlayer_version",
            "rpmostree.packages",
            "rpmostree.removed-base-packages",
            "rpmostree.rpmmd-repos",
        ],
    );
    assert_eq!(ours.hex(1), base.checksum());
    let origin = std::fs::read_to_string(origin_path(&client)).unwrap();
    assert_eq!(
        origin,
        "[origin]\nbaserefspec=peer:peer/x86_64/base\n\n[overrides]\nremove=dosfstools;\n"
    );
    let removals = &client.sysroot.status().unwrap().to_json()["deployments"][0];
    let theirs = std::fs::read_to_string(data.join("stages/5-override/status.json")).unwrap();
    let theirs: Value = serde_json::from_str(&theirs).unwrap();
    for key in ["base-removals", "requested-base-removals"] {
        assert_eq!(removals[key], theirs["deployments"][0][key], "{key}");
    }
    assert!(!client.root().join("usr/share/doc/dosfstools").exists());
    client.ostree(&["fsck", "--quiet"]);
}

/// libselinux knows one policy root in a process, and libostree asks it for labels as well.
#[test]
fn two_sysroots_with_a_policy_in_two_threads() {
    let Some((_, peer)) = peer() else { return };
    let clients = [peer.client("one"), peer.client("two")];
    std::thread::scope(|scope| {
        for client in &clients {
            scope.spawn(|| {
                for _ in 0..6 {
                    layer(client, &["tree"]);
                    client
                        .change(|tx| {
                            tx.uninstall("tree");
                        })
                        .unwrap();
                    for _ in 0..2 {
                        client.sysroot.rollback(&mut Job::new()).unwrap();
                    }
                }
                layer(client, &["tree"]);
            });
        }
    });
    let layered: Vec<String> = clients
        .iter()
        .map(|client| {
            let next = client.sysroot.deployments().unwrap()[0].clone();
            client.ostree(&["ls", "-R", "-X", next.checksum()])
        })
        .collect();
    assert!(layered[0].contains("/usr/bin/tree"));
    assert_eq!(layered[0], layered[1]);
}

/// What `status --json` has of one kind and rpm-ostree's has not, or the reverse.
#[test]
fn status_has_the_fields_of_rpm_ostree() {
    let Some((data, peer)) = peer() else { return };
    let client = peer.client("status");
    layer(&client, &["rsync", "tree"]);
    let theirs = std::fs::read_to_string(data.join("stages/1-layered/status.json")).unwrap();
    let theirs: Value = serde_json::from_str(&theirs).unwrap();
    let ours = client.sysroot.status().unwrap().to_json();
    let mut differences = Vec::new();
    same_shape("", &theirs, &ours, &mut differences);
    let explained = [
        // Written by newer versions of libostree's own compose support; Debian 12's cannot.
        "- /deployments/0/base-commit-meta/ostree.composefs.digest.v0",
        // The base here is made of packages of two repositories.
        "/deployments/0/base-commit-meta/rpmostree.rpmmd-repos: 1 and 2 items",
        // regraft's own digest.
        "+ /deployments/0/layered-commit-meta/regraft.input-digest",
        "- /deployments/1/base-commit-meta/ostree.composefs.digest.v0",
        "/deployments/1/base-commit-meta/rpmostree.rpmmd-repos: 1 and 2 items",
        // What an interrupted call left behind.
        "+ /interrupted",
    ];
    assert_eq!(differences, explained);
}

/// Compares the sets of keys and the types of values, all the way down.
fn same_shape(path: &str, theirs: &Value, ours: &Value, differences: &mut Vec<String>) {
    match (theirs, ours) {
        (Value::Object(theirs), Value::Object(ours)) => {
            for (key, value) in theirs {
                match ours.get(key) {
                    Some(found) => same_shape(&format!("{path}/{key}"), value, found, differences),
                    None => differences.push(format!("- {path}/{key}")),
                }
            }
            let added = ours.keys().filter(|key| !theirs.contains_key(*key));
            differences.extend(added.map(|key| format!("+ {path}/{key}")));
        }
        (Value::Array(theirs), Value::Array(ours)) => {
            if theirs.len() != ours.len() {
                differences.push(format!("{path}: {} and {} items", theirs.len(), ours.len()));
            }
            for (place, (theirs, ours)) in theirs.iter().zip(ours).enumerate() {
                same_shape(&format!("{path}/{place}"), theirs, ours, differences);
            }
        }
        (theirs, ours) => {
            let same = std::mem::discriminant(theirs) == std::mem::discriminant(ours);
            if !same {
                differences.push(format!("{path}: {theirs} and {ours}"));
            }
        }
    }
}

#[test]
fn origins_come_out_byte_for_byte() {
    let Some((data, peer)) = peer() else { return };
    let client = peer.client("origins");
    // A deployment that has what the origin says, for each of the peer's origins.
    let stages: [(&str, &[&str], &[&str]); 3] = [
        ("0-base/f170ee9c", &[], &[]),
        ("10-tree/c99c1612", &["tree"], &[]),
        ("1-layered/17c23d11", &["rsync", "tree"], &[]),
    ];
    for (stage, requests, removed) in stages {
        let (folder, checksum) = stage.split_once('/').unwrap();
        let folder = data.join("stages").join(folder);
        let entries = folder.read_dir_utf8().unwrap();
        let file = entries
            .map(|entry| entry.unwrap().path().to_owned())
            .find(|path| path.extension() == Some("origin") && path.as_str().contains(checksum))
            .unwrap();
        let golden = std::fs::read_to_string(file).unwrap();
        client
            .change(|tx| {
                tx.idempotent().signatures(Signature::NotRequired);
                for request in requests {
                    tx.install(*request);
                }
                for name in removed {
                    tx.remove_base(*name);
                }
            })
            .unwrap();
        assert_eq!(
            std::fs::read_to_string(origin_path(&client)).unwrap(),
            golden,
            "{stage}"
        );
        let odd = format!(
            "# Kept by hand\n{golden}\n[elsewhere]\n# of another program\nkey=value; \
             with spaces\nkey[de]=Wert\n"
        );
        for text in [&golden, &odd] {
            std::fs::write(origin_path(&client), text).unwrap();
            let before = client.state();
            let status = client.sysroot.status().unwrap().to_json();
            let deployment = &status["deployments"][0];
            assert_eq!(deployment["origin"], "peer:peer/x86_64/base");
            assert_eq!(
                deployment["requested-packages"],
                serde_json::json!(requests)
            );
            let (_, outcome) = client
                .change(|tx| {
                    tx.upgrade();
                })
                .unwrap();
            assert_eq!(outcome, Outcome::Unchanged, "{stage}");
            assert_eq!(
                std::fs::read_to_string(origin_path(&client)).unwrap(),
                *text,
                "{stage}"
            );
            assert_eq!(client.state(), before);
        }
        // Another request keeps what it does not know.
        client
            .change(|tx| {
                tx.install("jq").signatures(Signature::NotRequired);
            })
            .unwrap();
        let origin = std::fs::read_to_string(origin_path(&client)).unwrap();
        assert!(
            origin.contains(
                "[elsewhere]\n# of another program\nkey=value; with spaces\nkey[de]=Wert"
            ),
            "{origin}"
        );
        assert!(origin.contains("# Kept by hand"), "{origin}");
        let mut all = vec!["jq"];
        all.extend(requests);
        assert!(
            origin.contains(&format!("requested={};\n", all.join(";"))),
            "{origin}"
        );
        client
            .change(|tx| {
                tx.uninstall("jq").signatures(Signature::NotRequired);
            })
            .unwrap();
        std::fs::write(origin_path(&client), &golden).unwrap();
    }
}

#[test]
fn origins_with_what_is_for_later_are_refused_and_left_alone() {
    let Some((data, peer)) = peer() else { return };
    let client = peer.client("later");
    for stage in [
        "3-local/721a",
        "4-local-remove/1806",
        "5-override/b6cb",
        "9-uninstall-all/8327",
    ] {
        let (folder, checksum) = stage.split_once('/').unwrap();
        let entries = data.join("stages").join(folder).read_dir_utf8().unwrap();
        let file = entries
            .map(|entry| entry.unwrap().path().to_owned())
            .find(|path| {
                path.extension() == Some("origin")
                    && path.file_name().unwrap().starts_with(checksum)
            })
            .unwrap();
        let golden = std::fs::read_to_string(file).unwrap();
        std::fs::write(origin_path(&client), &golden).unwrap();
        let before = client.state();
        let status = client.sysroot.status().unwrap().to_json();
        let theirs = std::fs::read_to_string(data.join("stages").join(folder).join("status.json"));
        let theirs: Value = serde_json::from_str(&theirs.unwrap()).unwrap();
        let theirs = theirs["deployments"].as_array().unwrap();
        let theirs = theirs
            .iter()
            .find(|d| d["checksum"].as_str().unwrap().starts_with(checksum))
            .unwrap();
        for (key, value) in theirs.as_object().unwrap() {
            if key.starts_with("requested-") {
                assert_eq!(&status["deployments"][0][key], value, "{stage} {key}");
            }
        }
        let error = client
            .change(|tx| {
                tx.install("tree").idempotent();
            })
            .unwrap_err();
        assert_eq!(
            error.kind(),
            regraft::ErrorKind::Unsupported,
            "{stage}: {error}"
        );
        assert_eq!(
            std::fs::read_to_string(origin_path(&client)).unwrap(),
            golden
        );
        assert_eq!(client.state(), before);
    }
}
