//! Package identities that belong to the program: lists, and those that it has as text.

use crate::call::{call, value};
use crate::code::regraft_code;
use crate::error::regraft_error;
use crate::handle::{self, Out, Owned, peek};
use crate::memory;
use crate::nevra::regraft_nevra;
use crate::text;
use engine::Nevra;
use std::ffi::{c_char, c_int};

/// A NEVRA that was read from a text. Immutable: any thread.
pub struct regraft_parsed_nevra {
    nevra: regraft_nevra,
}

/// NEVRAs. Immutable: any thread.
pub struct regraft_nevra_list {
    items: Vec<regraft_nevra>,
}

impl Owned for regraft_parsed_nevra {}
impl Owned for regraft_nevra_list {}

impl regraft_nevra_list {
    pub(crate) fn new(packages: &[Nevra]) -> regraft_nevra_list {
        let items = packages.iter().map(regraft_nevra::from).collect();
        regraft_nevra_list { items }
    }
}

/// Reads `NAME-[EPOCH:]VERSION-RELEASE.ARCH`. The program owns the result;
/// `regraft_parsed_nevra_free`. Fails with `REGRAFT_ERROR_INVALID_ARGUMENT` for anything else.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_nevra_parse(
    text: *const c_char,
    parsed: *mut *mut regraft_parsed_nevra,
    error: *mut *mut regraft_error,
) -> regraft_code {
    call(error, || {
        let out = Out::new(parsed, "parsed")?;
        let nevra: Nevra = text::read(text, "text")?.parse()?;
        out.put(regraft_parsed_nevra {
            nevra: (&nevra).into(),
        });
        Ok(())
    })
}

/// The NEVRA. NULL for NULL. Borrowed from the parsed NEVRA.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_parsed_nevra_get(
    parsed: *const regraft_parsed_nevra,
) -> *const regraft_nevra {
    value(std::ptr::null(), || {
        Some(std::ptr::from_ref(&peek(parsed)?.nevra))
    })
}

/// Frees a parsed NEVRA; NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_parsed_nevra_free(parsed: *mut regraft_parsed_nevra) {
    handle::free(parsed);
}

/// The order of lists: by name, then rpm's order of versions, then architecture. Negative when `a`
/// comes first, 0 for equal ones, positive when `b` does. 0 also when one is NULL. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_nevra_compare(
    a: *const regraft_nevra,
    b: *const regraft_nevra,
) -> c_int {
    value(0, || {
        Some(
            memory::nevra(a, "a")
                .ok()?
                .cmp(&memory::nevra(b, "b").ok()?) as c_int,
        )
    })
}

/// How many NEVRAs there are; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_nevra_list_count(list: *const regraft_nevra_list) -> usize {
    value(0, || Some(peek(list)?.items.len()))
}

/// A NEVRA. NULL where there is none at `index`. Borrowed from the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_nevra_list_get(
    list: *const regraft_nevra_list,
    index: usize,
) -> *const regraft_nevra {
    value(std::ptr::null(), || {
        Some(std::ptr::from_ref(peek(list)?.items.get(index)?))
    })
}

/// Frees a list; NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_nevra_list_free(list: *mut regraft_nevra_list) {
    handle::free(list);
}
