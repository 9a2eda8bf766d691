//! Progress: a bar on a terminal, a line for each phase elsewhere.

use indicatif::{ProgressBar, ProgressStyle};
use regraft::{Flow, Job, Phase};
use std::io::IsTerminal;

/// A job that shows how far it is, on standard error.
pub(crate) fn job(json: bool) -> Job {
    if json {
        return Job::new();
    }
    if std::io::stderr().is_terminal() {
        on_terminal()
    } else {
        in_lines()
    }
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
