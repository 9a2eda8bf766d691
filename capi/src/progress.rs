//! One report of progress.

use crate::call::value;
use crate::handle::peek;
use crate::text::{self, Text};
use engine::{Phase, Progress, Unit};
use std::ffi::c_char;

/// One report of progress, borrowed by a `regraft_progress_callback` until it returns.
pub struct regraft_progress {
    progress: Progress,
    phase: Text,
    detail: Text,
}

impl regraft_progress {
    pub(crate) fn new(progress: &Progress) -> regraft_progress {
        regraft_progress {
            phase: Text::new(progress.phase().name()),
            detail: Text::new(progress.detail()),
            progress: progress.clone(),
        }
    }
}

/// A phase that this header does not know.
pub const REGRAFT_PHASE_OTHER: i32 = 0;
/// Repository metadata is downloaded and read.
pub const REGRAFT_PHASE_METADATA: i32 = 1;
/// The solver works.
pub const REGRAFT_PHASE_SOLVE: i32 = 2;
/// A commit is pulled from a remote.
pub const REGRAFT_PHASE_PULL: i32 = 3;
/// Packages are downloaded.
pub const REGRAFT_PHASE_DOWNLOAD: i32 = 4;
/// Packages become commits.
pub const REGRAFT_PHASE_IMPORT: i32 = 5;
/// Package trees are merged into the base tree.
pub const REGRAFT_PHASE_GRAFT: i32 = 6;
/// Scriptlets run.
pub const REGRAFT_PHASE_SCRIPTS: i32 = 7;
/// The rpm database is read or written.
pub const REGRAFT_PHASE_DATABASE: i32 = 8;
/// The new tree is committed.
pub const REGRAFT_PHASE_COMMIT: i32 = 9;
/// libostree makes the deployment.
pub const REGRAFT_PHASE_DEPLOY: i32 = 10;
/// What is no longer needed is removed.
pub const REGRAFT_PHASE_CLEANUP: i32 = 11;
/// Everything that is there is looked at.
pub const REGRAFT_PHASE_CHECK: i32 = 12;

/// `regraft_progress_done` and `regraft_progress_total` count bytes.
pub const REGRAFT_UNIT_BYTES: i32 = 0;
/// They count whole things: packages, scripts, files.
pub const REGRAFT_UNIT_ITEMS: i32 = 1;

/// A phase's number.
pub(crate) fn phase_number(phase: Phase) -> i32 {
    match phase {
        Phase::Metadata => REGRAFT_PHASE_METADATA,
        Phase::Solve => REGRAFT_PHASE_SOLVE,
        Phase::Pull => REGRAFT_PHASE_PULL,
        Phase::Download => REGRAFT_PHASE_DOWNLOAD,
        Phase::Import => REGRAFT_PHASE_IMPORT,
        Phase::Graft => REGRAFT_PHASE_GRAFT,
        Phase::Scripts => REGRAFT_PHASE_SCRIPTS,
        Phase::Database => REGRAFT_PHASE_DATABASE,
        Phase::Commit => REGRAFT_PHASE_COMMIT,
        Phase::Deploy => REGRAFT_PHASE_DEPLOY,
        Phase::Cleanup => REGRAFT_PHASE_CLEANUP,
        Phase::Check => REGRAFT_PHASE_CHECK,
        _ => REGRAFT_PHASE_OTHER,
    }
}

/// How much of the whole call is done, from 0 to 1; within one call it only grows. 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_progress_fraction(progress: *const regraft_progress) -> f64 {
    value(0.0, || Some(peek(progress)?.progress.fraction()))
}

/// What is being done, as one lower-case word: `download`. `""` for NULL. Borrowed from the report.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_progress_phase(
    progress: *const regraft_progress,
) -> *const c_char {
    value(text::empty(), || Some(peek(progress)?.phase.pointer()))
}

/// The same as a number: `REGRAFT_PHASE_DOWNLOAD` and so on; `REGRAFT_PHASE_OTHER` for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_progress_phase_number(progress: *const regraft_progress) -> i32 {
    value(REGRAFT_PHASE_OTHER, || {
        Some(phase_number(peek(progress)?.progress.phase()))
    })
}

/// How much of this phase is done, in its unit; at most its total. 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_progress_done(progress: *const regraft_progress) -> u64 {
    value(0, || Some(peek(progress)?.progress.done()))
}

/// How much this phase has to do, in its unit; 0 when that is not known, and for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_progress_total(progress: *const regraft_progress) -> u64 {
    value(0, || Some(peek(progress)?.progress.total()))
}

/// What done and total count: `REGRAFT_UNIT_BYTES` or `REGRAFT_UNIT_ITEMS`; the former for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_progress_unit(progress: *const regraft_progress) -> i32 {
    value(REGRAFT_UNIT_BYTES, || {
        Some(match peek(progress)?.progress.unit() {
            Unit::Bytes => REGRAFT_UNIT_BYTES,
            _ => REGRAFT_UNIT_ITEMS,
        })
    })
}

/// The object being worked on (a package, a file), or `""`. Borrowed from the report.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_progress_detail(
    progress: *const regraft_progress,
) -> *const c_char {
    value(text::empty(), || Some(peek(progress)?.detail.pointer()))
}
