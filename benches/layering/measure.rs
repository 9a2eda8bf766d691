//! One measured transaction.

use crate::bed::{self, Bed};
use camino::Utf8Path;
use regraft::{BaseViewKind, ErrorKind, Flow, Job, Phase, Sysroot, Transaction};
use serde::{Deserialize, Serialize};
use std::process::Command;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// What is layered on what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A package without scripts.
    Plain,
    /// One with a script; the view of the base is there from an earlier transaction.
    Seen,
    /// The same with an upgrade: the base is one that no transaction has seen.
    New,
}

impl Kind {
    pub const ALL: [Kind; 3] = [Kind::Plain, Kind::Seen, Kind::New];

    fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Seen => "seen",
            Self::New => "new",
        }
    }

    pub fn title(self) -> &'static str {
        match self {
            Self::Plain => "no scripts",
            Self::Seen => "scripts, base seen before",
            Self::New => "scripts, base never seen (an upgrade)",
        }
    }

    /// The views of the base that make a difference.
    pub fn views(self) -> &'static [View] {
        match self {
            Self::Plain => &[View(BaseViewKind::Deployment)],
            Self::Seen | Self::New => &[
                View(BaseViewKind::Deployment),
                View(BaseViewKind::Image),
                View(BaseViewKind::Checkout),
            ],
        }
    }

    fn package(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Seen | Self::New => "scripted",
        }
    }
}

/// How scripts are shown the base.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct View(BaseViewKind);

impl View {
    const ALL: [View; 3] = [
        View(BaseViewKind::Deployment),
        View(BaseViewKind::Image),
        View(BaseViewKind::Checkout),
    ];

    pub fn name(self) -> &'static str {
        match self.0 {
            BaseViewKind::Deployment => "deployment",
            BaseViewKind::Image => "EROFS",
            BaseViewKind::Checkout => "checkout",
        }
    }
}

/// What a transaction took.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Run {
    /// Each phase with its seconds, until libostree's own step begins.
    before: Vec<(String, f64)>,
    /// That step.
    pub deploy: f64,
    pub objects: u64,
    /// When planning and staging began and ended, up to that step; seconds since 1970.
    spans: [(f64, f64); 2],
}

impl Run {
    fn phase(&self, phase: Phase) -> f64 {
        let of = self.before.iter().filter(|(name, _)| name == phase.name());
        of.map(|(_, seconds)| seconds)
            .fold(0.0, |sum, seconds| sum + seconds)
    }

    /// Until libostree's own step.
    pub fn total(&self) -> f64 {
        self.before.iter().map(|(_, seconds)| seconds).sum()
    }

    /// Reading and writing the package database.
    pub fn database(&self) -> f64 {
        self.phase(Phase::Database)
    }

    /// libostree's pull.
    pub fn pull(&self) -> f64 {
        self.phase(Phase::Pull)
    }

    /// All the rest, which must not grow with the base.
    pub fn own(&self) -> f64 {
        self.total() - self.database() - self.pull()
    }

    /// Each phase in short, for whoever looks for the time.
    pub fn phases(&self) -> String {
        let phases = self
            .before
            .iter()
            .map(|(name, seconds)| format!("{name} {:.0}", seconds * 1e3));
        phases.collect::<Vec<_>>().join(", ")
    }
}

/// System calls until libostree's own step.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Calls {
    /// `openat`, `openat2`.
    pub opens: usize,
    /// `statx`, `newfstatat`.
    pub stats: usize,
}

/// One that is not measured: it makes the view where that is to be there already, and reads what
/// the others read from memory.
pub fn warm_up(bed: &Bed, kind: Kind, view: View) {
    prepare(bed, kind);
    child(bed, kind, view, &mut Command::new(this()));
    bed::pin(&bed.sysroot);
}

/// Measures one in a process of its own.
pub fn run(bed: &Bed, kind: Kind, view: View) -> Run {
    // The deployment before has written five times as many files on the larger base, and has left
    // the machine's caches with them. An upgrade would be pulled by a rehearsal.
    if kind != Kind::New {
        prepare(bed, kind);
        rehearse(bed, kind, view);
    }
    prepare(bed, kind);
    let result = child(bed, kind, view, &mut Command::new(this()));
    bed::pin(&bed.sysroot);
    eprintln!(
        "  {}, {}: {:.3} s ({} ms), deploy {:.3} s",
        kind.title(),
        view.name(),
        result.total(),
        result.phases(),
        result.deploy
    );
    result
}

/// Counts the calls of another one, which strace makes slower.
pub fn count_calls(bed: &Bed, kind: Kind, view: View) -> Calls {
    prepare(bed, kind);
    let log = bed.sysroot.with_file_name("strace.log");
    let mut command = Command::new("strace");
    command
        .args(["-f", "--seccomp-bpf", "-ttt", "-qq", "-e", "signal=none"])
        .args([
            "-e",
            "trace=openat,openat2,statx,newfstatat",
            "-o",
            log.as_str(),
        ])
        .arg(this());
    let result = child(bed, kind, view, &mut command);
    bed::pin(&bed.sysroot);
    let mut calls = Calls::default();
    for line in std::fs::read_to_string(&log).expect("a log").lines() {
        // PID SECONDS CALL(...; the rest of an interrupted one is not another.
        let mut words = line.split_ascii_whitespace().skip(1);
        let time: f64 = words
            .next()
            .and_then(|word| word.parse().ok())
            .unwrap_or(0.0);
        if !result
            .spans
            .iter()
            .any(|(from, to)| (*from..*to).contains(&time))
        {
            continue;
        }
        match words.next().and_then(|word| word.split_once('(')) {
            Some(("openat" | "openat2", _)) => calls.opens += 1,
            Some(("statx" | "newfstatat", _)) => calls.stats += 1,
            _ => {}
        }
    }
    calls
}

