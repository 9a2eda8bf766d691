//! What an interrupted call left behind, and what only looks like it.
//!
//! A killed call leaves folders for its work, a ref that keeps its base, the writer's name, and at
//! most a deployment without a boot entry. A deployment that the present boot menu was written with
//! (libostree keeps a link to each in `ostree/boot.N`) is none of that: its entry has been removed
//! by hand.

use crate::deployment::{Handle, Interrupted, id_of};
use crate::error::{Error, Result};
use crate::sysroot::{Sysroot, lock};
use camino::{Utf8Path, Utf8PathBuf};
use std::collections::BTreeSet;

/// Begins the names of folders that hold one call's work.
pub(crate) const SCRATCH: &str = "scratch-";

/// Pins the base of the running transaction.
pub(crate) const BASE_TMP: &str = "rpmostree/base/tmp";

/// A deployment's folder without a boot entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Orphan {
    pub(crate) stateroot: String,
    pub(crate) path: Utf8PathBuf,
    /// The present boot menu was written with it.
    pub(crate) had_entry: bool,
}

impl Orphan {
    /// `STATEROOT-CHECKSUM.SERIAL`.
    pub(crate) fn id(&self) -> String {
        let name = self.path.file_name().unwrap_or_default();
        format!("{}-{name}", self.stateroot)
    }

    /// What to do where it has lost its entry.
    pub(crate) fn remedy(&self) -> String {
        format!(
            "put its file back into boot/loader/entries, or to give the deployment up remove {} \
             (after `chattr -i`) and the .origin file beside it",
            self.path
        )
    }
}

/// The deployments' folders of which libostree knows nothing.
pub(crate) fn orphans(sysroot: &Utf8Path, handle: &Handle) -> Vec<Orphan> {
    let known: BTreeSet<String> = handle.raw_deployments().iter().map(id_of).collect();
    let linked = linked(sysroot);
    let mut found = Vec::new();
    for stateroot in listing(&sysroot.join("ostree/deploy")) {
        let name = stateroot.file_name().unwrap_or_default().to_owned();
        for path in listing(&stateroot.join("deploy")) {
            let is_deployment = path.file_name().is_some_and(is_deployment_name);
            if !is_deployment || !path.is_dir() {
                continue;
            }
            let orphan = Orphan {
                had_entry: linked.as_ref().is_none_or(|all| all.contains(&path)),
                stateroot: name.clone(),
                path,
            };
            if !known.contains(&orphan.id()) {
                found.push(orphan);
            }
        }
    }
    found
}

/// `CHECKSUM.SERIAL`.
fn is_deployment_name(name: &str) -> bool {
    name.split_once('.').is_some_and(|(checksum, serial)| {
        checksum.len() == 64
            && checksum.bytes().all(|byte| byte.is_ascii_hexdigit())
            && serial.bytes().all(|byte| byte.is_ascii_digit())
            && !serial.is_empty()
    })
}

/// The deployments that the present boot menu was written with; `None` where there was a menu and
/// it is gone.
fn linked(sysroot: &Utf8Path) -> Option<BTreeSet<Utf8PathBuf>> {
    let Ok(loader) = sysroot.join("boot/loader").read_link_utf8() else {
        let was_written = ["ostree/boot.0", "ostree/boot.1"]
            .iter()
            .any(|boot| sysroot.join(boot).exists());
        return (!was_written).then(BTreeSet::new);
    };
    let number = loader.as_str().strip_prefix("loader.")?;
    let boot = sysroot.join(format!("ostree/boot.{number}"));
    let deploy = sysroot.join("ostree/deploy");
    let mut found = BTreeSet::new();
    // boot.N/STATEROOT/BOOT CHECKSUM/NUMBER
    for stateroot in listing(&boot) {
        let name = stateroot.file_name().unwrap_or_default().to_owned();
        for link in listing(&stateroot).iter().flat_map(|path| listing(path)) {
            let target = link.read_link_utf8().ok();
            let target = target.as_ref().and_then(|target| target.file_name());
            found.extend(target.map(|folder| deploy.join(&name).join("deploy").join(folder)));
        }
    }
    Some(found)
}

/// Fails where a boot entry has been removed by hand: libostree would remove its deployment.
pub(crate) fn refuse_lost_entries(sysroot: &Utf8Path, handle: &Handle) -> Result<()> {
    let mut lost = orphans(sysroot, handle).into_iter();
    match lost.find(|orphan| orphan.had_entry) {
        None => Ok(()),
        Some(orphan) => Err(Error::State {
            object: format!("the deployment {}", orphan.id()),
            reason: "its boot entry is gone, and this call would remove the deployment".to_owned(),
            remedy: orphan.remedy(),
        }),
    }
}

/// Removes the link to a new boot menu that libostree has made and not put in its place. What cannot
/// be removed stays: libostree takes it away itself before it makes another.
pub(crate) fn remove_new_loader(sysroot: &Utf8Path) {
    let _ = std::fs::remove_file(sysroot.join("boot/loader.tmp"));
}

/// Everything that an interrupted call left; nothing while a call runs.
pub(crate) fn interrupted(sysroot: &Sysroot, handle: &Handle) -> Option<Interrupted> {
    if lock::is_held(sysroot.path()) {
        return None;
    }
    let left = left(sysroot, handle);
    if left.is_empty() || lock::is_held(sysroot.path()) {
        return None;
    }
    Some(Interrupted {
        program: lock::last_writer(&sysroot.data()),
        left,
    })
}

fn left(sysroot: &Sysroot, handle: &Handle) -> Vec<String> {
    let data = sysroot.data();
    let mut found: Vec<String> = listing(&data)
        .into_iter()
        .filter(|path| {
            let name = path.file_name().unwrap_or_default();
            name == lock::WRITER
                || name.starts_with(SCRATCH)
                || name.starts_with(crate::sys::file::UNFINISHED)
        })
        .map(Utf8PathBuf::into_string)
        .collect();
    if handle
        .repo
        .resolve_rev(BASE_TMP, true)
        .is_ok_and(|there| there.is_some())
    {
        found.push(format!("the ref {BASE_TMP}"));
    }
    let orphans = orphans(sysroot.path(), handle).into_iter();
    let orphans = orphans.filter(|orphan| !orphan.had_entry);
    found.extend(orphans.map(|orphan| orphan.path.into_string()));
    found
}

/// What is in a folder, sorted; nothing where it cannot be read.
pub(crate) fn listing(folder: &Utf8Path) -> Vec<Utf8PathBuf> {
    let entries = folder.read_dir_utf8().into_iter().flatten();
    let mut paths: Vec<Utf8PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path().to_owned()))
        .collect();
    paths.sort();
    paths
}
