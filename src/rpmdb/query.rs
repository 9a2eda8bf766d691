//! The read side.

use crate::dependency::{Dependency, Sense};
use crate::error::{Error, Result};
use crate::nevra::Evr;
use crate::nevra::Nevra;
use crate::package::header::Header;
use crate::package::tag;
use crate::rpmdb::installed::{self, Installed};
use crate::rpmdb::{location, sqlite};
use crate::sys::file::TemporaryFolder;
use camino::{Utf8Path, Utf8PathBuf};
use rusqlite::Connection;
use rusqlite::types::ValueRef;
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;

/// The name that rpm gives to public keys in its database.
pub(crate) const KEY_NAME: &str = "gpg-pubkey";

/// A tree's rpm database, read-only.
pub struct Rpmdb {
    db: Connection,
    /// What it was opened from.
    file: Utf8PathBuf,
    /// What errors call it.
    name: Utf8PathBuf,
    /// Bytes of the file: all blobs together cannot be larger.
    size: u64,
    /// The copy that is read in place of a file with an unfinished write-ahead log.
    _copy: Option<TemporaryFolder>,
}

/// What [`Rpmdb::sizes`] looks at.
const SIZED: [tag::Tag; 7] = [
    tag::NAME,
    tag::EPOCH,
    tag::VERSION,
    tag::RELEASE,
    tag::ARCH,
    tag::SIZE,
    tag::LONGSIZE,
];

impl fmt::Debug for Rpmdb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rpmdb")
            .field("file", &self.file)
            .finish_non_exhaustive()
    }
}

impl Rpmdb {
    /// Opens the database at a path: a file `rpmdb.sqlite`, a folder that has one, or a root
    /// that has one in `usr/share/rpm`, `usr/lib/sysimage/rpm` or `var/lib/rpm` (symlinks do not
    /// lead out of the root).
    ///
    /// Nothing is written there. What another program writes meanwhile is not seen.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] when there is none, [`Error::Unsupported`] for one in NDB or Berkeley
    /// DB format, [`Error::Corrupt`] for one that is damaged.
    pub fn open(path: impl AsRef<Utf8Path>) -> Result<Rpmdb> {
        open(path.as_ref())
    }

    /// The same, called `name` in errors: the path of an object says nothing to people.
    pub(crate) fn open_as(path: &Utf8Path, name: &str) -> Result<Rpmdb> {
        match open(path) {
            Ok(mut database) => {
                database.name = name.into();
                Ok(database)
            }
            Err(Error::Corrupt { reason, .. }) => Err(Error::corrupt(name, reason)),
            Err(other) => Err(other),
        }
    }

    /// The file that was opened.
    pub fn file(&self) -> &Utf8Path {
        &self.file
    }

    /// The installed packages, sorted by NEVRA. Public keys, which rpm keeps as packages, are not
    /// among them.
    ///
    /// # Errors
    ///
    /// [`Error::Corrupt`] when the database or a header in it is damaged.
    pub fn packages(&self) -> Result<Vec<Installed>> {
        let mut packages = self.all()?;
        packages.retain(|package| package.nevra().name != KEY_NAME);
        Ok(packages)
    }

    /// The public keys that rpm trusts, which it keeps as packages named `gpg-pubkey`.
    ///
    /// # Errors
    ///
    /// As [`Rpmdb::packages`].
    pub fn keys(&self) -> Result<Vec<Installed>> {
        self.by_name(KEY_NAME)
    }

    /// The packages of this name.
    ///
    /// # Errors
    ///
    /// As [`Rpmdb::packages`].
    pub fn by_name(&self, name: &str) -> Result<Vec<Installed>> {
        let places = self.look_up("Name", name.as_bytes())?;
        self.read(places.keys().copied())
    }

    /// The packages that provide a capability (`NAME` or `NAME OPERATOR VERSION`), or for one that
    /// begins with `/` also those that own that file.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidArgument`] for what is no capability; otherwise as [`Rpmdb::packages`].
    pub fn providing(&self, capability: &str) -> Result<Vec<Installed>> {
        let wanted: Dependency = capability.parse()?;
        let places = self.look_up("Providename", wanted.name.as_bytes())?;
        let mut found = Vec::new();
        for package in self.read(places.keys().copied())? {
            let provides = package.header().dependencies(&tag::PROVIDES);
            let meets = |place: &usize| match provides.get(*place) {
                Some((provided, _)) => meets(provided, &wanted),
                None => false,
            };
            if places[&package.id()].iter().any(meets) {
                found.push(package);
            }
        }
        if wanted.name.starts_with('/') {
            found.extend(self.owning(&wanted.name)?);
            sort(&mut found);
            found.dedup_by_key(|package| package.id());
        }
        Ok(found)
    }

