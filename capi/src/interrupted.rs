//! A call that was interrupted.

use crate::call::value;
use crate::handle::peek;
use crate::snapshot::regraft_snapshot;
use crate::text::{self, Text, Texts};
use engine::Interrupted;
use std::ffi::c_char;

/// A call that was killed, or lost its power, before it had ended, and of which something is left.
/// Immutable, and borrowed from the snapshot.
pub struct regraft_interrupted {
    program: Option<Text>,
    left: Texts,
}

impl From<&Interrupted> for regraft_interrupted {
    fn from(interrupted: &Interrupted) -> regraft_interrupted {
        regraft_interrupted {
            program: interrupted.program().map(Text::new),
            left: Texts::new(interrupted.left()),
        }
    }
}

/// The call that was interrupted; NULL where nothing is left of one. The next call that changes the
/// sysroot removes what is left, and so does `regraft_sysroot_recover`. Borrowed from the snapshot.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_snapshot_interrupted(
    snapshot: *const regraft_snapshot,
) -> *const regraft_interrupted {
    value(std::ptr::null(), || {
        peek(snapshot)?.interrupted.as_ref().map(std::ptr::from_ref)
    })
}

/// The program that made it: `PROGRAM (pid N, started YYYY-MM-DD HH:MM:SS UTC)`; NULL where it has
/// not left its name. Borrowed from the snapshot.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_interrupted_program(
    interrupted: *const regraft_interrupted,
) -> *const c_char {
    value(std::ptr::null(), || {
        Some(text::optional(&peek(interrupted)?.program))
    })
}

/// How many things are left of it; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_interrupted_left_count(
    interrupted: *const regraft_interrupted,
) -> usize {
    value(0, || Some(peek(interrupted)?.left.count()))
}

/// One of them: a path, or `the ref NAME`; NULL where there is none at `index`. Borrowed from the
/// snapshot.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_interrupted_left_get(
    interrupted: *const regraft_interrupted,
    index: usize,
) -> *const c_char {
    value(std::ptr::null(), || peek(interrupted)?.left.get(index))
}
