//! RPM package files.

use crate::call::{call, value};
use crate::code::regraft_code;
use crate::dependency::*;
use crate::error::regraft_error;
use crate::handle::{self, Out, Owned, peek, required};
use crate::keyring::regraft_keyring;
use crate::nevra::regraft_nevra;
use crate::package_file::regraft_package_file_list;
use crate::signature::signature;
use crate::text::{self, Text};
use crate::verification::regraft_verification;
use engine::{ChangelogEntry, Package};
use std::ffi::c_char;
use std::sync::OnceLock;

/// One RPM package file, held open. Immutable: any thread.
pub struct regraft_package {
    package: Package,
    nevra: regraft_nevra,
    summary: Text,
    description: Text,
    license: Text,
    url: Text,
    vendor: Text,
    packager: Text,
    group: Text,
    source_rpm: Text,
    build_host: Text,
    dependencies: Lists,
    changelog: OnceLock<Vec<regraft_changelog_entry>>,
    json: OnceLock<Option<Text>>,
}

/// One entry of a package's changelog. Immutable, and borrowed from the package: any thread.
pub struct regraft_changelog_entry {
    time: u64,
    author: Text,
    text: Text,
}

impl Owned for regraft_package {}

impl From<ChangelogEntry> for regraft_changelog_entry {
    fn from(entry: ChangelogEntry) -> regraft_changelog_entry {
        regraft_changelog_entry {
            time: entry.time,
            author: Text::new(entry.author),
            text: Text::new(entry.text),
        }
    }
}

impl regraft_package {
    fn new(package: Package) -> regraft_package {
        regraft_package {
            nevra: package.nevra().into(),
            summary: Text::new(package.summary()),
            description: Text::new(package.description()),
            license: Text::new(package.license()),
            url: Text::new(package.url()),
            vendor: Text::new(package.vendor()),
            packager: Text::new(package.packager()),
            group: Text::new(package.group()),
            source_rpm: Text::new(package.source_rpm()),
            build_host: Text::new(package.build_host()),
            dependencies: Lists::default(),
            changelog: OnceLock::new(),
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

    fn changelog(&self) -> &[regraft_changelog_entry] {
        let make = || {
            self.package
                .changelog()
                .into_iter()
                .map(Into::into)
                .collect()
        };
        self.changelog.get_or_init(make)
    }
}

/// Reads a package's headers; nothing is verified yet. The program owns the package;
/// `regraft_package_free`.
///
/// Fails with `REGRAFT_ERROR_NOT_FOUND` where there is no such file, and with
/// `REGRAFT_ERROR_CORRUPT` where it is no RPM or damaged.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_package_open(
    path: *const c_char,
    package: *mut *mut regraft_package,
    error: *mut *mut regraft_error,
) -> regraft_code {
    call(error, || {
        let out = Out::new(package, "package")?;
        let path = text::read(path, "path")?;
        out.put(regraft_package::new(Package::open(path)?));
        Ok(())
    })
}

/// Name, epoch, version, release and architecture. NULL for NULL. Borrowed from the package.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_package_nevra(
    package: *const regraft_package,
) -> *const regraft_nevra {
    value(std::ptr::null(), || {
        Some(std::ptr::from_ref(&peek(package)?.nevra))
    })
}

/// What it is, in one line. `""` for NULL. Borrowed from the package.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_package_summary(package: *const regraft_package) -> *const c_char {
    value(text::empty(), || Some(peek(package)?.summary.pointer()))
}

/// What it is, in several lines. `""` for NULL. Borrowed from the package.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_package_description(
    package: *const regraft_package,
) -> *const c_char {
    value(text::empty(), || Some(peek(package)?.description.pointer()))
}

/// The licence, usually as an SPDX expression. `""` for NULL. Borrowed from the package.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_package_license(package: *const regraft_package) -> *const c_char {
    value(text::empty(), || Some(peek(package)?.license.pointer()))
}

/// The project's address; empty for none. `""` for NULL. Borrowed from the package.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_package_url(package: *const regraft_package) -> *const c_char {
    value(text::empty(), || Some(peek(package)?.url.pointer()))
}

/// Who distributes it; empty when not said. `""` for NULL. Borrowed from the package.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_package_vendor(package: *const regraft_package) -> *const c_char {
    value(text::empty(), || Some(peek(package)?.vendor.pointer()))
}

/// Who made it; empty when not said. `""` for NULL. Borrowed from the package.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_package_packager(
    package: *const regraft_package,
) -> *const c_char {
    value(text::empty(), || Some(peek(package)?.packager.pointer()))
}

/// rpm's old classification; empty when not said. `""` for NULL. Borrowed from the package.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_package_group(package: *const regraft_package) -> *const c_char {
    value(text::empty(), || Some(peek(package)?.group.pointer()))
}

