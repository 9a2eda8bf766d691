//! Which system calls count: those that change a file system, or what is mounted.

use super::tracer::Caller;

/// How it is told whether a call changes anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rule {
    /// It always does. The path is this argument.
    Path(usize),
    /// An open that can create or write: where the flags are, and the path.
    Open { flags: usize, path: usize },
    /// `openat2`, whose flags are in memory.
    OpenHow,
    /// The descriptor in this argument is one of a file.
    File(usize),
    /// The same for some requests of `ioctl` only.
    Request,
    /// It always does, and names no path.
    Always,
}

/// The calls, by number.
pub(crate) const CALLS: &[(&str, libc::c_long, Rule)] = &[
    #[cfg(target_arch = "x86_64")]
    ("open", libc::SYS_open, Rule::Open { flags: 1, path: 0 }),
    #[cfg(target_arch = "x86_64")]
    ("creat", libc::SYS_creat, Rule::Path(0)),
    #[cfg(target_arch = "x86_64")]
    ("rename", libc::SYS_rename, Rule::Path(1)),
    #[cfg(target_arch = "x86_64")]
    ("link", libc::SYS_link, Rule::Path(1)),
    #[cfg(target_arch = "x86_64")]
    ("symlink", libc::SYS_symlink, Rule::Path(1)),
    #[cfg(target_arch = "x86_64")]
    ("unlink", libc::SYS_unlink, Rule::Path(0)),
    #[cfg(target_arch = "x86_64")]
    ("rmdir", libc::SYS_rmdir, Rule::Path(0)),
    #[cfg(target_arch = "x86_64")]
    ("mkdir", libc::SYS_mkdir, Rule::Path(0)),
    #[cfg(target_arch = "x86_64")]
    ("mknod", libc::SYS_mknod, Rule::Path(0)),
    #[cfg(target_arch = "x86_64")]
    ("chmod", libc::SYS_chmod, Rule::Path(0)),
    #[cfg(target_arch = "x86_64")]
    ("chown", libc::SYS_chown, Rule::Path(0)),
    #[cfg(target_arch = "x86_64")]
    ("lchown", libc::SYS_lchown, Rule::Path(0)),
    #[cfg(target_arch = "x86_64")]
    ("utime", libc::SYS_utime, Rule::Path(0)),
    #[cfg(target_arch = "x86_64")]
    ("utimes", libc::SYS_utimes, Rule::Path(0)),
    ("openat", libc::SYS_openat, Rule::Open { flags: 2, path: 1 }),
    ("openat2", libc::SYS_openat2, Rule::OpenHow),
    ("write", libc::SYS_write, Rule::File(0)),
    ("pwrite64", libc::SYS_pwrite64, Rule::File(0)),
    ("writev", libc::SYS_writev, Rule::File(0)),
    ("pwritev", libc::SYS_pwritev, Rule::File(0)),
    ("pwritev2", libc::SYS_pwritev2, Rule::File(0)),
    ("sendfile", libc::SYS_sendfile, Rule::File(0)),
    ("splice", libc::SYS_splice, Rule::File(2)),
    ("copy_file_range", libc::SYS_copy_file_range, Rule::File(2)),
    ("truncate", libc::SYS_truncate, Rule::Path(0)),
    ("ftruncate", libc::SYS_ftruncate, Rule::File(0)),
    ("fallocate", libc::SYS_fallocate, Rule::File(0)),
    ("renameat", libc::SYS_renameat, Rule::Path(3)),
    ("renameat2", libc::SYS_renameat2, Rule::Path(3)),
    ("linkat", libc::SYS_linkat, Rule::Path(3)),
    ("symlinkat", libc::SYS_symlinkat, Rule::Path(2)),
    ("unlinkat", libc::SYS_unlinkat, Rule::Path(1)),
    ("mkdirat", libc::SYS_mkdirat, Rule::Path(1)),
    ("mknodat", libc::SYS_mknodat, Rule::Path(1)),
    ("fchmod", libc::SYS_fchmod, Rule::File(0)),
    ("fchmodat", libc::SYS_fchmodat, Rule::Path(1)),
    ("fchmodat2", libc::SYS_fchmodat2, Rule::Path(1)),
    ("fchown", libc::SYS_fchown, Rule::File(0)),
    ("fchownat", libc::SYS_fchownat, Rule::Path(1)),
    ("utimensat", libc::SYS_utimensat, Rule::Always),
    ("setxattr", libc::SYS_setxattr, Rule::Path(0)),
    ("lsetxattr", libc::SYS_lsetxattr, Rule::Path(0)),
    ("fsetxattr", libc::SYS_fsetxattr, Rule::File(0)),
    ("removexattr", libc::SYS_removexattr, Rule::Path(0)),
    ("lremovexattr", libc::SYS_lremovexattr, Rule::Path(0)),
    ("fremovexattr", libc::SYS_fremovexattr, Rule::File(0)),
    ("fsync", libc::SYS_fsync, Rule::File(0)),
    ("fdatasync", libc::SYS_fdatasync, Rule::File(0)),
    ("sync_file_range", libc::SYS_sync_file_range, Rule::File(0)),
    ("syncfs", libc::SYS_syncfs, Rule::File(0)),
    ("sync", libc::SYS_sync, Rule::Always),
    ("ioctl", libc::SYS_ioctl, Rule::Request),
    ("mount", libc::SYS_mount, Rule::Path(1)),
    ("umount2", libc::SYS_umount2, Rule::Path(0)),
    ("fsmount", libc::SYS_fsmount, Rule::Always),
    ("move_mount", libc::SYS_move_mount, Rule::Path(3)),
    ("open_tree", libc::SYS_open_tree, Rule::Path(1)),
    ("mount_setattr", libc::SYS_mount_setattr, Rule::Path(1)),
    ("pivot_root", libc::SYS_pivot_root, Rule::Path(0)),
];

