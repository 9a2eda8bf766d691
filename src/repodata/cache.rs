//! What is cached of one repository.

use super::files::{MAX_CONFIG, read_bounded};
use super::open;
use super::{Checksum, RepoConfig};
use crate::error::{Error, Result};
use crate::job::Monitor;
use crate::package::digest::hex;
use crate::sys::librepo::{Record, Repomd, parse_repomd};
use camino::{Utf8Path, Utf8PathBuf};
use rustix::fs::FlockOperation;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::time::{Duration, SystemTime};

/// The largest `repomd.xml`: real ones have some 10 kB.
pub(super) const MAX_REPOMD: u64 = MAX_CONFIG;

/// Metadata of a repository as it lies on the disk, verified.
#[derive(Debug, Clone)]
pub(crate) struct Metadata {
    /// The repository's id.
    pub(crate) id: String,
    /// When it was made, in seconds since 1970: the newest of its files' times, as dnf and
    /// rpm-ostree reckon.
    pub(crate) timestamp: u64,
    /// SHA-256 of `repomd.xml`, in hex.
    pub(crate) checksum: String,
    /// `repomd.xml` itself.
    pub(crate) repomd: Utf8PathBuf,
    /// The packages.
    pub(crate) primary: Utf8PathBuf,
    /// Their files, all of them.
    pub(crate) filelists: Option<Utf8PathBuf>,
    /// Advisories.
    pub(crate) updateinfo: Option<Utf8PathBuf>,
    /// How many packages the primary file says that it has.
    pub(crate) packages: u64,
}

impl Metadata {
    /// Whether `path` is one of its files.
    pub(crate) fn has(&self, path: &str) -> bool {
        let files = [
            Some(&self.primary),
            self.filelists.as_ref(),
            self.updateinfo.as_ref(),
        ];
        files.into_iter().flatten().any(|file| file == path)
    }

    /// Has it downloaded again the next time, however new it is: what was right when it came cannot
    /// be read any more.
    pub(crate) fn forget(&self) {
        if let Some(folder) = self.repomd.parent() {
            // Where this fails, it is tried again with the next attempt to read it.
            let _ = std::fs::remove_dir_all(folder);
        }
    }
}

/// A kind of metadata file that is kept: its name in `repomd.xml`, and that of the file here.
pub(super) struct Kind {
    name: &'static str,
    file: &'static str,
}

pub(super) const PRIMARY: Kind = Kind {
    name: "primary",
    file: "primary.xml",
};
pub(super) const FILELISTS: Kind = Kind {
    name: "filelists",
    file: "filelists.xml",
};
pub(super) const UPDATEINFO: Kind = Kind {
    name: "updateinfo",
    file: "updateinfo.xml",
};
pub(super) const KINDS: [&Kind; 3] = [&PRIMARY, &FILELISTS, &UPDATEINFO];

impl Kind {
    /// Its record in `repomd.xml`.
    pub(super) fn record<'a>(&self, repomd: &'a Repomd) -> Option<&'a Record> {
        repomd
            .records
            .iter()
            .find(|record| record.kind == self.name)
    }

    /// What its file is called here: the foreign name only tells how it is packed.
    pub(super) fn file_name(&self, record: &Record) -> String {
        format!("{}{}", self.file, open::extension(&record.href))
    }
}

/// The folder of one repository in the cache.
#[derive(Debug)]
pub(super) struct Folder {
    pub(super) path: Utf8PathBuf,
}

impl Folder {
    /// Where `config` has its metadata below `cache`.
    pub(super) fn new(config: &RepoConfig, cache: &Utf8Path) -> Folder {
        let url = config.main_url().unwrap_or_default();
        let hash = hex(&Sha256::digest(url.as_bytes())[..8]);
        let id: String = config
            .id
            .chars()
            .map(|c| {
                if c.is_ascii_alphanumeric() || "-_.".contains(c) {
                    c
                } else {
                    '_'
                }
            })
            .take(100)
            .collect();
        Folder {
            path: cache.join(format!("{id}-{hash}")),
        }
    }

