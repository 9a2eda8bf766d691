//! systemd units that a compose enables: the links that `systemctl --root enable` would make, in
//! `usr/etc/systemd/system`, from what the units say in `[Install]`.

use crate::error::{Error, Result};
use crate::graft::edit::Edit;
use std::collections::BTreeSet;

/// Where the links go, and where units of the machine itself can be.
const ETC: &str = "usr/etc/systemd/system";

/// Where packages' units are.
const LIB: &str = "usr/lib/systemd/system";

/// A larger unit file is damaged or hostile.
const LIMIT: u64 = 1024 * 1024;

/// How many units may be enabled through `Also=`.
const ALSO_LIMIT: usize = 1000;

/// Enables units. One that has nothing in `[Install]` becomes wanted by `multi-user.target`, as it
/// does with rpm-ostree.
pub(crate) fn enable(edit: &mut Edit<'_>, units: &[String]) -> Result<()> {
    let mut done = BTreeSet::new();
    let mut left: Vec<(String, bool)> = units.iter().rev().map(|u| (u.clone(), false)).collect();
    while let Some((unit, by_also)) = left.pop() {
        if !done.insert(unit.clone()) {
            continue;
        }
        if done.len() > ALSO_LIMIT {
            let what = format!("a chain of more than {ALSO_LIMIT} units in Also=");
            return Err(Error::unsupported(what, unit));
        }
        let also = Unit::load(edit, &unit)?.enable(edit, by_also)?;
        left.extend(also.into_iter().rev().map(|unit| (unit, true)));
    }
    Ok(())
}

/// Makes `target` what the system boots into. The link is in `usr/lib`, as rpm-ostree has it: it is
/// the system's default, and a machine's own in `/etc` comes first.
pub(crate) fn set_default_target(edit: &mut Edit<'_>, target: &str) -> Result<()> {
    if !is_unit_name(target) || !target.ends_with(".target") {
        return Err(Error::InvalidArgument {
            argument: "default-target",
            value: target.to_owned(),
            reason: "it is no name of a target, such as multi-user.target".to_owned(),
        });
    }
    edit.symlink(&format!("{LIB}/default.target"), target)
}

/// A unit and its `[Install]` section.
#[derive(Debug, Default)]
struct Unit {
    /// Its name; with the default instance, where a template has one and none was named.
    name: String,
    /// Absolute path of its file on the running system.
    file: String,
    wanted_by: Vec<String>,
    required_by: Vec<String>,
    upheld_by: Vec<String>,
    aliases: Vec<String>,
    also: Vec<String>,
    default_instance: Option<String>,
}

impl Unit {
    fn load(edit: &mut Edit<'_>, name: &str) -> Result<Unit> {
        if !is_unit_name(name) {
            return Err(Error::InvalidArgument {
                argument: "units",
                value: name.to_owned(),
                reason: "it is no name of a unit, such as sshd.service".to_owned(),
            });
        }
        let template = template_of(name);
        let mut unit = Unit {
            name: name.to_owned(),
            ..Unit::default()
        };
        let mut files = [Some(name), template.as_deref()]
            .into_iter()
            .flatten()
            .flat_map(|file| [(ETC, file), (LIB, file)]);
        let (place, file) = loop {
            let Some((place, file)) = files.next() else {
                return Err(Error::NotFound {
                    what: "unit",
                    name: name.to_owned(),
                    remedy: "add the package that has it, or take it off the list".to_owned(),
                });
            };
            if edit.exists(&format!("{place}/{file}"))? {
                break (place, file);
            }
        };
        let path = format!("{place}/{file}");
        if let Some(target) = edit.link_target(&path)? {
            let reason = match target.as_str() {
                "/dev/null" => "it is masked".to_owned(),
                other => format!("it is only another name, for {other}"),
            };
            return Err(Error::State {
                object: format!("the unit {name}"),
                reason,
                remedy: "name the unit itself, or take it off the list".to_owned(),
            });
        }
        unit.file = match place {
            ETC => format!("/etc/systemd/system/{file}"),
            _ => format!("/{path}"),
        };
        let text = edit.read(&path, LIMIT)?.unwrap_or_default();
        unit.parse(&text, &path)?;
        // By name and not by place; the machine's own wins.
        let mut drop_ins = std::collections::BTreeMap::new();
        for place in [LIB, ETC] {
            let dir = format!("{place}/{file}.d");
            for (drop_in, _) in edit.files(&dir)? {
                if drop_in.ends_with(".conf") {
                    let path = format!("{dir}/{drop_in}");
                    drop_ins.insert(drop_in, path);
                }
            }
        }
        for path in drop_ins.into_values() {
            if edit.link_target(&path)?.is_none() {
                let text = edit.read(&path, LIMIT)?.unwrap_or_default();
                unit.parse(&text, &path)?;
            }
        }
        if let (Some(instance), (Some((prefix, "")), kind)) =
            (&unit.default_instance, template_parts(name))
        {
            unit.name = format!("{prefix}@{instance}.{kind}");
        }
        unit.expand()?;
        Ok(unit)
    }

