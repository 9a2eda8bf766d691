//! Repositories: their metadata from XML or from the cache, and their file lists when needed.

use super::cache::{CacheFile, Part};
use super::ffi::{self, CRepo};
use super::stream::Unpacked;
use super::{PackageId, Pool};
use crate::error::{Error, Result};
use camino::{Utf8Path, Utf8PathBuf};
use std::fs::File;
use std::ptr::NonNull;

/// A repository's metadata files, checked against repomd.xml by whoever fetched them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RepositoryFiles {
    /// The id, as in the `.repo` file.
    pub(crate) id: String,
    /// dnf's `priority`: the lower number wins; 99 where nothing is said.
    pub(crate) priority: i32,
    /// dnf's `cost`: between equal packages the cheaper repository wins; 1000 where nothing is said.
    pub(crate) cost: i32,
    /// The primary metadata, compressed or not.
    pub(crate) primary: Utf8PathBuf,
    /// All packages' files; read only when a file is asked for that primary does not have.
    pub(crate) filelists: Option<Utf8PathBuf>,
    /// Advisories; not read by the solver.
    pub(crate) updateinfo: Option<Utf8PathBuf>,
    /// repomd.xml's checksum in hexadecimal, the key of the cache; empty for none.
    pub(crate) checksum: String,
    /// Packages not to use: names, NEVRAs or parts of these, `*` and `?` allowed.
    pub(crate) exclude: Vec<String>,
    /// When not empty, the only packages to use, in the same form.
    pub(crate) include: Vec<String>,
    /// Whether module streams filter no package of this repository.
    pub(crate) module_hotfixes: bool,
    /// How many bytes each file may unpack to: repomd.xml's `open-size`, or [`DEFAULT_LIMIT`].
    pub(crate) limit: u64,
}

/// How many bytes a metadata file may unpack to unless repomd.xml says: twice the largest file list
/// of Fedora, and just below what libsolv can count.
pub(crate) const DEFAULT_LIMIT: u64 = i32::MAX as u64 - 65_536;

impl RepositoryFiles {
    /// A repository of which nothing but its primary metadata is known.
    #[cfg(test)]
    pub(crate) fn new(id: impl Into<String>, primary: impl Into<Utf8PathBuf>) -> RepositoryFiles {
        RepositoryFiles {
            id: id.into(),
            priority: 99,
            cost: 1000,
            primary: primary.into(),
            filelists: None,
            updateinfo: None,
            checksum: String::new(),
            exclude: Vec::new(),
            include: Vec::new(),
            module_hotfixes: false,
            limit: DEFAULT_LIMIT,
        }
    }
}

/// A repository in a pool.
pub(super) struct Repository {
    pub(super) files: RepositoryFiles,
    raw: NonNull<CRepo>,
    cache: Option<Utf8PathBuf>,
    /// Whether the file lists are in the pool, or there are none.
    complete: bool,
}

impl Repository {
    pub(super) fn is(&self, raw: *mut CRepo) -> bool {
        self.raw.as_ptr() == raw
    }
}

impl Pool {
    /// Adds repositories, in an order of their own: the same ones give the same pool. With a
    /// folder for the cache, what was read there before is not parsed again.
    pub(crate) fn add_repositories(
        &mut self,
        repositories: &[RepositoryFiles],
        cache: Option<&Utf8Path>,
    ) -> Result<()> {
        let mut sorted: Vec<&RepositoryFiles> = repositories.iter().collect();
        sorted.sort_by_key(|files| (files.priority, files.cost, &files.id));
        for files in sorted {
            self.add_repository(files, cache)?;
        }
        Ok(())
    }

    /// Adds one repository. A failure leaves the pool as it was.
    pub(super) fn add_repository(
        &mut self,
        files: &RepositoryFiles,
        cache: Option<&Utf8Path>,
    ) -> Result<()> {
        let raw = self.create_repo(&files.id)?;
        // SAFETY: the repository was just made. libsolv's higher priority wins.
        unsafe {
            (*raw.as_ptr()).priority = files.priority.saturating_neg();
            (*raw.as_ptr()).subpriority = files.cost.saturating_neg();
        }
        let repository = Repository {
            files: files.clone(),
            raw,
            cache: cache.map(Utf8Path::to_owned),
            complete: files.filelists.is_none(),
        };
        match self.fill_repository(&repository) {
            Ok(()) => {
                self.exclude_by_configuration(&repository);
                self.repositories.push(repository);
                Ok(())
            }
            Err(error) => {
                // SAFETY: nothing else refers to it.
                unsafe { ffi::repo_free(raw.as_ptr(), 1) };
                Err(error)
            }
        }
    }

    fn fill_repository(&mut self, repository: &Repository) -> Result<()> {
        let files = &repository.files;
        let raw = repository.raw;
        let cached = repository.cache_file(Part::Primary);
        if let Some(file) = cached.as_ref().and_then(CacheFile::open) {
            return self.read_solv(raw, &file, Part::Primary);
        }
        let mut xml = Unpacked::open(&files.primary, files.limit)?;
        // SAFETY: the repository is ours, the stream is open, no language is wanted.
        let code = unsafe { ffi::repo_add_rpmmd(raw.as_ptr(), xml.raw(), std::ptr::null(), 0) };
        xml.check()?;
        if code != 0 {
            return Err(Error::corrupt(files.primary.as_str(), self.complaint()));
        }
        // SAFETY: the repository is ours.
        let count = unsafe { raw.as_ref().nsolvables };
        match xml.promised() {
            Some(promised) if i64::try_from(promised) != Ok(i64::from(count)) => {
                return Err(Error::corrupt(
                    files.primary.as_str(),
                    format!("it promises {promised} packages and has {count}"),
                ));
            }
            _ => {}
        }
        drop(xml);
        self.check_names(repository)?;
        // The texts' ids depend on how they came in, and with them what the solver takes among
        // equals: so it is always libsolv's own form that is read in the end.
        let mut solv = self.serialise(raw, None)?;
        // SAFETY: the repository is ours, and nothing refers to its packages yet.
        unsafe { ffi::repo_empty(raw.as_ptr(), 1) };
        self.read_solv(raw, &solv, Part::Primary)?;
        keep(cached.as_ref(), &mut solv);
        Ok(())
    }

