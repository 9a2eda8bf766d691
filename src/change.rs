//! What crosses the layers as plain data: package changes, problems, conflicts.
//!
//! ```
//! use regraft::{Action, Change};
//!
//! let changes: Vec<Change> = Vec::new(); // from Plan::changes or RpmdbDiff
//! let new = changes.iter().filter(|change| change.action == Action::Install).count();
//! assert_eq!(new, 0);
//! ```

use crate::nevra::Nevra;
use serde::ser::SerializeStruct;
use serde::{Deserialize, Serialize, Serializer};
use std::fmt;

/// What happens to a package.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Action {
    /// It is added.
    Install,
    /// It replaces an older version.
    Upgrade,
    /// It replaces a newer version.
    Downgrade,
    /// It replaces a package of the same version with other content.
    Reinstall,
    /// It is taken out.
    Remove,
}

impl Action {
    /// The action's name, as in the plan's table and in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Install => "install",
            Self::Upgrade => "upgrade",
            Self::Downgrade => "downgrade",
            Self::Reinstall => "reinstall",
            Self::Remove => "remove",
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Why a package changes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Reason {
    /// The user asked for this name, capability, path or file.
    Requested(String),
    /// This package needs it.
    RequiredBy(Nevra),
    /// This package recommends it.
    RecommendedBy(Nevra),
    /// This package replaces it.
    ObsoletedBy(Nevra),
    /// The user asked to remove it from the base.
    Removed,
    /// The user asked to replace it.
    Replaced,
    /// The new base brings it (or no longer has it).
    Base,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Requested(what) => write!(f, "requested: {what}"),
            Self::RequiredBy(package) => write!(f, "required by {}", package.name),
            Self::RecommendedBy(package) => write!(f, "recommended by {}", package.name),
            Self::ObsoletedBy(package) => write!(f, "obsoleted by {}", package.name),
            Self::Removed => f.write_str("removal requested"),
            Self::Replaced => f.write_str("replacement requested"),
            Self::Base => f.write_str("base"),
        }
    }
}

/// One package change. In JSON it has its line as `text`, too.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize)]
#[non_exhaustive]
pub struct Change {
    /// What happens.
    pub action: Action,
    /// The package that is there afterwards, or for a removal the one that no longer is.
    pub package: Nevra,
    /// For an upgrade, downgrade or reinstall: the package that is there before.
    pub from: Option<Nevra>,
    /// The repository that the package comes from; `None` for a local file, a removal, the base.
    pub repo: Option<String>,
    /// Bytes to download; 0 when the package is local, cached or removed.
    pub download_size: u64,
    /// Bytes that the package's files take, by its header; for a removal those that are freed.
    pub installed_size: u64,
    /// Why.
    pub reason: Reason,
}

impl Change {
    /// A change of which nothing but the packages and the reason is known.
    pub fn new(action: Action, package: Nevra, from: Option<Nevra>, reason: Reason) -> Change {
        Change {
            action,
            package,
            from,
            repo: None,
            download_size: 0,
            installed_size: 0,
            reason,
        }
    }
}

impl Serialize for Change {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut change = serializer.serialize_struct("Change", 8)?;
        change.serialize_field("action", &self.action)?;
        change.serialize_field("package", &self.package)?;
        change.serialize_field("from", &self.from)?;
        change.serialize_field("repo", &self.repo)?;
        change.serialize_field("download_size", &self.download_size)?;
        change.serialize_field("installed_size", &self.installed_size)?;
        change.serialize_field("reason", &self.reason)?;
        change.serialize_field("text", &self.to_string())?;
        change.end()
    }
}

/// One line: action, package, what it replaces, where it is from and why.
impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.action, self.package)?;
        if let Some(from) = &self.from {
            write!(f, " from {}", from.evr)?;
        }
        if let Some(repo) = &self.repo {
            write!(f, " ({repo})")?;
        }
        write!(f, ", {}", self.reason)
    }
}

/// One reason why a request cannot be satisfied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    explanation: String,
    suggestions: Vec<String>,
}

impl Problem {
    /// From its words.
    pub fn new(explanation: impl Into<String>, suggestions: Vec<String>) -> Problem {
        Problem {
            explanation: explanation.into(),
            suggestions,
        }
    }

    /// What is wrong, naming the packages: `nothing provides libfoo.so.1 needed by foo-1-1.x86_64`.
    pub fn explanation(&self) -> &str {
        &self.explanation
    }

    /// Each line is one way out: `do not install foo`.
    pub fn suggestions(&self) -> &[String] {
        &self.suggestions
    }
}

/// One path for which two owners have different content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conflict {
    /// The path in the tree, beginning with `/`.
    pub path: String,
    /// The package that has it already; `None` for a file of the base that no package owns.
    pub first: Option<Nevra>,
    /// The package that wants it, too.
    pub second: Nevra,
}

impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.first {
            Some(first) => write!(f, "{} is in both {first} and {}", self.path, self.second),
            None => write!(f, "{} of {} is in the base already", self.path, self.second),
        }
    }
}
