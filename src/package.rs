//! One RPM package: its header, payload, digests and signature.

mod file;
pub(crate) mod header;
pub(crate) mod tag;

pub use file::PackageFile;
