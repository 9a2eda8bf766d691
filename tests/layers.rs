//! The architecture holds: who may use whom (DESIGN §2), as the sources really say.
//!
//! All sources are parsed; every path in them, in `use` and inline, in macros and in attributes,
//! is resolved to one of the crate's modules, through the re-exports of the crate root. Test code
//! and doc comments are exempt, and so is the crate root, which names everything.

#[path = "layers/paths.rs"]
mod paths;

use camino::Utf8Path;
use paths::{Found, Source, sources_below};
use std::collections::{BTreeMap, BTreeSet};

/// The modules of each layer. `sys` has none: all may use it, and it uses layer 0 alone.
const LAYERS: [(u8, &[&str]); 5] = [
    (
        0,
        &[
            "error",
            "job",
            "nevra",
            "dependency",
            "change",
            "origin",
            "treefile",
        ],
    ),
    (1, &["depsolve", "plan", "modularity"]),
    (
        2,
        &[
            "package",
            "repodata",
            "rpmdb",
            "commit",
            "sysroot",
            "deployment",
            "history",
            "container",
        ],
    ),
    (3, &["import", "graft", "script", "initramfs", "live"]),
    (
        4,
        &["transaction", "compose", "recovery", "update", "install"],
    ),
];

/// Names that say nothing, or two things.
const BAD_NAMES: [&str; 7] = [
    "core", "util", "utils", "common", "helper", "helpers", "repo",
];

/// Packages that must get along with what everybody gets.
const OUTSIDE: [&str; 3] = ["capi", "cxx-bridge", "examples"];

fn layer(module: &str) -> Option<u8> {
    let holds = |(_, modules): &&(u8, &[&str])| modules.contains(&module);
    LAYERS.iter().find(holds).map(|(layer, _)| *layer)
}

/// Whether a module of layer `from` may use one of layer `to`.
fn may_use(from: u8, to: u8) -> bool {
    match from {
        1 | 2 => to == 0 || to == from,
        3 => to == 0 || to == 2 || to == 3,
        _ => to <= from,
    }
}

/// All that is wrong with the crate's sources, one line each.
fn check(sources: &[Source]) -> Vec<String> {
    let mut problems = Vec::new();
    let found: Vec<Found> = sources.iter().map(Found::in_source).collect();
    let tests: BTreeSet<&Vec<String>> =
        found.iter().flat_map(|found| &found.test_modules).collect();
    let is_test = |module: &[String]| tests.iter().any(|test| module.starts_with(test));
    let root = found.iter().find(|found| found.module.is_empty());
    let root = root
        .map(|root| root.root_names(&mut problems))
        .unwrap_or_default();

    let mut edges: BTreeMap<(String, String), String> = BTreeMap::new();
    for found in found.iter().filter(|found| !is_test(&found.module)) {
        problems.extend(found.problems.iter().cloned());
        let top = found.module.first().map(String::as_str);
        if top.is_some_and(|top| top != "sys" && layer(top).is_none()) {
            problems.push(format!("{}: the module has no layer", found.file));
        }
        if top != Some("sys") {
            let at = |line: &usize| format!("{}:{line}: unsafe outside of sys", found.file);
            problems.extend(found.unsafe_lines.iter().map(at));
        }
        for (name, line) in &found.modules {
            if BAD_NAMES.contains(&name.as_str()) {
                problems.push(format!("{}:{line}: no module is called {name}", found.file));
            }
        }
        let Some(top) = top else {
            continue;
        };
        for used in &found.paths {
            let place = format!("{}:{}", found.file, used.line);
            let Some(target) = used.in_crate() else {
                continue;
            };
            let target = match target.first().map(String::as_str) {
                None | Some("*") => {
                    problems.push(format!("{place}: the whole crate is named"));
                    continue;
                }
                Some(name) if name == "sys" || layer(name).is_some() => name,
                Some(name) => match root.get(name) {
                    Some(module) => module,
                    None => {
                        problems.push(format!("{place}: crate::{name} leads to no module"));
                        continue;
                    }
                },
            };
            let edge = (top.to_owned(), target.to_owned());
            edges.entry(edge).or_insert(place);
        }
    }
    for ((from, to), place) in &edges {
        let allowed = match (layer(from), layer(to)) {
            _ if from == to || to == "sys" => true,
            (None, Some(to)) => to == 0,
            (Some(from), Some(to)) => may_use(from, to),
            (_, None) => false,
        };
        if !allowed {
            problems.push(format!("{place}: {from} must not use {to}"));
        }
    }
    problems.extend(circles(&edges));
    problems
}

