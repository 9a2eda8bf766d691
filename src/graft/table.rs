//! passwd, group, shadow and gshadow: lines of fields between colons, in an order that means
//! something. Lines that are not touched keep their bytes, whatever is in them.

use crate::error::{Error, Result};
use crate::graft::edit::Edit;
use std::collections::BTreeSet;

/// A larger account file is damaged or hostile.
const LIMIT: u64 = 16 * 1024 * 1024;

/// One such file.
#[derive(Debug, Clone, Default)]
pub(crate) struct Table {
    /// Without line ends.
    lines: Vec<Vec<u8>>,
    changed: bool,
}

impl Table {
    /// The file's table; `None` when it is not there.
    pub(crate) fn load(edit: &mut Edit<'_>, path: &str) -> Result<Option<Table>> {
        Ok(edit.read(path, LIMIT)?.map(|bytes| Table::parse(&bytes)))
    }

    /// A file's content as a table.
    pub(crate) fn parse(bytes: &[u8]) -> Table {
        let mut lines: Vec<Vec<u8>> = bytes
            .split(|byte| *byte == b'\n')
            .map(<[u8]>::to_vec)
            .collect();
        // What follows the last line end is no line.
        if lines.last().is_some_and(Vec::is_empty) {
            lines.pop();
        }
        Table {
            lines,
            changed: false,
        }
    }

    /// The file's content.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for line in &self.lines {
            bytes.extend_from_slice(line);
            bytes.push(b'\n');
        }
        bytes
    }

    /// Writes it when it has changed; a new file gets `permissions`.
    pub(crate) fn save(&self, edit: &mut Edit<'_>, path: &str, permissions: u32) -> Result<()> {
        if !self.changed {
            return Ok(());
        }
        let is_new = edit.file(path)?.is_none();
        let permissions = is_new.then_some(permissions);
        edit.write(path, permissions, &self.to_bytes())
    }

    /// Name and number (the third field) of each line that has both.
    pub(crate) fn ids(&self) -> impl Iterator<Item = (&str, u32)> {
        self.lines.iter().filter_map(|line| {
            let mut fields = fields(line);
            let name = std::str::from_utf8(fields.next()?).ok()?;
            let id = std::str::from_utf8(fields.nth(1)?).ok()?.trim();
            if name.is_empty() || is_directive(line) {
                return None;
            }
            Some((name, id.parse().ok()?))
        })
    }

    /// Whether there is a line for `name`.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.lines
            .iter()
            .any(|line| fields(line).next() == Some(name.as_bytes()))
    }

    /// Adds a line: at the end, but before lines with `+` or `-` (NIS), since nothing after such
    /// a line is looked at by everybody.
    pub(crate) fn add(&mut self, line: String) {
        let before = self.lines.iter().position(|line| is_directive(line));
        self.lines
            .insert(before.unwrap_or(self.lines.len()), line.into_bytes());
        self.changed = true;
    }

    /// Makes users members of the group `name` (the fourth field of group and gshadow); the
    /// line's members are sorted when there are new ones.
    pub(crate) fn add_members(&mut self, name: &str, users: &[String], file: &str) -> Result<()> {
        for line in &mut self.lines {
            if fields(line).next() != Some(name.as_bytes()) {
                continue;
            }
            let text = std::str::from_utf8(line)
                .map_err(|_| Error::corrupt(format!("/{file}"), format!("{name} is not UTF-8")))?;
            let mut columns: Vec<&str> = text.split(':').collect();
            if columns.len() != 4 {
                let reason = format!("{name} has {} fields, not 4", columns.len());
                return Err(Error::corrupt(format!("/{file}"), reason));
            }
            let mut members: BTreeSet<&str> = columns[3]
                .split(',')
                .filter(|user| !user.is_empty())
                .collect();
            let before = members.len();
            members.extend(users.iter().map(String::as_str));
            if members.len() > before {
                let joined = members.into_iter().collect::<Vec<_>>().join(",");
                columns[3] = &joined;
                *line = columns.join(":").into_bytes();
                self.changed = true;
            }
        }
        Ok(())
    }
}

fn fields(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    line.split(|byte| *byte == b':')
}

/// A line of NIS: it includes or leaves out accounts from elsewhere.
fn is_directive(line: &[u8]) -> bool {
    matches!(line.first(), Some(b'+' | b'-'))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const GROUP: &[u8] = b"root:x:0:\n# note\nwheel:x:10:zoe,adam\nodd:\xff:11:\n\nbad\n+nis:::\n";

    #[test]
    fn untouched_lines_keep_their_bytes() {
        let mut table = Table::parse(GROUP);
        assert_eq!(table.to_bytes(), GROUP);
        let ids: Vec<_> = table.ids().collect();
        assert_eq!(ids, [("root", 0), ("wheel", 10), ("odd", 11)]);
        table.add("new:x:9:".to_owned());
        let members = ["mia".to_owned(), "adam".to_owned()];
        table.add_members("wheel", &members, "f").unwrap();
        table.add_members("none", &members, "f").unwrap();
        assert!(table.add_members("bad", &members, "f").is_err());
        assert!(table.add_members("odd", &members, "f").is_err());
        let expected = b"root:x:0:\n# note\nwheel:x:10:adam,mia,zoe\nodd:\xff:11:\n\nbad\n\
                         new:x:9:\n+nis:::\n";
        assert_eq!(table.to_bytes(), expected);
    }

    #[test]
    fn a_missing_line_end_is_added() {
        let mut table = Table::parse(b"root:x:0:");
        table.add("a:x:1:".to_owned());
        assert_eq!(table.to_bytes(), b"root:x:0:\na:x:1:\n");
        assert!(Table::parse(b"").to_bytes().is_empty());
    }
}
