//! One run of the solver: jobs in; the steps of a transaction, or problems, out.

use super::ffi::{self, CPool, CSolver, CTransaction, Id, Map};
use super::queue::{Queue, slice};
use super::{DependencyId, PackageId, Pool};
use crate::error::{Error, Result};
use std::collections::BTreeSet;
use std::ptr::NonNull;

/// One thing that the solver must achieve.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Job {
    /// One of these packages is installed afterwards.
    Install(Vec<PackageId>),
    /// This package is not.
    Erase(PackageId),
    /// This installed package stays as it is.
    Lock(PackageId),
}

/// How the solver decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Flags {
    /// Whether recommended packages are installed too.
    pub(crate) recommended: bool,
    /// Whether an installed package may become older.
    pub(crate) downgrade: bool,
    /// Whether a request is only met by the best of its packages (dnf's `best`).
    pub(crate) best: bool,
}

/// What the solver answers.
#[derive(Debug, Clone)]
pub(crate) enum Outcome {
    /// What is to be done, in no order that means anything.
    Solved(Vec<RawStep>),
    /// Why nothing can be done.
    Problems(Vec<RawProblem>),
}

/// One package that comes or goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RawStep {
    pub(crate) package: PackageId,
    pub(crate) kind: StepKind,
    /// The installed packages that go because this one comes.
    pub(crate) replaces: Vec<PackageId>,
    /// The job that this package was chosen for.
    pub(crate) job: Option<usize>,
}

/// What happens to the package of a [`RawStep`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StepKind {
    Install,
    Upgrade,
    Downgrade,
    Reinstall,
    Remove,
}

/// One set of rules that cannot all hold, and what would change that.
#[derive(Debug, Clone)]
pub(crate) struct RawProblem {
    pub(crate) rules: Vec<Rule>,
    /// Each one is a way out, of all its elements together.
    pub(crate) fixes: Vec<Vec<Fix>>,
}

/// One rule of a problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rule {
    pub(crate) kind: RuleKind,
    pub(crate) source: Option<PackageId>,
    pub(crate) target: Option<PackageId>,
    pub(crate) dependency: Option<DependencyId>,
    /// The job that the rule is from.
    pub(crate) job: Option<usize>,
}

/// What a [`Rule`] says of its source (and target, and dependency).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RuleKind {
    NotInstallable,
    NothingProvides,
    Requires,
    SelfConflict,
    Conflicts,
    SameName,
    Obsoletes,
    InstalledObsoletes,
    ImplicitlyObsoletes,
    BothObsolete,
    Update,
    Job,
    InferiorArch,
    Best,
    Other,
}

/// One element of a way out of a problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fix {
    /// Without this job.
    DropJob(usize),
    /// This installed package may go.
    AllowRemoval(PackageId),
    /// The first, installed package may become the second.
    AllowReplacement(PackageId, PackageId),
    /// This package may be taken though its architecture is not the best.
    AllowArch(PackageId),
    /// This package may be taken though it is not the best one.
    AllowOld(PackageId),
    /// Something that regraft's jobs do not lead to.
    Other,
}

/// So many problems, and ways out of each, are told: each costs a run of the solver.
const PROBLEMS_TOLD: u32 = 10;
const FIXES_TOLD: u32 = 6;

struct Solver(NonNull<CSolver>);

impl Drop for Solver {
    fn drop(&mut self) {
        // SAFETY: it is ours; the pool outlives it.
        unsafe { ffi::solver_free(self.0.as_ptr()) }
    }
}

struct Transaction(NonNull<CTransaction>);

impl Drop for Transaction {
    fn drop(&mut self) {
        // SAFETY: it is ours; the pool outlives it.
        unsafe { ffi::transaction_free(self.0.as_ptr()) }
    }
}

