//! Everything again in an empty Debian: what a new user meets.
//!
//! The chroot lies on a bind mount, as bubblewrap wants its root to be a mount point, in a mount
//! namespace of its own, so that nothing is left mounted. The machine's own package sources, Rust
//! toolchain and crates are shared with it; the project is a clone of what is committed.

use crate::{packages, run};
use anyhow::{Context, Result};
use camino::{Utf8Path, Utf8PathBuf};
use std::fs;
use std::process::Command;

/// Runs the README's two commands in a fresh chroot.
pub(crate) fn run() -> Result<String> {
    let root = run::root().join("target/chroot/root");
    bootstrap(&root, &["ca-certificates"])?;
    let home = Utf8PathBuf::from(std::env::var("HOME").context("HOME is not set")?);
    let project = root.join("home/regraft");
    run::show(
        Command::new("git")
            .args(["clone", "--quiet"])
            .arg(run::root())
            .arg(&project),
    )?;
    let mut script = format!(
        "set -e\n\
         mount --bind {root} {root}\n\
         mount -t proc proc {root}/proc\n\
         mount --rbind /dev {root}/dev\n\
         mount --rbind /sys {root}/sys\n"
    );
    for (from, to) in [
        (rust_home("CARGO_HOME", &home, ".cargo"), "root/.cargo"),
        (rust_home("RUSTUP_HOME", &home, ".rustup"), "root/.rustup"),
        (run::root().join("../shared"), "home/shared"),
    ] {
        if from.exists() {
            fs::create_dir_all(root.join(to))?;
            script.push_str(&format!("mount --bind {from} {root}/{to}\n"));
        }
    }
    for command in ["demo", "test"] {
        script.push_str(&format!(
            "chroot {root} /usr/bin/env -i HOME=/root TERM=dumb LANG=C.UTF-8 \
             PATH=/usr/sbin:/usr/bin:/sbin:/bin {} \
             bash -c 'PATH=$HOME/.cargo/bin:$PATH; cd /home/regraft && cargo xtask {command}'\n",
            proxies()
        ));
    }
    run::show(Command::new("unshare").args([
        "--mount",
        "--propagation=private",
        "bash",
        "-c",
        &script,
    ]))?;
    Ok("demo and tests pass in an empty Debian".to_owned())
}

/// An installation with apt and these packages and nothing else, in the place of an earlier one.
pub(crate) fn bootstrap(root: &Utf8Path, packages: &[&str]) -> Result<()> {
    packages::install(&["mmdebstrap"])?;
    if root.exists() {
        // libostree makes its deployments immutable, and not every file has such a flag.
        let _ = Command::new("chattr")
            .args(["-R", "-f", "-i"])
            .arg(root)
            .output();
        fs::remove_dir_all(root).with_context(|| format!("cannot remove {root}"))?;
    }
    fs::create_dir_all(root)?;
    let release = fs::read_to_string("/etc/os-release")?;
    let suite = release
        .lines()
        .find_map(|line| line.strip_prefix("VERSION_CODENAME="))
        .context("/etc/os-release names no release")?;
    let mut command = Command::new("mmdebstrap");
    command
        .args(["--quiet", "--variant=apt"])
        .arg(format!("--include={}", packages.join(",")))
        .arg(suite)
        .arg(root);
    // The machine's own sources: the archive may be a mirror here.
    for path in sources()? {
        command.arg(path);
    }
    run::show(&mut command)?;
    for name in ["etc/resolv.conf", "etc/hosts"] {
        let _ = fs::copy(format!("/{name}"), root.join(name));
    }
    for folder in [
        "etc/apt/apt.conf.d",
        "etc/apt/trusted.gpg.d",
        "usr/local/share/ca-certificates",
    ] {
        copy_files(&Utf8Path::new("/").join(folder), &root.join(folder))?;
    }
    run::show(
        Command::new("chroot")
            .arg(root)
            .arg("update-ca-certificates"),
    )
}

/// The files in which apt's sources are.
pub(crate) fn sources() -> Result<Vec<Utf8PathBuf>> {
    let mut files = vec![Utf8PathBuf::from("/etc/apt/sources.list")];
    if let Ok(entries) = Utf8Path::new("/etc/apt/sources.list.d").read_dir_utf8() {
        for entry in entries {
            files.push(entry?.into_path());
        }
    }
    files.retain(|file| {
        let named = matches!(file.extension(), Some("list" | "sources"));
        named && fs::metadata(file).is_ok_and(|found| found.len() > 0)
    });
    files.sort();
    Ok(files)
}

fn copy_files(from: &Utf8Path, to: &Utf8Path) -> Result<()> {
    let Ok(entries) = from.read_dir_utf8() else {
        return Ok(());
    };
    fs::create_dir_all(to)?;
    for entry in entries {
        let entry = entry?;
        // Of apt's configuration only how the archive is reached: hooks need programs.
        let content = fs::read(entry.path()).unwrap_or_default();
        let hook = from.ends_with("apt.conf.d") && !content.windows(7).any(|w| w == b"Acquire");
        if entry.file_type()?.is_file() && !hook {
            fs::copy(entry.path(), to.join(entry.file_name()))?;
        }
    }
    Ok(())
}

fn rust_home(variable: &str, home: &Utf8Path, name: &str) -> Utf8PathBuf {
    std::env::var(variable).map_or_else(|_| home.join(name), Utf8PathBuf::from)
}

/// What the machine needs to reach its registries.
fn proxies() -> String {
    [
        "http_proxy",
        "https_proxy",
        "no_proxy",
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "NO_PROXY",
    ]
    .iter()
    .filter_map(|name| Some(format!("{name}='{}'", std::env::var(name).ok()?)))
    .collect::<Vec<_>>()
    .join(" ")
}
