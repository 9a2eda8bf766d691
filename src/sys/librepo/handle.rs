//! How to reach one repository.

use super::ffi;
use super::{Fault, initialise, text};
use crate::error::{Error, Result};
use crate::sys::librepo::download::{Failure, Watch, on_handle_failure, on_progress};
use camino::Utf8Path;
use libc::{c_char, c_int, c_long, c_void};
use std::ffi::CString;
use std::ptr::{null, null_mut};

/// A configured `LrHandle`.
#[derive(Debug)]
pub(crate) struct Handle {
    pointer: *mut ffi::LrHandle,
}

impl Drop for Handle {
    fn drop(&mut self) {
        // SAFETY: the pointer came from lr_handle_init, and nothing uses it after this.
        unsafe { ffi::lr_handle_free(self.pointer) }
    }
}

impl Handle {
    /// A handle that reaches nothing yet.
    pub(crate) fn new() -> Result<Handle> {
        initialise();
        // SAFETY: no argument; the process-wide tables are there.
        let pointer = unsafe { ffi::lr_handle_init() };
        if pointer.is_null() {
            return Err(Error::Internal("librepo gives no handle".to_owned()));
        }
        let mut handle = Handle { pointer };
        handle.set_rpm_metadata()?;
        handle.set_number(ffi::LRO_CHECKSUM, 1)?;
        handle.set_number(ffi::LRO_GPGCHECK, 0)?;
        handle.set_number(ffi::LRO_FASTESTMIRROR, 0)?;
        let agent = concat!("regraft/", env!("CARGO_PKG_VERSION"));
        handle.set_text(ffi::LRO_USERAGENT, "user agent", agent)?;
        Ok(handle)
    }

    pub(super) fn pointer(&self) -> *mut ffi::LrHandle {
        self.pointer
    }

    /// The repository's addresses, tried in this order.
    pub(crate) fn set_urls(&mut self, urls: &[String]) -> Result<()> {
        self.set_list(ffi::LRO_URLS, "baseurl", urls)
    }

    /// Where a list of mirrors is, one a line.
    pub(crate) fn set_mirrorlist(&mut self, url: &str) -> Result<()> {
        self.set_text(ffi::LRO_MIRRORLISTURL, "mirrorlist", url)
    }

    /// Where a metalink of `repomd.xml` is.
    pub(crate) fn set_metalink(&mut self, url: &str) -> Result<()> {
        self.set_text(ffi::LRO_METALINKURL, "metalink", url)
    }

    /// `user:password` for HTTP.
    pub(crate) fn set_login(&mut self, login: &str) -> Result<()> {
        self.set_text(ffi::LRO_USERPWD, "username and password", login)
    }

    /// The proxy's address; an empty one means none, whatever the environment says.
    pub(crate) fn set_proxy(&mut self, url: &str) -> Result<()> {
        self.set_text(ffi::LRO_PROXY, "proxy", url)
    }

    /// `user:password` for the proxy.
    pub(crate) fn set_proxy_login(&mut self, login: &str) -> Result<()> {
        self.set_text(
            ffi::LRO_PROXYUSERPWD,
            "proxy_username and proxy_password",
            login,
        )
    }

    /// Whether the server's certificate must be good, and be the server's.
    pub(crate) fn set_verify_tls(&mut self, verify: bool) -> Result<()> {
        self.set_number(ffi::LRO_SSLVERIFYPEER, c_long::from(verify))?;
        self.set_number(ffi::LRO_SSLVERIFYHOST, c_long::from(verify))
    }

    /// The file of certificate authorities.
    pub(crate) fn set_ca_file(&mut self, path: &Utf8Path) -> Result<()> {
        self.set_text(ffi::LRO_SSLCACERT, "sslcacert", path.as_str())
    }

    /// This client's certificate.
    pub(crate) fn set_client_certificate(&mut self, path: &Utf8Path) -> Result<()> {
        self.set_text(ffi::LRO_SSLCLIENTCERT, "sslclientcert", path.as_str())
    }

    /// The key of this client's certificate.
    pub(crate) fn set_client_key(&mut self, path: &Utf8Path) -> Result<()> {
        self.set_text(ffi::LRO_SSLCLIENTKEY, "sslclientkey", path.as_str())
    }

    /// Seconds until a connection must be there, and for which a transfer may be slower than
    /// `lowest_speed` bytes a second.
    pub(crate) fn set_timeout(&mut self, seconds: u32, lowest_speed: u32) -> Result<()> {
        self.set_number(ffi::LRO_CONNECTTIMEOUT, c_long::from(seconds))?;
        self.set_number(ffi::LRO_LOWSPEEDTIME, c_long::from(seconds))?;
        self.set_number(ffi::LRO_LOWSPEEDLIMIT, c_long::from(lowest_speed))
    }

    /// How many transfers run at once: 1 to 20.
    pub(crate) fn set_parallel(&mut self, number: u32) -> Result<()> {
        self.set_number(
            ffi::LRO_MAXPARALLELDOWNLOADS,
            c_long::from(number.clamp(1, 20)),
        )
    }

