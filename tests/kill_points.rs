//! A process that layers packages is killed before each of its system calls that change anything,
//! and each is made to fail: a whole system boots at any moment, and the next call makes of it what
//! it would have made of the sysroot before.
//!
//! The process is this test binary itself, started again with [`ROLE`] set. `cargo test` takes a
//! sample; all places are in the ignored tests (`-- --ignored`, some ten minutes each), which
//! `cargo xtask test --all` runs.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[path = "kill_points/calls.rs"]
mod calls;
#[path = "kill_points/disk.rs"]
mod disk;
mod support;
#[path = "kill_points/tracer.rs"]
mod tracer;
#[path = "kill_points/verdict.rs"]
mod verdict;

use calls::Call;
use camino::{Utf8Path, Utf8PathBuf};
use disk::{Disk, Shelf};
use regraft::{Base, Cleanup, Job, Sysroot};
use std::collections::BTreeMap;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;
use support::mini::Bed;
use support::rpms::Rpm;
use tracer::{Answer, Ended, PATIENCE, Traced};
use verdict::{Known, Listing};

/// Which [`Kind`] of transaction the child is to do.
const ROLE: &str = "REGRAFT_TEST_ROLE";
const SYSROOT: &str = "REGRAFT_TEST_SYSROOT";

/// A call that changes a sysroot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Packages are layered, with scripts, and one is taken out.
    Layer,
    /// A new base is pulled, and the layered packages are put on it.
    Upgrade,
    /// The deployment before becomes the first one.
    Rollback,
    /// The deployment before is removed.
    Cleanup,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Kind::Layer => "layer",
            Kind::Upgrade => "upgrade",
            Kind::Rollback => "rollback",
            Kind::Cleanup => "cleanup",
        }
    }

    fn run(self, sysroot: &Sysroot) -> regraft::Result<()> {
        let mut job = Job::new();
        match self {
            Kind::Layer | Kind::Upgrade => {
                let mut tx = sysroot.transaction(Base::Pending)?;
                match self {
                    Kind::Layer => tx.install("hello").install("plain").remove_base("nano"),
                    _ => tx.upgrade(),
                };
                tx.idempotent();
                let plan = tx.plan(&mut job)?;
                tx.stage(&plan, &mut job).map(|_| ())
            }
            Kind::Rollback => sysroot.rollback(&mut job).map(|_| ()),
            Kind::Cleanup => {
                let what = Cleanup {
                    rollback: true,
                    ..Cleanup::default()
                };
                sysroot.cleanup(what, &mut job)
            }
        }
    }
}

/// What the child does; in the parent's own run it has nothing to do.
#[test]
fn child() {
    let (Ok(role), Ok(path)) = (std::env::var(ROLE), std::env::var(SYSROOT)) else {
        return;
    };
    let kinds = [Kind::Layer, Kind::Upgrade, Kind::Rollback, Kind::Cleanup];
    let kind = kinds.into_iter().find(|kind| kind.name() == role).unwrap();
    // Before the first call of the library: what that starts is to be stopped, too.
    tracer::be_traced();
    let result = Sysroot::open(path).and_then(|sysroot| kind.run(&sysroot.stateroot("mini")));
    match result {
        Ok(()) => println!("\nresult: done"),
        Err(error) => println!("\nresult: {}: {error}", error.kind()),
    }
}

/// What the child said of its call.
fn said(ended: &Ended) -> Option<&str> {
    ended
        .output
        .lines()
        .find_map(|line| line.strip_prefix("result: "))
}

/// A sysroot before a call, and what the call makes of it.
struct Scene {
    kind: Kind,
    shelf: Shelf,
    before: Utf8PathBuf,
    known: Known,
    /// What a call that is not disturbed leaves.
    after: Listing,
    /// What may not change without one.
    state: Listing,
    /// The calls of an undisturbed run.
    calls: Vec<Call>,
    bed: Bed,
}

