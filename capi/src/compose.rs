//! Base commits are made from treefiles.

use crate::call::{call, value};
use crate::code::regraft_code;
use crate::error::regraft_error;
use crate::handle::{self, Exclusive, Out, Owned, hold, peek, required};
use crate::job::regraft_job;
use crate::nevra::regraft_nevra;
use crate::script::regraft_script_log;
use crate::signature::signature;
use crate::text::{self, Text};
use crate::treefile::regraft_treefile;
use engine::{Compose, Composed};
use std::ffi::c_char;

/// A base to be composed. Setters record; `regraft_compose_run` acts. One call at a time: any
/// thread may use it, and gets `REGRAFT_IN_USE` while another call has it.
pub struct regraft_compose {
    compose: Exclusive<Compose>,
}

/// What composing made. Immutable: any thread.
pub struct regraft_composed {
    reference: Text,
    checksum: Text,
    version: Option<Text>,
    packages: Vec<regraft_nevra>,
    scripts: Vec<regraft_script_log>,
    unchanged: bool,
    text: Text,
    json: Text,
}

impl Owned for regraft_compose {}
impl Owned for regraft_composed {}

impl From<&Composed> for regraft_composed {
    fn from(composed: &Composed) -> regraft_composed {
        regraft_composed {
            reference: Text::new(&composed.reference),
            checksum: Text::new(&composed.checksum),
            version: composed.version.as_ref().map(Text::new),
            packages: composed.packages.iter().map(Into::into).collect(),
            scripts: composed.scripts.iter().map(Into::into).collect(),
            unchanged: composed.unchanged,
            text: Text::new(composed.to_string()),
            json: Text::new(composed.to_json().to_string()),
        }
    }
}

/// Prepares to compose `treefile`, which is copied, into the existing OSTree repository (of any
/// mode) in the folder `target`. Nothing is composed before `regraft_compose_run`. The program owns
/// the compose; `regraft_compose_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_compose_new(
    treefile: *const regraft_treefile,
    target: *const c_char,
    compose: *mut *mut regraft_compose,
    error: *mut *mut regraft_error,
) -> regraft_code {
    call(error, || {
        let out = Out::new(compose, "compose")?;
        let treefile = required(treefile, "treefile")?.inner().clone();
        let compose = Compose::new(treefile, text::read(target, "target")?);
        out.put(regraft_compose {
            compose: Exclusive::new("compose", compose),
        });
        Ok(())
    })
}

/// Keeps imported packages and metadata in this folder, so that composing again costs little.
/// Without it everything is made in a temporary folder beside the target.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_compose_cache(
    compose: *mut regraft_compose,
    folder: *const c_char,
    error: *mut *mut regraft_error,
) -> regraft_code {
    call(error, || {
        let compose = hold(compose, "compose")?;
        let folder = text::read(folder, "folder")?;
        compose.compose.enter()?.cache(folder);
        Ok(())
    })
}

/// Says where the `.repo` files are; by default beside the treefile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_compose_repos_dir(
    compose: *mut regraft_compose,
    folder: *const c_char,
    error: *mut *mut regraft_error,
) -> regraft_code {
    call(error, || {
        let compose = hold(compose, "compose")?;
        let folder = text::read(folder, "folder")?;
        compose.compose.enter()?.repos_dir(folder);
        Ok(())
    })
}

/// Signs the commit with this OpenPGP key, of the GnuPG folder `home`; NULL for GnuPG's usual one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_compose_sign(
    compose: *mut regraft_compose,
    key: *const c_char,
    home: *const c_char,
    error: *mut *mut regraft_error,
) -> regraft_code {
    call(error, || {
        let compose = hold(compose, "compose")?;
        let key = text::read(key, "key")?;
        let home = text::read_optional(home, "home")?;
        compose.compose.enter()?.sign(key, home.map(Into::into));
        Ok(())
    })
}

/// Says, with a `REGRAFT_SIGNATURE_*`, whether packages need a signature by a trusted key; by
/// default their repository's `gpgcheck` decides.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_compose_signatures(
    compose: *mut regraft_compose,
    required_signature: i32,
    error: *mut *mut regraft_error,
) -> regraft_code {
    call(error, || {
        let compose = hold(compose, "compose")?;
        let wanted = signature(required_signature, "required_signature")?;
        compose.compose.enter()?.signatures(wanted);
        Ok(())
    })
}

