//! A base commit is made from a treefile and RPM repositories.
//!
//! ```text
//! treefile ──► solve ──► import into a cache ──► graft ──► scripts ──► units, kernel ──► commit
//!                        CACHE/repo (bare)                                └► copied to the target
//! CACHE/
//!   ├── repo/        packages, and the composed commits
//!   ├── repodata/    repository metadata and .solv caches
//!   └── packages/    downloads
//! ```
//!
//! Composing is grafting onto an empty tree: what is known from layering holds here, too. The same
//! packages and treefile give the same tree, whenever they are composed.
//!
//! ```no_run
//! use regraft::{Compose, Job, Treefile};
//!
//! let treefile = Treefile::read("base.yaml")?;
//! let mut compose = Compose::new(treefile, "/srv/repo");
//! let outcome = compose.cache("/var/cache/regraft").run(&mut Job::new())?;
//! println!("{outcome}"); // "committed fedora/x86_64/base 0123... version 40.1"
//! # Ok::<(), regraft::Error>(())
//! ```

mod finish;
mod publish;
mod run;

use crate::error::Result;
use crate::job::{Job, Phase};
use crate::nevra::Nevra;
use crate::package::Signature;
use crate::script::ScriptLog;
use crate::treefile::Treefile;
use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A base to be composed. Setters record; [`Compose::run`] acts.
#[derive(Debug, Clone)]
#[must_use = "nothing is composed before it is run"]
pub struct Compose {
    treefile: Treefile,
    target: Utf8PathBuf,
    cache: Option<Utf8PathBuf>,
    repos_dir: Option<Utf8PathBuf>,
    signing: Option<(String, Option<Utf8PathBuf>)>,
    signature: Signature,
    force: bool,
}

/// How the time of a compose is usually shared.
const PHASES: [(Phase, u32); 8] = [
    (Phase::Metadata, 5),
    (Phase::Solve, 3),
    (Phase::Download, 25),
    (Phase::Import, 30),
    (Phase::Graft, 5),
    (Phase::Scripts, 15),
    (Phase::Database, 5),
    (Phase::Commit, 12),
];

impl Compose {
    /// Composes `treefile` into the existing repository at `target`, of any mode.
    pub fn new(treefile: Treefile, target: impl AsRef<Utf8Path>) -> Compose {
        Compose {
            treefile,
            target: target.as_ref().to_owned(),
            cache: None,
            repos_dir: None,
            signing: None,
            signature: Signature::Required,
            force: false,
        }
    }

    /// Keeps imported packages and metadata here, so that composing again costs little. Without
    /// it everything is made in a temporary folder beside the target.
    pub fn cache(&mut self, folder: impl AsRef<Utf8Path>) -> &mut Compose {
        self.cache = Some(folder.as_ref().to_owned());
        self
    }

    /// Where the `.repo` files are; by default beside the treefile.
    pub fn repos_dir(&mut self, folder: impl AsRef<Utf8Path>) -> &mut Compose {
        self.repos_dir = Some(folder.as_ref().to_owned());
        self
    }

    /// Signs the commit with this OpenPGP key, of `home` or of GnuPG's usual folder.
    pub fn sign(&mut self, key: impl Into<String>, home: Option<&Utf8Path>) -> &mut Compose {
        self.signing = Some((key.into(), home.map(Utf8Path::to_owned)));
        self
    }

    /// Whether packages need a signature by a trusted key; by default their repository's
    /// `gpgcheck` decides.
    pub fn signatures(&mut self, signature: Signature) -> &mut Compose {
        self.signature = signature;
        self
    }

    /// Makes a commit even when nothing has changed since the last one.
    pub fn force(&mut self) -> &mut Compose {
        self.force = true;
        self
    }

    /// Composes. When nothing has changed since the ref's last commit, there is no new one.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] when there is no repository, [`Error::Config`] when the treefile has no
    /// `ref` or a `.repo` file is wrong, [`Error::Unsolvable`], and what downloads, imports and
    /// scripts can fail with. After any of them the ref is as it was.
    ///
    /// [`Error::NotFound`]: crate::Error::NotFound
    /// [`Error::Config`]: crate::Error::Config
    /// [`Error::Unsolvable`]: crate::Error::Unsolvable
    pub fn run(&mut self, job: &mut Job) -> Result<Composed> {
        let this = &*self;
        job.run("regraft-compose", &PHASES, |monitor| {
            run::run(this, monitor)
        })
    }
}

/// What composing made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Composed {
    /// The ref that names it.
    pub reference: String,
    /// The commit.
    pub checksum: String,
    /// Its version, where the treefile says how versions are made.
    pub version: Option<String>,
    /// Its packages.
    pub packages: Vec<Nevra>,
    /// What scripts printed.
    pub scripts: Vec<ScriptLog>,
    /// The ref named it before.
    pub unchanged: bool,
}

impl Composed {
    /// What was made as one JSON object: the fields by their names, and `text`, the line for
    /// people. Keys are only ever added.
    pub fn to_json(&self) -> serde_json::Value {
        let mut value = serde_json::to_value(self).expect("what was composed has string keys only");
        value["text"] = self.to_string().into();
        value
    }
}

/// One line: `committed REF CHECKSUM version VERSION`, or `REF is as it should be`.
impl fmt::Display for Composed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.unchanged {
            return write!(f, "{} is at {} already", self.reference, self.checksum);
        }
        write!(f, "committed {} {}", self.reference, self.checksum)?;
        match &self.version {
            Some(version) => write!(f, " version {version}"),
            None => Ok(()),
        }
    }
}
