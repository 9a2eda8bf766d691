//! RPMs as a signed repository.

use super::cache::Made;
use super::key::Key;
use crate::run;
use anyhow::{Context, Result, bail};
use camino::Utf8Path;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

/// Fails when a package needs something that no package of the set has, and says what.
pub(super) fn check_closed<'a>(all: impl Iterator<Item = &'a Made> + Clone) -> Result<()> {
    let has: BTreeSet<&str> = all
        .clone()
        .flat_map(|made| made.facts.provides.iter().chain(&made.facts.files))
        .map(String::as_str)
        .collect();
    let mut lacking = BTreeSet::new();
    for made in all {
        for name in &made.facts.requires {
            let is_rich = name.starts_with('(') && name.contains(" or ");
            let is_met = if is_rich {
                name.trim_matches(['(', ')'])
                    .split(" or ")
                    .filter_map(|one| one.split_whitespace().next())
                    .any(|one| has.contains(one))
            } else {
                has.contains(name.as_str())
            };
            if !is_met && !name.starts_with("rpmlib(") {
                lacking.insert(format!("{name} (for {})", made.facts.name));
            }
        }
    }
    if !lacking.is_empty() {
        let lacking: Vec<String> = lacking.into_iter().collect();
        bail!(
            "nothing in the sets provides {}; see {}",
            lacking.join(", "),
            "xtask/src/realos/sets.rs"
        );
    }
    Ok(())
}

const STAMP: &str = "made-of";

/// What stands for the content of a repository that was made.
pub(super) fn stamp(folder: &Utf8Path) -> Result<String> {
    let path = folder.join(STAMP);
    fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))
}

/// Makes the folder hold exactly these RPMs, indexed and signed. Returns whether it had to.
pub(super) fn make(folder: &Utf8Path, all: &[Made], key: &Key) -> Result<bool> {
    let mut hasher = Sha256::new();
    for made in all {
        hasher.update(&made.key);
        hasher.update(&made.facts.file);
    }
    hasher.update(&key.fingerprint);
    let digest = format!("{:x}", hasher.finalize());
    if fs::read_to_string(folder.join(STAMP)).is_ok_and(|text| text == digest) {
        return Ok(false);
    }
    let parent = folder
        .parent()
        .context("a repository needs a folder above")?;
    fs::create_dir_all(parent)?;
    let temporary = tempfile::Builder::new()
        .prefix(".new-")
        .tempdir_in(parent)?;
    let path = Utf8Path::from_path(temporary.path()).context("the cache's path")?;
    let packages = path.join("Packages");
    fs::create_dir(&packages)?;
    for made in all {
        let to = packages.join(&made.facts.file);
        fs::hard_link(&made.path, &to).with_context(|| format!("cannot link {to}"))?;
    }
    index(path)?;
    key.sign(&path.join("repodata/repomd.xml"))?;
    fs::write(path.join(STAMP), digest)?;
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    fs::rename(path, folder).with_context(|| format!("cannot rename to {folder}"))?;
    // It has its place now, and is not to be removed.
    let _ = temporary.keep();
    Ok(true)
}

fn index(folder: &Utf8Path) -> Result<()> {
    let date = super::SOURCE_DATE.to_string();
    run::output(
        Command::new("createrepo_c")
            .args([
                "--quiet",
                "--workers=2",
                "--no-database",
                "--general-compress-type=gz",
            ])
            .args([
                "--revision",
                &date,
                "--set-timestamp-to-revision",
                folder.as_str(),
            ])
            .env("SOURCE_DATE_EPOCH", &date),
    )?;
    Ok(())
}
