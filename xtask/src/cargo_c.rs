//! `cargo cinstall`: the shared C library as distributions package Rust libraries, which a program
//! then links.

use crate::run;
use anyhow::{Result, ensure};
use camino::{Utf8Path, Utf8PathBuf};
use std::fs;
use std::process::Command;

/// The one that is built where the machine has none: it has the version of cargo in it, which is
/// to be this toolchain's or older.
const VERSION: &str = "0.10.24+cargo-0.98.0";

/// Installs it below `target/outside`, and builds `tests/outside/pkgconfig-make` with that.
pub(crate) fn run() -> Result<String> {
    let folder = run::root().join("target/outside");
    let program = program(&folder)?;
    let prefix = folder.join("from-cargo-c");
    if prefix.exists() {
        fs::remove_dir_all(&prefix)?;
    }
    // Its own target folder: it sets flags of its own, and all would be built again here as well.
    run::show(
        Command::new(program)
            .args(["cinstall", "--debug", "--library-type", "cdylib"])
            .args(["--prefix", prefix.as_str(), "--libdir", "lib"])
            .args(["--target-dir", folder.join("cargo-c-target").as_str()])
            .current_dir(run::root().join("capi")),
    )?;
    for file in [
        "include/regraft.h",
        "lib/libregraft.so.0",
        "lib/pkgconfig/regraft.pc",
    ] {
        let path = prefix.join(file);
        ensure!(path.exists(), "{path} was not installed");
    }
    run::show(
        Command::new(run::root().join("tests/outside/run.sh"))
            .args([&prefix, &folder.join("work")])
            .arg("pkgconfig-make"),
    )?;
    Ok("1 project".to_owned())
}

/// `cargo-cinstall`: the machine's, or one that is built.
fn program(folder: &Utf8Path) -> Result<Utf8PathBuf> {
    const NAME: &str = "cargo-cinstall";
    if Command::new(NAME).arg("--version").output().is_ok() {
        return Ok(NAME.into());
    }
    let root = folder.join("cargo-c");
    let built = root.join("bin").join(NAME);
    if !built.exists() {
        println!("cargo-c is not installed: it is built below {root}, which takes some minutes");
        let mut install = run::cargo(&["install", "cargo-c", "--version", VERSION]);
        install
            .args(["--locked", "--debug", "--root", root.as_str()])
            .env("CARGO_PROFILE_DEV_DEBUG", "0");
        if run::output(Command::new("pkg-config").args(["--exists", "openssl"])).is_err() {
            install.args(["--features", "vendored-openssl"]);
        }
        run::show(&mut install)?;
    }
    Ok(built)
}
