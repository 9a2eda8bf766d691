//! Whether the repositories' file lists are needed.
//!
//! They are several times larger than the rest of the metadata, and hardly ever needed: primary
//! already has the files that packages usually depend on. They are needed when a request or a
//! dependency that could matter names a file beyond those. Which could matter is answered from
//! above: all packages that can be reached from the requests through what packages require,
//! recommend, supplement and conflict with.

use super::request::{Resolved, is_glob};
use super::{Goal, Installed, Weak};
use crate::dependency::{Dependency, Sense};
use crate::error::Result;
use crate::sys::solv::{DependencyId, DependencyKind, PackageId, Pool};
use std::collections::BTreeSet;

/// Whether a request names a file that primary may lack.
pub(super) fn are_asked_for(requests: &[String]) -> bool {
    requests.iter().any(|request| {
        request.starts_with("*/")
            || is_beyond_primary(request)
            || (request.starts_with('/') && is_glob(request))
    })
}

/// Whether the packages that the solver may look at depend on files that primary may lack.
pub(super) fn are_needed(pool: &mut Pool, goal: &Goal, resolved: &[Resolved]) -> Result<bool> {
    let mut reach = Reach {
        weak: goal.weak == Weak::On,
        seen: BTreeSet::new(),
        todo: Vec::new(),
        dependencies: BTreeSet::new(),
    };
    let groups = resolved.iter().flat_map(|one| &one.groups);
    reach.add(groups.flatten().copied());
    reach.add(goal.local.iter().chain(&goal.replace).copied());
    let base_changes =
        goal.installed == Installed::Free || !goal.remove.is_empty() || !goal.replace.is_empty();
    if base_changes {
        let installed: Vec<PackageId> = pool.installed().collect();
        reach.add(installed);
    }
    let supplementing = match reach.weak {
        true => supplementing(pool),
        false => Vec::new(),
    };
    loop {
        if reach.explore(pool)? {
            return Ok(true);
        }
        let mut drawn = Vec::new();
        for (package, supplements) in &supplementing {
            if reach.seen.contains(package) {
                continue;
            }
            for dependency in supplements {
                let providers = reach_of(pool, *dependency)?;
                if providers
                    .iter()
                    .any(|id| reach.seen.contains(id) || pool.is_installed(*id))
                {
                    drawn.push(*package);
                    break;
                }
            }
        }
        if drawn.is_empty() {
            return Ok(false);
        }
        reach.add(drawn);
    }
}

struct Reach {
    weak: bool,
    seen: BTreeSet<PackageId>,
    todo: Vec<PackageId>,
    dependencies: BTreeSet<DependencyId>,
}

impl Reach {
    fn add(&mut self, packages: impl IntoIterator<Item = PackageId>) {
        for id in packages {
            if self.seen.insert(id) {
                self.todo.push(id);
            }
        }
    }

    /// Goes on until nothing new is reached, or a file is needed.
    fn explore(&mut self, pool: &mut Pool) -> Result<bool> {
        let kinds = [
            (DependencyKind::Requires, true),
            (DependencyKind::Recommends, self.weak),
            (DependencyKind::Conflicts, true),
        ];
        while let Some(package) = self.todo.pop() {
            for (kind, _) in kinds.iter().filter(|(_, counts)| *counts) {
                for dependency in pool.dependencies(package, *kind) {
                    if !self.dependencies.insert(dependency) {
                        continue;
                    }
                    let text = pool.dependency_text(dependency);
                    if words(&text).any(is_beyond_primary) {
                        return Ok(true);
                    }
                    if *kind != DependencyKind::Conflicts {
                        let providers = reach_of(pool, dependency)?;
                        self.add(providers);
                    }
                }
            }
        }
        Ok(false)
    }
}

/// The packages that supplement others, and what.
fn supplementing(pool: &Pool) -> Vec<(PackageId, Vec<DependencyId>)> {
    pool.packages()
        .filter(|id| pool.is_usable(*id) && !pool.is_installed(*id))
        .map(|id| (id, pool.dependencies(id, DependencyKind::Supplements)))
        .filter(|(_, supplements)| !supplements.is_empty())
        .collect()
}

/// The providers of a dependency; of a rich one, of all names in it.
fn reach_of(pool: &mut Pool, dependency: DependencyId) -> Result<Vec<PackageId>> {
    let text = pool.dependency_text(dependency);
    if !text.starts_with('(') {
        return Ok(pool.providers(dependency));
    }
    let mut found = Vec::new();
    for word in words(&text) {
        let name = Dependency {
            name: word.to_owned(),
            sense: Sense::ANY,
            version: String::new(),
        };
        found.extend(pool.what_provides(&name)?);
    }
    Ok(found)
}

/// The names in a dependency (and, in a rich one, its operators and versions, which name nothing).
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(' ')
        .map(|word| {
            let mut word = word.trim_start_matches('(');
            while word.matches(')').count() > word.matches('(').count() && word.ends_with(')') {
                word = &word[..word.len() - 1];
            }
            word
        })
        .filter(|word| !word.is_empty())
}

/// Whether a text is a path that `createrepo_c` leaves out of primary: it keeps `/etc`, all `bin`
/// folders and `/usr/lib/sendmail`.
fn is_beyond_primary(text: &str) -> bool {
    text.starts_with('/')
        && !text.starts_with("/etc/")
        && !text.contains("bin/")
        && text != "/usr/lib/sendmail"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_in_dependencies() {
        let table: [(&str, &[&str]); 3] = [
            ("perl(Foo) >= 1", &["perl(Foo)", ">=", "1"]),
            ("(a if (b(x) or c))", &["a", "if", "b(x)", "or", "c"]),
            ("/usr/share/x", &["/usr/share/x"]),
        ];
        for (text, expected) in table {
            assert_eq!(words(text).collect::<Vec<_>>(), expected);
        }
    }

    #[test]
    fn primary_has_the_usual_files() {
        for (path, beyond) in [
            ("/usr/bin/sh", false),
            ("/etc/passwd", false),
            ("/usr/lib/sendmail", false),
            ("/usr/share/dict/words", true),
            ("bash", false),
        ] {
            assert_eq!(is_beyond_primary(path), beyond, "{path}");
        }
    }
}
