//! The installed set inside a tree: read, write, compare.
//!
//! It owns `rpmdb.sqlite`, a SQLite database as librpm makes it:
//!
//! ```text
//! Packages   hnum, blob         one row per package: its stored header (see `stored`)
//! Name …     key, hnum, idx     18 tables, one per indexed tag (see `index`): the value, the
//!                               package, and the value's place in the package's list
//! ```
//!
//! It is read in place and without a trace: nothing is locked, no `-wal` or `-shm` file appears,
//! and the file may lie on a read-only file system. Everything in it is checked; librpm is not
//! involved.
//!
//! ```no_run
//! use regraft::Rpmdb;
//!
//! let db = Rpmdb::open("/")?;
//! for package in db.packages()? {
//!     println!("{} {}", package.nevra(), package.summary());
//! }
//! for package in db.owning("/usr/bin/bash")? {
//!     println!("{} owns it", package.nevra());
//! }
//! # Ok::<(), regraft::Error>(())
//! ```

mod diff;
mod index;
mod installed;
mod location;
mod pages;
mod query;
mod rich;
mod sqlite;
mod stored;
mod write;

#[cfg(test)]
mod tests;

pub use installed::Installed;
pub use query::Rpmdb;
pub(crate) use stored::{FileState, Installation, NewPackage};
pub(crate) use write::{Update, write};