/// Flags of an open that may change something.
pub(crate) const CHANGING: u32 =
    (libc::O_WRONLY | libc::O_RDWR | libc::O_CREAT | libc::O_TRUNC | libc::O_TMPFILE) as u32
        & !(libc::O_DIRECTORY as u32);

/// Requests of `ioctl` that change a file or a device: attributes as `chattr` sets them, a clone,
/// a freeze, and what attaches a loop device (`linux/fs.h`, `linux/loop.h`).
pub(crate) const REQUESTS: [u32; 9] = [
    0x4008_6602,
    0x401c_5820,
    0x4004_9409,
    0x4020_940d,
    0xc004_5877,
    0xc004_5878,
    0x4c00,
    0x4c0a,
    0x4c82,
];

/// A call that counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Call {
    pub(crate) name: &'static str,
    /// What it changes, as well as it can be told.
    pub(crate) object: String,
    pub(crate) rule: Rule,
}

impl Call {
    /// The call that was stopped, where it counts.
    pub(crate) fn of(caller: &Caller) -> Option<Call> {
        let (name, _, rule) = CALLS
            .iter()
            .find(|(_, number, _)| *number == caller.number)?;
        let object = match rule {
            Rule::Path(argument) => caller.text(*argument),
            Rule::Open { path, .. } => {
                let path = caller.text(*path);
                if is_device(&path) {
                    return None;
                }
                path
            }
            Rule::OpenHow => {
                let flags = caller.word(2)?;
                if flags & u64::from(CHANGING) == 0 {
                    return None;
                }
                caller.text(1)
            }
            Rule::File(argument) => caller.file(*argument)?,
            Rule::Request => caller.file(0)?,
            Rule::Always => String::new(),
        };
        Some(Call {
            name,
            object,
            rule: *rule,
        })
    }

    /// Whether it makes a descriptor.
    pub(crate) fn opens(&self) -> bool {
        matches!(self.rule, Rule::Open { .. } | Rule::OpenHow)
    }

    /// Whether it can need room.
    pub(crate) fn takes_room(&self) -> bool {
        let names = [
            "write",
            "creat",
            "mkdir",
            "mknod",
            "link",
            "rename",
            "setxattr",
            "copy",
            "sendfile",
            "splice",
            "trunc",
            "fallocate",
            "sync",
        ];
        self.opens() || names.iter().any(|part| self.name.contains(part))
    }
}

/// Nothing is kept there.
pub(crate) fn is_device(path: &str) -> bool {
    path.starts_with("/dev/") || path.starts_with("/proc/")
}
