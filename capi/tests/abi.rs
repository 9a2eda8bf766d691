//! The C ABI only grows: `regraft.abi` is the record of what programs use already.
#![allow(missing_docs, clippy::unwrap_used)]

#[path = "support/abi.rs"]
mod abi;

const FOLDER: &str = env!("CARGO_MANIFEST_DIR");

fn header() -> String {
    std::fs::read_to_string(format!("{FOLDER}/../include/regraft.h")).unwrap()
}

#[test]
fn the_abi_only_grows() {
    let record = std::fs::read_to_string(format!("{FOLDER}/regraft.abi")).unwrap();
    let now = abi::describe(&header()).unwrap();
    if let Err(broken) = abi::only_grew(&record, &now) {
        panic!("{broken}\nwhere programs may break: `cargo xtask abi --break`");
    }
}

/// Every kind of break is planted in a small header: the record must not bear it.
#[test]
fn breaks_are_found() {
    let whole = "#include <stdint.h>\n\
                 #define REGRAFT_OK 0\n\
                 #define REGRAFT_ABI_VERSION 1\n\
                 typedef struct regraft_job regraft_job;\n\
                 typedef struct regraft_plan regraft_plan;\n\
                 typedef int32_t regraft_code;\n\
                 typedef int (*regraft_progress_fn)(const regraft_job *job, void *userdata);\n\
                 #ifdef __cplusplus\n\
                 extern \"C\" {\n\
                 #endif // __cplusplus\n\
                 /* Comments; with (all) that code has. */\n\
                 regraft_code regraft_job_run(regraft_job *job,\n\
                 \u{20}                            uint32_t count);\n\
                 void regraft_job_on_progress(regraft_job *job, regraft_progress_fn progress);\n\
                 const char *regraft_plan_text(const regraft_plan *plan);\n\
                 #ifdef __cplusplus\n\
                 }\n\
                 #endif\n";
    let record = abi::describe(whole).unwrap();
    for (what, from, to) in [
        (
            "a function",
            "const char *regraft_plan_text(const regraft_plan *plan);",
            "",
        ),
        ("a constant", "#define REGRAFT_OK 0", ""),
        (
            "a constant's value",
            "#define REGRAFT_OK 0",
            "#define REGRAFT_OK 1",
        ),
        ("a parameter", "uint32_t count", "uint64_t count"),
        ("a parameter's sign", "uint32_t count", "int32_t count"),
        (
            "a parameter's place",
            "(regraft_job *job,",
            "(int more, regraft_job *job,",
        ),
        ("the type of a result", "typedef int32_t", "typedef int64_t"),
        (
            "a result",
            "regraft_code regraft_job_run",
            "void regraft_job_run",
        ),
        (
            "a handle",
            "const regraft_plan *plan)",
            "const regraft_job *plan)",
        ),
        (
            "a callback",
            "job, void *userdata",
            "job, int more, void *userdata",
        ),
    ] {
        assert!(whole.contains(from), "{what}");
        let broken = abi::describe(&whole.replace(from, to)).unwrap();
        assert!(abi::only_grew(&record, &broken).is_err(), "{what}");
    }
    for (what, from, to) in [
        ("nothing", "", ""),
        ("a comment", "/* Comments;", "/* Others;"),
        (
            "the version",
            "REGRAFT_ABI_VERSION 1",
            "REGRAFT_ABI_VERSION 2",
        ),
        (
            "one more constant",
            "#define REGRAFT_OK 0",
            "#define REGRAFT_OK 0\n#define REGRAFT_NO 1",
        ),
        (
            "one more function",
            "const char *regraft_plan",
            "int regraft_one(int a);\nconst char *regraft_plan",
        ),
        (
            "one more type",
            "typedef int32_t",
            "typedef struct regraft_new regraft_new;\nregraft_new *regraft_new_new(void);\ntypedef int32_t",
        ),
    ] {
        let grown = abi::describe(&whole.replacen(from, to, 1)).unwrap();
        abi::only_grew(&record, &grown).unwrap_or_else(|said| panic!("{what}: {said}"));
    }
}

/// In the real header, too, each single function and constant counts.
#[test]
fn a_function_of_the_header_cannot_go() {
    let header = header();
    let record = abi::describe(&header).unwrap();
    let gone = header.replace("uint32_t regraft_abi_version(void);", "");
    let gone = abi::describe(&gone).unwrap();
    let said = abi::only_grew(&record, &gone).unwrap_err();
    assert!(said.contains("regraft_abi_version"), "{said}");
}
