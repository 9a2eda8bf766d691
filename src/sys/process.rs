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

/// Puts a guard between this process and the program: it lives as long as the program, and ends it
/// with all that it has started as soon as the returned descriptor is closed, which the end of this
/// process does as well, however it ends. When the guard has ended, so has everything.
///
/// `bwrap --die-with-parent` alone does not do that: killed before it lets its first process run,
/// it leaves that one waiting for ever, with all mounts of the sandbox
/// (<https://github.com/containers/bubblewrap/issues/633>); and it notices no parent that ended
/// before it asked to be told.
pub(crate) fn guard(command: &mut Command) -> io::Result<OwnedFd> {
    use rustix::fd::AsRawFd;
    let (watched, lifeline) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC)?;
    let prepare = move || {
        // SAFETY: plain numbers, and only async-signal-safe calls; `fork` is not one, since it runs
        // handlers that take locks.
        unsafe {
            libc::prctl(libc::PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
            match libc::syscall(libc::SYS_clone, libc::SIGCHLD, 0, 0, 0, 0) {
                -1 => Err(io::Error::last_os_error()),
                0 => Ok(()),
                program => watch(program as libc::pid_t, watched.as_raw_fd()),
            }
        }
    };
    // SAFETY: `prepare` allocates nothing and takes no lock.
    unsafe { command.pre_exec(prepare) };
    Ok(lifeline)
}

/// What the guard does.
///
/// SAFETY: for use between fork and exec: only async-signal-safe calls.
unsafe fn watch(program: libc::pid_t, lifeline: libc::c_int) -> ! {
    // SAFETY: plain numbers and pointers to local variables.
    unsafe {
        // The other ends of its pipes must be closed when the program ends.
        if libc::syscall(libc::SYS_close_range, lifeline + 1, libc::c_int::MAX, 0) != 0 {
            for number in lifeline + 1..FALLBACK_DESCRIPTORS {
                libc::close(number);
            }
        }
        for number in 0..lifeline {
            libc::close(number);
        }
        let ended = libc::syscall(libc::SYS_pidfd_open, program, 0) as libc::c_int;
        let mut open = [ended, lifeline].map(|fd| libc::pollfd {
            fd,
            events: libc::POLLIN,
            revents: 0,
        });
        while open.iter().all(|fd| fd.revents == 0) {
            libc::poll(open.as_mut_ptr(), open.len() as libc::nfds_t, -1);
        }
        // Not reaped yet, so the number is still its own.
        libc::kill(program, libc::SIGKILL);
        let mut status = 0;
        loop {
            // What the program has left behind is the guard's now.
            kill_children();
            let reaped = libc::waitpid(-1, &mut status, 0);
            if reaped < 0 && *libc::__errno_location() == libc::ECHILD {
                libc::_exit(0);
            }
        }
    }
}

/// Sends SIGKILL to all children of this process.
///
/// SAFETY: for use between fork and exec: only async-signal-safe calls.
unsafe fn kill_children() {
    // SAFETY: the path ends in a NUL, the buffer is as long as is said.
    unsafe {
        let list = libc::open(c"/proc/thread-self/children".as_ptr(), libc::O_RDONLY);
        let mut buffer = [0u8; 4096];
        let read = libc::read(list, buffer.as_mut_ptr().cast(), buffer.len());
        libc::close(list);
        let text = &buffer[..usize::try_from(read).unwrap_or(0)];
        // Numbers, each with a space after it.
        let mut number: libc::pid_t = 0;
        for byte in text {
            if byte.is_ascii_digit() {
                number = number.wrapping_mul(10).wrapping_add(i32::from(byte - b'0'));
            } else if number > 0 {
                libc::kill(number, libc::SIGKILL);
                number = 0;
            }
        }
    }
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

    /// The number of processes that sleep for `time` seconds.
    fn sleeping(time: &str) -> usize {
        let output = Command::new("ps").args(["-eo", "args"]).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        text.lines().filter(|line| line.ends_with(time)).count()
    }

    #[test]
    fn a_guard_ends_all_that_was_started() {
        let mut command = Command::new("/bin/sh");
        command.args([
            "-c",
            "sleep 86421 & setsid sleep 86421 & echo started; wait",
        ]);
        command.stdout(std::process::Stdio::piped());
        isolate(&mut command, Vec::new());
        let lifeline = guard(&mut command).unwrap();
        let mut child = command.spawn().unwrap();
        let mut line = [0; 8];
        io::Read::read_exact(child.stdout.as_mut().unwrap(), &mut line).unwrap();
        while sleeping(" 86421") < 2 {}
        drop(lifeline);
        child.wait().unwrap();
        assert_eq!(sleeping(" 86421"), 0);
    }

    #[test]
    fn a_guard_ends_with_the_program_and_tells_of_one_that_is_not_there() {
        let mut command = Command::new("/bin/true");
        let lifeline = guard(&mut command).unwrap();
        command.spawn().unwrap().wait().unwrap();
        drop(lifeline);
        let mut command = Command::new("/nonexistent");
        let _lifeline = guard(&mut command).unwrap();
        assert_eq!(command.spawn().unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
