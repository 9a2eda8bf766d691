//! The repositories of a deployment: its configuration, its keys, the shared cache.

use crate::commit::extract;
use crate::commit::object::Commit;
use crate::commit::tree::{self, Entry};
use crate::error::{Error, Result};
use crate::job::{Monitor, Phase, Unit};
use crate::package::{Keyring, UNTRUSTED};
use crate::repodata::keys::{self, MissingKey};
use crate::repodata::{self, CachePolicy, Metadata, RepoConfig, Settings, Variables};
use crate::sys::file::TemporaryFolder;
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
    _temporary: Option<TemporaryFolder>,
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
        let temporary = TemporaryFolder::new()?;
        let root = temporary.path.clone();
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
        temporary: Option<TemporaryFolder>,
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
            .map_err(|error| {
                let Error::Corrupt { object, reason } = error else {
                    return error;
                };
                match metadata.iter().find(|metadata| metadata.has(&object)) {
                    None => Error::Corrupt { object, reason },
                    Some(damaged) => {
                        damaged.forget();
                        let file = Utf8Path::new(&object).file_name().unwrap_or(&object);
                        let id = &damaged.id;
                        Error::corrupt(format!("{file} of the repository {id}"), reason)
                    }
                }
            })
    }

    /// The keys that the system trusts for packages: those that it has installed, and those that
    /// its repositories name by file.
    ///
    /// A key that is not there, or is none, only matters to what is signed by it.
    pub(crate) fn trust(&self) -> Result<Trust> {
        let mut trust = Trust {
            keyring: Keyring::new(),
            missing: Vec::new(),
        };
        for (name, bytes) in keys::installed(&self.root)? {
            // A file without keys beside others is passed over.
            let _ = trust.keyring.add(&bytes, &name);
        }
        for config in &self.configs {
            for (url, bytes) in keys::of_repository(config, &self.root) {
                let missing = match bytes.map(|bytes| trust.keyring.add(&bytes, url)) {
                    Ok(Ok(_)) => continue,
                    Ok(Err(error)) => {
                        let reason = match error {
                            Error::Corrupt { reason, .. } => reason,
                            other => other.to_string(),
                        };
                        MissingKey::new(url, format!("is no OpenPGP key ({reason})"))
                    }
                    Err(missing) => missing,
                };
                trust.missing.push((config.id.clone(), missing));
            }
        }
        Ok(trust)
    }
}

/// The keys that packages may be signed by.
pub(crate) struct Trust {
    pub(crate) keyring: Keyring,
    /// Repositories' keys that are not at hand.
    missing: Vec<(String, MissingKey)>,
}

impl Trust {
    /// A refusal of a package of the repository `id`, with the reason why its key is not known.
    pub(crate) fn explain(&self, error: Error, id: &str) -> Error {
        let missing = self.missing.iter().find(|(repository, _)| repository == id);
        match (error, missing) {
            (Error::Signature { object, reason, .. }, Some((_, missing)))
                if reason.ends_with(UNTRUSTED) =>
            {
                let (why, remedy) = missing.told(id);
                Error::Signature {
                    object,
                    reason: format!("{reason}, and {why}"),
                    remedy,
                }
            }
            (error, _) => error,
        }
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
