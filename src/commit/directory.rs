//! A directory tree that is edited in memory and written back where it changed.
//!
//! A subdirectory stays a pair of checksums until somebody goes into it, so that the cost of an
//! edit is that of the directories on its way. (libostree's `MutableTree` has the same idea; its
//! binding panics on unset checksums and cannot hold a directory and a removal at one name.)

use crate::commit::checksum::Checksum;
use crate::commit::tree::{Listing, Tree};
use crate::error::{Error, Result};
use std::collections::BTreeMap;

/// An editable directory.
#[derive(Debug, Clone)]
pub(crate) struct Directory {
    metadata: Checksum,
    state: State,
}

#[derive(Debug, Clone)]
enum State {
    /// As it is in the repository, not looked at.
    Stored(Checksum),
    /// In memory; `stored` as long as nothing in or below it has changed.
    Loaded {
        nodes: BTreeMap<String, Node>,
        stored: Option<Checksum>,
    },
}

/// What a name in a directory stands for.
#[derive(Debug, Clone)]
pub(crate) enum Node {
    /// A regular file or a symlink.
    File(Checksum),
    /// A directory.
    Dir(Directory),
}

impl Directory {
    /// The directory `tree`, unchanged.
    pub(crate) fn stored(tree: Tree) -> Directory {
        Directory {
            metadata: tree.metadata,
            state: State::Stored(tree.contents),
        }
    }

    /// A new, empty one.
    pub(crate) fn empty(metadata: Checksum) -> Directory {
        Directory {
            metadata,
            state: State::Loaded {
                nodes: BTreeMap::new(),
                stored: None,
            },
        }
    }

    /// Its dirmeta object.
    pub(crate) fn metadata(&self) -> Checksum {
        self.metadata
    }

    /// Gives it another dirmeta object.
    pub(crate) fn set_metadata(&mut self, metadata: Checksum) {
        self.metadata = metadata;
    }

    /// The tree, as long as nothing in it has changed.
    pub(crate) fn unchanged(&self) -> Option<Tree> {
        let contents = match &self.state {
            State::Stored(contents) => Some(*contents),
            State::Loaded { stored, .. } => *stored,
        };
        contents.map(|contents| Tree {
            contents,
            metadata: self.metadata,
        })
    }

    /// The nodes, for reading.
    pub(crate) fn nodes(&mut self, repo: &ostree::Repo) -> Result<&mut BTreeMap<String, Node>> {
        if let State::Stored(contents) = self.state {
            let listing = Listing::load(repo, &contents)?;
            let files = listing
                .files
                .into_iter()
                .map(|(name, file)| (name, Node::File(file)));
            let dirs = listing
                .dirs
                .into_iter()
                .map(|(name, tree)| (name, Node::Dir(Directory::stored(tree))));
            let nodes = files.chain(dirs).collect();
            self.state = State::Loaded {
                nodes,
                stored: Some(contents),
            };
        }
        match &mut self.state {
            State::Loaded { nodes, .. } => Ok(nodes),
            State::Stored(_) => unreachable!("it was loaded just now"),
        }
    }

    /// The nodes, for writing: this directory counts as changed from now on.
    fn nodes_mut(&mut self, repo: &ostree::Repo) -> Result<&mut BTreeMap<String, Node>> {
        self.nodes(repo)?;
        match &mut self.state {
            State::Loaded { nodes, stored } => {
                *stored = None;
                Ok(nodes)
            }
            State::Stored(_) => unreachable!("it was loaded just now"),
        }
    }

    /// Puts `node` at `name` in this directory, which counts as changed from now on; the caller
    /// marks those above it with [`Directory::touch`].
    pub(crate) fn put(&mut self, repo: &ostree::Repo, name: &str, node: Node) -> Result<()> {
        self.nodes_mut(repo)?.insert(name.to_owned(), node);
        Ok(())
    }

    /// This directory counts as changed from now on.
    pub(crate) fn touch(&mut self, repo: &ostree::Repo) -> Result<()> {
        self.nodes_mut(repo).map(|_| ())
    }

