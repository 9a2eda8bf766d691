//! Developer commands of regraft: see `cargo xtask --help`.

use std::process::{Command, ExitCode};

fn main() -> ExitCode {
    let ok = Command::new("cargo")
        .args(["test", "--workspace"])
        .status()
        .is_ok_and(|status| status.success());
    if ok {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