/// What may differ while no call has succeeded: nothing of what a machine boots, or of refs but
/// caches'.
fn state(sysroot: &Utf8Path) -> Listing {
    let mut found = verdict::contents(sysroot);
    found.retain(|path, _| {
        let cache = path.contains("/rpmostree/pkg") || path.contains("/regraft.");
        !cache
            && ["boot", "ostree/deploy", "ostree/boot", "ostree/repo/refs"]
                .iter()
                .any(|folder| path.starts_with(folder))
    });
    found
}

impl Scene {
    fn new(kind: Kind) -> Scene {
        tracer::own_mounts();
        let bed = Bed::new();
        bed.extra(vec![
            Rpm::new("hello-1-1")
                .program("/usr/bin/hello", b"#!/bin/sh\necho hello\n")
                .config("/etc/hello.conf", "greeting=hello\n")
                .file("/usr/share/cache.d/hello", "x")
                .dir("/var/lib/hello")
                .requires("/bin/sh")
                .pre("echo pre > /usr/share/hello.pre")
                .post("mkdir /usr/share/hello.d; echo post > /usr/share/hello.d/post"),
            Rpm::new("plain-1-1").file("/usr/share/plain", "x"),
        ]);
        let shelf = Shelf::new(&bed.path.join("shelf"));
        let point = bed.path.join("client");
        let disk = shelf.format(&point);
        let client = bed.client("client");
        // The calls that make a change last are to be met, too.
        client.ostree(&["config", "set", "core.fsync", "true"]);
        mark(&point);
        if kind != Kind::Layer {
            client.install("hello").unwrap();
            mark(&point);
        }
        if kind == Kind::Upgrade {
            bed.renew_base();
            bed.compose();
        }
        let mut known = Known::default();
        known.learn(&point);
        let before = shelf.keep(disk, "before");
        let mut scene = Scene {
            kind,
            shelf,
            before,
            known,
            after: Listing::new(),
            state: Listing::new(),
            calls: Vec::new(),
            bed,
        };
        let disk = scene.restore("client");
        scene.state = state(&point);
        let mut calls = Vec::new();
        let ended = scene.start(&point).run(|call| {
            calls.push(call.clone());
            Answer::Go
        });
        assert_eq!(said(&ended), Some("done"), "{}", ended.output);
        scene.calls = calls;
        scene.known.learn(&point);
        scene.after = verdict::contents(&point);
        drop(disk);
        scene
    }

    fn restore(&self, name: &str) -> Disk {
        self.shelf.restore(&self.before, &self.bed.path.join(name))
    }

    fn start(&self, point: &Utf8Path) -> Traced {
        Traced::start(
            Command::new(std::env::current_exe().unwrap())
                .args(["--exact", "child", "--nocapture", "--test-threads=1"])
                .env(ROLE, self.kind.name())
                .env(SYSROOT, point),
        )
    }

    /// Disturbs one call, and judges what follows.
    fn disturb(&self, point: &Point, worker: usize) -> Verdict {
        let disk = self.restore(&format!("client-{worker}"));
        let mut met = None;
        let mut count = 0;
        let ended = self.start(&disk.point).run(|call| {
            count += 1;
            let now = count == point.number;
            // Other threads make the number differ from run to run.
            if now {
                met = Some(call.clone());
            }
            match now {
                true => point.what.answer(call),
                false => Answer::Go,
            }
        });
        let problem = self.judge(point, &ended, &disk.point).err();
        Verdict { met, problem }
    }

