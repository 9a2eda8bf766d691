//! `cargo xtask vm`: machines that really boot, with regraft at work in them.
//!
//! `tests/machine/README.md` says how it works; `image.rs` and `machine.rs` draw what is where.

mod agent;
mod control;
mod crash;
mod deadline;
mod disks;
mod image;
mod machine;
mod packages;
mod scenario;

use crate::steps::Steps;
use crate::{packages as host, run as command};
use anyhow::{Result, bail};
use camino::Utf8PathBuf;
use image::Image;
use machine::{Hardware, Off};
use std::process::ExitCode;
use std::time::Duration;

/// Longer than anybody sits at a console.
const FOREVER: Duration = Duration::from_secs(365 * 24 * 3600);

/// What to do.
#[derive(clap::Subcommand)]
pub(crate) enum Verb {
    /// Boot a machine with its console at this terminal, and a shell on it; it keeps nothing
    Shell,
    /// Run scenarios in machines, and print a table of them
    Test(TestOptions),
    /// Cut the power of a machine at many moments of a transaction, and check what is left
    Crash(crash::Options),
}

/// Which scenarios.
#[derive(clap::Args)]
pub(crate) struct TestOptions {
    /// Only the short ones
    #[arg(long)]
    quick: bool,
    /// Only print their names and what they are about
    #[arg(long)]
    list: bool,
    /// Give machines this many times the time that they usually have
    #[arg(long, default_value_t = 1, value_name = "TIMES")]
    patience: u32,
    /// Only these
    #[arg(value_name = "NAME")]
    names: Vec<String>,
}

pub(crate) fn run(verb: &Verb) -> Result<ExitCode> {
    match verb {
        Verb::Shell => shell(),
        Verb::Test(options) => scenario::run(options),
        Verb::Crash(options) => crash::run(options),
    }
}

/// Where everything of the machines is.
fn folder() -> Utf8PathBuf {
    command::root().join("target/vm")
}

/// Everything that a machine needs, made where it is missing.
fn prepare(steps: &mut Steps, patience: u32) -> Option<(Image, Hardware)> {
    let mut image = None;
    let mut hardware = None;
    let program = command::root().join("target/debug/regraft");
    let done = steps.run("system packages", || {
        if !command::is_root()? {
            bail!("it mounts file systems and makes deployments: run it as root");
        }
        host::install_missing()
    }) && steps.run("machine packages", packages::install_missing)
        && steps.run("build regraft", || {
            command::show(&mut command::cargo(&["build", "--workspace"]))?;
            Ok(String::new())
        })
        && steps.run("disk", || {
            let made = Image::make(&program)?;
            let note = made.facts.first_kernel.clone();
            image = Some(made);
            Ok(note)
        })
        && steps.run("tools", || {
            let tools = disks::tools(&program)?;
            hardware = image.as_ref().map(|image| Hardware {
                base: image.disk(),
                given: vec![image.system(), tools],
                patience,
            });
            Ok(String::new())
        });
    image.zip(hardware).filter(|_| done)
}

/// A console for a person.
fn shell() -> Result<ExitCode> {
    let mut steps = Steps::new();
    let Some((_, hardware)) = prepare(&mut steps, 1) else {
        println!("\n{steps}");
        return Ok(ExitCode::FAILURE);
    };
    println!("booting; `poweroff` ends the machine");
    let off = Off::new(&folder().join("runs/shell"), &hardware)?;
    let mut vm = off.boot_at_terminal(&hardware)?;
    vm.ok(scenario::MOUNT)?;
    let _raw = Raw::new();
    vm.begin("setsid --ctty bash --login -i </dev/ttyS0 >/dev/ttyS0 2>&1")?;
    vm.wait_for_end(FOREVER)?;
    Ok(ExitCode::SUCCESS)
}

/// The terminal, with every key going to the guest.
struct Raw(Option<String>);

impl Raw {
    fn new() -> Raw {
        let stty = |arguments: &[&str]| {
            let mut stty = std::process::Command::new("stty");
            stty.args(arguments).stdin(std::process::Stdio::inherit());
            let output = stty
                .output()
                .ok()
                .filter(|output| output.status.success())?;
            Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
        };
        let before = stty(&["-g"]);
        stty(&["raw", "-echo"]);
        Raw(before)
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        if let Some(before) = &self.0 {
            let _ = std::process::Command::new("stty").arg(before).status();
        }
    }
}
