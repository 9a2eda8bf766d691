//! Against what rpm-ostree itself made of the same packages.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::commit::object::Commit;
use crate::testdata::testdata;
use camino::{Utf8Path, Utf8PathBuf};
use serde_json::Value;
use std::process::Command;

/// A repository that is made without fsync.
fn repository(dir: &Utf8Path) -> ostree::Repo {
    let repo = ostree::Repo::new(&gio::File::for_path(dir));
    repo.create(ostree::RepoMode::Bare, gio::Cancellable::NONE)
        .unwrap();
    let config = repo.copy_config();
    config.set_boolean("core", "fsync", false);
    repo.write_config(&config).unwrap();
    open(dir)
}

fn open(dir: &Utf8Path) -> ostree::Repo {
    let repo = ostree::Repo::new(&gio::File::for_path(dir));
    repo.open(gio::Cancellable::NONE).unwrap();
    repo
}

struct Bed {
    scratch: tempfile::TempDir,
    repo: ostree::Repo,
}

impl Bed {
    fn new() -> Bed {
        let scratch = tempfile::tempdir().unwrap();
        let dir = Utf8Path::from_path(scratch.path()).unwrap();
        let repo = repository(&dir.join("repo"));
        Bed { scratch, repo }
    }

    fn path(&self, name: &str) -> Utf8PathBuf {
        Utf8Path::from_path(self.scratch.path()).unwrap().join(name)
    }

    /// The policy of the test data, through a tree in the repository.
    fn policy(&self, files: &Utf8Path) -> Policy {
        let to = self.path("tree/usr/etc");
        std::fs::create_dir_all(&to).unwrap();
        let copied = Command::new("cp")
            .args(["-r", files.as_str(), to.join("selinux").as_str()])
            .status();
        assert!(copied.unwrap().success());
        let committed = Command::new("ostree")
            .args(["commit", "--branch=policy", "--fsync=false", "--repo"])
            .args([&self.path("repo"), &self.path("tree")])
            .status();
        assert!(committed.unwrap().success());
        let commit = Commit::resolve(&self.repo, "policy").unwrap().unwrap();
        let scratch = self.path("policy");
        std::fs::create_dir(&scratch).unwrap();
        let policy = Policy::from_tree(&self.repo, commit.root, &scratch).unwrap();
        policy.expect("the tree has a policy")
    }

    fn import(
        &self,
        package: &Package,
        source: Option<&Source>,
        rules: &Rules<'_>,
    ) -> Result<Imported> {
        let txn = self.repo.auto_transaction(gio::Cancellable::NONE).unwrap();
        let imported = import(&self.repo, package, source, rules, &Monitor::silent())?;
        txn.commit(gio::Cancellable::NONE).unwrap();
        Ok(imported)
    }

    /// The commit that the cache has of a package.
    fn cached_commit(&self, package: &Package, rules: &Rules<'_>) -> Commit {
        let reference = cache_ref(package.nevra(), rules);
        Commit::resolve(&self.repo, &reference).unwrap().unwrap()
    }

    /// The referee.
    fn fsck(&self) {
        let status = Command::new("ostree")
            .args(["fsck", "--quiet", "--repo", self.path("repo").as_str()])
            .status();
        assert!(status.unwrap().success());
    }
}

/// What rpm-ostree wrote: the commit's facts and its metadata.
fn golden(file: &Utf8Path) -> (Value, Vec<Value>) {
    let json = std::fs::read(file).unwrap();
    let mut entries: Vec<Value> = serde_json::from_slice(&json).unwrap();
    (entries.remove(0), entries)
}

/// The repository's word for a package, from the golden metadata.
fn source(metadata: &[Value]) -> Option<Source> {
    let value = |key: &str| {
        let entry = metadata.iter().find(|entry| entry["key"] == key)?;
        entry["value"].as_str().map(str::to_owned)
    };
    let checksum = value("rpmostree.repodata_checksum")?;
    assert_eq!(
        value("rpmostree.repo").unwrap(),
        "{'id': <'corpus'>, 'timestamp': <uint64 1767571200>}"
    );
    Some(Source {
        id: "corpus".to_owned(),
        timestamp: 1_767_571_200,
        repodata_checksum: checksum.trim_matches('\'').to_owned(),
    })
}

