//! Whether a package is what its packager made, and who that was.
//!
//! What covers what:
//!
//! ```text
//!               lead   signature   header   payload
//! SHA1, SHA256, SHA3                 x                 in the signature header
//! RSA, DSA, OPENPGP                  x                 signatures
//! MD5, SIZE                          x        x        in the signature header
//! PGP, GPG                           x        x        signatures of old packages
//! PAYLOADDIGEST, ...                          x        in the header, thus signed with it
//! file digests                                x        in the header; checked at import
//! ```

use crate::error::{Error, Result};
use crate::package::digest::{Algorithm, Digest};
use crate::package::header::{Header, Kind};
use crate::package::keyring::{Keyring, Refusal, Signer};
use crate::package::{BUFFER, Package, tag};
use serde::Serialize;
use serde_json::Value;
use std::io::Read;
use std::time::SystemTime;

/// Whether a package must be signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Signature {
    /// By a key of the keyring, or it is refused.
    #[default]
    Required,
    /// Not needed; a signature by a key of the keyring must be genuine all the same.
    NotRequired,
}

/// A digest that was promised and found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct VerifiedDigest {
    /// What it covers: `header`, `payload`, `header and payload`.
    pub covers: &'static str,
    /// `sha256` and so on.
    pub algorithm: &'static str,
}

/// What [`Package::verify`] found to be true.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[must_use]
pub struct Verification {
    digests: Vec<VerifiedDigest>,
    signer: Option<Signer>,
    notes: Vec<String>,
}

impl Verification {
    /// The digests, all of them right.
    pub fn digests(&self) -> &[VerifiedDigest] {
        &self.digests
    }

    /// The key that signed it; `None` when it is not signed by a key of the keyring, which can only
    /// be with [`Signature::NotRequired`].
    pub fn signer(&self) -> Option<&Signer> {
        self.signer.as_ref()
    }

    /// What a careful reader would like to know: that nothing strong covers the header, that a
    /// signature is by an unknown key.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// What was found as one JSON object: the names of the calls above, and `text`, the line for
    /// people.
    pub fn to_json(&self) -> Value {
        let mut object = serde_json::json!(self);
        object["text"] = self.to_string().into();
        object
    }
}

/// One line: which digests are right and who signed it.
impl std::fmt::Display for Verification {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} digests are right, ", self.digests.len())?;
        match &self.signer {
            Some(signer) => write!(f, "signed by {}", signer.user_id())?,
            None => f.write_str("not signed by a trusted key")?,
        }
        self.notes.iter().try_for_each(|note| write!(f, "; {note}"))
    }
}

/// A digest to be found in the payload.
struct Promise {
    covers: &'static str,
    algorithm: Algorithm,
    expected: String,
    digest: Digest,
}

impl Package {
    /// Checks all digests and the signature. The payload is read once (twice for signatures of old
    /// packages), never held.
    ///
    /// # Errors
    ///
    /// [`Error::Digest`] for a wrong digest, [`Error::Corrupt`] where the file is too short or a
    /// digest malformed, [`Error::Signature`] where a signature is required and missing, bad, or by
    /// a key that is unknown, expired or revoked.
    pub fn verify(&self, keyring: &Keyring, required: Signature) -> Result<Verification> {
        let mut found = Verification {
            digests: Vec::new(),
            signer: None,
            notes: Vec::new(),
        };
        self.verify_header(&mut found)?;
        self.verify_size()?;
        self.verify_payload(&mut found)?;
        self.verify_signature(keyring, required, &mut found)?;
        // rpm demands this too. A signed header is enough: it has the files' digests.
        let covers_payload = |digest: &VerifiedDigest| digest.covers != "header";
        if found.signer.is_none() && !found.digests.iter().any(covers_payload) {
            let reason = "no digest and no trusted signature covers its payload";
            return Err(Error::corrupt(&self.object, reason));
        }
        let covers_header = |digest: &VerifiedDigest| digest.covers == "header";
        if found.signer.is_none() && !found.digests.iter().any(covers_header) {
            found
                .notes
                .push("no SHA digest and no trusted signature covers its header".to_owned());
        }
        Ok(found)
    }

    fn verify_header(&self, found: &mut Verification) -> Result<()> {
        let digests = [
            (tag::signature::SHA3_256, Algorithm::Sha3_256),
            (tag::signature::SHA256, Algorithm::Sha256),
            (tag::signature::SHA1, Algorithm::Sha1),
        ];
        for (tag, algorithm) in digests {
            let Some(expected) = self.promised(&self.signature, tag)? else {
                continue;
            };
            let computed = algorithm.of(&[&self.metadata[self.start..]]);
            self.compare("header", algorithm, &expected, &computed)?;
            found.digests.push(VerifiedDigest {
                covers: "header",
                algorithm: algorithm.name(),
            });
        }
        Ok(())
    }

