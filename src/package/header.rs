//! An RPM header: an index of tags over a store of values.
//!
//! The same structure holds a package's metadata in a `.rpm` file, its signatures, and its row in
//! an rpmdb (there without the magic). All numbers are big endian:
//!
//! ```text
//! magic    8e ad e8 01 00 00 00 00      (not in an rpmdb)
//! il, dl   number of index entries, bytes of data
//! index    il × (tag, type, offset into data, count)
//! data     dl bytes
//! ```
//!
//! The format is described in rpm's `docs/manual/format_header.md`. What is read here was written
//! by strangers: each entry's place and length are checked once, when the header is parsed, so that
//! the accessors cannot fail; they answer nothing for a tag that is absent or of another type.

use crate::dependency::{Dependency, Sense};
use crate::error::{Error, Result};
use crate::nevra::{Evr, Nevra};
use crate::package::tag::{self, Tag};
use std::collections::BTreeMap;
use std::io::Read;

/// The bytes before a header in a file.
pub(crate) const MAGIC: [u8; 8] = [0x8e, 0xad, 0xe8, 0x01, 0, 0, 0, 0];

/// The most index entries that rpm accepts (`HEADER_TAGS_MAX` in its `header.c`).
const ENTRIES_MAX: usize = 65_535;

/// The most bytes of data that rpm accepts (`HEADER_DATA_MAX`).
const DATA_MAX: usize = 0x0fff_ffff;

/// The most that is accepted of one header.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    entries: u32,
    data: u32,
}

impl Bounds {
    /// A package's main header.
    pub(crate) const MAIN: Bounds = Bounds {
        entries: ENTRIES_MAX as u32,
        data: DATA_MAX as u32,
    };

    /// A signature header: rpm accepts this much (`hdrblobRead` in its `header.c`).
    pub(crate) const SIGNATURE: Bounds = Bounds {
        entries: 32,
        data: 64 * 1024 * 1024,
    };
}

/// How values are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Nothing.
    Null,
    /// Bytes, as text of one character each.
    Char,
    /// Numbers of one byte.
    Int8,
    /// Numbers of two bytes.
    Int16,
    /// Numbers of four bytes.
    Int32,
    /// Numbers of eight bytes.
    Int64,
    /// One string.
    String,
    /// Bytes.
    Bin,
    /// Strings.
    StringArray,
    /// One string in several languages; the first is the untranslated one.
    I18nString,
}

impl Kind {
    fn from_number(number: u32) -> Option<Kind> {
        Some(match number {
            0 => Self::Null,
            1 => Self::Char,
            2 => Self::Int8,
            3 => Self::Int16,
            4 => Self::Int32,
            5 => Self::Int64,
            6 => Self::String,
            7 => Self::Bin,
            8 => Self::StringArray,
            9 => Self::I18nString,
            _ => return None,
        })
    }

    /// rpm's number of it.
    pub(crate) fn number(self) -> u32 {
        match self {
            Self::Null => 0,
            Self::Char => 1,
            Self::Int8 => 2,
            Self::Int16 => 3,
            Self::Int32 => 4,
            Self::Int64 => 5,
            Self::String => 6,
            Self::Bin => 7,
            Self::StringArray => 8,
            Self::I18nString => 9,
        }
    }

    /// Bytes of one value; `None` for strings, which end with a NUL.
    pub(crate) fn width(self) -> Option<usize> {
        match self {
            Self::Null => Some(0),
            Self::Char | Self::Int8 | Self::Bin => Some(1),
            Self::Int16 => Some(2),
            Self::Int32 => Some(4),
            Self::Int64 => Some(8),
            Self::String | Self::StringArray | Self::I18nString => None,
        }
    }
}

/// One tag's place in the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) tag: Tag,
    pub(crate) kind: Kind,
    pub(crate) count: usize,
    /// Where its values begin in the data.
    pub(crate) offset: usize,
    /// How many bytes they take.
    pub(crate) length: usize,
}

/// A parsed header, with the bytes that it was parsed from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Header {
    blob: Vec<u8>,
    data: usize,
    entries: Vec<Entry>,
    by_tag: BTreeMap<Tag, usize>,
}

impl Header {
    /// From an rpmdb's blob: no magic, and nothing after the data. `object` names it in errors.
    pub(crate) fn parse(blob: &[u8], object: &str) -> Result<Header> {
        let size = Header::size_of(blob, object)?;
        if size != blob.len() {
            let reason = format!("a header of {size} bytes in {}", blob.len());
            return Err(Error::corrupt(object, reason));
        }
        Header::parse_owned(blob.to_vec(), object)
    }