    /// The packages that own a file, by its absolute path as the packages have it. Files that
    /// were left out, or that another package replaced, do not count.
    ///
    /// # Errors
    ///
    /// As [`Rpmdb::packages`].
    pub fn owning(&self, path: &str) -> Result<Vec<Installed>> {
        let (dir, name) = path.split_at(path.rfind('/').map_or(0, |slash| slash + 1));
        let places = self.look_up("Basenames", name.as_bytes())?;
        let mut found = self.read(places.keys().copied())?;
        found.retain(|package| {
            places[&package.id()].iter().any(|place| {
                let here = package.path(*place);
                here == Some((dir.as_bytes(), name.as_bytes())) && package.has_file(*place)
            })
        });
        Ok(found)
    }

    /// All packages, public keys included.
    fn all(&self) -> Result<Vec<Installed>> {
        self.fetch(|failed| {
            let mut query = self
                .db
                .prepare("SELECT hnum, blob FROM Packages")
                .map_err(failed)?;
            let mut rows = query.query([]).map_err(|error| self.failed(error))?;
            let mut found = Vec::new();
            let mut size = 0;
            while let Some(row) = rows.next().map_err(|error| self.failed(error))? {
                found.push(self.installed(row, &mut size)?);
            }
            Ok(found)
        })
    }

    /// Which packages there are, sorted. It is faster than [`Rpmdb::packages`]: nothing else in
    /// their headers is looked at.
    ///
    /// # Errors
    ///
    /// [`Error::Corrupt`] when the database or what is looked at in it is damaged.
    pub fn nevras(&self) -> Result<Vec<Nevra>> {
        let sizes = self.sizes()?.into_iter();
        Ok(sizes.map(|(nevra, _)| nevra).collect())
    }

    /// Which packages there are, sorted, and the bytes that their files take.
    pub(crate) fn sizes(&self) -> Result<Vec<(Nevra, u64)>> {
        let failed = |error| self.failed(error);
        let query = "SELECT hnum, blob FROM Packages";
        let mut query = self.db.prepare(query).map_err(failed)?;
        let mut rows = query.query([]).map_err(failed)?;
        let mut found = Vec::new();
        while let Some(row) = rows.next().map_err(failed)? {
            let id = self.number(row, 0)?;
            let object = format!("package {id} of {}", self.name);
            let header = Header::extract(self.blob(row, id)?, &SIZED, &object)?;
            let nevra = header.nevra(&object)?;
            if nevra.name != KEY_NAME {
                found.push((nevra, installed::size(&header)));
            }
        }
        found.sort();
        Ok(found)
    }

    /// The packages with `%transfiletriggerin` or `%transfiletriggerun` scripts.
    pub(crate) fn with_transaction_file_triggers(&self) -> Result<Vec<Installed>> {
        self.named_by("SELECT DISTINCT hnum FROM Transfiletriggername")
    }

    /// The packages with triggers on other packages, or on files of one package at a time.
    pub(crate) fn with_package_triggers(&self) -> Result<Vec<Installed>> {
        self.named_by("SELECT hnum FROM Triggername UNION SELECT hnum FROM Filetriggername")
    }

    /// The packages whose numbers an index names.
    fn named_by(&self, query: &str) -> Result<Vec<Installed>> {
        let mut query = self.db.prepare(query).map_err(|error| self.failed(error))?;
        let mut rows = query.query([]).map_err(|error| self.failed(error))?;
        let mut ids = Vec::new();
        while let Some(row) = rows.next().map_err(|error| self.failed(error))? {
            ids.push(self.number(row, 0)?);
        }
        self.read(ids.into_iter())
    }

    /// The packages of these numbers.
    fn read(&self, ids: impl Iterator<Item = u32>) -> Result<Vec<Installed>> {
        self.fetch(|failed| {
            let query = "SELECT hnum, blob FROM Packages WHERE hnum = ?";
            let mut query = self.db.prepare_cached(query).map_err(failed)?;
            let mut found = Vec::new();
            let mut size = 0;
            for id in ids {
                let mut rows = query.query([id]).map_err(|error| self.failed(error))?;
                let row = rows.next().map_err(|error| self.failed(error))?;
                let row = row.ok_or_else(|| {
                    Error::corrupt(
                        self.name.as_str(),
                        format!("an index names package {id}, which is absent"),
                    )
                })?;
                found.push(self.installed(row, &mut size)?);
            }
            Ok(found)
        })
    }

    fn fetch(
        &self,
        body: impl FnOnce(&dyn Fn(rusqlite::Error) -> Error) -> Result<Vec<Installed>>,
    ) -> Result<Vec<Installed>> {
        let mut found = body(&|error| self.failed(error))?;
        sort(&mut found);
        Ok(found)
    }

