//! Single objects: directory metadata, files, symlinks, commits.

use crate::commit::checksum::Checksum;
use crate::commit::tree::Tree;
use crate::error::{Error, Result};
use camino::{Utf8Path, Utf8PathBuf};
use gio::prelude::*;
use glib::variant::ToVariant;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::io::Read;

/// Extended attributes by name; names as the kernel has them, without a final NUL.
pub(crate) type Xattrs = BTreeMap<Vec<u8>, Vec<u8>>;

/// Mode, owner and extended attributes, of a directory or a file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(crate) struct Attributes {
    /// The numeric owner.
    pub(crate) uid: u32,
    /// The numeric group.
    pub(crate) gid: u32,
    /// Permission bits and the file type, as in `st_mode`.
    pub(crate) mode: u32,
    /// Extended attributes.
    pub(crate) xattrs: Xattrs,
}

impl Attributes {
    /// A directory owned by root.
    pub(crate) fn directory(permissions: u32) -> Attributes {
        Attributes {
            mode: libc::S_IFDIR | permissions,
            ..Attributes::default()
        }
    }

    /// The extended attributes as libostree stores them, sorted by name.
    pub(crate) fn xattrs_variant(&self) -> glib::Variant {
        let pairs: Vec<(Vec<u8>, Vec<u8>)> = self
            .xattrs
            .iter()
            .map(|(name, value)| {
                let mut name = name.clone();
                name.push(0);
                (name, value.clone())
            })
            .collect();
        pairs.to_variant()
    }

    /// Writes it as a dirmeta object; needs a repository transaction.
    pub(crate) fn write_directory(&self, repo: &ostree::Repo) -> Result<Checksum> {
        let pairs = self.xattrs_variant();
        let variant = glib::Variant::tuple_from_iter([
            self.uid.to_be().to_variant(),
            self.gid.to_be().to_variant(),
            self.mode.to_be().to_variant(),
            pairs,
        ]);
        write_metadata(repo, ostree::ObjectType::DirMeta, &variant)
    }

    /// Reads a dirmeta object.
    pub(crate) fn load_directory(repo: &ostree::Repo, metadata: &Checksum) -> Result<Attributes> {
        let hex = metadata.hex();
        let variant = load_metadata(repo, ostree::ObjectType::DirMeta, metadata)?;
        if variant.type_().as_str() != "(uuua(ayay))" {
            return Err(Error::corrupt(
                format!("directory metadata {hex}"),
                "wrong type",
            ));
        }
        let number = |index| {
            variant
                .child_value(index)
                .get::<u32>()
                .map_or(0, u32::from_be)
        };
        Ok(Attributes {
            uid: number(0),
            gid: number(1),
            mode: number(2),
            xattrs: xattrs_from_variant(&variant.child_value(3)),
        })
    }
}

/// From libostree's `a(ayay)`.
pub(crate) fn xattrs_from_variant(variant: &glib::Variant) -> Xattrs {
    let bytes = |pair: &glib::Variant, index| {
        let value = pair.child_value(index);
        value.fixed_array::<u8>().unwrap_or_default().to_vec()
    };
    variant
        .iter()
        .map(|pair| {
            let mut name = bytes(&pair, 0);
            if name.last() == Some(&0) {
                name.pop();
            }
            (name, bytes(&pair, 1))
        })
        .collect()
}

/// Reads a metadata object, which must be the one that its name promises: it says what else is
/// read, and it is small.
pub(crate) fn load_metadata(
    repo: &ostree::Repo,
    kind: ostree::ObjectType,
    checksum: &Checksum,
) -> Result<glib::Variant> {
    let hex = checksum.hex();
    let variant = repo
        .load_variant(kind, &hex)
        .map_err(unreadable(format!("{} {hex}", name_of(kind))))?;
    verify(&variant, kind, checksum)?;
    Ok(variant)
}