    /// Names, versions and architectures become file names and refs: they must look like it.
    fn check_names(&self, repository: &Repository) -> Result<()> {
        for id in self.packages_of(repository.raw) {
            for text in [self.name(id), self.evr_text(id), self.package_arch(id)] {
                let fine = !text.is_empty()
                    && !text.starts_with('.')
                    && text
                        .bytes()
                        .all(|byte| byte.is_ascii_graphic() && byte != b'/');
                if !fine {
                    return Err(Error::corrupt(
                        repository.files.primary.as_str(),
                        format!(
                            "it has a package with the name {:?}",
                            self.nevra(id).to_string()
                        ),
                    ));
                }
            }
        }
        Ok(())
    }

    fn packages_of(&self, raw: NonNull<CRepo>) -> impl Iterator<Item = PackageId> + '_ {
        self.packages()
            .filter(move |id| self.solvable(*id).repo == raw.as_ptr())
    }

    fn exclude_by_configuration(&mut self, repository: &Repository) {
        let RepositoryFiles {
            exclude, include, ..
        } = &repository.files;
        if exclude.is_empty() && include.is_empty() {
            return;
        }
        let barred: Vec<PackageId> = self
            .packages_of(repository.raw)
            .filter(|id| {
                let names = |patterns: &[String]| {
                    patterns.iter().any(|pattern| self.is_meant(*id, pattern))
                };
                names(exclude) || (!include.is_empty() && !names(include))
            })
            .collect();
        self.exclude(barred);
    }

    /// Whether the pattern of an exclude names a package: its name, or that with the
    /// architecture, the version, the release, the epoch.
    pub(crate) fn is_meant(&self, id: PackageId, pattern: &str) -> bool {
        let (name, arch) = (self.name(id), self.package_arch(id));
        let evr = self.evr_text(id);
        let (epoch, version_release) = evr.split_once(':').unwrap_or(("0", evr));
        let version = version_release
            .rsplit_once('-')
            .map_or(version_release, |(version, _)| version);
        let is_glob = pattern.contains(['*', '?', '[']);
        [
            name.to_owned(),
            format!("{name}.{arch}"),
            format!("{name}-{version_release}.{arch}"),
            format!("{name}-{epoch}:{version_release}.{arch}"),
            format!("{name}-{version_release}"),
            format!("{name}-{epoch}:{version_release}"),
            format!("{name}-{version}"),
            format!("{name}-{epoch}:{version}"),
        ]
        .iter()
        .any(|text| match is_glob {
            true => super::glob_matches(pattern, text),
            false => text == pattern,
        })
    }

    /// Whether some repository has file lists that are not in the pool.
    pub(crate) fn lacks_filelists(&self) -> bool {
        self.repositories.iter().any(|one| !one.complete)
    }

    /// Reads all repositories' file lists that are not in the pool yet.
    pub(crate) fn load_filelists(&mut self) -> Result<()> {
        for index in 0..self.repositories.len() {
            if self.repositories[index].complete {
                continue;
            }
            self.load_filelist(index)?;
            self.repositories[index].complete = true;
            self.indexed = false;
        }
        Ok(())
    }

    fn load_filelist(&mut self, index: usize) -> Result<()> {
        let repository = &self.repositories[index];
        let raw = repository.raw;
        let Some(path) = &repository.files.filelists else {
            return Ok(());
        };
        let cached = repository.cache_file(Part::Filelists);
        if let Some(file) = cached.as_ref().and_then(CacheFile::open) {
            return self.read_solv(raw, &file, Part::Filelists);
        }
        let mut xml = Unpacked::open(path, repository.files.limit)?;
        // SAFETY: the repository is ours and the stream is open; "FL" is libsolv's word for a file
        // list, which extends the packages that are there.
        let code = unsafe {
            ffi::repo_add_rpmmd(
                raw.as_ptr(),
                xml.raw(),
                c"FL".as_ptr(),
                ffi::REPO_EXTEND_SOLVABLES,
            )
        };
        // SAFETY: the repository is ours; its last store is what was just added.
        let store = unsafe { raw.as_ref().nrepodata - 1 };
        let outcome = match (xml.check(), code) {
            (Ok(()), 0) => Ok(()),
            (Ok(()), _) => Err(Error::corrupt(path.as_str(), self.complaint())),
            (Err(error), _) => Err(error),
        };
        if outcome.is_err() {
            // SAFETY: half of a list is worse than none; nothing refers to the store.
            unsafe { ffi::repodata_free(ffi::repo_id2repodata(raw.as_ptr(), store)) };
        }
        outcome?;
        if cached.is_some() {
            let mut solv = self.serialise(raw, Some(store))?;
            keep(cached.as_ref(), &mut solv);
        }
        Ok(())
    }
}

/// Keeps a file for the next time. A cache that cannot be written costs time and nothing else.
fn keep(cache: Option<&CacheFile>, solv: &mut File) {
    if let Some(cache) = cache {
        let _ = cache.write(solv);
    }
}

impl Repository {
    fn cache_file(&self, part: Part) -> Option<CacheFile> {
        let folder = self.cache.as_ref()?;
        (!self.files.checksum.is_empty())
            .then(|| CacheFile::new(folder, &self.files.id, &self.files.checksum, part))
    }
}