    /// The bytes that a header takes whose first eight (without magic) are given.
    pub(crate) fn size_of(start: &[u8], object: &str) -> Result<usize> {
        let (Some(il), Some(dl)) = (u32_at(start, 0), u32_at(start, 4)) else {
            return Err(Error::corrupt(object, "the header is truncated"));
        };
        let (il, dl) = (il as usize, dl as usize);
        if il == 0 || il > ENTRIES_MAX || dl > DATA_MAX {
            let reason = format!("a header of {il} tags and {dl} bytes is out of bounds");
            return Err(Error::corrupt(object, reason));
        }
        Ok(8 + il * 16 + dl)
    }

    /// From an rpmdb's blob a header that has these tags alone: no others are looked at, which is
    /// much faster. It cannot be written.
    pub(crate) fn extract(blob: &[u8], tags: &[Tag], object: &str) -> Result<Header> {
        let size = Header::size_of(blob, object)?;
        if size != blob.len() {
            let reason = format!("a header of {size} bytes in {}", blob.len());
            return Err(Error::corrupt(object, reason));
        }
        let il = u32_at(blob, 0).unwrap_or(0) as usize;
        let (index, data) = blob.split_at(8 + il * 16);
        let mut entries = Vec::with_capacity(tags.len());
        let mut by_tag = BTreeMap::new();
        let mut region = il;
        let mut values = Vec::new();
        for (place, bytes) in index[8..].chunks_exact(16).enumerate() {
            let tag = u32_at(bytes, 0).unwrap_or(0);
            if place == 0 && is_region(tag) {
                let first = [entry(bytes, data, object)?];
                check_region(&first, il, data, object)?;
                region = region_length(&first, il, data);
            }
            if !tags.contains(&tag) {
                continue;
            }
            let mut entry = entry(bytes, data, object)?;
            let value = &data[entry.offset..][..entry.length];
            entry.offset = values.len();
            values.extend(value);
            if place >= region {
                by_tag.insert(tag, entries.len());
            } else {
                by_tag.entry(tag).or_insert(entries.len());
            }
            entries.push(entry);
        }
        Ok(Header {
            blob: values,
            data: 0,
            entries,
            by_tag,
        })
    }

    fn parse_owned(blob: Vec<u8>, object: &str) -> Result<Header> {
        let il = u32_at(&blob, 0).unwrap_or(0) as usize;
        let start = 8 + il * 16;
        let mut entries = Vec::with_capacity(il);
        let mut by_tag = BTreeMap::new();
        let (index, data) = blob.split_at(start);
        let mut end = 0;
        for (place, bytes) in index[8..].chunks_exact(16).enumerate() {
            let entry = entry(bytes, data, object)?;
            // The first entry may be a region, whose data (the trailer) is the region's end. All
            // others follow each other, as rpm demands too: this keeps the work here linear.
            if !(place == 0 && is_region(entry.tag)) {
                let valid = (tag::HEADER_I18NTABLE..=i32::MAX as u32).contains(&entry.tag);
                if entry.offset < end || entry.length == 0 || !valid {
                    let reason = format!("tag {} is invalid, overlaps or is empty", entry.tag);
                    return Err(Error::corrupt(object, reason));
                }
                end = entry.offset + entry.length;
            }
            entries.push(entry);
        }
        check_region(&entries, il, data, object)?;
        let region = region_length(&entries, il, data);
        for (place, entry) in entries.iter().enumerate() {
            // What was added beside the signed region replaces what is in it.
            if place >= region {
                by_tag.insert(entry.tag, place);
            } else {
                by_tag.entry(entry.tag).or_insert(place);
            }
        }
        Ok(Header {
            blob,
            data: start,
            entries,
            by_tag,
        })
    }

    /// Reads one header with its magic from a file, and no byte more. What is damaged ends in an
    /// error before memory is taken for it.
    pub(crate) fn read(source: &mut impl Read, bounds: Bounds, object: &str) -> Result<Header> {
        let mut start = [0; 16];
        let truncated = |_| Error::corrupt(object, "the header is truncated");
        source.read_exact(&mut start).map_err(truncated)?;
        if start[..8] != MAGIC {
            return Err(Error::corrupt(object, "no header where one should be"));
        }
        let size = Header::size_of(&start[8..], object)?;
        let number = |place| u32_at(&start, place).unwrap_or(u32::MAX);
        let (il, dl) = (number(8), number(12));
        if il > bounds.entries || dl > bounds.data {
            let reason = format!("a header of {il} tags and {dl} bytes is out of bounds");
            return Err(Error::corrupt(object, reason));
        }
        let mut blob = start[8..].to_vec();
        let rest = (size - 8) as u64;
        source
            .take(rest)
            .read_to_end(&mut blob)
            .map_err(Error::io("read", object))?;
        if blob.len() != size {
            return Err(Error::corrupt(object, "the header is truncated"));
        }
        Header::parse_owned(blob, object)
    }

