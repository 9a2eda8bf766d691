//! What packages provide, require, conflict with and obsolete.
//!
//! ```
//! use regraft::{Dependency, Sense};
//!
//! let glibc: Dependency = "glibc >= 2.36".parse()?;
//! assert_eq!((glibc.name.as_str(), glibc.sense), ("glibc", Sense::GREATER | Sense::EQUAL));
//! assert_eq!(glibc.to_string(), "glibc >= 2.36");
//! # Ok::<(), regraft::Error>(())
//! ```

use crate::error::{Error, Result};
use serde::{Serialize, Serializer};
use std::fmt;
use std::ops::BitOr;
use std::str::FromStr;

/// The comparison of a dependency, as a set of bits; the values are those of rpm's `RPMSENSE`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Sense(u32);

impl Sense {
    /// Any version.
    pub const ANY: Sense = Sense(0);
    /// Less than.
    pub const LESS: Sense = Sense(0x02);
    /// Greater than.
    pub const GREATER: Sense = Sense(0x04);
    /// Equal to.
    pub const EQUAL: Sense = Sense(0x08);

    /// The comparison bits of rpm's `*FLAGS` tags; the other bits say where a dependency is from.
    pub fn from_rpm_flags(flags: u32) -> Sense {
        Sense(flags & 0x0e)
    }

    /// rpm's bits.
    pub fn bits(self) -> u32 {
        self.0
    }

    fn operator(self) -> &'static str {
        match self.0 {
            0x02 => "<",
            0x04 => ">",
            0x06 => "<>",
            0x08 => "=",
            0x0a => "<=",
            0x0c => ">=",
            _ => "",
        }
    }
}

impl BitOr for Sense {
    type Output = Sense;

    fn bitor(self, other: Sense) -> Sense {
        Sense(self.0 | other.0)
    }
}

/// One entry of a package's Provides, Requires, Conflicts, Obsoletes, Recommends and so on.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Dependency {
    /// A package name, a capability (`libc.so.6()(64bit)`), a path, or a rich dependency in
    /// parentheses.
    pub name: String,
    /// How the version compares.
    pub sense: Sense,
    /// `[EPOCH:]VERSION[-RELEASE]`; empty with [`Sense::ANY`].
    pub version: String,
}

impl fmt::Display for Dependency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        match self.sense.operator() {
            "" => Ok(()),
            operator => write!(f, " {operator} {}", self.version),
        }
    }
}

impl FromStr for Dependency {
    type Err = Error;

    /// From `NAME` or `NAME OPERATOR VERSION`, the operator one of `< <= = >= >`; a text that
    /// begins with a parenthesis is a rich dependency, kept as it is.
    fn from_str(text: &str) -> Result<Dependency> {
        let any = |name: &str| Dependency {
            name: name.to_owned(),
            sense: Sense::ANY,
            version: String::new(),
        };
        if text.starts_with('(') {
            return Ok(any(text));
        }
        let parts: Vec<&str> = text.split_whitespace().collect();
        let sense = |operator: &str| match operator {
            "<" => Some(Sense::LESS),
            "<=" => Some(Sense::LESS | Sense::EQUAL),
            "=" => Some(Sense::EQUAL),
            ">=" => Some(Sense::GREATER | Sense::EQUAL),
            ">" => Some(Sense::GREATER),
            _ => None,
        };
        match parts[..] {
            [name] => Ok(any(name)),
            [name, operator, version] if sense(operator).is_some() => Ok(Dependency {
                name: name.to_owned(),
                sense: sense(operator).unwrap_or_default(),
                version: version.to_owned(),
            }),
            _ => Err(Error::InvalidArgument {
                argument: "dependency",
                value: text.to_owned(),
                reason: "it must be NAME or NAME OPERATOR VERSION".to_owned(),
            }),
        }
    }
}

impl Serialize for Dependency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_value_agree() {
        for text in [
            "bash",
            "a < 1",
            "b <= 1:2-3",
            "c = 1",
            "d >= 2",
            "e > 3",
            "(a if b)",
        ] {
            assert_eq!(text.parse::<Dependency>().unwrap().to_string(), text);
        }
        for text in ["", "a >=", "a ~ 1", "a b"] {
            assert!(text.parse::<Dependency>().is_err(), "{text:?}");
        }
    }
}
