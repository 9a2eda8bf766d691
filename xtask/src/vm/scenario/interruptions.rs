//! What comes between: another program, a cancel, a kill.

use super::{Bed, Guest, Length, Scenario, ensure};
use anyhow::{Context, Result, bail};
use std::time::Duration;

pub(super) const ALL: &[Scenario] = &[
    Scenario {
        name: "busy",
        about: "of two processes at once one works, and the other says whom it would wait for",
        length: Length::Short,
        run: busy,
    },
    Scenario {
        name: "mounts",
        about: "no mount of a change is seen outside, and none is left after SIGKILL",
        length: Length::Short,
        run: mounts,
    },
    Scenario {
        name: "cancel",
        about: "SIGINT in each phase leaves all as it was, or the change is complete",
        length: Length::Long,
        run: cancel,
    },
];

/// The phases of layering packages, as the frontend prints them, after which there is still time to
/// cancel.
const PHASES: [&str; 6] = [
    "metadata", "solve", "download", "import", "graft", "scripts",
];

fn busy(bed: &mut Bed<'_>) -> Result<()> {
    let mut guest = bed.start()?;
    // The sysroot's lock is held from here on.
    guest.vm.ok(
        "regraft --json install nginx >/run/first 2>&1 & echo $! >/run/pid
        until test -e /ostree/regraft/writer; do
            kill -0 $(cat /run/pid) || { cat /run/first; exit 1; }
            sleep 0.05
        done",
    )?;
    let said = guest.vm.fails("regraft cleanup")?;
    let pid = guest.vm.ok("cat /run/pid")?;
    ensure(
        said.contains("is locked by regraft (pid ") && said.contains(&pid),
        || format!("a busy sysroot is told as {said:?}"),
    )?;
    // Readers are not kept out, and a writer may wait.
    guest.status()?;
    guest.vm.ok("regraft --wait 240 cleanup")?;
    guest.says(
        "while kill -0 $(cat /run/pid) 2>/dev/null; do sleep 0.1; done
        grep -c '\"kind\":\"staged\"' /run/first",
        "1",
    )?;
    let mut guest = bed.reboot(guest)?;
    guest.vm.ok("nginx -v")?;
    guest.vm.power_off()?;
    Ok(())
}

/// All mounts of the machine, but for what the kernel counts in them.
const MOUNTS: &str = "cut -d' ' -f3- /proc/1/mountinfo";

fn mounts(bed: &mut Bed<'_>) -> Result<()> {
    let mut guest = bed.start()?;
    guest.says("findmnt -no PROPAGATION /", "shared")?;
    let before = guest.vm.ok(MOUNTS)?;
    let state = guest.state()?;
    // Looked at all the time while it works, scripts included.
    guest.vm.ok(&format!(
        "{MOUNTS} >/run/before
        regraft --json install nginx >/run/out 2>&1 & pid=$!
        looks=0
        while kill -0 $pid 2>/dev/null; do
            {MOUNTS} >/run/now
            cmp -s /run/before /run/now || {{ diff /run/before /run/now; exit 1; }}
            looks=$((looks + 1))
            sleep 0.2
        done
        wait $pid || {{ cat /run/out; exit 1; }}
        echo $looks looks
        test $looks -gt 20"
    ))?;
    guest.vm.ok("regraft cleanup --pending")?;
    ensure(guest.state()? == state, || {
        "the pending deployment left something".to_owned()
    })?;
    // Killed when its own mounts are there.
    for phase in ["import", "scripts", "database"] {
        let script = begin_until(phase);
        guest.vm.ok(&format!(
            "{script}
            kill -KILL $pid
            wait $pid
            tries=0
            while pgrep bwrap || pgrep regraft; do
                tries=$((tries + 1))
                test $tries -lt 100 || {{ ps ax; exit 1; }}
                sleep 0.1
            done"
        ))?;
        let now = guest.vm.ok(MOUNTS)?;
        ensure(now == before, || {
            format!("killed in {phase}, mounts are\n{now}\ninstead of\n{before}")
        })?;
        guest.status()?;
    }
    // The next call works, and cleans up after the killed ones.
    guest.stages("install nginx")?;
    guest.says("ls -d /ostree/regraft/scratch-* 2>/dev/null | wc -l", "0")?;
    let mut guest = bed.reboot(guest)?;
    guest.vm.ok("nginx -v")?;
    guest.vm.power_off()?;
    Ok(())
}

/// Starts an install as `$pid`, and waits until it is in a phase.
fn begin_until(phase: &str) -> String {
    format!(
        "regraft cleanup --repomd --base || exit 1
        regraft install nginx >/run/out 2>/run/err & pid=$!
        until grep -q ' {phase}$' /run/err; do
            kill -0 $pid || {{ cat /run/err; exit 1; }}
            sleep 0.02
        done"
    )
}

fn cancel(bed: &mut Bed<'_>) -> Result<()> {
    let mut guest = bed.start()?;
    let state = guest.state()?;
    for phase in PHASES {
        let script = format!(
            "{}
            kill -INT $pid
            wait $pid
            echo \"status $?\"
            tail -n 1 /run/err",
            begin_until(phase)
        );
        let said = guest.vm.ok(&script)?;
        let (status, line) = said.split_once('\n').context("no message")?;
        if status != "status 1" || line != "error: cancelled; nothing was changed" {
            bail!("cancelled in {phase}, it says {said:?}");
        }
        let now = guest.state()?;
        ensure(now == state, || {
            format!("cancelled in {phase}, it left\n{now}\ninstead of\n{state}")
        })?;
    }
    // In these it may be too late: then it is done, and says so.
    for phase in ["commit", "deploy", "cleanup"] {
        let script = format!(
            "{}
            kill -INT $pid
            wait $pid
            echo $?",
            begin_until(phase)
        );
        let output = guest.vm.run_within(&script, Duration::from_secs(300))?;
        let status = output.text.trim();
        let staged = staged(&mut guest)?;
        ensure((status == "0") == staged, || {
            format!("cancelled in {phase}, the status is {status:?} and staged: {staged}")
        })?;
        guest.vm.ok("regraft cleanup --pending")?;
        ensure(guest.state()? == state, || {
            format!("cancelled in {phase}, it left something")
        })?;
    }
    guest.stages("install nginx")?;
    let mut guest = bed.reboot(guest)?;
    guest.vm.ok("nginx -v")?;
    guest.vm.power_off()?;
    Ok(())
}

fn staged(guest: &mut Guest) -> Result<bool> {
    Ok(guest.status()?[0]["staged"] == true)
}
