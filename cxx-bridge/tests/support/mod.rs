//! C++ programs, compiled and run.
#![allow(dead_code, unreachable_pub, reason = "each test binary uses a part")]

#[path = "../../../capi/tests/support/build.rs"]
pub mod build;

use build::run;
use camino::{Utf8Path, Utf8PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// What a program is linked with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Link {
    /// The shared library, and the glue.
    Shared,
    /// The static library, which has the glue in it.
    Static,
    /// As `Shared`, with the compiler's checks for wrong memory and undefined behaviour.
    Sanitized,
}

/// The package's folder.
pub fn here() -> &'static Utf8Path {
    Utf8Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The libraries, built once in each test binary.
pub fn built() -> &'static build::Built {
    static BUILT: OnceLock<build::Built> = OnceLock::new();
    BUILT.get_or_init(|| build::library("regraft-cxx", "libregraft_cxx.so"))
}

/// The folder with the libraries.
pub fn libraries() -> &'static Utf8Path {
    built().file.parent().unwrap()
}

/// A folder where the shared library has the names by which it is installed: cargo's own are
/// others than those that programs ask for.
fn installed() -> &'static Utf8Path {
    static FOLDER: OnceLock<Utf8PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        // Each test binary has its own, and finds its old one again.
        let own = std::env::current_exe().unwrap();
        let name = Utf8Path::from_path(&own).unwrap().file_name().unwrap();
        let folder = Utf8Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("cxx-{name}"));
        std::fs::create_dir_all(&folder).unwrap();
        let versioned = concat!("libregraft-cxx.so.", env!("CARGO_PKG_VERSION"));
        for name in ["libregraft-cxx.so", versioned] {
            let link = folder.join(name);
            let _ = std::fs::remove_file(&link);
            std::os::unix::fs::symlink(&built().file, link).unwrap();
        }
        folder
    })
}

/// A compiler that finds the headers and bears no warning.
pub fn compiler() -> Command {
    let mut compiler = Command::new("c++");
    compiler
        .args(["-std=c++17", "-Wall", "-Wextra", "-Wpedantic", "-Werror"])
        .arg(format!("-I{}", here().join("../include")))
        .arg(format!("-I{}/cxxbridge/include", built().made));
    compiler
}

/// Compiles and links the source at this path, relative to the package.
pub fn program(source: &str, link: Link) -> Utf8PathBuf {
    let source = here().join(source);
    let name = format!("{}-{link:?}", source.file_stem().unwrap()).to_lowercase();
    let program = installed().join(name);
    let mut compiler = compiler();
    compiler.arg(&source).arg("-pthread");
    match link {
        Link::Shared | Link::Sanitized => {
            if link == Link::Sanitized {
                compiler.args([
                    "-g",
                    "-fsanitize=address,undefined",
                    "-fno-sanitize-recover",
                ]);
            }
            compiler
                .args([format!("-L{}", built().made), format!("-L{}", installed())])
                .args(["-lregraft-cxx-glue", "-lregraft-cxx"])
                .arg(format!("-Wl,-rpath,{}", installed()));
        }
        Link::Static => {
            let packages = ["ostree-1", "gio-2.0", "libsolvext", "libsolv", "librepo"];
            let needed = run(Command::new("pkg-config").arg("--libs").args(packages));
            // What nobody calls may name functions that an older libostree does not have.
            compiler
                .arg(libraries().join("libregraft_cxx.a"))
                .args(needed.split_whitespace())
                .args(["-ldl", "-lm", "-Wl,--gc-sections"]);
        }
    }
    run(compiler.arg("-o").arg(&program));
    program
}
