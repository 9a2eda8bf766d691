//! What staging will do.

use crate::call::{call, value};
use crate::change::regraft_change;
use crate::code::regraft_code;
use crate::error::regraft_error;
use crate::handle::{self, Out, Owned, peek};
use crate::nevra::regraft_nevra;
use crate::text::{self, Text, Texts};
use crate::wishes::regraft_wishes;
use engine::{BaseCommit, Plan, PlannedPackage};
use std::ffi::c_char;

/// A value that fixes every change. Immutable: any thread. It survives a restart of the program as
/// JSON.
pub struct regraft_plan {
    pub(crate) plan: Plan,
    changes: Vec<regraft_change>,
    layered: Vec<regraft_planned_package>,
    wishes: regraft_wishes,
    base: regraft_base_commit,
    previous_base: Option<regraft_base_commit>,
    stateroot: Text,
    refspec: Text,
    dropped: Vec<(Text, Texts)>,
    state_digest: Text,
    text: Text,
    json: Text,
}

/// A base commit. Immutable, and borrowed from the plan.
pub struct regraft_base_commit {
    checksum: Text,
    version: Option<Text>,
    timestamp: u64,
}

/// A package that will be layered. Immutable, and borrowed from the plan.
pub struct regraft_planned_package {
    package: regraft_nevra,
    repo: Text,
    location: Text,
    base_url: Option<Text>,
    checksum: Text,
    size: u64,
    cached: bool,
}

impl Owned for regraft_plan {}

impl regraft_plan {
    pub(crate) fn new(plan: Plan) -> regraft_plan {
        let dropped = plan.dropped_paths().iter();
        regraft_plan {
            changes: plan.changes().iter().map(Into::into).collect(),
            layered: plan.layered().iter().map(Into::into).collect(),
            wishes: plan.wishes().into(),
            base: plan.base().into(),
            previous_base: plan.previous_base().map(Into::into),
            stateroot: Text::new(plan.stateroot()),
            refspec: Text::new(plan.refspec()),
            dropped: dropped
                .map(|(package, paths)| (Text::new(package), Texts::new(paths)))
                .collect(),
            state_digest: Text::new(plan.state_digest()),
            text: Text::new(plan.to_string()),
            json: Text::new(plan.to_json()),
            plan,
        }
    }
}

impl From<&BaseCommit> for regraft_base_commit {
    fn from(commit: &BaseCommit) -> regraft_base_commit {
        regraft_base_commit {
            checksum: Text::new(&commit.checksum),
            version: commit.version.as_ref().map(Text::new),
            timestamp: commit.timestamp,
        }
    }
}

impl From<&PlannedPackage> for regraft_planned_package {
    fn from(package: &PlannedPackage) -> regraft_planned_package {
        regraft_planned_package {
            package: (&package.package).into(),
            repo: Text::new(&package.repo),
            location: Text::new(&package.location),
            base_url: package.base_url.as_ref().map(Text::new),
            checksum: Text::new(&package.checksum),
            size: package.size,
            cached: package.cached,
        }
    }
}

/// Reads a plan from what `regraft_plan_to_json` gave, perhaps in another process. The program owns
/// it; `regraft_plan_free`. `regraft_transaction_resume` takes it up.
///
/// Fails with `REGRAFT_ERROR_CONFIG` for what is no plan, and for one of another schema.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_plan_from_json(
    json: *const c_char,
    plan: *mut *mut regraft_plan,
    error: *mut *mut regraft_error,
) -> regraft_code {
    call(error, || {
        let out = Out::new(plan, "plan")?;
        out.put(regraft_plan::new(Plan::from_json(text::read(
            json, "json",
        )?)?));
        Ok(())
    })
}

/// The plan as one JSON document (`"schema": 1`; keys are only ever added). Each of its `changes`
/// has its line as `text`. `""` for NULL. Borrowed from the plan.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_plan_to_json(plan: *const regraft_plan) -> *const c_char {
    value(text::empty(), || Some(peek(plan)?.json.pointer()))
}

/// A table for people, of several lines: action, package, what it replaces, size, where from and
/// why. `""` for NULL. Borrowed from the plan.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_plan_text(plan: *const regraft_plan) -> *const c_char {
    value(text::empty(), || Some(peek(plan)?.text.pointer()))
}

/// How many packages change; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_plan_change_count(plan: *const regraft_plan) -> usize {
    value(0, || Some(peek(plan)?.changes.len()))
}

/// The change at `index`, sorted by name: from what the deployment has now to what the new one will
/// have, those of the base included; NULL where there is none. Borrowed from the plan.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_plan_change_get(
    plan: *const regraft_plan,
    index: usize,
) -> *const regraft_change {
    value(std::ptr::null(), || {
        peek(plan)?.changes.get(index).map(std::ptr::from_ref)
    })
}

/// How many packages will be layered; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_plan_layered_count(plan: *const regraft_plan) -> usize {
    value(0, || Some(peek(plan)?.layered.len()))
}

/// The package at `index`, in the order of installation; NULL where there is none. Borrowed from
/// the plan.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_plan_layered_get(
    plan: *const regraft_plan,
    index: usize,
) -> *const regraft_planned_package {
    value(std::ptr::null(), || {
        peek(plan)?.layered.get(index).map(std::ptr::from_ref)
    })
}

/// What was asked for; NULL for NULL. Borrowed from the plan.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_plan_wishes(plan: *const regraft_plan) -> *const regraft_wishes {
    value(std::ptr::null(), || {
        Some(std::ptr::from_ref(&peek(plan)?.wishes))
    })
}

