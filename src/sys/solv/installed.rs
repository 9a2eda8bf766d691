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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::sys::solv::DependencyKind;

    fn packages() -> Vec<Candidate> {
        let package = |nevra: &str| Candidate::new(nevra.parse::<Nevra>().unwrap());
        let mut shell = package("shell-2:1.0-1.x86_64");
        shell.files = ["/usr/bin/sh", "/usr/bin/other", "/usr/share/doc"]
            .map(str::to_owned)
            .to_vec();
        shell.installed_size = 77;
        let mut user = package("user-1.0-1.noarch");
        user.requires = ["/usr/bin/sh", "/usr/bin/none", "shell >= 2:0.5"]
            .map(|text| text.parse().unwrap())
            .to_vec();
        vec![user, shell]
    }

    fn provides(pool: &Pool) -> Vec<Vec<String>> {
        let ids: Vec<_> = pool.installed().collect();
        ids.into_iter().map(|id| pool.provides_texts(id)).collect()
    }

    #[test]
    fn a_kept_set_is_the_same() {
        let dir = tempfile::tempdir().unwrap();
        let kept = Kept {
            folder: Utf8Path::from_path(dir.path()).unwrap(),
            checksum: "abc",
        };
        let mut made = Pool::new("x86_64").unwrap();
        assert!(!made.load_installed(kept).unwrap());
        let list = [
            ("shell-2:1.0-1.x86_64".parse().unwrap(), 77),
            ("user-1.0-1.noarch".parse().unwrap(), 0),
        ];
        made.set_installed_kept(packages(), kept, |sizes| sizes == list)
            .unwrap();
        let mut loaded = Pool::new("x86_64").unwrap();
        assert!(loaded.load_installed(kept).unwrap());
        assert_eq!(loaded.installed_sizes(), list);
        assert_eq!(provides(&loaded), provides(&made));
        // The file that is needed is found without a search, and others with one.
        assert!(provides(&loaded)[0].contains(&"/usr/bin/sh".to_owned()));
        for pool in [&mut made, &mut loaded] {
            for (file, owners) in [("/usr/bin/sh", 1), ("/usr/bin/none", 0)] {
                let file = file.parse().unwrap();
                assert_eq!(pool.what_provides(&file).unwrap().len(), owners);
            }
            for file in ["/usr/bin/other", "/usr/share/doc"] {
                assert_eq!(pool.owners(file, false).unwrap().len(), 1);
            }
            let user = pool.installed().nth(1).unwrap();
            assert_eq!(pool.dependencies(user, DependencyKind::Requires).len(), 3);
        }
        // A file that only a later package needs.
        let mut later = Candidate::new("later-1-1.noarch".parse().unwrap());
        later.requires = vec!["/usr/bin/other".parse().unwrap()];
        loaded.add_local(later).unwrap();
        let other = "/usr/bin/other".parse().unwrap();
        assert_eq!(loaded.what_provides(&other).unwrap().len(), 1);
    }

    #[test]
    fn what_is_damaged_or_wrong_is_not_used() {
        let dir = tempfile::tempdir().unwrap();
        let folder = Utf8Path::from_path(dir.path()).unwrap();
        let load = |checksum: &str| {
            let mut pool = Pool::new("x86_64").unwrap();
            pool.load_installed(Kept { folder, checksum }).unwrap()
        };
        let make = |checksum: &str, right| {
            let mut pool = Pool::new("x86_64").unwrap();
            pool.set_installed_kept(packages(), Kept { folder, checksum }, |_| right)
                .unwrap();
            pool.installed().count()
        };
        assert_eq!(make("wrong", false), 2);
        assert!(!load("wrong"));
        assert_eq!(make("one", true), 2);
        assert!(load("one"));
        let path = folder.join("one-installed.solv");
        let whole = std::fs::read(&path).unwrap();
        for place in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[place] ^= 1;
            std::fs::write(&path, &damaged).unwrap();
            assert!(!load("one"), "{place}");
            std::fs::write(&path, &whole[..place]).unwrap();
            assert!(!load("one"), "{place}");
        }
        // Another base's.
        std::fs::write(folder.join("two-installed.solv"), &whole).unwrap();
        assert!(!load("two"));
        for number in 0..2 * KEPT {
            make(&format!("many{number}"), true);
        }
        assert_eq!(folder.read_dir_utf8().unwrap().count(), KEPT);
        assert!(load(&format!("many{}", 2 * KEPT - 1)));
    }
}