impl Pool {
    /// Solves. `barred` are packages that this run may not use, besides those that none may.
    pub(crate) fn run(
        &mut self,
        jobs: &[Job],
        flags: Flags,
        barred: &BTreeSet<PackageId>,
    ) -> Result<Outcome> {
        self.index();
        self.consider(barred);
        let mut queue = self.job_queue(jobs, flags);
        // SAFETY: here and below, solver and queues are ours and used while the pool lives.
        let solver = unsafe { ffi::solver_create(self.raw.as_ptr()) };
        let solver = NonNull::new(solver)
            .map(Solver)
            .ok_or_else(|| Error::Internal("libsolv made no solver".to_owned()))?;
        let switches = [
            // What dnf sets by default.
            (ffi::SOLVER_FLAG_ALLOW_VENDORCHANGE, true),
            (ffi::SOLVER_FLAG_DUP_ALLOW_VENDORCHANGE, true),
            (ffi::SOLVER_FLAG_KEEP_ORPHANS, true),
            (ffi::SOLVER_FLAG_BEST_OBEY_POLICY, true),
            (ffi::SOLVER_FLAG_YUM_OBSOLETES, true),
            (ffi::SOLVER_FLAG_IGNORE_RECOMMENDED, !flags.recommended),
            (ffi::SOLVER_FLAG_ALLOW_DOWNGRADE, flags.downgrade),
        ];
        // SAFETY: as above.
        let problems = unsafe {
            for (flag, value) in switches {
                ffi::solver_set_flag(solver.0.as_ptr(), flag, i32::from(value));
            }
            ffi::solver_solve(solver.0.as_ptr(), queue.raw())
        };
        if problems != 0 {
            return Ok(Outcome::Problems(problems_of(&solver)));
        }
        // SAFETY: as above; there is a solution.
        let transaction = unsafe { ffi::solver_create_transaction(solver.0.as_ptr()) };
        let transaction = NonNull::new(transaction)
            .map(Transaction)
            .ok_or_else(|| Error::Internal("libsolv made no transaction".to_owned()))?;
        Ok(Outcome::Solved(self.steps_of(&solver, &transaction)))
    }

    /// Packages in the order in which they are to be installed, and removed ones in between.
    pub(crate) fn order(
        &mut self,
        coming: &[PackageId],
        going: &[PackageId],
    ) -> Result<Vec<PackageId>> {
        self.index();
        let (mut coming, mut going) = (coming.to_vec(), going.to_vec());
        coming.sort_unstable();
        going.sort_unstable();
        let ids = coming.iter().map(|id| id.0);
        let mut decisions: Queue = ids.chain(going.iter().map(|id| -id.0)).collect();
        let pool: *mut CPool = self.raw.as_ptr();
        // SAFETY: the pool and the queue are ours, and no package may be there twice.
        unsafe {
            let raw =
                ffi::transaction_create_decisionq(pool, decisions.raw(), std::ptr::null_mut());
            let transaction = NonNull::new(raw)
                .map(Transaction)
                .ok_or_else(|| Error::Internal("libsolv made no transaction".to_owned()))?;
            ffi::transaction_order(raw, 0);
            let steps = slice(&transaction.0.as_ref().steps);
            Ok(steps.iter().copied().map(PackageId).collect())
        }
    }

    fn job_queue(&mut self, jobs: &[Job], flags: Flags) -> Queue {
        let best = if flags.best { ffi::SOLVER_FORCEBEST } else { 0 };
        let mut queue = Queue::new();
        for job in jobs {
            let (how, what) = match job {
                Job::Install(packages) => {
                    let mut ids: Queue = packages.iter().map(|id| id.0).collect();
                    // SAFETY: the pool, which has its index, and the queue are ours.
                    let what =
                        unsafe { ffi::pool_queuetowhatprovides(self.raw.as_ptr(), ids.raw()) };
                    let how = ffi::SOLVER_SOLVABLE_ONE_OF
                        | ffi::SOLVER_SETARCH
                        | ffi::SOLVER_SETEVR
                        | ffi::SOLVER_INSTALL
                        | best;
                    (how, what)
                }
                Job::Erase(id) => (ffi::SOLVER_SOLVABLE | ffi::SOLVER_ERASE, id.0),
                Job::Lock(id) => (ffi::SOLVER_SOLVABLE | ffi::SOLVER_LOCK, id.0),
            };
            queue.push(how);
            queue.push(what);
        }
        queue
    }

