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

use crate::change::{Conflict, Problem};
use crate::nevra::Nevra;
use camino::{Utf8Path, Utf8PathBuf};
use std::fmt;
// By kinds, not codes: some libraries wrap what the operating system said.
use std::io::ErrorKind::{
    NotFound, PermissionDenied, QuotaExceeded, ReadOnlyFilesystem, StorageFull,
};
use std::time::Duration;

/// The result of every fallible call of this library.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What the caller can do about an [`Error`].
///
/// The numbers are part of the C ABI and never change their meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[repr(i32)]
pub enum ErrorKind {
    /// The operating system refused something that usually works; retry or look at the machine.
    Io = 100,
    /// Another program holds the lock: wait, then call again.
    Busy = 101,
    /// The plan was made from a state that has moved: plan again.
    Stale = 102,
    /// This transaction has been staged already: open a new one.
    Spent = 103,
    /// The caller cancelled.
    Cancelled = 104,
    /// Something that was named does not exist.
    NotFound = 105,
    /// The folder is no OSTree sysroot, or it is in a format that this version cannot read.
    NotASysroot = 106,
    /// This user may not do that.
    Permission = 107,
    /// The disk (or its inodes) is full.
    NoSpace = 108,
    /// Data is damaged or does not have the format that it should have.
    Corrupt = 109,
    /// Data differs from the digest or size that was promised for it.
    Digest = 110,
    /// A signature is missing, bad, or by a key that is not trusted.
    Signature = 111,
    /// A server could not be reached or refused.
    Network = 112,
    /// A configuration file (`.repo`, origin, treefile) is wrong.
    Config = 113,
    /// No set of packages satisfies the request.
    Unsolvable = 114,
    /// Two packages (or a package and the base) want different content at one path.
    FileConflict = 115,
    /// A package's scriptlet failed.
    ScriptFailed = 116,
    /// Something that regraft does not do (yet) was met; nothing was written.
    Unsupported = 117,
    /// An argument has a value that cannot mean anything.
    InvalidArgument = 118,
    /// A package has a file where an OSTree system cannot have one.
    PathNotAllowed = 119,
    /// The sandbox for scriptlets cannot work on this machine as it is set up.
    Sandbox = 120,
    /// The new base is older than the deployed one.
    Downgrade = 121,
    /// The request is already met.
    AlreadyPresent = 122,
    /// The sysroot or the base is in a state that does not allow the operation.
    State = 123,
    /// libostree failed in a way that has no kind of its own.
    Engine = 124,
    /// A defect of regraft: please report it.
    Internal = 125,
}

impl ErrorKind {
    /// All kinds, in the order of their numbers.
    pub const ALL: [ErrorKind; 26] = [
        Self::Io,
        Self::Busy,
        Self::Stale,
        Self::Spent,
        Self::Cancelled,
        Self::NotFound,
        Self::NotASysroot,
        Self::Permission,
        Self::NoSpace,
        Self::Corrupt,
        Self::Digest,
        Self::Signature,
        Self::Network,
        Self::Config,
        Self::Unsolvable,
        Self::FileConflict,
        Self::ScriptFailed,
        Self::Unsupported,
        Self::InvalidArgument,
        Self::PathNotAllowed,
        Self::Sandbox,
        Self::Downgrade,
        Self::AlreadyPresent,
        Self::State,
        Self::Engine,
        Self::Internal,
    ];

    /// The kind's name in kebab case, as in `file-conflict`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Io => "io",
            Self::Busy => "busy",
            Self::Stale => "stale",
            Self::Spent => "spent",
            Self::Cancelled => "cancelled",
            Self::NotFound => "not-found",
            Self::NotASysroot => "not-a-sysroot",
            Self::Permission => "permission",
            Self::NoSpace => "no-space",
            Self::Corrupt => "corrupt",
            Self::Digest => "digest",
            Self::Signature => "signature",
            Self::Network => "network",
            Self::Config => "config",
            Self::Unsolvable => "unsolvable",
            Self::FileConflict => "file-conflict",
            Self::ScriptFailed => "script-failed",
            Self::Unsupported => "unsupported",
            Self::InvalidArgument => "invalid-argument",
            Self::PathNotAllowed => "path-not-allowed",
            Self::Sandbox => "sandbox",
            Self::Downgrade => "downgrade",
            Self::AlreadyPresent => "already-present",
            Self::State => "state",
            Self::Engine => "engine",
            Self::Internal => "internal",
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

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
        "{path} is no OSTree sysroot ({reason}); make one with `ostree admin init-fs` or \
         Sysroot::create"
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