/// All until libostree's own step, which is not taken.
fn rehearse(bed: &Bed, kind: Kind, view: View) {
    let mut command = Command::new(this());
    bed::run(command.arg("rehearsal").args(arguments(bed, kind, view)));
}

fn arguments(bed: &Bed, kind: Kind, view: View) -> [&str; 4] {
    [bed.sysroot.as_str(), kind.name(), view.name(), &bed.start]
}

fn this() -> std::path::PathBuf {
    std::env::current_exe().expect("this program")
}

fn child(bed: &Bed, kind: Kind, view: View, command: &mut Command) -> Run {
    let output = command
        .arg("transaction")
        .args(arguments(bed, kind, view))
        .output()
        .expect("this program runs");
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{command:?}: {error}");
    // libostree says on standard output what it has freed.
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let line = text.lines().last().unwrap_or_default();
    serde_json::from_str(line).expect("what it printed")
}

/// The package is not in the cache; the base's views are as the kind says.
fn prepare(bed: &Bed, kind: Kind) {
    bed::run(
        Command::new("ostree")
            .args(["refs", "--delete", "rpmostree/pkg"])
            .arg(format!("--repo={}/ostree/repo", bed.sysroot)),
    );
    // What an earlier transaction has found out about a base.
    for name in ["views", "installed"] {
        let known = bed.sysroot.join("ostree/regraft").join(name);
        if kind == Kind::New && known.exists() {
            // Put aside: to delete it would make what comes next slower.
            let aside = (0..).map(|number| bed.sysroot.join(format!("{name}-{number}")));
            let aside = aside
                .into_iter()
                .find(|path| !path.exists())
                .expect("a free name");
            std::fs::rename(&known, aside).expect("it can be renamed");
        }
    }
    bed::settle(&bed.sysroot);
}

/// Plans and stages until libostree's own step.
pub fn rehearsal(sysroot: &Utf8Path, kind: &str, view: &str, start: &str) {
    let mut tx = begun(sysroot, kind, view, start);
    let mut job = Job::new().on_progress(|progress| match progress.phase() {
        Phase::Deploy => Flow::Cancel,
        _ => Flow::Continue,
    });
    let plan = tx.plan(&mut job).expect("a plan");
    let error = tx.stage(&plan, &mut job).expect_err("it is cancelled");
    assert_eq!(error.kind(), ErrorKind::Cancelled, "{error}");
}

fn begun(sysroot: &Utf8Path, kind: &str, view: &str, start: &str) -> Transaction {
    let kind = Kind::ALL
        .into_iter()
        .find(|one| one.name() == kind)
        .expect("a kind");
    let view = View::ALL
        .into_iter()
        .find(|one| one.name() == view)
        .expect("a view");
    let sysroot = Sysroot::open(sysroot).expect("a sysroot");
    let deployments = sysroot.deployments().expect("deployments");
    let start = deployments
        .iter()
        .find(|one| one.id() == start)
        .expect("the deployment");
    let mut tx = sysroot.transaction_on(start);
    tx.install(kind.package()).base_view(view.0);
    if kind == Kind::New {
        tx.upgrade();
    }
    tx
}

/// Plans and stages; prints a [`Run`].
pub fn transaction(sysroot: &Utf8Path, kind: &str, view: &str, start: &str) {
    let mut tx = begun(sysroot, kind, view, start);
    let mut job = Job::new();
    let plan_from = now();
    let plan = tx.plan(&mut job).expect("a plan");
    let planned = job.timings().to_vec();
    let plan_to = now();
    let stage_from = now();
    let outcome = tx.stage(&plan, &mut job).expect("a deployment");
    let (before, rest): (Vec<_>, Vec<_>) = job
        .timings()
        .iter()
        .copied()
        .partition(|(phase, _)| *phase < Phase::Deploy);
    let staged: Duration = before.iter().map(|(_, time)| *time).sum();
    let objects = match outcome {
        regraft::Outcome::Deployed { objects, .. } => objects,
        other => panic!("{other}"),
    };
    let run = Run {
        before: planned
            .into_iter()
            .chain(before)
            .map(|(phase, time)| (phase.name().to_owned(), time.as_secs_f64()))
            .collect(),
        deploy: rest
            .iter()
            .filter(|(phase, _)| *phase == Phase::Deploy)
            .map(|(_, time)| time.as_secs_f64())
            .sum(),
        objects,
        spans: [
            (plan_from, plan_to),
            (stage_from, stage_from + staged.as_secs_f64()),
        ],
    };
    println!("{}", serde_json::to_string(&run).expect("numbers"));
}

fn now() -> f64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.expect("it is after 1970").as_secs_f64()
}
