//! The files of one package, held as a map that the conversion edits before it writes them out.
//!
//! Small contents are in memory, so that a conversion leaves no thousands of files to delete; large
//! ones lie in a folder that the caller owns.

use anyhow::{Context, Result, bail};
use camino::{Utf8Path, Utf8PathBuf};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Write};
use std::process::{Command, Stdio};

/// What lies at a path.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    Directory,
    File(Contents),
    /// With its target.
    Link(String),
}

/// The bytes of a file.
#[derive(Clone, Debug)]
pub(super) enum Contents {
    Memory(Vec<u8>),
    Disk(Utf8PathBuf),
}

impl Contents {
    pub(super) fn len(&self) -> Result<u64> {
        match self {
            Contents::Memory(bytes) => Ok(bytes.len() as u64),
            Contents::Disk(path) => Ok(std::fs::metadata(path)?.len()),
        }
    }

    /// All of them.
    pub(super) fn bytes(&self) -> Result<Vec<u8>> {
        match self {
            Contents::Memory(bytes) => Ok(bytes.clone()),
            Contents::Disk(path) => Ok(std::fs::read(path)?),
        }
    }

    /// The first bytes, at most `count`.
    pub(super) fn head(&self, count: usize) -> Result<Vec<u8>> {
        match self {
            Contents::Memory(bytes) => Ok(bytes.iter().take(count).copied().collect()),
            Contents::Disk(path) => {
                let mut head = Vec::new();
                File::open(path)?
                    .take(count as u64)
                    .read_to_end(&mut head)?;
                Ok(head)
            }
        }
    }
}

/// One entry.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) kind: Kind,
    pub(super) mode: u16,
    pub(super) user: String,
    pub(super) group: String,
    pub(super) mtime: u32,
    pub(super) capabilities: Option<&'static str>,
    /// Entries with the same value are one file under several names.
    pub(super) hardlink: Option<String>,
}

impl Node {
    pub(super) fn new(kind: Kind, mode: u16) -> Node {
        Node {
            kind,
            mode,
            user: "root".to_owned(),
            group: "root".to_owned(),
            mtime: super::SOURCE_DATE,
            capabilities: None,
            hardlink: None,
        }
    }

    pub(super) fn directory(mode: u16) -> Node {
        Node::new(Kind::Directory, mode)
    }

    pub(super) fn file(bytes: impl Into<Vec<u8>>, mode: u16) -> Node {
        Node::new(Kind::File(Contents::Memory(bytes.into())), mode)
    }

    pub(super) fn link(target: &str) -> Node {
        Node::new(Kind::Link(target.to_owned()), 0o777)
    }
}

/// Absolute paths, with /usr merged, and what lies there.
#[derive(Clone, Debug, Default)]
pub(super) struct Tree(pub(super) BTreeMap<String, Node>);

/// Larger files lie on disk.
const IN_MEMORY: u64 = 1 << 20;
/// Where the kernel's modules are, since `depmod` reads real files.
const MODULES: &str = "/usr/lib/modules/";
/// More than any package of the sets has, in one file.
const FILE_LIMIT: u64 = 1 << 30;

impl Tree {
    /// Reads an archive package. Large files and kernel modules go below `folder`, under their
    /// own paths.
    pub(super) fn read(deb: &Utf8Path, folder: &Utf8Path) -> Result<Tree> {
        let mut child = Command::new("dpkg-deb")
            .args(["--fsys-tarfile", deb.as_str()])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot start dpkg-deb")?;
        let output = child.stdout.take().expect("standard output is piped");
        let mut tree = Tree::default();
        let read = tree
            .read_tar(output, folder)
            .with_context(|| format!("cannot read {deb}"));
        let status = child.wait()?;
        read?;
        if !status.success() {
            bail!("dpkg-deb --fsys-tarfile {deb} ended with {status}");
        }
        Ok(tree)
    }

    fn read_tar(&mut self, input: impl Read, folder: &Utf8Path) -> Result<()> {
        let mut archive = tar::Archive::new(input);
        for entry in archive.entries()? {
            let mut entry = entry?;
            let path = std::str::from_utf8(&entry.path_bytes())?.to_owned();
            let Some(path) = merged(&path) else {
                continue;
            };
            let header = entry.header();
            let mut node = Node::directory((header.mode()? & 0o7777) as u16);
            node.user = name(header.username_bytes())?;
            node.group = name(header.groupname_bytes())?;
            node.mtime = u32::try_from(header.mtime()?)?.min(super::SOURCE_DATE);
            let target = match entry.link_name_bytes() {
                Some(bytes) => std::str::from_utf8(&bytes)?.to_owned(),
                None => String::new(),
            };
            match entry.header().entry_type() {
                tar::EntryType::Directory => {}
                tar::EntryType::Symlink => node.kind = Kind::Link(target),
                tar::EntryType::Link => node = self.hardlink(&target)?,
                tar::EntryType::Regular | tar::EntryType::Continuous => {
                    node.kind = Kind::File(contents(&mut entry, &path, folder)?);
                }
                other => bail!("{path} is of an unknown kind, {other:?}"),
            }
            self.insert(path, node);
        }
        // A directory that the package does not list, of one that it does.
        let parents: Vec<String> = self.0.keys().flat_map(|path| parents(path)).collect();
        for parent in parents {
            self.0
                .entry(parent)
                .or_insert_with(|| Node::directory(0o755));
        }
        Ok(())
    }

