//! The RPMs made so far: each in a folder named by all that its bytes depend on.

use super::archive::Entry;
use anyhow::{Context, Result};
use camino::{Utf8Path, Utf8PathBuf};
use rpm::{Dependency, Package};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;

/// The converter's own sources: an RPM made by other ones is made again.
const SOURCES: &[&str] = &[
    include_str!("convert.rs"),
    include_str!("documents.rs"),
    include_str!("elf.rs"),
    include_str!("fixup.rs"),
    include_str!("initramfs.rs"),
    include_str!("kernel.rs"),
    include_str!("key.rs"),
    include_str!("scripts.rs"),
    include_str!("sets.rs"),
    include_str!("tree.rs"),
    include_str!("version.rs"),
];

const FACTS: &str = "facts.json";

/// What the other steps need to know about an RPM.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Facts {
    /// The file's name.
    pub(super) file: String,
    pub(super) name: String,
    pub(super) nevra: String,
    /// Names, without versions, for the check that a repository is closed.
    pub(super) provides: BTreeSet<String>,
    pub(super) requires: BTreeSet<String>,
    /// All paths.
    pub(super) files: BTreeSet<String>,
    /// Each soname and the path of its file.
    pub(super) sonames: BTreeMap<String, String>,
}

impl Facts {
    pub(super) fn of(
        package: &Package,
        file: String,
        sonames: BTreeMap<String, String>,
        files: BTreeSet<String>,
    ) -> Result<Facts> {
        let names = |all: Vec<Dependency>| all.into_iter().map(|one| one.name).collect();
        let metadata = &package.metadata;
        Ok(Facts {
            file,
            name: metadata.get_name()?.to_owned(),
            nevra: metadata.get_nevra()?.to_string(),
            provides: names(metadata.get_provides()?),
            requires: names(metadata.get_requires()?),
            files,
            sonames,
        })
    }
}

/// An RPM in the cache.
#[derive(Clone, Debug)]
pub(super) struct Made {
    pub(super) path: Utf8PathBuf,
    pub(super) facts: Facts,
    /// The name of its folder, which stands for its bytes.
    pub(super) key: String,
}

/// What an RPM depends on, as the name of a folder.
pub(super) fn key(kind: &str, entry: &Entry, fingerprint: &str) -> String {
    let mut hasher = Sha256::new();
    for part in SOURCES
        .iter()
        .copied()
        .chain([kind, &entry.sha256, fingerprint])
    {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    let digest = hasher.finalize();
    digest
        .iter()
        .take(16)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// The RPM of this key; `make` writes it into the folder that it is given, when it is not there.
pub(super) fn get(
    cache: &Utf8Path,
    key: String,
    make: impl FnOnce(&Utf8Path) -> Result<Facts>,
) -> Result<(Made, bool)> {
    let folder = cache.join(&key);
    let mut is_new = false;
    if !folder.join(FACTS).exists() {
        is_new = true;
        let temporary = tempfile::Builder::new().prefix(".new-").tempdir_in(cache)?;
        let path = Utf8Path::from_path(temporary.path()).context("the cache's path")?;
        let facts = make(path)?;
        fs::write(path.join(FACTS), serde_json::to_vec(&facts)?)?;
        fs::rename(path, &folder).with_context(|| format!("cannot rename to {folder}"))?;
        // It has its place now, and is not to be removed.
        let _ = temporary.keep();
    }
    let facts: Facts = serde_json::from_slice(&fs::read(folder.join(FACTS))?)
        .with_context(|| format!("{folder} is damaged; remove it"))?;
    let made = Made {
        path: folder.join(&facts.file),
        facts,
        key,
    };
    Ok((made, is_new))
}
