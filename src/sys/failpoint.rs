//! Named places in the library's work, one at every step that changes something.
//!
//! With the feature `failpoints`, which only this package's own tests have, a test can end the
//! process at such a place, or make the call fail there. Without it nothing of them is in the
//! library.

use crate::error::Result;

macro_rules! points {
    ($($(#[$note:meta])* $point:ident = $name:literal,)*) => {
        /// A place. All of them are here, in the order in which a layering call meets them.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Point {
            $($(#[$note])* $point,)*
        }

        #[cfg(feature = "failpoints")]
        impl Point {
            const NAMES: &[&str] = &[$($name,)*];

            fn name(self) -> &'static str {
                match self {
                    $(Point::$point => $name,)*
                }
            }
        }
    };
}

points! {
    /// Nothing is pulled yet.
    Pull = "commit.pull",
    /// A commit is pulled, under a ref of regraft's own.
    Pulled = "commit.pulled",
    /// The plan's metadata is there.
    Metadata = "transaction.metadata",
    /// The plan is made.
    Planned = "transaction.planned",
    /// The plan still applies, and nothing is downloaded yet.
    Applies = "transaction.applies",
    /// Packages are downloaded and checked.
    Fetched = "transaction.fetched",
    /// The lock is taken, and nobody has signed for it.
    Locked = "sysroot.locked",
    /// The writer's name is there.
    Signed = "sysroot.signed",
    /// What an earlier call left is removed.
    Swept = "transaction.swept",
    /// The base has its temporary ref.
    Protected = "transaction.protected",
    /// There is a scratch folder.
    Scratch = "transaction.scratch",
    /// A package's files are written, and no commit.
    ImportFiles = "import.files",
    /// A package's commit is written, and has no ref.
    ImportCommit = "import.commit",
    /// Importing is done, and the repository's transaction is open.
    ImportOpen = "import.open",
    /// Imported packages are in the repository.
    Imported = "import.done",
    /// Packages are merged with the base.
    Merged = "graft.merged",
    /// Accounts, owners and tmpfiles.d are as they must be.
    Edited = "graft.edited",
    /// The grafted tree is written, and the repository's transaction is open.
    GraftOpen = "graft.open",
    /// The grafted tree is in the repository.
    Grafted = "graft.done",
    /// What scripts see of the base is there.
    BaseView = "script.base",
    /// What differs from it is laid out.
    Delta = "script.delta",
    /// Folders for the view are there, and nothing is mounted.
    ViewFolders = "script.folders",
    /// The view is mounted.
    View = "script.view",
    /// A script runs.
    ScriptStarted = "script.started",
    /// A script has ended.
    ScriptEnded = "script.ended",
    /// What scripts changed is read.
    ScriptChanges = "script.changes",
    /// What scripts changed is in the tree.
    TakenOver = "graft.taken-over",
    /// The new package database is written.
    Database = "graft.database",
    /// All objects of the tree are written, and the repository's transaction is open.
    TreeOpen = "graft.tree-open",
    /// All objects of the tree are in the repository.
    Tree = "graft.tree",
    /// The commit object is written, and the repository's transaction is open.
    CommitOpen = "commit.open",
    /// The commit is in the repository.
    Committed = "commit.done",
    /// Nothing is deployed yet.
    Deploy = "transaction.deploy",
    /// The deployment's folder is there, and no boot entry.
    LaidOut = "transaction.laid-out",
    /// Boot entries are about to be written, in another order or without some.
    Entries = "transaction.entries",
    /// The boot entries are written.
    Deployed = "transaction.deployed",
    /// The remote's ref follows.
    RefMoved = "transaction.ref-moved",
    /// Downloads are gone.
    Forgotten = "transaction.downloads-gone",
    /// Views of bases that are gone are removed.
    ViewsPruned = "script.views-pruned",
    /// Bases' refs are those of the deployments.
    BaseRefs = "transaction.base-refs",
    /// Packages' refs are those of the deployments.
    PackageRefs = "transaction.package-refs",
    /// Folders of deployments that are gone are removed.
    FoldersGone = "transaction.folders-gone",
    /// What nothing refers to is removed.
    Pruned = "transaction.pruned",
}

/// The work has come to a place. Fails where a test wants it to.
#[cfg(not(feature = "failpoints"))]
#[inline(always)]
pub(crate) fn reach(_: Point) -> Result<()> {
    Ok(())
}

#[cfg(feature = "failpoints")]
pub(crate) fn reach(point: Point) -> Result<()> {
    armed::reach(point.name())
}

#[cfg(feature = "failpoints")]
pub use armed::{Action, arm, names, reached};

#[cfg(feature = "failpoints")]
mod armed {
    use super::Point;
    use crate::error::{Error, Result};
    use std::collections::BTreeSet;
    use std::sync::{Mutex, MutexGuard, PoisonError};

    /// What happens at a place.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum Action {
        /// The process ends, as by SIGKILL.
        Kill,
        /// The call fails, as with EIO.
        Fail,
    }

    #[derive(Default)]
    struct State {
        armed: Option<(String, Action)>,
        reached: BTreeSet<&'static str>,
    }

    static STATE: Mutex<Option<State>> = Mutex::new(None);

    fn state() -> MutexGuard<'static, Option<State>> {
        STATE.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// All places, by name.
    pub fn names() -> &'static [&'static str] {
        Point::NAMES
    }

    /// From now on `action` happens at a place, in the whole process.
    pub fn arm(name: &str, action: Action) {
        state().get_or_insert_default().armed = Some((name.to_owned(), action));
    }

    /// The places to which the process has come so far.
    pub fn reached() -> Vec<&'static str> {
        let mut state = state();
        state
            .get_or_insert_default()
            .reached
            .iter()
            .copied()
            .collect()
    }

    pub(super) fn reach(name: &'static str) -> Result<()> {
        let mut state = state();
        let state = state.get_or_insert_default();
        state.reached.insert(name);
        match &state.armed {
            Some((armed, Action::Kill)) if armed == name => {
                let _ = rustix::process::kill_process(
                    rustix::process::getpid(),
                    rustix::process::Signal::KILL,
                );
                loop {
                    std::thread::park();
                }
            }
            Some((armed, Action::Fail)) if armed == name => {
                let error = std::io::Error::from_raw_os_error(libc::EIO);
                Err(Error::io("pass", name)(error))
            }
            _ => Ok(()),
        }
    }
}
