//! Origin files: what a deployment follows, and what was asked for on top of it.

use crate::call::{call, value};
use crate::code::regraft_code;
use crate::deployment::regraft_deployment;
use crate::error::regraft_error;
use crate::handle::{self, Out, Owned, peek, required};
use crate::nevra::regraft_nevra;
use crate::text::{self, Text, Texts};
use engine::{Nevra, Origin};
use std::ffi::c_char;

/// An origin file. It never changes: what edits it makes another one, which has the same bytes
/// wherever nothing was edited, comments and unknown keys included. Lists are sorted as rpm-ostree
/// sorts them. Immutable: any thread.
pub struct regraft_origin {
    pub(crate) origin: Origin,
    text: Text,
    refspec: Option<Text>,
    container_image_reference: Option<Text>,
    override_commit: Option<Text>,
    unconfigured_state: Option<Text>,
    custom_url: Option<Text>,
    custom_description: Option<Text>,
    requested: Texts,
    requested_local: Vec<regraft_origin_local>,
    requested_local_fileoverride: Vec<regraft_origin_local>,
    overrides_remove: Texts,
    overrides_replace_local: Vec<regraft_origin_local>,
    overrides_replace: Vec<regraft_origin_replacement>,
    initramfs_args: Texts,
    initramfs_etc: Texts,
    modules_enable: Texts,
    modules_install: Texts,
    unsupported: Option<Text>,
    json: Text,
}

/// A local RPM that an origin names. Immutable, and borrowed from the origin: any thread.
pub struct regraft_origin_local {
    digest: Text,
    nevra: regraft_nevra,
}

/// Base packages that are replaced from one repository. Immutable, and borrowed from the origin:
/// any thread.
pub struct regraft_origin_replacement {
    repo: Text,
    packages: Texts,
}

impl Owned for regraft_origin {}

fn locals(list: Vec<(String, Nevra)>) -> Vec<regraft_origin_local> {
    let new = |(digest, nevra): (String, Nevra)| regraft_origin_local {
        digest: Text::new(digest),
        nevra: (&nevra).into(),
    };
    list.into_iter().map(new).collect()
}

impl From<Origin> for regraft_origin {
    fn from(origin: Origin) -> regraft_origin {
        let replaced = |(repo, packages): (String, Vec<String>)| regraft_origin_replacement {
            repo: Text::new(repo),
            packages: Texts::new(packages),
        };
        let custom = origin.custom();
        regraft_origin {
            text: Text::new(origin.to_text()),
            refspec: origin.refspec().map(Text::new),
            container_image_reference: origin.container_image_reference().map(Text::new),
            override_commit: origin.override_commit().map(Text::new),
            unconfigured_state: origin.unconfigured_state().map(Text::new),
            custom_url: custom.map(|(url, _)| Text::new(url)),
            custom_description: custom.and_then(|(_, text)| text).map(Text::new),
            requested: Texts::new(origin.requested()),
            requested_local: locals(origin.requested_local()),
            requested_local_fileoverride: locals(origin.requested_local_fileoverride()),
            overrides_remove: Texts::new(origin.overrides_remove()),
            overrides_replace_local: locals(origin.overrides_replace_local()),
            overrides_replace: origin
                .overrides_replace()
                .into_iter()
                .map(replaced)
                .collect(),
            initramfs_args: Texts::new(origin.initramfs_args()),
            initramfs_etc: Texts::new(origin.initramfs_etc()),
            modules_enable: Texts::new(origin.modules_enable()),
            modules_install: Texts::new(origin.modules_install()),
            unsupported: origin.unsupported().map(Text::new),
            json: Text::new(origin.to_json().to_string()),
            origin,
        }
    }
}

/// Makes an origin that follows `refspec` (`REMOTE:REF`, `REF` or a commit's checksum), and nothing
/// more. The program owns it; `regraft_origin_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_origin_new(
    refspec: *const c_char,
    origin: *mut *mut regraft_origin,
    error: *mut *mut regraft_error,
) -> regraft_code {
    call(error, || {
        let out = Out::new(origin, "origin")?;
        let refspec = text::read(refspec, "refspec")?;
        out.put(Origin::new(refspec).into());
        Ok(())
    })
}

