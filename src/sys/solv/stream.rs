//! C streams for libsolv: a metadata file that is unpacked on the way, within a limit, and plain
//! files.
//!
//! A few kilobytes can unpack to as many gigabytes, so every metadata file is read through a
//! stream that counts what comes out and fails beyond a limit. It also remembers why reading
//! failed: libsolv's parsers cannot tell the end of a file from a damaged one. The unpacking is
//! done here, because libsolv's own never ends on a truncated Zstandard file (0.7.23).

use super::ffi;
use crate::error::{Error, Result};
use camino::{Utf8Path, Utf8PathBuf};
use libc::{FILE, c_char, c_void, size_t, ssize_t};
use std::fs::File;
use std::io::{BufReader, Read};
use std::os::fd::AsRawFd;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::NonNull;

/// A metadata file, unpacked by its suffix: `.gz`, `.xz`, `.lzma`, `.bz2`, `.zst` or none.
pub(super) struct Unpacked {
    path: Utf8PathBuf,
    /// libsolv reads it through `stream`.
    state: Box<State>,
    stream: NonNull<FILE>,
}

struct State {
    input: Box<dyn Read>,
    read: u64,
    limit: u64,
    failure: Option<Failure>,
    head: Vec<u8>,
}

enum Failure {
    Damaged(String),
    TooBig,
}

/// How much of the beginning is kept: enough for the root element.
const HEAD: usize = 4096;
/// libsolv counts the bytes of one text in an `int`.
const HARD_LIMIT: u64 = i32::MAX as u64 - 65_536;
/// The largest dictionary of `xz -9` is 64 MiB.
const XZ_MEMORY: u64 = 128 << 20;

impl Unpacked {
    /// Opens a file, of which at most `limit` unpacked bytes are read.
    pub(super) fn open(path: &Utf8Path, limit: u64) -> Result<Unpacked> {
        let mut state = Box::new(State {
            input: unpack(path)?,
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
        let stream = unsafe { ffi::fopencookie(cookie.cast(), c"r".as_ptr(), functions) };
        let stream = NonNull::new(stream)
            .ok_or_else(|| Error::io("read", path)(std::io::Error::last_os_error()))?;
        Ok(Unpacked {
            path: path.to_owned(),
            state,
            stream,
        })
    }

    /// The stream, for a parser.
    pub(super) fn raw(&mut self) -> *mut FILE {
        self.stream.as_ptr()
    }

    /// Why reading failed, if it did; for after the parser.
    pub(super) fn check(&self) -> Result<()> {
        let reason = match &self.state.failure {
            None => return Ok(()),
            Some(Failure::Damaged(reason)) => format!("it cannot be unpacked: {reason}"),
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
        // SAFETY: the stream is ours and closed once, before the state that it reads from.
        unsafe {
            libc::fclose(self.stream.as_ptr());
        }
    }
}

fn unpack(path: &Utf8Path) -> Result<Box<dyn Read>> {
    let file = BufReader::new(File::open(path).map_err(Error::io("read", path))?);
    let failed = Error::io("unpack", path);
    Ok(match path.extension().unwrap_or_default() {
        "gz" => Box::new(flate2::bufread::MultiGzDecoder::new(file)),
        "bz2" => Box::new(bzip2::bufread::MultiBzDecoder::new(file)),
        // The decoder limits its memory by itself, to a window of 128 MiB.
        "zst" => Box::new(zstd::Decoder::with_buffer(file).map_err(failed)?),
        "xz" => {
            let stream = liblzma::stream::Stream::new_stream_decoder(
                XZ_MEMORY,
                liblzma::stream::CONCATENATED,
            )
            .map_err(std::io::Error::from)
            .map_err(failed)?;
            Box::new(liblzma::bufread::XzDecoder::new_stream(file, stream))
        }
        "lzma" => {
            let stream = liblzma::stream::Stream::new_lzma_decoder(XZ_MEMORY)
                .map_err(std::io::Error::from)
                .map_err(failed)?;
            Box::new(liblzma::bufread::XzDecoder::new_stream(file, stream))
        }
        // A repository that has zchunk files has others, too.
        "zck" => return Err(Error::unsupported("the compression zchunk", path.as_str())),
        _ => Box::new(file),
    })
}

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

/// The stream's read function. A panic in it becomes a failure.
unsafe extern "C" fn read(cookie: *mut c_void, buffer: *mut c_char, size: size_t) -> ssize_t {
    // SAFETY: the cookie is the state, which nothing else touches while a parser runs; the buffer
    // has room for `size` bytes, which are set before anything reads them.
    let (state, buffer) = unsafe {
        buffer.write_bytes(0, size);
        (
            &mut *cookie.cast::<State>(),
            std::slice::from_raw_parts_mut(buffer.cast::<u8>(), size),
        )
    };
    let count = catch_unwind(AssertUnwindSafe(|| state.fill(buffer)));
    match count {
        Ok(Some(count)) => ssize_t::try_from(count).unwrap_or(-1),
        Ok(None) => -1,
        Err(_) => {
            state.failure = Some(Failure::Damaged("its decoder failed".to_owned()));
            -1
        }
    }
}

impl State {
    fn fill(&mut self, buffer: &mut [u8]) -> Option<usize> {
        if self.failure.is_some() {
            return None;
        }
        let count = loop {
            match self.input.read(buffer) {
                Ok(count) => break count,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.failure = Some(Failure::Damaged(error.to_string()));
                    return None;
                }
            }
        };
        self.read = self.read.saturating_add(count as u64);
        if self.read > self.limit {
            self.failure = Some(Failure::TooBig);
            return None;
        }
        let room = HEAD.saturating_sub(self.head.len()).min(count);
        self.head.extend_from_slice(&buffer[..room]);
        Some(count)
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