    /// Downloads `repodata/repomd.xml` below `folder`, which is there and has no `repodata` yet,
    /// and answers the address of the mirror that had it. A metalink's digests are checked.
    pub(crate) fn fetch_repomd(
        &mut self,
        folder: &Utf8Path,
        watch: &mut Watch<'_>,
    ) -> std::result::Result<String, (Fault, Vec<Failure>)> {
        let bare = |error: Error| (plain_fault(&error), Vec::new());
        self.set_text(ffi::LRO_DESTDIR, "cache folder", folder.as_str())
            .map_err(bare)?;
        // An empty list means: repomd.xml alone.
        self.set_list(ffi::LRO_YUMDLIST, "records", &[])
            .map_err(bare)?;
        let data: *mut c_void = std::ptr::from_mut(watch).cast();
        self.set_watch(data).map_err(bare)?;
        let mut error = null_mut();
        // SAFETY: handle and result are valid and not shared; `watch`, which the callbacks get,
        // outlives the call and is not used by anyone else during it. The callbacks are taken
        // away again before this returns.
        let answer = unsafe {
            let result = ffi::lr_result_init();
            let done = ffi::lr_handle_perform(self.pointer, result, &mut error) != 0;
            let answer = if done {
                used_mirror(result)
            } else {
                Err(Fault::take(error))
            };
            ffi::lr_result_free(result);
            answer
        };
        self.set_watch(null_mut()).map_err(bare)?;
        answer.map_err(|fault| (fault, watch.take_failures()))
    }

    /// Sets who hears of progress and failing mirrors; null takes the callbacks away.
    fn set_watch(&mut self, data: *mut c_void) -> Result<()> {
        let (progress, failure): (
            Option<ffi::ProgressCallback>,
            Option<ffi::HandleMirrorFailureCallback>,
        ) = if data.is_null() {
            (None, None)
        } else {
            (Some(on_progress), Some(on_handle_failure))
        };
        let mut error = null_mut();
        // SAFETY: each option takes what its C documentation says: a function pointer (null: none)
        // or a data pointer. An Option of a function pointer is a nullable pointer in C.
        let done = unsafe {
            ffi::lr_handle_setopt(self.pointer, &mut error, ffi::LRO_PROGRESSCB, progress) != 0
                && ffi::lr_handle_setopt(self.pointer, &mut error, ffi::LRO_HMFCB, failure) != 0
                && ffi::lr_handle_setopt(self.pointer, &mut error, ffi::LRO_PROGRESSDATA, data) != 0
        };
        self.check(done, error, "callbacks", "")
    }

    fn set_rpm_metadata(&mut self) -> Result<()> {
        let mut error = null_mut();
        // SAFETY: this option takes an enum, which is an int in C.
        let done = unsafe {
            let kind = ffi::LR_YUMREPO;
            ffi::lr_handle_setopt(self.pointer, &mut error, ffi::LRO_REPOTYPE, kind) != 0
        };
        self.check(done, error, "librepo option", "LR_YUMREPO")
    }

    fn set_number(&mut self, option: c_int, value: c_long) -> Result<()> {
        let mut error = null_mut();
        // SAFETY: only called with options that take a `long`.
        let done = unsafe { ffi::lr_handle_setopt(self.pointer, &mut error, option, value) != 0 };
        self.check(done, error, "librepo option", &format!("{option}={value}"))
    }

    fn set_text(&mut self, option: c_int, name: &'static str, value: &str) -> Result<()> {
        let text = c_text(name, value)?;
        let mut error = null_mut();
        // SAFETY: only called with options that take a `char *`, which librepo copies.
        let done =
            unsafe { ffi::lr_handle_setopt(self.pointer, &mut error, option, text.as_ptr()) != 0 };
        self.check(done, error, name, value)
    }

    fn set_list(&mut self, option: c_int, name: &'static str, values: &[String]) -> Result<()> {
        let texts = values
            .iter()
            .map(|value| c_text(name, value))
            .collect::<Result<Vec<_>>>()?;
        let mut pointers: Vec<*const c_char> = texts.iter().map(|text| text.as_ptr()).collect();
        pointers.push(null());
        let mut error = null_mut();
        // SAFETY: only called with options that take a null-terminated `char **`, which librepo
        // copies together with its strings.
        let done = unsafe {
            ffi::lr_handle_setopt(self.pointer, &mut error, option, pointers.as_ptr()) != 0
        };
        self.check(done, error, name, &values.join(" "))
    }

    fn check(
        &self,
        done: bool,
        error: *mut glib::ffi::GError,
        name: &'static str,
        value: &str,
    ) -> Result<()> {
        if done {
            return Ok(());
        }
        // SAFETY: librepo has just set it, and nobody else has it.
        let fault = unsafe { Fault::take(error) };
        Err(Error::InvalidArgument {
            argument: name,
            value: value.to_owned(),
            reason: fault.message,
        })
    }
}

fn plain_fault(error: &Error) -> Fault {
    Fault {
        code: 0,
        message: error.to_string(),
    }
}

/// The address of the mirror that a performed result came from.
///
/// # Safety
/// `result` is valid.
unsafe fn used_mirror(result: *mut ffi::LrResult) -> std::result::Result<String, Fault> {
    let mut repo: *mut ffi::LrYumRepo = null_mut();
    let mut error = null_mut();
    // SAFETY: LRR_YUM_REPO stores a pointer into the result, read before the result is freed.
    unsafe {
        if ffi::lr_result_getinfo(result, &mut error, ffi::LRR_YUM_REPO, &raw mut repo) == 0 {
            return Err(Fault::take(error));
        }
        let url = if repo.is_null() {
            None
        } else {
            text((*repo).url)
        };
        Ok(url.unwrap_or_default())
    }
}

/// For an argument of C.
pub(super) fn c_text(name: &'static str, value: &str) -> Result<CString> {
    CString::new(value).map_err(|_| Error::InvalidArgument {
        argument: name,
        value: value.replace('\0', "\\0"),
        reason: "it has a NUL character".to_owned(),
    })
}
