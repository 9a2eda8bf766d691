//! Requests are added to an origin and taken back: each call makes another origin.

use crate::call::{Result, call};
use crate::code::regraft_code;
use crate::error::regraft_error;
use crate::handle::{Out, required};
use crate::memory;
use crate::nevra::regraft_nevra;
use crate::origin::regraft_origin;
use crate::text;
use engine::Origin;
use std::ffi::c_char;

/// The body of them all: a changed copy.
fn edit(
    origin: *const regraft_origin,
    edited: *mut *mut regraft_origin,
    error: *mut *mut regraft_error,
    change: impl FnOnce(&mut Origin) -> Result<()>,
) -> regraft_code {
    call(error, || {
        let out = Out::new(edited, "edited")?;
        let mut origin = required(origin, "origin")?.origin.clone();
        change(&mut origin)?;
        out.put(origin.into());
        Ok(())
    })
}

/// Follows another ref. What belonged to the old one goes: a commit chosen instead of its newest, a
/// container image, a custom origin, a note that it is not set up. Requests stay. The program owns
/// the new origin; `regraft_origin_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_origin_set_refspec(
    origin: *const regraft_origin,
    refspec: *const c_char,
    edited: *mut *mut regraft_origin,
    error: *mut *mut regraft_error,
) -> regraft_code {
    edit(origin, edited, error, |origin| {
        let refspec = text::read(refspec, "refspec")?;
        origin.set_refspec(refspec);
        Ok(())
    })
}

/// Takes this base commit (64 hexadecimal digits) instead of the newest; NULL for the newest again.
/// The program owns the new origin; `regraft_origin_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_origin_set_override_commit(
    origin: *const regraft_origin,
    checksum: *const c_char,
    edited: *mut *mut regraft_origin,
    error: *mut *mut regraft_error,
) -> regraft_code {
    edit(origin, edited, error, |origin| {
        let checksum = text::read_optional(checksum, "checksum")?;
        origin.set_override_commit(checksum);
        Ok(())
    })
}

/// Asks for a package by name, capability or path; with one that is asked for already the new
/// origin equals the old one, as with all that follow. The program owns the new origin;
/// `regraft_origin_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_origin_add_requested(
    origin: *const regraft_origin,
    pattern: *const c_char,
    edited: *mut *mut regraft_origin,
    error: *mut *mut regraft_error,
) -> regraft_code {
    edit(origin, edited, error, |origin| {
        let pattern = text::read(pattern, "pattern")?;
        origin.add_requested(pattern);
        Ok(())
    })
}

/// No longer asks for it; `pattern` is the text of the request. The program owns the new origin;
/// `regraft_origin_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_origin_remove_requested(
    origin: *const regraft_origin,
    pattern: *const c_char,
    edited: *mut *mut regraft_origin,
    error: *mut *mut regraft_error,
) -> regraft_code {
    edit(origin, edited, error, |origin| {
        let pattern = text::read(pattern, "pattern")?;
        origin.remove_requested(pattern);
        Ok(())
    })
}

/// Asks for a local RPM; `digest` is the SHA-256 of its lead, signature and header, in hexadecimal.
/// The program owns the new origin; `regraft_origin_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_origin_add_requested_local(
    origin: *const regraft_origin,
    digest: *const c_char,
    package: *const regraft_nevra,
    edited: *mut *mut regraft_origin,
    error: *mut *mut regraft_error,
) -> regraft_code {
    edit(origin, edited, error, |origin| {
        let digest = text::read(digest, "digest")?;
        let package = memory::nevra(package, "package")?;
        origin.add_requested_local(digest, &package);
        Ok(())
    })
}

/// No longer asks for a local RPM. The program owns the new origin; `regraft_origin_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_origin_remove_requested_local(
    origin: *const regraft_origin,
    package: *const regraft_nevra,
    edited: *mut *mut regraft_origin,
    error: *mut *mut regraft_error,
) -> regraft_code {
    edit(origin, edited, error, |origin| {
        let package = memory::nevra(package, "package")?;
        origin.remove_requested_local(&package);
        Ok(())
    })
}

