//! Files and directories get the owner that their package names. An import does not know numbers,
//! which differ from tree to tree: in packages' trees everything is root's.

use crate::commit::directory::Node;
use crate::commit::object::{self, Attributes};
use crate::error::{Error, Result};
use crate::graft::accounts::Accounts;
use crate::graft::edit::Edit;
use gio::prelude::*;

/// Who owns something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Owner<'a> {
    /// The path in the tree, as in `usr/etc/x`.
    pub(crate) path: &'a str,
    /// The user's name.
    pub(crate) user: &'a str,
    /// The group's name.
    pub(crate) group: &'a str,
    /// The package, for messages.
    pub(crate) package: &'a str,
}

/// Gives each its owner; everything else about it stays, the setuid bit and capabilities too. What
/// is not in the tree (documentation left out, files below `/var`) is passed over. Returns how many
/// were rewritten.
pub(crate) fn apply(edit: &mut Edit<'_>, owners: &[Owner<'_>], accounts: &Accounts) -> Result<u64> {
    let mut rewritten = 0;
    for owner in owners {
        if (owner.user, owner.group) == ("root", "root") {
            continue;
        }
        // Before the tree is asked: a missing account is an error wherever the file goes.
        let uid = number(accounts.uid(owner.user), "user", owner.user, owner)?;
        let gid = number(accounts.gid(owner.group), "group", owner.group, owner)?;
        let given = |mut attributes: Attributes| {
            let differs = (attributes.uid, attributes.gid) != (uid, gid);
            (attributes.uid, attributes.gid) = (uid, gid);
            differs.then_some(attributes)
        };
        match edit.root.lookup(edit.repo, owner.path)? {
            None => {}
            Some(Node::Dir(dir)) => {
                let old = dir.metadata();
                let Some(attributes) = given(Attributes::load_directory(edit.repo, &old)?) else {
                    continue;
                };
                let new = attributes.write_directory(edit.repo)?;
                // The listing above names the metadata too, so it must count as changed.
                edit.root
                    .ensure(edit.repo, owner.path, new)?
                    .set_metadata(new);
                rewritten += 1;
            }
            Some(Node::File(file)) => {
                let file = object::load_file(edit.repo, file)?;
                let Some(attributes) = given(file.attributes) else {
                    continue;
                };
                let new = match (file.target, file.content) {
                    (Some(target), _) => object::write_symlink(edit.repo, &attributes, &target)?,
                    (None, Some(content)) => {
                        let content = content.into_read();
                        object::write_file(edit.repo, &attributes, file.size, content, owner.path)?
                    }
                    (None, None) => {
                        return Err(Error::corrupt(
                            format!("/{}", owner.path),
                            "it is neither a file nor a symlink",
                        ));
                    }
                };
                edit.put(owner.path, new)?;
                rewritten += 1;
            }
        }
    }
    Ok(rewritten)
}

fn number(found: Option<u32>, what: &str, name: &str, owner: &Owner<'_>) -> Result<u32> {
    found.ok_or_else(|| Error::State {
        object: format!("/{} of {}", owner.path, owner.package),
        reason: format!("it belongs to the {what} {name}, which does not exist in this tree"),
        remedy: "add the package that makes this account, or have the package make it with a \
                 sysusers.d file"
            .to_owned(),
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::graft::edit::tests::Bed;

    fn attributes(bed: &mut Bed, path: &str) -> Attributes {
        let repo = bed.repo.clone();
        match bed.root.lookup(&repo, path).unwrap().unwrap() {
            Node::File(file) => object::load_file(&repo, file).unwrap().attributes,
            Node::Dir(dir) => Attributes::load_directory(&repo, &dir.metadata()).unwrap(),
        }
    }

    #[test]
    fn mode_and_capabilities_stay() {
        let mut bed = Bed::in_mode(ostree::RepoMode::BareUser);
        for (path, content) in [
            ("usr/etc/passwd", "db:x:27:27::/:/x\n"),
            ("usr/etc/group", "db:x:28:\n"),
            ("usr/share/db/data", "content"),
        ] {
            bed.edit().write(path, None, content.as_bytes()).unwrap();
        }
        let special = Attributes {
            mode: libc::S_IFREG | 0o6755,
            xattrs: [(b"security.capability".to_vec(), vec![1, 0, 0, 2])].into(),
            ..Attributes::default()
        };
        let large = vec![5; 300_000];
        let file = object::write_file(&bed.repo, &special, 300_000, &large[..], "x").unwrap();
        bed.edit().put("usr/bin/db", file).unwrap();
        bed.edit().symlink("usr/bin/link", "db").unwrap();
        let repo = bed.repo.clone();
        bed.root.write(&repo, &mut 0).unwrap();

        let owner = |path, user, group| Owner {
            path,
            user,
            group,
            package: "db-1-1.noarch",
        };
        let owners = [
            owner("usr/bin/db", "db", "root"),
            owner("usr/bin/link", "db", "db"),
            owner("usr/share/db", "db", "db"),
            owner("usr/share/none", "db", "db"),
            owner("usr/share", "root", "root"),
        ];
        let accounts = Accounts::load(&mut bed.edit()).unwrap();
        assert_eq!(apply(&mut bed.edit(), &owners, &accounts).unwrap(), 3);
        let program = attributes(&mut bed, "usr/bin/db");
        assert_eq!(program, Attributes { uid: 27, ..special });
        let repo = bed.repo.clone();
        let file = bed.edit().file("usr/bin/db").unwrap().unwrap();
        assert_eq!(object::read_file(&repo, &file, 1 << 20).unwrap(), large);
        assert_eq!(attributes(&mut bed, "usr/bin/link").gid, 28);
        let directory = attributes(&mut bed, "usr/share/db");
        assert_eq!((directory.uid, directory.gid), (27, 28));

        // The new owner is in what is written, and there is nothing left to do.
        let tree = bed.root.write(&repo, &mut 0).unwrap();
        bed.root = crate::commit::directory::Directory::stored(tree);
        assert_eq!(attributes(&mut bed, "usr/share/db"), directory);
        assert_eq!(apply(&mut bed.edit(), &owners, &accounts).unwrap(), 0);
        assert_eq!(bed.root.unchanged(), Some(tree));

        let unknown = [owner("usr/bin/db", "nobody-here", "db")];
        let error = apply(&mut bed.edit(), &unknown, &accounts).unwrap_err();
        let text = error.to_string();
        assert!(text.contains("/usr/bin/db of db-1-1.noarch"), "{text}");
    }
}
