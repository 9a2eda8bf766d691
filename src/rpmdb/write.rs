//! The write side: a base's database with packages taken out and put in.
//!
//! The file is a pure function of the base's bytes, the packages and their order. SQLite does its
//! part of that: rows get the next numbers, deleted content is overwritten with zeros, so that no
//! page's bytes depend on when it was written to the disk. What remains is in the unused parts of
//! pages (see `pages`) and in the file's header:
//!
//! ```text
//! 18, 19   1, 1   rollback journal: readable on a read-only file system (rpm leaves 2, 2: WAL)
//! 24-27    1      change counter
//! 92-95    1      the counter at which the version was noted; must be equal
//! 96-99           the number of the SQLite version, a constant
//! ```

use crate::error::{Error, Result};
use crate::job::{Monitor, Phase, Unit};
use crate::rpmdb::index::{self, Key, Rows, TABLES};
use crate::rpmdb::location::check_format;
use crate::rpmdb::stored::{Installation, NewPackage, stored_header};
use crate::rpmdb::{pages, sqlite};
use camino::{Utf8Path, Utf8PathBuf};
use rusqlite::Connection;
use rusqlite::types::{ToSqlOutput, ValueRef};
use std::fs::{File, OpenOptions, Permissions};
use std::os::unix::fs::{FileExt, PermissionsExt};

/// Where and what the bytes are that would differ between two runs or two versions of SQLite.
const FIXED: [(u64, [u8; 4]); 3] = [
    (24, 1_u32.to_be_bytes()),
    (92, 1_u32.to_be_bytes()),
    // The first version that had all that is used here; nothing reads it but people.
    (96, 3_035_000_u32.to_be_bytes()),
];

/// Where the header says how the file is written and read, and the value for a rollback journal.
const JOURNAL: (u64, [u8; 2]) = (18, [1, 1]);

/// What is to be written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Update<'a> {
    /// The database to begin with; an empty one when there is none.
    pub(crate) base: Option<&'a Utf8Path>,
    /// A write-ahead log that belongs to it; one that is absent or empty does not matter.
    pub(crate) base_wal: Option<&'a Utf8Path>,
    /// The numbers of the packages that are taken out ([`crate::Installed::id`]).
    pub(crate) remove: &'a [u32],
    /// The packages that are put in, in this order.
    pub(crate) add: &'a [NewPackage<'a>],
    /// When, and by which transaction.
    pub(crate) installation: Installation,
}

/// Writes a database to `out` at once: it is complete, or as before. Nothing is synced.
pub(crate) fn write(out: &Utf8Path, update: &Update<'_>, monitor: &Monitor) -> Result<()> {
    write_with(out, update, monitor, CACHE)
}

/// SQLite's page cache, in KiB.
pub(crate) const CACHE: u32 = 65_536;

/// The same with another cache, which must not matter.
pub(crate) fn write_with(
    out: &Utf8Path,
    update: &Update<'_>,
    monitor: &Monitor,
    cache: u32,
) -> Result<()> {
    let total = update.remove.len() + update.add.len();
    monitor.begin(Phase::Database, total as u64, Unit::Items)?;
    let parent = match out.parent() {
        Some(parent) if !parent.as_str().is_empty() => parent,
        _ => Utf8Path::new("."),
    };
    // A folder of its own, so that whatever SQLite puts beside the file goes with it.
    let folder = tempfile::Builder::new()
        .prefix(".rpmdb-")
        .tempdir_in(parent)
        .map_err(Error::io("create a folder in", parent))?;
    let work = Utf8PathBuf::from_path_buf(folder.path().join("rpmdb.sqlite"))
        .map_err(|path| Error::unsupported("a path that is not UTF-8", path.to_string_lossy()))?;
    if let Some(base) = update.base {
        copy_base(base, update.base_wal, &work)?;
    }
    let name = update.base.unwrap_or(out);
    let mut db = sqlite::open_to_write(&work)?;
    fill(&mut db, name, update, monitor, cache)?;
    let roots = sqlite::roots(&db).map_err(sqlite::failed(name))?;
    db.close()
        .map_err(|(_, error)| sqlite::failed(name)(error))?;
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .open(&work)
        .map_err(Error::io("open", &work))?;
    pages::clear_unused(&file, &roots, name)?;
    for (place, bytes) in FIXED {
        file.write_all_at(&bytes, place)
            .map_err(Error::io("write", &work))?;
    }
    file.set_permissions(Permissions::from_mode(0o644))
        .map_err(Error::io("write", &work))?;
    std::fs::rename(&work, out).map_err(Error::io("create", out))
}

/// Copies the base's database, in whatever mode it was left.
fn copy_base(base: &Utf8Path, wal: Option<&Utf8Path>, work: &Utf8Path) -> Result<()> {
    check_format(base)?;
    std::fs::copy(base, work).map_err(Error::io("copy", base))?;
    std::fs::set_permissions(work, Permissions::from_mode(0o600))
        .map_err(Error::io("write", work))?;
    if let Some(wal) = wal {
        sqlite::apply_wal(work, wal, base)?;
    }
    let file = OpenOptions::new()
        .write(true)
        .open(work)
        .map_err(Error::io("open", work))?;
    set_rollback_journal(&file).map_err(Error::io("write", work))
}

