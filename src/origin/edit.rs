//! Requests are added to an origin and taken back.
//!
//! Each call says whether it changed anything. Lists are sorted as rpm-ostree sorts them: names by
//! their bytes, local packages by the text of their NEVRA. `refspec` becomes `baserefspec` with the
//! first request, and `refspec` again when the last one is gone.

use super::Origin;
use crate::nevra::Nevra;

impl Origin {
    /// Follows another ref from now on. What belonged to the old one goes: a commit chosen instead
    /// of its newest, a container image, a custom origin, a note that it is not set up. Requests
    /// stay.
    pub fn set_refspec(&mut self, refspec: &str) {
        self.edit(|values| {
            values.refspec = Some(refspec.to_owned());
            values.container = None;
            values.override_commit = None;
            values.unconfigured_state = None;
            values.custom_url = None;
            values.custom_description = None;
        });
    }

    /// Takes this base commit (64 hexadecimal digits) instead of the newest; `None`: the newest
    /// again.
    pub fn set_override_commit(&mut self, checksum: Option<&str>) {
        self.edit(|values| values.override_commit = checksum.map(str::to_owned));
    }

    /// Asks for a package by name, capability or path.
    pub fn add_requested(&mut self, pattern: &str) -> bool {
        self.changing(|values| add(&mut values.requested, pattern))
    }

    /// No longer asks for it; `pattern` is the text of the request.
    pub fn remove_requested(&mut self, pattern: &str) -> bool {
        self.changing(|values| remove(&mut values.requested, pattern))
    }

    /// Asks for a local RPM; `digest` is the SHA-256 of its lead, signature and header, in
    /// hexadecimal.
    pub fn add_requested_local(&mut self, digest: &str, package: &Nevra) -> bool {
        self.changing(|values| add_local(&mut values.requested_local, digest, package))
    }

    /// No longer asks for a local RPM.
    pub fn remove_requested_local(&mut self, package: &Nevra) -> bool {
        self.changing(|values| remove_local(&mut values.requested_local, package))
    }

    /// Takes back all requests for packages, local ones included; overrides stay.
    pub fn clear_requested(&mut self) -> bool {
        self.changing(|values| {
            values.requested.clear();
            values.requested_local.clear();
            values.requested_local_fileoverride.clear();
        })
    }

    /// Asks for a base package's removal, by name.
    pub fn add_override_remove(&mut self, name: &str) -> bool {
        self.changing(|values| add(&mut values.overrides_remove, name))
    }

    /// Takes that back.
    pub fn reset_override_remove(&mut self, name: &str) -> bool {
        self.changing(|values| remove(&mut values.overrides_remove, name))
    }

    /// Asks for a base package's replacement by a local RPM; `digest` as in
    /// [`Origin::add_requested_local`].
    pub fn add_override_replace_local(&mut self, digest: &str, package: &Nevra) -> bool {
        self.changing(|values| add_local(&mut values.overrides_replace_local, digest, package))
    }

    /// Takes that back.
    pub fn reset_override_replace_local(&mut self, package: &Nevra) -> bool {
        self.changing(|values| remove_local(&mut values.overrides_replace_local, package))
    }

    /// Asks for a base package's replacement from the repository `repo`; a package is replaced
    /// from one repository alone, the one named last.
    pub fn add_override_replace(&mut self, repo: &str, name: &str) -> bool {
        self.changing(|values| {
            let all = &mut values.overrides_replace;
            let present = all
                .iter()
                .find(|(_, names)| names.iter().any(|it| it == name));
            if present.is_some_and(|(id, _)| id == repo) {
                return;
            }
            remove_replaced(all, name);
            match all.iter_mut().find(|(id, _)| id == repo) {
                Some((_, names)) => add(names, name),
                None => all.push((repo.to_owned(), vec![name.to_owned()])),
            }
        })
    }

    /// Takes that back.
    pub fn reset_override_replace(&mut self, name: &str) -> bool {
        self.changing(|values| remove_replaced(&mut values.overrides_replace, name))
    }

    /// Takes back all removals and replacements of base packages.
    pub fn reset_overrides(&mut self) -> bool {
        self.changing(|values| {
            values.overrides_remove.clear();
            values.overrides_replace_local.clear();
            values.overrides_replace.clear();
        })
    }

    fn changing(&mut self, change: impl FnOnce(&mut super::Values)) -> bool {
        let before = self.values.clone();
        self.edit(change);
        self.values != before
    }
}

/// Adds and sorts; an item that is there already changes nothing, not even the order.
fn add(list: &mut Vec<String>, item: &str) {
    if !list.iter().any(|present| present == item) {
        list.push(item.to_owned());
        list.sort();
    }
}

fn remove(list: &mut Vec<String>, item: &str) {
    list.retain(|present| present != item);
}

fn add_local(list: &mut Vec<(String, Nevra)>, digest: &str, package: &Nevra) {
    let item = (digest.to_owned(), package.clone());
    if list.contains(&item) {
        return;
    }
    remove_local(list, package);
    list.push(item);
    list.sort_by_cached_key(|(_, nevra)| nevra.to_string());
}

fn remove_local(list: &mut Vec<(String, Nevra)>, package: &Nevra) {
    list.retain(|(_, nevra)| nevra != package);
}

fn remove_replaced(list: &mut Vec<(String, Vec<String>)>, name: &str) {
    for (_, names) in list.iter_mut() {
        remove(names, name);
    }
    list.retain(|(_, names)| !names.is_empty());
}
