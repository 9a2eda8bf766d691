//! `cargo xtask install`: everything that programs in C and C++ need, below a prefix.
//!
//! ```text
//! PREFIX/include/regraft.h                      the C ABI
//!        include/regraft.hpp, regraft/*.hpp     the C++ API
//!        include/regraft/src/*.h, rust/cxx.h    what cxx made of the bridge, and cxx's own header
//!        LIBDIR/libregraft.so.0.1.0             the C library, its SONAME's link and the linker's
//!        LIBDIR/libregraft.a                    the same, which shows nothing but `regraft_*`
//!        LIBDIR/libregraft-cxx.so.0.1.0         the Rust side of the C++ API, and the linker's link
//!        LIBDIR/libregraft-cxx-glue.a           its C++ side, for each program
//!        LIBDIR/pkgconfig/*.pc                  both find the prefix from where they lie
//!        LIBDIR/cmake/regraft/                  the same for CMake
//! ```
//!
//! What a library shows to others is checked: of the libraries bundled in it, nothing.

mod archive;
mod build;
mod texts;

use crate::run;
use anyhow::{Context, Result, bail};
use build::Built;
use camino::{Utf8Path, Utf8PathBuf};
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

/// The version of all packages of the workspace.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Where to.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// The folder below which programs will look for it
    #[arg(long, default_value = "/usr/local")]
    prefix: Utf8PathBuf,
    /// Put before every path that is written, and into no file: for packages and images
    #[arg(long)]
    destdir: Option<Utf8PathBuf>,
    /// The folder of libraries: below the prefix, or absolute
    #[arg(long, default_value = "lib")]
    libdir: Utf8PathBuf,
    /// Take what tests are built with, and not what is made for speed
    #[arg(long)]
    debug: bool,
}

impl Options {
    /// What tests install.
    pub(crate) fn at(prefix: &Utf8Path, destdir: Option<&Utf8Path>, debug: bool) -> Options {
        Options {
            prefix: prefix.to_owned(),
            destdir: destdir.map(Utf8Path::to_owned),
            libdir: "lib".into(),
            debug,
        }
    }
}

/// The folders that are written to.
struct Folders {
    include: Utf8PathBuf,
    lib: Utf8PathBuf,
}

pub(crate) fn run(options: &Options) -> Result<String> {
    if !options.prefix.is_absolute() {
        bail!("the prefix {} is no absolute path", options.prefix);
    }
    let built = build::build(options.debug)?;
    let libdir = options.prefix.join(&options.libdir);
    let folders = Folders {
        include: below(options, &options.prefix.join("include")),
        lib: below(options, &libdir),
    };
    headers(&built, &folders)?;
    libraries(&built, &folders)?;
    let place = texts::Place::new(&options.prefix, &libdir);
    for (name, text) in texts::all(&place, &built.native) {
        write(&folders.lib.join(name), text.as_bytes())?;
    }
    Ok(format!(
        "installed into {}",
        below(options, &options.prefix)
    ))
}

fn below(options: &Options, path: &Utf8Path) -> Utf8PathBuf {
    match &options.destdir {
        None => path.to_owned(),
        Some(destdir) => destdir.join(path.strip_prefix("/").unwrap_or(path)),
    }
}

/// cxx's own header is one that every other library with a C++ side of Rust has, too: so it lies with
/// this library's headers, and they say so.
fn headers(built: &Built, folders: &Folders) -> Result<()> {
    let to = &folders.include;
    write(
        &to.join("regraft.h"),
        &fs::read(run::root().join("include/regraft.h"))?,
    )?;
    let mut sources = vec![(
        "regraft.hpp".into(),
        run::root().join("include/regraft.hpp"),
    )];
    let parts = run::root().join("include/regraft");
    if parts.is_dir() {
        walk(&parts, "regraft", &mut sources)?;
    }
    let made = built.bridge.join("cxxbridge/include");
    walk(&made.join("regraft"), "regraft", &mut sources)?;
    sources.push(("regraft/rust/cxx.h".into(), made.join("rust/cxx.h")));
    for (name, source) in sources {
        if matches!(name.extension(), Some("h" | "hpp")) {
            let text =
                fs::read_to_string(&source).with_context(|| format!("cannot read {source}"))?;
            let text = text
                .replace("#include <rust/cxx.h>", "#include <regraft/rust/cxx.h>")
                .replace("#include \"rust/cxx.h\"", "#include <regraft/rust/cxx.h>");
            write(&to.join(name), text.as_bytes())?;
        }
    }
    Ok(())
}

/// The files below a folder, with their names from the folder of headers on.
fn walk(folder: &Utf8Path, name: &str, found: &mut Vec<(Utf8PathBuf, Utf8PathBuf)>) -> Result<()> {
    for entry in folder
        .read_dir_utf8()
        .with_context(|| format!("cannot read {folder}"))?
    {
        let entry = entry?;
        let inner = format!("{name}/{}", entry.file_name());
        if entry.path().is_dir() {
            walk(entry.path(), &inner, found)?;
        } else {
            found.push((inner.into(), entry.path().to_owned()));
        }
    }
    Ok(())
}

fn libraries(built: &Built, folders: &Folders) -> Result<()> {
    let exported = archive::exported(&built.c_shared)?;
    archive::only(&exported, &["regraft_"], &built.c_shared)?;
    let bridged = archive::exported(&built.cxx_shared)?;
    archive::only(&bridged, &["regraft$", "cxxbridge1$"], &built.cxx_shared)?;

    let lib = &folders.lib;
    shared(lib, "libregraft.so", &built.c_shared)?;
    shared(lib, "libregraft-cxx.so", &built.cxx_shared)?;
    let work = tempfile::tempdir()?;
    let work = Utf8Path::from_path(work.path()).context("the temporary folder is not UTF-8")?;
    let whole = archive::closed(&built.c_static, &exported, work)?;
    install(&whole, &lib.join("libregraft.a"), 0o644)?;
    install(
        &built.bridge.join("libregraft-cxx-glue.a"),
        &lib.join("libregraft-cxx-glue.a"),
        0o644,
    )
}

/// The file bears the whole version; one link is for the dynamic linker, one for the linker.
fn shared(lib: &Utf8Path, name: &str, source: &Utf8Path) -> Result<()> {
    let real = format!("{name}.{VERSION}");
    install(source, &lib.join(&real), 0o755)?;
    let soname = archive::soname(source)?;
    if !real.starts_with(&soname) {
        bail!("{source} calls itself {soname}, which is no part of {real}");
    }
    if soname != real {
        link(&real, &lib.join(&soname))?;
    }
    link(&soname, &lib.join(name))
}

fn link(to: &str, path: &Utf8Path) -> Result<()> {
    remove(path)?;
    symlink(to, path).with_context(|| format!("cannot make {path}"))
}

/// What is there is not written over: programs may run with it.
fn remove(path: &Utf8Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot replace {path}"))
        }
        _ => Ok(()),
    }
}

fn install(source: &Utf8Path, path: &Utf8Path, mode: u32) -> Result<()> {
    write(
        path,
        &fs::read(source).with_context(|| format!("cannot read {source}"))?,
    )?;
    fs::set_permissions(path, fs::Permissions::from_mode(mode))?;
    Ok(())
}

fn write(path: &Utf8Path, bytes: &[u8]) -> Result<()> {
    let folder = path.parent().context("a file lies in a folder")?;
    fs::create_dir_all(folder).with_context(|| format!("cannot make {folder}"))?;
    remove(path)?;
    fs::write(path, bytes).with_context(|| format!("cannot write {path}"))?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o644))?;
    Ok(())
}
