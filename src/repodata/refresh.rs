//! Makes sure that a repository's metadata is here, and as new as it should be.

use super::cache::{
    self, Folder, KINDS, Kind, MAX_REPOMD, Metadata, PRIMARY, generation_name, read_repomd,
    record_checksum, remove_tree,
};
use super::{RepoConfig, location, open, signature, transfer};
use crate::error::{Error, Result};
use crate::job::{Monitor, Phase, Unit};
use crate::sys::librepo::{Handle, Record, Repomd, Target, Watch, download};
use crate::sys::solv;
use camino::{Utf8Path, Utf8PathBuf};
use std::cell::Cell;
use std::time::Duration;

/// Whether the server is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum CachePolicy {
    /// When what is cached is older than the repository's `metadata_expire`.
    #[default]
    Normal,
    /// Always.
    ForceRefresh,
}

/// Where metadata and keys are.
#[derive(Clone, Copy)]
pub(crate) struct Settings<'a> {
    /// The folder of all repositories' metadata.
    pub(crate) cache: &'a Utf8Path,
    pub(crate) policy: CachePolicy,
    /// Below it are the keys that `gpgkey=file:///...` names.
    pub(crate) root: &'a Utf8Path,
}

/// The largest metadata file, as it comes: Fedora's file lists have some 60 MB.
const MAX_RECORD: u64 = 1 << 30;
/// The largest detached signature.
const MAX_SIGNATURE: u64 = 1 << 20;

/// The repository's metadata, from the cache or its server; nothing is downloaded again that has
/// not changed. What was cached stays valid until the new is complete and verified, and when this
/// fails. Begins [`Phase::Metadata`] when it downloads.
pub(crate) fn refresh(
    config: &RepoConfig,
    settings: &Settings<'_>,
    monitor: &Monitor,
) -> Result<Metadata> {
    let folder = Folder::new(config, settings.cache);
    let usable = |age: Option<Duration>| -> Result<Option<Metadata>> {
        let Some((path, checked)) = folder.generation()? else {
            return Ok(None);
        };
        if let Some(age) = age
            // A look that lies in the future tells that the clock was wrong: look again.
            && checked.elapsed().map_or(true, |elapsed| elapsed > age)
        {
            return Ok(None);
        }
        let metadata = trusted(config, settings, &path)?;
        // What is parsed again must be what came; what the solver has kept has a digest of its own.
        if !solv::is_kept(settings.cache, &config.id) {
            cache::check_digests(&metadata, monitor)?;
        }
        Ok(Some(metadata))
    };
    match settings.policy {
        // Damaged metadata, or what was taken when signatures were not asked for, is got again.
        CachePolicy::Normal => match usable(config.metadata_expire) {
            Ok(Some(metadata)) => return Ok(metadata),
            Err(Error::Cancelled) => return Err(Error::Cancelled),
            Ok(None) | Err(_) => {}
        },
        CachePolicy::ForceRefresh => {}
    }
    let lock = folder.lock(monitor)?;
    let result = update(config, settings, &folder, monitor);
    // Whatever was thrown away or only looked at.
    let cleaned = remove_tree(&folder.path.join(".look"));
    drop(lock);
    result.and_then(|metadata| cleaned.map(|()| metadata))
}

/// Loads a generation, its signature checked where the repository asks for one.
fn trusted(config: &RepoConfig, settings: &Settings<'_>, path: &Utf8Path) -> Result<Metadata> {
    let metadata = cache::load(&config.id, path)?;
    if config.repo_gpgcheck {
        let signature = path.join(SIGNATURE);
        signature::verify_file(config, settings, &metadata.repomd, &signature)?;
    }
    Ok(metadata)
}

const SIGNATURE: &str = "repomd.xml.asc";

