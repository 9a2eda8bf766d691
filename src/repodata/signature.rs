//! Whether metadata is signed by one of the repository's keys.

use super::files::{MAX_CONFIG, read_bounded};
use super::keys::{self, MissingKey};
use super::{RepoConfig, Settings};
use crate::error::{Error, Result};
use camino::Utf8Path;
use pgp::composed::{Deserializable, DetachedSignature, SignedPublicKey, SignedPublicSubKey};
use pgp::packet::{Signature, SignatureType};
use pgp::types::{KeyDetails, Tag, Timestamp};
use std::fs::File;

/// Checks the detached OpenPGP signature in the file `signature` of the file `data`.
pub(super) fn verify_file(
    config: &RepoConfig,
    settings: &Settings<'_>,
    data: &Utf8Path,
    signature: &Utf8Path,
) -> Result<()> {
    let read = |path: &Utf8Path| -> Result<Vec<u8>> {
        let file = File::open(path).map_err(Error::io("open", path))?;
        read_bounded(&file, path, MAX_CONFIG)
    };
    let (data, signature) = (read(data)?, read(signature)?);
    let keys = keys(config, settings)?;
    verify(&data, &signature, &keys, Timestamp::now().as_secs()).map_err(|reason| {
        let remedy = match reason {
            Reason::Unknown(_) => "add its key to the repository's gpgkey if you trust it",
            Reason::Expired(_) => "get the key's newer version from the repository's owner",
            _ => "do not use this repository until its owner has explained",
        };
        refuse(config, reason.text(), remedy)
    })
}

fn refuse(config: &RepoConfig, reason: String, remedy: &str) -> Error {
    Error::Signature {
        object: format!("metadata of repository {}", config.id),
        reason,
        remedy: remedy.to_owned(),
    }
}

/// Why a signature is not taken, in the order in which one is told of rather than the next.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Reason {
    /// Right, and by a key that its owner has taken back.
    Revoked(String),
    /// Right, and by a key, or until a time, that is over.
    Expired(String),
    /// By a known key, and wrong.
    Bad(String),
    /// By a key that is not among those given.
    Unknown(String),
    /// No signature.
    Unreadable(String),
}

impl Reason {
    fn text(self) -> String {
        match self {
            Reason::Revoked(text)
            | Reason::Expired(text)
            | Reason::Bad(text)
            | Reason::Unknown(text)
            | Reason::Unreadable(text) => text,
        }
    }
}

/// The keys that the repository names.
fn keys(config: &RepoConfig, settings: &Settings<'_>) -> Result<Vec<SignedPublicKey>> {
    let mut keys = Vec::new();
    let mut missing = None;
    for (url, bytes) in keys::of_repository(config, settings.root) {
        match bytes.and_then(|bytes| parse_keys(&bytes, url)) {
            Ok(found) => keys.extend(found),
            Err(reason) => missing = missing.or(Some(reason)),
        }
    }
    match missing {
        _ if !keys.is_empty() => Ok(keys),
        Some(missing) => {
            let (reason, remedy) = missing.told(&config.id);
            let reason = format!("it must be signed (repo_gpgcheck), and {reason}");
            Err(refuse(config, reason, &remedy))
        }
        None => Err(refuse(
            config,
            "it must be signed (repo_gpgcheck), and the repository names no key".to_owned(),
            "give it a gpgkey=file:///etc/pki/rpm-gpg/...",
        )),
    }
}

