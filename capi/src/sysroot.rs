//! A machine's, or an image's, OSTree sysroot.

use crate::call::{Failure, call, value};
use crate::code::{REGRAFT_BAD_ENUM, regraft_code};
use crate::error::regraft_error;
use crate::handle::{self, Out, Owned, hold, peek};
use crate::job::regraft_job;
use crate::outcome::regraft_outcome;
use crate::snapshot::regraft_snapshot;
use crate::text::{self, Text};
use engine::{Cleanup, Sysroot};
use std::ffi::c_char;
use std::time::Duration;

/// An OSTree sysroot: a path with options, which holds nothing open. Immutable: any thread, several
/// at a time. What it makes (snapshots, transactions) does not need it any more.
pub struct regraft_sysroot {
    pub(crate) sysroot: Sysroot,
    path: Text,
}

impl Owned for regraft_sysroot {}

impl regraft_sysroot {
    fn new(sysroot: Sysroot) -> regraft_sysroot {
        let path = Text::new(sysroot.path().as_str());
        regraft_sysroot { sysroot, path }
    }
}

/// `regraft_sysroot_cleanup`: the deployments that would boot before the booted one.
pub const REGRAFT_CLEANUP_PENDING: u32 = 1;
/// `regraft_sysroot_cleanup`: the deployments behind the booted one; where none is booted, all but
/// the first.
pub const REGRAFT_CLEANUP_ROLLBACK: u32 = 2;
/// `regraft_sysroot_cleanup`: repository metadata and downloaded packages.
pub const REGRAFT_CLEANUP_METADATA: u32 = 4;
/// `regraft_sysroot_cleanup`: root views of bases and other caches.
pub const REGRAFT_CLEANUP_CACHES: u32 = 8;

/// Opens the sysroot at `path`: `/` is the running machine. Reading it needs no privileges. The
/// program owns it; `regraft_sysroot_free`.
///
/// Fails with `REGRAFT_ERROR_NOT_FOUND` when there is no such folder, and with
/// `REGRAFT_ERROR_NOT_A_SYSROOT` when it is none, or is in a format that this version cannot read.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_sysroot_open(
    path: *const c_char,
    sysroot: *mut *mut regraft_sysroot,
    error: *mut *mut regraft_error,
) -> regraft_code {
    call(error, || {
        let out = Out::new(sysroot, "sysroot")?;
        let opened = Sysroot::open(text::read(path, "path")?)?;
        out.put(regraft_sysroot::new(opened));
        Ok(())
    })
}

/// Makes an empty sysroot in the existing folder `path`, and opens it. One that is there already
/// stays as it is. The program owns it; `regraft_sysroot_free`.
///
/// Fails with `REGRAFT_ERROR_ENGINE`, `REGRAFT_ERROR_PERMISSION` or `REGRAFT_ERROR_IO` when the
/// folder cannot be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_sysroot_create(
    path: *const c_char,
    sysroot: *mut *mut regraft_sysroot,
    error: *mut *mut regraft_error,
) -> regraft_code {
    call(error, || {
        let out = Out::new(sysroot, "sysroot")?;
        let made = Sysroot::create(text::read(path, "path")?)?;
        out.put(regraft_sysroot::new(made));
        Ok(())
    })
}

/// Makes the stateroot `name`, with its `/var`; one that is there already stays as it is. `*scoped`
/// becomes the same sysroot with all calls about that stateroot, owned by the program.
///
/// Fails with `REGRAFT_ERROR_INVALID_ARGUMENT` for what cannot be a folder's name, and with
/// `REGRAFT_ERROR_ENGINE` when the sysroot cannot be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_sysroot_create_stateroot(
    sysroot: *const regraft_sysroot,
    name: *const c_char,
    scoped: *mut *mut regraft_sysroot,
    error: *mut *mut regraft_error,
) -> regraft_code {
    call(error, || {
        let out = Out::new(scoped, "scoped")?;
        let sysroot = hold(sysroot, "sysroot")?;
        let name = text::read(name, "name")?;
        out.put(regraft_sysroot::new(
            sysroot.sysroot.create_stateroot(name)?,
        ));
        Ok(())
    })
}

/// `*scoped` becomes the same sysroot with all calls about the stateroot `name` (libostree's "OS
/// name"), owned by the program. Without this they are about the stateroot of the booted
/// deployment, or where none is booted, about the only one. That it exists is checked by the calls.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_sysroot_stateroot(
    sysroot: *const regraft_sysroot,
    name: *const c_char,
    scoped: *mut *mut regraft_sysroot,
    error: *mut *mut regraft_error,
) -> regraft_code {
    call(error, || {
        let out = Out::new(scoped, "scoped")?;
        let sysroot = hold(sysroot, "sysroot")?;
        let name = text::read(name, "name")?;
        out.put(regraft_sysroot::new(sysroot.sysroot.stateroot(name)));
        Ok(())
    })
}

