//! The steps of composing.

use crate::commit::checksum::Checksum;
use crate::commit::label::Policy;
use crate::commit::metadata::{self, RepoStamp};
use crate::commit::object::{self, Commit, NewCommit};
use crate::commit::tree::Tree;
use crate::compose::finish::ComposeFinish;
use crate::compose::publish;
use crate::compose::{Compose, Composed};
use crate::depsolve::{self, Goal, Weak};
use crate::error::{Error, Result};
use crate::graft::assemble;
use crate::import::{Documentation, Outside, Rules};
use crate::job::{Monitor, Phase, Unit};
use crate::nevra::Nevra;
use crate::origin::digest::{self, DigestAction, DigestInput};
use crate::plan::PlannedPackage;
use crate::repodata::{CachePolicy, Metadata, RepoConfig, Variables};
use crate::script::base::{BaseViewKind, Views};
use crate::script::sandbox;
use crate::sys::file::TemporaryFolder;
use crate::sys::namespace;
use crate::sys::solv::Pool;
use crate::transaction::cleanup;
use crate::transaction::fetch::{self, Fetching};
use crate::transaction::repositories::Repositories;
use camino::{Utf8Path, Utf8PathBuf};
use glib::variant::ToVariant;

pub(crate) fn run(compose: &Compose, monitor: &Monitor) -> Result<Composed> {
    let treefile = &compose.treefile;
    let reference = treefile.reference.clone().ok_or_else(|| Error::Config {
        file: "the treefile".to_owned(),
        reason: "it has no `ref`, which names what is composed".to_owned(),
    })?;
    let target = open(&compose.target)?;
    let temporary = cache_folder(compose)?;
    let cache = temporary.path();
    let repo = cache_repo(&cache.join("repo"))?;
    let repositories = repositories(compose, cache)?;
    let metadata = repositories.refresh(CachePolicy::Normal, monitor)?;
    let packages = solve(compose, &repositories, &metadata, monitor)?;

    let input = input_hash(compose, &packages);
    let parent = Commit::resolve(&target, &reference)?;
    if let (Some(parent), false) = (&parent, compose.force)
        && parent.get::<String>("rpmostree.inputhash").as_deref() == Some(&input)
    {
        return Ok(Composed {
            reference,
            checksum: parent.checksum.hex(),
            version: parent.get("version"),
            packages: packages
                .into_iter()
                .map(|planned| planned.package)
                .collect(),
            scripts: Vec::new(),
            unchanged: true,
        });
    }
    let stamps: Vec<RepoStamp> = metadata
        .iter()
        .map(|metadata| RepoStamp {
            id: metadata.id.clone(),
            timestamp: metadata.timestamp,
        })
        .collect();
    let version = version(compose, parent.as_ref());
    let commit = Inputs {
        compose,
        cache,
        stamps: &stamps,
        version: version.as_deref(),
        input: &input,
        parent: parent.as_ref().map(|parent| parent.checksum),
    };
    // Labels are those of the tree's own policy, which is known for sure when the tree is there; the
    // one before has the same most of the time.
    let mut policy = match &parent {
        Some(parent) => policy_of(compose, &target, parent.root)?,
        None => None,
    };
    let mut again = false;
    let (checksum, assembled) = loop {
        let how = Fetching {
            folder: &cache.join("packages"),
            repositories: &repositories,
            signature: compose.signature,
            rules: &rules(compose, policy.as_ref()),
        };
        let fetched = fetch::fetch(&how, &repo, &packages, &|_| Ok(()), monitor)?;
        // The repository handle of the writer is its own.
        let written = namespace::on_writer_thread("regraft-compose", cache, || {
            commit.write(&fetched, policy.as_ref(), monitor)
        })?;
        let own = policy_of(compose, &repo, written.1.root)?;
        let digest = |policy: &Option<Policy>| policy.as_ref().map(|p| p.digest().to_owned());
        if again || digest(&own) == digest(&policy) {
            break written;
        }
        (policy, again) = (own, true);
    };
    publish::publish(compose, &repo, &target, &reference, &checksum, monitor)?;
    Ok(Composed {
        reference,
        checksum: checksum.hex(),
        version,
        packages: assembled.installed,
        scripts: assembled.scripts,
        unchanged: false,
    })
}

