//! The keys that are trusted to sign packages.

use crate::error::{Error, Result};
use crate::package::digest::hex;
use camino::Utf8Path;
use pgp::composed::{Deserializable, SignedPublicKey};
use pgp::packet::{Packet, PacketParser, Signature, SignatureType};
use pgp::types::{KeyDetails, Timestamp, VerifyingKey};
use serde::{Serialize, Serializer};
use std::io::Read;
use std::time::SystemTime;

/// OpenPGP certificates that are trusted; a package must be signed by one of them.
#[derive(Debug, Clone, Default)]
pub struct Keyring {
    certificates: Vec<Certificate>,
}

#[derive(Debug, Clone)]
struct Certificate {
    key: SignedPublicKey,
    /// The file or address that it is from.
    name: String,
}

/// Who signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Signer {
    fingerprint: String,
    user_id: String,
    keyring_name: String,
    #[serde(serialize_with = "seconds")]
    time: Option<SystemTime>,
}

impl Signer {
    /// The fingerprint of the key that signed (which may be a subkey), in hexadecimal.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// The first user ID of the certificate: `Fedora (41) <fedora-41-primary@fedoraproject.org>`.
    pub fn user_id(&self) -> &str {
        &self.user_id
    }

    /// Where the keyring has the certificate from: the name given to [`Keyring::add`].
    pub fn keyring_name(&self) -> &str {
        &self.keyring_name
    }

    /// When it was signed, as the signature says.
    pub fn time(&self) -> Option<SystemTime> {
        self.time
    }
}

/// Seconds since 1970.
fn seconds<S: Serializer>(time: &Option<SystemTime>, serializer: S) -> Result<S::Ok, S::Error> {
    let since = time.and_then(|time| time.duration_since(SystemTime::UNIX_EPOCH).ok());
    since.map(|time| time.as_secs()).serialize(serializer)
}

/// The largest file of keys that is read.
const FILE_MAX: u64 = 16 * 1024 * 1024;

const ARMOR: &str = "-----BEGIN PGP PUBLIC KEY BLOCK-----";

impl Keyring {
    /// A keyring without keys: it accepts no signature.
    pub fn new() -> Keyring {
        Keyring::default()
    }

    /// Whether it has no keys.
    pub fn is_empty(&self) -> bool {
        self.certificates.is_empty()
    }

    /// Trusts the certificates in `bytes`, armored (any number of blocks) or binary; `name` says
    /// where they are from. Returns how many there are.
    ///
    /// # Errors
    ///
    /// [`Error::Corrupt`] where there is none.
    pub fn add(&mut self, bytes: &[u8], name: &str) -> Result<usize> {
        let before = self.certificates.len();
        let text = String::from_utf8_lossy(bytes);
        if text.contains(ARMOR) {
            for block in text.split(ARMOR).skip(1) {
                let block = format!("{ARMOR}{block}");
                let (keys, _) = SignedPublicKey::from_armor_many(block.as_bytes())
                    .map_err(|error| Error::corrupt(name, error.to_string()))?;
                self.take(keys, name);
            }
        } else {
            let keys = SignedPublicKey::from_bytes_many(bytes)
                .map_err(|error| Error::corrupt(name, error.to_string()))?;
            self.take(keys, name);
        }
        match self.certificates.len() - before {
            0 => Err(Error::corrupt(name, "there is no usable OpenPGP key in it")),
            count => Ok(count),
        }
    }

    /// Keeps the certificates that can be read; a key of an unknown kind beside known ones is no
    /// error, since nothing that it signed will be accepted.
    fn take(
        &mut self,
        keys: impl Iterator<Item = pgp::errors::Result<SignedPublicKey>>,
        name: &str,
    ) {
        self.certificates
            .extend(keys.flatten().map(|key| Certificate {
                key,
                name: name.to_owned(),
            }));
    }

    /// [`Keyring::add`] with a file's content and its path as name.
    ///
    /// # Errors
    ///
    /// [`Error::Io`], and what [`Keyring::add`] fails with.
    pub fn add_file(&mut self, path: impl AsRef<Utf8Path>) -> Result<usize> {
        let path = path.as_ref();
        let file = std::fs::File::open(path).map_err(Error::io("open", path))?;
        let mut bytes = Vec::new();
        file.take(FILE_MAX)
            .read_to_end(&mut bytes)
            .map_err(Error::io("read", path))?;
        self.add(&bytes, path.as_str())
    }

