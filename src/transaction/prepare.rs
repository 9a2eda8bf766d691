//! Wishes become a plan.

use crate::change::{Action, Change};
use crate::commit::metadata::RepoStamp;
use crate::commit::object::Commit;
use crate::commit::pull;
use crate::deployment::{Deployment, id_of};
use crate::depsolve::{self, Goal, Weak};
use crate::error::{Error, Result};
use crate::import;
use crate::job::{Monitor, Phase, Unit};
use crate::nevra::Nevra;
use crate::origin::Origin;
use crate::origin::digest::{self, DigestAction, DigestInput};
use crate::package::digest::hex;
use crate::plan::{self, BaseCommit, Plan, PlannedPackage, PlannedRepo, Sized, StartsFrom, Wishes};
use crate::repodata::CachePolicy;
use crate::sys::failpoint::{self, Point};
use crate::sys::solv::Pool;
use crate::sysroot::{Handle, Sysroot, Writable};
use crate::transaction::limits::Limits;
use crate::transaction::packages::Packages;
use crate::transaction::repositories::Repositories;
use crate::transaction::{Base, Start};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// The rules by which trees are made; a change of them makes another tree of the same inputs.
const RULES: u32 = 1;

/// What a transaction starts from, found.
pub(crate) struct Found {
    pub(crate) stateroot: String,
    /// The deployment, and libostree's object for it; none for a first one.
    pub(crate) deployment: Option<(Deployment, ostree::Deployment)>,
    pub(crate) origin: Origin,
}

/// Finds the deployment that a transaction starts from.
pub(crate) fn find_start(sysroot: &Sysroot, handle: &Handle, start: &Start) -> Result<Found> {
    let stateroot = sysroot.stateroot_name(handle)?;
    let raw = handle.raw_deployments();
    let none = |reason: &str| Error::State {
        object: format!("the stateroot {stateroot} of {}", sysroot.path()),
        reason: reason.to_owned(),
        remedy: "deploy a base first, with Sysroot::deploy_commit".to_owned(),
    };
    let mut here = raw.iter().filter(|raw| raw.osname() == stateroot);
    let raw = match start {
        Start::Base(Base::Pending) => here.next().ok_or_else(|| none("it has no deployment"))?,
        Start::Base(Base::Booted) => {
            let booted = handle.sysroot.booted_deployment();
            let booted = booted.ok_or_else(|| none("no deployment of it is booted"))?;
            let mut raw = raw.iter();
            raw.find(|raw| raw.equal(&booted))
                .ok_or_else(|| none("the booted deployment is not in it"))?
        }
        Start::Deployment(id) => {
            let same = |raw: &&ostree::Deployment| *id == id_of(raw);
            here.find(same).ok_or_else(|| Error::Stale {
                what: "the deployment that the plan starts from".to_owned(),
                planned: id.clone(),
                found: "gone".to_owned(),
            })?
        }
        Start::Commit(refspec) => {
            return Ok(Found {
                stateroot,
                deployment: None,
                origin: Origin::new(refspec),
            });
        }
    };
    let deployment = Deployment::load(handle, raw)?;
    if let Some(what) = deployment.origin().unsupported() {
        return Err(Error::unsupported(
            what,
            format!("the origin of {}", deployment.id()),
        ));
    }
    let origin = deployment.origin().clone();
    Ok(Found {
        stateroot,
        // Not the binding's `Deployment::clone`, which makes another object.
        deployment: Some((deployment, Clone::clone(raw))),
        origin,
    })
}

