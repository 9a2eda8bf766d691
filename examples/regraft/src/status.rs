//! `status`.

use crate::Global;
use regraft::{Deployment, Result};
use std::process::ExitCode;

pub(crate) fn status(global: &Global) -> Result<ExitCode> {
    let status = global.sysroot()?.status()?;
    if global.json {
        println!("{:#}", status.to_json());
        return Ok(ExitCode::SUCCESS);
    }
    if let Some(interrupted) = status.interrupted() {
        let program = interrupted.program().unwrap_or("a program");
        println!("a call of {program} was interrupted; `recover` removes what is left of it:");
        interrupted
            .left()
            .iter()
            .for_each(|left| println!("    {left}"));
        println!();
    }
    if status.deployments().is_empty() {
        println!("no deployments");
    }
    for (place, deployment) in status.deployments().iter().enumerate() {
        if place > 0 {
            println!();
        }
        show(deployment);
    }
    Ok(ExitCode::SUCCESS)
}

fn show(deployment: &Deployment) {
    let mark = if deployment.is_booted() { '*' } else { ' ' };
    let follows = deployment.origin().refspec().unwrap_or("no ref");
    println!("{mark} {follows}");
    let row = |name: &str, value: &str| {
        if !value.is_empty() {
            println!("    {name:>18}: {value}");
        }
    };
    let version = deployment.version().unwrap_or_default();
    row("Version", version);
    row("Deployment", &deployment.id());
    match deployment.is_layered() {
        true => {
            row("BaseCommit", deployment.base_checksum());
            row("Commit", deployment.checksum());
        }
        false => row("Commit", deployment.checksum()),
    }
    row("LayeredPackages", &deployment.packages().join(" "));
    let requested = deployment.origin().requested();
    let inactive: Vec<&str> = requested
        .iter()
        .filter(|request| !deployment.packages().contains(request))
        .map(String::as_str)
        .collect();
    row("InactiveRequests", &inactive.join(" "));
    let removed: Vec<String> = deployment
        .removed_base_packages()
        .iter()
        .map(ToString::to_string)
        .collect();
    row("RemovedBasePackages", &removed.join(" "));
    let mut states = Vec::new();
    if deployment.is_staged() {
        states.push("staged");
    }
    if deployment.is_pinned() {
        states.push("pinned");
    }
    row("State", &states.join(" "));
}
