//! One program run in bubblewrap, with the root view as its world.
//!
//! The program has namespaces of its own for processes, IPC, host name, network and cgroups; it is
//! root without the capabilities that reach beyond files (no mounts, no devices, no modules), and
//! `/proc` is read-only, because root may write to `/proc/sys` without any capability. User
//! namespaces, in which it would get all capabilities back, are refused by a system call filter.
//! When bubblewrap ends or is killed the kernel kills all that the program has started, and
//! [`run`] waits until they are gone: nothing writes to the view between two scripts.

use crate::error::{Error, Result, is_full};
use crate::job::Monitor;
use crate::nevra::Nevra;
use crate::script::view::View;
use crate::sys::failpoint::{self, Point};
use crate::sys::{filter, process};
use camino::{Utf8Path, Utf8PathBuf};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use rustix::fs::OFlags;
use rustix::io::Errno;
use rustix::pipe::{PipeFlags, pipe_with};
use rustix::process::{Pid, PidfdFlags, Signal, WaitId, WaitIdOptions};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// What is run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Invocation<'a> {
    /// The package that it belongs to.
    pub(crate) package: &'a Nevra,
    /// `post`, `transfiletriggerin`, or a program's name.
    pub(crate) script: &'a str,
    /// The program and its arguments; those of `body` come after the script's path.
    pub(crate) interpreter: &'a [String],
    /// The script that the program gets as a file.
    pub(crate) body: Option<&'a [u8]>,
    /// The script's arguments.
    pub(crate) arguments: &'a [String],
    /// Standard input; empty is `/dev/null`.
    pub(crate) input: &'a [u8],
}

/// How a script ran that succeeded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ran {
    /// `PACKAGE.SCRIPT`.
    pub(crate) name: String,
    /// How long.
    pub(crate) duration: Duration,
    /// The end of what it printed.
    pub(crate) output: String,
}

/// No script that works takes longer than this by default; one that waits for something that
/// the sandbox does not have would wait for ever.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(600);

/// How much of the output is kept.
const OUTPUT_MAX: usize = 64 << 10;

/// How often a cancel is looked for.
const TICK: Duration = Duration::from_millis(50);

/// How long processes may take to end after SIGKILL.
const END: Duration = Duration::from_secs(30);

const CAPABILITIES: [&str; 10] = [
    "CAP_CHOWN",
    "CAP_DAC_OVERRIDE",
    "CAP_FOWNER",
    "CAP_FSETID",
    "CAP_KILL",
    "CAP_SETGID",
    "CAP_SETUID",
    "CAP_SETPCAP",
    "CAP_SYS_CHROOT",
    "CAP_SETFCAP",
];

/// Databases of packages: they are not written yet, and a script that asked would get an answer
/// that depends on the order of scripts.
const HIDDEN: [&str; 3] = [
    "usr/share/rpm",
    "usr/lib/sysimage/rpm",
    "usr/lib/sysimage/rpm-ostree-base-db",
];

/// Where the script is seen. rpm's own place for it is a random name in /var/tmp.
const SCRIPT: &str = "/run/regraft/script";

/// Runs it to its end. Whatever the outcome, no process of it is left.
pub(crate) fn run(view: &View, what: &Invocation<'_>, monitor: &Monitor) -> Result<Ran> {
    monitor.check()?;
    let failed = |status: String, output: String, duration| Error::ScriptFailed {
        package: what.package.clone(),
        script: what.script.to_owned(),
        status,
        output,
        duration,
    };
    let program = what.interpreter.first().map_or("", String::as_str);
    if !view.is_program(program) {
        let status = format!("its interpreter {program} is not in the tree");
        return Err(failed(status, String::new(), Duration::ZERO));
    }
    let started = Instant::now();
    let sandbox = Sandbox::start(view, what)?;
    failpoint::reach(Point::ScriptStarted)?;
    let ended = sandbox.wait(view.timeout(), monitor)?;
    failpoint::reach(Point::ScriptEnded)?;
    let duration = started.elapsed();
    let output = ended.output.text();
    // Whatever the script says of it: many ignore that a file could not be written.
    if ended.stopped.is_none() && is_full(&view.root()) {
        let status = match ended.exit_code {
            Some(0) | None => String::new(),
            Some(code) => format!(", which failed with exit status {code}: {}", output.trim()),
        };
        let action = format!("run %{} of {}{status}", what.script, what.package);
        return Err(Error::full(action, view.root()));
    }
    match (ended.stopped, ended.exit_code) {
        (Some(Stop::Cancelled), _) => Err(Error::Cancelled),
        (Some(Stop::TimedOut), _) => {
            let status = format!("timed out after {} s", view.timeout().as_secs_f64());
            Err(failed(status, output, duration))
        }
        (None, Some(0)) => Ok(Ran {
            name: format!("{}.{}", what.package.name, what.script),
            duration,
            output,
        }),
        // Shells and bubblewrap report a signal in this way.
        (None, Some(code)) if code > 128 => {
            let status = format!("exit status {code}, as by signal {}", code - 128);
            Err(failed(status, output, duration))
        }
        (None, Some(code)) => Err(failed(format!("exit status {code}"), output, duration)),
        (None, None) => Err(explain(&output)),
    }
}

