//! The files that a package lists.

use crate::call::value;
use crate::handle::{self, Owned, peek};
use crate::text::{self, Text};
use engine::PackageFile;
use std::ffi::c_char;
use std::sync::OnceLock;

/// One file of a package, as its header describes it. Immutable: any thread. Borrowed from a list.
pub struct regraft_package_file {
    file: PackageFile,
    path: Text,
    user: Text,
    group: Text,
    digest: Text,
    link_target: Text,
    capabilities: Text,
    language: Text,
}

/// A package's files, in its order. Immutable: any thread.
pub struct regraft_package_file_list {
    items: Vec<regraft_package_file>,
    json: OnceLock<Text>,
}

impl Owned for regraft_package_file_list {}

impl regraft_package_file_list {
    pub(crate) fn new(files: Vec<PackageFile>) -> regraft_package_file_list {
        regraft_package_file_list {
            items: files.into_iter().map(regraft_package_file::new).collect(),
            json: OnceLock::new(),
        }
    }

    fn json(&self) -> String {
        let files: Vec<&PackageFile> = self.items.iter().map(|item| &item.file).collect();
        serde_json::json!(files).to_string()
    }
}

impl regraft_package_file {
    fn new(file: PackageFile) -> regraft_package_file {
        regraft_package_file {
            path: Text::new(&file.path),
            user: Text::new(&file.user),
            group: Text::new(&file.group),
            digest: Text::new(&file.digest),
            link_target: Text::new(&file.link_target),
            capabilities: Text::new(&file.capabilities),
            language: Text::new(&file.language),
            file,
        }
    }
}

/// How many files there are; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_package_file_list_count(
    list: *const regraft_package_file_list,
) -> usize {
    value(0, || Some(peek(list)?.items.len()))
}

/// A file. NULL where there is none at `index`. Borrowed from the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_package_file_list_get(
    list: *const regraft_package_file_list,
    index: usize,
) -> *const regraft_package_file {
    value(std::ptr::null(), || {
        Some(std::ptr::from_ref(peek(list)?.items.get(index)?))
    })
}

/// The list as a JSON array of objects with the names of the calls below; `inode` is device and
/// inode. Keys are only ever added. `""` for NULL. Borrowed from the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_package_file_list_to_json(
    list: *const regraft_package_file_list,
) -> *const c_char {
    value(text::empty(), || {
        let list = peek(list)?;
        let json = list.json.get_or_init(|| Text::new(list.json()));
        Some(json.pointer())
    })
}

/// Frees a list; NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_package_file_list_free(list: *mut regraft_package_file_list) {
    handle::free(list);
}

/// The absolute path. `""` for NULL. Borrowed from the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_package_file_path(
    file: *const regraft_package_file,
) -> *const c_char {
    value(text::empty(), || Some(peek(file)?.path.pointer()))
}

/// File type and permissions, as in `st_mode`; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_package_file_mode(file: *const regraft_package_file) -> u32 {
    value(0, || Some(peek(file)?.file.mode))
}

/// Size in bytes, as in `st_size`; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_package_file_size(file: *const regraft_package_file) -> u64 {
    value(0, || Some(peek(file)?.file.size))
}

/// Owner by name. `""` for NULL. Borrowed from the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_package_file_user(
    file: *const regraft_package_file,
) -> *const c_char {
    value(text::empty(), || Some(peek(file)?.user.pointer()))
}

/// Group by name. `""` for NULL. Borrowed from the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_package_file_group(
    file: *const regraft_package_file,
) -> *const c_char {
    value(text::empty(), || Some(peek(file)?.group.pointer()))
}

/// Digest of the content in hexadecimal; empty for all but regular files. `""` for NULL. Borrowed
/// from the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_package_file_digest(
    file: *const regraft_package_file,
) -> *const c_char {
    value(text::empty(), || Some(peek(file)?.digest.pointer()))
}

/// What a symlink points to; empty for others. `""` for NULL. Borrowed from the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_package_file_link_target(
    file: *const regraft_package_file,
) -> *const c_char {
    value(text::empty(), || Some(peek(file)?.link_target.pointer()))
}

/// `%config`, `%doc`, `%ghost`: bits of rpm's `RPMFILE_*`; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_package_file_flags(file: *const regraft_package_file) -> u32 {
    value(0, || Some(peek(file)?.file.flags))
}

/// When it was changed last, in seconds since 1970; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_package_file_mtime(file: *const regraft_package_file) -> u64 {
    value(0, || Some(peek(file)?.file.mtime))
}

/// File capabilities in text form; empty for none. `""` for NULL. Borrowed from the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_package_file_capabilities(
    file: *const regraft_package_file,
) -> *const c_char {
    value(text::empty(), || Some(peek(file)?.capabilities.pointer()))
}

/// The language that the file is for; empty for all. `""` for NULL. Borrowed from the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_package_file_language(
    file: *const regraft_package_file,
) -> *const c_char {
    value(text::empty(), || Some(peek(file)?.language.pointer()))
}

/// The device at build time; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_package_file_device(file: *const regraft_package_file) -> u64 {
    value(0, || Some(peek(file)?.file.inode.0))
}

/// The inode at build time: files with equal ones, and equal devices, are hard links of each other.
/// 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_package_file_inode(file: *const regraft_package_file) -> u64 {
    value(0, || Some(peek(file)?.file.inode.1))
}

/// For a device node, its number; else 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_package_file_rdev(file: *const regraft_package_file) -> u64 {
    value(0, || Some(peek(file)?.file.rdev))
}

/// 1 for 32-bit ELF files, 2 for 64-bit ones, 0 for others.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_package_file_color(file: *const regraft_package_file) -> u32 {
    value(0, || Some(peek(file)?.file.color))
}

/// Whether it is a `%config` file. False for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_package_file_is_config(file: *const regraft_package_file) -> bool {
    value(false, || Some(peek(file)?.file.is_config()))
}

/// Whether it is documentation. False for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_package_file_is_doc(file: *const regraft_package_file) -> bool {
    value(false, || Some(peek(file)?.file.is_doc()))
}

/// Whether it is owned, but not in the payload. False for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_package_file_is_ghost(file: *const regraft_package_file) -> bool {
    value(false, || Some(peek(file)?.file.is_ghost()))
}

/// Whether it is a directory. False for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_package_file_is_dir(file: *const regraft_package_file) -> bool {
    value(false, || Some(peek(file)?.file.is_dir()))
}

/// Whether it is a symlink. False for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_package_file_is_symlink(
    file: *const regraft_package_file,
) -> bool {
    value(false, || Some(peek(file)?.file.is_symlink()))
}

/// Whether it is a regular file. False for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_package_file_is_regular(
    file: *const regraft_package_file,
) -> bool {
    value(false, || Some(peek(file)?.file.is_regular()))
}
