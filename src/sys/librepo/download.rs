//! Downloads of files, several at a time, and what the callbacks do meanwhile.

use super::ffi::{self, LR_CB_ABORT, LR_CB_ERROR, LR_CB_OK};
use super::handle::{Handle, c_text};
use super::{Algorithm, Fault, text};
use crate::error::Result;
use crate::job::Monitor;
use camino::Utf8Path;
use glib::ffi::{GSList, g_slist_free, g_slist_prepend};
use libc::{c_char, c_double, c_int, c_void};
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::{null, null_mut};

/// One address that was tried in vain.
#[derive(Debug, Clone)]
pub(crate) struct Failure {
    pub(crate) url: String,
    pub(crate) message: String,
}

/// One file to download.
#[derive(Debug)]
pub(crate) struct Target<'a> {
    /// How to reach its repository.
    pub(crate) handle: &'a Handle,
    /// Its address below the repository's, percent-encoded.
    pub(crate) location: &'a str,
    /// Where it is instead, when not below the repository.
    pub(crate) base_url: Option<&'a str>,
    /// The file to write. One that an earlier download has left there is completed.
    pub(crate) destination: &'a Utf8Path,
    /// What its bytes must have, in lower-case hex.
    pub(crate) checksum: Option<(Algorithm, &'a str)>,
    /// Its size where that is promised.
    pub(crate) size: Option<u64>,
    /// A transfer of more bytes is stopped.
    pub(crate) limit: u64,
    /// What progress reports call it.
    pub(crate) name: &'a str,
}

/// How one [`Target`] ended.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// The file is there, with the right checksum.
    Done,
    /// It is not: the addresses tried, and librepo's last word.
    Failed {
        failures: Vec<Failure>,
        message: String,
    },
    /// It is larger than its limit.
    TooLarge,
}

/// What the callbacks of one transfer need.
#[derive(Debug)]
pub(crate) struct Watch<'a> {
    monitor: &'a Monitor,
    /// Bytes of the whole call, shared by its transfers.
    sum: &'a Cell<u64>,
    name: &'a str,
    limit: u64,
    now: u64,
    too_large: bool,
    failures: Vec<Failure>,
}

/// A hostile server cannot fill the memory with failures: librepo tries a mirror a few times, but
/// a mirror list may be long.
const MAX_FAILURES: usize = 64;

impl<'a> Watch<'a> {
    pub(crate) fn new(
        monitor: &'a Monitor,
        sum: &'a Cell<u64>,
        name: &'a str,
        limit: u64,
    ) -> Watch<'a> {
        Watch {
            monitor,
            sum,
            name,
            limit,
            now: 0,
            too_large: false,
            failures: Vec::new(),
        }
    }

    pub(crate) fn too_large(&self) -> bool {
        self.too_large
    }

    pub(super) fn take_failures(&mut self) -> Vec<Failure> {
        std::mem::take(&mut self.failures)
    }

    fn progress(&mut self, now: f64) -> c_int {
        // A float to integer cast saturates: negative and NaN give 0.
        let now = now as u64;
        if now > self.limit {
            self.too_large = true;
            return LR_CB_ABORT;
        }
        // A transfer that starts again from another mirror takes back what it had reached.
        let sum = self.sum.get().saturating_sub(self.now).saturating_add(now);
        self.now = now;
        self.sum.set(sum);
        match self.monitor.reach(sum, self.name) {
            Ok(()) => LR_CB_OK,
            Err(_) => LR_CB_ERROR,
        }
    }

    fn failed(&mut self, message: Option<String>, url: Option<String>) -> c_int {
        if self.failures.len() < MAX_FAILURES {
            self.failures.push(Failure {
                url: url.unwrap_or_default(),
                message: message.unwrap_or_default(),
            });
        }
        if self.too_large {
            // Another mirror would send as much.
            return LR_CB_ABORT;
        }
        match self.monitor.check() {
            Ok(()) => LR_CB_OK,
            Err(_) => LR_CB_ERROR,
        }
    }
}

