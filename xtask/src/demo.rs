//! `cargo xtask demo`: the main job, from packages to a rolled-back system, on a real OS.
//!
//! ```text
//! target/demo/
//! ├── treefile/   the treefile and the .repo files
//! ├── cache/      what composing keeps
//! ├── served/     the archive repository with the signed base, served over HTTP
//! └── client/     a sysroot that follows it (of `cargo xtask reproduce`: first/, second/)
//! ```

use crate::realos::{self, INITRAMFS, RealOs, Selection};
use crate::steps::Steps;
use crate::{http, packages, run, sandbox};
use anyhow::{Context, Result, bail};
use camino::{Utf8Path, Utf8PathBuf};
use std::fs;
use std::process::{Command, ExitCode};

/// What to show.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Build the real initramfs with dracut instead of taking the small one
    #[arg(long)]
    dracut: bool,
}

/// What is layered: a package with dependencies, a `%post` and a user, and a plain one.
pub(crate) const LAYERED: [&str; 2] = ["nginx", "tree"];
/// What the RPM repository has to layer.
const AVAILABLE: [&str; 5] = ["nginx", "tree", "jq", "rsync", "strace"];
const STATEROOT: &str = "realos";
const REF: &str = "realos/x86_64/base";

pub(crate) fn run(options: &Options) -> Result<ExitCode> {
    let mut steps = Steps::new();
    let done = all_steps(&mut steps, options);
    println!("\n{steps}");
    Ok(match done {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

fn all_steps(steps: &mut Steps, options: &Options) -> bool {
    let Some(os) = prepare(steps) else {
        return false;
    };
    let mut demo = None;
    steps.run("set up", || {
        demo = Some(Demo::new(&os, options.dracut)?);
        Ok(String::new())
    });
    demo.is_some_and(|demo| demo.main_job(steps))
}

/// What the demo needs before its first step: packages, the OS, the program.
pub(crate) fn prepare(steps: &mut Steps) -> Option<RealOs> {
    let mut os = None;
    let done = steps.run("system packages", packages::install_missing)
        && steps.run("sandbox", sandbox::check)
        && steps.run("real OS as RPMs", || {
            let made = realos::make(&Selection::with_layers("demo", &AVAILABLE))?;
            let note = format!(
                "{} base packages, {} to layer",
                made.base.len(),
                made.layers.len()
            );
            os = Some(made);
            Ok(note)
        })
        && steps.run("build regraft", build);
    os.filter(|_| done)
}

fn build() -> Result<String> {
    run::show(&mut run::cargo(&["build", "--package", "regraft-cli"]))?;
    Ok(String::new())
}

pub(crate) struct Demo<'a> {
    os: &'a RealOs,
    folder: Utf8PathBuf,
    /// The client's folder.
    client: Utf8PathBuf,
    program: Utf8PathBuf,
    dracut: bool,
    base_server: http::Server,
    rpm_server: http::Server,
    updates_server: http::Server,
}

impl Demo<'_> {
    pub(crate) fn new(os: &RealOs, dracut: bool) -> Result<Demo<'_>> {
        let target = run::root().join("target");
        let folder = target.join("demo");
        fs::create_dir_all(folder.join("treefile"))?;
        // Objects that an earlier run has written stay; what names them does not.
        let served = folder.join("served");
        remove(&served.join("refs/heads"))?;
        fs::create_dir_all(served.join("refs/heads"))?;
        let demo = Demo {
            base_server: http::Server::start(&served),
            rpm_server: http::Server::start(&os.repo),
            updates_server: http::Server::start(&os.updates),
            program: target.join("debug/regraft"),
            os,
            dracut,
            client: folder.join("client"),
            folder,
        };
        let served = demo.folder.join("served");
        demo.ostree(&["init", "--mode=archive"], &served)?;
        demo.without_sync(&served)?;
        Ok(demo)
    }

    /// Another client of the same base.
    pub(crate) fn set_client(&mut self, name: &str) {
        self.client = self.folder.join(name);
    }

    fn main_job(&self, steps: &mut Steps) -> bool {
        let layered = LAYERED.join(" ");
        steps.run("compose the base", || self.compose(&["realos"]))
            && steps.run("client follows it over HTTP", || self.client())
            && steps.run("first deployment", || self.deploy())
            && steps.run(&format!("plan: install {layered}"), || {
                self.show(&[&["install", "--dry-run"], &LAYERED[..]].concat())
            })
            && steps.run(&format!("layer {layered}"), || {
                self.show(&[&["install"], &LAYERED[..]].concat())
            })
            && steps.run("package diff", || self.show(&["db", "diff"]))
            && steps.run("the layered program runs", || self.runs("1.", "tree"))
            && steps.run("compose newer RPMs", || {
                self.compose(&["realos", "updates"])
            })
            && steps.run("plan: upgrade", || self.show(&["upgrade", "--preview"]))
            && steps.run("upgrade, grafted again", || self.show(&["upgrade"]))
            && steps.run("deployments", || self.show(&["status"]))
            && steps.run("rollback", || {
                self.show(&["rollback"])?;
                self.show(&["status"])
            })
            && steps.run("ostree fsck", || {
                self.ostree(&["fsck", "--quiet"], &self.repo())?;
                Ok("clean".to_owned())
            })
    }

    /// Composes the treefile, with the packages of these repositories.
    pub(crate) fn compose(&self, repos: &[&str]) -> Result<String> {
        let folder = self.folder.join("treefile");
        let mut text = format!(
            "ref: {REF}\nselinux: false\nreleasever: \"12\"\nautomatic-version-prefix: \"12\"\n\
             default-target: multi-user.target\nrepos: [{}]\npackages:\n",
            repos.join(", ")
        );
        for package in &self.os.base {
            if !(self.dracut && package == INITRAMFS) {
                text.push_str(&format!(" - {package}\n"));
            }
        }
        fs::write(folder.join("base.yaml"), text)?;
        let key = format!("file://{}", self.os.key);
        for (id, server) in [
            ("realos", &self.rpm_server),
            ("updates", &self.updates_server),
        ] {
            fs::write(
                folder.join(format!("{id}.repo")),
                repo_file(id, server, &key),
            )?;
        }
        let mut command = Command::new(&self.program);
        let treefile = folder.join("base.yaml");
        run::show(self.os.compose(&mut command, &self.folder, &treefile))?;
        Ok(String::new())
    }

    /// A sysroot whose remote is the served repository.
    pub(crate) fn client(&self) -> Result<String> {
        remove(&self.client)?;
        fs::create_dir(&self.client)?;
        run::show(
            Command::new("ostree")
                .args(["admin", "init-fs"])
                .arg(&self.client),
        )?;
        let url = self.base_server.url("");
        run::show(&mut self.os.add_remote(STATEROOT, &url, &self.repo()))?;
        self.without_sync(&self.repo())?;
        Ok(format!("gpg-verify=true, {url}"))
    }

    pub(crate) fn deploy(&self) -> Result<String> {
        let refspec = format!("{STATEROOT}:{REF}");
        self.show(&["deploy", &refspec, "--karg=root=LABEL=root", "--karg=rw"])?;
        // The administrator declares the RPM repository, and trusts its key.
        let etc = self.deployment()?.join("etc");
        for folder in ["yum.repos.d", "pki/rpm-gpg"] {
            fs::create_dir_all(etc.join(folder))?;
        }
        fs::copy(&self.os.key, etc.join("pki/rpm-gpg/realos.asc"))?;
        let key = "file:///etc/pki/rpm-gpg/realos.asc";
        let text = repo_file("realos", &self.rpm_server, key);
        fs::write(etc.join("yum.repos.d/realos.repo"), text)?;
        Ok(String::new())
    }

    /// Starts a program of the newest deployment in it.
    fn runs(&self, expected: &str, program: &str) -> Result<String> {
        let root = self.deployment()?;
        let text = run::output(
            Command::new("chroot")
                .arg(&root)
                .args([program, "--version"]),
        )?;
        let first = text.lines().next().unwrap_or_default().to_owned();
        println!("{first}");
        if !first.contains(expected) {
            bail!("{program} --version says {first:?}");
        }
        Ok(first)
    }

    /// The folder of the deployment that boots next.
    fn deployment(&self) -> Result<Utf8PathBuf> {
        let text = run::output(self.regraft().args(["status", "--json"]))?;
        let status: serde_json::Value = serde_json::from_str(&text)?;
        let first = &status["deployments"][0];
        let checksum = first["checksum"].as_str().context("no deployment")?;
        Ok(self.client.join(format!(
            "ostree/deploy/{STATEROOT}/deploy/{checksum}.{}",
            first["serial"]
        )))
    }

    /// The client's repository.
    pub(crate) fn repo(&self) -> Utf8PathBuf {
        self.client.join("ostree/repo")
    }

    pub(crate) fn regraft(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.arg("--sysroot").arg(&self.client);
        command.args(["--os", STATEROOT]);
        command
    }

    fn show(&self, arguments: &[&str]) -> Result<String> {
        println!("$ regraft {}", arguments.join(" "));
        run::show(self.regraft().args(arguments))?;
        Ok(String::new())
    }

    fn ostree(&self, arguments: &[&str], repo: &Utf8Path) -> Result<()> {
        run::show(
            Command::new("ostree")
                .args(arguments)
                .arg(format!("--repo={repo}")),
        )
    }

    /// What is shown here need not survive a power cut.
    fn without_sync(&self, repo: &Utf8Path) -> Result<()> {
        self.ostree(&["config", "set", "core.fsync", "false"], repo)
    }
}

fn repo_file(id: &str, server: &http::Server, key: &str) -> String {
    format!(
        "[{id}]\nname={id}\nbaseurl={}\ngpgkey={key}\nrepo_gpgcheck=1\nmetadata_expire=0\n",
        server.url("/")
    )
}

/// Removes a folder, of a sysroot for instance: libostree makes its deployments immutable.
fn remove(folder: &Utf8Path) -> Result<()> {
    if !folder.exists() {
        return Ok(());
    }
    let deployments = folder.join(format!("ostree/deploy/{STATEROOT}/deploy"));
    if deployments.exists() {
        for entry in deployments.read_dir_utf8()? {
            let path = entry?.into_path();
            let mut command = Command::new("chattr");
            run::output(command.args(["-f", "-i"]).arg(path))?;
        }
    }
    fs::remove_dir_all(folder).with_context(|| format!("cannot remove {folder}"))
}