/// Makes the plan.
pub(crate) fn plan(
    sysroot: &Sysroot,
    start: &Start,
    wishes: &Wishes,
    monitor: &Monitor,
) -> Result<Plan> {
    let writable = sysroot.load_writable()?;
    let (sysroot, handle) = (&writable.sysroot, &writable.handle);
    let Found {
        stateroot,
        deployment,
        mut origin,
    } = find_start(sysroot, handle, start)?;
    apply(&mut origin, wishes)?;
    let refspec = origin
        .refspec()
        .map(str::to_owned)
        .ok_or_else(|| Error::State {
            object: format!("the origin of the stateroot {stateroot}"),
            reason: "it follows no ref".to_owned(),
            remedy: "deploy from a ref first".to_owned(),
        })?;
    let before = deployment.as_ref().map(|(deployment, _)| deployment);
    let base = resolve_base(&writable, &refspec, before, wishes, monitor)?;
    monitor.begin(Phase::Database, 0, Unit::Items)?;
    let mut installed = Packages::of(sysroot, handle, &base)?;
    check_base_requests(&installed, &origin, wishes)?;
    let now = match before {
        Some(before) if before.checksum() == base.checksum.hex() => installed.list.clone(),
        Some(before) => {
            let commit = handle.resolve(before.checksum())?;
            Packages::of(sysroot, handle, &commit)?.list
        }
        None => Vec::new(),
    };

    let mut solved = Solved::default();
    if origin.has_requests() {
        let pool = installed.take_pool()?;
        let repositories = match &deployment {
            Some((_, raw)) => Repositories::of_deployment(sysroot, handle, raw, &base)?,
            None => Repositories::of_commit(sysroot, handle, &base)?,
        };
        let inputs = Inputs {
            repositories: &repositories,
            installed: &installed,
            origin: &origin,
            wishes,
        };
        failpoint::reach(Point::Metadata)?;
        solved = solve(handle, &inputs, pool, monitor)?;
    }
    failpoint::reach(Point::Planned)?;

    let after = final_set(&installed.list, &solved);
    let state_digest = solved.state_digest(&origin);
    let input_digest = input_digest(&base, &solved);
    let same_base = before.is_some_and(|before| before.base_checksum() == base.checksum.hex());
    let same_requests = before.is_some_and(|before| match solved.is_empty() {
        true => !before.is_layered() && before.checksum() == base.checksum.hex(),
        false => {
            before.input_digest() == Some(&input_digest)
                || before.state_digest() == Some(&state_digest)
        }
    });
    let same_origin = before.is_some_and(|before| {
        before.origin().without_transient().to_text() == origin.without_transient().to_text()
    });
    let previous_base = before.map(|before| previous(handle, before)).transpose()?;
    Ok(Plan {
        schema: Plan::schema(),
        wishes: wishes.clone(),
        stateroot,
        starts_from: match start {
            Start::Base(Base::Pending) => StartsFrom::Pending,
            Start::Base(Base::Booted) => StartsFrom::Booted,
            Start::Deployment(_) => StartsFrom::Deployment,
            Start::Commit(_) => StartsFrom::Commit,
        },
        deployment: before.map(Deployment::id),
        refspec,
        previous_base,
        base: BaseCommit {
            checksum: base.checksum.hex(),
            version: base.get("version"),
            timestamp: base.timestamp,
        },
        origin: origin.to_text(),
        changes: plan::changes(&now, &after, &solved.changes),
        layered: solved.layered,
        removed: solved.removed,
        repos: solved.repos,
        active: solved.active,
        dropped_paths: solved.dropped,
        state_digest,
        input_digest,
        unchanged: same_base && same_requests && same_origin,
    })
}

fn previous(handle: &Handle, deployment: &Deployment) -> Result<BaseCommit> {
    let commit = handle.resolve(deployment.base_checksum())?;
    Ok(BaseCommit {
        checksum: commit.checksum.hex(),
        version: commit.get("version"),
        timestamp: commit.timestamp,
    })
}

/// Changes the origin as the wishes say.
fn apply(origin: &mut Origin, wishes: &Wishes) -> Result<()> {
    let absent = |request: &str| Error::NotFound {
        what: "layered request",
        name: request.to_owned(),
        remedy: "`status` lists the layered requests".to_owned(),
    };
    for request in &wishes.uninstall {
        if !origin.remove_requested(request) && !wishes.idempotent {
            return Err(absent(request));
        }
    }
    for request in &wishes.install {
        if !origin.add_requested(request) && !wishes.idempotent {
            return Err(Error::AlreadyPresent {
                request: request.clone(),
                state: "requested".to_owned(),
                remedy: "leave it out".to_owned(),
            });
        }
    }
    for name in &wishes.reset_base {
        if !origin.reset_override_remove(name) && !wishes.idempotent {
            return Err(Error::NotFound {
                what: "override",
                name: name.clone(),
                remedy: "`status` lists the overrides".to_owned(),
            });
        }
    }
    for name in &wishes.remove_base {
        if !origin.add_override_remove(name) && !wishes.idempotent {
            return Err(Error::AlreadyPresent {
                request: name.clone(),
                state: "removed".to_owned(),
                remedy: "leave it out".to_owned(),
            });
        }
    }
    Ok(())
}

