//! Package trees merge into one tree, in memory.

use crate::change::Conflict;
use crate::commit::checksum::Checksum;
use crate::commit::directory::{Directory, Node};
use crate::commit::tree::{Listing, Tree};
use crate::error::{Error, Result};
use crate::nevra::Nevra;
use indexmap::IndexSet;
use std::collections::HashMap;

/// A tree that packages are added to and taken from.
pub(crate) struct Merge<'a> {
    repo: &'a ostree::Repo,
    root: Directory,
    packages: IndexSet<Nevra>,
    /// Which package brought a path, of those that were added here.
    owners: HashMap<String, usize>,
    /// Paths that more than one source wants with different content, with the package that came
    /// second; the first one is among `owners` or in the base.
    clashes: Vec<(String, usize)>,
    /// Paths of packages that yield to whatever else has them.
    yielding: HashMap<String, usize>,
}

/// What happens when another package has a path already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Precedence {
    /// It is a conflict.
    Equal,
    /// The other one's file stays (`setup`, as in rpm-ostree).
    Yields,
}

impl<'a> Merge<'a> {
    pub(crate) fn new(repo: &'a ostree::Repo, root: Directory) -> Merge<'a> {
        Merge {
            repo,
            root,
            packages: IndexSet::new(),
            owners: HashMap::new(),
            clashes: Vec::new(),
            yielding: HashMap::new(),
        }
    }

    /// Adds a package's tree. A directory that is there already keeps its mode and owner; a file
    /// that is there with the same content, mode and owner is shared.
    pub(crate) fn add(
        &mut self,
        package: &Nevra,
        tree: Tree,
        precedence: Precedence,
    ) -> Result<()> {
        let (place, _) = self.packages.insert_full(package.clone());
        let mut visit = Visit {
            repo: self.repo,
            place,
            precedence,
            owners: &mut self.owners,
            clashes: &mut self.clashes,
            yielding: &mut self.yielding,
        };
        let mut path = String::new();
        visit.directory(&mut self.root, tree, &mut path).map(|_| ())
    }

    /// Takes out files of a removed package, then those of its directories that are empty.
    /// `files` and `dirs` are paths in the tree that no remaining package has.
    pub(crate) fn remove(&mut self, files: &[String], dirs: &[String]) -> Result<()> {
        for path in files {
            self.root.remove(self.repo, path)?;
        }
        let mut dirs: Vec<&String> = dirs.iter().collect();
        // The deepest first.
        dirs.sort_by(|a, b| b.cmp(a));
        for path in dirs {
            let empty = match self.root.lookup(self.repo, path)? {
                Some(Node::Dir(dir)) => dir.nodes(self.repo)?.is_empty(),
                _ => false,
            };
            if empty {
                self.root.remove(self.repo, path)?;
            }
        }
        Ok(())
    }

    /// The merged tree. `base_owner` says which package of the base has a path.
    pub(crate) fn finish(
        self,
        base_owner: &dyn Fn(&str) -> Result<Option<Nevra>>,
    ) -> Result<Directory> {
        if self.clashes.is_empty() {
            return Ok(self.root);
        }
        let mut conflicts = Vec::new();
        for (path, second) in &self.clashes {
            let first = match self.owners.get(path) {
                Some(first) => Some(self.packages[*first].clone()),
                None => base_owner(path)?,
            };
            conflicts.push(Conflict {
                path: format!("/{path}"),
                first,
                second: self.packages[*second].clone(),
            });
        }
        conflicts.sort_by(|a, b| (&a.path, &a.second).cmp(&(&b.path, &b.second)));
        Err(Error::FileConflict(conflicts))
    }
}

struct Visit<'a> {
    repo: &'a ostree::Repo,
    place: usize,
    precedence: Precedence,
    owners: &'a mut HashMap<String, usize>,
    clashes: &'a mut Vec<(String, usize)>,
    yielding: &'a mut HashMap<String, usize>,
}

impl Visit<'_> {
    /// Merges `tree` into `into`, which is at `path`. Returns whether anything changed, so that a
    /// directory to which nothing was added keeps its checksum.
    fn directory(&mut self, into: &mut Directory, tree: Tree, path: &mut String) -> Result<bool> {
        let listing = Listing::load(self.repo, &tree.contents)?;
        let mut changed = false;
        for (name, file) in &listing.files {
            let length = push(path, name);
            changed |= self.file(into, name, *file, path)?;
            path.truncate(length);
        }
        for (name, dir) in &listing.dirs {
            let length = push(path, name);
            let merged = match into.nodes(self.repo)?.get_mut(name) {
                None => {
                    self.note(*dir, path)?;
                    into.put(self.repo, name, Node::Dir(Directory::stored(*dir)))?;
                    true
                }
                Some(Node::Dir(there)) => self.directory(there, *dir, path)?,
                Some(Node::File(_)) => {
                    self.clashes.push((path.clone(), self.place));
                    false
                }
            };
            changed |= merged;
            path.truncate(length);
        }
        if changed {
            into.touch(self.repo)?;
        }
        Ok(changed)
    }

    fn file(
        &mut self,
        into: &mut Directory,
        name: &str,
        file: Checksum,
        path: &str,
    ) -> Result<bool> {
        let there = match into.nodes(self.repo)?.get(name) {
            None => {
                into.put(self.repo, name, Node::File(file))?;
                self.own(path);
                return Ok(true);
            }
            Some(Node::File(there)) => Some(*there),
            Some(Node::Dir(_)) => None,
        };
        if there == Some(file) || self.precedence == Precedence::Yields {
            return Ok(false);
        }
        if there.is_some() && self.yielding.remove(path).is_some() {
            into.put(self.repo, name, Node::File(file))?;
            self.own(path);
            return Ok(true);
        }
        self.clashes.push((path.to_owned(), self.place));
        Ok(false)
    }

    fn own(&mut self, path: &str) {
        self.owners.insert(path.to_owned(), self.place);
        if self.precedence == Precedence::Yields {
            self.yielding.insert(path.to_owned(), self.place);
        }
    }

    /// Everything in a directory that was taken as a whole.
    fn note(&mut self, tree: Tree, path: &mut String) -> Result<()> {
        let listing = Listing::load(self.repo, &tree.contents)?;
        for name in listing.files.keys() {
            let length = push(path, name);
            self.own(path);
            path.truncate(length);
        }
        for (name, dir) in &listing.dirs {
            let length = push(path, name);
            self.note(*dir, path)?;
            path.truncate(length);
        }
        Ok(())
    }
}

/// Appends a name to a path; returns the length to cut it back to.
fn push(path: &mut String, name: &str) -> usize {
    let length = path.len();
    if length > 0 {
        path.push('/');
    }
    path.push_str(name);
    length
}
