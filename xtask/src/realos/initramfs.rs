//! A small initramfs that boots an OSTree deployment: busybox, the drivers of a virtual machine's
//! disk, and the real `ostree-prepare-root`. It is reproducible, boots in a fraction of dracut's
//! time, and comes as package `initramfs-mini`, which owns `initramfs.img` beside its kernel.

use super::cache::Made;
use super::convert::Draft;
use super::documents::Change;
use super::elf;
use super::tree::{Node, Tree};
use super::version::Evr;
use super::{SOURCE_DATE, kernel};
use crate::realos::archive::Entry;
use anyhow::{Context, Result, bail};
use camino::Utf8Path;
use rpm::{Dependency, Package};
use std::collections::{BTreeMap, BTreeSet};

/// The package's name.
pub(crate) const NAME: &str = "initramfs-mini";
const PREPARE_ROOT: &str = "/usr/lib/ostree/ostree-prepare-root";
const BUSYBOX: &str = "/usr/bin/busybox";
const LIBRARIES: &str = "/usr/lib/x86_64-linux-gnu";
const LOADER: &str = "ld-linux-x86-64.so.2";
/// The drivers of a virtual machine's disk; ext4 is built into the kernel.
const DRIVERS: &[&str] = &["virtio_pci", "virtio_mmio", "virtio_blk"];