    /// Tells libsolv which packages it may use.
    fn consider(&mut self, barred: &BTreeSet<PackageId>) {
        // SAFETY: the pool is ours. The map has a bit for each package, and libsolv sees either
        // none or a whole one.
        unsafe {
            let pool = self.raw.as_ptr();
            (*pool).considered = std::ptr::null_mut();
            if let Some(mut old) = self.considered.take() {
                ffi::map_free(&mut *old);
            }
            if self.excluded.is_empty() && barred.is_empty() {
                return;
            }
            let mut map = Box::new(Map {
                map: std::ptr::null_mut(),
                size: 0,
            });
            ffi::map_init(&mut *map, (*pool).nsolvables);
            let bytes = std::slice::from_raw_parts_mut(map.map, map.size as usize);
            bytes.fill(0xff);
            for id in self.excluded.iter().chain(barred) {
                if let Some(byte) = bytes.get_mut(id.0 as usize >> 3) {
                    *byte &= !(1 << (id.0 & 7));
                }
            }
            (*pool).considered = &mut *map;
            self.considered = Some(map);
        }
    }

    fn steps_of(&self, solver: &Solver, transaction: &Transaction) -> Vec<RawStep> {
        let mode = ffi::SOLVER_TRANSACTION_SHOW_ACTIVE
            | ffi::SOLVER_TRANSACTION_SHOW_ALL
            | ffi::SOLVER_TRANSACTION_SHOW_OBSOLETES
            | ffi::SOLVER_TRANSACTION_CHANGE_IS_REINSTALL;
        let raw = transaction.0.as_ptr();
        // SAFETY: solver and transaction are ours and belong together.
        let packages = unsafe { slice(&(*raw).steps).to_vec() };
        let mut steps = Vec::new();
        for package in packages {
            let mut replaced = Queue::new();
            // SAFETY: as above.
            let kind = unsafe { ffi::transaction_type(raw, package, mode) };
            let kind = match kind {
                ffi::SOLVER_TRANSACTION_ERASE => StepKind::Remove,
                ffi::SOLVER_TRANSACTION_INSTALL | ffi::SOLVER_TRANSACTION_OBSOLETES => {
                    StepKind::Install
                }
                ffi::SOLVER_TRANSACTION_REINSTALL => StepKind::Reinstall,
                ffi::SOLVER_TRANSACTION_DOWNGRADE => StepKind::Downgrade,
                ffi::SOLVER_TRANSACTION_UPGRADE => StepKind::Upgrade,
                // An installed package that goes with the one that replaces it.
                _ => continue,
            };
            if kind != StepKind::Remove {
                // SAFETY: as above.
                unsafe { ffi::transaction_all_obs_pkgs(raw, package, replaced.raw()) };
            }
            let mut replaces: Vec<PackageId> = replaced.iter().map(PackageId).collect();
            replaces.sort_unstable();
            steps.push(RawStep {
                package: PackageId(package),
                kind,
                replaces,
                job: job_of(solver, package),
            });
        }
        steps
    }
}

/// The job that a package was decided for, when it was decided for a job.
fn job_of(solver: &Solver, package: Id) -> Option<usize> {
    let raw = solver.0.as_ptr();
    let mut rule = 0;
    // SAFETY: the solver is ours and has solved; the rule is one that it names.
    unsafe {
        let reason = ffi::solver_describe_decision(raw, package, &mut rule);
        let for_job =
            [ffi::SOLVER_REASON_UNIT_RULE, ffi::SOLVER_REASON_RESOLVE_JOB].contains(&reason);
        if !for_job || rule == 0 || ffi::solver_ruleclass(raw, rule) != ffi::SOLVER_RULE_JOB {
            return None;
        }
        usize::try_from(ffi::solver_rule2jobidx(raw, rule) - 1)
            .ok()
            .map(|index| index / 2)
    }
}

fn problems_of(solver: &Solver) -> Vec<RawProblem> {
    // SAFETY: here and below, the solver is ours and has found problems, numbered from 1.
    let count = unsafe { ffi::solver_problem_count(solver.0.as_ptr()) };
    (1..=count.min(PROBLEMS_TOLD))
        .map(|problem| RawProblem {
            rules: rules_of(solver, problem as Id),
            fixes: fixes_of(solver, problem as Id),
        })
        .collect()
}

