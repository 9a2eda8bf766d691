//! Every way a call can fail.
//!
//! There is one [`Error`] for the whole library. Each variant has fields that name the object, a
//! message that also says what to do, and an [`ErrorKind`]: the question "what can the caller do
//! about it" has far fewer answers than there are ways to fail, so programs match on the kind and
//! people read the message.
//!
//! ```
//! use regraft::{ErrorKind, Sysroot};
//!
//! let error = Sysroot::open("/nonexistent").unwrap_err();
//! assert_eq!(error.kind(), ErrorKind::NotFound);
//! println!("{error}"); // names the folder, and says what was expected there
//! ```

mod json;
mod kind;
mod make;

use crate::change::{Conflict, Problem};
use crate::nevra::Nevra;
use camino::Utf8PathBuf;
use std::io::ErrorKind::{
    NotFound, PermissionDenied, QuotaExceeded, ReadOnlyFilesystem, StorageFull,
};
use std::time::Duration;

pub use kind::ErrorKind;
pub(crate) use make::{is_full, shortened};

/// The result of every fallible call of this library.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a call failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A system call on a path failed.
    #[error("cannot {action} {path}: {source}")]
    Io {
        /// What was tried, as a verb: `read`, `create`, `rename`.
        action: &'static str,
        /// What it was tried on.
        path: Utf8PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// The disk is full, or has no inode left.
    #[error(
        "cannot {action}: no room on the file system of {place} ({}); free some there, then try \
         again", room_text(*.free_bytes, *.free_inodes)
    )]
    NoSpace {
        /// What was written, with a verb: `write /sysroot/ostree/...`.
        action: String,
        /// Something on the file system that is full.
        place: Utf8PathBuf,
        /// What a program without privileges can still write, in bytes, now that the failed call
        /// has given back what it took.
        free_bytes: u64,
        /// How many files can still be made; `None` where the file system has no fixed number.
        free_inodes: Option<u64>,
    },
    /// This user may not do that, or the file system is read-only.
    #[error("cannot {action}: {reason}; {remedy}")]
    Permission {
        /// What was tried, on what: `write /sysroot/ostree/...`.
        action: String,
        /// What the operating system said.
        reason: String,
        /// What to do.
        remedy: String,
    },
    /// Another program works on this sysroot.
    #[error("{sysroot} is locked by {holder}; try again when it has finished")]
    Busy {
        /// The sysroot.
        sysroot: Utf8PathBuf,
        /// Who holds it: `PROGRAM (pid N, started YYYY-MM-DD HH:MM:SS UTC)`, or where it does not
        /// say, as programs other than regraft's do not, `another program`.
        holder: String,
    },
    /// What the plan was made from has moved.
    #[error("the plan no longer applies: {what} was {planned} and is {found} now; plan again")]
    Stale {
        /// What has moved: `the base commit`, `the repository updates`.
        what: String,
        /// The value the plan was made from.
        planned: String,
        /// The value now.
        found: String,
    },
    /// The transaction was staged before.
    #[error("this transaction has been carried out; open a new one")]
    Spent,
    /// The caller asked to stop.
    #[error("cancelled; nothing was changed")]
    Cancelled,
    /// Something that was named is not there.
    #[error("{what} {name:?} was not found: {remedy}")]
    NotFound {
        /// What kind of thing: `package`, `ref`, `stateroot`, `folder`.
        what: &'static str,
        /// Its name.
        name: String,
        /// What to do.
        remedy: String,
    },
    /// The folder is no sysroot.
    #[error(
        "{path} is no OSTree sysroot ({reason}); give the path of one, or make one with \
         `ostree admin init-fs` or Sysroot::create"
    )]
    NotASysroot {
        /// The folder.
        path: Utf8PathBuf,
        /// What is missing or too new.
        reason: String,
    },
    /// Bytes that do not have the format that they should have.
    #[error("{object} is damaged: {reason}; get it again from where it came from")]
    Corrupt {
        /// The file, package, database or object.
        object: String,
        /// What is wrong in it.
        reason: String,
    },
    /// Bytes that differ from what was promised.
    #[error("{object} is not what was promised: expected {expected}, found {found}; get it again")]
    Digest {
        /// The file or package.
        object: String,
        /// Algorithm and digest, or size.
        expected: String,
        /// The same of what is there.
        found: String,
    },
    /// A signature is missing, bad or not trusted.
    #[error("{object}: {reason}; {remedy}")]
    Signature {
        /// The package, repository or commit.
        object: String,
        /// What is wrong with its signature.
        reason: String,
        /// What to do.
        remedy: String,
    },
    /// A transfer failed.
    #[error("cannot get {url}: {reason}; check the address and the network, then try again")]
    Network {
        /// What was asked for.
        url: String,
        /// What the server or the network said.
        reason: String,
    },
    /// A configuration file is wrong.
    #[error("{file}: {reason}")]
    Config {
        /// The file, and where known its line.
        file: String,
        /// What is wrong, and what would be right.
        reason: String,
    },
    /// No set of packages satisfies the request.
    #[error("{}", problems_text(.0))]
    Unsolvable(Vec<Problem>),
    /// Packages disagree about a path.
    #[error("{}", conflicts_text(.0))]
    FileConflict(Vec<Conflict>),
    /// A scriptlet failed.
    #[error("%{script} of {package} failed ({status}){}", output_text(.output))]
    ScriptFailed {
        /// The package.
        package: Nevra,
        /// Which one: `post`, `pre`, `transfiletriggerin`.
        script: String,
        /// How it ended: `exit status 3`, `signal 9`, `timed out after 300 s`.
        status: String,
        /// The end of what it printed.
        output: String,
        /// How long it ran.
        duration: Duration,
    },
    /// Something is not supported; nothing was written.
    #[error("{object}: {what} is not supported by this version of regraft; nothing was changed")]
    Unsupported {
        /// What is not supported.
        what: String,
        /// Where it was met.
        object: String,
    },
    /// An argument means nothing.
    #[error("{argument} cannot be {value:?}: {reason}")]
    InvalidArgument {
        /// Which argument.
        argument: &'static str,
        /// Its value.
        value: String,
        /// What would be right.
        reason: String,
    },
    /// A package has a file where there can be none.
    #[error("{package} has {path:?}: {reason}; leave the package out or rebuild it")]
    PathNotAllowed {
        /// The package.
        package: Nevra,
        /// The path in it.
        path: String,
        /// Which rule it breaks.
        reason: &'static str,
    },
    /// The sandbox cannot work here.
    #[error("scriptlets cannot run here: {reason}; {remedy}")]
    Sandbox {
        /// Why.
        reason: String,
        /// What to do.
        remedy: String,
    },
    /// The new base is older.
    #[error(
        "{refspec} is at {new} of {new_time}, older than the deployed {old} of {old_time}; ask \
         for a downgrade explicitly if that is meant"
    )]
    Downgrade {
        /// The ref followed.
        refspec: String,
        /// The checksum found there.
        new: String,
        /// Its time, UTC.
        new_time: String,
        /// The checksum deployed.
        old: String,
        /// Its time, UTC.
        old_time: String,
    },
    /// The request is met already.
    #[error("{request} is already {state}; {remedy}")]
    AlreadyPresent {
        /// What was asked for.
        request: String,
        /// How it is met: `in the base as bash-5.2-1.x86_64`.
        state: String,
        /// What to do.
        remedy: String,
    },
    /// The state of the system does not allow the operation.
    #[error("{object}: {reason}; {remedy}")]
    State {
        /// The sysroot, deployment or base.
        object: String,
        /// What is in the way.
        reason: String,
        /// What to do.
        remedy: String,
    },
    /// libostree failed.
    #[error("{action}: {message}")]
    Engine {
        /// What was being done.
        action: String,
        /// libostree's message.
        message: String,
    },
    /// A defect of regraft.
    #[error("a defect in regraft: {0}; please report it")]
    Internal(String),
}

