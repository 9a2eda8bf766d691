//! What a composed tree has besides its packages' files: the directories and links of its root, where
//! changing things live below `/var`, and rpm-ostree's files about the tree itself.

use crate::commit::directory::{Directory, Node};
use crate::commit::object;
use crate::error::Result;
use crate::graft::edit::Edit;
use gio::prelude::*;

/// What a treefile says about it.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Layout {
    /// `/tmp` is a directory of its own and no link to `/sysroot/tmp`.
    pub(crate) tmp_is_dir: bool,
    /// An empty `/etc/machine-id`, for systemd to fill in on a file system that is not writable yet.
    pub(crate) machine_id: bool,
}

/// Directories of the root, with mode 0755.
const DIRECTORIES: [&str; 8] = [
    "boot", "dev", "proc", "run", "sys", "sysroot", "usr", "usr/etc",
];

/// Links of the root.
const LINKS: [(&str, &str); 6] = [
    ("home", "var/home"),
    ("media", "run/media"),
    ("mnt", "var/mnt"),
    ("ostree", "sysroot/ostree"),
    ("root", "var/roothome"),
    ("srv", "var/srv"),
];

/// Where rpm's database is, and the copy of it that layering leaves alone.
const RPMDB: &str = "usr/share/rpm";
const RPMDB_LINK: &str = "usr/lib/sysimage/rpm";
const RPMDB_BASE: &str = "usr/lib/sysimage/rpm-ostree-base-db";

/// tmpfiles.d lines for what the links lead to.
const TMPFILES: &str = "usr/lib/tmpfiles.d/regraft-0-integration.conf";
const TMPFILES_ALL: &str = "\
# Written by regraft: the places that links of the root lead to.
d /var/home 0755 root root -
d /var/srv 0755 root root -
d /var/mnt 0755 root root -
d /var/roothome 0700 root root -
d /run/media 0755 root root -
L /var/lib/rpm - - - - ../../usr/share/rpm
L /var/lib/selinux - - - - ../../etc/selinux
d /var/opt 0755 root root -
d /var/usrlocal 0755 root root -
";
const USR_LOCAL: [&str; 8] = [
    "bin", "etc", "games", "include", "lib", "sbin", "share", "src",
];

/// Makes the root of a composed tree around its packages' files; `/bin`, `/lib` and their like are
/// there where packages brought them. What packages left below `/var` goes: tmpfiles.d makes it.
pub(crate) fn prepare(edit: &mut Edit<'_>, layout: &Layout) -> Result<()> {
    let root = edit.attributes("", libc::S_IFDIR | 0o755)?;
    let metadata = root.write_directory(edit.repo)?;
    edit.root.set_metadata(metadata);
    for path in DIRECTORIES {
        edit.directory(path, 0o755)?;
    }
    edit.remove("var")?;
    edit.directory("var", 0o755)?;
    for (path, target) in LINKS {
        link(edit, path, target)?;
    }
    if layout.tmp_is_dir {
        edit.directory("tmp", 0o1777)?;
    } else {
        link(edit, "tmp", "sysroot/tmp")?;
    }
    let mut lines = String::from(TMPFILES_ALL);
    link(edit, "opt", "var/opt")?;
    // What a package has there would be hidden on every machine.
    edit.remove("usr/local")?;
    link(edit, "usr/local", "../var/usrlocal")?;
    for name in USR_LOCAL {
        lines.push_str(&format!("d /usr/local/{name} 0755 root root -\n"));
    }
    edit.write(TMPFILES, Some(0o644), lines.as_bytes())?;
    if layout.machine_id {
        edit.write("usr/etc/machine-id", Some(0o644), b"")?;
    } else {
        // One of the tree would be the same on every machine.
        edit.remove("usr/etc/machine-id")?;
    }
    Ok(())
}

/// Writes the flattened treefile where rpm-ostree looks for it.
pub(crate) fn write_treefile(edit: &mut Edit<'_>, json: &str) -> Result<()> {
    let path = "usr/share/rpm-ostree/treefile.json";
    edit.write(path, Some(0o644), json.as_bytes())
}

