//! temporary
use crate::error::{Error, Result};
use crate::graft::accounts::Accounts;
use crate::graft::edit::Edit;
use crate::commit::object;
use crate::commit::directory::Node;
use crate::import::Owner;
pub(crate) fn apply(edit: &mut Edit<'_>, owners: &[Owner]) -> Result<()> {
    if owners.is_empty() { return Ok(()); }
    let accounts = Accounts::load(edit)?;
    for owner in owners {
        let bad = |what: &str| Error::State { object: format!("/{}", owner.path), reason: format!("it belongs to {what}, which does not exist"), remedy: "x".into() };
        let uid = accounts.uid(&owner.user).ok_or_else(|| bad(&owner.user))?;
        let gid = accounts.gid(&owner.group).ok_or_else(|| bad(&owner.group))?;
        if let Some(Node::File(file)) = edit.root.lookup(edit.repo, &owner.path)? {
            let file = *file;
            let loaded = object::load_file(edit.repo, &file)?;
            let mut attributes = loaded.attributes.clone();
            attributes.uid = uid; attributes.gid = gid;
            if let Some(content) = loaded.content {
                use gio::prelude::*;
                let new = object::write_file(edit.repo, &attributes, loaded.size, content.into_read(), &owner.path)?;
                edit.put(&owner.path, new)?;
            }
        }
    }
    Ok(())
}
