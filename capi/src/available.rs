//! What repositories have.

use crate::call::{call, value};
use crate::code::regraft_code;
use crate::error::regraft_error;
use crate::handle::{self, Out, Owned, hold, peek};
use crate::job::regraft_job;
use crate::nevra::regraft_nevra;
use crate::sysroot::regraft_sysroot;
use crate::text::{self, Text};
use engine::{AvailablePackage, RepositoryState};
use std::ffi::c_char;

/// A package that a repository has. Immutable, and borrowed from a list: any thread.
pub struct regraft_available {
    nevra: regraft_nevra,
    repo: Text,
    summary: Text,
    download_size: u64,
    installed_size: u64,
}

/// Packages, sorted by name and version. Immutable: any thread.
pub struct regraft_available_list {
    items: Vec<regraft_available>,
    json: Text,
}

/// A repository whose metadata is in the cache now. Immutable, and borrowed from a list: any
/// thread.
pub struct regraft_repository_state {
    id: Text,
    timestamp: u64,
    packages: u64,
}

/// Repositories. Immutable: any thread.
pub struct regraft_repository_state_list {
    items: Vec<regraft_repository_state>,
    json: Text,
}

impl Owned for regraft_available_list {}
impl Owned for regraft_repository_state_list {}

impl From<&AvailablePackage> for regraft_available {
    fn from(package: &AvailablePackage) -> regraft_available {
        regraft_available {
            nevra: (&package.package).into(),
            repo: Text::new(&package.repo),
            summary: Text::new(&package.summary),
            download_size: package.download_size,
            installed_size: package.installed_size,
        }
    }
}

impl From<&RepositoryState> for regraft_repository_state {
    fn from(state: &RepositoryState) -> regraft_repository_state {
        regraft_repository_state {
            id: Text::new(&state.id),
            timestamp: state.timestamp,
            packages: state.packages,
        }
    }
}

/// The packages of the enabled repositories with one of `words` (separated by white space) in their
/// names or summaries, sorted by name and version. The program owns the list;
/// `regraft_available_list_free`.
///
/// Any user may look into what is cached and not older than the repository allows; what is missing
/// or older is downloaded into the sysroot, which takes permission to write there.
///
/// Fails with `REGRAFT_ERROR_STATE` when nothing is deployed, `REGRAFT_ERROR_PERMISSION`, and what
/// a repository without `skip_if_unavailable` fails with: `REGRAFT_ERROR_NETWORK`,
/// `REGRAFT_ERROR_SIGNATURE`, `REGRAFT_ERROR_CORRUPT`, `REGRAFT_ERROR_CONFIG`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_sysroot_search(
    sysroot: *const regraft_sysroot,
    words: *const c_char,
    job: *mut regraft_job,
    list: *mut *mut regraft_available_list,
    error: *mut *mut regraft_error,
) -> regraft_code {
    call(error, || {
        let out = Out::new(list, "list")?;
        let sysroot = hold(sysroot, "sysroot")?;
        let words = text::read(words, "words")?.split_whitespace();
        let words: Vec<String> = words.map(str::to_owned).collect();
        let job = hold(job, "job")?;
        let found = job.run(|job| Ok(sysroot.sysroot.search(&words, job)?))?;
        out.put(regraft_available_list {
            items: found.iter().map(Into::into).collect(),
            json: Text::new(serde_json::json!(found).to_string()),
        });
        Ok(())
    })
}

/// Gets the metadata of the enabled repositories again, however new what is cached is, and answers
/// what the cache has then. The program owns the list; `regraft_repository_state_list_free`. Fails
/// as `regraft_sysroot_search`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_sysroot_refresh_metadata(
    sysroot: *const regraft_sysroot,
    job: *mut regraft_job,
    list: *mut *mut regraft_repository_state_list,
    error: *mut *mut regraft_error,
) -> regraft_code {
    call(error, || {
        let out = Out::new(list, "list")?;
        let sysroot = hold(sysroot, "sysroot")?;
        let job = hold(job, "job")?;
        let found = job.run(|job| Ok(sysroot.sysroot.refresh_metadata(job)?))?;
        out.put(regraft_repository_state_list {
            items: found.iter().map(Into::into).collect(),
            json: Text::new(serde_json::json!(found).to_string()),
        });
        Ok(())
    })
}

/// How many packages there are; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_available_list_count(
    list: *const regraft_available_list,
) -> usize {
    value(0, || Some(peek(list)?.items.len()))
}

/// A package. NULL where there is none at `index`. Borrowed from the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_available_list_get(
    list: *const regraft_available_list,
    index: usize,
) -> *const regraft_available {
    value(std::ptr::null(), || {
        Some(std::ptr::from_ref(peek(list)?.items.get(index)?))
    })
}

/// The list as a JSON array of objects: `package` (the NEVRA), and the names of the calls below.
/// Keys are only ever added. `""` for NULL. Borrowed from the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_available_list_to_json(
    list: *const regraft_available_list,
) -> *const c_char {
    value(text::empty(), || Some(peek(list)?.json.pointer()))
}

/// Frees a list; NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_available_list_free(list: *mut regraft_available_list) {
    handle::free(list);
}

/// The package. NULL for NULL. Borrowed from the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_available_nevra(
    package: *const regraft_available,
) -> *const regraft_nevra {
    value(std::ptr::null(), || {
        Some(std::ptr::from_ref(&peek(package)?.nevra))
    })
}

/// The repository's identifier. `""` for NULL. Borrowed from the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_available_repo(
    package: *const regraft_available,
) -> *const c_char {
    value(text::empty(), || Some(peek(package)?.repo.pointer()))
}

/// One line about it. `""` for NULL. Borrowed from the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_available_summary(
    package: *const regraft_available,
) -> *const c_char {
    value(text::empty(), || Some(peek(package)?.summary.pointer()))
}

/// Bytes to download; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_available_download_size(package: *const regraft_available) -> u64 {
    value(0, || Some(peek(package)?.download_size))
}

/// Bytes that its files take; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_available_installed_size(
    package: *const regraft_available,
) -> u64 {
    value(0, || Some(peek(package)?.installed_size))
}

/// How many repositories there are; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_repository_state_list_count(
    list: *const regraft_repository_state_list,
) -> usize {
    value(0, || Some(peek(list)?.items.len()))
}

/// A repository. NULL where there is none at `index`. Borrowed from the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_repository_state_list_get(
    list: *const regraft_repository_state_list,
    index: usize,
) -> *const regraft_repository_state {
    value(std::ptr::null(), || {
        Some(std::ptr::from_ref(peek(list)?.items.get(index)?))
    })
}

/// The list as a JSON array of objects with the names of the calls below. Keys are only ever added.
/// `""` for NULL. Borrowed from the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_repository_state_list_to_json(
    list: *const regraft_repository_state_list,
) -> *const c_char {
    value(text::empty(), || Some(peek(list)?.json.pointer()))
}

/// Frees a list; NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_repository_state_list_free(
    list: *mut regraft_repository_state_list,
) {
    handle::free(list);
}

/// Its identifier. `""` for NULL. Borrowed from the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_repository_state_id(
    state: *const regraft_repository_state,
) -> *const c_char {
    value(text::empty(), || Some(peek(state)?.id.pointer()))
}

/// When its metadata was made, in seconds since 1970; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_repository_state_timestamp(
    state: *const regraft_repository_state,
) -> u64 {
    value(0, || Some(peek(state)?.timestamp))
}

/// How many packages it has; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_repository_state_packages(
    state: *const regraft_repository_state,
) -> u64 {
    value(0, || Some(peek(state)?.packages))
}