/// Why bubblewrap did not even start the program, from its message.
fn explain(output: &str) -> Error {
    let line = output
        .lines()
        .rev()
        .find_map(|line| line.strip_prefix("bwrap: "))
        .unwrap_or("it was killed");
    let has = |words: &[&str]| words.iter().any(|word| line.contains(word));
    let (reason, remedy) = if has(&["pivot_root", "make / slave"]) {
        (
            "the root directory is no mount point",
            "make it one (`mount --bind`) before the chroot, or use a container instead of one",
        )
    } else if has(&["proc"]) {
        (
            "a new /proc cannot be mounted",
            "in a container, give it an unmasked /proc (podman: --security-opt unmask=ALL)",
        )
    } else if has(&["namespace", "not permitted", "clone"]) {
        (
            "this process may not make namespaces",
            "run it as root with CAP_SYS_ADMIN (in a container: privileged)",
        )
    } else if has(&["seccomp"]) {
        (
            "the kernel has no system call filters",
            "use a kernel with CONFIG_SECCOMP_FILTER",
        )
    } else {
        (
            "bubblewrap cannot set up the sandbox",
            "see whether `bwrap --bind / / true` works on this machine",
        )
    };
    Error::Sandbox {
        reason: format!("{reason} (bubblewrap: {line})"),
        remedy: remedy.to_owned(),
    }
}

/// bubblewrap, running.
struct Sandbox {
    /// Its guard.
    child: Child,
    /// All ends when this is closed.
    lifeline: Option<OwnedFd>,
    output: OwnedFd,
    status: OwnedFd,
}

enum Stop {
    Cancelled,
    TimedOut,
}

struct Ended {
    exit_code: Option<i32>,
    stopped: Option<Stop>,
    output: Tail,
}

impl Sandbox {
    fn start(view: &View, what: &Invocation<'_>) -> Result<Sandbox> {
        let io = |action| move |error: Errno| Error::io(action, "bubblewrap's pipes")(error);
        let pipe = || pipe_with(PipeFlags::CLOEXEC).map_err(io("make"));
        let (output, output_end) = pipe()?;
        let (status, status_end) = pipe()?;
        for end in [&output, &status] {
            rustix::fs::fcntl_setfl(end, OFlags::NONBLOCK).map_err(io("set up"))?;
        }
        let second = output_end
            .try_clone()
            .map_err(Error::io("duplicate", "bubblewrap's pipes"))?;
        let filter = filter::without_user_namespaces()?;
        let mut command = Command::new(program()?);
        command
            .env_clear()
            .envs([
                ("PATH", "/usr/sbin:/usr/bin:/sbin:/bin"),
                ("HOME", "/"),
                ("LANG", "C.UTF-8"),
                ("TZ", "UTC"),
                ("SYSTEMD_OFFLINE", "1"),
            ])
            .env("SOURCE_DATE_EPOCH", view.epoch().to_string())
            .current_dir("/")
            .stdin(input(view, what)?)
            .stdout(Stdio::from(output_end))
            .stderr(Stdio::from(second))
            .args(arguments(view, what)?)
            .arg("--json-status-fd")
            .arg(status_end.as_raw_fd().to_string());
        let mut keep = vec![status_end];
        if let Some(filter) = filter {
            command.arg("--seccomp").arg(filter.as_raw_fd().to_string());
            keep.push(filter);
        }
        command.arg("--").args(what.interpreter);
        if what.body.is_some() {
            command.arg(SCRIPT).args(what.arguments);
        }
        process::isolate(&mut command, keep);
        let lifeline =
            process::guard(&mut command).map_err(Error::io("make", "bubblewrap's pipes"))?;
        let child = command.spawn().map_err(Error::io("start", "bubblewrap"))?;
        Ok(Sandbox {
            child,
            lifeline: Some(lifeline),
            output,
            status,
        })
    }

    /// Reads what it prints until it has ended, or ends it.
    fn wait(mut self, timeout: Duration, monitor: &Monitor) -> Result<Ended> {
        let result = self.follow(timeout, monitor);
        if result.is_err() {
            self.lifeline = None;
            let _ = self.child.wait();
        }
        result
    }

