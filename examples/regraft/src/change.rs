//! The verbs that make a new deployment.

use crate::{Global, UNCHANGED, progress};
use clap::{Args, Subcommand};
use regraft::{Base, Cleanup, Outcome, Plan, Result, Signature, Transaction};
use std::process::ExitCode;

/// What all of them take.
#[derive(Args)]
struct Common {
    /// Show the plan and stop
    #[arg(long, short = 'n')]
    dry_run: bool,
    /// Exit with status 77 when there is nothing to do
    #[arg(long)]
    unchanged_exit_77: bool,
    /// Take packages without a trusted signature
    #[arg(long)]
    no_gpg_check: bool,
}

impl Common {
    /// Plans, shows the plan, and stages it.
    fn carry_out(&self, global: &Global, transaction: &mut Transaction) -> Result<ExitCode> {
        if self.no_gpg_check {
            transaction.signatures(Signature::NotRequired);
        }
        let mut job = progress::job(global.json);
        let plan = transaction.plan(&mut job)?;
        if self.dry_run {
            show_plan(global, &plan);
            return Ok(self.code(plan.is_unchanged()));
        }
        if !global.json {
            print!("{plan}");
        }
        let outcome = transaction.stage(&plan, &mut job)?;
        show_outcome(global, &outcome);
        Ok(self.code(outcome == Outcome::Unchanged))
    }

    fn code(&self, unchanged: bool) -> ExitCode {
        match unchanged && self.unchanged_exit_77 {
            true => ExitCode::from(UNCHANGED),
            false => ExitCode::SUCCESS,
        }
    }
}

fn show_plan(global: &Global, plan: &Plan) {
    match global.json {
        true => println!("{}", plan.to_json()),
        false => print!("{plan}"),
    }
}

fn show_outcome(global: &Global, outcome: &Outcome) {
    if global.json {
        let mut document = serde_json::json!(outcome);
        document["text"] = outcome.to_string().into();
        println!("{document}");
        return;
    }
    for script in outcome.scripts() {
        for line in script.output.lines() {
            println!("{}.{}: {line}", script.package.name, script.script);
        }
    }
    println!("{outcome}");
}

/// Layer packages.
#[derive(Args)]
pub(crate) struct Install {
    /// Names, capabilities or paths
    #[arg(required = true, value_name = "PACKAGE")]
    packages: Vec<String>,
    /// What is requested already is no error
    #[arg(long)]
    idempotent: bool,
    /// Remember requests that the base meets
    #[arg(long)]
    allow_inactive: bool,
    /// Take layered packages back in the same transaction
    #[arg(long, value_name = "PACKAGE")]
    uninstall: Vec<String>,
    #[command(flatten)]
    common: Common,
}

impl Install {
    pub(crate) fn run(&self, global: &Global) -> Result<ExitCode> {
        let mut transaction = global.sysroot()?.transaction(Base::Pending)?;
        for package in &self.packages {
            transaction.install(package);
        }
        for package in &self.uninstall {
            transaction.uninstall(package);
        }
        if self.idempotent {
            transaction.idempotent();
        }
        if self.allow_inactive {
            transaction.allow_inactive();
        }
        self.common.carry_out(global, &mut transaction)
    }
}

/// Take layered packages back.
#[derive(Args)]
pub(crate) struct Uninstall {
    /// The requests, as they were given
    #[arg(required = true, value_name = "PACKAGE")]
    packages: Vec<String>,
    /// What is not requested is no error
    #[arg(long)]
    idempotent: bool,
    #[command(flatten)]
    common: Common,
}

impl Uninstall {
    pub(crate) fn run(&self, global: &Global) -> Result<ExitCode> {
        let mut transaction = global.sysroot()?.transaction(Base::Pending)?;
        for package in &self.packages {
            transaction.uninstall(package);
        }
        if self.idempotent {
            transaction.idempotent();
        }
        self.common.carry_out(global, &mut transaction)
    }
}

