//! What is used of libsolv's and libsolvext's C interface, written by hand from the headers of
//! 0.7.23.
//!
//! The structs are the public beginnings of libsolv's own, which the library's soname keeps as they
//! are; `tests::the_structs_are_libsolvs` compares every offset and number with the C compiler's.

use libc::{FILE, c_char, c_int, c_uint, c_void, size_t, ssize_t};

/// An interned string, a relation, a package or a repository: it depends on the place.
pub(super) type Id = c_int;

#[repr(C)]
pub(super) struct Queue {
    pub(super) elements: *mut Id,
    pub(super) count: c_int,
    alloc: *mut Id,
    left: c_int,
}

#[repr(C)]
pub(super) struct Map {
    pub(super) map: *mut u8,
    pub(super) size: c_int,
}

#[repr(C)]
pub(super) struct CPool {
    appdata: *mut c_void,
    strings: *mut c_uint,
    pub(super) nstrings: c_int,
    stringspace: *mut c_char,
    sstrings: c_uint,
    stringhashtbl: *mut Id,
    stringhashmask: c_uint,
    rels: *mut c_void,
    pub(super) nrels: c_int,
    pub(super) repos: *mut *mut CRepo,
    pub(super) nrepos: c_int,
    urepos: c_int,
    pub(super) installed: *mut CRepo,
    pub(super) solvables: *mut Solvable,
    pub(super) nsolvables: c_int,
    languages: *mut *const c_char,
    nlanguages: c_int,
    disttype: c_int,
    pub(super) id2arch: *mut Id,
    id2color: *mut u8,
    pub(super) lastarch: Id,
    vendormap: Queue,
    vendorclasses: *mut *const c_char,
    pub(super) whatprovides: *mut c_uint,
    pub(super) whatprovides_rel: *mut c_uint,
    pub(super) whatprovidesdata: *mut Id,
    whatprovidesdataoff: c_uint,
    whatprovidesdataleft: c_int,
    pub(super) considered: *mut Map,
}

#[repr(C)]
pub(super) struct CRepo {
    pub(super) name: *const c_char,
    pub(super) repoid: Id,
    appdata: *mut c_void,
    pool: *mut CPool,
    pub(super) start: c_int,
    pub(super) end: c_int,
    pub(super) nsolvables: c_int,
    disabled: c_int,
    pub(super) priority: c_int,
    pub(super) subpriority: c_int,
    idarraydata: *mut Id,
    idarraysize: c_int,
    pub(super) nrepodata: c_int,
}

#[repr(C)]
pub(super) struct Solvable {
    pub(super) name: Id,
    pub(super) arch: Id,
    pub(super) evr: Id,
    pub(super) vendor: Id,
    pub(super) repo: *mut CRepo,
    dependencies: [c_uint; 8],
}

#[repr(C)]
pub(super) struct CSolver {
    pool: *mut CPool,
    pub(super) job: Queue,
}

#[repr(C)]
pub(super) struct CTransaction {
    pool: *mut CPool,
    pub(super) steps: Queue,
}

/// Only passed on.
#[repr(C)]
pub(super) struct CRepodata {
    pub(super) repodataid: Id,
    repo: *mut CRepo,
    pub(super) state: c_int,
}

/// Only passed on.
#[repr(C)]
pub(super) struct CRepowriter {
    _opaque: [u8; 0],
}

/// glibc's `cookie_io_functions_t`.
#[repr(C)]
pub(super) struct CookieFunctions {
    pub(super) read: Option<unsafe extern "C" fn(*mut c_void, *mut c_char, size_t) -> ssize_t>,
    pub(super) write: Option<unsafe extern "C" fn(*mut c_void, *const c_char, size_t) -> ssize_t>,
    pub(super) seek: Option<unsafe extern "C" fn(*mut c_void, *mut i64, c_int) -> c_int>,
    pub(super) close: Option<unsafe extern "C" fn(*mut c_void) -> c_int>,
}

pub(super) const DISTTYPE_RPM: c_int = 0;
pub(super) const POOL_FLAG_IMPLICITOBSOLETEUSESCOLORS: c_int = 10;
pub(super) const POOL_FLAG_WHATPROVIDESWITHDISABLED: c_int = 12;
pub(super) const REPO_LOCALPOOL: c_int = 1 << 2;
pub(super) const REPO_EXTEND_SOLVABLES: c_int = 1 << 4;
pub(super) const REPOWRITER_NO_STORAGE_SOLVABLE: c_int = 1;
/// The first package: 0 is none, 1 is the system itself.
pub(super) const FIRST_PACKAGE: Id = 2;

