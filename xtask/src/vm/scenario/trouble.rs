//! Machines on which something is wrong.

use super::changes::is_base_booted;
use super::{Bed, Length, Scenario, ensure};
use anyhow::{Result, bail};

pub(super) const ALL: &[Scenario] = &[
    Scenario {
        name: "clock",
        about: "with a clock of another decade the same is made as with the right one",
        length: Length::Long,
        run: clock,
    },
    Scenario {
        name: "full",
        about: "on a full disk a change fails in each phase, says so, and leaves all as it was",
        length: Length::Long,
        run: full,
    },
    Scenario {
        name: "full-end",
        about: "a disk that is full when the machine is shut down boots what it booted before",
        length: Length::Long,
        run: full_at_the_end,
    },
];

fn clock(bed: &mut Bed<'_>) -> Result<()> {
    let mut guest = bed.start()?;
    let right = guest.stages("install tree")?;
    drop(guest);
    // At boot systemd makes a clock later that is before its own build, so it is set afterwards.
    for clock in ["2001-02-03 04:05:06", "2065-01-01 00:00:00"] {
        let mut guest = bed.start()?;
        guest.vm.ok(&format!("date -u -s '{clock}'"))?;
        let wrong = guest.stages("install tree")?;
        ensure(wrong == right, || {
            format!("on {clock} it makes {wrong} instead of {right}")
        })?;
        let mut guest = bed.reboot(guest)?;
        guest.vm.ok("tree --version")?;
        guest.vm.power_off()?;
    }
    Ok(())
}

/// Leaves so many bytes free on the disk. What is reserved for root is nothing, see `image.rs`.
fn fill(free: u64) -> String {
    format!(
        "set -e
        rm -f /var/filler
        sync
        fallocate -l $(($(df --output=avail -B1 /var | tail -n 1) - {free})) /var/filler
        sync"
    )
}

/// The most that is left free before the change must succeed, and by how much more each time.
const MOST: u64 = 64 << 20;

fn full(bed: &mut Bed<'_>) -> Result<()> {
    let mut guest = bed.start()?;
    let state = guest.state()?;
    let mut free = 0;
    let mut failures = 0;
    loop {
        // Nothing is left from the try before that would need no room.
        guest.vm.ok("regraft cleanup --repomd --base")?;
        guest.vm.ok(&fill(free))?;
        let output = guest
            .vm
            .run("regraft install nginx 2>&1 >/run/out | tail -n 1")?;
        let said = output.text.trim();
        let staged = guest.status()?[0]["staged"] == true;
        if staged {
            break;
        }
        ensure(said.contains("no room on the file system"), || {
            format!("with {free} bytes free it says {said:?}")
        })?;
        failures += 1;
        guest.vm.ok("rm /var/filler")?;
        let now = guest.state()?;
        ensure(now == state, || {
            format!("with {free} bytes free it left\n{now}\ninstead of\n{state}")
        })?;
        if free >= MOST {
            bail!("{free} bytes are too few");
        }
        free = (free + (1 << 20)) * 3 / 2;
    }
    ensure(failures > 3, || format!("it failed only {failures} times"))?;
    guest.vm.ok("rm /var/filler")?;
    let mut guest = bed.reboot(guest)?;
    guest.vm.ok("nginx -v")?;
    guest.vm.power_off()?;
    Ok(())
}

fn full_at_the_end(bed: &mut Bed<'_>) -> Result<()> {
    let mut guest = bed.start()?;
    guest.stages("install tree")?;
    guest.vm.ok(&fill(0))?;
    let mut guest = bed.reboot(guest)?;
    let status = guest.status()?;
    is_base_booted(&status, bed)?;
    guest.vm.ok("rm /var/filler")?;
    guest.stages("install tree")?;
    let mut guest = bed.reboot(guest)?;
    guest.vm.ok("tree --version")?;
    guest.vm.power_off()?;
    Ok(())
}
