//! libostree writes the deployment; refs follow it.
//!
//! ```text
//! rpmostree/base/tmp    the base commit, while a transaction runs
//! rpmostree/base/N      the base commit of the Nth layered deployment
//! rpmostree/pkg/...     packages that a layered deployment has
//! ```

use crate::commit::checksum::Checksum;
use crate::commit::label;
use crate::commit::object::{self, Commit};
use crate::commit::{pull, reach};
use crate::deployment::id_of;
use crate::error::{Error, Result};
use crate::import;
use crate::job::Monitor;
use crate::nevra::{Evr, Nevra};
use crate::script::base::BaseView;
use crate::sys::failpoint::{self, Point};
use crate::sysroot::leftover::{self, BASE_TMP};
use crate::sysroot::{Handle, Sysroot};
use std::collections::{BTreeMap, BTreeSet};

/// What is to be deployed.
pub(crate) struct Target<'a> {
    pub(crate) stateroot: &'a str,
    pub(crate) checksum: &'a str,
    /// The origin's text.
    pub(crate) origin: &'a str,
    /// Whose `/etc` and kernel arguments are carried over.
    pub(crate) merge: Option<&'a ostree::Deployment>,
    /// Those of a first deployment.
    pub(crate) kernel_arguments: &'a [String],
}

/// A new deployment.
pub(crate) struct Deployed {
    pub(crate) id: String,
    pub(crate) staged: bool,
}

/// Deploys, or on the booted sysroot stages. When this returns an error no deployment is new.
pub(crate) fn deploy(
    root: &Sysroot,
    handle: &Handle,
    target: &Target<'_>,
    monitor: &Monitor,
) -> Result<Deployed> {
    let origin = glib::KeyFile::new();
    origin
        .load_from_data(
            target.origin,
            glib::KeyFileFlags::KEEP_COMMENTS | glib::KeyFileFlags::KEEP_TRANSLATIONS,
        )
        .map_err(Error::engine("read the new origin"))?;
    let action = format!("deploy {}", target.checksum);
    let failed = || Error::engine(action.clone());
    let arguments: Vec<&str> = target.kernel_arguments.iter().map(String::as_str).collect();
    let sysroot = &handle.sysroot;
    let cancellable = Some(monitor.cancellable());
    let _alone = label::alone();
    let booted = sysroot.booted_deployment();
    if booted.is_some_and(|booted| booted.osname() == target.stateroot) {
        let new = sysroot
            .stage_tree_with_options(
                Some(target.stateroot),
                target.checksum,
                Some(&origin),
                target.merge,
                &ostree::SysrootDeployTreeOpts::default(),
                cancellable,
            )
            .map_err(failed())?;
        return Ok(Deployed {
            id: id_of(&new),
            staged: true,
        });
    }
    let mut made = None;
    let written = (|| {
        let new = sysroot
            .deploy_tree(
                Some(target.stateroot),
                target.checksum,
                Some(&origin),
                target.merge,
                &arguments,
                cancellable,
            )
            .map_err(failed())?;
        let new = made.insert(new);
        failpoint::reach(Point::LaidOut)?;
        monitor.check()?;
        // The point of no return is somewhere in this call: a cancel that is heard after it would
        // be told as if nothing had changed (and ends the process in libostree 2022.7).
        sysroot
            .simple_write_deployment(
                Some(target.stateroot),
                new,
                target.merge,
                ostree::SysrootSimpleWriteDeploymentFlags::NO_CLEAN,
                gio::Cancellable::NONE,
            )
            .map_err(failed())
    })();
    let is_new = |raw: &ostree::Deployment| made.as_ref().is_some_and(|made| made.equal(raw));
    settle(root, written, |now| now.iter().any(is_new))
        .map_err(|error| error.fuller_of(root.path(), &root.path().join("boot")))?;
    // The call has succeeded, whatever comes now.
    let _ = failpoint::reach(Point::Deployed);
    let new = made.ok_or_else(|| Error::Internal("nothing was deployed".to_owned()))?;
    Ok(Deployed {
        id: id_of(&new),
        staged: false,
    })
}

/// Writes boot entries for these deployments, in this order. When this returns an error they are as
/// they were.
pub(crate) fn write_entries(
    sysroot: &Sysroot,
    handle: &Handle,
    order: &[ostree::Deployment],
) -> Result<()> {
    failpoint::reach(Point::Entries)?;
    let _alone = label::alone();
    // A cancel in the middle would be told as if nothing had changed.
    let written = handle
        .sysroot
        .write_deployments_with_options(order, &quiet(), gio::Cancellable::NONE)
        .map_err(Error::engine("write the boot entries"));
    settle(sysroot, written, |now| {
        let staged = |raw: &&ostree::Deployment| !raw.is_staged();
        let ids = |all: &[ostree::Deployment]| -> Vec<String> {
            all.iter().filter(staged).map(id_of).collect()
        };
        ids(now) == ids(order)
    })
}

/// What a call of libostree's that writes boot entries came to. It can fail when they are written,
/// and then has in its memory what was before: from that it would remove the boot menu that is in
/// use. So this looks at what is there now.
fn settle(
    sysroot: &Sysroot,
    written: Result<()>,
    is_done: impl FnOnce(&[ostree::Deployment]) -> bool,
) -> Result<()> {
    let Err(error) = written else {
        return Ok(());
    };
    let Ok(now) = sysroot.load_with(true) else {
        return Err(error);
    };
    if is_done(&now.raw_deployments()) {
        return Ok(());
    }
    // A folder without a boot entry may be there, and a link to a menu that is not used.
    leftover::remove_new_loader(sysroot.path());
    let _ = now.sysroot.prepare_cleanup(gio::Cancellable::NONE);
    Err(error)
}

