//! The tree of one package while it grows.

use crate::commit::checksum::Checksum;
use crate::commit::directory::{Directory, Node};
use crate::commit::label::{Policy, XATTR};
use crate::commit::object::{self, Attributes};
use crate::commit::tree::Tree;
use crate::error::{Error, Result};
use crate::import::capabilities;
use crate::package::PackageFile;
use std::collections::HashMap;
use std::io::Read;

/// Files and directories of one package.
pub(crate) struct Sapling<'a> {
    repo: &'a ostree::Repo,
    policy: Option<&'a Policy>,
    /// The package, for errors.
    name: &'a str,
    root: Directory,
    /// Directory metadata that has been written.
    metadata: HashMap<Attributes, Checksum>,
    /// Directories that exist by now.
    known: HashMap<String, Origin>,
}

/// Where a directory's mode is from.
#[derive(Clone, Copy, PartialEq)]
enum Origin {
    /// The package lists it.
    Listed,
    /// Only something in it is listed.
    Implied,
}

/// The mode of a directory that no package lists.
const IMPLIED_MODE: u32 = 0o755;

impl<'a> Sapling<'a> {
    /// An empty one. `repo` must be in a transaction.
    pub(crate) fn new(
        repo: &'a ostree::Repo,
        policy: Option<&'a Policy>,
        name: &'a str,
    ) -> Result<Sapling<'a>> {
        let mut sapling = Sapling {
            repo,
            policy,
            name,
            // Replaced at once: the metadata needs the labels.
            root: Directory::empty("0".repeat(64).parse()?),
            metadata: HashMap::new(),
            known: HashMap::new(),
        };
        let metadata = sapling.directory_metadata("", IMPLIED_MODE)?;
        sapling.root = Directory::empty(metadata);
        sapling.known.insert(String::new(), Origin::Implied);
        Ok(sapling)
    }

    /// Puts a file of the package at `path`. `written` is the object of a hard link's first name.
    pub(crate) fn add(
        &mut self,
        path: &str,
        file: &PackageFile,
        content: &mut dyn Read,
        written: &mut Option<(Attributes, Checksum)>,
    ) -> Result<()> {
        if file.is_dir() {
            return self.directory(path, file.mode, Origin::Listed);
        }
        if let Some((parent, _)) = path.rsplit_once('/') {
            self.directory(parent, IMPLIED_MODE, Origin::Implied)?;
        }
        let mut attributes = Attributes {
            mode: file.mode,
            ..Attributes::default()
        };
        self.label(path, &mut attributes)?;
        let checksum = if file.is_symlink() {
            object::write_symlink(self.repo, &attributes, &file.link_target)?
        } else {
            let value = capabilities::attribute(&file.capabilities, &self.path(path))?;
            let value = value.map(|value| (b"security.capability".to_vec(), value));
            attributes.xattrs.extend(value);
            self.write(path, file, &attributes, content, written)?
        };
        let before = self.root.lookup(self.repo, path)?;
        match before {
            None => {}
            Some(Node::File(before)) if *before == checksum => return Ok(()),
            Some(_) => {
                let reason = format!("it has two different files at /{path}");
                return Err(Error::corrupt(self.name, reason));
            }
        }
        let missing = self.root.metadata();
        self.root
            .insert(self.repo, path, Node::File(checksum), missing)
    }

    /// Writes a regular file. Names of one file are one object, unless their labels differ: then
    /// the content, which comes only once, is read back from the first.
    fn write(
        &mut self,
        path: &str,
        file: &PackageFile,
        attributes: &Attributes,
        content: &mut dyn Read,
        written: &mut Option<(Attributes, Checksum)>,
    ) -> Result<Checksum> {
        match written {
            Some((first, checksum)) if first == attributes => Ok(*checksum),
            Some((_, checksum)) => {
                let loaded = object::load_file(self.repo, checksum)?;
                let stream = loaded
                    .content
                    .ok_or_else(|| Error::Internal(format!("{checksum} has no content")))?;
                let mut stream = gio::prelude::InputStreamExtManual::into_read(stream);
                let name = self.path(path);
                object::write_file(self.repo, attributes, file.size, &mut stream, &name)
            }
            None => {
                let name = self.path(path);
                let checksum =
                    object::write_file(self.repo, attributes, file.size, content, &name)?;
                *written = Some((attributes.clone(), checksum));
                Ok(checksum)
            }
        }
    }

    /// Makes a directory and those on the way to it.
    fn directory(&mut self, path: &str, mode: u32, origin: Origin) -> Result<()> {
        match (self.known.get(path), origin) {
            (None, _) => {
                if let Some((parent, _)) = path.rsplit_once('/') {
                    self.directory(parent, IMPLIED_MODE, Origin::Implied)?;
                }
                if self.root.lookup(self.repo, path)?.is_some() {
                    let what = format!("/{path}, a file and a directory at once,");
                    return Err(Error::unsupported(what, self.name));
                }
                let metadata = self.directory_metadata(path, mode)?;
                let node = Node::Dir(Directory::empty(metadata));
                self.root.insert(self.repo, path, node, metadata)?;
            }
            // The listed mode holds, in whichever order they come.
            (Some(_), Origin::Implied) => return Ok(()),
            (Some(_), Origin::Listed) => {
                let metadata = self.directory_metadata(path, mode)?;
                match path {
                    "" => self.root.set_metadata(metadata),
                    _ => {
                        if let Some(Node::Dir(dir)) = self.root.lookup(self.repo, path)? {
                            dir.set_metadata(metadata);
                        }
                    }
                }
            }
        }
        self.known.insert(path.to_owned(), origin);
        Ok(())
    }

    fn directory_metadata(&mut self, path: &str, mode: u32) -> Result<Checksum> {
        // Some packages have directories that not even their owner can write, which root needs no
        // permission for, but others do (rhbz#517575).
        let mut attributes = Attributes::directory(mode & 0o7777 | libc::S_IWUSR);
        self.label(path, &mut attributes)?;
        if let Some(written) = self.metadata.get(&attributes) {
            return Ok(*written);
        }
        let written = attributes.write_directory(self.repo)?;
        self.metadata.insert(attributes, written);
        Ok(written)
    }

    fn label(&self, path: &str, attributes: &mut Attributes) -> Result<()> {
        if let Some(policy) = self.policy {
            let label = policy.label(&format!("/{path}"), attributes.mode)?;
            let label = label.map(|label| (XATTR.to_vec(), label));
            attributes.xattrs.extend(label);
        }
        Ok(())
    }

    /// Writes the directories.
    pub(crate) fn finish(mut self) -> Result<Tree> {
        self.root.write(self.repo, &mut 0)
    }

    fn path(&self, path: &str) -> String {
        format!("/{path} of {}", self.name)
    }
}
