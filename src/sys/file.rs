//! Files and folders by name in an open folder, and folders that go away by themselves.

use crate::error::{Error, Result};
use camino::{Utf8Path, Utf8PathBuf};
use openat_ext::OpenatDirExt;
use rustix::fd::OwnedFd;
use rustix::fs::{AtFlags, CWD, FlockOperation, Mode, OFlags};
use rustix::io::Errno;

/// What everybody may read.
const MODE: libc::mode_t = 0o644;

fn open(folder: &Utf8Path) -> Result<openat::Dir> {
    openat::Dir::open(folder.as_std_path()).map_err(Error::io("open", folder))
}

/// How the files are named that [`write`] makes first, whatever their final name.
pub(crate) const UNFINISHED: &str = ".tmp.";

/// Removes what has a name that begins so, in a folder where nobody else writes now.
pub(crate) fn remove_prefixed(folder: &Utf8Path, prefix: &str) -> Result<()> {
    let entries = match folder.read_dir_utf8() {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(Error::io("read", folder)(error)),
    };
    for entry in entries.filter_map(|entry| entry.ok()) {
        if entry.file_name().starts_with(prefix) {
            remove_all(folder, entry.file_name())?;
        }
    }
    Ok(())
}

/// Makes the file `name` in a folder, or gives it other content: a reader finds the old one or the
/// new one, whole.
pub(crate) fn write(folder: &Utf8Path, name: &str, content: &[u8]) -> Result<()> {
    open(folder)?
        .write_file_contents(name, MODE, content)
        .map_err(Error::io("write", folder.join(name)))
}

/// Removes what `name` is in a folder, with all that is in it and no link followed. Answers whether
/// there was something.
pub(crate) fn remove_all(folder: &Utf8Path, name: &str) -> Result<bool> {
    open(folder)?
        .remove_all(name)
        .map_err(Error::io("remove", folder.join(name)))
}

/// An empty file of this name, which others who call this leave alone until it is closed; what was
/// there is gone. `None` where another process has it. To be renamed before it is closed.
pub(crate) fn create_locked(path: &Utf8Path) -> std::io::Result<Option<std::fs::File>> {
    let flags = OFlags::CREATE | OFlags::RDWR | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let mode = Mode::from_raw_mode(MODE);
    let file = rustix::fs::openat(CWD, path.as_std_path(), flags, mode)?;
    match rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Err(Errno::WOULDBLOCK) => return Ok(None),
        other => other?,
    }
    // The one who had it may have renamed it since it was opened.
    if !is_at(&file, path) {
        return Ok(None);
    }
    rustix::fs::ftruncate(&file, 0)?;
    Ok(Some(file.into()))
}

/// How folders are named that have a lock beside them: the folder's name and the suffix.
pub(crate) struct Locked {
    pub(crate) prefix: &'static str,
    pub(crate) suffix: &'static str,
}

