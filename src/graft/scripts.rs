//! Scripts in the making of a tree: which are due, their run in a view, what they changed.

use crate::commit::directory::{Directory, Node};
use crate::commit::label::XATTR;
use crate::commit::object::{self, Attributes};
use crate::commit::tree::Tree;
use crate::error::Result;
use crate::graft::assemble::{Inputs, new_files};
use crate::graft::edit::Label;
use crate::job::{Monitor, Phase, Unit};
use crate::rpmdb::Rpmdb;
use crate::script::ScriptLog;
use crate::script::base::BaseView;
use crate::script::lower;
use crate::script::run::{Runner, ScriptPackage};
use crate::script::scriptlet::{Scriptlets, Slot};
use crate::script::trigger::{self, Trigger, TriggerRun};
use crate::script::upper::{Changed, Kind};
use crate::script::view::View;
use crate::sys::failpoint::{self, Point};

/// What scripts left behind.
pub(super) struct Ran {
    view: View,
    /// What the view is above.
    _base: Option<BaseView>,
    changed: Vec<Changed>,
    pub(super) logs: Vec<ScriptLog>,
}

/// Scripts that are to run.
pub(super) struct Due {
    scriptlets: Vec<Scriptlets>,
    /// Those of the base and of what is new, that watch files.
    triggers: Vec<Trigger>,
    /// The files that are new.
    paths: Vec<String>,
}

impl Due {
    fn trigger_runs(&self) -> Vec<TriggerRun<'_>> {
        trigger::to_run(&self.triggers, &self.paths)
    }
}

/// What is to run for this change; `None` where nothing is.
pub(super) fn due(inputs: &Inputs<'_>, base_db: Option<&Rpmdb>) -> Result<Option<Due>> {
    let scriptlets = inputs
        .additions
        .iter()
        .map(|addition| Scriptlets::from_header(addition.package.header(), addition.nevra()))
        .collect::<Result<Vec<_>>>()?;
    let mut triggers: Vec<Trigger> = Vec::new();
    if let Some(base_db) = base_db {
        for package in base_db.with_transaction_file_triggers()? {
            if !inputs.removed.contains(package.nevra()) {
                triggers.extend(trigger::from_header(package.header(), package.nevra())?);
            }
        }
    }
    triggers.extend(scriptlets.iter().flat_map(|s| s.triggers.iter().cloned()));
    let due = Due {
        scriptlets,
        triggers,
        paths: new_files(inputs)?,
    };
    let runs = due.trigger_runs();
    trigger::check(&runs)?;
    let none = runs.is_empty() && due.scriptlets.iter().all(|scripts| scripts.count() == 0);
    Ok(
        match inputs.additions.is_empty() || none && inputs.compose.is_none() {
            true => None,
            false => Some(due),
        },
    )
}

/// Runs them on the tree as it is so far.
pub(super) fn run(inputs: &Inputs<'_>, due: &Due, grafted: Tree, monitor: &Monitor) -> Result<Ran> {
    let count: u64 = due.scriptlets.iter().map(Scriptlets::count).sum();
    let runs = due.trigger_runs();
    monitor.begin(Phase::Scripts, count + runs.len() as u64, Unit::Items)?;
    let delta = inputs.scratch.join("delta");
    let base = match inputs.base {
        Some(base) => Some(
            inputs
                .views
                .of(inputs.repo, base, inputs.scratch, monitor)?,
        ),
        None => None,
    };
    failpoint::reach(Point::BaseView)?;
    lower::write_delta(inputs.repo, base.as_ref(), &grafted, &delta, monitor)?;
    failpoint::reach(Point::Delta)?;
    let mut layers = vec![delta];
    layers.extend(base.as_ref().map(|base| base.path.clone()));
    let mut view =
        View::new(inputs.scratch, &layers, inputs.time)?.with_timeout(inputs.views.timeout);
    let packages: Vec<ScriptPackage<'_>> = due
        .scriptlets
        .iter()
        .map(|scripts| ScriptPackage {
            scripts,
            instances: 1,
        })
        .collect();
    let mut runner = Runner::new(&mut view, monitor);
    for slot in [Slot::Pre, Slot::Post, Slot::PostTrans] {
        runner.slot(slot, &packages)?;
    }
    runner.triggers(&runs)?;
    if let Some(compose) = inputs.compose {
        compose.scripts(&mut runner)?;
    }
    if let Some(last) = inputs.additions.last() {
        runner.sanity(last.nevra())?;
    }
    let logs = runner.finish();
    let changes = view.changes()?;
    failpoint::reach(Point::ScriptChanges)?;
    Ok(Ran {
        view,
        _base: base,
        changed: changes.changed,
        logs,
    })
}

/// Takes what scripts changed into the tree, where it differs from what was there.
pub(super) fn take_over(
    inputs: &Inputs<'_>,
    root: &mut Directory,
    ran: &mut Ran,
    label: Label<'_>,
) -> Result<()> {
    let repo = inputs.repo;
    let labelled = |path: &str, attributes: &Attributes| -> Result<Attributes> {
        let mut attributes = attributes.clone();
        if let Some(label) = label(&format!("/{path}"), attributes.mode)? {
            attributes.xattrs.insert(XATTR.to_vec(), label);
        }
        Ok(attributes)
    };
    let root_metadata = root.metadata();
    for change in &ran.changed {
        let path = change.path.as_str();
        let changed = match &change.kind {
            Kind::File { attributes, size } => {
                let attributes = labelled(path, attributes)?;
                let content = ran.view.open_changed(path)?;
                let file = object::write_file(repo, &attributes, *size, content, path)?;
                put(repo, root, path, file, root_metadata)?
            }
            Kind::Symlink { attributes, target } => {
                let attributes = labelled(path, attributes)?;
                let link = object::write_symlink(repo, &attributes, target)?;
                put(repo, root, path, link, root_metadata)?
            }
            Kind::Directory {
                attributes,
                replaced,
            } => {
                let metadata = labelled(path, attributes)?.write_directory(repo)?;
                if *replaced {
                    root.remove(repo, path)?;
                }
                match root.lookup(repo, path)? {
                    Some(Node::Dir(dir)) if dir.metadata() == metadata => *replaced,
                    _ => {
                        root.ensure(repo, path, metadata)?.set_metadata(metadata);
                        true
                    }
                }
            }
            Kind::Removed => root.remove(repo, path)?,
        };
        if changed {
            // Of several runs of one script, the last.
            let log = ran
                .logs
                .iter_mut()
                .rev()
                .find(|log| log.name() == change.by);
            if let Some(log) = log {
                log.written.push(format!("/{path}"));
            }
        }
    }
    Ok(())
}

/// Puts a file at a path unless it is there already.
fn put(
    repo: &ostree::Repo,
    root: &mut Directory,
    path: &str,
    file: crate::commit::checksum::Checksum,
    missing: crate::commit::checksum::Checksum,
) -> Result<bool> {
    if matches!(root.lookup(repo, path)?, Some(Node::File(there)) if *there == file) {
        return Ok(false);
    }
    root.insert(repo, path, Node::File(file), missing)?;
    Ok(true)
}
