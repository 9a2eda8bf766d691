//! libsolv: the solver of dnf and zypper, its package pool and its metadata parsers.
//!
//! A [`Pool`] owns one libsolv pool of rpm packages: the installed set, local packages and the
//! packages of repositories. It is filled once, in this order so that equal input gives equal
//! answers: [`Pool::set_installed`], [`Pool::add_local`], [`Pool::add_repositories`]; what it is
//! asked and what the answers mean is `depsolve`'s. Everything that goes in or comes out is copied.
//!
//! Debian builds libsolv for dpkg, so every pool says that it is one of rpm packages. Nothing here
//! calls the parts of libsolvext that use librpm: installed and local packages come in as
//! [`Candidate`]s, which regraft's own header reader makes.
#![allow(unsafe_code)]

mod cache;
mod candidate;
mod ffi;
mod info;
mod installed;
mod queue;
mod repository;
mod solver;
mod stream;
#[cfg(test)]
pub(crate) mod tests;

pub(crate) use cache::is_kept;
pub(crate) use candidate::Candidate;
pub(crate) use installed::Kept;
pub(crate) use repository::{DEFAULT_LIMIT, RepositoryFiles};
pub(crate) use solver::{Fix, Flags, Job, Outcome, RawProblem, RawStep, Rule, RuleKind, StepKind};

use crate::dependency::{Dependency, Sense};
use crate::error::{Error, Result};
use crate::nevra::{Evr, Nevra};
use ffi::{CPool, Id, Map};
use queue::Queue;
use repository::Repository;
use std::collections::BTreeSet;
use std::ffi::{CStr, CString, c_char};
use std::fmt;
use std::ptr::NonNull;

/// One package of a [`Pool`]; it means nothing to another pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct PackageId(Id);

/// The packages that a request is solved among.
pub(crate) struct Pool {
    raw: NonNull<CPool>,
    arch: String,
    repositories: Vec<Repository>,
    /// Packages that nothing may use, whatever the request.
    excluded: BTreeSet<PackageId>,
    /// libsolv reads it through `raw`.
    considered: Option<Box<Map>>,
    /// Whether libsolv's index of provides holds all packages.
    indexed: bool,
    /// All packages' obsoletes, in the packages' order, once someone asked.
    obsoletes: Option<Vec<(PackageId, DependencyId)>>,
}

// SAFETY: libsolv keeps all its state in the pool and in what belongs to it, none of it tied to a
// thread. It is not Sync: the raw pointers keep Rust from deriving that.
unsafe impl Send for Pool {}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool")
            .field("arch", &self.arch)
            .field("packages", &self.packages().count())
            .finish_non_exhaustive()
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        // SAFETY: the pool is ours; the map of considered packages is not freed with it.
        unsafe {
            (*self.raw.as_ptr()).considered = std::ptr::null_mut();
            ffi::pool_free(self.raw.as_ptr());
            if let Some(mut map) = self.considered.take() {
                ffi::map_free(&mut *map);
            }
        }
    }
}

impl Pool {
    /// An empty pool for machines of `arch` (`x86_64`), in rpm's words.
    pub(crate) fn new(arch: &str) -> Result<Pool> {
        let known = !arch.is_empty()
            && arch
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if !known {
            return Err(Error::InvalidArgument {
                argument: "architecture",
                value: arch.to_owned(),
                reason: "it must be one of rpm's, such as x86_64 or aarch64".to_owned(),
            });
        }
        let text = c_string("architecture", arch)?;
        // SAFETY: a new pool, which nothing else sees; libsolv aborts when memory is short and
        // copies the text.
        let raw = unsafe {
            let raw = NonNull::new(ffi::pool_create())
                .ok_or_else(|| Error::Internal("libsolv made no pool".to_owned()))?;
            ffi::pool_setdisttype(raw.as_ptr(), ffi::DISTTYPE_RPM);
            ffi::pool_setarch(raw.as_ptr(), text.as_ptr());
            // 32-bit and 64-bit packages of one name live side by side, as rpm has it; libsolv
            // does so by itself only in Fedora's build.
            ffi::pool_set_flag(raw.as_ptr(), ffi::POOL_FLAG_IMPLICITOBSOLETEUSESCOLORS, 1);
            // Excludes then change no index, only what may be chosen.
            ffi::pool_set_flag(raw.as_ptr(), ffi::POOL_FLAG_WHATPROVIDESWITHDISABLED, 1);
            raw
        };
        Ok(Pool {
            raw,
            arch: arch.to_owned(),
            repositories: Vec::new(),
            excluded: BTreeSet::new(),
            considered: None,
            indexed: false,
            obsoletes: None,
        })
    }

