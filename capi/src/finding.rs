//! What is wrong with a sysroot.

use crate::call::{call, value};
use crate::code::regraft_code;
use crate::error::regraft_error;
use crate::handle::{self, Out, Owned, hold, peek};
use crate::job::regraft_job;
use crate::sysroot::regraft_sysroot;
use crate::text::{self, Text};
use engine::{Finding, FindingKind, Mend};
use std::ffi::c_char;

/// One thing that is wrong, or was mended. Immutable, and borrowed from its list.
pub struct regraft_finding {
    kind: FindingKind,
    kind_name: Text,
    object: Text,
    reason: Text,
    remedy: Text,
    mend: Mend,
    text: Text,
    json: Text,
}

/// Findings, sorted by kind. Immutable: any thread.
pub struct regraft_finding_list {
    items: Vec<regraft_finding>,
    json: Text,
}

impl Owned for regraft_finding_list {}

/// What is known only to a library newer than this header; the text tells it.
pub const REGRAFT_FINDING_OTHER: i32 = 0;
/// What an interrupted call left behind.
pub const REGRAFT_FINDING_LEFTOVER: i32 = 1;
/// libostree cannot load the sysroot.
pub const REGRAFT_FINDING_SYSROOT: i32 = 2;
/// The boot menu, or one of its entries.
pub const REGRAFT_FINDING_BOOT_ENTRY: i32 = 3;
/// A kernel or initramfs that a boot entry names.
pub const REGRAFT_FINDING_KERNEL: i32 = 4;
/// A deployment's folder, changed by hand or gone.
pub const REGRAFT_FINDING_DEPLOYMENT: i32 = 5;
/// A deployment's origin file.
pub const REGRAFT_FINDING_ORIGIN: i32 = 6;
/// A deployment's package database.
pub const REGRAFT_FINDING_DATABASE: i32 = 7;
/// A ref that leads nowhere.
pub const REGRAFT_FINDING_REFERENCE: i32 = 8;
/// An object of the repository, or several that are missing.
pub const REGRAFT_FINDING_OBJECT: i32 = 9;
/// The boot partition has no room for another kernel.
pub const REGRAFT_FINDING_NO_ROOM: i32 = 10;

/// Who puts it right is known only to a library newer than this header.
pub const REGRAFT_MEND_OTHER: i32 = 0;
/// `regraft_sysroot_recover` puts it right.
pub const REGRAFT_MEND_RECOVER: i32 = 1;
/// A person puts it right, as the remedy says.
pub const REGRAFT_MEND_BY_HAND: i32 = 2;

fn kind_number(kind: FindingKind) -> i32 {
    match kind {
        FindingKind::Leftover => REGRAFT_FINDING_LEFTOVER,
        FindingKind::Sysroot => REGRAFT_FINDING_SYSROOT,
        FindingKind::BootEntry => REGRAFT_FINDING_BOOT_ENTRY,
        FindingKind::Kernel => REGRAFT_FINDING_KERNEL,
        FindingKind::Deployment => REGRAFT_FINDING_DEPLOYMENT,
        FindingKind::Origin => REGRAFT_FINDING_ORIGIN,
        FindingKind::Database => REGRAFT_FINDING_DATABASE,
        FindingKind::Reference => REGRAFT_FINDING_REFERENCE,
        FindingKind::Object => REGRAFT_FINDING_OBJECT,
        FindingKind::NoRoom => REGRAFT_FINDING_NO_ROOM,
        _ => REGRAFT_FINDING_OTHER,
    }
}

impl From<&Finding> for regraft_finding {
    fn from(finding: &Finding) -> regraft_finding {
        regraft_finding {
            kind: finding.kind(),
            kind_name: Text::new(finding.kind().name()),
            object: Text::new(finding.object()),
            reason: Text::new(finding.reason()),
            remedy: Text::new(finding.remedy()),
            mend: finding.mend(),
            text: Text::new(finding.to_string()),
            json: Text::new(finding.to_json().to_string()),
        }
    }
}

impl regraft_finding_list {
    fn new(findings: &[Finding]) -> regraft_finding_list {
        let json: Vec<_> = findings.iter().map(Finding::to_json).collect();
        regraft_finding_list {
            items: findings.iter().map(Into::into).collect(),
            json: Text::new(serde_json::Value::from(json).to_string()),
        }
    }
}

