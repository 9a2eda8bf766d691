//! An EROFS image of metadata: directories, symlinks, and files whose content is elsewhere.
//!
//! Linux documents the format in `Documentation/filesystems/erofs.rst` and declares it in
//! `fs/erofs/erofs_fs.h`. Of its many ways to lay out an inode three are used here:
//!
//! ```text
//! 1024   superblock: 128 bytes
//! 1152   inodes, each at a multiple of 32 bytes, the root first:
//!          head of 64 bytes, extended attributes, then
//!          - of a directory or a symlink its content, when that is short ("inline": it must not
//!            cross a block's border), and else the number of its first block
//!          - of a file one chunk that has no block: a hole of any size
//! block  long directories and symlinks, each from a block's border
//! ```
//!
//! All numbers are little endian. An inode's number is its place divided by 32.

use crate::commit::object::Xattrs;
use std::collections::BTreeMap;

const BLOCK: usize = 4096;
const BLOCK_BITS: u8 = 12;
const SUPERBLOCK: usize = 1024;
const MAGIC: u32 = 0xe0f5_e1e2;
/// Where the first inode is; its number must fit 16 bits.
const FIRST: usize = SUPERBLOCK + 128;
const SLOT: usize = 32;
const HEAD: usize = 64;
/// The feature of files in chunks.
const CHUNKED: u32 = 4;
/// Chunks of the largest size, so that one is enough for any file.
const CHUNK_BITS: u32 = 31;
/// What is inline may be so long and fits some block.
const INLINE_MAX: usize = BLOCK - 2 * SLOT;

/// An inode by its place in the image's list.
pub(crate) type Place = usize;

/// One file, link or directory.
#[derive(Debug, Clone)]
pub(crate) struct Inode {
    pub(crate) mode: u32,
    pub(crate) uid: u32,
    pub(crate) gid: u32,
    pub(crate) xattrs: Xattrs,
    pub(crate) content: Content,
}

/// What is in it.
#[derive(Debug, Clone)]
pub(crate) enum Content {
    /// Names, and the parent.
    Directory {
        entries: BTreeMap<String, Place>,
        parent: Place,
    },
    Symlink(String),
    /// Zeros, as many as said.
    Hole(u64),
}

/// Everything that is in an image; the first inode is the root.
#[derive(Debug, Default)]
pub(crate) struct Image {
    pub(crate) inodes: Vec<Inode>,
}

/// Where an inode is, and how its content is stored.
#[derive(Debug, Clone, Copy)]
struct Laid {
    at: usize,
    xattrs: usize,
    /// Bytes of content.
    size: u64,
    layout: Layout,
}

#[derive(Debug, Clone, Copy)]
enum Layout {
    Plain { block: usize },
    Inline,
    Hole,
}

impl Image {
    /// Adds an inode.
    pub(crate) fn add(&mut self, inode: Inode) -> Place {
        self.inodes.push(inode);
        self.inodes.len() - 1
    }

    /// The image's bytes; `None` for what this format cannot hold: extended attributes of other
    /// kinds than Linux has, and more than 16 TiB.
    pub(crate) fn bytes(&self) -> Option<Vec<u8>> {
        let (laid, end) = self.lay_out()?;
        let mut bytes = vec![0; end];
        let blocks = u32::try_from(end / BLOCK).ok()?;
        let root = laid.first()?;
        put(&mut bytes, SUPERBLOCK, &MAGIC.to_le_bytes());
        put(&mut bytes, SUPERBLOCK + 12, &[BLOCK_BITS]);
        put(
            &mut bytes,
            SUPERBLOCK + 14,
            &u16::try_from(root.at / SLOT).ok()?.to_le_bytes(),
        );
        put(
            &mut bytes,
            SUPERBLOCK + 16,
            &(laid.len() as u64).to_le_bytes(),
        );
        put(&mut bytes, SUPERBLOCK + 36, &blocks.to_le_bytes());
        put(&mut bytes, SUPERBLOCK + 80, &CHUNKED.to_le_bytes());
        for (number, (inode, place)) in self.inodes.iter().zip(&laid).enumerate() {
            self.write_inode(&mut bytes, number, inode, place, &laid)?;
        }
        Some(bytes)
    }

