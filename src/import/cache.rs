//! The package cache: which commits are there, and whether they are what would be imported now.
//!
//! | key | type | value |
//! |---|---|---|
//! | `rpmostree.metadata` | `ay` | the package's bytes before its payload |
//! | `rpmostree.metadata_sha256` | `s` | SHA-256 of those |
//! | `rpmostree.nevra` | `(sstsss)` | NEVRA, name, epoch, version, release, architecture |
//! | `rpmostree.sepolicy` | `s` | SHA-256 of the compiled policy; absent without one |
//! | `rpmostree.unpack_version`, `rpmostree.unpack_minor_version` | `u` | 1, 6 |
//! | `rpmostree.repo` | `a{sv}` | `id` `s`, `timestamp` `t`; only from a repository |
//! | `rpmostree.repodata_checksum` | `s` | only from a repository |
//! | `rpmostree.nodocs` | `b` | true; only without documentation |
//! | `regraft.import_version` | `u` | which version of this module's rules made it |
//! | `regraft.header_sha256` | `s` | SHA-256 of the main header |
//! | `regraft.languages` | `as` | sorted; only where not all are kept |
//! | `regraft.outside` | `s` | `skip`; only where that is the rule |

use crate::commit::metadata::nevra_variant;
use crate::commit::object::Commit;
use crate::error::Result;
use crate::import::{Documentation, Imported, Layout, Outside, Rules, Source};
use crate::nevra::Nevra;
use crate::package::Package;
use glib::variant::{DictEntry, ToVariant};

/// Grows with each change of this module that changes trees.
const IMPORT_VERSION: u32 = 1;

/// rpm-ostree's version of the same.
const UNPACK_VERSION: u32 = 1;
const UNPACK_MINOR_VERSION: u32 = 6;

/// The ref of a package's commit. What rpm-ostree could not tell apart has refs that it ignores.
pub(crate) fn cache_ref(nevra: &Nevra, rules: &Rules<'_>) -> String {
    let root = match rules.languages.is_none() && rules.outside == Outside::Refuse {
        true => "rpmostree",
        false => "regraft",
    };
    let (name, evr, arch) = (
        quote(&nevra.name),
        nevra.evr.to_string(),
        quote(&nevra.arch),
    );
    format!("{root}/pkg/{name}/{}.{arch}", quote(&evr))
}

/// Letters, digits, `.` and `-` stay; `_` is doubled; all else is `_` and the byte in hexadecimal.
fn quote(text: &str) -> String {
    text.bytes().fold(String::new(), |mut quoted, byte| {
        match byte {
            b'_' => quoted.push_str("__"),
            b'.' | b'-' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => quoted.push(byte.into()),
            byte => quoted.push_str(&format!("_{byte:02X}")),
        }
        quoted
    })
}

/// The commit's metadata, in rpm-ostree's order.
pub(super) fn metadata(
    package: &Package,
    source: Option<&Source>,
    rules: &Rules<'_>,
) -> glib::Variant {
    let bytes = glib::Variant::array_from_fixed_array::<u8>(package.metadata_bytes());
    let nevra = package.nevra();
    let mut entries = vec![
        DictEntry::new("rpmostree.metadata", bytes),
        DictEntry::new(
            "rpmostree.metadata_sha256",
            package.metadata_sha256().to_variant(),
        ),
        DictEntry::new("rpmostree.nevra", nevra_variant(nevra)),
    ];
    let mut add = |key, value| entries.push(DictEntry::new(key, value));
    if let Some(policy) = rules.policy {
        add("rpmostree.sepolicy", policy.digest().to_variant());
    }
    add("rpmostree.unpack_version", UNPACK_VERSION.to_variant());
    add(
        "rpmostree.unpack_minor_version",
        UNPACK_MINOR_VERSION.to_variant(),
    );
    if let Some(source) = source {
        let repo = vec![
            DictEntry::new("id", source.id.to_variant()),
            DictEntry::new("timestamp", source.timestamp.to_variant()),
        ];
        add("rpmostree.repo", repo.to_variant());
        add(
            "rpmostree.repodata_checksum",
            source.repodata_checksum.to_variant(),
        );
    }
    if rules.documentation == Documentation::Drop {
        add("rpmostree.nodocs", true.to_variant());
    }
    add("regraft.import_version", IMPORT_VERSION.to_variant());
    add(
        "regraft.header_sha256",
        package.header_digest().to_variant(),
    );
    if let Some(languages) = languages(rules) {
        add("regraft.languages", languages.to_variant());
    }
    if rules.outside == Outside::Skip {
        add("regraft.outside", "skip".to_variant());
    }
    entries.to_variant()
}

