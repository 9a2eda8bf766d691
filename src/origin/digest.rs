//! The digests by which rpm-ostree knows that a tree would come out as it is already.
//!
//! `rpmostree.state-sha512` of a layered commit and `rpmostree.inputhash` of a composed one are
//! made alike, with SHA-512 and SHA-256, over these texts without anything between them:
//!
//! ```text
//! SHA-256 of the treefile's JSON (and the files that it names), in hexadecimal
//! for each package change: its word, then its checksum
//!     installsha256:4bda8abb...      the RPM file, from a repository
//!     updatesha256:61eaa337...       lead, signature and header, from a local RPM
//!     removesha1:c2f0...             rpm's SHA1HEADER tag, of a base package
//! ```
//!
//! The changes are in the order of name, EVR and architecture, all kinds mixed. What an update
//! takes out is not among them.

use super::Origin;
use crate::nevra::Nevra;
use serde::Serialize;
use sha2::{Digest, Sha256, Sha512};
use std::collections::{BTreeMap, BTreeSet};

/// The words by which rpm-ostree's digests know a package change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DigestAction {
    /// A new package.
    Install,
    /// Another version: no transaction replaces packages yet, but rpm-ostree's digests have it.
    #[cfg(test)]
    Update,
    /// A base package that was asked to go.
    Remove,
}

impl DigestAction {
    fn word(self) -> &'static str {
        match self {
            Self::Install => "install",
            #[cfg(test)]
            Self::Update => "update",
            Self::Remove => "remove",
        }
    }
}

/// One package change as the digests take it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DigestInput {
    /// What happens.
    pub(crate) action: DigestAction,
    /// The package that comes, or goes.
    pub(crate) package: Nevra,
    /// Algorithm, colon, hexadecimal digits: `sha256:...` or for a base package `sha1:...`.
    pub(crate) checksum: String,
}

/// `rpmostree.state-sha512`, from [`state_treefile_json`] and the package changes in any order.
pub(crate) fn state_digest(treefile_json: &str, changes: &[DigestInput]) -> String {
    digest::<Sha512>(&treefile_digest(treefile_json, &[]), changes)
}

/// `rpmostree.inputhash`, from the flattened treefile's JSON, the contents of the files that it
/// names (the postprocess script) and the installed packages in any order.
pub(crate) fn input_hash(treefile_json: &str, files: &[&[u8]], packages: &[DigestInput]) -> String {
    digest::<Sha256>(&treefile_digest(treefile_json, files), packages)
}

fn treefile_digest(json: &str, files: &[&[u8]]) -> String {
    let mut hasher = Sha256::new_with_prefix(json);
    for file in files {
        hasher.update(file);
    }
    hex(&hasher.finalize())
}

fn digest<D: Digest>(treefile: &str, changes: &[DigestInput]) -> String {
    let mut sorted: Vec<&DigestInput> = changes.iter().collect();
    sorted.sort_by(|a, b| a.package.cmp(&b.package));
    let mut hasher = D::new_with_prefix(treefile);
    for change in sorted {
        hasher.update(change.action.word());
        hasher.update(&change.checksum);
    }
    hex(&hasher.finalize())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The JSON that stands for an origin in [`state_digest`]. `active_requests` are those requests
/// that the base does not meet already; `recommends` is what the configuration says, `None` where
/// it says nothing.
pub(crate) fn state_treefile_json(
    origin: &Origin,
    recommends: Option<bool>,
    active_requests: &[String],
) -> String {
    let initramfs = Initramfs {
        regenerate: origin.regenerate_initramfs(),
        etc: origin.initramfs_etc().into_iter().collect(),
        args: origin.initramfs_args(),
    };
    let replace = |(repo, packages): (String, Vec<String>)| Replacement {
        from: Source { repo },
        packages: packages.into_iter().collect(),
    };
    let treefile = StateTreefile {
        packages: active_requests.iter().map(String::as_str).collect(),
        cliwrap: origin.cliwrap().then_some(true),
        base_refspec: origin.refspec(),
        container_image_reference: origin.container_image_reference(),
        packages_local: by_nevra(origin.requested_local()),
        packages_local_fileoverride: by_nevra(origin.requested_local_fileoverride()),
        override_remove: origin.overrides_remove().into_iter().collect(),
        override_replace: origin
            .overrides_replace()
            .into_iter()
            .map(replace)
            .collect(),
        override_replace_local: by_nevra(origin.overrides_replace_local()),
        initramfs: (initramfs != Initramfs::default()).then_some(initramfs),
        custom: origin
            .custom()
            .map(|(url, description)| Custom { url, description }),
        override_commit: origin.override_commit(),
        unconfigured_state: origin.unconfigured_state(),
        recommends,
    };
    serde_json::to_string(&treefile).expect("strings and lists always have a JSON form")
}

fn by_nevra(list: Vec<(String, Nevra)>) -> BTreeMap<String, String> {
    let pairs = list.into_iter();
    pairs
        .map(|(digest, nevra)| (nevra.to_string(), digest))
        .collect()
}

/// In the order of rpm-ostree's fields, which is that of the JSON.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct StateTreefile<'a> {
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    packages: BTreeSet<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cliwrap: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    base_refspec: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    container_image_reference: Option<&'a str>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    packages_local: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    packages_local_fileoverride: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    override_remove: BTreeSet<String>,
    #[serde(rename = "ex-override-replace", skip_serializing_if = "Vec::is_empty")]
    override_replace: Vec<Replacement>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    override_replace_local: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    initramfs: Option<Initramfs>,
    #[serde(skip_serializing_if = "Option::is_none")]
    custom: Option<Custom<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    override_commit: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unconfigured_state: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    recommends: Option<bool>,
}

#[derive(Serialize)]
struct Replacement {
    from: Source,
    packages: BTreeSet<String>,
}

#[derive(Serialize)]
struct Source {
    repo: String,
}

#[derive(Serialize, Default, PartialEq)]
struct Initramfs {
    regenerate: bool,
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    etc: BTreeSet<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    args: Vec<String>,
}

#[derive(Serialize)]
struct Custom<'a> {
    url: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
}

#[cfg(test)]
mod tests;
