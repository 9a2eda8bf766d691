//! A plan becomes a deployment.

use crate::commit::label::Policy;
use crate::commit::metadata::LayeredMetadata;
use crate::commit::object::{self, Commit, NewCommit};
use crate::commit::pull;
use crate::commit::tree::Tree;
use crate::error::{Error, Result};
use crate::graft::assemble::{self, Assembled};
use crate::import::Rules;
use crate::job::{Monitor, Phase, Unit};
use crate::nevra::Nevra;
use crate::package::{Package, Signature};
use crate::plan::{Plan, StartsFrom};
use crate::script::base::{BaseViewKind, Views};
use crate::sys::failpoint::{self, Point};
use crate::sys::file::TemporaryFolder;
use crate::sys::namespace;
use crate::sysroot::{Handle, Lock, Sysroot};
use crate::transaction::deploy::{self, Target};
use crate::transaction::fetch::{self, Fetched, Fetching};
use crate::transaction::limits::Limits;
use crate::transaction::outcome::Outcome;
use crate::transaction::prepare::{self, Found};
use crate::transaction::repositories::Repositories;
use crate::transaction::{Start, cleanup};
use camino::Utf8PathBuf;
use std::time::Duration;

/// What a transaction says of scripts, beside its plan.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HowScriptsRun {
    /// What they are shown of the base.
    pub(crate) view: BaseViewKind,
    /// How long each may take.
    pub(crate) timeout: Duration,
}

/// Carries out a plan.
pub(crate) fn stage(
    sysroot: &Sysroot,
    plan: &Plan,
    how: HowScriptsRun,
    monitor: &Monitor,
) -> Result<Outcome> {
    // First what needs the network, on this thread, which is in the machine's mount namespace.
    let writable = sysroot.load_writable()?;
    let handle = &writable.handle;
    let found = still_applies(sysroot, handle, plan)?;
    if plan.unchanged {
        return Ok(Outcome::Unchanged);
    }
    failpoint::reach(Point::Applies)?;
    let base = handle.resolve(&plan.base.checksum)?;
    let fetched = if plan.layered.is_empty() {
        Vec::new()
    } else {
        let repositories = match &found.deployment {
            Some((_, raw)) => Repositories::of_deployment(&writable.sysroot, handle, raw, &base)?,
            None => Repositories::of_commit(&writable.sysroot, handle, &base)?,
        };
        let signature = match plan.wishes.unsigned_packages {
            true => Signature::NotRequired,
            false => Signature::Required,
        };
        // What is cached depends on the labels that the new tree is to have.
        let labels = TemporaryFolder::new()?;
        let policy = Policy::from_tree(&handle.repo, base.root, &labels.path)?;
        let rules = Rules {
            policy: policy.as_ref(),
            ..Rules::default()
        };
        let base_db = crate::commit::rpmdb::open(&handle.repo, &base)?;
        let limits = Limits::of_base(&base_db, &plan.removed)?;
        let how = Fetching {
            folder: &writable.sysroot.data().join("packages"),
            repositories: &repositories,
            signature,
            rules: &rules,
        };
        let check = |package: &Package| limits.check(package);
        fetch::fetch(&how, &handle.repo, &plan.layered, &check, monitor)?
    };
    failpoint::reach(Point::Fetched)?;
    // Then the writer's own thread.
    namespace::on_writer_thread("regraft-writer", sysroot.path(), || {
        write(sysroot, plan, &fetched, how, monitor)
    })
}

/// Fails with [`Error::Stale`] when what the plan was made from has moved.
fn still_applies(sysroot: &Sysroot, handle: &Handle, plan: &Plan) -> Result<Found> {
    let found = prepare::find_start(sysroot, handle, &Start::of(plan))?;
    let id = found.deployment.as_ref().map(|(found, _)| found.id());
    if id != plan.deployment {
        return Err(Error::Stale {
            what: match plan.starts_from {
                StartsFrom::Booted => "the deployment that runs".to_owned(),
                _ => "the deployment that boots next".to_owned(),
            },
            planned: plan.deployment.clone().unwrap_or_default(),
            found: id.unwrap_or_default(),
        });
    }
    if Commit::resolve(&handle.repo, &plan.base.checksum)?.is_none() {
        return Err(Error::Stale {
            what: "the base commit".to_owned(),
            planned: plan.base.checksum.clone(),
            found: "gone".to_owned(),
        });
    }
    Ok(found)
}

fn write(
    sysroot: &Sysroot,
    plan: &Plan,
    fetched: &[Fetched],
    how: HowScriptsRun,
    monitor: &Monitor,
) -> Result<Outcome> {
    let lock = Lock::take(sysroot, monitor)?;
    let handle = lock.handle();
    let found = still_applies(sysroot, handle, plan)?;
    cleanup::leftovers(sysroot, handle)?;
    failpoint::reach(Point::Swept)?;
    let base = handle.resolve(&plan.base.checksum)?;
    let sources = Sources {
        fetched,
        views: Views {
            folder: &sysroot.data().join("views"),
            deployment: laid_out(sysroot, handle, &found)?,
            kind: how.view,
            timeout: how.timeout,
        },
    };
    let result = deploy::protect(handle, &base.checksum)
        .and_then(|()| write_locked(sysroot, handle, plan, &base, &sources, &found, monitor));
    if result.is_err() {
        // The refs are as they were; what else was written has no ref and goes with the next prune.
        let _ = deploy::unprotect(handle);
    }
    result
}

