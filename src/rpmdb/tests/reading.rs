//! Databases of others.

use super::{Root, names};
use crate::ErrorKind;
use crate::package::tag;
use crate::rpmdb::{Installed, Rpmdb};
use crate::testdata::testdata;
use camino::{Utf8Path, Utf8PathBuf};
use serde_json::Value;

/// A folder with the test data's database of this name, unpacked.
fn sqlite(name: &str) -> Option<(Root, Utf8PathBuf)> {
    let folder = testdata("rpmdb/sqlite")?.join(name);
    let root = Root::new();
    let packed = folder.join("rpmdb.sqlite.zst");
    if packed.exists() {
        std::fs::write(root.db(), unpack(&packed)).unwrap();
    } else {
        std::fs::copy(folder.join("rpmdb.sqlite"), root.db()).unwrap();
    }
    Some((root, folder))
}

fn unpack(file: &Utf8Path) -> Vec<u8> {
    let mut decoder = zstd::Decoder::new(std::fs::File::open(file).unwrap()).unwrap();
    decoder.window_log_max(27).unwrap();
    let mut bytes = Vec::new();
    std::io::Read::read_to_end(&mut decoder, &mut bytes).unwrap();
    bytes
}

/// The three databases that rpm-ostree wrote, each in a root of its own.
pub(super) fn rpm_ostree(name: &str) -> Option<Root> {
    let tar = unpack(&testdata("rpm-ostree/rpmdbs.tar.zst")?);
    let member = format!("rpmdb-{name}.sqlite");
    let mut place = 0;
    loop {
        let header = &tar[place..place + 512];
        let size = std::str::from_utf8(&header[124..135]).unwrap();
        let size = usize::from_str_radix(size, 8).unwrap();
        if header.starts_with(member.as_bytes()) {
            let root = Root::new();
            std::fs::write(root.db(), &tar[place + 512..][..size]).unwrap();
            return Some(root);
        }
        place += 512 + size.next_multiple_of(512);
    }
}

fn lines(folder: &Utf8Path, name: &str) -> Vec<String> {
    let text = String::from_utf8(unpack(&folder.join(name))).unwrap();
    let mut lines: Vec<_> = text.lines().map(str::to_owned).collect();
    lines.sort();
    lines
}

/// As the test data writes it: `NAME-VERSION-RELEASE.ARCH`.
fn nvra(package: &Installed) -> String {
    let nevra = package.nevra();
    format!(
        "{}-{}-{}.{}",
        nevra.name, nevra.evr.version, nevra.evr.release, nevra.arch
    )
}

#[test]
fn databases_of_others_say_what_rpm_says() {
    for name in ["osquery-sqlite", "rpm-upstream-sqlite"] {
        let Some((root, folder)) = sqlite(name) else {
            return;
        };
        let db = Rpmdb::open(&root.path).unwrap();
        let packages = [db.packages().unwrap(), db.keys().unwrap()].concat();

        let expected = std::fs::read_to_string(folder.join("rpm-qa.json")).unwrap();
        let expected: Vec<Value> = serde_json::from_str(&expected).unwrap();
        assert_eq!(packages.len(), expected.len());
        for fact in &expected {
            let found = db.by_name(fact["name"].as_str().unwrap()).unwrap();
            let text = |key: &str| fact[key].as_str().unwrap_or_default().to_owned();
            let package = found
                .iter()
                .find(|package| package.nevra().evr.version == text("version"))
                .unwrap();
            let nevra = package.nevra();
            assert_eq!(nevra.evr.release, text("release"));
            // A public key has none.
            let arch = if nevra.name == "gpg-pubkey" {
                ""
            } else {
                &nevra.arch
            };
            assert_eq!(arch, text("arch"));
            assert_eq!(
                u64::from(nevra.evr.epoch),
                fact["epoch"].as_u64().unwrap_or(0)
            );
            assert_eq!(package.size(), fact["size"].as_u64().unwrap());
            assert_eq!(
                package.install_time(),
                fact["installtime"].as_u64().unwrap()
            );
            assert_eq!(package.header_digest(), text("sha1header"));
            assert_eq!(package.source(), text("sourcerpm"));
            assert_eq!(package.vendor(), text("vendor"));
        }

        let mut files = Vec::new();
        let mut requires = Vec::new();
        for package in &packages {
            let name = nvra(package);
            let states = package.header().bytes(tag::FILESTATES).unwrap_or_default();
            for (file, state) in package.files().unwrap().iter().zip(states) {
                files.push(format!(
                    "{name}\t{}\t{:o}\t{}\t{}\t{}\t{}\t{state}",
                    file.path, file.mode, file.user, file.group, file.digest, file.flags
                ));
            }
            requires.extend(
                package
                    .requires()
                    .iter()
                    .map(|needs| format!("{name}\t{needs}")),
            );
        }
        files.sort();
        requires.sort();
        let expected = lines(&folder, "rpm-files.tsv.zst");
        assert_eq!(files, expected);
        let expected: Vec<_> = lines(&folder, "rpm-requires.tsv.zst")
            .iter()
            .map(|line| line.trim_end().to_owned())
            .collect();
        assert_eq!(requires, expected);
        // Nothing was left beside the file.
        let beside = root.db().parent().unwrap().read_dir_utf8().unwrap().count();
        assert_eq!(beside, 1);
    }
}