impl Error {
    /// What the caller can do about it.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Io { source, .. } => io_kind(source),
            Self::NoSpace { .. } => ErrorKind::NoSpace,
            Self::Permission { .. } => ErrorKind::Permission,
            Self::Busy { .. } => ErrorKind::Busy,
            Self::Stale { .. } => ErrorKind::Stale,
            Self::Spent => ErrorKind::Spent,
            Self::Cancelled => ErrorKind::Cancelled,
            Self::NotFound { .. } => ErrorKind::NotFound,
            Self::NotASysroot { .. } => ErrorKind::NotASysroot,
            Self::Corrupt { .. } => ErrorKind::Corrupt,
            Self::Digest { .. } => ErrorKind::Digest,
            Self::Signature { .. } => ErrorKind::Signature,
            Self::Network { .. } => ErrorKind::Network,
            Self::Config { .. } => ErrorKind::Config,
            Self::Unsolvable(_) => ErrorKind::Unsolvable,
            Self::FileConflict(_) => ErrorKind::FileConflict,
            Self::ScriptFailed { .. } => ErrorKind::ScriptFailed,
            Self::Unsupported { .. } => ErrorKind::Unsupported,
            Self::InvalidArgument { .. } => ErrorKind::InvalidArgument,
            Self::PathNotAllowed { .. } => ErrorKind::PathNotAllowed,
            Self::Sandbox { .. } => ErrorKind::Sandbox,
            Self::Downgrade { .. } => ErrorKind::Downgrade,
            Self::AlreadyPresent { .. } => ErrorKind::AlreadyPresent,
            Self::State { .. } => ErrorKind::State,
            Self::Engine { .. } => ErrorKind::Engine,
            Self::Internal(_) => ErrorKind::Internal,
        }
    }
}