    /// What `path` names, seen from here; symlinks are not followed.
    pub(crate) fn lookup(&mut self, repo: &ostree::Repo, path: &str) -> Result<Option<&mut Node>> {
        let (name, rest) = split(path);
        if name.is_empty() {
            return Ok(None);
        }
        match (self.nodes(repo)?.get_mut(name), rest) {
            (Some(node), "") => Ok(Some(node)),
            (Some(Node::Dir(dir)), rest) => dir.lookup(repo, rest),
            (_, _) => Ok(None),
        }
    }

    /// Puts `node` at `path`, in place of whatever was there; directories missing on the way get
    /// `missing` as their metadata. Fails where a file is on the way.
    pub(crate) fn insert(
        &mut self,
        repo: &ostree::Repo,
        path: &str,
        node: Node,
        missing: Checksum,
    ) -> Result<()> {
        let (name, rest) = split(path);
        if name.is_empty() || name == "." || name == ".." {
            return Err(Error::Internal(format!("a path without a name: {path:?}")));
        }
        let nodes = self.nodes_mut(repo)?;
        if rest.is_empty() {
            nodes.insert(name.to_owned(), node);
            return Ok(());
        }
        let next = nodes
            .entry(name.to_owned())
            .or_insert_with(|| Node::Dir(Directory::empty(missing)));
        match next {
            Node::Dir(dir) => dir.insert(repo, rest, node, missing),
            Node::File(_) => Err(Error::State {
                object: format!("/{path}"),
                reason: format!("{name} on the way to it is a file"),
                remedy: "leave out the package that brings it".to_owned(),
            }),
        }
    }

    /// The directory at `path`, made where it is missing with `missing` as its metadata.
    pub(crate) fn ensure(
        &mut self,
        repo: &ostree::Repo,
        path: &str,
        missing: Checksum,
    ) -> Result<&mut Directory> {
        if path.is_empty() {
            return Ok(self);
        }
        if !matches!(self.lookup(repo, path)?, Some(Node::Dir(_))) {
            self.insert(repo, path, Node::Dir(Directory::empty(missing)), missing)?;
        }
        self.mark_changed(repo, path)?;
        match self.lookup(repo, path)? {
            Some(Node::Dir(dir)) => Ok(dir),
            _ => Err(Error::Internal(format!("{path} was made and is gone"))),
        }
    }

    /// Everything on the way to `path` counts as changed.
    fn mark_changed(&mut self, repo: &ostree::Repo, path: &str) -> Result<()> {
        let (name, rest) = split(path);
        if name.is_empty() {
            return Ok(());
        }
        match self.nodes_mut(repo)?.get_mut(name) {
            Some(Node::Dir(dir)) => dir.mark_changed(repo, rest),
            _ => Ok(()),
        }
    }

    /// Takes out what is at `path`; returns whether something was.
    pub(crate) fn remove(&mut self, repo: &ostree::Repo, path: &str) -> Result<bool> {
        if self.lookup(repo, path)?.is_none() {
            return Ok(false);
        }
        let (name, rest) = split(path);
        let nodes = self.nodes_mut(repo)?;
        match (nodes.get_mut(name), rest) {
            (_, "") => Ok(nodes.remove(name).is_some()),
            (Some(Node::Dir(dir)), rest) => dir.remove(repo, rest),
            (_, _) => Ok(false),
        }
    }

    /// Writes the directories that changed, deepest first; needs a repository transaction.
    /// `written` counts the objects.
    pub(crate) fn write(&mut self, repo: &ostree::Repo, written: &mut u64) -> Result<Tree> {
        if let Some(tree) = self.unchanged() {
            return Ok(tree);
        }
        let metadata = self.metadata;
        let mut listing = Listing::default();
        for (name, node) in self.nodes(repo)? {
            match node {
                Node::File(file) => drop(listing.files.insert(name.clone(), *file)),
                Node::Dir(dir) => {
                    let tree = dir.write(repo, written)?;
                    listing.dirs.insert(name.clone(), tree);
                }
            }
        }
        let contents = listing.write(repo)?;
        *written += 1;
        if let State::Loaded { stored, .. } = &mut self.state {
            *stored = Some(contents);
        }
        Ok(Tree { contents, metadata })
    }
}