    fn lay_out(&self) -> Option<(Vec<Laid>, usize)> {
        let mut laid = Vec::with_capacity(self.inodes.len());
        let mut at = FIRST;
        let mut blocks = 0;
        for inode in &self.inodes {
            let xattrs = xattrs_length(&inode.xattrs)?;
            let (size, inline) = match &inode.content {
                Content::Directory { entries, .. } => {
                    let size = pack(entries).map_or(0, |(_, size)| size);
                    (size as u64, size <= INLINE_MAX)
                }
                Content::Symlink(target) => (target.len() as u64, target.len() <= INLINE_MAX),
                Content::Hole(size) => (*size, false),
            };
            let head = HEAD + xattrs;
            let (layout, tail) = match (&inode.content, inline) {
                (Content::Hole(_), _) => (Layout::Hole, 4),
                (_, true) => (Layout::Inline, usize::try_from(size).ok()?),
                (_, false) => {
                    let block = blocks;
                    blocks += usize::try_from(size).ok()?.div_ceil(BLOCK);
                    (Layout::Plain { block }, 0)
                }
            };
            let border = (at + head).next_multiple_of(BLOCK);
            if at + head < border && at + head + tail > border {
                at = (border - head).next_multiple_of(SLOT);
            }
            laid.push(Laid {
                at,
                xattrs,
                size,
                layout,
            });
            at = (at + head + tail).next_multiple_of(SLOT);
        }
        let data = at.div_ceil(BLOCK);
        for place in &mut laid {
            if let Layout::Plain { block } = &mut place.layout {
                *block += data;
            }
        }
        Some((laid, (data + blocks) * BLOCK))
    }

    fn write_inode(
        &self,
        bytes: &mut [u8],
        number: usize,
        inode: &Inode,
        place: &Laid,
        laid: &[Laid],
    ) -> Option<()> {
        let Laid { at, xattrs, .. } = *place;
        let (layout, extra) = match place.layout {
            Layout::Plain { block } => (0, u32::try_from(block).ok()?),
            Layout::Inline => (2, 0),
            Layout::Hole => (4, CHUNK_BITS),
        };
        let count = if xattrs == 0 {
            0
        } else {
            (xattrs - 12) / 4 + 1
        };
        let mut links: u32 = 1;
        if let Content::Directory { entries, .. } = &inode.content {
            let is_directory = |place: &&Place| {
                let inode = self.inodes.get(**place);
                inode.is_some_and(|inode| matches!(inode.content, Content::Directory { .. }))
            };
            links = 2 + u32::try_from(entries.values().filter(is_directory).count()).ok()?;
        }
        let extended = 1;
        put(bytes, at, &(extended | (layout << 1) as u16).to_le_bytes());
        put(bytes, at + 2, &u16::try_from(count).ok()?.to_le_bytes());
        put(bytes, at + 4, &(inode.mode as u16).to_le_bytes());
        put(bytes, at + 8, &place.size.to_le_bytes());
        put(bytes, at + 16, &extra.to_le_bytes());
        put(
            bytes,
            at + 20,
            &u32::try_from(number + 1).ok()?.to_le_bytes(),
        );
        put(bytes, at + 24, &inode.uid.to_le_bytes());
        put(bytes, at + 28, &inode.gid.to_le_bytes());
        put(bytes, at + 44, &links.to_le_bytes());
        write_xattrs(bytes, at + HEAD, &inode.xattrs)?;
        let tail = match place.layout {
            Layout::Plain { block } => block * BLOCK,
            Layout::Inline | Layout::Hole => at + HEAD + xattrs,
        };
        match &inode.content {
            Content::Hole(_) => put(bytes, tail, &u32::MAX.to_le_bytes()),
            Content::Symlink(target) => put(bytes, tail, target.as_bytes()),
            Content::Directory { entries, parent } => {
                self.write_entries(bytes, tail, number, *parent, entries, laid)?;
            }
        }
        Some(())
    }

