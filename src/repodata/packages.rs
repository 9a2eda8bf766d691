//! Packages that the solver has chosen come from their repositories.

use super::{Checksum, RepoConfig, location, open, transfer};
use crate::error::{Error, Result};
use crate::job::{Monitor, Phase, Unit};
use crate::sys::librepo::{Handle, Outcome, Target, download};
use camino::{Utf8Path, Utf8PathBuf};
use std::collections::BTreeMap;

/// One package to get.
#[derive(Debug, Clone)]
pub(crate) struct PackageRequest<'a> {
    /// Its repository.
    pub(crate) repo: &'a RepoConfig,
    /// Where it is in it (`<location href>`), not encoded.
    pub(crate) location: &'a str,
    /// Where it is instead (`<location xml:base>`).
    pub(crate) base: Option<&'a str>,
    /// Its digest, by the metadata.
    pub(crate) checksum: Checksum,
    /// Its size, by the metadata; 0 where that says nothing.
    pub(crate) size: u64,
}

/// The largest package, whatever its metadata says.
const MAX_PACKAGE: u64 = 16 << 30;

/// Gets packages into `folder`, several at a time, and answers their files in the order of the
/// requests, digests checked. A file that an earlier call has left there is used, a partial one
/// completed. A package of a repository on this machine stays where it is. When one cannot be had,
/// the others are still completed, so that a retry downloads nothing twice, and the first such
/// error is returned. Begins [`Phase::Download`].
pub(crate) fn download_packages(
    requests: &[PackageRequest<'_>],
    folder: &Utf8Path,
    monitor: &Monitor,
) -> Result<Vec<Utf8PathBuf>> {
    if let Some(request) = requests.iter().find(|one| one.size > MAX_PACKAGE) {
        return Err(Error::corrupt(
            format!("metadata of repository {}", request.repo.id),
            format!(
                "it promises {} of {} bytes, and more than {MAX_PACKAGE} are not taken",
                request.location, request.size
            ),
        ));
    }
    let sizes = requests.iter().map(|request| request.size);
    let total = sizes.fold(0, u64::saturating_add);
    monitor.begin(Phase::Download, total, Unit::Bytes)?;
    std::fs::create_dir_all(folder).map_err(Error::io("create", folder))?;
    let mut done = 0;
    let mut plans = Vec::with_capacity(requests.len());
    for request in requests {
        let plan = Plan::new(request, folder, monitor)?;
        if !plan.missing {
            done = request.size.saturating_add(done);
            monitor.reach(done, &plan.name)?;
        }
        plans.push(plan);
    }
    let handles = handles(&plans, folder, monitor)?;
    // The same package asked for twice is one file, which two transfers would both write.
    let mut chosen: BTreeMap<&Utf8Path, &Plan<'_>> = BTreeMap::new();
    for plan in plans.iter().filter(|plan| plan.missing) {
        chosen.entry(&plan.path).or_insert(plan);
    }
    let chosen: Vec<&Plan<'_>> = chosen.into_values().collect();
    let targets = chosen
        .iter()
        .map(|plan| plan.target(&handles))
        .collect::<Result<Vec<_>>>()?;
    let outcomes = download(&targets, done, monitor)?.map_err(|fault| {
        transfer::fault_error(&fault, chosen.first().map_or("", |plan| &plan.url))
    })?;
    let mut first = None;
    for (plan, outcome) in chosen.iter().zip(outcomes) {
        if let Err(error) = plan.settle(outcome) {
            first.get_or_insert(error);
        }
    }
    match first {
        Some(error) => Err(error),
        None => {
            monitor.reach(total, "")?;
            Ok(plans.into_iter().map(|plan| plan.path).collect())
        }
    }
}

/// How one request is met.
struct Plan<'a> {
    request: &'a PackageRequest<'a>,
    /// The file name, for progress.
    name: String,
    /// What errors call it.
    url: String,
    path: Utf8PathBuf,
    missing: bool,
    encoded: String,
}

