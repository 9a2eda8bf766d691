//! The packages of a plan: downloaded and checked, then imported.

use crate::error::{Error, Result};
use crate::import::{self, Imported, Rules, Source};
use crate::job::{Monitor, Phase, Unit};
use crate::package::{Package, Signature};
use crate::plan::{Plan, PlannedPackage};
use crate::repodata::{self, Checksum, PackageRequest};
use crate::sys::failpoint::{self, Point};
use crate::sysroot::Sysroot;
use crate::transaction::limits;
use crate::transaction::repositories::Repositories;
use camino::{Utf8Path, Utf8PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How many packages are imported at once.
const IMPORTERS: usize = 2;

/// A package of the plan with its file, where the cache does not have it.
pub(crate) struct Fetched {
    pub(crate) planned: PlannedPackage,
    pub(crate) file: Option<Utf8PathBuf>,
}

/// Where packages come from, and by which rules they are taken.
pub(crate) struct Fetching<'a> {
    /// Downloads go here.
    pub(crate) folder: &'a Utf8Path,
    pub(crate) repositories: &'a Repositories,
    pub(crate) signature: Signature,
    pub(crate) rules: &'a Rules<'a>,
}

/// Downloads what the cache lacks and checks each file's digests and signature, and whatever else
/// `check` does. Nothing is written but the downloads.
pub(crate) fn fetch(
    how: &Fetching<'_>,
    repo: &ostree::Repo,
    plan: &[PlannedPackage],
    check: &dyn Fn(&Package) -> Result<()>,
    monitor: &Monitor,
) -> Result<Vec<Fetched>> {
    let mut fetched = Vec::new();
    for planned in plan {
        let source = source(planned, 0);
        let cached = import::cached(repo, &planned.package, Some(&source), None, how.rules)?;
        fetched.push((planned, cached.is_some()));
    }
    let missing: Vec<&PlannedPackage> = fetched
        .iter()
        .filter(|(_, cached)| !cached)
        .map(|(planned, _)| *planned)
        .collect();
    let requests = missing
        .iter()
        .map(|planned| request(planned, how.repositories))
        .collect::<Result<Vec<_>>>()?;
    let mut files = match requests.is_empty() {
        true => Vec::new(),
        false => repodata::download_packages(&requests, how.folder, monitor)?,
    }
    .into_iter();
    let trust = how.repositories.trust()?;
    let mut result = Vec::new();
    for (planned, cached) in fetched {
        let file = if cached { None } else { files.next() };
        if let Some(file) = &file {
            let package = Package::open(file)?;
            same_package(&package, planned)?;
            let config = how.repositories.config(&planned.repo)?;
            let required = match (config.gpgcheck, how.signature) {
                (true, Signature::Required) => Signature::Required,
                _ => Signature::NotRequired,
            };
            // The plan has said which packages may do without a signature.
            let _verified = package
                .verify(&trust.keyring, required)
                .map_err(|error| trust.explain(error, &planned.repo))?;
            limits::refuse_scripts(&package)?;
            check(&package)?;
        }
        result.push(Fetched {
            planned: planned.clone(),
            file,
        });
        monitor.check()?;
    }
    Ok(result)
}

fn source(planned: &PlannedPackage, timestamp: u64) -> Source {
    Source {
        id: planned.repo.clone(),
        timestamp,
        repodata_checksum: planned.checksum.clone(),
    }
}

fn request<'a>(
    planned: &'a PlannedPackage,
    repositories: &'a Repositories,
) -> Result<PackageRequest<'a>> {
    let parts = planned.checksum.split_once(':');
    let checksum = parts.and_then(|(algorithm, hex)| Checksum::new(algorithm, hex));
    Ok(PackageRequest {
        repo: repositories.config(&planned.repo)?,
        location: &planned.location,
        base: planned.base_url.as_deref(),
        checksum: checksum.ok_or_else(|| Error::Unsupported {
            what: format!("the checksum {}", planned.checksum),
            object: format!("the metadata of {}", planned.package),
        })?,
        size: planned.size,
    })
}