    fn hardlink(&mut self, target: &str) -> Result<Node> {
        let target = merged(target).context("a hard link to the root directory")?;
        let node = self
            .0
            .get_mut(&target)
            .with_context(|| format!("a hard link to {target}, which is not there"))?;
        node.hardlink.get_or_insert(target);
        Ok(node.clone())
    }

    /// Where the merge of /usr brings two entries to one path, a real file wins over a link.
    fn insert(&mut self, path: String, node: Node) {
        let stays = matches!(
            (self.0.get(&path).map(|old| &old.kind), &node.kind),
            (Some(Kind::File(_) | Kind::Directory), Kind::Link(_))
                | (Some(Kind::Directory), Kind::Directory)
        );
        if !stays {
            self.0.insert(path, node);
        }
    }

    /// Takes out a path and all below it.
    pub(super) fn remove(&mut self, path: &str) {
        let below = format!("{path}/");
        self.0.retain(|at, _| at != path && !at.starts_with(&below));
    }

    /// Puts an entry there, and the directories above it that are missing.
    pub(super) fn put(&mut self, path: &str, node: Node) {
        for parent in parents(path) {
            self.0
                .entry(parent)
                .or_insert_with(|| Node::directory(0o755));
        }
        self.0.insert(path.to_owned(), node);
    }

    /// The contents of a regular file.
    pub(super) fn file(&self, path: &str) -> Option<&Contents> {
        match self.0.get(path).map(|node| &node.kind) {
            Some(Kind::File(contents)) => Some(contents),
            _ => None,
        }
    }
}

/// The directories above a path, without the root.
fn parents(path: &str) -> Vec<String> {
    path.char_indices()
        .filter(|&(at, c)| c == '/' && at > 0)
        .map(|(at, _)| path[..at].to_owned())
        .collect()
}

/// The absolute path of a tar entry in a system with merged /usr; nothing for the root itself.
fn merged(path: &str) -> Option<String> {
    let path = path.trim_start_matches('.').trim_matches('/');
    if path.is_empty() {
        return None;
    }
    let first = path.split('/').next().unwrap_or_default();
    let is_merged = matches!(first, "bin" | "sbin" | "lib" | "lib64" | "lib32");
    let before = if is_merged { "/usr/" } else { "/" };
    Some(format!("{before}{path}"))
}

fn name(bytes: Option<&[u8]>) -> Result<String> {
    let name = std::str::from_utf8(bytes.unwrap_or_default())?;
    Ok(if name.is_empty() { "root" } else { name }.to_owned())
}

fn contents(
    entry: &mut tar::Entry<'_, impl Read>,
    path: &str,
    folder: &Utf8Path,
) -> Result<Contents> {
    let size = entry.header().size()?;
    if size > FILE_LIMIT {
        bail!("{path} has {size} bytes, which no package of the sets should have");
    }
    if size <= IN_MEMORY && !path.starts_with(MODULES) {
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes)?;
        return Ok(Contents::Memory(bytes));
    }
    let place = folder.join(path.trim_start_matches('/'));
    if path.split('/').any(|part| part == "..") {
        bail!("{path} leaves its folder");
    }
    std::fs::create_dir_all(place.parent().context("a file without a folder")?)?;
    let mut file = File::create(&place)?;
    std::io::copy(entry, &mut file)?;
    file.flush()?;
    Ok(Contents::Disk(place))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usr_is_merged() {
        assert_eq!(merged("./bin/ls").as_deref(), Some("/usr/bin/ls"));
        assert_eq!(merged("./lib64/").as_deref(), Some("/usr/lib64"));
        assert_eq!(merged("./libexec/x").as_deref(), Some("/libexec/x"));
        assert_eq!(merged("./"), None);
    }

    #[test]
    fn put_makes_parents() {
        let mut tree = Tree::default();
        tree.put("/usr/share/doc/x", Node::file("x", 0o644));
        assert_eq!(tree.0.len(), 4);
        tree.remove("/usr/share");
        assert_eq!(tree.0.keys().collect::<Vec<_>>(), ["/usr"]);
    }
}
