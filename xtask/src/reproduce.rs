//! `cargo xtask reproduce`: the same transaction in two fresh sysroots, one after the other, gives
//! the same tree; each path that differs is named, with the script that wrote it.

use crate::demo::{Demo, LAYERED, prepare};
use crate::run;
use crate::steps::Steps;
use anyhow::{Context, Result, bail};
use std::collections::BTreeMap;
use std::process::{Command, ExitCode};
use std::thread;
use std::time::Duration;

/// Longer than any clock in a file is precise.
const PAUSE: Duration = Duration::from_secs(3);

pub(crate) fn run() -> Result<ExitCode> {
    let mut steps = Steps::new();
    let done = all_steps(&mut steps);
    println!("\n{steps}");
    Ok(match done {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

fn all_steps(steps: &mut Steps) -> bool {
    let Some(os) = prepare(steps) else {
        return false;
    };
    let mut demo = None;
    let composed = steps.run("compose the base", || {
        let new = Demo::new(&os, false)?;
        new.compose(&["realos"])?;
        demo = Some(new);
        Ok(String::new())
    });
    let Some(mut demo) = demo.filter(|_| composed) else {
        return false;
    };
    let mut results = Vec::new();
    for name in ["first", "second"] {
        let done = steps.run(&format!("{name}: layer {}", LAYERED.join(" ")), || {
            demo.set_client(name);
            demo.client()?;
            demo.deploy()?;
            results.push(Layered::make(&demo)?);
            thread::sleep(PAUSE);
            Ok(String::new())
        });
        if !done {
            return false;
        }
    }
    steps.run("compare", || {
        let [first, second] = &results[..] else {
            bail!("there are no two trees");
        };
        compare(first, second)
    })
}

/// A layered tree, and which script wrote what in it.
struct Layered {
    root: String,
    paths: BTreeMap<String, String>,
    written_by: BTreeMap<String, String>,
}

impl Layered {
    fn make(demo: &Demo<'_>) -> Result<Layered> {
        let text = run::output(demo.regraft().args(["--json", "install"]).args(LAYERED))?;
        let outcome: serde_json::Value = serde_json::from_str(&text)?;
        let id = outcome["id"].as_str().context("nothing was deployed")?;
        let checksum = id
            .rsplit_once('-')
            .and_then(|(_, rest)| rest.split_once('.'))
            .context("the deployment's name has no checksum")?
            .0;
        let mut written_by = BTreeMap::new();
        for script in outcome["scripts"].as_array().into_iter().flatten() {
            let name = format!("{} %{}", script["package"], script["script"]);
            for path in script["written"].as_array().into_iter().flatten() {
                let path = path.as_str().unwrap_or_default().to_owned();
                written_by.insert(path, name.replace('"', ""));
            }
        }
        let listing = run::output(
            Command::new("ostree")
                .args(["ls", "-R", "-C", "-X"])
                .arg(format!("--repo={}", demo.repo()))
                .arg(checksum),
        )?;
        let mut paths = BTreeMap::new();
        for line in listing.lines() {
            if let Some(start) = line.find(" /") {
                let (facts, path) = line.split_at(start);
                paths.insert(path.trim().to_owned(), facts.to_owned());
            }
        }
        let root = paths.get("/").cloned().context("the tree has no root")?;
        Ok(Layered {
            root,
            paths,
            written_by,
        })
    }
}

fn compare(first: &Layered, second: &Layered) -> Result<String> {
    if first.root == second.root {
        return Ok(format!("{} paths, all equal", first.paths.len()));
    }
    let all: std::collections::BTreeSet<&String> =
        first.paths.keys().chain(second.paths.keys()).collect();
    let mut count = 0;
    for path in all {
        let (one, two) = (first.paths.get(path), second.paths.get(path));
        // A directory differs where something in it does.
        let directory = one.or(two).is_some_and(|facts| facts.starts_with('d'));
        if one == two || directory {
            continue;
        }
        let writer = first.written_by.get(path).or(second.written_by.get(path));
        println!(
            "{path}: {}",
            writer.map_or("no script", |writer| writer.as_str())
        );
        count += 1;
    }
    bail!("{count} paths differ")
}
