//! The keys that are trusted to sign packages.

use crate::call::{Result, call, value};
use crate::code::regraft_code;
use crate::error::regraft_error;
use crate::handle::{self, Exclusive, Owned, peek, required};
use crate::memory;
use crate::text;
use engine::Keyring;
use std::ffi::{c_char, c_void};
use std::sync::atomic::{AtomicUsize, Ordering};

/// OpenPGP certificates that are trusted; a package must be signed by one of them. One call at a
/// time: any thread may use it, and gets `REGRAFT_IN_USE` while another call has it.
pub struct regraft_keyring {
    keyring: Exclusive<Keyring>,
    count: AtomicUsize,
}

impl Owned for regraft_keyring {}

impl regraft_keyring {
    /// What a verification uses, so that the keyring is free again meanwhile; NULL has no keys.
    pub(crate) fn copy(keyring: *const regraft_keyring) -> Result<Keyring> {
        match peek(keyring) {
            Some(keyring) => Ok(keyring.keyring.enter()?.clone()),
            None => Ok(Keyring::new()),
        }
    }

    fn add(&self, add: impl FnOnce(&mut Keyring) -> engine::Result<usize>) -> Result<()> {
        let added = add(&mut *self.keyring.enter()?)?;
        self.count.fetch_add(added, Ordering::Relaxed);
        Ok(())
    }
}

/// Makes a keyring without keys: it accepts no signature. The program owns it;
/// `regraft_keyring_free`.
#[unsafe(no_mangle)]
pub extern "C" fn regraft_keyring_new() -> *mut regraft_keyring {
    value(std::ptr::null_mut(), || {
        Some(handle::give(regraft_keyring {
            keyring: Exclusive::new("keyring", Keyring::new()),
            count: AtomicUsize::new(0),
        }))
    })
}

/// Trusts the certificates in `length` bytes, armored (any number of blocks) or binary; `name` says
/// where they are from, and is what `regraft_signer_keyring_name` answers. Fails with
/// `REGRAFT_ERROR_CORRUPT` where there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_keyring_add(
    keyring: *mut regraft_keyring,
    bytes: *const c_void,
    length: usize,
    name: *const c_char,
    error: *mut *mut regraft_error,
) -> regraft_code {
    call(error, || {
        let keyring = required(keyring, "keyring")?;
        let bytes = memory::bytes(bytes, length, "bytes")?;
        let name = text::read(name, "name")?;
        keyring.add(|keyring| keyring.add(bytes, name))?;
        Ok(())
    })
}

/// The same with a file's content, and its path as name. Also fails where the file cannot be read.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_keyring_add_file(
    keyring: *mut regraft_keyring,
    path: *const c_char,
    error: *mut *mut regraft_error,
) -> regraft_code {
    call(error, || {
        let keyring = required(keyring, "keyring")?;
        let path = text::read(path, "path")?;
        keyring.add(|keyring| keyring.add_file(path))?;
        Ok(())
    })
}

/// The same with each file of a folder, such as `/etc/pki/rpm-gpg`, in the order of their names;
/// files without a usable key are passed over, and a folder that is not there has none. Fails where
/// the folder or a file in it cannot be read.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_keyring_add_dir(
    keyring: *mut regraft_keyring,
    path: *const c_char,
    error: *mut *mut regraft_error,
) -> regraft_code {
    call(error, || {
        let keyring = required(keyring, "keyring")?;
        let path = text::read(path, "path")?;
        keyring.add(|keyring| keyring.add_dir(path))?;
        Ok(())
    })
}

/// How many certificates have been added; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_keyring_count(keyring: *const regraft_keyring) -> usize {
    value(0, || Some(peek(keyring)?.count.load(Ordering::Relaxed)))
}

/// Whether it has no keys. True for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_keyring_is_empty(keyring: *const regraft_keyring) -> bool {
    value(true, || {
        Some(peek(keyring)?.count.load(Ordering::Relaxed) == 0)
    })
}

/// Frees a keyring; NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_keyring_free(keyring: *mut regraft_keyring) {
    handle::free(keyring);
}
