//! Why libostree cannot load a sysroot. Its message is about the first thing that it stumbled on and
//! often names no file, so this looks at the files itself, in the order in which libostree does.

use crate::deployment;
use crate::error::{Error, Result};
use crate::sysroot::leftover::listing;
use camino::Utf8Path;
use std::io::Read;

/// The largest boot entry that is read.
const MAX_ENTRY: u64 = 1 << 20;

/// The same failure with the damaged file and a remedy, where one is found.
pub(super) fn explain(sysroot: &Utf8Path, error: Error) -> Error {
    let Error::Engine { message, .. } = &error else {
        return error;
    };
    if message.contains("repository configuration") {
        return Error::NotASysroot {
            path: sysroot.to_owned(),
            reason: message.clone(),
        };
    }
    let first = all(sysroot).into_iter().next();
    first.map_or(error, |damage| damage.error)
}

/// The repository of a sysroot that cannot be loaded.
pub(crate) fn repo(sysroot: &Utf8Path) -> Result<ostree::Repo> {
    let path = sysroot.join("ostree/repo");
    let repo = ostree::Repo::new(&gio::File::for_path(&path));
    repo.open(gio::Cancellable::NONE)
        .map_err(Error::engine(format!("open the repository {path}")))?;
    Ok(repo)
}

/// One thing that is damaged.
pub(crate) struct Damage {
    pub(crate) part: Part,
    pub(crate) error: Error,
}

/// What of a sysroot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// The boot menu, or one of its entries.
    Menu,
    /// A deployment's folder.
    Deployment,
    /// A deployment's origin file.
    Origin,
}

impl Part {
    fn damaged(self, error: Error) -> Damage {
        Damage { part: self, error }
    }
}

/// Everything that is damaged in the files of a sysroot.
pub(crate) fn all(sysroot: &Utf8Path) -> Vec<Damage> {
    let mut found = Vec::new();
    let loader = sysroot.join("boot/loader");
    if let Ok(target) = loader.read_link_utf8()
        && (!["loader.0", "loader.1"].contains(&target.as_str()) || !loader.is_dir())
    {
        found.push(Part::Menu.damaged(Error::State {
            object: loader.to_string(),
            reason: format!("it is a link to {target}, which is not there or no boot menu"),
            remedy: "make it a link to the newer one of loader.0 and loader.1 beside it".into(),
        }));
    }
    for entry in listing(&loader.join("entries")) {
        if entry.extension() == Some("conf") && entry_name(&entry).starts_with("ostree-") {
            found.extend(check_entry(sysroot, &entry).err());
        }
    }
    for stateroot in listing(&sysroot.join("ostree/deploy")) {
        for path in listing(&stateroot.join("deploy")) {
            if path.extension() == Some("origin") {
                let error = deployment::read_origin(&path).err();
                found.extend(error.map(|error| Part::Origin.damaged(error)));
            }
        }
    }
    found
}

/// A boot entry must lead to a deployment.
fn check_entry(sysroot: &Utf8Path, entry: &Utf8Path) -> std::result::Result<(), Damage> {
    let damaged = |reason: String| {
        Part::Menu.damaged(Error::State {
            object: entry.to_string(),
            reason,
            remedy: "put the boot entry back from a backup, or deploy its commit again with \
                     `ostree admin deploy` and remove it"
                .to_owned(),
        })
    };
    let mut bytes = Vec::new();
    std::fs::File::open(entry)
        .and_then(|file| file.take(MAX_ENTRY).read_to_end(&mut bytes))
        .map_err(Error::io("read", entry))
        .map_err(|error| Part::Menu.damaged(error))?;
    let text = String::from_utf8_lossy(&bytes);
    let options = text.lines().find_map(|line| line.strip_prefix("options"));
    let target = options
        .unwrap_or_default()
        .split_whitespace()
        .find_map(|word| word.strip_prefix("ostree="));
    let Some(target) = target else {
        return Err(damaged(
            "this boot entry has no ostree= argument".to_owned(),
        ));
    };
    if !target.starts_with("/ostree/boot.") || target.split('/').any(|step| step == "..") {
        return Err(damaged(format!(
            "this boot entry's ostree={target} names no deployment"
        )));
    }
    let link = sysroot.join(target.trim_start_matches('/'));
    if link.is_dir() {
        return Ok(());
    }
    let deployment = link
        .read_link_utf8()
        .ok()
        .and_then(|to| to.file_name().map(str::to_owned))
        .unwrap_or_else(|| target.to_owned());
    Err(Part::Deployment.damaged(Error::State {
        object: format!("the deployment {deployment}"),
        reason: format!("its folder is not there, but the boot entry {entry} boots it"),
        remedy: "deploy its commit again with `ostree admin deploy`, or remove the boot entry if \
                 another one is left"
            .to_owned(),
    }))
}

fn entry_name(path: &Utf8Path) -> &str {
    path.file_name().unwrap_or_default()
}
