//! The SHA-256 name of an object.

use crate::error::{Error, Result};
use std::fmt;
use std::str::FromStr;

/// The checksum of an OSTree object.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Checksum([u8; 32]);

impl Checksum {
    pub(crate) fn from_bytes(bytes: &[u8], object: &str) -> Result<Checksum> {
        Checksum::from_slice(bytes)
            .ok_or_else(|| Error::corrupt(object, format!("a checksum of {} bytes", bytes.len())))
    }

    pub(crate) fn from_slice(bytes: &[u8]) -> Option<Checksum> {
        Some(Checksum(bytes.try_into().ok()?))
    }

    pub(crate) fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    pub(crate) fn hex(&self) -> String {
        self.to_string()
    }
}

impl fmt::Display for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Checksum {
    type Err = Error;

    fn from_str(text: &str) -> Result<Checksum> {
        let wrong = || Error::InvalidArgument {
            argument: "checksum",
            value: text.to_owned(),
            reason: "it must be 64 hexadecimal digits".to_owned(),
        };
        let digit = |byte: u8| char::from(byte).to_digit(16).ok_or_else(wrong);
        let text = text.as_bytes();
        if text.len() != 64 {
            return Err(wrong());
        }
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(text.chunks_exact(2)) {
            *byte = (digit(pair[0])? << 4 | digit(pair[1])?) as u8;
        }
        Ok(Checksum(bytes))
    }
}
