//! Plans: what staging will do.

use crate::failure::guard;
use crate::handle::Held;
use crate::values::all;
use crate::values::bridge::Failure;

#[cxx::bridge(namespace = "regraft::bridge")]
pub(crate) mod bridge {
    #[derive(Default)]
    struct BaseCommit {
        present: bool,
        checksum: String,
        version: Text,
        timestamp: u64,
    }

    #[derive(Default)]
    struct PlannedPackage {
        package: Nevra,
        repo: String,
        location: String,
        base_url: Text,
        checksum: String,
        size: u64,
        cached: bool,
    }

    #[derive(Default)]
    struct DroppedPaths {
        package: String,
        paths: Vec<String>,
    }

    #[derive(Default)]
    struct Wishes {
        upgrade: bool,
        install: Vec<String>,
        uninstall: Vec<String>,
        remove_base: Vec<String>,
        reset_base: Vec<String>,
        allow_downgrade: bool,
        allow_inactive: bool,
        idempotent: bool,
        unsigned_packages: bool,
        kernel_arguments: Vec<String>,
    }

    #[derive(Default)]
    struct PlanFacts {
        changes: Vec<Change>,
        layered: Vec<PlannedPackage>,
        wishes: Wishes,
        base: BaseCommit,
        previous_base: BaseCommit,
        stateroot: String,
        refspec: String,
        dropped_paths: Vec<DroppedPaths>,
        is_unchanged: bool,
        state_digest: String,
        download_size: u64,
        installed_size_change: i64,
    }

    unsafe extern "C++" {
        include!("regraft/src/values.rs.h");

        type Change = crate::values::bridge::Change;
        type Failure = crate::values::bridge::Failure;
        type Nevra = crate::values::bridge::Nevra;
        type Text = crate::values::bridge::Text;
    }

    extern "Rust" {
        #[derive(ExternType)]
        type Plan;

        fn plan_from_json(text: &str, failure: &mut Failure) -> Box<Plan>;
        fn plan_facts(plan: &Plan, failure: &mut Failure) -> PlanFacts;
        fn plan_text(plan: &Plan, failure: &mut Failure) -> String;
        fn plan_json(plan: &Plan, failure: &mut Failure) -> String;
        fn plan_equal(plan: &Plan, other: &Plan, failure: &mut Failure) -> bool;
    }
}

use bridge::{BaseCommit, DroppedPaths, PlanFacts, PlannedPackage, Wishes};

/// A plan: any thread.
pub(crate) type Plan = Held<engine::Plan>;

fn plan_from_json(text: &str, failure: &mut Failure) -> Box<Plan> {
    guard(failure, || Ok(Held::new(engine::Plan::from_json(text)?)))
}

fn plan_facts(plan: &Plan, failure: &mut Failure) -> PlanFacts {
    guard(failure, || Ok(PlanFacts::from(plan.get()?)))
}

fn plan_text(plan: &Plan, failure: &mut Failure) -> String {
    guard(failure, || Ok(plan.get()?.to_string()))
}

fn plan_json(plan: &Plan, failure: &mut Failure) -> String {
    guard(failure, || Ok(plan.get()?.to_json()))
}

fn plan_equal(plan: &Plan, other: &Plan, failure: &mut Failure) -> bool {
    guard(failure, || Ok(plan.get()? == other.get()?))
}

impl From<&engine::Plan> for PlanFacts {
    fn from(plan: &engine::Plan) -> PlanFacts {
        let dropped = plan.dropped_paths().iter();
        let dropped = dropped.map(|(package, paths)| DroppedPaths {
            package: package.clone(),
            paths: paths.clone(),
        });
        PlanFacts {
            changes: all(plan.changes()),
            layered: all(plan.layered()),
            wishes: plan.wishes().into(),
            base: Some(plan.base()).into(),
            previous_base: plan.previous_base().into(),
            stateroot: plan.stateroot().to_owned(),
            refspec: plan.refspec().to_owned(),
            dropped_paths: dropped.collect(),
            is_unchanged: plan.is_unchanged(),
            state_digest: plan.state_digest().to_owned(),
            download_size: plan.download_size(),
            installed_size_change: plan.installed_size_change(),
        }
    }
}

impl From<Option<&engine::BaseCommit>> for BaseCommit {
    fn from(commit: Option<&engine::BaseCommit>) -> BaseCommit {
        commit.map_or_else(BaseCommit::default, |commit| BaseCommit {
            present: true,
            checksum: commit.checksum.clone(),
            version: commit.version.as_ref().into(),
            timestamp: commit.timestamp,
        })
    }
}

impl From<&engine::PlannedPackage> for PlannedPackage {
    fn from(planned: &engine::PlannedPackage) -> PlannedPackage {
        PlannedPackage {
            package: (&planned.package).into(),
            repo: planned.repo.clone(),
            location: planned.location.clone(),
            base_url: planned.base_url.as_ref().into(),
            checksum: planned.checksum.clone(),
            size: planned.size,
            cached: planned.cached,
        }
    }
}

impl From<&engine::Wishes> for Wishes {
    fn from(wishes: &engine::Wishes) -> Wishes {
        Wishes {
            upgrade: wishes.upgrade,
            install: wishes.install.clone(),
            uninstall: wishes.uninstall.clone(),
            remove_base: wishes.remove_base.clone(),
            reset_base: wishes.reset_base.clone(),
            allow_downgrade: wishes.allow_downgrade,
            allow_inactive: wishes.allow_inactive,
            idempotent: wishes.idempotent,
            unsigned_packages: wishes.unsigned_packages,
            kernel_arguments: wishes.kernel_arguments.clone(),
        }
    }
}
