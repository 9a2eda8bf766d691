//! The disk that machines boot from: a realos base, composed and deployed by regraft itself.
//!
//! ```text
//! target/vm/
//! ├── compose/                 what composing keeps: treefile, cache, the archive repository
//! ├── images/KEY/              made of what KEY stands for: repositories, treefile, this file
//! │   ├── disk.img             bare ext4 with extlinux in its boot sector
//! │   ├── system.squashfs      for the guest: served/ (the bases), base/ and updates/ (RPMs)
//! │   ├── ready.qcow2          a machine that has just booted, saved while it runs
//! │   └── facts.json           the commits
//! ├── tools.squashfs           for the guest: the frontend
//! └── runs/                    see machine.rs
//! ```
//!
//! The boot loader finds what libostree writes through `boot/syslinux/syslinux.cfg`, a link to
//! `../loader/syslinux.cfg`, which also tells libostree that this loader is in use.

use super::agent;
use super::packages::syslinux_module;
use super::{disks, folder};
use crate::realos::{self, RealOs, Selection};
use crate::{http, run};
use anyhow::{Context, Result, bail};
use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs;
use std::process::Command;

/// The base: what boots, and what regraft and its scripts need.
const BASE: &str = "\
    filesystem base-files base-passwd bash coreutils dash debianutils diffutils findutils grep gawk \
    gzip hostname libc-bin ncurses-base sed tar util-linux mount login passwd libpam-modules \
    libpam-runtime procps systemd systemd-sysv udev dbus kmod e2fsprogs ostree ostree-boot rpm \
    kernel bubblewrap librepo0 libsolv1 libsolvext1 gpg gpgv gpgconf tzdata hostname less";
/// Not of the base's tables, and so repositories need them as layers.
const BASE_OF_LAYERS: [&str; 7] = [
    "bubblewrap",
    "librepo0",
    "libsolv1",
    "libsolvext1",
    "gpg",
    "gpgv",
    "gpgconf",
];
/// What scenarios layer.
const LAYERS: [&str; 5] = ["nginx", "tree", "jq", "rsync", "strace"];

pub(super) const STATEROOT: &str = "realos";
const REF: &str = "realos/x86_64/machine";
/// Where the guest finds the archive repository of the bases.
const SERVED: &str = "file:///run/machine/system/served";
/// The size of the disk, most of which is a hole.
const SIZE: &str = "3G";
/// Without what the boot loader cannot read.
const FEATURES: &str = "^64bit,^metadata_csum,^orphan_file";

/// The guest's kernel arguments.
const ARGUMENTS: [&str; 9] = [
    "root=LABEL=root",
    "rw",
    "console=ttyS0",
    // A kernel that panics ends the machine.
    "panic=-1",
    "quiet",
    "mitigations=off",
    "systemd.show_status=0",
    "systemd.log_level=warning",
    "selinux=0",
];

/// What the boot loader reads before the first deployment is there; libostree keeps these lines.
const MENU: &str = "SERIAL 0 115200\nUI menu.c32\nTIMEOUT 1\nPROMPT 0\n";

/// The two bases.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Facts {
    /// The commit that is deployed, and the kernel in it.
    pub(super) first: String,
    pub(super) first_kernel: String,
    /// The one to upgrade to.
    pub(super) second: String,
    pub(super) second_kernel: String,
}

/// A disk and what belongs to it.
pub(super) struct Image {
    pub(super) folder: Utf8PathBuf,
    pub(super) facts: Facts,
}

impl Image {
    pub(super) fn disk(&self) -> Utf8PathBuf {
        self.folder.join("disk.img")
    }

    pub(super) fn system(&self) -> Utf8PathBuf {
        self.folder.join("system.squashfs")
    }

