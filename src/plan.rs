//! What a transaction will do: a value that fixes every change, and can be printed, kept and
//! compared.
//!
//! [`Transaction::plan`](crate::Transaction::plan) makes one and
//! [`Transaction::stage`](crate::Transaction::stage) does exactly what it says, or changes nothing.
//! As JSON (`"schema": 1`; keys are only ever added) it survives a restart of the program.
//!
//! ```
//! use regraft::Plan;
//!
//! fn show(plan: &Plan) {
//!     print!("{plan}"); // a table
//!     for change in plan.changes() {
//!         println!("{} {}", change.action, change.package);
//!     }
//!     std::fs::write("plan.json", plan.to_json()).unwrap();
//! }
//! ```

use crate::change::{Action, Change, Reason};
use crate::error::{Error, Result};
use crate::nevra::Nevra;
use crate::sys::solv::{PackageId, Pool};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashSet};
use std::fmt;

/// The version of the plan's JSON.
const SCHEMA: u32 = 1;

/// Everything that was asked for, as a value.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Wishes {
    /// Follow the base's ref to its newest commit.
    pub upgrade: bool,
    /// Names, capabilities or paths of packages to layer.
    pub install: Vec<String>,
    /// Layered requests to take back.
    pub uninstall: Vec<String>,
    /// Names of packages of the base to take out.
    pub remove_base: Vec<String>,
    /// Names of packages of the base to put back.
    pub reset_base: Vec<String>,
    /// A new base older than the deployed one is fine.
    pub allow_downgrade: bool,
    /// A request that the base meets already is remembered instead of refused.
    pub allow_inactive: bool,
    /// A request that is there already is no error.
    pub idempotent: bool,
    /// Packages are taken without a trusted signature.
    pub unsigned_packages: bool,
    /// Kernel arguments of a first deployment.
    pub kernel_arguments: Vec<String>,
}

/// A base commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct BaseCommit {
    /// Its checksum.
    pub checksum: String,
    /// Its version, where it has one.
    pub version: Option<String>,
    /// Seconds since 1970.
    pub timestamp: u64,
}

/// A package that will be layered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PlannedPackage {
    /// The package.
    pub package: Nevra,
    /// Its repository's identifier.
    pub repo: String,
    /// Where it lies in the repository.
    pub location: String,
    /// Another place that `location` is relative to, where the repository says so.
    pub base_url: Option<String>,
    /// `ALGORITHM:HEX` of the whole file.
    pub checksum: String,
    /// Bytes of the file.
    pub size: u64,
    /// Whether the cache has it already, so that nothing is downloaded.
    pub cached: bool,
}

impl PlannedPackage {
    /// What the solver's pool knows of it, not cached.
    pub(crate) fn from_pool(pool: &Pool, id: PackageId) -> Result<PlannedPackage> {
        let info = pool.package(id);
        let (algorithm, hex) = info.checksum.ok_or_else(|| {
            Error::corrupt(
                format!("the metadata of {}", info.nevra),
                "it has no checksum",
            )
        })?;
        Ok(PlannedPackage {
            package: info.nevra,
            repo: info.repo.unwrap_or_default(),
            location: info.location.unwrap_or_default(),
            base_url: info.media_base,
            checksum: format!("{algorithm}:{hex}"),
            size: info.download_size,
            cached: false,
        })
    }
}

/// A repository as it was when the plan was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PlannedRepo {
    /// Its identifier.
    pub(crate) id: String,
    /// When its metadata was made, in seconds since 1970.
    pub(crate) timestamp: u64,
    /// SHA-256 of its `repomd.xml`.
    pub(crate) checksum: String,
}

/// How the deployment was chosen that a plan starts from: it must be the same one at staging.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum StartsFrom {
    /// The one that boots next.
    Pending,
    /// The one that runs.
    Booted,
    /// This one and no other.
    Deployment,
    /// None: a ref or commit.
    Commit,
}

/// What [`Transaction::stage`](crate::Transaction::stage) will do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    pub(crate) schema: u32,
    pub(crate) wishes: Wishes,
    pub(crate) stateroot: String,
    pub(crate) starts_from: StartsFrom,
    /// The deployment that it starts from; none for a first one.
    pub(crate) deployment: Option<String>,
    /// The ref that the base follows.
    pub(crate) refspec: String,
    pub(crate) previous_base: Option<BaseCommit>,
    pub(crate) base: BaseCommit,
    /// The text of the new deployment's origin.
    pub(crate) origin: String,
    pub(crate) changes: Vec<Change>,
    /// In the order of installation.
    pub(crate) layered: Vec<PlannedPackage>,
    pub(crate) removed: Vec<Nevra>,
    pub(crate) repos: Vec<PlannedRepo>,
    /// Requests that are layered, without those that the base meets.
    pub(crate) active: Vec<String>,
    pub(crate) dropped_paths: BTreeMap<String, Vec<String>>,
    pub(crate) state_digest: String,
    pub(crate) input_digest: String,
    pub(crate) unchanged: bool,
}

