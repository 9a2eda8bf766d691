//! The package database inside a tree.

use crate::commit::checksum::Checksum;
use crate::commit::object::{self, Commit};
use crate::commit::tree::{self, Entry, Listing, Tree};
use crate::error::{Error, Result};
use crate::rpmdb::Rpmdb;
use crate::sys::file::TemporaryFolder;
use camino::{Utf8Path, Utf8PathBuf};

/// Where databases are, in the order of looking: rpm-ostree's place, and newer rpm's. In a tree
/// one is a link to the other.
const FOLDERS: [&str; 3] = ["usr/share/rpm", "usr/lib/sysimage/rpm", "var/lib/rpm"];

/// The file of an SQLite database.
pub(crate) const FILE: &str = "rpmdb.sqlite";

/// A database in a tree.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Location {
    /// The folder, without a slash at its beginning.
    pub(crate) folder: &'static str,
    /// The database file's object.
    pub(crate) file: Checksum,
    /// What SQLite has not merged into it yet, in a tree that rpm-ostree wrote.
    pub(crate) wal: Option<Checksum>,
}

/// Finds the database; `object` names the tree in errors.
pub(crate) fn locate(repo: &ostree::Repo, root: Tree, object: &str) -> Result<Location> {
    for folder in FOLDERS {
        let Some(Entry::Dir(dir)) = tree::lookup(repo, root, folder)? else {
            continue;
        };
        let files = Listing::load(repo, &dir.contents)?.files;
        if let Some(file) = files.get(FILE) {
            let wal = match files.get("rpmdb.sqlite-wal") {
                Some(wal) if object::load_file(repo, wal)?.size > 0 => Some(*wal),
                _ => None,
            };
            return Ok(Location {
                folder,
                file: *file,
                wal,
            });
        }
        for (name, format) in [("Packages.db", "NDB"), ("Packages", "Berkeley DB")] {
            if files.contains_key(name) {
                return Err(Error::unsupported(
                    format!("an rpm database in {format} format"),
                    format!("/{folder}/{name} of {object}"),
                ));
            }
        }
    }
    Err(Error::State {
        object: object.to_owned(),
        reason: "it has no rpm database".to_owned(),
        remedy: "use a base that was composed of packages".to_owned(),
    })
}

/// Opens the database of a commit for reading. In a bare repository nothing is copied.
pub(crate) fn open(repo: &ostree::Repo, commit: &Commit) -> Result<Rpmdb> {
    let name = format!("the commit {}", commit.checksum);
    open_at(repo, commit, &locate(repo, commit.root, &name)?)
}

/// The same when it was found already.
pub(crate) fn open_at(repo: &ostree::Repo, commit: &Commit, location: &Location) -> Result<Rpmdb> {
    let name = format!("the commit {}", commit.checksum);
    let called = format!("/{}/{FILE} of {name}", location.folder);
    if let (None, Some(path)) = (location.wal, object_path(repo, &location.file)) {
        return Rpmdb::open_as(&path, &called);
    }
    let folder = TemporaryFolder::new()?;
    extract(repo, location, &folder.path)?;
    // The open file outlives its name.
    Rpmdb::open_as(&folder.path.join(FILE), &called)
}

/// Copies the database into a folder.
pub(crate) fn extract(repo: &ostree::Repo, location: &Location, folder: &Utf8Path) -> Result<()> {
    object::extract_file(repo, &location.file, &folder.join(FILE))?;
    if let Some(wal) = &location.wal {
        object::extract_file(repo, wal, &folder.join("rpmdb.sqlite-wal"))?;
    }
    Ok(())
}

/// Where a regular file's content lies as it is, in a repository that does not compress.
pub(crate) fn object_path(repo: &ostree::Repo, file: &Checksum) -> Option<Utf8PathBuf> {
    use gio::prelude::FileExt;
    if repo.mode() == ostree::RepoMode::Archive {
        return None;
    }
    let root = Utf8PathBuf::from_path_buf(repo.path().path()?).ok()?;
    let path = root.join("objects").join(object::file_path(file));
    path.exists().then_some(path)
}
