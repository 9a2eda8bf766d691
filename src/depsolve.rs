//! Decides which packages come and go: candidates and requests in; a solution, or explained
//! problems, out.
//!
//! The candidates are a [`Pool`] of `sys::solv`; requests are a [`Goal`]. Requests mean what they
//! mean to dnf, and the solver is dnf's, set up as dnf does it, so that users get the same answers.
//! The same goal over the same pool has one answer, whatever the order of the requests.

mod files;
mod problem;
mod reason;
mod request;
#[cfg(test)]
mod tests;

use crate::change::{Action, Reason};
use crate::error::{Error, Result};
use crate::nevra::Nevra;
use crate::sys::solv::{Flags, Job, Outcome, PackageId, Pool, RawStep, StepKind};
use request::Resolved;
use std::collections::BTreeSet;

/// Whether what packages recommend comes, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Weak {
    /// It does, where it can.
    #[default]
    On,
    /// It does not.
    Off,
}

/// What may happen to installed packages that the goal does not name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Installed {
    /// They stay as they are: the base of a layered system.
    #[default]
    Locked,
    /// They may be upgraded or replaced where something needs that, but not removed.
    Free,
}

/// Whether an installed package may become older.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Downgrade {
    /// Where something needs that.
    Allowed,
    /// Never.
    #[default]
    Refused,
}

/// What a solution must achieve.
#[derive(Debug, Clone, Default)]
pub(crate) struct Goal {
    /// Names, `NAME.ARCH`, `NAME-VERSION`, NEVRAs, capabilities (`foo >= 1`), paths; globs.
    pub(crate) install: Vec<String>,
    /// Packages of the pool to install, local ones for instance; installed ones stay.
    pub(crate) local: Vec<PackageId>,
    /// Packages of the pool that replace the installed ones of their names.
    pub(crate) replace: Vec<PackageId>,
    /// Installed packages to remove, written like requests.
    pub(crate) remove: Vec<String>,
    pub(crate) weak: Weak,
    pub(crate) downgrade: Downgrade,
    /// Packages that no one may bring in: names or patterns, as in a treefile.
    pub(crate) exclude: Vec<String>,
    pub(crate) installed: Installed,
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Solution {
    /// By name, EVR and architecture of the packages.
    pub(crate) steps: Vec<Step>,
}

/// One package that comes, goes or changes its version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) action: Action,
    /// The package that is there afterwards; for a removal the one that no longer is.
    pub(crate) package: PackageId,
    /// The installed package that it is a version of.
    pub(crate) from: Option<PackageId>,
    pub(crate) reason: Reason,
    /// Installed packages that go because this one comes; each has a step of its own.
    pub(crate) obsoletes: Vec<PackageId>,
}

/// Where a job of the solver is from.
#[derive(Debug, Clone)]
enum Origin {
    Request(String),
    Local(PackageId),
    Replace(PackageId),
    Remove(PackageId),
    Lock(PackageId),
}

/// Solves a goal. Fails with [`Error::NotFound`] naming all requests that match nothing, or with
/// [`Error::Unsolvable`].
pub(crate) fn solve(pool: &mut Pool, goal: &Goal) -> Result<Solution> {
    let mut requests = goal.install.clone();
    requests.sort();
    requests.dedup();
    if files::are_asked_for(&requests) && pool.lacks_filelists() {
        pool.load_filelists()?;
    }
    let barred = barred_by(pool, &goal.exclude);
    let resolved = request::resolve_all(pool, &requests, &barred)?;
    let removed = request::resolve_removals(pool, &goal.remove)?;
    let (jobs, origins) = jobs_of(pool, goal, &resolved, &removed);
    let flags = Flags {
        recommended: goal.weak == Weak::On,
        downgrade: goal.downgrade == Downgrade::Allowed,
        best: false,
    };
    if pool.lacks_filelists() && files::are_needed(pool, goal, &resolved)? {
        pool.load_filelists()?;
    }
    match pool.run(&jobs, flags, &barred)? {
        Outcome::Solved(raw) => Ok(solution_of(pool, goal, &resolved, &origins, &raw)),
        Outcome::Problems(problems) => {
            let told = problem::explain(pool, &problems, &origins, &barred);
            Err(Error::Unsolvable(told))
        }
    }
}

