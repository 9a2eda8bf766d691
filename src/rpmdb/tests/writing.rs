//! Databases of ours.

use super::reading::rpm_ostree;
use super::{Root, assert_equal, dump, metadata, names, new, packages_below, run, update};
use crate::package::header::{Header, Kind};
use crate::package::tag;
use crate::rpmdb::stored::Value;
use crate::rpmdb::write::write_with;
use crate::rpmdb::{FileState, NewPackage, Rpmdb, Update, stored, write};
use crate::testdata::testdata;
use crate::{Action, ErrorKind};
use camino::Utf8PathBuf;
use sha1::Digest;

/// Packages of the test data that can be installed beside each other: each name once.
fn some_packages() -> Option<Vec<Vec<u8>>> {
    let files = packages_below(&testdata("rpm-ostree/inputs")?);
    let more = packages_below(&testdata("rpms/createrepo_c")?);
    let mut seen = std::collections::BTreeSet::new();
    let mut found = Vec::new();
    for file in files.iter().chain(&more) {
        let metadata = metadata(file);
        let header = stored::stored_header(&new(&metadata), super::INSTALLATION, file.as_str());
        let Ok(header) = header else { continue };
        if seen.insert(header.nevra("").unwrap().name) {
            found.push(metadata);
        }
    }
    assert!(found.len() > 12, "{}", found.len());
    Some(found)
}

fn bytes(file: &Utf8PathBuf) -> Vec<u8> {
    std::fs::read(file).unwrap()
}

#[test]
fn rpm_works_with_ours() {
    let Some(packages) = some_packages() else {
        return;
    };
    let root = Root::new();
    update(&root.db(), None, &[], &packages);
    let beside = root.db().parent().unwrap().read_dir_utf8().unwrap().count();
    assert_eq!(beside, 1, "files beside the database");

    assert_eq!(root.ask("rpmdb", &["--verifydb"]), "");
    let format = "%{name}-%|epoch?{%{epoch}:}:{}|%{version}-%{release}.%{arch}\n";
    let mut listed: Vec<_> = root
        .ask("rpm", &["-qa", "--qf", format])
        .lines()
        .map(str::to_owned)
        .collect();
    listed.sort();
    let db = Rpmdb::open(&root.path).unwrap();
    let mut ours: Vec<_> = names(&db)
        .iter()
        .map(|name| name.replace("-0:", "-"))
        .collect();
    ours.sort();
    let listed: Vec<_> = listed.iter().map(|name| name.replace("-0:", "-")).collect();
    assert_eq!(ours, listed);
    for package in db.packages().unwrap() {
        let name = &package.nevra().name;
        let provides = root.ask("rpm", &["-q", "--whatprovides", "--qf", "%{name}\n", name]);
        assert!(
            provides.lines().any(|line| line == name),
            "{name}: {provides}"
        );
        for file in package.files().unwrap().iter().take(3) {
            let owners = root.ask("rpm", &["-qf", "--qf", "%{name}\n", &file.path]);
            assert!(
                owners.lines().any(|line| line == name),
                "{}: {owners}",
                file.path
            );
        }
        // Every file is missing, which rpm can only say when it understands the entry.
        let verified = root.run("rpm", &["-V", "--nodeps", "--noscripts", name]);
        let verified = String::from_utf8(verified.stdout).unwrap();
        let there = |file: &&crate::PackageFile| !file.is_ghost() && !file.is_config();
        for file in package.files().unwrap().iter().filter(there).take(5) {
            assert!(
                verified.contains(&file.path),
                "{name}: {} in {verified}",
                file.path
            );
        }
        assert_eq!(package.install_time(), u64::from(super::INSTALLATION.time));
    }
    // rpm can go on from here.
    let first = names(&db).swap_remove(0);
    let count = names(&db).len();
    drop(db);
    let erase = ["-e", "--justdb", "--nodeps", "--noscripts", &first];
    assert!(root.run("rpm", &erase).status.success());
    assert_eq!(names(&Rpmdb::open(&root.path).unwrap()).len(), count - 1);
    assert_eq!(root.ask("rpmdb", &["--verifydb"]), "");
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let Some(packages) = some_packages() else {
        return;
    };
    let Some(base) = rpm_ostree("base") else {
        return;
    };
    let db = Rpmdb::open(base.db()).unwrap();
    let installed = db.packages().unwrap();
    // A removal of what has many rows and pages, too.
    let mut large: Vec<_> = installed.iter().collect();
    large.sort_by_key(|package| std::cmp::Reverse(package.header().blob().len()));
    let remove: Vec<u32> = large.iter().take(12).map(|package| package.id()).collect();
    let add: Vec<_> = packages.iter().map(|metadata| new(metadata)).collect();
    let input = Update {
        base: Some(&base.db()),
        base_wal: None,
        remove: &remove,
        add: &add,
        installation: super::INSTALLATION,
    };
    let root = Root::new();
    let out = |name: &str| root.path.join(name);
    // With a cache of ten pages SQLite writes pages again and again before the end.
    for (name, cache) in [("a", 65_536), ("b", 65_536), ("c", 40), ("d", 400)] {
        let out = out(name);
        run(|monitor| write_with(&out, &input, monitor, cache)).unwrap();
        assert!(bytes(&out) == bytes(&root.path.join("a")), "{name} differs");
    }
    let header = &bytes(&out("a"))[..100];
    assert_eq!(header[18..20], [1, 1]);
    assert_eq!(header[24..28], header[92..96]);
    for name in ["e", "f"] {
        update(&out(name), None, &[], &packages);
    }
    assert!(bytes(&out("e")) == bytes(&out("f")));
    // No trace of what was taken out.
    let file = bytes(&out("a"));
    let name = large[0].header().raw_strings(tag::SUMMARY)[0].to_vec();
    assert!(!file.windows(name.len()).any(|window| window == name));
}

