//! `db list` and `db diff`.

use crate::Global;
use clap::Subcommand;
use regraft::{Action, Change, Result, Rpmdb, Sysroot};
use std::process::ExitCode;

/// Look into package databases.
#[derive(Subcommand)]
pub(crate) enum Verb {
    /// The packages of a deployment or commit
    List {
        /// A deployment's identifier, a ref or a checksum; by default the first deployment
        rev: Option<String>,
        /// Only packages of these names
        #[arg(long = "name", value_name = "NAME")]
        names: Vec<String>,
    },
    /// What differs between two deployments or commits
    Diff {
        /// By default the second deployment
        from: Option<String>,
        /// By default the first deployment
        to: Option<String>,
    },
}

impl Verb {
    pub(crate) fn run(&self, global: &Global) -> Result<ExitCode> {
        let sysroot = global.sysroot()?;
        match self {
            Self::List { rev, names } => {
                let rev = or_deployment(&sysroot, rev.as_deref(), 0)?;
                list(global, &sysroot.rpmdb(&rev)?, &rev, names)?;
            }
            Self::Diff { from, to } => {
                let from = or_deployment(&sysroot, from.as_deref(), 1)?;
                let to = or_deployment(&sysroot, to.as_deref(), 0)?;
                let changes = Rpmdb::diff(&sysroot.rpmdb(&from)?, &sysroot.rpmdb(&to)?)?;
                diff(global, &from, &to, &changes);
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn or_deployment(sysroot: &Sysroot, rev: Option<&str>, place: usize) -> Result<String> {
    if let Some(rev) = rev {
        return Ok(rev.to_owned());
    }
    let deployments = sysroot.deployments()?;
    let deployment = deployments.get(place);
    deployment
        .map(|deployment| deployment.id())
        .ok_or_else(|| regraft::Error::NotFound {
            what: "deployment",
            name: format!("number {place}"),
            remedy: "name a commit or deployment; `status` lists them".to_owned(),
        })
}

fn list(global: &Global, database: &Rpmdb, rev: &str, names: &[String]) -> Result<()> {
    let mut packages = database.nevras()?;
    packages.retain(|package| names.is_empty() || names.contains(&package.name));
    if global.json {
        println!(
            "{:#}",
            serde_json::json!({ "rev": rev, "packages": packages })
        );
        return Ok(());
    }
    for package in packages {
        println!("{package}");
    }
    Ok(())
}

fn diff(global: &Global, from: &str, to: &str, changes: &[Change]) {
    if global.json {
        let document = serde_json::json!({ "from": from, "to": to, "changes": changes });
        println!("{document:#}");
        return;
    }
    for (title, action) in [
        ("Upgraded", Action::Upgrade),
        ("Downgraded", Action::Downgrade),
        ("Reinstalled", Action::Reinstall),
        ("Removed", Action::Remove),
        ("Added", Action::Install),
    ] {
        let of_it: Vec<&Change> = changes.iter().filter(|c| c.action == action).collect();
        if of_it.is_empty() {
            continue;
        }
        println!("{title}:");
        for change in of_it {
            match &change.from {
                Some(old) => println!(
                    "  {} {} -> {}",
                    change.package.name, old.evr, change.package.evr
                ),
                None => println!("  {}", change.package),
            }
        }
    }
}