#[test]
fn the_databases_of_rpm_ostree_are_listed_searched_and_compared() {
    let Some(layered) = rpm_ostree("layered") else {
        return;
    };
    for name in ["base", "layered", "override"] {
        let root = rpm_ostree(name).unwrap();
        let db = Rpmdb::open(&root.path).unwrap();
        let mut found: Vec<_> = db.packages().unwrap().iter().map(nvra).collect();
        found.sort();
        let list = testdata(&format!("rpm-ostree/rpmdb-{name}/rpm-qa.txt")).unwrap();
        let list = std::fs::read_to_string(list).unwrap();
        let mut expected: Vec<_> = list.lines().map(str::to_owned).collect();
        expected.sort();
        assert_eq!(found, expected);
    }
    let db = Rpmdb::open(layered.db()).unwrap();
    let ask = |arguments: &[&str]| {
        let output = layered.run("rpm", &[&["-q", "--qf", "%{name}\n"], arguments].concat());
        let mut names: Vec<_> = String::from_utf8(output.stdout)
            .unwrap()
            .lines()
            .map(str::to_owned)
            .collect();
        names.retain(|line| !line.contains(' '));
        names.sort();
        names.dedup();
        names
    };
    let plain = |packages: Vec<Installed>| {
        let mut names: Vec<_> = packages
            .iter()
            .map(|package| package.nevra().name.clone())
            .collect();
        names.sort();
        names.dedup();
        names
    };
    let mut hits = 0;
    for package in db.packages().unwrap().iter().step_by(9) {
        for file in package.files().unwrap().iter().step_by(97) {
            let expected = ask(&["-f", "--", &file.path]);
            assert_eq!(
                plain(db.owning(&file.path).unwrap()),
                expected,
                "{}",
                file.path
            );
            hits += expected.len();
        }
        for provided in package.provides().iter().take(2) {
            let expected = ask(&["--whatprovides", &provided.name]);
            assert_eq!(plain(db.providing(&provided.name).unwrap()), expected);
            hits += expected.len();
            let with_version = plain(db.providing(&provided.to_string()).unwrap());
            assert!(with_version.contains(&package.nevra().name), "{provided}");
        }
    }
    assert!(hits > 30);
    assert!(db.providing("rsync > 100").unwrap().is_empty());
    assert_eq!(plain(db.providing("rsync >= 3").unwrap()), ["rsync"]);
    assert!(db.owning("/nonexistent").unwrap().is_empty());
    assert!(db.by_name("nonexistent").unwrap().is_empty());

    let base = rpm_ostree("base").unwrap();
    let base = Rpmdb::open(base.db()).unwrap();
    let changes = base.diff(&db).unwrap();
    let text: Vec<_> = changes
        .iter()
        .map(|change| format!("{} {}", change.action, change.package.name))
        .collect();
    assert_eq!(
        text,
        ["install libxxhash0", "install rsync", "install tree"]
    );
    let back = db.diff(&base).unwrap();
    assert!(
        back.iter()
            .all(|change| change.action == crate::Action::Remove)
    );
}

#[test]
fn what_is_no_sqlite_database_is_told_apart() {
    let Some(folder) = testdata("rpmdb") else {
        return;
    };
    let empty = Root::new();
    assert_eq!(
        Rpmdb::open(&empty.path).unwrap_err().kind(),
        ErrorKind::NotFound
    );
    assert_eq!(
        Rpmdb::open(empty.path.join("x")).unwrap_err().kind(),
        ErrorKind::NotFound
    );
    for backend in ["ndb", "bdb"] {
        for entry in folder.join(backend).read_dir_utf8().unwrap() {
            let entry = entry.unwrap().into_path();
            for (name, packed) in [
                ("Packages.db", entry.join("Packages.db.zst")),
                ("Packages.db", entry.join("Packages.db")),
                ("Packages", entry.join("Packages.zst")),
                ("Packages", entry.join("Packages")),
            ] {
                if !packed.exists() {
                    continue;
                }
                let root = Root::new();
                let file = root.db().with_file_name(name);
                match packed.extension() {
                    Some("zst") => std::fs::write(&file, unpack(&packed)).unwrap(),
                    _ => drop(std::fs::copy(&packed, &file).unwrap()),
                }
                for path in [&root.path, root.db().parent().unwrap()] {
                    let error = Rpmdb::open(path).unwrap_err();
                    assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
                }
                std::fs::rename(&file, root.db()).unwrap();
                let error = Rpmdb::open(root.db()).unwrap_err();
                assert_ne!(error.kind(), ErrorKind::NotFound, "{error}");
            }
        }
    }
    let (root, _) = sqlite("claircore-no-packages").unwrap();
    let error = Rpmdb::open(&root.path).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt);
    assert!(error.to_string().contains("rpmdb.sqlite"), "{error}");
}

