//! The header that an rpmdb stores for a package.
//!
//! rpm keeps the package's main header as it was signed, and puts beside it what it knows more:
//!
//! ```text
//! index    region tag, the signed entries …, added entries in the order of their tags
//! data     the signed data, region trailer,  added data, each value aligned
//! ```
//!
//! Added are the tags of the signature header (some under another number), the time, transaction
//! and color of the installation, the state of each file, and for very old packages what rpm makes
//! of them (a file list with directories, a versioned provide of the package's own name). A header
//! from before rpm 4 has no region; it gets one, called image instead of immutable.
//!
//! What `rpm` would refuse to read from its database is refused here first.

use crate::error::{Error, Result};
use crate::package::header::{Header, Kind, MAGIC};
use crate::package::tag::{self, Tag};
use std::collections::BTreeMap;

/// The bytes before the signature header.
const LEAD: usize = 96;

/// The first bytes of a lead.
const LEAD_MAGIC: [u8; 4] = [0xed, 0xab, 0xee, 0xdb];

/// rpm takes no larger header from its database (`headerMaxbytes`).
const BLOB_MAX: usize = 256 * 1024 * 1024;

/// The most values of one tag that rpm takes from a signature header.
const SIGNATURE_VALUES_MAX: usize = 16 * 1024 * 1024;

/// The bytes of a region's trailer, which looks like an index entry.
const TRAILER: usize = 16;

/// What became of one file of an installed package: rpm's `RPMFILE_STATE_*`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FileState(pub(crate) u8);

impl FileState {
    /// It is there.
    pub(crate) const NORMAL: FileState = FileState(0);
    /// It was left out (documentation, other languages).
    pub(crate) const NOT_INSTALLED: FileState = FileState(2);
}

/// One package to be added to a database.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NewPackage<'a> {
    /// The bytes of its lead, signature header and main header, as in `rpmostree.metadata`.
    pub(crate) metadata: &'a [u8],
    /// The state of each file, in the header's order; empty when all are normal.
    pub(crate) states: &'a [FileState],
    /// rpm's transaction color: which word sizes the system has (3: both, 0: does not matter).
    pub(crate) color: u32,
}

/// When, and by which transaction, packages are installed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Installation {
    /// Seconds since 1970.
    pub(crate) time: u32,
    /// The transaction's number.
    pub(crate) tid: u32,
}

/// A value that is added beside the region.
pub(crate) struct Value {
    pub(crate) kind: Kind,
    pub(crate) count: usize,
    pub(crate) bytes: Vec<u8>,
}

impl Value {
    pub(crate) fn number(number: u32) -> Value {
        Value::numbers(&[number])
    }

    pub(crate) fn numbers(numbers: &[u32]) -> Value {
        Value {
            kind: Kind::Int32,
            count: numbers.len(),
            bytes: numbers.iter().flat_map(|n| n.to_be_bytes()).collect(),
        }
    }

    pub(crate) fn string(text: &[u8]) -> Value {
        Value {
            kind: Kind::String,
            ..Value::strings(&[text])
        }
    }

    pub(crate) fn strings(texts: &[&[u8]]) -> Value {
        Value {
            kind: Kind::StringArray,
            count: texts.len(),
            bytes: texts
                .iter()
                .flat_map(|text| text.iter().copied().chain([0]))
                .collect(),
        }
    }
}

type Added = BTreeMap<Tag, Value>;

/// A tag of the signature header and what it becomes.
struct Merge {
    from: Tag,
    to: Tag,
    kind: Kind,
    /// How many values it must have; 0 for any number.
    count: usize,
    /// Whether a main header may have it, when the signature header has not.
    either: bool,
}

const fn merge(from: Tag, to: Tag, kind: Kind, count: usize, either: bool) -> Merge {
    Merge {
        from,
        to,
        kind,
        count,
        either,
    }
}

