//! Sysroots and the deployments in them.

use crate::failure::guard;
use crate::handle::{self, Held, List, Turn};
use crate::job::Job;
use crate::origin::Origin;
use crate::values::all;
use crate::values::bridge::Failure;
use engine::{Cleanup, FindingKind, Mend};
use std::time::Duration;

#[cxx::bridge(namespace = "regraft::bridge")]
pub(crate) mod bridge {
    /// What a deployment shows, but for its origin.
    #[derive(Default)]
    struct DeploymentFacts {
        id: String,
        stateroot: String,
        serial: u32,
        checksum: String,
        base_checksum: String,
        is_layered: bool,
        version: Text,
        timestamp: u64,
        packages: Vec<String>,
        removed_base_packages: Vec<Nevra>,
        kernel_arguments: Vec<String>,
        is_booted: bool,
        is_staged: bool,
        is_pinned: bool,
        state_digest: Text,
    }

    #[derive(Default)]
    struct AvailablePackage {
        package: Nevra,
        repo: String,
        summary: String,
        download_size: u64,
        installed_size: u64,
    }

    #[derive(Default)]
    struct RepositoryState {
        id: String,
        timestamp: u64,
        packages: u64,
    }

    #[derive(Default)]
    struct Finding {
        kind: u8,
        object: String,
        reason: String,
        remedy: String,
        mend: u8,
        text: String,
        json: String,
    }

    /// What a status has beside its deployments.
    #[derive(Default)]
    struct StatusFacts {
        is_interrupted: bool,
        program: Text,
        left: Vec<String>,
        json: String,
    }

    #[derive(Default)]
    struct Cleanup {
        pending: bool,
        rollback: bool,
        metadata: bool,
        caches: bool,
    }

    unsafe extern "C++" {
        include!("regraft/src/values.rs.h");
        include!("regraft/src/job.rs.h");
        include!("regraft/src/origin.rs.h");

        type Failure = crate::values::bridge::Failure;
        type Nevra = crate::values::bridge::Nevra;
        type Text = crate::values::bridge::Text;
        type Job = crate::job::Job;
        type Origin = crate::origin::Origin;
    }

    extern "Rust" {
        #[derive(ExternType)]
        type Sysroot;
        #[derive(ExternType)]
        type Deployment;
        type Deployments;

        fn sysroot_open(path: &str, failure: &mut Failure) -> Box<Sysroot>;
        fn sysroot_create(path: &str, failure: &mut Failure) -> Box<Sysroot>;
        fn sysroot_path(sysroot: &Sysroot, failure: &mut Failure) -> String;
        fn sysroot_stateroot(sysroot: &Sysroot, name: &str, failure: &mut Failure) -> Box<Sysroot>;
        fn sysroot_create_stateroot(
            sysroot: &Sysroot,
            name: &str,
            failure: &mut Failure,
        ) -> Box<Sysroot>;
        fn sysroot_wait_for_lock(
            sysroot: &Sysroot,
            milliseconds: u64,
            failure: &mut Failure,
        ) -> Box<Sysroot>;
        fn sysroot_deployments(sysroot: &Sysroot, failure: &mut Failure) -> Box<Deployments>;
        fn sysroot_status(
            sysroot: &Sysroot,
            facts: &mut StatusFacts,
            failure: &mut Failure,
        ) -> Box<Deployments>;
        fn sysroot_cleanup(sysroot: &Sysroot, what: Cleanup, job: &Job, failure: &mut Failure);
        fn sysroot_check(sysroot: &Sysroot, job: &Job, failure: &mut Failure) -> Vec<Finding>;
        fn sysroot_recover(sysroot: &Sysroot, job: &Job, failure: &mut Failure) -> Vec<Finding>;
        fn finding_kind_name(kind: u8) -> &'static str;
        fn sysroot_search(
            sysroot: &Sysroot,
            words: Vec<String>,
            job: &Job,
            failure: &mut Failure,
        ) -> Vec<AvailablePackage>;
        fn sysroot_refresh_metadata(
            sysroot: &Sysroot,
            job: &Job,
            failure: &mut Failure,
        ) -> Vec<RepositoryState>;

        fn deployments_count(list: &Deployments, failure: &mut Failure) -> usize;
        fn deployments_take(
            list: &Deployments,
            index: usize,
            failure: &mut Failure,
        ) -> Box<Deployment>;
        fn deployment_facts(deployment: &Deployment, failure: &mut Failure) -> DeploymentFacts;
        fn deployment_origin(deployment: &Deployment, failure: &mut Failure) -> Box<Origin>;
    }
}

