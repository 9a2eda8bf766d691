//! What a long call takes from its caller: a way to cancel it, and a listener to its progress.
//!
//! A [`Job`] goes into every call that can take long. The library works on threads of its own; the
//! closure given to [`Job::on_progress`] runs on the thread that made the call, so it may touch
//! what belongs to that thread (a progress bar, a GUI).
//!
//! ```
//! use regraft::{Flow, Job};
//!
//! let job = Job::new().on_progress(|progress| {
//!     eprintln!("{:3.0} % {}", progress.fraction() * 100.0, progress.phase());
//!     Flow::Continue
//! });
//! let cancel = job.cancel_handle();
//! std::thread::spawn(move || cancel.cancel()).join().unwrap();
//! assert!(job.is_cancelled());
//! ```

use crate::error::{Error, Result};
use gio::prelude::CancellableExt;
use std::fmt;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// What a progress closure wants next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Flow {
    /// Go on.
    #[default]
    Continue,
    /// Stop as soon as that leaves nothing half done; the call returns [`Error::Cancelled`].
    Cancel,
}

/// What an operation is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Phase {
    /// Repository metadata is downloaded and read.
    Metadata,
    /// The solver works.
    Solve,
    /// A commit is pulled from a remote.
    Pull,
    /// Packages are downloaded.
    Download,
    /// Packages become commits.
    Import,
    /// Package trees are merged into the base tree.
    Graft,
    /// Scriptlets run.
    Scripts,
    /// The rpm database is read or written.
    Database,
    /// The new tree is committed.
    Commit,
    /// libostree makes the deployment.
    Deploy,
    /// What is no longer needed is removed.
    Cleanup,
    /// Everything that is there is looked at.
    Check,
}

impl Phase {
    /// All phases, in the order in which an operation goes through those it needs.
    pub const ALL: [Phase; 12] = [
        Self::Metadata,
        Self::Solve,
        Self::Pull,
        Self::Download,
        Self::Import,
        Self::Graft,
        Self::Scripts,
        Self::Database,
        Self::Commit,
        Self::Deploy,
        Self::Cleanup,
        Self::Check,
    ];

    /// The phase's name: one lower-case word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Metadata => "metadata",
            Self::Solve => "solve",
            Self::Pull => "pull",
            Self::Download => "download",
            Self::Import => "import",
            Self::Graft => "graft",
            Self::Scripts => "scripts",
            Self::Database => "database",
            Self::Commit => "commit",
            Self::Deploy => "deploy",
            Self::Cleanup => "cleanup",
            Self::Check => "check",
        }
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What [`Progress::done`] and [`Progress::total`] count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unit {
    /// Bytes.
    Bytes,
    /// Packages, scripts, files: whole things.
    Items,
}

/// One report of progress.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress {
    phase: Phase,
    done: u64,
    total: u64,
    unit: Unit,
    fraction: f64,
    detail: String,
}

impl Progress {
    /// What is being done.
    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// How much of this phase is done, in [`Progress::unit`]; at most [`Progress::total`].
    pub fn done(&self) -> u64 {
        self.done
    }

    /// How much this phase has to do; 0 when that is not known.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// What `done` and `total` count.
    pub fn unit(&self) -> Unit {
        self.unit
    }

    /// How much of the whole call is done, from 0 to 1; within one call it only grows.
    pub fn fraction(&self) -> f64 {
        self.fraction
    }

    /// The object being worked on (a package, a file), or an empty string.
    pub fn detail(&self) -> &str {
        &self.detail
    }
}

/// Cancels one [`Job`] from any thread. Cloning gives another handle to the same job.
#[derive(Debug, Clone)]
pub struct Cancel {
    cancellable: gio::Cancellable,
}

impl Cancel {
    /// Asks the job's present and later calls to stop; the present call returns
    /// [`Error::Cancelled`] unless it was past the point of no return.
    pub fn cancel(&self) {
        self.cancellable.cancel();
    }

    /// Whether somebody has cancelled.
    pub fn is_cancelled(&self) -> bool {
        self.cancellable.is_cancelled()
    }
}

type Listener = Box<dyn FnMut(&Progress) -> Flow + Send>;

/// Cancel and progress of the long calls that it is given to; one call at a time.
pub struct Job {
    cancel: Cancel,
    listener: Option<Listener>,
    timings: Vec<(Phase, Duration)>,
}

impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Job")
            .field("cancelled", &self.is_cancelled())
            .finish_non_exhaustive()
    }
}

impl Default for Job {
    fn default() -> Self {
        Self::new()
    }
}

impl Job {
    /// A job that tells nobody anything.
    pub fn new() -> Job {
        Job {
            cancel: Cancel {
                cancellable: gio::Cancellable::new(),
            },
            listener: None,
            timings: Vec::new(),
        }
    }

