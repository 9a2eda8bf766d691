//! Developer commands of regraft: see `cargo xtask --help`.
//!
//! This crate needs no native library, so that it can be built before the system packages that the
//! rest needs are there; the first step of most commands installs those.

#[path = "../../capi/tests/support/abi.rs"]
mod abi;
mod bench;
mod cargo_c;
mod chroot;
mod demo;
mod docs;
mod headers;
#[path = "../../tests/support/http.rs"]
#[allow(dead_code, missing_docs, unreachable_pub, clippy::unwrap_used)]
mod http;
mod install;
mod net;
mod outside;
mod packages;
mod realos;
mod reproduce;
mod run;
mod sandbox;
mod steps;
mod test;
mod vm;

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
    /// Run demo and tests in an empty Debian, as a new user does
    Chroot,
    /// Run the main job on a real OS: compose, deploy, layer, upgrade, roll back
    Demo(demo::Options),
    /// Make the references of the C and C++ APIs
    Docs,
    /// Make include/regraft.h from the sources of the C ABI
    Headers,
    /// Make capi/regraft.abi, the record of the C ABI that a test keeps, from include/regraft.h
    Abi(headers::AbiOptions),
    /// Install headers, libraries and what build systems need for C and C++ programs
    Install(install::Options),
    /// Build and run the programs of tests/outside against installed files
    Outside(outside::Options),
    /// Install the system packages that are missing
    Setup,
    /// Show that the same transaction gives the same tree, or what differs and why
    Reproduce,
    /// Make a real OS as RPM repositories
    Realos(realos::Options),
    /// Measure what layering costs on bases of two sizes, as in benches/README.md
    Bench(bench::Options),
    /// Check the sources and run every test
    Test(test::Options),
    /// Boot real machines and use regraft in them
    #[command(subcommand)]
    Vm(vm::Verb),
}

fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Setup => say(packages::install_missing()),
        Command::Docs => say(docs::run()),
        Command::Headers => headers::run(),
        Command::Abi(options) => say(headers::abi(&options)),
        Command::Install(options) => say(install::run(&options)),
        Command::Outside(options) => say(outside::run(&options)),
        Command::Chroot => say(chroot::run()),
        Command::Demo(options) => demo::run(&options),
        Command::Reproduce => reproduce::run(),
        Command::Realos(options) => realos::run(&options),
        Command::Bench(options) => bench::run(&options),
        Command::Test(options) => test::run(&options),
        Command::Vm(verb) => vm::run(&verb),
    };
    result.unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}

fn say(result: anyhow::Result<String>) -> anyhow::Result<ExitCode> {
    println!("{}", result?);
    Ok(ExitCode::SUCCESS)
}