    fn verify_size(&self) -> Result<()> {
        let signature = &self.signature;
        let long = signature.number(tag::signature::LONGSIZE);
        let Some(promised) = long.or_else(|| signature.number(tag::signature::SIZE)) else {
            return Ok(());
        };
        let Some(file) = &self.file else {
            return Ok(());
        };
        let length = file
            .metadata()
            .map_err(Error::io("look at", &self.path))?
            .len();
        let actual = length - (self.start as u64).min(length);
        if actual < promised {
            let reason =
                format!("it is truncated: {actual} of {promised} bytes after its signature");
            return Err(Error::corrupt(&self.object, reason));
        }
        if actual > promised {
            return Err(Error::Digest {
                object: self.object.clone(),
                expected: format!("{promised} bytes after its signature"),
                found: format!("{actual}"),
            });
        }
        Ok(())
    }

    fn verify_payload(&self, found: &mut Verification) -> Result<()> {
        let mut promises = Vec::new();
        let mut promise = |covers, algorithm: Algorithm, expected| {
            promises.push(Promise {
                covers,
                algorithm,
                expected,
                digest: algorithm.start(),
            });
        };
        if let Some(expected) = self.promised(&self.header, tag::PAYLOADDIGEST)? {
            // rpm 6 says no more which one: the tag is that of SHA-256.
            let number = self.header.number(tag::PAYLOADDIGESTALGO).unwrap_or(8);
            let algorithm = Algorithm::from_number(number).ok_or_else(|| {
                Error::unsupported("the digest algorithm of its payload", &self.object)
            })?;
            promise("payload", algorithm, expected);
        }
        for (tag, algorithm) in [
            (tag::PAYLOADSHA512, Algorithm::Sha512),
            (tag::PAYLOADSHA3_256, Algorithm::Sha3_256),
        ] {
            if let Some(expected) = self.promised(&self.header, tag)? {
                promise("payload", algorithm, expected);
            }
        }
        if self.signature.has(tag::signature::MD5) {
            let bytes = self
                .signature
                .bytes(tag::signature::MD5)
                .unwrap_or_default();
            if bytes.len() != 16 {
                return Err(Error::corrupt(&self.object, "its MD5 digest is malformed"));
            }
            promise(
                "header and payload",
                Algorithm::Md5,
                super::digest::hex(bytes),
            );
        }
        if promises.is_empty() {
            return Ok(());
        }
        for promise in &mut promises {
            if promise.covers != "payload" {
                promise.digest.update(&self.metadata[self.start..]);
            }
        }
        let mut payload = self.payload_bytes()?;
        let mut buffer = vec![0; BUFFER];
        loop {
            let count = payload
                .read(&mut buffer)
                .map_err(Error::io("read", &self.path))?;
            if count == 0 {
                break;
            }
            for promise in &mut promises {
                promise.digest.update(&buffer[..count]);
            }
        }
        for promise in promises {
            let computed = promise.digest.finish();
            self.compare(
                promise.covers,
                promise.algorithm,
                &promise.expected,
                &computed,
            )?;
            found.digests.push(VerifiedDigest {
                covers: promise.covers,
                algorithm: promise.algorithm.name(),
            });
        }
        Ok(())
    }

