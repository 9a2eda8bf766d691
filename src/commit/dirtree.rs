//! The bytes of a dirtree object.
//!
//! It is a GVariant of the type `(a(say)a(sayay))`: files, then directories, each with its name
//! and one or two checksums, framed as `framing` says. Only the one form that GLib writes (its
//! "normal form") is read: bytes that would mean the same in another form have another checksum,
//! and nobody writes them but to deceive.

use crate::commit::checksum::Checksum;
use crate::commit::framing::{elements, members, out_of_order, put_ends, put_text};
use crate::commit::tree::{Listing, Tree};
use std::collections::BTreeMap;

/// The type of a dirtree object.
pub(super) const TYPE: &str = "(a(say)a(sayay))";

/// Reads an object; the error says what is wrong with it.
pub(super) fn read(bytes: &[u8]) -> Result<Listing, String> {
    let [files, dirs] = members(bytes)?;
    let files = by_name(files, |entry| {
        let [name, file] = members(entry)?;
        Ok((self::name(name)?, checksum(file)?))
    })?;
    let dirs = by_name(dirs, |entry| {
        let [name, contents, metadata] = members(entry)?;
        let tree = Tree {
            contents: checksum(contents)?,
            metadata: checksum(metadata)?,
        };
        Ok((self::name(name)?, tree))
    })?;
    if let Some(name) = dirs.keys().find(|name| files.contains_key(*name)) {
        return Err(format!("{name:?} is a file and a directory"));
    }
    Ok(Listing { files, dirs })
}

/// The object of a listing.
pub(super) fn write(listing: &Listing) -> Vec<u8> {
    /// Bytes of an entry besides its name, at most: checksums, a NUL, its ends.
    const ENTRY: usize = 64 + 1 + 4;
    let names = listing.files.keys().chain(listing.dirs.keys());
    let size = names.map(|name| name.len() + ENTRY + 4).sum::<usize>() + 4;
    let mut out = Vec::with_capacity(size);
    let mut ends = Vec::with_capacity(listing.files.len().max(listing.dirs.len()));
    for (name, file) in &listing.files {
        let start = out.len();
        let name_end = put_text(&mut out, name);
        out.extend(file.as_bytes());
        put_ends(&mut out, start, &[name_end - start]);
        ends.push(out.len());
    }
    put_ends(&mut out, 0, &ends);
    let files_end = out.len();
    ends.clear();
    for (name, dir) in &listing.dirs {
        let start = out.len();
        let name_end = put_text(&mut out, name);
        out.extend(dir.contents.as_bytes());
        let contents_end = out.len();
        out.extend(dir.metadata.as_bytes());
        put_ends(&mut out, start, &[contents_end - start, name_end - start]);
        ends.push(out.len() - files_end);
    }
    put_ends(&mut out, files_end, &ends);
    put_ends(&mut out, 0, &[files_end]);
    out
}

/// The entries of an array by name. They come sorted from libostree, which does not demand it.
fn by_name<'a, T>(
    array: &'a [u8],
    entry: impl Fn(&'a [u8]) -> Result<(&'a str, T), String>,
) -> Result<BTreeMap<String, T>, String> {
    let mut count = 0;
    let entries = elements(array)?.map(|bytes| {
        count += 1;
        let (name, value) = entry(bytes?)?;
        Ok((name.to_owned(), value))
    });
    let entries: BTreeMap<String, T> = entries.collect::<Result<_, String>>()?;
    match entries.len() == count {
        true => Ok(entries),
        false => Err("a name is in it twice".to_owned()),
    }
}

fn name(bytes: &[u8]) -> Result<&str, String> {
    let [name @ .., 0] = bytes else {
        return Err(out_of_order());
    };
    match std::str::from_utf8(name) {
        Ok(name) if !matches!(name, "" | "." | "..") && !name.contains(['/', '\0']) => Ok(name),
        _ => Err(format!("the name {:?}", String::from_utf8_lossy(name))),
    }
}

