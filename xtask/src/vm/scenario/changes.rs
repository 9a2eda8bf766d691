//! What people do: layer packages, take them back, upgrade, go back.

use super::{Bed, Length, Scenario, ensure};
use anyhow::Result;

pub(super) const ALL: &[Scenario] = &[Scenario {
    name: "install",
    about: "packages are staged, finalised at shutdown, and run after the reboot",
    length: Length::Short,
    run: install,
}];

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
        || format!("status says {status:?}"),
    )?;
    let mut guest = bed.reboot(guest)?;
    let status = guest.status()?;
    ensure(
        status[0]["booted"] == true && status[0]["id"] == id.as_str(),
        || format!("{id} is not booted: {status:?}"),
    )?;
    ensure(
        status.len() == 2 && status[1]["checksum"] == bed.image.facts.first.as_str(),
        || format!("the deployment before is not there: {status:?}"),
    )?;
    guest
        .vm
        .ok("tree --version && nginx -v && getent passwd www-data && rpm -q tree nginx")?;
    guest.vm.power_off()?;
    Ok(())
}
