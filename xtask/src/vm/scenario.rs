//! Scenarios: what is done on a booted system, and what must then be so.

mod changes;
mod interruptions;
mod trouble;

use super::image::Image;
use super::machine::{Hardware, Off, Snapshot, Vm};
use super::{TestOptions, folder, prepare};
use crate::steps::Steps;
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::process::ExitCode;
use std::time::Instant;

/// One of them.
struct Scenario {
    name: &'static str,
    /// What it shows, in a line.
    about: &'static str,
    length: Length,
    run: fn(&mut Bed<'_>) -> Result<()>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Length {
    /// In the subset that the gate runs.
    Short,
    Long,
}

const ALL: &[&[Scenario]] = &[changes::ALL, interruptions::ALL, trouble::ALL];

/// Mounts the disks that are given to the machine. The kernel may have read the second one before its
/// content was what it is now.
pub(super) const MOUNT: &str = "set -e
modprobe squashfs
mkdir -p /run/machine/system /run/machine/tools
blockdev --flushbufs /dev/vdb
blockdev --flushbufs /dev/vdc
mount -t squashfs -o ro /dev/vdb /run/machine/system
mount -t squashfs -o ro /dev/vdc /run/machine/tools";

/// Waits until everything has started, and fails where something did not.
const SETTLED: &str = "systemctl is-system-running --wait || { systemctl --failed; exit 1; }";

/// What an operation that fails must leave as it was: refs but for those of caches and libostree's own
/// of its deployments, deployments with
/// their origins, boot entries, `/etc`, and of `/var` what is no program's own business.
const STATE: &str = r#"
repo=/ostree/repo
ostree --repo=$repo refs | grep -v -e '^ostree/' -e '^rpmostree/pkg/' -e '^regraft/pkg/' -e '^regraft\.' | sort |
while read -r ref; do echo "$ref $(ostree --repo=$repo rev-parse "$ref")"; done
ls -d /ostree/deploy/*/deploy/*
cat /ostree/deploy/*/deploy/*.origin
readlink /boot/loader
cat /boot/loader/entries/*.conf
ls -A /boot/ostree
ls -A /run/ostree 2>/dev/null
find /etc /var -xdev -path /var/tmp -prune -o -path /var/cache -prune -o -path /var/lib/systemd -prune \
    -o -type f -printf '%p %m %s %T@\n' -o -printf '%p %m %l\n' | sort | md5sum
"#;

/// What a scenario works with.
pub(super) struct Bed<'a> {
    pub(super) image: &'a Image,
    pub(super) hardware: &'a Hardware,
    ready: &'a Snapshot,
    name: &'a str,
    boots: u32,
}

impl Bed<'_> {
    /// A machine that has booted the image for the first time, a moment ago.
    fn start(&mut self) -> Result<Guest> {
        let vm = self.ready.restore(&self.folder(), self.hardware)?;
        Guest::new(vm)
    }

    fn folder(&self) -> camino::Utf8PathBuf {
        folder().join("runs").join(self.name)
    }

    /// Boots again; no unit may fail.
    fn boot(&mut self, off: Off) -> Result<Guest> {
        self.boots += 1;
        let mut guest = Guest::new(off.boot(self.hardware)?)?;
        guest.vm.ok(SETTLED)?;
        Ok(guest)
    }

    fn reboot(&mut self, guest: Guest) -> Result<Guest> {
        let off = guest.vm.power_off()?;
        self.boot(off)
    }
}

/// A machine with its disks mounted.
struct Guest {
    vm: Vm,
}

impl Guest {
    fn new(mut vm: Vm) -> Result<Guest> {
        vm.ok(MOUNT)?;
        Ok(Guest { vm })
    }

    /// What the frontend's `status` says.
    fn status(&mut self) -> Result<Vec<Value>> {
        let text = self.vm.ok("regraft --json status")?;
        let mut status: Value = serde_json::from_str(&text)?;
        match status["deployments"].take() {
            Value::Array(all) => Ok(all),
            _ => bail!("status has no deployments: {text}"),
        }
    }

    /// Runs a verb of the frontend that prints its outcome.
    fn outcome(&mut self, arguments: &str) -> Result<Value> {
        let text = self.vm.ok(&format!(
            "regraft --json {arguments} 2>/run/errors || {{ cat /run/errors; exit 1; }}"
        ))?;
        serde_json::from_str(&text).with_context(|| format!("{arguments} printed {text}"))
    }

    /// The same for one that must stage a deployment; returns its id.
    fn stages(&mut self, arguments: &str) -> Result<String> {
        let outcome = self.outcome(arguments)?;
        if outcome["kind"] != "staged" {
            bail!("{arguments} did not stage: {outcome}");
        }
        Ok(outcome["id"].as_str().context("no id")?.to_owned())
    }

    /// What must not change where nothing is changed.
    fn state(&mut self) -> Result<String> {
        self.vm.ok(STATE)
    }

    /// A script must print exactly this.
    fn says(&mut self, script: &str, expected: &str) -> Result<()> {
        let said = self.vm.ok(script)?;
        if said != expected {
            bail!("in the guest {script:?} says {said:?} instead of {expected:?}");
        }
        Ok(())
    }
}

/// Something must be so.
fn ensure(holds: bool, what: impl FnOnce() -> String) -> Result<()> {
    match holds {
        true => Ok(()),
        false => bail!("{}", what()),
    }
}

pub(super) fn run(options: &TestOptions) -> Result<ExitCode> {
    let all = || ALL.iter().copied().flatten();
    if options.list {
        for scenario in all() {
            println!("{:12}  {}", scenario.name, scenario.about);
        }
        return Ok(ExitCode::SUCCESS);
    }
    if let Some(unknown) = options
        .names
        .iter()
        .find(|name| !all().any(|scenario| scenario.name == **name))
    {
        bail!("there is no scenario {unknown}; --list prints them");
    }
    let chosen: Vec<&Scenario> = all()
        .filter(|scenario| match options.names.is_empty() {
            true => !options.quick || scenario.length == Length::Short,
            false => options.names.iter().any(|name| name == scenario.name),
        })
        .collect();
    let mut steps = Steps::new();
    let mut rows = Vec::new();
    let mut failed = true;
    if let Some((image, hardware)) = prepare(&mut steps, options.patience) {
        let mut ready = None;
        steps.run("first boot", || {
            ready = Some(ready_machine(&image, &hardware)?);
            Ok(String::new())
        });
        if let Some(ready) = ready {
            failed = false;
            for scenario in chosen {
                let mut bed = Bed {
                    image: &image,
                    hardware: &hardware,
                    ready: &ready,
                    name: scenario.name,
                    boots: 0,
                };
                let begun = Instant::now();
                let passed = steps.run(&format!("{}: {}", scenario.name, scenario.about), || {
                    (scenario.run)(&mut bed)?;
                    let _ = std::fs::remove_file(bed.folder().join("disk.qcow2"));
                    Ok(String::new())
                });
                failed |= !passed;
                rows.push((scenario.name, bed.boots, begun.elapsed(), passed));
            }
        }
    }
    if failed && rows.is_empty() {
        println!("\n{steps}");
    }
    println!(
        "\n{:14}  {:>5}  {:>7}  result",
        "scenario", "boots", "seconds"
    );
    for (name, boots, time, passed) in rows {
        let seconds = time.as_secs_f64();
        let result = if passed { "ok" } else { "FAILED" };
        println!("{name:14}  {boots:5}  {seconds:7.1}  {result}");
    }
    Ok(match failed {
        true => ExitCode::FAILURE,
        false => ExitCode::SUCCESS,
    })
}

/// A machine that has just booted, saved once for each image.
fn ready_machine(image: &Image, hardware: &Hardware) -> Result<Snapshot> {
    let saved = image.folder.join("ready.qcow2");
    if !saved.exists() {
        let folder = folder().join("runs/first-boot");
        let mut vm = Off::new(&folder, hardware)?.boot(hardware)?;
        // What is still going on in the background of a boot.
        vm.ok(SETTLED)?;
        vm.ok("sync")?;
        let snapshot = vm.snapshot()?;
        std::fs::rename(&snapshot.disk, &saved)?;
    }
    Ok(Snapshot { disk: saved })
}
