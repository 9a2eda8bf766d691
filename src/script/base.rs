//! The lower one of the root view's read-only layers: a tree that is laid out already, or is made
//! to be.
//!
//! A deployment is a checkout, made of links to objects, of a commit that differs little from what
//! scripts are to see, and there is one at nearly every transaction. So it is what scripts see
//! below the difference (see `lower`), and no base costs anything, seen before or not. Only the
//! first deployment of a sysroot, and one that somebody has unlocked, need a view of the base's
//! own.

use crate::commit::checksum::Checksum;
use crate::commit::object::{self, Commit};
use crate::commit::tree::{Listing, Tree};
use crate::error::{Error, Result};
use crate::job::Monitor;
use crate::script::image;
use crate::script::view::open_directory;
use crate::sys::mount::{Mount, Overlay};
use camino::{Utf8Path, Utf8PathBuf};
use rustix::fd::AsRawFd;
use rustix::fs::{AtFlags, CWD, Mode};
use std::collections::BTreeSet;
use std::io::Write;
use std::time::Duration;

/// What a view of a base is. Each kind needs more than the one after it: what is not there is
/// passed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum BaseViewKind {
    /// The deployment that the transaction starts from.
    #[default]
    Deployment,
    /// An image of the commit's metadata over the repository's objects.
    Image,
    /// A checkout of the commit.
    Checkout,
}

/// What views of bases can be made of.
#[derive(Debug)]
pub(crate) struct Views<'a> {
    /// Where those are kept that are made (`SYSROOT/ostree/regraft/views`).
    pub(crate) folder: &'a Utf8Path,
    /// A deployment that nobody has unlocked: its folder and its commit's tree.
    pub(crate) deployment: Option<(Utf8PathBuf, Tree)>,
    /// The first kind to try.
    pub(crate) kind: BaseViewKind,
    /// How long each script may take in them.
    pub(crate) timeout: Duration,
}

impl Views<'_> {
    /// The view of a base. What it needs to exist is in the empty folder `scratch`, or mounted on
    /// the calling thread's namespace.
    pub(crate) fn of(
        &self,
        repo: &ostree::Repo,
        commit: &Commit,
        scratch: &Utf8Path,
        monitor: &Monitor,
    ) -> Result<BaseView> {
        if let (BaseViewKind::Deployment, Some((path, tree))) = (self.kind, &self.deployment)
            && let Some(view) = BaseView::deployed(repo, path, *tree)?
        {
            return Ok(view);
        }
        if self.kind <= BaseViewKind::Image
            && let Some(view) = BaseView::image(repo, commit, self.folder, scratch, monitor)?
        {
            return Ok(view);
        }
        BaseView::checked_out(repo, commit, self.folder, monitor)
    }
}

/// A tree of a commit, at a path.
#[derive(Debug)]
pub(crate) struct BaseView {
    /// Where it is.
    pub(crate) path: Utf8PathBuf,
    /// What is there.
    pub(crate) tree: Tree,
    /// What is at its top besides: of a deployment the machine's own `/etc`.
    pub(crate) foreign: Vec<String>,
    /// What is unmounted when this is dropped, in this order.
    _mounts: Vec<Mount>,
}

impl BaseView {
    /// A deployment in the folder `path`, which must not be unlocked; `tree` is its commit's.
    /// `None` where nothing is laid out there.
    pub(crate) fn deployed(
        repo: &ostree::Repo,
        path: &Utf8Path,
        tree: Tree,
    ) -> Result<Option<BaseView>> {
        if !path.join("usr").is_dir() {
            return Ok(None);
        }
        let known = Listing::load(repo, &tree.contents)?;
        let mut foreign = names(path)?;
        foreign.retain(|name| !known.files.contains_key(name) && !known.dirs.contains_key(name));
        foreign.sort();
        Ok(Some(BaseView {
            path: path.to_owned(),
            tree,
            foreign,
            _mounts: Vec::new(),
        }))
    }

    /// An image of the commit's metadata over the repository's objects, mounted in `scratch`; the
    /// image is kept in `views`. `None` where the kernel or the repository cannot do this.
    pub(crate) fn image(
        repo: &ostree::Repo,
        commit: &Commit,
        views: &Utf8Path,
        scratch: &Utf8Path,
        monitor: &Monitor,
    ) -> Result<Option<BaseView>> {
        let objects = object::folder(repo).filter(|_| kernel_has_data_layers());
        let Some(objects) = objects else {
            return Ok(None);
        };
        let checksum = commit.checksum.hex();
        let file = views.join(format!("{checksum}{IMAGE}"));
        if !file.as_std_path().is_file() {
            let Some(bytes) = image::bytes(repo, &objects, commit, monitor)? else {
                return Ok(None);
            };
            make_folder(views)?;
            remove_unfinished(views)?;
            let unfinished = views.join(format!("{checksum}{UNFINISHED}"));
            // Complete on the disk before it has its name: a kernel trusts an image that it mounts.
            std::fs::File::create_new(&unfinished)
                .and_then(|mut file| file.write_all(&bytes).and_then(|()| file.sync_data()))
                .and_then(|()| std::fs::rename(&unfinished, &file))
                .map_err(Error::io("create", &file))?;
        }
        let (meta, path) = (scratch.join("meta"), scratch.join("base"));
        for folder in [&meta, &path] {
            std::fs::create_dir(folder).map_err(Error::io("create", folder))?;
        }
        let mounts = Mount::image(&file, &meta)
            .and_then(|image| Ok([Overlay::of_objects(&path, &meta, &objects)?, image]));
        // Without loop devices (as in many containers) or with a kernel built without EROFS.
        Ok(mounts.ok().map(|mounts| BaseView {
            path,
            tree: commit.root,
            foreign: Vec::new(),
            _mounts: mounts.into(),
        }))
    }

