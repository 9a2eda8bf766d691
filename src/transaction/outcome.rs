//! What staging did.

use crate::script::ScriptLog;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What a writing call did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
#[non_exhaustive]
pub enum Outcome {
    /// A new deployment, finished when the machine shuts down.
    Staged {
        /// Its identifier.
        id: String,
        /// What scripts printed.
        scripts: Vec<ScriptLog>,
        /// Objects that were written to the repository for it.
        objects: u64,
    },
    /// A new deployment, or an old one that is first again, which boots next.
    Deployed {
        /// Its identifier.
        id: String,
        /// What scripts printed.
        scripts: Vec<ScriptLog>,
        /// Objects that were written to the repository for it.
        objects: u64,
    },
    /// Everything was as wanted already.
    Unchanged,
}

impl Outcome {
    /// The new deployment's identifier; `None` when nothing changed.
    pub fn id(&self) -> Option<&str> {
        match self {
            Self::Staged { id, .. } | Self::Deployed { id, .. } => Some(id),
            Self::Unchanged => None,
        }
    }

    /// What scripts printed, in the order in which they ran.
    pub fn scripts(&self) -> &[ScriptLog] {
        match self {
            Self::Staged { scripts, .. } | Self::Deployed { scripts, .. } => scripts,
            Self::Unchanged => &[],
        }
    }

    /// What happened as one JSON object: `kind` (`staged`, `deployed` or `unchanged`), `id`,
    /// `scripts`, `objects`, and `text`, the line for people. Keys are only ever added.
    pub fn to_json(&self) -> serde_json::Value {
        let mut value = serde_json::to_value(self).expect("an outcome has string keys only");
        value["text"] = self.to_string().into();
        value
    }
}

/// One line: `staged ID for the next boot`, `deployed ID` or `nothing to do`.
impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Staged { id, .. } => write!(f, "staged {id} for the next boot"),
            Self::Deployed { id, .. } => write!(f, "deployed {id}"),
            Self::Unchanged => f.write_str("nothing to do"),
        }
    }
}
