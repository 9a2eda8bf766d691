//! librepo: how dnf downloads metadata and packages.
//!
//! A [`Handle`] holds how to reach one repository: addresses, mirrors, proxy, certificates. With
//! it, [`Handle::fetch_repomd`] gets `repomd.xml` and [`download`] gets any files, several at a
//! time and from several repositories; [`parse_repomd`] reads what the first one got.
//!
//! librepo's transfers run on the calling thread, which must be one that the library owns. It
//! starts no threads of its own but libcurl's name resolver. Its OpenPGP code is not used.
#![allow(unsafe_code)]

mod download;
mod ffi;
mod handle;
mod repomd;

pub(crate) use download::{Failure, Outcome, Target, Watch, download};
pub(crate) use handle::Handle;
pub(crate) use repomd::{Record, Repomd, parse_repomd};

use glib::ffi::{GError, g_error_free};
use libc::{c_char, c_int};
use std::ffi::CStr;

/// A digest's algorithm, in librepo's numbers (`LrChecksumType`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(i32)]
pub(crate) enum Algorithm {
    Md5 = 1,
    Sha1 = 2,
    Sha224 = 3,
    Sha256 = 4,
    Sha384 = 5,
    Sha512 = 6,
}

impl Algorithm {
    /// By the name that metadata has for it; `sha` is createrepo's old name of SHA-1.
    pub(crate) fn from_name(name: &str) -> Option<Algorithm> {
        Some(match name.to_ascii_lowercase().as_str() {
            "md5" => Algorithm::Md5,
            "sha" | "sha1" => Algorithm::Sha1,
            "sha224" => Algorithm::Sha224,
            "sha256" => Algorithm::Sha256,
            "sha384" => Algorithm::Sha384,
            "sha512" => Algorithm::Sha512,
            _ => return None,
        })
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Algorithm::Md5 => "md5",
            Algorithm::Sha1 => "sha1",
            Algorithm::Sha224 => "sha224",
            Algorithm::Sha256 => "sha256",
            Algorithm::Sha384 => "sha384",
            Algorithm::Sha512 => "sha512",
        }
    }

    /// How many hex digits its digest has.
    pub(crate) fn hex_len(self) -> usize {
        match self {
            Algorithm::Md5 => 32,
            Algorithm::Sha1 => 40,
            Algorithm::Sha224 => 56,
            Algorithm::Sha256 => 64,
            Algorithm::Sha384 => 96,
            Algorithm::Sha512 => 128,
        }
    }
}

/// What librepo said: one of its `LRE_` numbers, and its message.
#[derive(Debug)]
pub(crate) struct Fault {
    code: c_int,
    pub(crate) message: String,
}

impl Fault {
    /// Takes over a `GError` that librepo has set.
    ///
    /// # Safety
    /// `error` is null or an error that nobody else frees.
    unsafe fn take(error: *mut GError) -> Fault {
        if error.is_null() {
            return Fault {
                code: 0,
                message: "librepo failed and did not say why".to_owned(),
            };
        }
        // SAFETY: a GError that was set has a message; it is freed once, here.
        unsafe {
            let fault = Fault {
                code: (*error).code,
                message: text((*error).message).unwrap_or_default(),
            };
            g_error_free(error);
            fault
        }
    }

    /// Whether the bytes that came differ from a promised digest.
    pub(crate) fn is_digest(&self) -> bool {
        self.code == ffi::LRE_BADCHECKSUM
    }

    /// Whether the bytes that came are not in the format that they should have.
    pub(crate) fn is_format(&self) -> bool {
        [
            ffi::LRE_MLBAD,
            ffi::LRE_MLXML,
            ffi::LRE_REPOMDXML,
            ffi::LRE_XMLPARSER,
            ffi::LRE_REPOMD,
        ]
        .contains(&self.code)
    }

    /// Whether the local disk failed.
    pub(crate) fn is_local(&self) -> bool {
        self.code == ffi::LRE_IO
    }
}

/// A copy of a C string; `None` for null.
///
/// # Safety
/// `pointer` is null or a string that stays as it is during the call.
unsafe fn text(pointer: *const c_char) -> Option<String> {
    if pointer.is_null() {
        return None;
    }
    // SAFETY: promised by the caller.
    let text = unsafe { CStr::from_ptr(pointer) };
    Some(text.to_string_lossy().into_owned())
}

/// librepo's and libcurl's process-wide tables, made once however many threads come first.
fn initialise() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    // SAFETY: it may be called at any time; it is idempotent, and here it cannot run twice at once.
    ONCE.call_once(|| unsafe { ffi::lr_global_init() });
}
