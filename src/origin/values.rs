//! What the keys of an origin file mean.

use super::keyfile::{KeyFile, Mistake, escape, escape_list, unescape, unescape_list};
use crate::nevra::Nevra;

/// The values of all known keys.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Values {
    pub(crate) refspec: Option<String>,
    pub(crate) container: Option<String>,
    pub(crate) override_commit: Option<String>,
    pub(crate) unconfigured_state: Option<String>,
    pub(crate) custom_url: Option<String>,
    pub(crate) custom_description: Option<String>,
    pub(crate) requested: Vec<String>,
    pub(crate) requested_local: Vec<(String, Nevra)>,
    pub(crate) requested_local_fileoverride: Vec<(String, Nevra)>,
    pub(crate) overrides_remove: Vec<String>,
    pub(crate) overrides_replace_local: Vec<(String, Nevra)>,
    pub(crate) overrides_replace: Vec<(String, Vec<String>)>,
    pub(crate) modules_enable: Vec<String>,
    pub(crate) modules_install: Vec<String>,
    pub(crate) regenerate_initramfs: bool,
    pub(crate) initramfs_etc: Vec<String>,
    pub(crate) initramfs_args: Vec<String>,
    pub(crate) cliwrap: bool,
    pub(crate) pinned: bool,
}

/// Group, key, and the raw value to write (`None`: the key is absent).
type Entry = (&'static str, &'static str, fn(&Values) -> Option<String>);

/// Every key that is ever written, in the order in which rpm-ostree writes a new file.
pub(crate) const ENTRIES: [Entry; 19] = [
    ("origin", "refspec", |values| {
        string(&values.refspec).filter(|_| !values.has_requests())
    }),
    ("origin", "baserefspec", |values| {
        string(&values.refspec).filter(|_| values.has_requests())
    }),
    ("origin", "container-image-reference", |values| {
        string(&values.container)
    }),
    ("origin", "custom-url", |values| string(&values.custom_url)),
    ("origin", "custom-description", |values| {
        string(&values.custom_description)
    }),
    ("origin", "override-commit", |values| {
        string(&values.override_commit)
    }),
    ("origin", "unconfigured-state", |values| {
        string(&values.unconfigured_state)
    }),
    ("packages", "requested", |values| list(&values.requested)),
    ("packages", "requested-local", |values| {
        local_list(&values.requested_local)
    }),
    ("packages", "requested-local-fileoverride", |values| {
        local_list(&values.requested_local_fileoverride)
    }),
    ("overrides", "remove", |values| {
        list(&values.overrides_remove)
    }),
    ("overrides", "replace-local", |values| {
        local_list(&values.overrides_replace_local)
    }),
    ("overrides", "replace", |values| {
        replace_list(&values.overrides_replace)
    }),
    ("modules", "enable", |values| list(&values.modules_enable)),
    ("modules", "install", |values| list(&values.modules_install)),
    ("rpmostree", "regenerate-initramfs", |values| {
        flag(values.regenerate_initramfs)
    }),
    ("rpmostree", "initramfs-etc", |values| {
        list(&values.initramfs_etc)
    }),
    ("rpmostree", "initramfs-args", |values| {
        list(&values.initramfs_args)
    }),
    ("rpmostree", "ex-cliwrap", |values| flag(values.cliwrap)),
];

impl Values {
    /// The values of a file.
    pub(crate) fn read(file: &KeyFile) -> Result<Values, Mistake> {
        let refspec = match get(file, "origin", "refspec", unescape)? {
            // As rpm-ostree does where both are there.
            Some(refspec) => Some(refspec),
            None => get(file, "origin", "baserefspec", unescape)?,
        };
        let values = Values {
            refspec,
            container: get(file, "origin", "container-image-reference", unescape)?,
            override_commit: get(file, "origin", "override-commit", unescape)?,
            unconfigured_state: get(file, "origin", "unconfigured-state", unescape)?,
            custom_url: get(file, "origin", "custom-url", unescape)?,
            custom_description: get(file, "origin", "custom-description", unescape)?,
            requested: get_list(file, "packages", "requested")?,
            requested_local: get_local(file, "packages", "requested-local")?,
            requested_local_fileoverride: get_local(
                file,
                "packages",
                "requested-local-fileoverride",
            )?,
            overrides_remove: get_list(file, "overrides", "remove")?,
            overrides_replace_local: get_local(file, "overrides", "replace-local")?,
            overrides_replace: get(file, "overrides", "replace", parse_replace)?
                .unwrap_or_default(),
            modules_enable: get_list(file, "modules", "enable")?,
            modules_install: get_list(file, "modules", "install")?,
            regenerate_initramfs: get_flag(file, "rpmostree", "regenerate-initramfs")?,
            initramfs_etc: get_list(file, "rpmostree", "initramfs-etc")?,
            initramfs_args: get_list(file, "rpmostree", "initramfs-args")?,
            cliwrap: get_flag(file, "rpmostree", "ex-cliwrap")?,
            pinned: get_flag(file, "libostree-transient", "pinned")?,
        };
        let reason = match (&values.refspec, &values.container) {
            (Some(_), None) | (None, Some(_)) => return Ok(values),
            (Some(_), Some(_)) => "it has both a refspec and a container-image-reference",
            (None, None) => {
                "it needs refspec=REMOTE:REF, baserefspec= or container-image-reference= in [origin]"
            }
        };
        let place = file.value("origin", "container-image-reference");
        Err(Mistake {
            line: place.map_or(1, |(_, line)| line),
            reason: reason.to_owned(),
        })
    }

