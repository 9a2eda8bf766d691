//! The C ABI of regraft. `include/regraft.h` is made from this by `cargo xtask headers`; its manual
//! is the comments here.

/// The version of the ABI that this header describes. It grows when functions are added, and 0
/// promises nothing yet.
pub const REGRAFT_ABI_VERSION: u32 = 0;

/// The version of the ABI that the library has which the program runs with. It is
/// `REGRAFT_ABI_VERSION` or greater where the library is as new as the header. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn regraft_abi_version() -> u32 {
    REGRAFT_ABI_VERSION
}