fn verify(variant: &glib::Variant, kind: ostree::ObjectType, checksum: &Checksum) -> Result<()> {
    let found = Sha256::digest(variant.data());
    match found.as_slice() == checksum.as_bytes().as_slice() {
        true => Ok(()),
        false => Err(Error::corrupt(
            format!("{} {checksum}", name_of(kind)),
            "its content has another checksum",
        )),
    }
}

fn name_of(kind: ostree::ObjectType) -> &'static str {
    match kind {
        ostree::ObjectType::DirTree => "directory object",
        ostree::ObjectType::DirMeta => "directory metadata",
        ostree::ObjectType::Commit => "commit",
        _ => "object",
    }
}

/// For `map_err` on reading an object that something else names: that it is not there is damage.
fn unreadable(object: String) -> impl FnOnce(glib::Error) -> Error {
    move |error| match error.matches(gio::IOErrorEnum::NotFound) {
        true => Error::corrupt(object, "the repository does not have it"),
        false => Error::engine(format!("read {object}"))(error),
    }
}

/// Writes a metadata object; needs a repository transaction.
pub(crate) fn write_metadata(
    repo: &ostree::Repo,
    kind: ostree::ObjectType,
    variant: &glib::Variant,
) -> Result<Checksum> {
    let written = repo
        .write_metadata(kind, None, variant, gio::Cancellable::NONE)
        .map_err(Error::engine("write an object"))?;
    written.to_string().parse()
}

/// How much of a file is in memory at once.
const BUFFER: usize = 128 * 1024;

/// Writes a regular file of exactly `size` bytes; needs a repository transaction.
pub(crate) fn write_file(
    repo: &ostree::Repo,
    attributes: &Attributes,
    size: u64,
    mut content: impl Read,
    name: &str,
) -> Result<Checksum> {
    let xattrs = attributes.xattrs_variant();
    let failed = || format!("write {name} into the repository");
    if size <= BUFFER as u64 {
        let mut bytes = Vec::with_capacity(size as usize);
        content
            .take(size)
            .read_to_end(&mut bytes)
            .map_err(Error::io("read", name))?;
        let written = repo
            .write_regfile_inline(
                None,
                attributes.uid,
                attributes.gid,
                attributes.mode,
                Some(&xattrs),
                &bytes,
                gio::Cancellable::NONE,
            )
            .map_err(Error::engine(failed()))?;
        return written.parse();
    }
    let writer = repo
        .write_regfile(
            None,
            attributes.uid,
            attributes.gid,
            attributes.mode,
            size,
            Some(&xattrs),
        )
        .map_err(Error::engine(failed()))?;
    let mut buffer = vec![0; BUFFER];
    let mut left = size;
    while left > 0 {
        let want = buffer
            .len()
            .min(usize::try_from(left).unwrap_or(usize::MAX));
        let count = content
            .read(&mut buffer[..want])
            .map_err(Error::io("read", name))?;
        if count == 0 {
            return Err(Error::corrupt(name, format!("it ends {left} bytes early")));
        }
        writer
            .write_all(&buffer[..count], gio::Cancellable::NONE)
            .map_err(Error::engine(failed()))?;
        left -= count as u64;
    }
    let written = writer
        .finish(gio::Cancellable::NONE)
        .map_err(Error::engine(failed()))?;
    written.parse()
}

