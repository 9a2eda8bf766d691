//! Checks that the system libraries are there, and links the two that have no `-sys` crate.

/// A system library: pkg-config name, oldest version that works, Debian package, Fedora package.
const LIBRARIES: [(&str, &str, &str, &str); 6] = [
    ("glib-2.0", "2.70", "libglib2.0-dev", "glib2-devel"),
    ("gio-2.0", "2.70", "libglib2.0-dev", "glib2-devel"),
    ("ostree-1", "2022.7", "libostree-dev", "ostree-devel"),
    ("libsolv", "0.7.20", "libsolv-dev", "libsolv-devel"),
    ("libsolvext", "0.7.20", "libsolvext-dev", "libsolv-devel"),
    ("librepo", "1.14", "librepo-dev", "librepo-devel"),
];

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // A panic that cannot unwind would turn every error barrier of the bindings into an abort.
    if std::env::var("CARGO_CFG_PANIC").as_deref() == Ok("abort") {
        fail(
            "regraft needs panic = \"unwind\": its C and C++ bindings catch panics at their borders",
        );
    }
    for (name, oldest, debian, fedora) in LIBRARIES {
        if let Err(error) = pkg_config::Config::new()
            .atleast_version(oldest)
            .probe(name)
        {
            fail(&format!(
                "regraft needs {name} {oldest} or newer: install {debian} (Debian) or {fedora} \
                 (Fedora), or run `cargo xtask test`, which installs it. pkg-config says: {error}"
            ));
        }
    }
}

fn fail(message: &str) -> ! {
    println!("cargo::error={}", message.replace('\n', " "));
    std::process::exit(1);
}