/// Removes locks whose folders are gone. A folder is made before its lock and removed after it is
/// taken, so that nobody needs them. What cannot be removed stays: it is in nobody's way.
pub(crate) fn remove_unused_locks(parent: &Utf8Path, named: &Locked) {
    let entries = parent.read_dir_utf8().into_iter().flatten();
    for entry in entries.filter_map(|entry| entry.ok()) {
        let folder = entry.file_name().strip_suffix(named.suffix);
        if let Some(folder) = folder.filter(|name| name.starts_with(named.prefix))
            && !parent.join(folder).exists()
        {
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

/// Where temporary folders are: there on every system, and for large files.
const TEMPORARY: &str = "/var/tmp";
const PREFIX: &str = "regraft-";

/// A folder for what has no place of its own, removed when this is dropped; where the process is
/// killed before that, by the next one that makes such a folder. It is locked (`flock(2)`) for as
/// long as somebody has it.
#[derive(Debug)]
pub(crate) struct TemporaryFolder {
    pub(crate) path: Utf8PathBuf,
    folder: Option<tempfile::TempDir>,
    _lock: OwnedFd,
}

impl TemporaryFolder {
    pub(crate) fn new() -> Result<TemporaryFolder> {
        remove_abandoned(Utf8Path::new(TEMPORARY));
        TemporaryFolder::new_in(Utf8Path::new(TEMPORARY))
    }

    fn new_in(parent: &Utf8Path) -> Result<TemporaryFolder> {
        loop {
            let folder = tempfile::Builder::new()
                .prefix(PREFIX)
                .tempdir_in(parent)
                .map_err(Error::io("create a folder in", parent))?;
            let path = Utf8PathBuf::from_path_buf(folder.path().to_owned())
                .map_err(|path| Error::Internal(format!("{} is not UTF-8", path.display())))?;
            // Before it is locked, another process may find it so and remove it.
            let Some(held) = open_own(&path) else {
                continue;
            };
            match rustix::fs::flock(&held, FlockOperation::NonBlockingLockExclusive) {
                Ok(()) if is_at(&held, &path) => {}
                Ok(()) | Err(Errno::WOULDBLOCK) => continue,
                Err(error) => return Err(Error::io("lock", path)(error)),
            }
            return Ok(TemporaryFolder {
                path,
                folder: Some(folder),
                _lock: held,
            });
        }
    }
}

impl Drop for TemporaryFolder {
    fn drop(&mut self) {
        // Before the lock, so that nobody else does the same meanwhile.
        drop(self.folder.take());
    }
}

/// Removes the temporary folders of processes that were killed. What cannot be removed stays: it
/// is in nobody's way.
fn remove_abandoned(parent: &Utf8Path) {
    let entries = parent.read_dir_utf8().into_iter().flatten();
    for entry in entries.filter_map(|entry| entry.ok()) {
        if !entry.file_name().starts_with(PREFIX) {
            continue;
        }
        // Everybody may write there, so what has the name need not be ours.
        if let Some(folder) = open_own(entry.path())
            && rustix::fs::flock(&folder, FlockOperation::NonBlockingLockExclusive).is_ok()
            && is_at(&folder, entry.path())
        {
            let _ = remove_all(parent, entry.file_name());
        }
    }
}

/// A folder of this user.
fn open_own(path: &Utf8Path) -> Option<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let folder = rustix::fs::openat(CWD, path.as_std_path(), flags, Mode::empty()).ok()?;
    let owner = rustix::fs::fstat(&folder).ok()?.st_uid;
    (owner == rustix::process::geteuid().as_raw()).then_some(folder)
}

/// Whether an open folder is the one that has this name now.
fn is_at(folder: &OwnedFd, path: &Utf8Path) -> bool {
    let named = rustix::fs::statat(CWD, path.as_std_path(), AtFlags::SYMLINK_NOFOLLOW);
    let opened = rustix::fs::fstat(folder);
    matches!((opened, named), (Ok(opened), Ok(named))
        if (opened.st_dev, opened.st_ino) == (named.st_dev, named.st_ino))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_written_whole_and_trees_removed_without_following_links() {
        let made = tempfile::tempdir().unwrap();
        let folder = Utf8Path::from_path(made.path()).unwrap();
        write(folder, "file", b"one").unwrap();
        write(folder, "file", b"two").unwrap();
        assert_eq!(std::fs::read(folder.join("file")).unwrap(), b"two");
        std::fs::create_dir_all(folder.join("tree/deep")).unwrap();
        std::os::unix::fs::symlink(folder.join("file"), folder.join("tree/deep/link")).unwrap();
        assert!(remove_all(folder, "tree").unwrap());
        assert!(!remove_all(folder, "tree").unwrap());
        assert!(folder.join("file").exists());
        std::fs::write(folder.join(".tmp.x7.tmp"), b"").unwrap();
        remove_prefixed(folder, UNFINISHED).unwrap();
        assert_eq!(std::fs::read_dir(folder).unwrap().count(), 1);
    }

    #[test]
    fn a_file_has_one_writer_and_what_a_killed_one_leaves_is_taken() {
        let made = tempfile::tempdir().unwrap();
        let path = Utf8Path::from_path(made.path()).unwrap().join("new");
        std::fs::write(&path, "what a killed one left").unwrap();
        let mut first = create_locked(&path).unwrap().unwrap();
        assert!(create_locked(&path).unwrap().is_none());
        std::io::Write::write_all(&mut first, b"x").unwrap();
        std::fs::rename(&path, path.with_extension("done")).unwrap();
        // It has another name now, so there is a new one.
        let second = create_locked(&path).unwrap().unwrap();
        assert_eq!(second.metadata().unwrap().len(), 0);
        assert_eq!(std::fs::read(path.with_extension("done")).unwrap(), b"x");
    }

    #[test]
    fn a_temporary_folder_that_nobody_has_is_removed() {
        let made = tempfile::tempdir().unwrap();
        let parent = Utf8Path::from_path(made.path()).unwrap();
        let held = TemporaryFolder::new_in(parent).unwrap();
        std::fs::write(held.path.join("file"), "x").unwrap();
        for name in ["regraft-abandoned/deep", "other", "elsewhere"] {
            std::fs::create_dir_all(parent.join(name)).unwrap();
        }
        std::fs::write(parent.join("regraft-file"), "x").unwrap();
        std::os::unix::fs::symlink("elsewhere", parent.join("regraft-link")).unwrap();
        remove_abandoned(parent);
        let names = || {
            let entries = parent.read_dir_utf8().unwrap();
            let names = entries.map(|entry| entry.unwrap().file_name().to_owned());
            names.collect::<std::collections::BTreeSet<String>>()
        };
        let kept = ["elsewhere", "other", "regraft-file", "regraft-link"];
        let mut expected: std::collections::BTreeSet<String> =
            kept.iter().map(|name| (*name).to_owned()).collect();
        let own = held.path.file_name().unwrap().to_owned();
        expected.insert(own.clone());
        assert_eq!(names(), expected);
        drop(held);
        expected.remove(&own);
        assert_eq!(names(), expected);
    }
}