    fn judge(&self, point: &Point, ended: &Ended, path: &Utf8Path) -> Result<(), String> {
        let result = said(ended).map(str::to_owned);
        match (point.what, &result) {
            (Disturbance::Kill, _) => {}
            (Disturbance::Error(_), Some(_)) if ended.status.success() => {}
            _ => return Err(format!("{}: {}", ended.status, ended.output)),
        }
        if ended.survived >= PATIENCE {
            return Err("what it had started lives on".to_owned());
        }
        let mounts = verdict::mounts(path);
        if !mounts.is_empty() {
            return Err(format!("it left mounts: {mounts:?}"));
        }
        let abandoned = verdict::abandoned();
        let entries = verdict::bootable(path, &self.known)?;
        let sysroot = Sysroot::open(path)
            .map_err(|error| format!("open: {error}"))?
            .stateroot("mini");
        verdict::readable(&sysroot, &entries)?;
        verdict::whole(path, &self.bed.path)?;
        if result.as_deref().is_some_and(|result| result != "done") {
            let changed = verdict::difference(&self.state, &state(path));
            if !changed.is_empty() {
                return Err(format!("{result:?}, but it changed {changed:?}"));
            }
        }
        // What can be repeated is repeated.
        let repeated = match self.kind {
            Kind::Rollback if entries[0].checksum != self.first() => Ok(()),
            kind => kind.run(&sysroot),
        };
        repeated.map_err(|error| format!("the next call: {}: {error}", error.kind()))?;
        // Where that had nothing to do, it has not cleaned up either.
        sysroot
            .cleanup(Cleanup::default(), &mut Job::new())
            .map_err(|error| format!("cleanup: {}: {error}", error.kind()))?;
        verdict::bootable(path, &self.known)?;
        verdict::whole(path, &self.bed.path)?;
        if let Some(folder) = abandoned.intersection(&verdict::abandoned()).next() {
            return Err(format!("afterwards {folder} is still there"));
        }
        let differs = verdict::difference(&self.after, &verdict::contents(path));
        match differs.is_empty() {
            true => Ok(()),
            false => Err(format!("afterwards: {differs:?}")),
        }
    }

    /// The commit that boots before the call.
    fn first(&self) -> String {
        String::new()
    }
}

/// Leaves something in the first deployment's /etc, and in /var.
fn mark(sysroot: &Utf8Path) {
    for entry in verdict::entries(sysroot).unwrap() {
        for folder in ["etc", "../../var"] {
            let path = entry.deployment.join(folder).join(verdict::MARKER);
            std::fs::write(path, verdict::MARKER).unwrap();
        }
    }
}

/// What happens to a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Disturbance {
    Kill,
    Error(i32),
}

impl Disturbance {
    fn answer(self, _call: &Call) -> Answer {
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

    fn applies(self, call: &Call) -> bool {
        match self {
            Disturbance::Error(libc::EMFILE) => call.opens(),
            Disturbance::Error(libc::ENOSPC) => call.takes_room(),
            _ => true,
        }
    }
}

/// A place, and what happens there.
struct Point {
    what: Disturbance,
    number: usize,
}

/// What came of it.
struct Verdict {
    met: Option<Call>,
    problem: Option<String>,
}

/// Goes to all of these places, two at a time, and fails where anything is wrong.
fn disturb_all(scene: &Scene, points: &[Point]) {
    let begun = Instant::now();
    let next = AtomicUsize::new(0);
    let bad = Mutex::new(Vec::new());
    let table: Mutex<BTreeMap<(&str, &str), (usize, usize)>> = Mutex::new(BTreeMap::new());
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

#[test]
#[ignore = "every place takes long"]
fn explore() {
    let scene = Scene::new(Kind::Layer);
    for (number, call) in scene.calls.iter().enumerate() {
        eprintln!("{} {} {}", number + 1, call.name, call.object);
    }
    let begun = Instant::now();
    for _ in 0..5 {
        drop(scene.restore("client"));
    }
    eprintln!("restore {:?}", begun.elapsed() / 5);
    let from = std::env::var("FROM").map_or(1, |n| n.parse().unwrap());
    let to = std::env::var("TO").map_or(scene.calls.len(), |n| n.parse().unwrap());
    let step = std::env::var("STEP").map_or(50, |n| n.parse().unwrap());
    let what = match std::env::var("WHAT").as_deref() {
        Ok("EIO") => Disturbance::Error(libc::EIO),
        Ok("ENOSPC") => Disturbance::Error(libc::ENOSPC),
        Ok("EMFILE") => Disturbance::Error(libc::EMFILE),
        _ => Disturbance::Kill,
    };
    let points: Vec<Point> = (from..=to)
        .step_by(step)
        .filter(|number| what.applies(&scene.calls[number - 1]))
        .map(|number| Point { what, number })
        .collect();
    disturb_all(&scene, &points);
}