    /// [`Keyring::add_file`] with each file of a folder, such as `/etc/pki/rpm-gpg`, in the order of
    /// their names; files without a usable key are passed over. A folder that is not there has none.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] when the folder or a file in it cannot be read.
    pub fn add_dir(&mut self, path: impl AsRef<Utf8Path>) -> Result<usize> {
        let path = path.as_ref();
        let entries = match path.read_dir_utf8() {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(0),
            entries => entries.map_err(Error::io("list", path))?,
        };
        let mut paths = Vec::new();
        for entry in entries {
            let entry = entry.map_err(Error::io("list", path))?;
            paths.push(entry.path().to_owned());
        }
        paths.sort();
        let mut count = 0;
        for path in paths.iter().filter(|path| path.is_file()) {
            match self.add_file(path) {
                Ok(added) => count += added,
                Err(Error::Corrupt { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(count)
    }

    /// Who made `signature` over `data`. The data is asked for anew for each key that may have
    /// signed, which is at most a few.
    pub(crate) fn signer<R: Read>(
        &self,
        signature: &[u8],
        now: SystemTime,
        data: impl Fn() -> Result<R>,
    ) -> Result<Signer, Refusal> {
        let signature = parse(signature)?;
        let mut refusal = Refusal::Unknown(issuer(&signature));
        for certificate in &self.certificates {
            let primary = &certificate.key.primary_key;
            let subkeys = &certificate.key.public_subkeys;
            let mut tried = vec![(matches(&signature, primary), Ok(()))];
            tried[0].1 = certificate.check_primary(now);
            for subkey in subkeys {
                let matches = matches(&signature, &subkey.key);
                let usable = match matches {
                    true => certificate.check_subkey(subkey, now),
                    false => Ok(()),
                };
                tried.push((matches, usable));
            }
            for (place, (matches, usable)) in tried.into_iter().enumerate() {
                if !matches {
                    continue;
                }
                let data = data().map_err(Refusal::Failed)?;
                let (verified, fingerprint) = match place.checked_sub(1).map(|at| &subkeys[at].key)
                {
                    None => (signature.verify(primary, data), primary.fingerprint()),
                    Some(key) => (signature.verify(key, data), key.fingerprint()),
                };
                let name = certificate.title(&hex(fingerprint.as_bytes()));
                match (verified, usable) {
                    (Err(error), _) => refusal = Refusal::Bad(name, in_words(&error)),
                    (Ok(()), Err(reason)) => refusal = Refusal::Unusable(name, reason),
                    (Ok(()), Ok(())) => {
                        if let Some(end) = expiry(signature.created(), &signature)
                            && end < now
                        {
                            refusal = Refusal::Unusable(name, "the signature expired".to_owned());
                            continue;
                        }
                        return Ok(Signer {
                            fingerprint: hex(fingerprint.as_bytes()),
                            user_id: certificate.user_id(),
                            keyring_name: certificate.name.clone(),
                            time: signature.created().map(SystemTime::from),
                        });
                    }
                }
            }
        }
        Err(refusal)
    }
}

/// Why a signature is not one of the data, without the library's source code in it.
pub(crate) fn in_words(error: &pgp::errors::Error) -> String {
    let text = error.to_string();
    // The first two bytes of the digest are beside the signature and differ already.
    if text.contains("invalid signed hash value") {
        return "it was made of other data".to_owned();
    }
    text.lines().next().unwrap_or_default().to_owned()
}

/// Why a signature is not accepted.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// It is no OpenPGP signature, or of a kind that packages do not have.
    Malformed(String),
    /// No key with this id is in the keyring.
    Unknown(String),
    /// The key did not sign this data.
    Bad(String, String),
    /// The key did sign it, but may not: expired, revoked, not for signing.
    Unusable(String, String),
    /// The data could not be read.
    Failed(Error),
}

impl Certificate {
    fn user_id(&self) -> String {
        let user = self.key.details.users.first();
        user.map(|user| String::from_utf8_lossy(user.id.id()).into_owned())
            .unwrap_or_default()
    }

    fn title(&self, fingerprint: &str) -> String {
        format!("{} ({fingerprint})", self.user_id())
    }

    /// The certificate's own signatures on itself that are genuine.
    fn own_signatures(&self) -> Vec<&Signature> {
        let primary = &self.key.primary_key;
        let details = &self.key.details;
        let direct = details.direct_signatures.iter();
        let direct = direct.filter(|signature| signature.verify_key(primary).is_ok());
        let users = details.users.iter().flat_map(|user| {
            let certifies = |signature: &&Signature| {
                let tag = pgp::types::Tag::UserId;
                signature
                    .verify_certification(primary, tag, &user.id)
                    .is_ok()
            };
            user.signatures.iter().filter(certifies)
        });
        direct.chain(users).collect()
    }

    fn check_primary(&self, now: SystemTime) -> Result<(), String> {
        self.check_certificate(now)?;
        let own = self.own_signatures();
        match grants_signing(&own) {
            true => Ok(()),
            false => Err("the key is not for signing".to_owned()),
        }
    }

    /// Neither revoked nor expired.
    fn check_certificate(&self, now: SystemTime) -> Result<(), String> {
        let primary = &self.key.primary_key;
        let revocations = &self.key.details.revocation_signatures;
        if revocations
            .iter()
            .any(|revocation| revocation.verify_key(primary).is_ok())
        {
            return Err("the key was revoked".to_owned());
        }
        let own = self.own_signatures();
        // The newest one counts: that is how a key's life is made longer.
        let newest = own.iter().max_by_key(|signature| signature.created());
        let end = newest.and_then(|newest| key_expiry(primary, newest));
        match end.filter(|end| *end < now) {
            Some(end) => Err(expired(end)),
            None => Ok(()),
        }
    }

    fn check_subkey(
        &self,
        subkey: &pgp::composed::SignedPublicSubKey,
        now: SystemTime,
    ) -> Result<(), String> {
        self.check_certificate(now)?;
        let primary = &self.key.primary_key;
        let genuine = |signature: &&Signature| {
            let bound = signature
                .verify_subkey_binding(primary, &subkey.key)
                .is_ok();
            // A key that signs must say itself that it belongs to the primary one, or somebody
            // could adopt it.
            bound
                && (signature.typ() != Some(SignatureType::SubkeyBinding)
                    || signature.embedded_signature().is_some_and(|back| {
                        back.verify_primary_key_binding(&subkey.key, primary)
                            .is_ok()
                    }))
        };
        let bindings: Vec<&Signature> = subkey.signatures.iter().filter(genuine).collect();
        let is = |kind| move |signature: &&Signature| signature.typ() == Some(kind);
        if bindings
            .iter()
            .copied()
            .any(|one| is(SignatureType::SubkeyRevocation)(&one))
        {
            return Err("the subkey was revoked".to_owned());
        }
        let Some(newest) = bindings.iter().max_by_key(|signature| signature.created()) else {
            return Err("the subkey does not belong to its key".to_owned());
        };
        if let Some(end) = key_expiry(&subkey.key, newest).filter(|end| *end < now) {
            return Err(expired(end));
        }
        match grants_signing(&bindings) {
            true => Ok(()),
            false => Err("the subkey is not for signing".to_owned()),
        }
    }
}

fn expired(end: SystemTime) -> String {
    let seconds = end
        .duration_since(SystemTime::UNIX_EPOCH)
        .map_or(0, |duration| duration.as_secs() as i64);
    let date = glib::DateTime::from_unix_utc(seconds).and_then(|date| date.format("%Y-%m-%d"));
    format!(
        "the key expired on {}",
        date.as_deref().unwrap_or("a past day")
    )
}

/// Per RFC 9580, a key without key flags is for everything.
fn grants_signing(signatures: &[&Signature]) -> bool {
    let flagged: Vec<_> = signatures
        .iter()
        .filter(|signature| has_key_flags(signature))
        .collect();
    flagged.is_empty() || flagged.iter().any(|signature| signature.key_flags().sign())
}

fn has_key_flags(signature: &Signature) -> bool {
    signature.config().is_some_and(|config| {
        let mut subpackets = config.hashed_subpackets();
        subpackets.any(|one| matches!(one.data, pgp::packet::SubpacketData::KeyFlags(_)))
    })
}

fn key_expiry(key: &impl KeyDetails, signature: &Signature) -> Option<SystemTime> {
    let life = std::time::Duration::from(signature.key_expiration_time()?);
    (!life.is_zero()).then(|| SystemTime::from(key.created_at()) + life)
}

fn expiry(created: Option<Timestamp>, signature: &Signature) -> Option<SystemTime> {
    let life = std::time::Duration::from(signature.signature_expiration_time()?);
    (!life.is_zero()).then_some(SystemTime::from(created?) + life)
}

fn parse(bytes: &[u8]) -> Result<Signature, Refusal> {
    let found = PacketParser::new(bytes).find_map(|packet| match packet {
        Ok(Packet::Signature(signature)) => Some(signature),
        _ => None,
    });
    let Some(signature) = found else {
        return Err(Refusal::Malformed("it is no OpenPGP signature".to_owned()));
    };
    match signature.typ() {
        Some(SignatureType::Binary) => Ok(signature),
        kind => Err(Refusal::Malformed(format!("a signature of type {kind:?}"))),
    }
}

fn matches(signature: &Signature, key: &impl VerifyingKey) -> bool {
    let (ids, prints) = (signature.issuer_key_id(), signature.issuer_fingerprint());
    match (prints.is_empty(), ids.is_empty()) {
        (false, _) => prints.iter().any(|print| **print == key.fingerprint()),
        (true, false) => ids.iter().any(|id| **id == key.legacy_key_id()),
        (true, true) => true,
    }
}

/// The key that a signature names, for messages.
fn issuer(signature: &Signature) -> String {
    let print = signature
        .issuer_fingerprint()
        .first()
        .map(|print| hex(print.as_bytes()));
    let id = || signature.issuer_key_id().first().map(|id| hex(id.as_ref()));
    print
        .or_else(id)
        .unwrap_or_else(|| "that it does not name".to_owned())
}
