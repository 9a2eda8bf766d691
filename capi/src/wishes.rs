//! What was asked for.

use crate::call::value;
use crate::handle::peek;
use crate::text::Texts;
use engine::Wishes;
use std::ffi::c_char;

/// What a transaction was asked for. Immutable, and borrowed from the plan.
pub struct regraft_wishes {
    wishes: Wishes,
    install: Texts,
    uninstall: Texts,
    remove_base: Texts,
    reset_base: Texts,
    kernel_argument: Texts,
}

impl From<&Wishes> for regraft_wishes {
    fn from(wishes: &Wishes) -> regraft_wishes {
        regraft_wishes {
            install: Texts::new(&wishes.install),
            uninstall: Texts::new(&wishes.uninstall),
            remove_base: Texts::new(&wishes.remove_base),
            reset_base: Texts::new(&wishes.reset_base),
            kernel_argument: Texts::new(&wishes.kernel_arguments),
            wishes: wishes.clone(),
        }
    }
}

/// Follow the base's ref to its newest commit; false for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_wishes_upgrade(wishes: *const regraft_wishes) -> bool {
    value(false, || Some(peek(wishes)?.wishes.upgrade))
}

/// A new base older than the deployed one is fine; false for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_wishes_allow_downgrade(wishes: *const regraft_wishes) -> bool {
    value(false, || Some(peek(wishes)?.wishes.allow_downgrade))
}

/// A request that the base meets already is remembered instead of refused; false for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_wishes_allow_inactive(wishes: *const regraft_wishes) -> bool {
    value(false, || Some(peek(wishes)?.wishes.allow_inactive))
}

/// A request that is there already is no error; false for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_wishes_idempotent(wishes: *const regraft_wishes) -> bool {
    value(false, || Some(peek(wishes)?.wishes.idempotent))
}

/// Packages are taken without a trusted signature; false for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_wishes_unsigned_packages(wishes: *const regraft_wishes) -> bool {
    value(false, || Some(peek(wishes)?.wishes.unsigned_packages))
}

/// Names, capabilities or paths of packages to layer: how many.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_wishes_install_count(wishes: *const regraft_wishes) -> usize {
    value(0, || Some(peek(wishes)?.install.count()))
}

/// Names, capabilities or paths of packages to layer: the one at `index`; NULL where there is none.
/// Borrowed from the plan.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_wishes_install_get(
    wishes: *const regraft_wishes,
    index: usize,
) -> *const c_char {
    value(std::ptr::null(), || peek(wishes)?.install.get(index))
}

/// Layered requests to take back: how many.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_wishes_uninstall_count(wishes: *const regraft_wishes) -> usize {
    value(0, || Some(peek(wishes)?.uninstall.count()))
}

/// Layered requests to take back: the one at `index`; NULL where there is none. Borrowed from the
/// plan.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_wishes_uninstall_get(
    wishes: *const regraft_wishes,
    index: usize,
) -> *const c_char {
    value(std::ptr::null(), || peek(wishes)?.uninstall.get(index))
}

/// Names of packages of the base to take out: how many.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_wishes_remove_base_count(wishes: *const regraft_wishes) -> usize {
    value(0, || Some(peek(wishes)?.remove_base.count()))
}

/// Names of packages of the base to take out: the one at `index`; NULL where there is none.
/// Borrowed from the plan.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_wishes_remove_base_get(
    wishes: *const regraft_wishes,
    index: usize,
) -> *const c_char {
    value(std::ptr::null(), || peek(wishes)?.remove_base.get(index))
}

/// Names of packages of the base to put back: how many.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_wishes_reset_base_count(wishes: *const regraft_wishes) -> usize {
    value(0, || Some(peek(wishes)?.reset_base.count()))
}

/// Names of packages of the base to put back: the one at `index`; NULL where there is none.
/// Borrowed from the plan.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_wishes_reset_base_get(
    wishes: *const regraft_wishes,
    index: usize,
) -> *const c_char {
    value(std::ptr::null(), || peek(wishes)?.reset_base.get(index))
}

/// Kernel arguments of a first deployment: how many.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_wishes_kernel_argument_count(
    wishes: *const regraft_wishes,
) -> usize {
    value(0, || Some(peek(wishes)?.kernel_argument.count()))
}

/// Kernel arguments of a first deployment: the one at `index`; NULL where there is none. Borrowed
/// from the plan.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_wishes_kernel_argument_get(
    wishes: *const regraft_wishes,
    index: usize,
) -> *const c_char {
    value(std::ptr::null(), || {
        peek(wishes)?.kernel_argument.get(index)
    })
}