    fn follow(&mut self, timeout: Duration, monitor: &Monitor) -> Result<Ended> {
        let started = Instant::now();
        let bwrap = pidfd(Pid::from_child(&self.child)).map_err(watch)?;
        let (mut output, mut status) = (Tail::default(), Status::default());
        let mut first_process = None;
        let mut stopped = None;
        loop {
            let mut open = vec![PollFd::new(&bwrap, PollFlags::IN)];
            if !output.ended {
                open.push(PollFd::new(&self.output, PollFlags::IN));
            }
            if !status.ended {
                open.push(PollFd::new(&self.status, PollFlags::IN));
            }
            match poll(&mut open, Some(&timespec(TICK))) {
                Ok(_) | Err(Errno::INTR) => {}
                Err(error) => return Err(watch(error)),
            }
            let ended = self.child.try_wait().map_err(watch)?.is_some();
            output.read(self.output.as_fd())?;
            status.read(self.status.as_fd())?;
            if first_process.is_none() {
                first_process = status.first_process().and_then(|pid| pidfd(pid).ok());
            }
            if ended {
                break;
            }
            if stopped.is_none() {
                if monitor.check().is_err() {
                    stopped = Some(Stop::Cancelled);
                } else if started.elapsed() >= timeout {
                    stopped = Some(Stop::TimedOut);
                } else {
                    continue;
                }
                self.lifeline = None;
            }
        }
        // bubblewrap's end kills the first process of the namespace, whose end kills and awaits
        // all others.
        if let Some(first) = first_process {
            await_end(&first)?;
        }
        output.read(self.output.as_fd())?;
        status.read(self.status.as_fd())?;
        Ok(Ended {
            exit_code: status.exit_code(),
            stopped,
            output,
        })
    }
}

fn watch(error: impl Into<std::io::Error>) -> Error {
    Error::io("watch", "bubblewrap")(error.into())
}

fn pidfd(pid: Pid) -> std::result::Result<OwnedFd, Errno> {
    rustix::process::pidfd_open(pid, PidfdFlags::empty())
}

fn timespec(duration: Duration) -> rustix::event::Timespec {
    rustix::event::Timespec {
        tv_sec: duration.as_secs() as i64,
        tv_nsec: i64::from(duration.subsec_nanos()),
    }
}

fn await_end(first: &OwnedFd) -> Result<()> {
    let started = Instant::now();
    loop {
        let left = END.saturating_sub(started.elapsed());
        let mut open = [PollFd::new(first, PollFlags::IN)];
        match poll(&mut open, Some(&timespec(left))) {
            Ok(0) => {
                // It would have ended with bubblewrap; make sure of it before giving up.
                let _ = rustix::process::pidfd_send_signal(first, Signal::KILL);
                return Err(Error::Sandbox {
                    reason: "a script's processes do not end".to_owned(),
                    remedy: "look for processes in state D; the disk may be failing".to_owned(),
                });
            }
            Ok(_) => break,
            Err(Errno::INTR) => {}
            Err(error) => return Err(watch(error)),
        }
    }
    // Where the host program is the init process, or adopts orphans, this one has become its
    // child: reap it, and it alone. Otherwise there is nothing to reap.
    let _ = rustix::process::waitid(
        WaitId::PidFd(first.as_fd()),
        WaitIdOptions::EXITED | WaitIdOptions::NOHANG,
    );
    Ok(())
}

/// The end of what was printed.
#[derive(Default)]
struct Tail {
    bytes: Vec<u8>,
    dropped: bool,
    ended: bool,
}

impl Tail {
    fn read(&mut self, from: BorrowedFd<'_>) -> Result<()> {
        while !self.ended {
            let mut buffer = [0; 16 << 10];
            let Some(count) = read_some(from, &mut buffer)? else {
                break;
            };
            self.ended = count == 0;
            self.bytes.extend_from_slice(&buffer[..count]);
            if self.bytes.len() > 2 * OUTPUT_MAX {
                self.cut();
            }
        }
        Ok(())
    }

    fn cut(&mut self) {
        if self.bytes.len() > OUTPUT_MAX {
            self.bytes.drain(..self.bytes.len() - OUTPUT_MAX);
            self.dropped = true;
        }
    }

    fn text(mut self) -> String {
        self.cut();
        let text = String::from_utf8_lossy(&self.bytes);
        match self.dropped {
            true => format!("[...]{text}"),
            false => text.into_owned(),
        }
    }
}

/// bubblewrap's account of itself: JSON objects, one a line. The last one, with the exit code, is
/// missing when the program was not started.
#[derive(Default)]
struct Status {
    bytes: Vec<u8>,
    ended: bool,
}

/// It writes some 300 bytes.
const STATUS_MAX: usize = 16 << 10;