/// Whatever is damaged, the answer is right or an error, and it comes.
#[test]
fn damage_is_an_error() {
    let Some((root, _)) = sqlite("rpm-upstream-sqlite") else {
        return;
    };
    let whole = std::fs::read(root.db()).unwrap();
    let ask = || -> crate::Result<usize> {
        let db = Rpmdb::open(root.db())?;
        let packages = [db.packages()?, db.keys()?].concat();
        for package in &packages {
            package.files()?;
            db.by_name(&package.nevra().name)?;
            db.providing(&package.nevra().name)?;
        }
        db.owning("/foo")?;
        Ok(packages.len())
    };
    assert_eq!(ask().unwrap(), 3);
    let mut errors = 0;
    let mut check = |bytes: &[u8]| {
        std::fs::write(root.db(), bytes).unwrap();
        if let Err(error) = ask() {
            // Unsupported is a path that is no longer UTF-8.
            let expected = [ErrorKind::Corrupt, ErrorKind::Unsupported];
            assert!(expected.contains(&error.kind()), "{error}");
            assert!(error.to_string().contains("rpmdb.sqlite"), "{error}");
            errors += 1;
        }
    };
    for length in [
        0,
        50,
        100,
        512,
        4096,
        5000,
        40_960,
        whole.len() - 4096,
        whole.len() - 1,
    ] {
        check(&whole[..length]);
    }
    let mut state = 1_u64;
    for _ in 0..300 {
        let mut bytes = whole.clone();
        for _ in 0..40 {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            let place = (state >> 33) as usize % bytes.len();
            bytes[place] = (state >> 20) as u8;
        }
        check(&bytes);
    }
    assert!(errors > 50, "{errors}");
}

#[test]
fn a_link_does_not_lead_out_of_the_root() {
    let Some((outside, _)) = sqlite("rpm-upstream-sqlite") else {
        return;
    };
    let root = Root::new();
    std::fs::create_dir_all(root.path.join("usr/lib/sysimage")).unwrap();
    std::fs::create_dir_all(root.path.join("usr/share")).unwrap();
    let link = |target: &str| {
        let _ = std::fs::remove_file(root.path.join("usr/share/rpm"));
        std::os::unix::fs::symlink(target, root.path.join("usr/share/rpm")).unwrap();
    };
    link(outside.path.join("var/lib/rpm").as_str());
    assert_eq!(
        Rpmdb::open(&root.path).unwrap_err().kind(),
        ErrorKind::NotFound
    );
    std::fs::create_dir_all(root.path.join("usr/lib/sysimage/rpm")).unwrap();
    std::fs::copy(
        outside.db(),
        root.path.join("usr/lib/sysimage/rpm/rpmdb.sqlite"),
    )
    .unwrap();
    for target in ["/usr/lib/sysimage/rpm", "../lib/sysimage/rpm"] {
        link(target);
        let db = Rpmdb::open(&root.path).unwrap();
        assert_eq!(names(&db).len(), 3);
        assert!(db.file().starts_with(&root.path));
    }
}

/// A log that still holds changes is taken into account, and left as it is.
#[test]
fn an_unfinished_log_is_read() {
    let Some((root, _)) = sqlite("rpm-upstream-sqlite") else {
        return;
    };
    let db = rusqlite::Connection::open(root.db()).unwrap();
    db.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; PRAGMA foreign_keys = OFF;",
    )
    .unwrap();
    db.execute(
        "DELETE FROM Packages WHERE hnum = (SELECT min(hnum) FROM Packages)",
        [],
    )
    .unwrap();
    let copy = Root::with(&root.db());
    let wal = super::super::sqlite::wal_of(&copy.db());
    std::fs::copy(super::super::sqlite::wal_of(&root.db()), &wal).unwrap();
    assert_eq!(names(&Rpmdb::open(&copy.path).unwrap()).len(), 2);
    assert!(wal.exists());
    std::fs::remove_file(&wal).unwrap();
    assert_eq!(names(&Rpmdb::open(&copy.path).unwrap()).len(), 3);
}
