//! One RPM package: its header, payload, digests and signature.
//!
//! A `.rpm` file is four parts, one after the other:
//!
//! ```text
//! lead       96 bytes that only say "this is an RPM"
//! signature  a header of digests and signatures, padded to a multiple of eight bytes
//! header     a header that says everything else: name, dependencies, scripts, files
//! payload    the files' content, as compressed cpio
//! ```
//!
//! [`Package::open`] reads the first three and keeps the file open for the payload, which is only
//! ever streamed. The first three also make a package without a payload: rpm-ostree keeps just
//! them in its cache.
//!
//! ```no_run
//! use regraft::{Keyring, Package, Signature};
//!
//! let package = Package::open("tree-2.1.0-1.x86_64.rpm")?;
//! println!("{}: {}", package.nevra(), package.summary());
//! let mut keyring = Keyring::new();
//! keyring.add_dir("/etc/pki/rpm-gpg")?;
//! let verification = package.verify(&keyring, Signature::Required)?;
//! println!("signed by {}", verification.signer().map_or("nobody", |key| key.user_id()));
//! # Ok::<(), regraft::Error>(())
//! ```

pub(crate) mod candidate;
mod compression;
mod cpio;
pub(crate) mod digest;
mod file;
pub(crate) mod header;
mod keyring;
pub(crate) mod payload;
pub(crate) mod tag;
#[cfg(test)]
pub(crate) mod tests;
mod verification;

pub use file::PackageFile;
pub(crate) use keyring::in_words;
pub use keyring::{Keyring, Signer};
pub(crate) use verification::UNTRUSTED;
pub use verification::{Signature, Verification, VerifiedDigest};

use crate::dependency::Dependency;
use crate::error::{Error, Result};
use crate::nevra::Nevra;
use camino::{Utf8Path, Utf8PathBuf};
use compression::Compression;
use digest::Algorithm;
use header::{Bounds, Header, MAGIC};
use payload::Payload;
use serde::Serialize;
use serde_json::{Value, json};
use std::fs::File;
use std::io::{BufReader, Cursor, Read};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use tag::Tag;

/// One RPM package.
#[derive(Debug)]
pub struct Package {
    /// Names it in errors: the path, or the name with `package`.
    object: String,
    nevra: Nevra,
    signature: Header,
    header: Header,
    /// Lead, signature header with its padding, and header.
    metadata: Vec<u8>,
    /// Where in `metadata` the main header begins.
    start: usize,
    file: Option<File>,
    path: Utf8PathBuf,
}

/// One entry of a package's changelog.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ChangelogEntry {
    /// Seconds since 1970.
    pub time: u64,
    /// Who, and for which version.
    pub author: String,
    /// What was changed.
    pub text: String,
}

/// Bytes of the lead.
const LEAD: usize = 96;

/// The lead's first bytes.
const LEAD_MAGIC: [u8; 4] = [0xed, 0xab, 0xee, 0xdb];

/// How much of a payload is read at once.
const BUFFER: usize = 128 * 1024;

impl Package {
    /// Reads a package's headers. The file stays open for the payload.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] where the file cannot be read, [`Error::Corrupt`] where it is no RPM or
    /// damaged; nothing is verified yet.
    pub fn open(path: impl AsRef<Utf8Path>) -> Result<Package> {
        let path = path.as_ref();
        // Opening a FIFO must not wait for its writer.
        let file = File::options()
            .read(true)
            .custom_flags(libc::O_NONBLOCK)
            .open(path)
            .map_err(Error::io("open", path))?;
        let found = file.metadata().map_err(Error::io("look at", path))?;
        if !found.is_file() {
            return Err(Error::corrupt(path.as_str(), "it is no regular file"));
        }
        let mut package = Package::read(BufReader::new(&file), path.as_str())?;
        package.path = path.to_owned();
        package.file = Some(file);
        Ok(package)
    }

    /// From the bytes before a payload, as the package cache keeps them; `object` names them.
    pub(crate) fn from_metadata(bytes: &[u8], object: &str) -> Result<Package> {
        let mut source = Cursor::new(bytes);
        let package = Package::read(&mut source, object)?;
        match source.position() == bytes.len() as u64 {
            true => Ok(package),
            false => Err(Error::corrupt(object, "something follows the header")),
        }
    }