fn open(path: &Utf8Path) -> Result<ostree::Repo> {
    let repo = ostree::Repo::new(&gio::File::for_path(path));
    repo.open(gio::Cancellable::NONE)
        .map_err(|error| Error::NotFound {
            what: "repository",
            name: path.to_string(),
            remedy: format!(
                "make one with `ostree init --mode=archive --repo={path}` ({})",
                error.message()
            ),
        })?;
    Ok(repo)
}

/// The cache folder: the given one, or one that goes when this is dropped.
enum CacheFolder {
    Given(Utf8PathBuf),
    Temporary(cleanup::Scratch),
}

impl CacheFolder {
    fn path(&self) -> &Utf8Path {
        match self {
            Self::Given(path) => path,
            Self::Temporary(scratch) => &scratch.path,
        }
    }
}

fn cache_folder(compose: &Compose) -> Result<CacheFolder> {
    match &compose.cache {
        Some(path) => {
            std::fs::create_dir_all(path).map_err(Error::io("create", path))?;
            let path = path.canonicalize_utf8().map_err(Error::io("open", path))?;
            Ok(CacheFolder::Given(path))
        }
        None => {
            let beside = compose.target.parent().unwrap_or(&compose.target);
            Ok(CacheFolder::Temporary(cleanup::scratch_in(beside)?))
        }
    }
}

/// The repository of the cache: files as they are, so that a root view can be made of links.
fn cache_repo(path: &Utf8Path) -> Result<ostree::Repo> {
    let repo = ostree::Repo::new(&gio::File::for_path(path));
    if !path.join("config").exists() {
        std::fs::create_dir_all(path).map_err(Error::io("create", path))?;
        repo.create(ostree::RepoMode::Bare, gio::Cancellable::NONE)
            .map_err(Error::engine(format!("make the repository {path}")))?;
        // Everything in it can be made again; what is published is synced where it goes.
        let config = repo.copy_config();
        config.set_boolean("core", "fsync", false);
        repo.write_config(&config)
            .map_err(Error::engine(format!("configure the repository {path}")))?;
    }
    repo.open(gio::Cancellable::NONE)
        .map_err(Error::engine(format!("open the repository {path}")))?;
    repo.set_disable_fsync(true);
    Ok(repo)
}

fn repositories(compose: &Compose, cache: &Utf8Path) -> Result<Repositories> {
    let treefile = &compose.treefile;
    let folder = match (&compose.repos_dir, &treefile.directory) {
        (Some(folder), _) | (None, Some(folder)) => folder.clone(),
        (None, None) => Utf8PathBuf::from("."),
    };
    let mut variables = Variables::new()
        .with("basearch", &treefile.basearch)
        .with("arch", &treefile.basearch);
    if let Some(release) = &treefile.releasever {
        variables.set("releasever", release);
    }
    let known = RepoConfig::read_dir(&folder, &variables)?;
    let configs = treefile
        .repos
        .iter()
        .map(|id| {
            let found = known.iter().find(|config| config.id == *id);
            found.cloned().ok_or_else(|| Error::NotFound {
                what: "repository",
                name: id.clone(),
                remedy: format!("the treefile asks for it: put a .repo file for it into {folder}"),
            })
        })
        .collect::<Result<Vec<_>>>()?;
    Ok(Repositories::given(
        "/".into(),
        cache.join("repodata"),
        configs,
    ))
}

