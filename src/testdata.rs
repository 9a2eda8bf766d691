//! Where the shared test data is, for unit tests.

use camino::{Utf8Path, Utf8PathBuf};

/// A file or folder of the shared test data; `None`, said on stderr, where there is none, which
/// under `CI=true` is a failure.
pub(crate) fn testdata(relative: &str) -> Option<Utf8PathBuf> {
    let root = Utf8Path::new(env!("CARGO_MANIFEST_DIR"));
    let path = root.join("../shared/testdata").join(relative);
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
