//! libostree's view of a sysroot, as far as its deployments go.

use crate::commit::object::Commit;
use crate::deployment::{Deployment, id_of};
use crate::error::{Error, Result};
use camino::Utf8PathBuf;

/// libostree's handle on a sysroot, and its repository; belongs to one thread at a time.
pub(crate) struct Handle {
    pub(crate) sysroot: ostree::Sysroot,
    pub(crate) repo: ostree::Repo,
    pub(crate) path: Utf8PathBuf,
}

impl Handle {
    /// All deployments, first the one that boots next.
    pub(crate) fn deployments(&self) -> Result<Vec<Deployment>> {
        self.raw_deployments()
            .iter()
            .map(|raw| Deployment::load(self, raw))
            .collect()
    }

    /// Which deployments there are, in their order.
    pub(crate) fn ids(&self) -> Vec<String> {
        self.raw_deployments().iter().map(id_of).collect()
    }

    /// libostree's own objects for them, in the same order.
    pub(crate) fn raw_deployments(&self) -> Vec<ostree::Deployment> {
        self.sysroot.deployments()
    }

    /// The commit that a ref or checksum names.
    pub(crate) fn resolve(&self, rev: &str) -> Result<Commit> {
        Commit::resolve(&self.repo, rev)?.ok_or_else(|| Error::NotFound {
            what: "commit",
            name: rev.to_owned(),
            remedy: format!(
                "`ostree refs --repo={}/ostree/repo` lists what is there",
                self.path
            ),
        })
    }
}
