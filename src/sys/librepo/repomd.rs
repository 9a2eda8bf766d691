//! `repomd.xml`: what a repository's metadata consists of.

use super::{Fault, ffi, text};
use std::fs::File;
use std::os::fd::AsRawFd;
use std::ptr::{null, null_mut};

/// A parsed `repomd.xml`.
#[derive(Debug, Default, Clone)]
pub(crate) struct Repomd {
    pub(crate) records: Vec<Record>,
}

/// One of its files, every field as it is written there.
#[derive(Debug, Default, Clone)]
pub(crate) struct Record {
    pub(crate) kind: String,
    pub(crate) href: String,
    pub(crate) base: Option<String>,
    pub(crate) checksum: Option<(String, String)>,
    pub(crate) timestamp: i64,
    pub(crate) size: Option<u64>,
    pub(crate) open_size: Option<u64>,
}

/// A `repomd.xml` has some ten records; this many are no repository's.
const MAX_RECORDS: usize = 1000;

/// Reads an open `repomd.xml` from where its offset is.
pub(crate) fn parse_repomd(file: &File) -> Result<Repomd, Fault> {
    let mut error = null_mut();
    // SAFETY: librepo reads the descriptor, which stays open, and leaves it open; the structure is
    // freed once, after everything has been copied out of it.
    unsafe {
        let parsed = ffi::lr_yum_repomd_init();
        let fd = file.as_raw_fd();
        let done = ffi::lr_yum_repomd_parse_file(parsed, fd, null(), null_mut(), &mut error) != 0;
        let answer = if done {
            Ok(copy(parsed))
        } else {
            Err(Fault::take(error))
        };
        ffi::lr_yum_repomd_free(parsed);
        answer
    }
}

/// # Safety
/// `parsed` is valid.
unsafe fn copy(parsed: *const ffi::LrYumRepoMd) -> Repomd {
    // SAFETY: the list's elements are records, all of whose pointers are null or strings.
    unsafe {
        let mut repomd = Repomd {
            records: Vec::new(),
        };
        let mut element = (*parsed).records;
        while !element.is_null() && repomd.records.len() < MAX_RECORDS {
            let record = (*element).data.cast::<ffi::LrYumRepoMdRecord>();
            if !record.is_null() {
                repomd.records.push(Record {
                    kind: text((*record).kind).unwrap_or_default(),
                    href: text((*record).location_href).unwrap_or_default(),
                    base: text((*record).location_base),
                    checksum: text((*record).checksum_type).zip(text((*record).checksum)),
                    timestamp: (*record).timestamp,
                    size: positive((*record).size),
                    open_size: positive((*record).size_open),
                });
            }
            element = (*element).next;
        }
        repomd
    }
}

/// librepo has 0 for a size that is not there.
fn positive(number: i64) -> Option<u64> {
    u64::try_from(number).ok().filter(|number| *number > 0)
}
