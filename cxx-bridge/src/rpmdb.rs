//! The installed set inside a tree.

use crate::failure::{Refusal, guard};
use crate::handle::{self, Held, List};
use crate::package::{Lists, PackageFile};
use crate::sysroot::Sysroot;
use crate::values::all;
use crate::values::bridge::{Change, Dependency, Failure, Nevra};
use std::sync::{Mutex, MutexGuard};

#[cxx::bridge(namespace = "regraft::bridge")]
mod bridge {
    #[derive(Default)]
    struct InstalledFacts {
        nevra: Nevra,
        summary: String,
        license: String,
        vendor: String,
        source: String,
        size: u64,
        build_time: u64,
        install_time: u64,
        header_digest: String,
    }

    /// Which packages of a database.
    #[repr(u8)]
    enum Which {
        All,
        Keys,
        ByName,
        Providing,
        Owning,
    }

    unsafe extern "C++" {
        include!("regraft/src/values.rs.h");
        include!("regraft/src/package.rs.h");
        include!("regraft/src/sysroot.rs.h");

        type Change = crate::values::bridge::Change;
        type Dependency = crate::values::bridge::Dependency;
        type Failure = crate::values::bridge::Failure;
        type Lists = crate::package::Lists;
        type Nevra = crate::values::bridge::Nevra;
        type PackageFile = crate::package::PackageFile;
        type Sysroot = crate::sysroot::Sysroot;
    }

    extern "Rust" {
        type Installed;
        type InstalledList;
        type Rpmdb;

        fn rpmdb_open(path: &str, failure: &mut Failure) -> Box<Rpmdb>;
        fn rpmdb_of(sysroot: &Sysroot, rev: &str, failure: &mut Failure) -> Box<Rpmdb>;
        fn rpmdb_file(db: &Rpmdb, failure: &mut Failure) -> String;
        fn rpmdb_packages(
            db: &Rpmdb,
            which: Which,
            key: &str,
            failure: &mut Failure,
        ) -> Box<InstalledList>;
        fn rpmdb_nevras(db: &Rpmdb, failure: &mut Failure) -> Vec<Nevra>;
        fn rpmdb_diff(db: &Rpmdb, after: &Rpmdb, failure: &mut Failure) -> Vec<Change>;

        fn installed_count(list: &InstalledList, failure: &mut Failure) -> usize;
        fn installed_take(
            list: &InstalledList,
            index: usize,
            failure: &mut Failure,
        ) -> Box<Installed>;
        fn installed_facts(installed: &Installed, failure: &mut Failure) -> InstalledFacts;
        fn installed_json(installed: &Installed, failure: &mut Failure) -> String;
        fn installed_files(installed: &Installed, failure: &mut Failure) -> Vec<PackageFile>;
        fn installed_dependencies(
            installed: &Installed,
            list: Lists,
            failure: &mut Failure,
        ) -> Vec<Dependency>;
        fn installed_equal(installed: &Installed, other: &Installed, failure: &mut Failure)
        -> bool;
    }
}

use bridge::{InstalledFacts, Which};

/// A database: any thread. No question to it calls back, so that one can wait for another.
type Rpmdb = Held<Mutex<engine::Rpmdb>>;
/// An installed package: any thread.
type Installed = Held<engine::Installed>;
/// Installed packages, taken one after the other.
type InstalledList = List<engine::Installed>;

fn rpmdb_open(path: &str, failure: &mut Failure) -> Box<Rpmdb> {
    guard(failure, || {
        Ok(Held::new(Mutex::new(engine::Rpmdb::open(path)?)))
    })
}

fn rpmdb_of(sysroot: &Sysroot, rev: &str, failure: &mut Failure) -> Box<Rpmdb> {
    guard(failure, || {
        Ok(Held::new(Mutex::new(sysroot.get()?.rpmdb(rev)?)))
    })
}

