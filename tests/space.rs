//! A disk that fills up in each phase of a plan and of a stage, in bytes and in inodes: nothing of
//! the call is left, and after making room the same transaction succeeds.
//!
//! The disk is a small ext4 of the test's own. A first run, with room, tells the phases; then the
//! room that is left is halved between two runs that failed in different phases, until each phase
//! has been met.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use camino::{Utf8Path, Utf8PathBuf};
use regraft::{Base, Cleanup, Error, ErrorKind, Flow, Job, Outcome, Transaction};
use std::collections::BTreeMap;
use std::os::fd::AsRawFd;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use support::mini::{Bed, Client, run};
use support::refusal::state;
use support::rpms::{self, Rpm};
use support::table::Table;

/// An ext4 in a file, mounted.
struct Disk {
    point: Utf8PathBuf,
    ballast: Utf8PathBuf,
}

impl Disk {
    fn new(point: &Utf8Path, megabytes: u64, inodes: u64) -> Disk {
        std::fs::create_dir_all(point).unwrap();
        let image = point.with_extension("img");
        let file = std::fs::File::create_new(&image).unwrap();
        file.set_len(megabytes << 20).unwrap();
        // Nothing is kept back for root, and no journal waits to give back what was removed.
        run(Command::new("mkfs.ext4")
            .args([
                "-q",
                "-m",
                "0",
                "-O",
                "^has_journal",
                "-b",
                "1024",
                "-I",
                "256",
            ])
            .args(["-N", &inodes.to_string()])
            .arg(&image));
        run(Command::new("mount")
            .args(["-o", "loop"])
            .arg(&image)
            .arg(point));
        Disk {
            point: point.to_owned(),
            ballast: point.join("ballast"),
        }
    }

    fn free(&self, resource: Resource) -> u64 {
        free_at(&self.point, resource)
    }

    /// Leaves so many bytes or inodes.
    fn leave(&self, resource: Resource, left: u64) {
        std::fs::create_dir(&self.ballast).unwrap();
        self.settle();
        let surplus = self.free(resource).saturating_sub(left);
        match resource {
            Resource::Bytes => {
                let file = std::fs::File::create(self.ballast.join("bytes")).unwrap();
                // Of what is asked for in one call, all is there or nothing.
                let mut step = surplus;
                let mut have = 0;
                while step >= 1024 && self.free(resource) > left {
                    let more = step.min(self.free(resource) - left);
                    match rustix::fs::fallocate(
                        &file,
                        rustix::fs::FallocateFlags::empty(),
                        have,
                        more,
                    ) {
                        Ok(()) => have += more,
                        Err(_) => step /= 2,
                    }
                }
                assert!(file.as_raw_fd() >= 0);
            }
            Resource::Inodes => {
                for number in 0..surplus {
                    std::fs::File::create(self.ballast.join(number.to_string())).unwrap();
                }
            }
        }
    }

    /// Waits until what is removed is free: the kernel ends a namespace and its mounts after their
    /// last process.
    fn settle(&self) {
        let mut before = None;
        loop {
            let now = (self.free(Resource::Bytes), self.free(Resource::Inodes));
            if before == Some(now) {
                return;
            }
            before = Some(now);
            std::thread::sleep(Duration::from_millis(60));
        }
    }

    fn make_room(&self) {
        let _ = std::fs::remove_dir_all(&self.ballast);
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.point).status();
    }
}

