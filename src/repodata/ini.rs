//! The dialect of INI that dnf reads: sections, `key = value`, continuation lines that begin with
//! white space, comments that begin a line with `#` or `;`. A value is never quoted.

use crate::error::{Error, Result};

/// One `[section]`, its keys in the order of the file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Section {
    pub(super) name: String,
    pub(super) keys: Vec<(String, String)>,
}

/// Splits `text` of the file called `file`.
pub(super) fn parse(text: &str, file: &str) -> Result<Vec<Section>> {
    let mut sections: Vec<Section> = Vec::new();
    // Whether an indented line would continue a value.
    let mut open = false;
    for (index, line) in text.lines().enumerate() {
        let wrong = |reason: &str| Error::Config {
            file: file.to_owned(),
            reason: format!("line {}: {reason}", index + 1),
        };
        let trimmed = line.trim();
        if trimmed.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        if line.starts_with([' ', '\t']) {
            let value = sections
                .last_mut()
                .and_then(|section| section.keys.last_mut())
                .filter(|_| open)
                .ok_or_else(|| wrong("an indented line continues a value, and there is none"))?;
            value.1.push('\n');
            value.1.push_str(trimmed);
        } else if let Some(rest) = trimmed.strip_prefix('[') {
            let (name, after) = rest
                .split_once(']')
                .ok_or_else(|| wrong("the section's name has no closing bracket"))?;
            if !after.trim().is_empty() && !after.trim().starts_with(['#', ';']) {
                return Err(wrong("there is text after the section's closing bracket"));
            }
            if name.trim().is_empty() {
                return Err(wrong("the section has no name"));
            }
            sections.push(Section {
                name: name.trim().to_owned(),
                keys: Vec::new(),
            });
            open = false;
        } else {
            let section = sections
                .last_mut()
                .ok_or_else(|| wrong("it is in no section; a [section] line comes first"))?;
            let (key, value) = trimmed
                .split_once('=')
                .ok_or_else(|| wrong("it is neither a section, a comment nor key=value"))?;
            if key.trim().is_empty() {
                return Err(wrong("there is no key before the `=`"));
            }
            section
                .keys
                .push((key.trim().to_owned(), value.trim().to_owned()));
            open = true;
        }
    }
    Ok(sections)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn values_continue_on_indented_lines() {
        let text = "# a comment\n[a]\nx = 1\n  2\n\n# between\n\t3\ny=\n[b] ; why\nz = p = q\n";
        let sections = parse(text, "f").unwrap();
        assert_eq!(sections[0].keys[0], ("x".to_owned(), "1\n2\n3".to_owned()));
        assert_eq!(sections[0].keys[1], ("y".to_owned(), String::new()));
        assert_eq!(sections[1].keys[0], ("z".to_owned(), "p = q".to_owned()));
    }

    #[test]
    fn what_dnf_refuses_is_refused_with_its_line() {
        for (text, line) in [
            ("x=1\n", 1),
            ("[a]\n  x=1\n", 2),
            ("[a\n", 1),
            ("[a]\nword\n", 2),
            ("[a]\n=1\n", 2),
            ("[]\n", 1),
            ("[a] b\n", 1),
        ] {
            let error = parse(text, "f").unwrap_err();
            let Error::Config { file, reason } = error else {
                panic!("{error}")
            };
            assert_eq!(file, "f");
            assert!(
                reason.starts_with(&format!("line {line}: ")),
                "{text:?}: {reason}"
            );
        }
    }
}
