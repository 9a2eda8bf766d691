//! The system packages that regraft's build, tests and demo need: the one list. What only the virtual
//! machines need is in `vm/packages.rs`.

use crate::run;
use anyhow::{Result, bail};
use std::process::Command;

/// Debian's name, Fedora's name, and what needs it.
pub(crate) struct SystemPackage(
    pub(crate) &'static str,
    pub(crate) &'static str,
    pub(crate) &'static str,
);

/// In groups: to build, to run scriptlets, referees and test beds.
const PACKAGES: &[SystemPackage] = &[
    SystemPackage("gcc", "gcc", "the linker; the bundled SQLite and zstd"),
    SystemPackage("g++", "gcc-c++", "the C++ binding"),
    SystemPackage("libasan8", "libasan", "tests of the C++ binding"),
    SystemPackage("libubsan1", "libubsan", "tests of the C++ binding"),
    SystemPackage("libc6-dev", "glibc-devel", "the linker"),
    SystemPackage("pkg-config", "pkgconf-pkg-config", "build.rs"),
    SystemPackage("libglib2.0-dev", "glib2-devel", "the library"),
    SystemPackage("libostree-dev", "ostree-devel", "the library"),
    SystemPackage("libsolv-dev", "libsolv-devel", "the library"),
    SystemPackage("libsolvext-dev", "libsolv-devel", "the library"),
    SystemPackage("librepo-dev", "librepo-devel", "the library"),
    SystemPackage(
        "libxml2-dev",
        "libxml2-devel",
        "librepo's pkg-config file names it",
    ),
    SystemPackage("bubblewrap", "bubblewrap", "the scriptlets' sandbox"),
    SystemPackage("ostree", "ostree", "referee of commits and deployments"),
    SystemPackage("rpm", "rpm", "referee of the rpmdb"),
    SystemPackage("dnf", "dnf", "referee of the solver"),
    SystemPackage("createrepo-c", "createrepo_c", "makes repositories"),
    SystemPackage("gpg", "gnupg2", "signs commits, packages and metadata"),
    SystemPackage("gpg-agent", "gnupg2", "holds gpg's keys"),
    SystemPackage("gpgv", "gnupg2", "libostree checks signatures with it"),
    SystemPackage("ca-certificates", "ca-certificates", "downloads over https"),
    SystemPackage("cpio", "cpio", "referee of payloads"),
    SystemPackage("zstd", "zstd", "referee of payloads"),
    SystemPackage("xz-utils", "xz", "unpacks the archive's packages"),
    SystemPackage("busybox-static", "busybox", "tests run scriptlets with it"),
    SystemPackage("kmod", "kmod", "indexes the kernel's modules"),
    SystemPackage(
        "e2fsprogs",
        "e2fsprogs",
        "tests remove deployments with chattr",
    ),
    SystemPackage("strace", "strace", "tests count system calls"),
    SystemPackage("valgrind", "valgrind", "watches the memory of C programs"),
    SystemPackage("sqlite3", "sqlite", "referee of the rpmdb's tables"),
    SystemPackage(
        "systemd",
        "systemd",
        "referee of accounts, units and tmpfiles",
    ),
    SystemPackage("python3", "python3", "a consumer of the C ABI"),
    SystemPackage(
        "python3-jsonschema",
        "python3-jsonschema",
        "referee of the plan's JSON",
    ),
    SystemPackage("git", "git-core", "a clone for the long tests"),
    SystemPackage("cmake", "cmake", "outside projects"),
    SystemPackage("make", "make", "outside projects"),
    SystemPackage("meson", "meson", "outside projects"),
    SystemPackage("librpm-dev", "rpm-devel", "a program that links it, too"),
    SystemPackage(
        "abigail-tools",
        "libabigail",
        "compares versions of the C ABI",
    ),
    SystemPackage("doxygen", "doxygen", "the documentation of the C++ API"),
    SystemPackage(
        "procps",
        "procps-ng",
        "tests look for processes left behind",
    ),
];

/// Makes sure that every package is there: installs the missing ones as root on Debian, and
/// elsewhere fails with the one command to run. Returns a sentence for the user.
pub(crate) fn install_missing() -> Result<String> {
    install_missing_of(PACKAGES)
}

/// The same for another list.
pub(crate) fn install_missing_of(packages: &[SystemPackage]) -> Result<String> {
    if !is_debian() {
        return on_fedora(packages);
    }
    let missing = missing_on_debian(packages)?;
    if missing.is_empty() {
        return Ok(format!("all {} system packages are there", packages.len()));
    }
    for package in packages.iter().filter(|p| missing.contains(&p.0)) {
        println!("missing: {} ({})", package.0, package.2);
    }
    let names = missing.join(" ");
    if !run::is_root()? {
        bail!(
            "{} system packages are missing, and this is not root; run: \
             sudo apt-get install --no-install-recommends {names}",
            missing.len()
        );
    }
    if !all_are_known(&missing)? {
        update_lists()?;
    }
    if install(&missing).is_err() {
        // Lists from an earlier day name packages that the archive has replaced since.
        update_lists()?;
        install(&missing)?;
    }
    Ok(format!("installed {names}"))
}

/// Its packages are dpkg's.
pub(crate) fn is_debian() -> bool {
    let mut command = Command::new("dpkg-query");
    command.arg("--version").output().is_ok()
}

/// `apt-get update`.
pub(crate) fn update_lists() -> Result<()> {
    println!("running apt-get update");
    run::show(Command::new("apt-get").args(["update", "-q"]))
}

/// `apt-get install`, which does nothing for what is there.
pub(crate) fn install(names: &[&str]) -> Result<()> {
    println!("running apt-get install {}", names.join(" "));
    run::show(
        Command::new("apt-get")
            .args(["install", "-q", "-y", "--no-install-recommends"])
            .args(names)
            .env("DEBIAN_FRONTEND", "noninteractive"),
    )
}

fn missing_on_debian(packages: &[SystemPackage]) -> Result<Vec<&'static str>> {
    // It fails when one name is unknown, and prints the others all the same.
    let output = Command::new("dpkg-query")
        .args(["-W", "-f", "${db:Status-Status} ${Package}\n"])
        .args(packages.iter().map(|package| package.0))
        .output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let installed: Vec<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("installed "))
        .collect();
    Ok(packages
        .iter()
        .map(|package| package.0)
        .filter(|name| !installed.contains(name))
        .collect())
}

/// apt's lists name a version of each: they are there, and not of another release.
fn all_are_known(names: &[&str]) -> Result<bool> {
    let text = run::output(Command::new("apt-cache").arg("policy").args(names))?;
    let known = text
        .lines()
        .filter_map(|line| line.trim().strip_prefix("Candidate: "))
        .filter(|candidate| *candidate != "(none)")
        .count();
    Ok(known == names.len())
}

fn on_fedora(packages: &[SystemPackage]) -> Result<String> {
    let mut missing: Vec<&str> = packages
        .iter()
        .map(|package| package.1)
        .filter(|name| {
            let found = Command::new("rpm")
                .args(["-q", "--whatprovides", name])
                .output();
            !found.is_ok_and(|output| output.status.success())
        })
        .collect();
    missing.dedup();
    if missing.is_empty() {
        return Ok("all system packages are there".to_owned());
    }
    bail!(
        "system packages are missing; run: sudo dnf install {}",
        missing.join(" ")
    )
}