impl<'a> Plan<'a> {
    fn new(
        request: &'a PackageRequest<'a>,
        folder: &Utf8Path,
        monitor: &Monitor,
    ) -> Result<Plan<'a>> {
        let repo = request.repo;
        let object = format!("metadata of repository {}", repo.id);
        location::check(request.location, &object)?;
        let main = repo.main_url().unwrap_or_default();
        let base = location::base(request.base, main, &object)?;
        let name = location::file_name(request.location);
        // Two versions of a repository may have different packages of one name.
        let path = folder.join(format!("{}-{name}", &request.checksum.hex[..16]));
        let mut plan = Plan {
            request,
            url: location::join(base.unwrap_or(main), request.location),
            name,
            path,
            missing: true,
            encoded: location::encode(request.location),
        };
        if let Some(local) = plan.local(base) {
            plan.check_local(&local, monitor)?;
            plan.path = local;
            plan.missing = false;
        } else if let Ok(found) = plan.path.as_std_path().symlink_metadata() {
            plan.missing =
                !(found.is_file() && open::matches(&plan.path, &request.checksum, monitor)?);
        }
        Ok(plan)
    }

    /// The file, where the repository is on this machine.
    fn local(&self, base: Option<&str>) -> Option<Utf8PathBuf> {
        let below = |url: &str| Some(location::local_path(url)?.join(self.request.location));
        match base {
            Some(base) => below(base),
            None => {
                let urls = self.request.repo.baseurl.iter();
                let mut files = urls.filter_map(|url| below(url));
                let first = files.next()?;
                if first.exists() {
                    return Some(first);
                }
                let other = files.find(|file| file.exists());
                // Without another address the missing file is the error to tell of.
                let remote = self
                    .request
                    .repo
                    .baseurl
                    .iter()
                    .any(|u| !u.starts_with("file:"))
                    || self.request.repo.mirrorlist.is_some()
                    || self.request.repo.metalink.is_some();
                other.or((!remote).then_some(first))
            }
        }
    }

    fn check_local(&self, path: &Utf8Path, monitor: &Monitor) -> Result<()> {
        let found = path
            .as_std_path()
            .metadata()
            .map_err(|error| Error::Network {
                url: self.url.clone(),
                reason: error.to_string(),
            })?;
        // To read a FIFO would be to wait for its writer.
        if !found.is_file() {
            return Err(Error::corrupt(path.as_str(), "it is no regular file"));
        }
        let size = found.len();
        if self.request.size != 0 && self.request.size != size {
            return Err(Error::Digest {
                object: path.to_string(),
                expected: format!("{} bytes", self.request.size),
                found: format!("{size} bytes"),
            });
        }
        let checksum = &self.request.checksum;
        let found = open::digest(path, checksum.algorithm, monitor)?;
        if found == checksum.hex {
            return Ok(());
        }
        Err(Error::Digest {
            object: path.to_string(),
            expected: checksum.to_string(),
            found,
        })
    }

    fn limit(&self) -> u64 {
        match self.request.size {
            0 => MAX_PACKAGE,
            size => size,
        }
    }

    fn size(&self) -> Option<u64> {
        Some(self.request.size).filter(|size| *size > 0)
    }

    fn target<'t>(&'t self, handles: &'t BTreeMap<&str, Reach>) -> Result<Target<'t>> {
        let reach = handles
            .get(self.request.repo.id.as_str())
            .ok_or_else(|| Error::Internal("a package's repository has no handle".to_owned()))?;
        Ok(Target {
            handle: &reach.handle,
            location: &self.encoded,
            base_url: self.request.base.filter(|base| !base.is_empty()),
            destination: &self.path,
            checksum: Some((self.request.checksum.algorithm, &self.request.checksum.hex)),
            size: self.size(),
            limit: self.limit(),
            name: &self.name,
        })
    }

    fn settle(&self, outcome: Outcome) -> Result<()> {
        let checksum = Some(&self.request.checksum);
        let settled = transfer::settle(outcome, &self.url, checksum, self.size(), self.limit());
        if let Err(Error::Digest { .. } | Error::Corrupt { .. }) = settled {
            // What is wrong in itself cannot be completed by the next try.
            transfer::remove(&self.path)?;
        }
        settled.map_err(|error| error.if_full(&self.path))
    }
}

/// A handle, and the lists of mirrors that librepo reads when a download begins.
struct Reach {
    handle: Handle,
    _lists: tempfile::TempDir,
}

/// One per repository that something is missing from.
fn handles<'a>(
    plans: &[Plan<'a>],
    folder: &Utf8Path,
    monitor: &Monitor,
) -> Result<BTreeMap<&'a str, Reach>> {
    let mut handles = BTreeMap::new();
    for plan in plans.iter().filter(|plan| plan.missing) {
        let id = plan.request.repo.id.as_str();
        if !handles.contains_key(id) {
            let lists = tempfile::Builder::new()
                .prefix(".mirrors-")
                .tempdir_in(folder)
                .map_err(Error::io("create a folder in", folder))?;
            let path = Utf8Path::from_path(lists.path())
                .ok_or_else(|| Error::Internal("a folder's name is not UTF-8".to_owned()))?;
            let handle = transfer::handle(plan.request.repo, path, monitor)?;
            let reach = Reach {
                handle,
                _lists: lists,
            };
            handles.insert(id, reach);
        }
    }
    Ok(handles)
}