impl Plan {
    /// The package changes, sorted by name: from what the deployment has now to what the new one
    /// will have, those of the base included.
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// The packages that will be layered, in the order of their installation.
    pub fn layered(&self) -> &[PlannedPackage] {
        &self.layered
    }

    /// What was asked for.
    pub fn wishes(&self) -> &Wishes {
        &self.wishes
    }

    /// The base commit of the new deployment.
    pub fn base(&self) -> &BaseCommit {
        &self.base
    }

    /// The base commit of the deployment that the plan starts from; `None` for a first deployment.
    pub fn previous_base(&self) -> Option<&BaseCommit> {
        self.previous_base.as_ref()
    }

    /// The stateroot that gets the new deployment.
    pub fn stateroot(&self) -> &str {
        &self.stateroot
    }

    /// The ref that the base follows.
    pub fn refspec(&self) -> &str {
        &self.refspec
    }

    /// Files of packages that an OSTree system cannot have (below `/var` and `/run`), by package;
    /// only of packages whose headers are in the cache.
    pub fn dropped_paths(&self) -> &BTreeMap<String, Vec<String>> {
        &self.dropped_paths
    }

    /// The deployment is as wanted already; staging does nothing.
    pub fn is_unchanged(&self) -> bool {
        self.unchanged
    }

    /// rpm-ostree's digest of requests and packages (`rpmostree.state-sha512`).
    pub fn state_digest(&self) -> &str {
        &self.state_digest
    }

    /// Bytes to download.
    pub fn download_size(&self) -> u64 {
        let missing = self.layered.iter().filter(|package| !package.cached);
        let sizes = missing.map(|package| package.size);
        // The sizes are foreign.
        sizes.fold(0, u64::saturating_add)
    }

    /// By how many bytes the packages' installed size grows, or shrinks.
    pub fn installed_size_change(&self) -> i64 {
        let size = |change: &Change| i64::try_from(change.installed_size).unwrap_or(i64::MAX);
        self.changes
            .iter()
            .map(|change| match change.action {
                Action::Install => size(change),
                Action::Remove => -size(change),
                _ => 0,
            })
            .fold(0, i64::saturating_add)
    }

    /// The plan as one JSON document.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("a plan has string keys only")
    }

    /// The reverse. A plan of a newer schema is refused.
    ///
    /// # Errors
    ///
    /// [`Error::Config`] for what is no plan, and for one of another schema.
    pub fn from_json(text: &str) -> Result<Plan> {
        let wrong = |reason: String| Error::Config {
            file: "the plan".to_owned(),
            reason,
        };
        let plan: Plan = serde_json::from_str(text).map_err(|error| wrong(error.to_string()))?;
        if plan.schema != SCHEMA {
            let reason = format!("it has schema {}, this version reads {SCHEMA}", plan.schema);
            return Err(wrong(reason));
        }
        Ok(plan)
    }

    pub(crate) fn schema() -> u32 {
        SCHEMA
    }
}

/// A table: action, package, what it replaces, size, where from and why.
impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let base = |commit: &BaseCommit| match &commit.version {
            Some(version) => format!("{version} ({:.12})", commit.checksum),
            None => format!("{:.12}", commit.checksum),
        };
        match &self.previous_base {
            Some(before) if before.checksum != self.base.checksum => {
                writeln!(
                    f,
                    "base {}: {} -> {}",
                    self.refspec,
                    base(before),
                    base(&self.base)
                )?;
            }
            _ => writeln!(f, "base {}: {}", self.refspec, base(&self.base))?,
        }
        if self.unchanged {
            return writeln!(f, "nothing to do");
        }
        let rows: Vec<[String; 5]> = self.changes.iter().map(row).collect();
        let mut widths = [0; 5];
        for row in &rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.chars().count());
            }
        }
        for row in &rows {
            let cells = row.iter().zip(widths);
            let line: Vec<String> = cells
                .map(|(cell, width)| format!("{cell:width$}"))
                .collect();
            writeln!(f, "{}", line.join("  ").trim_end())?;
        }
        for (package, paths) in &self.dropped_paths {
            writeln!(f, "{package}: not kept: {}", paths.join(" "))?;
        }
        writeln!(
            f,
            "{} package changes, {} to download, {} installed",
            self.changes.len(),
            size_text(self.download_size()),
            signed_size_text(self.installed_size_change()),
        )
    }
}

fn row(change: &Change) -> [String; 5] {
    let from = match &change.from {
        Some(from) => format!("from {}", from.evr),
        None => String::new(),
    };
    let why = match &change.reason {
        Reason::Base => "base".to_owned(),
        reason => reason.to_string(),
    };
    [
        change.action.to_string(),
        change.package.to_string(),
        from,
        size_text(change.installed_size),
        why,
    ]
}

