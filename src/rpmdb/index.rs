//! The index tables: which rows a header makes in each.
//!
//! The list, its order and the exceptions are rpm's (`dbiTags` and `tag2index` in its `rpmdb.c`):
//! a database that lacks a row, or has one more, answers some of rpm's questions wrongly.

use crate::error::{Error, Result};
use crate::package::header::{Header, Kind};
use crate::package::tag::{self, Tag};
use crate::rpmdb::rich;
use std::borrow::Cow;
use std::collections::HashSet;

/// How a table's keys are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Key {
    /// As text, with an SQL index over the keys.
    Text,
    /// As bytes, without one.
    Blob,
}

/// One index table.
#[derive(Debug)]
pub(crate) struct Table {
    /// Its name in the database.
    pub(crate) name: &'static str,
    pub(crate) tag: Tag,
    pub(crate) key: Key,
    /// A package can have several rows; those tables have an SQL index over the packages, too.
    pub(crate) rows: Rows,
    /// A key in parentheses is a rich dependency, found under the names in it, too.
    rich: Rich,
}

/// How many rows a package can have in a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rows {
    /// One.
    One,
    /// As many as its list has entries.
    Many,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rich {
    Yes,
    No,
}

const fn one(name: &'static str, tag: Tag, key: Key) -> Table {
    Table {
        name,
        tag,
        key,
        rows: Rows::One,
        rich: Rich::No,
    }
}

const fn many(name: &'static str, tag: Tag, rich: Rich) -> Table {
    Table {
        name,
        tag,
        key: Key::Text,
        rows: Rows::Many,
        rich,
    }
}

/// All index tables, in the order in which rpm makes them.
pub(crate) const TABLES: [Table; 18] = [
    one("Name", tag::NAME, Key::Text),
    many("Basenames", tag::BASENAMES, Rich::No),
    one("Group", tag::GROUP, Key::Text),
    many("Requirename", tag::REQUIRENAME, Rich::Yes),
    many("Providename", tag::PROVIDENAME, Rich::No),
    many("Conflictname", tag::CONFLICTNAME, Rich::Yes),
    many("Obsoletename", tag::OBSOLETENAME, Rich::No),
    many("Triggername", tag::TRIGGERNAME, Rich::No),
    many("Dirnames", tag::DIRNAMES, Rich::No),
    one("Installtid", tag::INSTALLTID, Key::Blob),
    one("Sigmd5", tag::SIGMD5, Key::Blob),
    one("Sha1header", tag::SHA1HEADER, Key::Text),
    many("Filetriggername", tag::FILETRIGGERNAME, Rich::No),
    many("Transfiletriggername", tag::TRANSFILETRIGGERNAME, Rich::No),
    many("Recommendname", tag::RECOMMENDNAME, Rich::Yes),
    many("Suggestname", tag::SUGGESTNAME, Rich::Yes),
    many("Supplementname", tag::SUPPLEMENTNAME, Rich::Yes),
    many("Enhancename", tag::ENHANCENAME, Rich::Yes),
];

/// What rpm indexes where a package has no group.
const NO_GROUP: &[u8] = b"Unknown";

/// One row, without the package's number.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Row<'a> {
    pub(crate) key: Cow<'a, [u8]>,
    /// The value's place in the header's list; for file triggers the trigger's number.
    pub(crate) place: u32,
}

/// The rows of a header in a table, in the order in which rpm inserts them.
pub(crate) fn rows<'a>(table: &Table, header: &'a Header, object: &str) -> Result<Vec<Row<'a>>> {
    let wrong = |reason: &str| Error::corrupt(object, format!("{}: {reason}", table.name));
    let Some(entry) = header.entry(table.tag) else {
        let row = Row {
            key: Cow::Borrowed(NO_GROUP),
            place: 0,
        };
        return Ok(match table.tag {
            tag::GROUP => vec![row],
            _ => Vec::new(),
        });
    };
    let right = match table.key {
        Key::Text => entry.kind.width().is_none(),
        Key::Blob if table.tag == tag::INSTALLTID => entry.kind == Kind::Int32,
        Key::Blob => entry.kind == Kind::Bin,
    };
    if !right || (table.rows == Rows::One && table.key == Key::Text && entry.count != 1) {
        // A group in several languages has one string for each.
        if !(right && entry.kind == Kind::I18nString) {
            return Err(wrong("the tag has another type"));
        }
    }
    let keys: Vec<Cow<'a, [u8]>> = match table.tag {
        // rpm keeps numbers as the machine has them in memory.
        tag::INSTALLTID => {
            let numbers = header.u32s(table.tag).into_iter();
            numbers
                .map(|tid| Cow::Owned(tid.to_ne_bytes().to_vec()))
                .collect()
        }
        _ if table.key == Key::Blob => vec![Cow::Borrowed(header.data(entry))],
        _ => header
            .raw_strings(table.tag)
            .into_iter()
            .map(Cow::Borrowed)
            .collect(),
    };
    let triggers = match table.tag {
        tag::FILETRIGGERNAME => Some(header.u32s(tag::FILETRIGGERINDEX)),
        tag::TRANSFILETRIGGERNAME => Some(header.u32s(tag::TRANSFILETRIGGERINDEX)),
        _ => None,
    };
    let flags = match table.tag {
        tag::REQUIRENAME => header.u32s(tag::REQUIREFLAGS),
        _ => Vec::new(),
    };
    let mut seen = HashSet::new();
    let mut rows = Vec::with_capacity(keys.len());
    for (number, key) in keys.into_iter().enumerate() {
        let place = match &triggers {
            Some(triggers) => triggers.get(number).copied(),
            None => u32::try_from(number).ok(),
        };
        let place = place.ok_or_else(|| wrong("a trigger has no number"))?;
        if flags.get(number).is_some_and(|flags| is_transient(*flags)) {
            continue;
        }
        if table.tag == tag::TRIGGERNAME && !seen.insert(key.clone()) {
            continue;
        }
        let names = match table.rich == Rich::Yes
            && entry.kind == Kind::StringArray
            && key.starts_with(b"(")
        {
            true => rich::names(&key, object)?,
            false => Vec::new(),
        };
        rows.push(Row { key, place });
        let names = names.into_iter().map(Cow::Owned);
        rows.extend(names.map(|key| Row { key, place }));
    }
    Ok(rows)
}

/// Whether a requirement counts at installation only: rpm does not ask for it afterwards, so it is
/// not indexed (`isTransientReq`).
fn is_transient(flags: u32) -> bool {
    const POSTTRANS: u32 = 1 << 5;
    const PRETRANS: u32 = 1 << 7;
    const PRE: u32 = 1 << 9;
    const POST: u32 = 1 << 10;
    const PREUN: u32 = 1 << 11;
    const POSTUN: u32 = 1 << 12;
    const RPMLIB: u32 = 1 << 24;
    const KEYRING: u32 = 1 << 26;
    const META: u32 = 1 << 29;
    const INSTALL: u32 = PRE | POST | RPMLIB | KEYRING | PRETRANS | POSTTRANS;
    flags & INSTALL != 0 && flags & (PREUN | POSTUN | META) == 0
}
