//! A tree in the hands of those who finish it: small files, links and directories by path, each
//! new one with its SELinux label.

use crate::commit::checksum::Checksum;
use crate::commit::directory::{Directory, Node};
use crate::commit::label::XATTR;
use crate::commit::object::{self, Attributes};
use crate::error::{Error, Result};

/// The value of `security.selinux` for a new file: its absolute path in the tree (`/usr/etc/x`),
/// and its mode with the file type. `None` without a policy.
pub(crate) type Label<'a> = &'a dyn Fn(&str, u32) -> Result<Option<Vec<u8>>>;

/// A tree being edited. Paths are relative to the root, without a leading slash; symlinks on the
/// way are not followed. Whatever writes needs a repository transaction.
pub(crate) struct Edit<'a> {
    /// Where objects are read and written.
    pub(crate) repo: &'a ostree::Repo,
    /// The tree.
    pub(crate) root: &'a mut Directory,
    /// Labels for what is new.
    pub(crate) label: Label<'a>,
}

impl Edit<'_> {
    /// Attributes of something new, owned by root; `mode` has the file type.
    pub(crate) fn attributes(&self, path: &str, mode: u32) -> Result<Attributes> {
        let mut attributes = Attributes {
            mode,
            ..Attributes::default()
        };
        if let Some(mut value) = (self.label)(&format!("/{path}"), mode)? {
            // The kernel keeps the final NUL in the value, and so does every policy tool.
            if value.last() != Some(&0) {
                value.push(0);
            }
            attributes.xattrs.insert(XATTR.to_vec(), value);
        }
        Ok(attributes)
    }

    /// Whether there is anything at `path`.
    pub(crate) fn exists(&mut self, path: &str) -> Result<bool> {
        Ok(self.root.lookup(self.repo, path)?.is_some())
    }

    /// Whether a directory is at `path`.
    pub(crate) fn is_directory(&mut self, path: &str) -> Result<bool> {
        let found = self.root.lookup(self.repo, path)?;
        Ok(matches!(found, Some(Node::Dir(_))))
    }

    /// The file object at `path`.
    pub(crate) fn file(&mut self, path: &str) -> Result<Option<Checksum>> {
        Ok(match self.root.lookup(self.repo, path)? {
            Some(Node::File(checksum)) => Some(*checksum),
            _ => None,
        })
    }

    /// The content of the regular file at `path`, at most `limit` bytes; `None` when nothing is
    /// there, an error when it is no regular file.
    pub(crate) fn read(&mut self, path: &str, limit: u64) -> Result<Option<Vec<u8>>> {
        match self.root.lookup(self.repo, path)? {
            None => Ok(None),
            Some(Node::File(checksum)) => {
                let checksum = *checksum;
                object::read_file(self.repo, &checksum, limit)
                    .map(Some)
                    .map_err(|error| named(error, path))
            }
            Some(Node::Dir(_)) => Err(in_the_way(path, "it is a directory and should be a file")),
        }
    }

    /// Where the symlink at `path` points; `None` when there is none.
    pub(crate) fn link_target(&mut self, path: &str) -> Result<Option<String>> {
        match self.file(path)? {
            Some(checksum) => Ok(object::load_file(self.repo, &checksum)?.target),
            None => Ok(None),
        }
    }

    /// The files (no directories) in the directory `path`, by name; none when it is not there.
    pub(crate) fn files(&mut self, path: &str) -> Result<Vec<(String, Checksum)>> {
        let Some(Node::Dir(dir)) = self.root.lookup(self.repo, path)? else {
            return Ok(Vec::new());
        };
        Ok(files_of(dir.nodes(self.repo)?))
    }

    /// Makes the directory `path` and those above it where they are missing; the last gets
    /// `permissions`, the others 0755. One that exists stays as it is.
    pub(crate) fn directory(&mut self, path: &str, permissions: u32) -> Result<()> {
        if self.is_directory(path)? {
            return Ok(());
        }
        let ends = path.match_indices('/').map(|(end, _)| end);
        for end in ends.chain([path.len()]) {
            let here = &path[..end];
            match self.root.lookup(self.repo, here)? {
                Some(Node::Dir(_)) => continue,
                Some(Node::File(_)) => {
                    return Err(in_the_way(here, "it is a file and should be a directory"));
                }
                None => {}
            }
            let bits = if end == path.len() {
                permissions
            } else {
                0o755
            };
            let metadata = self
                .attributes(here, libc::S_IFDIR | bits)?
                .write_directory(self.repo)?;
            let node = Node::Dir(Directory::empty(metadata));
            self.root.insert(self.repo, here, node, metadata)?;
        }
        Ok(())
    }

    /// Writes a regular file; one that is there gives way to it, and keeps its mode, owner and
    /// extended attributes when `permissions` is `None`.
    pub(crate) fn write(
        &mut self,
        path: &str,
        permissions: Option<u32>,
        content: &[u8],
    ) -> Result<()> {
        let kept = match (permissions, self.file(path)?) {
            (None, Some(old)) => Some(object::load_file(self.repo, &old)?)
                .filter(|file| file.target.is_none())
                .map(|file| file.attributes),
            _ => None,
        };
        let attributes = match kept {
            Some(attributes) => attributes,
            None => self.attributes(path, libc::S_IFREG | permissions.unwrap_or(0o644))?,
        };
        let size = content.len() as u64;
        let file = object::write_file(self.repo, &attributes, size, content, path)?;
        self.put(path, file)
    }

    /// Writes a regular file with the content of `from`, which nobody else writes.
    pub(crate) fn write_from(&mut self, path: &str, from: &camino::Utf8Path) -> Result<()> {
        let attributes = self.attributes(path, libc::S_IFREG | 0o644)?;
        let file = object::write_from(self.repo, &attributes, from, path)?;
        self.put(path, file)
    }

    /// Makes a symlink, in place of a file or link that is there.
    pub(crate) fn symlink(&mut self, path: &str, target: &str) -> Result<()> {
        let attributes = self.attributes(path, libc::S_IFLNK | 0o777)?;
        let link = object::write_symlink(self.repo, &attributes, target)?;
        self.put(path, link)
    }

    /// Takes out what is at `path`.
    pub(crate) fn remove(&mut self, path: &str) -> Result<bool> {
        self.root.remove(self.repo, path)
    }

    /// Puts a file object at `path`; the tree stays unchanged when it is there already.
    pub(crate) fn put(&mut self, path: &str, file: Checksum) -> Result<()> {
        match self.root.lookup(self.repo, path)? {
            Some(Node::File(old)) if *old == file => return Ok(()),
            Some(Node::Dir(_)) => {
                return Err(in_the_way(path, "it is a directory and should be a file"));
            }
            _ => {}
        }
        if let Some((parent, _)) = path.rsplit_once('/') {
            self.directory(parent, 0o755)?;
        }
        let unused = self.root.metadata();
        self.root.insert(self.repo, path, Node::File(file), unused)
    }
}

