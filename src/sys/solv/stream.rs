//! C streams for libsolv: a metadata file that is unpacked on the way, within a limit, and plain
//! files.
//!
//! A few kilobytes can unpack to as many gigabytes, so every metadata file is read through a
//! stream that counts what comes out and fails beyond a limit. It also remembers why reading
//! failed: libsolv's parsers cannot tell the end of a file from a damaged one.

use super::{c_string, ffi};
use crate::error::{Error, Result};
use camino::{Utf8Path, Utf8PathBuf};
use libc::{FILE, c_char, c_void, size_t, ssize_t};
use std::fs::File;
use std::os::fd::{AsRawFd, IntoRawFd};
use std::ptr::NonNull;

/// A metadata file, unpacked by its suffix: `.gz`, `.xz`, `.lzma`, `.bz2`, `.zst` or none.
pub(super) struct Unpacked {
    path: Utf8PathBuf,
    state: Box<State>,
    outer: Option<NonNull<FILE>>,
}

struct State {
    inner: NonNull<FILE>,
    read: u64,
    limit: u64,
    failure: Option<Failure>,
    head: Vec<u8>,
}

#[derive(Clone, Copy)]
enum Failure {
    Damaged,
    TooBig,
}

/// How much of the beginning is kept: enough for the root element.
const HEAD: usize = 4096;
/// The compressions that libsolvext knows when a distribution builds it with all of them. Debian
/// has no zchunk; a repository that has it also has another compression.
const UNSUPPORTED: [&str; 1] = ["zck"];

impl Unpacked {
    /// Opens a file, of which at most `limit` unpacked bytes are read.
    pub(super) fn open(path: &Utf8Path, limit: u64) -> Result<Unpacked> {
        if let Some(suffix) = path.extension().filter(|s| UNSUPPORTED.contains(s)) {
            return Err(Error::unsupported(
                format!("the compression .{suffix}"),
                path.as_str(),
            ));
        }
        let file = File::open(path).map_err(Error::io("read", path))?;
        let name = c_string("path", path.as_str())?;
        // SAFETY: the name and the mode end with their NULs; the descriptor is given away. Where
        // libsolv fails it leaves the descriptor open, which only happens when memory is short.
        let inner =
            unsafe { ffi::solv_xfopen_fd(name.as_ptr(), file.into_raw_fd(), c"r".as_ptr()) };
        let inner = NonNull::new(inner)
            .ok_or_else(|| Error::unsupported("the compression of this file", path.as_str()))?;
        let mut state = Box::new(State {
            inner,
            read: 0,
            limit: limit.min(HARD_LIMIT),
            failure: None,
            head: Vec::with_capacity(HEAD),
        });
        let functions = ffi::CookieFunctions {
            read: Some(read),
            write: None,
            seek: None,
            close: None,
        };
        let cookie: *mut State = &mut *state;
        // SAFETY: the cookie outlives the stream: `drop` closes the stream first.
        let outer = unsafe { ffi::fopencookie(cookie.cast(), c"r".as_ptr(), functions) };
        let outer = NonNull::new(outer);
        let unpacked = Unpacked {
            path: path.to_owned(),
            state,
            outer,
        };
        match unpacked.outer {
            Some(_) => Ok(unpacked),
            None => Err(Error::io("read", path)(std::io::Error::last_os_error())),
        }
    }

    /// The stream, for a parser.
    pub(super) fn raw(&mut self) -> *mut FILE {
        self.outer.map_or(std::ptr::null_mut(), NonNull::as_ptr)
    }

    /// Why reading failed, if it did; for after the parser.
    pub(super) fn check(&self) -> Result<()> {
        let reason = match self.state.failure {
            None => return Ok(()),
            Some(Failure::Damaged) => "it cannot be unpacked".to_owned(),
            Some(Failure::TooBig) => {
                format!("it unpacks to more than {} bytes", self.state.limit)
            }
        };
        Err(Error::corrupt(self.path.as_str(), reason))
    }

