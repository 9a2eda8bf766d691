//! What differs between two sets of packages.

use crate::change::{Action, Change, Reason};
use crate::error::Result;
use crate::nevra::Nevra;
use crate::rpmdb::installed::Installed;
use crate::rpmdb::query::{KEY_NAME, Rpmdb};
use std::cmp::Ordering;
use std::collections::BTreeMap;

impl Rpmdb {
    /// What has to happen to this database's packages so that they become those of `after`,
    /// sorted by name. Public keys are left out.
    ///
    /// Of a name that several versions or architectures share, those that both sides have do not
    /// count; of the others, those of the same architecture are changes of each other, the newest
    /// first; one that is left alone is a change of the one left alone on the other side, too,
    /// which then has another architecture.
    ///
    /// # Errors
    ///
    /// As [`Rpmdb::packages`], for either side.
    pub fn diff(&self, after: &Rpmdb) -> Result<Vec<Change>> {
        let (before, after) = (self.packages()?, after.packages()?);
        Ok(diff(
            before.iter().map(Side::from),
            after.iter().map(Side::from),
        ))
    }
}

/// A package on one side.
#[derive(Clone, Copy)]
struct Side<'a> {
    nevra: &'a Nevra,
    installed: Option<&'a Installed>,
}

impl<'a> From<&'a Installed> for Side<'a> {
    fn from(package: &'a Installed) -> Self {
        Side {
            nevra: package.nevra(),
            installed: Some(package),
        }
    }
}

#[cfg(test)]
impl<'a> From<&'a Nevra> for Side<'a> {
    fn from(nevra: &'a Nevra) -> Self {
        Side {
            nevra,
            installed: None,
        }
    }
}

impl PartialEq for Side<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.nevra == other.nevra && self.installed == other.installed
    }
}

fn diff<'a>(
    before: impl Iterator<Item = Side<'a>>,
    after: impl Iterator<Item = Side<'a>>,
) -> Vec<Change> {
    let mut names: BTreeMap<&str, (Vec<Side<'_>>, Vec<Side<'_>>)> = BTreeMap::new();
    for side in before {
        names.entry(&side.nevra.name).or_default().0.push(side);
    }
    for side in after {
        names.entry(&side.nevra.name).or_default().1.push(side);
    }
    let mut changes = Vec::new();
    for (name, (mut before, mut after)) in names {
        before.retain(|side| match after.iter().position(|other| other == side) {
            Some(place) => {
                after.remove(place);
                false
            }
            None => true,
        });
        before.sort_by(|a, b| b.nevra.cmp(a.nevra));
        after.sort_by(|a, b| b.nevra.cmp(a.nevra));
        // A key's version is its number: no key replaces another.
        if name != KEY_NAME {
            pair(&mut before, &mut after, &mut changes, |a, b| {
                a.nevra == b.nevra
            });
            pair(&mut before, &mut after, &mut changes, |a, b| {
                a.nevra.arch == b.nevra.arch
            });
            if before.len() == 1 && after.len() == 1 {
                pair(&mut before, &mut after, &mut changes, |_, _| true);
            }
        }
        changes.extend(before.iter().map(|side| change(Action::Remove, side, None)));
        changes.extend(after.iter().map(|side| change(Action::Install, side, None)));
    }
    changes.sort_by(|a, b| a.package.cmp(&b.package));
    changes
}

/// Takes out the pairs that belong to each other.
fn pair<'a>(
    before: &mut Vec<Side<'a>>,
    after: &mut Vec<Side<'a>>,
    changes: &mut Vec<Change>,
    belong: impl Fn(&Side<'a>, &Side<'a>) -> bool,
) {
    after.retain(|new| match before.iter().position(|old| belong(old, new)) {
        Some(place) => {
            changes.push(replacement(&before.remove(place), new));
            false
        }
        None => true,
    });
}

/// One package in place of another.
fn replacement(old: &Side<'_>, new: &Side<'_>) -> Change {
    let action = match new.nevra.evr.cmp(&old.nevra.evr) {
        Ordering::Greater => Action::Upgrade,
        Ordering::Less => Action::Downgrade,
        Ordering::Equal => Action::Reinstall,
    };
    change(action, new, Some(old))
}

fn change(action: Action, side: &Side<'_>, from: Option<&Side<'_>>) -> Change {
    let from = from.map(|old| old.nevra.clone());
    let mut change = Change::new(action, side.nevra.clone(), from, Reason::Base);
    change.installed_size = side.installed.map_or(0, Installed::size);
    change
}

#[cfg(test)]
mod tests {
    use super::{Side, diff};
    use crate::nevra::Nevra;

    #[test]
    fn changes_are_paired() {
        let table = [
            ("a-1-1.x", "a-2-1.x", "upgrade a-2-1.x from 1-1"),
            ("a-2-1.x", "a-1-1.x", "downgrade a-1-1.x from 2-1"),
            ("a-1-1.x", "a-1-1.x", ""),
            ("a-1-1.x", "b-1-1.x", "remove a-1-1.x; install b-1-1.x"),
            // Kernels: the one in common does not count.
            (
                "k-1-1.x k-2-1.x",
                "k-2-1.x k-3-1.x",
                "upgrade k-3-1.x from 1-1",
            ),
            (
                "k-1-1.x k-2-1.x",
                "k-3-1.x",
                "remove k-1-1.x; upgrade k-3-1.x from 2-1",
            ),
            ("k-1-1.x", "k-1-1.x k-2-1.x", "install k-2-1.x"),
            // Two architectures.
            (
                "a-1-1.x a-1-1.y",
                "a-2-1.y a-2-1.x",
                "upgrade a-2-1.x from 1-1; upgrade a-2-1.y from 1-1",
            ),
            (
                "a-1-1.x a-1-1.y",
                "a-2-1.x",
                "remove a-1-1.y; upgrade a-2-1.x from 1-1",
            ),
            ("a-1-1.noarch", "a-2-1.x", "upgrade a-2-1.x from 1-1"),
            // Keys are never changes of each other.
            (
                "gpg-pubkey-1-1.x",
                "gpg-pubkey-2-1.x",
                "remove gpg-pubkey-1-1.x; install gpg-pubkey-2-1.x",
            ),
        ];
        let list = |text: &str| -> Vec<Nevra> {
            text.split_whitespace()
                .map(|nevra| nevra.parse().unwrap())
                .collect()
        };
        for (before, after, expected) in table {
            let (before_list, after_list) = (list(before), list(after));
            let changes = diff(
                before_list.iter().map(Side::from),
                after_list.iter().map(Side::from),
            );
            let text: Vec<_> = changes
                .iter()
                .map(|change| match &change.from {
                    Some(from) => format!("{} {} from {}", change.action, change.package, from.evr),
                    None => format!("{} {}", change.action, change.package),
                })
                .collect();
            assert_eq!(text.join("; "), expected, "{before} to {after}");
        }
    }
}
