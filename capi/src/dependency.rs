//! What packages provide, require, conflict with and obsolete.

use crate::call::{call, value};
use crate::code::regraft_code;
use crate::error::regraft_error;
use crate::handle::{self, Out, Owned, peek};
use crate::text::{self, Text};
use std::ffi::c_char;
use std::sync::OnceLock;

/// A dependency's comparison: any version.
pub const REGRAFT_SENSE_ANY: u32 = 0;
/// A bit of a dependency's comparison: less than.
pub const REGRAFT_SENSE_LESS: u32 = 2;
/// A bit of a dependency's comparison: greater than.
pub const REGRAFT_SENSE_GREATER: u32 = 4;
/// A bit of a dependency's comparison: equal to.
pub const REGRAFT_SENSE_EQUAL: u32 = 8;

/// A kind of dependency: what a package provides.
pub const REGRAFT_DEPENDENCY_PROVIDES: i32 = 0;
/// What it requires, what rpm itself must be able to do (`rpmlib(...)`) included.
pub const REGRAFT_DEPENDENCY_REQUIRES: i32 = 1;
/// What it cannot be installed with.
pub const REGRAFT_DEPENDENCY_CONFLICTS: i32 = 2;
/// What it replaces.
pub const REGRAFT_DEPENDENCY_OBSOLETES: i32 = 3;
/// What is installed with it unless that is impossible or unwanted.
pub const REGRAFT_DEPENDENCY_RECOMMENDS: i32 = 4;
/// What goes well with it.
pub const REGRAFT_DEPENDENCY_SUGGESTS: i32 = 5;
/// What recommends it in reverse.
pub const REGRAFT_DEPENDENCY_SUPPLEMENTS: i32 = 6;
/// What suggests it in reverse.
pub const REGRAFT_DEPENDENCY_ENHANCES: i32 = 7;

/// How many kinds there are.
const KINDS: usize = 8;

/// One entry of a package's Provides, Requires, Conflicts, Obsoletes, Recommends and so on.
/// Immutable, and borrowed from whatever has it: any thread.
pub struct regraft_dependency {
    text: Text,
    name: Text,
    sense: u32,
    version: Text,
}

/// A dependency that was read from a text. Immutable: any thread.
pub struct regraft_parsed_dependency {
    dependency: regraft_dependency,
}

/// A list of them, in the package's order. Immutable: any thread. Borrowed from the package.
pub struct regraft_dependency_list {
    items: Vec<regraft_dependency>,
}

impl Owned for regraft_parsed_dependency {}

impl regraft_dependency {
    fn new(dependency: &engine::Dependency) -> regraft_dependency {
        regraft_dependency {
            text: Text::new(dependency.to_string()),
            name: Text::new(&dependency.name),
            sense: dependency.sense.bits(),
            version: Text::new(&dependency.version),
        }
    }
}

/// A package's lists, each made when it is first asked for.
#[derive(Default)]
pub(crate) struct Lists([OnceLock<regraft_dependency_list>; KINDS]);

impl Lists {
    /// The list of a kind; `make` asks the library for it. `None` for what is no kind.
    pub(crate) fn get(
        &self,
        kind: i32,
        make: impl FnOnce() -> Vec<engine::Dependency>,
    ) -> Option<&regraft_dependency_list> {
        let place = self.0.get(usize::try_from(kind).ok()?)?;
        Some(place.get_or_init(|| regraft_dependency_list {
            items: make().iter().map(regraft_dependency::new).collect(),
        }))
    }
}

/// Reads `NAME` or `NAME OPERATOR VERSION`, the operator one of `< <= = >= >`, or a rich dependency
/// in parentheses, which is kept as it is. The program owns the result;
/// `regraft_parsed_dependency_free`. Fails with `REGRAFT_ERROR_INVALID_ARGUMENT` for anything else.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_dependency_parse(
    text: *const c_char,
    parsed: *mut *mut regraft_parsed_dependency,
    error: *mut *mut regraft_error,
) -> regraft_code {
    call(error, || {
        let out = Out::new(parsed, "parsed")?;
        let text = text::read(text, "text")?;
        out.put(regraft_parsed_dependency {
            dependency: regraft_dependency::new(&text.parse()?),
        });
        Ok(())
    })
}

/// The dependency. NULL for NULL. Borrowed from the parsed dependency.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_parsed_dependency_get(
    parsed: *const regraft_parsed_dependency,
) -> *const regraft_dependency {
    value(std::ptr::null(), || {
        Some(std::ptr::from_ref(&peek(parsed)?.dependency))
    })
}

/// Frees a parsed dependency; NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_parsed_dependency_free(parsed: *mut regraft_parsed_dependency) {
    handle::free(parsed);
}

/// `NAME`, or `NAME OPERATOR VERSION`. `""` for NULL. Borrowed from the owner.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_dependency_text(
    dependency: *const regraft_dependency,
) -> *const c_char {
    value(text::empty(), || Some(peek(dependency)?.text.pointer()))
}

/// A package name, a capability (`libc.so.6()(64bit)`), a path, or a rich dependency in
/// parentheses. `""` for NULL. Borrowed from the owner.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_dependency_name(
    dependency: *const regraft_dependency,
) -> *const c_char {
    value(text::empty(), || Some(peek(dependency)?.name.pointer()))
}

/// How the version compares: bits of `REGRAFT_SENSE_*`, which are rpm's. `REGRAFT_SENSE_ANY` for
/// NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_dependency_sense(dependency: *const regraft_dependency) -> u32 {
    value(0, || Some(peek(dependency)?.sense))
}

/// `[EPOCH:]VERSION[-RELEASE]`; empty with `REGRAFT_SENSE_ANY`. `regraft_evr_parse` has its parts.
/// `""` for NULL. Borrowed from the owner.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_dependency_version(
    dependency: *const regraft_dependency,
) -> *const c_char {
    value(text::empty(), || Some(peek(dependency)?.version.pointer()))
}

/// How many dependencies there are; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_dependency_list_count(
    list: *const regraft_dependency_list,
) -> usize {
    value(0, || Some(peek(list)?.items.len()))
}

/// A dependency. NULL where there is none at `index`. Borrowed from the package.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_dependency_list_get(
    list: *const regraft_dependency_list,
    index: usize,
) -> *const regraft_dependency {
    value(std::ptr::null(), || {
        Some(std::ptr::from_ref(peek(list)?.items.get(index)?))
    })
}
