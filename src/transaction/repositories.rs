//! The repositories of a deployment: its configuration, its keys, the shared cache.

use crate::commit::extract;
use crate::commit::object::Commit;
use crate::commit::tree::{self, Entry};
use crate::error::{Error, Result};
use crate::job::{Monitor, Phase, Unit};
use crate::package::Keyring;
use crate::repodata::{self, CachePolicy, Metadata, RepoConfig, Settings, Variables};
use crate::sys::solv::Pool;
use crate::sysroot::{Handle, Sysroot};
use camino::{Utf8Path, Utf8PathBuf};

/// Where a system keeps what `.repo` files need.
const FOLDERS: [&str; 4] = ["yum.repos.d", "pki/rpm-gpg", "dnf/vars", "yum/vars"];

/// The largest `os-release` that makes sense.
const MAX_OS_RELEASE: u64 = 1 << 16;

/// A root folder with the repository configuration of a system.
pub(crate) struct Repositories {
    root: Utf8PathBuf,
    cache: Utf8PathBuf,
    configs: Vec<RepoConfig>,
    _temporary: Option<tempfile::TempDir>,
}

impl Repositories {
    /// Those that a deployment's `/etc` declares.
    pub(crate) fn of_deployment(
        sysroot: &Sysroot,
        handle: &Handle,
        raw: &ostree::Deployment,
        base: &Commit,
    ) -> Result<Repositories> {
        let root = sysroot
            .path()
            .join(handle.sysroot.deployment_dirpath(raw).as_str());
        let variables = variables(handle, base, &root)?;
        let configs = RepoConfig::read_dir(root.join("etc/yum.repos.d"), &variables)?;
        Ok(Repositories::new(sysroot, root, configs, None))
    }

    /// Those that a commit's `/usr/etc` declares, where there is no deployment yet.
    pub(crate) fn of_commit(
        sysroot: &Sysroot,
        handle: &Handle,
        base: &Commit,
    ) -> Result<Repositories> {
        let temporary = tempfile::tempdir().map_err(Error::io("create a folder in", "/tmp"))?;
        let root = Utf8PathBuf::from_path_buf(temporary.path().to_owned())
            .map_err(|path| Error::Internal(format!("{} is not UTF-8", path.display())))?;
        for folder in FOLDERS {
            let from = format!("usr/etc/{folder}");
            if let Some(Entry::Dir(dir)) = tree::lookup(&handle.repo, base.root, &from)? {
                extract::folder(&handle.repo, dir, &root.join("etc").join(folder))?;
            }
        }
        let variables = variables(handle, base, &root)?;
        let configs = RepoConfig::read_dir(root.join("etc/yum.repos.d"), &variables)?;
        Ok(Repositories::new(sysroot, root, configs, Some(temporary)))
    }

    /// Those given, with keys below `root`.
    pub(crate) fn given(
        root: Utf8PathBuf,
        cache: Utf8PathBuf,
        configs: Vec<RepoConfig>,
    ) -> Repositories {
        Repositories {
            root,
            cache,
            configs,
            _temporary: None,
        }
    }

    fn new(
        sysroot: &Sysroot,
        root: Utf8PathBuf,
        configs: Vec<RepoConfig>,
        temporary: Option<tempfile::TempDir>,
    ) -> Repositories {
        Repositories {
            root,
            cache: sysroot.data().join("repodata"),
            configs: configs
                .into_iter()
                .filter(|config| config.enabled)
                .collect(),
            _temporary: temporary,
        }
    }

    /// One of them.
    pub(crate) fn config(&self, id: &str) -> Result<&RepoConfig> {
        let found = self.configs.iter().find(|config| config.id == id);
        found.ok_or_else(|| Error::Stale {
            what: format!("the repository {id}"),
            planned: "enabled".to_owned(),
            found: "not".to_owned(),
        })
    }

    /// Makes the metadata of all of them as new as it should be.
    pub(crate) fn refresh(&self, policy: CachePolicy, monitor: &Monitor) -> Result<Vec<Metadata>> {
        monitor.begin(Phase::Metadata, self.configs.len() as u64, Unit::Items)?;
        let settings = Settings {
            cache: &self.cache,
            policy,
            root: &self.root,
        };
        let mut all = Vec::new();
        for config in &self.configs {
            let refreshed = repodata::refresh(config, &settings, monitor);
            match refreshed.map_err(|error| error.if_full(&self.cache)) {
                Ok(metadata) => all.push(metadata),
                // Neither says anything of the repository.
                Err(error @ (Error::Cancelled | Error::NoSpace { .. })) => return Err(error),
                Err(_) if config.skip_if_unavailable => {}
                Err(error) => return Err(error),
            }
        }
        Ok(all)
    }

    /// Gives the solver what was refreshed.
    pub(crate) fn load(&self, metadata: &[Metadata], pool: &mut Pool) -> Result<()> {
        let files = metadata
            .iter()
            .map(|metadata| Ok(repodata::solver_files(metadata, self.config(&metadata.id)?)))
            .collect::<Result<Vec<_>>>()?;
        pool.add_repositories(&files, Some(&self.cache))
    }

    /// The keys that the system trusts for packages: those that it has installed, and those that
    /// its repositories name by file.
    pub(crate) fn keyring(&self) -> Result<Keyring> {
        let mut keyring = Keyring::new();
        let installed = self.root.join("etc/pki/rpm-gpg");
        if installed.is_dir() {
            keyring.add_dir(&installed)?;
        }
        for key in self.configs.iter().flat_map(|config| &config.gpgkey) {
            if let Some(path) = key.strip_prefix("file://") {
                let path = self.root.join(path.trim_start_matches('/'));
                if path.is_file() {
                    keyring.add_file(&path)?;
                }
            }
        }
        Ok(keyring)
    }
}

/// `$releasever` is the system's `VERSION_ID`, `$basearch` the machine's.
fn variables(handle: &Handle, base: &Commit, root: &Utf8Path) -> Result<Variables> {
    let mut variables = Variables::new()
        .with("basearch", std::env::consts::ARCH)
        .with("arch", std::env::consts::ARCH);
    for path in ["usr/lib/os-release", "usr/etc/os-release"] {
        let Some(Entry::File(file)) = tree::lookup(&handle.repo, base.root, path)? else {
            continue;
        };
        let Ok(text) = crate::commit::object::read_file(&handle.repo, &file, MAX_OS_RELEASE) else {
            continue;
        };
        let text = String::from_utf8_lossy(&text).into_owned();
        let version = text
            .lines()
            .find_map(|line| line.strip_prefix("VERSION_ID="));
        if let Some(version) = version {
            variables.set("releasever", version.trim_matches(['"', '\'']));
            break;
        }
    }
    variables.read_root(root)?;
    Ok(variables)
}
