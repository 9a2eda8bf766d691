//! The origin file: what a deployment follows, and what was asked for on top of it.
//!
//! libostree keeps one beside each deployment (`ostree/deploy/OS/deploy/CHECKSUM.SERIAL.origin`)
//! and carries it along; rpm-ostree and regraft write the user's requests into it, with the same
//! keys:
//!
//! ```text
//! [origin]
//! baserefspec=fedora:fedora/41/x86_64/silverblue     `refspec` while nothing is asked for
//!
//! [packages]
//! requested=git;tmux;                                 sorted, each with a ; behind it
//! requested-local=SHA256:NEVRA;                       SHA-256 of the RPM's lead, signature, header
//!
//! [overrides]
//! remove=firefox;
//! replace-local=SHA256:NEVRA;
//! replace=repo=ID,package,package;
//! ```
//!
//! Whatever is not edited keeps its bytes: comments, groups and keys that nobody here knows.
//!
//! ```
//! use regraft::Origin;
//!
//! let mut origin = Origin::parse("[origin]\nrefspec=os:os/x86_64/base\n")?;
//! origin.add_requested("tmux");
//! assert_eq!(
//!     origin.to_string(),
//!     "[origin]\nbaserefspec=os:os/x86_64/base\n\n[packages]\nrequested=tmux;\n"
//! );
//! # Ok::<(), regraft::Error>(())
//! ```

pub(crate) mod digest;
mod edit;
mod keyfile;
mod values;

use crate::error::{Error, Result};
use crate::nevra::Nevra;
use keyfile::{KeyFile, Mistake};
use serde_json::{Value, json};
use std::fmt;
use std::str::FromStr;
use values::{ENTRIES, Values};

/// An origin file.
///
/// Two are equal when their texts are; [`Origin::without_transient`] takes out first what says
/// nothing about the tree.
#[derive(Debug, Clone)]
pub struct Origin {
    file: KeyFile,
    values: Values,
}

/// The group whose keys are about one deployment, not about its tree.
const TRANSIENT: &str = "libostree-transient";

impl Origin {
    /// An origin that follows `refspec` (`REMOTE:REF`, `REF` or a commit's checksum), and nothing
    /// more.
    pub fn new(refspec: &str) -> Origin {
        let mut origin = Origin {
            file: KeyFile::default(),
            values: Values::default(),
        };
        origin.edit(|values| values.refspec = Some(refspec.to_owned()));
        origin
    }

    /// Reads the text of an origin file.
    ///
    /// # Errors
    ///
    /// [`Error::Config`], naming the line, where GLib or rpm-ostree would refuse the file: it is
    /// no key file, follows nothing or two things, or a known key's value has not its form.
    pub fn parse(text: &str) -> Result<Origin> {
        let config = |mistake: Mistake| Error::Config {
            file: format!("origin file, line {}", mistake.line),
            reason: mistake.reason,
        };
        let file = KeyFile::parse(text).map_err(config)?;
        let values = Values::read(&file).map_err(config)?;
        Ok(Origin { file, values })
    }

    /// The file's text.
    pub fn to_text(&self) -> String {
        self.file.text()
    }

    /// The same without what concerns only one deployment (`libostree-transient`), for
    /// comparisons.
    #[must_use]
    pub fn without_transient(&self) -> Origin {
        let mut origin = self.clone();
        origin.file.remove_group(TRANSIENT);
        origin.values.pinned = false;
        origin
    }

    /// The ref that the base comes from: `REMOTE:REF`, `REF`, or a commit's checksum.
    pub fn refspec(&self) -> Option<&str> {
        self.values.refspec.as_deref()
    }

    /// The container image that the base comes from, with its signature policy:
    /// `ostree-unverified-registry:quay.io/os/base:41`.
    pub fn container_image_reference(&self) -> Option<&str> {
        self.values.container.as_deref()
    }

    /// The base commit that was asked for instead of the newest.
    pub fn override_commit(&self) -> Option<&str> {
        self.values.override_commit.as_deref()
    }

    /// Why this system cannot be upgraded before somebody has set it up; for the user to read.
    pub fn unconfigured_state(&self) -> Option<&str> {
        self.values.unconfigured_state.as_deref()
    }

    /// Address and description of the custom origin, which an outer tool manages.
    pub fn custom(&self) -> Option<(&str, Option<&str>)> {
        let url = self.values.custom_url.as_deref()?;
        Some((url, self.values.custom_description.as_deref()))
    }

    /// The packages asked for, as names, capabilities or paths.
    pub fn requested(&self) -> Vec<String> {
        self.values.requested.clone()
    }

    /// The local RPMs asked for: SHA-256 of lead, signature and header, and identity.
    pub fn requested_local(&self) -> Vec<(String, Nevra)> {
        self.values.requested_local.clone()
    }

    /// The local RPMs whose files win over all others'.
    pub fn requested_local_fileoverride(&self) -> Vec<(String, Nevra)> {
        self.values.requested_local_fileoverride.clone()
    }

    /// The names of the base packages to remove.
    pub fn overrides_remove(&self) -> Vec<String> {
        self.values.overrides_remove.clone()
    }

    /// The local RPMs that replace base packages.
    pub fn overrides_replace_local(&self) -> Vec<(String, Nevra)> {
        self.values.overrides_replace_local.clone()
    }

    /// The base packages replaced from a repository: its id, and the packages' names.
    pub fn overrides_replace(&self) -> Vec<(String, Vec<String>)> {
        self.values.overrides_replace.clone()
    }

