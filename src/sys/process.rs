//! Programs that the library starts: what they inherit is fixed here, whatever the host program
//! has opened, blocked or ignored.
#![allow(unsafe_code)]

use rustix::fd::{BorrowedFd, OwnedFd};
use std::io;
use std::os::unix::process::CommandExt;
use std::process::Command;

/// A program that is started in the middle of another program's life inherits nothing but its
/// standard streams and `keep`: no other descriptor (the host program may have opened some without
/// `O_CLOEXEC`), no ignored signal, no umask, and no place in the terminal's foreground group, so
/// that a Ctrl-C reaches the host program alone.
pub(crate) fn isolate(command: &mut Command, keep: Vec<OwnedFd>) {
    use rustix::fd::AsRawFd;
    command.process_group(0);
    let prepare = move || {
        // SAFETY: after the fork only async-signal-safe calls are made, on memory that was
        // allocated before it. `signal` with a number that is none fails and changes nothing.
        unsafe {
            libc::umask(0o022);
            for signal in 1..=64 {
                libc::signal(signal, libc::SIG_DFL);
            }
            limit(libc::RLIMIT_NOFILE, FILES);
            limit(libc::RLIMIT_CORE, 0);
        }
        close_on_exec()?;
        for descriptor in &keep {
            // SAFETY: the closure owns the descriptor, so it is open.
            let borrowed = unsafe { BorrowedFd::borrow_raw(descriptor.as_raw_fd()) };
            rustix::io::fcntl_setfd(borrowed, rustix::io::FdFlags::empty())?;
        }
        Ok(())
    };
    // SAFETY: `prepare` allocates nothing and takes no lock.
    unsafe { command.pre_exec(prepare) };
}

/// What services get by default; programs that close every possible descriptor are slow with more.
const FILES: libc::rlim_t = 1024;

/// Lowers a soft limit.
///
/// SAFETY: for use between fork and exec: only async-signal-safe calls.
unsafe fn limit(what: libc::__rlimit_resource_t, value: libc::rlim_t) {
    let mut old = libc::rlimit {
        rlim_cur: 0,
        rlim_max: 0,
    };
    // SAFETY: both pointers are to a valid structure.
    unsafe {
        if libc::getrlimit(what, &mut old) == 0 && old.rlim_cur > value {
            old.rlim_cur = value;
            libc::setrlimit(what, &old);
        }
    }
}

/// Marks every descriptor but the standard streams. They are not closed, because the standard
/// library reports a failed exec through one of them.
fn close_on_exec() -> io::Result<()> {
    // From linux/close_range.h; the libc crate has it on some targets only.
    const CLOSE_RANGE_CLOEXEC: libc::c_uint = 4;
    // SAFETY: plain numbers.
    let done = unsafe {
        libc::syscall(
            libc::SYS_close_range,
            3 as libc::c_uint,
            libc::c_uint::MAX,
            CLOSE_RANGE_CLOEXEC,
        )
    };
    if done == 0 {
        return Ok(());
    }
    // Before Linux 5.11.
    for number in 3..FALLBACK_DESCRIPTORS {
        // SAFETY: a number that is no descriptor makes it fail and does nothing.
        unsafe { libc::fcntl(number, libc::F_SETFD, libc::FD_CLOEXEC) };
    }
    Ok(())
}

/// How far old kernels are searched; the default hard limit of open files.
const FALLBACK_DESCRIPTORS: libc::c_int = 4096;

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use rustix::fd::AsRawFd;

    #[test]
    fn nothing_is_inherited_but_what_is_kept() {
        let open = || OwnedFd::from(std::fs::File::open("/").unwrap());
        let (leaked, kept) = (open(), open());
        rustix::io::fcntl_setfd(&leaked, rustix::io::FdFlags::empty()).unwrap();
        let numbers = [leaked.as_raw_fd(), kept.as_raw_fd()].map(|number| number.to_string());
        let script = "umask; for n; do test -e /proc/$$/fd/$n && echo has $n; done; ulimit -n";
        let mut command = Command::new("/bin/sh");
        command.args(["-c", script, "sh"]).args(&numbers);
        isolate(&mut command, vec![kept]);
        let output = command.output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert_eq!(text, format!("0022\nhas {}\n1024\n", numbers[1]));
    }
}
