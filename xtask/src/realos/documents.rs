//! What a package's documents say about it: its licence, its changes, its description.

use super::tree::Tree;
use anyhow::Result;
use camino::Utf8Path;
use flate2::read::MultiGzDecoder;
use std::collections::BTreeSet;
use std::io::Read;
use std::process::Command;

/// One entry of a changelog.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) author: String,
    pub(super) version: String,
    pub(super) text: String,
    pub(super) time: u32,
}

/// How much of a changelog is read, and how many of its entries are kept.
const CHANGELOG_READ: u64 = 64 << 10;
const CHANGES: usize = 4;
/// How many licences are named.
const LICENSES: usize = 6;

/// The newest changes, newest first.
pub(super) fn changes(name: &str, tree: &Tree) -> Vec<Change> {
    let folder = format!("/usr/share/doc/{name}");
    let found = ["changelog.Debian.gz", "changelog.gz"]
        .iter()
        .find_map(|file| tree.file(&format!("{folder}/{file}")));
    let Some(bytes) = found.and_then(|contents| contents.bytes().ok()) else {
        return Vec::new();
    };
    let mut text = Vec::new();
    // A damaged changelog ends where it is damaged.
    let _ = MultiGzDecoder::new(&bytes[..])
        .take(CHANGELOG_READ)
        .read_to_end(&mut text);
    parse_changes(&printable(&String::from_utf8_lossy(&text)))
}

fn parse_changes(text: &str) -> Vec<Change> {
    let mut changes = Vec::new();
    let mut version = String::new();
    let mut lines: Vec<&str> = Vec::new();
    for line in text.lines() {
        if let Some(trailer) = line.strip_prefix(" -- ") {
            if let Some((author, date)) = trailer.split_once("  ")
                && let Some(time) = time(date)
            {
                changes.push(Change {
                    author: author.trim().to_owned(),
                    version: std::mem::take(&mut version),
                    text: lines.join("\n").trim_matches('\n').to_owned(),
                    time,
                });
            }
            lines.clear();
            if changes.len() == CHANGES {
                break;
            }
        } else if line.starts_with("  ") || line.is_empty() {
            lines.push(line.strip_prefix("  ").unwrap_or(line));
        } else if let Some((_, rest)) = line.split_once('(') {
            version = rest.split(')').next().unwrap_or_default().to_owned();
        }
    }
    changes.retain(|change| !change.text.is_empty());
    changes
}

/// Seconds since 1970 of `Mon, 02 Jan 2023 10:11:12 +0100`.
fn time(date: &str) -> Option<u32> {
    const MONTHS: &str = "JanFebMarAprMayJunJulAugSepOctNovDec";
    let (_, date) = date.split_once(", ")?;
    let mut words = date.split_whitespace();
    let day: i64 = words.next()?.parse().ok()?;
    let month = (MONTHS.find(words.next()?.get(..3)?)? / 3 + 1) as i64;
    let year: i64 = words.next()?.parse().ok()?;
    let mut clock = words.next()?.split(':').map(str::parse::<i64>);
    let (hours, minutes) = (clock.next()?.ok()?, clock.next()?.ok()?);
    let seconds = clock.next()?.ok()?;
    let zone: i64 = words.next()?.parse().ok()?;
    let zone = (zone / 100 * 60 + zone % 100) * 60;
    // Days of the Gregorian calendar, with the year beginning in March.
    let (y, m) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let days =
        365 * y + y.div_euclid(4) - y.div_euclid(100) + y.div_euclid(400) + (153 * m + 2) / 5 + day
            - 719_469;
    u32::try_from(days * 86400 + hours * 3600 + minutes * 60 + seconds - zone).ok()
}

/// The licences that the copyright file names.
pub(super) fn license(name: &str, tree: &Tree) -> String {
    let bytes = tree
        .file(&format!("/usr/share/doc/{name}/copyright"))
        .and_then(|contents| contents.bytes().ok())
        .unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let names: BTreeSet<String> = text
        .lines()
        .filter_map(|line| line.strip_prefix("License:"))
        .map(|name| printable(name.trim()))
        .filter(|name| is_license(name))
        .collect();
    if names.is_empty() || names.len() > LICENSES {
        return format!("Various (see /usr/share/doc/{name}/copyright)");
    }
    names.into_iter().collect::<Vec<_>>().join(" AND ")
}

/// Some files have a sentence where a short name belongs.
fn is_license(name: &str) -> bool {
    let words = name.split_whitespace().count();
    (1..=6).contains(&words) && name.len() < 60 && !name.ends_with(['.', ','])
}

/// The long description.
pub(super) fn description(deb: &Utf8Path) -> Result<String> {
    let text = crate::run::output(Command::new("dpkg-deb").args([
        "--field",
        deb.as_str(),
        "Description",
    ]))?;
    let lines: Vec<&str> = text
        .lines()
        .skip(1)
        .map(|line| match line.trim_end() {
            " ." => "",
            line => line.strip_prefix(' ').unwrap_or(line),
        })
        .collect();
    Ok(printable(lines.join("\n").trim()))
}

/// RPM's headers take no control characters.
pub(super) fn printable(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_control() || matches!(c, '\n' | '\t'))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_read() {
        let text = "jq (1.6-2) unstable; urgency=medium\n\n  * One.\n  * Two.\n\n \
                    -- A B <a@b.invalid>  Mon, 02 Jan 2023 10:11:12 +0100\n\njq (1.6-1) x; y\n";
        let changes = parse_changes(text);
        assert_eq!(changes.len(), 1);
        assert_eq!(changes[0].version, "1.6-2");
        assert_eq!(changes[0].text, "* One.\n* Two.");
        assert_eq!(changes[0].time, 1_672_650_672);
        assert_eq!(time("Thu, 01 Jan 1970 00:00:00 +0000"), Some(0));
    }
}