/// In this mode SQLite needs no file beside the database.
fn set_rollback_journal(file: &File) -> std::io::Result<()> {
    let (place, bytes) = JOURNAL;
    file.write_all_at(&bytes, place)
}

/// Takes the packages out and puts them in, in one transaction.
fn fill(
    db: &mut Connection,
    name: &Utf8Path,
    update: &Update<'_>,
    monitor: &Monitor,
    cache: u32,
) -> Result<()> {
    let failed = |error| sqlite::failed(name)(error);
    db.execute_batch(&format!(
        "PRAGMA page_size = 4096; PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; \
         PRAGMA locking_mode = EXCLUSIVE; PRAGMA secure_delete = ON; PRAGMA cache_size = -{cache};"
    ))
    .map_err(failed)?;
    let transaction = db.transaction().map_err(failed)?;
    match update.base {
        Some(_) => {
            let tables = sqlite::check_tables(&transaction, name)?;
            if let Some(table) = TABLES.iter().find(|table| !tables.contains(table.name)) {
                return Err(Error::corrupt(
                    name.as_str(),
                    format!("table {} is missing", table.name),
                ));
            }
        }
        None => transaction.execute_batch(&schema()).map_err(failed)?,
    }
    remove(&transaction, name, update.remove, monitor)?;
    for (number, package) in update.add.iter().enumerate() {
        let object = format!("package {} of {} to be added", number + 1, update.add.len());
        let header = stored_header(package, update.installation, &object)?;
        let nevra = header.nevra(&object)?.to_string();
        monitor.reach((update.remove.len() + number) as u64, &nevra)?;
        let mut insert = transaction
            .prepare_cached("INSERT INTO Packages VALUES (NULL, ?)")
            .map_err(failed)?;
        insert.execute([header.blob()]).map_err(failed)?;
        let id = transaction.last_insert_rowid();
        if u32::try_from(id).is_err() {
            return Err(Error::corrupt(
                name.as_str(),
                "it has used up rpm's numbers for packages",
            ));
        }
        for table in &TABLES {
            let rows = index::rows(table, &header, &nevra)?;
            if rows.is_empty() {
                continue;
            }
            let insert = format!("INSERT INTO \"{}\" VALUES (?, ?, ?)", table.name);
            let mut insert = transaction.prepare_cached(&insert).map_err(failed)?;
            for row in &rows {
                let key = match table.key {
                    Key::Text => ValueRef::Text(&row.key),
                    Key::Blob => ValueRef::Blob(&row.key),
                };
                let key = ToSqlOutput::Borrowed(key);
                insert.execute((key, id, row.place)).map_err(failed)?;
            }
        }
    }
    if update.base.is_none() {
        // Made last they are compact, and made faster.
        transaction.execute_batch(&indexes()).map_err(failed)?;
    }
    transaction.commit().map_err(failed)?;
    let total = update.remove.len() + update.add.len();
    monitor.reach(total as u64, "")
}

/// Takes packages out. The tables with one row per package have no SQL index over the packages,
/// but are small.
fn remove(db: &Connection, name: &Utf8Path, ids: &[u32], monitor: &Monitor) -> Result<()> {
    let failed = |error| sqlite::failed(name)(error);
    let delete = |table: &str, id: u32| {
        let delete = format!("DELETE FROM \"{table}\" WHERE hnum = ?");
        let mut delete = db.prepare_cached(&delete).map_err(failed)?;
        delete.execute([id]).map_err(failed)
    };
    for (number, id) in ids.iter().enumerate() {
        monitor.reach(number as u64, "")?;
        for table in &TABLES {
            delete(table.name, *id)?;
        }
        if delete("Packages", *id)? != 1 {
            return Err(Error::corrupt(
                name.as_str(),
                format!("it has no package {id}"),
            ));
        }
    }
    Ok(())
}

/// rpm's own text, to the letter: it is stored in the file.
fn schema() -> String {
    let mut sql = String::from(
        "CREATE TABLE 'Packages' (hnum INTEGER PRIMARY KEY AUTOINCREMENT,blob BLOB NOT NULL);",
    );
    for table in &TABLES {
        let kind = match table.key {
            Key::Text => "TEXT",
            Key::Blob => "BLOB",
        };
        sql.push_str(&format!(
            "CREATE TABLE '{}' (key '{kind}' NOT NULL, hnum INTEGER NOT NULL, \
             idx INTEGER NOT NULL, FOREIGN KEY (hnum) REFERENCES 'Packages'(hnum));",
            table.name
        ));
    }
    sql
}

fn indexes() -> String {
    let mut sql = String::new();
    for table in &TABLES {
        let mut index = |column: &str| {
            let name = table.name;
            sql.push_str(&format!(
                "CREATE INDEX '{name}_{column}_idx' ON '{name}'({column} ASC);"
            ));
        };
        if table.key == Key::Text {
            index("key");
        }
        if table.rows == Rows::Many {
            index("hnum");
        }
    }
    sql
}
