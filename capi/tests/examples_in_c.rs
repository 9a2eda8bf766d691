//! The examples of all languages do and say the same on real sysroots.
#![allow(missing_docs, clippy::unwrap_used)]

// The library's own name, by which the shared support knows it.
extern crate engine as regraft;

#[path = "support/build.rs"]
mod build;
#[path = "support/program.rs"]
#[allow(dead_code, reason = "each test binary uses a part")]
mod program;
#[path = "../../tests/support/mod.rs"]
#[allow(missing_docs)]
mod support;

use camino::{Utf8Path, Utf8PathBuf};
use program::{Library, Net};
use std::process::{Command, Output};
use support::mini::{Bed, Client, run};
use support::rpms::Rpm;

/// The programs `examples/NAME`, of which `NAME.c` is under the net that the run is about.
struct Examples {
    name: &'static str,
    c: Library,
    plain: Library,
}

impl Examples {
    fn new(name: &'static str) -> Examples {
        Examples {
            name,
            c: Library::new(),
            plain: Library::under(Net::Plain),
        }
    }

    /// One run on a sysroot for each language.
    fn commands(&self) -> [(&'static str, Command); 3] {
        let folder = Utf8Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples");
        let program = self
            .c
            .compile(&format!("../examples/{}.c", self.name), "c99");
        // With Python's interpreter the library is loaded late, which no net is made for.
        let mut python = self.plain.command("python3".into());
        python.arg(folder.join(format!("{}.py", self.name)));
        [
            ("rust", Command::new(rust(self.name))),
            ("c", self.c.command(&program)),
            ("python", python),
        ]
    }
}

/// Builds an example in Rust.
fn rust(name: &str) -> Utf8PathBuf {
    // As for a run of all tests, so that nothing is built again then.
    run(Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--workspace", "--test=header"])
        .args(["--example", name])
        .current_dir(env!("CARGO_MANIFEST_DIR")));
    let target = Utf8Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    target.join("debug/examples").join(name)
}

fn bed() -> Bed {
    let bed = Bed::new();
    bed.extra(vec![
        Rpm::new("strace-6-1").program("/usr/bin/strace", b""),
        // Long enough for somebody to press a button.
        Rpm::new("slow-1-1")
            .file("/usr/share/slow", "x")
            .requires("/bin/sh")
            .post("sleep 5"),
    ]);
    bed
}

fn said(output: &Output) -> (Option<i32>, String, String) {
    (
        output.status.code(),
        String::from_utf8(output.stdout.clone()).unwrap(),
        String::from_utf8(output.stderr.clone()).unwrap(),
    )
}

#[test]
fn stage_says_and_does_the_same_in_each_language() {
    let bed = bed();
    let examples = Examples::new("stage");
    let commands = examples.commands();
    let clients = commands.each_ref().map(|(name, _)| bed.client(name));
    bed.renew_base();
    let composed = bed.compose();
    let mut all = Vec::new();
    for ((language, mut command), client) in commands.into_iter().zip(&clients) {
        let said = run(command.arg(&client.path));
        let deployment = &client.sysroot.deployments().unwrap()[0];
        assert_eq!(deployment.base_checksum(), composed.checksum, "{language}");
        assert_eq!(deployment.packages(), ["strace"], "{language}");
        let last = format!("deployed {}\n", deployment.id());
        let plan = said.strip_suffix(&last);
        all.push(plan.expect("the outcome is last").to_owned());
        assert!(all[0].contains("strace-6-1"), "{language}: {said}");
        assert_eq!(all.last(), all.first(), "{language}");
    }
}

#[test]
fn status_says_the_same_in_each_language() {
    let bed = bed();
    let client = bed.client("client");
    client
        .change(|tx| {
            tx.install("strace").remove_base("nano");
        })
        .unwrap();
    let deployments = client.sysroot.deployments().unwrap();
    let nevra = deployments[0].removed_base_packages()[0].to_string();
    let expected = format!(
        "  {}\n    follows mini:mini/x86_64/base, version {}\n    layered strace\n    without {nevra}\n\
         \x20 {}\n    follows mini:mini/x86_64/base, version {}\n",
        deployments[0].id(),
        deployments[0].version().unwrap(),
        deployments[1].id(),
        deployments[1].version().unwrap(),
    );
    for (language, mut command) in Examples::new("status").commands() {
        let said = run(command.arg(&client.path));
        assert_eq!(said, expected, "{language}");
    }
}

#[test]
fn what_fails_is_told_in_each_language() {
    for name in ["stage", "status"] {
        for (language, mut command) in Examples::new(name).commands() {
            let (status, out, error) = said(&command.arg("/nowhere").output().unwrap());
            assert_eq!(
                (status, &*out),
                (Some(1), ""),
                "{name}, {language}: {error}"
            );
            assert!(error.contains("/nowhere"), "{name}, {language}: {error}");
            if language != "rust" {
                assert!(
                    error.starts_with("not-found: "),
                    "{name}, {language}: {error}"
                );
            }
        }
    }
}

/// Runs `examples/event-loop.c`.
fn event_loop(client: &Client, arguments: &[&str]) -> (Option<i32>, String, String) {
    let flags = run(Command::new("pkg-config").args(["--cflags", "--libs", "glib-2.0"]));
    let flags: Vec<&str> = flags.split_whitespace().collect();
    let library = Library::new();
    let program = library.compile_with("../examples/event-loop.c", "c99", &flags);
    let mut command = library.command(&program);
    said(&command.arg(&client.path).args(arguments).output().unwrap())
}

#[test]
fn an_event_loop_shows_a_stage_and_cancels_it() {
    let bed = bed();
    let client = bed.client("client");
    let before = client.state();
    let (status, said, error) = event_loop(&client, &["slow", "cancel"]);
    assert_eq!(status, Some(1), "{said}{error}");
    assert_eq!(client.state(), before);
    assert_eq!(said.lines().count(), 1, "{said}");

    let (status, said, error) = event_loop(&client, &["strace"]);
    assert_eq!(status, Some(0), "{said}{error}");
    let deployment = &client.sysroot.deployments().unwrap()[0];
    assert_eq!(said, format!("deployed {}\n", deployment.id()));
    assert!(error.contains("% graft"), "{error}");
}
