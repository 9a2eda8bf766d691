//! What scripts changed, read from the overlay's upper directory.
//!
//! Only `/usr` is looked at: the sandbox lets scripts write nowhere else that is kept (`/etc` is
//! `usr/etc` there). An entry is a candidate, not yet a difference: a file that was opened for
//! writing, or a directory in which something was changed, is there even if it is equal to what it
//! was, so the caller compares checksums.

use crate::commit::object::{Attributes, Xattrs};
use crate::error::{Error, Result};
use crate::script::view::open_directory;
use camino::Utf8Path;
use rustix::fd::{AsFd, AsRawFd, OwnedFd};
use rustix::fs::{AtFlags, FileType, Mode, OFlags, ResolveFlags, Stat};
use rustix::io::Errno;
use std::collections::BTreeMap;

/// One path that scripts wrote to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Changed {
    /// `usr/...`.
    pub(crate) path: String,
    /// What is there now.
    pub(crate) kind: Kind,
    /// The script that wrote it last: `PACKAGE.SCRIPT`.
    pub(crate) by: String,
}

/// What is at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A regular file; [`View::open_changed`](super::view::View::open_changed) has its content.
    File { attributes: Attributes, size: u64 },
    /// A symlink.
    Symlink {
        attributes: Attributes,
        target: String,
    },
    /// A directory. A `replaced` one has nothing of what was there before.
    Directory {
        attributes: Attributes,
        replaced: bool,
    },
    /// Nothing: what was there before is removed.
    Removed,
}

/// All changes, sorted by path: a directory comes before what is in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Changes {
    /// What is to be taken over.
    pub(crate) changed: Vec<Changed>,
    /// What cannot be in a commit: sockets, devices and pipes, with what they are.
    pub(crate) left_out: Vec<(String, &'static str)>,
}

/// The upper directory, and who wrote what.
#[derive(Debug)]
pub(crate) struct Upper {
    top: OwnedFd,
    seen: BTreeMap<String, Seen>,
}

/// What tells that an entry was written to again.
#[derive(Debug)]
struct Seen {
    stamp: (u64, i64, u64, u64),
    by: String,
}

/// More than this is no script's result, but memory that would be needed to hold it.
const ENTRIES_MAX: usize = 500_000;
/// libostree's own limit is 256.
const DEPTH_MAX: usize = 200;
/// The kernel's limit for one value is 64 KiB, and so is that for the list of names.
const XATTR_MAX: usize = 64 << 10;

impl Upper {
    pub(crate) fn open(path: &Utf8Path) -> Result<Upper> {
        Ok(Upper {
            top: open_directory(path)?,
            seen: BTreeMap::new(),
        })
    }

    /// Everything written since the last call was written by `writer`.
    pub(crate) fn attribute(&mut self, writer: &str) -> Result<()> {
        let mut now = BTreeMap::new();
        walk(&self.top, |_, path, stat| {
            // All whiteouts are links to one, so its inode tells nothing about this name.
            let stamp = match is_whiteout(stat) {
                true => (0, 0, 0, 0),
                false => (
                    stat.st_ino,
                    stat.st_ctime,
                    stat.st_ctime_nsec,
                    stat.st_size as u64,
                ),
            };
            let seen = match self.seen.remove(path) {
                Some(seen) if seen.stamp == stamp => seen,
                _ => Seen {
                    stamp,
                    by: writer.to_owned(),
                },
            };
            now.insert(path.to_owned(), seen);
            Ok(())
        })?;
        self.seen = now;
        Ok(())
    }

    /// What all of them changed.
    pub(crate) fn changes(&self) -> Result<Changes> {
        let mut changes = Changes::default();
        walk(&self.top, |parent, path, stat| {
            let name = path.rsplit('/').next().unwrap_or(path);
            match kind(parent, name, path, stat)? {
                Ok(kind) => changes.changed.push(Changed {
                    path: path.to_owned(),
                    kind,
                    by: self
                        .seen
                        .get(path)
                        .map(|seen| seen.by.clone())
                        .unwrap_or_default(),
                }),
                Err(what) => changes.left_out.push((path.to_owned(), what)),
            }
            Ok(())
        })?;
        changes.changed.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(changes)
    }

    /// Opens a regular file.
    pub(crate) fn open_file(&self, path: &str) -> Result<std::fs::File> {
        let file = rustix::fs::openat2(
            &self.top,
            path,
            OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC,
            Mode::empty(),
            ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS,
        );
        file.map(std::fs::File::from)
            .map_err(Error::io("open", path))
    }
}

/// Calls `visit` with the parent, the path and the attributes of each entry below `usr`, that one
/// included; parents first.
fn walk(top: &OwnedFd, mut visit: impl FnMut(&OwnedFd, &str, &Stat) -> Result<()>) -> Result<()> {
    let mut count = 0;
    match rustix::fs::statat(top, "usr", AtFlags::SYMLINK_NOFOLLOW) {
        Ok(stat) => {
            visit(top, "usr", &stat)?;
            if FileType::from_raw_mode(stat.st_mode).is_dir() {
                let directory = open_at(top, "usr", "usr")?;
                walk_directory(&directory, "usr", 1, &mut count, &mut visit)?;
            }
            Ok(())
        }
        Err(Errno::NOENT) => Ok(()),
        Err(error) => Err(Error::io("look at", "usr")(error)),
    }
}

