//! The C ABI of regraft. `include/regraft.h` is made from this by `cargo xtask headers`; its manual
//! is the comments here.
//!
//! Each noun has a file. `call`, `callback`, `handle`, `memory` and `text` are what all of them stand
//! on, and the only ones with `unsafe` blocks: an entry point is a closure given to [`call::call`] or
//! [`call::value`], in which nothing but Rust's own types is left.
#![allow(
    non_camel_case_types,
    reason = "C programs read these names in their own style"
)]
#![allow(
    clippy::missing_safety_doc,
    reason = "what every function asks of its pointers is said once, at the top of the header"
)]

#[cfg(not(panic = "unwind"))]
compile_error!("the C ABI turns panics into codes, for which they must unwind");

mod call;
mod handle;
mod memory;
mod text;

#[cfg(test)]
mod tests;

// The nouns; the header has them in the order in which they stand here, which rustfmt keeps only
// between blank lines.
pub mod version;

pub mod code;

pub mod nevra;

pub mod error;

pub mod progress;

pub mod callback;

pub mod job;

pub mod sysroot;

pub mod snapshot;

pub mod interrupted;

pub mod finding;

pub mod deployment;

pub mod signature;

pub mod transaction;

pub mod plan;

pub mod wishes;

pub mod change;

pub mod outcome;

pub mod script;

pub mod evr;

pub mod nevra_list;

pub mod dependency;

pub mod package_file;

pub mod package;

pub mod keyring;

pub mod verification;

pub mod rpmdb;

pub mod installed;

pub mod change_list;

pub mod variables;

pub mod repo_config;

pub mod available;

pub mod treefile;

pub mod compose;

pub mod origin;

pub mod origin_edit;