/// Imports `rpm` and compares with the golden file: the tree, and each key in its order.
fn compare(bed: &Bed, rpm: &Utf8Path, file: &Utf8Path, rules: &Rules<'_>) {
    let (commit, metadata) = golden(file);
    let source = source(&metadata);
    let package = Package::open(rpm).unwrap();
    let imported = bed.import(&package, source.as_ref(), rules).unwrap();
    assert_eq!(imported.root.metadata.hex(), commit["dirmeta"], "{rpm}");
    assert_eq!(imported.root.contents.hex(), commit["dirtree"], "{rpm}");
    let made = bed.cached_commit(&package, rules);
    assert_eq!(made.root, imported.root);
    assert_eq!(made.timestamp, commit["timestamp_be"]);
    assert_eq!(made.parent, None);
    let mut keys = Vec::new();
    for (place, entry) in made.metadata.iter().enumerate() {
        let key = entry.child_value(0).str().unwrap().to_owned();
        let value = entry.child_value(1).as_variant().unwrap();
        if key.starts_with("regraft.") {
            continue;
        }
        let golden = &metadata[place];
        assert_eq!(golden["key"], key);
        assert_eq!(golden["type"], value.type_().as_str(), "{key}");
        assert_eq!(golden["size"], value.size(), "{key}");
        match golden["sha256"].as_str() {
            Some(digest) => {
                let bytes = value.fixed_array::<u8>().unwrap();
                assert_eq!(
                    crate::package::digest::Algorithm::Sha256.of(&[bytes]),
                    digest
                );
            }
            None => assert_eq!(golden["value"], value.print(true).as_str(), "{key}"),
        }
        keys.push(key);
    }
    assert_eq!(keys.len(), metadata.len());
    // Again: the same commit, and a hit in the cache.
    let again = bed.import(&package, source.as_ref(), rules).unwrap();
    assert_eq!(again.root, imported.root);
    let remade = bed.cached_commit(&package, rules);
    assert_eq!(remade.checksum, made.checksum);
    let header = package.header_digest();
    let nevra = package.nevra();
    let hit = |source: Option<&Source>, header: Option<&str>, rules: &Rules<'_>| {
        cached(&bed.repo, nevra, source, header, rules).unwrap()
    };
    let found = hit(source.as_ref(), Some(&header), rules).expect("a hit");
    assert_eq!(found.root, imported.root);
    assert_eq!(found.package.metadata_bytes(), package.metadata_bytes());
    assert!(hit(None, Some("0"), rules).is_none());
    let other = Source {
        id: "corpus".to_owned(),
        timestamp: 0,
        repodata_checksum: "sha256:0".to_owned(),
    };
    assert!(hit(Some(&other), None, rules).is_none());
    let documentation = Documentation::Drop;
    assert!(
        hit(
            None,
            None,
            &Rules {
                documentation,
                ..*rules
            }
        )
        .is_none()
    );
    if rules.policy.is_some() {
        assert!(
            hit(
                None,
                None,
                &Rules {
                    policy: None,
                    ..*rules
                }
            )
            .is_none()
        );
    }
}

/// The names of the golden files, and the packages that they are of.
const GOLDEN: [(&str, &str); 7] = [
    ("jq", "jq-1.6-2.1+deb12u3.x86_64"),
    ("less", "less-590-2.1~deb12u2.1.x86_64"),
    ("libjq1", "libjq1-1.6-2.1+deb12u3.x86_64"),
    ("libonig5", "libonig5-6.9.8-1.x86_64"),
    ("libxxhash0", "libxxhash0-0.8.1-1.x86_64"),
    ("rsync", "rsync-3.5.0+ds1-0+deb12u1.x86_64"),
    ("tree", "tree-2.1.0-1.x86_64"),
];