/// rpm's list (`xlateTags` in its `package.c`).
const MERGES: [Merge; 15] = [
    merge(tag::signature::SIZE, tag::SIGSIZE, Kind::Int32, 1, false),
    merge(tag::signature::PGP, tag::SIGPGP, Kind::Bin, 0, false),
    merge(tag::signature::MD5, tag::SIGMD5, Kind::Bin, 16, false),
    merge(tag::signature::GPG, tag::SIGGPG, Kind::Bin, 0, false),
    merge(
        tag::signature::PAYLOADSIZE,
        tag::ARCHIVESIZE,
        Kind::Int32,
        1,
        true,
    ),
    merge(
        tag::signature::FILESIGNATURES,
        tag::FILESIGNATURES,
        Kind::StringArray,
        0,
        true,
    ),
    merge(
        tag::signature::FILESIGNATURELENGTH,
        tag::FILESIGNATURELENGTH,
        Kind::Int32,
        1,
        true,
    ),
    same(tag::VERITYSIGNATURES, Kind::StringArray, 0),
    same(tag::VERITYSIGNATUREALGO, Kind::Int32, 1),
    same(tag::SHA1HEADER, Kind::String, 1),
    same(tag::SHA256HEADER, Kind::String, 1),
    same(tag::DSAHEADER, Kind::Bin, 0),
    same(tag::RSAHEADER, Kind::Bin, 0),
    same(tag::LONGSIGSIZE, Kind::Int64, 1),
    same(tag::LONGARCHIVESIZE, Kind::Int64, 1),
];

const fn same(number: Tag, kind: Kind, count: usize) -> Merge {
    merge(number, number, kind, count, false)
}

/// Makes the stored header of a package. `object` names the package in errors.
pub(crate) fn stored_header(
    package: &NewPackage<'_>,
    installation: Installation,
    object: &str,
) -> Result<Header> {
    let (signature, main) = split(package.metadata, object)?;
    let region = check(&main, object)?;
    let mut added = Added::new();
    merge_signature(&mut added, &signature, &main, object)?;
    retrofit(&mut added, &main, region, object)?;
    let files = match added.get(&tag::BASENAMES) {
        Some(names) => names.count,
        None => main.entry(tag::BASENAMES).map_or(0, |names| names.count),
    };
    if !package.states.is_empty() && package.states.len() != files {
        let message = format!("{} file states for {files} files", package.states.len());
        return Err(Error::Internal(message));
    }
    if files > 0 {
        if let Some(prefixes) = main
            .entry(tag::PREFIXES)
            .filter(|_| !main.has(tag::INSTPREFIXES))
        {
            // Where a relocatable package went: where it belongs.
            let value = Value {
                kind: prefixes.kind,
                count: prefixes.count,
                bytes: main.data(prefixes).to_vec(),
            };
            added.insert(tag::INSTPREFIXES, value);
        }
        let bytes = match package.states {
            [] => vec![FileState::NORMAL.0; files],
            states => states.iter().map(|state| state.0).collect(),
        };
        let states = Value {
            kind: Kind::Char,
            count: files,
            bytes,
        };
        added.insert(tag::FILESTATES, states);
    }
    added.insert(tag::INSTALLTIME, Value::number(installation.time));
    added.insert(tag::INSTALLTID, Value::number(installation.tid));
    added.insert(tag::INSTALLCOLOR, Value::number(package.color));
    let blob = export(&main, region, &added);
    if blob.len() >= BLOB_MAX {
        return Err(Error::corrupt(object, "its header is too large"));
    }
    Header::parse(&blob, object)
}

/// The signature header and the main header.
fn split(metadata: &[u8], object: &str) -> Result<(Header, Header)> {
    if !metadata.starts_with(&LEAD_MAGIC) {
        return Err(Error::corrupt(object, "it does not begin as an RPM does"));
    }
    let rest = metadata.get(LEAD..).unwrap_or_default();
    let (signature, size) = header(rest, object)?;
    // The main header begins at a multiple of eight.
    let rest = rest.get(size.next_multiple_of(8)..).unwrap_or_default();
    let (main, size) = header(rest, object)?;
    if size != rest.len() {
        let reason = format!("{} bytes follow the header", rest.len() - size);
        return Err(Error::corrupt(object, reason));
    }
    Ok((signature, main))
}

/// A header with its magic, and the bytes of both.
fn header(bytes: &[u8], object: &str) -> Result<(Header, usize)> {
    let Some(bytes) = bytes.strip_prefix(&MAGIC) else {
        return Err(Error::corrupt(object, "a header has no magic"));
    };
    let size = Header::size_of(bytes, object)?;
    let Some(blob) = bytes.get(..size) else {
        return Err(Error::corrupt(object, "a header is truncated"));
    };
    Ok((Header::parse(blob, object)?, MAGIC.len() + size))
}

/// Whether a main header has the region of rpm 4, or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Region {
    Immutable,
    None,
}