/// The base commit of the new deployment; NULL for NULL. Borrowed from the plan.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_plan_base(
    plan: *const regraft_plan,
) -> *const regraft_base_commit {
    value(std::ptr::null(), || {
        Some(std::ptr::from_ref(&peek(plan)?.base))
    })
}

/// The base commit of the deployment that the plan starts from; NULL for a first deployment.
/// Borrowed from the plan.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_plan_previous_base(
    plan: *const regraft_plan,
) -> *const regraft_base_commit {
    value(std::ptr::null(), || {
        peek(plan)?.previous_base.as_ref().map(std::ptr::from_ref)
    })
}

/// The stateroot that gets the new deployment. `""` for NULL. Borrowed from the plan.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_plan_stateroot(plan: *const regraft_plan) -> *const c_char {
    value(text::empty(), || Some(peek(plan)?.stateroot.pointer()))
}

/// The ref that the base follows. `""` for NULL. Borrowed from the plan.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_plan_refspec(plan: *const regraft_plan) -> *const c_char {
    value(text::empty(), || Some(peek(plan)?.refspec.pointer()))
}

/// How many packages have files that an OSTree system cannot have (below `/var` and `/run`); only
/// those are counted whose headers are in the cache.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_plan_dropped_package_count(plan: *const regraft_plan) -> usize {
    value(0, || Some(peek(plan)?.dropped.len()))
}

/// Such a package (NEVRA); NULL where there is none at `index`. Borrowed from the plan.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_plan_dropped_package_get(
    plan: *const regraft_plan,
    index: usize,
) -> *const c_char {
    value(std::ptr::null(), || {
        Some(peek(plan)?.dropped.get(index)?.0.pointer())
    })
}

/// How many of its files are left out; 0 where there is no such package at `index`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_plan_dropped_path_count(
    plan: *const regraft_plan,
    index: usize,
) -> usize {
    value(0, || Some(peek(plan)?.dropped.get(index)?.1.count()))
}

/// The file at `path` of those; NULL where there is none. Borrowed from the plan.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_plan_dropped_path_get(
    plan: *const regraft_plan,
    index: usize,
    path: usize,
) -> *const c_char {
    value(std::ptr::null(), || {
        peek(plan)?.dropped.get(index)?.1.get(path)
    })
}

/// Whether the deployment is as wanted already, so that staging does nothing; false for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_plan_is_unchanged(plan: *const regraft_plan) -> bool {
    value(false, || Some(peek(plan)?.plan.is_unchanged()))
}

/// rpm-ostree's digest of requests and packages (`rpmostree.state-sha512`). `""` for NULL. Borrowed
/// from the plan.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_plan_state_digest(plan: *const regraft_plan) -> *const c_char {
    value(text::empty(), || Some(peek(plan)?.state_digest.pointer()))
}

/// Bytes to download; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_plan_download_size(plan: *const regraft_plan) -> u64 {
    value(0, || Some(peek(plan)?.plan.download_size()))
}

/// By how many bytes the packages' installed size grows or, where it is negative, shrinks.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_plan_installed_size_change(plan: *const regraft_plan) -> i64 {
    value(0, || Some(peek(plan)?.plan.installed_size_change()))
}

/// Frees a plan and all that is borrowed from it; NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_plan_free(plan: *mut regraft_plan) {
    handle::free(plan);
}

/// The commit's checksum. `""` for NULL. Borrowed from the plan.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_base_commit_checksum(
    commit: *const regraft_base_commit,
) -> *const c_char {
    value(text::empty(), || Some(peek(commit)?.checksum.pointer()))
}

/// Its version; NULL where it has none. Borrowed from the plan.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_base_commit_version(
    commit: *const regraft_base_commit,
) -> *const c_char {
    value(std::ptr::null(), || {
        Some(text::optional(&peek(commit)?.version))
    })
}

/// Its time, in seconds since 1970; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_base_commit_timestamp(commit: *const regraft_base_commit) -> u64 {
    value(0, || Some(peek(commit)?.timestamp))
}

/// Which package; NULL for NULL. Borrowed from the plan.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_planned_package_nevra(
    package: *const regraft_planned_package,
) -> *const regraft_nevra {
    value(std::ptr::null(), || {
        Some(std::ptr::from_ref(&peek(package)?.package))
    })
}

/// Its repository's identifier. `""` for NULL. Borrowed from the plan.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_planned_package_repo(
    package: *const regraft_planned_package,
) -> *const c_char {
    value(text::empty(), || Some(peek(package)?.repo.pointer()))
}

/// Where it lies in the repository. `""` for NULL. Borrowed from the plan.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_planned_package_location(
    package: *const regraft_planned_package,
) -> *const c_char {
    value(text::empty(), || Some(peek(package)?.location.pointer()))
}

/// Another place that the location is relative to; NULL where the repository names none. Borrowed
/// from the plan.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_planned_package_base_url(
    package: *const regraft_planned_package,
) -> *const c_char {
    value(std::ptr::null(), || {
        Some(text::optional(&peek(package)?.base_url))
    })
}

/// `ALGORITHM:HEX` of the whole file. `""` for NULL. Borrowed from the plan.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_planned_package_checksum(
    package: *const regraft_planned_package,
) -> *const c_char {
    value(text::empty(), || Some(peek(package)?.checksum.pointer()))
}

/// Bytes of the file; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_planned_package_size(
    package: *const regraft_planned_package,
) -> u64 {
    value(0, || Some(peek(package)?.size))
}

/// Whether the cache has it already, so that nothing is downloaded; false for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_planned_package_is_cached(
    package: *const regraft_planned_package,
) -> bool {
    value(false, || Some(peek(package)?.cached))
}
