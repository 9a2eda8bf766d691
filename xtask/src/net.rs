//! The C programs of the tests once more, with something that watches their memory.

use crate::run;
use anyhow::{Context, Result};
use std::process::Command;

/// What watches, as `capi/tests/support/net.rs` knows it.
#[derive(Clone, Copy)]
pub(crate) enum Net {
    Address,
    Memcheck,
}

/// The tests that run such programs, but for what is about the header alone. The whole workspace is
/// named, since cargo would build the dependencies anew for a part of it.
pub(crate) fn tests(net: Net) -> Result<Command> {
    let mut command = run::cargo(&["test", "--workspace", "--no-fail-fast"]);
    let folder = run::root().join("capi/tests");
    let mut names = Vec::new();
    for entry in folder.read_dir_utf8().context("the tests of the C ABI")? {
        let path = entry?.into_path();
        let (Some("rs"), Some(name)) = (path.extension(), path.file_stem()) else {
            continue;
        };
        let text = std::fs::read_to_string(&path).with_context(|| path.to_string())?;
        if name != "header" && text.contains("support/program.rs") {
            names.push(name.to_owned());
        }
    }
    names.sort();
    for name in &names {
        command.args(["--test", name]);
    }
    command.args(["--", "--show-output"]);
    match net {
        Net::Address => command
            .arg("--include-ignored")
            .env("REGRAFT_NET", "address"),
        Net::Memcheck => command.env("REGRAFT_NET", "memcheck"),
    };
    Ok(command)
}