/// Checks what rpm checks when it reads a header, from a file or from its database.
fn check(main: &Header, object: &str) -> Result<Region> {
    let wrong = |reason: &str| Error::corrupt(object, format!("in its header, {reason}"));
    let size = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    let il = main.entries().len();
    let dl = main.blob().len() - 8 - il * TRAILER;
    let (region, entries) = match main.entries() {
        [first, rest @ ..] if first.tag == tag::HEADER_IMMUTABLE => {
            let mut trailer = Vec::with_capacity(TRAILER);
            trailer.extend(tag::HEADER_IMMUTABLE.to_be_bytes());
            trailer.extend(Kind::Bin.number().to_be_bytes());
            trailer.extend(size(il * TRAILER).wrapping_neg().to_be_bytes());
            trailer.extend(size(TRAILER).to_be_bytes());
            let place = first.kind == Kind::Bin
                && first.count == TRAILER
                && first.offset + TRAILER == dl
                && main.data(first) == trailer;
            if !place {
                return Err(wrong("the region is not all of it"));
            }
            (Region::Immutable, rest)
        }
        entries => (Region::None, entries),
    };
    let mut end = 0;
    for entry in entries {
        if entry.tag < tag::HEADER_I18NTABLE {
            return Err(wrong("a region is out of place"));
        }
        if entry.length == 0 || (entry.kind == Kind::String && entry.count != 1) {
            return Err(wrong(&format!("tag {} has no value", entry.tag)));
        }
        end = align(end, entry.kind);
        if entry.offset != end {
            return Err(wrong(&format!("tag {} is out of place", entry.tag)));
        }
        end += entry.length;
    }
    let trailer = match region {
        Region::Immutable => TRAILER,
        Region::None => 0,
    };
    match end + trailer == dl {
        true => Ok(region),
        false => Err(wrong("data belongs to no tag")),
    }
}

fn align(offset: usize, kind: Kind) -> usize {
    match kind.width() {
        Some(width) if width > 1 => offset.next_multiple_of(width),
        _ => offset,
    }
}

fn merge_signature(
    added: &mut Added,
    signature: &Header,
    main: &Header,
    object: &str,
) -> Result<()> {
    for merge in &MERGES {
        let entry = signature.entry(merge.from);
        if main.has(merge.to) {
            if merge.either && entry.is_none() {
                continue;
            }
            let reason = format!("tag {} is in its header already", merge.to);
            return Err(Error::corrupt(object, reason));
        }
        let Some(entry) = entry else { continue };
        let count = match merge.count {
            0 => (1..=SIGNATURE_VALUES_MAX).contains(&entry.count),
            count => entry.count == count,
        };
        if entry.kind != merge.kind || !count {
            let reason = format!("signature tag {} has a wrong type or size", merge.from);
            return Err(Error::corrupt(object, reason));
        }
        let value = Value {
            kind: entry.kind,
            count: entry.count,
            bytes: signature.data(entry).to_vec(),
        };
        added.insert(merge.to, value);
    }
    Ok(())
}

/// What rpm adds to packages that were built by its early versions.
fn retrofit(added: &mut Added, main: &Header, region: Region, object: &str) -> Result<()> {
    if main.has(tag::OLDFILENAMES) && !main.has(tag::DIRNAMES) {
        let names = main.raw_strings(tag::OLDFILENAMES);
        let files = FileList::of(&names);
        if !main.has(tag::SOURCERPM) && files.dirs == [b"".as_slice()] {
            return Err(Error::unsupported("installing a source package", object));
        }
        if !names.is_empty() {
            added.insert(tag::DIRINDEXES, Value::numbers(&files.places));
            added.insert(tag::BASENAMES, Value::strings(&files.bases));
            added.insert(tag::DIRNAMES, Value::strings(&files.dirs));
        }
    }
    if !main.has(tag::SOURCERPM) {
        // Source packages have one directory without a name.
        let source =
            main.has(tag::SOURCEPACKAGE) || main.raw_strings(tag::DIRNAMES) == [b"".as_slice()];
        if source {
            return Err(Error::unsupported("installing a source package", object));
        }
        added.insert(tag::SOURCERPM, Value::string(b"(none)"));
    }
    if region == Region::None {
        provide_itself(added, main);
    }
    Ok(())
}

/// A list of paths as directories, names, and which name is in which directory.
struct FileList<'a> {
    dirs: Vec<&'a [u8]>,
    bases: Vec<&'a [u8]>,
    places: Vec<u32>,
}