impl Status {
    fn read(&mut self, from: BorrowedFd<'_>) -> Result<()> {
        while !self.ended {
            let mut buffer = [0; 1024];
            let Some(count) = read_some(from, &mut buffer)? else {
                break;
            };
            self.ended = count == 0 || self.bytes.len() > STATUS_MAX;
            self.bytes.extend_from_slice(&buffer[..count]);
        }
        Ok(())
    }

    fn number(&self, key: &str) -> Option<i32> {
        // Only whole lines: a line may arrive in pieces.
        self.bytes
            .split_inclusive(|byte| *byte == b'\n')
            .find_map(|line| {
                let line = line.strip_suffix(b"\n")?;
                let object: serde_json::Value = serde_json::from_slice(line).ok()?;
                i32::try_from(object.get(key)?.as_i64()?).ok()
            })
    }

    fn first_process(&self) -> Option<Pid> {
        Pid::from_raw(self.number("child-pid")?)
    }

    fn exit_code(&self) -> Option<i32> {
        self.number("exit-code")
    }
}

/// `None` when there is nothing at the moment; 0 at the end.
fn read_some(from: BorrowedFd<'_>, buffer: &mut [u8]) -> Result<Option<usize>> {
    loop {
        match rustix::io::read(from, &mut *buffer) {
            Ok(count) => return Ok(Some(count)),
            Err(Errno::AGAIN) => return Ok(None),
            Err(Errno::INTR) => {}
            Err(error) => return Err(watch(error)),
        }
    }
}

/// Where bubblewrap is. `PATH` is the host program's business.
fn program() -> Result<&'static str> {
    ["/usr/bin/bwrap", "/usr/local/bin/bwrap", "/bin/bwrap"]
        .into_iter()
        .find(|path| Utf8Path::new(path).exists())
        .ok_or_else(|| Error::Sandbox {
            reason: "bubblewrap (/usr/bin/bwrap) is not installed".to_owned(),
            remedy: "install the bubblewrap package".to_owned(),
        })
}

fn input(view: &View, what: &Invocation<'_>) -> Result<Stdio> {
    if what.input.is_empty() {
        return Ok(Stdio::null());
    }
    let path = view.input().join("stdin");
    std::fs::write(&path, what.input).map_err(Error::io("write", &path))?;
    let file = std::fs::File::open(&path).map_err(Error::io("open", &path))?;
    Ok(Stdio::from(file))
}

fn arguments(view: &View, what: &Invocation<'_>) -> Result<Vec<String>> {
    view.check()?;
    let mut list = Arguments::default();
    list.add(&[
        "--die-with-parent",
        "--new-session",
        "--unshare-pid",
        "--unshare-ipc",
        "--unshare-uts",
        "--unshare-net",
        "--unshare-cgroup-try",
    ]);
    list.add(&["--hostname", "localhost"]);
    list.bind("--bind", &view.root().join("usr"), "/usr");
    list.bind("--bind", &view.root().join("usr/etc"), "/etc");
    list.bind("--ro-bind", &view.root().join("var"), "/var");
    list.bind("--bind", &view.var_tmp(), "/var/tmp");
    list.bind("--bind", &view.rpm_state(), "/var/lib/rpm-state");
    list.add(&["--proc", "/proc", "--remount-ro", "/proc"]);
    list.add(&["--dev", "/dev", "--tmpfs", "/run"]);
    list.add(&["--perms", "1777", "--tmpfs", "/tmp"]);
    let empty = view.input().join("empty");
    std::fs::write(&empty, "").map_err(Error::io("write", &empty))?;
    list.bind("--ro-bind", &empty, "/run/ostree-booted");
    if let Some(body) = what.body {
        let path = view.input().join("script");
        std::fs::write(&path, body).map_err(Error::io("write", &path))?;
        list.bind("--ro-bind", &path, SCRIPT);
    }
    for path in HIDDEN {
        if view.is_directory(path) {
            let path = format!("/{path}");
            list.add(&["--tmpfs", &path, "--remount-ro", &path]);
        }
    }
    for (name, target) in view.top_links()? {
        list.add(&["--symlink", &target, &format!("/{name}")]);
    }
    for name in view.top_directories()? {
        list.add(&["--dir", &format!("/{name}")]);
    }
    list.add(&["--cap-drop", "ALL"]);
    for capability in CAPABILITIES {
        list.add(&["--cap-add", capability]);
    }
    list.add(&["--chdir", "/"]);
    Ok(list.0)
}

#[derive(Default)]
struct Arguments(Vec<String>);

impl Arguments {
    fn add(&mut self, words: &[&str]) {
        self.0.extend(words.iter().map(|word| (*word).to_owned()));
    }

    fn bind(&mut self, how: &str, from: &Utf8PathBuf, to: &str) {
        self.add(&[how, from.as_str(), to]);
    }
}
