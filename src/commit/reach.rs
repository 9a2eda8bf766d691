//! What refs reach, before what they do not reach is removed.
//!
//! libostree's own walk takes a directory object as it is: one that is damaged can read as an empty
//! folder, and all that is below it would be removed as if nobody needed it.

use crate::commit::checksum::Checksum;
use crate::commit::object::{self, Commit};
use crate::commit::tree::Listing;
use crate::error::{Error, Result};
use std::collections::BTreeSet;

/// Fails where a directory object that a ref reaches is damaged, or a commit. One that is not there
/// at all, or only in part, reaches nothing.
pub(crate) fn verify(repo: &ostree::Repo) -> Result<()> {
    let commits: BTreeSet<String> = object::refs(repo, None)?.into_values().collect();
    let mut seen = BTreeSet::new();
    for hex in commits {
        let checksum: Checksum = hex.parse()?;
        let there = repo
            .has_object(ostree::ObjectType::Commit, &hex, gio::Cancellable::NONE)
            .map_err(Error::engine(format!("look for the commit {hex}")))?;
        if !there {
            continue;
        }
        match Commit::load(repo, &checksum) {
            Ok(commit) => directory(repo, &commit.root.contents, &mut seen)?,
            // Only a part of it has been pulled.
            Err(Error::State { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

fn directory(
    repo: &ostree::Repo,
    contents: &Checksum,
    seen: &mut BTreeSet<Checksum>,
) -> Result<()> {
    if !seen.insert(*contents) {
        return Ok(());
    }
    for below in Listing::load(repo, contents)?.dirs.into_values() {
        directory(repo, &below.contents, seen)?;
    }
    Ok(())
}
