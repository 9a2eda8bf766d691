//! `cargo xtask test`: what the gate runs.

use crate::net::{self, Net};
use crate::steps::Steps;
use crate::{cargo_c, chroot, docs, outside, packages, run, sandbox};
use anyhow::{Result, bail};
use std::process::{Command, ExitCode};

/// How much to test.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Also the long ones: C programs with AddressSanitizer, what is installed for release, and
    /// everything again in an empty Debian chroot
    #[arg(long)]
    all: bool,
    /// With --all: not in the chroot, which `cargo xtask chroot` does, on another machine perhaps
    #[arg(long, requires = "all")]
    without_chroot: bool,
}

/// What the test programs reported, over all of them.
#[derive(Default)]
struct Counts {
    passed: u64,
    failed: u64,
    ignored: u64,
    left_out: u64,
}

pub(crate) fn run(options: &Options) -> Result<ExitCode> {
    let mut steps = Steps::new();
    let mut counts = Counts::default();
    let ready = steps.run("system packages", packages::install_missing)
        && steps.run("sandbox", sandbox::check);
    if ready {
        checks(&mut steps);
        steps.run("doxygen", docs::run);
        steps.run("cargo test", || {
            let command = run::cargo(&[
                "test",
                "--workspace",
                "--no-fail-fast",
                "--",
                "--show-output",
            ]);
            tests(command, &mut counts)
        });
        steps.run("memcheck", || {
            tests(net::tests(Net::Memcheck)?, &mut counts)
        });
        steps.run("outside projects", || {
            outside::run(&outside::Options::short())
        });
        if options.all {
            steps.run("bad input from C", || {
                let command = run::cargo(&[
                    "test",
                    "--workspace",
                    "--test=refusals",
                    "--",
                    "--include-ignored",
                    "--show-output",
                ]);
                tests(command, &mut counts)
            });
            // A kill and each of three errors at every system call that changes anything: an hour.
            steps.run("kill points", || {
                let command = run::cargo(&[
                    "test",
                    "--workspace",
                    "--test=kill_points",
                    "--",
                    "--ignored",
                    "--test-threads=1",
                    "--show-output",
                ]);
                tests(command, &mut counts)
            });
            steps.run("outside projects: release, Rust, chroot", || {
                outside::run(&outside::Options::long())
            });
            steps.run("cargo-c", cargo_c::run);
            // The library is built once more for it, with all that it needs: some 8 minutes on two
            // cores from nothing.
            steps.run("address sanitizer", || {
                tests(net::tests(Net::Address)?, &mut counts)
            });
            if !options.without_chroot {
                steps.run("chroot", chroot::run);
            }
        }
    }
    println!("\n{steps}\n");
    if counts.ignored > 0 {
        println!("{} tests are marked #[ignore]", counts.ignored);
    }
    println!("{} tests were left out", counts.left_out);
    println!("{} passed, {} failed", counts.passed, counts.failed);
    Ok(if steps.all_ok() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn checks(steps: &mut Steps) {
    steps.run("cargo fmt", || {
        run::show(&mut run::cargo(&["fmt", "--all", "--check"]))?;
        Ok(String::new())
    });
    steps.run("cargo clippy", || {
        run::show(&mut run::cargo(&[
            "clippy",
            "--workspace",
            "--all-targets",
            "--",
            "--deny=warnings",
        ]))?;
        Ok(String::new())
    });
    steps.run("cargo doc", || {
        run::show(
            run::cargo(&["doc", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings"),
        )?;
        Ok(String::new())
    });
}

/// Runs all tests. The harness keeps what a passing test prints to itself; `--show-output` lets it
/// out so that the tests left out can be counted, and only their lines are shown.
fn tests(mut command: Command, counts: &mut Counts) -> Result<String> {
    let (before, mut of_successes) = (counts.passed, false);
    let ok = run::lines(&mut command, |line| {
        match line {
            "successes:" => of_successes = true,
            "failures:" => of_successes = false,
            _ if line.starts_with("test result: ") => of_successes = false,
            _ => {}
        }
        let left_out = line.starts_with("left out: ");
        counts.left_out += u64::from(left_out);
        counts.add(line);
        if !of_successes || left_out {
            println!("{line}");
        }
    })?;
    if !ok {
        bail!("{} tests failed, or could not be built", counts.failed);
    }
    Ok(format!("{} passed", counts.passed - before))
}

impl Counts {
    /// Reads `test result: ok. 3 passed; 0 failed; 1 ignored; ...`.
    fn add(&mut self, line: &str) {
        let Some(result) = line.strip_prefix("test result: ") else {
            return;
        };
        let result = result.split_once(". ").map_or(result, |(_, rest)| rest);
        for part in result.split(';') {
            let Some((number, what)) = part.trim().split_once(' ') else {
                continue;
            };
            let number = number.parse().unwrap_or(0);
            match what {
                "passed" => self.passed += number,
                "failed" => self.failed += number,
                "ignored" => self.ignored += number,
                _ => {}
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn results_are_summed() {
        let mut counts = Counts::default();
        counts.add("test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 3 filtered out");
        counts.add("test result: FAILED. 2 passed; 3 failed; 0 ignored; 0 measured");
        counts.add("test a::b ... ok");
        assert_eq!((counts.passed, counts.failed, counts.ignored), (14, 3, 1));
    }
}
