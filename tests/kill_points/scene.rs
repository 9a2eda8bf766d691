//! A sysroot before a call, and what must come of the call.

use super::calls::Call;
use super::disk::{Disk, Shelf};
use super::support::mini::Bed;
use super::support::rpms::Rpm;
use super::sweep::{Disturbance, Point, Verdict};
use super::tracer::{self, Answer, Ended, PATIENCE, Traced};
use super::verdict::{self, Known, Listing};
use super::{ROLE, SYSROOT};
use camino::{Utf8Path, Utf8PathBuf};
use regraft::{Base, Cleanup, Job, Sysroot};
use std::process::Command;

/// A call that changes a sysroot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
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
    pub(crate) const ALL: [Kind; 4] = [Kind::Layer, Kind::Upgrade, Kind::Rollback, Kind::Cleanup];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Kind::Layer => "layer",
            Kind::Upgrade => "upgrade",
            Kind::Rollback => "rollback",
            Kind::Cleanup => "cleanup",
        }
    }

    pub(crate) fn run(self, sysroot: &Sysroot) -> regraft::Result<()> {
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

/// What the child said of its call.
fn said(ended: &Ended) -> Option<&str> {
    ended
        .output
        .lines()
        .find_map(|line| line.strip_prefix("result: "))
}

/// A sysroot before a call, and what the call makes of it.
pub(crate) struct Scene {
    pub(crate) kind: Kind,
    shelf: Shelf,
    before: Utf8PathBuf,
    /// The commit that boots then.
    first: String,
    known: Known,
    /// What a call that is not disturbed leaves.
    after: Listing,
    /// What may not change without one.
    state: Listing,
    /// The calls of an undisturbed run.
    pub(crate) calls: Vec<Call>,
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
    pub(crate) fn new(kind: Kind) -> Scene {
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
        let first = verdict::entries(&point).unwrap().swap_remove(0).checksum;
        let before = shelf.keep(disk, "before");
        let mut scene = Scene {
            kind,
            shelf,
            before,
            first,
            known,
            after: Listing::new(),
            state: Listing::new(),
            calls: Vec::new(),
            bed,
        };
        let disk = scene.restore("client");
        scene.state = state(&point);
        let mut calls = Vec::new();
        let ended = scene.start(&point, &[]).run(|call| {
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

    pub(crate) fn restore(&self, name: &str) -> Disk {
        self.shelf.restore(&self.before, &self.bed.path.join(name))
    }

    /// Starts the child that makes the call, with more of an environment.
    pub(crate) fn start(&self, point: &Utf8Path, more: &[(&str, &str)]) -> Traced {
        Traced::start(
            Command::new(std::env::current_exe().unwrap())
                .args(["--exact", "child", "--nocapture", "--test-threads=1"])
                .env(ROLE, self.kind.name())
                .env(SYSROOT, point)
                .envs(more.iter().copied()),
        )
    }

    /// Disturbs one call, and judges what follows.
    pub(crate) fn disturb(&self, point: &Point, worker: usize) -> Verdict {
        let disk = self.restore(&format!("client-{worker}"));
        let mut met = None;
        let mut count = 0;
        let ended = self.start(&disk.point, &[]).run(|call| {
            count += 1;
            // Other threads make the number differ a little from run to run.
            let now = count >= point.number && met.is_none() && point.what.applies(call);
            if now {
                met = Some(call.clone());
            }
            match now {
                true => point.what.answer(),
                false => Answer::Go,
            }
        });
        let problem = match (point.what, ended.status.success()) {
            (Disturbance::Error(_), false) => Some(format!("{}: {}", ended.status, ended.output)),
            _ => self.judge(&ended, &disk.point).err(),
        };
        Verdict { met, problem }
    }

    /// Whether all is as it must be when the call has ended, and after the next one.
    pub(crate) fn judge(&self, ended: &Ended, path: &Utf8Path) -> Result<(), String> {
        let result = said(ended).map(str::to_owned);
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
            // Twice would be back again.
            Kind::Rollback if entries[0].checksum != self.first => Ok(()),
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