/// The first name of a path and the rest, without slashes between them.
fn split(path: &str) -> (&str, &str) {
    let path = path.trim_start_matches('/');
    let (name, rest) = path.split_once('/').unwrap_or((path, ""));
    (name, rest.trim_start_matches('/').trim_end_matches('/'))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::commit::object::{self, Attributes};
    use camino::Utf8Path;

    fn repo(dir: &tempfile::TempDir) -> ostree::Repo {
        let repo = ostree::Repo::new(&gio::File::for_path(dir.path().join("repo")));
        repo.create(ostree::RepoMode::Bare, gio::Cancellable::NONE)
            .unwrap();
        repo
    }

    #[test]
    fn only_what_changed_is_written() {
        let dir = tempfile::tempdir().unwrap();
        let repo = repo(&dir);
        let txn = repo.auto_transaction(gio::Cancellable::NONE).unwrap();
        let meta = Attributes::directory(0o755).write_directory(&repo).unwrap();
        let attributes = Attributes {
            mode: libc::S_IFREG | 0o644,
            ..Attributes::default()
        };
        let file = object::write_file(&repo, &attributes, 5, &b"hello"[..], "f").unwrap();
        let big = vec![7; 300_000];
        let large = object::write_file(&repo, &attributes, 300_000, &big[..], "l").unwrap();
        let mut root = Directory::empty(meta);
        for path in ["usr/bin/a", "usr/share/doc/a/readme", "usr/lib/deep/er/f"] {
            root.insert(&repo, path, Node::File(file), meta).unwrap();
        }
        let mut written = 0;
        let first = root.write(&repo, &mut written).unwrap();
        assert_eq!(written, 9);

        let mut root = Directory::stored(first);
        root.insert(&repo, "usr/bin/b", Node::File(large), meta)
            .unwrap();
        assert!(!root.remove(&repo, "usr/bin/none").unwrap());
        written = 0;
        let second = root.write(&repo, &mut written).unwrap();
        assert_eq!(written, 3);
        assert_ne!(first, second);

        let mut root = Directory::stored(second);
        assert!(root.remove(&repo, "usr/bin/b").unwrap());
        assert!(root.remove(&repo, "usr/share").unwrap());
        root.insert(&repo, "usr/share/doc/a/readme", Node::File(file), meta)
            .unwrap();
        assert_eq!(root.write(&repo, &mut written).unwrap(), first);

        let metadata = glib::VariantDict::new(None).end();
        let new = object::NewCommit {
            root: first,
            parent: None,
            timestamp: 7,
            metadata: &metadata,
        };
        let commit = object::write_commit(&repo, &new).unwrap();
        txn.commit(gio::Cancellable::NONE).unwrap();
        let loaded = object::Commit::load(&repo, &commit).unwrap();
        assert_eq!((loaded.root, loaded.timestamp), (first, 7));
        let to = Utf8Path::from_path(dir.path()).unwrap().join("out");
        object::extract_file(&repo, &large, &to).unwrap();
        assert_eq!(std::fs::read(to).unwrap(), big);
        // The referee.
        let fsck = std::process::Command::new("ostree")
            .args(["fsck", "--quiet", "--repo"])
            .arg(dir.path().join("repo"))
            .status()
            .unwrap();
        assert!(fsck.success());
    }

    #[test]
    fn a_file_on_the_way_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        let repo = repo(&dir);
        let _txn = repo.auto_transaction(gio::Cancellable::NONE).unwrap();
        let meta = Attributes::directory(0o755).write_directory(&repo).unwrap();
        let file = object::write_symlink(&repo, &Attributes::default(), "x").unwrap();
        let mut root = Directory::empty(meta);
        root.insert(&repo, "usr/bin", Node::File(file), meta)
            .unwrap();
        assert!(
            root.insert(&repo, "usr/bin/a", Node::File(file), meta)
                .is_err()
        );
        assert!(root.lookup(&repo, "usr/bin/a").unwrap().is_none());
    }
}
