//! What a pool knows of a package, and the search for packages.

use super::ffi::{self, Id};
use super::{DependencyKind, PackageId, Pool, lossy};
use crate::nevra::Nevra;

/// All that a pool knows of a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PackageInfo {
    /// The identity.
    pub(crate) nevra: Nevra,
    /// The repository's id; `None` for an installed or local package.
    pub(crate) repo: Option<String>,
    /// Algorithm (`sha256`) and hexadecimal digest of the whole file.
    pub(crate) checksum: Option<(String, String)>,
    /// Where the file is, relative to `media_base` or the repository. It is the repository's word:
    /// check it before a path is made of it.
    pub(crate) location: Option<String>,
    /// What `location` is relative to, where that is not the repository itself.
    pub(crate) media_base: Option<String>,
    /// Bytes to download; 0 when not known.
    pub(crate) download_size: u64,
    /// Bytes that the files take.
    pub(crate) installed_size: u64,
    pub(crate) summary: String,
    pub(crate) license: String,
    pub(crate) description: String,
    pub(crate) url: String,
    pub(crate) vendor: Option<String>,
    /// Seconds since 1970.
    pub(crate) build_time: u64,
    /// The source package's file name.
    pub(crate) source_rpm: Option<String>,
    /// rpm's `SHA1HEADER`, of installed and local packages.
    pub(crate) header_sha1: Option<String>,
}

impl Pool {
    /// All that is known of a package.
    pub(crate) fn package(&self, id: PackageId) -> PackageInfo {
        let text = |key| self.lookup(id, key);
        PackageInfo {
            nevra: self.nevra(id),
            repo: self.repository_of(id).map(|files| files.id.clone()),
            checksum: self.checksum(id, ffi::SOLVABLE_CHECKSUM),
            location: self.location(id),
            media_base: text(ffi::SOLVABLE_MEDIABASE),
            download_size: self.number(id, ffi::SOLVABLE_DOWNLOADSIZE),
            installed_size: self.number(id, ffi::SOLVABLE_INSTALLSIZE),
            summary: text(ffi::SOLVABLE_SUMMARY).unwrap_or_default(),
            license: text(ffi::SOLVABLE_LICENSE).unwrap_or_default(),
            description: text(ffi::SOLVABLE_DESCRIPTION).unwrap_or_default(),
            url: text(ffi::SOLVABLE_URL).unwrap_or_default(),
            vendor: text(ffi::SOLVABLE_VENDOR).filter(|vendor| !vendor.is_empty()),
            build_time: self.number(id, ffi::SOLVABLE_BUILDTIME),
            source_rpm: self.source_rpm(id),
            header_sha1: self.checksum(id, ffi::SOLVABLE_HDRID).map(|(_, hex)| hex),
        }
    }

    /// The usable packages with one of the words in name or summary, whatever the case; in the
    /// order of their NEVRAs.
    pub(crate) fn search(&self, words: &[String]) -> Vec<PackageId> {
        let words: Vec<String> = words.iter().map(|word| word.to_lowercase()).collect();
        let has = |text: &str| {
            let text = text.to_lowercase();
            words.iter().any(|word| text.contains(word))
        };
        let mut found: Vec<PackageId> = self
            .packages()
            .filter(|id| {
                self.is_usable(*id)
                    && (has(self.name(*id))
                        || self
                            .lookup(*id, ffi::SOLVABLE_SUMMARY)
                            .is_some_and(|summary| has(&summary)))
            })
            .collect();
        found.sort_by_cached_key(|id| self.nevra(*id));
        found
    }

    /// All paths of a package that the pool knows; those of repositories are complete only after
    /// [`Pool::load_filelists`].
    pub(crate) fn provides_texts(&self, id: PackageId) -> Vec<String> {
        self.dependencies(id, DependencyKind::Provides)
            .into_iter()
            .map(|dependency| self.dependency_text(dependency))
            .collect()
    }

    fn lookup(&self, id: PackageId, key: Id) -> Option<String> {
        // SAFETY: the package is this pool's; the text is copied.
        unsafe { lossy(ffi::solvable_lookup_str(self.solvable_pointer(id), key)) }
    }

    pub(super) fn number(&self, id: PackageId, key: Id) -> u64 {
        // SAFETY: the package is this pool's.
        unsafe { ffi::solvable_lookup_num(self.solvable_pointer(id), key, 0) }
    }

    fn checksum(&self, id: PackageId, key: Id) -> Option<(String, String)> {
        let mut kind = 0;
        // SAFETY: the package is this pool's; both texts are copied.
        unsafe {
            let solvable = self.solvable_pointer(id);
            let hex = lossy(ffi::solvable_lookup_checksum(solvable, key, &mut kind))?;
            let kind = lossy(ffi::solv_chksum_type2str(kind))?;
            Some((kind, hex))
        }
    }

    fn location(&self, id: PackageId) -> Option<String> {
        let mut medium = 0;
        // SAFETY: the package is this pool's; the text is copied.
        unsafe {
            lossy(ffi::solvable_lookup_location(
                self.solvable_pointer(id),
                &mut medium,
            ))
        }
    }

    fn source_rpm(&self, id: PackageId) -> Option<String> {
        // SAFETY: the package is this pool's; the text is copied.
        unsafe { lossy(ffi::solvable_lookup_sourcepkg(self.solvable_pointer(id))) }
    }
}
