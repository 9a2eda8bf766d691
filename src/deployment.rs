//! One bootable system: a commit, checked out, with an origin that says what it follows.
//!
//! ```no_run
//! use regraft::Sysroot;
//!
//! let sysroot = Sysroot::open("/")?;
//! if let Some(next) = sysroot.deployments()?.first() {
//!     println!("{} follows {:?}", next.id(), next.origin().refspec());
//!     println!("layered: {:?}", next.packages());
//! }
//! println!("{}", sysroot.status()?.to_json()); // as `rpm-ostree status --json`
//! # Ok::<(), regraft::Error>(())
//! ```

mod handle;
mod status;

use crate::commit::metadata;
use crate::commit::object::Commit;
use crate::error::{Error, Result};
use crate::nevra::Nevra;
use crate::origin::Origin;
use camino::Utf8Path;
use std::io::Read;

pub(crate) use handle::Handle;
pub use status::{Interrupted, Status};

/// A deployment as it was when it was read.
#[derive(Debug, Clone)]
pub struct Deployment {
    stateroot: String,
    serial: u32,
    checksum: String,
    origin: Origin,
    booted: bool,
    staged: bool,
    pinned: bool,
    locked: bool,
    unlocked: String,
    kernel_arguments: Vec<String>,
    gpg_enabled: bool,
    commit: CommitFacts,
    /// For a layered deployment, the base commit.
    base: Option<CommitFacts>,
}

/// What a deployment shows of a commit.
#[derive(Debug, Clone)]
struct CommitFacts {
    checksum: String,
    version: Option<String>,
    timestamp: u64,
    /// As status shows them.
    metadata: serde_json::Map<String, serde_json::Value>,
    layered: metadata::Layered,
}

/// Keys of a commit's metadata that status has in another place, or, being as long as the list of
/// all packages, in none.
const SHOWN_ELSEWHERE: [&str; 7] = [
    "rpmostree.rpmdb.pkglist",
    "rpmostree.packages",
    "rpmostree.modules",
    "rpmostree.removed-base-packages",
    "rpmostree.replaced-base-packages",
    "rpmostree.replaced-base-remote-packages",
    "rpmostree.advisories",
];

impl CommitFacts {
    fn new(commit: &Commit) -> CommitFacts {
        CommitFacts {
            checksum: commit.checksum.hex(),
            version: commit.get("version"),
            timestamp: commit.timestamp,
            metadata: metadata::to_json(&commit.metadata, &SHOWN_ELSEWHERE),
            layered: metadata::Layered::read(commit),
        }
    }
}

/// What a deployment is called: `STATEROOT-CHECKSUM.SERIAL`.
pub(crate) fn id_of(raw: &ostree::Deployment) -> String {
    format!("{}-{}.{}", raw.osname(), raw.csum(), raw.deployserial())
}

/// Reads an origin file; `None` where there is none.
pub(crate) fn read_origin(path: &Utf8Path) -> Result<Option<Origin>> {
    let wrong = |reason: &str| Error::Config {
        file: format!("{path} (an origin file)"),
        reason: reason.to_owned(),
    };
    let file = match std::fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::io("read", path)(error)),
    };
    let mut bytes = Vec::new();
    match file.take(MAX_ORIGIN + 1).read_to_end(&mut bytes) {
        Ok(_) => {}
        Err(error) if error.kind() == std::io::ErrorKind::IsADirectory => {
            return Err(wrong("it is a folder"));
        }
        Err(error) => return Err(Error::io("read", path)(error)),
    }
    if bytes.len() as u64 > MAX_ORIGIN {
        return Err(wrong(
            "it has more than 1 MiB, and an origin is a few lines",
        ));
    }
    let text = String::from_utf8(bytes).map_err(|_| wrong("it is no text in UTF-8"))?;
    parse_origin(path, &text).map(Some)
}

fn parse_origin(path: &Utf8Path, text: &str) -> Result<Origin> {
    Origin::parse(text).map_err(|error| match error {
        Error::Config { file, reason } => Error::Config {
            file: file.replacen("origin file", &format!("{path} (an origin file)"), 1),
            reason,
        },
        other => other,
    })
}

/// The largest origin file.
const MAX_ORIGIN: u64 = 1 << 20;

