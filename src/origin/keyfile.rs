//! A key file (GLib's `GKeyFile` format) as the lines that it is made of.
//!
//! What is not edited keeps its bytes: comments, blank lines, unknown groups, odd spacing. The
//! format is described at GLib's `GKeyFile`:
//!
//! ```text
//! # a comment
//! [group]
//! key=value
//! list=one;two;three;
//! ```

/// One mistake in a key file.
#[derive(Debug)]
pub(crate) struct Mistake {
    /// Counted from 1.
    pub(crate) line: usize,
    /// What is wrong.
    pub(crate) reason: String,
}

/// The largest key file that is read, in bytes.
const LARGEST: usize = 1 << 20;

/// The lines of a key file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct KeyFile {
    lines: Vec<Line>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Line {
    /// All its bytes, the line end included.
    raw: String,
    kind: Kind,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    Group(String),
    Entry { key: String, value: String },
    Blank,
    Comment,
}

impl Line {
    fn group(name: &str) -> Line {
        Line {
            raw: format!("[{name}]\n"),
            kind: Kind::Group(name.to_owned()),
        }
    }

    fn entry(key: &str, value: &str) -> Line {
        Line {
            raw: format!("{key}={value}\n"),
            kind: Kind::Entry {
                key: key.to_owned(),
                value: value.to_owned(),
            },
        }
    }

    fn blank() -> Line {
        Line {
            raw: "\n".to_owned(),
            kind: Kind::Blank,
        }
    }

    fn parse(raw: &str) -> Result<Line, &'static str> {
        let text = raw.strip_suffix('\n').unwrap_or(raw);
        let text = text.strip_suffix('\r').unwrap_or(text);
        let text = text.trim_start_matches(is_space);
        let kind = if text.is_empty() {
            Kind::Blank
        } else if text.starts_with('#') {
            Kind::Comment
        } else if let Some(rest) = text.strip_prefix('[') {
            let name = rest
                .trim_end_matches(is_space)
                .strip_suffix(']')
                .ok_or("a group begins here that does not end with ]")?;
            let wrong = |char: char| char == '[' || char == ']' || char.is_control();
            if name.is_empty() || name.contains(wrong) {
                return Err("a group needs a name without brackets");
            }
            Kind::Group(name.to_owned())
        } else if let Some((key, value)) = text.split_once('=') {
            let key = key.trim_end_matches(is_space);
            if key.is_empty() {
                return Err("there is no key before the =");
            }
            Kind::Entry {
                key: key.to_owned(),
                value: value.trim_start_matches(is_space).to_owned(),
            }
        } else {
            return Err("it must be [group], key=value or a comment that begins with #");
        };
        Ok(Line {
            raw: raw.to_owned(),
            kind,
        })
    }

    fn is_entry(&self, wanted: &str) -> bool {
        matches!(&self.kind, Kind::Entry { key, .. } if key == wanted)
    }
}

/// What GLib's `g_ascii_isspace` takes for a space, the line end aside.
fn is_space(char: char) -> bool {
    matches!(char, ' ' | '\t' | '\x0c' | '\r')
}

impl KeyFile {
    /// Reads it; every line must be one that GLib takes.
    pub(crate) fn parse(text: &str) -> Result<KeyFile, Mistake> {
        let mistake = |line: usize, reason: &str| Mistake {
            line,
            reason: reason.to_owned(),
        };
        if text.len() > LARGEST {
            return Err(mistake(1, "it is larger than 1 MiB"));
        }
        let mut lines = Vec::new();
        let mut in_group = false;
        for (index, raw) in text.split_inclusive('\n').enumerate() {
            if raw.contains('\0') {
                return Err(mistake(index + 1, "it contains a NUL byte"));
            }
            let line = Line::parse(raw).map_err(|reason| mistake(index + 1, reason))?;
            in_group |= matches!(line.kind, Kind::Group(_));
            if !in_group && matches!(line.kind, Kind::Entry { .. }) {
                return Err(mistake(index + 1, "a key stands before the first [group]"));
            }
            lines.push(line);
        }
        Ok(KeyFile { lines })
    }