/// Bytes for people: `1.5 MB`.
pub(crate) fn size_text(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    if bytes < 1000 {
        return format!("{bytes} B");
    }
    let mut value = bytes as f64;
    let mut unit = "B";
    for next in UNITS {
        if value < 1000.0 {
            break;
        }
        value /= 1000.0;
        unit = next;
    }
    format!("{value:.1} {unit}")
}

fn signed_size_text(bytes: i64) -> String {
    let sign = if bytes < 0 { "-" } else { "+" };
    format!("{sign}{}", size_text(bytes.unsigned_abs()))
}

/// The changes between two sets of packages, sorted by name. `solved` are those that the solver
/// has decided, with their reasons and sizes; whatever else differs came with the base.
pub(crate) fn changes(before: &[Sized], after: &[Sized], solved: &[Change]) -> Vec<Change> {
    // What is in both stays, which is nearly all.
    fn set(packages: &[Sized]) -> HashSet<&Nevra> {
        packages.iter().map(|one| &one.package).collect()
    }
    let group = |packages: &[Sized], others: &HashSet<&Nevra>| {
        let mut groups: BTreeMap<(String, String), Vec<Sized>> = BTreeMap::new();
        for package in packages.iter().filter(|one| !others.contains(&one.package)) {
            let key = (
                package.package.name.clone(),
                arch_group(&package.package.arch),
            );
            groups.entry(key).or_default().push(package.clone());
        }
        groups
    };
    let (in_before, in_after) = (set(before), set(after));
    let (mut before, after) = (group(before, &in_after), group(after, &in_before));
    let mut changes = Vec::new();
    for (key, mut new) in after {
        let mut old = before.remove(&key).unwrap_or_default();
        old.sort_by(|a, b| a.package.cmp(&b.package));
        new.sort_by(|a, b| a.package.cmp(&b.package));
        let mut old = old.into_iter();
        for package in new {
            changes.push(match old.next() {
                Some(from) if from.package.evr.compare(&package.package.evr).is_gt() => {
                    package.change(Action::Downgrade, Some(from.package))
                }
                Some(from) => package.change(Action::Upgrade, Some(from.package)),
                None => package.change(Action::Install, None),
            });
        }
        changes.extend(old.map(|package| package.change(Action::Remove, None)));
    }
    for old in before.into_values() {
        changes.extend(
            old.into_iter()
                .map(|package| package.change(Action::Remove, None)),
        );
    }
    for change in &mut changes {
        // What is taken out of a new base may be there in another version now.
        let same = |known: &&Change| match (change.action, known.action) {
            (Action::Remove, Action::Remove) => known.package.name == change.package.name,
            _ => known.package == change.package,
        };
        let known = solved.iter().find(same);
        if let Some(known) = known {
            change.reason = known.reason.clone();
            change.repo = known.repo.clone();
            change.download_size = known.download_size;
            if change.action != Action::Remove {
                change.installed_size = known.installed_size;
            }
        }
    }
    changes.sort_by(|a, b| (&a.package, a.action).cmp(&(&b.package, b.action)));
    changes
}

/// A package that becomes noarch, or stops being it, is still the same one.
fn arch_group(arch: &str) -> String {
    match arch {
        "noarch" => std::env::consts::ARCH.to_owned(),
        other => other.to_owned(),
    }
}

/// A package and the bytes that its files take.
#[derive(Debug, Clone)]
pub(crate) struct Sized {
    pub(crate) package: Nevra,
    pub(crate) size: u64,
}

impl Sized {
    fn change(&self, action: Action, from: Option<Nevra>) -> Change {
        let mut change = Change::new(action, self.package.clone(), from, Reason::Base);
        change.installed_size = self.size;
        change
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn sized(texts: &[&str]) -> Vec<Sized> {
        let sized = |text: &&str| Sized {
            package: text.parse().unwrap(),
            size: 1,
        };
        texts.iter().map(sized).collect()
    }

    #[test]
    fn changes_are_paired_by_name_and_architecture() {
        let before = sized(&[
            "a-1-1.x86_64",
            "b-2-1.noarch",
            "c-1-1.x86_64",
            "k-1-1.x86_64",
        ]);
        let after = sized(&[
            "a-2-1.x86_64",
            "b-1-1.x86_64",
            "d-1-1.x86_64",
            "k-1-1.x86_64",
            "k-2-1.x86_64",
        ]);
        let texts: Vec<String> = changes(&before, &after, &[])
            .iter()
            .map(Change::to_string)
            .collect();
        assert_eq!(
            texts,
            [
                "upgrade a-2-1.x86_64 from 1-1, base",
                "downgrade b-1-1.x86_64 from 2-1, base",
                "remove c-1-1.x86_64, base",
                "install d-1-1.x86_64, base",
                "install k-2-1.x86_64, base",
            ]
        );
    }

    #[test]
    fn sizes_are_readable() {
        let table = [
            (0, "0 B"),
            (999, "999 B"),
            (1000, "1.0 kB"),
            (1_550_000, "1.6 MB"),
        ];
        for (bytes, text) in table {
            assert_eq!(size_text(bytes), text);
        }
    }
}
