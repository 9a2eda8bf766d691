//! What a request names: the forms in which dnf's users write packages.
//!
//! A text is tried as NEVRA, `NAME.ARCH`, name, `NAME-VERSION-RELEASE` and `NAME-VERSION`, in this
//! order; then as a pattern of whole NEVRAs, as a capability, as a path. The first that matches any
//! package decides.

use crate::dependency::Dependency;
use crate::error::{Error, Result};
use crate::nevra::Evr;
use crate::sys::solv::{PackageId, Pool, glob_matches};
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

/// A request and the packages that it names.
#[derive(Debug, Clone)]
pub(super) struct Resolved {
    pub(super) request: String,
    /// One package of each group is wanted.
    pub(super) groups: Vec<Vec<PackageId>>,
}

/// Which packages a request is looked for among.
#[derive(Debug, Clone, Copy)]
enum Among<'a> {
    /// All that may be used and are not barred.
    All(&'a BTreeSet<PackageId>),
    Installed,
}

impl Among<'_> {
    fn has(self, pool: &Pool, id: PackageId) -> bool {
        match self {
            Self::All(barred) => pool.is_usable(id) && !barred.contains(&id),
            Self::Installed => pool.is_installed(id),
        }
    }
}

/// The parts that a text has when it is read in one form; what is `None` may be anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Form<'a> {
    name: &'a str,
    epoch: Option<u32>,
    version: Option<&'a str>,
    release: Option<&'a str>,
    arch: Option<&'a str>,
}

/// Resolves all requests, or names all that match nothing.
pub(super) fn resolve_all(
    pool: &mut Pool,
    requests: &[String],
    barred: &BTreeSet<PackageId>,
) -> Result<Vec<Resolved>> {
    let mut resolved = Vec::new();
    let mut missing = Vec::new();
    for request in requests {
        match resolve(pool, request, barred)? {
            Some(one) => resolved.push(one),
            None => missing.push(request.as_str()),
        }
    }
    if missing.is_empty() {
        return Ok(resolved);
    }
    let hidden = missing.iter().any(|request| {
        pool.packages()
            .any(|id| !Among::All(barred).has(pool, id) && pool.is_meant(id, request))
    });
    let similar: Vec<String> = missing
        .iter()
        .filter_map(|request| similar_name(pool, request, barred))
        .collect();
    let remedy = if hidden {
        "the repositories have it, but only excluded or for another architecture".to_owned()
    } else if similar.is_empty() {
        "check how it is written, and whether the repository that has it is enabled".to_owned()
    } else {
        format!("there is {}; is that what is meant?", similar.join(" and "))
    };
    Err(Error::NotFound {
        what: "package",
        name: missing.join(", "),
        remedy,
    })
}

/// The name of a package that is written almost as a request is.
fn similar_name(pool: &Pool, request: &str, barred: &BTreeSet<PackageId>) -> Option<String> {
    // Short names are all similar, and what is no name has none.
    if !(3..=64).contains(&request.len()) || !is_part(request) || is_glob(request) {
        return None;
    }
    let bound = if request.len() < 6 { 1 } else { 2 };
    let wanted = request.to_lowercase();
    let names: BTreeSet<&str> = pool
        .packages()
        .filter(|id| Among::All(barred).has(pool, *id))
        .map(|id| pool.name(id))
        .collect();
    names
        .into_iter()
        .filter(|name| name.len().abs_diff(wanted.len()) <= bound)
        .map(|name| (edits(&wanted, &name.to_lowercase()), name))
        .filter(|(edits, _)| *edits <= bound)
        .min()
        .map(|(_, name)| name.to_owned())
}

/// How many letters to add, leave out or change (Levenshtein's distance).
fn edits(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (line, wanted) in from.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = line + 1;
        for (column, found) in to.iter().enumerate() {
            let changed = diagonal + usize::from(wanted != *found);
            diagonal = row[column + 1];
            row[column + 1] = changed.min(row[column] + 1).min(diagonal + 1);
        }
    }
    row[to.len()]
}

/// The installed packages to remove.
pub(super) fn resolve_removals(pool: &mut Pool, requests: &[String]) -> Result<Vec<PackageId>> {
    let mut removed = BTreeSet::new();
    let mut missing = Vec::new();
    for request in requests {
        let found = in_forms(pool, request, Among::Installed)?;
        match found {
            Some((found, _)) => removed.extend(found),
            None => missing.push(request.as_str()),
        }
    }
    if !missing.is_empty() {
        return Err(Error::NotFound {
            what: "installed package",
            name: missing.join(", "),
            remedy: "only packages of the base can be removed from it".to_owned(),
        });
    }
    Ok(removed.into_iter().collect())
}