    /// Whether the initramfs is made anew on this machine.
    pub fn regenerate_initramfs(&self) -> bool {
        self.values.regenerate_initramfs
    }

    /// Further arguments for dracut.
    pub fn initramfs_args(&self) -> Vec<String> {
        self.values.initramfs_args.clone()
    }

    /// The files of `/etc` that are appended to the initramfs.
    pub fn initramfs_etc(&self) -> Vec<String> {
        self.values.initramfs_etc.clone()
    }

    /// Whether `rpm`, `dnf` and others are wrapped.
    pub fn cliwrap(&self) -> bool {
        self.values.cliwrap
    }

    /// The module streams enabled.
    pub fn modules_enable(&self) -> Vec<String> {
        self.values.modules_enable.clone()
    }

    /// The module profiles installed.
    pub fn modules_install(&self) -> Vec<String> {
        self.values.modules_install.clone()
    }

    /// Whether the deployment is kept until somebody unpins it.
    pub fn pinned(&self) -> bool {
        self.values.pinned
    }

    /// Whether something is asked for on top of the base, so that the tree is assembled here.
    pub fn has_requests(&self) -> bool {
        self.values.has_requests()
    }

    /// The first thing in it that this version of regraft cannot do, for [`Error::Unsupported`];
    /// `None` when it can do everything.
    pub fn unsupported(&self) -> Option<&'static str> {
        let values = &self.values;
        let features = [
            (values.container.is_some(), "a container image as the base"),
            (
                !values.requested_local.is_empty(),
                "layering local packages",
            ),
            (
                !values.requested_local_fileoverride.is_empty(),
                "local packages that override files",
            ),
            (
                !values.overrides_replace_local.is_empty(),
                "replacing base packages by local ones",
            ),
            (
                !values.overrides_replace.is_empty(),
                "replacing base packages from a repository",
            ),
            (values.regenerate_initramfs, "regenerating the initramfs"),
            (
                !values.initramfs_args.is_empty(),
                "arguments for the initramfs",
            ),
            (
                !values.initramfs_etc.is_empty(),
                "files of /etc in the initramfs",
            ),
            (values.cliwrap, "wrapped command-line tools (cliwrap)"),
            (
                !(values.modules_enable.is_empty() && values.modules_install.is_empty()),
                "modules",
            ),
        ];
        features
            .into_iter()
            .find_map(|(present, feature)| present.then_some(feature))
    }

    /// What it says, as one JSON object with the names of the calls above. It is for reading: the
    /// file's text has more.
    pub fn to_json(&self) -> Value {
        let locals = |list: &[(String, Nevra)]| -> Vec<Value> {
            list.iter()
                .map(|(digest, package)| json!({"digest": digest, "package": package}))
                .collect()
        };
        let values = &self.values;
        let replaced = values.overrides_replace.iter();
        let replaced: Vec<Value> = replaced
            .map(|(repo, packages)| json!({"repo": repo, "packages": packages}))
            .collect();
        let custom = self.custom();
        json!({
            "refspec": values.refspec,
            "container_image_reference": values.container,
            "override_commit": values.override_commit,
            "unconfigured_state": values.unconfigured_state,
            "custom": custom.map(|(url, description)| json!({
                "url": url,
                "description": description,
            })),
            "requested": values.requested,
            "requested_local": locals(&values.requested_local),
            "requested_local_fileoverride": locals(&values.requested_local_fileoverride),
            "overrides_remove": values.overrides_remove,
            "overrides_replace_local": locals(&values.overrides_replace_local),
            "overrides_replace": replaced,
            "regenerate_initramfs": values.regenerate_initramfs,
            "initramfs_args": values.initramfs_args,
            "initramfs_etc": values.initramfs_etc,
            "cliwrap": values.cliwrap,
            "modules_enable": values.modules_enable,
            "modules_install": values.modules_install,
            "pinned": values.pinned,
            "has_requests": self.has_requests(),
            "unsupported": self.unsupported(),
        })
    }

    /// Changes values, and of the text those lines alone whose values differ afterwards.
    fn edit(&mut self, change: impl FnOnce(&mut Values)) {
        let before = self.values.clone();
        change(&mut self.values);
        if self.values == before {
            return;
        }
        let order = ENTRIES.map(|(group, key, _)| (group, key));
        // The key's name follows the requests; its line stays where it is.
        if let Some(refspec) = &self.values.refspec {
            let (wanted, other) = match self.values.has_requests() {
                true => ("baserefspec", "refspec"),
                false => ("refspec", "baserefspec"),
            };
            match self.file.value("origin", wanted) {
                Some(_) => self.file.remove("origin", other),
                None => self.file.rename("origin", other, wanted),
            }
            let stored = self.file.value("origin", wanted);
            if stored
                .and_then(|(raw, _)| keyfile::unescape(raw).ok())
                .as_ref()
                != Some(refspec)
            {
                let value = keyfile::escape(refspec);
                self.file.set("origin", wanted, &value, &order);
            }
        }
        for (group, key, encode) in ENTRIES {
            let new = encode(&self.values);
            if encode(&before) == new {
                continue;
            }
            match new {
                Some(value) => self.file.set(group, key, &value, &order),
                None => self.file.remove(group, key),
            }
        }
    }
}

impl PartialEq for Origin {
    fn eq(&self, other: &Origin) -> bool {
        self.file == other.file
    }
}

impl Eq for Origin {}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_text())
    }
}

impl FromStr for Origin {
    type Err = Error;

    fn from_str(text: &str) -> Result<Origin> {
        Origin::parse(text)
    }
}