    /// The checkout kept in `views` (`SYSROOT/ostree/regraft/views`), made first where it is
    /// missing. A base that was seen before costs one look at its name.
    pub(crate) fn checked_out(
        repo: &ostree::Repo,
        commit: &Commit,
        views: &Utf8Path,
        monitor: &Monitor,
    ) -> Result<BaseView> {
        let checksum = commit.checksum.hex();
        let view = BaseView {
            path: views.join(&checksum),
            tree: commit.root,
            foreign: Vec::new(),
            _mounts: Vec::new(),
        };
        if view.path.as_std_path().is_dir() {
            return Ok(view);
        }
        make_folder(views)?;
        remove_unfinished(views)?;
        let unfinished = views.join(format!("{checksum}{UNFINISHED}"));
        let options = ostree::RepoCheckoutAtOptions::default();
        repo.checkout_at(
            Some(&options),
            CWD.as_raw_fd(),
            unfinished.as_std_path(),
            &checksum,
            Some(monitor.cancellable()),
        )
        .map_err(Error::engine(format!("check out {checksum}")))?;
        // The name says that it is complete, so it must not reach the disk before the rest.
        let folder = open_directory(views)?;
        rustix::fs::syncfs(&folder).map_err(Error::io("sync", views))?;
        std::fs::rename(&unfinished, &view.path).map_err(Error::io("rename", &unfinished))?;
        Ok(view)
    }

    /// Removes the views of all commits but `keep`, and unfinished ones.
    pub(crate) fn prune(views: &Utf8Path, keep: &BTreeSet<Checksum>) -> Result<()> {
        for name in names(views)? {
            let kept = name
                .strip_suffix(IMAGE)
                .unwrap_or(&name)
                .parse::<Checksum>();
            if !kept.is_ok_and(|commit| keep.contains(&commit)) {
                remove(views, &name)?;
            }
        }
        Ok(())
    }
}

/// Overlays have layers that hold data only since Linux 6.5.
fn kernel_has_data_layers() -> bool {
    let name = rustix::system::uname();
    let mut numbers = name
        .release()
        .to_str()
        .unwrap_or_default()
        .split(['.', '-']);
    let mut next = || numbers.next().and_then(|number| number.parse::<u32>().ok());
    (next(), next()) >= (Some(6), Some(5))
}

fn make_folder(views: &Utf8Path) -> Result<()> {
    std::fs::create_dir_all(views).map_err(Error::io("create", views))?;
    // Old versions of setuid programs must not be within reach.
    rustix::fs::chmodat(CWD, views.as_std_path(), Mode::RWXU, AtFlags::empty())
        .map_err(Error::io("set the mode of", views))
}

/// Ends the name of an image.
const IMAGE: &str = ".erofs";
/// Ends the name of a view that is being made. The sysroot's lock is held meanwhile, so one that
/// is found was left by an interruption.
const UNFINISHED: &str = ".unfinished";
/// Ends the name of one that is being removed.
const REMOVED: &str = ".removed";

fn remove_unfinished(views: &Utf8Path) -> Result<()> {
    for name in names(views)? {
        if name.ends_with(UNFINISHED) || name.ends_with(REMOVED) {
            remove(views, &name)?;
        }
    }
    Ok(())
}

/// First takes away the name that says that it is complete.
fn remove(views: &Utf8Path, name: &str) -> Result<()> {
    let mut path = views.join(name);
    if !name.ends_with(UNFINISHED) && !name.ends_with(REMOVED) {
        let removed = views.join(format!("{name}{REMOVED}"));
        std::fs::rename(&path, &removed).map_err(Error::io("rename", &path))?;
        path = removed;
    }
    let removed = match path.as_std_path().is_dir() {
        true => std::fs::remove_dir_all(&path),
        false => std::fs::remove_file(&path),
    };
    removed.map_err(Error::io("remove", &path))
}

fn names(views: &Utf8Path) -> Result<Vec<String>> {
    let entries = match views.read_dir_utf8() {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(Error::io("read", views)(error)),
    };
    entries
        .map(|entry| {
            let entry = entry.map_err(Error::io("read", views))?;
            Ok(entry.file_name().to_owned())
        })
        .collect()
}