/// The file name of the source package; empty for a source package. `""` for NULL. Borrowed from
/// the package.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_package_source_rpm(
    package: *const regraft_package,
) -> *const c_char {
    value(text::empty(), || Some(peek(package)?.source_rpm.pointer()))
}

/// Where it was built; empty when not said. `""` for NULL. Borrowed from the package.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_package_build_host(
    package: *const regraft_package,
) -> *const c_char {
    value(text::empty(), || Some(peek(package)?.build_host.pointer()))
}

/// When it was built, in seconds since 1970; 0 when not said, and for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_package_build_time(package: *const regraft_package) -> u64 {
    value(0, || Some(peek(package)?.package.build_time()))
}

/// Bytes of all files, as rpm counts them; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_package_installed_size(package: *const regraft_package) -> u64 {
    value(0, || Some(peek(package)?.package.installed_size()))
}

/// Bytes of the uncompressed payload; 0 when not said, and for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_package_payload_size(package: *const regraft_package) -> u64 {
    value(0, || Some(peek(package)?.package.payload_size()))
}

/// Whether it is a source package: built, not installed. False for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_package_is_source(package: *const regraft_package) -> bool {
    value(false, || Some(peek(package)?.package.is_source()))
}

/// One of its lists of dependencies; NULL for what is no `REGRAFT_DEPENDENCY_*`, and for NULL.
/// Borrowed from the package.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_package_dependencies(
    package: *const regraft_package,
    kind: i32,
) -> *const regraft_dependency_list {
    value(std::ptr::null(), || {
        Some(std::ptr::from_ref(peek(package)?.list(kind)?))
    })
}

/// The files, in the header's order. The program owns the list, which needs the package no more;
/// `regraft_package_file_list_free`. Fails with `REGRAFT_ERROR_CORRUPT` when the lists in the
/// header do not fit each other.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_package_files(
    package: *const regraft_package,
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

/// How many entries its changelog has; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_package_changelog_count(package: *const regraft_package) -> usize {
    value(0, || Some(peek(package)?.changelog().len()))
}

/// An entry of the changelog, the newest at 0. NULL where there is none at `index`. Borrowed from
/// the package.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_package_changelog_get(
    package: *const regraft_package,
    index: usize,
) -> *const regraft_changelog_entry {
    value(std::ptr::null(), || {
        Some(std::ptr::from_ref(peek(package)?.changelog().get(index)?))
    })
}

/// Seconds since 1970; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_changelog_entry_time(
    entry: *const regraft_changelog_entry,
) -> u64 {
    value(0, || Some(peek(entry)?.time))
}

/// Who, and for which version. `""` for NULL. Borrowed from the package.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_changelog_entry_author(
    entry: *const regraft_changelog_entry,
) -> *const c_char {
    value(text::empty(), || Some(peek(entry)?.author.pointer()))
}

/// What was changed. `""` for NULL. Borrowed from the package.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_changelog_entry_text(
    entry: *const regraft_changelog_entry,
) -> *const c_char {
    value(text::empty(), || Some(peek(entry)?.text.pointer()))
}

/// Checks all digests and the signature; the payload is read once. `required_signature` is a
/// `REGRAFT_SIGNATURE_*`: whether a signature by a key of the keyring is needed; where it is not,
/// one by such a key must be genuine all the same. `keyring` may be NULL for one without keys. The
/// program owns the verification; `regraft_verification_free`.
///
/// Fails with `REGRAFT_ERROR_DIGEST` for a wrong digest, `REGRAFT_ERROR_CORRUPT` where the file is
/// too short or a digest malformed, `REGRAFT_ERROR_SIGNATURE` where a signature is required and
/// missing, bad, or by a key that is unknown, expired or revoked.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_package_verify(
    package: *const regraft_package,
    keyring: *const regraft_keyring,
    required_signature: i32,
    verification: *mut *mut regraft_verification,
    error: *mut *mut regraft_error,
) -> regraft_code {
    call(error, || {
        let out = Out::new(verification, "verification")?;
        let package = required(package, "package")?;
        let wanted = signature(required_signature, "required_signature")?;
        let keyring = regraft_keyring::copy(keyring)?;
        out.put(package.package.verify(&keyring, wanted)?.into());
        Ok(())
    })
}

/// Everything that its header says as a JSON object with the names of the calls above; `nevra` also
/// in its parts, dependencies as text. Keys are only ever added. `""` for NULL, and where
/// `regraft_package_files` fails. Borrowed from the package.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_package_to_json(package: *const regraft_package) -> *const c_char {
    value(text::empty(), || {
        let package = peek(package)?;
        let make = || Some(Text::new(package.package.to_json().ok()?.to_string()));
        Some(package.json.get_or_init(make).as_ref()?.pointer())
    })
}

/// Frees a package; NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_package_free(package: *mut regraft_package) {
    handle::free(package);
}
