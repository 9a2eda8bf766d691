//! Stops a process, with all its threads and all that it starts, before each system call that
//! counts: the kernel asks this process what is to happen (`SECCOMP_RET_USER_NOTIF`,
//! `seccomp_unotify(2)`). Unlike a preloaded library that hears of raw calls, too, and unlike
//! `ptrace` it leaves signals and children of the process alone.
#![allow(unsafe_code, reason = "system calls that no safe wrapper has")]

use super::calls::{CALLS, CHANGING, Call, REQUESTS, Rule, is_device};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fd::{AsRawFd, OwnedFd};
use rustix::mount::{MountPropagationFlags, mount_change};
use rustix::process::{Pid, PidfdFlags, PidfdGetfdFlags, pidfd_getfd, pidfd_open};
use rustix::thread::{UnshareFlags, unshare_unsafe};
use std::io;
use std::os::unix::fs::FileExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// Stops the calling thread, and what it starts from now on, before each call that counts. What
/// the kernel answers with is found by the process that started this one, see [`Traced::start`].
pub(crate) fn be_traced() {
    let program = program();
    let filter = libc::sock_fprog {
        len: u16::try_from(program.len()).unwrap(),
        filter: program.as_ptr().cast_mut(),
    };
    let flags =
        libc::SECCOMP_FILTER_FLAG_NEW_LISTENER | libc::SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
    // SAFETY: plain numbers; the program is as long as is said and lives until the call returns.
    let listener = unsafe {
        libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL);
        libc::syscall(
            libc::SYS_seccomp,
            libc::SECCOMP_SET_MODE_FILTER,
            flags,
            std::ptr::from_ref(&filter),
        )
    };
    // It stays open: without a listener calls would fail.
    assert!(listener >= 0, "{}", io::Error::last_os_error());
}

/// Gives the calling thread, and what it starts from now on, mounts of its own: they end with the
/// process, however that ends.
pub(crate) fn own_mounts() {
    // SAFETY: the shared table of file descriptors stays shared.
    unsafe { unshare_unsafe(UnshareFlags::FS | UnshareFlags::NEWNS) }.unwrap();
    let private = MountPropagationFlags::PRIVATE | MountPropagationFlags::REC;
    mount_change("/", private).unwrap();
}

/// The filter, in the kernel's format (`linux/filter.h`).
fn program() -> Vec<libc::sock_filter> {
    /// Where `struct seccomp_data` has the number and the low half of an argument.
    const NUMBER: u32 = 0;
    let argument = |index: usize| 16 + 8 * u32::try_from(index).unwrap();
    let step = |code: u32, jt: u8, jf: u8, k: u32| libc::sock_filter {
        code: u16::try_from(code).unwrap(),
        jt,
        jf,
        k,
    };
    let load = |offset| step(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, 0, 0, offset);
    let skip_unless = |kind, value, skipped| {
        let code = libc::BPF_JMP | kind | libc::BPF_K;
        step(code, 0, skipped, value)
    };
    let answer = |what| step(libc::BPF_RET | libc::BPF_K, 0, 0, what);
    let stop = || answer(libc::SECCOMP_RET_USER_NOTIF);
    let mut program = vec![load(NUMBER)];
    for (_, number, rule) in CALLS {
        let number = u32::try_from(*number).unwrap();
        let mut inside = match rule {
            Rule::Open { flags, .. } => vec![
                load(argument(*flags)),
                skip_unless(libc::BPF_JSET, CHANGING, 1),
                stop(),
            ],
            Rule::Request => {
                let mut inside = vec![load(argument(1))];
                for request in REQUESTS {
                    inside.push(skip_unless(libc::BPF_JEQ, request, 1));
                    inside.push(stop());
                }
                inside
            }
            _ => vec![stop()],
        };
        inside.push(answer(libc::SECCOMP_RET_ALLOW));
        let length = u8::try_from(inside.len()).unwrap();
        program.push(skip_unless(libc::BPF_JEQ, number, length));
        program.append(&mut inside);
    }
    program.push(answer(libc::SECCOMP_RET_ALLOW));
    program
}

/// Who makes a call, and with what.
pub(crate) struct Caller {
    pub(crate) pid: u32,
    pub(crate) number: libc::c_long,
    pub(crate) arguments: [u64; 6],
}

impl Caller {
    fn memory(&self, address: u64, length: usize) -> Vec<u8> {
        let read = || -> io::Result<Vec<u8>> {
            let memory = std::fs::File::open(format!("/proc/{}/mem", self.pid))?;
            let mut bytes = vec![0; length];
            let count = memory.read_at(&mut bytes, address)?;
            bytes.truncate(count);
            Ok(bytes)
        };
        read().unwrap_or_default()
    }

    /// The text that an argument points to.
    pub(crate) fn text(&self, argument: usize) -> String {
        /// Enough to know it by, and what does not cross into memory that may not be there.
        const PAGE: u64 = 4096;
        let address = self.arguments[argument];
        let bytes = self.memory(address, (PAGE - address % PAGE) as usize);
        let text = bytes.split(|byte| *byte == 0).next().unwrap_or_default();
        String::from_utf8_lossy(text).into_owned()
    }

    /// The number that an argument points to.
    pub(crate) fn word(&self, argument: usize) -> Option<u64> {
        let bytes = self.memory(self.arguments[argument], 8);
        Some(u64::from_ne_bytes(bytes.try_into().ok()?))
    }

