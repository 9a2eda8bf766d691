//! The names in a rich dependency, as rpm indexes them.
//!
//! `(a if b else c)` is found under `a`, `!b` (what makes it true by being absent), `b` and `c`:
//! the exclamation mark belongs to the key. The grammar is that of rpm's `rpmrichParse`; a text
//! that does not follow it has no names.

use crate::error::{Error, Result};
use std::collections::BTreeSet;

/// Deeper nesting than any package has; rpm itself would use up its stack.
const DEPTH_MAX: usize = 200;

/// More names than any dependency has: nested conditions double them.
const NAMES_MAX: usize = 65_536;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    And,
    Or,
    If,
    Unless,
    Else,
    With,
    Without,
}

const OPERATORS: [(&[u8], Operator); 7] = [
    (b"and", Operator::And),
    (b"or", Operator::Or),
    (b"if", Operator::If),
    (b"unless", Operator::Unless),
    (b"else", Operator::Else),
    (b"with", Operator::With),
    (b"without", Operator::Without),
];

const COMPARISONS: [&[u8]; 8] = [b"<=", b"=<", b"<", b"==", b"=", b">=", b"=>", b">"];

/// Whether operands may stand below `with`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum With {
    Allowed,
    Forbidden,
}

/// Why parsing ends early.
enum Stop {
    /// It is no rich dependency.
    Syntax,
    /// It is too large to be honest.
    Size,
}

struct Parser<'a> {
    rest: &'a [u8],
    /// Each name with the character that rpm keeps before it: a space, or `!` when negated.
    names: Vec<Vec<u8>>,
    negated: bool,
}

/// The keys of a rich dependency, sorted, each once.
pub(crate) fn names(text: &[u8], object: &str) -> Result<Vec<Vec<u8>>> {
    let mut parser = Parser {
        rest: text,
        names: Vec::new(),
        negated: false,
    };
    match parser.group(0) {
        Ok(_) => {
            let names: BTreeSet<Vec<u8>> = parser.names.into_iter().collect();
            let plain = |name: Vec<u8>| match name.strip_prefix(b" ") {
                Some(name) => name.to_vec(),
                None => name,
            };
            Ok(names.into_iter().map(plain).collect())
        }
        Err(Stop::Syntax) => Ok(Vec::new()),
        Err(Stop::Size) => Err(Error::corrupt(object, "a rich dependency is too large")),
    }
}

impl<'a> Parser<'a> {
    fn group(&mut self, depth: usize) -> Result<With, Stop> {
        if depth > DEPTH_MAX {
            return Err(Stop::Size);
        }
        self.rest = self.rest.strip_prefix(b"(").ok_or(Stop::Syntax)?;
        // Where the names of the last condition begin.
        let mut condition = self.names.len();
        let mut with = With::Allowed;
        let (mut first, mut last, mut chain) = (None, None, None);
        loop {
            self.skip_white();
            match self.rest.first() {
                Some(b')') => return Err(Stop::Syntax),
                Some(b'(') => {
                    if self.group(depth + 1)? == With::Forbidden {
                        with = With::Forbidden;
                    }
                }
                _ => self.simple()?,
            }
            self.skip_white();
            match self.rest.first() {
                None => return Err(Stop::Syntax),
                Some(b')') => break,
                Some(_) => {}
            }
            let operator = self.operator()?;
            first = first.or(Some(operator));
            last = Some(operator);
            if operator == Operator::Else && matches!(chain, Some(Operator::If | Operator::Unless))
            {
                chain = None;
            }
            let chained = matches!(operator, Operator::And | Operator::Or | Operator::With);
            if chain.is_some_and(|chain| chain != operator || !chained) {
                return Err(Stop::Syntax);
            }
            chain = Some(operator);
            match operator {
                Operator::If | Operator::Unless => {
                    condition = self.names.len();
                    self.negated = !self.negated;
                }
                Operator::Else => {
                    self.repeat_inverted(condition)?;
                    self.negated = !self.negated;
                }
                _ => {}
            }
        }
        if matches!(first, Some(Operator::With | Operator::Without)) && with == With::Forbidden {
            return Err(Stop::Syntax);
        }
        self.rest = &self.rest[1..];
        if matches!(last, Some(Operator::If | Operator::Unless)) {
            self.negated = !self.negated;
        }
        match last {
            None | Some(Operator::With | Operator::Without | Operator::Or) => Ok(with),
            Some(_) => Ok(With::Forbidden),
        }
    }