/// The installed packages that a request names.
pub(super) fn among_installed(pool: &mut Pool, request: &str) -> Result<Vec<PackageId>> {
    Ok(matches(pool, request, Among::Installed)?.map_or_else(Vec::new, |(found, _)| found))
}

fn resolve(
    pool: &mut Pool,
    request: &str,
    barred: &BTreeSet<PackageId>,
) -> Result<Option<Resolved>> {
    let among = Among::All(barred);
    let Some((found, form)) = matches(pool, request, among)? else {
        return Ok(None);
    };
    let just_name = form.is_some_and(|form| {
        form == Form {
            name: form.name,
            ..Form::default()
        }
    });
    let path = request.starts_with('/') || request.starts_with("*/");
    let groups = if form.and_then(|form| form.arch).is_some_and(is_glob) {
        // Every architecture is wanted that is not there yet.
        let by_arch = grouped(&found, |id| {
            (pool.name(id).to_owned(), pool.package_arch(id).to_owned())
        });
        let mut groups = Vec::new();
        for group in by_arch.into_values() {
            if !group.iter().any(|id| pool.is_installed(*id)) {
                groups.push(with_obsoleters(pool, group, among));
            }
        }
        groups
    } else if !path && is_glob(request) {
        // Every name is wanted. Of those that are only installed nothing is.
        let mut groups = Vec::new();
        for group in grouped(&found, |id| pool.name(id).to_owned()).into_values() {
            if group.iter().all(|id| pool.is_installed(*id)) {
                continue;
            }
            groups.push(match just_name {
                true => with_obsoleters(pool, group, among),
                false => group,
            });
        }
        groups
    } else if just_name {
        vec![with_obsoleters(pool, found, among)]
    } else {
        vec![found]
    };
    Ok(Some(Resolved {
        request: request.to_owned(),
        groups,
    }))
}

fn grouped<K: Ord>(
    found: &[PackageId],
    key: impl Fn(PackageId) -> K,
) -> BTreeMap<K, Vec<PackageId>> {
    let mut groups: BTreeMap<K, Vec<PackageId>> = BTreeMap::new();
    for id in found {
        groups.entry(key(*id)).or_default().push(*id);
    }
    groups
}

/// A name also means what took its place.
fn with_obsoleters(pool: &mut Pool, mut group: Vec<PackageId>, among: Among) -> Vec<PackageId> {
    let found = pool.obsoleters(&group);
    group.extend(found.into_iter().filter(|id| among.has(pool, *id)));
    group.sort_unstable();
    group.dedup();
    group
}

type Matches<'a> = Option<(Vec<PackageId>, Option<Form<'a>>)>;

fn matches<'a>(pool: &mut Pool, request: &'a str, among: Among) -> Result<Matches<'a>> {
    if let Some((found, form)) = in_forms(pool, request, among)? {
        return Ok(Some((found, form)));
    }
    let mut found = provide(pool, request)?;
    found.retain(|id| among.has(pool, *id));
    if found.is_empty() && (request.starts_with('/') || request.starts_with("*/")) {
        found = pool.owners(request, is_glob(request))?;
        found.retain(|id| among.has(pool, *id));
    }
    Ok((!found.is_empty()).then_some((found, None)))
}

fn in_forms<'a>(pool: &mut Pool, request: &'a str, among: Among) -> Result<Matches<'a>> {
    for form in forms(request) {
        let candidates = if is_glob(form.name) {
            pool.packages()
                .filter(|id| glob_matches(form.name, pool.name(*id)))
                .collect()
        } else {
            pool.named(form.name)?
        };
        let found: Vec<PackageId> = candidates
            .into_iter()
            .filter(|id| among.has(pool, *id) && form.fits(pool, *id))
            .collect();
        if !found.is_empty() {
            return Ok(Some((found, Some(form))));
        }
    }
    if !is_glob(request) {
        return Ok(None);
    }
    let found: Vec<PackageId> = pool
        .packages()
        .filter(|id| among.has(pool, *id))
        .filter(|id| glob_matches(request, &pool.nevra(*id).to_string()))
        .collect();
    Ok((!found.is_empty()).then_some((found, None)))
}

