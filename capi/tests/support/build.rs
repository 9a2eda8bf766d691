//! Cargo builds no shared library for a test by itself: this asks for it, with the same selection of
//! features as a run of all tests, for which it would otherwise build the dependencies twice.

use camino::{Utf8Path, Utf8PathBuf};
use std::process::Command;

/// A library that was built.
pub(crate) struct Built {
    /// The shared library.
    pub(crate) file: Utf8PathBuf,
    /// Where the package's build script has put what it made.
    #[allow(dead_code, reason = "the C ABI's build script makes nothing")]
    pub(crate) made: Utf8PathBuf,
}

/// Builds `package`'s library and finds the file `name` among what came out.
pub(crate) fn library(package: &str, name: &str) -> Built {
    let text = run(Command::new(env!("CARGO"))
        .args([
            "build",
            "--message-format=json",
            "--workspace",
            "--lib",
            "--test=header",
        ])
        .current_dir(env!("CARGO_MANIFEST_DIR")));
    find(&text, package, name)
}

/// The same with AddressSanitizer, beside what is built otherwise. The flag is not stable, so the
/// compiler is told that it is one that has such flags. Rust's own library is as it always is.
#[allow(dead_code, reason = "not all tests are about memory")]
pub(crate) fn sanitized(package: &str, name: &str) -> Built {
    let folder = Utf8Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("asan");
    // Named, the target has flags of its own: build scripts and macros run without the sanitizer.
    let text = run(Command::new(env!("CARGO"))
        .args(["build", "--message-format=json", "--lib"])
        .args(["--package", package])
        .args(["--target", &host()])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env("CARGO_TARGET_DIR", folder)
        .env("RUSTC_BOOTSTRAP", "1")
        .env("RUSTFLAGS", "-Zsanitizer=address")
        .env_remove("CARGO_ENCODED_RUSTFLAGS"));
    find(&text, package, name)
}

/// The runtime of AddressSanitizer that comes with the compiler.
#[allow(dead_code, reason = "not all tests are about memory")]
pub(crate) fn runtime() -> Utf8PathBuf {
    let folder = run(Command::new("rustc").args(["--print", "target-libdir"]));
    let folder = Utf8Path::new(folder.trim());
    // Its name has the release channel in it.
    let files = folder.read_dir_utf8().unwrap();
    let mut files = files.map(|entry| entry.unwrap().into_path());
    let found = files.find(|file| file.as_str().ends_with("_rt.asan.a"));
    found.unwrap_or_else(|| panic!("{folder} has no runtime of AddressSanitizer"))
}

/// What this machine is to the compiler.
fn host() -> String {
    let text = run(Command::new("rustc").arg("-vV"));
    let host = text.lines().find_map(|line| line.strip_prefix("host: "));
    host.expect("rustc says what it runs on").to_owned()
}

/// What cargo's messages say about a package's library.
fn find(messages: &str, package: &str, name: &str) -> Built {
    let (mut file, mut made) = (None, None);
    for line in messages.lines() {
        let message: serde_json::Value = serde_json::from_str(line).unwrap();
        let of_it = message["package_id"]
            .as_str()
            .is_some_and(|id| id.contains(package));
        if let (true, Some(folder)) = (of_it, message["out_dir"].as_str()) {
            made = Some(folder.into());
        }
        let files = message["filenames"].as_array().into_iter().flatten();
        let files = files.filter_map(|file| file.as_str().map(Utf8PathBuf::from));
        file = file.or(files
            .filter(|_| of_it)
            .find(|file| file.file_name() == Some(name)));
    }
    let file: Utf8PathBuf = file.expect("the library was built");
    named(&file);
    Built {
        file,
        made: made.expect("the package has a build script"),
    }
}

/// Programs look for the library under the name that it bears inside: that lies beside it, too.
fn named(file: &Utf8Path) {
    let said = run(Command::new("objdump").arg("-p").arg(file));
    let name = said
        .lines()
        .find_map(|line| line.trim().strip_prefix("SONAME"));
    let name = name.expect("the build script gives it a name").trim();
    // Another test may have made it.
    let _ = std::os::unix::fs::symlink(file, file.with_file_name(name));
}

/// Runs a program that must succeed; answers what it printed.
pub(crate) fn run(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{command:?}: {error}");
    String::from_utf8(output.stdout).unwrap()
}
