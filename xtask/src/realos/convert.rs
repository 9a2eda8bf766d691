//! One archive package becomes one signed RPM.

use super::archive::{Archive, Entry};
use super::cache::Facts;
use super::documents::{self, Change};
use super::elf::{self, Linkage};
use super::key::Signer;
use super::tree::{Contents, Kind, Node, Tree};
use super::version::{Evr, Relation, requirement};
use super::{SOURCE_DATE, fixup, kernel, scripts, sets};
use anyhow::{Context, Result};
use camino::Utf8Path;
use rpm::{
    BuildConfig, CompressionWithLevel, Dependency, FileOptions, Header, HeaderEntry, IndexData,
    IndexTag, Package, PackageBuilder, SignatureHeaderBuilder, Timestamp,
};
use std::collections::BTreeSet;
use std::fs::File;
use std::time::{Duration, UNIX_EPOCH};

/// Fast, and the packages are a third larger than the best level's.
const LEVEL: i32 = 3;
const PACKAGER: &str = "regraft realos <realos@regraft.invalid>";
/// Interpreters that a script may name and that the base always has.
const INTERPRETERS: &[&str] = &["/bin/sh", "/bin/bash", "/usr/bin/perl", "/usr/bin/python3"];

/// A package on its way.
pub(super) struct Draft {
    pub(super) name: String,
    pub(super) evr: Evr,
    pub(super) arch: &'static str,
    pub(super) summary: String,
    pub(super) description: String,
    pub(super) license: String,
    pub(super) url: String,
    pub(super) section: String,
    pub(super) source_rpm: String,
    pub(super) changes: Vec<Change>,
    pub(super) requires: Vec<Dependency>,
    pub(super) provides: Vec<Dependency>,
    pub(super) conflicts: Vec<Dependency>,
    pub(super) tree: Tree,
}

/// Reads an archive package and makes of it what an RPM of it says. `folder` holds its large
/// files until the RPM is written.
pub(super) fn draft(
    entry: &Entry,
    deb: &Utf8Path,
    folder: &Utf8Path,
    is_newer: bool,
    archive: &Archive,
) -> Result<Draft> {
    let mut tree = Tree::read(deb, folder)?;
    let kernel = kernel::version(&entry.name);
    if let Some(version) = kernel {
        kernel::arrange(version, folder, &mut tree)?;
    }
    fixup::apply(&entry.name, &mut tree)?;
    let license = documents::license(&entry.name, &tree);
    let mut changes = documents::changes(&entry.name, &tree);
    if is_newer {
        fixup::renew(&mut tree)?;
    }
    let mut evr = Evr::parse(&entry.version);
    let mut source = Evr::parse(&entry.source_version);
    if is_newer {
        evr.release.push_str(".1");
        source.release.push_str(".1");
    }
    add_own_change(&mut changes, &evr, entry, is_newer);
    let name = kernel.map_or(entry.name.as_str(), |_| "kernel").to_owned();
    Ok(Draft {
        arch: if entry.architecture == "all" {
            "noarch"
        } else {
            "x86_64"
        },
        summary: documents::printable(&entry.summary),
        description: documents::description(deb)?,
        license,
        url: if entry.homepage.is_empty() {
            format!("https://packages.debian.org/{}", entry.name)
        } else {
            documents::printable(&entry.homepage)
        },
        section: entry.section.clone(),
        source_rpm: format!(
            "{}-{}-{}.src.rpm",
            entry.source, source.version, source.release
        ),
        changes,
        requires: requires(entry, is_newer, archive),
        provides: provides(entry, &evr, &tree)?,
        conflicts: conflicts(entry, archive),
        name,
        evr,
        tree,
    })
}

fn add_own_change(changes: &mut Vec<Change>, evr: &Evr, entry: &Entry, is_newer: bool) {
    let newest = changes.first().map_or(0, |change| change.time);
    let text = if is_newer {
        "- A newer release of the same package"
    } else {
        "- Converted from"
    };
    changes.insert(
        0,
        Change {
            author: PACKAGER.to_owned(),
            version: format!("{}-{}", evr.version, evr.release),
            text: format!("{text} {}", entry.file_name()),
            time: newest.max(SOURCE_DATE),
        },
    );
}

fn requires(entry: &Entry, is_newer: bool, archive: &Archive) -> Vec<Dependency> {
    let mut requires = vec![Dependency::any("filesystem")];
    for group in &entry.depends {
        let group: Vec<Relation> = group
            .iter()
            .map(|one| with_newer_release(one, entry, is_newer))
            .collect();
        requires.extend(requirement(&entry.name, &group, |name| archive.knows(name)));
    }
    requires
}

