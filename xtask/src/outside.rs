//! The programs of `tests/outside`: built and run as their authors would, against what
//! `cargo xtask install` has made, here and in a Debian that has no Rust.

use crate::{chroot, install, run};
use anyhow::{Context, Result};
use camino::Utf8Path;
use std::fs;
use std::process::Command;

/// Projects that need the installed files and the libraries that those load.
const SHARED: [&str; 5] = [
    "cmake-c",
    "cmake-cxx",
    "cmake-refused",
    "pkgconfig-make",
    "meson",
];

/// Projects that link the static library, and so also need what regraft itself is built with.
const STATIC: [&str; 2] = ["cmake-c-static", "beside-rpm"];

/// What the chroot has: compilers, build systems, and the libraries that regraft loads.
const CHROOT: [&str; 12] = [
    "ca-certificates",
    "cmake",
    "g++",
    "gcc",
    "libc6-dev",
    "libglib2.0-0",
    "libostree-1-1",
    "librepo0",
    "libsolvext1",
    "make",
    "meson",
    "pkg-config",
];

/// How much of it.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Install what is made for speed, and not what tests are built with
    #[arg(long)]
    release: bool,
    /// Also the Rust program, for which everything is built again
    #[arg(long)]
    rust: bool,
    /// Also in an empty Debian with nothing but compilers and the installed files
    #[arg(long)]
    chroot: bool,
}

impl Options {
    /// What every run of the tests does.
    pub(crate) fn short() -> Options {
        Options {
            release: false,
            rust: false,
            chroot: false,
        }
    }

    /// Everything.
    pub(crate) fn long() -> Options {
        Options {
            release: true,
            rust: true,
            chroot: true,
        }
    }
}

pub(crate) fn run(options: &Options) -> Result<String> {
    let folder = run::root().join("target/outside");
    // Installed files are moved, as packages and images do it: nothing may know where they were.
    let (first, prefix) = (folder.join("installed"), folder.join("prefix"));
    for old in [&first, &prefix] {
        if old.exists() {
            fs::remove_dir_all(old).with_context(|| format!("cannot remove {old}"))?;
        }
    }
    install::run(&install::Options::at(&first, None, !options.release))?;
    fs::rename(&first, &prefix)?;
    run::show(
        Command::new(run::root().join("tests/outside/run.sh"))
            .args([&prefix, &folder.join("work")])
            .args(SHARED)
            .args(STATIC),
    )?;
    let mut done = SHARED.len() + STATIC.len();
    if options.release {
        // As the guide tells packagers.
        let packaged = folder.join("packaged");
        run::show(
            Command::new(run::root().join("tests/outside/install.sh"))
                .arg(&packaged)
                .current_dir(run::root()),
        )?;
        for file in [
            "include/regraft.h",
            "lib64/libregraft.so.0",
            "lib64/pkgconfig/regraft.pc",
        ] {
            let path = packaged.join("usr").join(file);
            anyhow::ensure!(path.exists(), "{path} was not installed");
        }
    }
    if options.rust {
        rust(&folder)?;
        done += 1;
    }
    if options.chroot {
        in_chroot(&folder.join("chroot"), !options.release)?;
        done += SHARED.len();
    }
    Ok(format!("{done} projects"))
}

/// A crate outside of the workspace, with a target folder of its own; the versions of its
/// dependencies are those that are tested here.
fn rust(folder: &Utf8Path) -> Result<()> {
    let (source, work) = (
        run::root().join("tests/outside/rust"),
        folder.join("work/rust"),
    );
    fs::create_dir_all(work.join("src"))?;
    let manifest = fs::read_to_string(source.join("Cargo.toml"))?;
    let manifest = manifest.replace("\"../../..\"", &format!("\"{}\"", run::root()));
    fs::write(work.join("Cargo.toml"), manifest)?;
    fs::copy(source.join("src/main.rs"), work.join("src/main.rs"))?;
    fs::copy(run::root().join("Cargo.lock"), work.join("Cargo.lock"))?;
    let sysroot = folder.join("work/sysroot");
    fs::create_dir_all(&sysroot)?;
    run::show(
        run::cargo(&["run", "--quiet", "--target-dir"])
            .arg(folder.join("rust"))
            .arg("--")
            .arg(&sysroot)
            .current_dir(&work),
    )?;
    println!("rust: ok");
    Ok(())
}

fn in_chroot(root: &Utf8Path, debug: bool) -> Result<()> {
    chroot::bootstrap(root, &CHROOT)?;
    install::run(&install::Options::at(
        "/opt/regraft".into(),
        Some(root),
        debug,
    ))?;
    run::show(
        Command::new("cp")
            .arg("-r")
            .arg(run::root().join("tests/outside"))
            .arg(root.join("root")),
    )?;
    let script = format!(
        "set -e\n\
         mount -t proc proc {root}/proc\n\
         exec chroot {root} /usr/bin/env -i HOME=/root LANG=C.UTF-8 \
         PATH=/usr/sbin:/usr/bin:/sbin:/bin \
         sh /root/outside/run.sh /opt/regraft /root/work {}",
        SHARED.join(" ")
    );
    println!("in an empty Debian:");
    run::show(Command::new("unshare").args([
        "--mount",
        "--propagation=private",
        "bash",
        "-c",
        &script,
    ]))
}