/// The files among a directory's nodes.
pub(crate) fn files_of(
    nodes: &std::collections::BTreeMap<String, Node>,
) -> Vec<(String, Checksum)> {
    nodes
        .iter()
        .filter_map(|(name, node)| match node {
            Node::File(checksum) => Some((name.clone(), *checksum)),
            Node::Dir(_) => None,
        })
        .collect()
}

fn in_the_way(path: &str, reason: &str) -> Error {
    Error::State {
        object: format!("/{path}"),
        reason: reason.to_owned(),
        remedy: "leave out the package that brings it".to_owned(),
    }
}

/// A damaged object is named by its path, which says more than its checksum.
fn named(error: Error, path: &str) -> Error {
    match error {
        Error::Corrupt { reason, .. } => Error::corrupt(format!("/{path}"), reason),
        other => other,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
pub(crate) mod tests {
    use super::*;

    /// A repository in a temporary directory, with a transaction open.
    pub(crate) struct Bed {
        /// Where it is.
        pub(crate) _dir: tempfile::TempDir,
        /// The repository.
        pub(crate) repo: ostree::Repo,
        /// The tree.
        pub(crate) root: Directory,
    }

    /// Labels name the path, so that a test sees which path was asked for.
    pub(crate) fn label(path: &str, _mode: u32) -> Result<Option<Vec<u8>>> {
        Ok(Some(path.as_bytes().to_vec()))
    }

    impl Bed {
        /// An empty tree.
        pub(crate) fn new() -> Bed {
            Bed::in_mode(ostree::RepoMode::Archive)
        }

        /// The same in a repository of this mode; an archive takes no large files.
        pub(crate) fn in_mode(mode: ostree::RepoMode) -> Bed {
            let dir = tempfile::tempdir().unwrap();
            let repo = ostree::Repo::new(&gio::File::for_path(dir.path().join("repo")));
            repo.create(mode, gio::Cancellable::NONE).unwrap();
            repo.prepare_transaction(gio::Cancellable::NONE).unwrap();
            let meta = Attributes::directory(0o755).write_directory(&repo).unwrap();
            let root = Directory::empty(meta);
            Bed {
                _dir: dir,
                repo,
                root,
            }
        }

        /// The edit.
        pub(crate) fn edit(&mut self) -> Edit<'_> {
            Edit {
                repo: &self.repo,
                root: &mut self.root,
                label: &label,
            }
        }

        /// A tree with these files.
        pub(crate) fn with(files: &[(&str, &str)]) -> Bed {
            let mut bed = Bed::new();
            for (path, content) in files {
                bed.edit()
                    .write(path, Some(0o644), content.as_bytes())
                    .unwrap();
            }
            bed
        }

        /// A file's text, empty when there is none.
        pub(crate) fn text(&mut self, path: &str) -> String {
            let bytes = self.edit().read(path, 1 << 20).unwrap();
            String::from_utf8(bytes.unwrap_or_default()).unwrap()
        }
    }

    #[test]
    fn directories_on_the_way_get_their_own_labels() {
        let mut bed = Bed::new();
        bed.edit().write("usr/lib/x/f", Some(0o640), b"x").unwrap();
        bed.edit().symlink("usr/lib/l", "x/f").unwrap();
        assert_eq!(bed.edit().link_target("usr/lib/l").unwrap().unwrap(), "x/f");
        let repo = bed.repo.clone();
        let Some(Node::Dir(dir)) = bed.root.lookup(&repo, "usr/lib").unwrap() else {
            panic!("no directory");
        };
        let meta = Attributes::load_directory(&repo, &dir.metadata()).unwrap();
        assert_eq!(meta.xattrs[XATTR], b"/usr/lib\0");
        assert!(bed.edit().write("usr/lib", None, b"").is_err());
        assert!(bed.edit().directory("usr/lib/l/d", 0o755).is_err());
    }

    #[test]
    fn the_same_content_changes_nothing() {
        let mut bed = Bed::with(&[("usr/a", "1"), ("usr/b/c", "2")]);
        let repo = bed.repo.clone();
        let mut written = 0;
        let tree = bed.root.write(&repo, &mut written).unwrap();
        bed.edit().write("usr/a", None, b"1").unwrap();
        bed.edit().directory("usr/b", 0o755).unwrap();
        assert_eq!(bed.root.unchanged(), Some(tree));
        bed.edit().write("usr/a", None, b"2").unwrap();
        assert_eq!(bed.root.unchanged(), None);
    }
}
