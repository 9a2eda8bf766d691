//! Developer commands of regraft: see `cargo xtask --help`.
//!
//! This crate needs no native library, so that it can be built before the system packages that the
//! rest needs are there; the first step of most commands installs those.

mod bench;
mod packages;
mod run;
mod steps;
mod test;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Developer commands of regraft")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Install the system packages that are missing
    Setup,
    /// Measure what layering costs on bases of two sizes, as in benches/README.md
    Bench,
    /// Check the sources and run every test
    Test(test::Options),
}

fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Setup => packages::install_missing().map(|said| {
            println!("{said}");
            ExitCode::SUCCESS
        }),
        Command::Bench => bench::run(),
        Command::Test(options) => test::run(&options),
    };
    result.unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}
