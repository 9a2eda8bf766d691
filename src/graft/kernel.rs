//! Which kernel a tree boots.

use crate::commit::directory::{Directory, Node};
use crate::error::{Error, Result};

/// Where kernels live, each in a directory named by its version.
const MODULES: &str = "usr/lib/modules";

/// A tree's kernel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Kernel {
    /// Its version, the name of its directory below `usr/lib/modules`.
    pub(crate) version: String,
    /// Whether `initramfs.img` is beside it.
    pub(crate) has_initramfs: bool,
}

impl Kernel {
    /// The directory that it is in.
    pub(crate) fn directory(&self) -> String {
        format!("{MODULES}/{}", self.version)
    }
}

/// Finds the tree's one kernel; reads `usr/lib/modules` and the directories right in it. A
/// directory of modules without a kernel (left by a package of modules) does not count.
pub(crate) fn find(repo: &ostree::Repo, root: &mut Directory) -> Result<Option<Kernel>> {
    let Some(Node::Dir(modules)) = root.lookup(repo, MODULES)? else {
        return Ok(None);
    };
    let mut found: Option<Kernel> = None;
    for (version, node) in modules.nodes(repo)? {
        let Node::Dir(dir) = node else { continue };
        let nodes = dir.nodes(repo)?;
        let is_file = |name: &str| matches!(nodes.get(name), Some(Node::File(_)));
        if !is_file("vmlinuz") {
            continue;
        }
        if let Some(first) = &found {
            return Err(Error::State {
                object: format!("/{MODULES}"),
                reason: format!("it has two kernels, {} and {version}", first.version),
                remedy: "remove one of them in the same request".to_owned(),
            });
        }
        found = Some(Kernel {
            version: version.clone(),
            has_initramfs: is_file("initramfs.img"),
        });
    }
    Ok(found)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::graft::edit::tests::Bed;

    #[test]
    fn one_kernel_or_none() {
        let mut bed = Bed::with(&[
            ("usr/lib/modules/6.1/kernel/a.ko", ""),
            ("usr/lib/modules/notes", ""),
        ]);
        let repo = bed.repo.clone();
        assert_eq!(find(&repo, &mut bed.root).unwrap(), None);
        bed.edit()
            .write("usr/lib/modules/6.2-1.x86_64/vmlinuz", None, b"k")
            .unwrap();
        let mut written = 0;
        let tree = bed.root.write(&repo, &mut written).unwrap();
        let mut root = Directory::stored(tree);
        let kernel = find(&repo, &mut root).unwrap().unwrap();
        assert_eq!(kernel.version, "6.2-1.x86_64");
        assert!(!kernel.has_initramfs);
        assert_eq!(root.unchanged(), Some(tree));
        for name in ["6.2-1.x86_64/initramfs.img", "6.3/vmlinuz"] {
            assert!(find(&repo, &mut bed.root).is_ok());
            let path = format!("usr/lib/modules/{name}");
            bed.edit().write(&path, None, b"k").unwrap();
        }
        let error = find(&repo, &mut bed.root).unwrap_err().to_string();
        assert!(error.contains("6.2-1.x86_64 and 6.3"), "{error}");
        bed.edit().remove("usr/lib/modules/6.3").unwrap();
        assert!(find(&repo, &mut bed.root).unwrap().unwrap().has_initramfs);
    }
}
