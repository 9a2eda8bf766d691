//! What the virtual machines need of the machine that they run on.
//!
//! QEMU comes from the distribution's backports: the one of the release conflicts with newer tools
//! that an image of the release may have. Where backports are is derived from the machine's own
//! package sources, and apt looks there with a configuration and lists of its own below `target/vm`,
//! so that the machine's own ones stay as they are.

use super::folder;
use crate::packages::{self, SystemPackage};
use crate::run;
use anyhow::{Context, Result, bail};
use camino::{Utf8Path, Utf8PathBuf};
use std::fs;
use std::process::Command;

const PACKAGES: &[SystemPackage] = &[
    SystemPackage("qemu-utils", "qemu-img", "disks that lie over a base disk"),
    SystemPackage("extlinux", "syslinux-extlinux", "the boot sector"),
    SystemPackage("syslinux-common", "syslinux", "the boot menu's modules"),
    SystemPackage(
        "squashfs-tools",
        "squashfs-tools",
        "disks with files for the guest",
    ),
];

/// The machine itself, which has a place of its own to come from.
const QEMU: SystemPackage = SystemPackage("qemu-system-x86", "qemu-system-x86-core", "the machine");
pub(super) const QEMU_PROGRAM: &str = "qemu-system-x86_64";

/// Makes sure that all of it is there, QEMU among it.
pub(super) fn install_missing() -> Result<String> {
    let said = packages::install_missing_of(PACKAGES)?;
    let mut version = Command::new(QEMU_PROGRAM);
    version.arg("--version");
    if version.output().is_ok_and(|output| output.status.success()) {
        return Ok(said);
    }
    if !packages::is_debian() {
        return packages::install_missing_of(&[QEMU]);
    }
    let suite = format!("{}-backports", codename()?);
    let command = format!(
        "apt-get install --no-install-recommends -t {suite} {}",
        QEMU.0
    );
    if !run::is_root()? {
        bail!("{QEMU_PROGRAM} is missing, and this is not root; run: sudo {command}");
    }
    println!("{QEMU_PROGRAM} is missing");
    let apt = Apt::with_suite(&suite)?;
    println!(
        "running apt-get update, with lists of its own in {}",
        apt.home
    );
    run::show(apt.get().args(["update", "-q"]))?;
    println!("running {command}");
    run::show(
        apt.get()
            .args(["install", "-q", "-y", "--no-install-recommends"])
            .args(["-t", &suite, QEMU.0])
            .env("DEBIAN_FRONTEND", "noninteractive"),
    )?;
    Ok(format!("installed {} from {suite}", QEMU.0))
}

/// The release, as the archive's folders name it.
fn codename() -> Result<String> {
    let release = fs::read_to_string("/etc/os-release")?;
    let name = release
        .lines()
        .find_map(|line| line.strip_prefix("VERSION_CODENAME="));
    Ok(name.context("/etc/os-release names no release")?.to_owned())
}

/// apt with the machine's sources and one suite more.
struct Apt {
    home: Utf8PathBuf,
}

impl Apt {
    fn with_suite(suite: &str) -> Result<Apt> {
        let home = folder().join("apt");
        let parts = home.join("sources");
        if home.exists() {
            fs::remove_dir_all(&home)?;
        }
        fs::create_dir_all(home.join("lists/partial"))?;
        fs::create_dir_all(&parts)?;
        let mut derived = false;
        for (number, path) in crate::chroot::sources()?.iter().enumerate() {
            let text = fs::read_to_string(path).with_context(|| format!("cannot read {path}"))?;
            let (more, ending) = match path.extension() {
                Some("sources") => (stanzas(&text, suite), "sources"),
                _ => (lines(&text, suite), "list"),
            };
            fs::write(parts.join(format!("{number}.{ending}")), &text)?;
            if !more.is_empty() && !derived {
                fs::write(parts.join(format!("{number}-backports.{ending}")), more)?;
                derived = true;
            }
            derived |= text.split_whitespace().any(|word| word == suite);
        }
        if !derived {
            bail!(
                "no package source of this machine has the suite {}; add one with {suite}",
                suite.trim_end_matches("-backports")
            );
        }
        Ok(Apt { home })
    }