use bridge::{AvailablePackage, DeploymentFacts, Finding, RepositoryState, StatusFacts};

/// A sysroot: any thread.
pub(crate) type Sysroot = Held<engine::Sysroot>;
/// A deployment: any thread.
pub(crate) type Deployment = Held<engine::Deployment>;
/// Deployments, taken one after the other.
type Deployments = List<engine::Deployment>;

fn sysroot_open(path: &str, failure: &mut Failure) -> Box<Sysroot> {
    guard(failure, || Ok(Held::new(engine::Sysroot::open(path)?)))
}

fn sysroot_create(path: &str, failure: &mut Failure) -> Box<Sysroot> {
    guard(failure, || Ok(Held::new(engine::Sysroot::create(path)?)))
}

fn sysroot_path(sysroot: &Sysroot, failure: &mut Failure) -> String {
    guard(failure, || Ok(sysroot.get()?.path().to_string()))
}

fn sysroot_stateroot(sysroot: &Sysroot, name: &str, failure: &mut Failure) -> Box<Sysroot> {
    guard(failure, || Ok(Held::new(sysroot.get()?.stateroot(name))))
}

fn sysroot_create_stateroot(sysroot: &Sysroot, name: &str, failure: &mut Failure) -> Box<Sysroot> {
    guard(failure, || {
        Ok(Held::new(sysroot.get()?.create_stateroot(name)?))
    })
}

fn sysroot_wait_for_lock(
    sysroot: &Sysroot,
    milliseconds: u64,
    failure: &mut Failure,
) -> Box<Sysroot> {
    guard(failure, || {
        let time = Duration::from_millis(milliseconds);
        Ok(Held::new(sysroot.get()?.wait_for_lock(time)))
    })
}

fn sysroot_deployments(sysroot: &Sysroot, failure: &mut Failure) -> Box<Deployments> {
    guard(failure, || Ok(handle::list(sysroot.get()?.deployments()?)))
}

fn sysroot_status(
    sysroot: &Sysroot,
    facts: &mut StatusFacts,
    failure: &mut Failure,
) -> Box<Deployments> {
    guard(failure, || {
        let status = sysroot.get()?.status()?;
        let interrupted = status.interrupted();
        *facts = StatusFacts {
            is_interrupted: interrupted.is_some(),
            program: interrupted.and_then(engine::Interrupted::program).into(),
            left: interrupted.map_or_else(Vec::new, |one| one.left().to_vec()),
            json: status.to_json().to_string(),
        };
        Ok(handle::list(status.deployments().to_vec()))
    })
}

fn sysroot_cleanup(sysroot: &Sysroot, what: bridge::Cleanup, job: &Job, failure: &mut Failure) {
    guard(failure, || {
        let what = Cleanup {
            pending: what.pending,
            rollback: what.rollback,
            metadata: what.metadata,
            caches: what.caches,
        };
        job.write(|job| Ok(sysroot.get()?.cleanup(what, job)?))
    });
}

fn sysroot_check(sysroot: &Sysroot, job: &Job, failure: &mut Failure) -> Vec<Finding> {
    guard(failure, || {
        let found = job.write(|job| Ok(sysroot.get()?.check(job)?))?;
        Ok(all(&found))
    })
}

