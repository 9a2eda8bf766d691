//! One package in a database.

use crate::dependency::Dependency;
use crate::error::Result;
use crate::nevra::Nevra;
use crate::package::PackageFile;
use crate::package::header::Header;
use crate::package::tag::{self, DependencyTags, Tag};
use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

/// An installed package, as its stored header describes it.
#[derive(Debug, Clone)]
pub struct Installed {
    nevra: Nevra,
    header: Header,
    id: u32,
    object: String,
}

impl Installed {
    /// From a row of `Packages`; `file` names the database in errors.
    pub(crate) fn from_row(id: u32, blob: &[u8], file: &str) -> Result<Installed> {
        let object = format!("package {id} of {file}");
        let header = Header::parse(blob, &object)?;
        let nevra = header.nevra(&object)?;
        Ok(Installed {
            nevra,
            header,
            id,
            object,
        })
    }

    /// Name, version and architecture.
    pub fn nevra(&self) -> &Nevra {
        &self.nevra
    }

    /// What it is, in one line.
    pub fn summary(&self) -> String {
        self.text(tag::SUMMARY)
    }

    /// Its licence.
    pub fn license(&self) -> String {
        self.text(tag::LICENSE)
    }

    /// Who made it; empty where that is not said.
    pub fn vendor(&self) -> String {
        self.text(tag::VENDOR)
    }

    /// The source package that it was built from; empty where that is not said.
    pub fn source(&self) -> String {
        // What rpm writes for packages of before it was said.
        let source = self.text(tag::SOURCERPM);
        match source == "(none)" {
            true => String::new(),
            false => source,
        }
    }

    /// Bytes that its files take.
    pub fn size(&self) -> u64 {
        size(&self.header)
    }

    /// When it was built, in seconds since 1970.
    pub fn build_time(&self) -> u64 {
        self.header.number(tag::BUILDTIME).unwrap_or(0)
    }

    /// When it was installed, in seconds since 1970.
    pub fn install_time(&self) -> u64 {
        self.header.number(tag::INSTALLTIME).unwrap_or(0)
    }

    /// The digest of its header as it was built (SHA-1, hexadecimal); empty for very old packages.
    pub fn header_digest(&self) -> String {
        self.text(tag::SHA1HEADER)
    }

    /// Its files, in the package's order.
    ///
    /// # Errors
    ///
    /// [`Error::Corrupt`](crate::Error::Corrupt) when the lists in the header do not fit each other.
    pub fn files(&self) -> Result<Vec<PackageFile>> {
        self.header.files(&self.object)
    }

    /// What it provides.
    pub fn provides(&self) -> Vec<Dependency> {
        self.list(&tag::PROVIDES)
    }

    /// What it requires, what rpm itself must be able to do (`rpmlib(...)`) included.
    pub fn requires(&self) -> Vec<Dependency> {
        self.list(&tag::REQUIRES)
    }

    /// What it conflicts with.
    pub fn conflicts(&self) -> Vec<Dependency> {
        self.list(&tag::CONFLICTS)
    }

    /// What it replaces.
    pub fn obsoletes(&self) -> Vec<Dependency> {
        self.list(&tag::OBSOLETES)
    }

    /// What it recommends.
    pub fn recommends(&self) -> Vec<Dependency> {
        self.list(&tag::RECOMMENDS)
    }

    /// What it suggests.
    pub fn suggests(&self) -> Vec<Dependency> {
        self.list(&tag::SUGGESTS)
    }

    /// What it supplements.
    pub fn supplements(&self) -> Vec<Dependency> {
        self.list(&tag::SUPPLEMENTS)
    }

    /// What it enhances.
    pub fn enhances(&self) -> Vec<Dependency> {
        self.list(&tag::ENHANCES)
    }

    /// Everything that its header says, as one JSON object: the names of the calls above, and
    /// dependencies as text. (Serialised with serde it is without its files and dependencies, as in
    /// lists of packages.)
    ///
    /// # Errors
    ///
    /// As [`Installed::files`].
    pub fn to_json(&self) -> Result<Value> {
        let mut object = json!(self);
        object["provides"] = json!(self.provides());
        object["requires"] = json!(self.requires());
        object["conflicts"] = json!(self.conflicts());
        object["obsoletes"] = json!(self.obsoletes());
        object["recommends"] = json!(self.recommends());
        object["suggests"] = json!(self.suggests());
        object["supplements"] = json!(self.supplements());
        object["enhances"] = json!(self.enhances());
        object["files"] = json!(self.files()?);
        Ok(object)
    }

    /// The stored header.
    pub(crate) fn header(&self) -> &Header {
        &self.header
    }

    /// rpm's number of it in this database (`hnum`).
    pub(crate) fn id(&self) -> u32 {
        self.id
    }

    /// Whether the file at this place of the header's list is there (and not left out, or another
    /// package's).
    pub(crate) fn has_file(&self, place: usize) -> bool {
        const NORMAL: u8 = 0;
        const NET_SHARED: u8 = 3;
        let states = self.header.bytes(tag::FILESTATES).unwrap_or_default();
        states
            .get(place)
            .is_none_or(|state| [NORMAL, NET_SHARED].contains(state))
    }

    /// The directory (with its final slash) and name of the file at this place, as bytes.
    pub(crate) fn path(&self, place: usize) -> Option<(&[u8], &[u8])> {
        let name = *self.header.raw_strings(tag::BASENAMES).get(place)?;
        let dir = *self.header.numbers(tag::DIRINDEXES).get(place)?;
        let dirs = self.header.raw_strings(tag::DIRNAMES);
        Some((*dirs.get(usize::try_from(dir).ok()?)?, name))
    }

    /// What tells builds of the same NEVRA apart.
    fn build(&self) -> (String, Option<&[u8]>, u64) {
        (
            self.header_digest(),
            self.header.bytes(tag::SIGMD5),
            self.build_time(),
        )
    }

    fn text(&self, tag: Tag) -> String {
        self.header.string(tag).unwrap_or_default()
    }

    fn list(&self, list: &DependencyTags) -> Vec<Dependency> {
        let list = self.header.dependencies(list);
        list.into_iter().map(|(dependency, _)| dependency).collect()
    }
}

/// Bytes that a package's files take.
pub(super) fn size(header: &Header) -> u64 {
    let size = header.number(tag::LONGSIZE);
    size.or_else(|| header.number(tag::SIZE)).unwrap_or(0)
}

impl PartialEq for Installed {
    /// Whether both are the same package, wherever and whenever it was installed.
    fn eq(&self, other: &Installed) -> bool {
        self.nevra == other.nevra && self.build() == other.build()
    }
}

impl Serialize for Installed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let evr = &self.nevra.evr;
        let mut object = serializer.serialize_struct("Installed", 14)?;
        object.serialize_field("nevra", &self.nevra)?;
        object.serialize_field("name", &self.nevra.name)?;
        object.serialize_field("epoch", &evr.epoch)?;
        object.serialize_field("version", &evr.version)?;
        object.serialize_field("release", &evr.release)?;
        object.serialize_field("arch", &self.nevra.arch)?;
        object.serialize_field("summary", &self.summary())?;
        object.serialize_field("license", &self.license())?;
        object.serialize_field("vendor", &self.vendor())?;
        object.serialize_field("source", &self.source())?;
        object.serialize_field("size", &self.size())?;
        object.serialize_field("build_time", &self.build_time())?;
        object.serialize_field("install_time", &self.install_time())?;
        object.serialize_field("header_digest", &self.header_digest())?;
        object.end()
    }
}
