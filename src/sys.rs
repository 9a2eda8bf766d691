//! What needs the kernel or a C library directly: the only home of `unsafe`.

pub(crate) mod file;
pub(crate) mod filter;
pub(crate) mod librepo;
pub(crate) mod loopback;
pub(crate) mod mount;
pub(crate) mod namespace;
pub(crate) mod process;
pub(crate) mod solv;
