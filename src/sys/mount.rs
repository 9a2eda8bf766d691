//! Mounts: overlays, and read-only ones made writable.

use crate::error::{Error, Result};
use crate::sys::loopback;
use camino::{Utf8Path, Utf8PathBuf};
use rustix::fd::{AsRawFd, OwnedFd};
use rustix::fs::{AtFlags, CWD, Mode, OFlags, StatVfsMountFlags, StatxAttributes, StatxFlags};
use rustix::io::Errno;
use rustix::mount::{MountFlags, UnmountFlags};
use std::ffi::CString;

/// Makes the mount at `path` writable in this mount namespace, when it is read-only there.
/// Answers whether that was needed. A path that is no mount point stays as it is.
pub(crate) fn make_writable(path: &Utf8Path) -> Result<bool> {
    let Ok(vfs) = rustix::fs::statvfs(path.as_std_path()) else {
        return Ok(false);
    };
    if !vfs.f_flag.contains(StatVfsMountFlags::RDONLY) || !is_mount_point(path)? {
        return Ok(false);
    }
    let mut flags = MountFlags::BIND;
    for (set, flag) in [
        (StatVfsMountFlags::NOSUID, MountFlags::NOSUID),
        (StatVfsMountFlags::NODEV, MountFlags::NODEV),
        (StatVfsMountFlags::NOEXEC, MountFlags::NOEXEC),
        (StatVfsMountFlags::NOATIME, MountFlags::NOATIME),
        (StatVfsMountFlags::NODIRATIME, MountFlags::NODIRATIME),
        (StatVfsMountFlags::RELATIME, MountFlags::RELATIME),
    ] {
        if vfs.f_flag.contains(set) {
            flags |= flag;
        }
    }
    // `bind` changes this mount and leaves the file system's own state alone.
    rustix::mount::mount_remount(path.as_std_path(), flags, "")
        .map_err(Error::io("make writable", path))?;
    Ok(true)
}

/// Whether nothing can be written at `path` because of how it is mounted.
pub(crate) fn is_read_only(path: &Utf8Path) -> bool {
    rustix::fs::statvfs(path.as_std_path())
        .is_ok_and(|vfs| vfs.f_flag.contains(StatVfsMountFlags::RDONLY))
}

/// A descriptor by which a folder is reached as it is mounted here and now.
pub(crate) fn open_folder(path: &Utf8Path) -> Result<OwnedFd> {
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    rustix::fs::open(path.as_std_path(), flags, Mode::empty()).map_err(Error::io("open", path))
}

fn is_mount_point(path: &Utf8Path) -> Result<bool> {
    let found = rustix::fs::statx(
        CWD,
        path.as_std_path(),
        AtFlags::empty(),
        StatxFlags::BASIC_STATS,
    )
    .map_err(Error::io("look at", path))?;
    Ok(found.stx_attributes.contains(StatxAttributes::MOUNT_ROOT))
}

/// An overlay mount, which exists as long as this value.
#[derive(Debug)]
#[must_use = "it is unmounted when this is dropped"]
pub(crate) struct Overlay {
    point: Utf8PathBuf,
}

impl Overlay {
    /// Mounts `lower` (the first one on top) at `point`, changes going to `upper`; `work` is an
    /// empty folder beside `upper`. The calling thread should be in a mount namespace of its own.
    pub(crate) fn mount(
        point: &Utf8Path,
        lower: &[Utf8PathBuf],
        upper: &Utf8Path,
        work: &Utf8Path,
    ) -> Result<Overlay> {
        // Folders go in as descriptors: an overlay's options cannot carry every path (commas and
        // colons), and are limited to one page.
        let lower = lower.iter().map(open).collect::<Result<Vec<_>>>()?;
        let (upper, work) = (open(upper)?, open(work)?);
        let lowers: Vec<String> = lower.iter().map(name).collect();
        let options = format!(
            "lowerdir={},upperdir={},workdir={},{OPTIONS}",
            lowers.join(":"),
            name(&upper),
            name(&work)
        );
        let mount = |options: &str| {
            let options = CString::new(options).map_err(|_| Errno::INVAL)?;
            rustix::mount::mount(
                "regraft",
                point.as_std_path(),
                "overlay",
                MountFlags::NODEV,
                Some(options.as_c_str()),
            )
        };
        // `volatile` (Linux 5.10) spares a sync of what is thrown away after reading it back.
        let mut mounted = mount(&format!("{options},volatile"));
        if mounted == Err(Errno::INVAL) {
            mounted = mount(&options);
        }
        match mounted {
            Ok(()) => Ok(Overlay {
                point: point.to_owned(),
            }),
            Err(Errno::NODEV | Errno::INVAL | Errno::NOSYS) => Err(Error::Sandbox {
                reason: format!("the kernel cannot mount an overlay at {point}"),
                remedy: "load its overlay module, and keep the sysroot on ext4, XFS or btrfs"
                    .to_owned(),
            }),
            Err(error) => Err(Error::io("mount an overlay at", point)(error)),
        }
    }
}

