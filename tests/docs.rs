//! What `docs/` says is so: code is part of programs that the tests compile and run, links lead
//! somewhere, the table of errors is complete, and plans are as their schema says.
#![allow(clippy::unwrap_used)]

mod support;

use regraft::{Base, ErrorKind, Job};
use std::path::{Path, PathBuf};
use std::process::Command;
use support::mini::{Bed, run};
use support::rpms::Rpm;

/// Blocks that are drawings, and not code.
const DRAWING: &str = "text";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn pages() -> Vec<PathBuf> {
    let mut pages: Vec<PathBuf> = std::fs::read_dir(root().join("docs"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .collect();
    pages.sort();
    assert!(pages.len() > 5, "{pages:?}");
    pages
}

/// Lines without the white space that all of them begin with.
fn dedent(lines: &[&str]) -> String {
    let indent = lines
        .iter()
        .filter(|line| !line.trim().is_empty())
        .map(|line| line.len() - line.trim_start().len())
        .min()
        .unwrap_or(0);
    let cut = |line: &&str| line.get(indent..).unwrap_or_default().trim_end().to_owned();
    lines.iter().map(cut).collect::<Vec<_>>().join("\n")
}

/// Whether `block` is some lines of `file`, however far they are indented there.
fn is_part(block: &[&str], file: &str) -> bool {
    let wanted = dedent(block);
    let lines: Vec<&str> = file.lines().collect();
    lines
        .windows(block.len())
        .any(|window| dedent(window) == wanted)
}

#[test]
fn code_is_part_of_programs_that_run() {
    let mut wrong = Vec::new();
    let mut blocks = 0;
    for page in pages() {
        let text = std::fs::read_to_string(&page).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        let mut at = 0;
        while at < lines.len() {
            let Some(language) = lines[at].strip_prefix("```") else {
                at += 1;
                continue;
            };
            let end = at + 1 + lines[at + 1..].iter().position(|l| *l == "```").unwrap();
            let block = &lines[at + 1..end];
            let place = format!("{}:{}", page.display(), at + 1);
            let source = lines[at - 1]
                .strip_prefix("<!-- from ")
                .and_then(|rest| rest.strip_suffix(" -->"));
            match source {
                _ if language == DRAWING => {}
                None => wrong.push(format!("{place}: no line `<!-- from FILE -->` above it")),
                Some(source) => match std::fs::read_to_string(root().join(source)) {
                    Ok(file) if is_part(block, &file) => blocks += 1,
                    Ok(_) => wrong.push(format!("{place}: not in {source}")),
                    Err(error) => wrong.push(format!("{place}: {source}: {error}")),
                },
            }
            at = end + 1;
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(blocks > 3, "only {blocks} blocks of code");
}

#[test]
fn links_lead_somewhere() {
    let mut wrong = Vec::new();
    for page in pages() {
        let text = std::fs::read_to_string(&page).unwrap();
        let prose: Vec<&str> = text.split("```").step_by(2).collect();
        for link in prose.concat().split("](").skip(1) {
            let target = link.split(')').next().unwrap();
            let file = target.split('#').next().unwrap();
            let there = file.is_empty() || page.parent().unwrap().join(file).exists();
            if !target.contains("://") && !there {
                wrong.push(format!("{}: {target}", page.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_kind_of_error_is_explained() {
    let text = std::fs::read_to_string(root().join("docs/errors.md")).unwrap();
    for kind in ErrorKind::ALL {
        let row = format!("| `{kind}` | {} | ", kind as i32);
        assert_eq!(text.matches(&row).count(), 1, "{row}");
    }
    assert_eq!(text.matches("\n| `").count(), ErrorKind::ALL.len());
}

#[test]
fn plans_are_as_their_schema_says() {
    let bed = Bed::new();
    let client = bed.client("client");
    bed.extra(vec![Rpm::new("app-1-1").program("/usr/bin/app", b"")]);
    let mut tx = client.sysroot.transaction(Base::Pending).unwrap();
    tx.upgrade().install("app").remove_base("nano");
    let full = tx.plan(&mut Job::new()).unwrap();
    let mut tx = client.sysroot.transaction(Base::Pending).unwrap();
    tx.upgrade();
    let empty = tx.plan(&mut Job::new()).unwrap();
    let schema = root().join("docs/plan.schema.json");
    let folder = tempfile::tempdir().unwrap();
    let check = |text: &str| {
        let file = folder.path().join("plan.json");
        std::fs::write(&file, text).unwrap();
        Command::new("python3")
            .args(["-c", VALIDATE])
            .args([&schema, &file])
            .output()
            .unwrap()
    };
    for plan in [full.to_json(), empty.to_json()] {
        let output = check(&plan);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{said}\n{plan}");
        // Nothing is in a plan that the schema does not know.
        let extra = plan.replacen('{', "{\"surprise\": 1,", 1);
        assert!(!check(&extra).status.success());
        let other = plan.replacen("\"schema\"", "\"scheme\"", 1);
        assert!(!check(&other).status.success());
    }
    run(Command::new("python3").args(["-c", "import jsonschema"]));
}

/// Every object of the schema is closed here, though programs must expect more keys.
const VALIDATE: &str = "
import json, sys, jsonschema
schema, plan = (json.load(open(name)) for name in sys.argv[1:])
jsonschema.Draft7Validator.check_schema(schema)
def close(node):
    if isinstance(node, dict):
        if 'properties' in node: node['additionalProperties'] = False
        for value in node.values(): close(value)
    elif isinstance(node, list):
        for value in node: close(value)
close(schema)
jsonschema.Draft7Validator(schema).validate(plan)
";
