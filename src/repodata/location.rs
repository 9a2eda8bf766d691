//! Where a repository says that a file of its is: foreign text, contained before it is used.

use crate::error::{Error, Result, shortened};
use camino::Utf8PathBuf;

/// Longer ones are an attack: file systems take 255 bytes a name, 4096 a path.
const MAX_LENGTH: usize = 4096;
const MAX_NAME: usize = 200;

/// Checks a location from metadata: a relative path without `..`, also in its encoded form.
pub(super) fn check(href: &str, object: &str) -> Result<()> {
    let wrong = |reason: &str| {
        Err(Error::corrupt(
            object,
            format!("location {:?} {reason}", shortened(href, SHOWN)),
        ))
    };
    if href.is_empty() || href.len() > MAX_LENGTH {
        return wrong("is empty or too long");
    }
    if href.chars().any(char::is_control) || href.contains('\\') {
        return wrong("has a character that no path has");
    }
    let decoded = decode(href);
    for text in [href, decoded.as_str()] {
        if text.starts_with('/') || text.split('/').next().is_some_and(|s| s.ends_with(':')) {
            return wrong("is absolute; it must be below the repository's address");
        }
        if text.split('/').any(|step| step == "..") || text.contains('\0') {
            return wrong("leads out of the repository");
        }
    }
    Ok(())
}

/// So many characters of a location are shown.
const SHOWN: usize = 200;

/// The last step of a location, with only characters that are plain in every file system.
pub(super) fn file_name(href: &str) -> String {
    let last = href.rsplit('/').next().unwrap_or_default();
    let mut name: String = last
        .chars()
        .map(|c| match c {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '.' | '-' | '_' | '+' | '~' | '^' => c,
            _ => '_',
        })
        .collect();
    // The end tells the format.
    if name.len() > MAX_NAME {
        name = name.split_off(name.len() - MAX_NAME);
    }
    name
}

/// The location as part of an address. Metadata holds plain file names, and dnf encodes them.
pub(super) fn encode(href: &str) -> String {
    let mut text = String::with_capacity(href.len());
    for byte in href.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' | b'~' => {
                text.push(char::from(byte));
            }
            _ => text.push_str(&format!("%{byte:02X}")),
        }
    }
    text
}

/// An address below another one.
pub(super) fn join(base: &str, location: &str) -> String {
    format!("{}/{location}", base.trim_end_matches('/'))
}

/// The address that metadata itself gives a file instead of the repository's (`xml:base`), when it
/// may: a server cannot send its clients to their own files.
pub(super) fn base<'a>(
    base: Option<&'a str>,
    repository: &str,
    object: &str,
) -> Result<Option<&'a str>> {
    let Some(base) = base.filter(|base| !base.is_empty()) else {
        return Ok(None);
    };
    let scheme = base.split_once("://").map(|(scheme, _)| scheme);
    let local = repository.starts_with("file://");
    match scheme.map(str::to_ascii_lowercase).as_deref() {
        Some("http" | "https" | "ftp") => {}
        Some("file") if local && base.starts_with("file:///") => {}
        _ => {
            let reason = format!("xml:base {base:?} is no address that it may send clients to");
            return Err(Error::corrupt(object, reason));
        }
    }
    if base.chars().any(|c| c.is_control() || c.is_whitespace()) {
        let reason = format!("xml:base {base:?} has a character that no address has");
        return Err(Error::corrupt(object, reason));
    }
    Ok(Some(base))
}

/// The folder or file that a `file://` address means.
pub(super) fn local_path(url: &str) -> Option<Utf8PathBuf> {
    let path = url.strip_prefix("file://")?;
    Some(Utf8PathBuf::from(decode(path)))
}

/// `%XX` replaced; what gives no UTF-8 stays as it is.
fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut plain = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let digits = text.get(at + 1..at + 3).filter(|_| bytes[at] == b'%');
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                plain.push(byte);
                at += 3;
            }
            None => {
                plain.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8(plain).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_stays_below_the_repository_is_taken() {
        for good in [
            "a.rpm",
            "Packages/b/bash-5.2~1+x^2.rpm",
            "a..b/c",
            "100%.rpm",
            "./a",
        ] {
            assert!(check(good, "r").is_ok(), "{good}");
        }
        for bad in [
            "",
            "/etc/passwd",
            "../a",
            "a/../../b",
            "a/..",
            "%2e%2e/a",
            "a/%2E%2E/b",
            "%2fetc/x",
            "http://x/y",
            "file:///etc/passwd",
            "a\nb",
            "a\0b",
            "a\\..\\b",
            "a%00b",
        ] {
            assert!(check(bad, "r").is_err(), "{bad:?}");
        }
        assert!(check(&"a".repeat(5000), "r").is_err());
    }

    #[test]
    fn names_and_addresses_are_plain() {
        assert_eq!(file_name("a/b c$.rpm"), "b_c_.rpm");
        assert_eq!(file_name(&format!("{}.rpm", "x".repeat(300))).len(), 200);
        assert_eq!(encode("P/a+b^c~1 é.rpm"), "P/a%2Bb%5Ec~1%20%C3%A9.rpm");
        assert_eq!(join("http://h/r/", "a"), "http://h/r/a");
        assert_eq!(local_path("file:///a%20b/%zz"), Some("/a b/%zz".into()));
        assert_eq!(local_path("http://h"), None);
    }
}
