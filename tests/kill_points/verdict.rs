//! What must hold of a sysroot after a kill, after an error, and after the next call.

use super::support::mini::run;
use camino::{Utf8Path, Utf8PathBuf};
use regraft::Sysroot;
use rustix::fs::FlockOperation;
use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

/// Is put into each deployment's /etc and into /var, and must stay there.
pub(crate) const MARKER: &str = "etc-and-var-stay";

/// A tree as lines: kind, mode, owner, size, target of a link, by path.
pub(crate) type Listing = BTreeMap<String, String>;

/// What is below a folder.
pub(crate) fn listing(folder: &Utf8Path) -> Listing {
    let text = run(Command::new("find").arg(folder).args([
        "-mindepth",
        "1",
        "-printf",
        "%P\\t%y %m %U:%G %s %l\\n",
    ]));
    let lines = text.lines().filter_map(|line| line.split_once('\t'));
    lines
        .map(|(path, rest)| {
            // The size of a folder is the file system's own business.
            let rest = match rest.strip_prefix("d ") {
                Some(rest) => format!(
                    "d {}",
                    rest.rsplit_once(' ').unwrap().0.rsplit_once(' ').unwrap().0
                ),
                None => rest.to_owned(),
            };
            (path.to_owned(), rest)
        })
        .collect()
}

/// Everything of a sysroot that a call may leave, with names that alternate made equal.
pub(crate) fn contents(sysroot: &Utf8Path) -> Listing {
    let mut all = Listing::new();
    for (path, line) in listing(sysroot) {
        // Downloads are kept until the next call that has any.
        if path == "lost+found" || path.starts_with("ostree/regraft/packages") {
            continue;
        }
        // Caches: what is there counts, and not what it looks like.
        let cache = ["repodata", "installed", "views"]
            .iter()
            .any(|name| path.starts_with(&format!("ostree/regraft/{name}")));
        let line = match cache {
            true => line.split(' ').next().unwrap_or_default().to_owned(),
            false => line,
        };
        let even = |text: &str| {
            ["ostree/boot.", "loader."]
                .iter()
                .fold(text.to_owned(), |text, name| {
                    let text = text.replace(&format!("{name}1.1"), &format!("{name}0.1"));
                    let text = text.replace(&format!("{name}1.0"), &format!("{name}0.1"));
                    let text = text.replace(&format!("{name}0.0"), &format!("{name}0.1"));
                    text.replace(&format!("{name}1"), &format!("{name}0"))
                })
        };
        all.insert(even(&path), even(&line));
    }
    all
}

/// The lines in which two listings differ.
pub(crate) fn difference(before: &Listing, after: &Listing) -> Vec<String> {
    let mut lines = Vec::new();
    let paths: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    for path in paths {
        match (before.get(path), after.get(path)) {
            (Some(one), Some(other)) if one == other => {}
            (Some(one), Some(other)) => lines.push(format!("{path}: {one} became {other}")),
            (Some(one), None) => lines.push(format!("gone {path}: {one}")),
            (None, other) => lines.push(format!("new {path}: {}", other.unwrap())),
        }
    }
    lines
}

/// The deployments that a run may leave, by the checksums of their commits: what is in /usr.
#[derive(Debug, Default, Clone)]
pub(crate) struct Known {
    pub(crate) trees: BTreeMap<String, Listing>,
}

impl Known {
    pub(crate) fn learn(&mut self, sysroot: &Utf8Path) {
        for entry in entries(sysroot).unwrap() {
            let usr = listing(&entry.deployment.join("usr"));
            self.trees.insert(entry.checksum, usr);
        }
    }
}

/// A boot entry, read without libostree.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Entry {
    pub(crate) version: u32,
    pub(crate) deployment: Utf8PathBuf,
    pub(crate) checksum: String,
}

/// The boot entries, first the one that boots.
pub(crate) fn entries(sysroot: &Utf8Path) -> Result<Vec<Entry>, String> {
    let folder = sysroot.join("boot/loader/entries");
    let mut found = Vec::new();
    for file in folder
        .read_dir_utf8()
        .map_err(|error| format!("{folder}: {error}"))?
    {
        let file = file.unwrap().path().to_owned();
        let text = std::fs::read_to_string(&file).map_err(|error| format!("{file}: {error}"))?;
        let value = |key: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(key));
            line.map(str::trim)
                .ok_or_else(|| format!("{file} has no {key}: {text:?}"))
        };
        for key in ["linux", "initrd"] {
            let path = sysroot
                .join("boot")
                .join(value(key)?.trim_start_matches('/'));
            if std::fs::metadata(&path).map_or(0, |found| found.len()) == 0 {
                return Err(format!("{file}: {path} is not there"));
            }
        }
        let target = value("options")?
            .split(' ')
            .find_map(|word| word.strip_prefix("ostree=/"))
            .ok_or_else(|| format!("{file} boots no deployment: {text:?}"))?;
        let deployment = sysroot
            .join(target)
            .canonicalize_utf8()
            .map_err(|error| format!("{file}: {target}: {error}"))?;
        let name = deployment.file_name().unwrap();
        found.push(Entry {
            version: value("version")?
                .parse()
                .map_err(|error| format!("{file}: {error}"))?,
            checksum: name.split('.').next().unwrap().to_owned(),
            deployment,
        });
    }
    found.sort_by(|one, other| other.cmp(one));
    match found.is_empty() {
        true => Err("there is no boot entry".to_owned()),
        false => Ok(found),
    }
}