    fn write_entries(
        &self,
        bytes: &mut [u8],
        tail: usize,
        this: Place,
        parent: Place,
        entries: &BTreeMap<String, Place>,
        laid: &[Laid],
    ) -> Option<()> {
        let (blocks, _) = pack(entries)?;
        for (index, names) in blocks.iter().enumerate() {
            let start = tail + index * BLOCK;
            let mut name_at = names.len() * 12;
            for (index, name) in names.iter().enumerate() {
                let place = match *name {
                    "." => this,
                    ".." => parent,
                    name => *entries.get(name)?,
                };
                let kind = match self.inodes.get(place)?.content {
                    Content::Hole(_) => 1,
                    Content::Directory { .. } => 2,
                    Content::Symlink(_) => 7,
                };
                let entry = start + index * 12;
                put(
                    bytes,
                    entry,
                    &((laid.get(place)?.at / SLOT) as u64).to_le_bytes(),
                );
                put(bytes, entry + 8, &(name_at as u16).to_le_bytes());
                put(bytes, entry + 10, &[kind]);
                put(bytes, start + name_at, name.as_bytes());
                name_at += name.len();
            }
        }
        Some(())
    }
}

/// A directory's names, block by block in byte order, and all its bytes: in each block the
/// entries come first, the names after them, and the last one's block ends with its last name.
fn pack(entries: &BTreeMap<String, Place>) -> Option<(Vec<Vec<&str>>, usize)> {
    let mut names: Vec<&str> = entries
        .keys()
        .map(String::as_str)
        .chain([".", ".."])
        .collect();
    names.sort_unstable();
    let mut blocks = vec![Vec::new()];
    let mut used = 0;
    for name in names {
        let needed = 12 + name.len();
        if used + needed > BLOCK {
            blocks.push(Vec::new());
            used = 0;
        }
        used += needed;
        blocks.last_mut()?.push(name);
    }
    let size = (blocks.len() - 1) * BLOCK + used;
    Some((blocks, size))
}

/// The kernel's number for an attribute's kind, and the rest of the name.
fn xattr_name(name: &[u8]) -> Option<(u8, &[u8])> {
    const PREFIXES: [(&[u8], u8); 5] = [
        (b"user.", 1),
        (b"system.posix_acl_access", 2),
        (b"system.posix_acl_default", 3),
        (b"trusted.", 4),
        (b"security.", 6),
    ];
    let of = |(prefix, index): &(&[u8], u8)| Some((*index, name.strip_prefix(*prefix)?));
    PREFIXES.iter().find_map(of)
}

fn xattrs_length(xattrs: &Xattrs) -> Option<usize> {
    if xattrs.is_empty() {
        return Some(0);
    }
    let mut length = 12;
    for (name, value) in xattrs {
        let (_, rest) = xattr_name(name)?;
        length += (4 + rest.len() + value.len()).next_multiple_of(4);
    }
    // What the inode's own count of them can say.
    (length < usize::from(u16::MAX) * 4).then_some(length)
}

fn write_xattrs(bytes: &mut [u8], at: usize, xattrs: &Xattrs) -> Option<()> {
    let mut at = at + 12;
    for (name, value) in xattrs {
        let (index, rest) = xattr_name(name)?;
        put(bytes, at, &[u8::try_from(rest.len()).ok()?, index]);
        put(
            bytes,
            at + 2,
            &u16::try_from(value.len()).ok()?.to_le_bytes(),
        );
        put(bytes, at + 4, rest);
        put(bytes, at + 4 + rest.len(), value);
        at += (4 + rest.len() + value.len()).next_multiple_of(4);
    }
    Some(())
}

fn put(bytes: &mut [u8], at: usize, what: &[u8]) {
    bytes[at..at + what.len()].copy_from_slice(what);
}
