//! Building the libraries, and finding what cargo made.

use crate::run;
use anyhow::{Context, Result, bail};
use camino::{Utf8Path, Utf8PathBuf};
use std::fs;
use std::process::Command;

/// What the installed files are made of.
pub(super) struct Built {
    pub(super) c_shared: Utf8PathBuf,
    /// As rustc makes it: all symbols of all that is in it are global.
    pub(super) c_static: Utf8PathBuf,
    pub(super) cxx_shared: Utf8PathBuf,
    /// What the build script of the C++ API has made: headers, and the library of the C++ side.
    pub(super) bridge: Utf8PathBuf,
    /// `-l` options for who links the static library.
    pub(super) native: Vec<String>,
}

/// What cargo says about one thing that it made.
struct Made {
    package: String,
    files: Vec<Utf8PathBuf>,
    folder: Option<Utf8PathBuf>,
}

/// Builds everything. A debug build takes the words of the tests that need the libraries, as other
/// ones would select other features, and build the dependencies again.
pub(super) fn build(debug: bool) -> Result<Built> {
    let mut command = run::cargo(&["build", "--message-format=json-render-diagnostics", "--lib"]);
    if debug {
        command.args(["--workspace", "--test=header"]);
    } else {
        command.args([
            "--release",
            "--package=regraft-capi",
            "--package=regraft-cxx",
        ]);
    }
    let mut made = Vec::new();
    let built = run::lines(&mut command, |line| made.extend(Made::parse(line)))?;
    if !built {
        bail!("the libraries cannot be built");
    }
    let file = |package: &str, what: &str, fits: fn(&Utf8Path) -> bool| {
        made.iter()
            .filter(|one| one.package == package)
            .flat_map(|one| &one.files)
            .find(|file| fits(file))
            .cloned()
            .with_context(|| format!("cargo made no {what} of {package}"))
    };
    let shared = |file: &Utf8Path| file.extension() == Some("so");
    let archive = |file: &Utf8Path| file.extension() == Some("a");
    let crate_file = |file: &Utf8Path| file.extension() == Some("rlib");
    let bridge = made
        .iter()
        .filter(|one| one.package == "regraft-cxx")
        .find_map(|one| one.folder.clone())
        .context("cargo ran no build script of regraft-cxx")?;
    Ok(Built {
        c_shared: file("regraft-capi", "shared library", shared)?,
        c_static: file("regraft-capi", "static library", archive)?,
        cxx_shared: file("regraft-cxx", "shared library", shared)?,
        bridge,
        native: native(&file("regraft", "crate", crate_file)?)?,
    })
}

impl Made {
    fn parse(line: &str) -> Option<Made> {
        let message: serde_json::Value = serde_json::from_str(line).ok()?;
        let id = message["package_id"].as_str()?;
        let files = message["filenames"].as_array().into_iter().flatten();
        Some(Made {
            package: package_name(id).to_owned(),
            files: files
                .filter_map(|file| file.as_str().map(Utf8PathBuf::from))
                .collect(),
            folder: message["out_dir"].as_str().map(Utf8PathBuf::from),
        })
    }
}

/// `path+file:///a/capi#regraft-capi@0.1.0`, or `path+file:///a/regraft#0.1.0`, where the folder has
/// the package's name.
fn package_name(id: &str) -> &str {
    let (place, rest) = id.rsplit_once('#').unwrap_or(("", id));
    match rest.split_once('@') {
        Some((name, _)) => name,
        None => place.rsplit('/').next().unwrap_or(place),
    }
}

/// rustc itself tells what a static library needs, of one that is made of the library and no more.
fn native(library: &Utf8Path) -> Result<Vec<String>> {
    let folder = tempfile::tempdir()?;
    let source = folder.path().join("all.rs");
    fs::write(&source, "extern crate regraft as _;\n")?;
    // It lies beside its dependencies, or where cargo was asked for it by name, above them.
    let beside = library.parent().context("a file lies in a folder")?;
    let dependencies = match beside.file_name() {
        Some("deps") => beside.to_owned(),
        _ => beside.join("deps"),
    };
    let mut command = Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
    command
        .args([
            "--edition=2024",
            "--crate-type=staticlib",
            "--print=native-static-libs",
        ])
        .arg(format!("--extern=regraft={library}"))
        .arg(format!("-Ldependency={dependencies}"))
        .arg("--out-dir")
        .arg(folder.path())
        .arg(&source);
    let output = command.output().context("cannot start rustc")?;
    let said = String::from_utf8_lossy(&output.stderr);
    let list = said
        .lines()
        .find_map(|line| line.strip_prefix("note: native-static-libs: "))
        .with_context(|| format!("rustc names no native libraries: {said}"))?;
    Ok(last_of_each(list))
}

/// One library is named by all who need it: the last of its places comes after all of them.
fn last_of_each(list: &str) -> Vec<String> {
    let all: Vec<&str> = list.split_whitespace().collect();
    all.iter()
        .enumerate()
        .filter(|(at, option)| !all[at + 1..].contains(option))
        .map(|(_, option)| (*option).to_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_named() {
        for (id, name) in [
            ("path+file:///a/capi#regraft-capi@0.1.0", "regraft-capi"),
            ("path+file:///a/regraft#0.1.0", "regraft"),
            ("path+file:///a/main#regraft@0.1.0", "regraft"),
            ("registry+https://b/index#cxx@1.0.205", "cxx"),
        ] {
            assert_eq!(package_name(id), name);
        }
    }

    #[test]
    fn libraries_are_named_once() {
        assert_eq!(last_of_each("-la -lb -la -lc -lb"), ["-la", "-lc", "-lb"]);
    }
}
