//! How GVariant lays out containers whose parts are bytes and texts, as most of libostree's are.
//!
//! Nothing is aligned, then. A container of parts whose sizes vary has a table of their ends behind
//! them:
//!
//! ```text
//! array   part part … │ end end …      all ends, in order
//! tuple   part part … │ … end end      all ends but the last part's, the first one's at the back
//! ```
//!
//! An end is 1, 2, 4 or 8 bytes wide, little-endian: as few as the size of the whole container
//! needs. Through GLib each part of each entry becomes a value of its own, which takes many times as
//! long; a directory with hundreds of entries is read several times in a transaction.

/// Appends a text and its NUL; returns where it ends.
pub(super) fn put_text(out: &mut Vec<u8>, text: &str) -> usize {
    // No text has a NUL in it.
    out.extend(text.bytes().take_while(|byte| *byte != 0));
    out.push(0);
    out.len()
}

/// Closes the container that began at `start`.
pub(super) fn put_ends(out: &mut Vec<u8>, start: usize, ends: &[usize]) {
    let width = width_for(out.len() - start, ends.len());
    for end in ends {
        out.extend(&(*end as u64).to_le_bytes()[..width]);
    }
}

/// How wide the ends in a container of this size are.
pub(super) fn width_of(size: usize) -> usize {
    match size as u64 {
        0..=0xff => 1,
        0x100..=0xffff => 2,
        0x1_0000..=0xffff_ffff => 4,
        _ => 8,
    }
}

/// How wide the ends must be that come behind parts of this size.
fn width_for(parts: usize, ends: usize) -> usize {
    let fits = |width: &usize| width_of(parts + width * ends) <= *width;
    [1, 2, 4].into_iter().find(fits).unwrap_or(8)
}

/// The members of a tuple.
pub(super) fn members<const N: usize>(bytes: &[u8]) -> Result<[&[u8]; N], String> {
    let width = width_of(bytes.len());
    let table = bytes
        .len()
        .checked_sub(width * (N - 1))
        .ok_or_else(out_of_order)?;
    let mut parts: [&[u8]; N] = [&[]; N];
    let mut start = 0;
    for (place, part) in parts.iter_mut().enumerate() {
        let end = match place + 1 {
            last if last == N => table,
            place => end_at(bytes, bytes.len() - place * width, width)?,
        };
        // An end in the table would be found here or in the next round, whose end is smaller.
        *part = bytes.get(start..end).ok_or_else(out_of_order)?;
        start = end;
    }
    match width_for(table, N - 1) == width {
        true => Ok(parts),
        false => Err(out_of_order()),
    }
}

/// The elements of an array.
pub(super) fn elements(
    bytes: &[u8],
) -> Result<impl Iterator<Item = Result<&[u8], String>>, String> {
    let width = width_of(bytes.len());
    let table = match bytes.len().checked_sub(width) {
        // The last end is also where the table begins.
        Some(place) => end_at(bytes, place, width)?,
        None => 0,
    };
    let ends = bytes.get(table..).ok_or_else(out_of_order)?;
    let count = ends.len() / width;
    let whole = match count {
        0 => bytes.is_empty(),
        count => ends.len() % width == 0 && width_for(table, count) == width,
    };
    if !whole {
        return Err(out_of_order());
    }
    let mut start = 0;
    Ok(ends.chunks_exact(width).map(move |end| {
        let end = number(end)?;
        let element = bytes[..table].get(start..end).ok_or_else(out_of_order)?;
        start = end;
        Ok(element)
    }))
}

fn end_at(bytes: &[u8], place: usize, width: usize) -> Result<usize, String> {
    let end = bytes.get(place..place + width).ok_or_else(out_of_order)?;
    number(end)
}

fn number(bytes: &[u8]) -> Result<usize, String> {
    let mut wide = [0; 8];
    wide[..bytes.len()].copy_from_slice(bytes);
    usize::try_from(u64::from_le_bytes(wide)).map_err(|_| out_of_order())
}

pub(super) fn out_of_order() -> String {
    "its parts are not in order".to_owned()
}
