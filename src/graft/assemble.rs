//! A base and packages become one tree: the order of it all.
//!
//! ```text
//! merge package trees ► accounts, owners, tmpfiles.d ► scripts, in a view ► rpmdb ► write
//! ```
//!
//! Everything but the scripts happens in memory, on the directories that change.

use crate::commit::directory::Directory;
use crate::commit::label::{Policy, XATTR};
use crate::commit::object::{Attributes, Commit};
use crate::commit::rpmdb as location;
use crate::commit::tree::Tree;
use crate::error::{Error, Result};
use crate::graft::accounts::{self, Accounts};
use crate::graft::edit::{Edit, Label};
use crate::graft::merge::{Merge, Precedence};
use crate::graft::ownership::{self, Owner};
use crate::graft::{kernel, layout, scripts, sysusers, tmpfiles};
use crate::import::place::{self, Place};
use crate::import::{self, Imported};
use crate::job::{Monitor, Phase, Unit};
use crate::nevra::Nevra;
use crate::rpmdb::{self, Installation, Installed, NewPackage, Rpmdb, Update};
use crate::script::ScriptLog;
use crate::script::base::Views;
use crate::script::run::Runner;
use crate::sys::failpoint::{self, Point};
use camino::Utf8Path;

/// What a tree is made of.
pub(crate) struct Inputs<'a> {
    pub(crate) repo: &'a ostree::Repo,
    /// `None` when a base is composed.
    pub(crate) base: Option<&'a Commit>,
    /// In the order of installation.
    pub(crate) additions: &'a [Imported],
    /// Packages of the base to take out.
    pub(crate) removed: &'a [Nevra],
    pub(crate) policy: Option<&'a Policy>,
    /// An empty folder in the repository's file system.
    pub(crate) scratch: &'a Utf8Path,
    /// What scripts see of the base.
    pub(crate) views: &'a Views<'a>,
    /// Seconds since 1970 that stand for the time of installation.
    pub(crate) time: u64,
    pub(crate) transaction_id: u32,
    /// What a composed base has beside its packages.
    pub(crate) compose: Option<&'a dyn Finish>,
}

/// What composing adds to a tree.
pub(crate) trait Finish {
    /// Before the scripts run.
    fn before_scripts(&self, edit: &mut Edit<'_>) -> Result<()>;
    /// Runs its own scripts in the tree, after those of the packages.
    fn scripts(&self, runner: &mut Runner<'_>) -> Result<()>;
    /// After the scripts.
    fn after_scripts(&self, edit: &mut Edit<'_>) -> Result<()>;
}

/// A finished tree.
#[derive(Debug, Clone)]
pub(crate) struct Assembled {
    pub(crate) root: Tree,
    pub(crate) installed: Vec<Nevra>,
    pub(crate) kernel: Option<String>,
    pub(crate) scripts: Vec<ScriptLog>,
    /// How many objects were written.
    pub(crate) objects: u64,
}

/// Makes the tree. Scripts run only where there are some; without them nothing is mounted.
pub(crate) fn assemble(inputs: &Inputs<'_>, monitor: &Monitor) -> Result<Assembled> {
    let repo = inputs.repo;
    let no_label = |_: &str, _: u32| Ok(None);
    let by_policy = |path: &str, mode: u32| match inputs.policy {
        Some(policy) => policy.label(path, mode),
        None => Ok(None),
    };
    let label: Label<'_> = match inputs.policy {
        Some(_) => &by_policy,
        None => &no_label,
    };
    let base_db = inputs
        .base
        .map(|base| location::open(repo, base))
        .transpose()?;
    let mut objects = 0;

    let count = inputs.additions.len() as u64;
    monitor.begin(Phase::Graft, count, Unit::Items)?;
    let transaction = begin(repo, monitor)?;
    let mut root = merge(inputs, base_db.as_ref(), label, monitor)?;
    failpoint::reach(Point::Merged)?;
    {
        let mut edit = Edit {
            repo,
            root: &mut root,
            label,
        };
        let files = new_files(inputs)?;
        let sysusers: Vec<&str> = files
            .iter()
            .map(String::as_str)
            .filter(|path| path.starts_with("usr/lib/sysusers.d/") && path.ends_with(".conf"))
            .collect();
        let entries = sysusers::load(&mut edit, &sysusers)?;
        accounts::add_sysusers(&mut edit, &entries, inputs.time)?;
        own(&mut edit, inputs.additions)?;
        tmpfiles::merge(&mut edit, inputs.base.map(|base| base.root))?;
        if let Some(compose) = inputs.compose {
            compose.before_scripts(&mut edit)?;
        }
    }
    failpoint::reach(Point::Edited)?;
    let mut logs = Vec::new();
    let mut transaction = transaction;
    if let Some(due) = scripts::due(inputs, base_db.as_ref())? {
        // Scripts see the tree as it is so far.
        let grafted = root.write(repo, &mut objects)?;
        failpoint::reach(Point::GraftOpen)?;
        commit(transaction, monitor)?;
        failpoint::reach(Point::Grafted)?;
        let mut ran = scripts::run(inputs, &due, grafted, monitor)?;
        transaction = begin(repo, monitor)?;
        scripts::take_over(inputs, &mut root, &mut ran, label)?;
        logs = ran.logs;
    }
    failpoint::reach(Point::TakenOver)?;
    monitor.begin(Phase::Database, 0, Unit::Items)?;
    let (database, installed) = database(inputs, base_db.as_ref(), monitor)?;
    failpoint::reach(Point::Database)?;
    let mut edit = Edit {
        repo,
        root: &mut root,
        label,
    };
    put_database(inputs, &mut edit, &database)?;
    monitor.begin(Phase::Commit, 0, Unit::Items)?;
    if let Some(compose) = inputs.compose {
        compose.after_scripts(&mut edit)?;
    }
    let kernel = kernel::find(repo, edit.root)?.map(|kernel| kernel.version);
    let root = root.write(repo, &mut objects)?;
    failpoint::reach(Point::TreeOpen)?;
    commit(transaction, monitor)?;
    failpoint::reach(Point::Tree)?;
    Ok(Assembled {
        root,
        installed,
        kernel,
        scripts: logs,
        objects,
    })
}

fn begin<'a>(repo: &'a ostree::Repo, monitor: &Monitor) -> Result<ostree::TransactionGuard<'a>> {
    repo.auto_transaction(Some(monitor.cancellable()))
        .map_err(Error::engine("begin a transaction of the repository"))
}