impl Overlay {
    /// Mounts a view of a repository at `point`: `meta` (an image that [`Overlay`]s understand, with
    /// redirects) over the folder of objects. Read-only; needs Linux 6.5.
    pub(crate) fn of_objects(
        point: &Utf8Path,
        meta: &Utf8Path,
        objects: &Utf8Path,
    ) -> std::result::Result<Mount, Errno> {
        let open = |path: &Utf8Path| {
            let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
            rustix::fs::open(path.as_str(), flags, Mode::empty())
        };
        let (meta, objects) = (open(meta)?, open(objects)?);
        let options = format!(
            "lowerdir={}::{},metacopy=on,redirect_dir=follow,index=off,xino=off",
            name(&meta),
            name(&objects)
        );
        Mount::new("regraft", point, "overlay", Some(&options))
    }
}

/// A read-only mount, which exists as long as this value.
#[derive(Debug)]
#[must_use = "it is unmounted when this is dropped"]
pub(crate) struct Mount {
    point: Utf8PathBuf,
}

impl Mount {
    /// Mounts an EROFS image.
    pub(crate) fn image(image: &Utf8Path, point: &Utf8Path) -> std::result::Result<Mount, Errno> {
        let flags = OFlags::RDONLY | OFlags::CLOEXEC;
        let file = rustix::fs::open(image.as_str(), flags, Mode::empty())?;
        // As a device: an overlay over an overlay over a file is one level more than Linux has.
        let (_device, path) = loopback::attach(&file)?;
        Mount::new(&path, point, "erofs", None)
    }

    fn new(
        source: &str,
        point: &Utf8Path,
        kind: &str,
        options: Option<&str>,
    ) -> std::result::Result<Mount, Errno> {
        let options = options.map(CString::new).transpose();
        let options = options.map_err(|_| Errno::INVAL)?;
        let flags = MountFlags::RDONLY | MountFlags::NODEV;
        rustix::mount::mount(source, point.as_std_path(), kind, flags, options.as_deref())?;
        Ok(Mount {
            point: point.to_owned(),
        })
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        let _ = rustix::mount::unmount(self.point.as_std_path(), UnmountFlags::DETACH);
    }
}

/// What distributions' kernels set differently by default, and changes what is read back:
/// `index` would keep hard links together, so that a write to one of a tree's equal files (which
/// are all links to one object) would change every one of them; the other two leave files and
/// directories in `upper` that refer to the lower layers instead of holding their content.
const OPTIONS: &str = "index=off,redirect_dir=off,metacopy=off,xino=off";

fn open(path: impl AsRef<Utf8Path>) -> Result<OwnedFd> {
    let path = path.as_ref();
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    rustix::fs::open(path.as_std_path(), flags, Mode::empty()).map_err(Error::io("open", path))
}

fn name(folder: &OwnedFd) -> String {
    format!("/proc/thread-self/fd/{}", folder.as_raw_fd())
}

impl Drop for Overlay {
    fn drop(&mut self) {
        // Nothing can be done about a failure, and the namespace ends with its thread anyway.
        let _ = rustix::mount::unmount(self.point.as_std_path(), UnmountFlags::DETACH);
    }
}

/// Makes the calling thread's root directory a mount point, as programs that make a root of their
/// own (bubblewrap) need it; in a chroot it often is none. The thread must be in a mount namespace
/// of its own, for which the change is all that there is. Answers whether it was needed.
pub(crate) fn make_root_a_mount_point() -> Result<bool> {
    let root = Utf8Path::new("/");
    if is_mount_point(root)? {
        return Ok(false);
    }
    let failed = || Error::io("make a mount point of", root);
    let here = rustix::process::getcwd(Vec::new()).map_err(failed())?;
    rustix::mount::mount_bind_recursive("/", "/").map_err(failed())?;
    // The thread's root still is what lies below the new mount; only `..` of a root leads over it.
    rustix::process::chdir("/..").map_err(failed())?;
    rustix::process::chroot(".").map_err(failed())?;
    // Gone only if the folder was removed meanwhile; then the root is as good a place.
    let _ = rustix::process::chdir(here.as_c_str());
    Ok(true)
}