    /// Sets the closure that hears of progress, at most some 20 times a second and at each change
    /// of phase.
    #[must_use]
    pub fn on_progress(mut self, listener: impl FnMut(&Progress) -> Flow + Send + 'static) -> Job {
        self.listener = Some(Box::new(listener));
        self
    }

    /// A handle with which any thread can cancel this job.
    pub fn cancel_handle(&self) -> Cancel {
        self.cancel.clone()
    }

    /// Whether somebody has cancelled this job.
    pub fn is_cancelled(&self) -> bool {
        self.cancel.is_cancelled()
    }

    /// How long each phase of the last call took, in the order in which they began. What comes
    /// before the first one counts to it, so that all together are the whole call.
    pub fn timings(&self) -> &[(Phase, Duration)] {
        &self.timings
    }

    /// Runs `work` on a new thread and the progress closure on this one, until the work is done.
    /// `phases` are those that the work may go through, in order, each with its share of the time.
    pub(crate) fn run<T: Send>(
        &mut self,
        name: &str,
        phases: &[(Phase, u32)],
        work: impl FnOnce(&Monitor) -> Result<T> + Send,
    ) -> Result<T> {
        if self.is_cancelled() {
            return Err(Error::Cancelled);
        }
        let (sender, receiver) = channel();
        let monitor = Monitor::new(self.cancel.clone(), Some(sender), phases);
        let state = monitor.state.clone();
        let result = std::thread::scope(|scope| {
            let worker = std::thread::Builder::new()
                .name(name.to_owned())
                .spawn_scoped(scope, move || work(&monitor))
                .map_err(Error::io("start a thread for", name))?;
            self.listen(receiver);
            worker
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        });
        let state = state.lock().unwrap_or_else(PoisonError::into_inner);
        self.timings = state.timings();
        result
    }

    /// Until the worker has dropped its monitor.
    fn listen(&mut self, receiver: Receiver<Progress>) {
        for progress in receiver {
            let Some(listener) = &mut self.listener else {
                continue;
            };
            // A panic in the listener must not leave the worker running on unheard: it is told to
            // stop, and the scope waits for it before the panic goes on to the caller.
            let called =
                std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| listener(&progress)));
            match called {
                Ok(Flow::Continue) => {}
                Ok(Flow::Cancel) => self.cancel.cancel(),
                Err(panic) => {
                    self.cancel.cancel();
                    std::panic::resume_unwind(panic);
                }
            }
        }
    }
}

/// The working side of a [`Job`]: lower layers report to it and ask whether to go on.
#[derive(Debug, Clone)]
pub(crate) struct Monitor {
    cancel: Cancel,
    sender: Option<Sender<Progress>>,
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    phases: Vec<(Phase, u32)>,
    current: Option<Progress>,
    fraction: f64,
    last_sent: Option<Instant>,
    began: Instant,
    /// When each phase began.
    begun: Vec<(Phase, Instant)>,
    /// A report that came too soon after the one before.
    unsent: Option<Progress>,
}

impl State {
    fn timings(&self) -> Vec<(Phase, Duration)> {
        let ends = self.begun.iter().skip(1).map(|(_, instant)| *instant);
        let mut start = self.began;
        self.begun
            .iter()
            .zip(ends.chain([Instant::now()]))
            .map(|((phase, _), end)| {
                let took = end.duration_since(start);
                start = end;
                (*phase, took)
            })
            .collect()
    }

    fn due(&self) -> bool {
        self.last_sent
            .is_none_or(|last| last.elapsed() >= REPORT_INTERVAL)
    }
}

/// The shortest time between two reports of one phase.
const REPORT_INTERVAL: Duration = Duration::from_millis(50);

impl Monitor {
    fn new(cancel: Cancel, sender: Option<Sender<Progress>>, phases: &[(Phase, u32)]) -> Monitor {
        let state = State {
            phases: phases.to_vec(),
            current: None,
            fraction: 0.0,
            last_sent: None,
            began: Instant::now(),
            begun: Vec::new(),
            unsent: None,
        };
        Monitor {
            cancel,
            sender,
            state: Arc::new(Mutex::new(state)),
        }
    }

    /// A monitor that nobody listens to and nobody cancels.
    #[cfg(test)]
    pub(crate) fn silent() -> Monitor {
        Monitor::new(Job::new().cancel_handle(), None, &[])
    }

    /// Fails when the caller has cancelled. Tells the listener what came too soon after an earlier
    /// report to be told at once, so that it does not stay behind when something takes long.
    pub(crate) fn check(&self) -> Result<()> {
        let mut state = self.lock();
        let due = state.due();
        if let Some(progress) = state.unsent.take_if(|_| due) {
            self.send(&mut state, progress);
        }
        drop(state);
        if self.cancel.is_cancelled() {
            Err(Error::Cancelled)
        } else {
            Ok(())
        }
    }

