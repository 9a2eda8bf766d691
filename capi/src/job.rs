//! What a long call takes from its caller: cancel and progress.

use crate::call::{Failure, Result, call, value};
use crate::callback::{self, Said, regraft_progress_callback};
use crate::code::regraft_code;
use crate::error::regraft_error;
use crate::handle::{self, Exclusive, Out, Owned, hold, peek};
use crate::progress::{REGRAFT_PHASE_OTHER, phase_number};
use crate::text::Text;
use std::ffi::{c_char, c_int, c_void};

/// A progress callback's answer: go on.
pub const REGRAFT_CONTINUE: c_int = 0;
/// A progress callback's answer: stop as soon as that leaves nothing half done; the call fails with
/// `REGRAFT_ERROR_CANCELLED`, unless it was past the point of no return.
pub const REGRAFT_CANCEL: c_int = 1;

/// Progress and cancel of the long calls that it is given to. One call at a time: any thread may
/// use it, and gets `REGRAFT_IN_USE` while another call has it. Once cancelled it stays so, and
/// every call with it fails; make a new one to go on.
pub struct regraft_job {
    state: Exclusive<State>,
    cancel: engine::Cancel,
}

struct State {
    job: engine::Job,
    said: Said,
}

/// Cancels one job. Any thread, at any time; not from a signal handler.
pub struct regraft_cancel {
    cancel: engine::Cancel,
}

/// How long the phases of a call took. Immutable: any thread.
pub struct regraft_timings {
    phases: Vec<(i32, Text, f64)>,
}

impl Owned for regraft_job {}
impl Owned for regraft_cancel {}
impl Owned for regraft_timings {}

impl regraft_job {
    /// Makes a long call of the library with this job. A callback that panicked or answered nonsense
    /// has cancelled it, and is then the reason that the program hears.
    pub(crate) fn run<T>(&self, work: impl FnOnce(&mut engine::Job) -> Result<T>) -> Result<T> {
        let mut state = self.state.enter()?;
        let result = work(&mut state.job);
        let said = callback::take(&state.said);
        match (result, said) {
            (Err(Failure::Library(error)), Some(said))
                if matches!(*error, engine::Error::Cancelled) =>
            {
                Err(said)
            }
            (result, _) => result,
        }
    }
}

/// Makes a job that tells nobody anything. The program owns it; `regraft_job_free`.
#[unsafe(no_mangle)]
pub extern "C" fn regraft_job_new() -> *mut regraft_job {
    value(std::ptr::null_mut(), || {
        let job = engine::Job::new();
        let cancel = job.cancel_handle();
        let said = Said::default();
        let state = Exclusive::new("job", State { job, said });
        Some(handle::give(regraft_job { state, cancel }))
    })
}

/// Sets the function that hears of progress, at most some 20 times a second and at each change of
/// phase; NULL for none. `userdata` goes to it as it is, and must stay usable for it as long as the
/// job is given to calls.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_job_on_progress(
    job: *mut regraft_job,
    callback: regraft_progress_callback,
    userdata: *mut c_void,
) -> regraft_code {
    call(std::ptr::null_mut(), || {
        let job = hold(job, "job")?;
        let mut state = job.state.enter()?;
        let listener = callback::listener(callback, userdata, state.said.clone());
        state.job = std::mem::take(&mut state.job).on_progress(listener);
        Ok(())
    })
}

/// Makes a handle with which any thread can cancel the job, also while a call has it. The program
/// owns it, and may free it before or after the job; `regraft_cancel_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_job_cancel_handle(
    job: *const regraft_job,
    cancel: *mut *mut regraft_cancel,
    error: *mut *mut regraft_error,
) -> regraft_code {
    call(error, || {
        let out = Out::new(cancel, "cancel")?;
        let cancel = hold(job, "job")?.cancel.clone();
        out.put(regraft_cancel { cancel });
        Ok(())
    })
}

/// Whether somebody has cancelled the job, also while a call has it; false for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_job_is_cancelled(job: *const regraft_job) -> bool {
    value(false, || Some(peek(job)?.cancel.is_cancelled()))
}

/// How long each phase of the job's last call took, in the order in which they began. What comes
/// before the first one counts to it, so that all together are the whole call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_job_timings(
    job: *const regraft_job,
    timings: *mut *mut regraft_timings,
    error: *mut *mut regraft_error,
) -> regraft_code {
    call(error, || {
        let out = Out::new(timings, "timings")?;
        let job = hold(job, "job")?;
        let state = job.state.enter()?;
        let phases = state.job.timings().iter().map(|(phase, time)| {
            let name = Text::new(phase.name());
            (phase_number(*phase), name, time.as_secs_f64())
        });
        out.put(regraft_timings {
            phases: phases.collect(),
        });
        Ok(())
    })
}

/// Frees a job; NULL is fine, and so is one that a call has, which ends as it would.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_job_free(job: *mut regraft_job) {
    handle::free(job);
}

/// Asks the job's present and later calls to stop. The present one fails with
/// `REGRAFT_ERROR_CANCELLED`, unless it was past the point of no return. NULL does nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_cancel_cancel(cancel: *const regraft_cancel) {
    value((), || {
        peek(cancel)?.cancel.cancel();
        Some(())
    });
}

/// Whether somebody has cancelled; false for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_cancel_is_cancelled(cancel: *const regraft_cancel) -> bool {
    value(false, || Some(peek(cancel)?.cancel.is_cancelled()))
}

/// Frees a cancel handle; NULL is fine. The job goes on.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_cancel_free(cancel: *mut regraft_cancel) {
    handle::free(cancel);
}

/// How many phases the call went through; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_timings_count(timings: *const regraft_timings) -> usize {
    value(0, || Some(peek(timings)?.phases.len()))
}

/// The name of the phase at `index`; NULL where there is none. Borrowed from the timings.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_timings_phase(
    timings: *const regraft_timings,
    index: usize,
) -> *const c_char {
    value(std::ptr::null(), || {
        Some(peek(timings)?.phases.get(index)?.1.pointer())
    })
}

/// The number of the phase at `index`: `REGRAFT_PHASE_DOWNLOAD` and so on; `REGRAFT_PHASE_OTHER`
/// where there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_timings_phase_number(
    timings: *const regraft_timings,
    index: usize,
) -> i32 {
    value(REGRAFT_PHASE_OTHER, || {
        Some(peek(timings)?.phases.get(index)?.0)
    })
}

/// How many seconds the phase at `index` took; 0 where there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_timings_seconds(
    timings: *const regraft_timings,
    index: usize,
) -> f64 {
    value(0.0, || Some(peek(timings)?.phases.get(index)?.2))
}

/// Frees timings; NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_timings_free(timings: *mut regraft_timings) {
    handle::free(timings);
}
