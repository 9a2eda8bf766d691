//! The variables in `.repo` files.

use crate::call::{Result, call, value};
use crate::code::regraft_code;
use crate::error::regraft_error;
use crate::handle::{self, Exclusive, Out, Owned, peek, required};
use crate::text::{self, Text};
use engine::Variables;
use std::ffi::c_char;

/// Values of the variables that `.repo` files may use, such as `$releasever` and `${basearch}`. One
/// that has no value stays in the text as it is, as dnf leaves it; `releasever_major` and
/// `releasever_minor` follow from `releasever` unless set themselves. One call at a time: any
/// thread may use them, and gets `REGRAFT_IN_USE` while another call has them.
pub struct regraft_variables {
    variables: Exclusive<Variables>,
}

/// A text that belongs to the program. Immutable: any thread.
pub struct regraft_text {
    text: Text,
}

impl Owned for regraft_variables {}
impl Owned for regraft_text {}

impl regraft_variables {
    /// What a call uses; NULL has no values.
    pub(crate) fn copy(variables: *const regraft_variables) -> Result<Variables> {
        match peek(variables) {
            Some(variables) => Ok(variables.variables.enter()?.clone()),
            None => Ok(Variables::new()),
        }
    }
}

/// Makes variables none of which has a value. The program owns them; `regraft_variables_free`.
#[unsafe(no_mangle)]
pub extern "C" fn regraft_variables_new() -> *mut regraft_variables {
    value(std::ptr::null_mut(), || {
        let variables = Exclusive::new("variables", Variables::new());
        Some(handle::give(regraft_variables { variables }))
    })
}

/// Gives the variable `name` (without `$`) its value.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_variables_set(
    variables: *mut regraft_variables,
    name: *const c_char,
    value: *const c_char,
    error: *mut *mut regraft_error,
) -> regraft_code {
    call(error, || {
        let variables = required(variables, "variables")?;
        let (name, value) = (text::read(name, "name")?, text::read(value, "value")?);
        variables.variables.enter()?.set(name, value);
        Ok(())
    })
}

/// A variable's value; `*value` is NULL, and the call a success, where it has none. The program
/// owns the text; `regraft_text_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_variables_get(
    variables: *const regraft_variables,
    name: *const c_char,
    value: *mut *mut regraft_text,
    error: *mut *mut regraft_error,
) -> regraft_code {
    call(error, || {
        let out = Out::new(value, "value")?;
        let variables = required(variables, "variables")?;
        let name = text::read(name, "name")?;
        if let Some(value) = variables.variables.enter()?.get(name) {
            out.put(regraft_text {
                text: Text::new(value),
            });
        }
        Ok(())
    })
}

/// Adds what the files of `etc/yum/vars` and `etc/dnf/vars` below the folder `root` say: one
/// variable a file, its value in the first line. Symlinks stay below `root`. Fails when a file that
/// is there cannot be read; `REGRAFT_ERROR_CORRUPT` when it is too large.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_variables_read_root(
    variables: *mut regraft_variables,
    root: *const c_char,
    error: *mut *mut regraft_error,
) -> regraft_code {
    call(error, || {
        let variables = required(variables, "variables")?;
        let root = text::read(root, "root")?;
        variables.variables.enter()?.read_root(root)?;
        Ok(())
    })
}

/// `text` with the variables replaced. The program owns the result; `regraft_text_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_variables_substitute(
    variables: *const regraft_variables,
    text: *const c_char,
    result: *mut *mut regraft_text,
    error: *mut *mut regraft_error,
) -> regraft_code {
    call(error, || {
        let out = Out::new(result, "result")?;
        let variables = required(variables, "variables")?;
        let text = text::read(text, "text")?;
        let text = Text::new(variables.variables.enter()?.substitute(text));
        out.put(regraft_text { text });
        Ok(())
    })
}

/// Frees variables; NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_variables_free(variables: *mut regraft_variables) {
    handle::free(variables);
}

/// The characters, NUL-terminated. `""` for NULL. Borrowed from the text.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_text_get(text: *const regraft_text) -> *const c_char {
    value(c"".as_ptr(), || Some(handle::peek(text)?.text.pointer()))
}

/// Frees a text; NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_text_free(text: *mut regraft_text) {
    handle::free(text);
}
