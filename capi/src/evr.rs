//! Epoch, version and release.

use crate::call::{call, value};
use crate::code::regraft_code;
use crate::error::regraft_error;
use crate::handle::{self, Out, Owned, peek};
use crate::text::{self, Text};
use std::ffi::c_char;

/// Epoch, version and release, read from a text. (`regraft_evr_compare` compares texts.) Immutable:
/// any thread.
pub struct regraft_evr {
    text: Text,
    epoch: u32,
    version: Text,
    release: Text,
}

impl Owned for regraft_evr {}

impl From<engine::Evr> for regraft_evr {
    fn from(evr: engine::Evr) -> regraft_evr {
        regraft_evr {
            text: Text::new(evr.to_string()),
            epoch: evr.epoch,
            version: Text::new(evr.version),
            release: Text::new(evr.release),
        }
    }
}

/// Reads `[EPOCH:]VERSION[-RELEASE]`. The program owns the result; `regraft_evr_free`. Fails with
/// `REGRAFT_ERROR_INVALID_ARGUMENT` where the epoch is no number or the version is missing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_evr_parse(
    text: *const c_char,
    evr: *mut *mut regraft_evr,
    error: *mut *mut regraft_error,
) -> regraft_code {
    call(error, || {
        let out = Out::new(evr, "evr")?;
        let evr: engine::Evr = text::read(text, "text")?.parse()?;
        out.put(evr.into());
        Ok(())
    })
}

/// `[EPOCH:]VERSION[-RELEASE]`; an epoch of 0 is not written. `""` for NULL. Borrowed from the EVR.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_evr_text(evr: *const regraft_evr) -> *const c_char {
    value(text::empty(), || Some(peek(evr)?.text.pointer()))
}

/// The epoch; 0 where there is none, and for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_evr_epoch(evr: *const regraft_evr) -> u32 {
    value(0, || Some(peek(evr)?.epoch))
}

/// The version. `""` for NULL. Borrowed from the EVR.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_evr_version(evr: *const regraft_evr) -> *const c_char {
    value(text::empty(), || Some(peek(evr)?.version.pointer()))
}

/// The release; empty where only a version is meant. `""` for NULL. Borrowed from the EVR.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_evr_release(evr: *const regraft_evr) -> *const c_char {
    value(text::empty(), || Some(peek(evr)?.release.pointer()))
}

/// Frees an EVR; NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_evr_free(evr: *mut regraft_evr) {
    handle::free(evr);
}
