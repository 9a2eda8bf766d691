//! `cargo xtask bench`: the whole-operation benchmark, on fresh file systems.

use crate::{packages, run};
use anyhow::{Context, Result, bail};
use camino::{Utf8Path, Utf8PathBuf};
use std::process::{Command, ExitCode};

/// How large each file system may get; the files are sparse.
const SIZE: &str = "12G";

/// One for each base that `benches/layering.rs` measures.
const DISKS: usize = 2;

/// How much to measure.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Not the root views that are made where the default cannot be had
    #[arg(long)]
    default_view: bool,
}

pub(crate) fn run(options: &Options) -> Result<ExitCode> {
    packages::install_missing()?;
    if !run::is_root()? {
        bail!("it mounts file systems and makes deployments: run it as root");
    }
    // Built first, so that nothing else runs meanwhile.
    run::show(&mut run::cargo(&[
        "bench", "--bench", "layering", "--no-run",
    ]))?;
    let folder = tempfile::tempdir_in(run::root().join("target"))?;
    let folder = Utf8Path::from_path(folder.path()).context("a path that is not UTF-8")?;
    let disks = (0..DISKS)
        .map(|number| Disk::new(folder, number))
        .collect::<Result<Vec<_>>>()?;
    let what = match options.default_view {
        true => "default-view-on",
        false => "on",
    };
    let mut arguments = vec!["bench", "--quiet", "--bench", "layering", "--", what];
    arguments.extend(disks.iter().map(|disk| disk.point.as_str()));
    println!("{}", machine()?);
    run::show(&mut run::cargo(&arguments))?;
    Ok(ExitCode::SUCCESS)
}

/// An ext4 of its own: on one where many files were deleted shortly before, making new ones takes
/// seconds more.
struct Disk {
    image: Utf8PathBuf,
    point: Utf8PathBuf,
}

impl Disk {
    fn new(folder: &Utf8Path, number: usize) -> Result<Disk> {
        let disk = Disk {
            image: folder.join(format!("disk{number}.img")),
            point: folder.join(format!("disk{number}")),
        };
        run::show(Command::new("truncate").args(["--size", SIZE, disk.image.as_str()]))?;
        // Many small files need many inodes.
        run::show(Command::new("mkfs.ext4").args(["-q", "-i", "4096", disk.image.as_str()]))?;
        std::fs::create_dir(&disk.point)?;
        run::show(Command::new("mount").args([
            "-o",
            "loop",
            disk.image.as_str(),
            disk.point.as_str(),
        ]))?;
        Ok(disk)
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = run::show(Command::new("umount").arg(self.point.as_str()));
    }
}

/// What the numbers depend on.
fn machine() -> Result<String> {
    let cpu = std::fs::read_to_string("/proc/cpuinfo")?;
    let model = cpu.lines().find_map(|line| line.strip_prefix("model name"));
    let model = model.map_or("", |model| model.trim_start_matches([' ', '\t', ':']));
    let cores = cpu
        .lines()
        .filter(|line| line.starts_with("processor"))
        .count();
    let kernel = run::output(Command::new("uname").arg("-r"))?;
    let ostree = run::output(Command::new("ostree").arg("--version"))?;
    let ostree = ostree
        .lines()
        .find(|line| line.contains("Version:"))
        .unwrap_or_default();
    let rustc = run::output(Command::new("rustc").arg("--version"))?;
    let date = run::output(Command::new("date").arg("+%Y-%m-%d"))?;
    Ok(format!(
        "{}: {cores} × {model}, Linux {}, libostree {}, {}\n",
        date.trim(),
        kernel.trim(),
        ostree.replace("Version:", "").replace(['\'', ' '], ""),
        rustc.trim()
    ))
}
