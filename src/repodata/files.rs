//! Small files from outside: read whole, bounded, and never through a symlink out of their root.

use crate::error::{Error, Result};
use camino::{Utf8Path, Utf8PathBuf};
use rustix::fs::{Mode, OFlags, ResolveFlags};
use rustix::io::Errno;
use std::fs::File;
use std::io::Read;

/// The largest configuration file that is read.
pub(super) const MAX_CONFIG: u64 = 4 << 20;

/// The names in the folder `path` below `root`, sorted; none where there is no such folder.
pub(super) fn list_below(root: &Utf8Path, path: &Utf8Path) -> Result<Vec<String>> {
    let shown = shown(root, path);
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let folder = match open_below(root, path, flags) {
        Ok(folder) => folder,
        Err(Errno::NOENT | Errno::NOTDIR) => return Ok(Vec::new()),
        Err(error) => return Err(Error::io("open", shown)(error)),
    };
    let mut names = Vec::new();
    let entries = rustix::fs::Dir::read_from(&folder).map_err(Error::io("list", &shown))?;
    for entry in entries {
        let entry = entry.map_err(Error::io("list", &shown))?;
        // A name that is not UTF-8 is no repository file's and no variable's.
        if let Ok(name) = entry.file_name().to_str()
            && name != "."
            && name != ".."
        {
            names.push(name.to_owned());
        }
    }
    names.sort();
    Ok(names)
}

/// The content of the file `path` below `root`.
pub(super) fn read_below(root: &Utf8Path, path: &Utf8Path, limit: u64) -> Result<Vec<u8>> {
    let shown = shown(root, path);
    // A FIFO in the file's place must not block.
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = open_below(root, path, flags).map_err(Error::io("open", &shown))?;
    read_bounded(&File::from(file), &shown, limit)
}

/// The same, as text.
pub(super) fn read_text_below(root: &Utf8Path, path: &Utf8Path, limit: u64) -> Result<String> {
    let bytes = read_below(root, path, limit)?;
    text(bytes, shown(root, path).as_str())
}

/// What a configuration file's bytes say.
pub(super) fn text(bytes: Vec<u8>, file: &str) -> Result<String> {
    String::from_utf8(bytes).map_err(|error| Error::Config {
        file: file.to_owned(),
        reason: format!(
            "it is not UTF-8 at byte {}",
            error.utf8_error().valid_up_to()
        ),
    })
}

/// All of a regular file, when that is at most `limit` bytes.
pub(super) fn read_bounded(file: &File, path: &Utf8Path, limit: u64) -> Result<Vec<u8>> {
    let found = file.metadata().map_err(Error::io("look at", path))?;
    if !found.is_file() {
        return Err(Error::corrupt(path.as_str(), "it is no regular file"));
    }
    let mut bytes = Vec::new();
    file.take(limit + 1)
        .read_to_end(&mut bytes)
        .map_err(Error::io("read", path))?;
    if bytes.len() as u64 > limit {
        return Err(Error::corrupt(
            path.as_str(),
            format!("it has more than {limit} bytes"),
        ));
    }
    Ok(bytes)
}

fn open_below(
    root: &Utf8Path,
    path: &Utf8Path,
    flags: OFlags,
) -> rustix::io::Result<rustix::fd::OwnedFd> {
    let folder = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let root = rustix::fs::open(root.as_std_path(), folder, Mode::empty())?;
    rustix::fs::openat2(
        root,
        path.as_std_path(),
        flags,
        Mode::empty(),
        ResolveFlags::IN_ROOT | ResolveFlags::NO_MAGICLINKS,
    )
}

fn shown(root: &Utf8Path, path: &Utf8Path) -> Utf8PathBuf {
    root.join(path.as_str().trim_start_matches('/'))
}
