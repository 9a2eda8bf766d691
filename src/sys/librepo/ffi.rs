//! librepo's C interface, as far as it is used: written by hand from the headers of librepo 1.14.
//!
//! The numbers of options and the leading fields of public structures are part of librepo's ABI
//! (SONAME `librepo.so.0`); new ones are only appended.
#![allow(unsafe_code)]

use glib::ffi::{GError, GSList, gboolean};
use libc::{c_char, c_double, c_int, c_void};

#[repr(C)]
pub(super) struct LrHandle {
    _opaque: [u8; 0],
}

#[repr(C)]
pub(super) struct LrResult {
    _opaque: [u8; 0],
}

/// `LrYumRepo`, up to the fields that are read.
#[repr(C)]
pub(super) struct LrYumRepo {
    pub(super) paths: *mut GSList,
    pub(super) repomd: *mut c_char,
    pub(super) url: *mut c_char,
}

/// `LrYumRepoMd`, up to the fields that are read. Only librepo makes one.
#[repr(C)]
pub(super) struct LrYumRepoMd {
    pub(super) revision: *mut c_char,
    pub(super) repoid: *mut c_char,
    pub(super) repoid_type: *mut c_char,
    pub(super) repo_tags: *mut GSList,
    pub(super) content_tags: *mut GSList,
    pub(super) distro_tags: *mut GSList,
    pub(super) records: *mut GSList,
}

/// `LrYumRepoMdRecord`, up to the fields that are read.
#[repr(C)]
pub(super) struct LrYumRepoMdRecord {
    pub(super) kind: *mut c_char,
    pub(super) location_href: *mut c_char,
    pub(super) location_base: *mut c_char,
    pub(super) checksum: *mut c_char,
    pub(super) checksum_type: *mut c_char,
    pub(super) checksum_open: *mut c_char,
    pub(super) checksum_open_type: *mut c_char,
    pub(super) header_checksum: *mut c_char,
    pub(super) header_checksum_type: *mut c_char,
    pub(super) timestamp: i64,
    pub(super) size: i64,
    pub(super) size_open: i64,
}

/// `LrPackageTarget`. Only librepo makes one.
#[repr(C)]
pub(super) struct LrPackageTarget {
    pub(super) handle: *mut LrHandle,
    pub(super) relative_url: *mut c_char,
    pub(super) dest: *mut c_char,
    pub(super) base_url: *mut c_char,
    pub(super) checksum_type: c_int,
    pub(super) checksum: *mut c_char,
    pub(super) expectedsize: i64,
    pub(super) resume: gboolean,
    pub(super) progresscb: Option<ProgressCallback>,
    pub(super) cbdata: *mut c_void,
    pub(super) endcb: Option<EndCallback>,
    pub(super) mirrorfailurecb: Option<MirrorFailureCallback>,
    pub(super) byterangestart: i64,
    pub(super) byterangeend: i64,
    pub(super) local_path: *mut c_char,
    pub(super) err: *mut c_char,
}

pub(super) type ProgressCallback =
    unsafe extern "C" fn(data: *mut c_void, total: c_double, now: c_double) -> c_int;
pub(super) type EndCallback =
    unsafe extern "C" fn(data: *mut c_void, status: c_int, message: *const c_char) -> c_int;
pub(super) type MirrorFailureCallback =
    unsafe extern "C" fn(data: *mut c_void, message: *const c_char, url: *const c_char) -> c_int;
pub(super) type HandleMirrorFailureCallback = unsafe extern "C" fn(
    data: *mut c_void,
    message: *const c_char,
    url: *const c_char,
    metadata: *const c_char,
) -> c_int;

// `LrCbReturnCode`
pub(super) const LR_CB_OK: c_int = 0;
pub(super) const LR_CB_ABORT: c_int = 1;
pub(super) const LR_CB_ERROR: c_int = 2;

// `LrRc`, as far as it is told apart
pub(super) const LRE_IO: c_int = 14;
pub(super) const LRE_MLBAD: c_int = 15;
pub(super) const LRE_MLXML: c_int = 16;
pub(super) const LRE_BADCHECKSUM: c_int = 17;
pub(super) const LRE_REPOMDXML: c_int = 18;
pub(super) const LRE_XMLPARSER: c_int = 34;
pub(super) const LRE_REPOMD: c_int = 36;

