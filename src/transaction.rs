//! The place where decisions, stores and effects meet: wishes become a plan, a plan becomes a
//! deployment.
//!
//! ```text
//! wishes ──► plan ──► stage
//!            │        ├─ download and check packages          (nothing is locked yet)
//!            │        ├─ lock, look again whether the plan still applies
//!            │        ├─ import: each package becomes a commit in the cache
//!            │        ├─ graft: base and package trees merge in memory
//!            │        ├─ scripts, in a view of the grafted tree
//!            │        ├─ rpmdb, commit of the directories that changed
//!            │        └─ deploy: libostree writes the boot entry; this is the point of no return
//!            └─ pull the base, refresh repositories, solve
//! ```
//!
//! ```no_run
//! use regraft::{Base, Job, Sysroot};
//!
//! let sysroot = Sysroot::open("/")?;
//! let mut job = Job::new();
//! let mut tx = sysroot.transaction(Base::Pending)?;
//! tx.upgrade().install("strace");
//! let plan = tx.plan(&mut job)?;
//! print!("{plan}");
//! println!("{}", tx.stage(&plan, &mut job)?);
//! # Ok::<(), regraft::Error>(())
//! ```

pub(crate) mod cleanup;
pub(crate) mod deploy;
pub(crate) mod fetch;
mod limits;
mod outcome;
mod packages;
mod prepare;
mod query;
pub(crate) mod repositories;
mod rollback;
mod stage;

use crate::deployment::Deployment;
use crate::error::{Error, Result};
use crate::job::{Job, Phase};
use crate::package::Signature;
use crate::plan::{Plan, StartsFrom, Wishes};
use crate::script::base::BaseViewKind;
use crate::script::sandbox;
use crate::sysroot::Sysroot;
use crate::transaction::stage::HowScriptsRun;
use std::time::Duration;

pub use cleanup::Cleanup;
pub use outcome::Outcome;
pub use query::{AvailablePackage, RepositoryState};

/// Which deployment a transaction starts from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Base {
    /// The one that boots next.
    #[default]
    Pending,
    /// The one that runs now.
    Booted,
}

/// What a transaction starts from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Start {
    Base(Base),
    /// A deployment by its identifier.
    Deployment(String),
    /// A ref or checksum, deployed for the first time.
    Commit(String),
}

impl Start {
    /// What a plan was made from.
    fn of(plan: &Plan) -> Start {
        match (plan.starts_from, &plan.deployment) {
            (StartsFrom::Pending, _) => Start::Base(Base::Pending),
            (StartsFrom::Booted, _) => Start::Base(Base::Booted),
            (StartsFrom::Deployment, Some(id)) => Start::Deployment(id.clone()),
            (StartsFrom::Deployment | StartsFrom::Commit, _) => Start::Commit(plan.refspec.clone()),
        }
    }
}

/// Wishes that become one new deployment, or nothing.
///
/// Setters record wishes and cannot fail; [`Transaction::plan`] checks and decides and
/// [`Transaction::stage`] acts. Success spends the transaction; after any error it is as it was,
/// so that nothing has to be asked for twice. Dropping one leaves nothing behind.
#[derive(Debug)]
#[must_use = "wishes do nothing until they are planned and staged"]
pub struct Transaction {
    sysroot: Sysroot,
    start: Start,
    wishes: Wishes,
    scripts: HowScriptsRun,
    spent: bool,
}

/// How the time of a plan is usually shared.
const PLAN_PHASES: [(Phase, u32); 4] = [
    (Phase::Pull, 50),
    (Phase::Database, 5),
    (Phase::Metadata, 30),
    (Phase::Solve, 15),
];

/// How the time of a stage is usually shared.
const STAGE_PHASES: [(Phase, u32); 8] = [
    (Phase::Download, 30),
    (Phase::Import, 15),
    (Phase::Graft, 3),
    (Phase::Scripts, 12),
    (Phase::Database, 4),
    (Phase::Commit, 4),
    (Phase::Deploy, 25),
    (Phase::Cleanup, 7),
];

impl Sysroot {
    /// Begins a transaction on a deployment of the stateroot.
    ///
    /// # Errors
    ///
    /// [`Error::State`] when there is no such deployment, or several stateroots and none was chosen.
    pub fn transaction(&self, base: Base) -> Result<Transaction> {
        let handle = self.load()?;
        prepare::find_start(self, &handle, &Start::Base(base))?;
        Ok(Transaction::new(self.clone(), Start::Base(base)))
    }

    /// Begins a transaction on one certain deployment.
    pub fn transaction_on(&self, deployment: &Deployment) -> Transaction {
        let sysroot = self.stateroot(deployment.stateroot());
        Transaction::new(sysroot, Start::Deployment(deployment.id()))
    }

    /// Begins a transaction that deploys what `refspec` names (`REMOTE:REF`, or a ref or commit
    /// of the repository), without looking at the origin of any deployment: the first one of a
    /// stateroot, for instance.
    pub fn deploy_commit(&self, refspec: impl Into<String>) -> Transaction {
        Transaction::new(self.clone(), Start::Commit(refspec.into()))
    }

    /// Takes up a plan that was made earlier, perhaps by another process: the transaction has its
    /// wishes and can stage it.
    pub fn resume(&self, plan: &Plan) -> Transaction {
        let mut transaction = Transaction::new(self.stateroot(&plan.stateroot), Start::of(plan));
        transaction.wishes = plan.wishes.clone();
        transaction
    }
}

