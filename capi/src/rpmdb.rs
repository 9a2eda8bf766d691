//! The installed set of a tree.

use crate::call::{Result, call, value};
use crate::code::regraft_code;
use crate::error::regraft_error;
use crate::handle::{self, Exclusive, Out, Owned, peek, required};
use crate::installed::regraft_installed_list;
use crate::nevra_list::regraft_nevra_list;
use crate::sysroot::regraft_sysroot;
use crate::text::{self, Text};
use engine::Rpmdb;
use std::ffi::c_char;

/// A tree's rpm database, read-only: nothing is ever written beside it, nor locked. One call at a
/// time: any thread may use it, and gets `REGRAFT_IN_USE` while another call has it; what it
/// answers needs it no more.
pub struct regraft_rpmdb {
    file: Text,
    db: Exclusive<Rpmdb>,
}

impl Owned for regraft_rpmdb {}

impl regraft_rpmdb {
    fn new(db: Rpmdb) -> regraft_rpmdb {
        regraft_rpmdb {
            file: Text::new(db.file().as_str()),
            db: Exclusive::new("rpm database", db),
        }
    }

    /// What `regraft_rpmdb_diff` tells.
    pub(crate) fn diff(&self, after: &regraft_rpmdb) -> Result<Vec<engine::Change>> {
        let before = self.db.enter()?;
        Ok(match std::ptr::eq(self, after) {
            true => before.diff(&before)?,
            false => before.diff(&*after.db.enter()?)?,
        })
    }
}

/// Opens the database at a path: a file `rpmdb.sqlite`, a folder that has one, or a root that has
/// one in `usr/share/rpm`, `usr/lib/sysimage/rpm` or `var/lib/rpm` (symlinks do not lead out of the
/// root). What another program writes meanwhile is not seen. The program owns the database;
/// `regraft_rpmdb_free`.
///
/// Fails with `REGRAFT_ERROR_NOT_FOUND` when there is none, `REGRAFT_ERROR_UNSUPPORTED` for one in
/// NDB or Berkeley DB format, `REGRAFT_ERROR_CORRUPT` for one that is damaged.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_rpmdb_open(
    path: *const c_char,
    rpmdb: *mut *mut regraft_rpmdb,
    error: *mut *mut regraft_error,
) -> regraft_code {
    call(error, || {
        let out = Out::new(rpmdb, "rpmdb")?;
        let path = text::read(path, "path")?;
        out.put(regraft_rpmdb::new(Rpmdb::open(path)?));
        Ok(())
    })
}

/// Opens the database inside a deployment, or inside any commit of the repository: `rev` is a
/// deployment's identifier, a ref or a checksum. The program owns the database, which needs the
/// sysroot no more; `regraft_rpmdb_free`.
///
/// Fails with `REGRAFT_ERROR_NOT_FOUND` when nothing has that name or it has no package database;
/// otherwise as `regraft_rpmdb_open`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_sysroot_rpmdb(
    sysroot: *const regraft_sysroot,
    rev: *const c_char,
    rpmdb: *mut *mut regraft_rpmdb,
    error: *mut *mut regraft_error,
) -> regraft_code {
    call(error, || {
        let out = Out::new(rpmdb, "rpmdb")?;
        let sysroot = required(sysroot, "sysroot")?;
        let rev = text::read(rev, "rev")?;
        out.put(regraft_rpmdb::new(sysroot.sysroot.rpmdb(rev)?));
        Ok(())
    })
}

/// The file that was opened. `""` for NULL. Borrowed from the database.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_rpmdb_file(rpmdb: *const regraft_rpmdb) -> *const c_char {
    value(text::empty(), || Some(peek(rpmdb)?.file.pointer()))
}

