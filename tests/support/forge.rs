//! RPM packages and repositories that are wrong on purpose: taken apart, changed, and put together
//! again with digests that agree, so that only the change itself can be what is refused.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use camino::{Utf8Path, Utf8PathBuf};
use sha2::Digest;

/// The parts of a package, each with all its bytes.
pub struct Parts {
    pub lead: Vec<u8>,
    /// With the padding after it.
    pub signature: Vec<u8>,
    pub header: Vec<u8>,
    pub payload: Vec<u8>,
}

/// Tags of the digests, in both kinds of header.
const PAYLOAD_DIGEST: u32 = 5092;
const SHA1: u32 = 269;
const LONG_SIZE: u32 = 270;
const SHA256: u32 = 273;
const SHA3: u32 = 279;
const SIZE: u32 = 1000;
const MD5: u32 = 1004;

/// Tags that tests change.
pub const FILE_SIZES: u32 = 1028;
pub const FILE_MODES: u32 = 1030;
pub const FILE_FLAGS: u32 = 1037;
pub const FILE_INODES: u32 = 1096;
pub const DIR_INDEXES: u32 = 1116;

fn number(bytes: &[u8], at: usize) -> usize {
    u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap()) as usize
}

/// The bytes of the header structure at `at`.
fn length(bytes: &[u8], at: usize) -> usize {
    16 + number(bytes, at + 8) * 16 + number(bytes, at + 12)
}

/// Where a tag's values begin in a header, their type and count.
fn entry(header: &[u8], tag: u32) -> Option<(usize, usize, usize)> {
    let count = number(header, 8);
    (0..count).map(|place| 16 + place * 16).find_map(|at| {
        let data = 16 + count * 16 + number(header, at + 8);
        (number(header, at) == tag as usize)
            .then(|| (data, number(header, at + 4), number(header, at + 12)))
    })
}

fn hex(digest: impl AsRef<[u8]>) -> Vec<u8> {
    let digits = digest.as_ref().iter().map(|byte| format!("{byte:02x}"));
    digits.collect::<String>().into_bytes()
}

pub fn sha256(bytes: &[u8]) -> String {
    String::from_utf8(hex(sha2::Sha256::digest(bytes))).unwrap()
}

/// The place of `what` in `bytes`.
fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

/// Puts bytes in the place of as many others, wherever they are.
pub fn replace(bytes: &mut [u8], old: &[u8], new: &[u8]) {
    assert_eq!(old.len(), new.len());
    let mut count = 0;
    while let Some(at) = find(bytes, old) {
        bytes[at..at + new.len()].copy_from_slice(new);
        count += 1;
    }
    assert!(count > 0, "{:?} is not there", String::from_utf8_lossy(old));
}

impl Parts {
    pub fn read(path: &Utf8Path) -> Parts {
        let bytes = std::fs::read(path).unwrap();
        let header = 96 + length(&bytes, 96).next_multiple_of(8);
        let payload = header + length(&bytes, header);
        Parts {
            lead: bytes[..96].to_vec(),
            signature: bytes[96..header].to_vec(),
            header: bytes[header..payload].to_vec(),
            payload: bytes[payload..].to_vec(),
        }
    }

    pub fn bytes(&self) -> Vec<u8> {
        [&*self.lead, &self.signature, &self.header, &self.payload].concat()
    }

    /// Changes one number of a tag of the header.
    pub fn set(&mut self, tag: u32, place: usize, value: u32) {
        let (at, kind, count) = entry(&self.header, tag).expect("the tag");
        assert!(place < count);
        match kind {
            3 => self.header[at + place * 2..][..2].copy_from_slice(&(value as u16).to_be_bytes()),
            4 => self.header[at + place * 4..][..4].copy_from_slice(&value.to_be_bytes()),
            other => panic!("numbers of type {other}"),
        }
    }

    /// Changes bytes of header and payload alike.
    pub fn rename(&mut self, old: &[u8], new: &[u8]) {
        replace(&mut self.header, old, new);
        if find(&self.payload, old).is_some() {
            replace(&mut self.payload, old, new);
        }
    }