/// A repository's metadata and its packages can disagree.
fn same_package(package: &Package, planned: &PlannedPackage) -> Result<()> {
    if *package.nevra() == planned.package {
        return Ok(());
    }
    Err(Error::Digest {
        object: format!("{} of the repository {}", planned.location, planned.repo),
        expected: planned.package.to_string(),
        found: package.nevra().to_string(),
    })
}

/// Imports what was fetched, several packages at once, each thread with a repository handle of its
/// own. The order of the result is that of the plan.
pub(crate) fn import(
    repo: &ostree::Repo,
    fetched: &[Fetched],
    timestamps: &dyn Fn(&str) -> u64,
    rules: &Rules<'_>,
    monitor: &Monitor,
) -> Result<Vec<Imported>> {
    monitor.begin(Phase::Import, fetched.len() as u64, Unit::Items)?;
    let sources: Vec<Source> = fetched
        .iter()
        .map(|fetched| source(&fetched.planned, timestamps(&fetched.planned.repo)))
        .collect();
    let path = repo.path();
    let next = AtomicUsize::new(0);
    let results: Mutex<Vec<Option<Imported>>> = Mutex::new(fetched.iter().map(|_| None).collect());
    let failure: Mutex<Option<Error>> = Mutex::new(None);
    let done = AtomicUsize::new(0);
    let work = || -> Result<()> {
        let repo = ostree::Repo::new(&path);
        repo.open(gio::Cancellable::NONE)
            .map_err(Error::engine("open the repository"))?;
        let transaction = repo
            .auto_transaction(Some(monitor.cancellable()))
            .map_err(Error::engine("begin a transaction of the repository"))?;
        loop {
            let place = next.fetch_add(1, Ordering::SeqCst);
            let stop = failure.lock().is_ok_and(|failure| failure.is_some());
            let (Some(fetched), false) = (fetched.get(place), stop) else {
                failpoint::reach(Point::ImportOpen)?;
                // What is complete is kept, even where another package fails.
                return transaction
                    .commit(gio::Cancellable::NONE)
                    .map(|_| ())
                    .map_err(Error::engine("commit packages to the repository"));
            };
            let source = &sources[place];
            let imported = match &fetched.file {
                None => import::cached(&repo, &fetched.planned.package, Some(source), None, rules)?
                    .ok_or_else(|| Error::Stale {
                        what: format!("the cached {}", fetched.planned.package),
                        planned: "there".to_owned(),
                        found: "gone".to_owned(),
                    })?,
                Some(file) => {
                    let package = Package::open(file)?;
                    import::import(&repo, &package, Some(source), rules, monitor)?
                }
            };
            if let Ok(mut results) = results.lock() {
                results[place] = Some(imported);
            }
            let done = done.fetch_add(1, Ordering::SeqCst) + 1;
            monitor.reach(done as u64, &fetched.planned.package.to_string())?;
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..IMPORTERS.min(fetched.len()) {
            scope.spawn(|| {
                if let Err(error) = work()
                    && let Ok(mut failure) = failure.lock()
                {
                    failure.get_or_insert(error);
                }
            });
        }
    });
    if let Some(error) = failure.into_inner().ok().flatten() {
        return Err(error);
    }
    failpoint::reach(Point::Imported)?;
    let results = results.into_inner().unwrap_or_default();
    results
        .into_iter()
        .map(|imported| imported.ok_or_else(|| Error::Internal("an import is missing".to_owned())))
        .collect()
}

/// Downloaded files that are imported now.
pub(crate) fn forget_downloads(sysroot: &Sysroot) {
    // A leftover is found again by its digest, so a failure here costs only room.
    let _ = std::fs::remove_dir_all(sysroot.data().join("packages"));
}

/// When the metadata of each repository was made, by the plan.
pub(crate) fn timestamp_of(plan: &Plan, id: &str) -> u64 {
    let found = plan.repos.iter().find(|repo| repo.id == id);
    found.map_or(0, |repo| repo.timestamp)
}
