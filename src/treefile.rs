//! The treefile: which packages and settings make a base tree.
//!
//! Written in YAML or JSON, its reference is rpm-ostree's `docs/treefile.md`. A treefile can
//! include others: lists are then put together (what is included comes first), maps are merged,
//! and of all else the including file's value counts.
//!
//! ```
//! use regraft::Treefile;
//!
//! let text = "
//! ref: os/${basearch}/base
//! repos: [os]
//! packages:
//!   - bash coreutils
//!   - \"'podman >= 4.1'\"
//! packages-s390x: [s390utils-base]
//! recommends: false
//! ";
//! let treefile = Treefile::parse(text, "os.yaml", "x86_64")?;
//! assert_eq!(treefile.reference.as_deref(), Some("os/x86_64/base"));
//! assert!(treefile.packages.iter().eq(["bash", "coreutils", "podman >= 4.1"]));
//! assert_eq!(treefile.recommends, Some(false));
//! # Ok::<(), regraft::Error>(())
//! ```

mod document;
mod files;
mod fragment;
mod variables;

use crate::error::{Error, Result};
use camino::{Utf8Component, Utf8Path, Utf8PathBuf};
use files::Folder;
use fragment::Fragment;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// A treefile with all that it includes.
///
/// What the files do not say is `None` or empty.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct Treefile {
    /// `ref`: the branch to commit to.
    pub reference: Option<String>,
    /// The architecture that it was read for: `x86_64`.
    pub basearch: String,
    /// `repos`: ids of the RPM repositories to use; those that are enabled, when empty.
    pub repos: Vec<String>,
    /// `selinux`: whether files get labels; absent: yes.
    pub selinux: Option<bool>,
    /// `packages` and `packages-ARCH`: names, capabilities, `NAME OPERATOR VERSION`.
    pub packages: BTreeSet<String>,
    /// `exclude-packages`: names of packages that must not come in.
    pub exclude_packages: Vec<String>,
    /// `recommends`: whether recommended packages come in; absent: yes.
    pub recommends: Option<bool>,
    /// `documentation`: whether files marked as documentation are installed; absent: yes.
    pub documentation: Option<bool>,
    /// `install-langs`: the languages whose files are installed; all, when empty.
    pub install_langs: Vec<String>,
    /// `no-initramfs`: whether none is made; absent: one is.
    pub no_initramfs: Option<bool>,
    /// `tmp-is-dir`: whether `/tmp` is a directory; absent: a link to `sysroot/tmp`.
    pub tmp_is_dir: Option<bool>,
    /// `units`: the systemd units to enable.
    pub units: Vec<String>,
    /// `default-target`: systemd's.
    pub default_target: Option<String>,
    /// `machineid-compat`: whether an empty `/etc/machine-id` is made; absent: yes.
    pub machineid_compat: Option<bool>,
    /// `releasever`: what `$releasever` stands for in repositories.
    pub releasever: Option<String>,
    /// `automatic-version-prefix`: from which versions are counted.
    pub automatic_version_prefix: Option<String>,
    /// `postprocess-script`: runs in the finished tree.
    pub postprocess_script: Option<PostprocessScript>,
    /// `add-commit-metadata`: what the commit's metadata hold besides.
    pub add_commit_metadata: BTreeMap<String, Value>,
    /// The folder of the outermost file, where it was read from one.
    pub directory: Option<camino::Utf8PathBuf>,
    /// Keys of which just one value is supported, where they are given.
    fixed: BTreeMap<&'static str, Value>,
}

/// A script that a treefile names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostprocessScript {
    /// Its name in the treefile.
    pub name: String,
    /// What is in it.
    pub content: Vec<u8>,
}

/// How deep includes may go (rpm-ostree's own limit).
const DEEPEST: usize = 50;

/// How many files a treefile may consist of.
const MOST_FILES: usize = 256;

impl Treefile {
    /// Reads one treefile's text, which must not name other files; `file` is its name for
    /// messages, and when that ends in `.yaml` or `.yml` it is YAML, else JSON.
    ///
    /// # Errors
    ///
    /// [`Error::Unsupported`] naming all keys in it that regraft does not have;
    /// [`Error::Config`] naming the file and the key otherwise.
    pub fn parse(text: &str, file: &str, basearch: &str) -> Result<Treefile> {
        let mut load = |path: &Utf8Path| match path == file {
            true => Ok(text.as_bytes().to_vec()),
            false => Err(config(
                file,
                format!("it names the file {path}, so it must be read with Treefile::read"),
            )),
        };
        Reader::new(Utf8Path::new(""), basearch, &mut load).read(Utf8Path::new(file))
    }

