//! Where a tree has its database, and in which of rpm's formats.

use crate::error::{Error, Result};
use camino::{Utf8Path, Utf8PathBuf};
use rustix::fs::{Mode, OFlags, ResolveFlags};
use std::fs::File;
use std::io::Read;

/// The database's file name.
pub(crate) const FILE: &str = "rpmdb.sqlite";

/// Where systems keep it: OSTree ones, newer ones, older ones.
const FOLDERS: [&str; 3] = ["usr/share/rpm", "usr/lib/sysimage/rpm", "var/lib/rpm"];

/// Other formats' files, most likely first.
const OTHERS: [(&str, &str); 2] = [
    ("Packages.db", "an rpm database in NDB format"),
    ("Packages", "an rpm database in Berkeley DB format"),
];

/// How SQLite's files begin.
const SQLITE_MAGIC: &[u8] = b"SQLite format 3\0";

/// How NDB's files begin.
const NDB_MAGIC: &[u8] = b"RpmP";

/// Where a Berkeley DB hash has its magic, and what it is in both byte orders.
const BDB_MAGIC: (usize, [u8; 4], [u8; 4]) =
    (12, [0x61, 0x15, 0x06, 0x00], [0x00, 0x06, 0x15, 0x61]);

/// The SQLite file at a path: that file, or in that folder, or in that root.
pub(crate) fn locate(path: &Utf8Path) -> Result<Utf8PathBuf> {
    let meta = std::fs::metadata(path).map_err(|source| match source.kind() {
        std::io::ErrorKind::NotFound => absent(path),
        _ => Error::io("read", path)(source),
    })?;
    let file = if meta.is_dir() {
        in_folder(path)?.map_or_else(|| in_root(path), Ok)?
    } else {
        path.to_owned()
    };
    check_format(&file)?;
    Ok(file)
}

fn in_folder(folder: &Utf8Path) -> Result<Option<Utf8PathBuf>> {
    let file = folder.join(FILE);
    if file.is_file() {
        return Ok(Some(file));
    }
    for (name, what) in OTHERS {
        let file = folder.join(name);
        if file.is_file() {
            return Err(Error::unsupported(what, file));
        }
    }
    Ok(None)
}

/// Symlinks in the root are followed as if it were `/`.
fn in_root(root: &Utf8Path) -> Result<Utf8PathBuf> {
    let flags = OFlags::PATH | OFlags::CLOEXEC;
    let dir = rustix::fs::open(root.as_str(), flags | OFlags::DIRECTORY, Mode::empty())
        .map_err(Error::io("open", root))?;
    let names = [FILE].into_iter().chain(OTHERS.map(|(name, _)| name));
    let names: Vec<&str> = names.collect();
    for folder in FOLDERS {
        for name in &names {
            let inner = Utf8Path::new(folder).join(name);
            let resolve = ResolveFlags::IN_ROOT | ResolveFlags::NO_MAGICLINKS;
            let found =
                match rustix::fs::openat2(&dir, inner.as_str(), flags, Mode::empty(), resolve) {
                    Ok(found) => found,
                    Err(rustix::io::Errno::NOENT | rustix::io::Errno::NOTDIR) => continue,
                    Err(source) => return Err(Error::io("open", root.join(inner))(source)),
                };
            let link = format!("/proc/self/fd/{}", std::os::fd::AsRawFd::as_raw_fd(&found));
            let real = std::fs::read_link(&link).map_err(Error::io("read", link))?;
            let real = Utf8PathBuf::from_path_buf(real).map_err(|path| {
                Error::unsupported("a path that is not UTF-8", path.to_string_lossy())
            })?;
            if real.is_file() {
                return Ok(real);
            }
        }
    }
    Err(absent(root))
}

fn absent(path: &Utf8Path) -> Error {
    Error::NotFound {
        what: "rpm database",
        name: path.to_string(),
        remedy: format!(
            "name a {FILE}, the folder that has it, or a root with one in /{}",
            FOLDERS[0]
        ),
    }
}

/// Tells rpm's formats apart by how the file begins.
pub(crate) fn check_format(file: &Utf8Path) -> Result<()> {
    let mut start = Vec::new();
    File::open(file)
        .map_err(Error::io("open", file))?
        .take(100)
        .read_to_end(&mut start)
        .map_err(Error::io("read", file))?;
    let (place, little, big) = BDB_MAGIC;
    let magic = start.get(place..place + 4).unwrap_or_default();
    if start.starts_with(NDB_MAGIC) {
        return Err(Error::unsupported(OTHERS[0].1, file.as_str()));
    }
    if magic == little || magic == big {
        return Err(Error::unsupported(OTHERS[1].1, file.as_str()));
    }
    match start.starts_with(SQLITE_MAGIC) && start.len() == 100 {
        true => Ok(()),
        false => Err(Error::corrupt(file.as_str(), "it is no SQLite database")),
    }
}
