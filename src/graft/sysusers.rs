//! sysusers.d(5): which users and groups packages ask for. Reading only; [`super::accounts`]
//! makes them.

use crate::error::{Error, Result};
use crate::graft::edit::Edit;
use std::collections::BTreeMap;

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    /// File and line, for messages: `usr/lib/sysusers.d/a.conf:3`.
    pub(crate) origin: String,
    /// What it asks for.
    pub(crate) request: Request,
}

/// What a line asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Request {
    /// `u`, and `u!` for one that is locked: a user, with a group.
    User(User),
    /// `g`: a group, with its number if that matters.
    Group(String, Option<u32>),
    /// `m`: a user becomes a member of a group.
    Member {
        /// The user.
        user: String,
        /// The group.
        group: String,
    },
    /// `r`: numbers to choose from, first and last.
    Range(u32, u32),
}

/// A user that is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct User {
    /// Its name.
    pub(crate) name: String,
    /// Its number if that matters.
    pub(crate) uid: Option<u32>,
    /// Its primary group.
    pub(crate) group: PrimaryGroup,
    /// The GECOS field.
    pub(crate) description: Option<String>,
    /// The home directory.
    pub(crate) home: Option<String>,
    /// The login shell.
    pub(crate) shell: Option<String>,
    /// Whether the account is locked for good.
    pub(crate) locked: bool,
}

/// A user's primary group.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum PrimaryGroup {
    /// One of the user's name, made if it is missing.
    #[default]
    Own,
    /// The one with this number, which must exist.
    Id(u32),
    /// The one with this name, which must exist.
    Named(String),
}

/// Longer names do not fit in utmp.
const NAME_LIMIT: usize = 31;

/// A larger file is damaged or hostile.
const LIMIT: u64 = 1024 * 1024;

/// Reads files of the tree (`usr/lib/sysusers.d/a.conf`), in the order of their names; one of the same
/// name in `usr/etc/sysusers.d` counts instead, and a link to nowhere says nothing.
pub(crate) fn load(edit: &mut Edit<'_>, paths: &[&str]) -> Result<Vec<Entry>> {
    let by_name: BTreeMap<&str, &str> = paths
        .iter()
        .filter(|path| path.ends_with(".conf"))
        .map(|path| (path.rsplit('/').next().unwrap_or(path), *path))
        .collect();
    let mut entries = Vec::new();
    for (name, path) in by_name {
        let own = format!("usr/etc/sysusers.d/{name}");
        let path = if edit.exists(&own)? {
            own.as_str()
        } else {
            path
        };
        if edit.link_target(path)?.is_some() {
            continue;
        }
        if let Some(content) = edit.read(path, LIMIT)? {
            entries.extend(parse(&content, path)?);
        }
    }
    Ok(entries)
}

/// Reads a file; `file` names it in messages.
pub(crate) fn parse(content: &[u8], file: &str) -> Result<Vec<Entry>> {
    let text = std::str::from_utf8(content).map_err(|_| Error::Config {
        file: file.to_owned(),
        reason: "it is not UTF-8".to_owned(),
    })?;
    let mut entries = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let origin = format!("{file}:{}", index + 1);
        let request = Line::parse(line, &origin)?.request()?;
        entries.push(Entry { origin, request });
    }
    Ok(entries)
}

/// The columns of a line; `None` where there is nothing or `-`.
struct Line<'a> {
    origin: &'a str,
    kind: String,
    name: Option<String>,
    id: Option<String>,
    description: Option<String>,
    home: Option<String>,
    shell: Option<String>,
}

