//! What happens to a package.

use crate::call::value;
use crate::handle::peek;
use crate::nevra::regraft_nevra;
use crate::text::{self, Text};
use engine::{Action, Change, Reason};
use std::ffi::c_char;

/// One package change. Immutable, and borrowed from what has it.
pub struct regraft_change {
    action: i32,
    action_name: Text,
    package: regraft_nevra,
    from: Option<regraft_nevra>,
    repo: Option<Text>,
    download_size: u64,
    installed_size: u64,
    reason: i32,
    subject: Option<Text>,
    reason_text: Text,
    text: Text,
}

/// What is known only to a library newer than this header; the name tells it.
pub const REGRAFT_ACTION_OTHER: i32 = 0;
/// The package is added.
pub const REGRAFT_ACTION_INSTALL: i32 = 1;
/// It replaces an older version.
pub const REGRAFT_ACTION_UPGRADE: i32 = 2;
/// It replaces a newer version.
pub const REGRAFT_ACTION_DOWNGRADE: i32 = 3;
/// It replaces a package of the same version with other content.
pub const REGRAFT_ACTION_REINSTALL: i32 = 4;
/// It is taken out.
pub const REGRAFT_ACTION_REMOVE: i32 = 5;

/// What is known only to a library newer than this header; the text tells it.
pub const REGRAFT_REASON_OTHER: i32 = 0;
/// The program asked for the subject: a name, capability, path or file.
pub const REGRAFT_REASON_REQUESTED: i32 = 1;
/// The subject, a package, needs it.
pub const REGRAFT_REASON_REQUIRED_BY: i32 = 2;
/// The subject, a package, recommends it.
pub const REGRAFT_REASON_RECOMMENDED_BY: i32 = 3;
/// The subject, a package, replaces it.
pub const REGRAFT_REASON_OBSOLETED_BY: i32 = 4;
/// The program asked to remove it from the base.
pub const REGRAFT_REASON_REMOVED: i32 = 5;
/// The program asked to replace it.
pub const REGRAFT_REASON_REPLACED: i32 = 6;
/// The new base brings it, or no longer has it.
pub const REGRAFT_REASON_BASE: i32 = 7;

impl From<&Change> for regraft_change {
    fn from(change: &Change) -> regraft_change {
        let (reason, subject) = match &change.reason {
            Reason::Requested(what) => (REGRAFT_REASON_REQUESTED, Some(what.clone())),
            Reason::RequiredBy(package) => (REGRAFT_REASON_REQUIRED_BY, Some(package.to_string())),
            Reason::RecommendedBy(package) => {
                (REGRAFT_REASON_RECOMMENDED_BY, Some(package.to_string()))
            }
            Reason::ObsoletedBy(package) => {
                (REGRAFT_REASON_OBSOLETED_BY, Some(package.to_string()))
            }
            Reason::Removed => (REGRAFT_REASON_REMOVED, None),
            Reason::Replaced => (REGRAFT_REASON_REPLACED, None),
            Reason::Base => (REGRAFT_REASON_BASE, None),
            _ => (REGRAFT_REASON_OTHER, None),
        };
        regraft_change {
            action: match change.action {
                Action::Install => REGRAFT_ACTION_INSTALL,
                Action::Upgrade => REGRAFT_ACTION_UPGRADE,
                Action::Downgrade => REGRAFT_ACTION_DOWNGRADE,
                Action::Reinstall => REGRAFT_ACTION_REINSTALL,
                Action::Remove => REGRAFT_ACTION_REMOVE,
                _ => REGRAFT_ACTION_OTHER,
            },
            action_name: Text::new(change.action.name()),
            package: (&change.package).into(),
            from: change.from.as_ref().map(Into::into),
            repo: change.repo.as_ref().map(Text::new),
            download_size: change.download_size,
            installed_size: change.installed_size,
            reason,
            subject: subject.map(Text::new),
            reason_text: Text::new(change.reason.to_string()),
            text: Text::new(change.to_string()),
        }
    }
}

/// The change in one line: action, package, what it replaces, where it is from and why. `""` for
/// NULL. Borrowed from the change's owner.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_change_text(change: *const regraft_change) -> *const c_char {
    value(text::empty(), || Some(peek(change)?.text.pointer()))
}

/// What happens: `REGRAFT_ACTION_INSTALL` and so on; `REGRAFT_ACTION_OTHER` for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_change_action(change: *const regraft_change) -> i32 {
    value(0, || Some(peek(change)?.action))
}

/// What happens, as one word: `install`, `upgrade`, `downgrade`, `reinstall`, `remove`. `""` for
/// NULL. Borrowed from the change's owner.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_change_action_name(
    change: *const regraft_change,
) -> *const c_char {
    value(text::empty(), || Some(peek(change)?.action_name.pointer()))
}

/// The package that is there afterwards, or for a removal the one that no longer is; NULL for NULL.
/// Borrowed from the change's owner.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_change_package(
    change: *const regraft_change,
) -> *const regraft_nevra {
    value(std::ptr::null(), || {
        Some(std::ptr::from_ref(&peek(change)?.package))
    })
}

/// For an upgrade, downgrade or reinstall the package that is there before; otherwise NULL.
/// Borrowed from the change's owner.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_change_from(
    change: *const regraft_change,
) -> *const regraft_nevra {
    value(std::ptr::null(), || {
        peek(change)?.from.as_ref().map(std::ptr::from_ref)
    })
}

/// The repository that the package comes from; NULL for a local file, a removal, the base. Borrowed
/// from the change's owner.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_change_repo(change: *const regraft_change) -> *const c_char {
    value(std::ptr::null(), || {
        Some(text::optional(&peek(change)?.repo))
    })
}

/// Bytes to download; 0 when the package is local, cached or removed, and for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_change_download_size(change: *const regraft_change) -> u64 {
    value(0, || Some(peek(change)?.download_size))
}

/// Bytes that the package's files take, by its header; for a removal those that are freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_change_installed_size(change: *const regraft_change) -> u64 {
    value(0, || Some(peek(change)?.installed_size))
}

/// Why: `REGRAFT_REASON_REQUESTED` and so on; `REGRAFT_REASON_OTHER` for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_change_reason(change: *const regraft_change) -> i32 {
    value(0, || Some(peek(change)?.reason))
}

/// What was requested, or the package (NEVRA) that is the reason; NULL where the reason has none.
/// Borrowed from the change's owner.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_change_reason_subject(
    change: *const regraft_change,
) -> *const c_char {
    value(std::ptr::null(), || {
        Some(text::optional(&peek(change)?.subject))
    })
}

/// Why, in words: `requested: strace`, `required by git`. `""` for NULL. Borrowed from the change's
/// owner.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_change_reason_text(
    change: *const regraft_change,
) -> *const c_char {
    value(text::empty(), || Some(peek(change)?.reason_text.pointer()))
}
