//! The first program that people read: it is in README.md as it is, and works.

mod support;

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
    // As for a run of all tests, so that nothing is built again then.
    run(Command::new(env!("CARGO"))
        .args([
            "build",
            "--quiet",
            "--workspace",
            "--example=stage",
            "--test=examples",
        ])
        .current_dir(env!("CARGO_MANIFEST_DIR")));
    let own = std::env::current_exe().unwrap();
    let folder = own.parent().and_then(std::path::Path::parent).unwrap();
    let said = run(Command::new(folder.join("examples/stage")).arg(&client.path));
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

#[test]
fn the_readme_shows_the_first_program_as_it_is() {
    let read = |path: &str| {
        std::fs::read_to_string(format!("{}/{path}", env!("CARGO_MANIFEST_DIR"))).unwrap()
    };
    let program = read("examples/stage.rs");
    let code = &program[program.find("use regraft").unwrap()..];
    assert!(read("README.md").contains(&format!("```rust\n{code}```\n")));
}