    /// Adds what `[Install]` in this file says. An empty value takes back those before it.
    fn parse(&mut self, bytes: &[u8], path: &str) -> Result<()> {
        let text = std::str::from_utf8(bytes).map_err(|_| Error::Config {
            file: path.to_owned(),
            reason: "it is not UTF-8".to_owned(),
        })?;
        let mut in_install = false;
        for line in logical_lines(text) {
            let line = line.trim();
            if line.starts_with('[') {
                in_install = line == "[Install]";
                continue;
            }
            let Some((key, value)) = line.split_once('=').filter(|_| in_install) else {
                continue;
            };
            let value = value.trim();
            let list = match key.trim() {
                "WantedBy" => &mut self.wanted_by,
                "RequiredBy" => &mut self.required_by,
                "UpheldBy" => &mut self.upheld_by,
                "Alias" => &mut self.aliases,
                "Also" => &mut self.also,
                "DefaultInstance" => {
                    self.default_instance = Some(value.to_owned()).filter(|v| !v.is_empty());
                    continue;
                }
                _ => continue,
            };
            if value.is_empty() {
                list.clear();
            }
            list.extend(value.split_ascii_whitespace().map(str::to_owned));
        }
        Ok(())
    }

    /// Replaces specifiers and checks the names.
    fn expand(&mut self) -> Result<()> {
        let name = self.name.clone();
        for list in [
            &mut self.wanted_by,
            &mut self.required_by,
            &mut self.upheld_by,
            &mut self.aliases,
            &mut self.also,
        ] {
            for value in list {
                *value = expand(value, &name)?;
                if !is_unit_name(value) {
                    return Err(Error::Config {
                        file: format!("the unit {name}"),
                        reason: format!("{value:?} in [Install] is no name of a unit"),
                    });
                }
            }
        }
        Ok(())
    }

    /// Makes the links; returns the units to enable with it.
    fn enable(self, edit: &mut Edit<'_>, by_also: bool) -> Result<Vec<String>> {
        let multi_user = ["multi-user.target".to_owned()];
        let nothing = self.wanted_by.is_empty()
            && self.required_by.is_empty()
            && self.upheld_by.is_empty()
            && self.aliases.is_empty()
            && self.also.is_empty();
        let wanted_by: &[String] = if nothing && !by_also {
            &multi_user
        } else {
            &self.wanted_by
        };
        let is_template = matches!(template_parts(&self.name).0, Some((_, "")));
        for (by, kind) in [
            (wanted_by, "wants"),
            (&self.required_by, "requires"),
            (&self.upheld_by, "upholds"),
        ] {
            for other in by {
                // A template as such can only be wanted by templates.
                if is_template && !matches!(template_parts(other).0, Some((_, ""))) {
                    return Err(Error::InvalidArgument {
                        argument: "units",
                        value: self.name,
                        reason: "a template needs an instance, as in getty@tty1.service".to_owned(),
                    });
                }
                let link = format!("{ETC}/{other}.{kind}/{}", self.name);
                if !edit.exists(&link)? {
                    edit.symlink(&link, &self.file)?;
                }
            }
        }
        for alias in &self.aliases {
            self.alias(edit, alias)?;
        }
        Ok(self.also)
    }

    fn alias(&self, edit: &mut Edit<'_>, alias: &str) -> Result<()> {
        let file = self.file.rsplit('/').next().unwrap_or_default();
        if !can_alias(alias, file) {
            return Err(Error::Config {
                file: format!("the unit {}", self.name),
                reason: format!("{alias} can be no other name for {file}"),
            });
        }
        if alias == self.name {
            return Ok(());
        }
        let link = format!("{ETC}/{alias}");
        if !edit.exists(&link)? {
            return edit.symlink(&link, &self.file);
        }
        match edit.link_target(&link)? {
            Some(target) if target == self.file => Ok(()),
            _ => Err(Error::State {
                object: format!("/{link}"),
                reason: format!("{} is to have this name too, which is taken", self.name),
                remedy: "take one of the two units off the list".to_owned(),
            }),
        }
    }
}