fn free_at(point: &Utf8Path, resource: Resource) -> u64 {
    let found = rustix::fs::statvfs(point.as_std_path()).unwrap();
    match resource {
        Resource::Bytes => found.f_bavail * found.f_frsize,
        Resource::Inodes => found.f_favail,
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Resource {
    Bytes,
    Inodes,
}

/// Bytes that no compression makes less.
fn noise(megabytes: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut bytes = Vec::with_capacity(megabytes << 20);
    while bytes.len() < megabytes << 20 {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes
}

struct Place {
    bed: Bed,
    client: Client,
    disk: Disk,
}

fn place(megabytes: u64, inodes: u64) -> Place {
    let bed = Bed::new();
    let path = bed.path.join("client");
    let disk = Disk::new(&path, megabytes, inodes);
    let mut large = Rpm::new("large-1-1")
        .requires("/bin/sh")
        .program("/usr/share/large/noise", &noise(1))
        // In a deployment this is a copy.
        .config("/etc/large.conf", &"large\n".repeat(1_000_000))
        .pre(
            "mkdir /usr/share/large.d; i=0; while test $i -lt 40; do echo $i > \
              /usr/share/large.d/$i || exit 1; i=$((i+1)); done",
        )
        .post("cat /usr/share/large/noise > /usr/share/large.copy || exit 7");
    for number in 0..40 {
        let folder = format!("/usr/share/large/{number}");
        large = large
            .dir(&folder)
            .file(&format!("{folder}/file"), &number.to_string());
        // One object in the repository, and a file each in a deployment.
        for copy in 0..5 {
            large = large.config(&format!("/etc/large.d/{number}-{copy}"), "the same\n");
        }
    }
    bed.extra(vec![
        large,
        Rpm::new("hello-1-1").file("/usr/share/hello", "x"),
    ]);
    let client = bed.client("client");
    Place { bed, client, disk }
}

/// Where a run ended.
type Position = usize;

/// What a run came to: its phases, and what it was.
struct Run {
    phases: Vec<String>,
    result: Result<Outcome, Error>,
}

fn run_phases(tx: &mut Transaction, at_each: impl FnMut() + Send + 'static) -> Run {
    let at_each = Arc::new(Mutex::new(at_each));
    let phases = Arc::new(Mutex::new(Vec::new()));
    let job = |call: &'static str| {
        let (phases, at_each) = (phases.clone(), at_each.clone());
        phases.lock().unwrap().push(format!("{call}: before"));
        at_each.lock().unwrap()();
        Job::new().on_progress(move |progress| {
            let name = format!("{call}: {}", progress.phase());
            let mut phases = phases.lock().unwrap();
            if phases.last() != Some(&name) {
                phases.push(name);
                at_each.lock().unwrap()();
            }
            Flow::Continue
        })
    };
    let result = tx
        .plan(&mut job("plan"))
        .and_then(|plan| tx.stage(&plan, &mut job("stage")));
    let phases = phases.lock().unwrap().clone();
    Run { phases, result }
}

impl Place {
    /// As it was before any run.
    fn clean(&self) {
        self.disk.make_room();
        let what = Cleanup {
            pending: true,
            rollback: true,
            metadata: true,
            caches: true,
        };
        self.client.sysroot.cleanup(what, &mut Job::new()).unwrap();
    }

    fn transaction(&self) -> Transaction {
        let mut tx = self.client.sysroot.transaction(Base::Pending).unwrap();
        tx.install("large");
        tx
    }

    /// Back to the deployment without the package.
    fn take_back(&self) {
        self.client.sysroot.rollback(&mut Job::new()).unwrap();
        self.clean();
    }
}

/// Fills the disk so that each of `wanted` is met.
fn sweep(place: &Place, resource: Resource, wanted: &[&str], table: &mut Table) {
    let Place { client, disk, .. } = place;
    place.clean();
    let free = disk.free(resource);
    let (sampled, point) = (Arc::new(Mutex::new(Vec::new())), disk.point.clone());
    let sample = {
        let sampled = sampled.clone();
        move || {
            let used = free.saturating_sub(free_at(&point, resource));
            sampled.lock().unwrap().push(used);
        }
    };
    let first = run_phases(&mut place.transaction(), sample);
    first.result.unwrap();
    let order = first.phases;
    place.take_back();
    // What each phase and all before it had taken when it began.
    let used = sampled.lock().unwrap().clone();
    let most = |phases: &[u64]| phases.iter().copied().max().unwrap_or(0);
    let mut met: BTreeMap<Position, u64> = BTreeMap::new();
    let mut tries = 0;
    let mut attempt = |left: u64, table: &mut Table| -> Option<Position> {
        tries += 1;
        place.clean();
        let before = state(client);
        disk.leave(resource, left);
        let mut tx = place.transaction();
        let run = run_phases(&mut tx, || {});
        let phase = run.phases.last().unwrap().clone();
        let at = order.iter().position(|name| *name == phase).unwrap();
        let error = match run.result {
            Ok(_) => {
                place.take_back();
                return None;
            }
            Err(error) => error,
        };
        let name = format!("{resource:?} in {phase}");
        let new = met.insert(at, left).is_none();
        if new {
            table.row(&name, &error, &[ErrorKind::NoSpace], &["no room", "cannot"]);
        } else if error.kind() != ErrorKind::NoSpace {
            table.wrong(format!("{name} again: {}: {error}", error.kind()));
        }
        disk.make_room();
        table.same(&name, &before, &state(client));
        if new && wanted.contains(&phase.as_str()) {
            // The same transaction goes on where there is room.
            match run_phases(&mut tx, || {}).result {
                Ok(_) => place.take_back(),
                Err(error) => table.wrong(format!("{name}: afterwards {error}")),
            }
        }
        Some(at)
    };
    let smallest = match resource {
        Resource::Bytes => 4096,
        Resource::Inodes => 1,
    };
    let end = order.len();
    let low = attempt(0, table).expect("nothing can be done without room");
    let mut known = BTreeMap::from([(0, low), (free, end)]);
    for name in wanted {
        let at = order.iter().position(|phase| phase == name).unwrap();
        // Between what was taken when it began and what was taken when it had ended.
        let (from, to) = (most(&used[..=at]), most(&used[at + 1..]));
        let mut guess = (from < to).then_some((from + to) / 2);
        while !known.values().any(|known| *known == at) {
            // Otherwise halve what lies between the phases beside it.
            let left = guess.take().or_else(|| {
                let below = known
                    .iter()
                    .filter(|(_, known)| **known < at)
                    .map(|(left, _)| *left)
                    .max()?;
                let above = known.range(below + 1..).find(|(_, known)| **known > at)?;
                (above.0 - below > smallest).then_some((above.0 + below) / 2)
            });
            let Some(left) = left.filter(|left| !known.contains_key(left)) else {
                break;
            };
            known.insert(left, attempt(left, table).unwrap_or(end));
        }
    }
    let names: Vec<&String> = met.keys().map(|at| &order[*at]).collect();
    eprintln!("{resource:?}: {tries} tries, met {names:?} of {order:?}");
    for name in wanted {
        if !names.iter().any(|met| met == name) {
            table.wrong(format!("{resource:?}: {name} was not met"));
        }
    }
    place.clean();
    client.ostree(&["fsck", "--quiet"]);
}

const PHASES: [&str; 5] = [
    "plan: metadata",
    "stage: download",
    "stage: import",
    "stage: scripts",
    "stage: deploy",
];

#[test]
fn the_disk_fills_up_in_each_phase() {
    let place = place(64, 4000);
    let mut table = Table::new("A full disk: bytes, then inodes");
    table.hide(place.bed.path.as_str(), "…");
    // Without libostree's own reserve the disk fills to its end.
    place
        .client
        .ostree(&["config", "set", "core.min-free-space-percent", "0"]);
    sweep(&place, Resource::Bytes, &PHASES, &mut table);
    sweep(&place, Resource::Inodes, &PHASES, &mut table);
    table.finish();
}

#[test]
fn libostrees_reserve_a_pull_and_a_runaway_script() {
    let mut place = place(48, 4000);
    let mut table = Table::new("A full disk: pulls, libostree's reserve, scripts that fill it");
    table.hide(place.bed.path.as_str(), "…");
    let Place { bed, client, disk } = &mut place;
    let folder = bed.path.join("own");
    let endless = |name: &str, end: &str| {
        Rpm::new(&format!("{name}-1-1"))
            .requires("/bin/sh")
            .post(&format!(
                "cat /dev/zero > /usr/share/{name} 2> /dev/null; {end}"
            ))
    };
    rpms::repository(
        &folder,
        vec![endless("runaway", "exit 3"), endless("careless", "true")],
        Some(&bed.key),
    );
    client.use_repo(bed, "own", &folder);
    // libostree keeps a part of the disk free.
    disk.leave(Resource::Bytes, 200 << 10);
    table.unchanged(
        client,
        "libostree's reserve (min-free-space-percent)",
        || client.install("hello"),
        &[ErrorKind::NoSpace],
        &["into the repository", "min-free-space", "no room"],
    );
    disk.make_room();
    // A newer base, 2 MB larger.
    let tree = support::refusal::check_out(bed, &bed.path.join("tree"));
    std::fs::write(tree.join("usr/share/noise"), noise(2)).unwrap();
    support::refusal::commit(bed, support::mini::REF, &format!("--tree=dir={tree}"));
    client.ostree(&["config", "set", "core.min-free-space-percent", "0"]);
    for (name, resource, left) in [
        ("a pull, bytes", Resource::Bytes, 600 << 10),
        ("a pull, inodes", Resource::Inodes, 2),
    ] {
        disk.leave(resource, left);
        table.unchanged(
            client,
            name,
            || {
                client.change(|tx| {
                    tx.upgrade();
                })
            },
            &[ErrorKind::NoSpace],
            &["pull", "no room"],
        );
        disk.make_room();
    }
    // These come last: their room is given back only when the kernel ends their namespaces.
    for (name, words) in [
        (
            "runaway",
            ["%post of runaway-1-1", "exit status 3", "no room"],
        ),
        ("careless", ["%post of careless-1-1", "client", "no room"]),
    ] {
        table.unchanged(
            client,
            name,
            || client.install(name),
            &[ErrorKind::NoSpace],
            &words,
        );
        disk.settle();
    }
    client
        .change(|tx| {
            tx.upgrade().install("hello");
        })
        .unwrap();
    client.ostree(&["fsck", "--quiet"]);
    table.finish();
}
