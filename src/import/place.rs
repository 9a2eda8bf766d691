//! Where a package's file goes in an OSTree commit.
//!
//! | path in the package | becomes |
//! |---|---|
//! | `/etc/X` | `/usr/etc/X` |
//! | `/usr/X` | itself |
//! | `/bin/X`, `/sbin/X`, `/lib/X`, `/lib64/X` | the same below `/usr` (the links themselves stay) |
//! | `/boot/X` | `/usr/lib/ostree-boot/X` |
//! | `/opt/X` | `/usr/lib/opt/X`, and a line `L /opt/...` for tmpfiles.d |
//! | `/var/lib/alternatives`, `/var/lib/vagrant` | the same below `/usr/lib`, and a line `L` |
//! | `/var/lib/selinux/targeted/X` | `/usr/etc/selinux/targeted/X` |
//! | other `/var/lib/rpm*`, `/var/lib/selinux*` | nothing: their place is elsewhere |
//! | other directories and symlinks in `/var`, `/run` | lines `d` and `L` |
//! | regular files in `/var`, `/run` | nothing: dropped, and listed |
//! | anything else | not allowed |

use crate::package::PackageFile;

/// What becomes of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// It goes to this path, relative to the root.
    Tree(String),
    /// It becomes a line of tmpfiles.d.
    Tmpfiles,
    /// It is content that an OSTree system cannot ship.
    Dropped,
    /// It is left out, and nothing is lost by that.
    Nothing,
    /// It cannot be on an OSTree system.
    Outside,
}

/// Directories that are links into `/usr` on every OSTree system.
const USR_LINKS: [&str; 4] = ["bin", "sbin", "lib", "lib64"];

/// Directories that the package `filesystem` has and every tree has of itself.
const ROOT_DIRECTORIES: [&str; 12] = [
    "boot", "dev", "home", "media", "mnt", "proc", "root", "run", "srv", "sys", "tmp", "var",
];

/// Directories below `/var/lib` that belong to the system.
const SYSTEM_STATE: [&str; 2] = ["alternatives", "vagrant"];

/// Why a path that [`Place::Outside`] is for is refused.
pub(crate) const OUTSIDE: &str = "an OSTree system keeps packages' files below /usr, /etc, /boot, \
                                  /opt and the directories of /var and /run";

/// The longest name and the longest path that Linux has (`NAME_MAX`; `PATH_MAX` without the final
/// NUL). The path of a file in a deployment is longer than that in the package, so some room is
/// left for the deployment's own.
const NAME_MAX: usize = 255;
const PATH_MAX: usize = 4095 - 512;

/// Which rule for any path of a package a file breaks, wherever its place would be.
pub(crate) fn check(file: &PackageFile) -> Result<(), &'static str> {
    if !is_plain(&file.path) {
        return Err("a package's paths are absolute, without `.`, `..` and empty names");
    }
    if file.path.len() > PATH_MAX || file.path.split('/').any(|name| name.len() > NAME_MAX) {
        return Err("no name can have more than 255 bytes and no path more than 3583");
    }
    // What is in /var and /run becomes lines of text, which such characters would end.
    let is_plain = |text: &str| !text.chars().any(char::is_control);
    if matches!(place(file), Place::Tmpfiles)
        && !(is_plain(&file.path) && is_plain(&file.link_target))
    {
        return Err("no path in /var or /run can have control characters in it");
    }
    let is_name = |text: &str| is_plain(text) && !text.contains(char::is_whitespace);
    if !is_name(&file.user) || !is_name(&file.group) {
        return Err("its owner's name has white space in it");
    }
    Ok(())
}

/// A path that is plain: absolute, without `.`, `..` or empty names.
fn is_plain(path: &str) -> bool {
    let Some(rest) = path.strip_prefix('/') else {
        return false;
    };
    rest.is_empty()
        || rest
            .split('/')
            .all(|name| !name.is_empty() && name != "." && name != ".." && !name.contains('\0'))
}

/// What becomes of a file whose path is plain.
pub(crate) fn place(file: &PackageFile) -> Place {
    let path = file.path.strip_prefix('/').unwrap_or(&file.path);
    let (top, rest) = path.split_once('/').unwrap_or((path, ""));
    let tree = |path: String| Place::Tree(path);
    match (top, rest) {
        ("", _) if file.is_dir() => tree(String::new()),
        ("usr", _) if path.starts_with("usr/etc/selinux") && path.ends_with(".LOCK") => {
            Place::Nothing
        }
        ("etc", _) if path.starts_with("etc/selinux") && path.ends_with(".LOCK") => Place::Nothing,
        ("usr", _) => tree(path.to_owned()),
        ("etc", _) => tree(format!("usr/{path}")),
        (top, "") if USR_LINKS.contains(&top) && file.is_symlink() => tree(top.to_owned()),
        (top, _) if USR_LINKS.contains(&top) => tree(format!("usr/{path}")),
        (top, "") if file.is_dir() && ROOT_DIRECTORIES.contains(&top) => Place::Nothing,
        ("boot", rest) if !rest.is_empty() => tree(format!("usr/lib/ostree-boot/{rest}")),
        ("opt", _) => tree(format!("usr/lib/{path}")),
        ("var", rest) => place_in_var(rest, file),
        ("run", _) => transient(file),
        _ => Place::Outside,
    }
}

