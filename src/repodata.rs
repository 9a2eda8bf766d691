//! RPM metadata repositories: configuration, cache, download.
//!
//! Owns a folder of cached metadata, one folder in it per repository and address:
//!
//! ```text
//! CACHE/ID-HASH/           HASH: 16 hex digits of the SHA-256 of the repository's address
//!   lock                   held while one process looks for newer metadata
//!   current -> GENERATION  switched by one rename; its own time is that of the last look
//!   GENERATION/            named by 32 hex digits of repomd.xml's SHA-256; never changed
//!     repomd.xml  repomd.xml.asc  primary.xml.gz  filelists.xml.gz  updateinfo.xml.gz ...
//!   .partial-GENERATION/   being downloaded; completed by the next try
//!   .look/                 repomd.xml, mirror lists: thrown away
//! ```
//!
//! The generation before the current one stays, so that another process can go on reading it.
//!
//! [`refresh`] makes sure that a repository's metadata is as new as it should be, [`solver_files`]
//! says what the solver reads of it, [`download_packages`] gets packages that the solver has
//! chosen. Transfers run on the calling thread, which is one of the library's own.
//!
//! ```no_run
//! use regraft::{RepoConfig, Variables};
//!
//! let variables = Variables::new().with("releasever", "40").with("basearch", "x86_64");
//! for repo in RepoConfig::read_dir("/etc/yum.repos.d", &variables)? {
//!     println!("{}: {}", repo.id, repo.baseurl.join(" "));
//! }
//! # Ok::<(), regraft::Error>(())
//! ```

mod cache;
mod config;
mod files;
mod ini;
pub(crate) mod keys;
mod location;
mod open;
mod packages;
mod refresh;
mod signature;
mod transfer;
mod variables;

#[cfg(test)]
#[path = "../tests/support/http.rs"]
#[allow(dead_code, clippy::unwrap_used, missing_docs, unreachable_pub)]
mod http;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;

pub(crate) use cache::Metadata;
pub use config::{Password, RepoConfig};
pub(crate) use packages::{PackageRequest, download_packages};
pub(crate) use refresh::{CachePolicy, Settings, refresh};
pub use variables::Variables;

pub(crate) use crate::sys::librepo::Algorithm;

use crate::sys::solv::{DEFAULT_LIMIT, RepositoryFiles};

/// What the solver needs to know of a repository.
pub(crate) fn solver_files(metadata: &Metadata, config: &RepoConfig) -> RepositoryFiles {
    RepositoryFiles {
        id: metadata.id.clone(),
        priority: config.priority,
        cost: config.cost,
        primary: metadata.primary.clone(),
        filelists: metadata.filelists.clone(),
        updateinfo: metadata.updateinfo.clone(),
        checksum: metadata.checksum.clone(),
        exclude: config.excludepkgs.clone(),
        include: config.includepkgs.clone(),
        module_hotfixes: config.module_hotfixes,
        // The unpacked sizes were compared with repomd.xml when the files came.
        limit: DEFAULT_LIMIT,
    }
}

/// A digest that metadata promises.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Checksum {
    pub(crate) algorithm: Algorithm,
    /// In lower case.
    pub(crate) hex: String,
}

impl Checksum {
    /// From the algorithm's name and hex digits; `None` when they are no digest.
    pub(crate) fn new(algorithm: &str, hex: &str) -> Option<Checksum> {
        let algorithm = Algorithm::from_name(algorithm)?;
        let right = hex.len() == algorithm.hex_len() && hex.bytes().all(|c| c.is_ascii_hexdigit());
        right.then(|| Checksum {
            algorithm,
            hex: hex.to_ascii_lowercase(),
        })
    }
}

impl std::fmt::Display for Checksum {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.algorithm.name(), self.hex)
    }
}