fn walk_directory(
    directory: &OwnedFd,
    path: &str,
    depth: usize,
    count: &mut usize,
    visit: &mut impl FnMut(&OwnedFd, &str, &Stat) -> Result<()>,
) -> Result<()> {
    if depth > DEPTH_MAX {
        let what = format!("a script's result of more than {DEPTH_MAX} nested directories");
        return Err(Error::unsupported(what, path));
    }
    let failed = |error: Errno| Error::io("read", path)(error);
    // The names first, so that one descriptor a level is open.
    let mut names = Vec::new();
    for entry in rustix::fs::Dir::read_from(directory).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name().to_bytes();
        if name == b"." || name == b".." {
            continue;
        }
        let Ok(name) = std::str::from_utf8(name) else {
            let name = String::from_utf8_lossy(name).into_owned();
            let object = format!("/{path}/{name}");
            return Err(Error::unsupported("a file name that is not UTF-8", object));
        };
        *count += 1;
        if *count > ENTRIES_MAX {
            let what = format!("a script's result of more than {ENTRIES_MAX} files");
            return Err(Error::unsupported(what, format!("/{path}")));
        }
        names.push(name.to_owned());
    }
    names.sort();
    for name in names {
        let path = format!("{path}/{name}");
        let stat = rustix::fs::statat(directory, name.as_str(), AtFlags::SYMLINK_NOFOLLOW)
            .map_err(Error::io("look at", &path))?;
        visit(directory, &path, &stat)?;
        if FileType::from_raw_mode(stat.st_mode).is_dir() {
            let inner = open_at(directory, &name, &path)?;
            walk_directory(&inner, &path, depth + 1, count, visit)?;
        }
    }
    Ok(())
}

fn open_at(parent: &OwnedFd, name: &str, path: &str) -> Result<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    rustix::fs::openat(parent, name, flags, Mode::empty()).map_err(Error::io("open", path))
}

/// What an entry is; the inner error is what cannot be in a commit.
fn kind(
    parent: &OwnedFd,
    name: &str,
    path: &str,
    stat: &Stat,
) -> Result<std::result::Result<Kind, &'static str>> {
    let mut attributes = Attributes {
        uid: stat.st_uid,
        gid: stat.st_gid,
        mode: stat.st_mode,
        xattrs: Xattrs::new(),
    };
    Ok(Ok(match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => {
            attributes.xattrs = read_xattrs(parent, name, path)?;
            Kind::File {
                attributes,
                size: stat.st_size as u64,
            }
        }
        FileType::Symlink => {
            attributes.xattrs = read_xattrs(parent, name, path)?;
            let target = rustix::fs::readlinkat(parent, name, Vec::new())
                .map_err(Error::io("read", path))?;
            let Ok(target) = target.into_string() else {
                return Err(Error::unsupported("a symlink that is not UTF-8", path));
            };
            Kind::Symlink { attributes, target }
        }
        FileType::Directory => {
            attributes.xattrs = read_xattrs(parent, name, path)?;
            let opaque = read_xattr(&link_to(parent, name), OPAQUE, path)?;
            Kind::Directory {
                attributes,
                replaced: opaque.as_deref() == Some(b"y"),
            }
        }
        FileType::CharacterDevice if is_whiteout(stat) => Kind::Removed,
        FileType::Socket => return Ok(Err("a socket")),
        FileType::Fifo => return Ok(Err("a named pipe")),
        _ => return Ok(Err("a device")),
    }))
}

/// How an overlay says that something is no longer there.
fn is_whiteout(stat: &Stat) -> bool {
    FileType::from_raw_mode(stat.st_mode) == FileType::CharacterDevice && stat.st_rdev == 0
}

/// The overlay's mark of a directory that hides what is below.
pub(crate) const OPAQUE: &[u8] = b"trusted.overlay.opaque";
/// The overlay's own attributes.
const OVERLAY: &[u8] = b"trusted.overlay.";

/// A path for calls that take no descriptor of the parent.
fn link_to(parent: &OwnedFd, name: &str) -> String {
    format!("/proc/thread-self/fd/{}/{name}", parent.as_fd().as_raw_fd())
}

fn read_xattrs(parent: &OwnedFd, name: &str, path: &str) -> Result<Xattrs> {
    let link = link_to(parent, name);
    let mut names = vec![0; XATTR_MAX];
    let length = match rustix::fs::llistxattr(link.as_str(), names.as_mut_slice()) {
        Ok(length) => length,
        Err(Errno::OPNOTSUPP) => 0,
        Err(error) => return Err(Error::io("read attributes of", path)(error)),
    };
    let mut xattrs = Xattrs::new();
    for name in names[..length].split(|byte| *byte == 0) {
        if name.is_empty() || name.starts_with(OVERLAY) {
            continue;
        }
        if let Some(value) = read_xattr(&link, name, path)? {
            xattrs.insert(name.to_vec(), value);
        }
    }
    Ok(xattrs)
}

fn read_xattr(link: &str, name: &[u8], path: &str) -> Result<Option<Vec<u8>>> {
    let mut value = vec![0; XATTR_MAX];
    match rustix::fs::lgetxattr(link, name, value.as_mut_slice()) {
        Ok(length) => {
            value.truncate(length);
            Ok(Some(value))
        }
        Err(Errno::NODATA | Errno::OPNOTSUPP) => Ok(None),
        Err(error) => Err(Error::io("read attributes of", path)(error)),
    }
}
