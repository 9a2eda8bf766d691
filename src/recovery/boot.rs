//! The boot menu: its entries, the kernels that they name, and room for another one.

use crate::deployment::Handle;
use crate::error::Error;
use crate::recovery::finding::{Finding, FindingKind};
use crate::sysroot::damage::{self, Damage, Part};
use crate::sysroot::leftover;
use camino::{Utf8Path, Utf8PathBuf};
use std::io::Read;

/// What can be seen without libostree: it reads these files itself, and may fail.
pub(super) fn check(sysroot: &Utf8Path, found: &mut Vec<Finding>) {
    for Damage { part, error } in damage::all(sysroot) {
        let kind = match part {
            Part::Menu => FindingKind::BootEntry,
            Part::Deployment => FindingKind::Deployment,
            Part::Origin => FindingKind::Origin,
        };
        found.push(match error {
            Error::State {
                object,
                reason,
                remedy,
            } => Finding::new(kind, object, reason, remedy),
            Error::Config { file, reason } => Finding::new(kind, file, reason, ORIGIN_REMEDY),
            other => {
                let object = format!("the sysroot {sysroot}");
                let remedy = "see that its file system is whole (fsck)";
                Finding::new(FindingKind::Sysroot, object, other.to_string(), remedy)
            }
        });
    }
    check_room(sysroot, found);
}

/// What to do about an origin that cannot be read.
pub(super) const ORIGIN_REMEDY: &str = "put it back from a backup, or write the two lines \
     \"[origin]\" and \"refspec=REMOTE:REF\" to it, after which packages are layered again by name";

/// That each deployment of the present menu has its entry, and each entry its kernel.
pub(super) fn check_entries(sysroot: &Utf8Path, handle: &Handle, found: &mut Vec<Finding>) {
    for orphan in leftover::orphans(sysroot, handle) {
        if orphan.had_entry {
            found.push(Finding::new(
                FindingKind::BootEntry,
                format!("the deployment {}", orphan.id()),
                "its boot entry is gone",
                orphan.remedy(),
            ));
        }
    }
    for raw in handle.raw_deployments() {
        let Some(config) = raw.bootconfig() else {
            continue;
        };
        let root = sysroot.join(handle.sysroot.deployment_dirpath(&raw).as_str());
        let id = crate::deployment::id_of(&raw);
        for (key, name) in [("linux", "vmlinuz"), ("initrd", "initramfs.img")] {
            let Some(value) = config.get(key) else {
                continue;
            };
            let path = boot_path(sysroot, &value);
            if let Err(reason) = same(&path, &kernel_file(&root, name)) {
                let remedy = format!(
                    "copy the deployment's own ({root}/usr/lib/modules/*/{name}) there, or deploy \
                     its commit again"
                );
                let object = format!("{path}, with which {id} boots");
                found.push(Finding::new(FindingKind::Kernel, object, reason, remedy));
            }
        }
    }
}

/// Entries say where a file is on the boot partition, which may be a folder of the root's.
fn boot_path(sysroot: &Utf8Path, value: &str) -> Utf8PathBuf {
    let relative = value.trim_start_matches('/');
    let relative = relative.strip_prefix("boot/").unwrap_or(relative);
    sysroot.join("boot").join(relative)
}

/// The kernel, or its initramfs, in a deployment; none where it is in none of the usual places.
fn kernel_file(root: &Utf8Path, name: &str) -> Option<Utf8PathBuf> {
    let versions = leftover::listing(&root.join("usr/lib/modules"));
    let mut files = versions.into_iter().map(|version| version.join(name));
    files.find(|path| path.is_file())
}

/// Whether a file is there, and equal to another one; the error says why not.
fn same(path: &Utf8Path, other: &Option<Utf8PathBuf>) -> Result<(), String> {
    let open = |path: &Utf8Path| std::fs::File::open(path).map_err(|error| error.to_string());
    let mut file = open(path)?;
    let Some(other) = other else {
        return Ok(());
    };
    let mut other = open(other)?;
    let (mut one, mut two) = (vec![0; BUFFER], vec![0; BUFFER]);
    loop {
        let count = fill(&mut file, &mut one)?;
        if fill(&mut other, &mut two)? != count || one[..count] != two[..count] {
            return Err("it differs from the deployment's own".to_owned());
        }
        if count == 0 {
            return Ok(());
        }
    }
}

const BUFFER: usize = 1 << 16;

/// Reads until the buffer is full or the file has ended.
fn fill(file: &mut std::fs::File, buffer: &mut [u8]) -> Result<usize, String> {
    let mut filled = 0;
    while filled < buffer.len() {
        match file.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) => return Err(error.to_string()),
        }
    }
    Ok(filled)
}

/// A new kernel must fit beside those that are there: libostree removes none before.
fn check_room(sysroot: &Utf8Path, found: &mut Vec<Finding>) {
    let boot = sysroot.join("boot");
    let folders = leftover::listing(&boot.join("ostree"));
    let sizes = folders.iter().map(|folder| {
        let files = leftover::listing(folder);
        let sizes = files
            .iter()
            .filter_map(|file| Some(file.metadata().ok()?.len()));
        sizes.sum::<u64>()
    });
    let (Some(largest), Ok(room)) = (sizes.max(), rustix::fs::statvfs(boot.as_std_path())) else {
        return;
    };
    let free = room.f_bavail.saturating_mul(room.f_frsize);
    if free < largest {
        found.push(Finding::new(
            FindingKind::NoRoom,
            format!("the file system of {boot}"),
            format!("{free} bytes are free, and a kernel with its initramfs takes {largest}"),
            "remove deployments that are not needed (`cleanup --rollback`), or files that are not \
             the system's, before the next change of the kernel",
        ));
    }
}