/// All packages of the new base, in the order of installation.
fn solve(
    compose: &Compose,
    repositories: &Repositories,
    metadata: &[Metadata],
    monitor: &Monitor,
) -> Result<Vec<PlannedPackage>> {
    monitor.begin(Phase::Solve, 0, Unit::Items)?;
    let treefile = &compose.treefile;
    let mut pool = Pool::new(&treefile.basearch)?;
    pool.set_installed([])?;
    repositories.load(metadata, &mut pool)?;
    let goal = Goal {
        install: treefile.packages.iter().cloned().collect(),
        exclude: treefile.exclude_packages.clone(),
        weak: match treefile.recommends {
            Some(false) => Weak::Off,
            _ => Weak::On,
        },
        ..Goal::default()
    };
    let solution = depsolve::solve(&mut pool, &goal)?;
    depsolve::order(&mut pool, &solution.steps)?
        .into_iter()
        .map(|id| PlannedPackage::from_pool(&pool, id))
        .collect()
}

/// rpm-ostree's digest of treefile and packages.
fn input_hash(compose: &Compose, packages: &[PlannedPackage]) -> String {
    let files = compose.treefile.hashed_files();
    let packages: Vec<DigestInput> = packages
        .iter()
        .map(|planned| DigestInput {
            action: DigestAction::Install,
            package: planned.package.clone(),
            checksum: planned.checksum.clone(),
        })
        .collect();
    digest::input_hash(&compose.treefile.flattened_json(), &files, &packages)
}

/// The SELinux policy in a tree; none where the treefile wants none.
fn policy_of(compose: &Compose, repo: &ostree::Repo, root: Tree) -> Result<Option<Policy>> {
    if compose.treefile.selinux == Some(false) {
        return Ok(None);
    }
    Policy::from_tree(repo, root, &TemporaryFolder::new()?.path)
}

/// How packages are imported.
fn rules<'a>(compose: &'a Compose, policy: Option<&'a Policy>) -> Rules<'a> {
    let treefile = &compose.treefile;
    let languages = &treefile.install_langs;
    Rules {
        policy,
        documentation: match treefile.documentation {
            Some(false) => Documentation::Drop,
            _ => Documentation::Keep,
        },
        languages: (!languages.is_empty()).then_some(languages.as_slice()),
        outside: Outside::Refuse,
    }
}

/// `PREFIX`, then `PREFIX.1`, `PREFIX.2` ...: rpm-ostree's `automatic-version-prefix`.
fn version(compose: &Compose, parent: Option<&Commit>) -> Option<String> {
    let prefix = compose.treefile.automatic_version_prefix.as_ref()?;
    let last: Option<String> = parent.and_then(|parent| parent.get("version"));
    let next = match last.as_deref() {
        Some(last) if last == prefix => Some(1),
        Some(last) => last
            .strip_prefix(prefix.as_str())
            .and_then(|rest| rest.strip_prefix('.'))
            .and_then(|number| number.parse::<u64>().ok())
            .map(|number| number.saturating_add(1)),
        None => None,
    };
    Some(match next {
        Some(number) => format!("{prefix}.{number}"),
        None => prefix.clone(),
    })
}

/// What the writer's thread needs.
struct Inputs<'a> {
    compose: &'a Compose,
    cache: &'a Utf8Path,
    stamps: &'a [RepoStamp],
    version: Option<&'a str>,
    input: &'a str,
    parent: Option<Checksum>,
}

