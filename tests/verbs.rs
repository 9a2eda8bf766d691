//! What Rust can do, C, C++ and the command line can do: `docs/verbs.md` is made here of what the
//! sources, the headers and the frontend really have, and each function must be in all of them.
#![allow(clippy::unwrap_used)]

#[path = "verbs/names.rs"]
mod names;

use camino::{Utf8Path, Utf8PathBuf};
use names::{C, CXX, DEPENDENCIES, FRONTEND};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// Set, the table is written instead of compared.
const WRITE: &str = "REGRAFT_WRITE_VERBS";

const INTRODUCTION: &str = "\
# Every verb

What the Rust API does, and how C, C++ and the reference frontend say it. `tests/verbs.rs` makes this page from the
sources and headers, and fails where one of them lacks a verb. Plain data (fields of Rust's structs) is not listed:
C has an accessor `regraft_NOUN_FIELD` for each, C++ a member of the same name.

An empty last column means that the frontend has no command of its own for it, but uses it within others.
";

fn root() -> &'static Utf8Path {
    Utf8Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap()
}

fn sources(folder: &Utf8Path, extension: &str) -> Vec<Utf8PathBuf> {
    let mut found = Vec::new();
    for entry in folder.read_dir_utf8().unwrap() {
        let path = entry.unwrap().into_path();
        if path.is_dir() {
            found.extend(sources(&path, extension));
        } else if path.extension() == Some(extension) {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn is_hidden(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("doc")
            && matches!(&attribute.meta, syn::Meta::List(list) if list.tokens.to_string() == "hidden")
    })
}

/// The names that a `use` makes public.
fn names_of(tree: &syn::UseTree, names: &mut BTreeSet<String>) {
    match tree {
        syn::UseTree::Path(path) => names_of(&path.tree, names),
        syn::UseTree::Name(name) => drop(names.insert(name.ident.to_string())),
        syn::UseTree::Rename(rename) => drop(names.insert(rename.rename.to_string())),
        syn::UseTree::Group(group) => group.items.iter().for_each(|tree| names_of(tree, names)),
        syn::UseTree::Glob(_) => panic!("a glob in the crate root"),
    }
}

/// The public functions of the public types: type, then functions in the order of the sources.
fn rust() -> BTreeMap<String, Vec<String>> {
    let mut exported = BTreeSet::new();
    for item in syn::parse_file(&read("src/lib.rs")).unwrap().items {
        if let syn::Item::Use(item) = item
            && matches!(item.vis, syn::Visibility::Public(_))
            && !is_hidden(&item.attrs)
        {
            names_of(&item.tree, &mut exported);
        }
    }
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for file in sources(&root().join("src"), "rs") {
        let parsed = syn::parse_file(&std::fs::read_to_string(&file).unwrap()).unwrap();
        for item in parsed.items {
            let syn::Item::Impl(block) = item else {
                continue;
            };
            let syn::Type::Path(path) = &*block.self_ty else {
                continue;
            };
            let name = path.path.segments.last().unwrap().ident.to_string();
            if block.trait_.is_some() || !exported.contains(&name) {
                continue;
            }
            for item in block.items {
                if let syn::ImplItem::Fn(function) = item
                    && matches!(function.vis, syn::Visibility::Public(_))
                    && !is_hidden(&function.attrs)
                {
                    let function = function.sig.ident.to_string();
                    found.entry(name.clone()).or_default().push(function);
                }
            }
        }
    }
    found
}

/// The functions that `regraft.h` declares.
fn c() -> BTreeSet<String> {
    let text = read("include/regraft.h");
    let declared = text.split("regraft_").skip(1).filter_map(|rest| {
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_')?;
        rest[end..]
            .starts_with('(')
            .then(|| format!("regraft_{}", &rest[..end]))
    });
    declared.collect()
}

/// The classes of `regraft.hpp`, with their text.
fn cxx() -> BTreeMap<String, String> {
    let mut classes: BTreeMap<String, String> = BTreeMap::new();
    for file in sources(&root().join("include"), "hpp") {
        let text = std::fs::read_to_string(file).unwrap();
        *classes.entry(String::new()).or_default() += &text;
        let mut class: Option<(String, String)> = None;
        for line in text.lines() {
            let opens = line
                .strip_prefix("class ")
                .or_else(|| line.strip_prefix("struct "));
            if let (Some(rest), false) = (opens, line.ends_with(';')) {
                let name = rest.split([' ', ':', '{']).next().unwrap();
                class = Some((name.to_owned(), String::new()));
            } else if line == "};" {
                classes.extend(class.take());
            } else if let Some((_, text)) = &mut class {
                let code = line.split("//").next().unwrap();
                writeln!(text, "{code}").unwrap();
            }
        }
    }
    classes
}

/// Whether a class has a member of this name.
fn has_member(class: &str, member: &str) -> bool {
    class.match_indices(member).any(|(at, _)| {
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let before = class[..at].chars().next_back();
        let after = class[at + member.len()..].trim_start().chars().next();
        !before.is_some_and(|c| is_name(c) || c == '.' || c == ':')
            && after.is_some_and(|c| "(;={".contains(c))
            && class[at + member.len()..]
                .chars()
                .next()
                .is_some_and(|c| !is_name(c))
    })
}

fn snake(name: &str) -> String {
    let mut snake = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}

/// The C function of a Rust one: as the table of exceptions says, or by the rule.
fn c_name(name: &str, function: &str, declared: &BTreeSet<String>) -> Option<String> {
    let whole = format!("{name}::{function}");
    if let Some((_, c)) = C.iter().find(|(rust, _)| *rust == whole) {
        let there = c
            .split(", ")
            .all(|c| c.starts_with('(') || declared.contains(c));
        return there.then(|| (*c).to_owned());
    }
    let noun = snake(name);
    if DEPENDENCIES.contains(&function) {
        return Some(format!("regraft_{noun}_dependencies")).filter(|c| declared.contains(c));
    }
    let plain = format!("regraft_{noun}_{function}");
    let single = match plain.strip_suffix("ies") {
        Some(stem) => format!("{stem}y"),
        None => plain.strip_suffix('s').unwrap_or(&plain).to_owned(),
    };
    let get = format!("{plain}_get");
    [plain, format!("{single}_get"), get]
        .into_iter()
        .find(|name| declared.contains(name))
}

fn cxx_name(name: &str, function: &str, classes: &BTreeMap<String, String>) -> Option<String> {
    let whole = format!("{name}::{function}");
    if let Some((_, cxx)) = CXX.iter().find(|(rust, _)| *rust == whole) {
        let there = cxx.split(", ").all(|cxx| match cxx.split_once("::") {
            Some((class, member)) => classes.get(class).is_some_and(|c| has_member(c, member)),
            // A function beside the classes: `to_string(Action)`.
            None => cxx.starts_with('(') || classes[""].contains(cxx.trim_end_matches(')')),
        });
        return there.then(|| (*cxx).to_owned());
    }
    if DEPENDENCIES.contains(&function) {
        // `requires` is a word of C++20.
        let member = if function == "requires" {
            "requirements"
        } else {
            function
        };
        let there = has_member(classes.get("Dependencies")?, member);
        return there.then(|| format!("{name}::{member}"));
    }
    has_member(classes.get(name)?, function).then_some(whole)
}

/// The frontend's commands, as its sources declare them.
fn commands() -> BTreeSet<String> {
    let folder = root().join("examples/regraft/src");
    let verbs = |file: &str, name: &str| -> Vec<(String, Option<String>)> {
        let parsed = syn::parse_file(&std::fs::read_to_string(folder.join(file)).unwrap()).unwrap();
        let found = parsed.items.into_iter().find_map(|item| match item {
            syn::Item::Enum(item) if item.ident == name => Some(item),
            _ => None,
        });
        let variants = found.unwrap().variants.into_iter();
        variants
            .map(|variant| {
                let inner = match variant.fields.iter().next().map(|field| &field.ty) {
                    Some(syn::Type::Path(path)) => {
                        let parts = path.path.segments.iter().map(|part| part.ident.to_string());
                        Some(parts.collect::<Vec<_>>().join("::"))
                    }
                    _ => None,
                };
                (snake(&variant.ident.to_string()).replace('_', "-"), inner)
            })
            .collect()
    };
    let mut found = BTreeSet::new();
    for (verb, inner) in verbs("main.rs", "Verb") {
        let below = match inner.as_deref() {
            Some("change::Override") => verbs("change.rs", "Override"),
            Some("database::Verb") => verbs("database.rs", "Verb"),
            Some("package::Verb") => verbs("package.rs", "Verb"),
            Some("compose::Verb") => verbs("compose.rs", "Verb"),
            _ => Vec::new(),
        };
        if below.is_empty() {
            found.insert(verb);
        } else {
            found.extend(below.into_iter().map(|(sub, _)| format!("{verb} {sub}")));
        }
    }
    found
}

#[test]
fn every_verb_is_there_in_every_language() {
    let (declared, classes, commands) = (c(), cxx(), commands());
    let mut page = INTRODUCTION.to_owned();
    let mut missing = Vec::new();
    let mut used = BTreeSet::new();
    for (name, functions) in rust() {
        writeln!(
            page,
            "\n## {name}\n\n| Rust | C | C++ | `regraft` |\n|---|---|---|---|"
        )
        .unwrap();
        for function in functions {
            let whole = format!("{name}::{function}");
            let code = |text: String| match text.starts_with('(') {
                true => text,
                false => format!("`{}`", text.replace(", ", "`, `")),
            };
            let mut cell = |found: Option<String>, language: &str| match found {
                Some(text) => code(text),
                None => {
                    missing.push(format!("{whole}: {language}"));
                    String::new()
                }
            };
            let c = cell(c_name(&name, &function, &declared), "C");
            let cxx = cell(cxx_name(&name, &function, &classes), "C++");
            let command = FRONTEND
                .iter()
                .find(|(rust, _)| *rust == whole)
                .map(|(_, command)| *command);
            let command = command.unwrap_or_default();
            used.extend(command.split(", ").map(str::to_owned));
            let command = match command {
                "" => String::new(),
                text => code(text.to_owned()),
            };
            let row = format!("| `{whole}` | {c} | {cxx} | {command} |");
            writeln!(page, "{}", row.replace("  |", " |")).unwrap();
        }
    }
    assert!(missing.is_empty(), "missing:\n{}", missing.join("\n"));
    // Options of a command count as it.
    let used: BTreeSet<String> = used
        .iter()
        .map(|text| text.split(" --").next().unwrap().trim().to_owned())
        .filter(|text| !text.is_empty() && !text.starts_with("--"))
        .collect();
    let of_frontend: Vec<_> = commands.symmetric_difference(&used).collect();
    assert!(of_frontend.is_empty(), "commands: {of_frontend:?}");
    let file = root().join("docs/verbs.md");
    if std::env::var_os(WRITE).is_some() {
        std::fs::write(&file, &page).unwrap();
    }
    let committed = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(committed == page, "run the tests with {WRITE}=1");
}

#[test]
fn the_table_of_exceptions_has_no_dead_lines() {
    let rust = rust();
    let there = |whole: &str| {
        let (name, function) = whole.split_once("::").unwrap();
        rust.get(name)
            .is_some_and(|functions| functions.iter().any(|f| f == function))
    };
    let lines = C.iter().chain(CXX).chain(FRONTEND);
    let dead: Vec<_> = lines.filter(|(rust, _)| !there(rust)).collect();
    assert!(dead.is_empty(), "{dead:?}");
}

#[test]
fn a_missing_verb_is_found() {
    let (declared, classes) = (c(), cxx());
    assert!(c_name("Sysroot", "open", &declared).is_some());
    assert!(c_name("Sysroot", "opens_nothing", &declared).is_none());
    assert!(cxx_name("Sysroot", "open", &classes).is_some());
    assert!(cxx_name("Sysroot", "opens_nothing", &classes).is_none());
    assert!(!has_member("  int opened();\n", "open"));
}
