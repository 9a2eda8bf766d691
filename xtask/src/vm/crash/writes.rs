//! What a guest wrote to its disk, in order, as QEMU's `blklogwrites` filter records it; and disks as a
//! power cut at some moment would have left them.
//!
//! ```text
//! the log (drivers/md/dm-log-writes.c of Linux has the format), all little endian:
//!   sector 0      magic u64, version u64, number of entries u64, sector size u32
//!   then, each    sector u64, sectors u64, flags u64, length of data u64; filled up to a sector
//!                 the data, unless the entry is a discard
//! ```
//!
//! A disk with a volatile cache guarantees what was written before the last flush that it has
//! answered. Of what was written since, any part may be there, in units of its sectors.

use anyhow::{Context, Result, bail};
use camino::{Utf8Path, Utf8PathBuf};
use std::fs::File;
use std::os::unix::fs::FileExt;

const MAGIC: u64 = 0x6a73_6773_6872;
const FLUSH: u64 = 1;
/// This write is on the disk when it is answered.
const FUA: u64 = 2;
const DISCARD: u64 = 4;
/// What a disk writes whole or not at all.
const SECTOR: u64 = 512;

struct Entry {
    /// Where on the disk, and how much, in bytes.
    offset: u64,
    length: u64,
    flags: u64,
    /// Where in the log its data is.
    data: u64,
}

impl Entry {
    fn has(&self, flag: u64) -> bool {
        self.flags & flag != 0
    }
}

/// A log that is complete.
pub(super) struct WriteLog {
    file: File,
    entries: Vec<Entry>,
}

/// How many entries a log has by now.
pub(super) fn count(log: &Utf8Path) -> Result<usize> {
    let file = File::open(log).with_context(|| format!("cannot open {log}"))?;
    Ok(head(&file, log)?.0)
}

/// The number of entries, and the size of the log's sectors.
fn head(file: &File, log: &Utf8Path) -> Result<(usize, u64)> {
    let mut bytes = [0; 28];
    file.read_exact_at(&mut bytes, 0)
        .with_context(|| format!("{log} is empty"))?;
    if number(&bytes, 0) != MAGIC {
        bail!("{log} is no log of writes");
    }
    let size = u32::from_le_bytes([bytes[24], bytes[25], bytes[26], bytes[27]]);
    Ok((usize::try_from(number(&bytes, 2))?, u64::from(size)))
}

/// The nth number of eight bytes.
fn number(bytes: &[u8], place: usize) -> u64 {
    let mut eight = [0; 8];
    eight.copy_from_slice(&bytes[place * 8..place * 8 + 8]);
    u64::from_le_bytes(eight)
}

impl WriteLog {
    pub(super) fn read(log: &Utf8Path) -> Result<WriteLog> {
        let file = File::open(log).with_context(|| format!("cannot open {log}"))?;
        let (count, size) = head(&file, log)?;
        let mut entries = Vec::with_capacity(count);
        let mut at = size;
        for place in 0..count {
            let mut bytes = [0; 32];
            file.read_exact_at(&mut bytes, at)
                .with_context(|| format!("{log} ends in entry {place} of {count}"))?;
            let entry = Entry {
                offset: number(&bytes, 0) * size,
                length: number(&bytes, 1) * size,
                flags: number(&bytes, 2),
                data: at + size,
            };
            at = entry.data;
            if !entry.has(DISCARD) {
                at += entry.length;
            }
            entries.push(entry);
        }
        Ok(WriteLog { file, entries })
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// The places of all flushes from an entry on.
    pub(super) fn flushes(&self, from: usize) -> Vec<usize> {
        (from..self.len())
            .filter(|place| self.entries[*place].has(FLUSH))
            .collect()
    }

    /// How many bytes were written from an entry on.
    pub(super) fn bytes(&self, from: usize) -> u64 {
        let written = self.entries[from..].iter().filter(|e| !e.has(DISCARD));
        written.map(|entry| entry.length).sum()
    }

    fn apply(&self, entry: &Entry, disk: &File, keep: impl Fn(u64) -> bool) -> Result<()> {
        // What a discard leaves may be anything; here it is what was there.
        if entry.has(DISCARD) {
            return Ok(());
        }
        let mut bytes = vec![0; usize::try_from(entry.length)?];
        self.file.read_exact_at(&mut bytes, entry.data)?;
        for (sector, chunk) in bytes.chunks(SECTOR as usize).enumerate() {
            if keep(sector as u64) {
                disk.write_all_at(chunk, entry.offset + sector as u64 * SECTOR)?;
            }
        }
        Ok(())
    }
}

/// The same disk at later and later moments.
pub(super) struct Replay<'a> {
    log: &'a WriteLog,
    /// The disk with all that is certain up to `done`.
    certain: Utf8PathBuf,
    done: usize,
}

impl<'a> Replay<'a> {
    /// Begins with what the disk was before the first entry; `certain` becomes a copy of it.
    pub(super) fn new(log: &'a WriteLog, base: &Utf8Path, certain: &Utf8Path) -> Result<Self> {
        copy(base, certain)?;
        Ok(Replay {
            log,
            certain: certain.to_owned(),
            done: 0,
        })
    }

