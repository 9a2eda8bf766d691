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
    let folder = Utf8Path::new(env!("CARGO_TARGET_TMPDIR")).join("cxx");
    std::fs::create_dir_all(&folder).unwrap();
    let program = folder.join(name);
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
                .args([format!("-L{}", built().made), format!("-L{}", libraries())])
                .args(["-lregraft-cxx-glue", "-lregraft_cxx"])
                .arg(format!("-Wl,-rpath,{}", libraries()));
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
