//! A machine's (or an image's) OSTree sysroot: where deployments live.
//!
//! ```text
//! SYSROOT/ostree/repo/                  objects and refs
//! SYSROOT/ostree/deploy/OS/deploy/      deployments of the stateroot OS
//! SYSROOT/ostree/lock                   libostree's own lock
//! SYSROOT/ostree/regraft/               regraft's: caches that can be deleted at any time
//!         ├── writer                    who holds the lock
//!         ├── repodata/                 repository metadata and .solv caches
//!         ├── installed/                bases' packages as the solver sees them
//!         └── views/                    root views of bases, for scriptlets
//! SYSROOT/boot/loader/entries/          boot entries
//! ```
//!
//! A [`Sysroot`] is a path with options and holds nothing open: each read looks at what is there
//! now, through a libostree handle of its own, and each writer does so on its own thread.
//!
//! ```no_run
//! use regraft::Sysroot;
//!
//! for deployment in Sysroot::open("/")?.deployments()? {
//!     println!("{} {}", deployment.id(), deployment.version().unwrap_or("-"));
//! }
//! # Ok::<(), regraft::Error>(())
//! ```

pub(crate) mod damage;
pub(crate) mod leftover;
mod lock;

use crate::deployment::{Deployment, Status};
use crate::error::{Error, Result};
use crate::rpmdb::Rpmdb;
use crate::sys::{mount, namespace};
use camino::{Utf8Path, Utf8PathBuf};
use rustix::fd::{AsRawFd, OwnedFd};
use std::time::Duration;

pub(crate) use crate::deployment::Handle;
pub(crate) use lock::Lock;

/// What [`Sysroot::load_writable`] opens. Paths below `sysroot.data()` are good as long as this.
pub(crate) struct Writable {
    pub(crate) sysroot: Sysroot,
    pub(crate) handle: Handle,
    /// Another one, by which the repository can be written to where that one cannot.
    writer: Option<Handle>,
    _folder: Option<OwnedFd>,
}

impl Writable {
    /// The repository to pull into. For reading there is `handle`: a path to a folder that only a
    /// descriptor leads to is not one for every library.
    pub(crate) fn repo(&self) -> &ostree::Repo {
        &self.writer.as_ref().unwrap_or(&self.handle).repo
    }
}

/// The newest repository format that this version reads: libostree's `core.repo_version`.
const REPO_VERSION: &str = "1";

/// An OSTree sysroot, and the stateroot in it that calls are about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sysroot {
    path: Utf8PathBuf,
    stateroot: Option<String>,
    lock_wait: Duration,
    /// Another way to [`Sysroot::data`], see [`Sysroot::load_writable`].
    data: Option<Utf8PathBuf>,
}

/// How often is looked before what cannot be read counts as damaged, and how long is waited after
/// the first time; then it is twice as long each time.
const LOOKS: u32 = 5;
const FIRST_WAIT: Duration = Duration::from_millis(10);

impl Sysroot {
    /// The sysroot at `path`; `/` for the running machine.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] when there is no such folder, [`Error::NotASysroot`] when it is none, or
    /// is in a format that this version cannot read.
    pub fn open(path: impl AsRef<Utf8Path>) -> Result<Sysroot> {
        fn open(path: &Utf8Path) -> Result<Sysroot> {
            let path = path
                .canonicalize_utf8()
                .map_err(|error| match error.kind() {
                    std::io::ErrorKind::NotFound => Error::NotFound {
                        what: "folder",
                        name: path.to_string(),
                        remedy: "give the path of an existing OSTree sysroot".to_owned(),
                    },
                    _ => Error::io("open", path)(error),
                })?;
            let sysroot = Sysroot {
                path,
                stateroot: None,
                lock_wait: Duration::ZERO,
                data: None,
            };
            match sysroot.load() {
                Ok(_) => Ok(sysroot),
                // What is damaged is a sysroot: `check` tells all of it, and every other call the
                // first of it.
                Err(Error::State { .. } | Error::Config { .. } | Error::Corrupt { .. }) => {
                    Ok(sysroot)
                }
                Err(error) => Err(error),
            }
        }
        open(path.as_ref())
    }

    /// Makes an empty sysroot in the existing folder `path`: a repository in `ostree/repo` and the
    /// folders that a root file system needs. One that is there already stays as it is.
    ///
    /// # Errors
    ///
    /// [`Error::Engine`] or [`Error::Io`] when the folder cannot be written to.
    pub fn create(path: impl AsRef<Utf8Path>) -> Result<Sysroot> {
        fn create(path: &Utf8Path) -> Result<Sysroot> {
            let sysroot = ostree::Sysroot::new(Some(&gio::File::for_path(path)));
            sysroot
                .ensure_initialized(gio::Cancellable::NONE)
                .map_err(Error::engine(format!("make a sysroot at {path}")))?;
            Sysroot::open(path)
        }
        create(path.as_ref())
    }