pub(super) const SOLVABLE_VENDOR: Id = 5;
pub(super) const SOLVABLE_PROVIDES: Id = 6;
pub(super) const SOLVABLE_OBSOLETES: Id = 7;
pub(super) const SOLVABLE_CONFLICTS: Id = 8;
pub(super) const SOLVABLE_REQUIRES: Id = 9;
pub(super) const SOLVABLE_RECOMMENDS: Id = 10;
pub(super) const SOLVABLE_SUGGESTS: Id = 11;
pub(super) const SOLVABLE_SUPPLEMENTS: Id = 12;
pub(super) const SOLVABLE_ENHANCES: Id = 13;
pub(super) const SOLVABLE_PREREQMARKER: Id = 15;
pub(super) const SOLVABLE_FILEMARKER: Id = 16;
pub(super) const ARCH_SRC: Id = 24;
pub(super) const ARCH_NOSRC: Id = 25;
pub(super) const SOLVABLE_SUMMARY: Id = 55;
pub(super) const SOLVABLE_DESCRIPTION: Id = 56;
pub(super) const SOLVABLE_URL: Id = 61;
pub(super) const SOLVABLE_LICENSE: Id = 63;
pub(super) const SOLVABLE_BUILDTIME: Id = 64;
pub(super) const SOLVABLE_INSTALLSIZE: Id = 70;
pub(super) const SOLVABLE_FILELIST: Id = 72;
pub(super) const SOLVABLE_MEDIABASE: Id = 77;
pub(super) const SOLVABLE_DOWNLOADSIZE: Id = 78;
pub(super) const SOLVABLE_CHECKSUM: Id = 84;
pub(super) const SOLVABLE_HDRID: Id = 86;
pub(super) const REPOKEY_TYPE_SHA1: Id = 47;
pub(super) const REPOSITORY_ADDEDFILEPROVIDES: Id = 143;
/// What stands for the repository itself among its packages.
pub(super) const SOLVID_META: Id = -1;

/// The bit that marks a relation's id.
pub(super) const RELATION: u32 = 0x8000_0000;
pub(super) const REL_GT: c_int = 1;
pub(super) const REL_EQ: c_int = 2;
pub(super) const REL_LT: c_int = 4;

pub(super) const SELECTION_FILELIST: c_int = 1 << 2;
pub(super) const SELECTION_GLOB: c_int = 1 << 9;

pub(super) const SOLVER_SOLVABLE: Id = 0x01;
pub(super) const SOLVER_SOLVABLE_ONE_OF: Id = 0x04;
pub(super) const SOLVER_INSTALL: Id = 0x0100;
pub(super) const SOLVER_ERASE: Id = 0x0200;
pub(super) const SOLVER_LOCK: Id = 0x0600;
pub(super) const SOLVER_FORCEBEST: Id = 0x10_0000;
pub(super) const SOLVER_SETEVR: Id = 0x0200_0000;
pub(super) const SOLVER_SETARCH: Id = 0x0400_0000;

pub(super) const SOLVER_FLAG_ALLOW_DOWNGRADE: c_int = 1;
pub(super) const SOLVER_FLAG_ALLOW_VENDORCHANGE: c_int = 3;
pub(super) const SOLVER_FLAG_IGNORE_RECOMMENDED: c_int = 7;
pub(super) const SOLVER_FLAG_BEST_OBEY_POLICY: c_int = 12;
pub(super) const SOLVER_FLAG_DUP_ALLOW_VENDORCHANGE: c_int = 16;
pub(super) const SOLVER_FLAG_KEEP_ORPHANS: c_int = 18;
pub(super) const SOLVER_FLAG_YUM_OBSOLETES: c_int = 21;

pub(super) const SOLVER_REASON_UNIT_RULE: c_int = 1;
pub(super) const SOLVER_REASON_RESOLVE_JOB: c_int = 3;

pub(super) const SOLVER_TRANSACTION_ERASE: Id = 0x10;
pub(super) const SOLVER_TRANSACTION_INSTALL: Id = 0x20;
pub(super) const SOLVER_TRANSACTION_REINSTALL: Id = 0x21;
pub(super) const SOLVER_TRANSACTION_DOWNGRADE: Id = 0x22;
pub(super) const SOLVER_TRANSACTION_UPGRADE: Id = 0x24;
pub(super) const SOLVER_TRANSACTION_OBSOLETES: Id = 0x25;
pub(super) const SOLVER_TRANSACTION_SHOW_ACTIVE: c_int = 1;
pub(super) const SOLVER_TRANSACTION_SHOW_ALL: c_int = 1 << 1;
pub(super) const SOLVER_TRANSACTION_SHOW_OBSOLETES: c_int = 1 << 2;
pub(super) const SOLVER_TRANSACTION_CHANGE_IS_REINSTALL: c_int = 1 << 4;

