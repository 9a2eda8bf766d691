//! What rpm-ostree and regraft write in commits' metadata.

use crate::commit::framing::{put_ends, put_text};
use crate::commit::object::Commit;
use crate::nevra::{Evr, Nevra};
use glib::Variant;
use glib::prelude::*;
use glib::{VariantDict, VariantTy};
use serde_json::{Map, Value};

/// regraft's digest of everything that shaped a tree.
pub(crate) const INPUT_DIGEST: &str = "regraft.input-digest";

/// The version of the layout of a layered commit that rpm-ostree's readers check.
const CLIENTLAYER_VERSION: u32 = 6;

/// What a layered commit says about itself.
#[derive(Debug, Clone, Default)]
pub(crate) struct Layered {
    /// It was assembled on a client.
    pub(crate) is_layered: bool,
    /// Requested patterns that are layered.
    pub(crate) packages: Vec<String>,
    /// Packages of the base that were taken out.
    pub(crate) removed: Vec<Nevra>,
    /// Packages of the base that a local one replaced: new, old.
    pub(crate) replaced: Vec<(Nevra, Nevra)>,
    /// Replacements from repositories, as rpm-ostree shows them.
    pub(crate) replaced_remote: Value,
    /// rpm-ostree's digest of requests and packages.
    pub(crate) state_digest: Option<String>,
    /// regraft's own.
    pub(crate) input_digest: Option<String>,
}

impl Layered {
    /// Reads it; a base answers `is_layered: false`.
    pub(crate) fn read(commit: &Commit) -> Layered {
        let dict = VariantDict::new(Some(&commit.metadata));
        let value = |key| dict.lookup_value(key, None);
        let removed = value("rpmostree.removed-base-packages");
        let replaced = value("rpmostree.replaced-base-packages");
        let replaced_remote = value("rpmostree.replaced-base-remote-packages");
        let pair = |pair: Variant| {
            (pair.n_children() == 2).then_some(())?;
            Some((
                nevra_from(&unboxed(pair.child_value(0)))?,
                nevra_from(&unboxed(pair.child_value(1)))?,
            ))
        };
        Layered {
            is_layered: commit.get("rpmostree.clientlayer").unwrap_or(false),
            packages: commit.get("rpmostree.packages").unwrap_or_default(),
            removed: children(removed)
                .filter_map(|child| nevra_from(&unboxed(child)))
                .collect(),
            replaced: children(replaced).filter_map(pair).collect(),
            replaced_remote: replaced_remote
                .as_ref()
                .map_or_else(|| Value::Object(Map::new()), value_json),
            state_digest: commit.get("rpmostree.state-sha512"),
            input_digest: commit.get(INPUT_DIGEST),
        }
    }
}

fn children(list: Option<Variant>) -> impl Iterator<Item = Variant> {
    let list = list.filter(|list| list.type_().is_array());
    list.into_iter().flat_map(|list| {
        (0..list.n_children())
            .map(|place| list.child_value(place))
            .collect::<Vec<_>>()
    })
}

/// What a `v` holds; GLib complains of a question to any other type.
fn boxed(value: &Variant) -> Option<Variant> {
    value
        .is_type(VariantTy::VARIANT)
        .then(|| value.as_variant())?
}

fn unboxed(value: Variant) -> Variant {
    boxed(&value).unwrap_or(value)
}

/// `(sstsss)`: NEVRA, name, epoch, version, release, architecture.
pub(crate) fn nevra_variant(nevra: &Nevra) -> Variant {
    (
        nevra.to_string(),
        nevra.name.clone(),
        u64::from(nevra.evr.epoch),
        nevra.evr.version.clone(),
        nevra.evr.release.clone(),
        nevra.arch.clone(),
    )
        .to_variant()
}

/// The reverse.
pub(crate) fn nevra_from(variant: &Variant) -> Option<Nevra> {
    let (_, name, epoch, version, release, arch) =
        variant.get::<(String, String, u64, String, String, String)>()?;
    let evr = Evr::new(u32::try_from(epoch).ok()?, version, release);
    Some(Nevra::new(name, evr, arch))
}

/// A repository as commits name it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct RepoStamp {
    /// The repository's identifier.
    pub id: String,
    /// When its metadata was made, in seconds since 1970.
    pub(crate) timestamp: u64,
}

/// What goes into a layered commit.
pub(crate) struct LayeredMetadata<'a> {
    pub(crate) version: Option<String>,
    pub(crate) packages: &'a [String],
    pub(crate) removed: &'a [Nevra],
    pub(crate) installed: &'a [Nevra],
    pub(crate) repos: &'a [RepoStamp],
    pub(crate) state_digest: &'a str,
    pub(crate) input_digest: &'a str,
    pub(crate) kernel: Option<&'a str>,
}

impl LayeredMetadata<'_> {
    /// All keys that rpm-ostree's readers expect of this version, empty or not: they abort the
    /// process where one is missing.
    pub(crate) fn variant(&self) -> Variant {
        let dict = VariantDict::new(None);
        dict.insert("rpmostree.clientlayer", true);
        dict.insert("rpmostree.clientlayer_version", CLIENTLAYER_VERSION);
        if let Some(version) = &self.version {
            dict.insert("version", version.as_str());
        }
        dict.insert("rpmostree.packages", self.packages.to_vec());
        dict.insert("rpmostree.modules", Vec::<String>::new());
        let removed = self.removed.iter().map(nevra_variant);
        let removed = removed.map(|nevra| Variant::from_variant(&nevra));
        dict.insert_value(
            "rpmostree.removed-base-packages",
            &Variant::array_from_iter_with_type(VariantTy::VARIANT, removed),
        );
        dict.insert_value("rpmostree.replaced-base-packages", &empty("a(vv)"));
        dict.insert_value("rpmostree.replaced-base-remote-packages", &empty("a{sv}"));
        dict.insert_value("rpmostree.rpmdb.pkglist", &package_list(self.installed));
        dict.insert_value("rpmostree.rpmmd-repos", &repos_variant(self.repos));
        dict.insert("rpmostree.state-sha512", self.state_digest);
        dict.insert(INPUT_DIGEST, self.input_digest);
        insert_kernel(&dict, self.kernel);
        dict.end()
    }
}

