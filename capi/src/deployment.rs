//! One bootable system.

use crate::call::value;
use crate::handle::peek;
use crate::nevra::regraft_nevra;
use crate::text::{self, Text, Texts};
use engine::Deployment;
use std::ffi::c_char;

/// A deployment as it was when the snapshot was taken. Immutable, and borrowed from the snapshot.
pub struct regraft_deployment {
    pub(crate) deployment: Deployment,
    id: Text,
    stateroot: Text,
    checksum: Text,
    base_checksum: Text,
    version: Option<Text>,
    refspec: Option<Text>,
    origin: Text,
    packages: Texts,
    removed: Vec<regraft_nevra>,
    arguments: Texts,
    state_digest: Option<Text>,
    json: Text,
}

impl regraft_deployment {
    pub(crate) fn new(deployment: &Deployment, json: String) -> regraft_deployment {
        let removed = deployment.removed_base_packages();
        regraft_deployment {
            id: Text::new(deployment.id()),
            stateroot: Text::new(deployment.stateroot()),
            checksum: Text::new(deployment.checksum()),
            base_checksum: Text::new(deployment.base_checksum()),
            version: deployment.version().map(Text::new),
            refspec: deployment.origin().refspec().map(Text::new),
            origin: Text::new(deployment.origin().to_text()),
            packages: Texts::new(deployment.packages()),
            removed: removed.iter().map(Into::into).collect(),
            arguments: Texts::new(deployment.kernel_arguments()),
            state_digest: deployment.state_digest().map(Text::new),
            json: Text::new(json),
            deployment: deployment.clone(),
        }
    }
}

/// `STATEROOT-CHECKSUM.SERIAL`, as `rpm-ostree status --json` has it. `""` for NULL. Borrowed from
/// the snapshot.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_deployment_id(
    deployment: *const regraft_deployment,
) -> *const c_char {
    value(text::empty(), || Some(peek(deployment)?.id.pointer()))
}

/// The stateroot that it belongs to. `""` for NULL. Borrowed from the snapshot.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_deployment_stateroot(
    deployment: *const regraft_deployment,
) -> *const c_char {
    value(text::empty(), || {
        Some(peek(deployment)?.stateroot.pointer())
    })
}

/// Tells deployments of one commit apart; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_deployment_serial(deployment: *const regraft_deployment) -> u32 {
    value(0, || Some(peek(deployment)?.deployment.serial()))
}

/// The deployed commit. `""` for NULL. Borrowed from the snapshot.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_deployment_checksum(
    deployment: *const regraft_deployment,
) -> *const c_char {
    value(text::empty(), || Some(peek(deployment)?.checksum.pointer()))
}

/// The base commit: the one on which packages were layered, or the deployed commit itself. `""` for
/// NULL. Borrowed from the snapshot.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_deployment_base_checksum(
    deployment: *const regraft_deployment,
) -> *const c_char {
    value(text::empty(), || {
        Some(peek(deployment)?.base_checksum.pointer())
    })
}

/// Whether packages were layered, or anything else was assembled here; false for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_deployment_is_layered(
    deployment: *const regraft_deployment,
) -> bool {
    value(false, || Some(peek(deployment)?.deployment.is_layered()))
}

/// The commit's version; NULL where it has none. Borrowed from the snapshot.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_deployment_version(
    deployment: *const regraft_deployment,
) -> *const c_char {
    value(std::ptr::null(), || {
        Some(text::optional(&peek(deployment)?.version))
    })
}

/// The commit's time, in seconds since 1970; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_deployment_timestamp(
    deployment: *const regraft_deployment,
) -> u64 {
    value(0, || Some(peek(deployment)?.deployment.timestamp()))
}

/// The ref that it follows, `REMOTE:REF`; NULL where it follows none. Borrowed from the snapshot.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_deployment_refspec(
    deployment: *const regraft_deployment,
) -> *const c_char {
    value(std::ptr::null(), || {
        Some(text::optional(&peek(deployment)?.refspec))
    })
}

/// The text of its origin file: what it follows and what was asked for. `""` for NULL. Borrowed
/// from the snapshot.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_deployment_origin_text(
    deployment: *const regraft_deployment,
) -> *const c_char {
    value(text::empty(), || Some(peek(deployment)?.origin.pointer()))
}

/// How many requests are layered; one that the base met is in the origin only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_deployment_package_count(
    deployment: *const regraft_deployment,
) -> usize {
    value(0, || Some(peek(deployment)?.packages.count()))
}

/// A request that is layered; NULL where there is none at `index`. Borrowed from the snapshot.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_deployment_package_get(
    deployment: *const regraft_deployment,
    index: usize,
) -> *const c_char {
    value(std::ptr::null(), || peek(deployment)?.packages.get(index))
}

/// How many packages of the base were taken out.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_deployment_removed_base_package_count(
    deployment: *const regraft_deployment,
) -> usize {
    value(0, || Some(peek(deployment)?.removed.len()))
}

/// A package of the base that was taken out; NULL where there is none at `index`. Borrowed from the
/// snapshot.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_deployment_removed_base_package_get(
    deployment: *const regraft_deployment,
    index: usize,
) -> *const regraft_nevra {
    value(std::ptr::null(), || {
        peek(deployment)?.removed.get(index).map(std::ptr::from_ref)
    })
}

/// How many arguments its kernel boots with.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_deployment_kernel_argument_count(
    deployment: *const regraft_deployment,
) -> usize {
    value(0, || Some(peek(deployment)?.arguments.count()))
}

/// An argument that its kernel boots with; NULL where there is none at `index`. Borrowed from the
/// snapshot.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_deployment_kernel_argument_get(
    deployment: *const regraft_deployment,
    index: usize,
) -> *const c_char {
    value(std::ptr::null(), || peek(deployment)?.arguments.get(index))
}

/// Whether the machine runs it now; false for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_deployment_is_booted(
    deployment: *const regraft_deployment,
) -> bool {
    value(false, || Some(peek(deployment)?.deployment.is_booted()))
}

/// Whether it becomes bootable at shutdown; false for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_deployment_is_staged(
    deployment: *const regraft_deployment,
) -> bool {
    value(false, || Some(peek(deployment)?.deployment.is_staged()))
}

/// Whether it is kept until it is unpinned; false for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_deployment_is_pinned(
    deployment: *const regraft_deployment,
) -> bool {
    value(false, || Some(peek(deployment)?.deployment.is_pinned()))
}

/// The digest of the requests and packages, as rpm-ostree computes it; NULL for a base. Borrowed
/// from the snapshot.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_deployment_state_digest(
    deployment: *const regraft_deployment,
) -> *const c_char {
    value(std::ptr::null(), || {
        Some(text::optional(&peek(deployment)?.state_digest))
    })
}

/// The deployment as in the list `deployments` of `rpm-ostree status --json`. `""` for NULL.
/// Borrowed from the snapshot.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_deployment_to_json(
    deployment: *const regraft_deployment,
) -> *const c_char {
    value(text::empty(), || Some(peek(deployment)?.json.pointer()))
}
