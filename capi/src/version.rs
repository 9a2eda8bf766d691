//! Which library a program runs with.

use std::ffi::{CStr, c_char};

/// The version of the ABI that this header describes. It grows when functions are added, and 0
/// promises nothing yet.
pub const REGRAFT_ABI_VERSION: u32 = 0;

/// The version of the library, as text.
const VERSION: &CStr =
    match CStr::from_bytes_with_nul(concat!(env!("CARGO_PKG_VERSION"), "\0").as_bytes()) {
        Ok(version) => version,
        Err(_) => panic!("a version has no NUL"),
    };

/// The version of the ABI that the library has which the program runs with. It is
/// `REGRAFT_ABI_VERSION` or greater where the library is as new as the header. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn regraft_abi_version() -> u32 {
    REGRAFT_ABI_VERSION
}

/// The version of the library that the program runs with: `MAJOR.MINOR.PATCH`. Any thread; never
/// to be freed.
#[unsafe(no_mangle)]
pub extern "C" fn regraft_version() -> *const c_char {
    VERSION.as_ptr()
}
