//! Trees in the OSTree repository: read, edit in memory, written back where they differ.
//!
//! An OSTree tree is a Merkle tree. A commit names a root directory by two checksums, and so does
//! each directory for those inside it:
//!
//! ```text
//! commit ──► contents (dirtree) ──► files: name ─► file object (content, mode, owner, xattrs)
//!       │                      └──► dirs:  name ─► contents, metadata
//!       └──► metadata (dirmeta: mode, owner, xattrs)
//! ```
//!
//! So a change to a few directories is made by loading, changing and writing those alone
//! ([`Directory`](directory::Directory)); all others keep their checksums and are never looked at.
//! The object formats are in libostree's `ostree-core.h`.

pub(crate) mod checksum;
pub(crate) mod directory;
mod dirtree;
pub(crate) mod extract;
mod framing;
pub(crate) mod label;
pub(crate) mod metadata;
pub(crate) mod object;
pub(crate) mod pull;
pub(crate) mod reach;
pub(crate) mod rpmdb;
pub(crate) mod tree;