/// Circles inside a layer. `error` and the values that its variants hold name each other by their
/// nature; what uses `error` is therefore no part of a circle.
fn circles(edges: &BTreeMap<(String, String), String>) -> Vec<String> {
    let next = |module: &str| -> Vec<&str> {
        let own = |(from, to): &&(String, String)| {
            from == module && to != module && to != "error" && layer(from) == layer(to)
        };
        edges
            .keys()
            .filter(own)
            .map(|(_, to)| to.as_str())
            .collect()
    };
    let mut circles = BTreeSet::new();
    for (_, modules) in LAYERS {
        for start in modules {
            let mut reached = BTreeSet::new();
            let mut open = next(start);
            while let Some(module) = open.pop() {
                if reached.insert(module) {
                    open.extend(next(module));
                }
            }
            if reached.contains(start) {
                circles.insert(*start);
            }
        }
    }
    match circles.is_empty() {
        true => Vec::new(),
        false => {
            let names: Vec<&str> = circles.into_iter().collect();
            vec![format!("a circle goes through {}", names.join(", "))]
        }
    }
}

/// What a package outside names that not everybody gets; `alias` is its name for the library.
fn check_outside(source: &Source, alias: &str, public: &BTreeSet<String>) -> Vec<String> {
    let found = Found::in_source(source);
    let mut problems = found.problems.clone();
    for used in &found.paths {
        match used.segments.as_slice() {
            [library, name, ..] if library == alias && name != "*" && !public.contains(name) => {
                problems.push(format!(
                    "{}:{}: {name} is not public",
                    found.file, used.line
                ));
            }
            _ => {}
        }
    }
    problems
}

fn root_folder() -> &'static Utf8Path {
    Utf8Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn the_sources_keep_their_layers() {
    let sources = sources_below(root_folder(), "src");
    assert!(sources.iter().any(|source| source.file == "src/lib.rs"));
    let problems = check(&sources);
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
}

#[test]
fn the_bindings_use_the_public_api() {
    let library = Source::read(root_folder(), "src/lib.rs");
    let public = Found::in_source(&library).public_names();
    assert!(public.contains("Error"));
    for package in OUTSIDE {
        for source in sources_below(root_folder(), package) {
            let folder = match source.file.split_once("/src/") {
                Some((folder, _)) => folder,
                None => continue,
            };
            let manifest = root_folder().join(folder).join("Cargo.toml");
            let manifest = std::fs::read_to_string(manifest).unwrap_or_default();
            let renamed = |line: &str| {
                let (name, rest) = line.split_once('=')?;
                rest.contains("package = \"regraft\"")
                    .then(|| name.trim().to_owned())
            };
            let alias = manifest.lines().find_map(renamed);
            let alias = alias.as_deref().unwrap_or("regraft");
            let problems = check_outside(&source, alias, &public);
            assert!(problems.is_empty(), "\n{}", problems.join("\n"));
        }
    }
}