/// Asks the server, with the folder locked.
fn update(
    config: &RepoConfig,
    settings: &Settings<'_>,
    folder: &Folder,
    monitor: &Monitor,
) -> Result<Metadata> {
    monitor.begin(Phase::Metadata, 0, Unit::Bytes)?;
    let look = folder.path.join(".look");
    remove_tree(&look)?;
    std::fs::create_dir(&look).map_err(Error::io("create", &look))?;
    let mut handle = transfer::handle(config, &look, monitor)?;
    let mirror = fetch_repomd(config, &mut handle, &look, monitor)?;
    let url = location::join(&mirror, "repodata/repomd.xml");
    let path = look.join("repodata/repomd.xml");
    let (repomd, checksum) = read_repomd(&path, &url)?;
    let name = generation_name(&checksum);
    let asc = look.join(SIGNATURE);
    if config.repo_gpgcheck {
        fetch_signature(config, &handle, &url, &asc, monitor)?;
        signature::verify_file(config, settings, &path, &asc)?;
    }
    let before = folder.generation()?.map(|(path, _)| path);
    let previous = before
        .as_deref()
        .and_then(Utf8Path::file_name)
        .map(str::to_owned);
    if previous.as_deref() == Some(name) && cache::load(&config.id, &folder.path.join(name)).is_ok()
    {
        if config.repo_gpgcheck {
            publish_file(&asc, &folder.path.join(name).join(SIGNATURE))?;
        }
        folder.switch(name)?;
        return cache::load(&config.id, &folder.path.join(name));
    }
    let partial_name = format!(".partial-{name}");
    let partial = folder.path.join(&partial_name);
    // Partial files of another state of the repository are of no use any more.
    let keep: Vec<&str> = [
        Some(partial_name.as_str()),
        previous.as_deref(),
        Some(".look"),
    ]
    .into_iter()
    .flatten()
    .collect();
    folder.prune(&keep)?;
    std::fs::create_dir_all(&partial).map_err(Error::io("create", &partial))?;
    fetch_records(&handle, &repomd, &mirror, &url, &partial, monitor)?;
    publish_file(&path, &partial.join("repomd.xml"))?;
    if config.repo_gpgcheck {
        publish_file(&asc, &partial.join(SIGNATURE))?;
    }
    // Everything that can be wrong with it is found before it becomes the current one.
    cache::load(&config.id, &partial).map_err(|error| match error {
        Error::Corrupt { object, reason } => {
            // The same file has another name on its server.
            let file = Utf8Path::new(&object).file_name().unwrap_or_default();
            match file == "repomd.xml" {
                true => Error::corrupt(&url, reason),
                false => Error::corrupt(format!("{file} of the repository {}", config.id), reason),
            }
        }
        other => other,
    })?;
    let generation = folder.path.join(name);
    // A damaged one of the same name.
    remove_tree(&generation)?;
    std::fs::rename(&partial, &generation).map_err(Error::io("rename", &partial))?;
    folder.switch(name)?;
    cache::load(&config.id, &generation)
}

fn publish_file(from: &Utf8Path, to: &Utf8Path) -> Result<()> {
    std::fs::rename(from, to).map_err(Error::io("rename", from))
}

/// Downloads `repomd.xml` and answers the address of the mirror that had it.
fn fetch_repomd(
    config: &RepoConfig,
    handle: &mut Handle,
    look: &Utf8Path,
    monitor: &Monitor,
) -> Result<String> {
    let sum = Cell::new(0);
    let name = format!("{}/repomd.xml", config.id);
    let mut watch = Watch::new(monitor, &sum, &name, MAX_REPOMD);
    let answer = handle.fetch_repomd(look, &mut watch);
    monitor.check()?;
    let first = config.baseurl.first().map_or("", String::as_str);
    let url = location::join(first, "repodata/repomd.xml");
    answer.map_err(|(fault, failures)| {
        if watch.too_large() {
            return Error::corrupt(&url, format!("it has more than {MAX_REPOMD} bytes"));
        }
        let error = transfer::fault_error(&fault, failures.first().map_or(&url, |f| &f.url));
        match error {
            Error::Network { .. } if !failures.is_empty() => {
                transfer::failure_error(&failures, &fault.message, &url, None)
            }
            other => other,
        }
    })
}

