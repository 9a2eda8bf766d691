//! What must hold on a disk after any interruption, looked at from outside.

use super::objects;
use crate::run;
use anyhow::{Context, Result, bail};
use camino::{Utf8Path, Utf8PathBuf};
use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

/// What is the same for all disks of one recording.
pub(super) struct Checker<'a> {
    /// The objects that the repository had before.
    pub(super) known: BTreeSet<String>,
    /// Files that must have this content: below `/etc` of every deployment, and below `/var`.
    pub(super) etc: (&'a str, &'a str),
    pub(super) var: (&'a str, &'a str),
    pub(super) stateroot: &'a str,
    /// The frontend, and the disk with the repositories that the deployments name.
    pub(super) program: &'a Utf8Path,
    pub(super) system: &'a Utf8Path,
}

impl Checker<'_> {
    /// Checks a mounted disk; says what boots.
    pub(super) fn check(&self, root: &Utf8Path) -> Result<String> {
        let loader = root.join("boot/loader");
        let menu = fs::read_to_string(loader.join("syslinux.cfg")).context("the boot menu")?;
        let mut entries = Vec::new();
        for entry in loader
            .join("entries")
            .read_dir_utf8()
            .context("the boot entries")?
        {
            entries.push(entry?.into_path());
        }
        if entries.is_empty() {
            bail!("there is no boot entry");
        }
        for entry in &entries {
            let text = fs::read_to_string(entry)?;
            let deployment = self
                .entry(root, &text, &menu)
                .with_context(|| format!("{}: {text:?}", entry.file_name().unwrap_or_default()))?;
            self.deployment(&deployment)
                .with_context(|| format!("the deployment {deployment}"))?;
        }
        let (path, content) = self.var;
        same(
            &root
                .join(format!("ostree/deploy/{}/var", self.stateroot))
                .join(path),
            content,
        )?;
        let damaged = objects::damaged(&root.join("ostree/repo"), &self.known)?;
        if !damaged.is_empty() {
            bail!("damaged objects: {}", damaged.join(", "));
        }
        Ok(format!("{} entries", entries.len()))
    }

    /// One boot entry: its kernel and initramfs are those of its deployment, whose folder is returned.
    fn entry(&self, root: &Utf8Path, text: &str, menu: &str) -> Result<Utf8PathBuf> {
        let value = |key: &str| {
            text.lines()
                .find_map(|line| line.strip_prefix(key)?.strip_prefix(' '))
                .with_context(|| format!("it has no {key}"))
        };
        let (linux, initrd) = (value("linux")?, value("initrd")?);
        let link = value("options")?
            .split_whitespace()
            .find_map(|word| word.strip_prefix("ostree="))
            .context("it names no deployment")?;
        let deployment = root
            .join(link.trim_start_matches('/'))
            .canonicalize_utf8()
            .with_context(|| format!("{link} leads nowhere"))?;
        if !menu.contains(linux) {
            bail!("the boot menu does not have it");
        }
        let modules = deployment.join("usr/lib/modules");
        let version = modules
            .read_dir_utf8()?
            .next()
            .context("the deployment has no kernel")??;
        for (at_boot, name) in [(linux, "vmlinuz"), (initrd, "initramfs.img")] {
            let file = |path: &Utf8Path| fs::read(path).with_context(|| format!("no {path}"));
            let (there, own) = (
                file(&root.join(at_boot.trim_start_matches('/')))?,
                file(&version.path().join(name))?,
            );
            if there != own || own.is_empty() {
                bail!("{at_boot} is not the {name} of the deployment");
            }
        }
        Ok(deployment)
    }

    fn deployment(&self, path: &Utf8Path) -> Result<()> {
        for name in [
            "usr/lib/systemd/systemd",
            "etc/passwd",
            "usr/lib/os-release",
        ] {
            let size = fs::metadata(path.join(name))
                .with_context(|| format!("it has no {name}"))?
                .len();
            if size == 0 {
                bail!("{name} is empty");
            }
        }
        same(&path.join("etc").join(self.etc.0), self.etc.1)?;
        let origin = Utf8PathBuf::from(format!("{path}.origin"));
        let text = fs::read_to_string(&origin).with_context(|| format!("no {origin}"))?;
        if !text.contains("[origin]") {
            bail!("{origin} is {text:?}");
        }
        // A copy, since rpm writes beside a database that it reads.
        let copy = tempfile::tempdir()?;
        fs::copy(
            path.join("usr/share/rpm/rpmdb.sqlite"),
            copy.path().join("rpmdb.sqlite"),
        )?;
        run::output(
            Command::new("rpm")
                .arg("--dbpath")
                .arg(copy.path())
                .args(["--query", "systemd", "ostree"]),
        )?;
        Ok(())
    }

    /// The next transaction succeeds and leaves no garbage, and all is whole after it.
    pub(super) fn goes_on(&self, root: &Utf8Path) -> Result<()> {
        // In a mount namespace, so that the repository is where the deployment says it is.
        let script = "set -e
            mount -t tmpfs tmpfs /run
            mkdir -p /run/machine/system
            mount -o loop,ro \"$1\" /run/machine/system
            exec \"$2\" --sysroot \"$3\" --os \"$4\" install jq";
        run::output(
            Command::new("unshare")
                .args(["--mount", "--propagation=private", "sh", "-c", script, "sh"])
                .args([self.system, self.program, root])
                .arg(self.stateroot),
        )
        .context("the next transaction fails")?;
        self.check(root).context("after the next transaction")?;
        for entry in root.join("ostree/regraft").read_dir_utf8()? {
            let entry = entry?;
            if entry.file_name().starts_with("scratch-") {
                bail!("{} is left after the next transaction", entry.path());
            }
        }
        let repo = format!("--repo={}", root.join("ostree/repo"));
        let prune = ["prune", "--refs-only", "--no-prune", "--depth=0"];
        let said = run::output(Command::new("ostree").args(prune).arg(&repo))?;
        if !said.contains("No unreachable objects") {
            bail!("the next transaction leaves garbage: {}", said.trim());
        }
        let temporary = root.join("ostree/repo/tmp");
        for entry in temporary.read_dir_utf8()? {
            let name = entry?.file_name().to_owned();
            // libostree removes an old one when it is a day old.
            if name.starts_with("staging-") && !name.ends_with("-lock") {
                continue;
            }
            if name.starts_with("tmpobj") || name.starts_with("otcheckout") {
                bail!("{temporary}/{name} is left after the next transaction");
            }
        }
        Ok(())
    }

    /// All objects are whole.
    pub(super) fn fsck(&self, root: &Utf8Path) -> Result<()> {
        let repo = format!("--repo={}", root.join("ostree/repo"));
        run::output(Command::new("ostree").args(["fsck", "--quiet", &repo]))?;
        Ok(())
    }
}

fn same(path: &Utf8Path, content: &str) -> Result<()> {
    let found = fs::read_to_string(path).with_context(|| format!("no {path}"))?;
    match found == content {
        true => Ok(()),
        false => bail!("{path} is {found:?}"),
    }
}