    /// The number of packages that the root element promises.
    pub(super) fn promised(&self) -> Option<u64> {
        promised_in(&self.state.head)
    }
}

impl Drop for Unpacked {
    fn drop(&mut self) {
        // SAFETY: both streams are ours and closed once, the outer one first, which reads from
        // the inner one.
        unsafe {
            if let Some(outer) = self.outer.take() {
                libc::fclose(outer.as_ptr());
            }
            libc::fclose(self.state.inner.as_ptr());
        }
    }
}

/// libsolv counts the bytes of one text in an `int`.
const HARD_LIMIT: u64 = i32::MAX as u64 - 65_536;

/// The value of the attribute `packages` in the first element.
fn promised_in(head: &[u8]) -> Option<u64> {
    let text = String::from_utf8_lossy(head);
    let root = ["<metadata", "<filelists"]
        .iter()
        .find_map(|name| text.find(name))?;
    let element = text[root..].split('>').next()?;
    let (_, value) = element.split_once("packages=")?;
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    value[1..].split(quote).next()?.trim().parse().ok()
}

/// The outer stream's read function. Nothing in it can panic: it calls C, counts and copies.
unsafe extern "C" fn read(cookie: *mut c_void, buffer: *mut c_char, size: size_t) -> ssize_t {
    // SAFETY: the cookie is the state, which nothing else touches while a parser runs; the buffer
    // has room for `size` bytes.
    unsafe {
        let state = &mut *cookie.cast::<State>();
        let inner = state.inner.as_ptr();
        let count = libc::fread(buffer.cast(), 1, size, inner);
        if count == 0 && libc::ferror(inner) != 0 {
            state.failure = Some(Failure::Damaged);
            return -1;
        }
        state.read = state.read.saturating_add(count as u64);
        if state.read > state.limit {
            state.failure = Some(Failure::TooBig);
            return -1;
        }
        let room = HEAD.saturating_sub(state.head.len()).min(count);
        if room > 0 {
            let bytes = std::slice::from_raw_parts(buffer.cast::<u8>(), room);
            state.head.extend_from_slice(bytes);
        }
        count as ssize_t
    }
}

/// A C stream on a copy of a file's descriptor; `work` gets it, and it is closed afterwards.
pub(super) fn with_stream<T>(
    file: &File,
    mode: &std::ffi::CStr,
    work: impl FnOnce(*mut FILE) -> T,
) -> std::io::Result<T> {
    // SAFETY: the copy is given to the stream, which closes it; where there is no stream it is
    // closed here.
    let stream = unsafe {
        let copy = libc::fcntl(file.as_raw_fd(), libc::F_DUPFD_CLOEXEC, 0);
        if copy < 0 {
            return Err(std::io::Error::last_os_error());
        }
        let stream = libc::fdopen(copy, mode.as_ptr());
        if stream.is_null() {
            let error = std::io::Error::last_os_error();
            libc::close(copy);
            return Err(error);
        }
        stream
    };
    let result = work(stream);
    // SAFETY: the stream is open; nothing uses it after this.
    match unsafe { libc::fclose(stream) } {
        0 => Ok(result),
        _ => Err(std::io::Error::last_os_error()),
    }
}

#[cfg(test)]
mod tests {
    use super::promised_in;

    #[test]
    fn the_promise_is_found_in_the_root_element() {
        let table: [(&str, Option<u64>); 6] = [
            (
                "<?xml version=\"1.0\"?>\n<metadata xmlns=\"x\" packages=\"12\">",
                Some(12),
            ),
            ("<filelists packages='3'><package", Some(3)),
            ("<metadata xmlns=\"x\"><package packages=\"1\">", None),
            ("<metadata packages=\"many\">", None),
            ("<metadata packages=", None),
            ("", None),
        ];
        for (text, expected) in table {
            assert_eq!(promised_in(text.as_bytes()), expected, "{text:?}");
        }
    }
}