    /// Changes a byte near the end of a binary value of the signature header, where there is one.
    pub fn flip_last(&mut self, tag: u32) -> bool {
        let Some((at, kind, count)) = entry(&self.signature, tag) else {
            return false;
        };
        if kind == 7 {
            self.signature[at + count - 10] ^= 1;
            return true;
        }
        // Base64, which stays that.
        let end = at
            + self.signature[at..]
                .iter()
                .position(|byte| *byte == 0)
                .unwrap();
        let letter = &mut self.signature[end - 10];
        *letter = if *letter == b'A' { b'B' } else { b'A' };
        true
    }

    /// Makes all digests and sizes agree with the present bytes.
    pub fn seal(&mut self) {
        if let Some((at, ..)) = entry(&self.header, PAYLOAD_DIGEST) {
            let digest = hex(sha2::Sha256::digest(&self.payload));
            self.header[at..at + 64].copy_from_slice(&digest);
        }
        let both = [&*self.header, &self.payload].concat();
        let size = both.len();
        for (tag, value) in [
            (SHA1, hex(sha1::Sha1::digest(&self.header))),
            (SHA256, hex(sha2::Sha256::digest(&self.header))),
            (SHA3, hex(sha3::Sha3_256::digest(&self.header))),
            (MD5, md5::Md5::digest(&both).to_vec()),
            (SIZE, (size as u32).to_be_bytes().to_vec()),
            (LONG_SIZE, (size as u64).to_be_bytes().to_vec()),
        ] {
            if let Some((at, ..)) = entry(&self.signature, tag) {
                self.signature[at..at + value.len()].copy_from_slice(&value);
            }
        }
    }
}

/// An entry of a payload: `size` is what it promises.
pub fn cpio(name: &[u8], mode: u32, size: u64, content: &[u8]) -> Vec<u8> {
    let mut bytes = b"070701".to_vec();
    for field in [
        1,
        u64::from(mode),
        0,
        0,
        1,
        0,
        size,
        0,
        0,
        0,
        0,
        name.len() as u64 + 1,
        0,
    ] {
        bytes.extend(format!("{field:08x}").into_bytes());
    }
    bytes.extend(name);
    bytes.push(0);
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes.extend(content);
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

pub fn trailer() -> Vec<u8> {
    cpio(b"TRAILER!!!", 0, 0, b"")
}

/// How payloads and metadata are packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packing {
    None,
    Gzip,
    Bzip2,
    Xz,
    Zstd,
}

impl Packing {
    pub const ALL: [Packing; 5] = [
        Packing::None,
        Packing::Gzip,
        Packing::Bzip2,
        Packing::Xz,
        Packing::Zstd,
    ];

    pub fn extension(self) -> &'static str {
        match self {
            Packing::None => "",
            Packing::Gzip => ".gz",
            Packing::Bzip2 => ".bz2",
            Packing::Xz => ".xz",
            Packing::Zstd => ".zst",
        }
    }

    pub fn pack(self, bytes: impl std::io::Read) -> Vec<u8> {
        use std::io::Read;
        let bytes = std::io::BufReader::new(bytes);
        let mut packed = Vec::new();
        let mut reader: Box<dyn Read> = match self {
            Packing::None => Box::new(bytes),
            Packing::Gzip => Box::new(flate2::bufread::GzEncoder::new(
                bytes,
                flate2::Compression::fast(),
            )),
            Packing::Bzip2 => Box::new(bzip2::bufread::BzEncoder::new(
                bytes,
                bzip2::Compression::fast(),
            )),
            Packing::Xz => Box::new(liblzma::bufread::XzEncoder::new(bytes, 0)),
            Packing::Zstd => Box::new(zstd::stream::read::Encoder::with_buffer(bytes, 1).unwrap()),
        };
        reader.read_to_end(&mut packed).unwrap();
        packed
    }
}

