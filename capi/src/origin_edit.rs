//! Requests are added to an origin and taken back: each call makes another origin.

use crate::call::call;
use crate::code::regraft_code;
use crate::error::regraft_error;
use crate::handle::{Out, required};
use crate::memory;
use crate::nevra::regraft_nevra;
use crate::origin::regraft_origin;
use crate::text;
use std::ffi::c_char;

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
    call(error, || {
        let out = Out::new(edited, "edited")?;
        let origin = required(origin, "origin")?;
        let refspec = text::read(refspec, "refspec")?;
        let mut edited = origin.origin.clone();
        edited.set_refspec(refspec);
        out.put(edited.into());
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
    call(error, || {
        let out = Out::new(edited, "edited")?;
        let origin = required(origin, "origin")?;
        let checksum = text::read_optional(checksum, "checksum")?;
        let mut edited = origin.origin.clone();
        edited.set_override_commit(checksum);
        out.put(edited.into());
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
    call(error, || {
        let out = Out::new(edited, "edited")?;
        let origin = required(origin, "origin")?;
        let pattern = text::read(pattern, "pattern")?;
        let mut edited = origin.origin.clone();
        edited.add_requested(pattern);
        out.put(edited.into());
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
    call(error, || {
        let out = Out::new(edited, "edited")?;
        let origin = required(origin, "origin")?;
        let pattern = text::read(pattern, "pattern")?;
        let mut edited = origin.origin.clone();
        edited.remove_requested(pattern);
        out.put(edited.into());
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
    call(error, || {
        let out = Out::new(edited, "edited")?;
        let origin = required(origin, "origin")?;
        let digest = text::read(digest, "digest")?;
        let package = memory::nevra(package, "package")?;
        let mut edited = origin.origin.clone();
        edited.add_requested_local(digest, &package);
        out.put(edited.into());
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
    call(error, || {
        let out = Out::new(edited, "edited")?;
        let origin = required(origin, "origin")?;
        let package = memory::nevra(package, "package")?;
        let mut edited = origin.origin.clone();
        edited.remove_requested_local(&package);
        out.put(edited.into());
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
    call(error, || {
        let out = Out::new(edited, "edited")?;
        let origin = required(origin, "origin")?;
        let mut edited = origin.origin.clone();
        edited.clear_requested();
        out.put(edited.into());
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
    call(error, || {
        let out = Out::new(edited, "edited")?;
        let origin = required(origin, "origin")?;
        let name = text::read(name, "name")?;
        let mut edited = origin.origin.clone();
        edited.add_override_remove(name);
        out.put(edited.into());
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
    call(error, || {
        let out = Out::new(edited, "edited")?;
        let origin = required(origin, "origin")?;
        let name = text::read(name, "name")?;
        let mut edited = origin.origin.clone();
        edited.reset_override_remove(name);
        out.put(edited.into());
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
    call(error, || {
        let out = Out::new(edited, "edited")?;
        let origin = required(origin, "origin")?;
        let digest = text::read(digest, "digest")?;
        let package = memory::nevra(package, "package")?;
        let mut edited = origin.origin.clone();
        edited.add_override_replace_local(digest, &package);
        out.put(edited.into());
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
    call(error, || {
        let out = Out::new(edited, "edited")?;
        let origin = required(origin, "origin")?;
        let package = memory::nevra(package, "package")?;
        let mut edited = origin.origin.clone();
        edited.reset_override_replace_local(&package);
        out.put(edited.into());
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
    call(error, || {
        let out = Out::new(edited, "edited")?;
        let origin = required(origin, "origin")?;
        let repo = text::read(repo, "repo")?;
        let name = text::read(name, "name")?;
        let mut edited = origin.origin.clone();
        edited.add_override_replace(repo, name);
        out.put(edited.into());
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
    call(error, || {
        let out = Out::new(edited, "edited")?;
        let origin = required(origin, "origin")?;
        let name = text::read(name, "name")?;
        let mut edited = origin.origin.clone();
        edited.reset_override_replace(name);
        out.put(edited.into());
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
    call(error, || {
        let out = Out::new(edited, "edited")?;
        let origin = required(origin, "origin")?;
        let mut edited = origin.origin.clone();
        edited.reset_overrides();
        out.put(edited.into());
        Ok(())
    })
}
