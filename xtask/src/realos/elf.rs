//! What ELF files provide and need, as RPM's own generator names it.

use super::tree::{Contents, Kind, Tree};
use anyhow::Result;
use object::Endianness;
use object::elf::{DT_NEEDED, DT_SONAME, ET_DYN, ET_EXEC, FileHeader64, PT_INTERP, VER_FLG_BASE};
use object::read::elf::{Dyn, FileHeader, ProgramHeader};
use std::collections::{BTreeMap, BTreeSet};

/// The dependencies that come from ELF files.
#[derive(Debug, Default)]
pub(super) struct Linkage {
    /// `libfoo.so.1()(64bit)` and `libfoo.so.1(FOO_1.0)(64bit)`.
    pub(super) provides: BTreeSet<String>,
    pub(super) requires: BTreeSet<String>,
    /// Each soname and the path of its file.
    pub(super) sonames: BTreeMap<String, String>,
}

const MAGIC: &[u8] = b"\x7fELF\x02";

/// The file is a 64-bit ELF file.
pub(super) fn is_elf(contents: &Contents) -> Result<bool> {
    Ok(contents.head(MAGIC.len())? == MAGIC)
}

/// Reads all ELF files of a package.
pub(super) fn linkage(tree: &Tree) -> Result<Linkage> {
    let mut linkage = Linkage::default();
    for (path, node) in &tree.0 {
        let Kind::File(contents) = &node.kind else {
            continue;
        };
        if path.ends_with(".ko") || path.ends_with(".o") || !is_elf(contents)? {
            continue;
        }
        // Not every ELF file is linked: crash dumps, boot loaders, test data. What cannot be read
        // has no dependencies.
        if let Ok(Some(object)) = read(&contents.bytes()?) {
            linkage.add(path, &object);
        }
    }
    // What a package has itself is no requirement.
    let Linkage {
        provides, requires, ..
    } = &mut linkage;
    requires.retain(|one| !provides.contains(one));
    Ok(linkage)
}

/// One linked file.
#[derive(Debug, Default)]
pub(super) struct Object {
    soname: Option<String>,
    is_program: bool,
    pub(super) needed: Vec<String>,
    /// Versions that the file defines.
    defines: Vec<String>,
    /// Sonames with the versions that the file uses.
    uses: Vec<(String, String)>,
}

impl Linkage {
    fn add(&mut self, path: &str, object: &Object) {
        let base = path.rsplit('/').next().unwrap_or_default();
        let fallback = (!object.is_program && base.contains(".so")).then_some(base);
        if let Some(soname) = object.soname.as_deref().or(fallback) {
            self.provides.insert(format!("{soname}()(64bit)"));
            for version in &object.defines {
                self.provides.insert(format!("{soname}({version})(64bit)"));
            }
            self.sonames.insert(soname.to_owned(), path.to_owned());
        }
        for soname in &object.needed {
            self.requires.insert(format!("{soname}()(64bit)"));
        }
        for (soname, version) in &object.uses {
            self.requires.insert(format!("{soname}({version})(64bit)"));
        }
    }
}

/// Reads one file; nothing for one that is not linked.
pub(super) fn read(data: &[u8]) -> Result<Option<Object>> {
    let header = FileHeader64::<Endianness>::parse(data)?;
    let endian = header.endian()?;
    if ![ET_DYN, ET_EXEC].contains(&header.e_type(endian)) {
        return Ok(None);
    }
    let mut object = Object::default();
    for segment in header.program_headers(endian, data)? {
        object.is_program |= segment.p_type(endian) == PT_INTERP;
    }
    let sections = header.sections(endian, data)?;
    let Some((entries, strings)) = sections.dynamic(endian, data)? else {
        return Ok(None);
    };
    let strings = sections.strings(endian, data, strings)?;
    for entry in entries {
        let tag = entry.tag32(endian);
        if tag == Some(DT_NEEDED) {
            object.needed.push(text(entry.string(endian, strings)?)?);
        } else if tag == Some(DT_SONAME) {
            object.soname = Some(text(entry.string(endian, strings)?)?);
        }
    }
    if let Some((mut definitions, strings)) = sections.gnu_verdef(endian, data)? {
        let strings = sections.strings(endian, data, strings)?;
        while let Some((definition, mut names)) = definitions.next()? {
            let is_base = definition.vd_flags.get(endian) & VER_FLG_BASE != 0;
            if let (false, Some(first)) = (is_base, names.next()?) {
                object.defines.push(text(first.name(endian, strings)?)?);
            }
        }
    }
    if let Some((mut needs, strings)) = sections.gnu_verneed(endian, data)? {
        let strings = sections.strings(endian, data, strings)?;
        while let Some((need, mut versions)) = needs.next()? {
            let soname = text(need.file(endian, strings)?)?;
            while let Some(version) = versions.next()? {
                let version = text(version.name(endian, strings)?)?;
                object.uses.push((soname.clone(), version));
            }
        }
    }
    Ok(Some(object))
}

fn text(bytes: &[u8]) -> Result<String> {
    Ok(std::str::from_utf8(bytes)?.to_owned())
}