/// All keys of a file, which may have several armoured blocks one after the other.
fn parse_keys(bytes: &[u8], url: &str) -> Result<Vec<SignedPublicKey>, MissingKey> {
    const BEGIN: &str = "-----BEGIN PGP PUBLIC KEY BLOCK-----";
    let wrong = |reason: String| MissingKey::new(url, format!("is no OpenPGP key ({reason})"));
    let text = String::from_utf8_lossy(bytes);
    let mut keys = Vec::new();
    if text.contains(BEGIN) {
        for block in text.split(BEGIN).skip(1) {
            let block = format!("{BEGIN}{block}");
            let (found, _) =
                SignedPublicKey::from_string_many(&block).map_err(|e| wrong(e.to_string()))?;
            // A key of a kind that is not known does not spoil those beside it.
            keys.extend(found.filter_map(std::result::Result::ok));
        }
    } else {
        let found = SignedPublicKey::from_bytes_many(bytes).map_err(|e| wrong(e.to_string()))?;
        keys.extend(found.filter_map(std::result::Result::ok));
    }
    if keys.is_empty() {
        return Err(wrong("none can be read".to_owned()));
    }
    Ok(keys)
}

/// Whether one of the signatures is a good one at the time `now`, in seconds since 1970.
fn verify(
    data: &[u8],
    signature: &[u8],
    keys: &[SignedPublicKey],
    now: u32,
) -> std::result::Result<(), Reason> {
    let unreadable = || Reason::Unreadable("it has no signature that can be read".to_owned());
    let (signatures, _) =
        DetachedSignature::from_reader_many(signature).map_err(|_| unreadable())?;
    let mut worst = None;
    for signature in signatures.take(MAX_SIGNATURES) {
        let checked = signature
            .map_err(|_| unreadable())
            .and_then(|signature| verify_one(data, &signature, keys, now));
        match checked {
            Ok(()) => return Ok(()),
            Err(reason) => worst = worst.into_iter().chain([reason]).min(),
        }
    }
    Err(worst.unwrap_or_else(unreadable))
}

/// A file of more signatures only wastes time.
const MAX_SIGNATURES: usize = 16;

fn verify_one(
    data: &[u8],
    detached: &DetachedSignature,
    keys: &[SignedPublicKey],
    now: u32,
) -> std::result::Result<(), Reason> {
    let signature = &detached.signature;
    if !matches!(
        signature.typ(),
        Some(SignatureType::Binary | SignatureType::Text)
    ) {
        return Err(Reason::Unreadable("it is no signature of data".to_owned()));
    }
    let mut reason = None;
    for key in keys {
        let primary = &key.primary_key;
        if is_issuer(signature, primary) {
            let name = format!("{:X}", primary.fingerprint());
            let checked = detached
                .verify(primary, data)
                .map_err(|error| bad(&name, &error))
                .and_then(|()| usable(key, None, &name, now));
            match checked {
                Ok(()) => return in_time(signature, &name, now),
                Err(found) => reason = reason.into_iter().chain([found]).min(),
            }
        }
        for subkey in &key.public_subkeys {
            if !is_issuer(signature, &subkey.key) {
                continue;
            }
            let name = format!("{:X}", subkey.key.fingerprint());
            let checked = detached
                .verify(&subkey.key, data)
                .map_err(|error| bad(&name, &error))
                .and_then(|()| usable(key, Some(subkey), &name, now));
            match checked {
                Ok(()) => return in_time(signature, &name, now),
                Err(found) => reason = reason.into_iter().chain([found]).min(),
            }
        }
    }
    Err(reason.unwrap_or_else(|| {
        let issuers = signature
            .issuer_fingerprint()
            .into_iter()
            .map(|f| format!("{f:X}"));
        let ids = signature
            .issuer_key_id()
            .into_iter()
            .map(|id| id.to_string().to_uppercase());
        let issuer = issuers.chain(ids).next();
        Reason::Unknown(format!(
            "it is signed by the key {}, which is not among the repository's keys",
            issuer.unwrap_or_else(|| "of nobody".to_owned())
        ))
    }))
}

fn bad(key: &str, error: &pgp::errors::Error) -> Reason {
    let error = crate::package::in_words(error);
    Reason::Bad(format!("its signature by the key {key} is wrong: {error}"))
}

fn is_issuer(signature: &Signature, key: &impl KeyDetails) -> bool {
    let fingerprints = signature.issuer_fingerprint();
    if !fingerprints.is_empty() {
        return fingerprints.contains(&&key.fingerprint());
    }
    signature.issuer_key_id().contains(&&key.legacy_key_id())
}

