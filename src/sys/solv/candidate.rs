//! Packages from rpm headers: the installed set and local files.

use super::ffi::{self, Id};
use super::{DependencyKind, PackageId, Pool, c_string};
use crate::dependency::Dependency;
use crate::error::{Error, Result};
use crate::nevra::Nevra;
use std::ptr::NonNull;

/// One package as the solver sees it, made from an rpm header.
#[derive(Debug, Clone)]
pub(crate) struct Candidate {
    /// The identity.
    pub(crate) nevra: Nevra,
    /// The vendor; no vendor is special here.
    pub(crate) vendor: Option<String>,
    /// What it provides, its own name included or not.
    pub(crate) provides: Vec<Dependency>,
    /// What it requires; `rpmlib(...)` is dropped here, whoever gives it.
    pub(crate) requires: Vec<Dependency>,
    /// Those of `requires` that its scriptlets need (rpm's flags `PREREQ`, `SCRIPT_PRE`,
    /// `SCRIPT_POST`): they decide where packages need each other in a circle. An entry may be in
    /// `requires` too, or here alone.
    pub(crate) prerequires: Vec<Dependency>,
    /// What it conflicts with.
    pub(crate) conflicts: Vec<Dependency>,
    /// What it obsoletes.
    pub(crate) obsoletes: Vec<Dependency>,
    /// What it recommends.
    pub(crate) recommends: Vec<Dependency>,
    /// What it suggests.
    pub(crate) suggests: Vec<Dependency>,
    /// What it supplements.
    pub(crate) supplements: Vec<Dependency>,
    /// What it enhances.
    pub(crate) enhances: Vec<Dependency>,
    /// The paths of its files, each beginning with `/`.
    pub(crate) files: Vec<String>,
    /// Bytes that its files take.
    pub(crate) installed_size: u64,
    /// When it was built, in seconds since 1970.
    pub(crate) build_time: u64,
    /// rpm's `SHA1HEADER`, where it has one: 40 hexadecimal digits.
    pub(crate) header_sha1: Option<String>,
}

impl Candidate {
    /// One with an identity and nothing else.
    pub(crate) fn new(nevra: Nevra) -> Candidate {
        Candidate {
            nevra,
            vendor: None,
            provides: Vec::new(),
            requires: Vec::new(),
            prerequires: Vec::new(),
            conflicts: Vec::new(),
            obsoletes: Vec::new(),
            recommends: Vec::new(),
            suggests: Vec::new(),
            supplements: Vec::new(),
            enhances: Vec::new(),
            files: Vec::new(),
            installed_size: 0,
            build_time: 0,
            header_sha1: None,
        }
    }
}

impl Pool {
    /// Says which packages are installed; the ids are in the order of `packages`. Call it once,
    /// before anything else is added.
    pub(crate) fn set_installed(
        &mut self,
        packages: impl IntoIterator<Item = Candidate>,
    ) -> Result<Vec<PackageId>> {
        let packages: Vec<Candidate> = packages.into_iter().collect();
        let repo = self.installed_repo()?;
        self.add_candidates(repo, &packages)
    }

    /// Adds one package from a local file. No transaction takes one yet; the solver's tests do.
    #[cfg(test)]
    pub(crate) fn add_local(&mut self, package: Candidate) -> Result<PackageId> {
        let repo = self.create_repo("@commandline")?;
        Ok(self.add_candidates(repo, &[package])?[0])
    }

    pub(super) fn create_repo(&mut self, name: &str) -> Result<NonNull<ffi::CRepo>> {
        let name = c_string("repository", name)?;
        self.indexed = false;
        // The map of an earlier run has no bits for what is coming.
        // SAFETY: the pool is ours.
        unsafe { (*self.raw.as_ptr()).considered = std::ptr::null_mut() };
        // SAFETY: the pool is ours, and the name is copied.
        NonNull::new(unsafe { ffi::repo_create(self.raw.as_ptr(), name.as_ptr()) })
            .ok_or_else(|| Error::Internal("libsolv made no repository".to_owned()))
    }

    pub(super) fn add_candidates(
        &mut self,
        repo: NonNull<ffi::CRepo>,
        packages: &[Candidate],
    ) -> Result<Vec<PackageId>> {
        // The solver breaks ties by id: the same packages get the same ids, whatever their order.
        let mut order: Vec<usize> = (0..packages.len()).collect();
        order.sort_by(|a, b| {
            let key = |index: &usize| {
                let package = &packages[*index];
                (&package.nevra, &package.header_sha1, package.build_time)
            };
            key(a).cmp(&key(b))
        });
        self.indexed = false;
        let mut ids = vec![PackageId(0); packages.len()];
        // SAFETY: the repository is one of this pool's.
        let data = unsafe { ffi::repo_add_repodata(repo.as_ptr(), 0) };
        for index in order {
            let package = &packages[index];
            // SAFETY: as above; an id is never 0.
            let id = unsafe { ffi::repo_add_solvable(repo.as_ptr()) };
            ids[index] = PackageId(id);
            self.fill(repo, data, id, package)?;
        }
        // SAFETY: `data` is that of `repo`, and complete.
        unsafe { ffi::repodata_internalize(data) };
        Ok(ids)
    }

