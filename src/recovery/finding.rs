//! One thing that is wrong.

use serde::Serialize;
use std::fmt;

/// What a [`Finding`] is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum FindingKind {
    /// What an interrupted call left behind.
    Leftover,
    /// libostree cannot load the sysroot.
    Sysroot,
    /// The boot menu, or one of its entries.
    BootEntry,
    /// A kernel or initramfs that a boot entry names.
    Kernel,
    /// A deployment's folder, changed by hand or gone.
    Deployment,
    /// A deployment's origin file.
    Origin,
    /// A deployment's package database.
    Database,
    /// A ref that leads nowhere.
    Reference,
    /// An object of the repository, or several that are missing.
    Object,
    /// The boot partition has no room for another kernel.
    NoRoom,
}

impl FindingKind {
    /// All of them, in the order in which they are listed.
    pub const ALL: [FindingKind; 10] = [
        FindingKind::Leftover,
        FindingKind::Sysroot,
        FindingKind::BootEntry,
        FindingKind::Kernel,
        FindingKind::Deployment,
        FindingKind::Origin,
        FindingKind::Database,
        FindingKind::Reference,
        FindingKind::Object,
        FindingKind::NoRoom,
    ];

    /// Its name, as in JSON: `boot-entry`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Leftover => "leftover",
            Self::Sysroot => "sysroot",
            Self::BootEntry => "boot-entry",
            Self::Kernel => "kernel",
            Self::Deployment => "deployment",
            Self::Origin => "origin",
            Self::Database => "database",
            Self::Reference => "reference",
            Self::Object => "object",
            Self::NoRoom => "no-room",
        }
    }
}

impl fmt::Display for FindingKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Who puts it right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mend {
    /// [`Sysroot::recover`](crate::Sysroot::recover).
    Recover,
    /// A person, as the remedy says.
    ByHand,
}

/// One thing that [`Sysroot::check`](crate::Sysroot::check) has found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    kind: FindingKind,
    object: String,
    reason: String,
    remedy: String,
    mend: Mend,
}

impl Finding {
    pub(crate) fn new(
        kind: FindingKind,
        object: impl Into<String>,
        reason: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Finding {
        Finding {
            kind,
            object: object.into(),
            reason: reason.into(),
            remedy: remedy.into(),
            mend: Mend::ByHand,
        }
    }

    /// The same, for what [`Sysroot::recover`](crate::Sysroot::recover) mends.
    pub(crate) fn mended_by_recover(self) -> Finding {
        Finding {
            mend: Mend::Recover,
            ..self
        }
    }

    /// What it is about.
    pub fn kind(&self) -> FindingKind {
        self.kind
    }

    /// Its name: a path, a deployment, a ref, an object of the repository.
    pub fn object(&self) -> &str {
        &self.object
    }

    /// What is wrong with it.
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// What to do.
    pub fn remedy(&self) -> &str {
        &self.remedy
    }

    /// Who can do that.
    pub fn mend(&self) -> Mend {
        self.mend
    }

    /// The finding as one JSON object: `kind`, `object`, `reason`, `remedy`, `mend` (`recover` or
    /// `by-hand`), and `text`, the line for people. Keys are only ever added.
    pub fn to_json(&self) -> serde_json::Value {
        let mut value = serde_json::to_value(self).expect("a finding has string keys only");
        value["text"] = self.to_string().into();
        value
    }
}

/// One line: `OBJECT: what is wrong; what to do`.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}; {}", self.object, self.reason, self.remedy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_json() {
        for kind in FindingKind::ALL {
            let finding = Finding::new(kind, "x", "y", "z").mended_by_recover();
            let json = finding.to_json();
            assert_eq!(json["kind"], kind.name());
            assert_eq!(json["mend"], "recover");
            assert_eq!(json["text"], "x: y; z");
        }
    }
}
