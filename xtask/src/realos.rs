//! `cargo xtask realos`: a real operating system as RPM repositories.
//!
//! The distribution archive's packages, downloaded by apt and checked by it, become RPMs: the
//! same files with /usr merged, the same dependencies between the same versions, and what RPM
//! systems add: dependencies on sonames and interpreters, `%config` files, file capabilities,
//! scriptlets, file triggers, sysusers.d. `sets.rs` holds the tables of what is taken and what
//! each package needs beyond its files. There are two repositories: the OS and what can be
//! layered, and newer releases of some of it, with a newer kernel among them. All of it is signed
//! with a key made on first use.
//!
//! Everything lies below `target/realos`:
//!
//! ```text
//! debs/                 the archive's packages
//! rpms/KEY/             each RPM made so far, and facts.json, what other steps need to know of it
//! repos/NAME/base/      a repository: Packages/, repodata/, repomd.xml.asc
//! repos/NAME/updates/   the newer releases
//! gnupg/                the GNUPGHOME of the key
//! regraft-realos.asc    its public half
//! ```
//!
//! A KEY stands for all that an RPM's bytes come from: the archive package's digest, the
//! converter's sources, the signing key. So a second run makes nothing again, and a changed
//! converter makes everything again. RPMs and repositories appear by a rename, complete.

mod archive;
mod cache;
mod convert;
mod documents;
mod elf;
mod fixup;
mod initramfs;
mod kernel;
mod key;
mod repository;
mod scripts;
mod sets;
mod tree;
mod version;

pub(crate) use initramfs::NAME as INITRAMFS;

use crate::{packages, run};
use anyhow::{Context, Result, bail};
use archive::{Archive, Entry};
use cache::Made;
use camino::{Utf8Path, Utf8PathBuf};
use convert::Draft;
use key::Key;
use std::collections::{BTreeMap, BTreeSet};
use std::process::{Command, ExitCode};
use std::sync::Mutex;
use std::thread;
use version::Evr;

/// Build and file times, unless older ones are known: 2026-01-05.
const SOURCE_DATE: u32 = 1_767_571_200;
/// How many packages are converted side by side.
const WORKERS: usize = 2;

/// What to make besides the base, which always is whole.
pub(crate) struct Selection {
    /// The name of the folder below `repos`.
    pub(crate) name: String,
    /// What can be layered; what it needs comes with it.
    pub(crate) layers: Vec<String>,
}

impl Selection {
    /// All of the tables.
    pub(crate) fn everything() -> Selection {
        Selection {
            name: "full".to_owned(),
            layers: archive::layer_seeds(),
        }
    }

    /// The base and some packages to layer.
    pub(crate) fn with_layers(name: &str, layers: &[impl AsRef<str>]) -> Selection {
        Selection {
            name: name.to_owned(),
            layers: layers
                .iter()
                .map(|layer| layer.as_ref().to_owned())
                .collect(),
        }
    }
}

/// Where everything is.
#[derive(Debug)]
pub(crate) struct RealOs {
    /// The repository of the OS and its layers.
    pub(crate) repo: Utf8PathBuf,
    /// The repository of newer releases.
    pub(crate) updates: Utf8PathBuf,
    /// The public key, armored.
    pub(crate) key: Utf8PathBuf,
    /// What `GNUPGHOME` is to be to sign with the key, and the key's fingerprint.
    pub(crate) gnupg_home: Utf8PathBuf,
    pub(crate) key_id: String,
    /// The names of all packages of the base, the kernel and its initramfs among them.
    pub(crate) base: Vec<String>,
    /// The names of all packages that came with the layers.
    pub(crate) layers: Vec<String>,
    /// The names of the packages in `updates`.
    pub(crate) updated: Vec<String>,
    /// The versions of the kernels, as `uname -r` says them: the base's and the newer one's.
    pub(crate) kernels: [String; 2],
}

impl RealOs {
    /// Has the frontend, which `command` starts, compose a treefile into the signed repository
    /// `served` below a folder.
    pub(crate) fn compose<'a>(
        &self,
        command: &'a mut Command,
        folder: &Utf8Path,
        treefile: &Utf8Path,
    ) -> &'a mut Command {
        command
            .args(["compose", "tree", "--repo"])
            .arg(folder.join("served"))
            .arg("--cachedir")
            .arg(folder.join("cache"))
            .args(["--gpg-sign", &self.key_id, "--gpg-homedir"])
            .arg(&self.gnupg_home)
            .arg(treefile)
    }

    /// Gives a repository a remote whose commits must be signed with the key.
    pub(crate) fn add_remote(&self, name: &str, url: &str, repo: &Utf8Path) -> Command {
        let mut command = Command::new("ostree");
        command
            .args(["remote", "add", "--set=gpg-verify=true"])
            .arg(format!("--gpg-import={}", self.key))
            .args([name, url.trim_end_matches('/')])
            .arg(format!("--repo={repo}"));
        command
    }
}

