//! `cargo xtask headers`: `include/regraft.h` from the sources of the C ABI; `cargo xtask abi`: the
//! record of what that header declares.
//!
//! cbindgen makes the header, within the test that compares the two: so it is built only where tests are. The
//! whole workspace is named, since cargo would build the dependencies anew for a part of it.

use crate::{abi, run};
use anyhow::{Result, bail};
use std::fs;
use std::process::ExitCode;

pub(crate) fn run() -> Result<ExitCode> {
    run::show(
        run::cargo(&[
            "test",
            "--quiet",
            "--workspace",
            "--test=header",
            "the_header_is_current",
        ])
        .env("REGRAFT_WRITE_HEADER", "1"),
    )?;
    Ok(ExitCode::SUCCESS)
}

/// What may happen to the record of the C ABI.
#[derive(clap::Args)]
pub(crate) struct AbiOptions {
    /// Also where functions, types or constants that programs use are gone or changed
    #[arg(long = "break")]
    may_break: bool,
}

/// Writes the record that `capi/tests/abi.rs` keeps. What only adds to it needs no leave.
pub(crate) fn abi(options: &AbiOptions) -> Result<String> {
    let record = run::root().join("capi/regraft.abi");
    let header = fs::read_to_string(run::root().join("include/regraft.h"))?;
    let now = abi::describe(&header).map_err(anyhow::Error::msg)?;
    if record.exists() && !options.may_break {
        let before = fs::read_to_string(&record)?;
        if let Err(broken) = abi::only_grew(&before, &now) {
            bail!("{broken}\nprograms break; --break writes it all the same");
        }
    }
    fs::write(&record, &now)?;
    Ok(format!("{record} has {} lines", now.lines().count()))
}
