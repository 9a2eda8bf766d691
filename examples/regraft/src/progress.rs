//! Progress: a bar on a terminal, a line for each phase elsewhere. And what stops it: Ctrl-C cancels.

use indicatif::{ProgressBar, ProgressStyle};
use regraft::{Cancel, Flow, Job, Phase};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use std::io::IsTerminal;

/// A job that shows how far it is, on standard error.
pub(crate) fn job(json: bool) -> Job {
    let job = if json {
        Job::new()
    } else if std::io::stderr().is_terminal() {
        on_terminal()
    } else {
        in_lines()
    };
    // Without it a signal ends the program at once, which is as safe, and says nothing.
    if let Ok(signals) = Signals::new([SIGINT, SIGTERM]) {
        cancel_at(signals, job.cancel_handle());
    }
    job
}

/// The first signal cancels; a second one ends the program as if nobody listened.
fn cancel_at(mut signals: Signals, cancel: Cancel) {
    std::thread::spawn(move || {
        let mut asked = false;
        for signal in signals.forever() {
            if asked {
                let _ = signal_hook::low_level::emulate_default_handler(signal);
            }
            cancel.cancel();
            asked = true;
        }
    });
}

fn on_terminal() -> Job {
    let bar = ProgressBar::new(1000);
    let style = ProgressStyle::with_template("{percent:>3} % [{bar:30}] {msg}")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    bar.set_style(style);
    Job::new().on_progress(move |progress| {
        bar.set_position((progress.fraction() * 1000.0) as u64);
        bar.set_message(format!("{} {}", progress.phase(), progress.detail()));
        if progress.fraction() >= 1.0 {
            bar.finish_and_clear();
        }
        Flow::Continue
    })
}

fn in_lines() -> Job {
    let mut last: Option<Phase> = None;
    Job::new().on_progress(move |progress| {
        if last != Some(progress.phase()) {
            last = Some(progress.phase());
            eprintln!("{:3.0} % {}", progress.fraction() * 100.0, progress.phase());
        }
        Flow::Continue
    })
}
