//! What is no longer needed, and what an interrupted call left behind.

use crate::error::{Error, Result};
use crate::job::{Job, Monitor, Phase, Unit};
use crate::sys::file::{self, Locked};
use crate::sys::namespace;
use crate::sysroot::leftover::{self, SCRATCH};
use crate::sysroot::{Handle, Lock, Sysroot};
use crate::transaction::deploy;
use camino::{Utf8Path, Utf8PathBuf};

/// What [`Sysroot::cleanup`] removes, as in `rpm-ostree cleanup`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cleanup {
    /// The deployments that would boot before the booted one.
    pub pending: bool,
    /// The deployments behind the booted one; where none is booted, all but the first.
    pub rollback: bool,
    /// Repository metadata and downloaded packages.
    pub metadata: bool,
    /// Root views of bases, and their packages as the solver sees them.
    pub caches: bool,
}

/// What libostree calls the folder of a repository transaction, and its lock beside it. It removes
/// the folder first, and never looks at a lock that has none.
const STAGING: Locked = Locked {
    prefix: "staging-",
    suffix: "-lock",
};

/// A folder for one call's work, removed when this is dropped, and by the next call where this one
/// was killed.
pub(crate) struct Scratch {
    pub(crate) path: Utf8PathBuf,
}

/// Makes one, in the sysroot's own file system.
pub(crate) fn scratch(sysroot: &Sysroot) -> Result<Scratch> {
    scratch_in(&sysroot.data())
}

pub(crate) fn scratch_in(folder: &Utf8Path) -> Result<Scratch> {
    std::fs::create_dir_all(folder).map_err(Error::io("create", folder))?;
    let made = tempfile::Builder::new()
        .prefix(SCRATCH)
        .tempdir_in(folder)
        .map_err(Error::io("create a folder in", folder))?;
    let path = Utf8PathBuf::from_path_buf(made.keep())
        .map_err(|path| Error::Internal(format!("{} is not UTF-8", path.display())))?;
    Ok(Scratch { path })
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.path);
    }
}

/// Removes what a killed call left; the caller holds the lock, so nobody uses any of it. Fails, and
/// removes nothing, where a boot entry is lost.
pub(crate) fn leftovers(sysroot: &Sysroot, handle: &Handle) -> Result<()> {
    leftover::refuse_lost_entries(sysroot.path(), handle)?;
    remove_scratch(&sysroot.data())?;
    file::remove_prefixed(&sysroot.data(), file::UNFINISHED)?;
    // A deployment that got no boot entry takes room, and would give the next one another name. It
    // is in nobody's way otherwise, so that a failure is one of the next call's.
    let _ = handle.sysroot.prepare_cleanup(gio::Cancellable::NONE);
    leftover::remove_new_loader(sysroot.path());
    file::remove_unused_locks(&sysroot.path().join("ostree/repo/tmp"), &STAGING);
    deploy::unprotect(handle)
}

/// Removes what killed calls left of [`scratch_in`].
pub(crate) fn remove_scratch(folder: &Utf8Path) -> Result<()> {
    file::remove_prefixed(folder, SCRATCH)
}

impl Sysroot {
    /// Removes what `what` says, and always what nothing refers to any more. The booted
    /// deployment, pinned ones and, where none is booted, the first one stay.
    ///
    /// # Errors
    ///
    /// [`Error::Busy`], [`Error::Engine`], [`Error::Io`].
    pub fn cleanup(&self, what: Cleanup, job: &mut Job) -> Result<()> {
        job.run("regraft-cleanup", &[(Phase::Cleanup, 1)], |monitor| {
            namespace::on_writer_thread("regraft-writer", self.path(), || {
                cleanup(self, what, monitor)
            })
        })
    }
}

fn cleanup(sysroot: &Sysroot, what: Cleanup, monitor: &Monitor) -> Result<()> {
    let lock = Lock::take(sysroot, monitor)?;
    let handle = lock.handle();
    monitor.begin(Phase::Cleanup, 0, Unit::Items)?;
    leftovers(sysroot, handle)?;
    if what.pending || what.rollback {
        let stateroot = sysroot.stateroot_name(handle)?;
        let booted = handle.sysroot.booted_deployment();
        let all = handle.raw_deployments();
        let here: Vec<&ostree::Deployment> =
            all.iter().filter(|raw| raw.osname() == stateroot).collect();
        // The one that stays: the booted one, or the one that boots next.
        let keep = here
            .iter()
            .position(|raw| booted.as_ref().is_some_and(|booted| booted.equal(raw)));
        let place = keep.unwrap_or(0);
        let goes = |raw: &ostree::Deployment| {
            let Some(at) = here.iter().position(|other| other.equal(raw)) else {
                return false;
            };
            let pending = what.pending && at < place;
            let rollback = what.rollback && at > place;
            (pending || rollback) && !raw.is_pinned()
        };
        let staying: Vec<ostree::Deployment> =
            all.iter().filter(|raw| !goes(raw)).cloned().collect();
        if staying.len() != all.len() {
            monitor.check()?;
            deploy::write_entries(sysroot, handle, &staying)?;
        }
    }
    for (wanted, names) in [
        (what.metadata, &["repodata", "packages"][..]),
        (what.caches, &["views", "installed"][..]),
    ] {
        for name in names.iter().filter(|_| wanted) {
            let path = sysroot.data().join(name);
            match std::fs::remove_dir_all(&path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(Error::io("remove", path)(error));
                }
                _ => {}
            }
        }
    }
    deploy::tidy(sysroot)
}
