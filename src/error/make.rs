//! Errors of what the libraries and the operating system say, which keep neither object nor remedy.

use crate::error::Error;
use camino::Utf8Path;
// By kinds, not codes: some libraries wrap what the operating system said.
use std::io::ErrorKind::{PermissionDenied, QuotaExceeded, ReadOnlyFilesystem, StorageFull};

impl Error {
    /// For `map_err`: makes an [`Error::Io`] that names the action and the path, or
    /// [`Error::NoSpace`] or [`Error::Permission`].
    pub(crate) fn io<'a, E: Into<std::io::Error>>(
        action: &'static str,
        path: impl AsRef<Utf8Path> + 'a,
    ) -> impl FnOnce(E) -> Error + 'a {
        move |source| {
            let (source, path) = (source.into(), path.as_ref());
            let done = || format!("{action} {path}");
            match source.kind() {
                StorageFull | QuotaExceeded => Error::full(done(), path),
                PermissionDenied => Error::refused(done(), source.to_string(), false),
                ReadOnlyFilesystem => Error::refused(done(), source.to_string(), true),
                _ => Error::Io {
                    action,
                    path: path.to_owned(),
                    source,
                },
            }
        }
    }

    /// For `map_err` on calls of libostree and gio: a cancel, a full disk and a missing permission
    /// keep their kinds; the rest is [`Error::Engine`] with what was being done.
    pub(crate) fn engine(action: impl Into<String>) -> impl FnOnce(glib::Error) -> Error {
        move |error| {
            let action = action.into();
            let message = error.message().to_owned();
            let done = || format!("{action} ({message})");
            match error.kind::<gio::IOErrorEnum>() {
                Some(gio::IOErrorEnum::Cancelled) => Error::Cancelled,
                Some(gio::IOErrorEnum::NoSpace) => Error::full(done(), ""),
                _ if LOST.iter().any(|lost| message.contains(lost)) => {
                    Error::corrupt("the repository", format!("{action}: {message}"))
                }
                // No kind of its own: libostree leaves a part of each disk free.
                _ if message.contains(MIN_FREE_SPACE) => Error::full(done(), ""),
                Some(code @ (gio::IOErrorEnum::PermissionDenied | gio::IOErrorEnum::ReadOnly)) => {
                    let read_only = code == gio::IOErrorEnum::ReadOnly;
                    Error::refused(action, message, read_only)
                }
                _ => Error::Engine { action, message },
            }
        }
    }

    /// Makes an [`Error::NoSpace`]; where the place is not known it is empty until
    /// [`Error::within`] says it.
    pub(crate) fn full(action: String, place: impl AsRef<Utf8Path>) -> Error {
        let place = place.as_ref();
        let (free_bytes, free_inodes) = room(place).unwrap_or((0, None));
        Error::NoSpace {
            action,
            place: place.to_owned(),
            free_bytes,
            free_inodes,
        }
    }

    fn refused(action: String, reason: String, read_only: bool) -> Error {
        let remedy = match read_only {
            true => "mount its file system writable (`mount -o remount,rw`)",
            false => "run this as root",
        };
        Error::Permission {
            action,
            reason,
            remedy: remedy.to_owned(),
        }
    }

    /// A full disk whose file system is not known yet is that of `place`; one below `place`, on the
    /// same file system, is called that.
    pub(crate) fn within(self, place: &Utf8Path) -> Error {
        match self {
            Error::NoSpace {
                action,
                place: below,
                free_bytes,
                free_inodes,
            } if below.starts_with(place) && device(&below) == device(place) => Error::NoSpace {
                action,
                place: place.to_owned(),
                free_bytes,
                free_inodes,
            },
            Error::NoSpace {
                action, place: p, ..
            } if !p.is_absolute() => Error::full(action, place),
            other => other,
        }
    }

    /// A full disk whose file system is not known yet is that of the one of these places that has
    /// less room.
    pub(crate) fn fuller_of(self, one: &Utf8Path, other: &Utf8Path) -> Error {
        let bytes = |place| room(place).map_or(u64::MAX, |(bytes, _)| bytes);
        match self {
            Error::NoSpace { action, place, .. } if !place.is_absolute() => {
                let less = if bytes(other) < bytes(one) {
                    other
                } else {
                    one
                };
                Error::full(action, less)
            }
            other => other,
        }
    }

    /// For what cannot tell why writing below `place` failed: where there is no room left, that is
    /// why.
    pub(crate) fn if_full(self, place: &Utf8Path) -> Error {
        match self {
            Error::Cancelled | Error::NoSpace { .. } => self,
            other if is_full(place) || other.to_string().contains(FULL_TEXT) => {
                Error::full(format!("go on ({other})"), place)
            }
            other => other,
        }
    }

    /// Makes an [`Error::Corrupt`].
    pub(crate) fn corrupt(object: impl Into<String>, reason: impl Into<String>) -> Error {
        Error::Corrupt {
            object: object.into(),
            reason: reason.into(),
        }
    }

    /// Makes an [`Error::Unsupported`].
    pub(crate) fn unsupported(what: impl Into<String>, object: impl Into<String>) -> Error {
        Error::Unsupported {
            what: what.into(),
            object: object.into(),
        }
    }
}

/// How libraries that keep no numbers say it.
const FULL_TEXT: &str = "No space left on device";

/// Parts of libostree's messages where an object is not there that another one names.
const LOST: [&str; 2] = ["Couldn't find file object", "No such metadata object"];

/// Part of libostree's message where it would leave less room than `core.min-free-space-percent`
/// or `-size` of the repository says.
const MIN_FREE_SPACE: &str = "min-free-space-";

/// With less than this nothing can be done: a directory takes more.
const ROOM: u64 = 64 << 10;

/// Free bytes and inodes of the file system of a path, which need not be there itself.
fn room(path: &Utf8Path) -> Option<(u64, Option<u64>)> {
    let there = path.ancestors().find(|path| path.exists())?;
    let found = rustix::fs::statvfs(there.as_std_path()).ok()?;
    let bytes = found.f_bavail.saturating_mul(found.f_frsize);
    // btrfs makes inodes as they are needed.
    Some((bytes, (found.f_files > 0).then_some(found.f_favail)))
}

/// Which file system a path is on, which need not be there itself.
fn device(path: &Utf8Path) -> Option<u64> {
    let there = path.ancestors().find(|path| path.exists())?;
    Some(rustix::fs::stat(there.as_std_path()).ok()?.st_dev)
}

/// What messages show of a text that may be too long to be read: its first `most` characters.
pub(crate) fn shortened(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}

/// Whether the file system of `place` has no room for anything.
pub(crate) fn is_full(place: &Utf8Path) -> bool {
    room(place).is_some_and(|(bytes, inodes)| bytes < ROOM || inodes == Some(0))
}
