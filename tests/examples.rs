//! The first program that people read: it is in README.md as it is, and works.
#![allow(clippy::unwrap_used)]

mod support;

use std::path::{Path, PathBuf};
use std::process::Command;
use support::mini::{Bed, run};
use support::rpms::Rpm;

#[test]
fn the_first_program_upgrades_layers_and_removes() {
    let bed = Bed::new();
    bed.extra(vec![Rpm::new("strace-6-1").program("/usr/bin/strace", b"")]);
    let client = bed.client("client");
    bed.renew_base();
    let composed = bed.compose();
    let said = run(Command::new(example("stage")).arg(&client.path));
    let deployment = &client.sysroot.deployments().unwrap()[0];
    assert_eq!(deployment.base_checksum(), composed.checksum);
    assert!(client.root().join("usr/bin/strace").exists());
    assert!(!client.root().join("usr/bin/nano").exists());
    let last = said.lines().last().unwrap();
    assert_eq!(last, format!("deployed {}", deployment.id()));
    for word in [
        "install",
        "strace-6-1",
        "remove",
        "nano-1-1",
        "removal requested",
    ] {
        assert!(said.contains(word), "{said}");
    }
}

/// Builds an example; answers where its program is.
fn example(name: &str) -> PathBuf {
    // As for a run of all tests, so that nothing is built again then.
    run(Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--workspace", "--test=examples"])
        .args(["--example", name])
        .current_dir(env!("CARGO_MANIFEST_DIR")));
    let own = std::env::current_exe().unwrap();
    let folder = own.parent().and_then(Path::parent).unwrap();
    folder.join("examples").join(name)
}

#[test]
fn the_agent_layers_and_explains_what_it_cannot() {
    let bed = Bed::new();
    bed.extra(vec![
        Rpm::new("app-1-1").program("/usr/bin/app", b""),
        Rpm::new("broken-1-1").requires("nothing-has-this"),
    ]);
    let client = bed.client("client");
    let plan = client.path.join("plan.json");
    let agent = example("agent");
    let said = run(Command::new(&agent).args([&client.path, &plan]).arg("app"));
    let deployment = &client.sysroot.deployments().unwrap()[0];
    assert_eq!(said, format!("deployed {}\n", deployment.id()));
    assert_eq!(deployment.packages(), ["app"]);
    let again = run(Command::new(&agent).args([&client.path, &plan]).arg("app"));
    assert_eq!(again, "nothing to do\n");
    let output = Command::new(&agent)
        .args([&client.path, &plan])
        .arg("broken")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("nothing-has-this"), "{said}");
}

#[test]
fn the_readme_shows_the_first_program_as_it_is() {
    let read = |path: &str| {
        std::fs::read_to_string(format!("{}/{path}", env!("CARGO_MANIFEST_DIR"))).unwrap()
    };
    let program = read("examples/stage.rs");
    let code = &program[program.find("use regraft").unwrap()..];
    assert!(read("README.md").contains(&format!("```rust\n{code}```\n")));
}
