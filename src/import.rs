//! A package becomes an OSTree commit, once; every later tree is made from that.
//!
//! The commit is rpm-ostree's: the same tree, the same ref `rpmostree/pkg/NAME/EVR.ARCH`, the same
//! metadata, so that either program can use what the other imported. What rpm-ostree does not record
//! though it shapes the tree (see [`cache`]) is in `regraft.*` keys beside.
//!
//! ```text
//! payload ──► place (where in the tree, or a line of tmpfiles.d) ──► label ──► objects ──► commit
//! ```
//!
//! All files are root's in the commit; [`Imported::owners`] says whose they are to be once the users
//! exist.

pub(crate) mod cache;
mod capabilities;
pub(crate) mod place;
mod sapling;
#[cfg(test)]
mod tests;
mod tmpfiles;

pub(crate) use cache::{cache_ref, cached, headers, ref_key};

use crate::commit::label::Policy;
use crate::commit::object::{self, NewCommit};
use crate::commit::tree::Tree;
use crate::error::{Error, Result, shortened};
use crate::job::Monitor;
use crate::nevra::Nevra;
use crate::package::{Package, PackageFile};
use crate::rpmdb::FileState;
use crate::sys::failpoint::{self, Point};
use place::Place;
use sapling::Sapling;
use tmpfiles::Lines;

/// The repository that a package is from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Source {
    /// The repository's id.
    pub(crate) id: String,
    /// When its metadata was made: seconds since 1970.
    pub(crate) timestamp: u64,
    /// The package's digest in the metadata: algorithm, colon, hexadecimal digits.
    pub(crate) repodata_checksum: String,
}

/// Whether documentation is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Documentation {
    #[default]
    Keep,
    Drop,
}

/// So many characters of a path that is refused are shown.
const SHOWN: usize = 100;

/// What happens to files where an OSTree system can have none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Outside {
    /// They are an error.
    #[default]
    Refuse,
    /// They are left out: for composing.
    Skip,
}

/// How packages are imported.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Rules<'a> {
    /// Labels; `None` for a tree without SELinux.
    pub(crate) policy: Option<&'a Policy>,
    /// Whether documentation is kept.
    pub(crate) documentation: Documentation,
    /// The languages whose files are kept; `None` for all.
    pub(crate) languages: Option<&'a [String]>,
    /// What happens to files where there can be none.
    pub(crate) outside: Outside,
}

impl Rules<'_> {
    /// Whether a file is left out.
    fn leaves_out(&self, file: &PackageFile) -> bool {
        if self.documentation == Documentation::Drop && file.is_doc() {
            return true;
        }
        match self.languages {
            Some(wanted) if !file.language.is_empty() => !file
                .language
                .split('|')
                .any(|language| wanted.iter().any(|wanted| wanted.starts_with(language))),
            _ => false,
        }
    }
}

/// A file that is not root's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Owner {
    /// Where it is in the tree, relative to the root.
    pub(crate) path: String,
    /// User and group by name.
    pub(crate) user: String,
    pub(crate) group: String,
}

/// A package as a commit.
#[derive(Debug)]
pub(crate) struct Imported {
    /// Its tree.
    pub(crate) root: Tree,
    /// The headers (without a payload).
    pub(crate) package: Package,
    /// What the package database is to say of each file; empty when all are there.
    pub(crate) states: Vec<FileState>,
    /// Files whose owner is to be set when the users exist; also files of `/etc` and so on.
    pub(crate) owners: Vec<Owner>,
}

impl Imported {
    /// Which package it is.
    pub(crate) fn nevra(&self) -> &Nevra {
        self.package.nevra()
    }
}

/// The places of a package's files, from its header alone.
struct Layout {
    files: Vec<PackageFile>,
    places: Vec<Place>,
    dropped: Vec<String>,
    states: Vec<FileState>,
    owners: Vec<Owner>,
}

