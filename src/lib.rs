//! rpm-ostree as an embeddable library: transactions, package layering, rpmdb and deployments.
#![deny(unsafe_code)]

// Layer 0: values
mod change;
mod dependency;
mod error;
mod job;
mod nevra;

// Layer 2: stores
mod commit;
mod package;

// Layer 3: effects
mod import;

// Private: the kernel and C libraries
mod sys;

#[cfg(test)]
mod testdata;

pub use change::{Action, Change, Conflict, Problem, Reason};
pub use dependency::{Dependency, Sense};
pub use error::{Error, ErrorKind, Result};
pub use job::{Cancel, Flow, Job, Phase, Progress, Unit};
pub use nevra::{Evr, Nevra};
pub use package::{
    ChangelogEntry, Keyring, Package, PackageFile, Signature, Signer, Verification, VerifiedDigest,
};