/// Writes a regular file whose content is in a file of the caller's, which nobody else writes;
/// needs a repository transaction.
///
/// The checksum is made here: libostree's own, from GLib, takes ten times as long as one with the
/// processor's help, which for a package database was most of the time.
pub(crate) fn write_from(
    repo: &ostree::Repo,
    attributes: &Attributes,
    from: &Utf8Path,
    name: &str,
) -> Result<Checksum> {
    let xattrs = attributes.xattrs_variant();
    let failed = || format!("write {name} into the repository");
    let info = gio::FileInfo::new();
    info.set_file_type(gio::FileType::Regular);
    info.set_attribute_uint32("unix::uid", attributes.uid);
    info.set_attribute_uint32("unix::gid", attributes.gid);
    info.set_attribute_uint32("unix::mode", attributes.mode);
    let stream = |content: &gio::InputStream| {
        ostree::raw_file_to_content_stream(content, &info, Some(&xattrs), gio::Cancellable::NONE)
            .map_err(Error::engine(failed()))
    };
    let mut hash = Sha256::new();
    // What libostree puts before the content.
    let (head, _) = stream(gio::MemoryInputStream::new().upcast_ref())?;
    let mut eat = |mut source: Box<dyn Read>| -> Result<u64> {
        let mut buffer = vec![0; BUFFER];
        let mut size = 0;
        loop {
            match source.read(&mut buffer).map_err(Error::io("read", name))? {
                0 => return Ok(size),
                count => {
                    hash.update(&buffer[..count]);
                    size += count as u64;
                }
            }
        }
    };
    eat(Box::new(head.into_read()))?;
    let file = std::fs::File::open(from).map_err(Error::io("open", from))?;
    let size = eat(Box::new(file))?;
    info.set_size(i64::try_from(size).unwrap_or(i64::MAX));
    let checksum = Checksum::from_bytes(&hash.finalize(), name)?;
    let content = gio::File::for_path(from)
        .read(gio::Cancellable::NONE)
        .map_err(Error::engine(failed()))?;
    let (content, length) = stream(content.upcast_ref())?;
    repo.write_content_trusted(&checksum.hex(), &content, length, gio::Cancellable::NONE)
        .map_err(Error::engine(failed()))?;
    Ok(checksum)
}

/// Writes a symlink; needs a repository transaction.
pub(crate) fn write_symlink(
    repo: &ostree::Repo,
    attributes: &Attributes,
    target: &str,
) -> Result<Checksum> {
    let xattrs = attributes.xattrs_variant();
    let written = repo
        .write_symlink(
            None,
            attributes.uid,
            attributes.gid,
            Some(&xattrs),
            target,
            gio::Cancellable::NONE,
        )
        .map_err(Error::engine(format!("write a symlink to {target}")))?;
    written.parse()
}

/// A file object's kind and attributes, and its content where it is a regular file.
pub(crate) struct LoadedFile {
    /// Mode, owner, extended attributes.
    pub(crate) attributes: Attributes,
    /// For a symlink, where it points.
    pub(crate) target: Option<String>,
    /// For a regular file, its content.
    pub(crate) content: Option<gio::InputStream>,
    /// For a regular file, its size in bytes.
    pub(crate) size: u64,
}

/// Opens a file object.
pub(crate) fn load_file(repo: &ostree::Repo, checksum: &Checksum) -> Result<LoadedFile> {
    let hex = checksum.hex();
    let (content, info, xattrs) = repo
        .load_file(&hex, gio::Cancellable::NONE)
        .map_err(unreadable(format!("file object {hex}")))?;
    Ok(LoadedFile {
        attributes: Attributes {
            uid: info.attribute_uint32("unix::uid"),
            gid: info.attribute_uint32("unix::gid"),
            mode: info.attribute_uint32("unix::mode"),
            xattrs: xattrs_from_variant(&xattrs),
        },
        target: info
            .symlink_target()
            .map(|path| path.to_string_lossy().into_owned()),
        size: if content.is_some() {
            u64::try_from(info.size()).unwrap_or(0)
        } else {
            0
        },
        content,
    })
}

/// The whole content of a regular file object, at most `limit` bytes of it.
pub(crate) fn read_file(repo: &ostree::Repo, checksum: &Checksum, limit: u64) -> Result<Vec<u8>> {
    let file = load_file(repo, checksum)?;
    let Some(content) = file.content else {
        return Err(Error::corrupt(
            format!("file object {checksum}"),
            "it is a symlink",
        ));
    };
    if file.size > limit {
        let reason = format!("{} bytes where at most {limit} make sense", file.size);
        return Err(Error::corrupt(format!("file object {checksum}"), reason));
    }
    let mut bytes = Vec::new();
    content
        .into_read()
        .take(limit)
        .read_to_end(&mut bytes)
        .map_err(Error::io("read", checksum.hex()))?;
    Ok(bytes)
}