/// The packages that provide what the request names as a capability.
fn provide(pool: &mut Pool, request: &str) -> Result<Vec<PackageId>> {
    if !is_glob(request) || request.starts_with('(') {
        return match request.parse::<Dependency>() {
            // What is no dependency is provided by nothing.
            Ok(dependency) => pool.what_provides(&dependency).or(Ok(Vec::new())),
            Err(_) => Ok(Vec::new()),
        };
    }
    let provides = |id: &PackageId| {
        pool.provides_texts(*id).iter().any(|text| {
            let name = text.split(' ').next().unwrap_or_default();
            glob_matches(request, name)
        })
    };
    Ok(pool.packages().filter(provides).collect())
}

impl Form<'_> {
    fn fits(&self, pool: &Pool, id: PackageId) -> bool {
        let text_fits = |pattern: Option<&str>, text: &str| match pattern {
            None => true,
            Some(pattern) if is_glob(pattern) => glob_matches(pattern, text),
            Some(pattern) => {
                let part = |text: &str| Evr::new(0, text, "");
                pattern == text || part(pattern).compare(&part(text)) == Ordering::Equal
            }
        };
        let arch_fits = self.arch.is_none_or(|arch| match is_glob(arch) {
            true => glob_matches(arch, pool.package_arch(id)),
            false => arch == pool.package_arch(id),
        });
        if !arch_fits || (self.version, self.epoch) == (None, None) {
            return arch_fits;
        }
        let evr = pool.nevra(id).evr;
        self.epoch.is_none_or(|epoch| epoch == evr.epoch)
            && text_fits(self.version, &evr.version)
            && text_fits(self.release, &evr.release)
    }
}

/// The forms that a text can be read in, the most exact first.
fn forms(text: &str) -> impl Iterator<Item = Form<'_>> {
    let with_arch = text.rsplit_once('.').filter(|(_, arch)| is_arch(arch));
    let nevra = with_arch.and_then(|(rest, arch)| {
        let form = name_version_release(rest)?;
        Some(Form {
            arch: Some(arch),
            ..form
        })
    });
    let name_arch = with_arch.map(|(name, arch)| Form {
        name,
        arch: Some(arch),
        ..Form::default()
    });
    let name = Some(Form {
        name: text,
        ..Form::default()
    });
    [
        nevra,
        name_arch,
        name,
        name_version_release(text),
        name_version(text),
    ]
    .into_iter()
    .flatten()
    .filter(|form| is_part(form.name))
}

fn name_version_release(text: &str) -> Option<Form<'_>> {
    let (rest, release) = text.rsplit_once('-')?;
    let form = name_version(rest)?;
    is_part(release).then_some(Form {
        release: Some(release),
        ..form
    })
}

fn name_version(text: &str) -> Option<Form<'_>> {
    let (name, version) = text.rsplit_once('-')?;
    let (epoch, version) = match version.split_once(':') {
        Some((epoch, version)) => (Some(epoch.parse().ok()?), version),
        None => (None, version),
    };
    is_part(version).then_some(Form {
        name,
        epoch,
        version: Some(version),
        ..Form::default()
    })
}

/// What no part of a NEVRA may have, by dnf's grammar.
fn is_part(text: &str) -> bool {
    !text.is_empty() && !text.contains([':', '(', '/', '=', '<', '>', ' '])
}

fn is_arch(text: &str) -> bool {
    is_part(text) && !text.contains(['-', '.'])
}

pub(super) fn is_glob(text: &str) -> bool {
    text.contains(['*', '?', '['])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_read_in_dnfs_forms() {
        let read = |text: &'static str| -> Vec<String> {
            forms(text)
                .map(|form| {
                    let part = |text: Option<&str>| text.unwrap_or("-").to_owned();
                    format!(
                        "{} {} {} {} {}",
                        form.name,
                        form.epoch.map_or("-".to_owned(), |epoch| epoch.to_string()),
                        part(form.version),
                        part(form.release),
                        part(form.arch)
                    )
                })
                .collect()
        };
        let table: [(&'static str, &[&str]); 7] = [
            ("bash", &["bash - - - -"]),
            ("bash.x86_64", &["bash - - - x86_64", "bash.x86_64 - - - -"]),
            ("a-b-1:2-3.x", &["a-b 1 2 3 x", "a-b 1 2 3.x -"]),
            (
                "python3-3.9",
                &[
                    "python3-3 - - - 9",
                    "python3-3.9 - - - -",
                    "python3 - 3.9 - -",
                ],
            ),
            ("/usr/bin/sh", &[]),
            ("foo >= 1", &[]),
            ("perl(Foo)", &[]),
        ];
        for (text, expected) in table {
            assert_eq!(read(text), expected, "{text}");
        }
    }
}