    /// Its bytes.
    pub(crate) fn text(&self) -> String {
        self.lines.iter().map(|line| line.raw.as_str()).collect()
    }

    /// A key's raw value and the number of its line; of several the last counts, as for GLib.
    pub(crate) fn value(&self, group: &str, key: &str) -> Option<(&str, usize)> {
        let index = *self.find(group, key).last()?;
        match &self.lines[index].kind {
            Kind::Entry { value, .. } => Some((value, index + 1)),
            _ => None,
        }
    }

    /// Sets a key. `order` lists known groups and keys as a new file would have them: a new key
    /// comes after those that stand before it there, and so does a new group.
    pub(crate) fn set(&mut self, group: &str, key: &str, value: &str, order: &[(&str, &str)]) {
        let present = self.find(group, key);
        if let Some((last, earlier)) = present.split_last() {
            self.lines[*last] = Line::entry(key, value);
            for index in earlier.iter().rev() {
                self.lines.remove(*index);
            }
            return;
        }
        let Some((start, end)) = self.sections(group).last().copied() else {
            return self.insert_group(group, Line::entry(key, value), order);
        };
        let rank = |key: &str| order.iter().position(|known| *known == (group, key));
        let before = |line: &Line| match &line.kind {
            Kind::Entry { key: other, .. } => rank(other).is_some_and(|it| Some(it) < rank(key)),
            _ => false,
        };
        let after = (start + 1..end)
            .rev()
            .find(|index| before(&self.lines[*index]));
        self.insert(after.unwrap_or(start) + 1, [Line::entry(key, value)]);
    }

    /// Gives a key another name, in its place.
    pub(crate) fn rename(&mut self, group: &str, from: &str, to: &str) {
        let Some((value, _)) = self.value(group, from) else {
            return;
        };
        let value = value.to_owned();
        self.remove_lines(&self.find(group, to));
        let present = self.find(group, from);
        if let Some((last, earlier)) = present.split_last() {
            self.lines[*last] = Line::entry(to, &value);
            self.remove_lines(earlier);
        }
    }

    /// Takes a key out, and its group where nothing else is left in it.
    pub(crate) fn remove(&mut self, group: &str, key: &str) {
        let present = self.find(group, key);
        if present.is_empty() {
            return;
        }
        self.remove_lines(&present);
        let blank = |line: &Line| matches!(line.kind, Kind::Blank);
        let empty = |&(start, end): &(usize, usize)| self.lines[start + 1..end].iter().all(blank);
        if self.sections(group).iter().all(empty) {
            self.remove_group(group);
        }
    }

    /// Takes a group out with all that is in it.
    pub(crate) fn remove_group(&mut self, group: &str) {
        for (start, end) in self.sections(group).into_iter().rev() {
            let last = end == self.lines.len();
            self.lines.drain(start..end);
            while last && matches!(self.lines.last(), Some(line) if line.kind == Kind::Blank) {
                self.lines.pop();
            }
        }
    }

    fn insert_group(&mut self, group: &str, entry: Line, order: &[(&str, &str)]) {
        let rank = |group: &str| order.iter().position(|(known, _)| *known == group);
        let before = |line: &Line| match &line.kind {
            Kind::Group(other) => rank(other).is_some_and(|it| Some(it) < rank(group)),
            _ => false,
        };
        let header = (0..self.lines.len())
            .rev()
            .find(|index| before(&self.lines[*index]));
        let end = match header {
            Some(start) => self.section_end(start),
            None => self.lines.len(),
        };
        // Blank lines and comments there belong to what follows.
        let own = |line: &Line| matches!(line.kind, Kind::Entry { .. } | Kind::Group(_));
        let kept = (0..end).rev().find(|index| own(&self.lines[*index]));
        let at = if end == self.lines.len() {
            end
        } else {
            kept.map_or(0, |index| index + 1)
        };
        let separated = at == 0 || self.lines[at - 1].kind == Kind::Blank;
        let blank = (!separated).then(Line::blank);
        self.insert(at, blank.into_iter().chain([Line::group(group), entry]));
    }