/// What the tree is made of besides the base.
struct Sources<'a> {
    fetched: &'a [Fetched],
    views: Views<'a>,
}

fn write_locked(
    sysroot: &Sysroot,
    handle: &Handle,
    plan: &Plan,
    base: &Commit,
    sources: &Sources<'_>,
    found: &Found,
    monitor: &Monitor,
) -> Result<Outcome> {
    let (commit, assembled) = if plan.layered.is_empty() && plan.removed.is_empty() {
        (base.checksum, None)
    } else {
        let (commit, assembled) = layer(sysroot, handle, plan, base, sources, monitor)?;
        (commit, Some(assembled))
    };
    monitor.begin(Phase::Deploy, 0, Unit::Items)?;
    failpoint::reach(Point::Deploy)?;
    let target = Target {
        stateroot: &plan.stateroot,
        checksum: &commit.hex(),
        origin: &plan.origin,
        merge: found.deployment.as_ref().map(|(_, raw)| raw),
        kernel_arguments: &plan.wishes.kernel_arguments,
    };
    let deployed = deploy::deploy(sysroot, handle, &target, monitor)?;
    // From here on the new deployment is there: what follows must not fail the call.
    if let (Some(remote), name) = pull::split(&plan.refspec) {
        deploy::move_ref(handle, remote, name, &plan.base.checksum);
    }
    monitor.begin(Phase::Cleanup, 0, Unit::Items).ok();
    fetch::forget_downloads(sysroot);
    deploy::finish(sysroot);
    let (scripts, objects) = match assembled {
        Some(assembled) => (assembled.scripts, assembled.objects),
        None => (Vec::new(), 0),
    };
    let id = deployed.id;
    Ok(match deployed.staged {
        true => Outcome::Staged {
            id,
            scripts,
            objects,
        },
        false => Outcome::Deployed {
            id,
            scripts,
            objects,
        },
    })
}

/// Makes the layered commit.
fn layer(
    sysroot: &Sysroot,
    handle: &Handle,
    plan: &Plan,
    base: &Commit,
    sources: &Sources<'_>,
    monitor: &Monitor,
) -> Result<(crate::commit::checksum::Checksum, Assembled)> {
    let scratch = cleanup::scratch(sysroot)?;
    failpoint::reach(Point::Scratch)?;
    let policy = Policy::from_tree(&handle.repo, base.root, &scratch.path)?;
    let rules = Rules {
        policy: policy.as_ref(),
        ..Rules::default()
    };
    let timestamps = |id: &str| fetch::timestamp_of(plan, id);
    let imported = fetch::import(&handle.repo, sources.fetched, &timestamps, &rules, monitor)?;
    let inputs = assemble::Inputs {
        repo: &handle.repo,
        base: Some(base),
        additions: &imported,
        removed: &plan.removed,
        policy: policy.as_ref(),
        scratch: &scratch.path,
        views: &sources.views,
        time: base.timestamp,
        transaction_id: transaction_id(&plan.input_digest),
        compose: None,
    };
    let assembled = assemble::assemble(&inputs, monitor)?;
    let installed: Vec<Nevra> = assembled.installed.clone();
    let metadata = LayeredMetadata {
        version: base.get("version"),
        packages: &plan.active,
        removed: &plan.removed,
        installed: &installed,
        repos: &prepare::stamps(plan),
        state_digest: &plan.state_digest,
        input_digest: &plan.input_digest,
        kernel: assembled.kernel.as_deref(),
    }
    .variant();
    let new = NewCommit {
        root: assembled.root,
        parent: Some(base.checksum),
        // The base's time: the same inputs give the same commit whenever they are put together.
        timestamp: base.timestamp,
        metadata: &metadata,
    };
    let transaction = handle
        .repo
        .auto_transaction(Some(monitor.cancellable()))
        .map_err(Error::engine("begin a transaction of the repository"))?;
    let commit = object::write_commit(&handle.repo, &new)?;
    failpoint::reach(Point::CommitOpen)?;
    transaction
        .commit(Some(monitor.cancellable()))
        .map_err(Error::engine("commit to the repository"))?;
    failpoint::reach(Point::Committed)?;
    Ok((commit, assembled))
}

/// The deployment that the transaction starts from, unless somebody has unlocked it: then its
/// `/usr` may be anything.
fn laid_out(
    sysroot: &Sysroot,
    handle: &Handle,
    found: &Found,
) -> Result<Option<(Utf8PathBuf, Tree)>> {
    let Some((_, raw)) = &found.deployment else {
        return Ok(None);
    };
    if raw.unlocked() != ostree::DeploymentUnlockedState::None {
        return Ok(None);
    }
    let path = handle.sysroot.deployment_dirpath(raw);
    let commit = handle.resolve(&raw.csum())?;
    Ok(Some((sysroot.path().join(path.as_str()), commit.root)))
}

/// `INSTALLTID`: the first four bytes of the input digest, so that it says nothing of the clock.
fn transaction_id(input_digest: &str) -> u32 {
    let first = input_digest.get(..8).unwrap_or_default();
    u32::from_str_radix(first, 16).unwrap_or(0)
}