impl<'a> Line<'a> {
    fn parse(line: &str, origin: &'a str) -> Result<Line<'a>> {
        let mut words = words(line, origin)?.into_iter();
        let kind = words.next().unwrap_or_default();
        let mut column = || -> Result<Option<String>> {
            match words.next() {
                Some(word) if !word.is_empty() && word != "-" => {
                    without_specifiers(&word, origin).map(Some)
                }
                _ => Ok(None),
            }
        };
        let line = Line {
            origin,
            kind,
            name: column()?,
            id: column()?,
            description: column()?,
            home: column()?,
            shell: column()?,
        };
        if words.next().is_some() {
            return Err(line.wrong("it has more than six columns"));
        }
        Ok(line)
    }

    fn wrong(&self, reason: impl Into<String>) -> Error {
        wrong(self.origin, reason)
    }

    fn request(self) -> Result<Request> {
        match self.kind.as_str() {
            "u" | "u!" => self.user(),
            "g" => {
                self.only(false)?;
                let gid = match &self.id {
                    Some(id) => Some(self.number(id)?),
                    None => None,
                };
                Ok(Request::Group(self.required_name()?, gid))
            }
            "m" => {
                self.only(false)?;
                let group = self.id.as_deref().unwrap_or_default();
                Ok(Request::Member {
                    user: self.required_name()?,
                    group: self.valid_name(group)?,
                })
            }
            "r" => {
                self.only(true)?;
                let range = self.id.as_deref().unwrap_or_default();
                let (first, last) = range.split_once('-').unwrap_or((range, range));
                let (first, last) = (self.number(first)?, self.number(last)?);
                if first > last {
                    return Err(self.wrong(format!("the range {range} is upside down")));
                }
                Ok(Request::Range(first, last))
            }
            other => Err(self.wrong(format!("{other:?} is none of u, u!, g, m and r"))),
        }
    }

    fn user(self) -> Result<Request> {
        let (uid, group) = match self.id.as_deref() {
            None => (None, PrimaryGroup::Own),
            Some(path) if path.starts_with('/') => return Err(self.owner_of(path)),
            Some(id) => {
                let (uid, group) = id.split_once(':').unwrap_or((id, ""));
                let group = match group {
                    "" if !id.contains(':') => PrimaryGroup::Own,
                    digits if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                        PrimaryGroup::Id(self.number(digits)?)
                    }
                    name => PrimaryGroup::Named(self.valid_name(name)?),
                };
                match uid {
                    "-" => (None, group),
                    digits => (Some(self.number(digits)?), group),
                }
            }
        };
        let paths = [("home directory", &self.home), ("shell", &self.shell)];
        for (what, path) in paths {
            if let Some(path) = path {
                let relative = !path.starts_with('/') || path.split('/').any(|name| name == "..");
                if relative || !is_field(path) {
                    return Err(self.wrong(format!("{path:?} can be no {what}")));
                }
            }
        }
        if let Some(text) = self.description.as_deref().filter(|text| !is_field(text)) {
            return Err(self.wrong(format!("{text:?} can be no description")));
        }
        Ok(Request::User(User {
            name: self.required_name()?,
            uid,
            group,
            locked: self.kind == "u!",
            description: self.description,
            home: self.home,
            shell: self.shell,
        }))
    }

    /// Lines of other types take no description, home or shell, and `r` no name.
    fn only(&self, nameless: bool) -> Result<()> {
        let extra = self.description.is_some() || self.home.is_some() || self.shell.is_some();
        if extra || (nameless && self.name.is_some()) {
            return Err(self.wrong(format!("lines of type {} have fewer columns", self.kind)));
        }
        Ok(())
    }

    fn required_name(&self) -> Result<String> {
        self.valid_name(self.name.as_deref().unwrap_or_default())
    }

    fn valid_name(&self, name: &str) -> Result<String> {
        let letters = name.bytes().enumerate().all(|(index, byte)| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => true,
            b'0'..=b'9' | b'-' => index > 0,
            _ => false,
        });
        if name.is_empty() || name.len() > NAME_LIMIT || !letters {
            return Err(self.wrong(format!("{name:?} can be no name of a user or group")));
        }
        Ok(name.to_owned())
    }

    fn number(&self, digits: &str) -> Result<u32> {
        if digits.starts_with('/') {
            return Err(self.owner_of(digits));
        }
        let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
        match digits.parse() {
            // -1 in 16 and 32 bits means "no change" to the kernel.
            Ok(u32::MAX) | Ok(0xffff) => {}
            Ok(number) if plain => return Ok(number),
            _ => {}
        }
        Err(self.wrong(format!("{digits:?} can be no number of a user or group")))
    }

    fn owner_of(&self, path: &str) -> Error {
        Error::unsupported(
            format!("a number taken from the owner of {path}"),
            self.origin,
        )
    }
}

fn wrong(origin: &str, reason: impl Into<String>) -> Error {
    Error::Config {
        file: origin.to_owned(),
        reason: reason.into(),
    }
}

/// Whether a text can be a field of passwd.
fn is_field(text: &str) -> bool {
    !text.contains(|char: char| char == ':' || char.is_control())
}

/// Splits at white space; quotes keep it, a backslash keeps the character after it.
fn words(line: &str, origin: &str) -> Result<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut chars = line.chars();
    while let Some(char) = chars.next() {
        match (char, quote) {
            ('\\', _) => {
                let next = chars
                    .next()
                    .ok_or_else(|| wrong(origin, "it ends in a backslash"))?;
                word.get_or_insert_default().push(next);
            }
            (char, Some(open)) if char == open => quote = None,
            (char, Some(_)) => word.get_or_insert_default().push(char),
            ('"' | '\'', None) => {
                quote = Some(char);
                word.get_or_insert_default();
            }
            (char, None) if char.is_ascii_whitespace() => words.extend(word.take()),
            (char, None) => word.get_or_insert_default().push(char),
        }
    }
    if quote.is_some() {
        return Err(wrong(origin, "a quote is not closed"));
    }
    words.extend(word);
    Ok(words)
}

