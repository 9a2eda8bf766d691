//! What SQLite leaves in the unused part of its pages.
//!
//! ```text
//! header | places of the cells | unused | cells …
//! ```
//!
//! Deleted content is overwritten with zeros, but what remains of it here (places of removed cells,
//! headers of merged free blocks) differs between versions of SQLite. So it is cleared, too.
//! The format is described in SQLite's `fileformat2.html`, chapter 1.6.

use crate::error::{Error, Result};
use camino::Utf8Path;
use std::fs::File;
use std::os::unix::fs::FileExt;

/// The bytes before the first page's own header.
const FILE_HEADER: usize = 100;

/// Clears the unused part of every page of these trees; `name` names the database in errors.
pub(crate) fn clear_unused(file: &File, roots: &[u32], name: &Utf8Path) -> Result<()> {
    let wrong = || Error::corrupt(name.as_str(), "its pages are not in order");
    let read = |bytes: &mut [u8], place: u64| {
        file.read_exact_at(bytes, place)
            .map_err(Error::io("read", name))
    };
    let mut header = [0; FILE_HEADER];
    read(&mut header, 0)?;
    let size = match u16::from_be_bytes([header[16], header[17]]) {
        1 => 65_536,
        size => usize::from(size),
    };
    let length = file.metadata().map_err(Error::io("read", name))?.len();
    let count = length.checked_div(size as u64).ok_or_else(wrong)?;
    let mut seen = vec![false; usize::try_from(count).map_err(|_| wrong())?];
    let mut page = vec![0; size];
    let mut next = roots.to_vec();
    while let Some(number) = next.pop() {
        let index = (number as usize).checked_sub(1).ok_or_else(wrong)?;
        let new = seen.get_mut(index).ok_or_else(wrong)?;
        if std::mem::replace(new, true) {
            return Err(wrong());
        }
        let place = index as u64 * size as u64;
        read(&mut page, place)?;
        let start = if index == 0 { FILE_HEADER } else { 0 };
        let unused = unused(&page, start, &mut next).ok_or_else(wrong)?;
        let bytes = &mut page[unused.clone()];
        if bytes.iter().any(|byte| *byte != 0) {
            bytes.fill(0);
            file.write_all_at(bytes, place + unused.start as u64)
                .map_err(Error::io("write", name))?;
        }
    }
    Ok(())
}

/// The unused part of a page; the pages below it are added to `below`.
fn unused(page: &[u8], start: usize, below: &mut Vec<u32>) -> Option<std::ops::Range<usize>> {
    let u16_at = |place: usize| {
        let bytes = page.get(place..place + 2)?;
        Some(usize::from(u16::from_be_bytes(bytes.try_into().ok()?)))
    };
    let u32_at = |place: usize| {
        let bytes = page.get(place..place + 4)?;
        Some(u32::from_be_bytes(bytes.try_into().ok()?))
    };
    let (inner, header) = match page.get(start)? {
        2 | 5 => (true, 12),
        10 | 13 => (false, 8),
        _ => return None,
    };
    let cells = u16_at(start + 3)?;
    let end = match u16_at(start + 5)? {
        0 => 65_536,
        end => end,
    };
    let first = start + header;
    if inner {
        for cell in 0..cells {
            below.push(u32_at(u16_at(first + 2 * cell)?)?);
        }
        below.push(u32_at(start + 8)?);
    }
    let begin = first + 2 * cells;
    (begin <= end && end <= page.len()).then_some(begin..end)
}
