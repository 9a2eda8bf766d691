//! What differs between two sets of packages.

use crate::change::{Action, Change, Reason};
use crate::error::Result;
use crate::nevra::Nevra;
use crate::rpmdb::installed::Installed;
use crate::rpmdb::query::{KEY_NAME, Rpmdb};
use std::collections::BTreeMap;

impl Rpmdb {
    /// What has to happen to this database's packages so that they become those of `after`,
    /// sorted by name. Public keys are left out.
    ///
    /// Of a name that several versions or architectures share, those that both sides have do not
    /// count; of the others, those of the same architecture are changes of each other, the newest
    /// first; one that is left alone is a change of the one left alone on the other side, too,
    /// which then has another architecture.
    pub fn diff(&self, after: &Rpmdb) -> Result<Vec<Change>> {
        let (before, after) = (self.packages()?, after.packages()?);
        Ok(diff(
            before.iter().map(Side::from),
            after.iter().map(Side::from),
        ))
    }
}

/// The same for lists of names and versions, as a commit's metadata has them.
pub(crate) fn diff_packages(before: &[Nevra], after: &[Nevra]) -> Vec<Change> {
    diff(before.iter().map(Side::from), after.iter().map(Side::from))
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
        changes.extend(before.iter().map(|side| change(Some(*side), None)));
        changes.extend(after.iter().map(|side| change(None, Some(*side))));
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
            changes.push(change(Some(before.remove(place)), Some(*new)));
            false
        }
        None => true,
    });
}

fn change(before: Option<Side<'_>>, after: Option<Side<'_>>) -> Change {
    let (action, side, from) = match (before, after) {
        (Some(old), Some(new)) => {
            let action = match new.nevra.evr.cmp(&old.nevra.evr) {
                std::cmp::Ordering::Greater => Action::Upgrade,
                std::cmp::Ordering::Less => Action::Downgrade,
                std::cmp::Ordering::Equal => Action::Reinstall,
            };
            (action, new, Some(old.nevra.clone()))
        }
        (None, Some(new)) => (Action::Install, new, None),
        (Some(old), None) => (Action::Remove, old, None),
        (None, None) => unreachable!("a change has a side"),
    };
    let mut change = Change::new(action, side.nevra.clone(), from, Reason::Base);
    change.installed_size = side.installed.map_or(0, Installed::size);
    change
}
