//! What libraries show to others.
//!
//! A static library of rustc's holds SQLite, zstd and more, all of whose symbols are global: a program
//! that also links librpm would give it this SQLite, and not the one that librpm was made with. So
//! everything is linked into one object, and what is not the C ABI becomes local to it.

use crate::run;
use anyhow::{Context, Result, bail};
use camino::{Utf8Path, Utf8PathBuf};
use object::Object;
use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

/// The symbols that a shared library defines for others.
pub(super) fn exported(library: &Utf8Path) -> Result<BTreeSet<String>> {
    let bytes = fs::read(library).with_context(|| format!("cannot read {library}"))?;
    let file = object::File::parse(&*bytes).with_context(|| format!("cannot read {library}"))?;
    let exports = file.exports()?;
    Ok(exports
        .iter()
        .map(|export| String::from_utf8_lossy(export.name()).into_owned())
        .collect())
}

/// Fails where one does not begin as it must.
pub(super) fn only(exported: &BTreeSet<String>, starts: &[&str], library: &Utf8Path) -> Result<()> {
    let others: Vec<&str> = exported
        .iter()
        .map(String::as_str)
        .filter(|name| !starts.iter().any(|start| name.starts_with(start)))
        .collect();
    if exported.is_empty() || !others.is_empty() {
        bail!(
            "{library} exports {} symbols, and these are not its own: {others:?}",
            exported.len()
        );
    }
    Ok(())
}

/// The name under which programs will look for the library.
pub(super) fn soname(library: &Utf8Path) -> Result<String> {
    let said = run::output(Command::new("objdump").arg("-p").arg(library))?;
    let name = said
        .lines()
        .find_map(|line| line.trim().strip_prefix("SONAME"))
        .with_context(|| format!("{library} has no SONAME"))?;
    Ok(name.trim().to_owned())
}

/// Makes, in the folder `work`, an archive of one object that defines just these symbols.
pub(super) fn closed(
    raw: &Utf8Path,
    symbols: &BTreeSet<String>,
    work: &Utf8Path,
) -> Result<Utf8PathBuf> {
    let (open, list) = (work.join("open.o"), work.join("symbols"));
    let (object, archive) = (work.join("regraft.o"), work.join("libregraft.a"));
    // What the symbols do not need is left out: it may name functions that an older libostree does
    // not have. Section groups are dissolved, since the linker keeps one of each name in a program,
    // and a symbol that has become local cannot go over to another library's.
    let mut linker = Command::new("ld");
    linker.args(["-r", "--gc-sections", "--force-group-allocation", "-o"]);
    linker.arg(&open);
    for symbol in symbols {
        linker.arg(format!("--undefined={symbol}"));
    }
    run::show(linker.arg(raw))?;
    let lines: String = symbols.iter().map(|symbol| format!("{symbol}\n")).collect();
    fs::write(&list, lines)?;
    // The standard library brings LLVM's bitcode of it along, which is of no use here, and which
    // binutils' plugin of another LLVM takes for its own and fails on.
    run::show(
        Command::new("objcopy")
            .arg(format!("--keep-global-symbols={list}"))
            .args(["--remove-section=.llvmbc", "--remove-section=.llvmcmd"])
            .args([&open, &object]),
    )?;
    run::show(Command::new("ar").args(["rcsD", archive.as_str(), object.as_str()]))?;
    let kept = globals(&object)?;
    if kept != *symbols {
        bail!("{raw} does not define just the symbols of the C ABI: {kept:?}");
    }
    Ok(archive)
}

/// The symbols that an object defines for other objects.
fn globals(object: &Utf8Path) -> Result<BTreeSet<String>> {
    let said = run::output(
        Command::new("nm")
            .args(["--extern-only", "--defined-only", "--format=posix"])
            .arg(object),
    )?;
    Ok(said
        .lines()
        .filter_map(|line| Some(line.split_once(' ')?.0.to_owned()))
        .collect())
}
