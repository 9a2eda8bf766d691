//! The deployments at one moment.

use crate::call::value;
use crate::deployment::regraft_deployment;
use crate::handle::{self, Owned, peek};
use crate::interrupted::regraft_interrupted;
use crate::text::{self, Text};
use engine::Status;
use std::ffi::c_char;

/// All deployments at one moment. Immutable: any thread.
pub struct regraft_snapshot {
    deployments: Vec<regraft_deployment>,
    pub(crate) interrupted: Option<regraft_interrupted>,
    json: Text,
}

impl Owned for regraft_snapshot {}

impl regraft_snapshot {
    pub(crate) fn new(status: &Status) -> regraft_snapshot {
        let document = status.to_json();
        let shown = |place: usize| document["deployments"][place].to_string();
        let deployments = status.deployments().iter().enumerate();
        regraft_snapshot {
            deployments: deployments
                .map(|(place, deployment)| regraft_deployment::new(deployment, shown(place)))
                .collect(),
            interrupted: status.interrupted().map(Into::into),
            json: Text::new(document.to_string()),
        }
    }
}

/// How many deployments there are; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_snapshot_deployment_count(
    snapshot: *const regraft_snapshot,
) -> usize {
    value(0, || Some(peek(snapshot)?.deployments.len()))
}

/// The deployment at `index`, first the one that boots next; NULL where there is none. Borrowed from
/// the snapshot.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_snapshot_deployment_get(
    snapshot: *const regraft_snapshot,
    index: usize,
) -> *const regraft_deployment {
    value(std::ptr::null(), || {
        peek(snapshot)?
            .deployments
            .get(index)
            .map(std::ptr::from_ref)
    })
}

/// The JSON document that `rpm-ostree status --json` prints, with the same names, and `interrupted`:
/// null, or `program` and `left` of the call that was interrupted. `""` for NULL. Borrowed from the
/// snapshot.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_snapshot_to_json(
    snapshot: *const regraft_snapshot,
) -> *const c_char {
    value(text::empty(), || Some(peek(snapshot)?.json.pointer()))
}

/// Frees a snapshot and all that is borrowed from it; NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_snapshot_free(snapshot: *mut regraft_snapshot) {
    handle::free(snapshot);
}