    fn insert(&mut self, at: usize, new: impl IntoIterator<Item = Line>) {
        let before = at.checked_sub(1).and_then(|at| self.lines.get_mut(at));
        if let Some(line) = before.filter(|line| !line.raw.ends_with('\n')) {
            line.raw.push('\n');
        }
        self.lines.splice(at..at, new);
    }

    fn remove_lines(&mut self, indices: &[usize]) {
        for index in indices.iter().rev() {
            self.lines.remove(*index);
        }
    }

    /// The lines of a key, in order.
    fn find(&self, group: &str, key: &str) -> Vec<usize> {
        let sections = self.sections(group);
        let lines = sections.into_iter().flat_map(|(start, end)| start + 1..end);
        lines
            .filter(|index| self.lines[*index].is_entry(key))
            .collect()
    }

    /// Where a group begins and ends; it may be in a file several times.
    fn sections(&self, group: &str) -> Vec<(usize, usize)> {
        let named = |line: &Line| matches!(&line.kind, Kind::Group(name) if name == group);
        (0..self.lines.len())
            .filter(|index| named(&self.lines[*index]))
            .map(|start| (start, self.section_end(start)))
            .collect()
    }

    fn section_end(&self, start: usize) -> usize {
        let header = |line: &Line| matches!(line.kind, Kind::Group(_));
        let next = self.lines[start + 1..].iter().position(header);
        next.map_or(self.lines.len(), |offset| start + 1 + offset)
    }
}

/// A value as a string.
pub(crate) fn unescape(value: &str) -> Result<String, &'static str> {
    let mut list = split(value, None)?;
    Ok(list.pop().unwrap_or_default())
}

/// A value as a list: `one;two;`, the last `;` being optional.
pub(crate) fn unescape_list(value: &str) -> Result<Vec<String>, &'static str> {
    let mut list = split(value, Some(';'))?;
    if list.last().is_some_and(String::is_empty) {
        list.pop();
    }
    Ok(list)
}

fn split(value: &str, separator: Option<char>) -> Result<Vec<String>, &'static str> {
    let mut items = Vec::new();
    let mut item = String::new();
    let mut chars = value.chars();
    while let Some(char) = chars.next() {
        if Some(char) == separator {
            items.push(std::mem::take(&mut item));
        } else if char == '\\' {
            item.push(match chars.next() {
                Some('s') => ' ',
                Some('n') => '\n',
                Some('t') => '\t',
                Some('r') => '\r',
                Some('\\') => '\\',
                other if other.is_some() && other == separator => ';',
                _ => return Err("a \\ must be followed by one of s n t r \\ (in a list also ;)"),
            });
        } else {
            item.push(char);
        }
    }
    items.push(item);
    Ok(items)
}

/// The raw value that stands for a string.
pub(crate) fn escape(value: &str) -> String {
    escape_for(value, None)
}

/// The raw value that stands for a list.
pub(crate) fn escape_list<'a>(values: impl IntoIterator<Item = &'a str>) -> String {
    values.into_iter().fold(String::new(), |mut text, value| {
        text.push_str(&escape_for(value, Some(';')));
        text.push(';');
        text
    })
}

