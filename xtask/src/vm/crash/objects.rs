//! Objects of a repository: whether their names are the checksums of what is in them.
//!
//! ```text
//! objects/NN/...commit, .dirtree, .dirmeta    the checksum is that of the file
//! objects/NN/...file                          of a header, then the content:
//!     size of the variant u32, padding u32, both big endian
//!     variant (uuuusa(ayay)): user, group, mode, 0 (big endian), target of a link, xattrs
//! ```
//! That is libostree's format of a `bare` repository (`ostree-core.c`). `ostree fsck` checks the same,
//! but all objects each time.

use anyhow::Result;
use camino::Utf8Path;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Read;
use std::os::unix::fs::MetadataExt;

/// Names of objects, as `NN/REST.KIND`.
pub(super) fn list(repo: &Utf8Path) -> Result<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    for folder in repo.join("objects").read_dir_utf8()? {
        let folder = folder?;
        for object in folder.path().read_dir_utf8()? {
            let object = object?;
            found.insert(format!("{}/{}", folder.file_name(), object.file_name()));
        }
    }
    Ok(found)
}

/// The objects that are not what their name says, of all that hold metadata and of the files that are
/// not `known`.
pub(super) fn damaged(repo: &Utf8Path, known: &BTreeSet<String>) -> Result<Vec<String>> {
    let mut damaged = Vec::new();
    for name in list(repo)? {
        let Some((checksum, kind)) = name.split_once('.') else {
            damaged.push(format!("{name} (no object)"));
            continue;
        };
        let path = repo.join("objects").join(&name);
        let found = match kind {
            "commit" | "dirtree" | "dirmeta" => {
                let mut hasher = Sha256::new();
                hasher.update(fs::read(&path)?);
                hasher
            }
            "file" if !known.contains(&name) => file(&path)?,
            _ => continue,
        };
        if format!("{:x}", found.finalize()) != checksum.replace('/', "") {
            let size = fs::symlink_metadata(&path)?.len();
            damaged.push(format!("{name} ({size} bytes)"));
        }
    }
    Ok(damaged)
}

fn file(path: &Utf8Path) -> Result<Sha256> {
    let metadata = fs::symlink_metadata(path)?;
    let target = match metadata.is_symlink() {
        true => fs::read_link(path)?.to_string_lossy().into_owned(),
        false => String::new(),
    };
    let header = header(
        [metadata.uid(), metadata.gid(), metadata.mode()],
        &target,
        &xattrs(path)?,
    );
    let mut hasher = Sha256::new();
    hasher.update(u32::try_from(header.len())?.to_be_bytes());
    hasher.update([0; 4]);
    hasher.update(&header);
    if metadata.is_file() {
        let mut file = File::open(path)?;
        let mut buffer = vec![0; 1 << 18];
        loop {
            match file.read(&mut buffer)? {
                0 => break,
                count => hasher.update(&buffer[..count]),
            }
        }
    }
    Ok(hasher)
}

/// The variant `(uuuusa(ayay))`. What has no fixed size and is not last has its end written behind all.
fn header(numbers: [u32; 3], target: &str, xattrs: &[(Vec<u8>, Vec<u8>)]) -> Vec<u8> {
    let mut out = Vec::new();
    for number in numbers.into_iter().chain([0]) {
        out.extend(number.to_be_bytes());
    }
    out.extend(target.bytes());
    out.push(0);
    let end_of_target = out.len();
    let mut pairs = Vec::new();
    let mut ends = Vec::new();
    for (name, value) in xattrs {
        let start = pairs.len();
        pairs.extend(name);
        pairs.push(0);
        let end_of_name = pairs.len() - start;
        pairs.extend(value);
        let size = pairs.len() - start;
        offsets(&mut pairs, size, &[end_of_name]);
        ends.push(pairs.len());
    }
    let size = pairs.len();
    offsets(&mut pairs, size, &ends);
    out.extend(pairs);
    let size = out.len();
    offsets(&mut out, size, &[end_of_target]);
    out
}

/// Framing offsets, each of the fewest bytes that the size of the whole needs.
fn offsets(out: &mut Vec<u8>, size: usize, ends: &[usize]) {
    let width = [1, 2, 4]
        .into_iter()
        .find(|width| size + width * ends.len() < 1 << (8 * width))
        .unwrap_or(8);
    for end in ends {
        out.extend(&(*end as u64).to_le_bytes()[..width]);
    }
}

/// Sorted by name, as libostree has them.
fn xattrs(path: &Utf8Path) -> Result<Vec<(Vec<u8>, Vec<u8>)>> {
    let mut names = vec![0_u8; 1 << 16];
    let size = rustix::fs::llistxattr(path.as_std_path(), &mut names[..])?;
    let mut found = Vec::new();
    for name in names[..size].split(|byte| *byte == 0) {
        if name.is_empty() {
            continue;
        }
        let mut value = vec![0_u8; 1 << 16];
        let size = rustix::fs::lgetxattr(path.as_std_path(), name, &mut value[..])?;
        value.truncate(size);
        found.push((name.to_vec(), value));
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// The link `/home` of a base that rpm-ostree composed.
    #[test]
    fn a_header_is_that_of_libostree() {
        let label = b"system_u:object_r:default_t:s0\0".to_vec();
        let xattrs = [(b"security.selinux".to_vec(), label)];
        let header = header([0, 0, 0o120_777], "var/home", &xattrs);
        let mut hasher = Sha256::new();
        hasher.update((header.len() as u32).to_be_bytes());
        hasher.update([0; 4]);
        hasher.update(&header);
        assert_eq!(
            format!("{:x}", hasher.finalize()),
            "8632d66dcfa3d7fc6400e08aed242a4cd964a6bc337f9eaa95dc4fee16b3fdf0"
        );
    }

    #[test]
    fn what_is_cut_short_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let repo = Utf8Path::from_path(folder.path()).unwrap();
        let content = b"a directory";
        let name = format!("{:x}", Sha256::digest(content));
        let place = repo.join("objects").join(&name[..2]);
        fs::create_dir_all(&place).unwrap();
        let path = place.join(format!("{}.dirmeta", &name[2..]));
        fs::write(&path, content).unwrap();
        assert!(damaged(repo, &BTreeSet::new()).unwrap().is_empty());
        fs::write(&path, "").unwrap();
        assert_eq!(damaged(repo, &BTreeSet::new()).unwrap().len(), 1);
    }
}