/// Everything that must hold at any moment: the machine would boot a whole system, with its /etc
/// and /var.
pub(crate) fn bootable(sysroot: &Utf8Path, known: &Known) -> Result<Vec<Entry>, String> {
    let entries = entries(sysroot)?;
    for entry in &entries {
        let path = &entry.deployment;
        let Some(tree) = known.trees.get(&entry.checksum) else {
            return Err(format!("{path} is of an unknown commit"));
        };
        let differs = difference(tree, &listing(&path.join("usr")));
        if !differs.is_empty() {
            return Err(format!("{path}/usr: {differs:?}"));
        }
        let origin = Utf8PathBuf::from(format!("{path}.origin"));
        let text =
            std::fs::read_to_string(&origin).map_err(|error| format!("{origin}: {error}"))?;
        if !text.contains("refspec=mini:") {
            return Err(format!("{origin}: {text:?}"));
        }
        for file in [
            path.join("etc").join(MARKER),
            path.join("../../var").join(MARKER),
        ] {
            match std::fs::read_to_string(&file) {
                Ok(text) if text == MARKER => {}
                other => return Err(format!("{file}: {other:?}")),
            }
        }
    }
    Ok(entries)
}

/// What the library says, whose readers must work at once.
pub(crate) fn readable(sysroot: &Sysroot, entries: &[Entry]) -> Result<(), String> {
    let said = |error: regraft::Error| format!("a reader: {error}");
    let status = sysroot.status().map_err(said)?;
    let listed: Vec<&str> = status
        .deployments()
        .iter()
        .map(|one| one.checksum())
        .collect();
    let wanted: Vec<&str> = entries
        .iter()
        .map(|entry| entry.checksum.as_str())
        .collect();
    if listed != wanted {
        return Err(format!("status has {listed:?}, the boot menu {wanted:?}"));
    }
    for checksum in listed {
        let packages = sysroot
            .rpmdb(checksum)
            .and_then(|database| database.packages());
        if packages.map_err(said)?.len() < 6 {
            return Err(format!(
                "the package database of {checksum} has lost packages"
            ));
        }
    }
    Ok(())
}

/// `ostree fsck`; a commit to which nothing refers may be there in part until the next call.
pub(crate) fn whole(sysroot: &Utf8Path, scratch: &Utf8Path) -> Result<(), String> {
    let Err(first) = fsck(&sysroot.join("ostree/repo")) else {
        return Ok(());
    };
    let copy = scratch.join("copy-of-repo");
    run(Command::new("cp")
        .arg("-a")
        .arg(sysroot.join("ostree/repo"))
        .arg(&copy));
    let pruned = Command::new("ostree")
        .args(["prune", "--refs-only", "--depth=0"])
        .arg(format!("--repo={copy}"))
        .output()
        .unwrap();
    let result = match pruned.status.success() {
        true => fsck(&copy),
        false => Err(format!(
            "prune: {}",
            String::from_utf8_lossy(&pruned.stderr)
        )),
    };
    std::fs::remove_dir_all(&copy).unwrap();
    result.map_err(|second| format!("fsck: {first}; of what has refs: {second}"))
}

fn fsck(repo: &Utf8Path) -> Result<(), String> {
    let output = Command::new("ostree")
        .args(["fsck", "--quiet"])
        .arg(format!("--repo={repo}"))
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    match output.status.success() {
        true => Ok(()),
        false => Err(text),
    }
}

/// Temporary folders that nobody has; the next call must remove them.
pub(crate) fn abandoned() -> BTreeSet<Utf8PathBuf> {
    let lock = FlockOperation::NonBlockingLockShared;
    let entries = Utf8Path::new("/var/tmp").read_dir_utf8().unwrap();
    let entries = entries.map(|entry| entry.unwrap().path().to_owned());
    entries
        .filter(|path| path.file_name().unwrap().starts_with("regraft-"))
        .filter(|path| {
            let folder = std::fs::File::open(path);
            folder.is_ok_and(|folder| rustix::fs::flock(&folder, lock).is_ok())
        })
        .collect()
}

/// Mounts below a folder that anybody can see, but for its own.
pub(crate) fn mounts(point: &Utf8Path) -> Vec<String> {
    let table = std::fs::read_to_string("/proc/thread-self/mountinfo").unwrap();
    let below = |line: &&str| line.contains(&format!(" {point}/"));
    table.lines().filter(below).map(str::to_owned).collect()
}