fn place_in_var(rest: &str, file: &PackageFile) -> Place {
    let Some(state) = rest.strip_prefix("lib/") else {
        return transient(file);
    };
    if let Some(rest) = state.strip_prefix("selinux/targeted/") {
        return match rest.ends_with(".LOCK") {
            true => Place::Nothing,
            false => Place::Tree(format!("usr/etc/selinux/targeted/{rest}")),
        };
    }
    if system_state(state).is_some() {
        return Place::Tree(format!("usr/lib/{state}"));
    }
    match state.starts_with("rpm") || state.starts_with("selinux") {
        true => Place::Nothing,
        false => transient(file),
    }
}

fn system_state(state: &str) -> Option<&'static str> {
    let (name, _) = state.split_once('/').unwrap_or((state, ""));
    SYSTEM_STATE.into_iter().find(|known| *known == name)
}

fn transient(file: &PackageFile) -> Place {
    match file.is_dir() || file.is_symlink() {
        true => Place::Tmpfiles,
        false => Place::Dropped,
    }
}

/// The link from where the file is expected to where it is now: name and target.
pub(crate) fn link(path: &str) -> Option<(String, String)> {
    if let Some(rest) = path.strip_prefix("/opt/") {
        let (name, _) = rest.split_once('/').unwrap_or((rest, ""));
        return Some((format!("/opt/{name}"), format!("../../usr/lib/opt/{name}")));
    }
    let state = path.strip_prefix("/var/lib/")?;
    let name = SYSTEM_STATE.into_iter().find(|known| *known == state)?;
    Some((format!("/var/lib/{name}"), format!("../../usr/lib/{name}")))
}

/// The paths by which a package may have what is at `path` in a tree: the reverse of [`place`].
pub(crate) fn package_paths(path: &str) -> Vec<String> {
    if let Some(rest) = path.strip_prefix("usr/etc/") {
        return vec![format!("/etc/{rest}")];
    }
    let mut paths = vec![format!("/{path}")];
    for (prefix, original) in [
        ("usr/lib/ostree-boot/", "/boot/"),
        ("usr/lib/opt/", "/opt/"),
    ] {
        paths.extend(
            path.strip_prefix(prefix)
                .map(|rest| format!("{original}{rest}")),
        );
    }
    for top in USR_LINKS {
        let below = path.strip_prefix(&format!("usr/{top}/")).map(str::to_owned);
        paths.extend(below.map(|rest| format!("/{top}/{rest}")));
    }
    paths
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, mode: u32) -> PackageFile {
        PackageFile::new(path, mode)
    }

    #[test]
    fn every_row_of_the_table() {
        let regular = libc::S_IFREG | 0o644;
        let dir = libc::S_IFDIR | 0o755;
        let link = libc::S_IFLNK | 0o777;
        let tree = |path: &str| Place::Tree(path.to_owned());
        for (path, mode, expected) in [
            ("/", dir, tree("")),
            ("/usr", dir, tree("usr")),
            ("/etc", dir, tree("usr/etc")),
            ("/etc/a", regular, tree("usr/etc/a")),
            ("/etcetera", regular, Place::Outside),
            ("/bin", link, tree("bin")),
            ("/bin", dir, tree("usr/bin")),
            ("/lib64/ld.so", regular, tree("usr/lib64/ld.so")),
            ("/boot", dir, Place::Nothing),
            (
                "/boot/vmlinuz",
                regular,
                tree("usr/lib/ostree-boot/vmlinuz"),
            ),
            ("/opt", dir, tree("usr/lib/opt")),
            ("/opt/a/b", regular, tree("usr/lib/opt/a/b")),
            ("/var", dir, Place::Nothing),
            ("/variable", regular, Place::Outside),
            ("/var/cache/a", dir, Place::Tmpfiles),
            ("/var/mail", link, Place::Tmpfiles),
            ("/var/lib/a/db", regular, Place::Dropped),
            ("/var/lib/alternatives", dir, tree("usr/lib/alternatives")),
            ("/var/lib/vagrant/x", regular, tree("usr/lib/vagrant/x")),
            ("/var/lib/vagrants", dir, Place::Tmpfiles),
            ("/var/lib/rpm/x", regular, Place::Nothing),
            ("/var/lib/selinux", dir, Place::Nothing),
            (
                "/var/lib/selinux/targeted/a",
                regular,
                tree("usr/etc/selinux/targeted/a"),
            ),
            (
                "/etc/selinux/targeted/semanage.trans.LOCK",
                regular,
                Place::Nothing,
            ),
            ("/run/a", dir, Place::Tmpfiles),
            ("/running", dir, Place::Outside),
            ("/home/a", dir, Place::Outside),
            ("/dev/null", regular, Place::Outside),
        ] {
            assert_eq!(place(&file(path, mode)), expected, "{path}");
        }
    }

    #[test]
    fn paths_that_lead_elsewhere_are_not_plain() {
        for path in ["/", "/usr", "/usr/a b", "/usr/..a"] {
            assert!(is_plain(path), "{path}");
        }
        for path in [
            "",
            "usr",
            "./usr",
            "/usr/",
            "/usr//a",
            "/usr/../a",
            "/usr/.",
            "/..",
            "//",
        ] {
            assert!(!is_plain(path), "{path}");
        }
    }
}
