//! The functions of a C header, as far as cbindgen writes such.

/// A function that the header declares.
#[derive(Debug)]
pub(crate) struct Function {
    pub(crate) name: String,
    /// The type of what it answers.
    pub(crate) answers: String,
    pub(crate) parameters: Vec<Parameter>,
    /// The comment before it, in one line.
    pub(crate) comment: String,
}

/// One of its parameters.
#[derive(Debug)]
pub(crate) struct Parameter {
    /// The type, with one blank before the first star.
    pub(crate) kind: String,
    pub(crate) name: String,
}

impl Parameter {
    pub(crate) fn is_pointer(&self) -> bool {
        self.kind.ends_with('*') || self.kind == CALLBACK
    }

    /// `plan` of `const regraft_plan *`, for a handle that goes in.
    pub(crate) fn handle(&self) -> Option<&str> {
        handle(&self.kind)
    }

    /// `plan` of `regraft_plan **`, for a handle that comes out.
    pub(crate) fn made(&self) -> Option<&str> {
        let noun = self.kind.strip_prefix("regraft_")?.strip_suffix(" **")?;
        (noun != "error").then_some(noun)
    }
}

impl Function {
    /// It answers a code, and an error by its last argument.
    pub(crate) fn is_fallible(&self) -> bool {
        let last = self.parameters.last();
        last.is_some_and(|last| last.kind == ERROR)
    }

    /// The greatest constant of those that the comment lists for an `int32_t`.
    pub(crate) fn greatest(&self, header: &str) -> Option<i32> {
        let names: Vec<&str> = self
            .comment
            .split('`')
            .filter(|word| word.starts_with("REGRAFT_") && !word.starts_with("REGRAFT_ERROR_"))
            .filter(|word| !["REGRAFT_BAD_ENUM", "REGRAFT_NULL_ARGUMENT"].contains(word))
            .collect();
        let first = *names.first()?;
        // What all of the names have in common up to an underscore is the group's name.
        let same = |length: &usize| names.iter().all(|name| name.starts_with(&first[..*length]));
        let length = (1..=first.len())
            .rev()
            .filter(|length| first[..*length].ends_with('_'))
            .find(same)?;
        let prefix = format!("#define {}", &first[..length]);
        let numbers = header.lines().filter_map(|line| {
            let (_, number) = line.strip_prefix(&prefix)?.split_once(' ')?;
            number.parse::<i32>().ok()
        });
        numbers.max()
    }
}

pub(crate) const CALLBACK: &str = "regraft_progress_callback";
pub(crate) const ERROR: &str = "regraft_error **";

/// `plan` of `const regraft_plan *`.
pub(crate) fn handle(kind: &str) -> Option<&str> {
    let kind = kind.strip_prefix("const ").unwrap_or(kind);
    kind.strip_prefix("regraft_")?.strip_suffix(" *")
}

/// Reads them all, in the header's order.
pub(crate) fn functions(header: &str) -> Vec<Function> {
    let (_, declarations) = header.split_once("extern \"C\" {").unwrap();
    let mut functions = Vec::new();
    for piece in declarations.split("/*").skip(1) {
        let (comment, code) = piece.split_once("*/").unwrap();
        let lines = comment
            .lines()
            .map(|line| line.trim().trim_start_matches('*'));
        let comment = words(&lines.collect::<Vec<_>>().join(" "));
        let lines = code.lines().filter(|line| !line.starts_with(['#', '}']));
        let code = words(&lines.collect::<Vec<_>>().join(" "));
        let declarations = code.split(';').map(str::trim);
        for declaration in declarations.filter(|text| !text.is_empty()) {
            functions.push(function(declaration, &comment));
        }
    }
    functions
}

fn function(declaration: &str, comment: &str) -> Function {
    let (head, tail) = declaration.split_once('(').unwrap();
    let list = tail.strip_suffix(')').unwrap();
    let head = parameter(head);
    let list = list.split(',').filter(|text| *text != "void");
    Function {
        name: head.name,
        answers: head.kind,
        parameters: list.map(parameter).collect(),
        comment: comment.to_owned(),
    }
}

/// Type and name.
fn parameter(text: &str) -> Parameter {
    let text = text.trim();
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let start = text.trim_end_matches(is_name).len();
    Parameter {
        kind: text[..start].trim().to_owned(),
        name: text[start..].to_owned(),
    }
}

/// The text with one blank between any two words.
fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
