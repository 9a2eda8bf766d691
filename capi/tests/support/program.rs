//! C programs that are linked with the library as those of its users are.

use super::build;
use camino::{Utf8Path, Utf8PathBuf};
use std::process::Command;

mod net;

#[allow(unused_imports, reason = "each test binary uses a part")]
pub(crate) use net::{COMPLAINS, Net};

/// The package's folder.
const FOLDER: &str = env!("CARGO_MANIFEST_DIR");

/// What every program must compile with.
const STRICT: [&str; 4] = ["-pedantic", "-Wall", "-Wextra", "-Werror"];

/// The built library in a folder of its own, with the names under which linkers look for it.
pub(crate) struct Library {
    /// The shared library itself.
    pub(crate) file: Utf8PathBuf,
    /// What watches the programs.
    pub(crate) net: Net,
    folder: tempfile::TempDir,
}

impl Library {
    /// Builds it, for the net that this run of the tests is about.
    pub(crate) fn new() -> Library {
        Library::under(Net::asked())
    }

    /// Builds it for one certain net.
    pub(crate) fn under(net: Net) -> Library {
        let file = net.library();
        let folder = tempfile::tempdir().unwrap();
        // The linker writes the library's own name into the program.
        for name in ["libregraft.so.0", "libregraft.so"] {
            std::os::unix::fs::symlink(&file, folder.path().join(name)).unwrap();
        }
        Library { file, net, folder }
    }

    fn folder(&self) -> &Utf8Path {
        Utf8Path::from_path(self.folder.path()).unwrap()
    }

    /// Compiles a source file, named from the package's folder; `standard` is `c99` or `c++17`.
    pub(crate) fn compile(&self, source: &str, standard: &str) -> Utf8PathBuf {
        self.compile_with(source, standard, &[])
    }

    /// The same with more arguments for the compiler, such as other libraries.
    pub(crate) fn compile_with(&self, source: &str, standard: &str, more: &[&str]) -> Utf8PathBuf {
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
        let mut link = Command::new(command.get_program());
        let object = format!("{program}.o");
        self.net.compile(&mut command);
        build::run(
            command
                .arg(format!("-std={standard}"))
                .args(STRICT)
                .arg(format!("-I{FOLDER}/../include"))
                .arg(format!("-I{FOLDER}/tests"))
                .args(more)
                .arg("-c")
                .arg(source)
                .args(["-o", &object]),
        );
        link.arg(object);
        self.net.link(self.folder(), &mut link);
        build::run(
            link.arg(format!("-L{}", self.folder()))
                .arg("-lregraft")
                .args(more)
                .args(["-pthread", "-o", program.as_str()]),
        );
        program
    }

    /// A run of such a program.
    pub(crate) fn command(&self, program: &Utf8Path) -> Command {
        let mut command = self.net.command(program);
        command.env("LD_LIBRARY_PATH", self.folder());
        command
    }

    /// Compiles a C program and runs it, which must succeed; what it printed.
    pub(crate) fn run(&self, source: &str, arguments: &[&str]) -> String {
        let program = self.compile(source, "c99");
        build::run(self.command(&program).args(arguments))
    }
}
