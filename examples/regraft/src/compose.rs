//! `compose tree`.

use crate::{Global, progress};
use camino::Utf8PathBuf;
use clap::{Args, Subcommand};
use regraft::{Compose, Result, Signature, Treefile};
use std::process::ExitCode;

/// Make base commits.
#[derive(Subcommand)]
pub(crate) enum Verb {
    /// Compose a treefile
    Tree(Tree),
}

/// Compose a treefile.
#[derive(Args)]
pub(crate) struct Tree {
    /// The treefile
    treefile: Utf8PathBuf,
    /// The repository that gets the commit
    #[arg(long, short)]
    repo: Utf8PathBuf,
    /// Keep imported packages and metadata here
    #[arg(long)]
    cachedir: Option<Utf8PathBuf>,
    /// Where the .repo files are; by default beside the treefile
    #[arg(long)]
    repos_dir: Option<Utf8PathBuf>,
    /// Sign the commit with this OpenPGP key
    #[arg(long, value_name = "KEY")]
    gpg_sign: Option<String>,
    /// GnuPG's folder with that key
    #[arg(long, value_name = "FOLDER")]
    gpg_homedir: Option<Utf8PathBuf>,
    /// Commit even if nothing has changed
    #[arg(long)]
    force_nocache: bool,
    /// Take packages without a trusted signature
    #[arg(long)]
    no_gpg_check: bool,
}

impl Verb {
    pub(crate) fn run(&self, global: &Global) -> Result<ExitCode> {
        let Self::Tree(options) = self;
        let mut compose = Compose::new(Treefile::read(&options.treefile)?, &options.repo);
        if let Some(folder) = &options.cachedir {
            compose.cache(folder);
        }
        if let Some(folder) = &options.repos_dir {
            compose.repos_dir(folder);
        }
        if let Some(key) = &options.gpg_sign {
            compose.sign(key, options.gpg_homedir.as_deref());
        }
        if options.force_nocache {
            compose.force();
        }
        if options.no_gpg_check {
            compose.signatures(Signature::NotRequired);
        }
        let composed = compose.run(&mut progress::job(global.json))?;
        if global.json {
            let document = serde_json::json!({
                "ref": composed.reference,
                "checksum": composed.checksum,
                "version": composed.version,
                "packages": composed.packages,
                "unchanged": composed.unchanged,
            });
            println!("{document:#}");
        } else {
            for script in &composed.scripts {
                for line in script.output.lines() {
                    println!("{}.{}: {line}", script.package.name, script.script);
                }
            }
            println!("{composed}");
        }
        Ok(ExitCode::SUCCESS)
    }
}