    pub(super) fn current(&self) -> Utf8PathBuf {
        self.path.join("current")
    }

    /// Makes the folder and waits until no other process works in it, or until a cancel. The lock
    /// ends with the file.
    pub(super) fn lock(&self, monitor: &Monitor) -> Result<File> {
        std::fs::create_dir_all(&self.path).map_err(Error::io("create", &self.path))?;
        let path = self.path.join("lock");
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(Error::io("open", &path))?;
        loop {
            match rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive) {
                Ok(()) => return Ok(file),
                Err(rustix::io::Errno::INTR) => {}
                Err(rustix::io::Errno::WOULDBLOCK) => {
                    monitor.check()?;
                    std::thread::sleep(LOCK_PAUSE);
                }
                Err(error) => return Err(Error::io("lock", &path)(error)),
            }
        }
    }

    /// The current generation's folder and the time of the last look, when there is one.
    pub(super) fn generation(&self) -> Result<Option<(Utf8PathBuf, SystemTime)>> {
        let link = self.current();
        let found = match link.as_std_path().symlink_metadata() {
            Ok(found) => found,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Error::io("look at", &link)(error)),
        };
        let checked = found.modified().map_err(Error::io("look at", &link))?;
        let Ok(target) = std::fs::read_link(&link) else {
            return Ok(None);
        };
        // Only a plain name in this folder is one of ours.
        match target.to_str() {
            Some(name) if is_generation(name) => Ok(Some((self.path.join(name), checked))),
            _ => Ok(None),
        }
    }

    /// Makes the generation called `name` the current one, as of now.
    pub(super) fn switch(&self, name: &str) -> Result<()> {
        let new = self.path.join(".current.new");
        super::transfer::remove(&new)?;
        std::os::unix::fs::symlink(name, &new).map_err(Error::io("create", &new))?;
        let link = self.current();
        std::fs::rename(&new, &link).map_err(Error::io("rename", &new))
    }

    /// Removes what is neither one of `keep` nor the lock nor `current`.
    pub(super) fn prune(&self, keep: &[&str]) -> Result<()> {
        let entries = std::fs::read_dir(&self.path).map_err(Error::io("list", &self.path))?;
        for entry in entries {
            let entry = entry.map_err(Error::io("list", &self.path))?;
            let name = entry.file_name();
            let Some(name) = name.to_str() else { continue };
            let ours = is_generation(name) || name.starts_with(".partial-") || name == ".look";
            if ours && !keep.contains(&name) {
                remove_tree(&self.path.join(name))?;
            }
        }
        Ok(())
    }
}

/// How long to wait before looking again whether another process has finished.
const LOCK_PAUSE: Duration = Duration::from_millis(50);

/// How many hex digits of `repomd.xml`'s SHA-256 name a generation.
const GENERATION: usize = 32;

pub(super) fn generation_name(checksum: &str) -> &str {
    checksum.get(..GENERATION).unwrap_or(checksum)
}

fn is_generation(name: &str) -> bool {
    name.len() == GENERATION && name.bytes().all(|c| c.is_ascii_hexdigit())
}

/// Removes a folder that may not be there.
pub(super) fn remove_tree(path: &Utf8Path) -> Result<()> {
    match std::fs::remove_dir_all(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(Error::io("remove", path)(error)),
        _ => Ok(()),
    }
}

/// A `repomd.xml` on the disk: what it says, and its SHA-256. `url` is what errors call it.
pub(super) fn read_repomd(path: &Utf8Path, url: &str) -> Result<(Repomd, String)> {
    let file = File::open(path).map_err(Error::io("open", path))?;
    let bytes = read_bounded(&file, path, MAX_REPOMD)?;
    let checksum = hex(&Sha256::digest(&bytes));
    let file = File::open(path).map_err(Error::io("open", path))?;
    let repomd = parse_repomd(&file).map_err(|fault| Error::corrupt(url, fault.message))?;
    Ok((repomd, checksum))
}

