//! Bad input from C: the tests of bad input run once more, and what is refused is refused to a C
//! program in the same words.
#![allow(missing_docs, clippy::unwrap_used)]

#[path = "support/build.rs"]
mod build;
#[path = "support/program.rs"]
#[allow(dead_code, reason = "each test binary uses a part")]
mod program;

use program::Library;
use std::process::Command;

/// The tests that have tables of refusals.
const TABLES: [&str; 3] = ["bad_packages", "bad_repositories", "bad_sysroots"];

#[test]
#[ignore = "runs other tests once more; a step of `cargo xtask test --all`"]
fn c_programs_are_refused_in_the_same_words() {
    let library = Library::new();
    let program = library.compile("tests/refused.c", "c99");
    let folder = tempfile::tempdir().unwrap();
    let (list, table) = (folder.path().join("list"), folder.path().join("table"));
    let mut command = Command::new(env!("CARGO"));
    command.args(["test", "--workspace", "--no-fail-fast"]);
    for name in TABLES {
        command.args(["--test", name]);
    }
    let path = library.command(&program);
    let path = path.get_envs().find(|(name, _)| *name == "LD_LIBRARY_PATH");
    build::run(
        command
            .env("LD_LIBRARY_PATH", path.unwrap().1.unwrap())
            .env("REGRAFT_FROM_C", &program)
            .env("REGRAFT_FROM_C_LIST", &list)
            .env("REGRAFT_TABLE", &table),
    );
    let rows = |path| std::fs::read_to_string(path).unwrap();
    let all = rows(&table).lines().filter(|l| l.starts_with("| ")).count();
    let from_c = rows(&list).lines().count();
    println!("{from_c} of {all} refusals from C, too");
    assert!(from_c * 3 >= all, "only {from_c} of {all} from C");
}
