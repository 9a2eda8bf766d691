//! How SQLite is opened, and what its errors mean.

use crate::error::{Error, Result};
use crate::rpmdb::index::TABLES;
use crate::sys::file::TemporaryFolder;
use camino::{Utf8Path, Utf8PathBuf};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};
use std::collections::BTreeSet;

/// For `map_err`: what SQLite's error means for this file.
pub(crate) fn failed(file: &Utf8Path) -> impl FnOnce(rusqlite::Error) -> Error + '_ {
    move |error| {
        let os = match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => libc::ENOSPC,
            Some(ErrorCode::ReadOnly) => libc::EROFS,
            Some(ErrorCode::PermissionDenied | ErrorCode::AuthorizationForStatementDenied) => {
                libc::EACCES
            }
            Some(ErrorCode::OutOfMemory) => libc::ENOMEM,
            Some(ErrorCode::SystemIoFailure | ErrorCode::CannotOpen) => libc::EIO,
            _ => return Error::corrupt(file.as_str(), error.to_string()),
        };
        let source = std::io::Error::from_raw_os_error(os);
        Error::io("use", file)(source)
    }
}

/// Opens a database that nobody writes, without locks and without a file beside it.
pub(crate) fn open_to_read(file: &Utf8Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_URI
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(address(file), flags).map_err(failed(file))?;
    distrust(&db).map_err(failed(file))?;
    Ok(db)
}

/// Opens a database of one's own.
pub(crate) fn open_to_write(file: &Utf8Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(file, flags).map_err(failed(file))?;
    distrust(&db).map_err(failed(file))?;
    Ok(db)
}

/// A schema that comes with the file must not make SQLite do more than keep tables.
fn distrust(db: &Connection) -> rusqlite::Result<()> {
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false)?;
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false)?;
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_FKEY, false)?;
    db.execute_batch("PRAGMA cell_size_check = ON")
}

/// The `file:` address of a path.
fn address(file: &Utf8Path) -> String {
    let mut address = String::from("file:");
    for byte in file.as_str().bytes() {
        match byte {
            b'/' | b'.' | b'-' | b'_' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => {
                address.push(char::from(byte));
            }
            _ => address.push_str(&format!("%{byte:02X}")),
        }
    }
    address.push_str("?immutable=1");
    address
}

/// The file of a write-ahead log.
pub(crate) fn wal_of(file: &Utf8Path) -> Utf8PathBuf {
    Utf8PathBuf::from(format!("{file}-wal"))
}

/// The names of the tables, among them `Packages`. What bears a name of rpm's must be a plain
/// table: a view or a virtual table could do anything when it is read.
pub(crate) fn check_tables(db: &Connection, file: &Utf8Path) -> Result<BTreeSet<String>> {
    let failed = |error| failed(file)(error);
    let query = "SELECT name, type = 'table' AND sql LIKE 'CREATE TABLE %' FROM sqlite_schema \
                 WHERE type IN ('table', 'view')";
    let mut query = db.prepare(query).map_err(failed)?;
    let mut rows = query.query([]).map_err(failed)?;
    let mut tables = BTreeSet::new();
    while let Some(row) = rows.next().map_err(failed)? {
        let name: String = row.get(0).map_err(failed)?;
        let plain: bool = row.get(1).map_err(failed)?;
        if !plain && (name == PACKAGES || TABLES.iter().any(|table| table.name == name)) {
            return Err(Error::corrupt(
                file.as_str(),
                format!("{name} is no plain table"),
            ));
        }
        tables.insert(name);
    }
    match tables.contains(PACKAGES) {
        true => Ok(tables),
        false => Err(Error::corrupt(file.as_str(), "table Packages is missing")),
    }
}

/// The first page of every tree in the file.
pub(crate) fn roots(db: &Connection) -> rusqlite::Result<Vec<u32>> {
    let mut query = db.prepare("SELECT rootpage FROM sqlite_schema WHERE rootpage > 0")?;
    let mut roots = query
        .query_map([], |row| row.get(0))?
        .collect::<rusqlite::Result<Vec<u32>>>()?;
    // The schema's own.
    roots.push(1);
    Ok(roots)
}

/// The table of the headers.
const PACKAGES: &str = "Packages";

/// Bytes of a write-ahead log's own header: one without more holds nothing.
const WAL_HEADER: u64 = 32;

/// Where a log was left that still holds changes, a copy of the database that has them, and the
/// folder of that copy.
pub(crate) fn with_wal_applied(
    file: &Utf8Path,
    wal: &Utf8Path,
) -> Result<Option<(Utf8PathBuf, TemporaryFolder)>> {
    if !has_changes(wal)? {
        return Ok(None);
    }
    let folder = TemporaryFolder::new()?;
    let copy = folder.path.join("rpmdb.sqlite");
    std::fs::copy(file, &copy).map_err(Error::io("copy", file))?;
    apply_wal(&copy, wal, file)?;
    Ok(Some((copy, folder)))
}

fn has_changes(wal: &Utf8Path) -> Result<bool> {
    match std::fs::metadata(wal) {
        Ok(meta) => Ok(meta.len() > WAL_HEADER),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(Error::io("read", wal)(error)),
    }
}

/// Puts the changes of a log into one's own copy of its database; `file` names it in errors.
pub(crate) fn apply_wal(copy: &Utf8Path, wal: &Utf8Path, file: &Utf8Path) -> Result<()> {
    if !has_changes(wal)? {
        return Ok(());
    }
    std::fs::copy(wal, wal_of(copy)).map_err(Error::io("copy", wal))?;
    let db = open_to_write(copy)?;
    // SQLite applies the log when it leaves that mode, and removes it.
    db.pragma_update(None, "synchronous", "OFF")
        .map_err(failed(file))?;
    let mode: String = db
        .query_row("PRAGMA journal_mode = DELETE", [], |row| row.get(0))
        .map_err(failed(file))?;
    db.close().map_err(|(_, error)| failed(file)(error))?;
    match mode == "delete" {
        true => Ok(()),
        false => Err(Error::corrupt(
            file.as_str(),
            "its write-ahead log cannot be applied",
        )),
    }
}