#[test]
fn a_change_of_a_base_equals_one_from_scratch() {
    let Some(packages) = some_packages() else {
        return;
    };
    let (first, rest) = packages.split_at(5);
    let root = Root::new();
    let base = root.path.join("base");
    let out = root.path.join("out");
    update(&base, None, &[], first);
    let ids: Vec<u32> = Rpmdb::open(&base)
        .unwrap()
        .packages()
        .unwrap()
        .iter()
        .map(|package| package.id())
        .filter(|id| *id == 2 || *id == 4)
        .collect();
    update(&out, Some(&base), &ids, rest);
    let scratch = root.path.join("scratch");
    let kept: Vec<_> = [0, 2, 4]
        .iter()
        .map(|place| first[*place].clone())
        .collect();
    update(&scratch, None, &[], &[&kept, rest].concat());
    assert_equal(&dump(&out), &dump(&scratch), "incremental");
    let out = Root::with(&out);
    assert_eq!(out.ask("rpmdb", &["--verifydb"]), "");

    let missing = Update {
        base: Some(&base),
        base_wal: None,
        remove: &[99],
        add: &[],
        installation: super::INSTALLATION,
    };
    let result = root.path.join("none");
    let error = run(|monitor| write(&result, &missing, monitor)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt);
    assert!(!result.exists());
    assert_eq!(
        root.path
            .read_dir_utf8()
            .unwrap()
            .filter(|e| { e.as_ref().unwrap().file_name().starts_with('.') })
            .count(),
        0
    );
}

#[test]
fn a_layered_database_can_be_upgraded() {
    let Some(base) = rpm_ostree("layered") else {
        return;
    };
    let inputs = testdata("rpm-ostree/inputs").unwrap();
    let add = [
        metadata(&inputs.join("less-590-2.1~deb12u2.1.x86_64.rpm")),
        metadata(&inputs.join("jq-1.6-2.1+deb12u3.x86_64.rpm")),
    ];
    let db = Rpmdb::open(base.db()).unwrap();
    let find = |name: &str| db.by_name(name).unwrap()[0].id();
    let out = Root::new();
    update(
        &out.db(),
        Some(&base.db()),
        &[find("less"), find("rsync")],
        &add,
    );
    let after = Rpmdb::open(&out.path).unwrap();
    let changes: Vec<_> = db
        .diff(&after)
        .unwrap()
        .iter()
        .map(|change| (change.action, change.package.name.clone()))
        .collect();
    let expected = [
        (Action::Install, "jq".to_owned()),
        (Action::Upgrade, "less".to_owned()),
        (Action::Remove, "rsync".to_owned()),
    ];
    assert_eq!(changes, expected);
    assert_eq!(out.ask("rpmdb", &["--verifydb"]), "");
    assert_eq!(out.ask("rpm", &["-qa"]).lines().count(), 172);
    let before = dump(&out.db());
    out.ask("rpmdb", &["--rebuilddb"]);
    assert_equal(&before, &dump(&out.db()), "after rpmdb --rebuilddb");
}

