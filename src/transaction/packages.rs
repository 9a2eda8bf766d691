//! The packages of a base, and the solver's pool with them: from what an earlier transaction has
//! kept, or from the base's database.

use crate::commit::object::Commit;
use crate::commit::rpmdb::{self, Location};
use crate::error::Result;
use crate::nevra::Nevra;
use crate::package::candidate;
use crate::plan::Sized;
use crate::rpmdb::Rpmdb;
use crate::sys::solv::{Kept, Pool};
use crate::sysroot::{Handle, Sysroot};
use camino::Utf8PathBuf;

/// The packages of a commit.
pub(crate) struct Packages {
    /// Sorted by NEVRA.
    pub(crate) list: Vec<Sized>,
    /// The commit's database.
    pub(crate) db: Rpmdb,
    pool: Option<Pool>,
    kept: (Utf8PathBuf, String),
}

impl Packages {
    /// Those of a commit.
    pub(crate) fn of(sysroot: &Sysroot, handle: &Handle, commit: &Commit) -> Result<Packages> {
        let name = format!("the commit {}", commit.checksum);
        let location = rpmdb::locate(&handle.repo, commit.root, &name)?;
        let db = rpmdb::open_at(&handle.repo, commit, &location)?;
        let kept = (sysroot.data().join("installed"), key(&location));
        let mut pool = Pool::new(std::env::consts::ARCH)?;
        let there = pool.load_installed(as_kept(&kept))?;
        let sizes = match there {
            true => pool.installed_sizes(),
            false => db.sizes()?,
        };
        let sized = |(package, size)| Sized { package, size };
        Ok(Packages {
            list: sizes.into_iter().map(sized).collect(),
            db,
            pool: there.then_some(pool),
            kept,
        })
    }

    /// Whether there is one of this name.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.list.iter().any(|one| one.package.name == name)
    }

    /// A pool with these packages as the installed ones, which are kept for the next time.
    pub(crate) fn take_pool(&mut self) -> Result<Pool> {
        if let Some(pool) = self.pool.take() {
            return Ok(pool);
        }
        let installed = self.db.packages()?;
        let candidates = installed
            .iter()
            .map(|package| candidate::of(package.header(), package.nevra()))
            .collect::<Result<Vec<_>>>()?;
        drop(installed);
        let mut pool = Pool::new(std::env::consts::ARCH)?;
        let list = self.list.iter().map(|one| (one.package.clone(), one.size));
        let same = |sizes: &[(Nevra, u64)]| list.eq(sizes.iter().cloned());
        pool.set_installed_kept(candidates, as_kept(&self.kept), same)?;
        Ok(pool)
    }
}

/// The database's content, as a file name.
fn key(location: &Location) -> String {
    match location.wal {
        Some(wal) => format!("{}-{wal}", location.file),
        None => location.file.to_string(),
    }
}

fn as_kept((folder, checksum): &(Utf8PathBuf, String)) -> Kept<'_> {
    Kept { folder, checksum }
}
