//! The numbers that entry points answer.

/// What a call that can fail answers: `REGRAFT_OK`, one of the ABI's own codes (1 to 99), or the
/// kind of the library's error (100 and up). A number never changes its meaning; new ones are
/// added, so programs treat one that they do not know as a failure.
pub type regraft_code = i32;

/// It has done what it should.
pub const REGRAFT_OK: regraft_code = 0;
/// An argument is NULL that must not be.
pub const REGRAFT_NULL_ARGUMENT: regraft_code = 1;
/// A string is not UTF-8.
pub const REGRAFT_BAD_UTF8: regraft_code = 2;
/// An integer argument, or what a callback answered, is none of the values that the header lists.
pub const REGRAFT_BAD_ENUM: regraft_code = 3;
/// The library, or a callback written in Rust, has panicked. The handles that can change and were
/// part of the call are spent when it was the library.
pub const REGRAFT_PANIC: regraft_code = 4;
/// A call that has not ended uses the handle: on another thread, or this one from a callback.
pub const REGRAFT_IN_USE: regraft_code = 5;
/// An earlier call with this handle has panicked: free it and make another.
pub const REGRAFT_SPENT: regraft_code = 6;

/// The operating system refused something that usually works; retry or look at the machine.
pub const REGRAFT_ERROR_IO: regraft_code = 100;
/// Another program holds the lock: wait, then call again.
pub const REGRAFT_ERROR_BUSY: regraft_code = 101;
/// The plan was made from a state that has moved: plan again.
pub const REGRAFT_ERROR_STALE: regraft_code = 102;
/// This transaction has been staged already: open a new one.
pub const REGRAFT_ERROR_SPENT: regraft_code = 103;
/// The caller cancelled.
pub const REGRAFT_ERROR_CANCELLED: regraft_code = 104;
/// Something that was named does not exist.
pub const REGRAFT_ERROR_NOT_FOUND: regraft_code = 105;
/// The folder is no OSTree sysroot, or it is in a format that this version cannot read.
pub const REGRAFT_ERROR_NOT_A_SYSROOT: regraft_code = 106;
/// This user may not do that.
pub const REGRAFT_ERROR_PERMISSION: regraft_code = 107;
/// The disk (or its inodes) is full.
pub const REGRAFT_ERROR_NO_SPACE: regraft_code = 108;
/// Data is damaged or does not have the format that it should have.
pub const REGRAFT_ERROR_CORRUPT: regraft_code = 109;
/// Data differs from the digest or size that was promised for it.
pub const REGRAFT_ERROR_DIGEST: regraft_code = 110;
/// A signature is missing, bad, or by a key that is not trusted.
pub const REGRAFT_ERROR_SIGNATURE: regraft_code = 111;
/// A server could not be reached or refused.
pub const REGRAFT_ERROR_NETWORK: regraft_code = 112;
/// A configuration file (`.repo`, origin, treefile) is wrong.
pub const REGRAFT_ERROR_CONFIG: regraft_code = 113;
/// No set of packages satisfies the request.
pub const REGRAFT_ERROR_UNSOLVABLE: regraft_code = 114;
/// Two packages (or a package and the base) want different content at one path.
pub const REGRAFT_ERROR_FILE_CONFLICT: regraft_code = 115;
/// A package's scriptlet failed.
pub const REGRAFT_ERROR_SCRIPT_FAILED: regraft_code = 116;
/// Something that regraft does not do (yet) was met; nothing was written.
pub const REGRAFT_ERROR_UNSUPPORTED: regraft_code = 117;
/// An argument has a value that cannot mean anything.
pub const REGRAFT_ERROR_INVALID_ARGUMENT: regraft_code = 118;
/// A package has a file where an OSTree system cannot have one.
pub const REGRAFT_ERROR_PATH_NOT_ALLOWED: regraft_code = 119;
/// The sandbox for scriptlets cannot work on this machine as it is set up.
pub const REGRAFT_ERROR_SANDBOX: regraft_code = 120;
/// The new base is older than the deployed one.
pub const REGRAFT_ERROR_DOWNGRADE: regraft_code = 121;
/// The request is already met.
pub const REGRAFT_ERROR_ALREADY_PRESENT: regraft_code = 122;
/// The sysroot or the base is in a state that does not allow the operation.
pub const REGRAFT_ERROR_STATE: regraft_code = 123;
/// libostree failed in a way that has no kind of its own.
pub const REGRAFT_ERROR_ENGINE: regraft_code = 124;
/// A defect of regraft: please report it.
pub const REGRAFT_ERROR_INTERNAL: regraft_code = 125;

/// The ABI's own codes with their names, in kebab case as those of the library's kinds.
const OWN: [(regraft_code, &str); 6] = [
    (REGRAFT_NULL_ARGUMENT, "null-argument"),
    (REGRAFT_BAD_UTF8, "bad-utf8"),
    (REGRAFT_BAD_ENUM, "bad-enum"),
    (REGRAFT_PANIC, "panic"),
    (REGRAFT_IN_USE, "in-use"),
    (REGRAFT_SPENT, "handle-spent"),
];

/// The name of one of the ABI's own codes.
pub(crate) fn own_name(code: regraft_code) -> &'static str {
    let known = OWN.iter().find(|(own, _)| *own == code);
    known.map_or("unknown", |(_, name)| name)
}