impl Transaction {
    fn new(sysroot: Sysroot, start: Start) -> Transaction {
        Transaction {
            sysroot,
            start,
            wishes: Wishes::default(),
            scripts: HowScriptsRun {
                view: BaseViewKind::default(),
                timeout: sandbox::TIMEOUT,
            },
            spent: false,
        }
    }

    /// Follow the base's ref to its newest commit; layered packages are solved again on it.
    pub fn upgrade(&mut self) -> &mut Transaction {
        self.wishes.upgrade = true;
        self
    }

    /// Layer a package: its name, a capability that it provides, or a path that it has.
    pub fn install(&mut self, request: impl Into<String>) -> &mut Transaction {
        self.wishes.install.push(request.into());
        self
    }

    /// Take a layered request back, as it was given to [`Transaction::install`].
    pub fn uninstall(&mut self, request: impl Into<String>) -> &mut Transaction {
        self.wishes.uninstall.push(request.into());
        self
    }

    /// Take a package of the base out, by name.
    pub fn remove_base(&mut self, name: impl Into<String>) -> &mut Transaction {
        self.wishes.remove_base.push(name.into());
        self
    }

    /// Put a package of the base back that [`Transaction::remove_base`] took out.
    pub fn reset_base(&mut self, name: impl Into<String>) -> &mut Transaction {
        self.wishes.reset_base.push(name.into());
        self
    }

    /// A base that is older than the deployed one is fine.
    pub fn allow_downgrade(&mut self) -> &mut Transaction {
        self.wishes.allow_downgrade = true;
        self
    }

    /// A request that the base meets already is remembered, and becomes active when the base drops
    /// the package, instead of being an error.
    pub fn allow_inactive(&mut self) -> &mut Transaction {
        self.wishes.allow_inactive = true;
        self
    }

    /// Asking for what is there already is no error.
    pub fn idempotent(&mut self) -> &mut Transaction {
        self.wishes.idempotent = true;
        self
    }

    /// Whether packages need a signature by a trusted key; by default their repository's
    /// `gpgcheck` decides, and where that is absent they do. The plan shows when they do not.
    pub fn signatures(&mut self, signature: Signature) -> &mut Transaction {
        self.wishes.unsigned_packages = signature == Signature::NotRequired;
        self
    }

    /// Adds a kernel argument to a first deployment; later ones keep those of the one before.
    pub fn kernel_argument(&mut self, argument: impl Into<String>) -> &mut Transaction {
        self.wishes.kernel_arguments.push(argument.into());
        self
    }

    /// How long each script may take before it is ended with all that it has started, and the call
    /// fails with [`Error::ScriptFailed`]. By default ten minutes: a script that works takes
    /// seconds, and one that waits for what the sandbox does not have would wait for ever. A cancel
    /// ends a script at once.
    pub fn script_timeout(&mut self, time: Duration) -> &mut Transaction {
        self.scripts.timeout = time;
        self
    }

    /// How scripts are shown the base. The result is the same with each; benchmarks compare them.
    #[doc(hidden)]
    pub fn base_view(&mut self, kind: BaseViewKind) -> &mut Transaction {
        self.scripts.view = kind;
        self
    }

    /// What was asked for so far.
    pub fn wishes(&self) -> &Wishes {
        &self.wishes
    }

    /// Decides what staging will do, without locking the sysroot or changing a deployment. Pulls
    /// a new base and refreshes repository metadata where the wishes need that; both are kept as
    /// cache entries.
    ///
    /// # Errors
    ///
    /// [`Error::Unsolvable`] with each problem and what would fix it, [`Error::NotFound`] for a
    /// request that no package meets, [`Error::AlreadyPresent`] for one that is met,
    /// [`Error::FileConflict`], [`Error::Unsupported`] for what regraft cannot do,
    /// [`Error::Network`], [`Error::Signature`], [`Error::Digest`], [`Error::Downgrade`],
    /// [`Error::Cancelled`], [`Error::Spent`].
    pub fn plan(&mut self, job: &mut Job) -> Result<Plan> {
        if self.spent {
            return Err(Error::Spent);
        }
        let this = &*self;
        job.run("regraft-plan", &PLAN_PHASES, |monitor| {
            prepare::plan(&this.sysroot, &this.start, &this.wishes, monitor)
        })
        .map_err(|error| error.within(self.sysroot.path()))
    }

    /// Does exactly what `plan` says, or changes nothing.
    ///
    /// # Errors
    ///
    /// [`Error::Stale`] when what the plan was made from has moved, [`Error::Busy`] when another
    /// program has the lock, [`Error::ScriptFailed`] and [`Error::FileConflict`] for what only
    /// payloads can tell, and what downloads can fail with. After all of them the transaction is
    /// usable, and the system is as it was.
    pub fn stage(&mut self, plan: &Plan, job: &mut Job) -> Result<Outcome> {
        if self.spent {
            return Err(Error::Spent);
        }
        let sysroot = self.sysroot.stateroot(&plan.stateroot);
        let how = self.scripts;
        let outcome = job
            .run("regraft-stage", &STAGE_PHASES, |monitor| {
                stage::stage(&sysroot, plan, how, monitor)
            })
            .map_err(|error| error.within(sysroot.path()))?;
        self.spent = true;
        Ok(outcome)
    }
}