/// The installed packages, sorted by NEVRA. Public keys, which rpm keeps as packages, are not among
/// them. The program owns the list, which needs the database no more;
/// `regraft_installed_list_free`. Fails with `REGRAFT_ERROR_CORRUPT` when the database or a header
/// in it is damaged.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_rpmdb_packages(
    rpmdb: *const regraft_rpmdb,
    packages: *mut *mut regraft_installed_list,
    error: *mut *mut regraft_error,
) -> regraft_code {
    call(error, || {
        let out = Out::new(packages, "packages")?;
        let db = required(rpmdb, "rpmdb")?.db.enter()?;
        out.put(regraft_installed_list::new(db.packages()?));
        Ok(())
    })
}

/// Which packages there are, sorted. The program owns the list; `regraft_nevra_list_free`. Fails as
/// `regraft_rpmdb_packages`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_rpmdb_nevras(
    rpmdb: *const regraft_rpmdb,
    packages: *mut *mut regraft_nevra_list,
    error: *mut *mut regraft_error,
) -> regraft_code {
    call(error, || {
        let out = Out::new(packages, "packages")?;
        let db = required(rpmdb, "rpmdb")?.db.enter()?;
        out.put(regraft_nevra_list::new(&db.nevras()?));
        Ok(())
    })
}

/// The public keys that rpm trusts, which it keeps as packages named `gpg-pubkey`. The program owns
/// the list, which needs the database no more; `regraft_installed_list_free`. Fails as
/// `regraft_rpmdb_packages`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_rpmdb_keys(
    rpmdb: *const regraft_rpmdb,
    packages: *mut *mut regraft_installed_list,
    error: *mut *mut regraft_error,
) -> regraft_code {
    call(error, || {
        let out = Out::new(packages, "packages")?;
        let db = required(rpmdb, "rpmdb")?.db.enter()?;
        out.put(regraft_installed_list::new(db.keys()?));
        Ok(())
    })
}

/// The packages of a name; an empty list for none. The program owns the list, which needs the
/// database no more; `regraft_installed_list_free`. Fails as `regraft_rpmdb_packages`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_rpmdb_by_name(
    rpmdb: *const regraft_rpmdb,
    name: *const c_char,
    packages: *mut *mut regraft_installed_list,
    error: *mut *mut regraft_error,
) -> regraft_code {
    call(error, || {
        let out = Out::new(packages, "packages")?;
        let name = text::read(name, "name")?;
        let db = required(rpmdb, "rpmdb")?.db.enter()?;
        out.put(regraft_installed_list::new(db.by_name(name)?));
        Ok(())
    })
}

/// The packages that provide a capability (`NAME` or `NAME OPERATOR VERSION`), or for one that
/// begins with `/` also those that own that file. The program owns the list, which needs the
/// database no more; `regraft_installed_list_free`. Fails with `REGRAFT_ERROR_INVALID_ARGUMENT` for
/// what is no capability; otherwise as `regraft_rpmdb_packages`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_rpmdb_providing(
    rpmdb: *const regraft_rpmdb,
    capability: *const c_char,
    packages: *mut *mut regraft_installed_list,
    error: *mut *mut regraft_error,
) -> regraft_code {
    call(error, || {
        let out = Out::new(packages, "packages")?;
        let capability = text::read(capability, "capability")?;
        let db = required(rpmdb, "rpmdb")?.db.enter()?;
        out.put(regraft_installed_list::new(db.providing(capability)?));
        Ok(())
    })
}

/// The packages that own a file, by its absolute path as the packages have it. Files that were left
/// out, or that another package replaced, do not count. The program owns the list, which needs the
/// database no more; `regraft_installed_list_free`. Fails as `regraft_rpmdb_packages`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_rpmdb_owning(
    rpmdb: *const regraft_rpmdb,
    path: *const c_char,
    packages: *mut *mut regraft_installed_list,
    error: *mut *mut regraft_error,
) -> regraft_code {
    call(error, || {
        let out = Out::new(packages, "packages")?;
        let path = text::read(path, "path")?;
        let db = required(rpmdb, "rpmdb")?.db.enter()?;
        out.put(regraft_installed_list::new(db.owning(path)?));
        Ok(())
    })
}

/// Frees a database; NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_rpmdb_free(rpmdb: *mut regraft_rpmdb) {
    handle::free(rpmdb);
}
