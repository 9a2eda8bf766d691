//! An installed set that is kept between runs.
//!
//! Making one of hundreds of headers takes much longer than all else that a solver does, and the
//! base of a system changes only when it is upgraded. So it is kept in libsolv's own form, like
//! the repositories (see `cache`): `CHECKSUM-installed.solv`, the checksum being that of the
//! database that the set was read from.
//!
//! What files its packages need of each other is found once, too, and noted as libsolv's own tools
//! do it; otherwise every run would search all files of the set.

use super::cache::{CacheFile, Part};
use super::candidate::INSTALLED;
use super::ffi::{self, CRepo};
use super::queue::Queue;
use super::{Candidate, Pool};
use crate::error::Result;
use crate::nevra::Nevra;
use camino::Utf8Path;
use std::ptr::NonNull;

/// Where an installed set is kept.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kept<'a> {
    /// A folder for nothing else.
    pub(crate) folder: &'a Utf8Path,
    /// The name of what the set was read from: other content has another name.
    pub(crate) checksum: &'a str,
}

/// So many sets are kept: those that a system changes between, and no history.
const KEPT: usize = 6;

impl Pool {
    /// Says which packages are installed, as an earlier [`Pool::set_installed_kept`] has left them;
    /// returns whether there was one. Call it before anything else is added.
    pub(crate) fn load_installed(&mut self, kept: Kept<'_>) -> Result<bool> {
        let cache = CacheFile::new(kept.folder, kept.checksum, kept.checksum, Part::Installed);
        let Some(file) = cache.open() else {
            return Ok(false);
        };
        let repo = self.installed_repo()?;
        self.read_solv(repo, &file, Part::Installed)?;
        Ok(true)
    }

    /// [`Pool::set_installed`], and keeps the set for [`Pool::load_installed`] when what
    /// [`Pool::installed_sizes`] says of it is `right`: libsolv has one text for a whole version, and
    /// a hostile one may mean something else when it is taken apart.
    pub(crate) fn set_installed_kept(
        &mut self,
        packages: Vec<Candidate>,
        kept: Kept<'_>,
        right: impl FnOnce(&[(Nevra, u64)]) -> bool,
    ) -> Result<()> {
        let repo = self.installed_repo()?;
        self.add_candidates(repo, &packages)?;
        drop(packages);
        self.note_needed_files(repo);
        // Texts' ids depend on how they came in, and with them what the solver takes among equals:
        // so it is always the kept form that is read in the end.
        let mut solv = self.serialise(repo, None)?;
        // SAFETY: the repository is ours, and nothing refers to its packages yet.
        unsafe { ffi::repo_empty(repo.as_ptr(), 1) };
        self.read_solv(repo, &solv, Part::Installed)?;
        if !right(&self.installed_sizes()) {
            return Ok(());
        }
        let cache = CacheFile::new(kept.folder, kept.checksum, kept.checksum, Part::Installed);
        // A cache that cannot be written costs time and nothing else.
        if cache.write(&mut solv).is_ok() {
            forget_old(kept.folder);
        }
        Ok(())
    }

    /// The installed packages, sorted, with the bytes that their files take.
    pub(crate) fn installed_sizes(&self) -> Vec<(Nevra, u64)> {
        let size = |id| self.number(id, ffi::SOLVABLE_INSTALLSIZE);
        self.installed()
            .map(|id| (self.nevra(id), size(id)))
            .collect()
    }

    pub(super) fn installed_repo(&mut self) -> Result<NonNull<CRepo>> {
        let repo = self.create_repo(INSTALLED)?;
        // SAFETY: the repository is one of this pool's.
        unsafe { ffi::pool_set_installed(self.raw.as_ptr(), repo.as_ptr()) };
        Ok(repo)
    }

    /// Adds to what packages provide the files of theirs that some of them needs, and says so in
    /// the set. No other repository may be there yet.
    fn note_needed_files(&mut self, repo: NonNull<CRepo>) {
        let (mut all, mut noted) = (Queue::new(), Queue::new());
        // SAFETY: the pool, the repository and both queues are ours. The new store is complete when
        // it is closed.
        unsafe {
            ffi::pool_addfileprovides_queue(self.raw.as_ptr(), all.raw(), noted.raw());
            // Those that no package has were searched for, too.
            let data = ffi::repo_add_repodata(repo.as_ptr(), 0);
            let key = ffi::REPOSITORY_ADDEDFILEPROVIDES;
            ffi::repodata_set_idarray(data, ffi::SOLVID_META, key, noted.raw());
            ffi::repodata_internalize(data);
        }
        self.indexed = false;
    }
}

/// Removes the sets that were written longest ago.
fn forget_old(folder: &Utf8Path) {
    let Ok(entries) = folder.read_dir_utf8() else {
        return;
    };
    let mut sets: Vec<_> = entries
        .flatten()
        .filter(|entry| entry.file_name().ends_with("-installed.solv"))
        .filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry)))
        .collect();
    sets.sort_by_key(|(time, _)| std::cmp::Reverse(*time));
    for (_, old) in sets.iter().skip(KEPT) {
        let _ = std::fs::remove_file(old.path());
    }
}