    /// Whether the tree has to be assembled on this machine.
    pub(crate) fn has_requests(&self) -> bool {
        self.regenerate_initramfs
            || self.cliwrap
            || [
                &self.requested,
                &self.overrides_remove,
                &self.modules_enable,
                &self.modules_install,
                &self.initramfs_etc,
            ]
            .iter()
            .any(|list| !list.is_empty())
            || [
                &self.requested_local,
                &self.requested_local_fileoverride,
                &self.overrides_replace_local,
            ]
            .iter()
            .any(|list| !list.is_empty())
            || !self.overrides_replace.is_empty()
    }
}

fn get<T, E: ToString>(
    file: &KeyFile,
    group: &str,
    key: &str,
    parse: impl FnOnce(&str) -> Result<T, E>,
) -> Result<Option<T>, Mistake> {
    let Some((value, line)) = file.value(group, key) else {
        return Ok(None);
    };
    let mistake = |error: E| Mistake {
        line,
        reason: format!("{key}: {}", error.to_string()),
    };
    parse(value).map(Some).map_err(mistake)
}

fn get_list(file: &KeyFile, group: &str, key: &str) -> Result<Vec<String>, Mistake> {
    Ok(get(file, group, key, unescape_list)?.unwrap_or_default())
}

fn get_local(file: &KeyFile, group: &str, key: &str) -> Result<Vec<(String, Nevra)>, Mistake> {
    let parse = |value: &str| -> Result<Vec<_>, String> {
        let list = unescape_list(value)?;
        list.iter().map(|item| parse_local(item)).collect()
    };
    Ok(get(file, group, key, parse)?.unwrap_or_default())
}

fn get_flag(file: &KeyFile, group: &str, key: &str) -> Result<bool, Mistake> {
    let parse = |value: &str| match value.trim_end() {
        "true" | "1" => Ok(true),
        "false" | "0" => Ok(false),
        _ => Err("it must be true or false"),
    };
    Ok(get(file, group, key, parse)?.unwrap_or_default())
}

fn parse_local(item: &str) -> Result<(String, Nevra), String> {
    let wrong = || format!("{item:?} must be SHA256:NEVRA");
    let (digest, nevra) = item.split_once(':').ok_or_else(wrong)?;
    let hex = digest
        .bytes()
        .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    if digest.len() != 64 || !hex {
        return Err(wrong());
    }
    Ok((digest.to_owned(), nevra.parse().map_err(|_| wrong())?))
}

fn parse_replace(value: &str) -> Result<Vec<(String, Vec<String>)>, String> {
    let parse = |item: &String| {
        let wrong = || format!("{item:?} must be repo=ID,PACKAGE,PACKAGE");
        let mut parts = item.split(',');
        let repo = parts.next().and_then(|source| source.strip_prefix("repo="));
        let repo = repo.filter(|id| !id.is_empty()).ok_or_else(wrong)?;
        Ok((repo.to_owned(), parts.map(str::to_owned).collect()))
    };
    unescape_list(value)?.iter().map(parse).collect()
}

fn string(value: &Option<String>) -> Option<String> {
    value.as_deref().map(escape)
}

fn list(values: &[String]) -> Option<String> {
    (!values.is_empty()).then(|| escape_list(values.iter().map(String::as_str)))
}

fn local_list(values: &[(String, Nevra)]) -> Option<String> {
    let items: Vec<String> = values
        .iter()
        .map(|(digest, nevra)| format!("{digest}:{nevra}"))
        .collect();
    list(&items)
}

fn replace_list(values: &[(String, Vec<String>)]) -> Option<String> {
    let items: Vec<String> = values
        .iter()
        .map(|(repo, packages)| format!("repo={repo},{}", packages.join(",")))
        .collect();
    list(&items)
}

fn flag(value: bool) -> Option<String> {
    value.then(|| "true".to_owned())
}
