//! Why each new package comes.
//!
//! The solver's own record names the rule that happened to decide, often one that it learnt. Users
//! want the shortest way from what they asked for: requests first, then what these require, and
//! only then what something recommends.

use super::request::Resolved;
use super::{Goal, Origin};
use crate::change::Reason;
use crate::sys::solv::{DependencyKind, PackageId, Pool, RawStep, StepKind};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// The reason of each package that comes.
pub(super) fn of_new_packages(
    pool: &mut Pool,
    goal: &Goal,
    resolved: &[Resolved],
    origins: &[Origin],
    raw: &[RawStep],
) -> BTreeMap<PackageId, Reason> {
    let steps: BTreeMap<PackageId, &RawStep> = raw
        .iter()
        .filter(|step| step.kind != StepKind::Remove)
        .map(|step| (step.package, step))
        .collect();
    let mut search = Search {
        new: steps.keys().copied().collect(),
        reasons: BTreeMap::new(),
        todo: VecDeque::new(),
    };
    for id in &goal.replace {
        search.give(*id, Reason::Replaced);
    }
    for id in &goal.local {
        let reason = Reason::Requested(pool.nevra(*id).to_string());
        search.give(*id, reason);
    }
    for one in resolved {
        for group in &one.groups {
            let mut coming: Vec<PackageId> = group
                .iter()
                .filter(|id| search.new.contains(id))
                .copied()
                .collect();
            // When several packages that meet a request come, it was one of them that was chosen.
            let chosen = coming.iter().copied().find(|id| {
                let job = steps.get(id).and_then(|step| step.job);
                let origin = job.and_then(|job| origins.get(job));
                matches!(origin, Some(Origin::Request(text)) if *text == one.request)
            });
            coming.sort_by_cached_key(|id| pool.nevra(*id));
            if let Some(id) = chosen.or(coming.last().copied()) {
                search.give(id, Reason::Requested(one.request.clone()));
            }
        }
    }
    search.follow(pool);
    loop {
        let before = search.reasons.len();
        search.follow_weak(pool);
        search.follow(pool);
        if search.reasons.len() == before {
            break;
        }
    }
    search.reasons
}

struct Search {
    new: BTreeSet<PackageId>,
    reasons: BTreeMap<PackageId, Reason>,
    todo: VecDeque<PackageId>,
}

impl Search {
    fn give(&mut self, id: PackageId, reason: Reason) {
        if self.new.contains(&id) && !self.reasons.contains_key(&id) {
            self.reasons.insert(id, reason);
            self.todo.push_back(id);
        }
    }

    /// Through what packages require.
    fn follow(&mut self, pool: &mut Pool) {
        while let Some(package) = self.todo.pop_front() {
            for needed in self.without_reason(pool, package, DependencyKind::Requires) {
                self.give(needed, Reason::RequiredBy(pool.nevra(package)));
            }
        }
    }

    /// Through what packages recommend or supplement.
    fn follow_weak(&mut self, pool: &mut Pool) {
        let known: Vec<PackageId> = self.reasons.keys().copied().collect();
        for package in &known {
            for wanted in self.without_reason(pool, *package, DependencyKind::Recommends) {
                self.give(wanted, Reason::RecommendedBy(pool.nevra(*package)));
            }
        }
        let rest: Vec<PackageId> = self
            .new
            .difference(&known.into_iter().collect())
            .copied()
            .collect();
        for package in rest {
            for dependency in pool.dependencies(package, DependencyKind::Supplements) {
                let mut providers = pool.providers(dependency);
                providers.retain(|id| self.reasons.contains_key(id) || pool.is_installed(*id));
                if let Some(first) = providers.first() {
                    self.give(package, Reason::RecommendedBy(pool.nevra(*first)));
                    break;
                }
            }
        }
    }

    /// The new packages without a reason yet that one of a package's dependencies is met by, by
    /// name: the ids' order is the metadata's.
    fn without_reason(
        &self,
        pool: &mut Pool,
        package: PackageId,
        kind: DependencyKind,
    ) -> Vec<PackageId> {
        let mut found = Vec::new();
        for dependency in pool.dependencies(package, kind) {
            let providers = pool.providers(dependency);
            // Of several providers it is the first with a reason that meets it already.
            found.extend(
                providers
                    .into_iter()
                    .filter(|id| self.new.contains(id) && !self.reasons.contains_key(id)),
            );
        }
        found.sort_by_cached_key(|id| pool.nevra(*id));
        found.dedup();
        found
    }
}