/// The metadata in a generation's folder. Sizes are compared with what `repomd.xml` says, so that
/// what a power cut has left half written is not taken; digests were compared when it came.
pub(super) fn load(id: &str, folder: &Utf8Path) -> Result<Metadata> {
    let path = folder.join("repomd.xml");
    let (repomd, checksum) = read_repomd(&path, path.as_str())?;
    let file = |kind: &Kind| -> Result<Option<Utf8PathBuf>> {
        let Some(record) = kind.record(&repomd) else {
            return Ok(None);
        };
        let path = folder.join(kind.file_name(record));
        let size = path
            .as_std_path()
            .metadata()
            .map_err(Error::io("look at", &path))?
            .len();
        if record.size.is_some_and(|promised| promised != size) {
            return Err(Error::corrupt(
                path.as_str(),
                "its size is not that in repomd.xml",
            ));
        }
        Ok(Some(path))
    };
    let primary = file(&PRIMARY)?;
    let Some(primary) = primary else {
        return Err(Error::corrupt(path.as_str(), "it names no primary file"));
    };
    let newest = repomd.records.iter().map(|record| record.timestamp).max();
    Ok(Metadata {
        id: id.to_owned(),
        timestamp: newest
            .and_then(|time| u64::try_from(time).ok())
            .unwrap_or(0),
        checksum,
        filelists: file(&FILELISTS)?,
        updateinfo: file(&UPDATEINFO)?,
        packages: count_packages(&primary)?,
        repomd: path,
        primary,
    })
}

/// Compares the files of a generation with the digests that came with them: disks forget, too.
pub(super) fn check_digests(metadata: &Metadata, monitor: &Monitor) -> Result<()> {
    let (repomd, _) = read_repomd(&metadata.repomd, metadata.repomd.as_str())?;
    let files = [
        (&PRIMARY, Some(&metadata.primary)),
        (&FILELISTS, metadata.filelists.as_ref()),
    ];
    for (kind, path) in files {
        let (Some(record), Some(path)) = (kind.record(&repomd), path) else {
            continue;
        };
        let promised = record_checksum(record, metadata.repomd.as_str())?;
        if !open::matches(path, &promised, monitor)? {
            return Err(Error::corrupt(path.as_str(), "it is not what had come"));
        }
    }
    Ok(())
}

/// The digest of a record's file.
pub(super) fn record_checksum(record: &Record, object: &str) -> Result<Checksum> {
    let (algorithm, hex) = record
        .checksum
        .as_ref()
        .ok_or_else(|| Error::corrupt(object, format!("its {} has no checksum", record.kind)))?;
    Checksum::new(algorithm, hex).ok_or_else(|| {
        let reason = format!("{algorithm}:{hex} of its {} is no digest", record.kind);
        Error::corrupt(object, reason)
    })
}

/// `<metadata ... packages="N">`, with which every primary file begins.
fn count_packages(path: &Utf8Path) -> Result<u64> {
    let mut head = Vec::new();
    super::open::reader(path)?
        .take(4096)
        .read_to_end(&mut head)
        .map_err(|error| Error::corrupt(path.as_str(), error.to_string()))?;
    let text = String::from_utf8_lossy(&head);
    let element = text
        .split_once("<metadata")
        .and_then(|(_, rest)| rest.split('>').next())
        .ok_or_else(|| Error::corrupt(path.as_str(), "it does not begin with <metadata>"))?;
    let number = element
        .split_once("packages=")
        .map(|(_, rest)| rest.trim_start_matches(['"', '\'']))
        .map(|rest| rest.split(['"', '\'']).next().unwrap_or_default());
    match number {
        // The number is optional.
        None => Ok(0),
        Some(number) => number.trim().parse().map_err(|_| {
            Error::corrupt(
                path.as_str(),
                format!("{number:?} is no number of packages"),
            )
        }),
    }
}