/// `%%` is a percent sign. The others stand for facts of the running machine, which a tree made
/// somewhere else cannot know.
fn without_specifiers(word: &str, origin: &str) -> Result<String> {
    let mut text = String::with_capacity(word.len());
    let mut chars = word.chars();
    while let Some(char) = chars.next() {
        text.push(char);
        if char == '%' {
            match chars.next() {
                Some('%') => {}
                other => {
                    let what = format!(
                        "the specifier %{}",
                        other.map_or(String::new(), String::from)
                    );
                    return Err(Error::unsupported(what, origin));
                }
            }
        }
    }
    Ok(text)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    fn one(line: &str) -> Result<Request> {
        parse(line.as_bytes(), "f").map(|mut entries| entries.remove(0).request)
    }

    #[test]
    fn all_types() {
        let text = "# comment\n\nu a 5:6 \"A b\\\"c\" /home/a /bin/sh\nu! b -:wheel 'x %% y'\n\
                    \tg  c -\ng d 77\nm a c\nr - 500-600\nr - 7\n";
        let entries = parse(text.as_bytes(), "x.conf").unwrap();
        assert_eq!(entries[0].origin, "x.conf:3");
        let requests: Vec<Request> = entries.into_iter().map(|entry| entry.request).collect();
        let a = User {
            name: "a".to_owned(),
            uid: Some(5),
            group: PrimaryGroup::Id(6),
            description: Some("A b\"c".to_owned()),
            home: Some("/home/a".to_owned()),
            shell: Some("/bin/sh".to_owned()),
            locked: false,
        };
        let b = User {
            name: "b".to_owned(),
            group: PrimaryGroup::Named("wheel".to_owned()),
            description: Some("x % y".to_owned()),
            locked: true,
            ..User::default()
        };
        let member = Request::Member {
            user: "a".to_owned(),
            group: "c".to_owned(),
        };
        assert_eq!(
            requests,
            [
                Request::User(a),
                Request::User(b),
                Request::Group("c".to_owned(), None),
                Request::Group("d".to_owned(), Some(77)),
                member,
                Request::Range(500, 600),
                Request::Range(7, 7),
            ]
        );
    }

    #[test]
    fn files_in_the_order_of_their_names() {
        let mut bed = crate::graft::edit::tests::Bed::with(&[
            ("usr/lib/sysusers.d/b.conf", "u b -\n"),
            ("usr/lib/sysusers.d/a.conf", "u a -\n"),
            ("usr/lib/sysusers.d/c.conf", "u c -\n"),
            ("usr/lib/sysusers.d/README", "not one"),
            ("usr/etc/sysusers.d/b.conf", "u own -\n"),
        ]);
        bed.edit()
            .symlink("usr/etc/sysusers.d/c.conf", "/dev/null")
            .unwrap();
        let paths = ["b.conf", "a.conf", "c.conf", "README", "none.conf"]
            .map(|name| format!("usr/lib/sysusers.d/{name}"));
        let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
        let entries = load(&mut bed.edit(), &paths).unwrap();
        let origins: Vec<&str> = entries.iter().map(|entry| entry.origin.as_str()).collect();
        assert_eq!(
            origins,
            ["usr/lib/sysusers.d/a.conf:1", "usr/etc/sysusers.d/b.conf:1"]
        );
    }

    #[test]
    fn what_is_wrong_is_said() {
        let bad = [
            "u",
            "u -",
            "x a",
            "u 1a",
            "u a:b",
            "u a 5:",
            "u a -5",
            "u a +5",
            "u a 65535",
            "u a 4294967295",
            "u a 99999999999",
            "u a 5 \"x",
            "u a 5 x\\",
            "u a 5 a:b",
            "u a 5 - home",
            "u a 5 - /a/../b",
            "u a - - - - extra",
            "g a - text",
            "m a",
            "m a 1x",
            "r a 1-2",
            "r - 3-2",
            "r -",
            "u aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "u ä",
            "uu a",
            "u a 5 \"x\u{7}y\"",
        ];
        for line in bad {
            let error = one(line).expect_err(line);
            assert_eq!(error.kind(), ErrorKind::Config, "{line}: {error}");
        }
        for line in [
            "u a /usr/bin/a",
            "g a /usr/bin/a",
            "u %H",
            "u a - %m",
            "u a - 50%",
        ] {
            let error = one(line).expect_err(line);
            assert_eq!(error.kind(), ErrorKind::Unsupported, "{line}");
        }
        assert!(parse(b"u \xff", "f").is_err());
    }

    /// Any cut and any changed byte of a good file gives an answer.
    #[test]
    fn damage_is_harmless() {
        let text = b"u a 5:6 \"A b\" /home/a /bin/sh\ng c -\nm a c\nr - 500-600\n";
        for at in 0..text.len() {
            let _ = parse(&text[..at], "f");
            for byte in [0, b'"', b'\\', b'%', b':', b'-', 0xff] {
                let mut changed = text.to_vec();
                changed[at] = byte;
                let _ = parse(&changed, "f");
            }
        }
    }
}