pub(super) const SOLVER_RULE_TYPEMASK: c_int = 0xff00;
pub(super) const SOLVER_RULE_PKG_NOT_INSTALLABLE: c_int = 0x101;
pub(super) const SOLVER_RULE_PKG_NOTHING_PROVIDES_DEP: c_int = 0x102;
pub(super) const SOLVER_RULE_PKG_REQUIRES: c_int = 0x103;
pub(super) const SOLVER_RULE_PKG_SELF_CONFLICT: c_int = 0x104;
pub(super) const SOLVER_RULE_PKG_CONFLICTS: c_int = 0x105;
pub(super) const SOLVER_RULE_PKG_SAME_NAME: c_int = 0x106;
pub(super) const SOLVER_RULE_PKG_OBSOLETES: c_int = 0x107;
pub(super) const SOLVER_RULE_PKG_IMPLICIT_OBSOLETES: c_int = 0x108;
pub(super) const SOLVER_RULE_PKG_INSTALLED_OBSOLETES: c_int = 0x109;
pub(super) const SOLVER_RULE_UPDATE: c_int = 0x200;
pub(super) const SOLVER_RULE_JOB: c_int = 0x400;
pub(super) const SOLVER_RULE_INFARCH: c_int = 0x600;
pub(super) const SOLVER_RULE_BEST: c_int = 0x900;
pub(super) const SOLVER_RULE_YUMOBS: c_int = 0xa00;

pub(super) const SOLVER_SOLUTION_JOB: Id = 0;
pub(super) const SOLVER_SOLUTION_INFARCH: Id = -2;
pub(super) const SOLVER_SOLUTION_BEST: Id = -3;

