//! Disks: file systems that are mounted here for a while, and squashfs disks for guests.

use super::folder;
use crate::run;
use anyhow::{Context, Result};
use camino::{Utf8Path, Utf8PathBuf};
use std::fs;
use std::process::Command;

/// A file system in a file, mounted while this is there.
pub(super) struct Mounted {
    pub(super) point: Utf8PathBuf,
}

impl Mounted {
    pub(super) fn new(image: &Utf8Path, point: &Utf8Path) -> Result<Mounted> {
        fs::create_dir_all(point)?;
        run::output(Command::new("mount").args(["-o", "loop", image.as_str(), point.as_str()]))?;
        Ok(Mounted {
            point: point.to_owned(),
        })
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        let unmounted = run::output(Command::new("umount").arg(&self.point));
        match unmounted {
            Ok(_) => drop(fs::remove_dir(&self.point)),
            Err(error) => eprintln!("warning: {error:#}"),
        }
    }
}

/// Makes a disk of folders, each under its own name, or of what is in the only one.
pub(super) fn squash(folders: &[&Utf8Path], image: &Utf8Path) -> Result<()> {
    let _ = fs::remove_file(image);
    run::output(
        Command::new("mksquashfs")
            .args(folders)
            .arg(image)
            // What is in it is compressed already, or small.
            .args(["-noD", "-noF", "-no-xattrs", "-quiet", "-no-progress"])
            .arg("-all-root"),
    )?;
    Ok(())
}

/// The size of the disk with the tools: a guest that was saved has seen it with an older content, and
/// must find it as large.
const TOOLS_SIZE: &str = "1G";

/// Makes the disk with the frontend, without what only a debugger reads.
pub(super) fn tools(program: &Utf8Path) -> Result<Utf8PathBuf> {
    let home = folder().join("tools");
    fs::create_dir_all(&home)?;
    let name = program.file_name().context("the program has a name")?;
    let stripped = home.join(name);
    run::output(
        Command::new("objcopy")
            .arg("--strip-debug")
            .arg(program)
            .arg(&stripped),
    )?;
    let image = folder().join("tools.squashfs");
    squash(&[&home], &image)?;
    run::output(Command::new("truncate").args(["--size", TOOLS_SIZE, image.as_str()]))?;
    Ok(image)
}