fn languages(rules: &Rules<'_>) -> Option<Vec<String>> {
    let mut languages = rules.languages?.to_vec();
    languages.sort();
    languages.dedup();
    Some(languages)
}

/// The package's commit, where the cache has one that equals what [`import`](super::import) would
/// make: by these rules, from the same file. `source` is the repository's word for which file that
/// is, `header` the SHA-256 of its main header; without either any file with this NEVRA will do.
pub(crate) fn cached(
    repo: &ostree::Repo,
    nevra: &Nevra,
    source: Option<&Source>,
    header: Option<&str>,
    rules: &Rules<'_>,
) -> Result<Option<Imported>> {
    let reference = cache_ref(nevra, rules);
    let commit = match Commit::resolve(repo, &reference) {
        Ok(Some(commit)) => commit,
        // One that is there in part, or not readable, is imported again.
        Ok(None) | Err(_) => return Ok(None),
    };
    let text = |key| commit.get::<String>(key);
    let nodocs = commit.get::<bool>("rpmostree.nodocs").unwrap_or(false);
    let checksum = text("rpmostree.repodata_checksum");
    let same = commit.get::<u32>("regraft.import_version") == Some(IMPORT_VERSION)
        && text("rpmostree.sepolicy").as_deref() == rules.policy.map(|policy| policy.digest())
        && nodocs == (rules.documentation == Documentation::Drop)
        && commit.get::<Vec<String>>("regraft.languages") == languages(rules)
        && text("regraft.outside").is_some() == (rules.outside == Outside::Skip)
        && source.is_none_or(|source| Some(&source.repodata_checksum) == checksum.as_ref())
        && header.is_none_or(|header| Some(header) == text("regraft.header_sha256").as_deref());
    if !same {
        return Ok(None);
    }
    let Some(bytes) = commit.get::<Vec<u8>>("rpmostree.metadata") else {
        return Ok(None);
    };
    let Ok(package) = Package::from_metadata(&bytes, &nevra.to_string()) else {
        return Ok(None);
    };
    if package.nevra() != nevra || text("regraft.header_sha256") != Some(package.header_digest()) {
        return Ok(None);
    }
    let layout = Layout::of(&package, rules)?;
    Ok(Some(Imported {
        root: commit.root,
        package,
        states: layout.states,
        owners: layout.owners,
    }))
}

/// The headers of a package whose commit the cache has, made of the file with this digest (as in
/// [`Source::repodata_checksum`]); by whatever rules.
pub(crate) fn headers(
    repo: &ostree::Repo,
    nevra: &Nevra,
    checksum: &str,
) -> Result<Option<Package>> {
    let Ok(Some(commit)) = Commit::resolve(repo, &cache_ref(nevra, &Rules::default())) else {
        return Ok(None);
    };
    let same = commit
        .get::<String>("rpmostree.repodata_checksum")
        .as_deref()
        == Some(checksum);
    match commit.get::<Vec<u8>>("rpmostree.metadata") {
        Some(bytes) if same => Package::from_metadata(&bytes, &nevra.to_string()).map(Some),
        _ => Ok(None),
    }
}

/// The part of a package's cache ref that follows `rpmostree/pkg/` or `regraft/pkg/`.
pub(crate) fn ref_key(nevra: &Nevra) -> String {
    let reference = cache_ref(nevra, &Rules::default());
    reference.trim_start_matches("rpmostree/pkg/").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nevra::Evr;

    #[test]
    fn refs_are_quoted_as_rpm_ostree_does() {
        let rules = Rules::default();
        for (name, evr, arch, expected) in [
            (
                "git",
                "1.8.3.1-6.el7_2.1",
                "x86_64",
                "git/1.8.3.1-6.el7__2.1.x86__64",
            ),
            ("vim", "2:7.4-1", "x86_64", "vim/2_3A7.4-1.x86__64"),
            ("c++", "1~rc-1", "noarch", "c_2B_2B/1_7Erc-1.noarch"),
        ] {
            let evr: Evr = evr.parse().unwrap();
            let found = cache_ref(&Nevra::new(name, evr, arch), &rules);
            assert_eq!(found, format!("rpmostree/pkg/{expected}"));
        }
    }
}
