//! What people do: layer packages, take them back, upgrade, go back.

use super::{Bed, Guest, Length, Scenario, ensure};
use anyhow::Result;
use serde_json::Value;

pub(super) const ALL: &[Scenario] = &[
    Scenario {
        name: "install",
        about: "packages are staged, finalised at shutdown, and run after the reboot",
        length: Length::Short,
        run: install,
    },
    Scenario {
        name: "uninstall",
        about: "what was layered is gone after a reboot, and its accounts and units with it",
        length: Length::Long,
        run: uninstall,
    },
    Scenario {
        name: "rollback",
        about: "the system before boots again, and after a second rollback the newer one",
        length: Length::Short,
        run: rollback,
    },
    Scenario {
        name: "upgrade",
        about: "a new base with a new kernel keeps layers, changes in /etc, and /var",
        length: Length::Short,
        run: upgrade,
    },
    Scenario {
        name: "pinning",
        about: "a pinned deployment outlives two newer ones, and boots",
        length: Length::Long,
        run: pinning,
    },
];

/// The first deployment is booted, and is this one.
fn is_booted(status: &[Value], id: &str) -> Result<()> {
    ensure(status[0]["booted"] == true && status[0]["id"] == id, || {
        format!("{id} is not booted: {status:?}")
    })
}

/// The image's base, with nothing layered on it, is booted.
pub(super) fn is_base_booted(status: &[Value], bed: &Bed<'_>) -> Result<()> {
    let base = bed.image.facts.first.as_str();
    ensure(
        status[0]["booted"] == true && status[0]["checksum"] == base,
        || format!("the base alone is not booted: {status:?}"),
    )
}

