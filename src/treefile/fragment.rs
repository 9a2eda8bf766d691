//! What one file says, before it is put together with those that it includes.

use super::{PostprocessScript, Treefile, config};
use crate::error::{Error, Result};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// One file.
pub(super) struct Fragment {
    pub(super) treefile: Treefile,
    /// As written, relative to the file.
    pub(super) include: Vec<String>,
    pub(super) variables: BTreeMap<String, String>,
}

/// The architectures that `packages-ARCH` may name: a name that is none would be forgotten without
/// a word.
const BASEARCHES: [&str; 11] = [
    "aarch64",
    "armhfp",
    "i386",
    "loongarch64",
    "mips64el",
    "ppc64",
    "ppc64le",
    "riscv64",
    "s390x",
    "sparc64",
    "x86_64",
];

impl Fragment {
    /// From the file's keys; each that is not known here is refused.
    pub(super) fn read(
        keys: BTreeMap<String, Value>,
        file: &str,
        basearch: &str,
    ) -> Result<Fragment> {
        let mut fragment = Fragment {
            treefile: Treefile::default(),
            include: Vec::new(),
            variables: BTreeMap::new(),
        };
        let mut unsupported = Vec::new();
        for (key, value) in keys {
            match fragment.set(&key, value, basearch) {
                Ok(Known::Yes) => {}
                Ok(Known::No) => unsupported.push(key),
                Err(Wrong::Unsupported(value)) => {
                    unsupported.push(format!("{key} with the value {value}"));
                }
                Err(Wrong::Type(wanted)) => {
                    return Err(config(file, format!("{key}: it must be {wanted}")));
                }
                Err(Wrong::Value(reason)) => {
                    return Err(config(file, format!("{key}: {reason}")));
                }
            }
        }
        match unsupported.as_slice() {
            [] => Ok(fragment),
            [key] => Err(Error::unsupported(format!("the treefile key {key}"), file)),
            keys => {
                let what = format!("each of the treefile keys {}", keys.join(", "));
                Err(Error::unsupported(what, file))
            }
        }
    }

    /// Takes over what an included file says.
    pub(super) fn inherit(&mut self, included: Fragment) {
        self.treefile.inherit(included.treefile);
        for (name, value) in included.variables {
            self.variables.entry(name).or_insert(value);
        }
    }

    fn set(&mut self, key: &str, value: Value, basearch: &str) -> Result<Known, Wrong> {
        let treefile = &mut self.treefile;
        match key {
            "ref" => treefile.reference = text(value)?,
            "repos" => treefile.repos = list(value)?,
            "selinux" => treefile.selinux = flag(value)?,
            "packages" => treefile.packages.extend(packages(value)?),
            "exclude-packages" => treefile.exclude_packages = list(value)?,
            "recommends" => treefile.recommends = flag(value)?,
            "documentation" => treefile.documentation = flag(value)?,
            "install-langs" => treefile.install_langs = list(value)?,
            "no-initramfs" => treefile.no_initramfs = flag(value)?,
            "tmp-is-dir" => treefile.tmp_is_dir = flag(value)?,
            "units" => treefile.units = list(value)?,
            "default-target" | "default_target" => treefile.default_target = text(value)?,
            "machineid-compat" => treefile.machineid_compat = flag(value)?,
            "releasever" => treefile.releasever = text_or_number(value)?,
            "automatic-version-prefix" | "automatic_version_prefix" => {
                treefile.automatic_version_prefix = text(value)?;
            }
            "add-commit-metadata" => treefile.add_commit_metadata = map(value)?,
            "postprocess-script" => {
                treefile.postprocess_script = text(value)?.map(|name| PostprocessScript {
                    name,
                    content: Vec::new(),
                });
            }
            "include" => {
                self.include = match value {
                    Value::String(path) => vec![path],
                    value => list(value).map_err(|_| Wrong::Type("a path or a list of paths"))?,
                }
            }
            "variables" => {
                for (name, value) in map(value)? {
                    let value = variable(value)?;
                    if name == "basearch" || name == "releasever" {
                        return Err(Wrong::Value(format!("{name} is set by itself")));
                    }
                    self.variables.insert(name, value);
                }
            }
            "boot-location" | "boot_location" => {
                self.fix("boot-location", value, json!("modules"))?;
            }
            "preserve-passwd" => self.fix("preserve-passwd", value, json!(false))?,
            "check-passwd" => self.fix("check-passwd", value, json!({"type": "none"}))?,
            "check-groups" => self.fix("check-groups", value, json!({"type": "none"}))?,
            _ => match key.strip_prefix("packages-") {
                Some(arch) if BASEARCHES.contains(&arch) || arch == basearch => {
                    let packages = packages(value)?;
                    if arch == basearch {
                        treefile.packages.extend(packages);
                    }
                }
                _ => return Ok(Known::No),
            },
        }
        Ok(Known::Yes)
    }