/// The base commit that the new deployment will have.
fn resolve_base(
    writable: &Writable,
    refspec: &str,
    before: Option<&Deployment>,
    wishes: &Wishes,
    monitor: &Monitor,
) -> Result<Commit> {
    let Some(before) = before else {
        return newest(writable, refspec, monitor);
    };
    let deployed = writable.handle.resolve(before.base_checksum())?;
    if !wishes.upgrade {
        return Ok(deployed);
    }
    let new = newest(writable, refspec, monitor)?;
    if new.timestamp < deployed.timestamp && !wishes.allow_downgrade {
        return Err(Error::Downgrade {
            refspec: refspec.to_owned(),
            new: new.checksum.hex(),
            new_time: time_text(new.timestamp),
            old: deployed.checksum.hex(),
            old_time: time_text(deployed.timestamp),
        });
    }
    Ok(new)
}

/// The newest commit of a ref: pulled where it has a remote.
fn newest(writable: &Writable, refspec: &str, monitor: &Monitor) -> Result<Commit> {
    match pull::split(refspec) {
        (Some(remote), name) => {
            let checksum = pull::pull(writable.repo(), remote, name, monitor)?;
            Commit::load(&writable.handle.repo, &checksum)
        }
        (None, name) => writable.handle.resolve(name),
    }
}

/// Seconds since 1970 as `2026-01-05 00:00:00 UTC`.
fn time_text(seconds: u64) -> String {
    let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
    glib::DateTime::from_unix_utc(seconds)
        .and_then(|time| time.format("%Y-%m-%d %H:%M:%S UTC"))
        .map_or_else(|_| seconds.to_string(), |text| text.to_string())
}

/// What concerns the base's own packages needs no solver.
fn check_base_requests(installed: &Packages, origin: &Origin, wishes: &Wishes) -> Result<()> {
    for name in &wishes.remove_base {
        if !installed.has(name) && !wishes.allow_inactive {
            return Err(Error::NotFound {
                what: "package of the base",
                name: name.clone(),
                remedy: "only packages of the base can be taken out; `db list` shows them".into(),
            });
        }
    }
    for name in origin.overrides_remove() {
        if origin.requested().contains(&name) {
            return Err(Error::InvalidArgument {
                argument: "package",
                value: name,
                reason: "it cannot be taken out and layered at once".to_owned(),
            });
        }
    }
    Ok(())
}

/// What the solver has decided.
#[derive(Default)]
struct Solved {
    layered: Vec<PlannedPackage>,
    sizes: BTreeMap<Nevra, u64>,
    removed: Vec<Nevra>,
    changes: Vec<Change>,
    repos: Vec<PlannedRepo>,
    active: Vec<String>,
    dropped: BTreeMap<String, Vec<String>>,
    /// What rpm-ostree's digest is made of.
    digest: Vec<DigestInput>,
}

impl Solved {
    fn is_empty(&self) -> bool {
        self.layered.is_empty() && self.removed.is_empty()
    }

    fn state_digest(&self, origin: &Origin) -> String {
        let json = digest::state_treefile_json(origin, None, &self.active);
        digest::state_digest(&json, &self.digest)
    }
}

/// What is solved besides the base's packages.
struct Inputs<'a> {
    repositories: &'a Repositories,
    installed: &'a Packages,
    origin: &'a Origin,
    wishes: &'a Wishes,
}

