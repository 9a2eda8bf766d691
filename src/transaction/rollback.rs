//! The deployment before becomes the one that boots next.

use crate::deployment::id_of;
use crate::error::{Error, Result};
use crate::job::{Job, Monitor, Phase, Unit};
use crate::sys::namespace;
use crate::sysroot::{Lock, Sysroot};
use crate::transaction::outcome::Outcome;
use crate::transaction::{cleanup, deploy};

impl Sysroot {
    /// Makes the stateroot's second deployment the first one; where the booted one is not first,
    /// that one. Doing it twice is doing nothing.
    ///
    /// # Errors
    ///
    /// [`Error::State`] when there is no deployment to go back to, [`Error::Busy`].
    pub fn rollback(&self, job: &mut Job) -> Result<Outcome> {
        job.run("regraft-rollback", &[(Phase::Deploy, 1)], |monitor| {
            namespace::on_writer_thread("regraft-writer", self.path(), || rollback(self, monitor))
        })
    }
}

fn rollback(sysroot: &Sysroot, monitor: &Monitor) -> Result<Outcome> {
    let lock = Lock::take(sysroot, monitor)?;
    let handle = lock.handle();
    cleanup::leftovers(sysroot, handle)?;
    monitor.begin(Phase::Deploy, 0, Unit::Items)?;
    let stateroot = sysroot.stateroot_name(handle)?;
    let all = handle.raw_deployments();
    let here: Vec<usize> = (0..all.len())
        .filter(|place| all[*place].osname() == stateroot && !all[*place].is_staged())
        .collect();
    let booted = handle.sysroot.booted_deployment();
    let booted = here
        .iter()
        .position(|place| booted.as_ref().is_some_and(|b| b.equal(&all[*place])));
    let target = match booted {
        Some(at) if at > 0 => here[at],
        _ => *here.get(1).ok_or_else(|| Error::State {
            object: format!("the stateroot {stateroot}"),
            reason: "it has no deployment to go back to".to_owned(),
            remedy: "a rollback needs a second deployment; `status` lists them".to_owned(),
        })?,
    };
    // libostree 2022.7 knows the booted deployment by its address, and `Deployment::clone` of the binding,
    // which hides `Clone::clone`, is libostree's own that makes another object.
    let mut order: Vec<ostree::Deployment> = vec![Clone::clone(&all[target])];
    let others = all.iter().enumerate();
    order.extend(
        others
            .filter(|(place, raw)| *place != target && !raw.is_staged())
            .map(|(_, raw)| Clone::clone(raw)),
    );
    monitor.check()?;
    deploy::write_entries(sysroot, handle, &order)?;
    let id = id_of(&all[target]);
    deploy::finish(sysroot);
    Ok(Outcome::Deployed {
        id,
        scripts: Vec::new(),
        objects: 0,
    })
}
