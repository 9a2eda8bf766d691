//! A base commit as a mounted image of its metadata: content comes from the repository's objects.
//!
//! ```text
//! base      overlay, read-only:  meta  over  objects, as a layer that has data only
//! meta      EROFS: each file has a `trusted.overlay.redirect` to its object, `/ab/cdef….file`
//! ```
//!
//! To make one costs some calls for each file, because only an object itself says its size and
//! attributes; that is much less than a link to it costs, and nothing has to be removed later.

use crate::commit::checksum::Checksum;
use crate::commit::object::{self, Attributes, Commit, Xattrs};
use crate::commit::tree::{Listing, Tree};
use crate::error::{Error, Result};
use crate::job::Monitor;
use crate::script::erofs::{Content, Image, Inode, Place};
use camino::Utf8Path;
use rustix::fs::{AtFlags, CWD, FileType};
use rustix::io::Errno;
use std::collections::BTreeMap;

/// libostree's own limit.
const DEPTH_MAX: usize = 256;
/// The kernel's limit for one value and for the list of names.
const XATTR_MAX: usize = 64 << 10;

/// The image's bytes; `None` when this cannot be done of this commit.
pub(crate) fn bytes(
    repo: &ostree::Repo,
    objects: &Utf8Path,
    commit: &Commit,
    monitor: &Monitor,
) -> Result<Option<Vec<u8>>> {
    let mut walk = Walk {
        repo,
        objects,
        monitor,
        image: Image::default(),
        metadata: BTreeMap::new(),
        buffer: vec![0; XATTR_MAX],
    };
    walk.directory(&commit.root, None, 0)?;
    Ok(walk.image.bytes())
}

struct Walk<'a> {
    repo: &'a ostree::Repo,
    objects: &'a Utf8Path,
    monitor: &'a Monitor,
    image: Image,
    /// Few directories differ in their attributes.
    metadata: BTreeMap<Checksum, Attributes>,
    /// For the kernel to write to.
    buffer: Vec<u8>,
}

impl Walk<'_> {
    fn directory(&mut self, tree: &Tree, parent: Option<Place>, depth: usize) -> Result<Place> {
        self.monitor.check()?;
        if depth > DEPTH_MAX {
            let object = format!("directory object {}", tree.contents);
            return Err(Error::unsupported("a tree that is nested too deep", object));
        }
        if !self.metadata.contains_key(&tree.metadata) {
            let attributes = Attributes::load_directory(self.repo, &tree.metadata)?;
            self.metadata.insert(tree.metadata, attributes);
        }
        let attributes = self.metadata[&tree.metadata].clone();
        let parent = parent.unwrap_or(self.image.inodes.len());
        let place = self.image.add(Inode {
            mode: attributes.mode,
            uid: attributes.uid,
            gid: attributes.gid,
            xattrs: attributes.xattrs,
            content: Content::Directory {
                entries: BTreeMap::new(),
                parent,
            },
        });
        let listing = Listing::load(self.repo, &tree.contents)?;
        let mut names = BTreeMap::new();
        for (name, checksum) in listing.files {
            let file = self.file(&checksum)?;
            names.insert(name, self.image.add(file));
        }
        for (name, tree) in listing.dirs {
            names.insert(name, self.directory(&tree, Some(place), depth + 1)?);
        }
        if let Content::Directory { entries, .. } = &mut self.image.inodes[place].content {
            *entries = names;
        }
        Ok(place)
    }

    fn file(&mut self, checksum: &Checksum) -> Result<Inode> {
        let object = format!("/{}", object::file_path(checksum));
        let path = format!("{}{object}", self.objects);
        let failed = |error: Errno| Error::io("look at", path.as_str())(error);
        let stat =
            rustix::fs::statat(CWD, path.as_str(), AtFlags::SYMLINK_NOFOLLOW).map_err(failed)?;
        let mut xattrs = self.xattrs(&path)?;
        let content = match FileType::from_raw_mode(stat.st_mode) {
            FileType::Symlink => {
                let target = rustix::fs::readlinkat(CWD, path.as_str(), Vec::new());
                let target = target.map_err(failed)?.into_string();
                let wrong = |_| Error::unsupported("a symlink that is not UTF-8", path.as_str());
                Content::Symlink(target.map_err(wrong)?)
            }
            FileType::RegularFile => {
                xattrs.insert(b"trusted.overlay.metacopy".to_vec(), Vec::new());
                xattrs.insert(b"trusted.overlay.redirect".to_vec(), object.into_bytes());
                Content::Hole(u64::try_from(stat.st_size).unwrap_or(0))
            }
            _ => return Err(Error::corrupt(path, "it is neither a file nor a symlink")),
        };
        Ok(Inode {
            mode: stat.st_mode,
            uid: stat.st_uid,
            gid: stat.st_gid,
            xattrs,
            content,
        })
    }

    fn xattrs(&mut self, path: &str) -> Result<Xattrs> {
        let failed = |error: Errno| Error::io("read attributes of", path)(error);
        let mut xattrs = Xattrs::new();
        let length = match rustix::fs::llistxattr(path, self.buffer.as_mut_slice()) {
            Ok(length) => length,
            Err(Errno::OPNOTSUPP) => 0,
            Err(error) => return Err(failed(error)),
        };
        if length == 0 {
            return Ok(xattrs);
        }
        let names = self.buffer[..length].to_vec();
        for name in names
            .split(|byte| *byte == 0)
            .filter(|name| !name.is_empty())
        {
            let length =
                rustix::fs::lgetxattr(path, name, self.buffer.as_mut_slice()).map_err(failed)?;
            xattrs.insert(name.to_vec(), self.buffer[..length].to_vec());
        }
        Ok(xattrs)
    }
}