/// What libostree's own call for bootable metadata writes.
pub(crate) fn insert_kernel(dict: &VariantDict, kernel: Option<&str>) {
    if let Some(kernel) = kernel {
        dict.insert("ostree.bootable", true);
        dict.insert("ostree.linux", kernel);
    }
}

fn empty(type_: &str) -> Variant {
    let type_ = glib::VariantTy::new(type_).expect("it is a literal of this file");
    Variant::parse(
        Some(type_),
        if type_.as_str() == "a{sv}" {
            "{}"
        } else {
            "[]"
        },
    )
    .expect("an empty array has every array type")
}

/// `a(sssss)`: name, epoch as text, version, release, architecture, sorted.
pub(crate) fn package_list(installed: &[Nevra]) -> Variant {
    let mut installed: Vec<&Nevra> = installed.iter().collect();
    installed.sort();
    let mut bytes = Vec::new();
    let mut rows = Vec::with_capacity(installed.len());
    for nevra in installed {
        let start = bytes.len();
        let epoch = nevra.evr.epoch.to_string();
        let evr = &nevra.evr;
        let parts = [&nevra.name, &epoch, &evr.version, &evr.release];
        let mut ends = parts.map(|part| put_text(&mut bytes, part) - start);
        put_text(&mut bytes, &nevra.arch);
        ends.reverse();
        put_ends(&mut bytes, start, &ends);
        rows.push(bytes.len());
    }
    put_ends(&mut bytes, 0, &rows);
    let type_ = VariantTy::new("a(sssss)").expect("it is a literal");
    Variant::from_data_with_type(bytes, type_)
}

/// `aa{sv}`: identifier and timestamp of each repository.
pub(crate) fn repos_variant(repos: &[RepoStamp]) -> Variant {
    let type_ = VariantTy::new("a{sv}").expect("it is a literal");
    let repos = repos.iter().map(|repo| {
        let dict = VariantDict::new(None);
        dict.insert("id", repo.id.as_str());
        dict.insert("timestamp", repo.timestamp);
        dict.end()
    });
    Variant::array_from_iter_with_type(type_, repos)
}

/// A commit's metadata as JSON, without some keys.
pub(crate) fn to_json(metadata: &Variant, without: &[&str]) -> Map<String, Value> {
    let pairs = metadata.iter().filter_map(|pair| {
        let key = pair.child_value(0);
        let key = key.str()?;
        let wanted = !without.contains(&key);
        wanted.then(|| (key.to_owned(), value_json(&pair.child_value(1))))
    });
    pairs.collect()
}

/// Any value as JSON: dictionaries become objects, arrays and tuples arrays.
pub(crate) fn value_json(value: &Variant) -> Value {
    if let Some(inner) = boxed(value) {
        return value_json(&inner);
    }
    let type_ = value.type_();
    match type_.as_str() {
        "b" => value.get::<bool>().map_or(Value::Null, Value::from),
        "y" => value.get::<u8>().map_or(Value::Null, Value::from),
        "n" => value.get::<i16>().map_or(Value::Null, Value::from),
        "q" => value.get::<u16>().map_or(Value::Null, Value::from),
        "i" => value.get::<i32>().map_or(Value::Null, Value::from),
        "u" => value.get::<u32>().map_or(Value::Null, Value::from),
        "x" => value.get::<i64>().map_or(Value::Null, Value::from),
        "t" => value.get::<u64>().map_or(Value::Null, Value::from),
        "d" => value.get::<f64>().map_or(Value::Null, Value::from),
        "s" | "o" | "g" => value.str().map_or(Value::Null, Value::from),
        text if text.starts_with("a{s") || text.starts_with("a{o") => {
            let pairs = value.iter().map(|pair| {
                let key = pair.child_value(0).str().unwrap_or_default().to_owned();
                (key, value_json(&pair.child_value(1)))
            });
            Value::Object(pairs.collect())
        }
        _ if type_.is_container() => Value::Array(value.iter().map(|v| value_json(&v)).collect()),
        _ => Value::Null,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_package_list_is_glibs() {
        for count in [0, 1, 5, 12, 40, 3000] {
            let nevras = (0..count).map(|number| {
                let name = "n".repeat(number % 300 + 1);
                let evr = Evr::new(number as u32 % 3, number.to_string(), "1.fc40");
                Nevra::new(name, evr, "x86_64")
            });
            let mut nevras: Vec<Nevra> = nevras.collect();
            let list = package_list(&nevras);
            nevras.sort();
            let rows = nevras.into_iter().map(|nevra| {
                let Nevra {
                    name, evr, arch, ..
                } = nevra;
                (name, evr.epoch.to_string(), evr.version, evr.release, arch)
            });
            let rows = rows.collect::<Vec<_>>().to_variant();
            assert!(list.is_normal_form());
            assert_eq!(list.data(), rows.data(), "{count}");
        }
    }
}
