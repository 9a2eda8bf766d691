//! What differs between two sets of packages.

use crate::call::{call, value};
use crate::change::regraft_change;
use crate::code::regraft_code;
use crate::error::regraft_error;
use crate::handle::{self, Out, Owned, peek, required};
use crate::rpmdb::regraft_rpmdb;
use crate::text::{self, Text};
use std::ffi::c_char;

/// Package changes, sorted by name. Immutable: any thread.
pub struct regraft_change_list {
    items: Vec<regraft_change>,
    json: Text,
}

impl Owned for regraft_change_list {}

/// What has to happen to the packages of `before` so that they become those of `after`. Public keys
/// are left out. The program owns the list; `regraft_change_list_free`. Fails as
/// `regraft_rpmdb_packages`, for either side.
///
/// Of a name that several versions or architectures share, those that both sides have do not count;
/// of the others, those of the same architecture are changes of each other, the newest first; one
/// that is left alone is a change of the one left alone on the other side, too, which then has
/// another architecture.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_rpmdb_diff(
    before: *const regraft_rpmdb,
    after: *const regraft_rpmdb,
    list: *mut *mut regraft_change_list,
    error: *mut *mut regraft_error,
) -> regraft_code {
    call(error, || {
        let out = Out::new(list, "list")?;
        let changes = required(before, "before")?.diff(required(after, "after")?)?;
        out.put(regraft_change_list {
            items: changes.iter().map(Into::into).collect(),
            json: Text::new(serde_json::json!(changes).to_string()),
        });
        Ok(())
    })
}

/// How many changes there are; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_change_list_count(list: *const regraft_change_list) -> usize {
    value(0, || Some(peek(list)?.items.len()))
}

/// A change. NULL where there is none at `index`. Borrowed from the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_change_list_get(
    list: *const regraft_change_list,
    index: usize,
) -> *const regraft_change {
    value(std::ptr::null(), || {
        Some(std::ptr::from_ref(peek(list)?.items.get(index)?))
    })
}

/// The list as a JSON array of objects: `action`, `package`, `from`, `repo`, `download_size`,
/// `installed_size`, `reason`. Keys are only ever added. `""` for NULL. Borrowed from the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_change_list_to_json(
    list: *const regraft_change_list,
) -> *const c_char {
    value(text::empty(), || Some(peek(list)?.json.pointer()))
}

/// Frees a list; NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_change_list_free(list: *mut regraft_change_list) {
    handle::free(list);
}
