//! Compressed metadata files, opened with bounds.

use super::Checksum;
use crate::error::{Error, Result};
use crate::job::Monitor;
use crate::package::digest::hex;
use crate::sys::librepo::Algorithm;
use camino::Utf8Path;
use sha2::Digest;
use std::fs::File;
use std::io::{BufReader, Read};

/// The largest that a metadata file may be when unpacked: Fedora's filelists have some 700 MB, and
/// libsolv counts to 2 GiB.
const MAX_OPEN: u64 = 2 << 30;

/// The memory that a decompressor may take for its window.
const MAX_WINDOW_LOG: u32 = 27;
const MAX_XZ_MEMORY: u64 = 256 << 20;

/// How a file's name says that it is packed.
pub(super) fn extension(name: &str) -> &'static str {
    [".gz", ".xz", ".zst", ".bz2", ".zck"]
        .into_iter()
        .find(|extension| name.ends_with(extension))
        .unwrap_or("")
}

/// The unpacked content of a file, by the extension of its name.
pub(super) fn reader(path: &Utf8Path) -> Result<Box<dyn Read>> {
    let file = File::open(path).map_err(Error::io("open", path))?;
    let file = BufReader::with_capacity(64 << 10, file);
    let damaged = |error: std::io::Error| Error::corrupt(path.as_str(), error.to_string());
    Ok(match extension(path.as_str()) {
        ".gz" => Box::new(flate2::bufread::MultiGzDecoder::new(file)),
        ".bz2" => Box::new(bzip2::bufread::MultiBzDecoder::new(file)),
        ".xz" => {
            let stream = liblzma::stream::Stream::new_auto_decoder(
                MAX_XZ_MEMORY,
                liblzma::stream::CONCATENATED,
            )
            .map_err(|error| damaged(error.into()))?;
            Box::new(liblzma::bufread::XzDecoder::new_stream(file, stream))
        }
        ".zst" => {
            let mut decoder = zstd::stream::read::Decoder::with_buffer(file).map_err(damaged)?;
            decoder.window_log_max(MAX_WINDOW_LOG).map_err(damaged)?;
            Box::new(decoder)
        }
        _ => Box::new(file),
    })
}

/// Unpacks a file to nowhere: it can be unpacked, and to no more than it says, or than is borne.
/// Its digest as it is has been compared before; that of the unpacked content is not, because
/// repositories in the field have wrong ones, and dnf does not look. `url` is what errors call it.
pub(super) fn verify(
    path: &Utf8Path,
    url: &str,
    size: Option<u64>,
    monitor: &Monitor,
) -> Result<()> {
    let mut reader = reader(path)?;
    let limit = size.unwrap_or(MAX_OPEN).min(MAX_OPEN);
    let mut total = 0u64;
    let mut buffer = vec![0; 256 << 10];
    loop {
        match reader.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(read) => total += read as u64,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => {
                return Err(Error::corrupt(
                    url,
                    format!("it cannot be unpacked: {error}"),
                ));
            }
        }
        if total > limit {
            return Err(Error::Digest {
                object: format!("{url}, unpacked"),
                expected: format!("{limit} bytes"),
                found: "more".to_owned(),
            });
        }
        monitor.check()?;
    }
}

/// Compares a file as it is with a digest.
pub(super) fn matches(path: &Utf8Path, checksum: &Checksum, monitor: &Monitor) -> Result<bool> {
    Ok(digest(path, checksum.algorithm, monitor)? == checksum.hex)
}

/// A file's digest in hex.
pub(super) fn digest(path: &Utf8Path, algorithm: Algorithm, monitor: &Monitor) -> Result<String> {
    let mut file = File::open(path).map_err(Error::io("open", path))?;
    let mut hasher = Hasher::new(algorithm);
    let mut buffer = vec![0; 256 << 10];
    loop {
        let read = file.read(&mut buffer).map_err(Error::io("read", path))?;
        if read == 0 {
            return Ok(hasher.finish());
        }
        hasher.update(&buffer[..read]);
        monitor.check()?;
    }
}

/// The digests that metadata uses.
enum Hasher {
    Md5(md5::Md5),
    Sha1(sha1::Sha1),
    Sha224(sha2::Sha224),
    Sha256(sha2::Sha256),
    Sha384(sha2::Sha384),
    Sha512(sha2::Sha512),
}

impl Hasher {
    fn new(algorithm: Algorithm) -> Hasher {
        match algorithm {
            Algorithm::Md5 => Hasher::Md5(md5::Md5::new()),
            Algorithm::Sha1 => Hasher::Sha1(sha1::Sha1::new()),
            Algorithm::Sha224 => Hasher::Sha224(sha2::Sha224::new()),
            Algorithm::Sha256 => Hasher::Sha256(sha2::Sha256::new()),
            Algorithm::Sha384 => Hasher::Sha384(sha2::Sha384::new()),
            Algorithm::Sha512 => Hasher::Sha512(sha2::Sha512::new()),
        }
    }

    fn update(&mut self, bytes: &[u8]) {
        match self {
            Hasher::Md5(hasher) => hasher.update(bytes),
            Hasher::Sha1(hasher) => hasher.update(bytes),
            Hasher::Sha224(hasher) => hasher.update(bytes),
            Hasher::Sha256(hasher) => hasher.update(bytes),
            Hasher::Sha384(hasher) => hasher.update(bytes),
            Hasher::Sha512(hasher) => hasher.update(bytes),
        }
    }

    fn finish(self) -> String {
        match self {
            Hasher::Md5(hasher) => hex(&hasher.finalize()),
            Hasher::Sha1(hasher) => hex(&hasher.finalize()),
            Hasher::Sha224(hasher) => hex(&hasher.finalize()),
            Hasher::Sha256(hasher) => hex(&hasher.finalize()),
            Hasher::Sha384(hasher) => hex(&hasher.finalize()),
            Hasher::Sha512(hasher) => hex(&hasher.finalize()),
        }
    }
}