/// Packages of one source ask for each other's exact release, and get newer ones together.
fn with_newer_release(one: &Relation, entry: &Entry, is_newer: bool) -> Relation {
    let mut one = one.clone();
    let Some((sign, version)) = &mut one.condition else {
        return one;
    };
    if !is_newer {
        return one;
    }
    let last = format!("{}.1~", entry.source_version);
    if sign == "=" && *version == entry.version {
        version.push_str(if version.contains('-') { ".1" } else { "-0.1" });
    } else if sign == "<<" && *version == last {
        // Meant to be below the next release of the source, which this is.
        *version = format!("{}.1.1~", entry.source_version);
    }
    one
}

fn provides(entry: &Entry, evr: &Evr, tree: &Tree) -> Result<Vec<Dependency>> {
    let mut provides = Vec::new();
    for provided in entry.provides.iter().flatten() {
        if provided.name != entry.name {
            provides.push(provided.dependency());
        }
    }
    for (_, path) in sets::PROVIDES.iter().filter(|row| row.0 == entry.name) {
        provides.push(Dependency::any(*path));
    }
    if let Some(version) = kernel::version(&entry.name) {
        let evr = evr.of_dependency();
        provides.push(Dependency::eq("kernel-uname-r", version));
        for name in ["kernel-core", "kernel-modules", entry.name.as_str()] {
            provides.push(Dependency::eq(name, &evr));
        }
    }
    if entry.name == "base-passwd" {
        for (kind, path) in [("user", "/etc/passwd"), ("group", "/etc/group")] {
            let contents = tree.file(path).with_context(|| format!("no {path}"))?;
            for line in String::from_utf8(contents.bytes()?)?.lines() {
                let name = line.split(':').next().unwrap_or_default();
                provides.push(Dependency::any(format!("{kind}({name})")));
            }
        }
    }
    Ok(provides)
}

/// Only those with a version: others are with what the package itself provides. And none with a
/// name that packages also provide without a version: for RPM, those have every version.
fn conflicts(entry: &Entry, archive: &Archive) -> Vec<Dependency> {
    let all = entry.conflicts.iter().flatten();
    all.filter(|one| one.condition.is_some() && one.name != entry.name)
        .filter(|one| !archive.is_virtual(&one.name))
        .map(Relation::dependency)
        .collect()
}

impl Draft {
    /// Writes the signed RPM into `folder` and returns what others need to know about it.
    pub(super) fn write(self, signer: &Signer, folder: &Utf8Path) -> Result<Facts> {
        let linkage = elf::linkage(&self.tree)?;
        let files: BTreeSet<String> = self.tree.0.keys().cloned().collect();
        let source_rpm = self.source_rpm.clone();
        let mut package = self.builder(&linkage)?.build()?;
        complete(&mut package, source_rpm)?;
        let file = format!("{}.rpm", package.metadata.get_nevra()?.nvra());
        let path = folder.join(&file);
        package.write_file(&path)?;
        signer.sign(&path)?;
        // The repository's index holds the file's time.
        let time = UNIX_EPOCH + Duration::from_secs(SOURCE_DATE.into());
        File::options()
            .write(true)
            .open(&path)?
            .set_modified(time)?;
        Facts::of(&package, file, linkage.sonames, files)
    }

    fn builder(&self, linkage: &Linkage) -> Result<PackageBuilder> {
        let mut builder = PackageBuilder::new(
            &self.name,
            &self.evr.version,
            &self.license,
            self.arch,
            &self.summary,
        );
        builder
            .using_config(
                BuildConfig::v4()
                    .compression(CompressionWithLevel::Zstd(LEVEL))
                    .reserved_space(None)
                    .source_date(SOURCE_DATE),
            )
            .release(&self.evr.release)
            .description(&self.description)
            .url(&self.url)
            .group(&self.section)
            .vendor("regraft")
            .packager(PACKAGER)
            .build_host("localhost");
        if self.evr.epoch > 0 {
            builder.epoch(self.evr.epoch);
        }
        for change in &self.changes {
            let author = format!("{} - {}", change.author, change.version);
            builder.add_changelog_entry(author, &change.text, change.time);
        }
        for one in unique(
            self.provides
                .iter()
                .cloned()
                .chain(generated(&linkage.provides)),
        ) {
            builder.provides(one);
        }
        let scripts = interpreters(&self.tree)?;
        let own = self.requires.iter().cloned();
        let owners = needs_users(&self.tree).then(|| Dependency::script_pre("base-passwd"));
        for one in unique(
            own.chain(generated(&linkage.requires))
                .chain(scripts)
                .chain(owners),
        ) {
            if one.name != self.name {
                builder.requires(one);
            }
        }
        for one in unique(self.conflicts.iter().cloned()) {
            builder.conflicts(one);
        }
        scripts::add(&self.name, &self.tree, &mut builder);
        for (path, node) in &self.tree.0 {
            let is_shared = self.name != "filesystem" && sets::has(sets::FILESYSTEM, path);
            if !is_shared {
                add(&mut builder, path, node).with_context(|| path.clone())?;
            }
        }
        Ok(builder)
    }
}

