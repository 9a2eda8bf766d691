//! Package identity: name, epoch, version, release, architecture, and rpm's order of versions.
//!
//! ```
//! use regraft::{Evr, Nevra};
//!
//! let git: Nevra = "git-1:2.39.5-1.fc40.x86_64".parse()?;
//! assert_eq!(git.name, "git");
//! assert_eq!(git.evr.epoch, 1);
//! assert!(git.evr > "1:2.39.5~rc1-1".parse::<Evr>()?);
//! # Ok::<(), regraft::Error>(())
//! ```

use crate::error::{Error, Result};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

/// Epoch, version and release, ordered as rpm does (`rpm-version(7)`).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Evr {
    /// The epoch; 0 where a package has none.
    pub epoch: u32,
    /// The version.
    pub version: String,
    /// The release; empty where only a version is meant (in a dependency).
    pub release: String,
}

impl Evr {
    /// From its parts.
    pub fn new(epoch: u32, version: impl Into<String>, release: impl Into<String>) -> Evr {
        Evr {
            epoch,
            version: version.into(),
            release: release.into(),
        }
    }
}

impl Evr {
    /// rpm's own comparison, to which some different texts are equal (`1.0` and `1.00`).
    pub fn compare(&self, other: &Evr) -> Ordering {
        let part = |a: &str, b: &str| {
            rpm_version::Evr::new("", a, "").cmp(&rpm_version::Evr::new("", b, ""))
        };
        self.epoch
            .cmp(&other.epoch)
            .then_with(|| part(&self.version, &other.version))
            .then_with(|| part(&self.release, &other.release))
    }
}

// Where rpm sees no difference the text decides, so that the order agrees with equality.
impl Ord for Evr {
    fn cmp(&self, other: &Evr) -> Ordering {
        self.compare(other)
            .then_with(|| self.version.cmp(&other.version))
            .then_with(|| self.release.cmp(&other.release))
    }
}

impl PartialOrd for Evr {
    fn partial_cmp(&self, other: &Evr) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Evr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.epoch > 0 {
            write!(f, "{}:", self.epoch)?;
        }
        f.write_str(&self.version)?;
        if !self.release.is_empty() {
            write!(f, "-{}", self.release)?;
        }
        Ok(())
    }
}

impl FromStr for Evr {
    type Err = Error;

    /// From `[EPOCH:]VERSION[-RELEASE]`.
    fn from_str(text: &str) -> Result<Evr> {
        let wrong = |reason: &str| Error::InvalidArgument {
            argument: "EVR",
            value: text.to_owned(),
            reason: reason.to_owned(),
        };
        let (epoch, rest) = match text.split_once(':') {
            Some((epoch, rest)) => (
                epoch
                    .parse()
                    .map_err(|_| wrong("the epoch must be a number"))?,
                rest,
            ),
            None => (0, text),
        };
        let (version, release) = rest.rsplit_once('-').unwrap_or((rest, ""));
        if version.is_empty() {
            return Err(wrong("it needs a version"));
        }
        Ok(Evr::new(epoch, version, release))
    }
}

/// Name, EVR and architecture of one package, ordered by name, then EVR, then architecture.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Nevra {
    /// The name.
    pub name: String,
    /// Epoch, version and release.
    pub evr: Evr,
    /// The architecture, `noarch` included.
    pub arch: String,
}

impl Nevra {
    /// From its parts.
    pub fn new(name: impl Into<String>, evr: Evr, arch: impl Into<String>) -> Nevra {
        Nevra {
            name: name.into(),
            evr,
            arch: arch.into(),
        }
    }
}

/// `NAME-[EPOCH:]VERSION-RELEASE.ARCH`; an epoch of 0 is not written.
impl fmt::Display for Nevra {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}.{}", self.name, self.evr, self.arch)
    }
}

impl FromStr for Nevra {
    type Err = Error;

    /// From `NAME-[EPOCH:]VERSION-RELEASE.ARCH`.
    fn from_str(text: &str) -> Result<Nevra> {
        let parts = || {
            let (rest, arch) = text.rsplit_once('.')?;
            let (rest, release) = rest.rsplit_once('-')?;
            let (name, version) = rest.rsplit_once('-')?;
            let complete = ![name, version, release, arch]
                .iter()
                .any(|part| part.is_empty());
            complete.then_some((name, version, release, arch))
        };
        let (name, version, release, arch) = parts().ok_or_else(|| Error::InvalidArgument {
            argument: "NEVRA",
            value: text.to_owned(),
            reason: "it must be NAME-[EPOCH:]VERSION-RELEASE.ARCH".to_owned(),
        })?;
        let mut evr: Evr = version.parse()?;
        evr.release = release.to_owned();
        Ok(Nevra::new(name, evr, arch))
    }
}

impl Serialize for Nevra {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Nevra {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Nevra, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_is_rpms() {
        // From rpm-version(7) and rpm's own test suite.
        let table = [
            ("1.0", "1.0", Ordering::Equal),
            ("1.0", "2.0", Ordering::Less),
            ("2.0.1a", "2.0.1", Ordering::Greater),
            ("5.5p1", "5.5p10", Ordering::Less),
            ("1.0~rc1", "1.0", Ordering::Less),
            ("1.0^git1", "1.0", Ordering::Greater),
            ("1.0^git1", "1.01", Ordering::Less),
            ("10.0001", "10.1", Ordering::Equal),
            ("1:0.1", "9", Ordering::Greater),
            ("1-2", "1-10", Ordering::Less),
        ];
        for (a, b, expected) in table {
            let (a, b): (Evr, Evr) = (a.parse().unwrap(), b.parse().unwrap());
            assert_eq!(a.compare(&b), expected, "{a} and {b}");
            assert_eq!(b.compare(&a), expected.reverse(), "{b} and {a}");
        }
    }

    #[test]
    fn text_and_value_agree() {
        for text in [
            "git-1:2.39.5-1.fc40.x86_64",
            "gcc-c++-12-1~deb.i686",
            "a-b-1-2.noarch",
        ] {
            let nevra: Nevra = text.parse().unwrap();
            assert_eq!(nevra.to_string(), text);
            let json = serde_json::to_string(&nevra).unwrap();
            assert_eq!(serde_json::from_str::<Nevra>(&json).unwrap(), nevra);
        }
        for text in [
            "",
            "git",
            "git.x86_64",
            "git-1.x86_64",
            "git-1-.x",
            "-1-1.x",
            "a-x:1-1.x",
        ] {
            assert!(text.parse::<Nevra>().is_err(), "{text:?}");
        }
    }
}