fn checksum(bytes: &[u8]) -> Result<Checksum, String> {
    Checksum::from_slice(bytes).ok_or_else(|| format!("a checksum of {} bytes", bytes.len()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::commit::framing::width_of;
    use glib::prelude::*;

    /// Numbers that look random and are the same in each run.
    struct Random(u64);

    impl Random {
        fn next(&mut self, below: usize) -> usize {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            (self.0 % below as u64) as usize
        }

        fn checksum(&mut self) -> Checksum {
            let bytes: Vec<u8> = (0..32).map(|_| self.next(256) as u8).collect();
            Checksum::from_slice(&bytes).unwrap()
        }

        fn listing(&mut self, files: usize, dirs: usize, longest: usize) -> Listing {
            let mut listing = Listing::default();
            for place in 0..files {
                let name = format!("f{}{place}", "é".repeat(self.next(longest + 1)));
                listing.files.insert(name, self.checksum());
            }
            for place in 0..dirs {
                let name = format!("d{}{place}", "x".repeat(self.next(longest + 1)));
                let (contents, metadata) = (self.checksum(), self.checksum());
                listing.dirs.insert(name, Tree { contents, metadata });
            }
            listing
        }
    }

    /// The same through GLib.
    fn by_glib(listing: &Listing) -> glib::Variant {
        let bytes = |checksum: &Checksum| checksum.as_bytes().to_vec();
        let files = listing.files.iter();
        let files: Vec<_> = files.map(|(name, file)| (name, bytes(file))).collect();
        let dirs = listing.dirs.iter();
        let dirs: Vec<_> = dirs
            .map(|(name, dir)| (name, bytes(&dir.contents), bytes(&dir.metadata)))
            .collect();
        (files, dirs).to_variant()
    }

    fn variant(bytes: &[u8]) -> glib::Variant {
        glib::Variant::from_data_with_type(bytes, glib::VariantTy::new(TYPE).unwrap())
    }

    #[test]
    fn the_bytes_are_glibs() {
        let mut random = Random(1);
        // Each width of the ends in each container: entries of up to 600 bytes, arrays and tuples
        // of up to 200 kB, and each size around 255.
        let mut shapes = vec![(0, 0, 0), (1, 0, 0), (0, 1, 0), (1, 1, 300), (3000, 0, 30)];
        shapes.extend([(0, 1500, 60), (900, 900, 5), (300, 2, 300)]);
        shapes.extend((0..260).map(|longest| (longest % 4, longest % 3, longest)));
        let mut sizes = Vec::new();
        for (files, dirs, longest) in shapes {
            let listing = random.listing(files, dirs, longest);
            let glibs = by_glib(&listing);
            let bytes = write(&listing);
            assert_eq!(glibs.data(), bytes, "{files} files, {dirs} directories");
            assert_eq!(read(&bytes), Ok(listing));
            assert!(variant(&bytes).is_normal_form());
            sizes.push(width_of(bytes.len()));
        }
        for width in [1, 2, 4] {
            assert!(sizes.contains(&width));
        }
        // One byte more each time, over both borders.
        for length in (150..250).chain(65_400..65_550) {
            let mut listing = random.listing(1, 1, 0);
            listing.files.insert("y".repeat(length), random.checksum());
            let bytes = write(&listing);
            assert_eq!(by_glib(&listing).data(), bytes, "{length}");
            assert_eq!(read(&bytes), Ok(listing));
        }
    }

    #[test]
    fn damage_is_refused_or_means_the_same_to_glib() {
        let mut random = Random(2);
        let shapes = [(0, 0, 0), (1, 1, 0), (2, 3, 5), (3, 2, 200), (40, 40, 2)];
        for (files, dirs, longest) in shapes.into_iter().cycle().take(20_000) {
            let mut bytes = write(&random.listing(files, dirs, longest));
            for _ in 0..=random.next(3) {
                let place = random.next(bytes.len());
                match random.next(8) {
                    0 => drop(bytes.remove(place)),
                    1 => bytes.insert(place, random.next(256) as u8),
                    2 => bytes.truncate(place),
                    3 => bytes[place] = bytes[place].wrapping_add(1),
                    4 => bytes.extend_from_within(place..),
                    // The ends are at the back.
                    5 | 6 => {
                        let back = bytes.len() - 1 - random.next(bytes.len().min(8));
                        bytes[back] = random.next(256) as u8;
                    }
                    _ => bytes[place] = random.next(256) as u8,
                }
                if bytes.is_empty() {
                    break;
                }
            }
            if let Ok(listing) = read(&bytes) {
                assert!(variant(&bytes).is_normal_form(), "{bytes:?}");
                // Names may be out of order, then and only then it is written otherwise.
                assert_eq!(read(&write(&listing)), Ok(listing));
            }
        }
        // Bytes without any sense.
        for _ in 0..50_000 {
            let length = random.next(300);
            let bytes: Vec<u8> = (0..length).map(|_| random.next(256) as u8).collect();
            assert!(read(&bytes).is_err() || variant(&bytes).is_normal_form());
        }
    }

    #[test]
    fn what_libostree_refuses() {
        let checksum = vec![7; 32];
        let tree = |files: &[(&str, Vec<u8>)], dirs: &[(&str, Vec<u8>, Vec<u8>)]| {
            read((files, dirs).to_variant().data())
        };
        for name in ["", ".", "..", "a/b", "/"] {
            let reason = format!("the name {name:?}");
            assert_eq!(tree(&[(name, checksum.clone())], &[]), Err(reason));
            let dir = (name, checksum.clone(), checksum.clone());
            assert!(tree(&[], &[dir]).is_err(), "{name}");
        }
        for length in [0, 31, 33] {
            let wrong = vec![7; length];
            let reason = Err(format!("a checksum of {length} bytes"));
            assert_eq!(tree(&[("a", wrong.clone())], &[]), reason);
            let dir = ("a", checksum.clone(), wrong.clone());
            assert_eq!(tree(&[], &[dir]), reason);
            assert_eq!(tree(&[], &[("a", wrong, checksum.clone())]), reason);
        }
        let file = |name| (name, checksum.clone());
        let dir = |name| (name, checksum.clone(), checksum.clone());
        let twice = Err("a name is in it twice".to_owned());
        assert_eq!(tree(&[file("a"), file("a")], &[]), twice);
        assert_eq!(tree(&[], &[dir("a"), dir("b"), dir("a")]), twice);
        assert!(tree(&[file("a")], &[dir("a")]).is_err());
        assert!(tree(&[file("b"), file("a")], &[dir("d"), dir("c")]).is_ok());
        for bytes in [&b""[..], b"\0\0", b"\x01", b"\xff\xff", b"a\0\0"] {
            assert!(read(bytes).is_err(), "{bytes:?}");
        }
        assert_eq!(read(b"\0"), Ok(Listing::default()));
        // No name of ours.
        let bytes = write(&tree(&[file("abc")], &[]).unwrap());
        let bad = |letter| {
            let mut bytes = bytes.clone();
            bytes[1] = letter;
            read(&bytes)
        };
        assert!(bad(b'x').is_ok());
        assert!(bad(0).is_err());
        assert!(bad(0xff).is_err());
    }
}