    /// For `map_err`: makes an [`Error::Io`] that names the action and the path, or
    /// [`Error::NoSpace`] or [`Error::Permission`].
    pub(crate) fn io<'a, E: Into<std::io::Error>>(
        action: &'static str,
        path: impl AsRef<Utf8Path> + 'a,
    ) -> impl FnOnce(E) -> Error + 'a {
        move |source| {
            let (source, path) = (source.into(), path.as_ref());
            let done = || format!("{action} {path}");
            match source.kind() {
                StorageFull | QuotaExceeded => Error::full(done(), path),
                PermissionDenied => Error::refused(done(), source.to_string(), false),
                ReadOnlyFilesystem => Error::refused(done(), source.to_string(), true),
                _ => Error::Io {
                    action,
                    path: path.to_owned(),
                    source,
                },
            }
        }
    }

    /// For `map_err` on calls of libostree and gio: a cancel, a full disk and a missing permission
    /// keep their kinds; the rest is [`Error::Engine`] with what was being done.
    pub(crate) fn engine(action: impl Into<String>) -> impl FnOnce(glib::Error) -> Error {
        move |error| {
            let action = action.into();
            let message = error.message().to_owned();
            let done = || format!("{action} ({message})");
            match error.kind::<gio::IOErrorEnum>() {
                Some(gio::IOErrorEnum::Cancelled) => Error::Cancelled,
                Some(gio::IOErrorEnum::NoSpace) => Error::full(done(), ""),
                _ if LOST.iter().any(|lost| message.contains(lost)) => {
                    Error::corrupt("the repository", format!("{action}: {message}"))
                }
                // No kind of its own: libostree leaves a part of each disk free.
                _ if message.contains(MIN_FREE_SPACE) => Error::full(done(), ""),
                Some(code @ (gio::IOErrorEnum::PermissionDenied | gio::IOErrorEnum::ReadOnly)) => {
                    let read_only = code == gio::IOErrorEnum::ReadOnly;
                    Error::refused(action, message, read_only)
                }
                _ => Error::Engine { action, message },
            }
        }
    }

    /// Makes an [`Error::NoSpace`]; where the place is not known it is empty until
    /// [`Error::within`] says it.
    pub(crate) fn full(action: String, place: impl AsRef<Utf8Path>) -> Error {
        let place = place.as_ref();
        let (free_bytes, free_inodes) = room(place).unwrap_or((0, None));
        Error::NoSpace {
            action,
            place: place.to_owned(),
            free_bytes,
            free_inodes,
        }
    }

    fn refused(action: String, reason: String, read_only: bool) -> Error {
        let remedy = match read_only {
            true => "mount its file system writable (`mount -o remount,rw`)",
            false => "run this as root",
        };
        Error::Permission {
            action,
            reason,
            remedy: remedy.to_owned(),
        }
    }

    /// A full disk whose file system is not known yet is that of `place`; one below `place` is
    /// called that.
    pub(crate) fn within(self, place: &Utf8Path) -> Error {
        match self {
            Error::NoSpace {
                action,
                place: below,
                free_bytes,
                free_inodes,
            } if below.starts_with(place) => Error::NoSpace {
                action,
                place: place.to_owned(),
                free_bytes,
                free_inodes,
            },
            Error::NoSpace {
                action, place: p, ..
            } if !p.is_absolute() => Error::full(action, place),
            other => other,
        }
    }

    /// For what cannot tell why writing below `place` failed: where there is no room left, that is
    /// why.
    pub(crate) fn if_full(self, place: &Utf8Path) -> Error {
        match self {
            Error::Cancelled | Error::NoSpace { .. } => self,
            other if is_full(place) || other.to_string().contains(FULL_TEXT) => {
                Error::full(format!("go on ({other})"), place)
            }
            other => other,
        }
    }

    /// Makes an [`Error::Corrupt`].
    pub(crate) fn corrupt(object: impl Into<String>, reason: impl Into<String>) -> Error {
        Error::Corrupt {
            object: object.into(),
            reason: reason.into(),
        }
    }

    /// Makes an [`Error::Unsupported`].
    pub(crate) fn unsupported(what: impl Into<String>, object: impl Into<String>) -> Error {
        Error::Unsupported {
            what: what.into(),
            object: object.into(),
        }
    }
}

/// How libraries that keep no numbers say it.
const FULL_TEXT: &str = "No space left on device";

/// Parts of libostree's messages where an object is not there that another one names.
const LOST: [&str; 2] = ["Couldn't find file object", "No such metadata object"];

/// Part of libostree's message where it would leave less room than `core.min-free-space-percent`
/// or `-size` of the repository says.
const MIN_FREE_SPACE: &str = "min-free-space-";

/// With less than this nothing can be done: a directory takes more.
const ROOM: u64 = 64 << 10;

/// Free bytes and inodes of the file system of a path, which need not be there itself.
fn room(path: &Utf8Path) -> Option<(u64, Option<u64>)> {
    let there = path.ancestors().find(|path| path.exists())?;
    let found = rustix::fs::statvfs(there.as_std_path()).ok()?;
    let bytes = found.f_bavail.saturating_mul(found.f_frsize);
    // btrfs makes inodes as they are needed.
    Some((bytes, (found.f_files > 0).then_some(found.f_favail)))
}

/// Whether the file system of `place` has no room for anything.
pub(crate) fn is_full(place: &Utf8Path) -> bool {
    room(place).is_some_and(|(bytes, inodes)| bytes < ROOM || inodes == Some(0))
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