    fn read(mut source: impl Read, object: &str) -> Result<Package> {
        let mut metadata = vec![0; LEAD];
        let truncated = |_| Error::corrupt(object, "it is too short for an RPM package");
        source.read_exact(&mut metadata).map_err(truncated)?;
        if !metadata.starts_with(&LEAD_MAGIC) {
            return Err(Error::corrupt(object, "it is no RPM package"));
        }
        if !(3..=4).contains(&metadata[4]) {
            let what = format!("version {} of the package format", metadata[4]);
            return Err(Error::unsupported(what, object));
        }
        // Type 5 means that a signature header follows; nothing else was made in this century.
        if metadata[78..80] != [0, 5] {
            return Err(Error::unsupported(
                "a package without a signature header",
                object,
            ));
        }
        let signature = Header::read(&mut source, Bounds::SIGNATURE, object)?;
        metadata.extend(MAGIC);
        metadata.extend(signature.blob());
        let padding = (8 - signature.blob().len() % 8) % 8;
        let end = metadata.len();
        metadata.resize(end + padding, 0);
        source
            .read_exact(&mut metadata[end..])
            .map_err(|_| Error::corrupt(object, "it ends after its signature"))?;
        let start = metadata.len();
        let header = Header::read(&mut source, Bounds::MAIN, object)?;
        metadata.extend(MAGIC);
        metadata.extend(header.blob());
        Ok(Package {
            nevra: header.nevra(object)?,
            object: object.to_owned(),
            signature,
            header,
            metadata,
            start,
            file: None,
            path: Utf8PathBuf::new(),
        })
    }

    /// Name, epoch, version, release and architecture.
    pub fn nevra(&self) -> &Nevra {
        &self.nevra
    }

    /// One line.
    pub fn summary(&self) -> String {
        self.text(tag::SUMMARY)
    }

    /// Several lines.
    pub fn description(&self) -> String {
        self.text(tag::DESCRIPTION)
    }

    /// The license, usually as an SPDX expression.
    pub fn license(&self) -> String {
        self.text(tag::LICENSE)
    }

    /// The project's address; empty for none.
    pub fn url(&self) -> String {
        self.text(tag::URL)
    }

    /// Who distributes it; empty when not said.
    pub fn vendor(&self) -> String {
        self.text(tag::VENDOR)
    }

    /// Who made it; empty when not said.
    pub fn packager(&self) -> String {
        self.text(tag::PACKAGER)
    }

    /// rpm's old classification; empty when not said.
    pub fn group(&self) -> String {
        self.text(tag::GROUP)
    }

    /// The file name of the source package; empty for a source package.
    pub fn source_rpm(&self) -> String {
        self.text(tag::SOURCERPM)
    }

    /// Where it was built; empty when not said.
    pub fn build_host(&self) -> String {
        self.text(tag::BUILDHOST)
    }

    /// When it was built: seconds since 1970.
    pub fn build_time(&self) -> u64 {
        self.header.number(tag::BUILDTIME).unwrap_or(0)
    }

    /// Bytes of all files, as rpm counts them.
    pub fn installed_size(&self) -> u64 {
        let long = self.header.number(tag::LONGSIZE);
        long.or_else(|| self.header.number(tag::SIZE)).unwrap_or(0)
    }

    /// Bytes of the uncompressed payload; 0 when not said.
    pub fn payload_size(&self) -> u64 {
        let signed = self.signature.number(tag::signature::PAYLOADSIZE);
        [tag::LONGARCHIVESIZE, tag::ARCHIVESIZE]
            .into_iter()
            .find_map(|tag| self.header.number(tag))
            .or_else(|| self.signature.number(tag::LONGARCHIVESIZE))
            .or(signed)
            .unwrap_or(0)
    }

    /// A source package: it is built, not installed.
    pub fn is_source(&self) -> bool {
        self.header.has(tag::SOURCEPACKAGE) || !self.header.has(tag::SOURCERPM)
    }

    /// What it provides, itself included.
    pub fn provides(&self) -> Vec<Dependency> {
        self.dependencies(&tag::PROVIDES)
    }

    /// What it requires, `rpmlib(...)` (features of the installer) included.
    pub fn requires(&self) -> Vec<Dependency> {
        self.dependencies(&tag::REQUIRES)
    }

    /// What it cannot be installed with.
    pub fn conflicts(&self) -> Vec<Dependency> {
        self.dependencies(&tag::CONFLICTS)
    }

    /// What it replaces.
    pub fn obsoletes(&self) -> Vec<Dependency> {
        self.dependencies(&tag::OBSOLETES)
    }

    /// What is installed with it unless that is impossible or unwanted.
    pub fn recommends(&self) -> Vec<Dependency> {
        self.dependencies(&tag::RECOMMENDS)
    }

    /// What goes well with it.
    pub fn suggests(&self) -> Vec<Dependency> {
        self.dependencies(&tag::SUGGESTS)
    }

    /// What recommends it in reverse.
    pub fn supplements(&self) -> Vec<Dependency> {
        self.dependencies(&tag::SUPPLEMENTS)
    }

    /// What suggests it in reverse.
    pub fn enhances(&self) -> Vec<Dependency> {
        self.dependencies(&tag::ENHANCES)
    }

    /// The files, in the header's order.
    pub fn files(&self) -> Result<Vec<PackageFile>> {
        self.header.files(&self.object)
    }

