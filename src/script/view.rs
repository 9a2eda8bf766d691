//! The root view: what scripts see and write to.

use crate::error::{Error, Result};
use crate::script::sandbox;
use crate::script::upper::{Changes, Upper};
use crate::sys::failpoint::{self, Point};
use crate::sys::mount::{self, Overlay};
use camino::{Utf8Path, Utf8PathBuf};
use rustix::fd::OwnedFd;
use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags, ResolveFlags};
use rustix::io::Errno;
use std::time::Duration;

/// A grafted tree that can be written to without being changed. Exists in the mount namespace of
/// the thread that made it; that must be the writer's.
#[derive(Debug)]
#[must_use = "it is unmounted when this is dropped"]
pub(crate) struct View {
    scratch: Utf8PathBuf,
    epoch: u64,
    timeout: Duration,
    upper: Upper,
    top: OwnedFd,
    _overlay: Overlay,
}

impl View {
    /// Mounts `lower` (the first one on top) in the empty folder `scratch`, which must be on the
    /// file system of the repository, for scripts that see `epoch` as their SOURCE_DATE_EPOCH.
    /// Each may take [`sandbox::TIMEOUT`].
    pub(crate) fn new(scratch: &Utf8Path, lower: &[Utf8PathBuf], epoch: u64) -> Result<View> {
        mount::make_root_a_mount_point()?;
        for name in ["root", "upper", "work", "input", "var-tmp", "rpm-state"] {
            let path = scratch.join(name);
            let mode = if name == "var-tmp" { 0o1777 } else { 0o755 };
            std::fs::create_dir(&path).map_err(Error::io("create", &path))?;
            set_mode(&path, mode)?;
        }
        failpoint::reach(Point::ViewFolders)?;
        let root = scratch.join("root");
        let overlay = Overlay::mount(&root, lower, &scratch.join("upper"), &scratch.join("work"))?;
        let view = View {
            scratch: scratch.to_owned(),
            epoch,
            timeout: sandbox::TIMEOUT,
            upper: Upper::open(&scratch.join("upper"))?,
            top: open_directory(&root)?,
            _overlay: overlay,
        };
        view.prepare()?;
        failpoint::reach(Point::View)?;
        Ok(view)
    }

    /// The same with another limit for each script's time.
    pub(crate) fn with_timeout(mut self, timeout: Duration) -> View {
        self.timeout = timeout;
        self
    }

    /// Makes what the sandbox mounts on; links below /var that packages count on.
    fn prepare(&self) -> Result<()> {
        for path in [
            "usr",
            "usr/etc",
            "var",
            "var/lib",
            "var/tmp",
            "var/lib/rpm-state",
        ] {
            self.make_directory(path)?;
        }
        // Both are kept below /usr, and linked to by tmpfiles.d at boot.
        for name in ["alternatives", "vagrant"] {
            if !self.is_directory(&format!("usr/lib/{name}")) {
                continue;
            }
            let lib = self
                .open("var/lib")
                .map_err(self.failed("open", "var/lib"))?;
            let target = format!("../../usr/lib/{name}");
            match rustix::fs::symlinkat(target.as_str(), &lib, name) {
                Ok(()) | Err(Errno::EXIST) => {}
                Err(error) => return Err(self.failed("create", "var/lib")(error)),
            }
        }
        self.check()
    }

    fn make_directory(&self, path: &str) -> Result<()> {
        let (parent, name) = path.rsplit_once('/').unwrap_or((".", path));
        let parent = self.open(parent).map_err(self.failed("open", path))?;
        match rustix::fs::mkdirat(&parent, name, Mode::from(0o755)) {
            Ok(()) | Err(Errno::EXIST) => Ok(()),
            Err(error) => Err(self.failed("create", path)(error)),
        }
    }

    fn failed(&self, action: &'static str, path: &str) -> impl FnOnce(Errno) -> Error {
        let path = self.root().join(path);
        move |error| Error::io(action, path)(error)
    }

    /// That what the sandbox mounts is what it seems to be: bubblewrap follows links, and a script
    /// may have put one to the machine's own `/etc` in the place of `/usr/etc`.
    pub(crate) fn check(&self) -> Result<()> {
        for path in ["usr", "usr/etc", "var", "var/tmp", "var/lib/rpm-state"] {
            if !self.is_directory(path) {
                return Err(Error::State {
                    object: format!("/{path} of the new tree"),
                    reason: "it is no directory".to_owned(),
                    remedy: "leave out the package whose script replaces it".to_owned(),
                });
            }
        }
        Ok(())
    }