    /// Makes `disk` what it may be when the power goes after `cut` entries, which must not be fewer than
    /// the time before. Returns how many writes were uncertain, and how many of them are lost or torn.
    pub(super) fn cut(
        &mut self,
        cut: usize,
        random: &mut Random,
        disk: &Utf8Path,
    ) -> Result<(usize, usize)> {
        let entries = &self.log.entries;
        let flush = (0..cut).rev().find(|place| entries[*place].has(FLUSH));
        let certain = flush.map_or(0, |place| place + 1);
        let file = File::options().write(true).open(&self.certain)?;
        for entry in &entries[self.done.min(certain)..certain] {
            self.log.apply(entry, &file, |_| true)?;
        }
        self.done = certain.max(self.done);
        copy(&self.certain, disk)?;
        let file = File::options().write(true).open(disk)?;
        let mut lost = 0;
        for entry in &entries[certain..cut] {
            match random.below(8) {
                _ if entry.has(FUA) => self.log.apply(entry, &file, |_| true)?,
                0..4 => self.log.apply(entry, &file, |_| true)?,
                4..7 => lost += 1,
                // Torn: each of its sectors may be there.
                _ => {
                    let seed = random.next();
                    let keep = |sector| Random::new(seed ^ sector).below(2) == 0;
                    self.log.apply(entry, &file, keep)?;
                    lost += 1;
                }
            }
        }
        Ok((cut - certain, lost))
    }
}

fn copy(from: &Utf8Path, to: &Utf8Path) -> Result<()> {
    let mut command = std::process::Command::new("cp");
    command.args(["--sparse=always", "--reflink=auto"]);
    crate::run::output(command.arg(from).arg(to))?;
    Ok(())
}

/// Numbers that a seed decides: SplitMix64, by Guy Steele, Doug Lea and Christine Flood.
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Random {
        Random(seed)
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// One of `0..end`.
    pub(super) fn below(&mut self, end: u64) -> u64 {
        self.next() % end.max(1)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::fs;

    /// A log of writes of one sector each: place, first byte, flags.
    fn log(folder: &Utf8Path, writes: &[(u64, u8, u64)]) -> Utf8PathBuf {
        let mut bytes = vec![0; 512];
        for (place, number) in [MAGIC, 1, writes.len() as u64].into_iter().enumerate() {
            bytes[place * 8..place * 8 + 8].copy_from_slice(&number.to_le_bytes());
        }
        bytes[24..28].copy_from_slice(&512_u32.to_le_bytes());
        for (place, content, flags) in writes {
            let length = u64::from(flags & FLUSH == 0);
            let mut entry = vec![0; 512];
            for (at, number) in [*place, length, *flags, 0].into_iter().enumerate() {
                entry[at * 8..at * 8 + 8].copy_from_slice(&number.to_le_bytes());
            }
            bytes.extend(entry);
            bytes.extend(vec![*content; 512 * length as usize]);
        }
        let path = folder.join("log");
        fs::write(&path, bytes).unwrap();
        path
    }

    #[test]
    fn what_was_flushed_is_there_and_the_rest_may_be() {
        let folder = tempfile::tempdir().unwrap();
        let folder = Utf8Path::from_path(folder.path()).unwrap();
        let (base, certain, disk) = (
            folder.join("base"),
            folder.join("certain"),
            folder.join("disk"),
        );
        fs::write(&base, [0; 2048]).unwrap();
        let path = log(folder, &[(0, 1, 0), (0, 0, FLUSH), (1, 2, 0), (2, 3, FUA)]);
        assert_eq!(count(&path).unwrap(), 4);
        let log = WriteLog::read(&path).unwrap();
        assert_eq!(log.flushes(0), [1]);
        let mut lost = 0;
        for seed in 0..64 {
            let mut replay = Replay::new(&log, &base, &certain).unwrap();
            let mut random = Random::new(seed);
            let (uncertain, _) = replay.cut(4, &mut random, &disk).unwrap();
            assert_eq!(uncertain, 2);
            let bytes = fs::read(&disk).unwrap();
            assert_eq!((bytes[0], bytes[1024], bytes[1536]), (1, 3, 0));
            assert!(bytes[512] == 0 || bytes[512] == 2);
            lost += usize::from(bytes[512] == 0);
        }
        assert!((16..48).contains(&lost), "{lost} of 64");
    }

    #[test]
    fn nothing_is_there_before_it_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let folder = Utf8Path::from_path(folder.path()).unwrap();
        let base = folder.join("base");
        fs::write(&base, [0; 1024]).unwrap();
        let log = WriteLog::read(&log(folder, &[(0, 1, FUA), (1, 2, FUA)])).unwrap();
        let mut replay = Replay::new(&log, &base, &folder.join("certain")).unwrap();
        for (cut, expected) in [(0, [0, 0]), (1, [1, 0]), (2, [1, 2])] {
            let disk = folder.join("disk");
            replay.cut(cut, &mut Random::new(1), &disk).unwrap();
            let bytes = fs::read(&disk).unwrap();
            assert_eq!([bytes[0], bytes[512]], expected);
        }
    }
}
