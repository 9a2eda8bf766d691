//! The files that a package's header lists.

use crate::error::{Error, Result};
use crate::package::header::Header;
use crate::package::tag;
use serde::Serialize;

/// One file of a package, as its header describes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PackageFile {
    /// The absolute path, as in the header.
    pub path: String,
    /// File type and permissions, as in `st_mode`.
    pub mode: u32,
    /// Size in bytes, as in `st_size`.
    pub size: u64,
    /// Owner by name.
    pub user: String,
    /// Group by name.
    pub group: String,
    /// Digest of the content in hexadecimal; empty for all but regular files.
    pub digest: String,
    /// What a symlink points to; empty for others.
    pub link_target: String,
    /// `%config`, `%doc`, `%ghost`: bits of rpm's `RPMFILE_*`.
    pub flags: u32,
    /// Seconds since 1970.
    pub mtime: u64,
    /// File capabilities in text form; empty for none.
    pub capabilities: String,
    /// The language that the file is for; empty for all.
    pub language: String,
    /// Device and inode at build time: equal ones are hard links of each other.
    pub inode: (u64, u64),
    /// For a device node, its number.
    pub rdev: u64,
    /// 1 for 32-bit ELF files, 2 for 64-bit ones, 0 for others.
    pub color: u32,
}

impl PackageFile {
    /// An empty file of root's.
    pub(crate) fn new(path: impl Into<String>, mode: u32) -> PackageFile {
        PackageFile {
            path: path.into(),
            mode,
            size: 0,
            user: String::new(),
            group: String::new(),
            digest: String::new(),
            link_target: String::new(),
            flags: 0,
            mtime: 0,
            capabilities: String::new(),
            language: String::new(),
            inode: (0, 0),
            rdev: 0,
            color: 0,
        }
    }

    /// A `%config` file.
    pub fn is_config(&self) -> bool {
        self.flags & 1 != 0
    }

    /// Documentation.
    pub fn is_doc(&self) -> bool {
        self.flags & 2 != 0
    }

    /// Owned, but not in the payload.
    pub fn is_ghost(&self) -> bool {
        self.flags & 64 != 0
    }

    /// A directory.
    pub fn is_dir(&self) -> bool {
        self.mode & libc::S_IFMT == libc::S_IFDIR
    }

    /// A symlink.
    pub fn is_symlink(&self) -> bool {
        self.mode & libc::S_IFMT == libc::S_IFLNK
    }

    /// A regular file.
    pub fn is_regular(&self) -> bool {
        self.mode & libc::S_IFMT == libc::S_IFREG
    }
}

impl Header {
    /// The absolute paths of the package's files, in the header's order.
    pub(crate) fn paths(&self, object: &str) -> Result<Vec<String>> {
        let utf8 = |bytes: &[u8]| {
            let text = std::str::from_utf8(bytes);
            text.map(str::to_owned).map_err(|_| {
                let shown = String::from_utf8_lossy(bytes);
                Error::unsupported(format!("a path that is not UTF-8 ({shown:?})"), object)
            })
        };
        if self.has(tag::OLDFILENAMES) && !self.has(tag::BASENAMES) {
            return self
                .raw_strings(tag::OLDFILENAMES)
                .into_iter()
                .map(utf8)
                .collect();
        }
        let dirs = self
            .raw_strings(tag::DIRNAMES)
            .into_iter()
            .map(utf8)
            .collect::<Result<Vec<_>>>()?;
        let places = self.numbers(tag::DIRINDEXES);
        let names = self.raw_strings(tag::BASENAMES);
        if places.len() != names.len() {
            let reason = format!("{} names in {} directories", names.len(), places.len());
            return Err(Error::corrupt(object, reason));
        }
        names
            .into_iter()
            .zip(places)
            .map(|(name, place)| {
                let dir = usize::try_from(place)
                    .ok()
                    .and_then(|place| dirs.get(place));
                let dir =
                    dir.ok_or_else(|| Error::corrupt(object, "a file without a directory"))?;
                Ok(format!("{dir}{}", utf8(name)?))
            })
            .collect()
    }

    /// All that the header says of each file, in its order. Lists that are there must have an
    /// entry for each file.
    pub(crate) fn files(&self, object: &str) -> Result<Vec<PackageFile>> {
        let paths = self.paths(object)?;
        let count = paths.len();
        let check = |what: &str, length: usize| match length == count || length == 0 {
            true => Ok(()),
            false => Err(Error::corrupt(
                object,
                format!("{length} {what} for {count} files"),
            )),
        };
        let numbers = |tag, what| {
            let numbers = self.numbers(tag);
            check(what, numbers.len()).map(|()| numbers)
        };
        let strings = |tag, what| {
            let strings = self.strings(tag);
            check(what, strings.len()).map(|()| strings)
        };
        let sizes = match self.has(tag::LONGFILESIZES) {
            true => numbers(tag::LONGFILESIZES, "sizes")?,
            false => numbers(tag::FILESIZES, "sizes")?,
        };
        let modes = numbers(tag::FILEMODES, "modes")?;
        let flags = numbers(tag::FILEFLAGS, "flags")?;
        let mtimes = numbers(tag::FILEMTIMES, "times")?;
        let devices = numbers(tag::FILEDEVICES, "devices")?;
        let inodes = numbers(tag::FILEINODES, "inodes")?;
        let rdevs = numbers(tag::FILERDEVS, "device numbers")?;
        let colors = numbers(tag::FILECOLORS, "colors")?;
        let users = strings(tag::FILEUSERNAME, "users")?;
        let groups = strings(tag::FILEGROUPNAME, "groups")?;
        let digests = strings(tag::FILEDIGESTS, "digests")?;
        let targets = strings(tag::FILELINKTOS, "link targets")?;
        let capabilities = strings(tag::FILECAPS, "capabilities")?;
        let languages = strings(tag::FILELANGS, "languages")?;
        let number = |list: &[u64], place: usize| list.get(place).copied().unwrap_or(0);
        let string = |list: &[String], place: usize| list.get(place).cloned().unwrap_or_default();
        Ok(paths
            .into_iter()
            .enumerate()
            .map(|(place, path)| PackageFile {
                path,
                mode: number(&modes, place) as u32 & 0xffff,
                size: number(&sizes, place),
                user: string(&users, place),
                group: string(&groups, place),
                digest: string(&digests, place),
                link_target: string(&targets, place),
                flags: number(&flags, place) as u32,
                mtime: number(&mtimes, place),
                capabilities: string(&capabilities, place),
                language: string(&languages, place),
                inode: (number(&devices, place), number(&inodes, place)),
                rdev: number(&rdevs, place),
                color: number(&colors, place) as u32,
            })
            .collect())
    }
}
