//! `cargo xtask vm crash`: what a power cut at any moment leaves.
//!
//! One run of a guest is recorded, with every write and flush of its disk. From that, disks are made
//! as a cut at chosen moments would have left them, each is checked from outside, and some are booted.
//!
//! ```text
//! target/vm/crash/KIND/
//! ├── base.img          the disk before the guest booted
//! ├── writes.log        what it wrote
//! ├── certain.img       the disk up to a flush
//! ├── state.img         one that is checked
//! └── bad-N.img         those that failed
//! ```
//!
//! The control must fail: the same run with barriers off, where nothing is flushed.

mod check;
mod objects;
mod writes;

use super::image::{Image, STATEROOT};
use super::machine::{Hardware, Off};
use super::{disks, folder, prepare, scenario};
use crate::run;
use crate::steps::Steps;
use anyhow::{Context, Result, bail};
use camino::{Utf8Path, Utf8PathBuf};
use check::Checker;
use std::fs;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use writes::{Random, Replay, WriteLog};

/// How many, and which.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// How many states are checked, over all kinds of transactions
    #[arg(long, default_value_t = 300)]
    states: usize,
    /// How many of them are booted
    #[arg(long, default_value_t = 25)]
    boots: usize,
    /// What decides which; from the clock by default, and printed
    #[arg(long)]
    seed: Option<u64>,
    /// Give machines this many times the time that they usually have
    #[arg(long, default_value_t = 1, value_name = "TIMES")]
    patience: u32,
    /// Only these kinds: layer, upgrade, cleanup, control
    #[arg(value_name = "KIND")]
    kinds: Vec<String>,
}