    fn get(&self) -> Command {
        let mut command = Command::new("apt-get");
        for option in [
            "Dir::Etc::sourcelist=/dev/null".to_owned(),
            format!("Dir::Etc::sourceparts={}", self.home.join("sources")),
            format!("Dir::State::lists={}", self.home.join("lists")),
            // The folder need not be open to apt's own user.
            "APT::Sandbox::User=root".to_owned(),
        ] {
            command.args(["-o", &option]);
        }
        command
    }
}

/// The stanzas of a deb822 file that have the release, with `suite` in its place.
fn stanzas(text: &str, suite: &str) -> String {
    let release = suite.trim_end_matches("-backports");
    let mut out = String::new();
    for stanza in text.split("\n\n") {
        let field = |name: &str| {
            let mut lines = stanza.lines();
            lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
        };
        let has = |name: &str, wanted: &str| {
            field(name).is_some_and(|value| value.split_whitespace().any(|word| word == wanted))
        };
        let off = field("Enabled").is_some_and(|value| value.trim() == "no");
        if !has("Types", "deb") || !has("Suites", release) || off {
            continue;
        }
        for line in stanza.lines() {
            match line.split_once(':') {
                Some(("Types", _)) => out.push_str("Types: deb"),
                Some(("Suites", _)) => out.push_str(&format!("Suites: {suite}")),
                _ => out.push_str(line),
            }
            out.push('\n');
        }
        out.push('\n');
    }
    out
}

/// The same for a file of lines: `deb [OPTIONS] URI SUITE COMPONENT...`.
fn lines(text: &str, suite: &str) -> String {
    let release = suite.trim_end_matches("-backports");
    let mut out = String::new();
    for line in text.lines() {
        let rest = line.trim().strip_prefix("deb ").map(str::trim_start);
        let Some(rest) = rest else { continue };
        let (options, rest) = match rest.split_once(']') {
            Some((options, rest)) if options.starts_with('[') => (format!("{options}] "), rest),
            _ => (String::new(), rest),
        };
        let mut words = rest.split_whitespace();
        if let (Some(uri), Some(found)) = (words.next(), words.next())
            && found == release
        {
            let components: Vec<&str> = words.collect();
            out.push_str(&format!(
                "deb {options}{uri} {suite} {}\n",
                components.join(" ")
            ));
        }
    }
    out
}

/// A file of the boot loader, wherever the distribution has it.
pub(super) fn syslinux_module(name: &str) -> Result<Utf8PathBuf> {
    const FOLDERS: [&str; 2] = ["/usr/lib/syslinux/modules/bios", "/usr/share/syslinux"];
    let found = FOLDERS
        .iter()
        .map(|folder| Utf8Path::new(folder).join(name));
    found
        .into_iter()
        .find(|path| path.exists())
        .with_context(|| format!("there is no {name} in {}", FOLDERS.join(" or ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SUITE: &str = "sid-backports";

    #[test]
    fn a_stanza_is_derived() {
        let text = "Types: deb deb-src\nURIs: http://a.invalid/debian\nSuites: sid sid-updates\n\
                    Components: main\nSigned-By: /k.gpg\n\n\
                    Types: deb\nURIs: http://a.invalid/security\nSuites: sid-security\n\
                    Components: main\n\n\
                    Types: deb\nEnabled: no\nURIs: http://b.invalid\nSuites: sid\n";
        assert_eq!(
            stanzas(text, SUITE),
            "Types: deb\nURIs: http://a.invalid/debian\nSuites: sid-backports\n\
             Components: main\nSigned-By: /k.gpg\n\n"
        );
    }

    #[test]
    fn a_line_is_derived() {
        let text = "# deb x\ndeb [arch=amd64 signed-by=/k] http://a.invalid/debian sid main contrib\n\
                    deb-src http://a.invalid/debian sid main\n\
                    deb http://a.invalid/security sid-security main\n";
        assert_eq!(
            lines(text, SUITE),
            "deb [arch=amd64 signed-by=/k] http://a.invalid/debian sid-backports main contrib\n"
        );
    }
}