#[test]
fn file_states_are_kept() {
    let Some(folder) = testdata("rpm-ostree/inputs") else {
        return;
    };
    let metadata = metadata(&folder.join("tree-2.1.0-1.x86_64.rpm"));
    let header = stored::stored_header(&new(&metadata), super::INSTALLATION, "tree").unwrap();
    let files = header.files("tree").unwrap();
    let states: Vec<_> = files
        .iter()
        .map(|file| match file.path.starts_with("/usr/share/") {
            true => FileState::NOT_INSTALLED,
            false => FileState::NORMAL,
        })
        .collect();
    let add = [NewPackage {
        metadata: &metadata,
        states: &states,
        color: 3,
    }];
    let input = Update {
        base: None,
        base_wal: None,
        remove: &[],
        add: &add,
        installation: super::INSTALLATION,
    };
    let root = Root::new();
    let out = root.db();
    run(|monitor| write(&out, &input, monitor)).unwrap();
    let listed = root.ask("rpm", &["-q", "--qf", "[%{filestates:fstate}\n]", "tree"]);
    for (line, state) in listed.lines().zip(&states) {
        let expected = match *state == FileState::NORMAL {
            true => "normal",
            false => "not installed",
        };
        assert_eq!(line, expected);
    }
    let db = Rpmdb::open(&root.path).unwrap();
    assert_eq!(db.owning("/usr/bin/tree").unwrap().len(), 1);
    let doc = files
        .iter()
        .find(|file| file.path.starts_with("/usr/share/"))
        .unwrap();
    assert!(db.owning(&doc.path).unwrap().is_empty());
    let wrong = [NewPackage {
        metadata: &metadata,
        states: &states[1..],
        color: 3,
    }];
    let input = Update {
        add: &wrong,
        ..input
    };
    let error = run(|monitor| write(&out, &input, monitor)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Internal);
}

/// The base that rpm left in WAL mode, with a log that holds the last change.
#[test]
fn an_unfinished_log_of_the_base_is_applied() {
    let Some(base) = rpm_ostree("base") else {
        return;
    };
    let db = rusqlite::Connection::open(base.db()).unwrap();
    db.execute_batch("PRAGMA wal_autocheckpoint = 0; PRAGMA foreign_keys = OFF")
        .unwrap();
    db.execute("UPDATE Name SET key = 'changed' WHERE key = 'bash'", [])
        .unwrap();
    let wal = Utf8PathBuf::from(format!("{}-wal", base.db()));
    let out = Root::new();
    let path = out.db();
    let mut found = Vec::new();
    for base_wal in [Some(&*wal), None] {
        let input = Update {
            base: Some(&base.db()),
            base_wal,
            remove: &[],
            add: &[],
            installation: super::INSTALLATION,
        };
        run(|monitor| write(&path, &input, monitor)).unwrap();
        let result = Rpmdb::open(&path).unwrap();
        found.push(result.by_name("changed").unwrap().len());
        assert_eq!(bytes(&path)[18..20], [1, 1]);
    }
    assert_eq!(found, [1, 0]);
}

/// What rpm would not read from its database is not written there.
#[test]
fn damaged_packages_are_refused() {
    let Some(folder) = testdata("rpm-ostree/inputs") else {
        return;
    };
    let whole = metadata(&folder.join("tree-2.1.0-1.x86_64.rpm"));
    for length in [0, 95, 104, 300, whole.len() / 2, whole.len() - 1] {
        let cut = &whole[..length];
        let error = stored::stored_header(&new(cut), super::INSTALLATION, "cut").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Corrupt, "{length}");
    }
    let mut state = 7_u64;
    let mut refused = 0;
    for round in 0..400 {
        let mut bytes = whole.clone();
        for _ in 0..3 {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            // The index of the main header, or anywhere.
            let range = if round % 2 == 0 {
                1200..2400
            } else {
                96..whole.len()
            };
            let place = range.start + (state >> 33) as usize % range.len();
            bytes[place] = (state >> 20) as u8;
        }
        let stored = stored::stored_header(&new(&bytes), super::INSTALLATION, "bad");
        match stored {
            Ok(header) => {
                for table in &super::super::index::TABLES {
                    let _ = super::super::index::rows(table, &header, "bad");
                }
                Header::parse(header.blob(), "bad").unwrap();
            }
            Err(_) => refused += 1,
        }
    }
    assert!(refused > 20, "{refused}");
}

