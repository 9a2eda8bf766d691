//! An update agent: it layers packages, keeps its plan in a file in between, and acts on errors by
//! what they are. `agent SYSROOT PLAN-FILE PACKAGE...`

use regraft::{Base, Error, ErrorKind, Job, Outcome, Plan, Sysroot};
use std::process::ExitCode;
use std::time::Duration;

/// What the agent cannot do anything about.
type Failure = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [sysroot, file, packages @ ..] = arguments.as_slice() else {
        eprintln!("usage: agent SYSROOT PLAN-FILE PACKAGE...");
        return ExitCode::from(2);
    };
    match layer(sysroot, file, packages) {
        Ok(outcome) => {
            println!("{outcome}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn layer(sysroot: &str, file: &str, packages: &[String]) -> Result<Outcome, Failure> {
    let sysroot = Sysroot::open(sysroot)?.wait_for_lock(Duration::from_secs(60));
    loop {
        let plan = decide(&sysroot, packages)?;
        std::fs::write(file, plan.to_json())?;
        // The agent may end here, and another one go on tomorrow.
        let plan = Plan::from_json(&std::fs::read_to_string(file)?)?;
        let mut tx = sysroot.resume(&plan);
        match tx.stage(&plan, &mut Job::new()) {
            Err(error) if error.kind() == ErrorKind::Stale => continue,
            other => return Ok(other?),
        }
    }
}

fn decide(sysroot: &Sysroot, packages: &[String]) -> Result<Plan, Failure> {
    let mut tx = sysroot.transaction(Base::Pending)?;
    tx.idempotent();
    for package in packages {
        tx.install(package);
    }
    match tx.plan(&mut Job::new()) {
        Ok(plan) => Ok(plan),
        Err(Error::Unsolvable(problems)) => {
            for problem in &problems {
                println!("{}", problem.explanation());
                for suggestion in problem.suggestions() {
                    println!("  {suggestion}");
                }
            }
            Err("these packages cannot be installed together".into())
        }
        Err(error) => Err(error.into()),
    }
}