fn fetch_signature(
    config: &RepoConfig,
    handle: &Handle,
    repomd_url: &str,
    path: &Utf8Path,
    monitor: &Monitor,
) -> Result<()> {
    // From the same mirror: another may be at another state of the repository.
    let url = format!("{repomd_url}.asc");
    match transfer::fetch(handle, &url, path, MAX_SIGNATURE, monitor) {
        Err(Error::Network { reason, .. }) if is_missing(&reason) => Err(Error::Signature {
            object: format!("metadata of repository {}", config.id),
            reason: format!("it is not signed: {url} is not there"),
            remedy: "ask the repository's owner, or set repo_gpgcheck=0 for it".to_owned(),
        }),
        other => other,
    }
}

/// The server (or the folder) answers, and has no such file.
fn is_missing(reason: &str) -> bool {
    reason.contains("Status code: 404") || reason.contains("Couldn't open file")
}

/// Downloads all kinds of metadata that the repository has, and checks them also unpacked.
fn fetch_records(
    handle: &Handle,
    repomd: &Repomd,
    mirror: &str,
    repomd_url: &str,
    folder: &Utf8Path,
    monitor: &Monitor,
) -> Result<()> {
    if PRIMARY.record(repomd).is_none() {
        return Err(Error::corrupt(repomd_url, "it names no primary file"));
    }
    let wanted = KINDS
        .iter()
        .filter_map(|kind| kind.record(repomd).map(|record| (*kind, record)))
        .map(|(kind, record)| Wanted::new(kind, record, mirror, repomd_url, folder))
        .collect::<Result<Vec<_>>>()?;
    let total = wanted
        .iter()
        .map(|file| file.record.size.unwrap_or(0))
        .sum();
    monitor.begin(Phase::Metadata, total, Unit::Bytes)?;
    let targets: Vec<Target<'_>> = wanted.iter().map(|file| file.target(handle)).collect();
    let outcomes = download(&targets, 0, monitor)?
        .map_err(|fault| transfer::fault_error(&fault, repomd_url))?;
    for (file, outcome) in wanted.iter().zip(outcomes) {
        let size = file.record.size;
        let settled =
            transfer::settle(outcome, &file.url, Some(&file.checksum), size, file.limit());
        if let Err(error) = settled {
            // What is wrong in itself cannot be completed by the next try.
            if !matches!(error, Error::Network { .. }) {
                transfer::remove(&file.path)?;
            }
            return Err(error);
        }
        open::verify(&file.path, &file.url, file.record.open_size, monitor)?;
    }
    monitor.reach(total, "")
}

/// A metadata file to download.
struct Wanted<'a> {
    record: &'a Record,
    url: String,
    path: Utf8PathBuf,
    checksum: super::Checksum,
}

impl<'a> Wanted<'a> {
    fn new(
        kind: &Kind,
        record: &'a Record,
        mirror: &str,
        repomd_url: &str,
        folder: &Utf8Path,
    ) -> Result<Wanted<'a>> {
        location::check(&record.href, repomd_url)?;
        if let Some(size) = record.size.filter(|size| *size > MAX_RECORD) {
            let reason = format!(
                "it promises a {} of {size} bytes, and more than {MAX_RECORD} are not taken",
                record.kind
            );
            return Err(Error::corrupt(repomd_url, reason));
        }
        let base = location::base(record.base.as_deref(), mirror, repomd_url)?;
        let name = kind.file_name(record);
        if name.ends_with(".zck") {
            return Err(Error::Unsupported {
                what: format!("a {} file in zchunk format alone", record.kind),
                object: repomd_url.to_owned(),
            });
        }
        Ok(Wanted {
            record,
            url: location::join(base.unwrap_or(mirror), &record.href),
            path: folder.join(name),
            checksum: record_checksum(record, repomd_url)?,
        })
    }

    fn limit(&self) -> u64 {
        self.record.size.unwrap_or(MAX_RECORD)
    }

    fn target(&'a self, handle: &'a Handle) -> Target<'a> {
        Target {
            handle,
            location: &self.record.href,
            base_url: self.record.base.as_deref(),
            destination: &self.path,
            checksum: Some((self.checksum.algorithm, &self.checksum.hex)),
            size: self.record.size,
            limit: self.limit(),
            name: &self.record.kind,
        }
    }
}
