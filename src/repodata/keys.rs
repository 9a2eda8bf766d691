//! The key files of a system: those that it has installed, and those that its repositories name.

use super::files::{MAX_CONFIG, list_below, read_below};
use super::{RepoConfig, location};
use crate::error::{Error, Result};
use camino::Utf8Path;

/// Where a system keeps the keys that it trusts.
const INSTALLED: &str = "etc/pki/rpm-gpg";

/// A key of a repository that is not at hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MissingKey {
    /// Its address, as the repository has it.
    pub(crate) url: String,
    /// Why, as the end of a sentence.
    pub(crate) reason: String,
}

impl MissingKey {
    pub(crate) fn new(url: &str, reason: impl Into<String>) -> MissingKey {
        MissingKey {
            url: url.to_owned(),
            reason: reason.into(),
        }
    }

    /// What is wrong, and what to do about it.
    pub(crate) fn told(&self, repository: &str) -> (String, String) {
        (
            format!("the repository's key {} {}", self.url, self.reason),
            format!(
                "put the right key below /{INSTALLED} and name it with gpgkey=file:///... of \
                 [{repository}]"
            ),
        )
    }
}

/// The content of the key file that `url` names below `root`.
pub(crate) fn read(root: &Utf8Path, url: &str) -> Result<Vec<u8>, MissingKey> {
    let Some(path) = location::local_path(url) else {
        return Err(MissingKey::new(
            url,
            "is on the network, where no keys are taken from",
        ));
    };
    read_below(root, &path, MAX_CONFIG).map_err(|error| {
        let reason = match error {
            Error::Io { source, .. } if source.kind() == std::io::ErrorKind::NotFound => {
                "is not there".to_owned()
            }
            Error::Io { source, .. } => format!("cannot be read ({source})"),
            Error::Corrupt { reason, .. } => format!("cannot be read ({reason})"),
            other => format!("cannot be read ({other})"),
        };
        MissingKey::new(url, reason)
    })
}

/// The files of keys that the system below `root` has installed, by name. What cannot be read is no
/// key: whatever it would have vouched for is not trusted.
pub(crate) fn installed(root: &Utf8Path) -> Result<Vec<(String, Vec<u8>)>> {
    let folder = Utf8Path::new(INSTALLED);
    let names = list_below(root, folder)?.into_iter();
    let files = names.filter_map(|name| {
        let path = folder.join(&name);
        let bytes = read_below(root, &path, MAX_CONFIG).ok()?;
        Some((root.join(path).into_string(), bytes))
    });
    Ok(files.collect())
}

/// The keys that a repository names, each with its content or why it has none.
pub(crate) fn of_repository<'a>(
    config: &'a RepoConfig,
    root: &Utf8Path,
) -> impl Iterator<Item = (&'a str, Result<Vec<u8>, MissingKey>)> {
    config
        .gpgkey
        .iter()
        .map(move |url| (url.as_str(), read(root, url)))
}