    fn open(&self, path: &str) -> std::result::Result<OwnedFd, Errno> {
        rustix::fs::openat2(
            &self.top,
            path,
            OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC,
            Mode::empty(),
            ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS,
        )
    }

    /// A directory, with no link on the way.
    pub(crate) fn is_directory(&self, path: &str) -> bool {
        self.open(path).is_ok()
    }

    /// A file that can be run, wherever links lead inside the tree.
    pub(crate) fn is_program(&self, path: &str) -> bool {
        let found = rustix::fs::openat2(
            &self.top,
            path,
            OFlags::PATH | OFlags::CLOEXEC,
            Mode::empty(),
            ResolveFlags::IN_ROOT,
        );
        let attributes = found.and_then(rustix::fs::fstat);
        path.starts_with('/')
            && attributes.is_ok_and(|found| {
                FileType::from_raw_mode(found.st_mode).is_file() && found.st_mode & 0o111 != 0
            })
    }

    /// The links at the top of the tree, as scripts see them.
    pub(crate) fn top_links(&self) -> Result<Vec<(String, String)>> {
        let opt = self.is_directory("usr/lib/opt");
        let mut links = Vec::new();
        for (name, kind) in self.top_entries()? {
            if kind != FileType::Symlink || (name == "opt" && opt) {
                continue;
            }
            let target = rustix::fs::readlinkat(&self.top, name.as_str(), Vec::new())
                .map_err(self.failed("read", &name))?;
            links.extend(target.into_string().ok().map(|target| (name, target)));
        }
        if opt {
            // Where packages' files below /opt are kept.
            links.push(("opt".to_owned(), "usr/lib/opt".to_owned()));
        }
        Ok(links)
    }

    /// The directories at the top of the tree that scripts see empty.
    pub(crate) fn top_directories(&self) -> Result<Vec<String>> {
        let opt = self.is_directory("usr/lib/opt");
        Ok(self
            .top_entries()?
            .into_iter()
            .filter(|(name, kind)| *kind == FileType::Directory && !(name == "opt" && opt))
            .map(|(name, _)| name)
            .collect())
    }

    /// What is at the top, but for what the sandbox mounts; sorted.
    fn top_entries(&self) -> Result<Vec<(String, FileType)>> {
        const MOUNTED: [&str; 9] = [".", "..", "usr", "etc", "var", "proc", "dev", "run", "tmp"];
        let mut entries = Vec::new();
        let listing = rustix::fs::Dir::read_from(&self.top).map_err(self.failed("read", ""))?;
        for entry in listing {
            let entry = entry.map_err(self.failed("read", ""))?;
            // libostree takes no other names than UTF-8.
            if let Ok(name) = entry.file_name().to_str()
                && !MOUNTED.contains(&name)
            {
                entries.push((name.to_owned(), entry.file_type()));
            }
        }
        entries.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(entries)
    }

    /// The mount point.
    pub(crate) fn root(&self) -> Utf8PathBuf {
        self.scratch.join("root")
    }

    /// The folder of files that go into the sandbox.
    pub(crate) fn input(&self) -> Utf8PathBuf {
        self.scratch.join("input")
    }

    /// What scripts see as /var/tmp.
    pub(crate) fn var_tmp(&self) -> Utf8PathBuf {
        self.scratch.join("var-tmp")
    }

    /// What scripts see as /var/lib/rpm-state.
    pub(crate) fn rpm_state(&self) -> Utf8PathBuf {
        self.scratch.join("rpm-state")
    }

    /// SOURCE_DATE_EPOCH.
    pub(crate) fn epoch(&self) -> u64 {
        self.epoch
    }

    /// How long one script may take.
    pub(crate) fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Everything written since the last call was written by `writer` (`PACKAGE.SCRIPT`).
    pub(crate) fn attribute(&mut self, writer: &str) -> Result<()> {
        self.upper.attribute(writer)
    }

    /// What scripts have changed in all.
    pub(crate) fn changes(&mut self) -> Result<Changes> {
        self.upper.changes()
    }

    /// Opens a regular file that [`View::changes`] names.
    pub(crate) fn open_changed(&self, path: &str) -> Result<std::fs::File> {
        self.upper.open_file(path)
    }
}

fn set_mode(path: &Utf8Path, mode: u32) -> Result<()> {
    rustix::fs::chmodat(CWD, path.as_std_path(), Mode::from(mode), AtFlags::empty())
        .map_err(Error::io("set the mode of", path))
}

/// A descriptor that can be read as a directory.
pub(crate) fn open_directory(path: &Utf8Path) -> Result<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    rustix::fs::open(path.as_std_path(), flags, Mode::empty()).map_err(Error::io("open", path))
}