/// Lines, those that end in a backslash joined with the next; comments are gone.
fn logical_lines(text: &str) -> impl Iterator<Item = String> {
    let mut lines = text.lines();
    std::iter::from_fn(move || {
        let mut whole: Option<String> = None;
        for line in lines.by_ref() {
            // A comment between joined lines does not end them.
            if line.trim_start().starts_with(['#', ';']) {
                continue;
            }
            let text = whole.get_or_insert_default();
            match line.strip_suffix('\\') {
                Some(start) => {
                    text.push_str(start);
                    text.push(' ');
                }
                None => {
                    text.push_str(line);
                    break;
                }
            }
        }
        whole
    })
}

/// The types of units.
const TYPES: [&str; 11] = [
    "service",
    "socket",
    "device",
    "mount",
    "automount",
    "swap",
    "target",
    "path",
    "timer",
    "slice",
    "scope",
];

/// Whether it can be a file's name and a unit's.
fn is_unit_name(name: &str) -> bool {
    let (stem, kind) = name.rsplit_once('.').unwrap_or((name, ""));
    let letters = |byte: u8| byte.is_ascii_alphanumeric() || b":-_.\\@".contains(&byte);
    !stem.is_empty()
        && !stem.starts_with('@')
        && name.len() < 256
        && TYPES.contains(&kind)
        && stem.bytes().all(letters)
}

/// Prefix and instance of a unit with `@`, and the type.
fn template_parts(name: &str) -> (Option<(&str, &str)>, &str) {
    let (stem, kind) = name.rsplit_once('.').unwrap_or((name, ""));
    (stem.split_once('@'), kind)
}

/// Whether a link called `alias` may lead to the unit file `file`: both of one type, and plain to
/// plain, a template to a template, an instance to a template or to a file of the same instance.
fn can_alias(alias: &str, file: &str) -> bool {
    let ((alias, alias_type), (file, file_type)) = (template_parts(alias), template_parts(file));
    let fits = match (alias, file) {
        (None, None) | (Some(_), Some((_, ""))) => true,
        (Some((_, instance)), Some((_, of_file))) => instance == of_file,
        (_, _) => false,
    };
    alias_type == file_type && fits
}

/// The template's name of an instance.
fn template_of(name: &str) -> Option<String> {
    match template_parts(name) {
        (Some((prefix, instance)), kind) if !instance.is_empty() => {
            Some(format!("{prefix}@.{kind}"))
        }
        _ => None,
    }
}