/// Runs as the first process: finds the root file system, lets OSTree prepare the deployment in
/// it, and hands over to its init.
const INIT: &str = r#"#!/bin/busybox sh
bb=/bin/busybox
stop() { $bb echo "initramfs-mini: $1"; exec $bb sh; }
$bb mount -t devtmpfs devtmpfs /dev
$bb mount -t proc proc /proc
$bb mount -t sysfs sysfs /sys
$bb mount -t tmpfs -o mode=755 tmpfs /run
for driver in /drivers/*.ko; do $bb insmod "$driver"; done
for word in $($bb cat /proc/cmdline); do
    case "$word" in root=*) root=${word#root=} ;; esac
done
tries=0
while :; do
    case "$root" in
        LABEL=*|UUID=*) device=$($bb findfs "$root" 2>/dev/null) ;;
        *) device=$root ;;
    esac
    [ -n "$device" ] && [ -b "$device" ] && break
    tries=$((tries + 1))
    [ $tries -lt 200 ] || stop "no device for root=$root"
    $bb usleep 20000
done
$bb mount -t ext4 -o rw "$device" /sysroot || stop "cannot mount $device"
/usr/lib/ostree/ostree-prepare-root /sysroot || stop "ostree-prepare-root failed"
for place in dev proc sys run; do $bb mount --move /$place /sysroot/$place; done
exec $bb switch_root /sysroot /sbin/init
"#;

/// What goes into one.
pub(super) struct Parts<'a> {
    /// The archive's package of the kernel, for its version.
    pub(super) entry: &'a Entry,
    pub(super) is_newer: bool,
    /// The kernel's RPM.
    pub(super) kernel: &'a Made,
    /// All RPMs of the base, which have `ostree-prepare-root` and its libraries.
    pub(super) base: &'a [Made],
    /// The archive's statically linked busybox.
    pub(super) busybox: &'a Utf8Path,
}

/// Its soname, its path, the package that has it.
type Library<'a> = (String, String, &'a Made);

impl Parts<'_> {
    /// Everything that the image's bytes come from, for the cache's key: whole packages, since
    /// only those are known without a look into them.
    pub(super) fn identity(&self) -> Result<String> {
        let mut identity = format!("{} {} {}", self.is_newer, self.kernel.key, self.busybox);
        let mut queue = vec![self.owner()?];
        let mut found: BTreeSet<&str> = BTreeSet::new();
        while let Some(made) = queue.pop() {
            if !found.insert(&made.key) {
                continue;
            }
            for name in &made.facts.requires {
                if let Some(soname) = name.strip_suffix("()(64bit)") {
                    let is_owner = |made: &&Made| made.facts.sonames.contains_key(soname);
                    queue.extend(self.base.iter().find(is_owner));
                }
            }
        }
        for key in found {
            identity.push(' ');
            identity.push_str(key);
        }
        Ok(identity)
    }

    fn owner(&self) -> Result<&Made> {
        let mut all = self.base.iter();
        all.find(|made| made.facts.files.contains(PREPARE_ROOT))
            .with_context(|| format!("no package has {PREPARE_ROOT}"))
    }

    /// `ostree-prepare-root`, and each library that it needs.
    fn libraries(&self) -> Result<(Vec<u8>, Vec<Library<'_>>)> {
        let owner = self.owner()?;
        let program = files(owner, &BTreeSet::from([PREPARE_ROOT.to_owned()]))?
            .remove(PREPARE_ROOT)
            .with_context(|| format!("{} has no {PREPARE_ROOT}", owner.path))?;
        let mut queue = needed(&program)?;
        queue.push(LOADER.to_owned());
        let mut found: Vec<Library<'_>> = Vec::new();
        while let Some(soname) = queue.pop() {
            if found.iter().any(|(have, ..)| *have == soname) {
                continue;
            }
            let (path, made) = self
                .base
                .iter()
                .find_map(|made| Some((made.facts.sonames.get(&soname)?.clone(), made)))
                .with_context(|| format!("no package has {soname}"))?;
            let library = files(made, &BTreeSet::from([path.clone()]))?;
            queue.extend(
                library
                    .get(&path)
                    .map(|bytes| needed(bytes))
                    .transpose()?
                    .unwrap_or_default(),
            );
            found.push((soname, path, made));
        }
        found.sort_by(|a, b| a.0.cmp(&b.0));
        Ok((program, found))
    }

    /// The package.
    pub(super) fn draft(&self) -> Result<Draft> {
        let version = kernel::version(&self.entry.name).context("not a kernel")?;
        let image = zstd::encode_all(&self.image(version)?[..], 12)?;
        let mut tree = Tree::default();
        let path = format!("/usr/lib/modules/{version}/initramfs.img");
        tree.0.insert(path, Node::file(image, 0o600));
        let mut evr = Evr::parse(&self.entry.version);
        if self.is_newer {
            evr.release.push_str(".1");
        }
        Ok(Draft {
            name: NAME.to_owned(),
            arch: "x86_64",
            summary: "A small initramfs that boots OSTree deployments".to_owned(),
            description: format!(
                "busybox, the drivers of virtual disks and ostree-prepare-root, \
                 for kernel {version}."
            ),
            license: "GPL-2.0-only AND LGPL-2.1-or-later".to_owned(),
            url: "https://packages.debian.org/busybox-static".to_owned(),
            section: "kernel".to_owned(),
            source_rpm: format!("{NAME}-{}-{}.src.rpm", evr.version, evr.release),
            changes: vec![Change {
                author: "regraft realos <realos@regraft.invalid>".to_owned(),
                version: format!("{}-{}", evr.version, evr.release),
                text: format!("- For kernel {version}"),
                time: SOURCE_DATE,
            }],
            requires: vec![
                Dependency::any("filesystem"),
                Dependency::eq("kernel-uname-r", version),
            ],
            provides: Vec::new(),
            conflicts: Vec::new(),
            evr,
            tree,
        })
    }

    /// The archive, before compression.
    fn image(&self, version: &str) -> Result<Vec<u8>> {
        let (program, libraries) = self.libraries()?;
        let folder = tempfile::tempdir()?;
        let scratch = Utf8Path::from_path(folder.path()).context("the temporary folder")?;
        let busybox = Tree::read(self.busybox, scratch)?
            .file(BUSYBOX)
            .with_context(|| format!("{} has no {BUSYBOX}", self.busybox))?
            .bytes()?;
        let mut tree = Tree::default();
        for place in ["dev", "proc", "sys", "run", "sysroot", "bin", "drivers"] {
            tree.put(&format!("/{place}"), Node::directory(0o755));
        }
        tree.put("/init", Node::file(INIT, 0o755));
        tree.put("/bin/busybox", Node::file(busybox, 0o755));
        tree.put(PREPARE_ROOT, Node::file(program, 0o755));
        for (soname, path, made) in libraries {
            let bytes = files(made, &BTreeSet::from([path.clone()]))?.remove(&path);
            let bytes = bytes.with_context(|| format!("{} has no {path}", made.path))?;
            tree.put(&format!("{LIBRARIES}/{soname}"), Node::file(bytes, 0o755));
        }
        tree.put("/lib", Node::link("usr/lib"));
        tree.put("/lib64", Node::link("usr/lib/x86_64-linux-gnu"));
        for (number, (name, bytes)) in self.drivers(version)?.into_iter().enumerate() {
            tree.put(
                &format!("/drivers/{number:02}-{name}"),
                Node::file(bytes, 0o644),
            );
        }
        cpio(&tree)
    }

    /// The drivers in the order in which they load.
    fn drivers(&self, version: &str) -> Result<Vec<(String, Vec<u8>)>> {
        let home = format!("/usr/lib/modules/{version}");
        let list = format!("{home}/modules.dep");
        let text = files(self.kernel, &BTreeSet::from([list.clone()]))?.remove(&list);
        let text = String::from_utf8(text.context("the kernel has no modules.dep")?)?;
        let mut order: Vec<String> = Vec::new();
        for driver in DRIVERS {
            let end = format!("/{driver}.ko");
            let line = text
                .lines()
                .filter_map(|line| line.split_once(':'))
                .find(|(path, _)| path.ends_with(&end));
            let (path, needs) = line.with_context(|| format!("the kernel has no {driver}"))?;
            // The list names the deepest one last.
            let needs = needs.split_whitespace().rev();
            for path in needs.chain([path]).map(|path| format!("{home}/{path}")) {
                if !order.contains(&path) {
                    order.push(path);
                }
            }
        }
        let mut found = files(self.kernel, &order.iter().cloned().collect())?;
        order
            .into_iter()
            .map(|path| {
                let bytes = found.remove(&path).with_context(|| format!("no {path}"))?;
                Ok((
                    path.rsplit('/').next().unwrap_or_default().to_owned(),
                    bytes,
                ))
            })
            .collect()
    }
}

fn needed(bytes: &[u8]) -> Result<Vec<String>> {
    Ok(elf::read(bytes)?
        .map(|object| object.needed)
        .unwrap_or_default())
}

/// Some files of an RPM.
fn files(made: &Made, paths: &BTreeSet<String>) -> Result<BTreeMap<String, Vec<u8>>> {
    let package = Package::open(&made.path)?;
    let mut found = BTreeMap::new();
    for file in package.files()? {
        let file = file?;
        let path = file.metadata.path().to_string_lossy().into_owned();
        if paths.contains(&path) {
            found.insert(path, file.into_content().unwrap_or_default());
            if found.len() == paths.len() {
                break;
            }
        }
    }
    Ok(found)
}

/// The kernel's own archive format, `newc`, with every number fixed.
fn cpio(tree: &Tree) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    for (number, (path, node)) in tree.0.iter().enumerate() {
        use super::tree::Kind;
        let (kind, bytes) = match &node.kind {
            Kind::Directory => (0o040_000, Vec::new()),
            Kind::Link(target) => (0o120_000, target.clone().into_bytes()),
            Kind::File(contents) => (0o100_000, contents.bytes()?),
        };
        let mode = kind | u32::from(node.mode);
        record(
            &mut out,
            path.trim_start_matches('/'),
            number + 1,
            mode,
            &bytes,
        )?;
    }
    record(&mut out, "TRAILER!!!", 0, 0, &[])?;
    out.resize(out.len().next_multiple_of(512), 0);
    Ok(out)
}

fn record(out: &mut Vec<u8>, name: &str, number: usize, mode: u32, bytes: &[u8]) -> Result<()> {
    let Ok(size) = u32::try_from(bytes.len()) else {
        bail!("{name} is too large for an initramfs");
    };
    out.extend(b"070701");
    let length = name.len() as u32 + 1;
    let fields = [
        number as u32,
        mode,
        0,
        0,
        1,
        SOURCE_DATE,
        size,
        0,
        0,
        0,
        0,
        length,
        0,
    ];
    for field in fields {
        out.extend(format!("{field:08x}").bytes());
    }
    out.extend(name.bytes());
    out.push(0);
    out.resize(out.len().next_multiple_of(4), 0);
    out.extend(bytes);
    out.resize(out.len().next_multiple_of(4), 0);
    Ok(())
}
