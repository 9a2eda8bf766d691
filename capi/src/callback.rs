//! Functions of the C program that the library calls.

use crate::call::Failure;
use crate::job::{REGRAFT_CANCEL, REGRAFT_CONTINUE};
use crate::progress::regraft_progress;
use std::ffi::{c_int, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

/// Hears of a call's progress, on the thread that made the call and while that call runs. `progress`
/// is borrowed until it returns; `userdata` is what was given with it. It answers
/// `REGRAFT_CONTINUE` or `REGRAFT_CANCEL`; anything else cancels, too, and a call that ends early
/// for it fails with `REGRAFT_BAD_ENUM` (for a callback in Rust that panics, `REGRAFT_PANIC`). It may
/// call the library, but the job and what the running call changes answer `REGRAFT_IN_USE`; freeing
/// them is fine. It must return: no `longjmp`, and a C++ exception that leaves it ends the process.
pub type regraft_progress_callback = Option<
    unsafe extern "C-unwind" fn(progress: *const regraft_progress, userdata: *mut c_void) -> c_int,
>;

/// What the program wants to have handed back.
struct Userdata(*mut c_void);

// SAFETY: the library never looks behind the pointer; it hands it to the program's function, on the
// thread that called the library, with which job and callback belong to one call at a time.
unsafe impl Send for Userdata {}

/// Why a listener has made its call fail, which the library's own `Cancelled` cannot tell.
pub(crate) type Said = Arc<Mutex<Option<Failure>>>;

/// What a listener has said since it was last asked.
pub(crate) fn take(said: &Said) -> Option<Failure> {
    said.lock().unwrap_or_else(PoisonError::into_inner).take()
}

/// The closure that stands for the program's function.
pub(crate) fn listener(
    function: regraft_progress_callback,
    userdata: *mut c_void,
    said: Said,
) -> impl FnMut(&engine::Progress) -> engine::Flow + Send + 'static {
    let userdata = Userdata(userdata);
    move |progress| {
        let userdata = &userdata;
        let Some(function) = function else {
            return engine::Flow::Continue;
        };
        let report = regraft_progress::new(progress);
        let answer = catch_unwind(AssertUnwindSafe(|| {
            // SAFETY: the program gave this function for exactly this use; the report lives until
            // it returns, and its userdata is what came with it.
            unsafe { function(&raw const report, userdata.0) }
        }));
        let failure = match answer {
            Ok(REGRAFT_CONTINUE) => return engine::Flow::Continue,
            Ok(REGRAFT_CANCEL) => return engine::Flow::Cancel,
            Ok(other) => Failure::bad_enum("what the progress callback answers", other),
            Err(payload) => Failure::panic(&*payload),
        };
        let mut said = said.lock().unwrap_or_else(PoisonError::into_inner);
        said.get_or_insert(failure);
        engine::Flow::Cancel
    }
}