/// For one question. A panic has spent it.
fn ask(db: &Rpmdb) -> Result<MutexGuard<'_, engine::Rpmdb>, Refusal> {
    db.get()?.lock().map_err(|_| Refusal::Spent)
}

fn rpmdb_file(db: &Rpmdb, failure: &mut Failure) -> String {
    guard(failure, || Ok(ask(db)?.file().to_string()))
}

fn rpmdb_packages(
    db: &Rpmdb,
    which: Which,
    key: &str,
    failure: &mut Failure,
) -> Box<InstalledList> {
    guard(failure, || {
        let db = ask(db)?;
        let found = match which {
            Which::All => db.packages(),
            Which::Keys => db.keys(),
            Which::ByName => db.by_name(key),
            Which::Providing => db.providing(key),
            Which::Owning => db.owning(key),
            other => return Err(Refusal::BadEnum("a question", other.repr)),
        };
        Ok(handle::list(found?))
    })
}

fn rpmdb_nevras(db: &Rpmdb, failure: &mut Failure) -> Vec<Nevra> {
    guard(failure, || Ok(all(&ask(db)?.nevras()?)))
}

fn rpmdb_diff(db: &Rpmdb, after: &Rpmdb, failure: &mut Failure) -> Vec<Change> {
    guard(failure, || {
        if std::ptr::eq(db, after) {
            let db = ask(db)?;
            return Ok(all(&db.diff(&db)?));
        }
        // In the order of their addresses: the reverse question would else wait for this one, and
        // this one for it.
        let (db, after) = if std::ptr::from_ref(db) < std::ptr::from_ref(after) {
            let db = ask(db)?;
            (db, ask(after)?)
        } else {
            let after = ask(after)?;
            (ask(db)?, after)
        };
        Ok(all(&db.diff(&after)?))
    })
}

fn installed_count(list: &InstalledList, failure: &mut Failure) -> usize {
    guard(failure, || list.len())
}

fn installed_take(list: &InstalledList, index: usize, failure: &mut Failure) -> Box<Installed> {
    guard(failure, || Ok(Held::new(list.take(index)?)))
}

fn installed_facts(installed: &Installed, failure: &mut Failure) -> InstalledFacts {
    guard(failure, || Ok(installed.get()?.into()))
}

fn installed_json(installed: &Installed, failure: &mut Failure) -> String {
    guard(failure, || Ok(installed.get()?.to_json()?.to_string()))
}

fn installed_files(installed: &Installed, failure: &mut Failure) -> Vec<PackageFile> {
    guard(failure, || Ok(all(&installed.get()?.files()?)))
}

fn installed_dependencies(
    installed: &Installed,
    list: Lists,
    failure: &mut Failure,
) -> Vec<Dependency> {
    guard(failure, || {
        let installed = installed.get()?;
        let found = match list {
            Lists::Provides => installed.provides(),
            Lists::Requires => installed.requires(),
            Lists::Conflicts => installed.conflicts(),
            Lists::Obsoletes => installed.obsoletes(),
            Lists::Recommends => installed.recommends(),
            Lists::Suggests => installed.suggests(),
            Lists::Supplements => installed.supplements(),
            Lists::Enhances => installed.enhances(),
            other => return Err(Refusal::BadEnum("a list", other.repr)),
        };
        Ok(all(&found))
    })
}

fn installed_equal(installed: &Installed, other: &Installed, failure: &mut Failure) -> bool {
    guard(failure, || Ok(installed.get()? == other.get()?))
}

impl From<&engine::Installed> for InstalledFacts {
    fn from(installed: &engine::Installed) -> InstalledFacts {
        InstalledFacts {
            nevra: installed.nevra().into(),
            summary: installed.summary(),
            license: installed.license(),
            vendor: installed.vendor(),
            source: installed.source(),
            size: installed.size(),
            build_time: installed.build_time(),
            install_time: installed.install_time(),
            header_digest: installed.header_digest(),
        }
    }
}