    /// `size` grows by the blob's: a file whose rows share pages could otherwise take any memory.
    fn installed(&self, row: &rusqlite::Row<'_>, size: &mut u64) -> Result<Installed> {
        let id = self.number(row, 0)?;
        let blob = self.blob(row, id)?;
        *size += blob.len() as u64;
        if *size > self.size {
            return Err(Error::corrupt(
                self.name.as_str(),
                "it says to hold more than its size",
            ));
        }
        Installed::from_row(id, blob, self.name.as_str())
    }

    /// The header in a row of `Packages`.
    fn blob<'a>(&self, row: &'a rusqlite::Row<'_>, id: u32) -> Result<&'a [u8]> {
        match row.get_ref(1).map_err(|error| self.failed(error))? {
            ValueRef::Blob(blob) => Ok(blob),
            _ => Err(Error::corrupt(
                self.name.as_str(),
                format!("package {id} is no blob"),
            )),
        }
    }

    /// The rows of an index table for one key: each package with the places in its list.
    fn look_up(&self, table: &str, key: &[u8]) -> Result<BTreeMap<u32, Vec<usize>>> {
        let query = format!("SELECT hnum, idx FROM \"{table}\" WHERE key = ?");
        let mut query = self
            .db
            .prepare_cached(&query)
            .map_err(|error| self.failed(error))?;
        let key = rusqlite::types::ToSqlOutput::Borrowed(ValueRef::Text(key));
        let mut rows = query.query([key]).map_err(|error| self.failed(error))?;
        let mut found: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
        while let Some(row) = rows.next().map_err(|error| self.failed(error))? {
            let places = found.entry(self.number(row, 0)?).or_default();
            places.push(self.number(row, 1)? as usize);
        }
        Ok(found)
    }

    fn number(&self, row: &rusqlite::Row<'_>, column: usize) -> Result<u32> {
        row.get(column).map_err(|error| self.failed(error))
    }

    fn failed(&self, error: rusqlite::Error) -> Error {
        sqlite::failed(&self.name)(error)
    }
}

fn open(path: &Utf8Path) -> Result<Rpmdb> {
    let file = location::locate(path)?;
    let (source, copy) = match sqlite::with_wal_applied(&file, &sqlite::wal_of(&file))? {
        Some((copy, folder)) => (copy, Some(folder)),
        None => (file.clone(), None),
    };
    let size = std::fs::metadata(&source)
        .map_err(Error::io("read", &source))?
        .len();
    let db = sqlite::open_to_read(&source)?;
    // SQLite reads the missing end of a page as zeros.
    let page: u64 = db
        .query_row("PRAGMA page_size", [], |row| row.get(0))
        .map_err(sqlite::failed(&file))?;
    if page == 0 || size % page != 0 {
        let reason = format!("{size} bytes are no whole number of its pages of {page}");
        return Err(Error::corrupt(file.as_str(), reason));
    }
    let rpmdb = Rpmdb {
        db,
        name: file.clone(),
        file,
        size,
        _copy: copy,
    };
    // A view or a virtual table of that name could do anything.
    sqlite::check_tables(&rpmdb.db, &rpmdb.file)?;
    Ok(rpmdb)
}

fn sort(packages: &mut [Installed]) {
    packages.sort_by(|a, b| a.nevra().cmp(b.nevra()).then(a.id().cmp(&b.id())));
}

/// Whether what is provided overlaps the wanted range, by rpm's rules (`rpmverOverlap`).
fn meets(provided: &Dependency, wanted: &Dependency) -> bool {
    let has = |dependency: &Dependency, sense: Sense| dependency.sense.bits() & sense.bits() != 0;
    let open =
        |dependency: &Dependency| dependency.sense == Sense::ANY || dependency.version.is_empty();
    if open(provided) || open(wanted) {
        return true;
    }
    let (Ok(mut here), Ok(mut there)) = (provided.version.parse(), wanted.version.parse()) else {
        return false;
    };
    let (here, there): (&mut Evr, &mut Evr) = (&mut here, &mut there);
    // A release that only one side names does not count.
    if here.release.is_empty() || there.release.is_empty() {
        here.release.clear();
        there.release.clear();
    }
    match here.compare(there) {
        Ordering::Less => has(provided, Sense::GREATER) || has(wanted, Sense::LESS),
        Ordering::Greater => has(provided, Sense::LESS) || has(wanted, Sense::GREATER),
        Ordering::Equal => [Sense::LESS, Sense::GREATER, Sense::EQUAL]
            .into_iter()
            .any(|sense| has(provided, sense) && has(wanted, sense)),
    }
}