/// Takes back all requests for packages, local ones included; overrides stay. The program owns the
/// new origin; `regraft_origin_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_origin_clear_requested(
    origin: *const regraft_origin,
    edited: *mut *mut regraft_origin,
    error: *mut *mut regraft_error,
) -> regraft_code {
    edit(origin, edited, error, |origin| {
        origin.clear_requested();
        Ok(())
    })
}

/// Asks for a base package's removal. The program owns the new origin; `regraft_origin_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_origin_add_override_remove(
    origin: *const regraft_origin,
    name: *const c_char,
    edited: *mut *mut regraft_origin,
    error: *mut *mut regraft_error,
) -> regraft_code {
    edit(origin, edited, error, |origin| {
        let name = text::read(name, "name")?;
        origin.add_override_remove(name);
        Ok(())
    })
}

/// Takes that back. The program owns the new origin; `regraft_origin_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_origin_reset_override_remove(
    origin: *const regraft_origin,
    name: *const c_char,
    edited: *mut *mut regraft_origin,
    error: *mut *mut regraft_error,
) -> regraft_code {
    edit(origin, edited, error, |origin| {
        let name = text::read(name, "name")?;
        origin.reset_override_remove(name);
        Ok(())
    })
}

/// Asks for a base package's replacement by a local RPM; `digest` as in
/// `regraft_origin_add_requested_local`. The program owns the new origin; `regraft_origin_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_origin_add_override_replace_local(
    origin: *const regraft_origin,
    digest: *const c_char,
    package: *const regraft_nevra,
    edited: *mut *mut regraft_origin,
    error: *mut *mut regraft_error,
) -> regraft_code {
    edit(origin, edited, error, |origin| {
        let digest = text::read(digest, "digest")?;
        let package = memory::nevra(package, "package")?;
        origin.add_override_replace_local(digest, &package);
        Ok(())
    })
}

/// Takes that back. The program owns the new origin; `regraft_origin_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_origin_reset_override_replace_local(
    origin: *const regraft_origin,
    package: *const regraft_nevra,
    edited: *mut *mut regraft_origin,
    error: *mut *mut regraft_error,
) -> regraft_code {
    edit(origin, edited, error, |origin| {
        let package = memory::nevra(package, "package")?;
        origin.reset_override_replace_local(&package);
        Ok(())
    })
}

/// Asks for a base package's replacement from the repository `repo`; a package is replaced from one
/// repository alone, the one named last. The program owns the new origin; `regraft_origin_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_origin_add_override_replace(
    origin: *const regraft_origin,
    repo: *const c_char,
    name: *const c_char,
    edited: *mut *mut regraft_origin,
    error: *mut *mut regraft_error,
) -> regraft_code {
    edit(origin, edited, error, |origin| {
        let repo = text::read(repo, "repo")?;
        let name = text::read(name, "name")?;
        origin.add_override_replace(repo, name);
        Ok(())
    })
}

/// Takes that back. The program owns the new origin; `regraft_origin_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_origin_reset_override_replace(
    origin: *const regraft_origin,
    name: *const c_char,
    edited: *mut *mut regraft_origin,
    error: *mut *mut regraft_error,
) -> regraft_code {
    edit(origin, edited, error, |origin| {
        let name = text::read(name, "name")?;
        origin.reset_override_replace(name);
        Ok(())
    })
}

/// Takes back all removals and replacements of base packages. The program owns the new origin;
/// `regraft_origin_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_origin_reset_overrides(
    origin: *const regraft_origin,
    edited: *mut *mut regraft_origin,
    error: *mut *mut regraft_error,
) -> regraft_code {
    edit(origin, edited, error, |origin| {
        origin.reset_overrides();
        Ok(())
    })
}
