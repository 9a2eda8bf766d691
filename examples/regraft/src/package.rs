//! `package show` and `package verify`.

use crate::Global;
use camino::Utf8PathBuf;
use clap::Subcommand;
use regraft::{Keyring, Package, Result, Signature};
use std::process::ExitCode;

/// Look at package files.
#[derive(Subcommand)]
pub(crate) enum Verb {
    /// What a package says of itself
    Show {
        /// The .rpm file
        file: Utf8PathBuf,
    },
    /// Check digests and signature
    Verify {
        /// The .rpm files
        #[arg(required = true)]
        files: Vec<Utf8PathBuf>,
        /// Files with trusted OpenPGP keys
        #[arg(long = "key", value_name = "FILE")]
        keys: Vec<Utf8PathBuf>,
        /// Digests are enough
        #[arg(long)]
        no_gpg_check: bool,
    },
}

impl Verb {
    pub(crate) fn run(&self, global: &Global) -> Result<ExitCode> {
        match self {
            Self::Show { file } => show(global, &Package::open(file)?)?,
            Self::Verify {
                files,
                keys,
                no_gpg_check,
            } => {
                let mut keyring = Keyring::new();
                for key in keys {
                    keyring.add_file(key)?;
                }
                let signature = match no_gpg_check {
                    true => Signature::NotRequired,
                    false => Signature::Required,
                };
                let mut documents = Vec::new();
                for file in files {
                    let verified = Package::open(file)?.verify(&keyring, signature)?;
                    if global.json {
                        let text = verified.to_string();
                        documents.push(serde_json::json!({ "file": file, "verified": text }));
                    } else {
                        println!("{file}: {verified}");
                    }
                }
                if global.json {
                    println!("{:#}", serde_json::json!({ "packages": documents }));
                }
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn show(global: &Global, package: &Package) -> Result<()> {
    let files = package.files()?;
    if global.json {
        let texts = |list: Vec<regraft::Dependency>| -> Vec<String> {
            list.iter().map(ToString::to_string).collect()
        };
        let document = serde_json::json!({
            "nevra": package.nevra(),
            "summary": package.summary(),
            "license": package.license(),
            "url": package.url(),
            "build-time": package.build_time(),
            "installed-size": package.installed_size(),
            "provides": texts(package.provides()),
            "requires": texts(package.requires()),
            "files": files.iter().map(|file| &file.path).collect::<Vec<_>>(),
        });
        println!("{document:#}");
        return Ok(());
    }
    println!("{}", package.nevra());
    println!("  summary: {}", package.summary());
    println!("  license: {}", package.license());
    println!("  installed size: {} bytes", package.installed_size());
    for dependency in package.requires() {
        println!("  requires: {dependency}");
    }
    for file in files {
        println!("  {}", file.path);
    }
    Ok(())
}