#[test]
fn trees_and_metadata_are_rpm_ostrees() {
    let Some(dir) = testdata("rpm-ostree") else {
        return;
    };
    let bed = Bed::new();
    let policy = bed.policy(&dir.join("inputs/selinux-policy-files"));
    let rules = Rules {
        policy: Some(&policy),
        ..Rules::default()
    };
    for (name, package) in GOLDEN {
        let rpm = dir.join(format!("inputs/{package}.rpm"));
        compare(&bed, &rpm, &dir.join(format!("pkg-{name}.json")), &rules);
    }
    bed.fsck();
}

#[test]
fn without_a_policy_there_are_no_labels() {
    let Some(dir) = testdata("rpm-ostree") else {
        return;
    };
    let bed = Bed::new();
    let rpm = dir.join("inputs/tree-2.1.0-1.x86_64.rpm");
    compare(
        &bed,
        &rpm,
        &dir.join("nosel/pkg-tree-no-selinux.json"),
        &Rules::default(),
    );
    bed.fsck();
}

/// Three files that rpm-ostree generated in the base; their objects are known from its listing.
#[test]
fn generated_tmpfiles_are_the_same_objects() {
    let Some(dir) = testdata("rpm-ostree") else {
        return;
    };
    let bed = Bed::new();
    let policy = bed.policy(&dir.join("inputs/selinux-policy-files"));
    let _txn = bed.repo.auto_transaction(gio::Cancellable::NONE).unwrap();
    for (package, path, mode, expected) in [
        (
            "libc-bin",
            "/var/cache/ldconfig",
            0o700,
            "f91232e4e71bedc9ab2a3f492127d400b8c5ff88303c40daa8eb46a58113e7f1",
        ),
        (
            "libpam-runtime",
            "/var/lib/pam",
            0o755,
            "f0c823234d9b8e2589142171e5617c26fd3c416acddf41a39f4ee1d2af752466",
        ),
        (
            "dracut-core",
            "/var/lib/dracut",
            0o755,
            "a8c3be73ae72d92cc8f7e09f29b00e09379221582ad7fc77adcdf5a8999a72cc",
        ),
        (
            "systemd",
            "/var/lib/systemd",
            0o755,
            "1d96803be4aea2cf1419a96948ecfd38112297b75269d2c5218e73e4d967da33",
        ),
    ] {
        let mut lines = Lines::default();
        lines.add(&PackageFile::new(path, libc::S_IFDIR | mode));
        let text = lines.text().unwrap();
        let mut sapling = Sapling::new(&bed.repo, Some(&policy), package).unwrap();
        let mut file = PackageFile::new("", libc::S_IFREG | 0o644);
        file.size = text.len() as u64;
        let place = format!("usr/lib/rpm-ostree/tmpfiles.d/{package}.conf");
        let mut written = None;
        sapling
            .add(&place, &file, &mut text.as_bytes(), &mut written)
            .unwrap();
        assert_eq!(written.unwrap().1.hex(), expected, "{package}: {text}");
    }
}

/// Every package of the test data: imported, or refused with a reason; never a panic.
#[test]
fn real_packages_are_imported_or_refused() {
    let Some(dir) = testdata("rpms") else {
        return;
    };
    let bed = Bed::new();
    let entries = crate::package::tests::entries(&dir.join("EXPECTED-rpm418.json"));
    let (mut imported, mut refused) = (0, Vec::new());
    for entry in &entries {
        let path = dir.join(entry["path"].as_str().unwrap());
        let package = Package::open(&path).unwrap();
        for outside in [Outside::Refuse, Outside::Skip] {
            let rules = Rules {
                outside,
                ..Rules::default()
            };
            match bed.import(&package, None, &rules) {
                Ok(first) => {
                    imported += 1;
                    let commit = bed.cached_commit(&package, &rules).checksum;
                    bed.import(&package, None, &rules).unwrap();
                    let again = bed.cached_commit(&package, &rules).checksum;
                    assert_eq!(commit, again, "{path}");
                    let header = package.header_digest();
                    let found =
                        cached(&bed.repo, package.nevra(), None, Some(&header), &rules).unwrap();
                    let found = found.expect("a hit");
                    assert_eq!(found.root, first.root);
                    assert_eq!(found.owners, first.owners);
                    break;
                }
                Err(error) => refused.push((error, outside, path.clone())),
            }
        }
    }
    println!("{imported} of {} imported", entries.len());
    for (error, outside, path) in &refused {
        println!("{outside:?} {}: {error}", path.file_name().unwrap());
        let explained = match error {
            Error::PathNotAllowed { .. } | Error::Unsupported { .. } => true,
            // One that rpm finds damaged too.
            Error::Corrupt { .. } => path.as_str().contains("corrupted"),
            _ => false,
        };
        assert!(explained, "{path}: {error:?}");
    }
    bed.fsck();
}

