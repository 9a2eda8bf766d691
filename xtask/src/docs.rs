//! `cargo xtask docs`: the references of the C and C++ APIs, by doxygen, which must have nothing to
//! complain about.

use crate::run;
use anyhow::{Context, Result};
use std::fs;
use std::process::Command;

/// What is made of each: name, files, and what doxygen must take no macro or class for.
const REFERENCES: [(&str, &str, &str); 2] = [
    ("c", "include/regraft.h", "OPTIMIZE_OUTPUT_FOR_C=YES"),
    (
        "cxx",
        "include/regraft.hpp include/regraft",
        "EXCLUDE_SYMBOLS=regraft::detail* regraft::bridge* std*",
    ),
];

pub(crate) fn run() -> Result<String> {
    for (name, files, option) in REFERENCES {
        let folder = run::root().join("target/doxygen").join(name);
        fs::create_dir_all(&folder)?;
        let settings = fs::read_to_string(run::root().join("docs/Doxyfile"))
            .context("docs/Doxyfile")?
            + &format!("INPUT={files}\n{option}\nOUTPUT_DIRECTORY={folder}\n");
        let file = folder.join("Doxyfile");
        fs::write(&file, settings)?;
        run::show(
            Command::new("doxygen")
                .arg("-q")
                .arg(&file)
                .current_dir(run::root()),
        )?;
    }
    Ok("target/doxygen/{c,cxx}/html/index.html".to_owned())
}