fn escape_for(value: &str, separator: Option<char>) -> String {
    let mut text = String::with_capacity(value.len());
    let mut leading = true;
    for char in value.chars() {
        leading &= char == ' ';
        match char {
            // Others do not get lost.
            ' ' if leading => text.push_str("\\s"),
            '\n' => text.push_str("\\n"),
            '\t' => text.push_str("\\t"),
            '\r' => text.push_str("\\r"),
            '\\' => text.push_str("\\\\"),
            _ if Some(char) == separator => text.extend(['\\', char]),
            _ => text.push(char),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_kept() {
        for text in [
            "",
            "# only a comment",
            "[a]\nb=c",
            "\n\n [a] \t\r\nb =  c \r\n#x\n\n[a]\nb=d\n",
            "[a]\nb[de]=\\s;\n",
        ] {
            assert_eq!(KeyFile::parse(text).unwrap().text(), text);
        }
        for (text, line) in [
            ("a=b", 1),
            ("[a]\nb", 2),
            ("[a\n", 1),
            ("[]", 1),
            ("[a]\n=b", 2),
            ("[a]\n\n[b[]", 3),
            ("[a]\nb=\0", 2),
        ] {
            assert_eq!(KeyFile::parse(text).unwrap_err().line, line, "{text:?}");
        }
        assert!(KeyFile::parse(&"#".repeat(LARGEST + 1)).is_err());
    }

    #[test]
    fn escapes_are_glibs() {
        // What the right column becomes when GLib reads it as a list, by its documentation.
        let table: [(&[&str], &str); 6] = [
            (&[], ""),
            (&["a", "b"], "a;b;"),
            (&["", "a"], ";a;"),
            (&["a;b", "c\\d"], "a\\;b;c\\\\d;"),
            (&["  a b", "c\td"], "\\s\\sa b;c\\td;"),
            (&["\n\r"], "\\n\\r;"),
        ];
        for (values, text) in table {
            assert_eq!(escape_list(values.iter().copied()), text);
            assert_eq!(unescape_list(text).unwrap(), values);
        }
        assert_eq!(unescape_list("a;b").unwrap(), ["a", "b"]);
        assert_eq!(unescape("a;b\\s").unwrap(), "a;b ");
        for wrong in ["\\", "a\\x", "\\;"] {
            assert!(unescape(wrong).is_err(), "{wrong}");
        }
    }

    const ORDER: [(&str, &str); 5] = [("a", "1"), ("a", "2"), ("b", "1"), ("c", "1"), ("c", "2")];

    #[test]
    fn new_keys_find_their_place() {
        let table = [
            ("", "c", "1", "[c]\n1=x\n"),
            ("[a]\n2=y", "a", "1", "[a]\n1=x\n2=y"),
            ("[a]\n1=y", "a", "2", "[a]\n1=y\n2=x\n"),
            ("[a]\n1=y", "b", "1", "[a]\n1=y\n\n[b]\n1=x\n"),
            (
                "[a]\n1=y\n\n# of c\n[c]\n1=y\n",
                "b",
                "1",
                "[a]\n1=y\n\n[b]\n1=x\n\n# of c\n[c]\n1=y\n",
            ),
            ("[a]\n1=y\n[z]\n", "b", "1", "[a]\n1=y\n\n[b]\n1=x\n[z]\n"),
            (
                "[a]\n1=y\n# end\n",
                "b",
                "1",
                "[a]\n1=y\n# end\n\n[b]\n1=x\n",
            ),
            ("[a]\n1=y\n1=z\n", "a", "1", "[a]\n1=x\n"),
            ("[a]\n1=y\n[b]\n[a]\n", "a", "1", "[a]\n1=x\n[b]\n[a]\n"),
        ];
        for (before, group, key, after) in table {
            let mut file = KeyFile::parse(before).unwrap();
            file.set(group, key, "x", &ORDER);
            assert_eq!(file.text(), after, "{before:?}");
            assert_eq!(KeyFile::parse(after).unwrap(), file, "{before:?}");
        }
    }

    #[test]
    fn what_is_removed_leaves_nothing() {
        let table = [
            ("[a]\n1=y\n", ""),
            ("[b]\n1=y\n\n[a]\n1=y\n", "[b]\n1=y\n"),
            ("[a]\n1=y\n\n[b]\n1=y\n", "[b]\n1=y\n"),
            ("[a]\n1=y\n2=y\n", "[a]\n2=y\n"),
            ("[a]\n# kept\n1=y\n", "[a]\n# kept\n"),
            ("[b]\n", "[b]\n"),
            ("[a]\n1=y\n[b]\n\n[a]\n1=z\n", "[b]\n"),
        ];
        for (before, after) in table {
            let mut file = KeyFile::parse(before).unwrap();
            file.remove("a", "1");
            assert_eq!(file.text(), after, "{before:?}");
        }
    }
}
