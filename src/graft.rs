//! A base tree and the packages' trees become one tree, which is then finished: accounts, owners,
//! tmpfiles.d, units, the root's own directories. Everything happens on directories in memory.

pub(crate) mod accounts;
pub(crate) mod assemble;
pub(crate) mod edit;
pub(crate) mod kernel;
pub(crate) mod layout;
pub(crate) mod merge;
pub(crate) mod ownership;
mod scripts;
pub(crate) mod sysusers;
pub(crate) mod table;
pub(crate) mod tmpfiles;
pub(crate) mod units;
