//! libsolv's own binary form of a repository, kept in files between runs.
//!
//! ```text
//! CACHE/ID.solv              CACHE/ID-filenames.solvx
//! +------------------------+ +------------------------+
//! | primary, by repo_write | | file lists, the same   |
//! +------------------------+ +------------------------+
//! | 32 bytes: SHA-256 of the key and all bytes before |
//! +---------------------------------------------------+
//! ```
//!
//! The key is the format's number, libsolv's version, which of the parts it is and the checksum of
//! the repository's repomd.xml. So one comparison tells a file of other metadata, of another
//! libsolv, a foreign, a truncated and a damaged one: all of these are as good as absent. libsolv's
//! reader thus only ever sees bytes that libsolv wrote. An installed set is kept in the same way
//! (`installed`).

use super::ffi::{self, CRepo};
use super::stream::with_stream;
use super::{Pool, lossy};
use crate::error::{Error, Result};
use crate::sys::file;
use camino::{Utf8Path, Utf8PathBuf};
use rustix::fs::{MemfdFlags, Mode, OFlags};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::ptr::NonNull;

/// Which part of a repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// The packages.
    Primary,
    /// All their files.
    Filelists,
    /// The packages of an installed set, with their files.
    Installed,
}

/// To be raised when what is written changes its meaning.
const FORMAT: &str = "regraft-solv-1";
const DIGEST: usize = 32;
/// A larger file is none of ours.
const LARGEST: u64 = 4 << 30;

/// Whether a repository's packages are kept in `folder`; of which metadata is not looked at.
pub(crate) fn is_kept(folder: &Utf8Path, id: &str) -> bool {
    CacheFile::new(folder, id, "", Part::Primary).path.exists()
}

/// Where a part of a repository is kept.
pub(super) struct CacheFile {
    path: Utf8PathBuf,
    key: String,
}

impl CacheFile {
    pub(super) fn new(folder: &Utf8Path, id: &str, checksum: &str, part: Part) -> CacheFile {
        let suffix = match part {
            Part::Primary => ".solv",
            Part::Filelists => "-filenames.solvx",
            Part::Installed => "-installed.solv",
        };
        // SAFETY: the library's version text ends with a NUL.
        let version = unsafe { lossy(ffi::solv_version.as_ptr()) }.unwrap_or_default();
        CacheFile {
            path: folder.join(format!("{}{suffix}", escaped(id))),
            key: format!("{FORMAT}\0{version}\0{suffix}\0{checksum}\0"),
        }
    }

    /// The file, at its beginning, when it is what the key says.
    pub(super) fn open(&self) -> Option<File> {
        // Opening a FIFO must not wait for its writer.
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = rustix::fs::open(self.path.as_std_path(), flags, Mode::empty()).ok()?;
        let mut file = File::from(file);
        let found = file.metadata().ok()?;
        let length = found.len();
        if !found.is_file() {
            return None;
        }
        let content = length.checked_sub(DIGEST as u64)?;
        if length > LARGEST {
            return None;
        }
        let digest = self.digest(&mut (&mut file).take(content)).ok()?;
        let mut found = [0; DIGEST];
        file.read_exact(&mut found).ok()?;
        file.seek(SeekFrom::Start(0)).ok()?;
        (found == digest).then_some(file)
    }

    /// Writes the file, all or nothing; nothing where another process does so now.
    pub(super) fn write(&self, content: &mut File) -> std::io::Result<()> {
        let folder = self.path.parent().unwrap_or(Utf8Path::new("."));
        std::fs::create_dir_all(folder)?;
        content.seek(SeekFrom::Start(0))?;
        let digest = self.digest(content)?;
        content.seek(SeekFrom::Start(0))?;
        // One name for all who write it, so that what a killed one leaves is taken by the next.
        let name = self.path.file_name().unwrap_or_default();
        let unfinished = folder.join(format!(".solv-{name}"));
        let Some(mut new) = file::create_locked(&unfinished)? else {
            return Ok(());
        };
        let written = std::io::copy(content, &mut new)
            .and_then(|_| new.write_all(&digest))
            .and_then(|()| std::fs::rename(&unfinished, &self.path));
        if written.is_err() {
            let _ = std::fs::remove_file(&unfinished);
        }
        written
    }

