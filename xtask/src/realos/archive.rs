//! The distribution's archive: its index, dependency closures, downloads.
//!
//! The index is what apt has on this machine, and apt checks what it downloads against it.

use super::sets;
use super::version::{self, Relation, relations};
use crate::{packages, run};
use anyhow::{Context, Result, bail};
use camino::{Utf8Path, Utf8PathBuf};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::process::Command;
use std::thread;

/// One package as the archive's index describes it.
#[derive(Clone, Debug, Default)]
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) version: String,
    pub(super) architecture: String,
    /// The source package, and its version where it differs.
    pub(super) source: String,
    pub(super) source_version: String,
    pub(super) section: String,
    pub(super) homepage: String,
    pub(super) summary: String,
    pub(super) sha256: String,
    pub(super) size: u64,
    /// All of the outer, one of the inner.
    pub(super) depends: Vec<Vec<Relation>>,
    pub(super) provides: Vec<Vec<Relation>>,
    /// What it breaks or conflicts with.
    pub(super) conflicts: Vec<Vec<Relation>>,
}

impl Entry {
    /// The name that `apt-get download` gives the file.
    pub(super) fn file_name(&self) -> String {
        let version = self.version.replace(':', "%3a");
        format!("{}_{version}_{}.deb", self.name, self.architecture)
    }
}

/// The newest version of every package.
pub(super) struct Archive {
    entries: BTreeMap<String, Entry>,
    /// A virtual name, and the packages that provide it.
    providers: BTreeMap<String, Vec<String>>,
}

impl Archive {
    /// Reads apt's lists; fetches them when they lack a package of the tables.
    pub(super) fn open() -> Result<Archive> {
        let archive = Archive::read()?;
        if archive.is_complete() {
            return Ok(archive);
        }
        packages::update_lists()?;
        let archive = Archive::read()?;
        if !archive.is_complete() {
            let lacking: Vec<&str> = wanted().filter(|name| !archive.knows(name)).collect();
            bail!(
                "the archive lacks {} or a kernel {}N{}; see xtask/src/realos/sets.rs",
                lacking.join(", "),
                sets::KERNEL.0,
                sets::KERNEL.1
            );
        }
        Ok(archive)
    }

    fn read() -> Result<Archive> {
        let text = run::output(Command::new("apt-cache").arg("dumpavail"))?;
        Ok(Archive::parse(&text))
    }

    fn parse(text: &str) -> Archive {
        let mut archive = Archive {
            entries: BTreeMap::new(),
            providers: BTreeMap::new(),
        };
        for stanza in text.split("\n\n") {
            if let Some(entry) = parse_stanza(stanza) {
                archive.entries.insert(entry.name.clone(), entry);
            }
        }
        for entry in archive.entries.values() {
            for provided in entry.provides.iter().flatten() {
                let names = archive.providers.entry(provided.name.clone()).or_default();
                if !names.contains(&entry.name) {
                    names.push(entry.name.clone());
                }
            }
        }
        archive
    }

    fn is_complete(&self) -> bool {
        wanted().all(|name| self.knows(name)) && self.kernels().is_ok()
    }

    pub(super) fn knows(&self, name: &str) -> bool {
        self.entries.contains_key(name)
    }

    /// Some package provides the name.
    pub(super) fn is_virtual(&self, name: &str) -> bool {
        self.providers.contains_key(name)
    }

    pub(super) fn entry(&self, name: &str) -> Result<&Entry> {
        self.entries
            .get(name)
            .with_context(|| format!("the archive has no package {name}"))
    }

    /// The kernel for the base and, where the archive has two, the newer one.
    pub(super) fn kernels(&self) -> Result<(&Entry, Option<&Entry>)> {
        let (before, after) = sets::KERNEL;
        let mut found: Vec<(u32, &Entry)> = self
            .entries
            .values()
            .filter_map(|entry| {
                let number = entry.name.strip_prefix(before)?.strip_suffix(after)?;
                Some((number.parse().ok()?, entry))
            })
            .collect();
        found.sort_by_key(|(number, _)| *number);
        match found[..] {
            [] => bail!("the archive has no kernel {before}N{after}"),
            [(_, one)] => Ok((one, None)),
            [.., (_, older), (_, newer)] => Ok((older, Some(newer))),
        }
    }

    /// The seeds and everything that they need, without what is in `have`.
    pub(super) fn closure(
        &self,
        seeds: &[String],
        have: &BTreeSet<String>,
    ) -> Result<BTreeSet<String>> {
        let mut found = BTreeSet::new();
        let mut queue: VecDeque<String> = seeds.iter().cloned().collect();
        while let Some(name) = queue.pop_front() {
            if have.contains(&name) || found.contains(&name) {
                continue;
            }
            let entry = self.entry(&name)?;
            found.insert(name.clone());
            for group in &entry.depends {
                let present = |name: &str| have.contains(name) || found.contains(name);
                if version::is_dropped(&name, group) || self.is_met(group, present) {
                    continue;
                }
                match self.pick(group) {
                    Some(picked) => queue.push_back(picked),
                    None => bail!("nothing in the archive provides {group:?}, which {name} needs"),
                }
            }
        }
        Ok(found)
    }

    fn is_met(&self, group: &[Relation], present: impl Fn(&str) -> bool) -> bool {
        group.iter().any(|one| {
            present(&one.name)
                || self
                    .providers
                    .get(&one.name)
                    .is_some_and(|names| names.iter().any(|name| present(name)))
        })
    }

