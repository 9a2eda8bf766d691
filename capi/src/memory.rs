//! Arguments that are read from the memory of the C program: bytes, lists of strings, NEVRAs.

use crate::call::{Failure, Result};
use crate::handle::required;
use crate::nevra::{regraft_nevra, regraft_nevra_text};
use crate::text;
use engine::Nevra;
use std::ffi::{c_char, c_void};

/// Bytes given by address and length; the address may be NULL when there are none.
pub(crate) fn bytes<'a>(pointer: *const c_void, length: usize, name: &str) -> Result<&'a [u8]> {
    match length {
        0 => Ok(&[]),
        _ if pointer.is_null() => Err(Failure::null(name)),
        // SAFETY: by the header's contract so many bytes can be read there while the entry point
        // runs, and nobody writes to them.
        _ => Ok(unsafe { std::slice::from_raw_parts(pointer.cast(), length) }),
    }
}

/// Strings given by an address of `count` pointers; the address may be NULL when there are none.
pub(crate) fn strings<'a>(
    pointer: *const *const c_char,
    count: usize,
    name: &str,
) -> Result<Vec<&'a str>> {
    if count == 0 {
        return Ok(Vec::new());
    }
    if pointer.is_null() {
        return Err(Failure::null(name));
    }
    // SAFETY: by the header's contract so many pointers can be read there while the entry point
    // runs, and nobody writes to them.
    let strings = unsafe { std::slice::from_raw_parts(pointer, count) };
    strings
        .iter()
        .map(|string| text::read(*string, name))
        .collect()
}

/// A NEVRA in the library's own form.
pub(crate) fn nevra(nevra: *const regraft_nevra, name: &str) -> Result<Nevra> {
    required(nevra, name)?;
    // SAFETY: it is a live NEVRA: `required` has looked at it.
    let text = unsafe { regraft_nevra_text(nevra) };
    Ok(text::read(text, name)?.parse()?)
}