/// Whether the signature itself is still, and already, valid.
fn in_time(signature: &Signature, key: &str, now: u32) -> std::result::Result<(), Reason> {
    let created = signature.created().map_or(0, |time| time.as_secs());
    let valid = signature
        .signature_expiration_time()
        .map_or(0, |time| time.as_secs());
    if valid != 0 && created.saturating_add(valid) < now {
        return Err(Reason::Expired(format!(
            "its signature by the key {key} has expired"
        )));
    }
    Ok(())
}

/// Whether the key, or a subkey of it, may sign at the time `now`.
fn usable(
    key: &SignedPublicKey,
    subkey: Option<&SignedPublicSubKey>,
    name: &str,
    now: u32,
) -> std::result::Result<(), Reason> {
    let primary = &key.primary_key;
    let revoked = key
        .details
        .revocation_signatures
        .iter()
        .any(|revocation| revocation.verify_key(primary).is_ok());
    if revoked {
        return Err(Reason::Revoked(format!(
            "the key {name} that has signed it is revoked"
        )));
    }
    // What the owner says of the key: only words that the key itself has signed, the latest first.
    let direct = key
        .details
        .direct_signatures
        .iter()
        .filter(|word| word.verify_key(primary).is_ok());
    let users = key.details.users.iter().flat_map(|user| {
        user.signatures.iter().filter(|word| {
            word.is_certification()
                && word
                    .verify_certification(primary, Tag::UserId, &user.id)
                    .is_ok()
        })
    });
    let Some(word) = direct.chain(users).max_by_key(|word| created(word)) else {
        return Err(Reason::Bad(format!(
            "the key {name} says nothing of itself"
        )));
    };
    alive(primary.created_at().as_secs(), word, name, now)?;
    let Some(subkey) = subkey else {
        return Ok(());
    };
    let words: Vec<&Signature> = subkey
        .signatures
        .iter()
        .filter(|word| word.verify_subkey_binding(primary, &subkey.key).is_ok())
        .collect();
    if words
        .iter()
        .any(|word| word.typ() == Some(SignatureType::SubkeyRevocation))
    {
        return Err(Reason::Revoked(format!(
            "the key {name} that has signed it is revoked"
        )));
    }
    let bindings = words.into_iter().filter(|word| {
        // A subkey must itself agree to sign for the key, or anybody could adopt it.
        word.key_flags().sign()
            && word.embedded_signature().is_some_and(|back| {
                back.verify_primary_key_binding(&subkey.key, primary)
                    .is_ok()
            })
    });
    let Some(binding) = bindings.max_by_key(|word| created(word)) else {
        return Err(Reason::Bad(format!("the key {name} may not sign")));
    };
    alive(subkey.key.created_at().as_secs(), binding, name, now)
}

fn created(word: &Signature) -> u32 {
    word.created().map_or(0, |time| time.as_secs())
}

fn alive(born: u32, word: &Signature, name: &str, now: u32) -> std::result::Result<(), Reason> {
    let valid = word.key_expiration_time().map_or(0, |time| time.as_secs());
    let end = born.saturating_add(valid);
    if valid != 0 && end < now {
        let day = day_of(end);
        return Err(Reason::Expired(format!(
            "the key {name} that has signed it expired on {day}"
        )));
    }
    Ok(())
}

/// The day of a time, as in 2026-01-31 (UTC).
fn day_of(seconds: u32) -> String {
    // Days since 0000-03-01, from where leap days come last in a year: Howard Hinnant's
    // "chrono-compatible low-level date algorithms".
    let days = u64::from(seconds) / 86400 + 719_468;
    let era = days / 146_097;
    let day_of_era = days % 146_097;
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_index = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_index + 2) / 5 + 1;
    let month = if month_index < 10 {
        month_index + 3
    } else {
        month_index - 9
    };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    format!("{year}-{month:02}-{day:02}")
}