/// What a `repomd.xml` says of one file.
#[derive(Clone)]
pub struct Record {
    pub kind: &'static str,
    pub href: String,
    /// After `<location `, before `href`.
    pub base: String,
    pub algorithm: &'static str,
    pub checksum: Option<String>,
    pub size: Option<String>,
    pub open_size: Option<String>,
}

impl Record {
    /// The truth about a file.
    pub fn of(kind: &'static str, href: &str, bytes: &[u8], open_size: Option<usize>) -> Record {
        Record {
            kind,
            href: href.to_owned(),
            base: String::new(),
            algorithm: "sha256",
            checksum: Some(sha256(bytes)),
            size: Some(bytes.len().to_string()),
            open_size: open_size.map(|size| size.to_string()),
        }
    }
}

pub fn repomd(records: &[Record]) -> String {
    let mut text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<repomd \
                    xmlns=\"http://linux.duke.edu/metadata/repo\"><revision>1</revision>\n"
        .to_owned();
    for record in records {
        text.push_str(&format!(
            "<data type=\"{}\"><location {}href=\"{}\"/><timestamp>1</timestamp>",
            record.kind, record.base, record.href
        ));
        for (name, value) in [
            (
                format!("checksum type=\"{}\"", record.algorithm),
                &record.checksum,
            ),
            ("size".to_owned(), &record.size),
            ("open-size".to_owned(), &record.open_size),
        ] {
            if let Some(value) = value {
                let end = name.split(' ').next().unwrap();
                text.push_str(&format!("<{name}>{value}</{end}>"));
            }
        }
        text.push_str("</data>\n");
    }
    text + "</repomd>\n"
}

/// Where a repository's primary metadata are, once [`publish`] was there.
pub fn primary_of(folder: &Utf8Path) -> Utf8PathBuf {
    folder.join("repodata/primary.xml")
}

/// The text of the primary metadata that `createrepo_c` made.
pub fn primary_text(folder: &Utf8Path) -> String {
    let mut entries = folder.join("repodata").read_dir_utf8().unwrap();
    let path = entries.find_map(|entry| {
        let path = entry.unwrap().into_path();
        path.as_str().ends_with("primary.xml.gz").then_some(path)
    });
    let file = std::fs::File::open(path.expect("primary")).unwrap();
    std::io::read_to_string(flate2::read::MultiGzDecoder::new(file)).unwrap()
}

/// Replaces a repository's metadata by one primary file.
pub fn publish(folder: &Utf8Path, primary: &str) {
    let data = folder.join("repodata");
    let _ = std::fs::remove_dir_all(&data);
    std::fs::create_dir(&data).unwrap();
    std::fs::write(primary_of(folder), primary).unwrap();
    let record = Record::of(
        "primary",
        "repodata/primary.xml",
        primary.as_bytes(),
        Some(primary.len()),
    );
    std::fs::write(data.join("repomd.xml"), repomd(&[record])).unwrap();
}

/// The text between `before` and `after` is replaced by `new`; there is one.
pub fn between(text: &str, before: &str, after: &str, new: &str) -> String {
    let start = text.find(before).unwrap_or_else(|| panic!("{before}")) + before.len();
    let end = start + text[start..].find(after).unwrap();
    format!("{}{new}{}", &text[..start], &text[end..])
}

/// Metadata that tell the digests and sizes of the files as they are now; `edit` may change each
/// package's entry after that.
pub fn refit(folder: &Utf8Path, primary: &str, edit: impl Fn(&str, String) -> String) -> String {
    let mut pieces = primary.split("<package type=\"rpm\">");
    let mut text = pieces.next().unwrap().to_owned();
    for piece in pieces {
        let (_, rest) = piece.split_once("<location href=\"").unwrap();
        let name = rest.split('"').next().unwrap();
        let bytes = std::fs::read(folder.join(name)).unwrap_or_default();
        let mut piece = between(piece, "pkgid=\"YES\">", "<", &sha256(&bytes));
        piece = between(&piece, "<size package=\"", "\"", &bytes.len().to_string());
        let name = name.split("-1-1").next().unwrap();
        text.push_str("<package type=\"rpm\">");
        text.push_str(&edit(name, piece));
    }
    text
}