    /// Makes the image, or takes the one that is there.
    pub(super) fn make(program: &Utf8Path) -> Result<Image> {
        let layers: Vec<&str> = BASE_OF_LAYERS.iter().chain(&LAYERS).copied().collect();
        let os = realos::make(&Selection::with_layers("machine", &layers))?;
        let builder = Builder {
            os: &os,
            program,
            home: folder().join("compose"),
        };
        let images = folder().join("images");
        let place = images.join(builder.key()?);
        let facts = place.join("facts.json");
        if !facts.exists() {
            fs::create_dir_all(&images)?;
            let temporary = tempfile::Builder::new()
                .prefix(".new-")
                .tempdir_in(&images)?;
            let path = Utf8Path::from_path(temporary.path()).context("a path that is not UTF-8")?;
            builder.build(path)?;
            if place.exists() {
                fs::remove_dir_all(&place)?;
            }
            fs::rename(path, &place)?;
            // It has its place now, and is not to be removed.
            let _ = temporary.keep();
            println!("made {place}");
            // Those of other content would only fill the disk.
            for other in images.read_dir_utf8()? {
                let other = other?.into_path();
                if other != place {
                    fs::remove_dir_all(&other)?;
                }
            }
        }
        Ok(Image {
            facts: serde_json::from_slice(&fs::read(&facts)?)
                .with_context(|| format!("{facts} is damaged; remove its folder"))?,
            folder: place,
        })
    }
}

struct Builder<'a> {
    os: &'a RealOs,
    program: &'a Utf8Path,
    home: Utf8PathBuf,
}

