//! What can be done about an error.

use std::fmt;

/// What the caller can do about an [`Error`](crate::Error).
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
