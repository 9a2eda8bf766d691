//! A few small files of a tree, copied out for those who want paths.

use crate::commit::object;
use crate::commit::tree::{Listing, Tree};
use crate::error::{Error, Result};
use camino::Utf8Path;

/// How deep a folder of configuration can reasonably be.
const MAX_DEPTH: u32 = 8;

/// Copies the regular files and symlinks of a directory to a new folder. Owners, modes and
/// extended attributes stay behind, and a link that leads out of the folder is left out.
pub(crate) fn folder(repo: &ostree::Repo, tree: Tree, to: &Utf8Path) -> Result<()> {
    copy(repo, tree, to, MAX_DEPTH)
}

fn copy(repo: &ostree::Repo, tree: Tree, to: &Utf8Path, depth: u32) -> Result<()> {
    if depth == 0 {
        return Err(Error::corrupt(
            to.as_str(),
            "its folders are nested too deep",
        ));
    }
    std::fs::create_dir_all(to).map_err(Error::io("create", to))?;
    let listing = Listing::load(repo, &tree.contents)?;
    for (name, file) in &listing.files {
        let path = to.join(name);
        match object::load_file(repo, file)?.target {
            None => object::extract_file(repo, file, &path)?,
            Some(target) if !target.contains('/') => {
                std::os::unix::fs::symlink(&target, &path).map_err(Error::io("create", &path))?;
            }
            Some(_) => {}
        }
    }
    for (name, dir) in &listing.dirs {
        copy(repo, *dir, &to.join(name), depth - 1)?;
    }
    Ok(())
}