    fn verify_signature(
        &self,
        keyring: &Keyring,
        required: Signature,
        found: &mut Verification,
    ) -> Result<()> {
        let over_header = self.header_signatures();
        let over_all: Vec<Vec<u8>> = [tag::signature::PGP, tag::signature::GPG]
            .into_iter()
            .filter_map(|tag| self.signature.bytes(tag).map(<[u8]>::to_vec))
            .collect();
        let now = SystemTime::now();
        let mut refusal = None;
        let header = &self.metadata[self.start..];
        // The signature of an old package's header does not cover its payload, unless the header
        // has a digest of it; then the one over both decides, where there is one.
        let payload_in_header = found
            .digests
            .iter()
            .any(|digest| digest.covers == "payload");
        let use_header = payload_in_header || over_all.is_empty();
        for signature in over_header.iter().filter(|_| use_header) {
            match keyring.signer(signature, now, || Ok(header)) {
                Ok(signer) => found.signer = found.signer.take().or(Some(signer)),
                Err(reason) => worst(&mut refusal, reason),
            }
        }
        let use_all = found.signer.is_none();
        for signature in over_all.iter().filter(|_| use_all) {
            match keyring.signer(signature, now, || Ok(header.chain(self.payload_bytes()?))) {
                Ok(signer) => found.signer = Some(signer),
                Err(reason) => worst(&mut refusal, reason),
            }
        }
        let error = |reason: String, remedy: &str| Error::Signature {
            object: self.object.clone(),
            reason,
            remedy: remedy.to_owned(),
        };
        match refusal {
            // A genuine signature beside one that says nothing (rpm 6 allows any number, of any
            // kind) is enough; beside a bad one it is not.
            None | Some(Refusal::Unknown(_) | Refusal::Malformed(_)) if found.signer.is_some() => {
                Ok(())
            }
            None => match required {
                Signature::NotRequired => Ok(()),
                Signature::Required => Err(error(
                    "it is not signed".to_owned(),
                    "get a signed package, or say explicitly that it needs no signature",
                )),
            },
            Some(Refusal::Failed(failed)) => Err(failed),
            Some(Refusal::Bad(key, reason)) => Err(error(
                format!("its signature by {key} is bad ({reason})"),
                "it was changed after it was signed; get it again from a source you trust",
            )),
            Some(other) => {
                let (reason, remedy) = match other {
                    Refusal::Unknown(key) => (
                        format!("it is signed by the key {key}, {UNTRUSTED}"),
                        "add the key to the keyring if you trust it",
                    ),
                    Refusal::Unusable(key, reason) => (
                        format!("it is signed by {key}, but {reason}"),
                        "get a newer copy of the key, or a package signed with a valid one",
                    ),
                    Refusal::Malformed(reason) => (
                        format!("its signature cannot be read ({reason})"),
                        "get it again from where it came from",
                    ),
                    Refusal::Bad(..) | Refusal::Failed(_) => return Ok(()),
                };
                match required {
                    Signature::Required => Err(error(reason, remedy)),
                    Signature::NotRequired => {
                        found.notes.push(reason);
                        Ok(())
                    }
                }
            }
        }
    }

    /// Signatures of the header alone.
    fn header_signatures(&self) -> Vec<Vec<u8>> {
        // rpm 6 keeps any number of them in base64, and repeats one in the older tags.
        let new: Vec<Vec<u8>> = self
            .signature
            .strings(tag::signature::OPENPGP)
            .iter()
            .map(|text| glib::base64_decode(text))
            .collect();
        if !new.is_empty() {
            return new;
        }
        [tag::signature::RSA, tag::signature::DSA]
            .into_iter()
            .filter_map(|tag| self.signature.bytes(tag).map(<[u8]>::to_vec))
            .collect()
    }

    /// A digest in hexadecimal from a header.
    fn promised(&self, header: &Header, tag: tag::Tag) -> Result<Option<String>> {
        let Some(entry) = header.entry(tag) else {
            return Ok(None);
        };
        let text = header.string(tag).unwrap_or_default();
        let plain = text.bytes().all(|digit| digit.is_ascii_hexdigit());
        let kind = matches!(entry.kind, Kind::String | Kind::StringArray);
        match kind && plain && text.len() >= 32 {
            true => Ok(Some(text.to_ascii_lowercase())),
            false => Err(Error::corrupt(
                &self.object,
                format!("its digest (tag {tag}) is malformed"),
            )),
        }
    }

    fn compare(
        &self,
        covers: &str,
        algorithm: Algorithm,
        expected: &str,
        computed: &str,
    ) -> Result<()> {
        if expected == computed {
            return Ok(());
        }
        Err(Error::Digest {
            object: format!("the {covers} of {}", self.object),
            expected: format!("{} {expected}", algorithm.name()),
            found: computed.to_owned(),
        })
    }
}

/// The end of the reason when nobody trusted has signed.
pub(crate) const UNTRUSTED: &str = "which is not trusted";

/// The refusal that says most about the package is kept.
fn worst(kept: &mut Option<Refusal>, new: Refusal) {
    let weight = |refusal: &Refusal| match refusal {
        Refusal::Failed(_) => 4,
        Refusal::Bad(..) => 3,
        Refusal::Unusable(..) => 2,
        Refusal::Malformed(_) => 1,
        Refusal::Unknown(_) => 0,
    };
    if kept.as_ref().is_none_or(|kept| weight(kept) < weight(&new)) {
        *kept = Some(new);
    }
}

#[cfg(test)]
mod tests;
