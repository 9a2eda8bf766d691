//! Directories as they are in the repository, read one at a time.

use crate::commit::checksum::Checksum;
use crate::commit::dirtree;
use crate::error::{Error, Result};
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
        let object = || format!("directory object {}", contents.hex());
        let wrong = |reason| Error::corrupt(object(), reason);
        if variant.type_().as_str() != dirtree::TYPE {
            return Err(wrong("wrong type".to_owned()));
        }
        dirtree::read(variant.data()).map_err(wrong)
    }

    /// Writes it as a dirtree object; needs a repository transaction.
    pub(crate) fn write(&self, repo: &ostree::Repo) -> Result<Checksum> {
        let type_ = glib::VariantTy::new(dirtree::TYPE).expect("it is a literal");
        let variant = glib::Variant::from_data_with_type(dirtree::write(self), type_);
        super::object::write_metadata(repo, ostree::ObjectType::DirTree, &variant)
    }
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