    /// A key of which just one value is supported.
    fn fix(&mut self, key: &'static str, value: Value, supported: Value) -> Result<(), Wrong> {
        if value == supported {
            self.treefile.fixed.insert(key, value);
        } else if !value.is_null() {
            return Err(Wrong::Unsupported(value));
        }
        Ok(())
    }
}

/// Whether regraft has a key.
enum Known {
    Yes,
    No,
}

/// What is wrong with a key's value.
enum Wrong {
    /// It should be this.
    Type(&'static str),
    /// In words.
    Value(String),
    /// It is right, but regraft has no such value.
    Unsupported(Value),
}

// A key without a value counts as absent, as in rpm-ostree.

fn text(value: Value) -> Result<Option<String>, Wrong> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) => Ok(Some(text)),
        _ => Err(Wrong::Type("a string")),
    }
}

fn text_or_number(value: Value) -> Result<Option<String>, Wrong> {
    match value {
        Value::Number(number) if number.is_u64() => Ok(Some(number.to_string())),
        Value::Number(_) => Err(Wrong::Type("a string or a whole number")),
        value => text(value).map_err(|_| Wrong::Type("a string or a whole number")),
    }
}

fn flag(value: Value) -> Result<Option<bool>, Wrong> {
    match value {
        Value::Null => Ok(None),
        Value::Bool(flag) => Ok(Some(flag)),
        _ => Err(Wrong::Type("true or false")),
    }
}

fn list(value: Value) -> Result<Vec<String>, Wrong> {
    let wrong = || Wrong::Type("a list of strings");
    match value {
        Value::Null => Ok(Vec::new()),
        Value::Array(items) => {
            let text = |item: Value| text(item).ok().flatten().ok_or_else(wrong);
            items.into_iter().map(text).collect()
        }
        _ => Err(wrong()),
    }
}

fn map(value: Value) -> Result<BTreeMap<String, Value>, Wrong> {
    match value {
        Value::Null => Ok(BTreeMap::new()),
        Value::Object(map) => Ok(map.into_iter().collect()),
        _ => Err(Wrong::Type("a mapping")),
    }
}

fn variable(value: Value) -> Result<String, Wrong> {
    match value {
        Value::String(text) => Ok(text),
        Value::Bool(_) | Value::Number(_) => Ok(value.to_string()),
        _ => Err(Wrong::Type("a mapping to strings, numbers, true or false")),
    }
}

/// Entries are split at spaces, but not between single quotes.
fn packages(value: Value) -> Result<Vec<String>, Wrong> {
    let mut packages = Vec::new();
    for entry in list(value)? {
        let parts: Vec<&str> = entry.split('\'').collect();
        if parts.len().is_multiple_of(2) {
            return Err(Wrong::Value(format!(
                "{entry:?} has a ' without another one"
            )));
        }
        for (index, part) in parts.into_iter().enumerate() {
            match index % 2 {
                0 => packages.extend(part.split_whitespace().map(str::to_owned)),
                _ => packages.push(part.to_owned()),
            }
        }
    }
    Ok(packages)
}
