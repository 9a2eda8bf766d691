//! Strings in and out.

use crate::call::{Failure, Result};
use crate::code::*;
use std::ffi::{CStr, CString, c_char};

/// A string that a handle keeps for the C program.
pub(crate) struct Text(CString);

impl Text {
    /// C cannot see a NUL inside a string: one becomes U+FFFD.
    pub(crate) fn new(text: impl Into<String>) -> Text {
        let text = text.into();
        let text = match text.contains('\0') {
            true => text.replace('\0', "\u{fffd}"),
            false => text,
        };
        Text(CString::new(text).unwrap_or_default())
    }

    /// What is borrowed from the handle that owns this.
    pub(crate) fn pointer(&self) -> *const c_char {
        self.0.as_ptr()
    }
}

/// A list of them.
pub(crate) struct Texts(Vec<Text>);

impl Texts {
    pub(crate) fn new<T: Into<String>>(texts: impl IntoIterator<Item = T>) -> Texts {
        Texts(texts.into_iter().map(Text::new).collect())
    }

    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    /// The body of a `_get(i)`.
    pub(crate) fn get(&self, index: usize) -> Option<*const c_char> {
        self.0.get(index).map(Text::pointer)
    }
}

/// A string that is there or is not: the latter is NULL.
pub(crate) fn optional(text: &Option<Text>) -> *const c_char {
    text.as_ref().map_or(std::ptr::null(), Text::pointer)
}

/// What accessors answer where there is nothing: `""`.
pub(crate) fn empty() -> *const c_char {
    c"".as_ptr()
}

/// A string argument.
pub(crate) fn read<'a>(pointer: *const c_char, name: &str) -> Result<&'a str> {
    read_optional(pointer, name)?.ok_or_else(|| Failure::null(name))
}

/// A string argument that may be NULL. What it answers must not outlive the entry point.
pub(crate) fn read_optional<'a>(pointer: *const c_char, name: &str) -> Result<Option<&'a str>> {
    if pointer.is_null() {
        return Ok(None);
    }
    // SAFETY: by the header's contract a string that is not NULL ends with a NUL and stays as it is
    // while the entry point runs.
    let text = unsafe { CStr::from_ptr(pointer) };
    text.to_str().map(Some).map_err(|error| {
        let message = format!("the argument `{name}` must be UTF-8: {error}");
        Failure::Own(REGRAFT_BAD_UTF8, message)
    })
}
