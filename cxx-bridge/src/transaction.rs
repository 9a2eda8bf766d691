//! Transactions, and what the writing calls did.

use crate::failure::{Refusal, guard};
use crate::handle::{Held, Turn};
use crate::job::Job;
use crate::plan::Plan;
use crate::sysroot::{Deployment, Sysroot};
use crate::values::all;
use crate::values::bridge::Failure;
use engine::{Base, Signature};
use std::time::Duration;

#[cxx::bridge(namespace = "regraft::bridge")]
mod bridge {
    /// What a transaction can be asked for.
    #[repr(u8)]
    enum Wish {
        Upgrade,
        Install,
        Uninstall,
        RemoveBase,
        ResetBase,
        AllowDowngrade,
        AllowInactive,
        Idempotent,
        SignaturesRequired,
        SignaturesNotRequired,
        KernelArgument,
    }

    #[derive(Default)]
    struct OutcomeFacts {
        kind: u8,
        id: Text,
        scripts: Vec<ScriptLog>,
        objects: u64,
        text: String,
        json: String,
    }

    unsafe extern "C++" {
        include!("regraft/src/values.rs.h");
        include!("regraft/src/job.rs.h");
        include!("regraft/src/plan.rs.h");
        include!("regraft/src/sysroot.rs.h");

        type Deployment = crate::sysroot::Deployment;
        type Failure = crate::values::bridge::Failure;
        type Job = crate::job::Job;
        type Plan = crate::plan::Plan;
        type ScriptLog = crate::values::bridge::ScriptLog;
        type Sysroot = crate::sysroot::Sysroot;
        type Text = crate::values::bridge::Text;
        type Wishes = crate::plan::bridge::Wishes;
    }

    extern "Rust" {
        type Transaction;

        fn transaction_new(sysroot: &Sysroot, base: u8, failure: &mut Failure) -> Box<Transaction>;
        fn transaction_on(
            sysroot: &Sysroot,
            deployment: &Deployment,
            failure: &mut Failure,
        ) -> Box<Transaction>;
        fn transaction_deploy_commit(
            sysroot: &Sysroot,
            refspec: &str,
            failure: &mut Failure,
        ) -> Box<Transaction>;
        fn transaction_resume(
            sysroot: &Sysroot,
            plan: &Plan,
            failure: &mut Failure,
        ) -> Box<Transaction>;
        fn transaction_wish(
            transaction: &Transaction,
            wish: Wish,
            value: &str,
            failure: &mut Failure,
        );
        fn transaction_script_timeout(
            transaction: &Transaction,
            milliseconds: u64,
            failure: &mut Failure,
        );
        fn transaction_wishes(transaction: &Transaction, failure: &mut Failure) -> Wishes;
        fn transaction_plan(
            transaction: &Transaction,
            job: &Job,
            failure: &mut Failure,
        ) -> Box<Plan>;
        fn transaction_stage(
            transaction: &Transaction,
            plan: &Plan,
            job: &Job,
            failure: &mut Failure,
        ) -> OutcomeFacts;
        fn rollback(sysroot: &Sysroot, job: &Job, failure: &mut Failure) -> OutcomeFacts;
    }
}

use bridge::{OutcomeFacts, Wish};

/// A transaction: one call at a time.
type Transaction = Turn<engine::Transaction>;

fn transaction_new(sysroot: &Sysroot, base: u8, failure: &mut Failure) -> Box<Transaction> {
    guard(failure, || {
        let base = match base {
            0 => Base::Pending,
            1 => Base::Booted,
            other => return Err(Refusal::BadEnum("a base", other)),
        };
        Ok(Turn::new(sysroot.get()?.transaction(base)?))
    })
}

fn transaction_on(
    sysroot: &Sysroot,
    deployment: &Deployment,
    failure: &mut Failure,
) -> Box<Transaction> {
    guard(failure, || {
        let deployment = deployment.get()?;
        Ok(Turn::new(sysroot.get()?.transaction_on(deployment)))
    })
}

fn transaction_deploy_commit(
    sysroot: &Sysroot,
    refspec: &str,
    failure: &mut Failure,
) -> Box<Transaction> {
    guard(failure, || {
        Ok(Turn::new(sysroot.get()?.deploy_commit(refspec)))
    })
}

fn transaction_resume(sysroot: &Sysroot, plan: &Plan, failure: &mut Failure) -> Box<Transaction> {
    guard(failure, || {
        Ok(Turn::new(sysroot.get()?.resume(plan.get()?)))
    })
}

fn transaction_wish(transaction: &Transaction, wish: Wish, value: &str, failure: &mut Failure) {
    guard(failure, || {
        transaction.write(|transaction| {
            let _ = match wish {
                Wish::Upgrade => transaction.upgrade(),
                Wish::Install => transaction.install(value),
                Wish::Uninstall => transaction.uninstall(value),
                Wish::RemoveBase => transaction.remove_base(value),
                Wish::ResetBase => transaction.reset_base(value),
                Wish::AllowDowngrade => transaction.allow_downgrade(),
                Wish::AllowInactive => transaction.allow_inactive(),
                Wish::Idempotent => transaction.idempotent(),
                Wish::SignaturesRequired => transaction.signatures(Signature::Required),
                Wish::SignaturesNotRequired => transaction.signatures(Signature::NotRequired),
                Wish::KernelArgument => transaction.kernel_argument(value),
                other => return Err(Refusal::BadEnum("a wish", other.repr)),
            };
            Ok(())
        })
    });
}

fn transaction_script_timeout(transaction: &Transaction, milliseconds: u64, failure: &mut Failure) {
    guard(failure, || {
        transaction.write(|transaction| {
            let _ = transaction.script_timeout(Duration::from_millis(milliseconds));
            Ok(())
        })
    });
}

fn transaction_wishes(transaction: &Transaction, failure: &mut Failure) -> bridge::Wishes {
    guard(failure, || {
        transaction.read(|transaction| Ok(transaction.wishes().into()))
    })
}

fn transaction_plan(transaction: &Transaction, job: &Job, failure: &mut Failure) -> Box<Plan> {
    guard(failure, || {
        transaction.write(|transaction| job.write(|job| Ok(Held::new(transaction.plan(job)?))))
    })
}

fn transaction_stage(
    transaction: &Transaction,
    plan: &Plan,
    job: &Job,
    failure: &mut Failure,
) -> OutcomeFacts {
    guard(failure, || {
        let plan = plan.get()?;
        let stage = |transaction: &mut engine::Transaction| {
            job.write(|job| Ok(transaction.stage(plan, job)?))
        };
        Ok(OutcomeFacts::from(&transaction.write(stage)?))
    })
}

fn rollback(sysroot: &Sysroot, job: &Job, failure: &mut Failure) -> OutcomeFacts {
    guard(failure, || {
        let outcome = job.write(|job| Ok(sysroot.get()?.rollback(job)?))?;
        Ok(OutcomeFacts::from(&outcome))
    })
}

impl From<&engine::Outcome> for OutcomeFacts {
    fn from(outcome: &engine::Outcome) -> OutcomeFacts {
        let (kind, objects) = match outcome {
            engine::Outcome::Staged { objects, .. } => (0, *objects),
            engine::Outcome::Deployed { objects, .. } => (1, *objects),
            engine::Outcome::Unchanged => (2, 0),
            _ => (u8::MAX, 0),
        };
        OutcomeFacts {
            kind,
            id: outcome.id().into(),
            scripts: all(outcome.scripts()),
            objects,
            text: outcome.to_string(),
            json: outcome.to_json().to_string(),
        }
    }
}