fn commit(transaction: ostree::TransactionGuard<'_>, monitor: &Monitor) -> Result<()> {
    transaction
        .commit(Some(monitor.cancellable()))
        .map(|_| ())
        .map_err(Error::engine("commit to the repository"))
}

/// `filesystem` comes first and `setup` yields to all others, as in rpm-ostree.
fn merge(
    inputs: &Inputs<'_>,
    base_db: Option<&Rpmdb>,
    label: Label<'_>,
    monitor: &Monitor,
) -> Result<Directory> {
    let repo = inputs.repo;
    let root = match inputs.base {
        Some(base) => Directory::stored(base.root),
        None => empty_root(repo, label)?,
    };
    let mut merge = Merge::new(repo, root);
    if let Some(base_db) = base_db {
        for nevra in inputs.removed {
            let (files, dirs) = removed_paths(base_db, nevra, inputs.removed)?;
            merge.remove(&files, &dirs)?;
        }
    }
    let mut ordered: Vec<&Imported> = inputs.additions.iter().collect();
    ordered.sort_by_key(|addition| addition.nevra().name != "filesystem");
    for (done, addition) in ordered.into_iter().enumerate() {
        let nevra = addition.nevra();
        let precedence = match nevra.name.as_str() {
            "setup" => Precedence::Yields,
            _ => Precedence::Equal,
        };
        merge.add(nevra, addition.root, precedence)?;
        monitor.reach(done as u64 + 1, &nevra.name)?;
    }
    merge.finish(&|path| {
        let Some(base_db) = base_db else {
            return Ok(None);
        };
        for path in place::package_paths(path) {
            if let Some(owner) = base_db.owning(&path)?.first() {
                return Ok(Some(owner.nevra().clone()));
            }
        }
        Ok(None)
    })
}

/// A root directory with nothing in it.
fn empty_root(repo: &ostree::Repo, label: Label<'_>) -> Result<Directory> {
    let mut attributes = Attributes::directory(0o755);
    if let Some(label) = label("/", attributes.mode)? {
        attributes.xattrs.insert(XATTR.to_vec(), label);
    }
    Ok(Directory::empty(attributes.write_directory(repo)?))
}

/// Gives files the owners that packages say, now that the accounts exist.
fn own(edit: &mut Edit<'_>, additions: &[Imported]) -> Result<()> {
    let accounts = Accounts::load(edit)?;
    for addition in additions {
        let package = addition.nevra().to_string();
        let owners: Vec<Owner<'_>> = addition
            .owners
            .iter()
            .map(|owner| Owner {
                path: &owner.path,
                user: &owner.user,
                group: &owner.group,
                package: &package,
            })
            .collect();
        ownership::apply(edit, &owners, &accounts)?;
    }
    Ok(())
}

