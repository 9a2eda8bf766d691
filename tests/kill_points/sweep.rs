//! Goes to places and disturbs the calls there.

use super::calls::Call;
use super::scene::Scene;
use super::tracer::Answer;
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

/// What happens to a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Disturbance {
    Kill,
    Error(i32),
}

impl Disturbance {
    pub(crate) fn answer(self) -> Answer {
        match self {
            Disturbance::Kill => Answer::Kill,
            Disturbance::Error(errno) => Answer::Fail(errno),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Disturbance::Kill => "SIGKILL",
            Disturbance::Error(libc::EIO) => "EIO",
            Disturbance::Error(libc::ENOSPC) => "ENOSPC",
            Disturbance::Error(libc::EMFILE) => "EMFILE",
            Disturbance::Error(_) => "another error",
        }
    }

    pub(crate) fn applies(self, call: &Call) -> bool {
        match self {
            Disturbance::Error(libc::EMFILE) => call.opens(),
            Disturbance::Error(libc::ENOSPC) => call.takes_room(),
            _ => true,
        }
    }
}

/// A place, and what happens there.
pub(crate) struct Point {
    pub(crate) what: Disturbance,
    pub(crate) number: usize,
}

/// What came of it.
pub(crate) struct Verdict {
    pub(crate) met: Option<Call>,
    pub(crate) problem: Option<String>,
}

/// What was done to which call: how often, and how often it was bad.
type Table<'a> = BTreeMap<(&'a str, &'a str), (usize, usize)>;

/// All places of a call.
pub(crate) fn all(scene: &Scene, what: Disturbance) -> Vec<Point> {
    let numbers = 1..=scene.calls.len();
    numbers
        .filter(|number| what.applies(&scene.calls[number - 1]))
        .map(|number| Point { what, number })
        .collect()
}

/// Which places a sample takes.
pub(crate) struct Seed(usize);

impl Seed {
    /// The same for each run, or `REGRAFT_SEED`.
    pub(crate) fn new() -> Seed {
        let given = std::env::var("REGRAFT_SEED").map(|text| text.parse().unwrap());
        let seed = given.unwrap_or(0);
        eprintln!("REGRAFT_SEED={seed}");
        Seed(seed)
    }

    /// So many places, at equal distances.
    pub(crate) fn sample(&self, scene: &Scene, what: Disturbance, count: usize) -> Vec<Point> {
        let mut points = all(scene, what);
        let stride = (points.len() / count).max(1);
        let mut index = 0;
        points.retain(|_| {
            index += 1;
            index % stride == self.0 % stride
        });
        points
    }
}

/// Goes to all of these places, two at a time, and fails where anything is wrong.
pub(crate) fn sweep(scene: &Scene, points: &[Point]) {
    let begun = Instant::now();
    let next = AtomicUsize::new(0);
    let bad = Mutex::new(Vec::new());
    let table: Mutex<Table<'_>> = Mutex::new(Table::new());
    std::thread::scope(|scope| {
        for worker in 0..2 {
            let (next, bad, table) = (&next, &bad, &table);
            scope.spawn(move || {
                loop {
                    let place = next.fetch_add(1, Ordering::SeqCst);
                    let Some(point) = points.get(place) else {
                        return;
                    };
                    let verdict = scene.disturb(point, worker);
                    let met = verdict.met.as_ref();
                    let name = met.map_or("not reached", |call| call.name);
                    let mut table = table.lock().unwrap();
                    let row = table.entry((point.what.name(), name)).or_default();
                    row.0 += 1;
                    if let Some(problem) = verdict.problem {
                        row.1 += 1;
                        let object = met.map_or("", |call| call.object.as_str());
                        let text = format!(
                            "{} at {} ({name} {object}): {problem}",
                            point.what.name(),
                            point.number
                        );
                        eprintln!("BAD {text}");
                        bad.lock().unwrap().push(text);
                    }
                }
            });
        }
    });
    let table = table.into_inner().unwrap();
    eprintln!("| what | call | disturbed | bad |\n|---|---|---|---|");
    for ((what, name), (count, bad)) in &table {
        eprintln!("| {what} | {name} | {count} | {bad} |");
    }
    let bad = bad.into_inner().unwrap();
    let seconds = begun.elapsed().as_secs_f64();
    eprintln!(
        "{}: {} calls count, {} disturbed, {} bad, {seconds:.1} s",
        scene.kind.name(),
        scene.calls.len(),
        points.len(),
        bad.len(),
    );
    assert!(bad.is_empty(), "{} bad", bad.len());
}