    /// All of it, as an rpmdb stores it: without magic.
    pub(crate) fn blob(&self) -> &[u8] {
        &self.blob
    }

    /// The entries in the order of the index, region tags included.
    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// An entry's bytes.
    pub(crate) fn data(&self, entry: &Entry) -> &[u8] {
        &self.blob[self.data + entry.offset..][..entry.length]
    }

    /// The first entry of a tag.
    pub(crate) fn entry(&self, tag: Tag) -> Option<&Entry> {
        self.by_tag.get(&tag).map(|place| &self.entries[*place])
    }

    /// Whether the tag is there, whatever its type.
    pub(crate) fn has(&self, tag: Tag) -> bool {
        self.by_tag.contains_key(&tag)
    }

    /// Binary data.
    pub(crate) fn bytes(&self, tag: Tag) -> Option<&[u8]> {
        let entry = self.entry(tag)?;
        matches!(entry.kind, Kind::Bin | Kind::Char | Kind::Int8).then(|| self.data(entry))
    }

    /// Strings as they are: one for a string, the first one for a translated string.
    pub(crate) fn raw_strings(&self, tag: Tag) -> Vec<&[u8]> {
        let Some(entry) = self.entry(tag).filter(|entry| entry.kind.width().is_none()) else {
            return Vec::new();
        };
        let strings = self.data(entry).split(|byte| *byte == 0);
        match entry.kind {
            Kind::StringArray => strings.take(entry.count).collect(),
            _ => strings.take(1).collect(),
        }
    }

    /// Strings; bytes that are no UTF-8 become replacement characters.
    pub(crate) fn strings(&self, tag: Tag) -> Vec<String> {
        self.raw_strings(tag)
            .into_iter()
            .map(|bytes| String::from_utf8_lossy(bytes).into_owned())
            .collect()
    }

    /// The first string.
    pub(crate) fn string(&self, tag: Tag) -> Option<String> {
        let strings = self.raw_strings(tag);
        let first = strings.first()?;
        Some(String::from_utf8_lossy(first).into_owned())
    }

    /// Numbers of any width.
    pub(crate) fn numbers(&self, tag: Tag) -> Vec<u64> {
        let Some(entry) = self.entry(tag) else {
            return Vec::new();
        };
        let data = self.data(entry);
        match entry.kind {
            Kind::Char | Kind::Int8 => data.iter().map(|byte| u64::from(*byte)).collect(),
            Kind::Int16 | Kind::Int32 | Kind::Int64 => data
                .chunks_exact(entry.kind.width().unwrap_or(1))
                .map(|bytes| {
                    bytes
                        .iter()
                        .fold(0, |sum, byte| sum << 8 | u64::from(*byte))
                })
                .collect(),
            _ => Vec::new(),
        }
    }

    /// Numbers of 32 bits.
    pub(crate) fn u32s(&self, tag: Tag) -> Vec<u32> {
        self.numbers(tag).into_iter().map(|n| n as u32).collect()
    }

    /// The first number.
    pub(crate) fn number(&self, tag: Tag) -> Option<u64> {
        self.numbers(tag).first().copied()
    }

    /// Name, epoch, version, release and architecture.
    pub(crate) fn nevra(&self, object: &str) -> Result<Nevra> {
        let part = |tag, what: &str| {
            let text = self.raw_strings(tag).first().and_then(|bytes| {
                let text = std::str::from_utf8(bytes).ok()?;
                let plain = !text.is_empty() && !text.contains(['/', '\n']);
                plain.then(|| text.to_owned())
            });
            text.ok_or_else(|| Error::corrupt(object, format!("it has no valid {what}")))
        };
        // A public key in an rpmdb is a package without an architecture.
        let arch = match self.has(tag::ARCH) {
            true => part(tag::ARCH, "architecture")?,
            false => "noarch".to_owned(),
        };
        let evr = Evr::new(
            self.number(tag::EPOCH).unwrap_or(0) as u32,
            part(tag::VERSION, "version")?,
            part(tag::RELEASE, "release")?,
        );
        Ok(Nevra::new(part(tag::NAME, "name")?, evr, arch))
    }

