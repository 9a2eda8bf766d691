//! What a script's run leaves for people to read.

use crate::nevra::Nevra;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// One script's run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ScriptLog {
    /// The package.
    pub package: Nevra,
    /// Which one: `pre`, `post`, `posttrans`, `transfiletriggerin`.
    pub script: String,
    /// What it printed, the end of it when that was much.
    pub output: String,
    /// How long it ran.
    pub duration: Duration,
    /// The paths below `/usr` and `/etc` that differ in the finished tree because of it: sorted, and
    /// each only with the script that wrote it last.
    pub written: Vec<String>,
}

impl ScriptLog {
    /// `PACKAGE.SCRIPT`.
    pub(crate) fn name(&self) -> String {
        format!("{}.{}", self.package.name, self.script)
    }
}
