//! rpm-ostree as an embeddable library: transactions, package layering, rpmdb and deployments.
//!
//! A [`Sysroot`] is a machine, or an image of one. A [`Transaction`] on it takes wishes; its
//! [`Plan`] says what they lead to, and staging that makes a deployment: the new system, which the
//! machine boots next, or not at all.
//!
//! ```no_run
//! use regraft::{Base, Job, Sysroot};
//!
//! let mut job = Job::new();
//! let mut tx = Sysroot::open("/")?.transaction(Base::Pending)?;
//! tx.upgrade().install("strace").remove_base("nano");
//! let plan = tx.plan(&mut job)?;
//! print!("{plan}");
//! println!("{}", tx.stage(&plan, &mut job)?);
//! # Ok::<(), regraft::Error>(())
//! ```
//!
//! | to | there is |
//! |---|---|
//! | see what is deployed | [`Sysroot::deployments`], [`Sysroot::status`] |
//! | change it | [`Sysroot::transaction`], [`Sysroot::deploy_commit`], [`Sysroot::rollback`] |
//! | see what is installed, or differs | [`Sysroot::rpmdb`], [`Rpmdb`] |
//! | see what is wrong, and clean up | [`Sysroot::check`], [`Sysroot::recover`] |
//! | look into repositories | [`Sysroot::search`], [`RepoConfig`] |
//! | look at package files | [`Package`], [`Keyring`] |
//! | make a base | [`Compose`], [`Treefile`] |
//! | follow a call, and end it early | [`Job`], [`Cancel`] |
//!
//! Every call fails with an [`Error`], which people can read as it is; programs look at its
//! [`ErrorKind`]. Where the documentation of a call names errors, those are the ones to act on: any
//! call can also fail with [`Error::Io`], and any that takes a [`Job`] with [`Error::Cancelled`].
//!
//! The library prints nothing, reads no environment variables, and has no global state.
#![deny(unsafe_code)]

// Layer 0: values
mod change;
mod dependency;
mod error;
mod job;
mod nevra;
mod origin;
mod treefile;

// Layer 1: decisions
mod depsolve;
mod plan;

// Layer 2: stores
mod commit;
mod deployment;
mod package;
mod repodata;
mod rpmdb;
mod sysroot;

// Layer 3: effects
mod graft;
mod import;
mod script;

// Layer 4: verbs
mod compose;
mod recovery;
mod transaction;

// Private: the kernel and C libraries
mod sys;

#[cfg(test)]
mod testdata;

/// Places at which a test can end the process; not part of the API.
#[cfg(feature = "failpoints")]
#[doc(hidden)]
pub mod failpoints {
    pub use crate::sys::failpoint::{Action, arm, names, reached};
}

pub use change::{Action, Change, Conflict, Problem, Reason};
pub use compose::{Compose, Composed};
pub use dependency::{Dependency, Sense};
pub use deployment::{Deployment, Interrupted, Status};
pub use error::{Error, ErrorKind, Result};
pub use job::{Cancel, Flow, Job, Phase, Progress, Unit};
pub use nevra::{Evr, Nevra};
pub use origin::Origin;
pub use package::{
    ChangelogEntry, Keyring, Package, PackageFile, Signature, Signer, Verification, VerifiedDigest,
};
pub use plan::{BaseCommit, Plan, PlannedPackage, Wishes};
pub use recovery::{Finding, FindingKind, Mend};
pub use repodata::{Password, RepoConfig, Variables};
pub use rpmdb::{Installed, Rpmdb};
#[doc(hidden)]
pub use script::BaseViewKind;
pub use script::ScriptLog;
pub use sysroot::Sysroot;
pub use transaction::{AvailablePackage, Base, Cleanup, Outcome, RepositoryState, Transaction};
pub use treefile::{PostprocessScript, Treefile};
