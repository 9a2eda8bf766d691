//! The deployments: their folders, origins and package databases.

use crate::commit::checksum::Checksum;
use crate::commit::object::{self, Attributes, Commit, Xattrs};
use crate::commit::rpmdb;
use crate::commit::tree::{Listing, Tree};
use crate::deployment::{self, Handle, id_of};
use crate::error::{Error, Result};
use crate::job::Monitor;
use crate::recovery::boot::ORIGIN_REMEDY;
use crate::recovery::finding::{Finding, FindingKind};
use crate::sysroot::Sysroot;
use camino::{Utf8Path, Utf8PathBuf};
use rustix::fs::{AtFlags, CWD, FileType};
use rustix::io::Errno;
use std::collections::BTreeSet;

/// How many paths of one deployment are listed one by one.
const LISTED: usize = 20;

pub(super) fn check(
    sysroot: &Sysroot,
    handle: &Handle,
    monitor: &Monitor,
    found: &mut Vec<Finding>,
) -> Result<()> {
    for raw in handle.raw_deployments() {
        monitor.check()?;
        let id = id_of(&raw);
        // A staged one is laid out when the machine shuts down.
        if raw.is_staged() {
            continue;
        }
        let origin = sysroot.path().join(raw.origin_relpath().as_str());
        check_origin(&origin, found);
        let commit = match handle.resolve(&raw.csum()) {
            Ok(commit) => commit,
            // The objects' check tells it.
            Err(_) => continue,
        };
        if let Err(error) =
            rpmdb::open(&handle.repo, &commit).and_then(|db| db.packages().map(drop))
            && !matches!(error, Error::NotFound { .. })
        {
            let object = format!("the package database of {id}");
            let remedy = format!("deploy another commit, or this one again: {DEPLOY_AGAIN}");
            found.push(Finding::new(
                FindingKind::Database,
                object,
                error.to_string(),
                remedy,
            ));
        }
        if raw.unlocked() == ostree::DeploymentUnlockedState::None {
            let root = sysroot
                .path()
                .join(handle.sysroot.deployment_dirpath(&raw).as_str());
            check_folder(handle, &commit, &id, &root, monitor, found)?;
        }
    }
    Ok(())
}

const DEPLOY_AGAIN: &str = "`ostree admin deploy CHECKSUM`, then `cleanup`";

fn check_origin(path: &Utf8Path, found: &mut Vec<Finding>) {
    let reason = match deployment::read_origin(path) {
        // What cannot be parsed is told by the look at the files.
        Ok(Some(_)) | Err(Error::Config { .. }) => return,
        Ok(None) => "it is not there".to_owned(),
        Err(error) => error.to_string(),
    };
    let object = format!("{path} (an origin file)");
    found.push(Finding::new(
        FindingKind::Origin,
        object,
        reason,
        ORIGIN_REMEDY,
    ));
}

/// That a deployment's folder is what its commit says, but for what is the machine's own.
fn check_folder(
    handle: &Handle,
    commit: &Commit,
    id: &str,
    root: &Utf8Path,
    monitor: &Monitor,
    found: &mut Vec<Finding>,
) -> Result<()> {
    let mut walk = Walk {
        handle,
        monitor,
        objects: object::folder(&handle.repo),
        wrong: Vec::new(),
    };
    walk.directory(&commit.root, root, "")?;
    let more = walk.wrong.len().saturating_sub(LISTED);
    let remedy =
        format!("changes by hand are lost with the next upgrade; to have it back: {DEPLOY_AGAIN}");
    let put = |object: String, reason: String| {
        Finding::new(FindingKind::Deployment, object, reason, remedy.as_str())
    };
    for (path, reason) in walk.wrong.into_iter().take(LISTED) {
        found.push(put(format!("/{path} of the deployment {id}"), reason));
    }
    if more > 0 {
        found.push(put(
            format!("the deployment {id}"),
            format!("{more} more paths of it are changed"),
        ));
    }
    Ok(())
}

struct Walk<'a> {
    handle: &'a Handle,
    monitor: &'a Monitor,
    objects: Option<Utf8PathBuf>,
    /// Paths, and what is wrong with them.
    wrong: Vec<(String, String)>,
}

