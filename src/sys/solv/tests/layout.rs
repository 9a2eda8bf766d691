//! The hand-written interface against the C compiler's view of libsolv's headers.

use crate::sys::solv::ffi::*;
use std::fmt::Write;
use std::mem::{offset_of, size_of};
use std::process::Command;

macro_rules! offsets {
    ($list:ident, $rust:ty, $c:literal, $($field:ident),+) => {
        $($list.push((
            format!("offsetof({}, {})", $c, stringify!($field)),
            i64::try_from(offset_of!($rust, $field)).unwrap(),
        ));)+
    };
}

macro_rules! numbers {
    ($list:ident, $($name:ident),+ $(,)?) => {
        $($list.push((stringify!($name).to_owned(), i64::from($name)));)+
    };
}

#[test]
fn the_structs_are_libsolvs() {
    let mut list: Vec<(String, i64)> = Vec::new();
    offsets!(
        list,
        CPool,
        "Pool",
        nrels,
        repos,
        nrepos,
        installed,
        solvables,
        nsolvables,
        id2arch,
        lastarch,
        whatprovides,
        whatprovides_rel,
        whatprovidesdata,
        considered
    );
    offsets!(
        list,
        CRepo,
        "Repo",
        name,
        repoid,
        start,
        end,
        nsolvables,
        priority,
        subpriority,
        nrepodata
    );
    offsets!(list, Solvable, "Solvable", name, arch, evr, vendor, repo);
    offsets!(list, Queue, "Queue", elements, count);
    offsets!(list, Map, "Map", map, size);
    offsets!(list, CSolver, "Solver", job);
    offsets!(list, CTransaction, "Transaction", steps);
    offsets!(list, CRepodata, "Repodata", repodataid, state);
    for (name, size) in [
        ("Solvable", size_of::<Solvable>()),
        ("Queue", size_of::<Queue>()),
        ("Map", size_of::<Map>()),
        ("cookie_io_functions_t", size_of::<CookieFunctions>()),
    ] {
        list.push((format!("sizeof({name})"), i64::try_from(size).unwrap()));
    }
    numbers!(
        list,
        DISTTYPE_RPM,
        POOL_FLAG_IMPLICITOBSOLETEUSESCOLORS,
        POOL_FLAG_WHATPROVIDESWITHDISABLED,
        REPO_LOCALPOOL,
        REPO_EXTEND_SOLVABLES,
        REPOWRITER_NO_STORAGE_SOLVABLE,
        REPOSITORY_ADDEDFILEPROVIDES,
        SOLVID_META,
        SOLVABLE_PROVIDES,
        SOLVABLE_OBSOLETES,
        SOLVABLE_CONFLICTS,
        SOLVABLE_REQUIRES,
        SOLVABLE_RECOMMENDS,
        SOLVABLE_SUGGESTS,
        SOLVABLE_SUPPLEMENTS,
        SOLVABLE_ENHANCES,
        SOLVABLE_VENDOR,
        SOLVABLE_PREREQMARKER,
        SOLVABLE_FILEMARKER,
        ARCH_SRC,
        ARCH_NOSRC,
        SOLVABLE_SUMMARY,
        SOLVABLE_DESCRIPTION,
        SOLVABLE_URL,
        SOLVABLE_LICENSE,
        SOLVABLE_BUILDTIME,
        SOLVABLE_INSTALLSIZE,
        SOLVABLE_FILELIST,
        SOLVABLE_MEDIABASE,
        SOLVABLE_DOWNLOADSIZE,
        SOLVABLE_CHECKSUM,
        SOLVABLE_HDRID,
        REPOKEY_TYPE_SHA1,
        REL_GT,
        REL_EQ,
        REL_LT,
        SELECTION_FILELIST,
        SELECTION_GLOB,
        SOLVER_SOLVABLE,
        SOLVER_SOLVABLE_ONE_OF,
        SOLVER_INSTALL,
        SOLVER_ERASE,
        SOLVER_LOCK,
        SOLVER_FORCEBEST,
        SOLVER_SETEVR,
        SOLVER_SETARCH,
        SOLVER_FLAG_ALLOW_DOWNGRADE,
        SOLVER_FLAG_ALLOW_VENDORCHANGE,
        SOLVER_FLAG_IGNORE_RECOMMENDED,
        SOLVER_FLAG_BEST_OBEY_POLICY,
        SOLVER_FLAG_DUP_ALLOW_VENDORCHANGE,
        SOLVER_FLAG_KEEP_ORPHANS,
        SOLVER_FLAG_YUM_OBSOLETES,
        SOLVER_REASON_UNIT_RULE,
        SOLVER_REASON_RESOLVE_JOB,
        SOLVER_TRANSACTION_ERASE,
        SOLVER_TRANSACTION_INSTALL,
        SOLVER_TRANSACTION_REINSTALL,
        SOLVER_TRANSACTION_DOWNGRADE,
        SOLVER_TRANSACTION_UPGRADE,
        SOLVER_TRANSACTION_OBSOLETES,
        SOLVER_TRANSACTION_SHOW_ACTIVE,
        SOLVER_TRANSACTION_SHOW_ALL,
        SOLVER_TRANSACTION_SHOW_OBSOLETES,
        SOLVER_TRANSACTION_CHANGE_IS_REINSTALL,
        SOLVER_RULE_TYPEMASK,
        SOLVER_RULE_PKG_NOT_INSTALLABLE,
        SOLVER_RULE_PKG_NOTHING_PROVIDES_DEP,
        SOLVER_RULE_PKG_REQUIRES,
        SOLVER_RULE_PKG_SELF_CONFLICT,
        SOLVER_RULE_PKG_CONFLICTS,
        SOLVER_RULE_PKG_SAME_NAME,
        SOLVER_RULE_PKG_OBSOLETES,
        SOLVER_RULE_PKG_IMPLICIT_OBSOLETES,
        SOLVER_RULE_PKG_INSTALLED_OBSOLETES,
        SOLVER_RULE_UPDATE,
        SOLVER_RULE_JOB,
        SOLVER_RULE_INFARCH,
        SOLVER_RULE_BEST,
        SOLVER_RULE_YUMOBS,
        SOLVER_SOLUTION_JOB,
        SOLVER_SOLUTION_INFARCH,
        SOLVER_SOLUTION_BEST,
    );
    let mut source = String::from(
        "#define _GNU_SOURCE\n#include <stdio.h>\n#include <stddef.h>\n#include <solv/pool.h>\n\
         #include <solv/repo.h>\n#include <solv/repo_write.h>\n#include <solv/selection.h>\n\
         #include <solv/solver.h>\nint main(void) {\n",
    );
    for (expression, _) in &list {
        writeln!(source, "printf(\"%ld\\n\", (long)({expression}));").unwrap();
    }
    source.push_str("return 0; }\n");
    let folder = tempfile::tempdir().unwrap();
    let (code, program) = (folder.path().join("layout.c"), folder.path().join("layout"));
    std::fs::write(&code, source).unwrap();
    let built = Command::new("cc")
        .arg(&code)
        .arg("-o")
        .arg(&program)
        .status();
    assert!(built.unwrap().success());
    let output = Command::new(&program).output().unwrap().stdout;
    let found: Vec<i64> = String::from_utf8(output)
        .unwrap()
        .lines()
        .map(|line| line.parse().unwrap())
        .collect();
    assert_eq!(found.len(), list.len());
    for ((expression, here), there) in list.iter().zip(found) {
        assert_eq!(*here, there, "{expression}");
    }
}