/// Reads the text of an origin file. The program owns the origin; `regraft_origin_free`. Fails with
/// `REGRAFT_ERROR_CONFIG`, naming the line, where GLib or rpm-ostree would refuse the file: it is
/// no key file, follows nothing or two things, or a known key's value has not its form.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_origin_parse(
    text: *const c_char,
    origin: *mut *mut regraft_origin,
    error: *mut *mut regraft_error,
) -> regraft_code {
    call(error, || {
        let out = Out::new(origin, "origin")?;
        let text = text::read(text, "text")?;
        out.put(Origin::parse(text)?.into());
        Ok(())
    })
}

/// The origin of a deployment. The program owns it, and it needs the deployment no more;
/// `regraft_origin_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_deployment_origin(
    deployment: *const regraft_deployment,
    origin: *mut *mut regraft_origin,
    error: *mut *mut regraft_error,
) -> regraft_code {
    call(error, || {
        let out = Out::new(origin, "origin")?;
        let deployment = required(deployment, "deployment")?;
        out.put(deployment.deployment.origin().clone().into());
        Ok(())
    })
}

/// The file's text. `""` for NULL. Borrowed from the origin.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_origin_to_text(origin: *const regraft_origin) -> *const c_char {
    value(text::empty(), || Some(peek(origin)?.text.pointer()))
}

/// What it says as a JSON object with the names of the calls below; its text has more. Keys are
/// only ever added. `""` for NULL. Borrowed from the origin.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_origin_to_json(origin: *const regraft_origin) -> *const c_char {
    value(text::empty(), || Some(peek(origin)?.json.pointer()))
}

/// Whether the texts of both are equal; `regraft_origin_without_transient` first takes out what
/// says nothing about the tree. False when one is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_origin_equal(
    a: *const regraft_origin,
    b: *const regraft_origin,
) -> bool {
    value(false, || Some(peek(a)?.origin == peek(b)?.origin))
}

/// The same origin without what concerns only one deployment (`libostree-transient`), for
/// comparisons. The program owns the new origin; `regraft_origin_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_origin_without_transient(
    origin: *const regraft_origin,
    edited: *mut *mut regraft_origin,
    error: *mut *mut regraft_error,
) -> regraft_code {
    call(error, || {
        let out = Out::new(edited, "edited")?;
        let origin = required(origin, "origin")?;
        out.put(origin.origin.without_transient().into());
        Ok(())
    })
}

/// The ref that the base comes from: `REMOTE:REF`, `REF`, or a commit's checksum; NULL for none.
/// Borrowed from the origin.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_origin_refspec(origin: *const regraft_origin) -> *const c_char {
    value(std::ptr::null(), || {
        Some(text::optional(&peek(origin)?.refspec))
    })
}

/// The container image that the base comes from, with its signature policy; NULL for none. Borrowed
/// from the origin.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_origin_container_image_reference(
    origin: *const regraft_origin,
) -> *const c_char {
    value(std::ptr::null(), || {
        Some(text::optional(&peek(origin)?.container_image_reference))
    })
}

/// The base commit that was asked for instead of the newest; NULL for none. Borrowed from the
/// origin.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_origin_override_commit(
    origin: *const regraft_origin,
) -> *const c_char {
    value(std::ptr::null(), || {
        Some(text::optional(&peek(origin)?.override_commit))
    })
}

/// Why this system cannot be upgraded before somebody has set it up, for the user to read; NULL
/// where it can. Borrowed from the origin.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_origin_unconfigured_state(
    origin: *const regraft_origin,
) -> *const c_char {
    value(std::ptr::null(), || {
        Some(text::optional(&peek(origin)?.unconfigured_state))
    })
}

/// The address of the custom origin, which an outer tool manages; NULL for none. Borrowed from the
/// origin.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_origin_custom_url(origin: *const regraft_origin) -> *const c_char {
    value(std::ptr::null(), || {
        Some(text::optional(&peek(origin)?.custom_url))
    })
}