/// Makes a commit even when nothing has changed since the last one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_compose_force(
    compose: *mut regraft_compose,
    error: *mut *mut regraft_error,
) -> regraft_code {
    call(error, || {
        let compose = hold(compose, "compose")?;
        compose.compose.enter()?.force();
        Ok(())
    })
}

/// Composes. When nothing has changed since the ref's last commit, there is no new one. It can be
/// run again. The program owns the result; `regraft_composed_free`.
///
/// Fails with `REGRAFT_ERROR_NOT_FOUND` when there is no repository, `REGRAFT_ERROR_CONFIG` when
/// the treefile has no `ref` or a `.repo` file is wrong, `REGRAFT_ERROR_UNSOLVABLE`, and what
/// downloads, imports and scripts can fail with. After any of them the ref is as it was.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_compose_run(
    compose: *mut regraft_compose,
    job: *mut regraft_job,
    composed: *mut *mut regraft_composed,
    error: *mut *mut regraft_error,
) -> regraft_code {
    call(error, || {
        let out = Out::new(composed, "composed")?;
        let compose = hold(compose, "compose")?;
        let job = hold(job, "job")?;
        let mut compose = compose.compose.enter()?;
        let composed = job.run(|job| Ok(compose.run(job)?))?;
        out.put((&composed).into());
        Ok(())
    })
}

/// Frees a compose; NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_compose_free(compose: *mut regraft_compose) {
    handle::free(compose);
}

/// The ref that names the commit. `""` for NULL. Borrowed from the result.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_composed_ref(composed: *const regraft_composed) -> *const c_char {
    value(text::empty(), || Some(peek(composed)?.reference.pointer()))
}

/// The commit. `""` for NULL. Borrowed from the result.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_composed_checksum(
    composed: *const regraft_composed,
) -> *const c_char {
    value(text::empty(), || Some(peek(composed)?.checksum.pointer()))
}

/// Its version, where the treefile says how versions are made; else NULL. Borrowed from the result.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_composed_version(
    composed: *const regraft_composed,
) -> *const c_char {
    value(std::ptr::null(), || {
        Some(text::optional(&peek(composed)?.version))
    })
}

/// How many packages it has; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_composed_package_count(
    composed: *const regraft_composed,
) -> usize {
    value(0, || Some(peek(composed)?.packages.len()))
}

/// A package. NULL where there is none at `index`. Borrowed from the result.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_composed_package_get(
    composed: *const regraft_composed,
    index: usize,
) -> *const regraft_nevra {
    value(std::ptr::null(), || {
        Some(std::ptr::from_ref(peek(composed)?.packages.get(index)?))
    })
}

/// How many scripts have run; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_composed_script_count(composed: *const regraft_composed) -> usize {
    value(0, || Some(peek(composed)?.scripts.len()))
}

/// What a script printed. NULL where there is none at `index`. Borrowed from the result.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_composed_script_get(
    composed: *const regraft_composed,
    index: usize,
) -> *const regraft_script_log {
    value(std::ptr::null(), || {
        Some(std::ptr::from_ref(peek(composed)?.scripts.get(index)?))
    })
}

/// Whether the ref named it before. False for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_composed_unchanged(composed: *const regraft_composed) -> bool {
    value(false, || Some(peek(composed)?.unchanged))
}

/// One line for people: `committed REF CHECKSUM version VERSION`, or that the ref is as it should
/// be. `""` for NULL. Borrowed from the result.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_composed_text(composed: *const regraft_composed) -> *const c_char {
    value(text::empty(), || Some(peek(composed)?.text.pointer()))
}

/// The result as a JSON object: `reference`, `checksum`, `version`, `packages`, `scripts`,
/// `unchanged`, `text`. Keys are only ever added. `""` for NULL. Borrowed from the result.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_composed_to_json(
    composed: *const regraft_composed,
) -> *const c_char {
    value(text::empty(), || Some(peek(composed)?.json.pointer()))
}

/// Frees a result; NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_composed_free(composed: *mut regraft_composed) {
    handle::free(composed);
}
