//! What a writing call did.

use crate::call::value;
use crate::handle::{self, Owned, peek};
use crate::script::regraft_script_log;
use crate::text::{self, Text};
use engine::Outcome;
use std::ffi::c_char;

/// What a writing call did. Immutable: any thread.
pub struct regraft_outcome {
    kind: i32,
    id: Option<Text>,
    scripts: Vec<regraft_script_log>,
    objects: u64,
    text: Text,
    json: Text,
}

/// What is known only to a library newer than this header; the text tells it.
pub const REGRAFT_OUTCOME_OTHER: i32 = 0;
/// A new deployment, finished when the machine shuts down.
pub const REGRAFT_OUTCOME_STAGED: i32 = 1;
/// A new deployment, or an old one that is first again, which boots next.
pub const REGRAFT_OUTCOME_DEPLOYED: i32 = 2;
/// Everything was as wanted already.
pub const REGRAFT_OUTCOME_UNCHANGED: i32 = 3;

impl Owned for regraft_outcome {}

impl regraft_outcome {
    pub(crate) fn new(outcome: &Outcome) -> regraft_outcome {
        let (kind, objects) = match outcome {
            Outcome::Staged { objects, .. } => (REGRAFT_OUTCOME_STAGED, *objects),
            Outcome::Deployed { objects, .. } => (REGRAFT_OUTCOME_DEPLOYED, *objects),
            Outcome::Unchanged => (REGRAFT_OUTCOME_UNCHANGED, 0),
            _ => (REGRAFT_OUTCOME_OTHER, 0),
        };
        regraft_outcome {
            kind,
            id: outcome.id().map(Text::new),
            scripts: outcome.scripts().iter().map(Into::into).collect(),
            objects,
            text: Text::new(outcome.to_string()),
            json: Text::new(outcome.to_json().to_string()),
        }
    }
}

/// One line: `staged ID for the next boot`, `deployed ID` or `nothing to do`. `""` for NULL.
/// Borrowed from the outcome.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_outcome_text(outcome: *const regraft_outcome) -> *const c_char {
    value(text::empty(), || Some(peek(outcome)?.text.pointer()))
}

/// Which of these: `REGRAFT_OUTCOME_STAGED` and so on; `REGRAFT_OUTCOME_OTHER` for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_outcome_kind(outcome: *const regraft_outcome) -> i32 {
    value(0, || Some(peek(outcome)?.kind))
}

/// The new deployment's identifier; NULL when nothing changed. Borrowed from the outcome.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_outcome_id(outcome: *const regraft_outcome) -> *const c_char {
    value(std::ptr::null(), || {
        Some(text::optional(&peek(outcome)?.id))
    })
}

/// How many scripts ran; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_outcome_script_count(outcome: *const regraft_outcome) -> usize {
    value(0, || Some(peek(outcome)?.scripts.len()))
}

/// What the script at `index` did, in the order in which they ran; NULL where there is none.
/// Borrowed from the outcome.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_outcome_script_get(
    outcome: *const regraft_outcome,
    index: usize,
) -> *const regraft_script_log {
    value(std::ptr::null(), || {
        peek(outcome)?.scripts.get(index).map(std::ptr::from_ref)
    })
}

/// Objects that were written to the repository for it; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_outcome_objects(outcome: *const regraft_outcome) -> u64 {
    value(0, || Some(peek(outcome)?.objects))
}

/// The outcome as a JSON object: `kind` (`staged`, `deployed`, `unchanged`), `id`, `scripts`,
/// `objects`, `text`. Keys are only ever added. `""` for NULL. Borrowed from the outcome.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_outcome_to_json(outcome: *const regraft_outcome) -> *const c_char {
    value(text::empty(), || Some(peek(outcome)?.json.pointer()))
}

/// Frees an outcome and all that is borrowed from it; NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_outcome_free(outcome: *mut regraft_outcome) {
    handle::free(outcome);
}