/// Keeps the base commit from being pruned while its layered deployment is not there yet.
pub(crate) fn protect(handle: &Handle, base: &Checksum) -> Result<()> {
    set_ref(handle, None, BASE_TMP, Some(&base.hex()))?;
    failpoint::reach(Point::Protected)
}

/// The reverse.
pub(crate) fn unprotect(handle: &Handle) -> Result<()> {
    set_ref(handle, None, BASE_TMP, None)
}

fn set_ref(handle: &Handle, remote: Option<&str>, name: &str, to: Option<&str>) -> Result<()> {
    let full = remote.map_or_else(|| name.to_owned(), |remote| format!("{remote}:{name}"));
    if let Ok(there) = handle.repo.resolve_rev(&full, true)
        && there.as_deref() == to
    {
        return Ok(());
    }
    handle
        .repo
        .set_ref_immediate(remote, name, to, gio::Cancellable::NONE)
        .map_err(Error::engine(format!("set the ref {name}")))
}

/// The pulled commit is deployed: the remote's ref follows, and the cache entry goes.
pub(crate) fn move_ref(handle: &Handle, remote: &str, name: &str, checksum: &str) {
    // A failure leaves the old ref, from which the next upgrade pulls again.
    let kept_as = pull::incoming(remote);
    if set_ref(handle, Some(remote), name, Some(checksum)).is_ok()
        && failpoint::reach(Point::RefMoved).is_ok()
    {
        let _ = set_ref(handle, Some(&kept_as), name, None);
    }
}

/// After a deployment: refs are those of what is deployed now, and what nobody needs is removed.
/// It can be repeated, and the next call does so where this one fails.
pub(crate) fn finish(sysroot: &Sysroot) {
    let _ = tidy(sysroot);
}

/// Makes refs agree with the deployments, then removes what nothing refers to.
pub(crate) fn tidy(sysroot: &Sysroot) -> Result<()> {
    // Not as the writer has them in memory, see `settle`.
    let handle = &sysroot.load_with(true)?;
    let mut bases = Vec::new();
    let mut packages = BTreeSet::new();
    let mut views = BTreeSet::new();
    for raw in handle.raw_deployments() {
        let commit = handle.resolve(&raw.csum())?;
        let layered = commit.get("rpmostree.clientlayer").unwrap_or(false);
        if let (true, Some(base)) = (layered, commit.parent) {
            bases.push(base);
            views.insert(base);
            packages.extend(package_refs(&commit));
        } else {
            views.insert(commit.checksum);
        }
    }
    failpoint::reach(Point::Forgotten)?;
    BaseView::prune(&sysroot.data().join("views"), &views)?;
    failpoint::reach(Point::ViewsPruned)?;
    let wanted: BTreeMap<String, String> = bases
        .iter()
        .enumerate()
        .map(|(place, base)| (format!("rpmostree/base/{place}"), base.hex()))
        .collect();
    // New refs first, so that nothing is ever without one that needs it.
    for (name, base) in &wanted {
        set_ref(handle, None, name, Some(base))?;
    }
    for name in object::refs(&handle.repo, Some("rpmostree/base"))?.into_keys() {
        if !wanted.contains_key(&name) {
            set_ref(handle, None, &name, None)?;
        }
    }
    failpoint::reach(Point::BaseRefs)?;
    for prefix in ["rpmostree/pkg", "regraft/pkg"] {
        for name in object::refs(&handle.repo, Some(prefix))?.into_keys() {
            let key = name.trim_start_matches(prefix).trim_start_matches('/');
            if !packages.contains(key) {
                set_ref(handle, None, &name, None)?;
            }
        }
    }
    failpoint::reach(Point::PackageRefs)?;
    // What `ostree_sysroot_cleanup` does, which also prints how much it has removed.
    handle
        .sysroot
        .prepare_cleanup(gio::Cancellable::NONE)
        .map_err(Error::engine("remove old deployments"))?;
    failpoint::reach(Point::FoldersGone)?;
    reach::verify(&handle.repo)?;
    handle
        .repo
        .prune(ostree::RepoPruneFlags::REFS_ONLY, 0, gio::Cancellable::NONE)
        .map(|_| ())
        .map_err(Error::engine("remove what no ref needs"))?;
    failpoint::reach(Point::Pruned)
}

/// Boot entries are written without libostree's own cleaning up, which prints how much it has
/// removed: [`tidy`] does it.
fn quiet() -> ostree::SysrootWriteDeploymentsOpts {
    ostree::SysrootWriteDeploymentsOpts {
        do_postclean: false,
    }
}

/// The cache refs of all packages in a commit, without their prefix.
fn package_refs(commit: &Commit) -> Vec<String> {
    type Row = (String, String, String, String, String);
    let rows: Vec<Row> = commit.get("rpmostree.rpmdb.pkglist").unwrap_or_default();
    rows.into_iter()
        .map(|(name, epoch, version, release, arch)| {
            let evr = Evr::new(epoch.parse().unwrap_or(0), version, release);
            import::ref_key(&Nevra::new(name, evr, arch))
        })
        .collect()
}
