//! Files that a treefile names are read from its folder and never from outside of it.

use crate::error::{Error, Result};
use camino::{Utf8Path, Utf8PathBuf};
use rustix::fs::{CWD, Mode, OFlags, ResolveFlags, openat, openat2};
use std::fs::File;
use std::io::Read;
use std::os::fd::OwnedFd;

/// The largest file that is read, in bytes.
const LARGEST: u64 = 1 << 20;

// Opening a FIFO must not wait for its writer.
const FLAGS: OFlags = OFlags::RDONLY
    .union(OFlags::CLOEXEC)
    .union(OFlags::NONBLOCK)
    .union(OFlags::NOCTTY);

/// A folder that nothing read from it leaves, symlinks included.
pub(super) struct Folder {
    fd: OwnedFd,
    path: Utf8PathBuf,
}

impl Folder {
    pub(super) fn open(path: &Utf8Path) -> Result<Folder> {
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::DIRECTORY;
        let fd = openat(CWD, path.as_std_path(), flags, Mode::empty())
            .map_err(Error::io("open", path))?;
        Ok(Folder {
            fd,
            path: path.to_owned(),
        })
    }

    /// A file in it, by its relative path.
    pub(super) fn read(&self, path: &Utf8Path) -> Result<Vec<u8>> {
        let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
        let full = self.path.join(path);
        let fd = openat2(&self.fd, path.as_std_path(), FLAGS, Mode::empty(), resolve);
        read_bounded(fd.map_err(Error::io("read", &full))?, &full)
    }
}

/// The file that the caller names, which may be anywhere.
pub(super) fn read_named(path: &Utf8Path) -> Result<Vec<u8>> {
    let fd = openat(CWD, path.as_std_path(), FLAGS, Mode::empty());
    read_bounded(fd.map_err(Error::io("read", path))?, path)
}

fn read_bounded(fd: OwnedFd, path: &Utf8Path) -> Result<Vec<u8>> {
    let file = File::from(fd);
    let metadata = file.metadata().map_err(Error::io("read", path))?;
    if !metadata.is_file() {
        return Err(super::config(path, "it is no regular file"));
    }
    let mut bytes = Vec::new();
    file.take(LARGEST + 1)
        .read_to_end(&mut bytes)
        .map_err(Error::io("read", path))?;
    if bytes.len() as u64 > LARGEST {
        return Err(super::config(path, "it is larger than 1 MiB"));
    }
    Ok(bytes)
}