fn room_text(bytes: u64, inodes: Option<u64>) -> String {
    match inodes {
        Some(inodes) => format!("{bytes} bytes and {inodes} inodes are free now"),
        None => format!("{bytes} bytes are free now"),
    }
}

fn io_kind(error: &std::io::Error) -> ErrorKind {
    match error.kind() {
        StorageFull | QuotaExceeded => ErrorKind::NoSpace,
        PermissionDenied | ReadOnlyFilesystem => ErrorKind::Permission,
        NotFound => ErrorKind::NotFound,
        _ => ErrorKind::Io,
    }
}

fn problems_text(problems: &[Problem]) -> String {
    let mut text = String::from("the request cannot be satisfied");
    for problem in problems {
        text.push_str("; ");
        text.push_str(problem.explanation());
        let ways = problem.suggestions();
        if !ways.is_empty() {
            text.push_str(&format!(
                " (a way out: {})",
                ways[..ways.len().min(WAYS_SHOWN)].join(", or ")
            ));
        }
    }
    text
}

/// How many ways out of a problem a message names; the error's value holds all of them.
const WAYS_SHOWN: usize = 3;

fn conflicts_text(conflicts: &[Conflict]) -> String {
    let mut text = String::from("files of different packages conflict");
    for conflict in conflicts.iter().take(CONFLICTS_SHOWN) {
        text.push_str("; ");
        text.push_str(&conflict.to_string());
    }
    if conflicts.len() > CONFLICTS_SHOWN {
        text.push_str(&format!("; and {} more", conflicts.len() - CONFLICTS_SHOWN));
    }
    text.push_str("; leave out one package of each pair");
    text
}

/// How many conflicts a message names; the error's value holds all of them.
const CONFLICTS_SHOWN: usize = 5;

fn output_text(output: &str) -> String {
    match output.trim() {
        "" => ", and it printed nothing".to_owned(),
        text => format!(": {text}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_in_order_and_names_are_unique() {
        let mut names = std::collections::BTreeSet::new();
        for (index, kind) in ErrorKind::ALL.into_iter().enumerate() {
            assert_eq!(kind as i32, 100 + index as i32);
            assert!(names.insert(kind.name()), "{kind} twice");
        }
    }

    #[test]
    fn a_full_disk_is_told_apart() {
        let full = Error::io("write", "x")(std::io::Error::from_raw_os_error(libc::ENOSPC));
        assert_eq!(full.kind(), ErrorKind::NoSpace);
        let read_only = Error::io("write", "x")(std::io::Error::from_raw_os_error(libc::EROFS));
        assert_eq!(read_only.kind(), ErrorKind::Permission);
    }
}
