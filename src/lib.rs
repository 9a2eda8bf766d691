//! rpm-ostree as an embeddable library: transactions, package layering, rpmdb and deployments.
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
mod transaction;

// Private: the kernel and C libraries
mod sys;

#[cfg(test)]
mod testdata;

pub use change::{Action, Change, Conflict, Problem, Reason};
pub use compose::{Compose, Composed};
pub use dependency::{Dependency, Sense};
pub use deployment::{Deployment, Status};
pub use error::{Error, ErrorKind, Result};
pub use job::{Cancel, Flow, Job, Phase, Progress, Unit};
pub use nevra::{Evr, Nevra};
pub use origin::Origin;
pub use package::{
    ChangelogEntry, Keyring, Package, PackageFile, Signature, Signer, Verification, VerifiedDigest,
};
pub use plan::{BaseCommit, Plan, PlannedPackage, PlannedRepo, Wishes};
pub use repodata::{Password, RepoConfig, Variables};
pub use rpmdb::{Installed, Rpmdb};
#[doc(hidden)]
pub use script::BaseViewKind;
pub use script::ScriptLog;
pub use sysroot::Sysroot;
pub use transaction::{AvailablePackage, Base, Cleanup, Outcome, RepositoryState, Transaction};
pub use treefile::{PostprocessScript, Treefile};