/// Follow the base's ref to its newest commit.
#[derive(Args)]
pub(crate) struct Upgrade {
    /// Show what would change and stop
    #[arg(long, visible_alias = "check")]
    preview: bool,
    /// A base older than the deployed one is fine
    #[arg(long)]
    allow_downgrade: bool,
    /// Layer these packages, too
    #[arg(long, value_name = "PACKAGE")]
    install: Vec<String>,
    /// Take these layered packages back, too
    #[arg(long, value_name = "PACKAGE")]
    uninstall: Vec<String>,
    #[command(flatten)]
    common: Common,
}

impl Upgrade {
    pub(crate) fn run(&self, global: &Global) -> Result<ExitCode> {
        let mut transaction = global.sysroot()?.transaction(Base::Pending)?;
        transaction.upgrade();
        if self.allow_downgrade {
            transaction.allow_downgrade();
        }
        for package in &self.install {
            transaction.install(package);
        }
        for package in &self.uninstall {
            transaction.uninstall(package);
        }
        if self.preview {
            let plan = transaction.plan(&mut progress::job(global.json))?;
            show_plan(global, &plan);
            return Ok(self.common.code(plan.is_unchanged()));
        }
        self.common.carry_out(global, &mut transaction)
    }
}

/// Change packages of the base.
#[derive(Subcommand)]
pub(crate) enum Override {
    /// Take packages of the base out
    Remove(OverrideNames),
    /// Put packages of the base back
    Reset(OverrideNames),
}

/// Packages of the base.
#[derive(Args)]
pub(crate) struct OverrideNames {
    /// Their names
    #[arg(required = true, value_name = "PACKAGE")]
    packages: Vec<String>,
    #[command(flatten)]
    common: Common,
}

impl Override {
    pub(crate) fn run(&self, global: &Global) -> Result<ExitCode> {
        let mut transaction = global.sysroot()?.transaction(Base::Pending)?;
        let (Self::Remove(names) | Self::Reset(names)) = self;
        for package in &names.packages {
            match self {
                Self::Remove(_) => transaction.remove_base(package),
                Self::Reset(_) => transaction.reset_base(package),
            };
        }
        names.common.carry_out(global, &mut transaction)
    }
}

/// Deploy a ref or commit.
#[derive(Args)]
pub(crate) struct Deploy {
    /// `REMOTE:REF`, or a ref or checksum of the repository
    refspec: String,
    /// A kernel argument
    #[arg(long = "karg", value_name = "ARGUMENT")]
    arguments: Vec<String>,
    /// Layer packages at once
    #[arg(long, value_name = "PACKAGE")]
    install: Vec<String>,
    #[command(flatten)]
    common: Common,
}

impl Deploy {
    pub(crate) fn run(&self, global: &Global) -> Result<ExitCode> {
        let mut sysroot = global.sysroot()?;
        if let Some(name) = &global.os {
            sysroot = sysroot.create_stateroot(name)?;
        }
        let mut transaction = sysroot.deploy_commit(&self.refspec);
        for argument in &self.arguments {
            transaction.kernel_argument(argument);
        }
        for package in &self.install {
            transaction.install(package);
        }
        self.common.carry_out(global, &mut transaction)
    }
}

/// Make the deployment before the one that boots next.
pub(crate) fn rollback(global: &Global) -> Result<ExitCode> {
    let outcome = global
        .sysroot()?
        .rollback(&mut progress::job(global.json))?;
    show_outcome(global, &outcome);
    Ok(ExitCode::SUCCESS)
}

/// Remove what is no longer needed.
#[derive(Args)]
pub(crate) struct CleanupOptions {
    /// Deployments that would boot before the booted one
    #[arg(long, short)]
    pending: bool,
    /// Deployments behind the one that stays
    #[arg(long, short)]
    rollback: bool,
    /// Repository metadata and downloads
    #[arg(long, short = 'm')]
    repomd: bool,
    /// Everything that can be made again
    #[arg(long, short)]
    base: bool,
}

impl CleanupOptions {
    pub(crate) fn run(&self, global: &Global) -> Result<ExitCode> {
        let what = Cleanup {
            pending: self.pending,
            rollback: self.rollback,
            metadata: self.repomd,
            caches: self.base,
        };
        global
            .sysroot()?
            .cleanup(what, &mut progress::job(global.json))?;
        if global.json {
            println!("{}", serde_json::json!({ "kind": "cleaned" }));
        }
        Ok(ExitCode::SUCCESS)
    }
}
