//! Questions to a system's repositories.

use crate::error::Result;
use crate::job::{Job, Monitor, Phase, Unit};
use crate::nevra::Nevra;
use crate::repodata::CachePolicy;
use crate::sys::solv::Pool;
use crate::sysroot::{Sysroot, Writable};
use crate::transaction::repositories::Repositories;
use crate::transaction::{Base, Start, prepare};
use serde::{Deserialize, Serialize};

/// A package that a repository has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AvailablePackage {
    /// The package.
    pub package: Nevra,
    /// The repository's identifier.
    pub repo: String,
    /// One line about it.
    pub summary: String,
    /// Bytes to download.
    pub download_size: u64,
    /// Bytes that its files take.
    pub installed_size: u64,
}

/// A repository whose metadata is in the cache now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RepositoryState {
    /// Its identifier.
    pub id: String,
    /// When its metadata was made, in seconds since 1970.
    pub timestamp: u64,
    /// How many packages it has.
    pub packages: u64,
}

const PHASES: [(Phase, u32); 2] = [(Phase::Metadata, 9), (Phase::Solve, 1)];

impl Sysroot {
    /// The packages of the enabled repositories with one of `words` in their names or summaries,
    /// sorted by name and version.
    ///
    /// # Errors
    ///
    /// Kind [`State`](crate::ErrorKind::State) when nothing is deployed, and what a repository
    /// without `skip_if_unavailable` fails with: `Network`, `Signature`, `Corrupt`, `Config`.
    pub fn search(&self, words: &[String], job: &mut Job) -> Result<Vec<AvailablePackage>> {
        job.run("regraft-search", &PHASES, |monitor| {
            let (repositories, _writable) = repositories(self)?;
            let metadata = repositories.refresh(CachePolicy::Normal, monitor)?;
            monitor.begin(Phase::Solve, 0, Unit::Items)?;
            let mut pool = Pool::new(std::env::consts::ARCH)?;
            repositories.load(&metadata, &mut pool)?;
            let found = pool.search(words);
            Ok(found
                .into_iter()
                .map(|id| {
                    let info = pool.package(id);
                    AvailablePackage {
                        package: info.nevra,
                        repo: info.repo.unwrap_or_default(),
                        summary: info.summary,
                        download_size: info.download_size,
                        installed_size: info.installed_size,
                    }
                })
                .collect())
        })
    }

    /// Gets the metadata of the enabled repositories again, however new what is cached is.
    ///
    /// # Errors
    ///
    /// As [`Sysroot::search`].
    pub fn refresh_metadata(&self, job: &mut Job) -> Result<Vec<RepositoryState>> {
        job.run("regraft-refresh", &PHASES, |monitor: &Monitor| {
            let (repositories, _writable) = repositories(self)?;
            let metadata = repositories.refresh(CachePolicy::ForceRefresh, monitor)?;
            Ok(metadata
                .into_iter()
                .map(|metadata| RepositoryState {
                    id: metadata.id,
                    timestamp: metadata.timestamp,
                    packages: metadata.packages,
                })
                .collect())
        })
    }
}

/// Those of the deployment that boots next.
fn repositories(sysroot: &Sysroot) -> Result<(Repositories, Writable)> {
    let writable = sysroot.load_writable()?;
    let (sysroot, handle) = (&writable.sysroot, &writable.handle);
    let found = prepare::find_start(sysroot, handle, &Start::Base(Base::Pending))?;
    let (deployment, raw) = found
        .deployment
        .ok_or_else(|| crate::Error::Internal("a pending deployment was found".to_owned()))?;
    let base = handle.resolve(deployment.base_checksum())?;
    let repositories = Repositories::of_deployment(sysroot, handle, &raw, &base)?;
    Ok((repositories, writable))
}