/// Command line of `cargo xtask realos`.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Packages to layer; all of the tables when none is given
    #[arg(long, value_name = "PACKAGE", num_args = 1..)]
    layers: Vec<String>,
    /// The folder below target/realos/repos [default: full, or layers when some are given]
    #[arg(long)]
    name: Option<String>,
}

/// `cargo xtask realos`.
pub(crate) fn run(options: &Options) -> Result<ExitCode> {
    println!("{}", packages::install_missing()?);
    let mut selection = if options.layers.is_empty() {
        Selection::everything()
    } else {
        Selection::with_layers("layers", &options.layers)
    };
    if let Some(name) = &options.name {
        selection.name.clone_from(name);
    }
    let os = make(&selection)?;
    println!(
        "base      {} packages, kernel {}",
        os.base.len(),
        os.kernels[0]
    );
    println!("layers    {} packages", os.layers.len());
    println!(
        "updates   {} packages, kernel {}",
        os.updated.len(),
        os.kernels[1]
    );
    println!("repo      {}", os.repo);
    println!("updates   {}", os.updates);
    println!("key       {} ({})", os.key, os.key_id);
    println!("GNUPGHOME {}", os.gnupg_home);
    Ok(ExitCode::SUCCESS)
}

/// What one package is made of.
struct Job<'a> {
    entry: &'a Entry,
    is_newer: bool,
}

/// The places and means of one run.
struct Workshop<'a> {
    archive: &'a Archive,
    debs: Utf8PathBuf,
    rpms: Utf8PathBuf,
    key: &'a Key,
}

/// Makes the repositories of a selection, or what is missing of them.
pub(crate) fn make(selection: &Selection) -> Result<RealOs> {
    if selection.name.is_empty() || selection.name.contains(['/', '.']) {
        bail!("{:?} is no name for a folder", selection.name);
    }
    let cache = run::root().join("target/realos");
    std::fs::create_dir_all(cache.join("rpms"))?;
    let archive = Archive::open()?;
    let (older, newer) = archive.kernels()?;
    let none = BTreeSet::new();
    let base = archive.closure(&archive::base_seeds(), &none)?;
    let layers = archive.closure(&selection.layers, &base)?;
    let sources = updated_sources(&archive)?;
    let key = Key::open(&cache)?;
    let workshop = Workshop {
        archive: &archive,
        debs: cache.join("debs"),
        rpms: cache.join("rpms"),
        key: &key,
    };

    let mut wanted: BTreeSet<String> = base.union(&layers).cloned().collect();
    let mut jobs = Vec::new();
    let mut newer_jobs = Vec::new();
    for name in &wanted {
        let entry = archive.entry(name)?;
        jobs.push(Job {
            entry,
            is_newer: false,
        });
        if sources.contains(&entry.source) {
            newer_jobs.push(Job {
                entry,
                is_newer: true,
            });
        }
    }
    jobs.push(Job {
        entry: older,
        is_newer: false,
    });
    // With one kernel in the archive, the newer one is its newer release.
    let newer_kernel = newer.unwrap_or(older);
    newer_jobs.push(Job {
        entry: newer_kernel,
        is_newer: newer.is_none(),
    });
    wanted.extend([
        older.name.clone(),
        newer_kernel.name.clone(),
        BUSYBOX.to_owned(),
    ]);
    archive.download(&wanted, &workshop.debs)?;

    let count = jobs.len();
    jobs.append(&mut newer_jobs);
    let mut made = workshop.convert(&jobs)?;
    let mut updates = made.split_off(count);
    let (old, new) = (made.last().cloned(), updates.last().cloned());
    let (old, new) = old.zip(new).context("there are kernels")?;
    let old_image = workshop.initramfs(older, false, &old, &made)?;
    let new_image = workshop.initramfs(newer_kernel, newer.is_none(), &new, &made)?;
    made.extend([old_image, workshop.filesystem()?]);
    updates.push(new_image);

    repository::check_closed(made.iter())?;
    let home = cache.join("repos").join(&selection.name);
    let os = RealOs {
        repo: home.join("base"),
        updates: home.join("updates"),
        key: key.public.clone(),
        gnupg_home: key.home.clone(),
        key_id: key.fingerprint.clone(),
        base: base
            .iter()
            .cloned()
            .chain(["filesystem", "kernel", INITRAMFS].map(str::to_owned))
            .collect(),
        layers: layers.into_iter().collect(),
        updated: updates.iter().map(|made| made.facts.name.clone()).collect(),
        kernels: [older, newer_kernel]
            .map(|entry| kernel::version(&entry.name).unwrap_or_default().to_owned()),
    };
    for (folder, all) in [(&os.repo, &made), (&os.updates, &updates)] {
        if repository::make(folder, all, &key)? {
            println!("indexed {} packages in {folder}", all.len());
        }
    }
    Ok(os)
}

/// The archive's package with the statically linked busybox of the initramfs.
const BUSYBOX: &str = "busybox-static";

