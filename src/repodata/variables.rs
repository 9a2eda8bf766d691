//! The variables in `.repo` files: `$releasever`, `${basearch}` and an administrator's own.

use super::files::{self, MAX_CONFIG};
use crate::error::Result;
use camino::Utf8Path;
use std::collections::BTreeMap;

/// Folders with a file per variable, the later one winning (dnf.conf(5), `varsdir`).
const FOLDERS: [&str; 2] = ["etc/yum/vars", "etc/dnf/vars"];

/// Values of the variables that `.repo` files may use.
///
/// `$releasever_major` and `$releasever_minor` follow from `releasever` unless set themselves. A
/// variable that has no value stays in the text as it is, as dnf leaves it.
///
/// ```
/// use regraft::Variables;
///
/// let variables = Variables::new().with("releasever", "9.4").with("basearch", "x86_64");
/// assert_eq!(
///     variables.substitute("http://mirror/$releasever_major/${basearch}/$contentdir"),
///     "http://mirror/9/x86_64/$contentdir"
/// );
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Variables {
    values: BTreeMap<String, String>,
}

impl Variables {
    /// No variable has a value.
    pub fn new() -> Variables {
        Variables::default()
    }

    /// The same with one more value.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Variables {
        self.set(name, value);
        self
    }

    /// Gives a variable its value.
    pub fn set(&mut self, name: &str, value: &str) {
        self.values.insert(name.to_owned(), value.to_owned());
    }

    /// A variable's value.
    pub fn get(&self, name: &str) -> Option<&str> {
        if let Some(value) = self.values.get(name) {
            return Some(value);
        }
        let release = self.values.get("releasever")?;
        match name {
            "releasever_major" => release.split('.').next(),
            "releasever_minor" => Some(release.split_once('.').map_or("", |(_, minor)| minor)),
            _ => None,
        }
    }

    /// Adds what the files of `etc/yum/vars` and `etc/dnf/vars` below `root` say: one variable a
    /// file, its value in the first line. Symlinks stay below `root`.
    ///
    /// # Errors
    ///
    /// Kind [`Io`](crate::ErrorKind::Io) when a file that is there cannot be read,
    /// [`Corrupt`](crate::ErrorKind::Corrupt) when it is too large.
    pub fn read_root(&mut self, root: impl AsRef<Utf8Path>) -> Result<()> {
        let root = root.as_ref();
        for folder in FOLDERS {
            for name in files::list_below(root, Utf8Path::new(folder))? {
                if !is_name(&name) {
                    continue;
                }
                let path = Utf8Path::new(folder).join(&name);
                let text = files::read_text_below(root, &path, MAX_CONFIG)?;
                self.set(&name, text.lines().next().unwrap_or_default().trim());
            }
        }
        Ok(())
    }

    /// `text` with the variables replaced.
    pub fn substitute(&self, text: &str) -> String {
        let mut result = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(dollar) = rest.find('$') {
            result.push_str(&rest[..dollar]);
            let after = &rest[dollar + 1..];
            let (name, length) = match after.strip_prefix('{') {
                Some(braced) => match braced.find('}') {
                    Some(end) => (&braced[..end], end + 2),
                    None => ("", 0),
                },
                None => {
                    let end = after.find(|c| !is_name_char(c)).unwrap_or(after.len());
                    (&after[..end], end)
                }
            };
            match self.get(name).filter(|_| is_name(name)) {
                Some(value) => result.push_str(value),
                None => result.push_str(&rest[dollar..=dollar + length]),
            }
            rest = &after[length..];
        }
        result.push_str(rest);
        result
    }
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.chars().all(is_name_char)
}

fn is_name_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_replaced_as_dnf_does() {
        let variables = Variables::new()
            .with("releasever", "39")
            .with("basearch", "x86_64")
            .with("a_b", "c");
        for (text, expected) in [
            ("$releasever", "39"),
            ("${releasever}x", "39x"),
            ("$releaseverx", "$releaseverx"),
            ("/$basearch/$a_b.d", "/x86_64/c.d"),
            ("$releasever_major-$releasever_minor-", "39--"),
            (
                "$unknown ${unknown} $ $$ ${ ${} ${a b}",
                "$unknown ${unknown} $ $$ ${ ${} ${a b}",
            ),
            ("é$a_bé", "écé"),
            ("${a_b", "${a_b"),
        ] {
            assert_eq!(variables.substitute(text), expected, "{text}");
        }
    }

    #[test]
    fn the_variable_folders_are_read_and_the_later_wins() {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in [
            ("etc/yum/vars/infra", "stock\n"),
            ("etc/yum/vars/site", "old"),
            ("etc/dnf/vars/site", " new \nsecond line\n"),
            ("etc/dnf/vars/not-a-name", "x"),
        ] {
            let path = root.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let mut variables = Variables::new();
        variables
            .read_root(Utf8Path::from_path(root.path()).unwrap())
            .unwrap();
        assert_eq!(variables.get("infra"), Some("stock"));
        assert_eq!(variables.get("site"), Some("new"));
        assert_eq!(variables.get("not-a-name"), None);
        // A root without the folders has no variables.
        Variables::new().read_root("/nonexistent").unwrap();
    }
}