    /// For calls of libostree and gio.
    pub(crate) fn cancellable(&self) -> &gio::Cancellable {
        &self.cancel.cancellable
    }

    /// A phase begins that has `total` units to do (0: not known).
    pub(crate) fn begin(&self, phase: Phase, total: u64, unit: Unit) -> Result<()> {
        let progress = Progress {
            phase,
            done: 0,
            total,
            unit,
            fraction: 0.0,
            detail: String::new(),
        };
        {
            let mut state = self.lock();
            state.last_sent = None;
            if state.begun.last().is_none_or(|(last, _)| *last != phase) {
                state.begun.push((phase, Instant::now()));
            }
        }
        self.report(progress);
        self.check()
    }

    /// The present phase has done `done` units in all, and now works on `detail`.
    pub(crate) fn reach(&self, done: u64, detail: &str) -> Result<()> {
        let current = self.lock().current.clone();
        if let Some(mut progress) = current {
            progress.done = if progress.total > 0 {
                done.min(progress.total)
            } else {
                done
            };
            progress.detail = detail.to_owned();
            self.report(progress);
        }
        self.check()
    }

    /// The same, where the total becomes known on the way.
    pub(crate) fn reach_of(&self, done: u64, total: u64, detail: &str) -> Result<()> {
        if let Some(progress) = &mut self.lock().current {
            progress.total = total;
        }
        self.reach(done, detail)
    }

    fn report(&self, mut progress: Progress) {
        let mut state = self.lock();
        let all: u32 = state.phases.iter().map(|(_, share)| share).sum();
        let before: u32 = state
            .phases
            .iter()
            .take_while(|(phase, _)| *phase != progress.phase)
            .map(|(_, share)| share)
            .sum();
        let share = state
            .phases
            .iter()
            .find(|(phase, _)| *phase == progress.phase);
        if let (Some((_, share)), true) = (share, all > 0) {
            let part = match progress.total {
                0 => 0.0,
                total => progress.done as f64 / total as f64,
            };
            let now = (f64::from(before) + f64::from(*share) * part) / f64::from(all);
            state.fraction = state.fraction.max(now.min(1.0));
        }
        progress.fraction = state.fraction;
        let complete = progress.total > 0 && progress.done == progress.total;
        state.current = Some(progress.clone());
        if state.due() || complete {
            self.send(&mut state, progress);
        } else {
            state.unsent = Some(progress);
        }
    }

    fn send(&self, state: &mut State, progress: Progress) {
        state.last_sent = Some(Instant::now());
        state.unsent = None;
        if let Some(sender) = &self.sender {
            // The listener may have gone with a panic; the work is told so through cancel.
            let _ = sender.send(progress);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PHASES: [(Phase, u32); 2] = [(Phase::Download, 3), (Phase::Import, 1)];

    #[test]
    fn the_fraction_only_grows_and_ends_at_one() {
        let heard = Arc::new(Mutex::new(Vec::new()));
        let writer = heard.clone();
        let mut job = Job::new().on_progress(move |progress| {
            writer
                .lock()
                .unwrap()
                .push((progress.phase(), progress.fraction()));
            Flow::Continue
        });
        job.run("test", &PHASES, |monitor| {
            monitor.begin(Phase::Download, 2, Unit::Items)?;
            monitor.reach(2, "a")?;
            monitor.begin(Phase::Import, 1, Unit::Items)?;
            monitor.reach(1, "b")
        })
        .unwrap();
        let heard = heard.lock().unwrap();
        assert_eq!(
            *heard,
            [
                (Phase::Download, 0.0),
                (Phase::Download, 0.75),
                (Phase::Import, 0.75),
                (Phase::Import, 1.0)
            ]
        );
        let phases: Vec<Phase> = job.timings().iter().map(|(phase, _)| *phase).collect();
        assert_eq!(phases, [Phase::Download, Phase::Import]);
    }

    #[test]
    fn a_listener_can_cancel() {
        let mut job = Job::new().on_progress(|_| Flow::Cancel);
        let result = job.run("test", &PHASES, |monitor| {
            loop {
                monitor.begin(Phase::Import, 0, Unit::Items)?;
                std::thread::sleep(Duration::from_millis(1));
            }
            #[allow(unreachable_code, reason = "gives the closure its type")]
            Ok(())
        });
        assert!(matches!(result, Err(Error::Cancelled)));
    }

    #[test]
    fn a_panicking_listener_stops_the_work_and_reaches_the_caller() {
        let caught = std::panic::catch_unwind(|| {
            let mut job = Job::new().on_progress(|_| panic!("in the listener"));
            job.run("test", &PHASES, |monitor| -> Result<()> {
                loop {
                    monitor.begin(Phase::Import, 0, Unit::Items)?;
                }
            })
        });
        assert!(caught.is_err());
    }
}