/// Planted violations: each must be found, and nothing else.
#[test]
fn what_is_wrong_is_found() {
    let root = "mod error; mod nevra; mod change; mod plan; mod depsolve; mod rpmdb; mod commit; \
                mod graft; mod transaction; mod sys; \
                pub use nevra::Nevra; pub use {plan::Plan as Wish, transaction::Transaction};";
    let table: [(&str, &str, &[&str]); 31] = [
        ("error", "use crate::{change::Change, nevra};", &[]),
        (
            "nevra",
            "use crate::error::Error; fn f() -> crate::Nevra {}",
            &[],
        ),
        (
            "transaction",
            "use crate::Wish; use super::{graft, rpmdb::Db as D, sys};",
            &[],
        ),
        (
            "graft",
            "use crate::sys::mount; use std::fmt; use nevra::External;",
            &[],
        ),
        (
            "sys",
            "use crate::error::Error; fn f() { unsafe { g() } }",
            &[],
        ),
        (
            "nevra",
            "use crate::plan::Plan;",
            &["src/nevra.rs:1: nevra must not use plan"],
        ),
        (
            "nevra",
            "\nfn f(a: &crate::Wish) {}",
            &["src/nevra.rs:2: nevra must not use plan"],
        ),
        ("nevra", "use super::*;", &["the whole crate is named"]),
        (
            "nevra",
            "use super::graft::x;",
            &["nevra must not use graft"],
        ),
        (
            "nevra",
            "mod a { use super::super::graft::x; }",
            &["nevra must not use graft"],
        ),
        (
            "nevra",
            "mod a { mod graft {} use super::a::graft; use self::graft as b; }",
            &[],
        ),
        (
            "nevra",
            "fn f() { println!(\"{}\", crate::graft::X); }",
            &["nevra must not use graft"],
        ),
        (
            "nevra",
            "#[serde(with = \"crate::graft::x\")] struct S;",
            &["must not use graft"],
        ),
        (
            "nevra",
            "macro_rules! m { () => { $crate::graft::x() } }",
            &["must not use graft"],
        ),
        ("plan", "use crate::rpmdb;", &["plan must not use rpmdb"]),
        ("rpmdb", "use crate::plan;", &["rpmdb must not use plan"]),
        (
            "graft",
            "use crate::depsolve::x;",
            &["graft must not use depsolve"],
        ),
        (
            "graft",
            "impl T for crate::Transaction {}",
            &["graft must not use transaction"],
        ),
        ("sys", "use crate::commit::x;", &["sys must not use commit"]),
        ("plan", "use crate::*;", &["the whole crate is named"]),
        ("plan", "use crate as all;", &["the whole crate is named"]),
        (
            "plan",
            "extern crate self as all;",
            &["the whole crate is named"],
        ),
        (
            "plan",
            "use crate::Missing;",
            &["crate::Missing leads to no module"],
        ),
        (
            "plan",
            "fn f() { unsafe { g() } }",
            &["src/plan.rs:1: unsafe outside of sys"],
        ),
        ("plan", "#![allow(unsafe_code)]", &["unsafe outside of sys"]),
        ("plan", "m! { unsafe {} }", &["unsafe outside of sys"]),
        ("plan", "mod utils {}", &["no module is called utils"]),
        ("plan", "#[path = \"x.rs\"] mod x;", &["#[path]"]),
        ("plan", "include!(\"x.rs\");", &["include!"]),
        ("odd", "", &["src/odd.rs: the module has no layer"]),
        (
            "nevra",
            "/// [crate::plan]\nfn f() {}\n#[cfg(test)] mod tests { use crate::plan; }\n\
             #[cfg(test)] use crate::plan; #[cfg(not(test))] use crate::plan;",
            &["src/nevra.rs:4: nevra must not use plan"],
        ),
    ];
    for (module, text, expected) in table {
        let sources = [
            Source::new("src/lib.rs", root),
            Source::new(&format!("src/{module}.rs"), text),
        ];
        let problems = check(&sources);
        assert_eq!(problems.len(), expected.len(), "{text}: {problems:?}");
        for (problem, words) in problems.iter().zip(expected) {
            assert!(problem.contains(words), "{text}: {problem}");
        }
    }
}

#[test]
fn what_is_spread_over_files_is_found() {
    let check = |files: &[(&str, &str)]| {
        let root = [Source::new("src/lib.rs", "pub use crate::rpmdb::Db;")];
        let files = files.iter().map(|(file, text)| Source::new(file, text));
        check(&root.into_iter().chain(files).collect::<Vec<_>>())
    };
    let circle = [
        ("src/rpmdb.rs", "use crate::commit::x;"),
        ("src/commit.rs", "mod tree;"),
        ("src/commit/tree.rs", "use super::super::sysroot;"),
        ("src/sysroot.rs", "use crate::Db; use crate::history;"),
    ];
    assert_eq!(
        check(&circle),
        ["a circle goes through commit, rpmdb, sysroot"]
    );
    assert_eq!(check(&circle[..3]), [""; 0]);
    let tests = [
        ("src/commit.rs", "#[cfg(test)] mod tests;"),
        (
            "src/commit/tests.rs",
            "use crate::transaction; fn f() { unsafe {} }",
        ),
        ("src/commit/tests/deep.rs", "use crate::transaction;"),
    ];
    assert_eq!(check(&tests), [""; 0]);
    let deep = [(
        "src/commit/a/mod.rs",
        "use super::super::super::transaction;",
    )];
    assert_eq!(check(&deep).len(), 1, "beyond the root");
    let deep = [(
        "src/commit/a/b.rs",
        "fn f() { super::super::super::transaction::g() }",
    )];
    assert_eq!(
        check(&deep),
        ["src/commit/a/b.rs:1: commit must not use transaction"]
    );
}

#[test]
fn what_is_not_public_is_found() {
    let library = Source::new(
        "src/lib.rs",
        "pub mod a; mod b; pub(crate) use b::C; pub use b::{D, E as F}; #[doc(hidden)] pub use b::G;",
    );
    let public = Found::in_source(&library).public_names();
    assert!(public.iter().eq(["D", "F", "a"]));
    let text = "use engine::{D, a::X, G}; fn f() { engine::E::new(); m!(engine::C); other::b(); }";
    let problems = check_outside(&Source::new("capi/src/lib.rs", text), "engine", &public);
    let expected = ["G", "E", "C"].map(|name| format!("capi/src/lib.rs:1: {name} is not public"));
    assert_eq!(problems, expected);
}