/// The packages of a solution in the order in which they are installed; removed ones are left out.
pub(crate) fn order(pool: &mut Pool, steps: &[Step]) -> Result<Vec<PackageId>> {
    let (mut coming, mut going) = (Vec::new(), Vec::new());
    for step in steps {
        match step.action {
            Action::Remove => going.push(step.package),
            _ => coming.push(step.package),
        }
        going.extend(step.from);
    }
    let mut ordered = pool.order(&coming, &going)?;
    ordered.retain(|id| coming.contains(id));
    Ok(ordered)
}

/// The installed package that a request is met by already.
pub(crate) fn provided_by_installed(pool: &mut Pool, request: &str) -> Result<Option<Nevra>> {
    let found = request::among_installed(pool, request)?;
    Ok(found.into_iter().map(|id| pool.nevra(id)).max())
}

fn barred_by(pool: &Pool, exclude: &[String]) -> BTreeSet<PackageId> {
    if exclude.is_empty() {
        return BTreeSet::new();
    }
    pool.packages()
        .filter(|id| !pool.is_installed(*id))
        .filter(|id| exclude.iter().any(|pattern| pool.is_meant(*id, pattern)))
        .collect()
}

fn jobs_of(
    pool: &Pool,
    goal: &Goal,
    resolved: &[Resolved],
    removed: &[PackageId],
) -> (Vec<Job>, Vec<Origin>) {
    let mut list: Vec<(Job, Origin)> = Vec::new();
    let sorted = |ids: &[PackageId]| ids.iter().copied().collect::<BTreeSet<_>>();
    for id in sorted(&goal.local) {
        list.push((Job::Install(vec![id]), Origin::Local(id)));
    }
    for id in sorted(&goal.replace) {
        list.push((Job::Install(vec![id]), Origin::Replace(id)));
    }
    for one in resolved {
        for group in &one.groups {
            list.push((
                Job::Install(group.clone()),
                Origin::Request(one.request.clone()),
            ));
        }
    }
    for id in sorted(removed) {
        list.push((Job::Erase(id), Origin::Remove(id)));
    }
    if goal.installed == Installed::Locked {
        let names: BTreeSet<&str> = goal.replace.iter().map(|id| pool.name(*id)).collect();
        let locked = pool
            .installed()
            .filter(|id| !removed.contains(id) && !names.contains(pool.name(*id)));
        list.extend(locked.map(|id| (Job::Lock(id), Origin::Lock(id))));
    }
    list.into_iter().unzip()
}

fn solution_of(
    pool: &mut Pool,
    goal: &Goal,
    resolved: &[Resolved],
    origins: &[Origin],
    raw: &[RawStep],
) -> Solution {
    let mut reasons = reason::of_new_packages(pool, goal, resolved, origins, raw);
    let mut steps: Vec<Step> = Vec::new();
    let mut gone = BTreeSet::new();
    for step in raw.iter().filter(|step| step.kind != StepKind::Remove) {
        let same_name = |id: &&PackageId| pool.name(**id) == pool.name(step.package);
        let from = match step.kind {
            StepKind::Install => None,
            _ => step.replaces.iter().find(same_name).copied(),
        };
        let obsoletes: Vec<PackageId> = step
            .replaces
            .iter()
            .filter(|id| Some(**id) != from)
            .copied()
            .collect();
        for id in &obsoletes {
            if gone.insert(*id) {
                steps.push(Step {
                    action: Action::Remove,
                    package: *id,
                    from: None,
                    reason: Reason::ObsoletedBy(pool.nevra(step.package)),
                    obsoletes: Vec::new(),
                });
            }
        }
        steps.push(Step {
            action: action_of(step.kind),
            package: step.package,
            from,
            reason: reasons.remove(&step.package).unwrap_or(Reason::Base),
            obsoletes,
        });
    }
    for step in raw.iter().filter(|step| step.kind == StepKind::Remove) {
        if gone.insert(step.package) {
            steps.push(Step {
                action: Action::Remove,
                package: step.package,
                from: None,
                reason: Reason::Removed,
                obsoletes: Vec::new(),
            });
        }
    }
    steps.sort_by_cached_key(|step| (pool.nevra(step.package), step.package));
    Solution { steps }
}

fn action_of(kind: StepKind) -> Action {
    match kind {
        StepKind::Install => Action::Install,
        StepKind::Upgrade => Action::Upgrade,
        StepKind::Downgrade => Action::Downgrade,
        StepKind::Reinstall => Action::Reinstall,
        StepKind::Remove => Action::Remove,
    }
}