/// The paths in the tree that go with a removed package: those that no remaining package has.
fn removed_paths(
    base_db: &Rpmdb,
    nevra: &Nevra,
    removed: &[Nevra],
) -> Result<(Vec<String>, Vec<String>)> {
    let packages = base_db.by_name(&nevra.name)?;
    let (mut files, mut dirs) = (Vec::new(), Vec::new());
    for package in packages.iter().filter(|package| package.nevra() == nevra) {
        for file in package.files()? {
            let Place::Tree(path) = place::place(&file) else {
                continue;
            };
            let owners = base_db.owning(&file.path)?;
            let shared = owners.iter().any(|owner| !removed.contains(owner.nevra()));
            match (shared, file.is_dir()) {
                (true, _) => {}
                (false, true) => dirs.push(path),
                (false, false) => files.push(path),
            }
        }
        // What importing made for it.
        files.push(format!("usr/lib/rpm-ostree/tmpfiles.d/{}.conf", nevra.name));
    }
    Ok((files, dirs))
}

/// The paths in the tree that the change brings, sorted.
pub(super) fn new_files(inputs: &Inputs<'_>) -> Result<Vec<String>> {
    let mut paths = Vec::new();
    for addition in inputs.additions {
        paths.extend(import::tree_paths(&addition.package.files()?));
    }
    paths.sort();
    paths.dedup();
    Ok(paths)
}

/// Writes the new database into the scratch folder; returns its path and what it lists.
fn database(
    inputs: &Inputs<'_>,
    base_db: Option<&Rpmdb>,
    monitor: &Monitor,
) -> Result<(camino::Utf8PathBuf, Vec<Nevra>)> {
    let folder = inputs.scratch.join("rpmdb");
    std::fs::create_dir(&folder).map_err(Error::io("create", &folder))?;
    let mut base_file = None;
    let mut base_wal = None;
    let mut remove = Vec::new();
    let mut installed: Vec<Nevra> = Vec::new();
    if let (Some(base), Some(base_db)) = (inputs.base, base_db) {
        let name = format!("the commit {}", base.checksum);
        let place = location::locate(inputs.repo, base.root, &name)?;
        // It is copied once, to be changed: in a repository of plain files from the object itself.
        match (place.wal, location::object_path(inputs.repo, &place.file)) {
            (None, Some(object)) => base_file = Some(object),
            (wal, _) => {
                let from = inputs.scratch.join("base-rpmdb");
                std::fs::create_dir(&from).map_err(Error::io("create", &from))?;
                location::extract(inputs.repo, &place, &from)?;
                base_wal = wal.map(|_| from.join("rpmdb.sqlite-wal"));
                base_file = Some(from.join(location::FILE));
            }
        }
        for nevra in inputs.removed {
            let found = base_db.by_name(&nevra.name)?;
            remove.extend(
                found
                    .iter()
                    .filter(|p| p.nevra() == nevra)
                    .map(Installed::id),
            );
        }
        installed = base_db.nevras()?;
        installed.retain(|nevra| !inputs.removed.contains(nevra));
    }
    let add: Vec<NewPackage<'_>> = inputs
        .additions
        .iter()
        .map(|addition| NewPackage {
            metadata: addition.package.metadata_bytes(),
            states: &addition.states,
            color: 0,
        })
        .collect();
    installed.extend(inputs.additions.iter().map(|a| a.nevra().clone()));
    installed.sort();
    let path = folder.join(location::FILE);
    let update = Update {
        base: base_file.as_deref(),
        remove: &remove,
        add: &add,
        base_wal: base_wal.as_deref(),
        installation: Installation {
            time: u32::try_from(inputs.time).unwrap_or(u32::MAX),
            tid: inputs.transaction_id,
        },
    };
    rpmdb::write(&path, &update, monitor)?;
    Ok((path, installed))
}

/// Puts the database where the base has its own; a composed base gets a second copy, from which
/// clients tell what is the base's.
fn put_database(inputs: &Inputs<'_>, edit: &mut Edit<'_>, file: &Utf8Path) -> Result<()> {
    let folder = match inputs.base {
        Some(base) => {
            let name = format!("the commit {}", base.checksum);
            location::locate(inputs.repo, base.root, &name)?.folder
        }
        None => layout::rpmdb(),
    };
    edit.write_from(&format!("{folder}/{}", location::FILE), file)?;
    // It is as large as the base's: what nobody needs any more goes at once.
    std::fs::remove_file(file).map_err(Error::io("remove", file))?;
    for leftover in ["rpmdb.sqlite-wal", "rpmdb.sqlite-shm"] {
        edit.remove(&format!("{folder}/{leftover}"))?;
    }
    if inputs.base.is_none() {
        layout::link_rpmdb(edit)?;
        layout::keep_base_rpmdb(edit, folder)?;
    }
    Ok(())
}