    /// All packages: installed, local and of repositories, also those that may not be used.
    pub(crate) fn packages(&self) -> impl Iterator<Item = PackageId> + '_ {
        // SAFETY: the pool is ours.
        let end = unsafe { self.raw.as_ref().nsolvables };
        (ffi::FIRST_PACKAGE..end)
            .map(PackageId)
            .filter(|id| !self.solvable(*id).repo.is_null())
    }

    /// The installed packages.
    pub(crate) fn installed(&self) -> impl Iterator<Item = PackageId> + '_ {
        self.packages().filter(|id| self.is_installed(*id))
    }

    /// Whether a package belongs to the installed set.
    pub(crate) fn is_installed(&self, id: PackageId) -> bool {
        // SAFETY: the pool is ours.
        let installed = unsafe { self.raw.as_ref().installed };
        !installed.is_null() && self.solvable(id).repo == installed
    }

    /// Whether a package may be used: it has a fitting architecture (which sources do not), and
    /// nothing excludes it.
    pub(crate) fn is_usable(&self, id: PackageId) -> bool {
        let solvable = self.solvable(id);
        if solvable.repo.is_null() || self.excluded.contains(&id) {
            return false;
        }
        if self.is_installed(id) {
            return true;
        }
        // SAFETY: the pool is ours, and the table of architectures has `lastarch` + 1 entries.
        let fits = unsafe {
            let pool = self.raw.as_ref();
            let arch = solvable.arch;
            pool.id2arch.is_null()
                || (arch >= 0 && arch <= pool.lastarch && *pool.id2arch.add(arch as usize) != 0)
        };
        fits && solvable.arch != ffi::ARCH_SRC && solvable.arch != ffi::ARCH_NOSRC
    }

    /// Bars packages from every solution: what module streams or a treefile filter out.
    pub(crate) fn exclude(&mut self, packages: impl IntoIterator<Item = PackageId>) {
        self.excluded.extend(packages);
    }

    /// A package's name.
    pub(crate) fn name(&self, id: PackageId) -> &str {
        self.text(self.solvable(id).name)
    }

    /// A package's architecture.
    pub(crate) fn package_arch(&self, id: PackageId) -> &str {
        self.text(self.solvable(id).arch)
    }

    /// A package's `[EPOCH:]VERSION-RELEASE`.
    pub(crate) fn evr_text(&self, id: PackageId) -> &str {
        self.text(self.solvable(id).evr)
    }

    /// A package's identity.
    pub(crate) fn nevra(&self, id: PackageId) -> Nevra {
        Nevra::new(self.name(id), evr(self.evr_text(id)), self.package_arch(id))
    }

    /// The repository that a package is from; `None` for installed and local ones.
    pub(crate) fn repository_of(&self, id: PackageId) -> Option<&RepositoryFiles> {
        let repo = self.solvable(id).repo;
        self.repositories
            .iter()
            .find(|repository| repository.is(repo))
            .map(|repository| &repository.files)
    }

    /// What a package requires, recommends and so on.
    pub(crate) fn dependencies(&self, id: PackageId, kind: DependencyKind) -> Vec<DependencyId> {
        let mut queue = Queue::new();
        let solvable = self.solvable_pointer(id);
        // Marker 0: all entries, those before and after libsolv's own markers.
        // SAFETY: the package is one of this pool's.
        unsafe {
            ffi::solvable_lookup_deparray(solvable, kind.key(), queue.raw(), 0);
        }
        queue
            .iter()
            .filter(|id| *id != ffi::SOLVABLE_PREREQMARKER && *id != ffi::SOLVABLE_FILEMARKER)
            .map(DependencyId)
            .collect()
    }

    /// A dependency in rpm's words.
    pub(crate) fn dependency_text(&self, dependency: DependencyId) -> String {
        // SAFETY: the id is this pool's; the text is in a buffer that libsolv reuses, and copied.
        unsafe { lossy(ffi::pool_dep2str(self.raw.as_ptr(), dependency.0)) }.unwrap_or_default()
    }

    /// The usable packages that provide a dependency, in the order of their ids.
    pub(crate) fn providers(&mut self, dependency: DependencyId) -> Vec<PackageId> {
        self.index();
        let mut found: Vec<PackageId> = self
            .raw_providers(dependency.0)
            .into_iter()
            .filter(|id| id.0 >= ffi::FIRST_PACKAGE && self.is_usable(*id))
            .collect();
        found.sort_unstable();
        found
    }

    /// The usable packages that provide what is written `NAME`, `NAME >= EVR` or as a rich
    /// dependency.
    pub(crate) fn what_provides(&mut self, dependency: &Dependency) -> Result<Vec<PackageId>> {
        self.index();
        let id = self.intern(dependency)?;
        Ok(self.providers(id))
    }

    /// The usable packages of exactly this name.
    pub(crate) fn named(&mut self, name: &str) -> Result<Vec<PackageId>> {
        let dependency = Dependency {
            name: name.to_owned(),
            sense: Sense::ANY,
            version: String::new(),
        };
        let mut found = self.what_provides(&dependency)?;
        found.retain(|id| self.name(*id) == name);
        Ok(found)
    }

    /// The usable packages that have a file, from the lists loaded so far.
    pub(crate) fn owners(&mut self, path: &str, glob: bool) -> Result<Vec<PackageId>> {
        self.index();
        let text = c_string("path", path)?;
        let flags = ffi::SELECTION_FILELIST | if glob { ffi::SELECTION_GLOB } else { 0 };
        let (mut selection, mut found) = (Queue::new(), Queue::new());
        // SAFETY: the pool and both queues are ours, and the text ends with its NUL.
        unsafe {
            ffi::selection_make(self.raw.as_ptr(), selection.raw(), text.as_ptr(), flags);
            ffi::selection_solvables(self.raw.as_ptr(), selection.raw(), found.raw());
        }
        let mut found: Vec<PackageId> = found
            .iter()
            .map(PackageId)
            .filter(|id| self.is_usable(*id))
            .collect();
        found.sort_unstable();
        found.dedup();
        Ok(found)
    }

    /// The usable packages that obsolete one of `packages` by name and version.
    pub(crate) fn obsoleters(&mut self, packages: &[PackageId]) -> Vec<PackageId> {
        self.index();
        let obsoletes = self
            .obsoletes
            .take()
            .unwrap_or_else(|| self.all_obsoletes());
        let mut found: Vec<PackageId> = obsoletes
            .iter()
            .filter(|(obsoleter, dependency)| {
                self.is_usable(*obsoleter)
                    && packages
                        .iter()
                        .any(|package| self.matches_nevra(*package, *dependency))
            })
            .map(|(obsoleter, _)| *obsoleter)
            .collect();
        self.obsoletes = Some(obsoletes);
        found.dedup();
        found
    }

    fn all_obsoletes(&self) -> Vec<(PackageId, DependencyId)> {
        self.packages()
            .flat_map(|id| {
                let obsoletes = self.dependencies(id, DependencyKind::Obsoletes);
                obsoletes.into_iter().map(move |one| (id, one))
            })
            .collect()
    }

    /// Whether a package's own name and version match a dependency, as obsoletes do.
    fn matches_nevra(&self, package: PackageId, dependency: DependencyId) -> bool {
        let solvable = self.solvable(package);
        if dependency.0 >= 0 {
            return dependency.0 == solvable.name;
        }
        // SAFETY: both belong to this pool.
        unsafe {
            ffi::pool_match_nevr_rel(
                self.raw.as_ptr(),
                self.solvable_pointer(package),
                dependency.0,
            ) != 0
        }
    }

    /// Brings libsolv's index of provides up to date.
    fn index(&mut self) {
        if self.indexed {
            return;
        }
        // SAFETY: the pool is ours; this needs nothing else.
        unsafe {
            ffi::pool_addfileprovides(self.raw.as_ptr());
            ffi::pool_createwhatprovides(self.raw.as_ptr());
        }
        self.obsoletes = None;
        self.indexed = true;
    }

    /// What libsolv's index says, without a look at excludes. The index must be there.
    fn raw_providers(&self, dependency: Id) -> Vec<PackageId> {
        let mut found = Vec::new();
        // SAFETY: the index exists and covers every id of the pool; its lists end with 0. This is
        // libsolv's `pool_whatprovides`, which is inline in its header.
        unsafe {
            let pool = self.raw.as_ptr();
            let known = if dependency >= 0 {
                *(*pool).whatprovides.add(dependency as usize)
            } else {
                *(*pool)
                    .whatprovides_rel
                    .add((dependency as u32 ^ ffi::RELATION) as usize)
            };
            let offset = if known != 0 {
                known
            } else {
                ffi::pool_addrelproviders(pool, dependency)
            };
            let mut next = (*pool).whatprovidesdata.add(offset as usize);
            while *next != 0 {
                found.push(PackageId(*next));
                next = next.add(1);
            }
        }
        found
    }

    /// libsolv's id for a dependency.
    pub(crate) fn intern(&mut self, dependency: &Dependency) -> Result<DependencyId> {
        let wrong = |reason: &str| Error::InvalidArgument {
            argument: "dependency",
            value: dependency.to_string(),
            reason: reason.to_owned(),
        };
        if dependency.name.starts_with('(') {
            let text = c_string("dependency", &dependency.name)?;
            // SAFETY: the pool is ours, and the text ends with its NUL.
            let id = unsafe { ffi::pool_parserpmrichdep(self.raw.as_ptr(), text.as_ptr()) };
            if id == 0 {
                return Err(wrong("it is no rich dependency that rpm would understand"));
            }
            return Ok(DependencyId(id));
        }
        if dependency.name.is_empty() {
            return Err(wrong("it has no name"));
        }
        let name = self.intern_text(&dependency.name)?;
        let bits = [
            (Sense::LESS, ffi::REL_LT),
            (Sense::EQUAL, ffi::REL_EQ),
            (Sense::GREATER, ffi::REL_GT),
        ];
        let flags = bits
            .iter()
            .filter(|(sense, _)| dependency.sense.bits() & sense.bits() != 0)
            .fold(0, |flags, (_, bit)| flags | bit);
        if flags == 0 {
            return Ok(DependencyId(name));
        }
        let version = dependency
            .version
            .strip_prefix("0:")
            .unwrap_or(&dependency.version);
        let version = self.intern_text(version)?;
        // SAFETY: the pool is ours, and both ids are its.
        let id = unsafe { ffi::pool_rel2id(self.raw.as_ptr(), name, version, flags, 1) };
        Ok(DependencyId(id))
    }

    fn intern_text(&mut self, text: &str) -> Result<Id> {
        let length = u32::try_from(text.len()).ok().filter(|_| {
            // libsolv's strings end at a NUL, and its lengths are of 32 bits.
            text.len() < TEXT_LIMIT && !text.as_bytes().contains(&0)
        });
        let length = length.ok_or_else(|| {
            Error::corrupt(
                "a package's metadata",
                "it has a text that is too long or has a NUL in it",
            )
        })?;
        // SAFETY: the pool is ours, and the text is `length` bytes long; libsolv copies it.
        Ok(unsafe { ffi::pool_strn2id(self.raw.as_ptr(), text.as_ptr().cast(), length, 1) })
    }

    fn solvable(&self, id: PackageId) -> &ffi::Solvable {
        // SAFETY: the pointer is inside the array, which only `&mut self` methods move.
        unsafe { &*self.solvable_pointer(id) }
    }

    fn solvable_pointer(&self, id: PackageId) -> *mut ffi::Solvable {
        // SAFETY: the pool is ours; ids come from it, and the check holds for any other number.
        unsafe {
            let pool = self.raw.as_ref();
            let index = if (0..pool.nsolvables).contains(&id.0) {
                id.0
            } else {
                // Entry 0 is no package and has no repository.
                0
            };
            pool.solvables.add(index as usize)
        }
    }

    fn text(&self, id: Id) -> &str {
        // SAFETY: ids of solvables are the pool's; its strings end with a NUL and are only moved by
        // `&mut self` methods.
        let text = unsafe { CStr::from_ptr(ffi::pool_id2str(self.raw.as_ptr(), id)) };
        // Names, versions and architectures were checked when they came in.
        text.to_str().unwrap_or_default()
    }

    /// The last thing that libsolv complained about.
    fn complaint(&self) -> String {
        // SAFETY: the pool is ours; the text is copied.
        unsafe { lossy(ffi::pool_errstr(self.raw.as_ptr())) }.unwrap_or_default()
    }
}