/// The sources of the packages that get a newer release.
fn updated_sources(archive: &Archive) -> Result<BTreeSet<String>> {
    sets::words(sets::UPDATES)
        .map(|name| Ok(archive.entry(name)?.source.clone()))
        .collect()
}

impl Workshop<'_> {
    /// Converts all, in the order given but two at a time, largest first.
    fn convert(&self, jobs: &[Job<'_>]) -> Result<Vec<Made>> {
        let mut order: Vec<usize> = (0..jobs.len()).collect();
        order.sort_by_key(|at| jobs[*at].entry.size);
        let queue = Mutex::new(order);
        let done = Mutex::new(BTreeMap::new());
        thread::scope(|scope| {
            let workers: Vec<_> = (0..WORKERS)
                .map(|_| scope.spawn(|| self.work(jobs, &queue, &done)))
                .collect();
            workers.into_iter().try_for_each(|worker| {
                worker
                    .join()
                    .unwrap_or_else(|_| bail!("a converting thread panicked"))
            })
        })?;
        let done = done
            .into_inner()
            .unwrap_or_else(|broken| broken.into_inner());
        Ok(done.into_values().collect())
    }

    fn work(
        &self,
        jobs: &[Job<'_>],
        queue: &Mutex<Vec<usize>>,
        done: &Mutex<BTreeMap<usize, Made>>,
    ) -> Result<()> {
        let lock = |failed: &str| anyhow::anyhow!("{failed}: another thread failed");
        loop {
            let next = queue.lock().map_err(|_| lock("queue"))?.pop();
            let Some(at) = next else {
                return Ok(());
            };
            let job = &jobs[at];
            let result = self
                .one(job)
                .with_context(|| format!("cannot convert {}", job.entry.name));
            if result.is_err() {
                queue.lock().map_err(|_| lock("queue"))?.clear();
            }
            let (made, is_new) = result?;
            let mut done = done.lock().map_err(|_| lock("results"))?;
            done.insert(at, made);
            if is_new && done.len() % 25 == 0 {
                println!("converted {} of {} packages", done.len(), jobs.len());
            }
        }
    }

    fn one(&self, job: &Job<'_>) -> Result<(Made, bool)> {
        let kind = format!("package {}", job.is_newer);
        let key = cache::key(&kind, job.entry, &self.key.fingerprint);
        cache::get(&self.rpms, key, |folder| {
            let scratch = tempfile::Builder::new()
                .prefix("scratch-")
                .tempdir_in(folder)?;
            let path = Utf8Path::from_path(scratch.path()).context("the cache's path")?;
            let deb = archive::file(&self.debs, job.entry);
            let draft = convert::draft(job.entry, &deb, path, job.is_newer, self.archive)?;
            draft.write(&self.key.signer, folder)
        })
    }

    fn initramfs(
        &self,
        entry: &Entry,
        is_newer: bool,
        kernel: &Made,
        base: &[Made],
    ) -> Result<Made> {
        let busybox = archive::file(&self.debs, self.archive.entry(BUSYBOX)?);
        let parts = initramfs::Parts {
            entry,
            is_newer,
            kernel,
            base,
            busybox: &busybox,
        };
        let key = cache::key(&parts.identity()?, entry, &self.key.fingerprint);
        let (made, _) = cache::get(&self.rpms, key, |folder| {
            parts.draft()?.write(&self.key.signer, folder)
        })?;
        Ok(made)
    }

    /// The package that owns what all others share.
    fn filesystem(&self) -> Result<Made> {
        let entry = Entry::default();
        let key = cache::key("filesystem", &entry, &self.key.fingerprint);
        let (made, _) = cache::get(&self.rpms, key, |folder| {
            filesystem().write(&self.key.signer, folder)
        })?;
        Ok(made)
    }
}

/// What stands for the content of one of the repositories.
pub(crate) fn stamp(repo: &Utf8Path) -> Result<String> {
    repository::stamp(repo)
}

fn filesystem() -> Draft {
    let evr = Evr::parse(sets::FILESYSTEM_VERSION);
    Draft {
        name: "filesystem".to_owned(),
        arch: "x86_64",
        summary: "The directories of the system".to_owned(),
        description: "The directories that all packages share, and the links of the merged /usr."
            .to_owned(),
        license: "CC0-1.0".to_owned(),
        url: "https://refspecs.linuxfoundation.org/fhs.shtml".to_owned(),
        section: "admin".to_owned(),
        source_rpm: format!("filesystem-{}.src.rpm", sets::FILESYSTEM_VERSION),
        changes: vec![documents::Change {
            author: "regraft realos <realos@regraft.invalid>".to_owned(),
            version: sets::FILESYSTEM_VERSION.to_owned(),
            text: "- First release".to_owned(),
            time: SOURCE_DATE,
        }],
        requires: Vec::new(),
        provides: Vec::new(),
        conflicts: Vec::new(),
        evr,
        tree: fixup::filesystem(),
    }
}
