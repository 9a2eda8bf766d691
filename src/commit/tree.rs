//! Directories as they are in the repository, read one at a time.

use crate::commit::checksum::Checksum;
use crate::error::{Error, Result};
use glib::prelude::*;
use std::collections::BTreeMap;

/// A directory in the repository: its dirtree object and its dirmeta object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Tree {
    /// The dirtree: names and what they name.
    pub(crate) contents: Checksum,
    /// The dirmeta: mode, owner, extended attributes.
    pub(crate) metadata: Checksum,
}

/// What one dirtree object says. Names are UTF-8 without `/`, as libostree demands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Listing {
    /// Regular files and symlinks.
    pub(crate) files: BTreeMap<String, Checksum>,
    /// Directories.
    pub(crate) dirs: BTreeMap<String, Tree>,
}

/// What a path names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Entry {
    /// A regular file or a symlink.
    File(Checksum),
    /// A directory.
    Dir(Tree),
}

impl Listing {
    /// Reads a dirtree object.
    pub(crate) fn load(repo: &ostree::Repo, contents: &Checksum) -> Result<Listing> {
        let variant = super::object::load_metadata(repo, ostree::ObjectType::DirTree, contents)?;
        Listing::from_variant(&variant, &contents.hex())
    }

    fn from_variant(variant: &glib::Variant, object: &str) -> Result<Listing> {
        let wrong = || Error::corrupt(format!("directory object {object}"), "wrong type");
        if variant.type_().as_str() != "(a(say)a(sayay))" {
            return Err(wrong());
        }
        let mut listing = Listing::default();
        for file in variant.child_value(0).iter() {
            let name = entry_name(&file, object)?;
            listing.files.insert(name, checksum_at(&file, 1, object)?);
        }
        for dir in variant.child_value(1).iter() {
            let name = entry_name(&dir, object)?;
            let tree = Tree {
                contents: checksum_at(&dir, 1, object)?,
                metadata: checksum_at(&dir, 2, object)?,
            };
            listing.dirs.insert(name, tree);
        }
        Ok(listing)
    }

    /// Writes it as a dirtree object; needs a repository transaction.
    pub(crate) fn write(&self, repo: &ostree::Repo) -> Result<Checksum> {
        // As fixed arrays: of a plain slice each byte would become a value of its own.
        type Bytes<'a> = glib::FixedSizeVariantArray<&'a [u8], u8>;
        fn bytes(checksum: &Checksum) -> Bytes<'_> {
            checksum.as_bytes().as_slice().into()
        }
        let files: Vec<(&str, Bytes<'_>)> = self
            .files
            .iter()
            .map(|(name, checksum)| (name.as_str(), bytes(checksum)))
            .collect();
        let dirs: Vec<(&str, Bytes<'_>, Bytes<'_>)> = self
            .dirs
            .iter()
            .map(|(name, tree)| {
                let contents = bytes(&tree.contents);
                (name.as_str(), contents, bytes(&tree.metadata))
            })
            .collect();
        super::object::write_metadata(
            repo,
            ostree::ObjectType::DirTree,
            &(files, dirs).to_variant(),
        )
    }
}

fn entry_name(entry: &glib::Variant, object: &str) -> Result<String> {
    let name = entry.child_value(0);
    let name = name.str().unwrap_or_default();
    if name.is_empty() || name == "." || name == ".." || name.contains('/') {
        let reason = format!("the name {name:?}");
        return Err(Error::corrupt(format!("directory object {object}"), reason));
    }
    Ok(name.to_owned())
}

fn checksum_at(entry: &glib::Variant, index: usize, object: &str) -> Result<Checksum> {
    let value = entry.child_value(index);
    let bytes = value.fixed_array::<u8>().unwrap_or_default();
    Checksum::from_bytes(bytes, &format!("directory object {object}"))
}

/// What `path` names below `root`, read from the repository: only the directories on the way are
/// loaded. Symlinks are not followed.
pub(crate) fn lookup(repo: &ostree::Repo, root: Tree, path: &str) -> Result<Option<Entry>> {
    let mut here = Entry::Dir(root);
    for name in path.split('/').filter(|name| !name.is_empty()) {
        let Entry::Dir(dir) = here else {
            return Ok(None);
        };
        let listing = Listing::load(repo, &dir.contents)?;
        here = match (listing.dirs.get(name), listing.files.get(name)) {
            (Some(dir), _) => Entry::Dir(*dir),
            (None, Some(file)) => Entry::File(*file),
            (None, None) => return Ok(None),
        };
    }
    Ok(Some(here))
}
