//! What rpm stores for a package, and what we store.

use super::{Root, assert_equal, dump, metadata, packages_below, run};
use crate::ErrorKind;
use crate::package::header::Header;
use crate::package::tag;
use crate::rpmdb::stored::stored_header;
use crate::rpmdb::{FileState, Installation, NewPackage, Rpmdb, Update, write};
use crate::testdata::testdata;
use std::collections::BTreeMap;

fn states(header: &Header) -> Vec<FileState> {
    let states = header.bytes(tag::FILESTATES).unwrap_or_default();
    states.iter().map(|number| FileState(*number)).collect()
}

/// Installs every package of the test data with rpm, one after the other, and does each step with
/// our own code to a database of ours.
#[test]
fn every_package_is_stored_as_rpm_stores_it() {
    let Some(folder) = testdata("rpms") else {
        return;
    };
    let mut files = packages_below(&folder);
    files.extend(packages_below(&testdata("rpm-ostree/inputs").unwrap()));
    let (theirs, ours) = (Root::new(), Root::new());
    let mut before: BTreeMap<u32, Vec<u8>> = BTreeMap::new();
    let (mut same, mut sources) = (0, 0);
    for file in &files {
        let metadata = metadata(file);
        assert!(theirs.install(file), "{file}");
        let db = Rpmdb::open(&theirs.path).unwrap();
        let mut all = db.packages().unwrap();
        all.extend(db.keys().unwrap());
        let after: BTreeMap<u32, Vec<u8>> = all
            .iter()
            .map(|package| (package.id(), package.header().blob().to_vec()))
            .collect();
        let added: Vec<_> = after.keys().filter(|id| !before.contains_key(id)).collect();
        let removed: Vec<_> = before
            .keys()
            .filter(|id| !after.contains_key(id))
            .copied()
            .collect();
        let Some(added) = added.first() else {
            // rpm unpacks a source package; we have no use for one.
            let source = stored_header(&super::new(&metadata), super::INSTALLATION, file.as_str());
            assert_eq!(source.unwrap_err().kind(), ErrorKind::Unsupported, "{file}");
            sources += 1;
            continue;
        };
        let stored = Header::parse(&after[*added], file.as_str()).unwrap();
        let number = |tag| u32::try_from(stored.number(tag).unwrap()).unwrap();
        let states = states(&stored);
        let new = NewPackage {
            metadata: &metadata,
            states: &states,
            color: number(tag::INSTALLCOLOR),
        };
        let installation = Installation {
            time: number(tag::INSTALLTIME),
            tid: number(tag::INSTALLTID),
        };
        let header = stored_header(&new, installation, file.as_str()).unwrap();
        for (our, their) in header.entries().iter().zip(stored.entries()) {
            assert_eq!(our, their, "{file}");
            assert_eq!(
                header.data(our),
                stored.data(their),
                "{file}: tag {}",
                our.tag
            );
        }
        assert_eq!(header.blob(), stored.blob(), "{file}");
        let out = ours.db();
        let update = Update {
            base: out.exists().then_some(&*out),
            base_wal: None,
            remove: &removed,
            add: &[new],
            installation,
        };
        run(|monitor| write(&out, &update, monitor)).unwrap();
        same += 1;
        before = after;
    }
    assert!(
        same > 100 && sources > 10,
        "{same} packages, {sources} source packages"
    );
    // rpm marks files of packages that later ones replaced: the headers were compared above.
    let index_tables = |root: &Root| {
        let mut tables = dump(&root.db());
        assert_eq!(tables.pop().unwrap().0, "Packages");
        tables
    };
    let found = index_tables(&ours);
    assert_equal(&found, &index_tables(&theirs), "after rpm -i");

    for (whose, root) in [("rpm's", &theirs), ("our", &ours)] {
        let rebuilt = Root::with(&root.db());
        rebuilt.ask("rpmdb", &["--rebuilddb"]);
        assert_equal(
            &found,
            &index_tables(&rebuilt),
            &format!("{whose} database, rebuilt"),
        );
    }
}