/// Copies a regular file object's content to a new file at `path`.
pub(crate) fn extract_file(
    repo: &ostree::Repo,
    checksum: &Checksum,
    path: &Utf8Path,
) -> Result<()> {
    let file = load_file(repo, checksum)?;
    let Some(content) = file.content else {
        return Err(Error::corrupt(
            format!("file object {checksum}"),
            "it is a symlink",
        ));
    };
    let mut output = std::fs::File::create_new(path).map_err(Error::io("create", path))?;
    std::io::copy(&mut content.into_read(), &mut output).map_err(Error::io("write", path))?;
    Ok(())
}

/// All refs with what they name, or those below a prefix; their names are whole.
pub(crate) fn refs(repo: &ostree::Repo, below: Option<&str>) -> Result<BTreeMap<String, String>> {
    let refs = repo
        .list_refs_ext(
            below,
            ostree::RepoListRefsExtFlags::NONE,
            gio::Cancellable::NONE,
        )
        .map_err(Error::engine("list the refs"))?;
    Ok(refs
        .into_iter()
        .map(|(name, commit)| (name.to_string(), commit.to_string()))
        .collect())
}

/// Where objects are files that are what they are in a tree.
pub(crate) fn folder(repo: &ostree::Repo) -> Option<Utf8PathBuf> {
    use gio::prelude::FileExt;
    let bare = repo.mode() == ostree::RepoMode::Bare && repo.parent().is_none();
    let path = repo.path().path().filter(|_| bare)?;
    Utf8PathBuf::from_path_buf(path.join("objects")).ok()
}

/// Where a file's object is in the folder of objects, in a repository that does not compress.
pub(crate) fn file_path(file: &Checksum) -> String {
    let hex = file.hex();
    let (folder, rest) = hex.split_at(2);
    format!("{folder}/{rest}.file")
}

/// What a commit object says.
#[derive(Debug, Clone)]
pub(crate) struct Commit {
    /// Its own checksum.
    pub(crate) checksum: Checksum,
    /// Its root directory.
    pub(crate) root: Tree,
    /// The commit before it, or for a layered commit its base.
    pub(crate) parent: Option<Checksum>,
    /// Seconds since 1970.
    pub(crate) timestamp: u64,
    /// `a{sv}`.
    pub(crate) metadata: glib::Variant,
}

impl Commit {
    /// Reads a commit, which must be complete.
    pub(crate) fn load(repo: &ostree::Repo, checksum: &Checksum) -> Result<Commit> {
        let hex = checksum.hex();
        let (variant, state) = repo
            .load_commit(&hex)
            .map_err(unreadable(format!("commit {hex}")))?;
        verify(&variant, ostree::ObjectType::Commit, checksum)?;
        if state.contains(ostree::RepoCommitState::PARTIAL) {
            return Err(Error::State {
                object: format!("commit {hex}"),
                reason: "only a part of it has been pulled".to_owned(),
                remedy: "pull it again".to_owned(),
            });
        }
        let object = format!("commit {hex}");
        if variant.type_().as_str() != "(a{sv}aya(say)sstayay)" {
            return Err(Error::corrupt(object, "wrong type"));
        }
        let checksum_at = |index| {
            let value = variant.child_value(index);
            let bytes = value.fixed_array::<u8>().unwrap_or_default();
            if bytes.is_empty() {
                Ok(None)
            } else {
                Checksum::from_bytes(bytes, &object).map(Some)
            }
        };
        let missing = || Error::corrupt(&object, "no root directory");
        Ok(Commit {
            checksum: *checksum,
            root: Tree {
                contents: checksum_at(6)?.ok_or_else(missing)?,
                metadata: checksum_at(7)?.ok_or_else(missing)?,
            },
            parent: checksum_at(1)?,
            timestamp: variant.child_value(5).get::<u64>().map_or(0, u64::from_be),
            metadata: variant.child_value(0),
        })
    }

