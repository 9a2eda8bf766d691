//! What the archive's packages lack or have too much of, as files of an RPM system.

use super::elf;
use super::sets;
use super::tree::{Contents, Kind, Node, Tree};
use anyhow::{Context, Result};

/// Edits the tree of one package as the tables and the layout of the system ask.
pub(super) fn apply(name: &str, tree: &mut Tree) -> Result<()> {
    for path in sets::words(sets::UNWANTED) {
        tree.remove(path);
    }
    for (_, path, target) in sets::LINKS.iter().filter(|row| row.0 == name) {
        if !tree.0.contains_key(*path) {
            tree.put(path, Node::link(target));
        }
    }
    for (_, from, to, mode) in sets::COPIES.iter().filter(|row| row.0 == name) {
        let contents = tree
            .file(from)
            .with_context(|| format!("{name} has no {from} to copy to {to}"))?;
        tree.put(to, Node::file(contents.bytes()?, *mode));
    }
    for (_, path, mode, content) in sets::FILES.iter().filter(|row| row.0 == name) {
        tree.put(path, Node::file(*content, *mode));
    }
    for (_, path, mode, user, group) in sets::DIRECTORIES.iter().filter(|row| row.0 == name) {
        tree.put(path, owned(Node::directory(*mode), user, group));
    }
    for (_, path, mode, user, group) in sets::OWNERS.iter().filter(|row| row.0 == name) {
        let node = tree
            .0
            .get_mut(*path)
            .with_context(|| format!("{name} has no {path} to own"))?;
        node.mode = *mode;
        *node = owned(node.clone(), user, group);
    }
    for (_, path, capabilities) in sets::CAPABILITIES.iter().filter(|row| row.0 == name) {
        let node = tree
            .0
            .get_mut(*path)
            .with_context(|| format!("{name} has no {path} to give capabilities"))?;
        node.capabilities = Some(capabilities);
    }
    match name {
        "base-passwd" => shadow(tree)?,
        "ca-certificates" => certificates(tree)?,
        _ => {}
    }
    executable(tree)
}

fn owned(mut node: Node, user: &str, group: &str) -> Node {
    user.clone_into(&mut node.user);
    group.clone_into(&mut node.group);
    node
}

/// Everybody's password is locked until somebody sets one.
fn shadow(tree: &mut Tree) -> Result<()> {
    let mut rows = [String::new(), String::new()];
    for (row, from) in rows.iter_mut().zip(["/etc/passwd", "/etc/group"]) {
        let contents = tree.file(from).context("base-passwd has no users")?;
        let text = String::from_utf8(contents.bytes()?)?;
        for name in text.lines().filter_map(|line| line.split(':').next()) {
            row.push_str(name);
            row.push_str(if from == "/etc/passwd" {
                ":*:20000:0:99999:7:::\n"
            } else {
                ":*::\n"
            });
        }
    }
    for (row, path) in rows.into_iter().zip(["/etc/shadow", "/etc/gshadow"]) {
        tree.put(path, owned(Node::file(row, 0o640), "root", "shadow"));
    }
    Ok(())
}

/// The bundle that TLS libraries read, and the list of what is in it.
fn certificates(tree: &mut Tree) -> Result<()> {
    const FOLDER: &str = "/usr/share/ca-certificates/";
    let mut bundle = Vec::new();
    let mut list = String::new();
    for (path, node) in &tree.0 {
        if let (Some(name), Kind::File(contents)) = (path.strip_prefix(FOLDER), &node.kind) {
            bundle.extend(contents.bytes()?);
            list.push_str(name);
            list.push('\n');
        }
    }
    tree.put(
        "/etc/ssl/certs/ca-certificates.crt",
        Node::file(bundle, 0o644),
    );
    tree.put("/etc/ca-certificates.conf", Node::file(list, 0o644));
    Ok(())
}

/// RPM's generators look only at executable ELF files, and so shared libraries are.
fn executable(tree: &mut Tree) -> Result<()> {
    for (path, node) in &mut tree.0 {
        if let Kind::File(contents) = &node.kind
            && path.contains(".so")
            && node.mode & 0o111 == 0
            && elf::is_elf(contents)?
        {
            node.mode |= 0o111;
        }
    }
    Ok(())
}

/// The newer release of a package: its largest file changes by a line at the end, which programs,
/// scripts and texts all bear.
pub(super) fn renew(tree: &mut Tree) -> Result<()> {
    let mut largest: Option<(u64, &String)> = None;
    for (path, node) in &tree.0 {
        let Kind::File(contents) = &node.kind else {
            continue;
        };
        let fits = path.starts_with("/usr/")
            && !path.ends_with(".gz")
            && node.hardlink.is_none()
            && node.capabilities.is_none();
        let size = contents.len()?;
        if fits && largest.is_none_or(|(most, _)| size > most) {
            largest = Some((size, path));
        }
    }
    let Some((_, path)) = largest else {
        return Ok(());
    };
    let path = path.clone();
    if let Some(node) = tree.0.get_mut(&path)
        && let Kind::File(contents) = &mut node.kind
    {
        let mut bytes = contents.bytes()?;
        bytes.extend(b"\n# a newer release\n");
        *contents = Contents::Memory(bytes);
        node.mtime = super::SOURCE_DATE;
    }
    Ok(())
}

/// The package that owns the directories every other one uses, and the links of the merged /usr.
pub(super) fn filesystem() -> Tree {
    let mut tree = Tree::default();
    for path in sets::words(sets::FILESYSTEM) {
        let mode = match path {
            "/tmp" | "/var/tmp" => 0o1777,
            "/root" => 0o700,
            "/proc" | "/sys" => 0o555,
            _ => 0o755,
        };
        tree.put(path, Node::directory(mode));
    }
    for name in ["bin", "sbin", "lib", "lib64"] {
        tree.put(&format!("/{name}"), Node::link(&format!("usr/{name}")));
    }
    tree
}