#[rustfmt::skip]
unsafe extern "C" {
    pub(super) static solv_version: [c_char; 0];

    pub(super) fn pool_create() -> *mut CPool;
    pub(super) fn pool_free(pool: *mut CPool);
    pub(super) fn pool_setdisttype(pool: *mut CPool, disttype: c_int) -> c_int;
    pub(super) fn pool_setarch(pool: *mut CPool, arch: *const c_char);
    pub(super) fn pool_set_flag(pool: *mut CPool, flag: c_int, value: c_int) -> c_int;
    pub(super) fn pool_set_installed(pool: *mut CPool, repo: *mut CRepo);
    pub(super) fn pool_errstr(pool: *mut CPool) -> *const c_char;
    pub(super) fn pool_addfileprovides(pool: *mut CPool);
    pub(super) fn pool_addfileprovides_queue(pool: *mut CPool, all: *mut Queue, installed: *mut Queue);
    pub(super) fn pool_createwhatprovides(pool: *mut CPool);
    pub(super) fn pool_addrelproviders(pool: *mut CPool, dependency: Id) -> c_uint;
    pub(super) fn pool_queuetowhatprovides(pool: *mut CPool, queue: *mut Queue) -> Id;
    pub(super) fn pool_strn2id(pool: *mut CPool, text: *const c_char, length: c_uint, create: c_int) -> Id;
    pub(super) fn pool_rel2id(pool: *mut CPool, name: Id, evr: Id, flags: c_int, create: c_int) -> Id;
    pub(super) fn pool_id2str(pool: *const CPool, id: Id) -> *const c_char;
    pub(super) fn pool_dep2str(pool: *mut CPool, id: Id) -> *const c_char;
    pub(super) fn pool_parserpmrichdep(pool: *mut CPool, text: *const c_char) -> Id;
    pub(super) fn pool_match_nevr_rel(pool: *mut CPool, package: *mut Solvable, dependency: Id) -> c_int;

    pub(super) fn solvable_lookup_str(solvable: *mut Solvable, key: Id) -> *const c_char;
    pub(super) fn solvable_lookup_num(solvable: *mut Solvable, key: Id, absent: u64) -> u64;
    pub(super) fn solvable_lookup_checksum(solvable: *mut Solvable, key: Id, kind: *mut Id) -> *const c_char;
    pub(super) fn solvable_lookup_location(solvable: *mut Solvable, medium: *mut c_uint) -> *const c_char;
    pub(super) fn solvable_lookup_sourcepkg(solvable: *mut Solvable) -> *const c_char;
    pub(super) fn solvable_lookup_deparray(solvable: *mut Solvable, key: Id, queue: *mut Queue, marker: Id) -> c_int;
    pub(super) fn solv_chksum_type2str(kind: Id) -> *const c_char;

    pub(super) fn repo_create(pool: *mut CPool, name: *const c_char) -> *mut CRepo;
    pub(super) fn repo_free(repo: *mut CRepo, reuse_ids: c_int);
    pub(super) fn repo_empty(repo: *mut CRepo, reuse_ids: c_int);
    pub(super) fn repo_add_solvable(repo: *mut CRepo) -> Id;
    pub(super) fn repo_add_repodata(repo: *mut CRepo, flags: c_int) -> *mut CRepodata;
    pub(super) fn repo_id2repodata(repo: *mut CRepo, id: Id) -> *mut CRepodata;
    pub(super) fn repo_add_deparray(repo: *mut CRepo, package: Id, key: Id, dependency: Id, marker: Id);
    pub(super) fn repo_add_rpmmd(repo: *mut CRepo, file: *mut FILE, language: *const c_char, flags: c_int) -> c_int;
    pub(super) fn repo_add_solv(repo: *mut CRepo, file: *mut FILE, flags: c_int) -> c_int;
    pub(super) fn repodata_set_num(data: *mut CRepodata, package: Id, key: Id, number: u64);
    pub(super) fn repodata_set_checksum(data: *mut CRepodata, package: Id, key: Id, kind: Id, hex: *const c_char);
    pub(super) fn repodata_str2dir(data: *mut CRepodata, folder: *const c_char, create: c_int) -> Id;
    pub(super) fn repodata_add_dirstr(data: *mut CRepodata, package: Id, key: Id, folder: Id, name: *const c_char);
    pub(super) fn repodata_set_idarray(data: *mut CRepodata, package: Id, key: Id, ids: *mut Queue);
    pub(super) fn repodata_internalize(data: *mut CRepodata);
    pub(super) fn repodata_free(data: *mut CRepodata);
    pub(super) fn repowriter_create(repo: *mut CRepo) -> *mut CRepowriter;
    pub(super) fn repowriter_free(writer: *mut CRepowriter) -> *mut CRepowriter;
    pub(super) fn repowriter_set_flags(writer: *mut CRepowriter, flags: c_int);
    pub(super) fn repowriter_set_repodatarange(writer: *mut CRepowriter, start: c_int, end: c_int);
    pub(super) fn repowriter_write(writer: *mut CRepowriter, file: *mut FILE) -> c_int;

    pub(super) fn queue_init(queue: *mut Queue);
    pub(super) fn queue_free(queue: *mut Queue);
    pub(super) fn queue_insert(queue: *mut Queue, position: c_int, id: Id);
    pub(super) fn map_init(map: *mut Map, bits: c_int);
    pub(super) fn map_free(map: *mut Map);
    pub(super) fn selection_make(pool: *mut CPool, selection: *mut Queue, name: *const c_char, flags: c_int) -> c_int;
    pub(super) fn selection_solvables(pool: *mut CPool, selection: *mut Queue, packages: *mut Queue);

    pub(super) fn solver_create(pool: *mut CPool) -> *mut CSolver;
    pub(super) fn solver_free(solver: *mut CSolver);
    pub(super) fn solver_set_flag(solver: *mut CSolver, flag: c_int, value: c_int) -> c_int;
    pub(super) fn solver_solve(solver: *mut CSolver, jobs: *mut Queue) -> c_int;
    pub(super) fn solver_describe_decision(solver: *mut CSolver, package: Id, info: *mut Id) -> c_int;
    pub(super) fn solver_ruleclass(solver: *mut CSolver, rule: Id) -> c_int;
    pub(super) fn solver_rule2jobidx(solver: *mut CSolver, rule: Id) -> c_int;
    pub(super) fn solver_allruleinfos(solver: *mut CSolver, rule: Id, infos: *mut Queue) -> c_int;
    pub(super) fn solver_findallproblemrules(solver: *mut CSolver, problem: Id, rules: *mut Queue);
    pub(super) fn solver_problem_count(solver: *mut CSolver) -> c_uint;
    pub(super) fn solver_solution_count(solver: *mut CSolver, problem: Id) -> c_uint;
    pub(super) fn solver_next_solutionelement(solver: *mut CSolver, problem: Id, solution: Id, element: Id, p: *mut Id, rp: *mut Id) -> Id;
    pub(super) fn solver_create_transaction(solver: *mut CSolver) -> *mut CTransaction;
    pub(super) fn transaction_create_decisionq(pool: *mut CPool, decisions: *mut Queue, multiversion: *mut Map) -> *mut CTransaction;
    pub(super) fn transaction_order(transaction: *mut CTransaction, flags: c_int);
    pub(super) fn transaction_type(transaction: *mut CTransaction, package: Id, mode: c_int) -> Id;
    pub(super) fn transaction_all_obs_pkgs(transaction: *mut CTransaction, package: Id, queue: *mut Queue);
    pub(super) fn transaction_free(transaction: *mut CTransaction);

    // glibc's
    pub(super) fn fopencookie(cookie: *mut c_void, mode: *const c_char, functions: CookieFunctions) -> *mut FILE;
}