fn install(bed: &mut Bed<'_>) -> Result<()> {
    let mut guest = bed.start()?;
    guest.says("findmnt -no OPTIONS /sysroot | cut -d, -f1", "ro")?;
    guest.vm.ok("! touch /usr/x && ! touch /sysroot/x")?;
    let id = guest.stages("install tree nginx")?;
    guest
        .vm
        .ok("test -e /run/ostree/staged-deployment && ! command -v tree")?;
    let status = guest.status()?;
    ensure(
        status[0]["staged"] == true && status[1]["booted"] == true,
        || format!("nothing is staged: {status:?}"),
    )?;
    let mut guest = bed.reboot(guest)?;
    let status = guest.status()?;
    is_booted(&status, &id)?;
    ensure(
        status.len() == 2 && status[1]["checksum"] == bed.image.facts.first.as_str(),
        || format!("the deployment before is not there: {status:?}"),
    )?;
    guest.vm.ok("set -e
        tree --version
        nginx -v
        rpm --dbpath /usr/share/rpm -q tree nginx
        getent passwd www-data
        systemctl is-enabled nginx
        systemctl is-active nginx")?;
    guest.says("findmnt -no OPTIONS /sysroot | cut -d, -f1", "ro")?;
    guest.vm.ok("! touch /usr/x && ! touch /sysroot/x")?;
    guest.vm.power_off()?;
    Ok(())
}

fn uninstall(bed: &mut Bed<'_>) -> Result<()> {
    let mut guest = bed.start()?;
    guest.stages("install tree nginx")?;
    let mut guest = bed.reboot(guest)?;
    guest.vm.ok("tree --version && systemctl is-active nginx")?;
    let id = guest.stages("uninstall nginx")?;
    let mut guest = bed.reboot(guest)?;
    is_booted(&guest.status()?, &id)?;
    guest.vm.ok("set -e
        tree --version
        ! command -v nginx
        ! rpm --dbpath /usr/share/rpm -q nginx
        ! systemctl is-active nginx")?;
    guest.stages("uninstall tree")?;
    let mut guest = bed.reboot(guest)?;
    let status = guest.status()?;
    is_base_booted(&status, bed)?;
    guest.vm.ok("! command -v tree")?;
    guest.vm.power_off()?;
    Ok(())
}

fn rollback(bed: &mut Bed<'_>) -> Result<()> {
    let mut guest = bed.start()?;
    let layered = guest.stages("install tree")?;
    let mut guest = bed.reboot(guest)?;
    is_booted(&guest.status()?, &layered)?;
    let outcome = guest.outcome("rollback")?;
    ensure(outcome["kind"] == "deployed", || outcome.to_string())?;
    let mut guest = bed.reboot(guest)?;
    let status = guest.status()?;
    is_base_booted(&status, bed)?;
    ensure(status[1]["id"] == layered.as_str(), || {
        format!("the layered deployment is not the next one: {status:?}")
    })?;
    guest.vm.ok("! command -v tree")?;
    guest.outcome("rollback")?;
    let mut guest = bed.reboot(guest)?;
    is_booted(&guest.status()?, &layered)?;
    guest.vm.ok("tree --version")?;
    guest.vm.power_off()?;
    Ok(())
}

/// What an administrator does with each kind of file in `/etc`. The files are the base's, see
/// `image.rs`; those of its next version differ.
const EDIT: &str = "set -e
echo edited >/etc/machine/edited
rm /etc/machine/removed
echo added >/etc/machine/local
chmod 600 /etc/machine/mode
ln -sf nowhere /etc/machine/link
mkdir -p /var/lib/machine-test
echo kept >/var/lib/machine-test/file
ln /var/lib/machine-test/file /var/lib/machine-test/link";

/// What must be there after the upgrade.
const MERGED: &[(&str, &str)] = &[
    // Changed by the new base, and by nobody else.
    ("cat /etc/machine/untouched", "second"),
    // Changed by both: the administrator's stays.
    ("cat /etc/machine/edited", "edited"),
    ("test -e /etc/machine/removed || echo gone", "gone"),
    ("cat /etc/machine/local", "added"),
    ("stat -c %a /etc/machine/mode", "600"),
    ("readlink /etc/machine/link", "nowhere"),
    // New in the new base, and no longer in it.
    ("cat /etc/machine/added", "second"),
    ("test -e /etc/machine/dropped || echo gone", "gone"),
];

const VAR: &str = "stat -c '%n %i %Y %h' /var/lib/machine-test/*";

fn upgrade(bed: &mut Bed<'_>) -> Result<()> {
    let mut guest = bed.start()?;
    guest.stages("install tree")?;
    let mut guest = bed.reboot(guest)?;
    guest.says("uname -r", &bed.image.facts.first_kernel)?;
    guest.says("cat /usr/lib/machine/release", "first")?;
    guest.vm.ok(EDIT)?;
    let var = guest.vm.ok(VAR)?;
    let id = guest.stages("upgrade")?;
    // Until the machine is shut down nothing is merged, and this is carried over as well.
    guest.vm.ok("echo late >/etc/machine/late")?;
    let mut guest = bed.reboot(guest)?;
    let status = guest.status()?;
    is_booted(&status, &id)?;
    ensure(
        status[0]["base-checksum"] == bed.image.facts.second.as_str(),
        || format!("the new base is not booted: {status:?}"),
    )?;
    guest.says("uname -r", &bed.image.facts.second_kernel)?;
    guest.says("cat /usr/lib/machine/release", "second")?;
    guest.vm.ok("tree --version")?;
    for (script, expected) in MERGED {
        guest.says(script, expected)?;
    }
    guest.says("cat /etc/machine/late", "late")?;
    guest.says(VAR, &var)?;
    let again = guest.outcome("upgrade")?;
    ensure(again["kind"] == "unchanged", || again.to_string())?;
    // The old system is whole, with its own kernel and its own /etc.
    guest.outcome("rollback")?;
    let mut guest = bed.reboot(guest)?;
    guest.says("uname -r", &bed.image.facts.first_kernel)?;
    guest.says("cat /etc/machine/untouched", "first")?;
    guest.says("cat /etc/machine/edited", "edited")?;
    guest.says(VAR, &var)?;
    guest.vm.ok("tree --version")?;
    guest.vm.power_off()?;
    Ok(())
}

fn pinning(bed: &mut Bed<'_>) -> Result<()> {
    let mut guest = bed.start()?;
    guest.vm.ok("ostree admin pin 0")?;
    let first = booted(&mut guest)?;
    guest.stages("install tree")?;
    let mut guest = bed.reboot(guest)?;
    let second = booted(&mut guest)?;
    let third = guest.stages("install jq")?;
    let mut guest = bed.reboot(guest)?;
    let status = guest.status()?;
    let ids: Vec<&str> = status.iter().filter_map(|one| one["id"].as_str()).collect();
    ensure(ids == [&third, &second, &first], || {
        format!("the deployments are {ids:?}")
    })?;
    ensure(status[2]["pinned"] == true, || format!("{:?}", status[2]))?;
    // Cleaning up leaves it, and what it is made of.
    guest.vm.ok("regraft cleanup --rollback")?;
    let status = guest.status()?;
    ensure(
        status.len() == 2 && status[1]["id"] == first.as_str(),
        || format!("{status:?}"),
    )?;
    guest.outcome("rollback")?;
    let mut guest = bed.reboot(guest)?;
    is_booted(&guest.status()?, &first)?;
    guest.vm.ok("! command -v tree")?;
    guest.vm.power_off()?;
    Ok(())
}

fn booted(guest: &mut Guest) -> Result<String> {
    let status = guest.status()?;
    let id = status
        .iter()
        .find(|one| one["booted"] == true)
        .and_then(|one| one["id"].as_str());
    Ok(id.unwrap_or_default().to_owned())
}
