//! The digests that packages carry.

use sha2::digest::DynDigest;

/// An algorithm, by the number that OpenPGP and rpm give it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Algorithm {
    Md5,
    Sha1,
    Sha256,
    Sha384,
    Sha512,
    Sha224,
    Sha3_256,
    Sha3_512,
}

impl Algorithm {
    /// From `FILEDIGESTALGO` or `PAYLOADDIGESTALGO`.
    pub(crate) fn from_number(number: u64) -> Option<Algorithm> {
        Some(match number {
            1 => Self::Md5,
            2 => Self::Sha1,
            8 => Self::Sha256,
            9 => Self::Sha384,
            10 => Self::Sha512,
            11 => Self::Sha224,
            12 => Self::Sha3_256,
            14 => Self::Sha3_512,
            _ => return None,
        })
    }

    /// Its usual name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Md5 => "md5",
            Self::Sha1 => "sha1",
            Self::Sha256 => "sha256",
            Self::Sha384 => "sha384",
            Self::Sha512 => "sha512",
            Self::Sha224 => "sha224",
            Self::Sha3_256 => "sha3-256",
            Self::Sha3_512 => "sha3-512",
        }
    }

    /// A running digest.
    pub(crate) fn start(self) -> Digest {
        Digest(match self {
            Self::Md5 => Box::new(md5::Md5::default()),
            Self::Sha1 => Box::new(sha1::Sha1::default()),
            Self::Sha256 => Box::new(sha2::Sha256::default()),
            Self::Sha384 => Box::new(sha2::Sha384::default()),
            Self::Sha512 => Box::new(sha2::Sha512::default()),
            Self::Sha224 => Box::new(sha2::Sha224::default()),
            Self::Sha3_256 => Box::new(sha3::Sha3_256::default()),
            Self::Sha3_512 => Box::new(sha3::Sha3_512::default()),
        })
    }

    /// Of some bytes at once, in hexadecimal.
    pub(crate) fn of(self, parts: &[&[u8]]) -> String {
        let mut digest = self.start();
        for part in parts {
            digest.update(part);
        }
        digest.finish()
    }
}

/// A digest that is being computed.
pub(crate) struct Digest(Box<dyn DynDigest + Send>);

impl Digest {
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// In hexadecimal.
    pub(crate) fn finish(self) -> String {
        hex(&self.0.finalize())
    }
}

/// Lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
