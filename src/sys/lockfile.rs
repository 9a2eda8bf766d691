//! Locks of other programs, looked at without taking them.
#![allow(unsafe_code)]

use rustix::fd::{AsRawFd, OwnedFd};

/// Whether somebody holds a lock of the whole file, one of a process or of an open file
/// (`fcntl(2)`), as libostree's are. rustix's own call takes no holder that is no process.
pub(crate) fn is_locked(file: &OwnedFd) -> bool {
    // SAFETY: all of its fields are numbers.
    let mut lock: libc::flock = unsafe { std::mem::zeroed() };
    lock.l_type = libc::F_WRLCK as libc::c_short;
    lock.l_whence = libc::SEEK_SET as libc::c_short;
    // SAFETY: the descriptor is open, and the structure is the one that this call fills.
    let asked = unsafe { libc::fcntl(file.as_raw_fd(), libc::F_OFD_GETLK, &mut lock) };
    asked == 0 && lock.l_type != libc::F_UNLCK as libc::c_short
}
