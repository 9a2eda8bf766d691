//! The sysroot's lock: one writer at a time, over all programs.
//!
//! The lock itself is libostree's (`SYSROOT/ostree/lock`), so that regraft, `ostree admin` and
//! rpm-ostree keep out of each other's way. It says nothing about who holds it; regraft's writers
//! leave that in a file beside it.

use crate::error::{Error, Result};
use crate::job::Monitor;
use crate::sys::failpoint::{self, Point};
use crate::sys::{file, lockfile};
use crate::sysroot::{Handle, Sysroot};
use camino::{Utf8Path, Utf8PathBuf};
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use std::fmt;
use std::time::{Duration, Instant};

/// How often a waiting writer looks again.
const INTERVAL: Duration = Duration::from_millis(50);

/// Clock ticks of a second in files of `/proc`: `USER_HZ`, which is 100 on every machine that this
/// library runs on.
const TICKS: u64 = 100;

/// The file that names the writer.
pub(crate) const WRITER: &str = "writer";

/// Holds the sysroot's lock until it is dropped.
#[must_use = "the lock is released when this is dropped"]
pub(crate) struct Lock {
    holder: Handle,
    /// What was there when the lock was taken. libostree's own way of looking again goes by a time
    /// stamp, which it sets after the boot menu: of a program that was killed in between it would
    /// not notice what that had changed, and write a new menu in the place of the one in use.
    handle: Handle,
    writer: Utf8PathBuf,
}

impl Lock {
    /// Takes the lock, waiting for it as long as the sysroot says, and loads what is there then; on
    /// the writer's thread.
    pub(crate) fn take(sysroot: &Sysroot, monitor: &Monitor) -> Result<Lock> {
        let begun = Instant::now();
        let writer = sysroot.data().join(WRITER);
        let holder = sysroot.load_with(true)?;
        let failed = || Error::engine(format!("lock the sysroot {}", sysroot.path()));
        while !holder.sysroot.try_lock().map_err(failed())? {
            monitor.check()?;
            if begun.elapsed() >= sysroot.lock_wait() {
                return Err(Error::Busy {
                    sysroot: sysroot.path().to_owned(),
                    holder: name_of_holder(&writer),
                });
            }
            std::thread::sleep(INTERVAL);
        }
        let lock = Lock {
            holder,
            handle: sysroot.load_with(true)?,
            writer,
        };
        failpoint::reach(Point::Locked)?;
        lock.sign()?;
        failpoint::reach(Point::Signed)?;
        Ok(lock)
    }

    pub(crate) fn handle(&self) -> &Handle {
        &self.handle
    }

    /// Leaves this process's name for those who find the lock taken.
    fn sign(&self) -> Result<()> {
        let folder = self.writer.parent().unwrap_or(&self.writer);
        std::fs::create_dir_all(folder).map_err(Error::io("create", folder))?;
        let pid = std::process::id();
        let text = format!("{pid} {} {}\n", started(pid).unwrap_or(0), program(pid));
        file::write(folder, WRITER, text.as_bytes())
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Left behind it would only name a process that no longer exists, which `name_of_holder` notices.
        let _ = std::fs::remove_file(&self.writer);
        self.holder.sysroot.unlock();
    }
}

/// Who holds the lock, in words. A file left by a process that has ended names nobody.
fn name_of_holder(writer: &Utf8Path) -> String {
    let known = Signature::read(writer).filter(|found| started(found.pid) == Some(found.start));
    known.map_or_else(|| "another program".to_owned(), |found| found.to_string())
}

/// Who wrote last, where that was interrupted and has left its name.
pub(super) fn last_writer(data: &Utf8Path) -> Option<String> {
    Some(Signature::read(&data.join(WRITER))?.to_string())
}

/// What a writer leaves of itself.
struct Signature {
    pid: u32,
    start: u64,
    program: String,
}

impl Signature {
    fn read(writer: &Utf8Path) -> Option<Signature> {
        let text = std::fs::read_to_string(writer).ok()?;
        let mut parts = text.trim_end().splitn(3, ' ');
        Some(Signature {
            pid: parts.next()?.parse().ok()?,
            start: parts.next()?.parse().ok()?,
            program: parts.next()?.to_owned(),
        })
    }
}

/// `PROGRAM (pid N, started YYYY-MM-DD HH:MM:SS UTC)`.
impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (pid {}", self.program, self.pid)?;
        match began(self.start) {
            Some(time) => write!(f, ", started {time})"),
            None => f.write_str(")"),
        }
    }
}

/// Whether a program holds the lock of a sysroot, libostree's own kind of lock included.
pub(super) fn is_held(sysroot: &Utf8Path) -> bool {
    let path = sysroot.join("ostree/lock");
    let flags = OFlags::RDONLY | OFlags::CLOEXEC;
    let file = match rustix::fs::open(path.as_std_path(), flags, Mode::empty()) {
        Ok(file) => file,
        // It is there while somebody has it. Who may not look at it cannot tell.
        Err(error) => return error != Errno::NOENT,
    };
    lockfile::is_locked(&file)
}

/// When a process was started, in clock ticks since boot (`proc(5)`, field 22 of `stat`).
fn started(pid: u32) -> Option<u64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let after_name = stat.rsplit_once(')')?.1;
    after_name.split_whitespace().nth(19)?.parse().ok()
}

/// The time of day of a process's start, which is counted from boot (`proc(5)`, `btime` of `stat`).
fn began(start: u64) -> Option<String> {
    let stat = std::fs::read_to_string("/proc/stat").ok()?;
    let boot: u64 = stat
        .lines()
        .find_map(|line| line.strip_prefix("btime "))?
        .trim()
        .parse()
        .ok()?;
    let seconds = i64::try_from(boot.checked_add(start / TICKS)?).ok()?;
    let time = glib::DateTime::from_unix_utc(seconds).ok()?;
    Some(time.format("%Y-%m-%d %H:%M:%S UTC").ok()?.to_string())
}

fn program(pid: u32) -> String {
    std::fs::read_to_string(format!("/proc/{pid}/comm"))
        .map(|name| name.trim_end().to_owned())
        .unwrap_or_else(|_| "a program".to_owned())
}