    /// One of the lists of dependencies, `rpmlib(...)` included, in the header's order, with rpm's
    /// flags as they are.
    pub(crate) fn dependencies(&self, list: &tag::DependencyTags) -> Vec<(Dependency, u32)> {
        let versions = self.strings(list.version);
        let flags = self.u32s(list.flags);
        self.strings(list.name)
            .into_iter()
            .enumerate()
            .map(|(place, name)| {
                let flags = flags.get(place).copied().unwrap_or(0);
                let sense = Sense::from_rpm_flags(flags);
                let version = match sense {
                    Sense::ANY => String::new(),
                    _ => versions.get(place).cloned().unwrap_or_default(),
                };
                let dependency = Dependency {
                    name,
                    sense,
                    version,
                };
                (dependency, flags)
            })
            .collect()
    }
}

/// Whether a tag marks a region: the entries that were there when the package was built.
fn is_region(tag: Tag) -> bool {
    (tag::HEADER_IMAGE..=tag::HEADER_IMMUTABLE).contains(&tag)
}

/// Where the first entry is a region, its data is a trailer that repeats the tag and says how many
/// entries belong to the region.
fn check_region(entries: &[Entry], il: usize, data: &[u8], object: &str) -> Result<()> {
    let Some(first) = entries.first().filter(|entry| is_region(entry.tag)) else {
        return Ok(());
    };
    let wrong = |reason: &str| Err(Error::corrupt(object, format!("its region {reason}")));
    if first.kind != Kind::Bin || first.count != REGION_TRAILER {
        return wrong("has no trailer");
    }
    let trailer = &data[first.offset..][..REGION_TRAILER];
    let field = |place| u32_at(trailer, place).unwrap_or(0);
    // A signature header may have the tag of an image in its trailer (an old rpm's habit).
    let tag = field(0);
    if tag != first.tag && !(first.tag == tag::HEADER_SIGNATURES && tag == tag::HEADER_IMAGE) {
        return wrong("ends with another tag");
    }
    let size = 0_u32.wrapping_sub(field(8)) as usize;
    if field(4) != Kind::Bin.number()
        || field(12) as usize != REGION_TRAILER
        || !size.is_multiple_of(16)
    {
        return wrong("has a malformed trailer");
    }
    if size == 0 || size / 16 > il {
        return wrong("is larger than the header");
    }
    Ok(())
}

/// Bytes of a region's trailer: an index entry.
const REGION_TRAILER: usize = 16;

/// How many of the first entries the region covers, as its trailer says; all, where there is none.
fn region_length(entries: &[Entry], il: usize, data: &[u8]) -> usize {
    let trailer = entries
        .first()
        .filter(|first| is_region(first.tag))
        .and_then(|first| u32_at(data, first.offset + 8));
    match trailer {
        // It holds minus the size of the index entries.
        Some(size) if size != 0 => (size.wrapping_neg() / 16) as usize,
        _ => il,
    }
}

/// Checks one index entry and measures its values.
fn entry(bytes: &[u8], data: &[u8], object: &str) -> Result<Entry> {
    let field = |place| u32_at(bytes, place).unwrap_or(0);
    let tag = field(0);
    let wrong = |reason: &str| Error::corrupt(object, format!("tag {tag} {reason}"));
    let kind = Kind::from_number(field(4)).ok_or_else(|| wrong("has an unknown type"))?;
    let (offset, count) = (field(8) as usize, field(12) as usize);
    let values = data.get(offset..).ok_or_else(|| wrong("lies outside"))?;
    if count > data.len() {
        return Err(wrong("has more values than there are bytes"));
    }
    if kind == Kind::String && count != 1 {
        return Err(wrong("is one string, and not one"));
    }
    let length = match kind.width() {
        Some(width) if width > 1 && offset % width != 0 => return Err(wrong("is not aligned")),
        Some(width) => width * count,
        None => {
            strings_length(values, count).ok_or_else(|| wrong("has a string without an end"))?
        }
    };
    if length > values.len() {
        return Err(wrong("reaches outside"));
    }
    Ok(Entry {
        tag,
        kind,
        count,
        offset,
        length,
    })
}

/// The bytes that `count` strings take, their final NULs included.
fn strings_length(values: &[u8], count: usize) -> Option<usize> {
    let mut length = 0;
    for _ in 0..count {
        length += values[length..].iter().position(|byte| *byte == 0)? + 1;
    }
    Some(length)
}

fn u32_at(bytes: &[u8], place: usize) -> Option<u32> {
    let bytes = bytes.get(place..place + 4)?;
    Some(u32::from_be_bytes(bytes.try_into().ok()?))
}