fn sysroot_recover(sysroot: &Sysroot, job: &Job, failure: &mut Failure) -> Vec<Finding> {
    guard(failure, || {
        let mended = job.write(|job| Ok(sysroot.get()?.recover(job)?))?;
        Ok(all(&mended))
    })
}

/// Kinds are known to C++ by their place.
fn finding_kind_name(kind: u8) -> &'static str {
    let kind = FindingKind::ALL.get(usize::from(kind));
    kind.map_or("", |kind| kind.name())
}

fn sysroot_search(
    sysroot: &Sysroot,
    words: Vec<String>,
    job: &Job,
    failure: &mut Failure,
) -> Vec<AvailablePackage> {
    guard(failure, || {
        let found = job.write(|job| Ok(sysroot.get()?.search(&words, job)?))?;
        Ok(all(&found))
    })
}

fn sysroot_refresh_metadata(
    sysroot: &Sysroot,
    job: &Job,
    failure: &mut Failure,
) -> Vec<RepositoryState> {
    guard(failure, || {
        let found = job.write(|job| Ok(sysroot.get()?.refresh_metadata(job)?))?;
        Ok(all(&found))
    })
}

fn deployments_count(list: &Deployments, failure: &mut Failure) -> usize {
    guard(failure, || list.len())
}

fn deployments_take(list: &Deployments, index: usize, failure: &mut Failure) -> Box<Deployment> {
    guard(failure, || Ok(Held::new(list.take(index)?)))
}

fn deployment_facts(deployment: &Deployment, failure: &mut Failure) -> DeploymentFacts {
    guard(failure, || Ok(DeploymentFacts::from(deployment.get()?)))
}

fn deployment_origin(deployment: &Deployment, failure: &mut Failure) -> Box<Origin> {
    guard(failure, || {
        Ok(Turn::new(deployment.get()?.origin().clone()))
    })
}

impl From<&engine::Deployment> for DeploymentFacts {
    fn from(deployment: &engine::Deployment) -> DeploymentFacts {
        DeploymentFacts {
            id: deployment.id(),
            stateroot: deployment.stateroot().to_owned(),
            serial: deployment.serial(),
            checksum: deployment.checksum().to_owned(),
            base_checksum: deployment.base_checksum().to_owned(),
            is_layered: deployment.is_layered(),
            version: deployment.version().into(),
            timestamp: deployment.timestamp(),
            packages: deployment.packages().to_vec(),
            removed_base_packages: all(deployment.removed_base_packages()),
            kernel_arguments: deployment.kernel_arguments().to_vec(),
            is_booted: deployment.is_booted(),
            is_staged: deployment.is_staged(),
            is_pinned: deployment.is_pinned(),
            state_digest: deployment.state_digest().into(),
        }
    }
}

impl From<&engine::Finding> for Finding {
    fn from(finding: &engine::Finding) -> Finding {
        let kinds = &FindingKind::ALL;
        let place = kinds.iter().position(|kind| *kind == finding.kind());
        Finding {
            kind: place
                .and_then(|place| u8::try_from(place).ok())
                .unwrap_or(u8::MAX),
            object: finding.object().to_owned(),
            reason: finding.reason().to_owned(),
            remedy: finding.remedy().to_owned(),
            mend: match finding.mend() {
                Mend::Recover => 0,
                Mend::ByHand => 1,
            },
            text: finding.to_string(),
            json: finding.to_json().to_string(),
        }
    }
}

impl From<&engine::AvailablePackage> for AvailablePackage {
    fn from(found: &engine::AvailablePackage) -> AvailablePackage {
        AvailablePackage {
            package: (&found.package).into(),
            repo: found.repo.clone(),
            summary: found.summary.clone(),
            download_size: found.download_size,
            installed_size: found.installed_size,
        }
    }
}

impl From<&engine::RepositoryState> for RepositoryState {
    fn from(state: &engine::RepositoryState) -> RepositoryState {
        RepositoryState {
            id: state.id.clone(),
            timestamp: state.timestamp,
            packages: state.packages,
        }
    }
}
