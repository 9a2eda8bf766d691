//! A run in named steps, and the table of them at its end.

use anyhow::Result;
use std::fmt;
use std::time::{Duration, Instant};

/// What happened so far.
pub(crate) struct Steps {
    begun: Instant,
    rows: Vec<Row>,
}

struct Row {
    name: String,
    time: Duration,
    outcome: Outcome,
}

enum Outcome {
    /// With a note for the table, which may be empty.
    Ok(String),
    Failed(String),
}

impl Steps {
    pub(crate) fn new() -> Steps {
        Steps {
            begun: Instant::now(),
            rows: Vec::new(),
        }
    }

    /// Runs one step. What it returns is its note in the table; an error marks it failed and is
    /// printed at once. Returns whether it succeeded.
    pub(crate) fn run(&mut self, name: &str, step: impl FnOnce() -> Result<String>) -> bool {
        println!("\n==> {name}");
        let begun = Instant::now();
        let outcome = match step() {
            Ok(note) => Outcome::Ok(note),
            Err(error) => {
                let text = format!("{error:#}");
                eprintln!("error: {text}");
                Outcome::Failed(text)
            }
        };
        let ok = matches!(outcome, Outcome::Ok(_));
        self.rows.push(Row {
            name: name.to_owned(),
            time: begun.elapsed(),
            outcome,
        });
        ok
    }

    /// Every step has succeeded.
    pub(crate) fn all_ok(&self) -> bool {
        self.rows
            .iter()
            .all(|row| matches!(row.outcome, Outcome::Ok(_)))
    }
}

/// The longest error that the table shows; all of it was printed when it happened.
const ERROR_SHOWN: usize = 80;

impl fmt::Display for Steps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.rows.iter().map(|row| row.name.len()).max();
        let width = width.unwrap_or(0).max("total".len());
        writeln!(f, "{:width$}  {:>8}  result", "step", "seconds")?;
        for row in &self.rows {
            let seconds = row.time.as_secs_f64();
            write!(f, "{:width$}  {seconds:8.1}  ", row.name)?;
            match &row.outcome {
                Outcome::Ok(note) if note.is_empty() => writeln!(f, "ok")?,
                Outcome::Ok(note) => writeln!(f, "ok: {note}")?,
                Outcome::Failed(error) => {
                    let first = error.lines().next().unwrap_or_default();
                    let shown: String = first.chars().take(ERROR_SHOWN).collect();
                    writeln!(f, "FAILED: {shown}")?;
                }
            }
        }
        let total = self.begun.elapsed().as_secs_f64();
        write!(f, "{:width$}  {total:8.1}", "total")
    }
}