fn solve(
    handle: &Handle,
    inputs: &Inputs<'_>,
    mut pool: Pool,
    monitor: &Monitor,
) -> Result<Solved> {
    let Inputs {
        repositories,
        installed,
        origin,
        wishes,
    } = *inputs;
    let metadata = repositories.refresh(CachePolicy::Normal, monitor)?;
    monitor.begin(Phase::Solve, 0, Unit::Items)?;
    repositories.load(&metadata, &mut pool)?;

    let mut active = Vec::new();
    for request in origin.requested() {
        match depsolve::provided_by_installed(&mut pool, &request)? {
            None => active.push(request),
            Some(package) if wishes.install.contains(&request) && !wishes.allow_inactive => {
                return Err(Error::AlreadyPresent {
                    request,
                    state: format!("in the base as {package}"),
                    remedy: "nothing is missing; allow inactive requests to have it remembered \
                             for a base that drops it"
                        .to_owned(),
                });
            }
            Some(_) => {}
        }
    }
    let mut remove = origin.overrides_remove();
    remove.retain(|name| installed.has(name));
    let goal = Goal {
        install: active.clone(),
        remove,
        weak: Weak::On,
        ..Goal::default()
    };
    let solution = depsolve::solve(&mut pool, &goal)?;
    monitor.check()?;

    let repos = metadata.iter().map(|metadata| PlannedRepo {
        id: metadata.id.clone(),
        timestamp: metadata.timestamp,
        checksum: metadata.checksum.clone(),
    });
    let mut solved = Solved {
        repos: repos.collect(),
        active,
        ..Solved::default()
    };
    for step in &solution.steps {
        let info = pool.package(step.package);
        let mut change = Change::new(step.action, info.nevra.clone(), None, step.reason.clone());
        change.installed_size = info.installed_size;
        match step.action {
            Action::Remove => {
                let sha1 = info.header_sha1.clone().unwrap_or_default();
                solved.digest.push(DigestInput {
                    action: DigestAction::Remove,
                    package: info.nevra.clone(),
                    checksum: format!("sha1:{sha1}"),
                });
                solved.removed.push(info.nevra.clone());
            }
            Action::Install => {
                let (algorithm, hex) = info.checksum.clone().unwrap_or_default();
                let checksum = format!("{algorithm}:{hex}");
                solved.digest.push(DigestInput {
                    action: DigestAction::Install,
                    package: info.nevra.clone(),
                    checksum,
                });
                change.repo = info.repo.clone();
            }
            _ => {
                return Err(Error::unsupported(
                    "replacing a package of the base",
                    format!("{}", info.nevra),
                ));
            }
        }
        solved.changes.push(change);
    }
    let limits = Limits::of_base(&installed.db, &solved.removed)?;
    for id in depsolve::order(&mut pool, &solution.steps)? {
        limits.check_name(&pool.package(id).nevra)?;
        let mut planned = PlannedPackage::from_pool(&pool, id)?;
        let package = &planned.package;
        let cached = import::headers(&handle.repo, package, &planned.checksum)?;
        if let Some(header) = &cached {
            limits.check(header)?;
            let dropped = import::dropped_paths(header)?;
            if !dropped.is_empty() {
                solved.dropped.insert(package.to_string(), dropped);
            }
        }
        planned.cached = cached.is_some();
        let change = solved.changes.iter_mut().find(|c| c.package == *package);
        if let Some(change) = change {
            change.download_size = if planned.cached { 0 } else { planned.size };
        }
        solved
            .sizes
            .insert(package.clone(), pool.package(id).installed_size);
        solved.layered.push(planned);
    }
    Ok(solved)
}

/// The packages that the new deployment will have.
fn final_set(installed: &[Sized], solved: &Solved) -> Vec<Sized> {
    let mut set = installed.to_vec();
    set.retain(|package| !solved.removed.contains(&package.package));
    set.extend(solved.layered.iter().map(|package| Sized {
        package: package.package.clone(),
        size: solved.sizes.get(&package.package).copied().unwrap_or(0),
    }));
    set
}

/// A digest of everything that shapes the new tree: the same digest, the same tree.
fn input_digest(base: &Commit, solved: &Solved) -> String {
    let mut hash = Sha256::new();
    let mut eat = |text: &str| {
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text.as_bytes());
    };
    eat(&format!("regraft {RULES}"));
    eat(&base.checksum.hex());
    let mut layered: Vec<_> = solved
        .layered
        .iter()
        .map(|package| (package.package.to_string(), &package.checksum))
        .collect();
    layered.sort();
    for (package, checksum) in layered {
        eat(&package);
        eat(checksum);
    }
    eat("removed");
    let mut removed: Vec<String> = solved.removed.iter().map(Nevra::to_string).collect();
    removed.sort();
    removed.iter().for_each(|package| eat(package));
    eat("requests");
    let mut active = solved.active.clone();
    active.sort();
    active.iter().for_each(|request| eat(request));
    hex(&hash.finalize())
}

/// As commits name the repositories.
pub(crate) fn stamps(plan: &Plan) -> Vec<RepoStamp> {
    let stamp = |repo: &PlannedRepo| RepoStamp {
        id: repo.id.clone(),
        timestamp: repo.timestamp,
    };
    plan.repos.iter().map(stamp).collect()
}