    fn fill(
        &mut self,
        repo: NonNull<ffi::CRepo>,
        data: *mut ffi::CRepodata,
        id: Id,
        package: &Candidate,
    ) -> Result<()> {
        let name = self.intern_text(&package.nevra.name)?;
        let arch = self.intern_text(&package.nevra.arch)?;
        let evr = self.intern_text(&package.nevra.evr.to_string())?;
        let vendor = match &package.vendor {
            Some(vendor) => self.intern_text(vendor)?,
            None => 0,
        };
        // SAFETY: the id was just made, and all ids are the pool's.
        unsafe {
            let solvable = self.solvable_pointer(PackageId(id));
            (*solvable).name = name;
            (*solvable).arch = arch;
            (*solvable).evr = evr;
            (*solvable).vendor = vendor;
        }
        // SAFETY: as above.
        let own = unsafe { ffi::pool_rel2id(self.raw.as_ptr(), name, evr, ffi::REL_EQ, 1) };
        let add = |key: DependencyKind, id_of: Id, marker: Id| {
            // SAFETY: repository, package and dependency are the pool's.
            unsafe { ffi::repo_add_deparray(repo.as_ptr(), id, key.key(), id_of, marker) }
        };
        add(DependencyKind::Provides, own, -ffi::SOLVABLE_FILEMARKER);
        let lists = [
            (
                DependencyKind::Provides,
                &package.provides,
                -ffi::SOLVABLE_FILEMARKER,
            ),
            (
                DependencyKind::Requires,
                &package.requires,
                -ffi::SOLVABLE_PREREQMARKER,
            ),
            (
                DependencyKind::Requires,
                &package.prerequires,
                ffi::SOLVABLE_PREREQMARKER,
            ),
            (DependencyKind::Conflicts, &package.conflicts, 0),
            (DependencyKind::Obsoletes, &package.obsoletes, 0),
            (DependencyKind::Recommends, &package.recommends, 0),
            (DependencyKind::Suggests, &package.suggests, 0),
            (DependencyKind::Supplements, &package.supplements, 0),
            (DependencyKind::Enhances, &package.enhances, 0),
        ];
        for (kind, dependencies, marker) in lists {
            for dependency in dependencies {
                if dependency.name.starts_with("rpmlib(") {
                    continue;
                }
                let dependency = self.intern(dependency).map_err(|error| {
                    Error::corrupt(package.nevra.to_string(), error.to_string())
                })?;
                if dependency.0 != own || kind != DependencyKind::Provides {
                    add(kind, dependency.0, marker);
                }
            }
        }
        self.fill_data(data, id, package)
    }

    fn fill_data(&mut self, data: *mut ffi::CRepodata, id: Id, package: &Candidate) -> Result<()> {
        // SAFETY: here and below, `data` and `id` belong together, and texts are copied.
        unsafe {
            ffi::repodata_set_num(data, id, ffi::SOLVABLE_INSTALLSIZE, package.installed_size);
            ffi::repodata_set_num(data, id, ffi::SOLVABLE_BUILDTIME, package.build_time);
        }
        let is_sha1 = |hex: &&String| hex.len() == 40 && hex.bytes().all(|b| b.is_ascii_hexdigit());
        if let Some(sha1) = package.header_sha1.as_ref().filter(is_sha1) {
            let sha1 = c_string("header digest", sha1)?;
            // SAFETY: as above; the text is 40 digits long, as this kind must be.
            unsafe {
                ffi::repodata_set_checksum(
                    data,
                    id,
                    ffi::SOLVABLE_HDRID,
                    ffi::REPOKEY_TYPE_SHA1,
                    sha1.as_ptr(),
                );
            }
        }
        // The folder of the file before, and its number.
        let mut last: Option<(&str, Id)> = None;
        for path in &package.files {
            let Some((folder, name)) = path.rsplit_once('/') else {
                return Err(Error::corrupt(
                    package.nevra.to_string(),
                    format!("its file {path:?} has no absolute path"),
                ));
            };
            let number = match last {
                Some((same, number)) if same == folder => number,
                _ => {
                    let text = c_string("path", if folder.is_empty() { "/" } else { folder })?;
                    // SAFETY: as above.
                    unsafe { ffi::repodata_str2dir(data, text.as_ptr(), 1) }
                }
            };
            last = Some((folder, number));
            let name = c_string("path", name)?;
            // SAFETY: as above.
            unsafe {
                ffi::repodata_add_dirstr(data, id, ffi::SOLVABLE_FILELIST, number, name.as_ptr());
            }
        }
        Ok(())
    }
}

/// libsolv's own name for what is installed.
pub(super) const INSTALLED: &str = "@System";