    /// Reads a treefile and all that it names, for the architecture of this machine.
    ///
    /// Files that it names lie in its own folder or below.
    ///
    /// # Errors
    ///
    /// Those of [`Treefile::parse`], and [`Error::Io`].
    pub fn read(path: impl AsRef<Utf8Path>) -> Result<Treefile> {
        Treefile::read_for(path, Treefile::host_basearch())
    }

    /// Like [`Treefile::read`], for another architecture.
    ///
    /// # Errors
    ///
    /// Those of [`Treefile::read`].
    pub fn read_for(path: impl AsRef<Utf8Path>, basearch: &str) -> Result<Treefile> {
        let path = path.as_ref();
        let Some(name) = path.file_name() else {
            return Err(Error::InvalidArgument {
                argument: "treefile",
                value: path.to_string(),
                reason: "it must be the path of a file".to_owned(),
            });
        };
        let folder = match path.parent() {
            Some(parent) if parent != "" => parent,
            _ => Utf8Path::new("."),
        };
        let opened = Folder::open(folder)?;
        let mut load = |wanted: &Utf8Path| match wanted == name {
            true => files::read_named(path),
            false => opened.read(wanted),
        };
        let mut reader = Reader::new(path.parent().unwrap_or(folder), basearch, &mut load);
        let mut treefile = reader.read(name.into())?;
        treefile.directory = Some(folder.to_owned());
        Ok(treefile)
    }

    /// The name that RPM repositories use for this machine's architecture.
    pub fn host_basearch() -> &'static str {
        match std::env::consts::ARCH {
            "x86" => "i386",
            "powerpc64" => "ppc64le",
            "arm" => "armhfp",
            other => other,
        }
    }

    /// The whole as one JSON object, on one line; equal settings give equal text. rpm-ostree's
    /// `inputhash` is made from the same.
    pub fn flattened_json(&self) -> String {
        let text = |value: &Option<String>| value.clone().map(Value::from);
        let list = |value: &[String]| (!value.is_empty()).then(|| Value::from(value.to_vec()));
        let fixed = |key: &str| self.fixed.get(key).cloned();
        let packages: Vec<String> = self.packages.iter().cloned().collect();
        let metadata = &self.add_commit_metadata;
        let script = self.postprocess_script.as_ref();
        // In the order of rpm-ostree's fields.
        let pairs = [
            ("packages", list(&packages)),
            ("ref", text(&self.reference)),
            ("basearch", Some(Value::from(self.basearch.as_str()))),
            ("repos", list(&self.repos)),
            ("selinux", self.selinux.map(Value::from)),
            ("exclude-packages", list(&self.exclude_packages)),
            ("recommends", self.recommends.map(Value::from)),
            ("documentation", self.documentation.map(Value::from)),
            ("install-langs", list(&self.install_langs)),
            ("no-initramfs", self.no_initramfs.map(Value::from)),
            ("boot-location", fixed("boot-location")),
            ("tmp-is-dir", self.tmp_is_dir.map(Value::from)),
            ("units", list(&self.units)),
            ("default-target", text(&self.default_target)),
            ("machineid-compat", self.machineid_compat.map(Value::from)),
            ("releasever", text(&self.releasever)),
            (
                "automatic-version-prefix",
                text(&self.automatic_version_prefix),
            ),
            ("preserve-passwd", fixed("preserve-passwd")),
            ("check-passwd", fixed("check-passwd")),
            ("check-groups", fixed("check-groups")),
            (
                "postprocess-script",
                script.map(|script| Value::from(script.name.as_str())),
            ),
            (
                "add-commit-metadata",
                (!metadata.is_empty()).then(|| metadata.clone().into_iter().collect()),
            ),
        ];
        let pairs = pairs
            .into_iter()
            .filter_map(|(key, value)| Some((key, value?)));
        let pairs: Vec<String> = pairs
            .map(|(key, value)| format!("\"{key}\":{value}"))
            .collect();
        format!("{{{}}}", pairs.join(","))
    }

    /// The contents of the files that it names, as rpm-ostree's `inputhash` takes them.
    pub(crate) fn hashed_files(&self) -> Vec<&[u8]> {
        let script = self.postprocess_script.iter();
        script.map(|script| script.content.as_slice()).collect()
    }

    /// Takes over what an included file says.
    fn inherit(&mut self, included: Treefile) {
        fn lists(own: &mut Vec<String>, mut included: Vec<String>) {
            included.append(own);
            *own = included;
        }
        fn single<T>(own: &mut Option<T>, included: Option<T>) {
            if own.is_none() {
                *own = included;
            }
        }
        single(&mut self.reference, included.reference);
        lists(&mut self.repos, included.repos);
        single(&mut self.selinux, included.selinux);
        self.packages.extend(included.packages);
        lists(&mut self.exclude_packages, included.exclude_packages);
        single(&mut self.recommends, included.recommends);
        single(&mut self.documentation, included.documentation);
        lists(&mut self.install_langs, included.install_langs);
        single(&mut self.no_initramfs, included.no_initramfs);
        single(&mut self.tmp_is_dir, included.tmp_is_dir);
        lists(&mut self.units, included.units);
        single(&mut self.default_target, included.default_target);
        single(&mut self.machineid_compat, included.machineid_compat);
        single(&mut self.releasever, included.releasever);
        single(
            &mut self.automatic_version_prefix,
            included.automatic_version_prefix,
        );
        single(&mut self.postprocess_script, included.postprocess_script);
        for (key, value) in included.add_commit_metadata {
            self.add_commit_metadata.entry(key).or_insert(value);
        }
        for (key, value) in included.fixed {
            self.fixed.entry(key).or_insert(value);
        }
    }

    /// What can only be said of the whole.
    fn check(&self, file: &str) -> Result<()> {
        let both = |name: &&String| self.packages.contains(*name);
        if let Some(name) = self.exclude_packages.iter().find(both) {
            return Err(config(
                file,
                format!("{name} is in both packages and exclude-packages; take it out of one"),
            ));
        }
        if self.machineid_compat == Some(false) && !self.units.is_empty() {
            return Err(config(
                file,
                "units has no effect with machineid-compat: false; use a systemd preset instead",
            ));
        }
        Ok(())
    }
}

