//! Tables of refusals: each row is checked, all rows are run before the test fails, and where
//! `REGRAFT_TABLE` names a file they are added to it as `name | kind | message`.

use super::mini::Client;
use super::refusal;
use regraft::{Error, ErrorKind};
use std::fmt::Write as _;
use std::io::Write as _;

/// One table.
pub struct Table {
    section: &'static str,
    rows: String,
    problems: Vec<String>,
    hidden: Vec<String>,
}

impl Table {
    pub fn new(section: &'static str) -> Table {
        Table {
            section,
            rows: String::new(),
            problems: Vec::new(),
            hidden: Vec::new(),
        }
    }

    /// A path that says nothing to readers of the table.
    pub fn hide(&mut self, path: impl AsRef<str>) {
        self.hidden.push(path.as_ref().to_owned());
    }

    /// The error has one of these kinds, and its message these words.
    pub fn row(&mut self, name: &str, error: &Error, kinds: &[ErrorKind], words: &[&str]) {
        let text = error.to_string();
        let missing: Vec<&&str> = words.iter().filter(|word| !text.contains(**word)).collect();
        if !kinds.contains(&error.kind()) || !missing.is_empty() {
            self.wrong(format!(
                "{name}: {} (not {kinds:?}), without {missing:?}: {text}",
                error.kind()
            ));
        }
        self.say(name, error.kind().name(), &text);
    }

    /// What another process has said.
    pub fn say(&mut self, name: &str, kind: &str, message: &str) {
        let mut shown = message.replace('\n', " / ");
        for path in &self.hidden {
            shown = shown.replace(path.as_str(), "…");
        }
        let cut: String = shown.chars().take(400).collect();
        writeln!(self.rows, "{name} | {kind} | {cut}").expect("a string");
    }

    /// The same of a result, which must be an error.
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
        let before = refusal::state(client);
        self.refused(name, call(), kinds, words);
        self.same(name, &before, &refusal::state(client));
    }

    /// Nothing has changed.
    pub fn same(&mut self, name: &str, before: &str, after: &str) {
        if before != after {
            let (mut gone, mut new) = (Vec::new(), Vec::new());
            let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
            let (before, after) = (lines(before), lines(after));
            gone.extend(before.iter().filter(|line| !after.contains(line)));
            new.extend(after.iter().filter(|line| !before.contains(line)));
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
            let mut file = std::fs::OpenOptions::new()
                .create(true)
                .append(true)
                .open(path)
                .expect("the file for tables");
            let text = format!("\n## {}\n\n{}", self.section, self.rows);
            file.write_all(text.as_bytes()).expect("a table");
        }
        assert!(self.problems.is_empty(), "{:#?}", self.problems);
    }
}
