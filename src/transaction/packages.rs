//! The packages of a base, and the solver's pool with them: from what an earlier transaction has
//! kept, or from the base's database.

use crate::commit::object::Commit;
use crate::commit::rpmdb::{self, Location};
use crate::error::Result;
use crate::nevra::Nevra;
use crate::package::candidate;
use crate::plan::Sized;
use crate::rpmdb::{Installed, Rpmdb};
use crate::sys::solv::{Kept, Pool};
use crate::sysroot::{Handle, Sysroot};
use camino::Utf8PathBuf;

/// The packages of a commit.
pub(crate) struct Packages {
    /// Sorted by NEVRA.
    pub(crate) list: Vec<Sized>,
    /// The commit's database.
    pub(crate) db: Rpmdb,
    /// What they were read with, when they were.
    installed: Option<Vec<Installed>>,
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
        if pool.load_installed(as_kept(&kept))? {
            let sizes = pool.installed_sizes().into_iter();
            return Ok(Packages {
                list: sizes
                    .map(|(package, size)| Sized { package, size })
                    .collect(),
                db,
                installed: None,
                pool: Some(pool),
                kept,
            });
        }
        let installed = db.packages()?;
        Ok(Packages {
            list: installed.iter().map(sized).collect(),
            db,
            installed: Some(installed),
            pool: None,
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
        let installed = match self.installed.take() {
            Some(installed) => installed,
            None => self.db.packages()?,
        };
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

fn sized(package: &Installed) -> Sized {
    Sized {
        package: package.nevra().clone(),
        size: package.size(),
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