/// Threads with handles of their own import into one repository at once.
#[test]
fn threads_import_side_by_side() {
    let Some(dir) = testdata("rpm-ostree") else {
        return;
    };
    let bed = Bed::new();
    let policy = bed.policy(&dir.join("inputs/selinux-policy-files"));
    let rules = Rules {
        policy: Some(&policy),
        ..Rules::default()
    };
    let path = bed.path("repo");
    std::thread::scope(|scope| {
        for part in GOLDEN.chunks(2) {
            let (path, rules, dir) = (&path, &rules, &dir);
            scope.spawn(move || {
                let repo = open(path);
                let txn = repo.auto_transaction(gio::Cancellable::NONE).unwrap();
                for (_, package) in part {
                    let package = Package::open(dir.join(format!("inputs/{package}.rpm")));
                    let monitor = Monitor::silent();
                    import(&repo, &package.unwrap(), None, rules, &monitor).unwrap();
                }
                txn.commit(gio::Cancellable::NONE).unwrap();
            });
        }
    });
    for (name, package) in GOLDEN {
        let nevra: Nevra = package.parse().unwrap();
        let repo = open(&path);
        let found = cached(&repo, &nevra, None, None, &rules).unwrap().unwrap();
        let (commit, _) = golden(&dir.join(format!("pkg-{name}.json")));
        assert_eq!(found.root.contents.hex(), commit["dirtree"]);
    }
    bed.fsck();
}

