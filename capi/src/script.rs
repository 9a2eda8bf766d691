//! What scripts of packages printed.

use crate::call::value;
use crate::handle::peek;
use crate::nevra::regraft_nevra;
use crate::text::{self, Text, Texts};
use engine::ScriptLog;
use std::ffi::c_char;

/// One script's run. Immutable, and borrowed from the outcome.
pub struct regraft_script_log {
    package: regraft_nevra,
    script: Text,
    output: Text,
    seconds: f64,
    written: Texts,
}

impl From<&ScriptLog> for regraft_script_log {
    fn from(log: &ScriptLog) -> regraft_script_log {
        regraft_script_log {
            package: (&log.package).into(),
            script: Text::new(&log.script),
            output: Text::new(&log.output),
            seconds: log.duration.as_secs_f64(),
            written: Texts::new(&log.written),
        }
    }
}

/// The package; NULL for NULL. Borrowed from the outcome.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_script_log_package(
    log: *const regraft_script_log,
) -> *const regraft_nevra {
    value(std::ptr::null(), || {
        Some(std::ptr::from_ref(&peek(log)?.package))
    })
}

/// Which one: `pre`, `post`, `posttrans`, `transfiletriggerin`. `""` for NULL. Borrowed from the
/// outcome.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_script_log_script(
    log: *const regraft_script_log,
) -> *const c_char {
    value(text::empty(), || Some(peek(log)?.script.pointer()))
}

/// What it printed, the end of it when that was much. `""` for NULL. Borrowed from the outcome.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_script_log_output(
    log: *const regraft_script_log,
) -> *const c_char {
    value(text::empty(), || Some(peek(log)?.output.pointer()))
}

/// How many seconds it ran; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_script_log_seconds(log: *const regraft_script_log) -> f64 {
    value(0.0, || Some(peek(log)?.seconds))
}

/// How many paths below `/usr` and `/etc` differ in the finished tree because of it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_script_log_written_count(log: *const regraft_script_log) -> usize {
    value(0, || Some(peek(log)?.written.count()))
}

/// One of those paths, which are sorted, and each only with the script that wrote it last; NULL
/// where there is none at `index`. Borrowed from the outcome.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_script_log_written_get(
    log: *const regraft_script_log,
    index: usize,
) -> *const c_char {
    value(std::ptr::null(), || peek(log)?.written.get(index))
}
