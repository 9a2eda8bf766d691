//! C programs that are linked with the library as those of its users are.

use super::build;
use camino::{Utf8Path, Utf8PathBuf};
use std::process::Command;

/// The package's folder.
const FOLDER: &str = env!("CARGO_MANIFEST_DIR");

/// What every program must compile with.
const STRICT: [&str; 4] = ["-pedantic", "-Wall", "-Wextra", "-Werror"];

/// The built library in a folder of its own, with the names under which linkers look for it.
pub(crate) struct Library {
    /// The shared library itself.
    pub(crate) file: Utf8PathBuf,
    folder: tempfile::TempDir,
}

impl Library {
    /// Builds it.
    pub(crate) fn new() -> Library {
        let file = build::library("regraft-capi", "libregraft.so").file;
        let folder = tempfile::tempdir().unwrap();
        // The linker writes the library's own name into the program.
        for name in ["libregraft.so.0", "libregraft.so"] {
            std::os::unix::fs::symlink(&file, folder.path().join(name)).unwrap();
        }
        Library { file, folder }
    }

    fn folder(&self) -> &Utf8Path {
        Utf8Path::from_path(self.folder.path()).unwrap()
    }

    /// Compiles a source file, named from the package's folder; `standard` is `c99` or `c++17`.
    pub(crate) fn compile(&self, source: &str, standard: &str) -> Utf8PathBuf {
        let source = Utf8Path::new(FOLDER).join(source);
        let program = self
            .folder()
            .join(format!("{}-{standard}", source.file_stem().unwrap()));
        let mut command = match standard.starts_with("c++") {
            true => Command::new("c++"),
            false => Command::new("cc"),
        };
        if standard.starts_with("c++") {
            command.args(["-x", "c++"]);
        }
        build::run(
            command
                .arg(format!("-std={standard}"))
                .args(STRICT)
                .arg(format!("-I{FOLDER}/../include"))
                .arg(source)
                .arg(format!("-L{}", self.folder()))
                .args(["-lregraft", "-pthread", "-o", program.as_str()]),
        );
        program
    }

    /// A run of such a program.
    pub(crate) fn command(&self, program: &Utf8Path) -> Command {
        let mut command = Command::new(program);
        command.env("LD_LIBRARY_PATH", self.folder());
        command
    }

    /// Compiles a C program and runs it, which must succeed; what it printed.
    pub(crate) fn run(&self, source: &str, arguments: &[&str]) -> String {
        let program = self.compile(source, "c99");
        build::run(self.command(&program).args(arguments))
    }
}