    /// The file that an argument is a descriptor of; `None` for pipes, sockets and devices.
    pub(crate) fn file(&self, argument: usize) -> Option<String> {
        let number = self.arguments[argument] as i32;
        let link = std::fs::read_link(format!("/proc/{}/fd/{number}", self.pid)).ok()?;
        let path = link.to_str()?.to_owned();
        let file = path.starts_with('/') && !path.starts_with("/memfd:") && !is_device(&path);
        file.then_some(path)
    }
}

/// What happens to a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    /// It is made.
    Go,
    /// The process is killed before it is made.
    Kill,
    /// It is not made, and fails so.
    Fail(i32),
}

/// How a traced process ended.
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    pub(crate) output: String,
    /// How long what it had started lived longer than it, up to [`PATIENCE`].
    pub(crate) survived: Duration,
}

/// How long what a killed process started may live on.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// A process that is started stopped.
pub(crate) struct Traced {
    child: Child,
    listener: OwnedFd,
}

impl Traced {
    /// Starts a program that calls [`be_traced`].
    pub(crate) fn start(command: &mut Command) -> Traced {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let listener = listener_of(&mut child);
        Traced { child, listener }
    }

    /// Lets it go on to its end, asking `decide` at each call that counts.
    pub(crate) fn run(mut self, mut decide: impl FnMut(&Call) -> Answer) -> Ended {
        let mut status = None;
        let mut ended_at = Instant::now();
        let (output, errors) = (self.child.stdout.take(), self.child.stderr.take());
        let output = read_all(output.unwrap());
        let errors = read_all(errors.unwrap());
        loop {
            let wait = Timespec {
                tv_sec: 0,
                tv_nsec: 20_000_000,
            };
            let mut polled = [PollFd::new(&self.listener, PollFlags::IN)];
            poll(&mut polled, Some(&wait)).unwrap();
            let found = polled[0].revents();
            if found.contains(PollFlags::IN) {
                self.answer(&mut decide);
            }
            if status.is_none() {
                status = self.child.try_wait().unwrap();
                ended_at = Instant::now();
            }
            let all_gone = found.contains(PollFlags::HUP);
            if status.is_some() && (all_gone || ended_at.elapsed() > PATIENCE) {
                break;
            }
        }
        Ended {
            status: status.unwrap(),
            survived: ended_at.elapsed(),
            output: output.join().unwrap() + &errors.join().unwrap(),
        }
    }

    fn answer(&mut self, decide: &mut impl FnMut(&Call) -> Answer) {
        // SAFETY: the kernel wants it zero; all of its fields are numbers.
        let mut asked: libc::seccomp_notif = unsafe { std::mem::zeroed() };
        // SAFETY: the structure is the one that this request fills.
        let received = unsafe {
            libc::ioctl(
                self.listener.as_raw_fd(),
                libc::SECCOMP_IOCTL_NOTIF_RECV,
                std::ptr::from_mut(&mut asked),
            )
        };
        if received != 0 {
            // The caller was killed meanwhile.
            return;
        }
        let caller = Caller {
            pid: asked.pid,
            number: libc::c_long::from(asked.data.nr),
            arguments: asked.data.args,
        };
        let answer = Call::of(&caller).map_or(Answer::Go, |call| decide(&call));
        let error = match answer {
            Answer::Go => 0,
            Answer::Fail(errno) => -errno,
            Answer::Kill => {
                self.child.kill().unwrap();
                0
            }
        };
        if answer == Answer::Kill && self.is_own(asked.pid) {
            // Its thread waits for an answer, and ends instead.
            return;
        }
        let mut said: libc::seccomp_notif_resp = libc::seccomp_notif_resp {
            id: asked.id,
            val: 0,
            error,
            flags: match error {
                0 => libc::SECCOMP_USER_NOTIF_FLAG_CONTINUE as u32,
                _ => 0,
            },
        };
        // SAFETY: the structure is the one that this request takes. It fails where the caller has
        // been killed meanwhile.
        unsafe {
            libc::ioctl(
                self.listener.as_raw_fd(),
                libc::SECCOMP_IOCTL_NOTIF_SEND,
                std::ptr::from_mut(&mut said),
            );
        }
    }

    /// Whether a thread is one of the process itself.
    fn is_own(&self, thread: u32) -> bool {
        std::path::Path::new(&format!("/proc/{}/task/{thread}", self.child.id())).exists()
    }
}

impl Drop for Traced {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn read_all(mut stream: impl io::Read + Send + 'static) -> std::thread::JoinHandle<String> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = stream.read_to_end(&mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

/// Takes the descriptor that [`be_traced`] has opened in the child.
fn listener_of(child: &mut Child) -> OwnedFd {
    let pid = Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    let process = pidfd_open(pid, PidfdFlags::empty()).unwrap();
    let folder = format!("/proc/{}/fd", child.id());
    let begun = Instant::now();
    loop {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let link = std::fs::read_link(entry.path()).unwrap_or_default();
            if link.to_str() != Some("anon_inode:seccomp notify") {
                continue;
            }
            let number: i32 = entry.file_name().to_str().unwrap().parse().unwrap();
            return pidfd_getfd(&process, number, PidfdGetfdFlags::empty()).unwrap();
        }
        assert_eq!(child.try_wait().unwrap(), None, "it ended untraced");
        assert!(begun.elapsed() < PATIENCE, "it is not traced");
        std::thread::sleep(Duration::from_millis(1));
    }
}