/// The description of the custom origin; NULL for none. Borrowed from the origin.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_origin_custom_description(
    origin: *const regraft_origin,
) -> *const c_char {
    value(std::ptr::null(), || {
        Some(text::optional(&peek(origin)?.custom_description))
    })
}

/// How many packages are asked for; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_origin_requested_count(origin: *const regraft_origin) -> usize {
    value(0, || Some(peek(origin)?.requested.count()))
}

/// A package asked for, as a name, capability or path. NULL where there is none at `index`.
/// Borrowed from the origin.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_origin_requested_get(
    origin: *const regraft_origin,
    index: usize,
) -> *const c_char {
    value(std::ptr::null(), || peek(origin)?.requested.get(index))
}

/// How many local RPMs are asked for; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_origin_requested_local_count(
    origin: *const regraft_origin,
) -> usize {
    value(0, || Some(peek(origin)?.requested_local.len()))
}

/// A local RPM asked for. NULL where there is none at `index`. Borrowed from the origin.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_origin_requested_local_get(
    origin: *const regraft_origin,
    index: usize,
) -> *const regraft_origin_local {
    value(std::ptr::null(), || {
        Some(std::ptr::from_ref(
            peek(origin)?.requested_local.get(index)?,
        ))
    })
}

/// How many local RPMs have files that win over all others'; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_origin_requested_local_fileoverride_count(
    origin: *const regraft_origin,
) -> usize {
    value(0, || Some(peek(origin)?.requested_local_fileoverride.len()))
}

/// A local RPM whose files win over all others'. NULL where there is none at `index`. Borrowed from
/// the origin.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_origin_requested_local_fileoverride_get(
    origin: *const regraft_origin,
    index: usize,
) -> *const regraft_origin_local {
    value(std::ptr::null(), || {
        Some(std::ptr::from_ref(
            peek(origin)?.requested_local_fileoverride.get(index)?,
        ))
    })
}

/// How many base packages are to be removed; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_origin_overrides_remove_count(
    origin: *const regraft_origin,
) -> usize {
    value(0, || Some(peek(origin)?.overrides_remove.count()))
}

/// The name of a base package to remove. NULL where there is none at `index`. Borrowed from the
/// origin.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_origin_overrides_remove_get(
    origin: *const regraft_origin,
    index: usize,
) -> *const c_char {
    value(std::ptr::null(), || {
        peek(origin)?.overrides_remove.get(index)
    })
}

/// How many local RPMs replace base packages; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_origin_overrides_replace_local_count(
    origin: *const regraft_origin,
) -> usize {
    value(0, || Some(peek(origin)?.overrides_replace_local.len()))
}

/// A local RPM that replaces a base package. NULL where there is none at `index`. Borrowed from the
/// origin.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_origin_overrides_replace_local_get(
    origin: *const regraft_origin,
    index: usize,
) -> *const regraft_origin_local {
    value(std::ptr::null(), || {
        Some(std::ptr::from_ref(
            peek(origin)?.overrides_replace_local.get(index)?,
        ))
    })
}

/// How many repositories replace base packages; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_origin_overrides_replace_count(
    origin: *const regraft_origin,
) -> usize {
    value(0, || Some(peek(origin)?.overrides_replace.len()))
}

/// The base packages that one repository replaces. NULL where there is none at `index`. Borrowed
/// from the origin.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_origin_overrides_replace_get(
    origin: *const regraft_origin,
    index: usize,
) -> *const regraft_origin_replacement {
    value(std::ptr::null(), || {
        Some(std::ptr::from_ref(
            peek(origin)?.overrides_replace.get(index)?,
        ))
    })
}

/// Whether the initramfs is made anew on this machine. False for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_origin_regenerate_initramfs(
    origin: *const regraft_origin,
) -> bool {
    value(false, || Some(peek(origin)?.origin.regenerate_initramfs()))
}

/// How many further arguments for dracut there are; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_origin_initramfs_args_count(
    origin: *const regraft_origin,
) -> usize {
    value(0, || Some(peek(origin)?.initramfs_args.count()))
}

