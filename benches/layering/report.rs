//! The table.

use crate::measure::{Calls, Kind, Run, View};
use std::fmt;

/// Everything that was measured.
#[derive(Default)]
pub struct Report {
    rows: Vec<Row>,
}

struct Row {
    size: usize,
    kind: Kind,
    view: View,
    total: f64,
    rest: f64,
    pull: f64,
    database: f64,
    megabytes: f64,
    deploy: f64,
    objects: u64,
    calls: Calls,
}

impl Report {
    pub fn add(
        &mut self,
        size: usize,
        database: u64,
        (kind, view): (Kind, View),
        runs: &[Run],
        calls: Calls,
    ) {
        let Some(run) = runs.iter().min_by(|a, b| a.own().total_cmp(&b.own())) else {
            return;
        };
        self.rows.push(Row {
            size,
            kind,
            view,
            total: run.total(),
            rest: run.own(),
            pull: run.pull(),
            database: run.database(),
            megabytes: database as f64 / 1e6,
            deploy: run.deploy,
            objects: run.objects,
            calls,
        });
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "| layering | root view | files of the base | until deployment, s | of it pull, s | \
             of it rpmdb, s (MB) | the rest, s | objects | openat | statx | deployment, s |"
        )?;
        writeln!(f, "|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|")?;
        let mut rows: Vec<&Row> = self.rows.iter().collect();
        let place = |row: &Row| Kind::ALL.iter().position(|kind| *kind == row.kind);
        rows.sort_by_key(|row| (place(row), row.view.name(), row.size));
        for row in &rows {
            let view = if row.kind == Kind::Plain {
                "none"
            } else {
                row.view.name()
            };
            writeln!(
                f,
                "| {} | {view} | {} | {:.3} | {:.3} | {:.3} ({:.1}) | {:.3} | {} | {} | {} | {:.2} |",
                row.kind.title(),
                row.size,
                row.total,
                row.pull,
                row.database,
                row.megabytes,
                row.rest,
                row.objects,
                row.calls.opens,
                row.calls.stats,
                row.deploy
            )?;
        }
        writeln!(
            f,
            "\n| layering | root view | the rest | objects | openat | statx | deployment |"
        )?;
        writeln!(f, "|---|---|--:|--:|--:|--:|--:|")?;
        for pair in rows.chunk_by(|a, b| (a.kind, a.view) == (b.kind, b.view)) {
            let [small, large] = pair else { continue };
            let ratio = |of: fn(&Row) -> f64| of(large) / of(small);
            writeln!(
                f,
                "| {} | {} | × {:.2} | {:+} | {:+} | {:+} | × {:.2} |",
                large.kind.title(),
                large.view.name(),
                ratio(|row| row.rest),
                large.objects as i64 - small.objects as i64,
                large.calls.opens as i64 - small.calls.opens as i64,
                large.calls.stats as i64 - small.calls.stats as i64,
                ratio(|row| row.deploy)
            )?;
        }
        Ok(())
    }
}