impl Deployment {
    pub(crate) fn load(handle: &Handle, raw: &ostree::Deployment) -> Result<Deployment> {
        let checksum = raw.csum().to_string();
        let commit = handle.resolve(&checksum)?;
        let facts = CommitFacts::new(&commit);
        let base = match (facts.layered.is_layered, commit.parent) {
            (true, Some(parent)) => Commit::load(&handle.repo, &parent)
                .ok()
                .map(|commit| CommitFacts::new(&commit)),
            _ => None,
        };
        let origin = Deployment::load_origin(handle, raw)?;
        let remote = origin.refspec().and_then(|refspec| refspec.split_once(':'));
        let gpg_enabled = remote
            .is_some_and(|(remote, _)| handle.repo.remote_get_gpg_verify(remote).unwrap_or(false));
        let booted = handle.sysroot.booted_deployment();
        let options = raw.bootconfig().and_then(|config| config.get("options"));
        Ok(Deployment {
            stateroot: raw.osname().to_string(),
            serial: u32::try_from(raw.deployserial()).unwrap_or(0),
            checksum,
            origin,
            booted: booted.is_some_and(|booted| booted.equal(raw)),
            staged: raw.is_staged(),
            pinned: raw.is_pinned(),
            locked: false,
            unlocked: ostree::Deployment::unlocked_state_to_string(raw.unlocked()).to_string(),
            kernel_arguments: options
                .map(|options| options.split_whitespace().map(str::to_owned).collect())
                .unwrap_or_default(),
            gpg_enabled,
            commit: facts,
            base,
        })
    }

    /// The origin file's own text is kept, for the parts of it that only other programs know.
    fn load_origin(handle: &Handle, raw: &ostree::Deployment) -> Result<Origin> {
        let path = handle.path.join(raw.origin_relpath().as_str());
        match read_origin(&path)? {
            Some(origin) => Ok(origin),
            // A staged deployment's is not a file of its own yet.
            None => {
                let text = raw
                    .origin()
                    .map(|origin| origin.to_data().to_string())
                    .unwrap_or_default();
                parse_origin(&path, &text)
            }
        }
    }

    /// `STATEROOT-CHECKSUM.SERIAL`, as `rpm-ostree status --json` has it.
    pub fn id(&self) -> String {
        format!("{}-{}.{}", self.stateroot, self.checksum, self.serial)
    }

    /// The stateroot that it belongs to.
    pub fn stateroot(&self) -> &str {
        &self.stateroot
    }

    /// Tells deployments of one commit apart.
    pub fn serial(&self) -> u32 {
        self.serial
    }

    /// The deployed commit.
    pub fn checksum(&self) -> &str {
        &self.checksum
    }

    /// The base commit: the one on which packages were layered, or the deployed commit itself.
    pub fn base_checksum(&self) -> &str {
        self.base_facts()
            .map_or(&self.checksum, |base| &base.checksum)
    }

    fn base_facts(&self) -> Option<&CommitFacts> {
        self.base.as_ref()
    }

    /// Whether packages were layered, or anything else was assembled here.
    pub fn is_layered(&self) -> bool {
        self.commit.layered.is_layered
    }

    /// The commit's version, where it has one.
    pub fn version(&self) -> Option<&str> {
        self.commit.version.as_deref()
    }

    /// The commit's time, in seconds since 1970.
    pub fn timestamp(&self) -> u64 {
        self.commit.timestamp
    }

    /// What it follows and what was asked for.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The requests that are layered; one that the base met is in the origin only.
    pub fn packages(&self) -> &[String] {
        &self.commit.layered.packages
    }

    /// The packages of the base that were taken out.
    pub fn removed_base_packages(&self) -> &[Nevra] {
        &self.commit.layered.removed
    }

    /// The arguments that its kernel boots with.
    pub fn kernel_arguments(&self) -> &[String] {
        &self.kernel_arguments
    }

    /// The machine runs it now.
    pub fn is_booted(&self) -> bool {
        self.booted
    }

    /// It becomes bootable at shutdown.
    pub fn is_staged(&self) -> bool {
        self.staged
    }

    /// It is kept until it is unpinned.
    pub fn is_pinned(&self) -> bool {
        self.pinned
    }

    /// The digest of the requests and packages, as rpm-ostree computes it; `None` for a base.
    pub fn state_digest(&self) -> Option<&str> {
        self.commit.layered.state_digest.as_deref()
    }

    /// regraft's own, fuller digest of everything that shaped the tree.
    pub(crate) fn input_digest(&self) -> Option<&str> {
        self.commit.layered.input_digest.as_deref()
    }
}