/// One kind of recorded run.
struct Kind {
    name: &'static str,
    /// What is recorded, besides the boot before it.
    act: &'static str,
    /// What was done on the disk before, in a run that is not recorded.
    before: &'static str,
    barriers: Barriers,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Barriers {
    On,
    Off,
}

const KINDS: [Kind; 4] = [
    Kind {
        name: "layer",
        act: "regraft install nginx",
        before: "",
        barriers: Barriers::On,
    },
    Kind {
        name: "upgrade",
        act: "regraft upgrade",
        before: "",
        barriers: Barriers::On,
    },
    Kind {
        name: "cleanup",
        act: "regraft cleanup --rollback",
        before: "regraft upgrade",
        barriers: Barriers::On,
    },
    Kind {
        name: "control",
        // /var is of the same file system, and writable.
        act: "mount -o remount,nobarrier /var && grep -q nobarrier /proc/mounts && \
              regraft install nginx",
        before: "",
        barriers: Barriers::Off,
    },
];

/// What is there before, and must be there after. `cleanup` and the like touch neither.
const ETC: (&str, &str) = ("machine/local", "of the administrator\n");
const VAR: (&str, &str) = ("lib/machine-test", "of a program\n");
const MARKERS: &str = "set -e
echo 'of the administrator' >/etc/machine/local
echo 'of a program' >/var/lib/machine-test
sync";

/// A row of the table at the end.
struct Row {
    kind: &'static str,
    writes: usize,
    megabytes: u64,
    flushes: usize,
    states: usize,
    booted: usize,
    bad: usize,
    time: Duration,
}

pub(super) fn run(options: &Options) -> Result<ExitCode> {
    let chosen = |kind: &&Kind| {
        options.kinds.is_empty() || options.kinds.iter().any(|name| name == kind.name)
    };
    let kinds: Vec<&Kind> = KINDS.iter().filter(chosen).collect();
    let clock = || SystemTime::now().duration_since(UNIX_EPOCH);
    let seed = match options.seed {
        Some(seed) => seed,
        None => clock()?.as_secs(),
    };
    let mut steps = Steps::new();
    let Some((image, hardware)) = prepare(&mut steps, options.patience) else {
        println!("\n{steps}");
        return Ok(ExitCode::FAILURE);
    };
    let shown = kinds.iter().filter(|kind| kind.barriers == Barriers::On);
    let shown = shown.count().max(1);
    let mut rows = Vec::new();
    let mut done = true;
    for kind in kinds {
        done &= steps.run(&format!("{}: {}", kind.name, kind.act), || {
            let bench = Bench {
                image: &image,
                hardware: &hardware,
                kind,
                folder: folder().join("crash").join(kind.name),
            };
            let row = bench.run(
                options.states.div_ceil(shown),
                options.boots.div_ceil(shown),
                seed,
            )?;
            let bad = row.bad;
            rows.push(row);
            match (kind.barriers, bad) {
                (Barriers::On, 0) => Ok(String::new()),
                (Barriers::On, bad) => bail!("{bad} states are bad"),
                (Barriers::Off, 0) => bail!("the control found nothing: the checks are blind"),
                (Barriers::Off, bad) => Ok(format!("{bad} bad states, as it must be")),
            }
        });
    }
    println!("\n{steps}\n\nseed {seed}\n");
    println!("| kind | writes | MB | flushes | states | booted | bad | seconds |");
    println!("|---|---:|---:|---:|---:|---:|---:|---:|");
    for row in rows {
        println!(
            "| {} | {} | {} | {} | {} | {} | {} | {:.0} |",
            row.kind,
            row.writes,
            row.megabytes,
            row.flushes,
            row.states,
            row.booted,
            row.bad,
            row.time.as_secs_f64()
        );
    }
    Ok(match done {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

/// What works on one kind.
struct Bench<'a> {
    image: &'a Image,
    hardware: &'a Hardware,
    kind: &'a Kind,
    folder: Utf8PathBuf,
}

/// A recorded run.
struct Recording {
    log: WriteLog,
    /// Where in the log the transaction begins.
    mark: usize,
}

impl Bench<'_> {
    fn run(&self, states: usize, boots: usize, seed: u64) -> Result<Row> {
        let begun = Instant::now();
        let _ = fs::remove_dir_all(&self.folder);
        fs::create_dir_all(&self.folder)?;
        let recording = self.record()?;
        let known = {
            let base = disks::Mounted::new(&self.base(), &self.folder.join("mnt"))?;
            objects::list(&base.point.join("ostree/repo"))?
        };
        let program = folder().join("tools/regraft");
        let system = self.image.system();
        let checker = Checker {
            known,
            etc: ETC,
            var: VAR,
            stateroot: STATEROOT,
            program: &program,
            system: &system,
        };
        let mut random = Random::new(seed);
        let cuts = self.cuts(&recording, states, &mut random);
        let base = self.base();
        let mut replay = Replay::new(&recording.log, &base, &self.folder.join("certain.img"))?;
        let mut row = Row {
            kind: self.kind.name,
            writes: recording.log.len() - recording.mark,
            megabytes: recording.log.bytes(recording.mark) >> 20,
            flushes: recording.log.flushes(recording.mark).len(),
            states: cuts.len(),
            booted: 0,
            bad: 0,
            time: Duration::ZERO,
        };
        for (number, cut) in cuts.iter().enumerate() {
            let state = self.folder.join("state.img");
            let (open, lost) = replay.cut(*cut, &mut random, &state)?;
            let booted = boots > 0 && number % states.div_ceil(boots) == 0;
            row.booted += usize::from(booted);
            if let Err(error) = self.check(&checker, &state, booted) {
                row.bad += 1;
                println!(
                    "bad: state {number}, cut after write {} of {}, {lost} of {open} uncertain \
                     writes lost: {error:#}",
                    cut - recording.mark,
                    row.writes
                );
                // The first ones are enough to look at.
                if row.bad <= 3 {
                    fs::rename(&state, self.folder.join(format!("bad-{number}.img")))?;
                }
            }
        }
        row.time = begun.elapsed();
        Ok(row)
    }

    fn base(&self) -> Utf8PathBuf {
        self.folder.join("base.img")
    }

    /// The moments, in the order of time: half of them anywhere, half soon after a flush.
    fn cuts(&self, recording: &Recording, states: usize, random: &mut Random) -> Vec<usize> {
        let (mark, end) = (recording.mark, recording.log.len());
        let flushes = recording.log.flushes(mark);
        let mut cuts: Vec<usize> = (0..states)
            .map(|number| {
                let anywhere = mark + random.below((end - mark) as u64 + 1) as usize;
                if number % 2 == 0 || flushes.is_empty() {
                    return anywhere;
                }
                let flush = flushes[random.below(flushes.len() as u64) as usize];
                (flush + random.below(8) as usize).min(end)
            })
            .collect();
        cuts.sort_unstable();
        cuts
    }

    /// Makes the disk to begin with, then boots it, acts and shuts it down while all is recorded.
    fn record(&self) -> Result<Recording> {
        let off = Off::new(&self.folder.join("before"), self.hardware)?;
        let mut vm = off.boot(self.hardware)?;
        vm.ok(scenario::MOUNT)?;
        vm.ok(MARKERS)?;
        if !self.kind.before.is_empty() {
            vm.ok(self.kind.before)?;
        }
        let disk = vm.power_off()?.disk();
        let mut convert = Command::new("qemu-img");
        convert.args(["convert", "-O", "raw"]);
        run::output(convert.arg(disk).arg(self.base()))?;
        fs::remove_dir_all(self.folder.join("before"))?;

        let hardware = Hardware {
            base: self.base(),
            given: self.hardware.given.clone(),
            patience: self.hardware.patience,
        };
        let log = self.folder.join("writes.log");
        let off = Off::new(&self.folder.join("recorded"), &hardware)?.recorded(&log)?;
        let mut vm = off.boot(&hardware)?;
        vm.ok(scenario::MOUNT)?;
        vm.ok("sync")?;
        let mark = writes::count(&log)?;
        vm.ok(self.kind.act)?;
        vm.power_off()?;
        Ok(Recording {
            log: WriteLog::read(&log)?,
            mark,
        })
    }

    fn check(&self, checker: &Checker<'_>, state: &Utf8Path, boots: bool) -> Result<()> {
        if boots {
            self.boots(state).context("it does not boot")?;
        }
        let mounted = disks::Mounted::new(state, &self.folder.join("mnt"))
            .context("the file system does not recover")?;
        checker.check(&mounted.point)?;
        if boots {
            checker.fsck(&mounted.point)?;
        }
        checker.goes_on(&mounted.point)
    }

    /// Boots a disk, which stays as it is.
    fn boots(&self, state: &Utf8Path) -> Result<()> {
        let hardware = Hardware {
            base: state.to_owned(),
            given: self.hardware.given.clone(),
            patience: self.hardware.patience,
        };
        let off = Off::new(&self.folder.join("booted"), &hardware)?;
        let mut vm = off.boot(&hardware)?;
        vm.ok(scenario::MOUNT)?;
        vm.ok("regraft --json status")?;
        let (path, content) = ETC;
        let found = vm.ok(&format!("cat /etc/{path}"))?;
        if found != content.trim_end() {
            bail!("/etc/{path} is {found:?}");
        }
        let errors = vm.ok("dmesg | grep -i -e 'EXT4-fs.*error' -e corrupt || true")?;
        if !errors.is_empty() {
            bail!("the kernel says {errors}");
        }
        vm.kill()?;
        Ok(())
    }
}