fn rules_of(solver: &Solver, problem: Id) -> Vec<Rule> {
    let raw = solver.0.as_ptr();
    let mut rules = Queue::new();
    // SAFETY: as above.
    unsafe { ffi::solver_findallproblemrules(raw, problem, rules.raw()) };
    let mut told: Vec<Rule> = Vec::new();
    for rule in rules.iter() {
        let mut infos = Queue::new();
        // SAFETY: the rule is one that the solver names.
        let job = unsafe {
            ffi::solver_allruleinfos(raw, rule, infos.raw());
            (ffi::solver_ruleclass(raw, rule) == ffi::SOLVER_RULE_JOB)
                .then(|| ffi::solver_rule2jobidx(raw, rule))
        };
        let job = job
            .and_then(|index| usize::try_from(index - 1).ok())
            .map(|index| index / 2);
        for info in infos.as_slice().chunks_exact(4) {
            let package = |id: Id| (id > 1).then_some(PackageId(id));
            let rule = Rule {
                kind: rule_kind(info[0]),
                source: package(info[1]),
                target: package(info[2]),
                dependency: (info[3] != 0).then_some(DependencyId(info[3])),
                job,
            };
            if !told.contains(&rule) {
                told.push(rule);
            }
        }
    }
    told
}

fn rule_kind(kind: Id) -> RuleKind {
    match kind {
        ffi::SOLVER_RULE_PKG_NOT_INSTALLABLE => RuleKind::NotInstallable,
        ffi::SOLVER_RULE_PKG_NOTHING_PROVIDES_DEP => RuleKind::NothingProvides,
        ffi::SOLVER_RULE_PKG_REQUIRES => RuleKind::Requires,
        ffi::SOLVER_RULE_PKG_SELF_CONFLICT => RuleKind::SelfConflict,
        ffi::SOLVER_RULE_PKG_CONFLICTS => RuleKind::Conflicts,
        ffi::SOLVER_RULE_PKG_SAME_NAME => RuleKind::SameName,
        ffi::SOLVER_RULE_PKG_OBSOLETES => RuleKind::Obsoletes,
        ffi::SOLVER_RULE_PKG_IMPLICIT_OBSOLETES => RuleKind::ImplicitlyObsoletes,
        ffi::SOLVER_RULE_PKG_INSTALLED_OBSOLETES => RuleKind::InstalledObsoletes,
        ffi::SOLVER_RULE_YUMOBS => RuleKind::BothObsolete,
        ffi::SOLVER_RULE_UPDATE => RuleKind::Update,
        ffi::SOLVER_RULE_INFARCH => RuleKind::InferiorArch,
        ffi::SOLVER_RULE_BEST => RuleKind::Best,
        kind if kind & ffi::SOLVER_RULE_TYPEMASK == ffi::SOLVER_RULE_JOB => RuleKind::Job,
        _ => RuleKind::Other,
    }
}

fn fixes_of(solver: &Solver, problem: Id) -> Vec<Vec<Fix>> {
    let raw = solver.0.as_ptr();
    // SAFETY: as above; solutions are numbered from 1, their elements chained from 0.
    let count = unsafe { ffi::solver_solution_count(raw, problem) };
    (1..=count.min(FIXES_TOLD))
        .map(|solution| {
            let mut elements = Vec::new();
            let (mut element, mut p, mut rp) = (0, 0, 0);
            loop {
                // SAFETY: as above.
                element = unsafe {
                    ffi::solver_next_solutionelement(
                        raw,
                        problem,
                        solution as Id,
                        element,
                        &mut p,
                        &mut rp,
                    )
                };
                if element == 0 {
                    return elements;
                }
                elements.push(match (p, rp) {
                    (ffi::SOLVER_SOLUTION_JOB, job) => {
                        usize::try_from(job - 1).map_or(Fix::Other, |index| Fix::DropJob(index / 2))
                    }
                    (ffi::SOLVER_SOLUTION_INFARCH, id) => Fix::AllowArch(PackageId(id)),
                    (ffi::SOLVER_SOLUTION_BEST, id) => Fix::AllowOld(PackageId(id)),
                    (id, 0) if id > 0 => Fix::AllowRemoval(PackageId(id)),
                    (id, new) if id > 0 => Fix::AllowReplacement(PackageId(id), PackageId(new)),
                    _ => Fix::Other,
                });
            }
        })
        .collect()
}
