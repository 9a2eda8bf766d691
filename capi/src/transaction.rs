//! Wishes that become one new deployment, or nothing.

use crate::call::{Failure, Result, call};
use crate::code::regraft_code;
use crate::deployment::regraft_deployment;
use crate::error::regraft_error;
use crate::handle::{self, Exclusive, Out, Owned, hold, required};
use crate::job::regraft_job;
use crate::outcome::regraft_outcome;
use crate::plan::regraft_plan;
use crate::signature;
use crate::sysroot::regraft_sysroot;
use crate::text;
use engine::{Base, Transaction};
use std::ffi::c_char;
use std::time::Duration;

/// Wishes that become one new deployment, or nothing. Setters record wishes;
/// `regraft_transaction_plan` checks and decides and `regraft_transaction_stage` acts. Success
/// spends it: later plans and stages fail with `REGRAFT_ERROR_SPENT`. After any error of the library
/// it is as it was, so that nothing has to be asked for twice. Freeing one leaves nothing behind.
///
/// One call at a time: any thread may use it, and gets `REGRAFT_IN_USE` while another call has it.
pub struct regraft_transaction {
    state: Exclusive<Transaction>,
}

impl Owned for regraft_transaction {}

impl regraft_transaction {
    fn new(transaction: Transaction) -> regraft_transaction {
        regraft_transaction {
            state: Exclusive::new("transaction", transaction),
        }
    }
}

/// Start from the deployment that boots next.
pub const REGRAFT_BASE_PENDING: i32 = 0;
/// Start from the deployment that runs now.
pub const REGRAFT_BASE_BOOTED: i32 = 1;

/// The body of every setter.
fn wish(
    transaction: *mut regraft_transaction,
    error: *mut *mut regraft_error,
    record: impl FnOnce(&mut Transaction) -> Result<()>,
) -> regraft_code {
    call(error, || {
        let transaction = hold(transaction, "transaction")?;
        let mut transaction = transaction.state.enter()?;
        record(&mut transaction)
    })
}

/// The body of those that record one string.
fn wish_text(
    transaction: *mut regraft_transaction,
    value: *const c_char,
    name: &str,
    error: *mut *mut regraft_error,
    record: impl FnOnce(&mut Transaction, &str),
) -> regraft_code {
    wish(transaction, error, |transaction| {
        record(transaction, text::read(value, name)?);
        Ok(())
    })
}

/// Begins a transaction on a deployment of the sysroot's stateroot: `REGRAFT_BASE_PENDING` or
/// `REGRAFT_BASE_BOOTED`. The program owns it; `regraft_transaction_free`.
///
/// Fails with `REGRAFT_ERROR_STATE` when there is no such deployment, or several stateroots and none
/// was chosen, and with `REGRAFT_BAD_ENUM` for another `base`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_transaction_new(
    sysroot: *const regraft_sysroot,
    base: i32,
    transaction: *mut *mut regraft_transaction,
    error: *mut *mut regraft_error,
) -> regraft_code {
    call(error, || {
        let out = Out::new(transaction, "transaction")?;
        let sysroot = hold(sysroot, "sysroot")?;
        let base = match base {
            REGRAFT_BASE_PENDING => Base::Pending,
            REGRAFT_BASE_BOOTED => Base::Booted,
            other => return Err(Failure::bad_enum("base", other)),
        };
        out.put(regraft_transaction::new(sysroot.sysroot.transaction(base)?));
        Ok(())
    })
}

/// Begins a transaction on one certain deployment, of a snapshot of this sysroot. The program owns
/// it; `regraft_transaction_free`. That the deployment is still there is checked by the plan.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_transaction_new_on(
    sysroot: *const regraft_sysroot,
    deployment: *const regraft_deployment,
    transaction: *mut *mut regraft_transaction,
    error: *mut *mut regraft_error,
) -> regraft_code {
    call(error, || {
        let out = Out::new(transaction, "transaction")?;
        let sysroot = hold(sysroot, "sysroot")?;
        let deployment = &required(deployment, "deployment")?.deployment;
        let made = sysroot.sysroot.transaction_on(deployment);
        out.put(regraft_transaction::new(made));
        Ok(())
    })
}

