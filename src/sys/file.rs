//! Files and folders by name in an open folder, and folders that go away by themselves.

use crate::error::{Error, Result};
use camino::{Utf8Path, Utf8PathBuf};
use openat_ext::OpenatDirExt;

/// What everybody may read.
const MODE: libc::mode_t = 0o644;

fn open(folder: &Utf8Path) -> Result<openat::Dir> {
    openat::Dir::open(folder.as_std_path()).map_err(Error::io("open", folder))
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

/// Where temporary folders are: there on every system, and for large files.
const TEMPORARY: &str = "/var/tmp";

/// A folder for what has no place of its own, removed when this is dropped.
#[derive(Debug)]
pub(crate) struct TemporaryFolder {
    pub(crate) path: Utf8PathBuf,
    _folder: tempfile::TempDir,
}

impl TemporaryFolder {
    pub(crate) fn new() -> Result<TemporaryFolder> {
        let folder = tempfile::Builder::new()
            .prefix("regraft-")
            .tempdir_in(TEMPORARY)
            .map_err(Error::io("create a folder in", TEMPORARY))?;
        let path = Utf8PathBuf::from_path_buf(folder.path().to_owned())
            .map_err(|path| Error::Internal(format!("{} is not UTF-8", path.display())))?;
        Ok(TemporaryFolder {
            path,
            _folder: folder,
        })
    }
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
        assert_eq!(std::fs::read_dir(folder).unwrap().count(), 1);
    }
}
