//! Tables of refusals: what was wrong, the kind of the error, its message. Each row is checked, and all
//! rows are run before the test fails.
//!
//! With `REGRAFT_TABLE=FILE` the tables are added to that file, for people to read.

use super::from_c;
use super::mini::Client;
use super::refusal::{cache, state};
use regraft::{Error, ErrorKind};
use std::fmt::Write as _;

/// How much of a message a table shows.
const SHOWN: usize = 400;

/// One table.
pub struct Table {
    title: String,
    rows: String,
    problems: Vec<String>,
    /// What differs from machine to machine, and what stands for it.
    hidden: Vec<(String, &'static str)>,
}

impl Table {
    pub fn new(title: &str) -> Table {
        Table {
            title: title.to_owned(),
            rows: String::new(),
            problems: Vec::new(),
            hidden: Vec::new(),
        }
    }

    /// One in which the client's bed is not shown.
    pub fn of(client: &Client, title: &str) -> Table {
        let mut table = Table::new(title);
        table.hide(client.path.parent().expect("a bed").as_str(), "");
        table
    }

    /// Shows `text` as `name`.
    pub fn hide(&mut self, text: impl AsRef<str>, name: &'static str) {
        self.hidden.push((text.as_ref().to_owned(), name));
    }

    /// The error has this kind, and its message these words.
    pub fn told(&mut self, name: &str, kind: ErrorKind, words: &[&str], error: &Error) {
        self.row(name, error, &[kind], words);
    }

    /// The error has one of these kinds, and its message these words.
    pub fn row(&mut self, name: &str, error: &Error, kinds: &[ErrorKind], words: &[&str]) {
        let text = error.to_string();
        let missing: Vec<&&str> = words.iter().filter(|word| !text.contains(**word)).collect();
        if !kinds.contains(&error.kind()) || !missing.is_empty() {
            let kind = error.kind();
            self.wrong(format!(
                "{name}: {kind} (not {kinds:?}), without {missing:?}: {text}"
            ));
        }
        self.say(name, error.kind().name(), &text);
    }

    /// A row of any words, those of another process for instance.
    pub fn say(&mut self, name: &str, kind: &str, message: &str) {
        let mut text = message.replace('|', "\\|").replace('\n', " / ");
        for (hidden, shown) in &self.hidden {
            text = text.replace(hidden, shown);
        }
        let text: String = text.chars().take(SHOWN).collect();
        writeln!(self.rows, "| {name} | {kind} | {text} |").expect("memory");
    }

    /// The result is an error of one of these kinds.
    pub fn refused<T>(
        &mut self,
        name: &str,
        result: Result<T, Error>,
        kinds: &[ErrorKind],
        words: &[&str],
    ) {
        match result {
            Ok(_) => self.wrong(format!("{name}: it is not refused")),
            Err(error) => self.row(name, &error, kinds, words),
        }
    }

    /// The call is refused so, and changes nothing.
    pub fn unchanged<T>(
        &mut self,
        client: &Client,
        name: &str,
        call: impl FnOnce() -> Result<T, Error>,
        kinds: &[ErrorKind],
        words: &[&str],
    ) {
        let before = state(client);
        self.refused(name, from_c::expecting(call), kinds, words);
        self.same(name, &before, &state(client));
    }

    /// The call is refused so, changes nothing, and keeps no package either.
    pub fn kept_out<T>(
        &mut self,
        client: &Client,
        name: &str,
        kind: ErrorKind,
        words: &[&str],
        call: impl FnOnce() -> Result<T, Error>,
    ) {
        let (before, cached) = (state(client), cache(client));
        match from_c::expecting(call) {
            Ok(_) => {
                self.wrong(format!("{name}: it is not refused"));
                let undone = client.sysroot.rollback(&mut regraft::Job::new());
                undone.expect("a rollback of what should not be there");
                return;
            }
            Err(error) => self.told(name, kind, words, &error),
        }
        self.same(name, &before, &state(client));
        if cache(client) != cached {
            self.wrong(format!("{name}: a package is kept"));
        }
    }

    /// Nothing has changed.
    pub fn same(&mut self, name: &str, before: &str, after: &str) {
        if before != after {
            let only = |one: &str, other: &str| {
                let lines = one
                    .lines()
                    .filter(|line| !other.lines().any(|l| l == *line));
                lines.map(str::to_owned).collect::<Vec<_>>()
            };
            let (gone, new) = (only(before, after), only(after, before));
            self.wrong(format!("{name}: changed; gone {gone:?}, new {new:?}"));
        }
    }

    pub fn wrong(&mut self, problem: String) {
        eprintln!("WRONG {problem}");
        self.problems.push(problem);
    }

    /// Fails where any row was wrong.
    pub fn finish(self) {
        if let Some(path) = std::env::var_os("REGRAFT_TABLE") {
            use std::io::Write;
            let mut file = std::fs::File::options()
                .create(true)
                .append(true)
                .open(path)
                .expect("the file for tables");
            let head = format!(
                "\n### {}\n\n| what | kind | message |\n|---|---|---|\n",
                self.title
            );
            file.write_all((head + &self.rows).as_bytes())
                .expect("a table");
        }
        assert!(self.problems.is_empty(), "{:#?}", self.problems);
    }
}
