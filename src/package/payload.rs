//! The files inside a package, streamed: each is compared with what the header says of it.

use crate::error::{Error, Result};
use crate::package::cpio::{Cpio, Head};
use crate::package::digest::{Algorithm, Digest};
use crate::package::file::PackageFile;
use std::collections::HashMap;
use std::io::Read;

/// A package's payload before the first file.
pub(crate) struct Payload<'a> {
    cpio: Cpio<Box<dyn Read + Send + 'a>>,
    files: &'a [PackageFile],
    algorithm: Option<Algorithm>,
    package: String,
    places: HashMap<&'a str, usize>,
    /// The names of each file; of several, the last has the content in an indexed payload.
    links: HashMap<(u64, u64), Vec<usize>>,
    seen: Vec<bool>,
    /// Names whose content comes with another name.
    waiting: HashMap<(u64, u64), Vec<usize>>,
}

/// One or more names of one file, met in the payload.
pub(crate) struct Item<'a> {
    /// Places in the header's list of files; more than one for hard links.
    pub(crate) places: &'a [usize],
}

impl<'a> Payload<'a> {
    /// `files` are those of the header, `algorithm` that of their digests.
    pub(crate) fn new(
        source: Box<dyn Read + Send + 'a>,
        files: &'a [PackageFile],
        algorithm: Option<Algorithm>,
        package: &str,
    ) -> Payload<'a> {
        let mut links = HashMap::<_, Vec<usize>>::new();
        for (place, file) in files.iter().enumerate() {
            if file.is_regular() && !file.is_ghost() && file.inode.1 > 0 {
                links.entry(file.inode).or_default().push(place);
            }
        }
        let places = files.iter().enumerate();
        Payload {
            cpio: Cpio::new(source, package),
            files,
            algorithm,
            package: package.to_owned(),
            places: places
                .map(|(place, file)| (plain(&file.path), place))
                .collect(),
            links,
            seen: vec![false; files.len()],
            waiting: HashMap::new(),
        }
    }

    /// Calls `visit` with each file and its content, in the payload's order (hard links when their
    /// content comes), and fails where the payload and the header disagree. What `visit` leaves of
    /// the content is read all the same, for the digest.
    pub(crate) fn each(
        mut self,
        mut visit: impl FnMut(&Item<'_>, &mut dyn Read) -> Result<()>,
    ) -> Result<()> {
        while let Some(head) = self.cpio.next()? {
            let (place, size) = self.place(&head)?;
            let file = &self.files[place];
            if std::mem::replace(&mut self.seen[place], true) {
                return Err(self.wrong(file, "is there twice"));
            }
            // Only files and symlinks have content; of more than is promised there is no end.
            let most = match (file.is_symlink(), file.is_regular()) {
                (true, _) => TARGET_MAX,
                (_, true) => file.size,
                _ => 0,
            };
            if size > most {
                let reason = format!("has {size} bytes and should have {most}");
                return Err(self.wrong(file, &reason));
            }
            // Packages of rpm before 4.11 may contain them; they are never created.
            if file.is_ghost() {
                continue;
            }
            if file.is_symlink() {
                self.check_target(file)?;
            }
            let mut places = vec![place];
            if file.is_regular() {
                if size == 0 && file.size > 0 {
                    self.waiting.entry(file.inode).or_default().push(place);
                    continue;
                }
                if size != file.size {
                    let reason = format!("has {size} bytes and should have {}", file.size);
                    return Err(self.wrong(file, &reason));
                }
                if size > 0 {
                    places.extend(self.waiting.remove(&file.inode).unwrap_or_default());
                }
                if places.iter().any(|other| {
                    let other = &self.files[*other];
                    other.size != file.size || other.digest != file.digest
                }) {
                    return Err(self.wrong(file, "differs from its hard links"));
                }
            }
            let item = Item { places: &places };
            let digest = match (file.is_regular() && !file.digest.is_empty(), self.algorithm) {
                (true, Some(algorithm)) => Some(algorithm.start()),
                _ => None,
            };
            let mut content = Content {
                cpio: &mut self.cpio,
                digest,
                failed: None,
            };
            let visited = visit(&item, &mut content);
            // The visitor sees a failing read; that the package is damaged is known here.
            if let Some(reason) = content.failed.take() {
                let reason = format!("cannot be read ({reason})");
                return Err(self.wrong(file, &reason));
            }
            visited?;
            let found = content.finish(&self.package, file)?;
            if let Some(found) = found.filter(|found| *found != file.digest) {
                let reason = format!("has digest {found} and should have {}", file.digest);
                return Err(self.wrong(file, &reason));
            }
        }
        self.check_complete()
    }

    /// Which file of the header an entry is, and how much content it has.
    fn place(&mut self, head: &Head) -> Result<(usize, u64)> {
        match head {
            Head::Named { name, mode, size } => {
                let place = self.places.get(plain(name)).copied().ok_or_else(|| {
                    let reason = format!("its payload has {name}, which its header lacks");
                    Error::corrupt(&self.package, reason)
                })?;
                let file = &self.files[place];
                if *mode & 0xffff != file.mode {
                    let reason = format!("has mode {mode:o} and should have {:o}", file.mode);
                    return Err(self.wrong(file, &reason));
                }
                Ok((place, *size))
            }
            Head::Indexed(index) => {
                let place = usize::try_from(*index).unwrap_or(usize::MAX);
                let Some(file) = self.files.get(place) else {
                    let reason = format!("its payload has file {index}, which its header lacks");
                    return Err(Error::corrupt(&self.package, reason));
                };
                let links = self.links.get(&file.inode);
                let has_content = match (file.is_regular(), links) {
                    (true, Some(links)) => links.len() < 2 || links.last() == Some(&place),
                    (true, None) => true,
                    (false, _) => file.is_symlink(),
                };
                let size = if has_content { file.size } else { 0 };
                self.cpio.expect(size);
                Ok((place, size))
            }
        }
    }

    fn check_target(&mut self, file: &PackageFile) -> Result<()> {
        if self.cpio.left() > TARGET_MAX {
            return Err(self.wrong(file, "points too far"));
        }
        let mut target = Vec::new();
        let read = self.cpio.read_to_end(&mut target);
        read.map_err(|error| Error::corrupt(&self.package, error.to_string()))?;
        match target == file.link_target.as_bytes() {
            true => Ok(()),
            false => Err(self.wrong(file, "points elsewhere than the header says")),
        }
    }

    fn check_complete(&self) -> Result<()> {
        if let Some(place) = self.waiting.values().flatten().min() {
            return Err(self.wrong(&self.files[*place], "has no content"));
        }
        let mut files = self.files.iter().zip(&self.seen);
        match files.find(|(file, seen)| !**seen && !file.is_ghost()) {
            Some((file, _)) => Err(self.wrong(file, "is missing")),
            None => Ok(()),
        }
    }

    fn wrong(&self, file: &PackageFile, reason: &str) -> Error {
        Error::corrupt(
            &self.package,
            format!("in its payload {} {reason}", file.path),
        )
    }
}