/// Files in `/var`, owners, capabilities, links, documentation: what no golden package has.
#[test]
fn every_kind_of_file_goes_where_it_should() {
    use rpm::{FileOptions, PackageBuilder};
    let bed = Bed::new();
    let path = bed.path("odd.rpm");
    let mut builder = PackageBuilder::new("odd", "1", "MIT", "x86_64", "odd files");
    let file = |path: &str| FileOptions::new(path);
    builder
        .with_file_contents("x", file("/usr/bin/ping").caps("cap_net_raw=ep").unwrap())
        .unwrap()
        .with_file_contents("x", file("/etc/odd.conf").user("odd").group("adm"))
        .unwrap()
        .with_file_contents("x", file("/usr/share/doc/odd/README").doc())
        .unwrap()
        .with_file_contents("x", file("/sbin/odd").permissions(0o755))
        .unwrap()
        .with_file_contents("x", file("/boot/odd.img"))
        .unwrap()
        .with_file_contents("x", file("/opt/odd/data"))
        .unwrap()
        .with_file_contents("x", file("/var/lib/odd/db"))
        .unwrap()
        .with_dir_entry(
            FileOptions::dir("/var/lib/odd")
                .user("odd")
                .permissions(0o750),
        )
        .unwrap()
        .with_dir_entry(FileOptions::dir("/usr/share/odd").permissions(0o500))
        .unwrap()
        .with_file_contents("x", file("/usr/share/odd/below/it"))
        .unwrap()
        .with_symlink(FileOptions::symlink("/var/odd", "lib/odd"))
        .unwrap();
    builder.build().unwrap().write_file(&path).unwrap();
    let package = Package::open(&path).unwrap();
    let imported = bed.import(&package, None, &Rules::default()).unwrap();
    assert_eq!(dropped_paths(&package).unwrap(), ["/var/lib/odd/db"]);
    let reference = cache_ref(package.nevra(), &Rules::default());
    let owner = Owner {
        path: "usr/etc/odd.conf".to_owned(),
        user: "odd".to_owned(),
        group: "adm".to_owned(),
    };
    assert_eq!(imported.owners, [owner]);
    let listed = Command::new("ostree")
        .args([
            "ls",
            "-R",
            "-X",
            "--repo",
            bed.path("repo").as_str(),
            &reference,
        ])
        .output()
        .unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    let expected = "\
d00755 0 0      0 { @a(ayay) [] } /
d00755 0 0      0 { @a(ayay) [] } /usr
d00755 0 0      0 { @a(ayay) [] } /usr/bin
-00644 0 0      1 { [(b'security.capability', [byte 0x01, 0x00, 0x00, 0x02, 0x00, 0x20, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00])] } /usr/bin/ping
d00755 0 0      0 { @a(ayay) [] } /usr/etc
-00644 0 0      1 { @a(ayay) [] } /usr/etc/odd.conf
d00755 0 0      0 { @a(ayay) [] } /usr/lib
d00755 0 0      0 { @a(ayay) [] } /usr/lib/opt
d00755 0 0      0 { @a(ayay) [] } /usr/lib/opt/odd
-00644 0 0      1 { @a(ayay) [] } /usr/lib/opt/odd/data
d00755 0 0      0 { @a(ayay) [] } /usr/lib/ostree-boot
-00644 0 0      1 { @a(ayay) [] } /usr/lib/ostree-boot/odd.img
d00755 0 0      0 { @a(ayay) [] } /usr/lib/rpm-ostree
d00755 0 0      0 { @a(ayay) [] } /usr/lib/rpm-ostree/tmpfiles.d
-00644 0 0    101 { @a(ayay) [] } /usr/lib/rpm-ostree/tmpfiles.d/odd.conf
d00755 0 0      0 { @a(ayay) [] } /usr/sbin
-00755 0 0      1 { @a(ayay) [] } /usr/sbin/odd
d00755 0 0      0 { @a(ayay) [] } /usr/share
d00755 0 0      0 { @a(ayay) [] } /usr/share/doc
d00755 0 0      0 { @a(ayay) [] } /usr/share/doc/odd
-00644 0 0      1 { @a(ayay) [] } /usr/share/doc/odd/README
d00700 0 0      0 { @a(ayay) [] } /usr/share/odd
d00755 0 0      0 { @a(ayay) [] } /usr/share/odd/below
-00644 0 0      1 { @a(ayay) [] } /usr/share/odd/below/it
";
    assert_eq!(listed, expected);
    let lines = Command::new("ostree")
        .args(["cat", "--repo", bed.path("repo").as_str(), &reference])
        .arg("/usr/lib/rpm-ostree/tmpfiles.d/odd.conf")
        .output()
        .unwrap();
    assert_eq!(
        String::from_utf8(lines.stdout).unwrap(),
        "L /opt/odd - - - - ../../usr/lib/opt/odd\n\
         d /var/lib/odd 0750 odd root - -\n\
         L /var/odd - - - - lib/odd\n"
    );
    let documentation = Documentation::Drop;
    let rules = Rules {
        documentation,
        ..Rules::default()
    };
    let without = bed.import(&package, None, &rules).unwrap();
    let readme = "usr/share/doc/odd/README";
    let left_out = package.files().unwrap().into_iter().zip(&without.states);
    let left_out: Vec<String> = left_out
        .filter(|(_, state)| **state == FileState::NOT_INSTALLED)
        .map(|(file, _)| file.path)
        .collect();
    assert_eq!(left_out, ["/usr/share/doc/odd/README"]);
    assert!(imported.states.is_empty());
    let found = |root| crate::commit::tree::lookup(&bed.repo, root, readme).unwrap();
    assert!(found(imported.root).is_some() && found(without.root).is_none());
    bed.fsck();
}
