//! What several integration tests share.
#![allow(dead_code, unreachable_pub, reason = "each test binary uses a part")]

use camino::{Utf8Path, Utf8PathBuf};

pub mod from_c;
pub mod mini;
pub mod peer;
pub mod refusal;
pub mod rpms;
pub mod table;

/// A file or folder of the shared test data; `None`, said on stderr, where there is none, which
/// under `CI=true` is a failure.
pub fn testdata(relative: &str) -> Option<Utf8PathBuf> {
    // The bindings' packages use this, too.
    let package = Utf8Path::new(env!("CARGO_MANIFEST_DIR"));
    let workspace = package
        .ancestors()
        .find(|up| up.join("Cargo.lock").exists());
    let path = workspace
        .expect("the package is in a workspace")
        .join("../shared/testdata")
        .join(relative);
    if path.exists() {
        return Some(path);
    }
    assert!(
        std::env::var("CI").as_deref() != Ok("true"),
        "{path} is missing"
    );
    eprintln!("left out: {path} is missing");
    None
}
