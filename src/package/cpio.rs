//! The archive inside a package: cpio's "newc" format, and what rpm made of it for large files.
//!
//! ```text
//! 070701   13 numbers of 8 hexadecimal digits, name with NUL, padding, content, padding
//! 070702   the same with a checksum, which rpm never uses
//! 07070X   index of the file in the header, 8 digits, padding; the header says the rest
//! ```
//!
//! Padding is to multiples of four. The last entry is called `TRAILER!!!`.

use crate::error::{Error, Result};
use std::io::Read;

/// The longest path that makes sense (Linux' PATH_MAX).
const NAME_MAX: u64 = 4096;

/// What stands before an entry's content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Head {
    /// A complete description.
    Named {
        /// The path as in the archive.
        name: String,
        /// File type and permissions.
        mode: u32,
        /// Bytes of content.
        size: u64,
    },
    /// A place in the header's list of files; how much content follows is known from there.
    Indexed(u64),
}

/// Reads an archive from front to back.
pub(crate) struct Cpio<R> {
    source: R,
    position: u64,
    /// Content of the present entry that has not been read.
    left: u64,
    object: String,
}

impl<R: Read> Cpio<R> {
    /// `object` names the package in errors.
    pub(crate) fn new(source: R, object: &str) -> Cpio<R> {
        Cpio {
            source,
            position: 0,
            left: 0,
            object: object.to_owned(),
        }
    }

    /// The next entry, `None` at the end; what is left of the present one is passed over. After
    /// [`Head::Indexed`] the caller says with [`Cpio::expect`] how much content follows.
    pub(crate) fn next(&mut self) -> Result<Option<Head>> {
        self.skip_content()?;
        self.pad()?;
        let mut magic = [0; 6];
        self.fill(&mut magic)?;
        match &magic {
            b"070701" | b"070702" => {}
            b"07070X" => {
                let mut digits = [0; 8];
                self.fill(&mut digits)?;
                let index = self.number(&digits)?;
                self.pad()?;
                return Ok(Some(Head::Indexed(index)));
            }
            _ => return Err(self.corrupt("its payload has no archive entry where one should be")),
        }
        let mut digits = [0; 13 * 8];
        self.fill(&mut digits)?;
        let field = |place: usize| self.number(&digits[place * 8..][..8]);
        let (mode, size, name_size) = (field(1)? as u32, field(6)?, field(11)?);
        if name_size == 0 || name_size > NAME_MAX {
            return Err(self.corrupt(&format!("its payload has a path of {name_size} bytes")));
        }
        let mut name = vec![0; name_size as usize];
        self.fill(&mut name)?;
        self.pad()?;
        if name.pop() != Some(0) || name.contains(&0) {
            return Err(self.corrupt("its payload has a path without an end"));
        }
        let name = String::from_utf8(name)
            .map_err(|_| Error::unsupported("a path that is not UTF-8", &self.object))?;
        if name == "TRAILER!!!" {
            return Ok(None);
        }
        self.left = size;
        Ok(Some(Head::Named { name, mode, size }))
    }

    /// The content that follows an indexed entry has `size` bytes.
    pub(crate) fn expect(&mut self, size: u64) {
        self.left = size;
    }

    /// Bytes of the present entry's content not read yet.
    pub(crate) fn left(&self) -> u64 {
        self.left
    }

    fn skip_content(&mut self) -> Result<()> {
        let mut buffer = [0; 8192];
        while self.left > 0 {
            if self
                .read(&mut buffer)
                .map_err(|error| self.broken(&error))?
                == 0
            {
                return Err(self.corrupt("the payload is truncated"));
            }
        }
        Ok(())
    }

    fn pad(&mut self) -> Result<()> {
        let count = (4 - self.position % 4) % 4;
        let mut padding = [0; 4];
        self.fill(&mut padding[..count as usize])
    }

    fn fill(&mut self, buffer: &mut [u8]) -> Result<()> {
        self.source
            .read_exact(buffer)
            .map_err(|error| self.broken(&error))?;
        self.position += buffer.len() as u64;
        Ok(())
    }

    fn number(&self, digits: &[u8]) -> Result<u64> {
        let text = std::str::from_utf8(digits).unwrap_or_default();
        let plain = text.bytes().all(|digit| digit.is_ascii_hexdigit());
        match u64::from_str_radix(text, 16) {
            Ok(number) if plain => Ok(number),
            _ => Err(self.corrupt("a number in the payload is malformed")),
        }
    }

    /// What a failing read of a compressed stream means.
    fn broken(&self, error: &std::io::Error) -> Error {
        self.corrupt(&format!("its payload cannot be read ({error})"))
    }

    fn corrupt(&self, reason: &str) -> Error {
        Error::corrupt(&self.object, reason)
    }
}

/// The content of the present entry.
impl<R: Read> Read for Cpio<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let most = buffer
            .len()
            .min(usize::try_from(self.left).unwrap_or(usize::MAX));
        let count = self.source.read(&mut buffer[..most])?;
        if count == 0 && most > 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        self.left -= count as u64;
        self.position += count as u64;
        Ok(count)
    }
}