/// Makes `usr/lib/sysimage/rpm` a link to the database in `usr/share/rpm`.
pub(crate) fn link_rpmdb(edit: &mut Edit<'_>) -> Result<()> {
    edit.remove(RPMDB_LINK)?;
    edit.symlink(RPMDB_LINK, "../../share/rpm")
}

/// Copies the composed tree's database, which is in `database`, to where layering leaves it alone.
pub(crate) fn keep_base_rpmdb(edit: &mut Edit<'_>, database: &str) -> Result<()> {
    edit.remove(RPMDB_BASE)?;
    edit.directory(RPMDB_BASE, 0o755)?;
    for (name, file) in edit.files(database)? {
        let file = object::load_file(edit.repo, &file)?;
        let Some(content) = file.content else {
            continue;
        };
        let path = format!("{RPMDB_BASE}/{name}");
        let attributes = edit.attributes(&path, file.attributes.mode)?;
        let content = content.into_read();
        let copy = object::write_file(edit.repo, &attributes, file.size, content, &path)?;
        edit.put(&path, copy)?;
    }
    Ok(())
}

/// Where the database is in trees that rpm-ostree made.
pub(crate) fn rpmdb() -> &'static str {
    RPMDB
}

/// A link in place of an empty directory or another link, as the `filesystem` package brings them.
fn link(edit: &mut Edit<'_>, path: &str, target: &str) -> Result<()> {
    if let Some(Node::Dir(dir)) = edit.root.lookup(edit.repo, path)?
        && is_empty(edit.repo, dir)?
    {
        edit.remove(path)?;
    }
    edit.symlink(path, target)
}