impl<'a> FileList<'a> {
    /// As rpm does it: the directories are searched as if they were sorted, which they are not
    /// always; then some are there twice.
    fn of(names: &[&'a [u8]]) -> FileList<'a> {
        if names.first().is_some_and(|name| !name.starts_with(b"/")) {
            return FileList {
                dirs: vec![b""],
                bases: names.to_vec(),
                places: vec![0; names.len()],
            };
        }
        let mut list = FileList {
            dirs: Vec::new(),
            bases: Vec::new(),
            places: Vec::new(),
        };
        for name in names {
            let slash = name.iter().rposition(|byte| *byte == b'/');
            let (dir, base) = name.split_at(slash.map_or(0, |slash| slash + 1));
            let place = search(&list.dirs, dir).unwrap_or_else(|| {
                list.dirs.push(dir);
                list.dirs.len() - 1
            });
            list.places.push(u32::try_from(place).unwrap_or(u32::MAX));
            list.bases.push(base);
        }
        list
    }
}

/// C's `bsearch`, which on an unsorted list finds or misses the same as there.
fn search(dirs: &[&[u8]], dir: &[u8]) -> Option<usize> {
    let (mut low, mut high) = (0, dirs.len());
    while low < high {
        let middle = low + (high - low) / 2;
        match dir.cmp(dirs[middle]) {
            std::cmp::Ordering::Less => high = middle,
            std::cmp::Ordering::Equal => return Some(middle),
            std::cmp::Ordering::Greater => low = middle + 1,
        }
    }
    None
}

/// Until rpm 3.0.4, packages provided their own name and version without saying so.
fn provide_itself(added: &mut Added, main: &Header) {
    const EQUAL: u32 = 8;
    const SENSES: u32 = 15;
    let text = |tag| main.raw_strings(tag).first().copied();
    let (Some(name), Some(version), Some(release)) =
        (text(tag::NAME), text(tag::VERSION), text(tag::RELEASE))
    else {
        return;
    };
    let epoch = main.number(tag::EPOCH).map(|epoch| format!("{epoch}:"));
    let mut evr = epoch.unwrap_or_default().into_bytes();
    evr.extend(version.iter().chain(b"-").chain(release));

    let mut names = main.raw_strings(tag::PROVIDENAME);
    let mut versions = main.raw_strings(tag::PROVIDEVERSION);
    let mut flags = main.u32s(tag::PROVIDEFLAGS);
    if !names.is_empty() && versions.is_empty() {
        versions = vec![b""; names.len()];
        flags = vec![0; names.len()];
    }
    let provides = names.iter().zip(&versions).zip(&flags);
    let there = provides
        .into_iter()
        .any(|((own, version), flags)| *own == name && *version == evr && flags & SENSES == EQUAL);
    if there {
        return;
    }
    names.push(name);
    versions.push(&evr);
    flags.push(EQUAL);
    added.insert(tag::PROVIDENAME, Value::strings(&names));
    added.insert(tag::PROVIDEVERSION, Value::strings(&versions));
    added.insert(tag::PROVIDEFLAGS, Value::numbers(&flags));
}

/// Puts all of it together.
fn export(main: &Header, region: Region, added: &Added) -> Vec<u8> {
    let il = main.entries().len();
    let (index, signed) = main.blob()[8..].split_at(il * TRAILER);
    let number = |number: usize| u32::try_from(number).unwrap_or(u32::MAX).to_be_bytes();
    let mut entries = Vec::new();
    let mut data = signed.to_vec();
    if region == Region::None {
        let head = [
            tag::HEADER_IMAGE.to_be_bytes(),
            Kind::Bin.number().to_be_bytes(),
        ];
        let region = (il + 1) * TRAILER;
        let region = u32::try_from(region).unwrap_or(u32::MAX).wrapping_neg();
        entries.extend(head.as_flattened());
        entries.extend(number(data.len()));
        entries.extend(number(TRAILER));
        data.extend(head.as_flattened());
        data.extend(region.to_be_bytes());
        data.extend(number(TRAILER));
    }
    entries.extend(index);
    for (tag, value) in added {
        data.resize(align(data.len(), value.kind), 0);
        entries.extend(tag.to_be_bytes());
        entries.extend(value.kind.number().to_be_bytes());
        entries.extend(number(data.len()));
        entries.extend(number(value.count));
        data.extend(&value.bytes);
    }
    let mut blob = Vec::with_capacity(8 + entries.len() + data.len());
    blob.extend(number(entries.len() / TRAILER));
    blob.extend(number(data.len()));
    blob.extend(entries);
    blob.extend(data);
    blob
}