/// The longest symlink that Linux can have.
const TARGET_MAX: u64 = 4096;

/// Paths begin with `/` in a header and with `./` or nothing in a payload.
fn plain(path: &str) -> &str {
    let path = path
        .strip_prefix('.')
        .filter(|rest| rest.starts_with('/'))
        .unwrap_or(path);
    path.strip_prefix('/').unwrap_or(path)
}

/// One file's bytes on their way, with their digest.
struct Content<'c, 'a> {
    cpio: &'c mut Cpio<Box<dyn Read + Send + 'a>>,
    digest: Option<Digest>,
    failed: Option<String>,
}

impl Content<'_, '_> {
    /// Reads the rest; the digest of all.
    fn finish(mut self, package: &str, file: &PackageFile) -> Result<Option<String>> {
        let mut buffer = [0; 8192];
        loop {
            match self.read(&mut buffer) {
                Ok(0) => return Ok(self.digest.map(Digest::finish)),
                Ok(_) => {}
                Err(error) => {
                    let reason = format!("in its payload {} cannot be read ({error})", file.path);
                    return Err(Error::corrupt(package, reason));
                }
            }
        }
    }
}

impl Read for Content<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.cpio.read(buffer).inspect_err(|error| {
            self.failed = Some(error.to_string());
        })?;
        if let Some(digest) = &mut self.digest {
            digest.update(&buffer[..count]);
        }
        Ok(count)
    }
}