    /// The commit that a ref or checksum names.
    pub(crate) fn resolve(repo: &ostree::Repo, rev: &str) -> Result<Option<Commit>> {
        let found = repo.resolve_rev(rev, true).map_err(|error| {
            match error.message().starts_with("Invalid rev ") {
                true => Error::corrupt(format!("the ref {rev}"), error.message()),
                false => Error::engine(format!("resolve {rev}"))(error),
            }
        })?;
        found
            .map(|hex| Commit::load(repo, &hex.parse()?))
            .transpose()
    }

    /// One value of the metadata, `None` when it is absent or of another type.
    pub(crate) fn get<T: glib::variant::FromVariant>(&self, key: &str) -> Option<T> {
        glib::VariantDict::new(Some(&self.metadata))
            .lookup::<T>(key)
            .ok()
            .flatten()
    }
}

/// What [`write_commit`] writes.
pub(crate) struct NewCommit<'a> {
    /// The root directory.
    pub(crate) root: Tree,
    /// The commit before it, or for a layered commit its base.
    pub(crate) parent: Option<Checksum>,
    /// Seconds since 1970.
    pub(crate) timestamp: u64,
    /// `a{sv}`.
    pub(crate) metadata: &'a glib::Variant,
}

/// Writes a commit object with an empty subject and body; needs a repository transaction.
pub(crate) fn write_commit(repo: &ostree::Repo, commit: &NewCommit<'_>) -> Result<Checksum> {
    let parent = commit
        .parent
        .map_or_else(Vec::new, |parent| parent.as_bytes().to_vec());
    let variant = glib::Variant::tuple_from_iter([
        commit.metadata.clone(),
        parent.to_variant(),
        Vec::<(String, Vec<u8>)>::new().to_variant(),
        "".to_variant(),
        "".to_variant(),
        commit.timestamp.to_be().to_variant(),
        commit.root.contents.as_bytes().to_vec().to_variant(),
        commit.root.metadata.as_bytes().to_vec().to_variant(),
    ]);
    write_metadata(repo, ostree::ObjectType::Commit, &variant)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_of_writing_make_one_object() {
        let dir = tempfile::tempdir().unwrap();
        let repo = |name: &str| {
            let repo = ostree::Repo::new(&gio::File::for_path(dir.path().join(name)));
            // Any user may have this one.
            repo.create(ostree::RepoMode::BareUser, gio::Cancellable::NONE)
                .unwrap();
            repo
        };
        let (one, other) = (repo("one"), repo("other"));
        let guards = [&one, &other].map(|repo| repo.auto_transaction(gio::Cancellable::NONE));
        let mut attributes = Attributes {
            uid: 3,
            gid: 4,
            mode: libc::S_IFREG | 0o640,
            ..Attributes::default()
        };
        let path = Utf8Path::from_path(dir.path()).unwrap().join("content");
        for size in [0, 1, 5000, BUFFER + 1, 3 * BUFFER] {
            let content: Vec<u8> = (0..size).map(|place| (place % 251) as u8).collect();
            std::fs::write(&path, &content).unwrap();
            let written = write_from(&one, &attributes, &path, "x").unwrap();
            let length = content.len() as u64;
            let same = write_file(&other, &attributes, length, &content[..], "x").unwrap();
            assert_eq!(written, same, "{size}");
            assert_eq!(read_file(&one, &written, u64::MAX).unwrap(), content);
            assert_eq!(load_file(&one, &written).unwrap().attributes, attributes);
            attributes.xattrs.insert(b"user.a".to_vec(), b"b".to_vec());
        }
        for guard in guards {
            guard.unwrap().commit(gio::Cancellable::NONE).unwrap();
        }
        assert!(
            std::process::Command::new("ostree")
                .args(["fsck", "--quiet", "--repo"])
                .arg(dir.path().join("one"))
                .status()
                .unwrap()
                .success()
        );
    }
}
