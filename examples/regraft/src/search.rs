//! `search` and `refresh-md`.

use crate::{Global, progress};
use clap::Args;
use regraft::Result;
use std::process::ExitCode;

/// Look for packages in the repositories.
#[derive(Args)]
pub(crate) struct Options {
    /// Words in names and summaries
    #[arg(required = true)]
    words: Vec<String>,
}

impl Options {
    pub(crate) fn run(&self, global: &Global) -> Result<ExitCode> {
        let sysroot = global.sysroot()?;
        let found = sysroot.search(&self.words, &mut progress::job(global.json))?;
        if global.json {
            println!("{:#}", serde_json::json!({ "packages": found }));
            return Ok(ExitCode::SUCCESS);
        }
        for package in found {
            println!(
                "{} ({}): {}",
                package.package, package.repo, package.summary
            );
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Get the repositories' metadata again.
pub(crate) fn refresh(global: &Global) -> Result<ExitCode> {
    let sysroot = global.sysroot()?;
    let repos = sysroot.refresh_metadata(&mut progress::job(global.json))?;
    if global.json {
        println!("{:#}", serde_json::json!({ "repos": repos }));
        return Ok(ExitCode::SUCCESS);
    }
    for repo in repos {
        println!(
            "{}: {} packages, made {}",
            repo.id, repo.packages, repo.timestamp
        );
    }
    Ok(ExitCode::SUCCESS)
}