/// Replaces what a unit's name decides about.
fn expand(value: &str, name: &str) -> Result<String> {
    let (stem, _) = name.rsplit_once('.').unwrap_or((name, ""));
    let (prefix, instance) = stem.split_once('@').unwrap_or((stem, ""));
    let mut text = String::new();
    let mut chars = value.chars();
    while let Some(char) = chars.next() {
        if char != '%' {
            text.push(char);
            continue;
        }
        match chars.next() {
            Some('%') => text.push('%'),
            Some('n') => text.push_str(name),
            Some('N') => text.push_str(stem),
            Some('p') => text.push_str(prefix),
            Some('i') => text.push_str(instance),
            Some('j') => text.push_str(prefix.rsplit('-').next().unwrap_or(prefix)),
            other => {
                let what = format!(
                    "the specifier %{}",
                    other.map_or(String::new(), String::from)
                );
                return Err(Error::unsupported(what, format!("[Install] of {name}")));
            }
        }
    }
    Ok(text)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::graft::edit::tests::Bed;
    use std::path::Path;
    use std::process::Command;

    const UNITS: [(&str, &str); 9] = [
        (
            "a.service",
            "[Unit]\nWantedBy=no.target\n[Install]\nWantedBy=multi-user.target \\\n# note\n  x.target\nRequiredBy=y.target\n",
        ),
        (
            "b.service",
            "[Install]\nAlias=bee.service dbus-b.service\nAlso=b.socket b.timer\n",
        ),
        (
            "b.socket",
            "[Install]\nWantedBy=wrong.target\nWantedBy=\nWantedBy=sockets.target\n",
        ),
        ("b.timer", "[Timer]\n"),
        (
            "c@.service",
            "[Install]\nWantedBy=getty.target\nDefaultInstance=tty1\nAlias=auto@%i.service\n",
        ),
        (
            "d@.service",
            "[Install]\nWantedBy=multi-user.target\nAlias=dd-%p@%i.service\n",
        ),
        ("d@spare.service", "[Install]\nRequiredBy=spare.target\n"),
        ("e.service", "[Install]\nWantedBy=%N-%p.target\n"),
        ("f.target", "[Install]\n; no\nAlias=default.target\n"),
    ];

    fn links(dir: &Path, prefix: &str, found: &mut BTreeSet<String>) {
        let Ok(entries) = std::fs::read_dir(dir) else {
            return;
        };
        for entry in entries {
            let entry = entry.unwrap();
            let name = format!("{prefix}{}", entry.file_name().to_str().unwrap());
            match std::fs::read_link(entry.path()) {
                Ok(target) => {
                    let target = target.to_str().unwrap().replace("/lib/", "/usr/lib/");
                    found.insert(format!("{name} {}", target.replace("/usr/usr/", "/usr/")));
                }
                Err(_) => links(&entry.path(), &format!("{name}/"), found),
            }
        }
    }

    /// The referee: `systemctl --root enable` makes the same links.
    #[test]
    fn the_same_links_as_systemctl() {
        for units in [
            &["a.service"][..],
            &["b.service"],
            &["c@.service"],
            &["c@x.service", "d@1.service", "d@spare.service"],
            &["e.service", "f.target"],
        ] {
            let dir = tempfile::tempdir().unwrap();
            let lib = dir.path().join("usr/lib/systemd/system");
            std::fs::create_dir_all(&lib).unwrap();
            std::fs::create_dir_all(dir.path().join("etc/systemd/system")).unwrap();
            let mut bed = Bed::new();
            for (name, text) in UNITS {
                std::fs::write(lib.join(name), text).unwrap();
                let path = format!("{LIB}/{name}");
                bed.edit().write(&path, None, text.as_bytes()).unwrap();
            }
            let run = Command::new("systemctl")
                .arg("--root")
                .arg(dir.path())
                .arg("enable")
                .args(units)
                .output()
                .unwrap();
            let log = String::from_utf8_lossy(&run.stderr).into_owned();
            assert!(run.status.success(), "{units:?}: {log}");
            let mut theirs = BTreeSet::new();
            links(&dir.path().join("etc/systemd/system"), "", &mut theirs);

            let units: Vec<String> = units.iter().map(|&unit| unit.to_owned()).collect();
            enable(&mut bed.edit(), &units).unwrap();
            let mut ours = BTreeSet::new();
            let mut places = vec![String::new()];
            while let Some(place) = places.pop() {
                let dir = format!("{ETC}/{place}");
                for (name, _) in bed.edit().files(&dir).unwrap() {
                    let target = bed.edit().link_target(&format!("{dir}{name}")).unwrap();
                    ours.insert(format!("{place}{name} {}", target.unwrap()));
                }
                if place.is_empty() {
                    let repo = bed.repo.clone();
                    if let Some(crate::commit::directory::Node::Dir(dir)) =
                        bed.root.lookup(&repo, ETC).unwrap()
                    {
                        let dirs = dir.nodes(&repo).unwrap().keys();
                        places.extend(dirs.map(|name| format!("{name}/")));
                    }
                }
            }
            assert!(!ours.is_empty());
            assert_eq!(ours, theirs, "{units:?}: {log}");
        }
    }

    #[test]
    fn what_cannot_be_enabled_is_said() {
        let mut bed = Bed::with(&[
            ("usr/lib/systemd/system/plain.service", "[Service]\n"),
            (
                "usr/lib/systemd/system/t@.service",
                "[Install]\nWantedBy=x.target\n",
            ),
            (
                "usr/lib/systemd/system/h.service",
                "[Install]\nWantedBy=%H.target\n",
            ),
            (
                "usr/lib/systemd/system/up.service",
                "[Install]\nWantedBy=../../x\n",
            ),
        ]);
        bed.edit()
            .symlink("usr/etc/systemd/system/m.service", "/dev/null")
            .unwrap();
        for unit in [
            "none.service",
            "m.service",
            "t@.service",
            "h.service",
            "up.service",
            "../x.service",
            "",
            "x",
            "a/b.service",
        ] {
            assert!(
                enable(&mut bed.edit(), &[unit.to_owned()]).is_err(),
                "{unit}"
            );
        }
        enable(&mut bed.edit(), &["plain.service".to_owned()]).unwrap();
        let link = "usr/etc/systemd/system/multi-user.target.wants/plain.service";
        let target = bed.edit().link_target(link).unwrap().unwrap();
        assert_eq!(target, "/usr/lib/systemd/system/plain.service");
        set_default_target(&mut bed.edit(), "multi-user.target").unwrap();
        assert!(set_default_target(&mut bed.edit(), "a.service").is_err());
    }
}
