//! A package's identity.

use crate::call::{call, value};
use crate::code::regraft_code;
use crate::error::regraft_error;
use crate::handle::{Place, peek};
use crate::text::{self, Text};
use engine::{Evr, Nevra};
use std::cmp::Ordering;
use std::ffi::c_char;

/// Name, epoch, version, release and architecture of one package. Immutable, and borrowed from
/// whatever has it.
pub struct regraft_nevra {
    text: Text,
    name: Text,
    epoch: u32,
    version: Text,
    release: Text,
    evr: Text,
    arch: Text,
}

impl From<&Nevra> for regraft_nevra {
    fn from(nevra: &Nevra) -> regraft_nevra {
        regraft_nevra {
            text: Text::new(nevra.to_string()),
            name: Text::new(&nevra.name),
            epoch: nevra.evr.epoch,
            version: Text::new(&nevra.evr.version),
            release: Text::new(&nevra.evr.release),
            evr: Text::new(nevra.evr.to_string()),
            arch: Text::new(&nevra.arch),
        }
    }
}

/// `NAME-[EPOCH:]VERSION-RELEASE.ARCH`. `""` for NULL. Borrowed from the NEVRA.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_nevra_text(nevra: *const regraft_nevra) -> *const c_char {
    value(text::empty(), || Some(peek(nevra)?.text.pointer()))
}

/// The name. `""` for NULL. Borrowed from the NEVRA.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_nevra_name(nevra: *const regraft_nevra) -> *const c_char {
    value(text::empty(), || Some(peek(nevra)?.name.pointer()))
}

/// The epoch; 0 where a package has none, and for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_nevra_epoch(nevra: *const regraft_nevra) -> u32 {
    value(0, || Some(peek(nevra)?.epoch))
}

/// The version. `""` for NULL. Borrowed from the NEVRA.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_nevra_version(nevra: *const regraft_nevra) -> *const c_char {
    value(text::empty(), || Some(peek(nevra)?.version.pointer()))
}

/// The release. `""` for NULL. Borrowed from the NEVRA.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_nevra_release(nevra: *const regraft_nevra) -> *const c_char {
    value(text::empty(), || Some(peek(nevra)?.release.pointer()))
}

/// `[EPOCH:]VERSION-RELEASE`. `""` for NULL. Borrowed from the NEVRA.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_nevra_evr(nevra: *const regraft_nevra) -> *const c_char {
    value(text::empty(), || Some(peek(nevra)?.evr.pointer()))
}

/// The architecture, `noarch` included. `""` for NULL. Borrowed from the NEVRA.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_nevra_arch(nevra: *const regraft_nevra) -> *const c_char {
    value(text::empty(), || Some(peek(nevra)?.arch.pointer()))
}

/// Compares two texts `[EPOCH:]VERSION[-RELEASE]` as rpm does: `*order` becomes negative when `a` is
/// older, 0 when rpm sees no difference, positive when `a` is newer; 0 on failure. Any thread.
///
/// Fails with `REGRAFT_ERROR_INVALID_ARGUMENT` for what is no EVR.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_evr_compare(
    a: *const c_char,
    b: *const c_char,
    order: *mut i32,
    error: *mut *mut regraft_error,
) -> regraft_code {
    call(error, || {
        let out = Place::new(order, "order")?;
        let a: Evr = text::read(a, "a")?.parse()?;
        let b: Evr = text::read(b, "b")?.parse()?;
        out.put(match a.compare(&b) {
            Ordering::Less => -1,
            Ordering::Equal => 0,
            Ordering::Greater => 1,
        });
        Ok(())
    })
}
