//! Progress and cancel of long calls.
//!
//! The closure of an [`engine::Job`] runs on the thread that made the call, so that what it tells a
//! `Listener` of C++ does, too.

use crate::failure::guard;
use crate::handle::{Held, Turn};
use crate::values::bridge::Failure;
use crate::values::nanoseconds;
use cxx::SharedPtr;
use engine::{Flow, Phase, Progress, Unit};

#[cxx::bridge(namespace = "regraft::bridge")]
pub(crate) mod bridge {
    /// How long a phase took.
    #[derive(Default)]
    struct Timing {
        phase: u8,
        nanoseconds: u64,
    }

    unsafe extern "C++" {
        include!("regraft/listener.hpp");
        include!("regraft/src/values.rs.h");

        type Failure = crate::values::bridge::Failure;

        /// Hears of progress; never throws. Whether to go on.
        type Listener;
        fn report(
            self: &Listener,
            phase: u8,
            done: u64,
            total: u64,
            unit: u8,
            fraction: f64,
            detail: &str,
        ) -> bool;
    }

    extern "Rust" {
        #[derive(ExternType)]
        type Job;
        type Cancel;

        fn job_new(failure: &mut Failure) -> Box<Job>;
        fn job_listen(job: &Job, listener: SharedPtr<Listener>, failure: &mut Failure);
        fn job_cancel_handle(job: &Job, failure: &mut Failure) -> Box<Cancel>;
        fn job_timings(job: &Job, failure: &mut Failure) -> Vec<Timing>;
        fn cancel(cancel: &Cancel, failure: &mut Failure);
        fn is_cancelled(cancel: &Cancel, failure: &mut Failure) -> bool;
        fn phase_name(phase: u8) -> &'static str;
    }
}

use bridge::{Listener, Timing};

/// A job: one call at a time.
pub(crate) type Job = Turn<engine::Job>;
/// Cancels a job: any thread.
type Cancel = Held<engine::Cancel>;

/// A listener that moves with its job. It is called only on the thread whose call uses the job, and
/// C++ may free it on any thread.
struct Ear(SharedPtr<Listener>);

// SAFETY: `std::shared_ptr` counts atomically, and a listener is called by one thread at a time:
// the one whose call holds the job.
unsafe impl Send for Ear {}

impl Ear {
    fn hear(&self, progress: &Progress) -> Flow {
        let Some(listener) = self.0.as_ref() else {
            return Flow::Continue;
        };
        let go_on = listener.report(
            phase_number(progress.phase()),
            progress.done(),
            progress.total(),
            match progress.unit() {
                Unit::Bytes => 0,
                _ => 1,
            },
            progress.fraction(),
            progress.detail(),
        );
        match go_on {
            true => Flow::Continue,
            false => Flow::Cancel,
        }
    }
}

fn phase_number(phase: Phase) -> u8 {
    let place = Phase::ALL.iter().position(|known| *known == phase);
    place.map_or(u8::MAX, |place| place as u8)
}

fn phase_name(phase: u8) -> &'static str {
    let phase = Phase::ALL.get(usize::from(phase));
    phase.map_or("unknown", |phase| phase.name())
}

fn job_new(failure: &mut Failure) -> Box<Job> {
    guard(failure, || Ok(Turn::new(engine::Job::new())))
}

fn job_listen(job: &Job, listener: SharedPtr<Listener>, failure: &mut Failure) {
    guard(failure, || {
        job.write(|job| {
            let ear = Ear(listener);
            *job = std::mem::take(job).on_progress(move |progress| ear.hear(progress));
            Ok(())
        })
    });
}

fn job_cancel_handle(job: &Job, failure: &mut Failure) -> Box<Cancel> {
    guard(failure, || {
        job.write(|job| Ok(Held::new(job.cancel_handle())))
    })
}

fn job_timings(job: &Job, failure: &mut Failure) -> Vec<Timing> {
    guard(failure, || {
        job.write(|job| {
            let timings = job.timings().iter();
            let timings = timings.map(|(phase, took)| Timing {
                phase: phase_number(*phase),
                nanoseconds: nanoseconds(*took),
            });
            Ok(timings.collect())
        })
    })
}

fn cancel(cancel: &Cancel, failure: &mut Failure) {
    guard(failure, || {
        cancel.get()?.cancel();
        Ok(())
    });
}

fn is_cancelled(cancel: &Cancel, failure: &mut Failure) -> bool {
    guard(failure, || Ok(cancel.get()?.is_cancelled()))
}