    /// Its folder.
    pub fn path(&self) -> &Utf8Path {
        &self.path
    }

    /// The same sysroot, with all calls about the stateroot `name` (libostree's "OS name").
    /// Without this they are about the stateroot of the booted deployment, or where none is
    /// booted, about the only one.
    #[must_use]
    pub fn stateroot(&self, name: impl Into<String>) -> Sysroot {
        Sysroot {
            stateroot: Some(name.into()),
            ..self.clone()
        }
    }

    /// The same sysroot, with writing calls waiting this long for another program to release the
    /// lock before they fail with [`Error::Busy`]. By default they do not wait.
    #[must_use]
    pub fn wait_for_lock(&self, time: Duration) -> Sysroot {
        Sysroot {
            lock_wait: time,
            ..self.clone()
        }
    }

    /// Makes the stateroot `name`, with its `/var`. One that is there already stays as it is.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidArgument`] for what cannot be a folder's name; [`Error::Engine`] when the
    /// sysroot cannot be written to.
    pub fn create_stateroot(&self, name: &str) -> Result<Sysroot> {
        let plain = !name.is_empty() && !name.starts_with('.') && !name.contains(['/', '\0']);
        if !plain {
            return Err(Error::InvalidArgument {
                argument: "stateroot",
                value: name.to_owned(),
                reason: "it must be one name of a folder".to_owned(),
            });
        }
        if !self.path.join("ostree/deploy").join(name).exists() {
            let handle = self.load()?;
            handle
                .sysroot
                .init_osname(name, gio::Cancellable::NONE)
                .map_err(Error::engine(format!("make the stateroot {name}")))?;
        }
        Ok(self.stateroot(name))
    }

    /// The deployments of the stateroot, or all of them where none was chosen, first the one that
    /// boots next.
    ///
    /// # Errors
    ///
    /// [`Error::NotASysroot`], [`Error::Corrupt`] or [`Error::Config`] when a deployment's commit or
    /// origin cannot be read.
    pub fn deployments(&self) -> Result<Vec<Deployment>> {
        let (_, all) = self.current()?;
        Ok(self.of_stateroot(all))
    }

    fn of_stateroot(&self, mut all: Vec<Deployment>) -> Vec<Deployment> {
        if let Some(name) = &self.stateroot {
            all.retain(|deployment| deployment.stateroot() == name);
        }
        all
    }

    /// Everything about the deployments, as one value that can be printed as JSON, and what an
    /// interrupted call left behind.
    ///
    /// # Errors
    ///
    /// As [`Sysroot::deployments`].
    pub fn status(&self) -> Result<Status> {
        let (handle, all) = self.current()?;
        let interrupted = leftover::interrupted(self, &handle);
        Ok(Status::new(self.of_stateroot(all), interrupted))
    }

    /// The package database inside a deployment, or inside any commit of the repository, which
    /// `rev` names: a deployment's identifier, a ref or a checksum.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] when nothing has that name or it has no package database; otherwise as
    /// [`Rpmdb::open`].
    pub fn rpmdb(&self, rev: &str) -> Result<Rpmdb> {
        let (handle, all) = self.current()?;
        let checksum = match all.iter().find(|d| d.id() == rev) {
            Some(deployment) => deployment.checksum().to_owned(),
            None => rev.to_owned(),
        };
        let commit = handle.resolve(&checksum)?;
        crate::commit::rpmdb::open(&handle.repo, &commit)
    }

    /// Where regraft keeps what it can make again.
    pub(crate) fn data(&self) -> Utf8PathBuf {
        match &self.data {
            Some(path) => path.clone(),
            None => self.path.join("ostree/regraft"),
        }
    }

    /// The chosen stateroot's name, or where none was chosen the one that there is.
    pub(crate) fn stateroot_name(&self, handle: &Handle) -> Result<String> {
        if let Some(name) = &self.stateroot {
            if self.path.join("ostree/deploy").join(name).is_dir() {
                return Ok(name.clone());
            }
            return Err(Error::NotFound {
                what: "stateroot",
                name: name.clone(),
                remedy: "make it with Sysroot::create_stateroot or `ostree admin os-init`".into(),
            });
        }
        if let Some(booted) = handle.sysroot.booted_deployment() {
            return Ok(booted.osname().to_string());
        }
        let folder = self.path.join("ostree/deploy");
        let mut names: Vec<String> = folder
            .read_dir_utf8()
            .map(|entries| {
                let entries = entries.filter_map(|entry| entry.ok());
                entries.map(|entry| entry.file_name().to_owned()).collect()
            })
            .unwrap_or_default();
        names.sort();
        match (names.pop(), names.is_empty()) {
            (Some(name), true) => Ok(name),
            (None, _) => Err(Error::State {
                object: self.path.to_string(),
                reason: "it has no stateroot".to_owned(),
                remedy: "make one with Sysroot::create_stateroot or `ostree admin os-init`".into(),
            }),
            (Some(last), false) => Err(Error::State {
                object: self.path.to_string(),
                reason: format!("it has several stateroots ({}, {last})", names.join(", ")),
                remedy: "choose one with Sysroot::stateroot or --os".to_owned(),
            }),
        }
    }

