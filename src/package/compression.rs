//! How a payload is compressed.

use crate::error::{Error, Result};
use std::io::{BufRead, Read};

/// The most memory that a decompressor may take: enough for `xz -9e` and `zstd --long`, whose
/// dictionaries have 64 and 128 MiB.
const MEMORY_MAX: u64 = 256 * 1024 * 1024;

/// The logarithm of zstd's largest window.
const ZSTD_WINDOW_LOG: u32 = 27;

/// A compressor of payloads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Compression {
    /// Plain cpio.
    None,
    /// `.gz`
    Gzip,
    /// `.bz2`
    Bzip2,
    /// `.xz`
    Xz,
    /// `.lzma`, the format before xz.
    Lzma,
    /// `.zst`
    Zstd,
}

impl Compression {
    /// From the first bytes of the payload. Not from the header's `PAYLOADCOMPRESSOR`: old packages
    /// have none, and some of today's say gzip (or nothing) and are not compressed; rpm's own gzip
    /// reader takes both.
    fn detect(start: &[u8]) -> Option<Compression> {
        let known: [(&[u8], Compression); 7] = [
            (b"07070", Self::None),
            (&[0x1f, 0x8b], Self::Gzip),
            (b"BZh", Self::Bzip2),
            (&[0xfd, b'7', b'z', b'X', b'Z', 0], Self::Xz),
            (&[0x28, 0xb5, 0x2f, 0xfd], Self::Zstd),
            (&[0x5d, 0, 0], Self::Lzma),
            (&[0x50, 0x2a, 0x4d, 0x18], Self::Zstd),
        ];
        let found = known.iter().find(|(magic, _)| start.starts_with(magic));
        found.map(|(_, compression)| *compression)
    }

    /// The uncompressed bytes of `source`. `object` names the package in errors.
    pub(crate) fn reader<'a>(
        mut source: impl BufRead + Send + 'a,
        object: &str,
    ) -> Result<Box<dyn Read + Send + 'a>> {
        let start = source.fill_buf().map_err(Error::io("read", object))?;
        let Some(compression) = Compression::detect(start) else {
            return Err(match start.is_empty() {
                true => Error::corrupt(object, "it has no payload"),
                false => Error::unsupported("the compression of its payload", object),
            });
        };
        let failed = |error: std::io::Error| Error::corrupt(object, error.to_string());
        Ok(match compression {
            Self::None => Box::new(source),
            Self::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(source)),
            Self::Bzip2 => Box::new(bzip2::bufread::MultiBzDecoder::new(source)),
            Self::Xz | Self::Lzma => {
                let stream = match compression {
                    Self::Xz => liblzma::stream::Stream::new_stream_decoder(
                        MEMORY_MAX,
                        liblzma::stream::CONCATENATED,
                    ),
                    _ => liblzma::stream::Stream::new_lzma_decoder(MEMORY_MAX),
                };
                let stream = stream.map_err(|error| failed(error.into()))?;
                Box::new(liblzma::bufread::XzDecoder::new_stream(source, stream))
            }
            Self::Zstd => {
                let mut decoder =
                    zstd::stream::read::Decoder::with_buffer(source).map_err(failed)?;
                decoder.window_log_max(ZSTD_WINDOW_LOG).map_err(failed)?;
                Box::new(decoder)
            }
        })
    }
}