/// Begins a transaction that deploys what `refspec` names (`REMOTE:REF`, or a ref or commit of the
/// repository), without looking at the origin of any deployment: the first one of a stateroot, for
/// instance. The program owns it; `regraft_transaction_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_transaction_deploy_commit(
    sysroot: *const regraft_sysroot,
    refspec: *const c_char,
    transaction: *mut *mut regraft_transaction,
    error: *mut *mut regraft_error,
) -> regraft_code {
    call(error, || {
        let out = Out::new(transaction, "transaction")?;
        let sysroot = hold(sysroot, "sysroot")?;
        let made = sysroot
            .sysroot
            .deploy_commit(text::read(refspec, "refspec")?);
        out.put(regraft_transaction::new(made));
        Ok(())
    })
}

/// Takes up a plan that was made earlier, perhaps by another process: the transaction has its wishes
/// and can stage it. The program owns it; `regraft_transaction_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_transaction_resume(
    sysroot: *const regraft_sysroot,
    plan: *const regraft_plan,
    transaction: *mut *mut regraft_transaction,
    error: *mut *mut regraft_error,
) -> regraft_code {
    call(error, || {
        let out = Out::new(transaction, "transaction")?;
        let sysroot = hold(sysroot, "sysroot")?;
        let plan = hold(plan, "plan")?;
        out.put(regraft_transaction::new(sysroot.sysroot.resume(&plan.plan)));
        Ok(())
    })
}

/// Follow the base's ref to its newest commit; layered packages are solved again on it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_transaction_upgrade(
    transaction: *mut regraft_transaction,
    error: *mut *mut regraft_error,
) -> regraft_code {
    wish(transaction, error, |transaction| {
        transaction.upgrade();
        Ok(())
    })
}

/// A base that is older than the deployed one is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_transaction_allow_downgrade(
    transaction: *mut regraft_transaction,
    error: *mut *mut regraft_error,
) -> regraft_code {
    wish(transaction, error, |transaction| {
        transaction.allow_downgrade();
        Ok(())
    })
}

/// A request that the base meets already is remembered, and becomes active when the base drops the
/// package, instead of being an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_transaction_allow_inactive(
    transaction: *mut regraft_transaction,
    error: *mut *mut regraft_error,
) -> regraft_code {
    wish(transaction, error, |transaction| {
        transaction.allow_inactive();
        Ok(())
    })
}

/// Asking for what is there already is no error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_transaction_idempotent(
    transaction: *mut regraft_transaction,
    error: *mut *mut regraft_error,
) -> regraft_code {
    wish(transaction, error, |transaction| {
        transaction.idempotent();
        Ok(())
    })
}

/// Layer a package: its name, a capability that it provides, or a path that it has.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_transaction_install(
    transaction: *mut regraft_transaction,
    request: *const c_char,
    error: *mut *mut regraft_error,
) -> regraft_code {
    wish_text(
        transaction,
        request,
        "request",
        error,
        |transaction, request| {
            transaction.install(request);
        },
    )
}

/// Take a layered request back, as it was given to `regraft_transaction_install`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_transaction_uninstall(
    transaction: *mut regraft_transaction,
    request: *const c_char,
    error: *mut *mut regraft_error,
) -> regraft_code {
    wish_text(
        transaction,
        request,
        "request",
        error,
        |transaction, request| {
            transaction.uninstall(request);
        },
    )
}

/// Take a package of the base out, by name.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_transaction_remove_base(
    transaction: *mut regraft_transaction,
    name: *const c_char,
    error: *mut *mut regraft_error,
) -> regraft_code {
    wish_text(transaction, name, "name", error, |transaction, name| {
        transaction.remove_base(name);
    })
}

/// Put a package of the base back that `regraft_transaction_remove_base` took out.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_transaction_reset_base(
    transaction: *mut regraft_transaction,
    name: *const c_char,
    error: *mut *mut regraft_error,
) -> regraft_code {
    wish_text(transaction, name, "name", error, |transaction, name| {
        transaction.reset_base(name);
    })
}