fn add(builder: &mut PackageBuilder, path: &str, node: &Node) -> Result<()> {
    let mut options = match &node.kind {
        Kind::Directory => FileOptions::dir(path),
        Kind::Link(target) => FileOptions::symlink(path, target),
        Kind::File(_) => FileOptions::new(path),
    };
    options = options.user(&node.user).group(&node.group);
    if !matches!(node.kind, Kind::Link(_)) {
        options = options.permissions(node.mode);
    }
    let Kind::File(contents) = &node.kind else {
        let options = options.modified_at(Timestamp(SOURCE_DATE));
        match node.kind {
            Kind::Directory => builder.with_dir_entry(options)?,
            _ => builder.with_symlink(options)?,
        };
        return Ok(());
    };
    options = options.modified_at(Timestamp(node.mtime));
    if path.starts_with("/etc/") {
        options = options.config().noreplace();
    } else if path.starts_with("/usr/share/doc/") && path.ends_with("/copyright") {
        options = options.license();
    } else if ["/usr/share/doc/", "/usr/share/man/", "/usr/share/info/"]
        .iter()
        .any(|folder| path.starts_with(folder))
    {
        options = options.doc();
    }
    if let Some(capabilities) = node.capabilities {
        options = options.caps(capabilities)?;
    }
    if let Some(identity) = &node.hardlink {
        options = options.hardlink(identity);
    }
    match contents {
        Contents::Memory(bytes) => builder.with_file_contents(bytes.clone(), options)?,
        Contents::Disk(from) => builder.with_file(from, options)?,
    };
    Ok(())
}

/// What the builder cannot say: the source package, for which it always writes `(none)`, and a
/// script that is all interpreter, for which it writes an empty body; RPM would hand ldconfig the
/// name of an empty file.
fn complete(package: &mut Package, name: String) -> Result<()> {
    let source = IndexTag::RPMTAG_SOURCERPM as u32;
    let region = IndexTag::RPMTAG_HEADERIMMUTABLE as u32;
    let mut entries = package.metadata.header.get_all_entries()?;
    let post = IndexTag::RPMTAG_POSTIN as u32;
    let empty = IndexData::StringTag(String::new());
    entries.retain(|(tag, data)| {
        *tag != source && *tag != region && !(*tag == post && *data == empty)
    });
    entries.push((source, IndexData::StringTag(name)));
    let entries = entries
        .into_iter()
        .map(|(tag, data)| HeaderEntry::new(tag, data));
    package.metadata.header = Header::from_entries(entries, IndexTag::RPMTAG_HEADERIMMUTABLE);
    let bytes = package.header_bytes()?;
    package.metadata.signature = SignatureHeaderBuilder::new()
        .reserved_space(None)
        .set_content_length((bytes.len() + package.payload.len()) as u64)
        .calculate_digests(&bytes)
        .build()?;
    Ok(())
}

fn generated(names: &BTreeSet<String>) -> impl Iterator<Item = Dependency> {
    names
        .iter()
        .filter(|name| {
            !sets::UNPROVIDED
                .iter()
                .any(|soname| name.starts_with(soname))
        })
        .map(Dependency::any)
}

fn unique(all: impl Iterator<Item = Dependency>) -> Vec<Dependency> {
    let mut found: Vec<Dependency> = Vec::new();
    for one in all {
        if !found.contains(&one) {
            found.push(one);
        }
    }
    found
}

/// Some file belongs to a user or group that must be there before it.
fn needs_users(tree: &Tree) -> bool {
    let is_base = tree.0.contains_key("/usr/share/base-passwd");
    !is_base
        && tree
            .0
            .values()
            .any(|node| node.user != "root" || node.group != "root")
}

/// What the executable scripts of a package start with.
fn interpreters(tree: &Tree) -> Result<Vec<Dependency>> {
    let mut found = BTreeSet::new();
    for node in tree.0.values() {
        let Kind::File(contents) = &node.kind else {
            continue;
        };
        if node.mode & 0o111 == 0 {
            continue;
        }
        let head = contents.head(128)?;
        let Some(line) = head.strip_prefix(b"#!") else {
            continue;
        };
        let line = line.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let line = String::from_utf8_lossy(line);
        let Some(program) = line.split_whitespace().next() else {
            continue;
        };
        let base = program.rsplit('/').next().unwrap_or_default();
        if base == "env" {
            found.insert("/usr/bin/env");
        }
        let known = INTERPRETERS
            .iter()
            .find(|path| path.ends_with(&format!("/{base}")));
        found.extend(known);
    }
    // What has the interpreter needs no other package for it.
    found.retain(|path| !tree.0.contains_key(*path));
    Ok(found.into_iter().map(Dependency::any).collect())
}
