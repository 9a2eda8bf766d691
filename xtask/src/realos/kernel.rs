//! The kernel's package: where an image-based system looks for its parts.

use super::sets;
use super::tree::{Contents, Kind, Node, Tree};
use crate::run;
use anyhow::{Context, Result};
use camino::Utf8Path;
use std::process::Command;

/// The kernel's own version, when `name` is a kernel of the tables.
pub(super) fn version(name: &str) -> Option<&str> {
    let (before, after) = sets::KERNEL;
    let version = name.strip_prefix("linux-image-")?;
    (name.starts_with(before) && name.ends_with(after)).then_some(version)
}

/// Moves the parts from /boot to the folder of the modules and adds what depmod writes. The
/// modules lie below `folder`.
pub(super) fn arrange(version: &str, folder: &Utf8Path, tree: &mut Tree) -> Result<()> {
    let home = format!("/usr/lib/modules/{version}");
    let parts: Vec<(String, Node)> = tree
        .0
        .iter()
        .filter_map(|(path, node)| {
            let part = path.strip_prefix("/boot/")?.strip_suffix(version)?;
            Some((part.trim_end_matches('-').to_owned(), node.clone()))
        })
        .collect();
    tree.remove("/boot");
    for (part, mut node) in parts {
        if part == "vmlinuz" {
            node.mode = 0o755;
        }
        tree.put(&format!("{home}/{part}"), node);
    }
    index(version, folder)?;
    let place = folder.join(home.trim_start_matches('/'));
    for entry in place
        .read_dir_utf8()
        .with_context(|| format!("no modules in {place}"))?
    {
        let entry = entry?;
        if !entry.file_type()?.is_file() || !entry.file_name().starts_with("modules.") {
            continue;
        }
        let path = format!("{home}/{}", entry.file_name());
        if !tree.0.contains_key(&path) {
            let contents = Contents::Disk(entry.path().to_owned());
            tree.put(&path, Node::new(Kind::File(contents), 0o644));
        }
    }
    Ok(())
}

/// depmod reads /lib/modules, and writes beside the modules.
fn index(version: &str, folder: &Utf8Path) -> Result<()> {
    let link = folder.join("lib");
    if !link.exists() {
        std::os::unix::fs::symlink("usr/lib", &link)?;
    }
    run::output(Command::new("/usr/sbin/depmod").args(["-b", folder.as_str(), version]))?;
    Ok(())
}