impl Walk<'_> {
    fn directory(&mut self, tree: &Tree, folder: &Utf8Path, path: &str) -> Result<()> {
        self.monitor.check()?;
        // What is damaged in the repository is told by the objects' check.
        let Ok(listing) = Listing::load(&self.handle.repo, &tree.contents) else {
            return Ok(());
        };
        let join = |name: &str| match path {
            "" => name.to_owned(),
            _ => format!("{path}/{name}"),
        };
        for (name, checksum) in &listing.files {
            if let Err(reason) = self.file(&folder.join(name), checksum) {
                self.wrong.push((join(name), reason));
            }
        }
        for (name, below) in &listing.dirs {
            // Of the top only /usr is the commit's alone.
            if path.is_empty() && name != "usr" {
                continue;
            }
            let place = folder.join(name);
            match kind(&place) {
                Ok(FileType::Directory) => {
                    let wanted = Attributes::load_directory(&self.handle.repo, &below.metadata);
                    if wanted.is_ok_and(|wanted| attributes(&place) != Ok(wanted)) {
                        let reason = "its mode, owner or attributes are changed".to_owned();
                        self.wrong.push((join(name), reason));
                    }
                    self.directory(below, &place, &join(name))?;
                }
                Ok(_) => self.wrong.push((join(name), "it is no folder".to_owned())),
                Err(error) => self.wrong.push((join(name), missing(error))),
            }
        }
        if !path.is_empty() {
            let known: BTreeSet<&String> =
                listing.files.keys().chain(listing.dirs.keys()).collect();
            for place in crate::sysroot::leftover::listing(folder) {
                let name = place.file_name().unwrap_or_default();
                if !known.contains(&name.to_owned()) {
                    self.wrong.push((join(name), "it was added".to_owned()));
                }
            }
        }
        Ok(())
    }

    fn file(&self, place: &Utf8Path, checksum: &Checksum) -> std::result::Result<(), String> {
        let look = |path: &Utf8Path| {
            rustix::fs::statat(CWD, path.as_std_path(), AtFlags::SYMLINK_NOFOLLOW)
        };
        let there = look(place).map_err(missing)?;
        // A link to the object is as good as the object, which is checked where it is.
        let objects = self.objects.as_ref();
        let object = objects.map(|objects| look(&objects.join(object::file_path(checksum))));
        if let Some(Ok(object)) = object
            && (object.st_dev, object.st_ino) == (there.st_dev, there.st_ino)
        {
            return Ok(());
        }
        match is_same(place, checksum) {
            true => Ok(()),
            false => Err("its content, mode, owner or attributes are changed".to_owned()),
        }
    }
}

fn kind(place: &Utf8Path) -> std::result::Result<FileType, Errno> {
    let found = rustix::fs::statat(CWD, place.as_std_path(), AtFlags::SYMLINK_NOFOLLOW)?;
    Ok(FileType::from_raw_mode(found.st_mode))
}

fn missing(error: Errno) -> String {
    match error {
        Errno::NOENT | Errno::NOTDIR => "it is gone".to_owned(),
        other => std::io::Error::from(other).to_string(),
    }
}

/// Whether a file or symlink makes an object of this checksum.
fn is_same(place: &Utf8Path, checksum: &Checksum) -> bool {
    let found = ostree::checksum_file_at(
        libc::AT_FDCWD,
        place.as_std_path(),
        None,
        ostree::ObjectType::File,
        ostree::ChecksumFlags::NONE,
        gio::Cancellable::NONE,
    );
    found.is_ok_and(|found| *found == *checksum.hex())
}

/// The attributes of a folder; libostree's own call makes no checksum of them.
fn attributes(place: &Utf8Path) -> std::result::Result<Attributes, Errno> {
    let found = rustix::fs::statat(CWD, place.as_std_path(), AtFlags::SYMLINK_NOFOLLOW)?;
    let mut buffer = vec![0; XATTR_MAX];
    let length = match rustix::fs::llistxattr(place.as_std_path(), &mut buffer[..]) {
        Err(Errno::OPNOTSUPP) => 0,
        other => other?,
    };
    let names = buffer[..length].to_vec();
    let mut xattrs = Xattrs::new();
    for name in names
        .split(|byte| *byte == 0)
        .filter(|name| !name.is_empty())
    {
        let length = rustix::fs::lgetxattr(place.as_std_path(), name, &mut buffer[..])?;
        xattrs.insert(name.to_vec(), buffer[..length].to_vec());
    }
    Ok(Attributes {
        uid: found.st_uid,
        gid: found.st_gid,
        mode: found.st_mode,
        xattrs,
    })
}

/// The kernel's limit for one value and for the list of names.
const XATTR_MAX: usize = 64 << 10;
