//! The upper one of the root view's read-only layers: what grafting made of the base.

use crate::commit::checksum::Checksum;
use crate::commit::object::{self, Attributes};
use crate::commit::tree::{Listing, Tree};
use crate::error::{Error, Result};
use crate::job::Monitor;
use crate::script::base::BaseView;
use crate::script::upper::OPAQUE;
use crate::script::view::open_directory;
use camino::{Utf8Path, Utf8PathBuf};
use gio::prelude::*;
use rustix::fd::OwnedFd;
use rustix::fs::{AtFlags, CWD, FileType, Mode, XattrFlags};
use rustix::io::Errno;
use std::collections::BTreeMap;

/// Writes the layer that makes the tree `to` of what `from` shows into the new folder `path`:
/// links to objects, directories, and an overlay's marks of what is gone. The work is proportional
/// to the difference.
pub(crate) fn write_delta(
    repo: &ostree::Repo,
    from: Option<&BaseView>,
    to: &Tree,
    path: &Utf8Path,
    monitor: &Monitor,
) -> Result<()> {
    let mut delta = Delta {
        repo,
        monitor,
        metadata: BTreeMap::new(),
        objects: objects(repo)?,
    };
    std::fs::create_dir(path).map_err(Error::io("create", path))?;
    delta.directory(from.map(|from| &from.tree), to, path, 0)?;
    let foreign = from.map_or(&[][..], |from| &from.foreign);
    if foreign.is_empty() {
        return Ok(());
    }
    let top = Listing::load(repo, &to.contents)?;
    for name in foreign {
        let path = path.join(name);
        if top.dirs.contains_key(name) {
            let mark = rustix::fs::lsetxattr(path.as_std_path(), OPAQUE, b"y", XattrFlags::empty());
            mark.map_err(Error::io("set attributes of", &path))?;
        } else if !top.files.contains_key(name) {
            whiteout(&path)?;
        }
    }
    Ok(())
}

/// An overlay's mark that something is not there.
fn whiteout(path: &Utf8Path) -> Result<()> {
    let device = FileType::CharacterDevice;
    rustix::fs::mknodat(CWD, path.as_std_path(), device, Mode::empty(), 0)
        .map_err(Error::io("create", path))
}

/// The folder of objects, if files in it are what they are in a tree.
fn objects(repo: &ostree::Repo) -> Result<Option<OwnedFd>> {
    let path = repo.path().path();
    let Some(path) = path.filter(|_| repo.mode() == ostree::RepoMode::Bare) else {
        return Ok(None);
    };
    let path = Utf8PathBuf::from_path_buf(path.join("objects"));
    path.ok().map(|path| open_directory(&path)).transpose()
}

struct Delta<'a> {
    repo: &'a ostree::Repo,
    monitor: &'a Monitor,
    /// Few directories differ in their attributes.
    metadata: BTreeMap<Checksum, Attributes>,
    /// Where objects can be linked to: the repository, if it keeps files as they are.
    objects: Option<OwnedFd>,
}

/// libostree's own limit.
const DEPTH_MAX: usize = 256;

impl Delta<'_> {
    fn directory(
        &mut self,
        from: Option<&Tree>,
        to: &Tree,
        path: &Utf8Path,
        depth: usize,
    ) -> Result<()> {
        self.monitor.check()?;
        if depth > DEPTH_MAX {
            return Err(Error::unsupported(
                "a tree that is nested too deep",
                path.as_str(),
            ));
        }
        let old = match from {
            Some(from) if from.contents == to.contents => None,
            Some(from) => Some(Listing::load(self.repo, &from.contents)?),
            None => Some(Listing::default()),
        };
        if let Some(old) = old {
            let new = Listing::load(self.repo, &to.contents)?;
            self.entries(&old, &new, path, depth)?;
        }
        self.dress(path, &to.metadata)
    }

    fn entries(
        &mut self,
        old: &Listing,
        new: &Listing,
        path: &Utf8Path,
        depth: usize,
    ) -> Result<()> {
        for (name, checksum) in &new.files {
            if old.files.get(name) != Some(checksum) {
                self.file(checksum, &path.join(name))?;
            }
        }
        for (name, tree) in &new.dirs {
            let before = old.dirs.get(name);
            if before == Some(tree) {
                continue;
            }
            let path = path.join(name);
            std::fs::create_dir(&path).map_err(Error::io("create", &path))?;
            self.directory(before, tree, &path, depth + 1)?;
        }
        // A directory in the place of a file hides it without a mark, and so does the reverse.
        for name in old.files.keys().chain(old.dirs.keys()) {
            if !new.files.contains_key(name) && !new.dirs.contains_key(name) {
                whiteout(&path.join(name))?;
            }
        }
        Ok(())
    }

    fn file(&self, checksum: &Checksum, path: &Utf8Path) -> Result<()> {
        if let Some(objects) = &self.objects {
            let object = object::file_path(checksum);
            match rustix::fs::linkat(
                objects,
                object.as_str(),
                CWD,
                path.as_std_path(),
                AtFlags::empty(),
            ) {
                Ok(()) => return Ok(()),
                // It is in a parent repository; on another file system; or has too many links.
                Err(Errno::NOENT | Errno::XDEV | Errno::MLINK) => {}
                Err(error) => return Err(Error::io("link an object to", path)(error)),
            }
        }
        self.copy(checksum, path)
    }

    fn copy(&self, checksum: &Checksum, path: &Utf8Path) -> Result<()> {
        let loaded = object::load_file(self.repo, checksum)?;
        if let Some(target) = &loaded.target {
            std::os::unix::fs::symlink(target, path).map_err(Error::io("create", path))?;
        } else {
            object::extract_file(self.repo, checksum, path)?;
        }
        dress(path, &loaded.attributes)
    }

    fn dress(&mut self, path: &Utf8Path, metadata: &Checksum) -> Result<()> {
        if !self.metadata.contains_key(metadata) {
            let attributes = Attributes::load_directory(self.repo, metadata)?;
            self.metadata.insert(*metadata, attributes);
        }
        dress(path, &self.metadata[metadata])
    }
}

/// Gives a file, link or directory its owner, attributes and mode: in this order, because the
/// kernel takes capabilities and set-id bits away with a change of owner.
fn dress(path: &Utf8Path, attributes: &Attributes) -> Result<()> {
    let owner = rustix::fs::Uid::from_raw(attributes.uid);
    let group = rustix::fs::Gid::from_raw(attributes.gid);
    rustix::fs::chownat(
        CWD,
        path.as_std_path(),
        Some(owner),
        Some(group),
        AtFlags::SYMLINK_NOFOLLOW,
    )
    .map_err(Error::io("set the owner of", path))?;
    for (name, value) in &attributes.xattrs {
        rustix::fs::lsetxattr(
            path.as_std_path(),
            name.as_slice(),
            value,
            XattrFlags::empty(),
        )
        .map_err(Error::io("set attributes of", path))?;
    }
    if attributes.mode & libc::S_IFMT == libc::S_IFLNK {
        return Ok(());
    }
    let mode = Mode::from_raw_mode(attributes.mode);
    rustix::fs::chmodat(CWD, path.as_std_path(), mode, AtFlags::empty())
        .map_err(Error::io("set the mode of", path))
}
