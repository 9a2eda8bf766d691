//! What needs the kernel or a C library directly: the only home of `unsafe`.

#[cfg(not(feature = "failpoints"))]
pub(crate) mod failpoint;
#[cfg(feature = "failpoints")]
#[allow(unreachable_pub, reason = "the crate root gives it to tests")]
pub mod failpoint;
pub(crate) mod file;
pub(crate) mod filter;
pub(crate) mod librepo;
pub(crate) mod lockfile;
pub(crate) mod loopback;
pub(crate) mod mount;
pub(crate) mod namespace;
pub(crate) mod process;
pub(crate) mod solv;
