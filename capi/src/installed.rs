//! Packages in an rpm database.

use crate::call::{call, value};
use crate::code::regraft_code;
use crate::dependency::*;
use crate::error::regraft_error;
use crate::handle::{self, Out, Owned, peek, required};
use crate::nevra::regraft_nevra;
use crate::package_file::regraft_package_file_list;
use crate::text::{self, Text};
use engine::Installed;
use std::ffi::c_char;
use std::sync::OnceLock;

/// An installed package, as the database has it. Immutable: any thread. Borrowed from a list, which
/// needs the database no more.
pub struct regraft_installed {
    package: Installed,
    nevra: regraft_nevra,
    summary: Text,
    license: Text,
    vendor: Text,
    source: Text,
    header_digest: Text,
    dependencies: Lists,
    json: OnceLock<Option<Text>>,
}

/// Installed packages, sorted by NEVRA. Immutable: any thread.
pub struct regraft_installed_list {
    items: Vec<regraft_installed>,
    json: OnceLock<Text>,
}

impl Owned for regraft_installed_list {}

impl regraft_installed_list {
    pub(crate) fn new(packages: Vec<Installed>) -> regraft_installed_list {
        regraft_installed_list {
            items: packages.into_iter().map(regraft_installed::new).collect(),
            json: OnceLock::new(),
        }
    }

    fn json(&self) -> String {
        let packages: Vec<&Installed> = self.items.iter().map(|item| &item.package).collect();
        serde_json::json!(packages).to_string()
    }
}

impl regraft_installed {
    fn new(package: Installed) -> regraft_installed {
        regraft_installed {
            nevra: package.nevra().into(),
            summary: Text::new(package.summary()),
            license: Text::new(package.license()),
            vendor: Text::new(package.vendor()),
            source: Text::new(package.source()),
            header_digest: Text::new(package.header_digest()),
            dependencies: Lists::default(),
            json: OnceLock::new(),
            package,
        }
    }

    fn list(&self, kind: i32) -> Option<&regraft_dependency_list> {
        let package = &self.package;
        self.dependencies.get(kind, || match kind {
            REGRAFT_DEPENDENCY_PROVIDES => package.provides(),
            REGRAFT_DEPENDENCY_REQUIRES => package.requires(),
            REGRAFT_DEPENDENCY_CONFLICTS => package.conflicts(),
            REGRAFT_DEPENDENCY_OBSOLETES => package.obsoletes(),
            REGRAFT_DEPENDENCY_RECOMMENDS => package.recommends(),
            REGRAFT_DEPENDENCY_SUGGESTS => package.suggests(),
            REGRAFT_DEPENDENCY_SUPPLEMENTS => package.supplements(),
            _ => package.enhances(),
        })
    }
}

/// How many packages there are; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_installed_list_count(
    list: *const regraft_installed_list,
) -> usize {
    value(0, || Some(peek(list)?.items.len()))
}

/// A package. NULL where there is none at `index`. Borrowed from the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_installed_list_get(
    list: *const regraft_installed_list,
    index: usize,
) -> *const regraft_installed {
    value(std::ptr::null(), || {
        Some(std::ptr::from_ref(peek(list)?.items.get(index)?))
    })
}

/// The list as a JSON array: of each package an object with `nevra`, its parts, and the names of
/// the calls below, without files and dependencies, which `regraft_installed_to_json` has. Keys are
/// only ever added. `""` for NULL. Borrowed from the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_installed_list_to_json(
    list: *const regraft_installed_list,
) -> *const c_char {
    value(text::empty(), || {
        let list = peek(list)?;
        let json = list.json.get_or_init(|| Text::new(list.json()));
        Some(json.pointer())
    })
}

/// Frees a list; NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_installed_list_free(list: *mut regraft_installed_list) {
    handle::free(list);
}

/// Name, EVR and architecture. NULL for NULL. Borrowed from the package.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_installed_nevra(
    package: *const regraft_installed,
) -> *const regraft_nevra {
    value(std::ptr::null(), || {
        Some(std::ptr::from_ref(&peek(package)?.nevra))
    })
}

/// What it is, in one line. `""` for NULL. Borrowed from the package.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_installed_summary(
    package: *const regraft_installed,
) -> *const c_char {
    value(text::empty(), || Some(peek(package)?.summary.pointer()))
}

/// Its licence. `""` for NULL. Borrowed from the package.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_installed_license(
    package: *const regraft_installed,
) -> *const c_char {
    value(text::empty(), || Some(peek(package)?.license.pointer()))
}

/// Who made it; empty where that is not said. `""` for NULL. Borrowed from the package.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_installed_vendor(
    package: *const regraft_installed,
) -> *const c_char {
    value(text::empty(), || Some(peek(package)?.vendor.pointer()))
}

/// The source package that it was built from; empty where that is not said. `""` for NULL. Borrowed
/// from the package.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_installed_source(
    package: *const regraft_installed,
) -> *const c_char {
    value(text::empty(), || Some(peek(package)?.source.pointer()))
}

/// Bytes that its files take; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_installed_size(package: *const regraft_installed) -> u64 {
    value(0, || Some(peek(package)?.package.size()))
}

/// When it was built, in seconds since 1970; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_installed_build_time(package: *const regraft_installed) -> u64 {
    value(0, || Some(peek(package)?.package.build_time()))
}

/// When it was installed, in seconds since 1970; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_installed_install_time(package: *const regraft_installed) -> u64 {
    value(0, || Some(peek(package)?.package.install_time()))
}

/// The digest of its header as it was built (SHA-1, hexadecimal); empty for very old packages. `""`
/// for NULL. Borrowed from the package.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_installed_header_digest(
    package: *const regraft_installed,
) -> *const c_char {
    value(text::empty(), || {
        Some(peek(package)?.header_digest.pointer())
    })
}

/// One of its lists of dependencies; NULL for what is no `REGRAFT_DEPENDENCY_*`, and for NULL.
/// Borrowed from the package.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_installed_dependencies(
    package: *const regraft_installed,
    kind: i32,
) -> *const regraft_dependency_list {
    value(std::ptr::null(), || {
        Some(std::ptr::from_ref(peek(package)?.list(kind)?))
    })
}

/// Its files, in its order. The program owns the list, which needs the package no more;
/// `regraft_package_file_list_free`. Fails with `REGRAFT_ERROR_CORRUPT` when the lists in its
/// header do not fit each other.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_installed_files(
    package: *const regraft_installed,
    files: *mut *mut regraft_package_file_list,
    error: *mut *mut regraft_error,
) -> regraft_code {
    call(error, || {
        let out = Out::new(files, "files")?;
        let package = required(package, "package")?;
        out.put(regraft_package_file_list::new(package.package.files()?));
        Ok(())
    })
}

/// Whether both are the same package, wherever and whenever it was installed: equal in NEVRA and
/// content. False when one is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_installed_equal(
    a: *const regraft_installed,
    b: *const regraft_installed,
) -> bool {
    value(false, || Some(peek(a)?.package == peek(b)?.package))
}

/// Everything that its header says as a JSON object: as in the list, and its `files` and lists of
/// dependencies. Keys are only ever added. `""` for NULL, and where `regraft_installed_files`
/// fails. Borrowed from the package.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_installed_to_json(
    package: *const regraft_installed,
) -> *const c_char {
    value(text::empty(), || {
        let package = peek(package)?;
        let make = || Some(Text::new(package.package.to_json().ok()?.to_string()));
        Some(package.json.get_or_init(make).as_ref()?.pointer())
    })
}