    /// What makes the branch after `else` count is the opposite of the condition.
    fn repeat_inverted(&mut self, from: usize) -> Result<(), Stop> {
        let end = self.names.len();
        if end + (end - from) > NAMES_MAX {
            return Err(Stop::Size);
        }
        for place in from..end {
            let mut name = self.names[place].clone();
            if let Some(mark) = name.first_mut() {
                *mark = if *mark == b' ' { b'!' } else { b' ' };
            }
            self.names.push(name);
        }
        Ok(())
    }

    fn simple(&mut self) -> Result<(), Stop> {
        let name = self.word();
        if name.is_empty() {
            return Err(Stop::Syntax);
        }
        self.skip_white();
        let before = self.rest;
        if COMPARISONS.contains(&self.word()) {
            self.skip_white();
            if self.word().is_empty() {
                return Err(Stop::Syntax);
            }
        } else {
            self.rest = before;
        }
        if name.len() > 7 && name.starts_with(b"rpmlib(") {
            return Ok(());
        }
        if self.names.len() >= NAMES_MAX {
            return Err(Stop::Size);
        }
        let mark = if self.negated { b'!' } else { b' ' };
        self.names.push([&[mark], name].concat());
        Ok(())
    }

    fn operator(&mut self) -> Result<Operator, Stop> {
        let ends = |byte: &u8| is_space(*byte) || *byte == b')';
        let end = self.rest.iter().position(ends).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        let found = OPERATORS.iter().find(|(name, _)| *name == word);
        let (_, operator) = found.ok_or(Stop::Syntax)?;
        self.rest = rest;
        Ok(*operator)
    }

    /// Up to white space, a comma, or a parenthesis that was not opened in it.
    fn word(&mut self) -> &'a [u8] {
        let mut open = 0_i32;
        let ends = |byte: &u8| match byte {
            b',' => true,
            b')' => {
                open -= 1;
                open < 0
            }
            b'(' => {
                open += 1;
                false
            }
            other => is_space(*other),
        };
        let end = self.rest.iter().position(ends).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word
    }

    fn skip_white(&mut self) {
        let white = |byte: &u8| is_space(*byte) || *byte == b',';
        let end = self.rest.iter().position(|byte| !white(byte));
        self.rest = &self.rest[end.unwrap_or(self.rest.len())..];
    }
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c)
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn names_are_found_under_what_makes_them_matter() {
        let table = [
            ("(a and b)", "a b"),
            ("(a >= 1 or b(x) < 2)", "a b(x)"),
            ("(a if b)", "a !b"),
            ("(a if b else c)", "a b c !b"),
            ("(a unless b)", "a !b"),
            ("(a if (b and c))", "a !b !c"),
            ("((a if b) if c)", "a !b !c"),
            ("(a with b >= 2)", "a b"),
            ("(a and a and rpmlib(X) <= 1)", "a"),
            ("(a)", "a"),
            ("(a and b or c)", ""),
            ("(a and", ""),
            ("()", ""),
            ("(a xor b)", ""),
            ("((a and b) with c)", ""),
        ];
        for (text, expected) in table {
            let found = names(text.as_bytes(), "test").unwrap();
            let found: Vec<_> = found
                .iter()
                .map(|name| String::from_utf8_lossy(name))
                .collect();
            assert_eq!(found.join(" "), expected, "{text}");
        }
    }

    #[test]
    fn size_is_bounded() {
        let deep = "(".repeat(100_000);
        assert!(names(deep.as_bytes(), "test").is_err());
        let mut text = "a".to_owned();
        for _ in 0..60 {
            text = format!("(x if {text} else y)");
        }
        assert!(names(text.as_bytes(), "test").is_err());
    }
}