/// Puts a treefile and those that it includes together.
struct Reader<'a> {
    folder: &'a Utf8Path,
    basearch: &'a str,
    load: &'a mut dyn FnMut(&Utf8Path) -> Result<Vec<u8>>,
    seen: BTreeSet<Utf8PathBuf>,
}

impl<'a> Reader<'a> {
    fn new(
        folder: &'a Utf8Path,
        basearch: &'a str,
        load: &'a mut dyn FnMut(&Utf8Path) -> Result<Vec<u8>>,
    ) -> Reader<'a> {
        Reader {
            folder,
            basearch,
            load,
            seen: BTreeSet::new(),
        }
    }

    fn read(&mut self, name: &Utf8Path) -> Result<Treefile> {
        let mut fragment = self.file(name, 0)?;
        let file = self.folder.join(name);
        fragment.treefile.basearch = self.basearch.to_owned();
        variables::substitute(&mut fragment, file.as_str())?;
        fragment.treefile.check(file.as_str())?;
        Ok(fragment.treefile)
    }

    fn file(&mut self, path: &Utf8Path, depth: usize) -> Result<Fragment> {
        let file = self.folder.join(path);
        if depth > DEEPEST || self.seen.len() >= MOST_FILES {
            return Err(config(
                file,
                format!("includes go deeper than {DEEPEST} files or name more than {MOST_FILES}"),
            ));
        }
        if !self.seen.insert(path.to_owned()) {
            return Err(config(file, "it is included twice, or includes itself"));
        }
        let bytes = (self.load)(path)?;
        let text = String::from_utf8(bytes).map_err(|_| config(&file, "it is not UTF-8"))?;
        let syntax = document::Syntax::of(path);
        let keys = document::parse(&text, syntax).map_err(|reason| config(&file, reason))?;
        let mut fragment = Fragment::read(keys, file.as_str(), self.basearch)?;
        if let Some(script) = &mut fragment.treefile.postprocess_script {
            let path = beside(path, &script.name).map_err(|reason| config(&file, reason))?;
            script.content = (self.load)(&path)?;
        }
        for include in std::mem::take(&mut fragment.include) {
            let path = beside(path, &include).map_err(|reason| config(&file, reason))?;
            let included = self.file(&path, depth + 1)?;
            fragment.inherit(included);
        }
        Ok(fragment)
    }
}

/// A file named in `file`, relative to the first treefile's folder, which it must not leave.
fn beside(file: &Utf8Path, name: &str) -> Result<Utf8PathBuf, String> {
    let mut path = file.parent().unwrap_or(Utf8Path::new("")).to_owned();
    for component in Utf8Path::new(name).components() {
        let inside = match component {
            Utf8Component::Normal(part) => {
                path.push(part);
                true
            }
            Utf8Component::CurDir => true,
            Utf8Component::ParentDir => path.pop(),
            _ => false,
        };
        if !inside {
            return Err(format!(
                "{name:?} must be a relative path that stays in the treefile's folder"
            ));
        }
    }
    match path.file_name() {
        Some(_) => Ok(path),
        None => Err(format!("{name:?} names no file")),
    }
}

/// Makes an [`Error::Config`].
fn config(file: impl ToString, reason: impl Into<String>) -> Error {
    Error::Config {
        file: file.to_string(),
        reason: reason.into(),
    }
}