fn is_empty(repo: &ostree::Repo, dir: &mut Directory) -> Result<bool> {
    Ok(dir.nodes(repo)?.is_empty())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::commit::object::Attributes;
    use crate::error::Result as Outcome;
    use crate::graft::edit::tests::Bed;

    /// The labels of the golden tree's policy, for these paths.
    fn label(path: &str, _mode: u32) -> Outcome<Option<Vec<u8>>> {
        let kind = match path {
            "/boot" => "boot_t",
            "/run" => "var_run_t",
            "/usr" | "/usr/etc" | "/usr/local" => "usr_t",
            "/var" => "var_t",
            path if path.starts_with("/usr/lib") => "lib_t",
            path if path.starts_with("/usr/") => "usr_t",
            _ => "default_t",
        };
        Ok(Some(format!("system_u:object_r:{kind}:s0").into_bytes()))
    }

    /// The same objects as rpm-ostree 2026.2 wrote; checksums are from its listing of a base.
    #[test]
    fn the_root_is_that_of_rpm_ostree() {
        let links = [
            (
                "home",
                "8632d66dcfa3d7fc6400e08aed242a4cd964a6bc337f9eaa95dc4fee16b3fdf0",
            ),
            (
                "media",
                "aa57e6fbe9b33e0bbc7d0138caa22d0b01343b1d416ab9c9b387b785f275dadf",
            ),
            (
                "mnt",
                "81f1b5347332e8ab0e61cca02290392b94a6a0d2f168308198806c83e0d00af0",
            ),
            (
                "opt",
                "6ac878da4ada52f030f5ede297f563383d09a1fed3b2a0012332671c3e7e87ab",
            ),
            (
                "ostree",
                "32ceba7141765335692253625753f26ffbc9cc90074df3539e38cf7849aa81c9",
            ),
            (
                "root",
                "2b5c4dfa3fd020534d80b8a04f2fa0df4225eb34849b0608c846ab21f1a46347",
            ),
            (
                "srv",
                "177b2edb43b284851f012e237e43e471de76f3e8740929bef3a4d0dd34352938",
            ),
            (
                "usr/local",
                "1b0ac5f3161f0ddb700ec67c42932e276b4c238ce6eaea19663406afc68e4f43",
            ),
            (
                "usr/etc/machine-id",
                "ea6b004bc150b3b37d623348c7b77b3486d388f64c3f1138a021b8140d267d0e",
            ),
            (
                "usr/lib/sysimage/rpm",
                "5c961ae182da9c99c4f4e43ee45b5d1cbc0dd789c3f8bf592790fb375fa81528",
            ),
        ];
        let default = "2c06545acdbd78911b267874a55130c5bc3515b8e318a8d04f138ee3721f79fd";
        let dirs = [
            (
                "boot",
                "a07fc1e875fa9c40ff2e23db77ed761e2ab1a33df81ca6623034bcbf14001d71",
            ),
            ("dev", default),
            ("proc", default),
            (
                "run",
                "ecbf5a05f24a066524f22ed8dbf4224fab09293c10149968d5e17398ed829764",
            ),
            ("sys", default),
            ("sysroot", default),
            (
                "tmp",
                "c846c8d62cacff1ac519509e149bf9de1c6606fde20e7dd0576a3693a0706344",
            ),
            (
                "usr",
                "9c359a8bcc95143dcc1db8f6e3897d4e53e2562aa9ac41b1d5a0c1dfb2f6c468",
            ),
            (
                "usr/etc",
                "9c359a8bcc95143dcc1db8f6e3897d4e53e2562aa9ac41b1d5a0c1dfb2f6c468",
            ),
            (
                "var",
                "d9fcc1f7e1f004d777d69b8ecd7aba0dbda73241d381ffe71fbd7b1b3bdf61ff",
            ),
        ];
        let mut bed = Bed::new();
        let meta = Attributes::directory(0o755)
            .write_directory(&bed.repo)
            .unwrap();
        bed.root = Directory::empty(meta);
        let repo = bed.repo.clone();
        let mut edit = Edit {
            repo: &repo,
            root: &mut bed.root,
            label: &label,
        };
        let layout = Layout {
            tmp_is_dir: true,
            machine_id: true,
        };
        edit.write("var/lib/x", None, b"left over").unwrap();
        edit.directory("mnt", 0o755).unwrap();
        prepare(&mut edit, &layout).unwrap();
        link_rpmdb(&mut edit).unwrap();
        assert_eq!(edit.root.metadata().hex(), default);
        for (path, checksum) in links {
            assert_eq!(edit.file(path).unwrap().unwrap().hex(), checksum, "{path}");
        }
        for (path, checksum) in dirs {
            match edit.root.lookup(&repo, path).unwrap() {
                Some(Node::Dir(dir)) => assert_eq!(dir.metadata().hex(), checksum, "{path}"),
                _ => panic!("{path} is no directory"),
            }
        }
        assert!(!edit.exists("var/lib").unwrap());
        assert!(!edit.exists("etc").unwrap());
    }

    #[test]
    fn leftovers_go_and_the_lines_are_systemds() {
        let mut bed = Bed::with(&[("usr/local/bin/x", "x"), ("usr/etc/machine-id", "abc")]);
        prepare(&mut bed.edit(), &Layout::default()).unwrap();
        assert!(!bed.edit().exists("usr/local/bin/x").unwrap());
        assert!(!bed.edit().exists("usr/etc/machine-id").unwrap());
        let tmp = bed.edit().link_target("tmp").unwrap();
        assert_eq!(tmp.as_deref(), Some("sysroot/tmp"));
        let text = bed.text(TMPFILES);
        assert!(text.contains("d /var/opt 0755 root root -\n"));

        // systemd reads the lines.
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("x.conf");
        std::fs::write(&file, text).unwrap();
        let run = std::process::Command::new("systemd-tmpfiles")
            .args(["--create", "--root"])
            .arg(dir.path())
            .arg(&file)
            .output()
            .unwrap();
        let log = String::from_utf8_lossy(&run.stderr);
        assert!(run.status.success() && log.is_empty(), "{log}");
        assert!(dir.path().join("var/roothome").is_dir());
    }

    #[test]
    fn the_database_and_the_treefile() {
        let mut bed = Bed::with(&[
            ("usr/share/rpm/rpmdb.sqlite", "rows"),
            ("usr/lib/sysimage/rpm-ostree-base-db/old", "x"),
        ]);
        keep_base_rpmdb(&mut bed.edit(), rpmdb()).unwrap();
        assert_eq!(
            bed.text("usr/lib/sysimage/rpm-ostree-base-db/rpmdb.sqlite"),
            "rows"
        );
        assert_eq!(bed.edit().files(RPMDB_BASE).unwrap().len(), 1);
        write_treefile(&mut bed.edit(), "{}").unwrap();
        assert_eq!(bed.text("usr/share/rpm-ostree/treefile.json"), "{}");
    }
}