/// Looks at everything that a machine needs to boot and that calls count on: the boot menu and its
/// kernels, the deployments' folders, origins and package databases, all refs, and each object of
/// the repository, byte by byte (some ten seconds for a gigabyte); and what an interrupted call left
/// behind. Changes nothing, and takes no lock. An empty list says that all is well. The program owns
/// the list; `regraft_finding_list_free`.
///
/// All stateroots are looked at, whichever was chosen. Fails with `REGRAFT_ERROR_IO`,
/// `REGRAFT_ERROR_PERMISSION` or `REGRAFT_ERROR_ENGINE` for what cannot be looked at.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_sysroot_check(
    sysroot: *const regraft_sysroot,
    job: *mut regraft_job,
    list: *mut *mut regraft_finding_list,
    error: *mut *mut regraft_error,
) -> regraft_code {
    call(error, || {
        let out = Out::new(list, "list")?;
        let sysroot = hold(sysroot, "sysroot")?;
        let job = hold(job, "job")?;
        let found = job.run(|job| Ok(sysroot.sysroot.check(job)?))?;
        out.put(regraft_finding_list::new(&found));
        Ok(())
    })
}

/// Removes what interrupted calls left behind, as the next call that changes the sysroot would do;
/// the list has what was removed. Of what is damaged it changes nothing. The program owns the list;
/// `regraft_finding_list_free`.
///
/// Fails with `REGRAFT_ERROR_BUSY`, with `REGRAFT_ERROR_STATE` where a boot entry was removed by
/// hand, and with `REGRAFT_ERROR_CORRUPT` where damage makes it impossible to tell what is needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_sysroot_recover(
    sysroot: *const regraft_sysroot,
    job: *mut regraft_job,
    list: *mut *mut regraft_finding_list,
    error: *mut *mut regraft_error,
) -> regraft_code {
    call(error, || {
        let out = Out::new(list, "list")?;
        let sysroot = hold(sysroot, "sysroot")?;
        let job = hold(job, "job")?;
        let mended = job.run(|job| Ok(sysroot.sysroot.recover(job)?))?;
        out.put(regraft_finding_list::new(&mended));
        Ok(())
    })
}

/// How many findings there are; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_finding_list_count(list: *const regraft_finding_list) -> usize {
    value(0, || Some(peek(list)?.items.len()))
}

/// A finding. NULL where there is none at `index`. Borrowed from the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_finding_list_get(
    list: *const regraft_finding_list,
    index: usize,
) -> *const regraft_finding {
    value(std::ptr::null(), || {
        Some(std::ptr::from_ref(peek(list)?.items.get(index)?))
    })
}

/// The list as a JSON array of objects, each as `regraft_finding_to_json` has it. `""` for NULL.
/// Borrowed from the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_finding_list_to_json(
    list: *const regraft_finding_list,
) -> *const c_char {
    value(text::empty(), || Some(peek(list)?.json.pointer()))
}

/// Frees a list and all that is borrowed from it; NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_finding_list_free(list: *mut regraft_finding_list) {
    handle::free(list);
}

/// What it is about: `REGRAFT_FINDING_OBJECT` and so on; `REGRAFT_FINDING_OTHER` for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_finding_kind(finding: *const regraft_finding) -> i32 {
    value(REGRAFT_FINDING_OTHER, || {
        Some(kind_number(peek(finding)?.kind))
    })
}

/// The same as a word: `boot-entry`. `""` for NULL. Borrowed from the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_finding_kind_name(
    finding: *const regraft_finding,
) -> *const c_char {
    value(text::empty(), || Some(peek(finding)?.kind_name.pointer()))
}

/// Its name: a path, a deployment, a ref, an object of the repository. `""` for NULL. Borrowed from
/// the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_finding_object(finding: *const regraft_finding) -> *const c_char {
    value(text::empty(), || Some(peek(finding)?.object.pointer()))
}

/// What is wrong with it. `""` for NULL. Borrowed from the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_finding_reason(finding: *const regraft_finding) -> *const c_char {
    value(text::empty(), || Some(peek(finding)?.reason.pointer()))
}

/// What to do. `""` for NULL. Borrowed from the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_finding_remedy(finding: *const regraft_finding) -> *const c_char {
    value(text::empty(), || Some(peek(finding)?.remedy.pointer()))
}

/// Who can do that: `REGRAFT_MEND_RECOVER` or `REGRAFT_MEND_BY_HAND`; `REGRAFT_MEND_OTHER` for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_finding_mend(finding: *const regraft_finding) -> i32 {
    value(REGRAFT_MEND_OTHER, || {
        Some(match peek(finding)?.mend {
            Mend::Recover => REGRAFT_MEND_RECOVER,
            Mend::ByHand => REGRAFT_MEND_BY_HAND,
        })
    })
}

/// One line: `OBJECT: what is wrong; what to do`. `""` for NULL. Borrowed from the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_finding_text(finding: *const regraft_finding) -> *const c_char {
    value(text::empty(), || Some(peek(finding)?.text.pointer()))
}

/// The finding as a JSON object: `kind`, `object`, `reason`, `remedy`, `mend` (`recover` or
/// `by-hand`), `text`. Keys are only ever added. `""` for NULL. Borrowed from the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_finding_to_json(finding: *const regraft_finding) -> *const c_char {
    value(text::empty(), || Some(peek(finding)?.json.pointer()))
}