impl Builder<'_> {
    /// Everything that the disk's content comes from, but for the program that composes it.
    fn key(&self) -> Result<String> {
        let mut hasher = Sha256::new();
        let stamps = [
            realos::stamp(&self.os.repo)?,
            realos::stamp(&self.os.updates)?,
        ];
        let treefile = self.treefile(&["realos", "updates"]);
        let script = self.postprocess("any")?;
        let parts = [
            &stamps[0],
            &stamps[1],
            &treefile,
            &script,
            include_str!("image.rs"),
        ];
        for part in parts {
            hasher.update((part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
        let digest = format!("{:x}", hasher.finalize());
        Ok(digest[..16].to_owned())
    }

    fn treefile(&self, repos: &[&str]) -> String {
        let mut text = format!(
            "ref: {REF}\nselinux: false\nreleasever: \"12\"\nautomatic-version-prefix: \"12\"\n\
             default-target: multi-user.target\ntmp-is-dir: true\nrecommends: false\n\
             documentation: false\npostprocess-script: postprocess.sh\nrepos: [{}]\npackages:\n",
            repos.join(", ")
        );
        for package in BASE.split_whitespace().chain([realos::INITRAMFS]) {
            text.push_str(&format!(" - {package}\n"));
        }
        text
    }

    /// The script that puts the agent, the key and settings into the tree.
    fn postprocess(&self, release: &str) -> Result<String> {
        let key = fs::read_to_string(&self.os.key)?;
        let mut script = String::from("#!/bin/sh\nset -e\n");
        for (path, content) in [
            ("/usr/lib/machine/agent", agent::SCRIPT),
            ("/usr/lib/systemd/system/machine-agent.service", agent::UNIT),
            ("/etc/pki/rpm-gpg/realos.asc", &key),
        ] {
            let parent = Utf8Path::new(path).parent().unwrap_or(Utf8Path::new("/"));
            script.push_str(&format!(
                "mkdir -p {parent}\ncat >{path} <<'END_OF_FILE'\n{content}END_OF_FILE\n"
            ));
        }
        script.push_str(&format!("release={release}\n"));
        script.push_str(include_str!("guest/postprocess.sh"));
        Ok(script)
    }

    /// Makes everything in the folder `to`.
    fn build(&self, to: &Utf8Path) -> Result<()> {
        let served = self.home.join("served");
        // Objects that an earlier run has written stay; what names them does not.
        let heads = served.join("refs/heads");
        if heads.exists() {
            fs::remove_dir_all(&heads)?;
        }
        fs::create_dir_all(&heads)?;
        ostree(&["init", "--mode=archive"], &served)?;
        ostree(&["config", "set", "core.fsync", "false"], &served)?;
        let first = self.compose("first", &["realos"])?;
        self.install(&served, to)?;
        let second = self.compose("second", &["realos", "updates"])?;
        if first == second {
            bail!("the newer RPMs make no newer base");
        }
        ostree(&["prune", "--refs-only", "--depth=-1"], &served)?;
        disks::squash(
            &[&served, &self.os.repo, &self.os.updates],
            &to.join("system.squashfs"),
        )?;
        let [first_kernel, second_kernel] = self.os.kernels.clone();
        let facts = Facts {
            first,
            first_kernel,
            second,
            second_kernel,
        };
        fs::write(to.join("facts.json"), serde_json::to_vec_pretty(&facts)?)?;
        Ok(())
    }

    /// Composes a base, and returns its commit.
    fn compose(&self, release: &str, repos: &[&str]) -> Result<String> {
        let folder = self.home.join("treefile");
        fs::create_dir_all(&folder)?;
        fs::write(folder.join("machine.yaml"), self.treefile(repos))?;
        fs::write(folder.join("postprocess.sh"), self.postprocess(release)?)?;
        for (id, path) in [("realos", &self.os.repo), ("updates", &self.os.updates)] {
            let text = format!(
                "[{id}]\nname={id}\nbaseurl=file://{path}\ngpgkey=file://{}\nrepo_gpgcheck=1\n\
                 metadata_expire=0\n",
                self.os.key
            );
            fs::write(folder.join(format!("{id}.repo")), text)?;
        }
        println!("composing from {}", repos.join(" and "));
        let mut command = Command::new(self.program);
        command.arg("--json");
        let treefile = folder.join("machine.yaml");
        let command = self.os.compose(&mut command, &self.home, &treefile);
        let answer: serde_json::Value = serde_json::from_str(&run::output(command)?)?;
        let checksum = answer["checksum"].as_str().context("no checksum")?;
        Ok(checksum.to_owned())
    }

    /// Makes the disk and deploys the base on it.
    fn install(&self, served: &Utf8Path, to: &Utf8Path) -> Result<()> {
        let image = to.join("disk.img");
        println!("deploying to {image}");
        run::output(Command::new("truncate").args(["--size", SIZE, image.as_str()]))?;
        run::output(
            Command::new("mkfs.ext4")
                .args([
                    "-q", "-F", "-L", "root", "-O", FEATURES, "-J", "size=16", "-m", "0",
                ])
                .args(["-E", "lazy_itable_init=0,lazy_journal_init=0"])
                .arg(&image),
        )?;
        let mounted = disks::Mounted::new(&image, &to.join("mnt"))?;
        let root = &mounted.point;
        let repo = root.join("ostree/repo");
        run::output(Command::new("ostree").args(["admin", "init-fs", root.as_str()]))?;
        // It is served to be pulled as any other repository.
        let server = http::Server::start(served);
        let url = server.url("");
        run::output(&mut self.os.add_remote(STATEROOT, &url, &repo))?;
        for (key, value) in [
            ("core.fsync", "false"),
            // Boot entries name files from the root of the file system that /boot is on.
            ("sysroot.bootprefix", "true"),
            ("sysroot.readonly", "true"),
        ] {
            ostree(&["config", "set", key, value], &repo)?;
        }
        let boot = root.join("boot");
        fs::create_dir_all(boot.join("syslinux"))?;
        fs::create_dir_all(boot.join("loader.0"))?;
        std::os::unix::fs::symlink("loader.0", boot.join("loader"))?;
        let link = boot.join("syslinux/syslinux.cfg");
        std::os::unix::fs::symlink("../loader/syslinux.cfg", link)?;
        fs::write(boot.join("loader/syslinux.cfg"), MENU)?;
        let mut command = Command::new(self.program);
        command.arg("--sysroot").arg(root).args(["--os", STATEROOT]);
        command.args(["deploy", &format!("{STATEROOT}:{REF}")]);
        for argument in ARGUMENTS {
            command.arg(format!("--karg={argument}"));
        }
        run::output(&mut command)?;
        for module in ["ldlinux.c32", "menu.c32", "libutil.c32"] {
            fs::copy(syslinux_module(module)?, boot.join("syslinux").join(module))?;
        }
        run::output(
            Command::new("extlinux")
                .arg("--install")
                .arg(boot.join("syslinux")),
        )?;
        let section = format!("remote \"{STATEROOT}\".url");
        ostree(&["config", "set", &section, SERVED], &repo)?;
        ostree(&["config", "unset", "core.fsync"], &repo)
    }
}

fn ostree(arguments: &[&str], repo: &Utf8Path) -> Result<()> {
    run::output(
        Command::new("ostree")
            .args(arguments)
            .arg(format!("--repo={repo}")),
    )?;
    Ok(())
}
