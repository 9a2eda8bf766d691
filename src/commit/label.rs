//! SELinux labels: what the policy inside a tree says about a path.
//!
//! A policy is a folder, `etc/selinux` (`usr/etc/selinux` in a commit): its `config` names the
//! type, `TYPE/contexts/files/` has the patterns, and `TYPE/policy/policy.NN` the compiled rules,
//! whose digest names the policy. libselinux reads only files, so the folder is written out first.

use crate::commit::object;
use crate::commit::tree::{self, Entry, Listing, Tree};
use crate::error::{Error, Result};
use camino::Utf8Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// libselinux keeps the root of the policy that it reads in a variable of the process.
static LIBSELINUX: Mutex<()> = Mutex::new(());

/// Keeps other threads from reading a policy. Whoever has libostree read one, as when it writes a
/// deployment or its boot entries, holds this until it is done: between two calls of libselinux
/// another thread would give it another root.
pub(crate) fn alone() -> MutexGuard<'static, ()> {
    LIBSELINUX.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The extended attribute that holds a file's label.
pub(crate) const XATTR: &[u8] = b"security.selinux";

/// A policy, ready to give labels; may be used by several threads.
#[derive(Debug)]
pub(crate) struct Policy {
    policy: Mutex<ostree::SePolicy>,
    digest: String,
}

/// How deep and how large the folder of a policy may be: far more than any is.
const DEPTH_MAX: usize = 12;
const ENTRIES_MAX: usize = 20_000;

impl Policy {
    /// The policy in the tree `root`, `None` where it has none. Its files are written below
    /// `scratch`, an empty folder that may be removed afterwards.
    pub(crate) fn from_tree(
        repo: &ostree::Repo,
        root: Tree,
        scratch: &Utf8Path,
    ) -> Result<Option<Policy>> {
        for place in ["usr/etc/selinux", "etc/selinux"] {
            if let Some(Entry::Dir(found)) = tree::lookup(repo, root, place)? {
                let to = scratch.join("etc/selinux");
                std::fs::create_dir_all(&to).map_err(Error::io("create", &to))?;
                let mut entries = ENTRIES_MAX;
                extract(repo, found, &to, DEPTH_MAX, &mut entries)?;
                return Policy::from_folder(scratch);
            }
        }
        Ok(None)
    }

    /// The policy in the folder `etc/selinux` or `usr/etc/selinux` of `root`.
    pub(crate) fn from_folder(root: &Utf8Path) -> Result<Option<Policy>> {
        let _alone = alone();
        let file = gio::File::for_path(root);
        let policy = ostree::SePolicy::new(&file, gio::Cancellable::NONE)
            .map_err(Error::engine(format!("read the SELinux policy in {root}")))?;
        let digest = policy.csum().map(|digest| digest.to_string());
        Ok(digest.map(|digest| Policy {
            policy: Mutex::new(policy),
            digest,
        }))
    }

    /// SHA-256 of the compiled policy in hexadecimal: what rpm-ostree records as
    /// `rpmostree.sepolicy`.
    pub(crate) fn digest(&self) -> &str {
        &self.digest
    }

    /// The value of `security.selinux` for the absolute `path`, with its final NUL; `None` where
    /// the policy says that there is none. `mode` has the file type.
    pub(crate) fn label(&self, path: &str, mode: u32) -> Result<Option<Vec<u8>>> {
        let _alone = alone();
        let policy = self.policy.lock().unwrap_or_else(PoisonError::into_inner);
        let label = policy
            .label(path, mode, gio::Cancellable::NONE)
            .map_err(Error::engine(format!("find the SELinux label of {path}")))?;
        Ok(label.map(|label| {
            let mut bytes = label.as_bytes().to_vec();
            bytes.push(0);
            bytes
        }))
    }
}

/// Writes a directory's regular files and directories below `to`.
fn extract(
    repo: &ostree::Repo,
    dir: Tree,
    to: &Utf8Path,
    depth: usize,
    entries: &mut usize,
) -> Result<()> {
    let listing = Listing::load(repo, &dir.contents)?;
    let count = listing.files.len() + listing.dirs.len();
    let too_large = || Error::corrupt("the SELinux policy", "it has too many files");
    *entries = entries.checked_sub(count).ok_or_else(too_large)?;
    for (name, file) in &listing.files {
        let loaded = object::load_file(repo, file)?;
        match loaded.target {
            None => object::extract_file(repo, file, &to.join(name))?,
            // No policy needs a link to elsewhere, and none may lead out of the scratch folder.
            Some(target) if !target.contains('/') && target != ".." => {
                let path = to.join(name);
                std::os::unix::fs::symlink(target, &path).map_err(Error::io("create", path))?;
            }
            Some(_) => {}
        }
    }
    // The store of modules, from which the policy was compiled, is large and labels nothing.
    for (name, dir) in listing.dirs.iter().filter(|(name, _)| *name != "active") {
        let path = to.join(name);
        std::fs::create_dir(&path).map_err(Error::io("create", &path))?;
        let depth = depth.checked_sub(1).ok_or_else(too_large)?;
        extract(repo, *dir, &path, depth, entries)?;
    }
    Ok(())
}
