//! The commit is signed and goes from the cache to where it is served from.

use crate::commit::checksum::Checksum;
use crate::compose::Compose;
use crate::error::{Error, Result};
use crate::job::{Monitor, Phase, Unit};
use gio::prelude::*;
use glib::variant::ToVariant;

/// Signs the commit, copies what the target lacks of it and moves the ref there, last.
pub(crate) fn publish(
    compose: &Compose,
    cache: &ostree::Repo,
    target: &ostree::Repo,
    reference: &str,
    commit: &Checksum,
    monitor: &Monitor,
) -> Result<()> {
    monitor.begin(Phase::Commit, 0, Unit::Items)?;
    let hex = commit.hex();
    if let Some((key, home)) = &compose.signing {
        cache
            .sign_commit(
                &hex,
                key,
                home.as_ref().map(|home| home.as_str()),
                Some(monitor.cancellable()),
            )
            .map_err(|error| Error::Signature {
                object: format!("the commit {hex}"),
                reason: format!("it cannot be signed with {key}: {}", error.message()),
                remedy: "give a key that `gpg --list-secret-keys` shows".to_owned(),
            })?;
    }
    let options = glib::VariantDict::new(None);
    options.insert("refs", vec![hex.clone()]);
    options.insert("gpg-verify", false);
    options.insert("gpg-verify-summary", false);
    // The cache was written just now, by this library.
    options.insert_value("localcache-repos", &Vec::<String>::new().to_variant());
    let options = options.end();
    let context = glib::MainContext::new();
    let failed = || format!("copy the commit {hex} to the repository {}", compose.target);
    context
        .with_thread_default(|| {
            target.pull_with_options(
                &cache.path().uri(),
                &options,
                None,
                Some(monitor.cancellable()),
            )
        })
        .map_err(|error| Error::Engine {
            action: failed(),
            message: error.to_string(),
        })?
        .map_err(Error::engine(failed()))?;
    target
        .set_ref_immediate(None, reference, Some(&hex), Some(monitor.cancellable()))
        .map_err(Error::engine(format!("set the ref {reference}")))
}
