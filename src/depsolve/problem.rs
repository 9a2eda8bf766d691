//! Problems in words: what is wrong, and what would change it.

use super::Origin;
use crate::change::Problem;
use crate::sys::solv::{Fix, PackageId, Pool, RawProblem, Rule, RuleKind};
use std::collections::BTreeSet;

/// So many rules of a problem are told; the rest follows from them, or no one would read it.
const RULES_TOLD: usize = 8;

/// All problems in words.
pub(super) fn explain(
    pool: &Pool,
    problems: &[RawProblem],
    origins: &[Origin],
    barred: &BTreeSet<PackageId>,
) -> Vec<Problem> {
    let teller = Teller {
        pool,
        origins,
        barred,
    };
    let mut told: Vec<Problem> = Vec::new();
    for problem in problems {
        let problem = Problem::new(teller.explanation(problem), teller.suggestions(problem));
        if !told.contains(&problem) {
            told.push(problem);
        }
    }
    told
}

struct Teller<'a> {
    pool: &'a Pool,
    origins: &'a [Origin],
    barred: &'a BTreeSet<PackageId>,
}

impl Teller<'_> {
    fn explanation(&self, problem: &RawProblem) -> String {
        let mut parts: Vec<String> = Vec::new();
        // What is missing first, then what packages say of each other, then what must stay or go.
        let mut rules: Vec<&Rule> = problem.rules.iter().collect();
        rules.sort_by_key(|rule| match rule.kind {
            RuleKind::NothingProvides => 0,
            RuleKind::Requires => 1,
            RuleKind::Update => 3,
            RuleKind::Job => 4,
            _ => 2,
        });
        for rule in rules {
            if let Some(part) = self
                .rule(rule, problem)
                .filter(|part| !parts.contains(part))
            {
                parts.push(part);
            }
        }
        if parts.is_empty() {
            parts.push("the requests contradict each other".to_owned());
        }
        let more = parts.len().saturating_sub(RULES_TOLD);
        parts.truncate(RULES_TOLD);
        let mut text = parts.join(", ");
        if more > 0 {
            text.push_str(&format!(", and {more} more reasons"));
        }
        text
    }

    fn rule(&self, rule: &Rule, problem: &RawProblem) -> Option<String> {
        let source = rule.source.map(|id| self.name(id)).unwrap_or_default();
        let target = rule.target.map(|id| self.name(id)).unwrap_or_default();
        let dependency = rule
            .dependency
            .map(|id| self.pool.dependency_text(id))
            .unwrap_or_default();
        Some(match rule.kind {
            RuleKind::NothingProvides => {
                format!("nothing provides {dependency} needed by {source}")
            }
            RuleKind::Requires => {
                format!("{source} requires {dependency}, but no provider can be installed")
            }
            RuleKind::NotInstallable => match rule.source {
                Some(id) if self.barred.contains(&id) || !self.pool.is_usable(id) => {
                    format!("{source} is excluded or of another architecture")
                }
                _ => format!("{source} cannot be installed"),
            },
            RuleKind::SelfConflict => format!("{source} conflicts with {dependency}, its own"),
            RuleKind::Conflicts => {
                format!("{source} conflicts with {dependency} provided by {target}")
            }
            RuleKind::SameName => format!("{source} and {target} cannot be installed together"),
            RuleKind::Obsoletes | RuleKind::ImplicitlyObsoletes => {
                format!("{source} obsoletes {dependency} provided by {target}")
            }
            RuleKind::InstalledObsoletes => {
                format!("the installed {source} obsoletes {dependency} provided by {target}")
            }
            RuleKind::BothObsolete => {
                format!("both {source} and {target} obsolete {dependency}")
            }
            RuleKind::Update => format!("{source} is installed and must stay"),
            RuleKind::InferiorArch => {
                format!("{source} is not of the best architecture that its name has")
            }
            RuleKind::Best => format!("the best version of {source} cannot be installed"),
            RuleKind::Job => return self.job(rule, problem),
            RuleKind::Other => return None,
        })
    }

    /// A rule that is from a job. A request is only told where nothing else would be.
    fn job(&self, rule: &Rule, problem: &RawProblem) -> Option<String> {
        match self.origins.get(rule.job?)? {
            Origin::Lock(id) => Some(format!("{} belongs to the base", self.name(*id))),
            Origin::Remove(id) => Some(format!("{} is to be removed", self.name(*id))),
            Origin::Request(request) => {
                let alone = problem.rules.iter().all(|rule| rule.kind == RuleKind::Job);
                alone.then(|| format!("{request} is to be installed"))
            }
            Origin::Local(id) | Origin::Replace(id) => {
                let named = problem.rules.iter().any(|rule| {
                    rule.kind != RuleKind::Job
                        && (rule.source == Some(*id) || rule.target == Some(*id))
                });
                (!named).then(|| format!("{} is to be installed", self.name(*id)))
            }
        }
    }

    fn suggestions(&self, problem: &RawProblem) -> Vec<String> {
        let mut told = Vec::new();
        for fix in &problem.fixes {
            let elements: Vec<String> = fix.iter().filter_map(|one| self.fix(*one)).collect();
            let text = elements.join(" and ");
            if elements.len() == fix.len() && !text.is_empty() && !told.contains(&text) {
                told.push(text);
            }
        }
        told
    }

    fn fix(&self, fix: Fix) -> Option<String> {
        Some(match fix {
            Fix::DropJob(job) => match self.origins.get(job)? {
                Origin::Request(request) => format!("do not install {request}"),
                Origin::Local(id) => format!("do not install {}", self.name(*id)),
                Origin::Replace(id) => {
                    format!(
                        "do not replace {} by {}",
                        self.pool.name(*id),
                        self.name(*id)
                    )
                }
                Origin::Remove(id) => format!("do not remove {}", self.name(*id)),
                Origin::Lock(id) => format!(
                    "override {} of the base (replace or remove it)",
                    self.name(*id)
                ),
            },
            Fix::AllowRemoval(id) => format!("allow the removal of {}", self.name(id)),
            Fix::AllowReplacement(old, new) => {
                format!("allow {} to become {}", self.name(old), self.name(new))
            }
            Fix::AllowArch(id) => format!("name the architecture: {}", self.name(id)),
            Fix::AllowOld(id) => format!("name the older version: {}", self.name(id)),
            Fix::Other => return None,
        })
    }

    fn name(&self, id: PackageId) -> String {
        self.pool.nevra(id).to_string()
    }
}