/// `*waiting` becomes the same sysroot with writing calls waiting up to `milliseconds` for another
/// program to release the lock before they fail with `REGRAFT_ERROR_BUSY`; owned by the program. By
/// default they do not wait.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_sysroot_wait_for_lock(
    sysroot: *const regraft_sysroot,
    milliseconds: u64,
    waiting: *mut *mut regraft_sysroot,
    error: *mut *mut regraft_error,
) -> regraft_code {
    call(error, || {
        let out = Out::new(waiting, "waiting")?;
        let sysroot = hold(sysroot, "sysroot")?;
        let time = Duration::from_millis(milliseconds);
        out.put(regraft_sysroot::new(sysroot.sysroot.wait_for_lock(time)));
        Ok(())
    })
}

/// The sysroot's folder, with no symbolic links in it. `""` for NULL. Borrowed from the sysroot.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_sysroot_path(sysroot: *const regraft_sysroot) -> *const c_char {
    value(text::empty(), || Some(peek(sysroot)?.path.pointer()))
}

/// Reads the deployments of the stateroot, or of all where none was chosen. The program owns the
/// snapshot, which later changes do not reach; `regraft_snapshot_free`.
///
/// Fails with `REGRAFT_ERROR_NOT_A_SYSROOT`, and with `REGRAFT_ERROR_CORRUPT` or
/// `REGRAFT_ERROR_CONFIG` when a deployment's commit or origin cannot be read.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_sysroot_snapshot(
    sysroot: *const regraft_sysroot,
    snapshot: *mut *mut regraft_snapshot,
    error: *mut *mut regraft_error,
) -> regraft_code {
    call(error, || {
        let out = Out::new(snapshot, "snapshot")?;
        let status = hold(sysroot, "sysroot")?.sysroot.status()?;
        out.put(regraft_snapshot::new(&status));
        Ok(())
    })
}

/// Makes the stateroot's second deployment the first one; where the booted one is not first, that
/// one. Doing it twice is doing nothing. The program owns the outcome; `regraft_outcome_free`.
///
/// Fails with `REGRAFT_ERROR_STATE` when there is no deployment to go back to, and with
/// `REGRAFT_ERROR_BUSY`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_sysroot_rollback(
    sysroot: *const regraft_sysroot,
    job: *mut regraft_job,
    outcome: *mut *mut regraft_outcome,
    error: *mut *mut regraft_error,
) -> regraft_code {
    call(error, || {
        let out = Out::new(outcome, "outcome")?;
        let sysroot = hold(sysroot, "sysroot")?;
        let job = hold(job, "job")?;
        let outcome = job.run(|job| Ok(sysroot.sysroot.rollback(job)?))?;
        out.put(regraft_outcome::new(&outcome));
        Ok(())
    })
}

/// Removes what `what` says, a sum of `REGRAFT_CLEANUP_*`, and always what nothing refers to any
/// more. The booted deployment, pinned ones and, where none is booted, the first one stay.
///
/// Fails with `REGRAFT_BAD_ENUM` for a bit that means nothing, `REGRAFT_ERROR_BUSY`,
/// `REGRAFT_ERROR_ENGINE`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_sysroot_cleanup(
    sysroot: *const regraft_sysroot,
    what: u32,
    job: *mut regraft_job,
    error: *mut *mut regraft_error,
) -> regraft_code {
    const ALL: u32 = REGRAFT_CLEANUP_PENDING
        | REGRAFT_CLEANUP_ROLLBACK
        | REGRAFT_CLEANUP_METADATA
        | REGRAFT_CLEANUP_CACHES;
    call(error, || {
        let sysroot = hold(sysroot, "sysroot")?;
        let job = hold(job, "job")?;
        if what & !ALL != 0 {
            let message = format!("{what} is no sum of REGRAFT_CLEANUP_ values");
            return Err(Failure::Own(REGRAFT_BAD_ENUM, message));
        }
        let what = Cleanup {
            pending: what & REGRAFT_CLEANUP_PENDING != 0,
            rollback: what & REGRAFT_CLEANUP_ROLLBACK != 0,
            metadata: what & REGRAFT_CLEANUP_METADATA != 0,
            caches: what & REGRAFT_CLEANUP_CACHES != 0,
        };
        job.run(|job| Ok(sysroot.sysroot.cleanup(what, job)?))
    })
}

/// Frees a sysroot; NULL is fine. What was made from it lives on.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_sysroot_free(sysroot: *mut regraft_sysroot) {
    handle::free(sysroot);
}
