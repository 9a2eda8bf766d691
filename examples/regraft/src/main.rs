//! `regraft`: the reference command-line frontend. The library does the work; this turns arguments
//! into calls and values into text.

mod change;
mod compose;
mod database;
mod package;
mod progress;
mod recovery;
mod search;
mod status;

use camino::Utf8PathBuf;
use clap::{Args, Parser, Subcommand};
use regraft::Sysroot;
use std::process::ExitCode;

/// Transactions, package layering and deployments of an OSTree system.
#[derive(Parser)]
#[command(name = "regraft", version)]
struct Arguments {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Args)]
struct Global {
    /// The sysroot to work on
    #[arg(long, global = true, default_value = "/", value_name = "PATH")]
    sysroot: Utf8PathBuf,
    /// The stateroot, where there are several
    #[arg(long, global = true, value_name = "NAME")]
    os: Option<String>,
    /// Print one JSON document and nothing else
    #[arg(long, global = true)]
    json: bool,
    /// Wait this many seconds for another program to finish
    #[arg(long, global = true, default_value_t = 0, value_name = "SECONDS")]
    wait: u64,
}

impl Global {
    fn sysroot(&self) -> regraft::Result<Sysroot> {
        let sysroot =
            Sysroot::open(&self.sysroot)?.wait_for_lock(std::time::Duration::from_secs(self.wait));
        Ok(match &self.os {
            Some(name) => sysroot.stateroot(name),
            None => sysroot,
        })
    }
}

#[derive(Subcommand)]
enum Verb {
    /// Show the deployments
    Status,
    /// Layer packages
    Install(change::Install),
    /// Take layered packages back
    Uninstall(change::Uninstall),
    /// Follow the base's ref to its newest commit
    Upgrade(change::Upgrade),
    /// Change packages of the base
    #[command(subcommand)]
    Override(change::Override),
    /// Deploy a ref or commit, as the first deployment for instance
    Deploy(change::Deploy),
    /// Make the deployment before the one that boots next
    Rollback,
    /// Remove what is no longer needed
    Cleanup(change::CleanupOptions),
    /// Look for everything that is wrong with the sysroot
    Check,
    /// Remove what an interrupted call left behind
    Recover,
    /// Get the repositories' metadata again
    RefreshMd,
    /// Look for packages in the repositories
    Search(search::Options),
    /// Look into package databases
    #[command(subcommand)]
    Db(database::Verb),
    /// Look at package files
    #[command(subcommand)]
    Package(package::Verb),
    /// Make base commits
    #[command(subcommand)]
    Compose(compose::Verb),
}

/// "Nothing to do", where that was asked to be told apart.
const UNCHANGED: u8 = 77;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let global = &arguments.global;
    let result = match &arguments.verb {
        Verb::Status => status::status(global),
        Verb::Install(options) => options.run(global),
        Verb::Uninstall(options) => options.run(global),
        Verb::Upgrade(options) => options.run(global),
        Verb::Override(verb) => verb.run(global),
        Verb::Deploy(options) => options.run(global),
        Verb::Rollback => change::rollback(global),
        Verb::Cleanup(options) => options.run(global),
        Verb::Check => recovery::check(global),
        Verb::Recover => recovery::recover(global),
        Verb::RefreshMd => search::refresh(global),
        Verb::Search(options) => options.run(global),
        Verb::Db(verb) => verb.run(global),
        Verb::Package(verb) => verb.run(global),
        Verb::Compose(verb) => verb.run(global),
    };
    match result {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {}", error.to_string().replace('\n', "; "));
            ExitCode::FAILURE
        }
    }
}