/// A package with this many files, of which rpm would read the header.
fn synthetic(name: &str, files: usize) -> Vec<u8> {
    let dirs: Vec<String> = (0..files.div_ceil(20))
        .map(|dir| format!("/usr/share/{name}/part-{dir}/"))
        .collect();
    let bases: Vec<String> = (0..files)
        .map(|file| format!("{name}-file-{file}.data"))
        .collect();
    let texts = |texts: &[String]| {
        Value::strings(&texts.iter().map(|text| text.as_bytes()).collect::<Vec<_>>())
    };
    let same = |text: &[u8]| Value::strings(&vec![text; files]);
    let modes = Value {
        kind: Kind::Int16,
        count: files,
        bytes: [0x81, 0xa4].repeat(files),
    };
    let places: Vec<u32> = (0..files)
        .map(|file| u32::try_from(file / 20).unwrap())
        .collect();
    let main = [
        (tag::NAME, Value::string(name.as_bytes())),
        (tag::VERSION, Value::string(b"1")),
        (tag::RELEASE, Value::string(b"1")),
        (tag::BUILDTIME, Value::number(1)),
        (tag::SIZE, Value::number(1)),
        (tag::FILESIZES, Value::numbers(&vec![1; files])),
        (1021, Value::string(b"linux")),
        (tag::ARCH, Value::string(b"noarch")),
        (tag::FILEMODES, modes),
        (tag::FILEDIGESTS, same(&[b'a'; 64])),
        (tag::FILEUSERNAME, same(b"root")),
        (tag::FILEGROUPNAME, same(b"root")),
        (tag::SOURCERPM, Value::string(b"x.src.rpm")),
        (tag::PROVIDENAME, Value::strings(&[name.as_bytes()])),
        (tag::REQUIRENAME, Value::strings(&[b"/bin/sh", b"glibc"])),
        (tag::REQUIREFLAGS, Value::numbers(&[0, 0])),
        (tag::DIRINDEXES, Value::numbers(&places)),
        (tag::BASENAMES, texts(&bases)),
        (tag::DIRNAMES, texts(&dirs)),
    ];
    let main = sealed(tag::HEADER_IMMUTABLE, &main);
    let digest: String = sha1::Sha1::digest(&main)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let signature = [(tag::SHA1HEADER, Value::string(digest.as_bytes()))];
    let mut metadata = vec![0; 96];
    metadata[..4].copy_from_slice(&[0xed, 0xab, 0xee, 0xdb]);
    metadata.extend(sealed(tag::HEADER_SIGNATURES, &signature));
    metadata.resize(metadata.len().next_multiple_of(8), 0);
    metadata.extend(main);
    metadata
}

/// A header with magic and region.
fn sealed(region: u32, values: &[(u32, Value)]) -> Vec<u8> {
    let mut index: Vec<[u32; 4]> = vec![[region, 7, 0, 16]];
    let mut data = Vec::new();
    for (tag, value) in values {
        let width = value.kind.width().unwrap_or(1).max(1);
        data.resize(data.len().next_multiple_of(width), 0);
        let place = u32::try_from(data.len()).unwrap();
        index.push([
            *tag,
            value.kind.number(),
            place,
            u32::try_from(value.count).unwrap(),
        ]);
        data.extend(&value.bytes);
    }
    index[0][2] = u32::try_from(data.len()).unwrap();
    let size = u32::try_from(index.len() * 16).unwrap();
    data.extend(
        [region, 7, size.wrapping_neg(), 16]
            .iter()
            .flat_map(|n| n.to_be_bytes()),
    );
    let mut bytes = crate::package::header::MAGIC.to_vec();
    bytes.extend((size / 16).to_be_bytes());
    bytes.extend(u32::try_from(data.len()).unwrap().to_be_bytes());
    bytes.extend(index.as_flattened().iter().flat_map(|n| n.to_be_bytes()));
    bytes.extend(data);
    bytes
}

/// The cost of a change follows the change: 500 packages with 100,000 files are the base.
#[test]
fn a_small_change_of_a_large_base_changes_few_pages() {
    const PAGE: usize = 4096;
    let packages: Vec<_> = (0..500)
        .map(|number| synthetic(&format!("package{number}"), 200))
        .collect();
    let root = Root::new();
    let base = root.path.join("base");
    update(&base, None, &[], &packages);
    let out = root.db();
    update(
        &out,
        Some(&base),
        &[17, 300],
        &[synthetic("new", 200), synthetic("other", 50)],
    );
    let (before, after) = (bytes(&base), bytes(&out));
    let pages = before.chunks(PAGE).zip(after.chunks(PAGE));
    let changed = pages.filter(|(before, after)| before != after).count();
    let all = before.len() / PAGE;
    eprintln!("{changed} of {all} pages changed");
    assert!(changed * 20 < all, "{changed} of {all} pages changed");
    let db = Rpmdb::open(&out).unwrap();
    assert_eq!(db.packages().unwrap().len(), 500);
    let path = "/usr/share/package250/part-3/package250-file-70.data";
    assert_eq!(db.owning(path).unwrap()[0].nevra().name, "package250");
    assert_eq!(root.ask("rpmdb", &["--verifydb"]), "");
    let listed = root.ask("rpm", &["-qf", path]);
    assert_eq!(listed, "package250-1-1.noarch\n");
}
