//! `cargo xtask headers`: `include/regraft.h` from the sources of the C ABI.
//!
//! cbindgen does it, within the test that compares the two: so it is built only where tests are. The
//! whole workspace is named, since cargo would build the dependencies anew for a part of it.

use crate::run;
use anyhow::Result;
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