    fn digest(&self, content: &mut impl Read) -> std::io::Result<[u8; DIGEST]> {
        let mut hasher = Sha256::new();
        hasher.update(&self.key);
        let mut buffer = vec![0; 1 << 16];
        loop {
            match content.read(&mut buffer)? {
                0 => return Ok(hasher.finalize().into()),
                count => hasher.update(&buffer[..count]),
            }
        }
    }
}

/// A repository's id as a file name: what is no plain letter becomes `%` and its hexadecimal.
fn escaped(id: &str) -> String {
    let mut name = String::new();
    for (index, byte) in id.bytes().enumerate() {
        let plain = byte.is_ascii_alphanumeric() || b"-_+:".contains(&byte);
        if plain || (byte == b'.' && index > 0) {
            name.push(char::from(byte));
        } else {
            name.push_str(&format!("%{byte:02x}"));
        }
    }
    name
}

impl Pool {
    /// A repository (or one store of its data) in libsolv's form, in memory that is a file.
    pub(super) fn serialise(&self, repo: NonNull<CRepo>, store: Option<i32>) -> Result<File> {
        let file = rustix::fs::memfd_create("regraft-solv", MemfdFlags::CLOEXEC)
            .map_err(Error::io("make", "a file in memory"))?;
        let file = File::from(file);
        let code = with_stream(&file, c"w", |stream| {
            // SAFETY: the repository is this pool's, the stream is open for writing.
            unsafe {
                let writer = ffi::repowriter_create(repo.as_ptr());
                if let Some(store) = store {
                    ffi::repowriter_set_repodatarange(writer, store, store + 1);
                    ffi::repowriter_set_flags(writer, ffi::REPOWRITER_NO_STORAGE_SOLVABLE);
                }
                let code = ffi::repowriter_write(writer, stream);
                ffi::repowriter_free(writer);
                code
            }
        });
        match code {
            Ok(0) => Ok(file),
            Ok(_) => Err(Error::Internal(format!(
                "libsolv cannot write a repository: {}",
                self.complaint()
            ))),
            Err(error) => Err(Error::io("write", "a file in memory")(error)),
        }
    }

    /// Reads what [`Pool::serialise`] wrote.
    pub(super) fn read_solv(
        &self,
        repo: NonNull<CRepo>,
        mut file: &File,
        part: Part,
    ) -> Result<()> {
        let object = "a repository in libsolv's form";
        file.seek(SeekFrom::Start(0))
            .map_err(Error::io("read", object))?;
        let flags = match part {
            Part::Primary | Part::Installed => 0,
            // The names of folders stay out of the pool's own texts.
            Part::Filelists => ffi::REPO_EXTEND_SOLVABLES | ffi::REPO_LOCALPOOL,
        };
        let code = with_stream(file, c"r", |stream| {
            // SAFETY: the repository is this pool's, the stream is open for reading; libsolv
            // copies the descriptor for what it reads later.
            unsafe { ffi::repo_add_solv(repo.as_ptr(), stream, flags) }
        })
        .map_err(Error::io("read", object))?;
        match code {
            0 => Ok(()),
            _ => Err(Error::corrupt(object, self.complaint())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn no_id_leaves_the_folder() {
        let table = [
            ("fedora-40.x", "fedora-40.x"),
            ("../../etc", "%2e.%2f..%2fetc"),
            (".", "%2e"),
            ("copr:a:b", "copr:a:b"),
            ("a/b c", "a%2fb%20c"),
            ("%2f", "%252f"),
        ];
        for (id, expected) in table {
            assert_eq!(escaped(id), expected);
        }
    }
}