impl Layout {
    fn of(package: &Package, rules: &Rules<'_>) -> Result<Layout> {
        if package.is_source() {
            return Err(Error::unsupported("a source package", package.object()));
        }
        let mut layout = Layout {
            files: package.files()?,
            places: Vec::new(),
            dropped: Vec::new(),
            states: Vec::new(),
            owners: Vec::new(),
        };
        for file in &layout.files {
            let not_allowed = |reason| Error::PathNotAllowed {
                package: package.nevra().clone(),
                path: shortened(&file.path, SHOWN),
                reason,
            };
            place::check(file).map_err(not_allowed)?;
            let mut place = place::place(file);
            let left_out = rules.leaves_out(file);
            layout.states.push(match left_out {
                true => FileState::NOT_INSTALLED,
                false => FileState::NORMAL,
            });
            if file.is_ghost() || left_out {
                place = Place::Nothing;
            }
            match &place {
                Place::Outside if rules.outside == Outside::Skip => place = Place::Nothing,
                Place::Outside => return Err(not_allowed(place::OUTSIDE)),
                Place::Dropped => layout.dropped.push(file.path.clone()),
                Place::Tree(_) if !(file.is_dir() || file.is_symlink() || file.is_regular()) => {
                    let what = format!("{}, a device, pipe or socket,", file.path);
                    return Err(Error::unsupported(what, package.nevra().to_string()));
                }
                Place::Tree(path) => {
                    let is_root = |name: &str| name.is_empty() || name == "root";
                    if !is_root(&file.user) || !is_root(&file.group) {
                        layout.owners.push(Owner {
                            path: path.clone(),
                            user: file.user.clone(),
                            group: file.group.clone(),
                        });
                    }
                }
                Place::Tmpfiles | Place::Nothing => {}
            }
            layout.places.push(place);
        }
        if layout
            .states
            .iter()
            .all(|state| *state == FileState::NORMAL)
        {
            layout.states.clear();
        }
        Ok(layout)
    }
}

/// The paths of a package that an OSTree system does not keep (regular files in `/var` and `/run`).
pub(crate) fn dropped_paths(package: &Package) -> Result<Vec<String>> {
    Ok(Layout::of(package, &Rules::default())?.dropped)
}

/// Where a package's files are in the tree: those that are there, directories left out.
pub(crate) fn tree_paths(files: &[PackageFile]) -> Vec<String> {
    let kept = files
        .iter()
        .filter(|file| !file.is_dir() && !file.is_ghost());
    kept.filter_map(|file| match place::place(file) {
        Place::Tree(path) => Some(path),
        _ => None,
    })
    .collect()
}

/// Imports a package, which the caller has verified, and sets its ref; `repo` is in a transaction
/// of the caller, which may hold any number of imports.
///
/// Several threads may do this at once, each with a handle and a transaction of its own.
pub(crate) fn import(
    repo: &ostree::Repo,
    package: &Package,
    source: Option<&Source>,
    rules: &Rules<'_>,
    monitor: &Monitor,
) -> Result<Imported> {
    monitor.check()?;
    let layout = Layout::of(package, rules)?;
    let name = package.nevra().to_string();
    let mut sapling = Sapling::new(repo, rules.policy, &name)?;
    let mut lines = Lines::default();
    package.payload(&layout.files)?.each(|item, content| {
        monitor.check()?;
        let mut written = None;
        for place in item.places {
            let file = &layout.files[*place];
            match &layout.places[*place] {
                Place::Tree(path) => {
                    lines.add_link(&file.path);
                    sapling.add(path, file, content, &mut written)?;
                }
                Place::Tmpfiles => lines.add(file),
                Place::Dropped | Place::Nothing | Place::Outside => {}
            }
        }
        Ok(())
    })?;
    if let Some(text) = lines.text() {
        let path = format!(
            "usr/lib/rpm-ostree/tmpfiles.d/{}.conf",
            package.nevra().name
        );
        let mut file = PackageFile::new("", libc::S_IFREG | 0o644);
        file.size = text.len() as u64;
        sapling.add(&path, &file, &mut text.as_bytes(), &mut None)?;
    }
    let root = sapling.finish()?;
    failpoint::reach(Point::ImportFiles)?;
    let metadata = cache::metadata(package, source, rules);
    let commit = object::write_commit(
        repo,
        &NewCommit {
            root,
            parent: None,
            // The package's own time: the same package gives the same commit.
            timestamp: package.build_time(),
            metadata: &metadata,
        },
    )?;
    failpoint::reach(Point::ImportCommit)?;
    let reference = cache_ref(package.nevra(), rules);
    repo.transaction_set_ref(None, &reference, Some(&commit.hex()));
    Ok(Imported {
        root,
        package: Package::from_metadata(package.metadata_bytes(), &name)?,
        states: layout.states,
        owners: layout.owners,
    })
}
