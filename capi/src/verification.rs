//! What was found to be true of a package.

use crate::call::value;
use crate::handle::{self, Owned, peek};
use crate::text::{self, Text, Texts};
use engine::{Signer, Verification};
use std::ffi::c_char;
use std::time::UNIX_EPOCH;

/// What `regraft_package_verify` found to be true. Immutable: any thread.
pub struct regraft_verification {
    digests: Vec<regraft_verified_digest>,
    signer: Option<regraft_signer>,
    notes: Texts,
    text: Text,
    json: Text,
}

/// A digest that was promised and found. Immutable, and borrowed from the verification: any thread.
pub struct regraft_verified_digest {
    covers: Text,
    algorithm: Text,
}

/// Who signed. Immutable, and borrowed from the verification: any thread.
pub struct regraft_signer {
    fingerprint: Text,
    user_id: Text,
    keyring_name: Text,
    time: u64,
}

impl Owned for regraft_verification {}

impl From<Verification> for regraft_verification {
    fn from(found: Verification) -> regraft_verification {
        let digests = found
            .digests()
            .iter()
            .map(|digest| regraft_verified_digest {
                covers: Text::new(digest.covers),
                algorithm: Text::new(digest.algorithm),
            });
        regraft_verification {
            digests: digests.collect(),
            signer: found.signer().map(Into::into),
            notes: Texts::new(found.notes()),
            text: Text::new(found.to_string()),
            json: Text::new(found.to_json().to_string()),
        }
    }
}

impl From<&Signer> for regraft_signer {
    fn from(signer: &Signer) -> regraft_signer {
        let time = signer
            .time()
            .and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        regraft_signer {
            fingerprint: Text::new(signer.fingerprint()),
            user_id: Text::new(signer.user_id()),
            keyring_name: Text::new(signer.keyring_name()),
            time: time.map_or(0, |time| time.as_secs()),
        }
    }
}

/// How many digests there are; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_verification_digest_count(
    verification: *const regraft_verification,
) -> usize {
    value(0, || Some(peek(verification)?.digests.len()))
}

/// A digest; all of them are right. NULL where there is none at `index`. Borrowed from the
/// verification.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_verification_digest_get(
    verification: *const regraft_verification,
    index: usize,
) -> *const regraft_verified_digest {
    value(std::ptr::null(), || {
        Some(std::ptr::from_ref(peek(verification)?.digests.get(index)?))
    })
}

/// The key that signed it; NULL when it is not signed by a key of the keyring, which can only be
/// where no signature was required, and for NULL. Borrowed from the verification.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_verification_signer(
    verification: *const regraft_verification,
) -> *const regraft_signer {
    value(std::ptr::null(), || {
        Some(std::ptr::from_ref(peek(verification)?.signer.as_ref()?))
    })
}

/// How many notes there are; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_verification_note_count(
    verification: *const regraft_verification,
) -> usize {
    value(0, || Some(peek(verification)?.notes.count()))
}

/// What a careful reader would like to know: that nothing strong covers the header, that a
/// signature is by an unknown key. NULL where there is none at `index`. Borrowed from the
/// verification.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_verification_note_get(
    verification: *const regraft_verification,
    index: usize,
) -> *const c_char {
    value(std::ptr::null(), || peek(verification)?.notes.get(index))
}

/// One line for people: how many digests are right and who signed it. `""` for NULL. Borrowed from
/// the verification.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_verification_text(
    verification: *const regraft_verification,
) -> *const c_char {
    value(text::empty(), || Some(peek(verification)?.text.pointer()))
}

/// The verification as a JSON object: `digests`, `signer` (or null), `notes` and `text`. Keys are
/// only ever added. `""` for NULL. Borrowed from the verification.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_verification_to_json(
    verification: *const regraft_verification,
) -> *const c_char {
    value(text::empty(), || Some(peek(verification)?.json.pointer()))
}

/// Frees a verification; NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_verification_free(verification: *mut regraft_verification) {
    handle::free(verification);
}

/// What it covers: `header`, `payload`, `header and payload`. `""` for NULL. Borrowed from the
/// verification.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_verified_digest_covers(
    digest: *const regraft_verified_digest,
) -> *const c_char {
    value(text::empty(), || Some(peek(digest)?.covers.pointer()))
}

/// `sha256` and so on. `""` for NULL. Borrowed from the verification.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_verified_digest_algorithm(
    digest: *const regraft_verified_digest,
) -> *const c_char {
    value(text::empty(), || Some(peek(digest)?.algorithm.pointer()))
}

/// The fingerprint of the key that signed (which may be a subkey), in hexadecimal. `""` for NULL.
/// Borrowed from the verification.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_signer_fingerprint(
    signer: *const regraft_signer,
) -> *const c_char {
    value(text::empty(), || Some(peek(signer)?.fingerprint.pointer()))
}

/// The first user ID of the certificate. `""` for NULL. Borrowed from the verification.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_signer_user_id(signer: *const regraft_signer) -> *const c_char {
    value(text::empty(), || Some(peek(signer)?.user_id.pointer()))
}

/// Where the keyring has the certificate from: the name or path that it was added with. `""` for
/// NULL. Borrowed from the verification.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_signer_keyring_name(
    signer: *const regraft_signer,
) -> *const c_char {
    value(text::empty(), || Some(peek(signer)?.keyring_name.pointer()))
}

/// When it was signed, as the signature says, in seconds since 1970; 0 when it does not, and for
/// NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_signer_time(signer: *const regraft_signer) -> u64 {
    value(0, || Some(peek(signer)?.time))
}
