//! A table of refusals: what was wrong, the kind of the error, its message.
//!
//! With `REGRAFT_TABLE=FILE` the rows are appended to that file, for people to read.

use super::mini::Client;
use super::refusal::{cache, state};
use regraft::{Error, ErrorKind};
use std::fmt::Write;

/// The rows of one test, and what was wrong with the refusals themselves.
#[derive(Default)]
pub struct Table {
    rows: Vec<(String, String, String)>,
    complaints: String,
    /// What differs from machine to machine, and what stands for it.
    hidden: Vec<(String, &'static str)>,
}

impl Table {
    pub fn new(client: &Client) -> Table {
        let folder = client.path.parent().expect("a bed").to_string();
        Table {
            hidden: vec![(folder, "")],
            ..Table::default()
        }
    }

    /// Shows `text` as `name`.
    pub fn hide(&mut self, text: impl Into<String>, name: &'static str) {
        self.hidden.push((text.into(), name));
    }

    /// Something that is refused, with everything as it was.
    pub fn refused<T>(
        &mut self,
        client: &Client,
        name: &str,
        kind: ErrorKind,
        words: &[&str],
        act: impl FnOnce() -> regraft::Result<T>,
    ) {
        let (before, cached) = (state(client), cache(client));
        match act() {
            Ok(_) => {
                self.complain(name, "it is not refused");
                client
                    .sysroot
                    .rollback(&mut regraft::Job::new())
                    .map(|_| ())
                    .unwrap_or_else(|error| self.complain(name, &error.to_string()));
                return;
            }
            Err(error) => self.told(name, kind, words, &error),
        }
        if state(client) != before {
            self.complain(name, "the sysroot has changed");
        }
        if cache(client) != cached {
            self.complain(name, "a package is kept");
        }
    }

    /// An error that has the right kind and says the right words.
    pub fn told(&mut self, name: &str, kind: ErrorKind, words: &[&str], error: &Error) {
        let text = error.to_string();
        if error.kind() != kind {
            self.complain(name, &format!("{} and not {kind}: {text}", error.kind()));
        }
        for word in words.iter().filter(|word| !text.contains(**word)) {
            self.complain(name, &format!("{text:?} does not say {word:?}"));
        }
        self.row(name, error.kind().name(), &text);
    }

    pub fn row(&mut self, name: &str, kind: &str, text: &str) {
        let mut text = text.to_owned();
        for (hidden, shown) in &self.hidden {
            text = text.replace(hidden, shown);
        }
        let text = text.replace('|', "\\|").replace('\n', " ");
        self.rows.push((name.to_owned(), kind.to_owned(), text));
    }

    pub fn complain(&mut self, name: &str, what: &str) {
        writeln!(self.complaints, "{name}: {what}").expect("memory");
    }

    /// Fails with all complaints at once.
    pub fn finish(self, title: &str) {
        let mut text = format!("\n### {title}\n\n| what | kind | message |\n|---|---|---|\n");
        for (name, kind, message) in &self.rows {
            writeln!(text, "| {name} | {kind} | {message} |").expect("memory");
        }
        if let Ok(path) = std::env::var("REGRAFT_TABLE") {
            use std::io::Write;
            let file = std::fs::File::options()
                .append(true)
                .create(true)
                .open(path);
            file.and_then(|mut file| file.write_all(text.as_bytes()))
                .expect("the table's file");
        }
        assert!(self.complaints.is_empty(), "{}", self.complaints);
    }
}