impl Inputs<'_> {
    fn write(
        &self,
        fetched: &[fetch::Fetched],
        policy: Option<&Policy>,
        monitor: &Monitor,
    ) -> Result<(Checksum, assemble::Assembled)> {
        let treefile = &self.compose.treefile;
        let repo = cache_repo(&self.cache.join("repo"))?;
        cleanup::remove_scratch(self.cache)?;
        let scratch = cleanup::scratch_in(self.cache)?;
        let rules = rules(self.compose, policy);
        let timestamps = |id: &str| {
            let found = self.stamps.iter().find(|stamp| stamp.id == id);
            found.map_or(0, |stamp| stamp.timestamp)
        };
        let imported = fetch::import(&repo, fetched, &timestamps, &rules, monitor)?;
        // The newest package's, so that the tree does not depend on when it was composed.
        let time = imported
            .iter()
            .map(|i| i.package.build_time())
            .max()
            .unwrap_or(0);
        let finish = ComposeFinish {
            treefile,
            bare_kernel: std::cell::RefCell::default(),
        };
        let inputs = assemble::Inputs {
            repo: &repo,
            base: None,
            additions: &imported,
            removed: &[],
            policy,
            scratch: &scratch.path,
            views: &Views {
                folder: &self.cache.join("views"),
                deployment: None,
                kind: BaseViewKind::default(),
                timeout: sandbox::TIMEOUT,
            },
            time,
            transaction_id: u32::from_str_radix(&self.input[..8], 16).unwrap_or(0),
            compose: Some(&finish),
        };
        let assembled = assemble::assemble(&inputs, monitor)?;
        let metadata = self.metadata(&assembled.installed, assembled.kernel.as_deref())?;
        let new = NewCommit {
            root: assembled.root,
            parent: self.parent,
            timestamp: now(),
            metadata: &metadata,
        };
        let transaction = repo
            .auto_transaction(Some(monitor.cancellable()))
            .map_err(Error::engine("begin a transaction of the repository"))?;
        let commit = object::write_commit(&repo, &new)?;
        if let Some(reference) = &treefile.reference {
            repo.transaction_set_ref(None, reference, Some(&commit.hex()));
        }
        transaction
            .commit(Some(monitor.cancellable()))
            .map_err(Error::engine("commit to the repository"))?;
        Ok((commit, assembled))
    }

    /// The metadata of a base commit. Integers are big endian, as rpm-ostree's composes have them.
    fn metadata(&self, installed: &[Nevra], kernel: Option<&str>) -> Result<glib::Variant> {
        let dict = glib::VariantDict::new(None);
        for (key, value) in &self.compose.treefile.add_commit_metadata {
            dict.insert_value(key, &json_variant(key, value)?);
        }
        if let Some(version) = self.version {
            dict.insert("version", version);
        }
        dict.insert("rpmostree.inputhash", self.input);
        dict.insert_value(
            "rpmostree.rpmdb.pkglist",
            &metadata::package_list(installed),
        );
        let swapped: Vec<RepoStamp> = self
            .stamps
            .iter()
            .map(|stamp| RepoStamp {
                id: stamp.id.clone(),
                timestamp: stamp.timestamp.to_be(),
            })
            .collect();
        dict.insert_value("rpmostree.rpmmd-repos", &metadata::repos_variant(&swapped));
        metadata::insert_kernel(&dict, kernel);
        Ok(dict.end())
    }
}

/// A value of `add-commit-metadata`.
fn json_variant(key: &str, value: &serde_json::Value) -> Result<glib::Variant> {
    use serde_json::Value;
    Ok(match value {
        Value::String(text) => text.to_variant(),
        Value::Bool(flag) => flag.to_variant(),
        Value::Number(number) => match number.as_i64() {
            Some(number) => number.to_be().to_variant(),
            None => number.as_f64().unwrap_or(0.0).to_variant(),
        },
        Value::Array(values) => {
            let texts: Option<Vec<&str>> = values.iter().map(Value::as_str).collect();
            match texts {
                Some(texts) => texts.to_variant(),
                None => {
                    return Err(Error::unsupported(
                        format!("the value of {key} in add-commit-metadata"),
                        "the treefile",
                    ));
                }
            }
        }
        Value::Object(_) | Value::Null => {
            return Err(Error::unsupported(
                format!("the value of {key} in add-commit-metadata"),
                "the treefile",
            ));
        }
    })
}

fn now() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs())
}
