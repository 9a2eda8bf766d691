//! What is wrong with a sysroot, and what an interrupted call left behind.
//!
//! ```no_run
//! use regraft::{Job, Sysroot};
//!
//! let sysroot = Sysroot::open("/")?;
//! for finding in sysroot.check(&mut Job::new())? {
//!     println!("{finding}"); // the object, what is wrong with it, what to do
//! }
//! for mended in sysroot.recover(&mut Job::new())? {
//!     println!("removed {}", mended.object());
//! }
//! # Ok::<(), regraft::Error>(())
//! ```

mod boot;
mod deployments;
mod finding;
mod objects;

use crate::error::{Error, Result};
use crate::job::{Job, Monitor, Phase, Unit};
use crate::sys::namespace;
use crate::sysroot::{Lock, Sysroot, damage, leftover};
use crate::transaction::{cleanup, deploy};

pub use finding::{Finding, FindingKind, Mend};

/// How the time of a check is usually shared.
const CHECK_PHASES: [(Phase, u32); 1] = [(Phase::Check, 1)];

impl Sysroot {
    /// Looks at everything that a machine needs to boot and that calls count on: the boot menu and
    /// its kernels, the deployments' folders, origins and package databases, all refs, and each
    /// object of the repository, byte by byte (some ten seconds for a gigabyte); and what an
    /// interrupted call left behind. Changes nothing, and takes no lock: what another program does
    /// meanwhile may show.
    ///
    /// All stateroots are looked at, whichever was chosen. An empty list says that all is well.
    ///
    /// # Errors
    ///
    /// [`Error::Cancelled`], and [`Error::Io`], [`Error::Permission`] or [`Error::Engine`] for what
    /// cannot be looked at.
    pub fn check(&self, job: &mut Job) -> Result<Vec<Finding>> {
        job.run("regraft-check", &CHECK_PHASES, |monitor| {
            check(self, monitor)
        })
    }

    /// Removes what interrupted calls left behind, as the next call that changes the sysroot would
    /// do: folders of unfinished work, deployments that got no boot entry, refs of a transaction
    /// that has ended, objects that nothing refers to. Answers what it has removed. Of what is
    /// damaged it changes nothing.
    ///
    /// # Errors
    ///
    /// [`Error::Busy`]; [`Error::State`] where a boot entry was removed by hand; [`Error::Corrupt`]
    /// where damage makes it impossible to tell what is needed.
    pub fn recover(&self, job: &mut Job) -> Result<Vec<Finding>> {
        job.run("regraft-recover", &[(Phase::Cleanup, 1)], |monitor| {
            namespace::on_writer_thread("regraft-writer", self.path(), || recover(self, monitor))
        })
    }
}

fn check(sysroot: &Sysroot, monitor: &Monitor) -> Result<Vec<Finding>> {
    if !rustix::process::geteuid().is_root() {
        return Err(Error::Permission {
            action: format!("check {}", sysroot.path()),
            reason: "some of its files only root may read".to_owned(),
            remedy: "run this as root".to_owned(),
        });
    }
    monitor.begin(Phase::Check, 0, Unit::Items)?;
    let mut found = Vec::new();
    boot::check(sysroot.path(), &mut found);
    let handle = match sysroot.load() {
        Ok(handle) => handle,
        Err(error @ (Error::Cancelled | Error::Permission { .. })) => return Err(error),
        Err(error) => {
            // Of what is found already it is the consequence.
            if found.is_empty() {
                found.push(unloadable(sysroot, &error));
            }
            // The repository can be looked at all the same.
            objects::check(
                &damage::repo(sysroot.path())?,
                Vec::new(),
                monitor,
                &mut found,
            )?;
            found.sort_by_key(Finding::kind);
            return Ok(found);
        }
    };
    if let Some(interrupted) = leftover::interrupted(sysroot, &handle) {
        found.extend(interrupted.left().iter().map(|left| leftover_of(left)));
    }
    boot::check_entries(sysroot.path(), &handle, &mut found);
    deployments::check(sysroot, &handle, monitor, &mut found)?;
    let raw = handle.raw_deployments();
    let deployed: Vec<(String, String)> = raw
        .iter()
        .map(|raw| (crate::deployment::id_of(raw), raw.csum().to_string()))
        .collect();
    objects::check(&handle.repo, deployed, monitor, &mut found)?;
    found.sort_by_key(Finding::kind);
    Ok(found)
}

fn leftover_of(left: &str) -> Finding {
    let reason = "an interrupted call left it";
    let remedy = "`recover` removes it, and so does the next call that changes the sysroot";
    Finding::new(FindingKind::Leftover, left, reason, remedy).mended_by_recover()
}

fn unloadable(sysroot: &Sysroot, error: &Error) -> Finding {
    let remedy = "look at its files, of which this message is about the first that is wrong";
    let object = format!("the sysroot {}", sysroot.path());
    Finding::new(FindingKind::Sysroot, object, error.to_string(), remedy)
}

fn recover(sysroot: &Sysroot, monitor: &Monitor) -> Result<Vec<Finding>> {
    // Before the lock is taken: after that, what is there is this call's own.
    let before = leftover::interrupted(sysroot, &sysroot.load_with(true)?);
    let lock = Lock::take(sysroot, monitor)?;
    monitor.begin(Phase::Cleanup, 0, Unit::Items)?;
    cleanup::leftovers(sysroot, lock.handle())?;
    deploy::tidy(sysroot)?;
    drop(lock);
    let left = before.map(|before| before.left().to_vec());
    Ok(left
        .unwrap_or_default()
        .iter()
        .map(|left| leftover_of(left))
        .collect())
}