/// A dependency that a pool knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct DependencyId(Id);

/// Which of a package's lists of dependencies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DependencyKind {
    Provides,
    Requires,
    Conflicts,
    Obsoletes,
    Recommends,
    Suggests,
    Supplements,
    Enhances,
}

impl DependencyKind {
    fn key(self) -> Id {
        match self {
            Self::Provides => ffi::SOLVABLE_PROVIDES,
            Self::Requires => ffi::SOLVABLE_REQUIRES,
            Self::Conflicts => ffi::SOLVABLE_CONFLICTS,
            Self::Obsoletes => ffi::SOLVABLE_OBSOLETES,
            Self::Recommends => ffi::SOLVABLE_RECOMMENDS,
            Self::Suggests => ffi::SOLVABLE_SUGGESTS,
            Self::Supplements => ffi::SOLVABLE_SUPPLEMENTS,
            Self::Enhances => ffi::SOLVABLE_ENHANCES,
        }
    }
}

/// The longest text that is taken for a name, version or dependency; rpm's own headers are
/// limited to 256 MiB as a whole, and real texts have some hundred bytes.
const TEXT_LIMIT: usize = 1 << 20;

fn c_string(argument: &'static str, text: &str) -> Result<CString> {
    CString::new(text).map_err(|_| Error::InvalidArgument {
        argument,
        value: text.to_owned(),
        reason: "it has a NUL in it".to_owned(),
    })
}

/// # Safety
///
/// `text` is NULL or points to a text that ends with a NUL.
unsafe fn lossy(text: *const c_char) -> Option<String> {
    // SAFETY: the caller's.
    (!text.is_null()).then(|| unsafe { CStr::from_ptr(text).to_string_lossy().into_owned() })
}

/// From libsolv's text, which the parsers make of an epoch, a version and a release.
fn evr(text: &str) -> Evr {
    let (epoch, rest) = match text.split_once(':') {
        Some((epoch, rest)) => (epoch.parse().unwrap_or(0), rest),
        None => (0, text),
    };
    let (version, release) = rest.rsplit_once('-').unwrap_or((rest, ""));
    Evr::new(epoch, version, release)
}

/// Whether a shell pattern (`*`, `?`, `[...]`) matches a text, a slash being like any character.
pub(crate) fn glob_matches(pattern: &str, text: &str) -> bool {
    let (Ok(pattern), Ok(text)) = (CString::new(pattern), CString::new(text)) else {
        return false;
    };
    // SAFETY: both end with their NUL.
    unsafe { libc::fnmatch(pattern.as_ptr(), text.as_ptr(), 0) == 0 }
}