/// Adds a kernel argument to a first deployment; later ones keep those of the one before.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_transaction_kernel_argument(
    transaction: *mut regraft_transaction,
    argument: *const c_char,
    error: *mut *mut regraft_error,
) -> regraft_code {
    wish_text(
        transaction,
        argument,
        "argument",
        error,
        |transaction, argument| {
            transaction.kernel_argument(argument);
        },
    )
}

/// How long each script may run until it is killed and staging fails with
/// `REGRAFT_ERROR_SCRIPT_FAILED`; ten minutes by default. A cancel ends a script at once.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_transaction_script_timeout(
    transaction: *mut regraft_transaction,
    milliseconds: u64,
    error: *mut *mut regraft_error,
) -> regraft_code {
    wish(transaction, error, |transaction| {
        transaction.script_timeout(Duration::from_millis(milliseconds));
        Ok(())
    })
}

/// Whether packages need a signature by a trusted key: `REGRAFT_SIGNATURE_REQUIRED` or
/// `REGRAFT_SIGNATURE_NOT_REQUIRED`. By default their repository's `gpgcheck` decides, and where
/// that is absent they do. The plan shows when they do not.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_transaction_signatures(
    transaction: *mut regraft_transaction,
    signature: i32,
    error: *mut *mut regraft_error,
) -> regraft_code {
    wish(transaction, error, |transaction| {
        transaction.signatures(signature::signature(signature, "signature")?);
        Ok(())
    })
}

/// Decides what staging will do, without locking the sysroot or changing a deployment. Pulls a new
/// base and refreshes repository metadata where the wishes need that; both are kept as cache
/// entries. The program owns the plan; `regraft_plan_free`.
///
/// Fails with `REGRAFT_ERROR_UNSOLVABLE` with each problem and what would fix it,
/// `REGRAFT_ERROR_NOT_FOUND` for a request that no package meets, `REGRAFT_ERROR_ALREADY_PRESENT`
/// for one that is met, `REGRAFT_ERROR_FILE_CONFLICT`, `REGRAFT_ERROR_UNSUPPORTED` for what regraft
/// cannot do, `REGRAFT_ERROR_NETWORK`, `REGRAFT_ERROR_SIGNATURE`, `REGRAFT_ERROR_DIGEST`,
/// `REGRAFT_ERROR_DOWNGRADE`, `REGRAFT_ERROR_CANCELLED`, `REGRAFT_ERROR_SPENT`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_transaction_plan(
    transaction: *mut regraft_transaction,
    job: *mut regraft_job,
    plan: *mut *mut regraft_plan,
    error: *mut *mut regraft_error,
) -> regraft_code {
    call(error, || {
        let out = Out::new(plan, "plan")?;
        let transaction = hold(transaction, "transaction")?;
        let job = hold(job, "job")?;
        let mut transaction = transaction.state.enter()?;
        let plan = job.run(|job| Ok(transaction.plan(job)?))?;
        out.put(regraft_plan::new(plan));
        Ok(())
    })
}

/// Does exactly what `plan` says, or changes nothing. The program owns the outcome;
/// `regraft_outcome_free`.
///
/// Fails with `REGRAFT_ERROR_STALE` when what the plan was made from has moved,
/// `REGRAFT_ERROR_BUSY` when another program has the lock, `REGRAFT_ERROR_SCRIPT_FAILED` and
/// `REGRAFT_ERROR_FILE_CONFLICT` for what only payloads can tell, and what downloads can fail with.
/// After all of them the transaction is usable, and the system is as it was.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_transaction_stage(
    transaction: *mut regraft_transaction,
    plan: *const regraft_plan,
    job: *mut regraft_job,
    outcome: *mut *mut regraft_outcome,
    error: *mut *mut regraft_error,
) -> regraft_code {
    call(error, || {
        let out = Out::new(outcome, "outcome")?;
        let transaction = hold(transaction, "transaction")?;
        let plan = hold(plan, "plan")?;
        let job = hold(job, "job")?;
        let mut transaction = transaction.state.enter()?;
        let outcome = job.run(|job| Ok(transaction.stage(&plan.plan, job)?))?;
        out.put(regraft_outcome::new(&outcome));
        Ok(())
    })
}

/// Frees a transaction; NULL is fine, and so is one that a call has, which ends as it would.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_transaction_free(transaction: *mut regraft_transaction) {
    handle::free(transaction);
}
