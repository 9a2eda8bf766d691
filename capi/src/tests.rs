//! What C programs cannot bring about: panics.

use crate::call::{Failure, call, value};
use crate::code::*;
use crate::error::*;
use crate::handle::{self, Exclusive, Out, Owned, hold, peek};
use crate::job::*;
use crate::progress::regraft_progress;
use crate::text::{self, Text};
use std::ffi::{CStr, c_char, c_int, c_void};
use std::ptr::null_mut;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A handle that counts how often it is dropped.
struct Counted {
    state: Exclusive<u32>,
    drops: Arc<AtomicUsize>,
}

impl Owned for Counted {}

impl Drop for Counted {
    fn drop(&mut self) {
        self.drops.fetch_add(1, Ordering::SeqCst);
    }
}

fn counted() -> (*mut Counted, Arc<AtomicUsize>) {
    let drops = Arc::new(AtomicUsize::new(0));
    let handle = handle::give(Counted {
        state: Exclusive::new("thing", 0),
        drops: drops.clone(),
    });
    (handle, drops)
}

/// What a call answers, and its error's message.
fn outcome(body: impl FnOnce(*mut *mut regraft_error) -> regraft_code) -> (regraft_code, String) {
    let mut error = null_mut();
    let code = body(&raw mut error);
    let kind = peek(error.cast_const()).map_or(REGRAFT_OK, |_| code);
    assert_eq!(
        kind, code,
        "an error is there exactly where the call failed"
    );
    let message = string(
        // SAFETY: the error is NULL or was just given out.
        unsafe { regraft_error_message(error) },
    );
    handle::free(error);
    (code, message)
}

fn string(pointer: *const c_char) -> String {
    assert!(!pointer.is_null());
    // SAFETY: accessors answer strings that end with NUL.
    let text = unsafe { CStr::from_ptr(pointer) };
    text.to_str().unwrap().to_owned()
}

#[test]
fn a_panic_is_a_code_and_spends_what_it_had() {
    let (handle, drops) = counted();
    let (code, message) = outcome(|error| {
        call(error, || {
            let counted = hold(handle, "counted")?;
            let mut state = counted.state.enter()?;
            *state += 1;
            panic!("as asked");
        })
    });
    assert_eq!(code, REGRAFT_PANIC);
    assert_eq!(message, "a defect in regraft: as asked; please report it");
    let (code, message) = outcome(|error| {
        call(error, || {
            let counted = hold(handle, "counted")?;
            counted.state.enter().map(drop)
        })
    });
    assert_eq!(code, REGRAFT_SPENT);
    assert_eq!(
        message,
        "a call has panicked with this thing: free it and make another"
    );
    handle::free(handle);
    assert_eq!(drops.load(Ordering::SeqCst), 1);
}

#[test]
fn an_accessor_that_panics_answers_nothing() {
    assert_eq!(value(7, || panic!("as asked")), 7);
    assert_eq!(value(7, || None), 7);
    assert_eq!(value(7, || Some(8)), 8);
}

#[test]
fn a_call_keeps_what_is_freed_meanwhile() {
    let (handle, drops) = counted();
    let (code, _) = outcome(|error| {
        call(error, || {
            let counted = hold(handle, "counted")?;
            let state = counted.state.enter()?;
            handle::free(handle);
            assert_eq!((*state, drops.load(Ordering::SeqCst)), (0, 0));
            let (code, _) = outcome(|error| call(error, || counted.state.enter().map(drop)));
            assert_eq!(code, REGRAFT_IN_USE);
            Ok(())
        })
    });
    assert_eq!(code, REGRAFT_OK);
    assert_eq!(drops.load(Ordering::SeqCst), 1);
}

#[test]
fn an_out_pointer_is_null_until_there_is_something() {
    let (mut place, drops) = counted();
    let first = place;
    let (code, _) = outcome(|error| {
        call(error, || {
            let _out = Out::new(&raw mut place, "place")?;
            Err(Failure::null("other"))
        })
    });
    assert_eq!(code, REGRAFT_NULL_ARGUMENT);
    assert!(place.is_null());
    handle::free(first);
    assert_eq!(drops.load(Ordering::SeqCst), 1);
}

unsafe extern "C-unwind" fn panics(_: *const regraft_progress, _: *mut c_void) -> c_int {
    panic!("in the callback");
}

#[test]
fn a_panic_in_a_callback_cancels_and_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let sysroot = engine::Sysroot::create(folder.path().to_str().unwrap()).unwrap();
    let job = regraft_job_new();
    // SAFETY: the job is a live handle, and the function asks nothing of its userdata.
    let set = unsafe { regraft_job_on_progress(job, Some(panics), null_mut()) };
    assert_eq!(set, REGRAFT_OK);
    let clean = || {
        outcome(|error| {
            call(error, || {
                hold(job, "job")?.run(|job| {
                    let done = sysroot.cleanup(engine::Cleanup::default(), job);
                    // So short a call may have ended before it hears that it is cancelled.
                    Err(done.err().unwrap_or(engine::Error::Cancelled).into())
                })
            })
        })
    };
    let (code, message) = clean();
    assert_eq!(code, REGRAFT_PANIC);
    assert!(message.contains("in the callback"), "{message}");
    // The job is not spent, but cancelled.
    assert_eq!(clean().0, REGRAFT_ERROR_CANCELLED);
    handle::free(job);
}

#[test]
fn a_nul_inside_a_string_is_shown() {
    assert_eq!(string(Text::new("a\0b").pointer()), "a\u{fffd}b");
    assert_eq!(string(text::empty()), "");
}