    fn pick(&self, group: &[Relation]) -> Option<String> {
        group.iter().find_map(|one| {
            let preferred = sets::PREFER.iter().find(|(name, _)| *name == one.name);
            if let Some((_, preferred)) = preferred {
                return Some((*preferred).to_owned());
            }
            if self.knows(&one.name) {
                return Some(one.name.clone());
            }
            let names = self.providers.get(&one.name)?;
            names
                .iter()
                .find(|name| !sets::has(sets::SKIP, name))
                .cloned()
        })
    }

    /// Makes sure that the files of all `names` are in `folder`.
    pub(super) fn download(&self, names: &BTreeSet<String>, folder: &Utf8Path) -> Result<()> {
        std::fs::create_dir_all(folder)?;
        let mut missing = Vec::new();
        for name in names {
            let entry = self.entry(name)?;
            let path = folder.join(entry.file_name());
            let size = std::fs::metadata(&path).map(|metadata| metadata.len());
            if size.ok() != Some(entry.size) {
                missing.push(entry);
            }
        }
        if missing.is_empty() {
            return Ok(());
        }
        let bytes: u64 = missing.iter().map(|entry| entry.size).sum();
        println!(
            "downloading {} packages, {} MB",
            missing.len(),
            bytes / 1_000_000
        );
        missing.sort_by_key(|entry| std::cmp::Reverse(entry.size));
        let lanes = lanes(&missing);
        thread::scope(|scope| {
            let running: Vec<_> = lanes
                .iter()
                .map(|lane| scope.spawn(move || fetch(lane, folder)))
                .collect();
            running.into_iter().try_for_each(|lane| {
                lane.join()
                    .unwrap_or_else(|_| bail!("a download thread panicked"))
            })
        })
    }
}

/// How many downloads run side by side, and how many packages one command takes.
const LANES: usize = 4;
const BATCH: usize = 20;

/// Shares them out so that each lane has about as many bytes as another.
fn lanes<'a>(entries: &[&'a Entry]) -> Vec<Vec<&'a Entry>> {
    let mut lanes: Vec<(u64, Vec<&Entry>)> = vec![(0, Vec::new()); LANES];
    for entry in entries {
        if let Some(lane) = lanes.iter_mut().min_by_key(|lane| lane.0) {
            lane.0 += entry.size;
            lane.1.push(entry);
        }
    }
    lanes.into_iter().map(|lane| lane.1).collect()
}

/// Downloads into a folder of its own and renames, so that a file under its name is complete.
fn fetch(entries: &[&Entry], folder: &Utf8Path) -> Result<()> {
    let temporary = tempfile::Builder::new()
        .prefix(".download-")
        .tempdir_in(folder)?;
    for batch in entries.chunks(BATCH) {
        let names = batch
            .iter()
            .map(|entry| format!("{}={}", entry.name, entry.version));
        run::output(
            Command::new("apt-get")
                .args(["download", "-q", "-o", "APT::Sandbox::User=root"])
                .args(["-o", "Acquire::Retries=3"])
                .args(names)
                .current_dir(temporary.path()),
        )
        .context("apt's lists may be old; run apt-get update")?;
        let mut bytes = 0;
        for entry in batch {
            let name = entry.file_name();
            let from = temporary.path().join(&name);
            std::fs::rename(&from, folder.join(&name))
                .with_context(|| format!("apt-get download left no {name}"))?;
            bytes += entry.size;
        }
        println!("  {} packages, {:.1} MB", batch.len(), bytes as f64 / 1e6);
    }
    Ok(())
}

/// All names that the tables ask for.
fn wanted() -> impl Iterator<Item = &'static str> {
    sets::words(sets::BASE).chain(sets::words(sets::LAYERS))
}

/// The seeds of the base, without its kernel.
pub(super) fn base_seeds() -> Vec<String> {
    sets::words(sets::BASE).map(str::to_owned).collect()
}

/// The seeds of all layers.
pub(super) fn layer_seeds() -> Vec<String> {
    sets::words(sets::LAYERS).map(str::to_owned).collect()
}

/// The path of a package's file.
pub(super) fn file(folder: &Utf8Path, entry: &Entry) -> Utf8PathBuf {
    folder.join(entry.file_name())
}

fn parse_stanza(stanza: &str) -> Option<Entry> {
    let mut entry = Entry::default();
    let mut is_of_distribution = false;
    for line in stanza.lines() {
        if line.starts_with([' ', '\t']) {
            continue;
        }
        let Some((key, value)) = line.split_once(':') else {
            continue;
        };
        let value = value.trim();
        match key {
            "Package" => entry.name = value.to_owned(),
            "Version" => entry.version = value.to_owned(),
            "Architecture" => entry.architecture = value.to_owned(),
            "Source" => {
                let (name, version) = value.split_once(' ').unwrap_or((value, ""));
                entry.source = name.to_owned();
                entry.source_version = version.trim_matches(['(', ')']).to_owned();
            }
            "Section" => entry.section = value.to_owned(),
            "Homepage" => entry.homepage = value.to_owned(),
            "Description" => entry.summary = value.to_owned(),
            "SHA256" => entry.sha256 = value.to_owned(),
            "Size" => entry.size = value.parse().ok()?,
            "Depends" | "Pre-Depends" => entry.depends.extend(relations(value)),
            "Provides" => entry.provides = relations(value),
            "Breaks" | "Conflicts" => entry.conflicts.extend(relations(value)),
            // Other archives that this machine uses lay their files out in other ways.
            "Filename" => is_of_distribution = value.starts_with("pool/"),
            _ => {}
        }
    }
    if !is_of_distribution || entry.name.is_empty() || entry.sha256.is_empty() {
        return None;
    }
    if entry.source.is_empty() {
        entry.source.clone_from(&entry.name);
    }
    if entry.source_version.is_empty() {
        entry.source_version.clone_from(&entry.version);
    }
    Some(entry)
}
