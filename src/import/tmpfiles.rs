//! The lines of tmpfiles.d (`tmpfiles.d(5)`) that stand for a package's directories in `/var` and
//! `/run`, as rpm-ostree writes them to `usr/lib/rpm-ostree/tmpfiles.d/PACKAGE.conf`.

use crate::import::place;
use crate::package::PackageFile;
use std::collections::BTreeMap;

/// The lines of one package.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    /// Links to what was moved, by name.
    links: BTreeMap<String, String>,
    lines: Vec<String>,
}

impl Lines {
    /// Notes the link that a moved path needs.
    pub(crate) fn add_link(&mut self, path: &str) {
        self.links.extend(place::link(path));
    }

    /// Adds the line of a directory or symlink.
    pub(crate) fn add(&mut self, file: &PackageFile) {
        // systemd-tmpfiles warns of lines that go through the old place.
        let path = match file.path.strip_prefix("/var/run/") {
            Some(rest) => format!("/run/{rest}"),
            None => file.path.clone(),
        };
        let path = quote(&path);
        let owner = |name: &str| match name {
            "" => "root".to_owned(),
            name => name.to_owned(),
        };
        self.lines.push(match file.is_symlink() {
            true => format!("L {path} - - - - {}", file.link_target),
            false => {
                let (user, group) = (owner(&file.user), owner(&file.group));
                format!("d {path} {:04o} {user} {group} - -", file.mode & 0o7777)
            }
        });
    }

    /// The file's content, `None` where there is nothing to say.
    pub(crate) fn text(&self) -> Option<String> {
        let links = self
            .links
            .iter()
            // A target is the rest of its line, never quoted.
            .map(|(name, target)| format!("L {} - - - - {target}", quote(name)));
        let lines: Vec<String> = links.chain(self.lines.iter().cloned()).collect();
        (!lines.is_empty()).then(|| lines.join("\n") + "\n")
    }
}

/// Quotes a path that systemd would otherwise split or expand.
fn quote(path: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._/=:".contains(c);
    match !path.is_empty() && path.chars().all(plain) {
        true => path.to_owned(),
        false => format!("'{}'", path.replace('\'', "'\\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_rpm_ostrees() {
        let mut lines = Lines::default();
        assert_eq!(lines.text(), None);
        let mut dir = PackageFile::new("/var/run/a b", libc::S_IFDIR | 0o1770);
        dir.user = "daemon".to_owned();
        lines.add(&dir);
        let mut link = PackageFile::new("/var/mail", libc::S_IFLNK | 0o777);
        link.link_target = "spool/mail".to_owned();
        lines.add(&link);
        lines.add_link("/opt/x/y");
        lines.add_link("/opt/a");
        lines.add_link("/var/lib/alternatives");
        lines.add_link("/var/lib/alternatives/x");
        let expected = "L /opt/a - - - - ../../usr/lib/opt/a\n\
                        L /opt/x - - - - ../../usr/lib/opt/x\n\
                        L /var/lib/alternatives - - - - ../../usr/lib/alternatives\n\
                        d '/run/a b' 1770 daemon root - -\n\
                        L /var/mail - - - - spool/mail\n";
        assert_eq!(lines.text().as_deref(), Some(expected));
    }
}