// `LrHandleOption`
pub(super) const LRO_URLS: c_int = 1;
pub(super) const LRO_MIRRORLISTURL: c_int = 3;
pub(super) const LRO_METALINKURL: c_int = 4;
pub(super) const LRO_USERPWD: c_int = 7;
pub(super) const LRO_PROXY: c_int = 8;
pub(super) const LRO_PROXYUSERPWD: c_int = 12;
pub(super) const LRO_PROGRESSCB: c_int = 13;
pub(super) const LRO_PROGRESSDATA: c_int = 14;
pub(super) const LRO_DESTDIR: c_int = 16;
pub(super) const LRO_REPOTYPE: c_int = 17;
pub(super) const LRO_CONNECTTIMEOUT: c_int = 18;
pub(super) const LRO_USERAGENT: c_int = 21;
pub(super) const LRO_MAXPARALLELDOWNLOADS: c_int = 24;
pub(super) const LRO_FASTESTMIRROR: c_int = 27;
pub(super) const LRO_LOWSPEEDTIME: c_int = 32;
pub(super) const LRO_LOWSPEEDLIMIT: c_int = 33;
pub(super) const LRO_GPGCHECK: c_int = 34;
pub(super) const LRO_CHECKSUM: c_int = 35;
pub(super) const LRO_YUMDLIST: c_int = 36;
pub(super) const LRO_HMFCB: c_int = 38;
pub(super) const LRO_SSLVERIFYPEER: c_int = 39;
pub(super) const LRO_SSLVERIFYHOST: c_int = 40;
pub(super) const LRO_SSLCLIENTCERT: c_int = 48;
pub(super) const LRO_SSLCLIENTKEY: c_int = 49;
pub(super) const LRO_SSLCACERT: c_int = 50;

/// `LR_YUMREPO`
pub(super) const LR_YUMREPO: c_int = 2;

/// `LRR_YUM_REPO`
pub(super) const LRR_YUM_REPO: c_int = 0;

unsafe extern "C" {
    pub(super) fn lr_global_init();

    pub(super) fn lr_handle_init() -> *mut LrHandle;
    pub(super) fn lr_handle_free(handle: *mut LrHandle);
    pub(super) fn lr_handle_setopt(
        handle: *mut LrHandle,
        error: *mut *mut GError,
        option: c_int,
        ...
    ) -> gboolean;
    pub(super) fn lr_handle_perform(
        handle: *mut LrHandle,
        result: *mut LrResult,
        error: *mut *mut GError,
    ) -> gboolean;

    pub(super) fn lr_result_init() -> *mut LrResult;
    pub(super) fn lr_result_free(result: *mut LrResult);
    pub(super) fn lr_result_getinfo(
        result: *mut LrResult,
        error: *mut *mut GError,
        option: c_int,
        ...
    ) -> gboolean;

    pub(super) fn lr_yum_repomd_init() -> *mut LrYumRepoMd;
    pub(super) fn lr_yum_repomd_free(repomd: *mut LrYumRepoMd);
    pub(super) fn lr_yum_repomd_parse_file(
        repomd: *mut LrYumRepoMd,
        fd: c_int,
        warning: *const c_void,
        warning_data: *mut c_void,
        error: *mut *mut GError,
    ) -> gboolean;

    pub(super) fn lr_packagetarget_new_v2(
        handle: *mut LrHandle,
        relative_url: *const c_char,
        dest: *const c_char,
        checksum_type: c_int,
        checksum: *const c_char,
        expected_size: i64,
        base_url: *const c_char,
        resume: gboolean,
        progress: Option<ProgressCallback>,
        data: *mut c_void,
        end: Option<EndCallback>,
        mirror_failure: Option<MirrorFailureCallback>,
        error: *mut *mut GError,
    ) -> *mut LrPackageTarget;
    pub(super) fn lr_packagetarget_free(target: *mut LrPackageTarget);
    pub(super) fn lr_download_packages(
        targets: *mut GSList,
        flags: c_int,
        error: *mut *mut GError,
    ) -> gboolean;
}