/// # Safety
/// `data` is a [`Watch`] that nothing else uses during the call.
pub(super) unsafe extern "C" fn on_progress(
    data: *mut c_void,
    _total: c_double,
    now: c_double,
) -> c_int {
    // SAFETY: promised by whoever set the callback.
    let Some(watch) = (unsafe { data.cast::<Watch<'_>>().as_mut() }) else {
        return LR_CB_OK;
    };
    catch_unwind(AssertUnwindSafe(|| watch.progress(now))).unwrap_or(LR_CB_ERROR)
}

/// # Safety
/// As for [`on_progress`]; the strings are null or valid during the call.
pub(super) unsafe extern "C" fn on_failure(
    data: *mut c_void,
    message: *const c_char,
    url: *const c_char,
) -> c_int {
    // SAFETY: promised by whoever set the callback, and by librepo for the strings.
    let (watch, message, url) =
        unsafe { (data.cast::<Watch<'_>>().as_mut(), text(message), text(url)) };
    let Some(watch) = watch else {
        return LR_CB_OK;
    };
    catch_unwind(AssertUnwindSafe(|| watch.failed(message, url))).unwrap_or(LR_CB_ERROR)
}

/// # Safety
/// As for [`on_failure`].
pub(super) unsafe extern "C" fn on_handle_failure(
    data: *mut c_void,
    message: *const c_char,
    url: *const c_char,
    _metadata: *const c_char,
) -> c_int {
    // SAFETY: the same promises.
    unsafe { on_failure(data, message, url) }
}

/// Downloads `targets`, several at a time; one that fails does not stop the others. The monitor's
/// present phase counts bytes; `done` were reached before. `Err` means that nothing can be said of
/// the single files: cancelled, or librepo itself failed.
pub(crate) fn download(
    targets: &[Target<'_>],
    done: u64,
    monitor: &Monitor,
) -> Result<std::result::Result<Vec<Outcome>, Fault>> {
    let sum = Cell::new(done);
    let mut watches: Vec<Watch<'_>> = targets
        .iter()
        .map(|target| Watch::new(monitor, &sum, target.name, target.limit))
        .collect();
    let mut queue = Queue::default();
    for (target, watch) in targets.iter().zip(&mut watches) {
        queue.add(target, std::ptr::from_mut(watch).cast())?;
    }
    let performed = queue.perform();
    monitor.check()?;
    if let Err(fault) = performed {
        return Ok(Err(fault));
    }
    let messages = queue.messages();
    drop(queue);
    let outcomes = messages
        .into_iter()
        .zip(watches)
        .map(|(message, watch)| match message {
            None => Outcome::Done,
            // librepo's word for a file that was there already, and whose checksum is right.
            Some(message) if message == "Already downloaded" => Outcome::Done,
            Some(_) if watch.too_large => Outcome::TooLarge,
            Some(message) => Outcome::Failed {
                failures: watch.failures,
                message,
            },
        })
        .collect();
    Ok(Ok(outcomes))
}

/// `LrPackageTarget`s, freed with this value.
#[derive(Default)]
struct Queue {
    targets: Vec<*mut ffi::LrPackageTarget>,
}

impl Drop for Queue {
    fn drop(&mut self) {
        for target in &self.targets {
            // SAFETY: each came from lr_packagetarget_new_v2 and is freed once.
            unsafe { ffi::lr_packagetarget_free(*target) }
        }
    }
}

impl Queue {
    fn add(&mut self, target: &Target<'_>, data: *mut c_void) -> Result<()> {
        let location = c_text("location", target.location)?;
        let destination = c_text("destination", target.destination.as_str())?;
        let base = target
            .base_url
            .map(|url| c_text("base url", url))
            .transpose()?;
        let checksum = target
            .checksum
            .map(|(_, hex)| c_text("checksum", hex))
            .transpose()?;
        let algorithm = target
            .checksum
            .map_or(0, |(algorithm, _)| algorithm as c_int);
        // librepo compares the size with Content-Length, which for the rest of a partial file is
        // less than the whole, so that it would refuse each one that it resumes.
        let partial = target
            .destination
            .as_std_path()
            .metadata()
            .is_ok_and(|file| file.len() > 0);
        let size = match target.size {
            Some(size) if !partial => i64::try_from(size).unwrap_or(i64::MAX),
            _ => 0,
        };
        let mut error = null_mut();
        // SAFETY: all strings are valid and are copied by librepo; the handle outlives the targets
        // (`download` borrows both), and so does `data`.
        let made = unsafe {
            ffi::lr_packagetarget_new_v2(
                target.handle.pointer(),
                location.as_ptr(),
                destination.as_ptr(),
                algorithm,
                checksum.as_ref().map_or(null(), |text| text.as_ptr()),
                size,
                base.as_ref().map_or(null(), |text| text.as_ptr()),
                1,
                Some(on_progress),
                data,
                None,
                Some(on_failure),
                &mut error,
            )
        };
        if made.is_null() {
            // SAFETY: librepo has just set it, and nobody else has it.
            let fault = unsafe { Fault::take(error) };
            return Err(crate::error::Error::Internal(fault.message));
        }
        self.targets.push(made);
        Ok(())
    }

    fn perform(&mut self) -> std::result::Result<(), Fault> {
        let mut error = null_mut();
        // SAFETY: the list holds valid targets and is freed after the call, its elements by Drop.
        unsafe {
            let mut list: *mut GSList = null_mut();
            for target in self.targets.iter().rev() {
                list = g_slist_prepend(list, (*target).cast());
            }
            let done = ffi::lr_download_packages(list, 0, &mut error) != 0;
            g_slist_free(list);
            if done {
                Ok(())
            } else {
                Err(Fault::take(error))
            }
        }
    }

    /// Of each target, in order: what went wrong.
    fn messages(&self) -> Vec<Option<String>> {
        self.targets
            .iter()
            // SAFETY: the targets are valid, and their strings live as long.
            .map(|target| unsafe { text((**target).err) })
            .collect()
    }
}