/// An argument. NULL where there is none at `index`. Borrowed from the origin.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_origin_initramfs_args_get(
    origin: *const regraft_origin,
    index: usize,
) -> *const c_char {
    value(std::ptr::null(), || peek(origin)?.initramfs_args.get(index))
}

/// How many files of `/etc` are appended to the initramfs; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_origin_initramfs_etc_count(
    origin: *const regraft_origin,
) -> usize {
    value(0, || Some(peek(origin)?.initramfs_etc.count()))
}

/// A file of `/etc` that is appended to the initramfs. NULL where there is none at `index`.
/// Borrowed from the origin.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_origin_initramfs_etc_get(
    origin: *const regraft_origin,
    index: usize,
) -> *const c_char {
    value(std::ptr::null(), || peek(origin)?.initramfs_etc.get(index))
}

/// Whether `rpm`, `dnf` and others are wrapped. False for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_origin_cliwrap(origin: *const regraft_origin) -> bool {
    value(false, || Some(peek(origin)?.origin.cliwrap()))
}

/// How many module streams are enabled; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_origin_modules_enable_count(
    origin: *const regraft_origin,
) -> usize {
    value(0, || Some(peek(origin)?.modules_enable.count()))
}

/// An enabled module stream. NULL where there is none at `index`. Borrowed from the origin.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_origin_modules_enable_get(
    origin: *const regraft_origin,
    index: usize,
) -> *const c_char {
    value(std::ptr::null(), || peek(origin)?.modules_enable.get(index))
}

/// How many module profiles are installed; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_origin_modules_install_count(
    origin: *const regraft_origin,
) -> usize {
    value(0, || Some(peek(origin)?.modules_install.count()))
}

/// An installed module profile. NULL where there is none at `index`. Borrowed from the origin.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_origin_modules_install_get(
    origin: *const regraft_origin,
    index: usize,
) -> *const c_char {
    value(std::ptr::null(), || {
        peek(origin)?.modules_install.get(index)
    })
}

/// Whether the deployment is kept until somebody unpins it. False for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_origin_pinned(origin: *const regraft_origin) -> bool {
    value(false, || Some(peek(origin)?.origin.pinned()))
}

/// Whether something is asked for on top of the base, so that the tree is assembled here. False for
/// NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_origin_has_requests(origin: *const regraft_origin) -> bool {
    value(false, || Some(peek(origin)?.origin.has_requests()))
}

/// The first thing in it that this version of regraft cannot do; NULL when it can do everything.
/// Borrowed from the origin.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_origin_unsupported(
    origin: *const regraft_origin,
) -> *const c_char {
    value(std::ptr::null(), || {
        Some(text::optional(&peek(origin)?.unsupported))
    })
}

/// SHA-256 of the RPM's lead, signature and header, in hexadecimal. `""` for NULL. Borrowed from
/// the origin.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_origin_local_digest(
    local: *const regraft_origin_local,
) -> *const c_char {
    value(text::empty(), || Some(peek(local)?.digest.pointer()))
}

/// Its identity. NULL for NULL. Borrowed from the origin.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_origin_local_nevra(
    local: *const regraft_origin_local,
) -> *const regraft_nevra {
    value(std::ptr::null(), || {
        Some(std::ptr::from_ref(&peek(local)?.nevra))
    })
}

/// The identifier of the repository. `""` for NULL. Borrowed from the origin.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_origin_replacement_repo(
    replacement: *const regraft_origin_replacement,
) -> *const c_char {
    value(text::empty(), || Some(peek(replacement)?.repo.pointer()))
}

/// How many packages it replaces; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_origin_replacement_package_count(
    replacement: *const regraft_origin_replacement,
) -> usize {
    value(0, || Some(peek(replacement)?.packages.count()))
}

/// The name of a package. NULL where there is none at `index`. Borrowed from the origin.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_origin_replacement_package_get(
    replacement: *const regraft_origin_replacement,
    index: usize,
) -> *const c_char {
    value(std::ptr::null(), || peek(replacement)?.packages.get(index))
}

/// Frees an origin; NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_origin_free(origin: *mut regraft_origin) {
    handle::free(origin);
}