    /// What is deployed now. Where another program has removed a deployment since it was listed,
    /// the list is made again.
    fn current(&self) -> Result<(Handle, Vec<Deployment>)> {
        let mut handle = self.load()?;
        for _ in 1..LOOKS {
            let error = match handle.deployments() {
                Ok(all) => return Ok((handle, all)),
                Err(error) => error,
            };
            let now = self.load()?;
            if now.ids() == handle.ids() {
                return Err(error);
            }
            handle = now;
        }
        let all = handle.deployments()?;
        Ok((handle, all))
    }

    /// Opens libostree's view of what is there now.
    pub(crate) fn load(&self) -> Result<Handle> {
        self.load_with(false)
    }

    /// The same; `namespace` says that this thread has a mount namespace of its own.
    pub(crate) fn load_with(&self, namespace: bool) -> Result<Handle> {
        self.check_format()?;
        let mut builder = ostree::SysrootBuilder::new();
        if self.path != "/" {
            builder = builder.path(Some(self.path.clone().into_std_path_buf()));
        }
        builder = builder.mount_namespace_in_use(namespace);
        let mut wait = FIRST_WAIT;
        let mut looks = 1;
        let sysroot = loop {
            let error = match builder.clone().load(gio::Cancellable::NONE) {
                Ok(sysroot) => break sysroot,
                Err(error) => error,
            };
            if looks == LOOKS {
                let error = Error::engine(format!("open the sysroot {}", self.path))(error);
                return Err(damage::explain(&self.path, error));
            }
            // Another program may be changing it, and libostree does so in several steps.
            std::thread::sleep(wait);
            wait *= 2;
            looks += 1;
        };
        let repo = sysroot.repo();
        Ok(Handle {
            sysroot,
            repo,
            path: self.path.clone(),
        })
    }

    /// The same for what is written without the lock: pulled commits, repository metadata,
    /// downloads. Where the sysroot is mounted read-only, as on most booted systems, it is reached
    /// through folders opened on a thread for which it is writable: unlike the thread's mounts
    /// these can be given away, also to threads of pools.
    pub(crate) fn load_writable(&self) -> Result<Writable> {
        let handle = self.load()?;
        if !mount::is_read_only(&self.path.join("ostree")) {
            return Ok(Writable {
                sysroot: self.clone(),
                handle,
                writer: None,
                _folder: None,
            });
        }
        let open = || {
            let writer = self.load_with(true)?;
            let data = self.data();
            std::fs::create_dir_all(&data).map_err(Error::io("create", &data))?;
            // The file system itself may be read-only.
            rustix::fs::access(data.as_std_path(), rustix::fs::Access::WRITE_OK)
                .map_err(Error::io("write to", &data))?;
            let folder = mount::open_folder(&data)?;
            let sysroot = Sysroot {
                data: Some(format!("/proc/self/fd/{}", folder.as_raw_fd()).into()),
                ..self.clone()
            };
            Ok((sysroot, writer, folder))
        };
        let (sysroot, writer, folder) =
            namespace::on_writer_thread("regraft-opener", &self.path, open)?;
        Ok(Writable {
            sysroot,
            handle,
            writer: Some(writer),
            _folder: Some(folder),
        })
    }

    fn check_format(&self) -> Result<()> {
        let not = |reason: String| Error::NotASysroot {
            path: self.path.clone(),
            reason,
        };
        let path = self.path.join("ostree/repo/config");
        let config = match std::fs::read_to_string(&path) {
            Ok(config) => config,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(not("it has no ostree/repo".to_owned()));
            }
            Err(error) if error.kind() == std::io::ErrorKind::IsADirectory => {
                return Err(not("ostree/repo/config is a folder".to_owned()));
            }
            Err(error) if error.kind() == std::io::ErrorKind::InvalidData => {
                return Err(not("ostree/repo/config is no text".to_owned()));
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotADirectory => {
                return Err(not(
                    "it is no folder, or has no folder ostree/repo".to_owned()
                ));
            }
            Err(error) => return Err(Error::io("read", path)(error)),
        };
        let version = config
            .lines()
            .filter_map(|line| line.split_once('='))
            .find(|(key, _)| key.trim() == "repo_version")
            .map(|(_, value)| value.trim());
        match version {
            Some(REPO_VERSION) => Ok(()),
            Some(other) => Err(not(format!(
                "its repository has format {other}, and this version of regraft reads \
                 {REPO_VERSION}: a newer version may read it"
            ))),
            None => Err(not("ostree/repo/config does not say its format".to_owned())),
        }
    }

    /// How long to wait for the lock.
    pub(crate) fn lock_wait(&self) -> Duration {
        self.lock_wait
    }
}
