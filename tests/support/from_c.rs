//! Refusals once more, from C: where `REGRAFT_FROM_C` names the program that `capi/tests/refusals.rs` has
//! built, it makes each call first that is expected to be refused, and must hear the same.

use camino::Utf8Path;
use std::cell::Cell;
use std::process::Command;

thread_local! {
    /// A table has begun a call that it expects to be refused.
    static EXPECTED: Cell<bool> = const { Cell::new(false) };
}

/// Makes a call that is expected to be refused.
pub fn expecting<T>(call: impl FnOnce() -> T) -> T {
    EXPECTED.set(true);
    let result = call();
    EXPECTED.set(false);
    result
}

/// What a C program hears that layers `package`: `kind: message`. `None` where none is asked for.
pub fn refusal(sysroot: &Utf8Path, package: &str) -> Option<String> {
    let program = std::env::var_os("REGRAFT_FROM_C")?;
    if !EXPECTED.get() {
        return None;
    }
    let output = Command::new(program)
        .args([sysroot.as_str(), package])
        .output();
    let output = output.expect("the program in C");
    Some(
        String::from_utf8_lossy(&output.stdout)
            .trim_end()
            .to_owned(),
    )
}

/// Both must have heard the same; it is noted in the file `REGRAFT_FROM_C_LIST`.
pub fn compare<T>(package: &str, said: &str, result: &regraft::Result<T>) {
    let Err(error) = result else {
        panic!("{package}: C was refused ({said}), Rust was not");
    };
    assert_eq!(said, format!("{}: {error}", error.kind()), "{package}");
    if let Ok(path) = std::env::var("REGRAFT_FROM_C_LIST") {
        use std::io::Write;
        let file = std::fs::File::options()
            .append(true)
            .create(true)
            .open(path);
        let line = format!("{} {package}\n", error.kind());
        file.and_then(|mut file| file.write_all(line.as_bytes()))
            .expect("the list of what C heard");
    }
}
