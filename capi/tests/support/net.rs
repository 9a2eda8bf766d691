//! What watches the memory of C programs while they run. Which one, says the environment: so the same
//! tests run plain, and once more under each net (`cargo xtask test`).

use super::super::build;
use camino::{Utf8Path, Utf8PathBuf};
use std::collections::BTreeSet;
use std::process::Command;
use std::sync::{Mutex, OnceLock};

/// Chooses the net of a whole test run: `address` or `memcheck`; absent for none.
const CHOICE: &str = "REGRAFT_NET";

/// The package's folder.
const FOLDER: &str = env!("CARGO_MANIFEST_DIR");

/// The programs of which memcheck can run the whole even where it does not know `openat2`.
const WITHOUT_OPENAT2: &[&str] = &[
    "freed",
    "leak",
    "lifetimes",
    "names",
    "origin",
    "package",
    "read",
    "right",
    "status",
    "sweep",
    "values",
    "verify",
    "version",
    "wanted",
];

/// Those that this test binary has left out.
static TOLD: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// The status that a program ends with when the net complains.
pub(crate) const COMPLAINS: i32 = 99;

/// A net.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Net {
    /// The program alone.
    Plain,
    /// AddressSanitizer and LeakSanitizer, in program and library.
    Address,
    /// valgrind's memcheck.
    Memcheck,
}

impl Net {
    /// The one that this run of the tests is about.
    pub(crate) fn asked() -> Net {
        match std::env::var(CHOICE).as_deref() {
            Err(_) => Net::Plain,
            Ok("address") => Net::Address,
            Ok("memcheck") => Net::Memcheck,
            Ok(other) => panic!("{CHOICE} is address or memcheck, and not {other}"),
        }
    }

    /// The shared library for it.
    pub(crate) fn library(self) -> Utf8PathBuf {
        match self {
            Net::Plain | Net::Memcheck => build::library("regraft-capi", "libregraft.so").file,
            Net::Address => build::sanitized("regraft-capi", "libregraft.so").file,
        }
    }

    /// What the compiler is told.
    pub(crate) fn compile(self, command: &mut Command) {
        match self {
            Net::Plain => {}
            Net::Memcheck => {
                command.arg("-g");
            }
            Net::Address => {
                command.args(["-g", "-fno-omit-frame-pointer", "-fsanitize=address"]);
            }
        }
    }

    /// What the linker is told. The compiler's own runtime knows less than what rustc has put into
    /// the library asks for, so both use rustc's, which wants to be in the program.
    pub(crate) fn link(self, folder: &Utf8Path, command: &mut Command) {
        if self != Net::Address {
            return;
        }
        let options = folder.join("address.o");
        if !options.exists() {
            build::run(
                Command::new("cc")
                    .args(["-std=c99", "-Wall", "-Wextra", "-Werror", "-c"])
                    .arg(format!("{FOLDER}/tests/net/address.c"))
                    .args(["-o", options.as_str()]),
            );
        }
        command
            .arg(options)
            .arg("-Wl,--whole-archive")
            .arg(build::runtime())
            .args(["-Wl,--no-whole-archive", "-Wl,--export-dynamic"])
            .args(["-ldl", "-lrt", "-lm", "-lgcc_s"]);
    }

    /// Whether a program can plan and stage under it.
    pub(crate) fn stages(self) -> bool {
        static KNOWN: OnceLock<bool> = OnceLock::new();
        self != Net::Memcheck || *KNOWN.get_or_init(memcheck_knows_openat2)
    }

    /// A run of the program.
    pub(crate) fn command(self, program: &Utf8Path) -> Command {
        let mut command = match self {
            Net::Plain => return Command::new(program),
            Net::Address => Command::new(program),
            Net::Memcheck => {
                let name = program.file_stem().unwrap_or_default();
                let name = name.rsplit_once('-').map_or(name, |(name, _)| name);
                if !self.stages() && !WITHOUT_OPENAT2.contains(&name) {
                    // 3.19, Debian 12's, does not; the address sanitizer watches all programs.
                    let mut told = TOLD.lock().unwrap();
                    if told.insert(name.to_owned()) {
                        println!("left out: memcheck of {name}: valgrind does not know openat2");
                    }
                    return Command::new(program);
                }
                memcheck(program)
            }
        };
        // GLib's own pools would hide what is lost in them.
        command.env("G_SLICE", "always-malloc");
        command
    }
}

fn memcheck(program: &Utf8Path) -> Command {
    let mut command = Command::new("valgrind");
    command
        .args(["--quiet", "--vgdb=no", "--num-callers=40"])
        .args(["--leak-check=full", "--show-leak-kinds=definite"])
        .arg("--errors-for-leak-kinds=definite")
        .arg(format!("--error-exitcode={COMPLAINS}"))
        .arg(format!("--suppressions={FOLDER}/tests/net/valgrind.supp"))
        .arg(program);
    command
}

/// Asks a program that makes this call.
fn memcheck_knows_openat2() -> bool {
    let folder = tempfile::tempdir().unwrap();
    let program = Utf8Path::from_path(folder.path()).unwrap().join("openat2");
    build::run(
        Command::new("cc")
            .arg(format!("{FOLDER}/tests/net/openat2.c"))
            .args(["-o", program.as_str()]),
    );
    let output = memcheck(&program).output().expect("valgrind is installed");
    output.status.success()
}
