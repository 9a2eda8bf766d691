//! The repository: what its refs lead to, and each object's bytes.

use crate::commit::checksum::Checksum;
use crate::commit::object::{self, Commit};
use crate::commit::tree::{Listing, Tree};
use crate::error::{Error, Result};
use crate::job::Monitor;
use crate::recovery::finding::{Finding, FindingKind};
use std::collections::BTreeSet;
use std::fmt;

/// How many objects of one commit are listed one by one.
const LISTED: usize = 20;

/// What leads to a commit.
enum Root {
    /// By its identifier.
    Deployment(String),
    Ref(String),
}

impl Root {
    /// It can be made again from elsewhere.
    fn is_cache(&self) -> bool {
        const CACHES: [&str; 3] = ["rpmostree/pkg/", "regraft/pkg/", "regraft."];
        match self {
            Root::Ref(name) => CACHES.iter().any(|prefix| name.starts_with(prefix)),
            Root::Deployment(_) => false,
        }
    }
}

impl fmt::Display for Root {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Root::Deployment(id) => write!(f, "the deployment {id}"),
            Root::Ref(name) => write!(f, "the ref {name}"),
        }
    }
}

/// Checks all that refs and deployments lead to; these come as identifiers with their commits.
pub(super) fn check(
    repo: &ostree::Repo,
    deployed: Vec<(String, String)>,
    monitor: &Monitor,
    found: &mut Vec<Finding>,
) -> Result<()> {
    let deployed = deployed.into_iter();
    let refs = object::refs(repo, None)?.into_iter();
    let roots = deployed
        .map(|(id, commit)| (Root::Deployment(id), commit))
        .chain(refs.map(|(name, commit)| (Root::Ref(name), commit)));
    let mut walk = Walk {
        repo,
        monitor,
        seen: BTreeSet::new(),
        bad: Vec::new(),
        checked: 0,
    };
    let mut commits = BTreeSet::new();
    for (root, hex) in roots {
        if !commits.insert(hex.clone()) {
            continue;
        }
        let there = hex.parse().is_ok_and(|checksum: Checksum| {
            repo.has_object(
                ostree::ObjectType::Commit,
                &checksum.hex(),
                gio::Cancellable::NONE,
            )
            .unwrap_or(false)
        });
        if !there && matches!(root, Root::Ref(_)) {
            found.push(Finding::new(
                FindingKind::Reference,
                root.to_string(),
                format!("the commit {hex} is not in the repository"),
                "pull it again, or remove the ref (`ostree refs --delete`)",
            ));
            continue;
        }
        walk.bad.clear();
        let commit = hex
            .parse()
            .and_then(|checksum| Commit::load(repo, &checksum));
        match commit {
            Ok(commit) => walk.directory(&commit.root, "")?,
            Err(Error::Cancelled) => return Err(Error::Cancelled),
            Err(error) => walk
                .bad
                .push((format!("the commit {hex}"), reason_of(&error))),
        }
        let remedy = match root.is_cache() {
            true => "it is a cache: remove the ref and the object file, and it is made again",
            false => {
                "mark what is lost with `ostree fsck --delete`, then pull the commit again, or deploy another one"
            }
        };
        let more = walk.bad.len().saturating_sub(LISTED);
        for (object, reason) in walk.bad.drain(..).take(LISTED) {
            let object = format!("{object}, of {root}");
            found.push(Finding::new(FindingKind::Object, object, reason, remedy));
        }
        if more > 0 {
            let reason = format!("{more} more of its objects are damaged");
            let object = root.to_string();
            found.push(Finding::new(FindingKind::Object, object, reason, remedy));
        }
    }
    Ok(())
}

struct Walk<'a> {
    repo: &'a ostree::Repo,
    monitor: &'a Monitor,
    /// Objects that are known to be good, or were told.
    seen: BTreeSet<Checksum>,
    /// Objects with their paths, and what is wrong with them.
    bad: Vec<(String, String)>,
    checked: u64,
}

impl Walk<'_> {
    fn directory(&mut self, tree: &Tree, path: &str) -> Result<()> {
        let shown = if path.is_empty() { "/" } else { path };
        if self.seen.insert(tree.metadata)
            && let Err(error) = object::Attributes::load_directory(self.repo, &tree.metadata)
        {
            self.put(
                format!("directory metadata {} ({shown})", tree.metadata),
                &error,
            );
        }
        if !self.seen.insert(tree.contents) {
            return Ok(());
        }
        self.monitor.reach(self.checked, shown)?;
        let listing = match Listing::load(self.repo, &tree.contents) {
            Ok(listing) => listing,
            Err(error) => {
                self.put(
                    format!("directory object {} ({shown})", tree.contents),
                    &error,
                );
                return Ok(());
            }
        };
        for (name, checksum) in &listing.files {
            if !self.seen.insert(*checksum) {
                continue;
            }
            self.monitor.check()?;
            self.checked += 1;
            let hex = checksum.hex();
            let whole =
                self.repo
                    .fsck_object(ostree::ObjectType::File, &hex, gio::Cancellable::NONE);
            if let Err(error) = whole {
                let reason = match error.matches(gio::IOErrorEnum::NotFound) {
                    true => "the repository does not have it".to_owned(),
                    false => error.message().to_owned(),
                };
                self.bad
                    .push((format!("file object {hex} ({path}/{name})"), reason));
            }
        }
        for (name, below) in &listing.dirs {
            self.directory(below, &format!("{path}/{name}"))?;
        }
        Ok(())
    }

    fn put(&mut self, object: String, error: &Error) {
        self.bad.push((object, reason_of(error)));
    }
}

/// What is wrong, without the object's name.
fn reason_of(error: &Error) -> String {
    match error {
        Error::Corrupt { reason, .. } | Error::State { reason, .. } => reason.clone(),
        other => other.to_string(),
    }
}