    /// The changelog, newest entry first.
    pub fn changelog(&self) -> Vec<ChangelogEntry> {
        let times = self.header.numbers(tag::CHANGELOGTIME);
        let authors = self.header.strings(tag::CHANGELOGNAME);
        let texts = self.header.strings(tag::CHANGELOGTEXT);
        let entries = times.into_iter().zip(authors).zip(texts);
        entries
            .map(|((time, author), text)| ChangelogEntry { time, author, text })
            .collect()
    }

    /// Everything that its header says, as one JSON object: the names of the calls above, and
    /// dependencies as text.
    ///
    /// # Errors
    ///
    /// As [`Package::files`].
    pub fn to_json(&self) -> Result<Value> {
        let nevra = &self.nevra;
        Ok(json!({
            "nevra": nevra,
            "name": nevra.name,
            "epoch": nevra.evr.epoch,
            "version": nevra.evr.version,
            "release": nevra.evr.release,
            "arch": nevra.arch,
            "summary": self.summary(),
            "description": self.description(),
            "license": self.license(),
            "url": self.url(),
            "vendor": self.vendor(),
            "packager": self.packager(),
            "group": self.group(),
            "source_rpm": self.source_rpm(),
            "is_source": self.is_source(),
            "build_host": self.build_host(),
            "build_time": self.build_time(),
            "installed_size": self.installed_size(),
            "payload_size": self.payload_size(),
            "provides": self.provides(),
            "requires": self.requires(),
            "conflicts": self.conflicts(),
            "obsoletes": self.obsoletes(),
            "recommends": self.recommends(),
            "suggests": self.suggests(),
            "supplements": self.supplements(),
            "enhances": self.enhances(),
            "files": self.files()?,
            "changelog": self.changelog(),
        }))
    }

    /// The main header.
    pub(crate) fn header(&self) -> &Header {
        &self.header
    }

    /// All before the payload: lead, signature header with padding, main header.
    pub(crate) fn metadata_bytes(&self) -> &[u8] {
        &self.metadata
    }

    /// SHA-256 of [`Package::metadata_bytes`] in hexadecimal: what rpm-ostree names a local package
    /// by.
    pub(crate) fn metadata_sha256(&self) -> String {
        Algorithm::Sha256.of(&[&self.metadata])
    }

    /// SHA-256 of the main header in hexadecimal, computed: what `SHA256HEADER` should say.
    pub(crate) fn header_digest(&self) -> String {
        Algorithm::Sha256.of(&[&self.metadata[self.start..]])
    }

    /// Names the package in errors.
    pub(crate) fn object(&self) -> &str {
        &self.object
    }

    /// The algorithm of [`PackageFile::digest`]; `None` for one that is unknown.
    pub(crate) fn file_algorithm(&self) -> Option<Algorithm> {
        // Packages from before 2009 say nothing: MD5.
        Algorithm::from_number(self.header.number(tag::FILEDIGESTALGO).unwrap_or(1))
    }

    /// The payload, from its beginning. `files` are those of [`Package::files`].
    pub(crate) fn payload<'a>(&'a self, files: &'a [PackageFile]) -> Result<Payload<'a>> {
        if files.iter().any(|file| !file.digest.is_empty()) && self.file_algorithm().is_none() {
            return Err(Error::unsupported(
                "the digest algorithm of its files",
                &self.object,
            ));
        }
        let format = self.header.string(tag::PAYLOADFORMAT);
        if let Some(format) = format.filter(|format| format != "cpio") {
            return Err(Error::unsupported(
                format!("a payload of format {format:?}"),
                &self.object,
            ));
        }
        let source = BufReader::with_capacity(BUFFER, self.payload_bytes()?);
        let source = Compression::reader(source, &self.object)?;
        Ok(Payload::new(
            source,
            files,
            self.file_algorithm(),
            &self.object,
        ))
    }

    /// The compressed payload; any number of readers can be used at once.
    pub(crate) fn payload_bytes(&self) -> Result<PayloadBytes<'_>> {
        let missing = || Error::Internal(format!("the payload of {} is not at hand", self.object));
        Ok(PayloadBytes {
            file: self.file.as_ref().ok_or_else(missing)?,
            position: self.metadata.len() as u64,
        })
    }

    fn text(&self, tag: Tag) -> String {
        self.header.string(tag).unwrap_or_default()
    }

    fn dependencies(&self, list: &tag::DependencyTags) -> Vec<Dependency> {
        let dependencies = self.header.dependencies(list);
        dependencies
            .into_iter()
            .map(|(dependency, _)| dependency)
            .collect()
    }
}

/// Reads a payload at a place of its own, so that the open file can be shared.
pub(crate) struct PayloadBytes<'a> {
    file: &'a File,
    position: u64,
}

impl Read for PayloadBytes<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.file.read_at(buffer, self.position)?;
        self.position += count as u64;
        Ok(count)
    }
}
