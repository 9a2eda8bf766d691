//! Values from C++ are those of Rust.
#![allow(missing_docs, clippy::unwrap_used)]

mod support;

use engine::{ErrorKind, Evr, Nevra, Origin, Phase, RepoConfig, Treefile, Variables};
use std::fmt::Write;
use std::process::Command;
use support::build::run;
use support::{Link, built, compiler, here, program};

/// The codes of the border, which Rust does not have.
const BORDER: [(i32, &str); 6] = [
    (1, "null-argument"),
    (2, "bad-utf8"),
    (3, "bad-enum"),
    (4, "panic"),
    (5, "in-use"),
    (6, "handle-spent"),
];

const VERSIONS: [&str; 17] = [
    "1.0", "2.0", "2.0.1a", "2.0.1", "5.5p1", "5.5p10", "1.0~rc1", "1.01", "1.0^git1", "10.1",
    "10.0001", "1:0.1", "9", "1-2", "1-10", "1.00", "3:1-1",
];

#[test]
fn values_are_rusts() {
    let mut expected = String::new();
    for (code, name) in BORDER {
        writeln!(expected, "{code} {name}").unwrap();
    }
    for kind in ErrorKind::ALL {
        writeln!(expected, "{} {kind}", kind as i32).unwrap();
    }
    for (code, phase) in Phase::ALL.into_iter().enumerate() {
        writeln!(expected, "{code} {phase}").unwrap();
    }
    let versions = VERSIONS.map(|text| text.parse::<Evr>().unwrap());
    for a in &versions {
        for b in &versions {
            let (order, less, equal) = (a.compare(b) as i32, u8::from(a < b), u8::from(a == b));
            writeln!(expected, "{a} {b} {order} {less}{equal}").unwrap();
        }
    }
    for text in ["", "git", "a-x:1-1.x"] {
        let error = text.parse::<Nevra>().unwrap_err();
        writeln!(expected, "{}: {error}\n{}", error.kind(), error.to_json()).unwrap();
    }
    expected += &origins();
    let variables = Variables::new().with("releasever", "9.4");
    let wrong = RepoConfig::parse("[x]\nenabled=1\n", "x.repo", &variables).unwrap_err();
    expected += &format!("updates: Updates for 9.4\n***\n{}: {wrong}\n", wrong.kind());
    let text = "ref: os/${basearch}/base\nrepos: [os]\npackages:\n  - bash coreutils\n\
                recommends: false\nreleasever: 41\nadd-commit-metadata: {a: [1, two]}\n";
    let treefile = Treefile::parse(text, "os.yaml", "x86_64").unwrap();
    let host = Treefile::host_basearch();
    let wrong = Treefile::parse("rojig: {}\n", "os.yaml", "x86_64").unwrap_err();
    let json = treefile.flattened_json();
    writeln!(expected, "{}", edited(treefile).flattened_json()).unwrap();
    expected += &format!("{json}\n{host}\n{}: {wrong}\n", wrong.kind());
    let said = run(&mut Command::new(program(
        "tests/programs/values.cpp",
        Link::Shared,
    )));
    assert_eq!(said, expected);
}

/// As `treefiles()` edits it.
fn edited(mut treefile: Treefile) -> Treefile {
    treefile.reference = Some("other".to_owned());
    treefile.packages = ["a", "b"].map(str::to_owned).into();
    treefile.exclude_packages = vec!["c".to_owned()];
    treefile.repos.clear();
    treefile.selinux = Some(false);
    treefile.recommends = None;
    treefile.documentation = Some(true);
    treefile.install_langs = vec!["en".to_owned()];
    treefile.no_initramfs = Some(true);
    treefile.tmp_is_dir = Some(true);
    treefile.units = vec!["u".to_owned()];
    treefile.default_target = Some("t".to_owned());
    treefile.machineid_compat = Some(false);
    treefile.releasever = None;
    treefile.automatic_version_prefix = Some("7".to_owned());
    treefile.postprocess_script = Some(engine::PostprocessScript {
        name: "s".to_owned(),
        content: b"x\xff".to_vec(),
    });
    let metadata = [("b".to_owned(), serde_json::json!({"c": null}))];
    treefile.add_commit_metadata = metadata.into();
    treefile
}

/// What `origins()` prints.
fn origins() -> String {
    let mut origin = Origin::parse("# kept\n[origin]\nrefspec=os:os/x86_64/base\n").unwrap();
    let local: Nevra = "l-1-1.noarch".parse().unwrap();
    let digest = "a".repeat(64);
    origin.add_requested("tmux");
    origin.add_requested_local(&digest, &local);
    origin.add_override_remove("nano");
    origin.add_override_replace("updates", "bash");
    origin.add_override_replace_local(&digest, &local);
    let mut text = origin.to_text();
    origin.remove_requested_local(&local);
    origin.reset_override_replace_local(&local);
    origin.reset_override_remove("nano");
    origin.reset_override_replace("bash");
    origin.clear_requested();
    origin.set_refspec("os:other");
    text += &origin.to_text();
    text += &Origin::new("a:b").to_text();
    text += &origin.without_transient().to_text();
    let error = Origin::parse("nothing").unwrap_err();
    format!("{text}{}: {error}\n", error.kind())
}

#[test]
fn each_header_compiles_alone() {
    let folder = here().join("../include/regraft");
    let mut headers: Vec<String> = folder
        .read_dir_utf8()
        .unwrap()
        .map(|entry| format!("regraft/{}", entry.unwrap().file_name()))
        .collect();
    headers.push("regraft.hpp".to_owned());
    assert!(headers.len() > 10);
    for header in headers {
        let mut compiler = compiler();
        compiler.args([
            "-fsyntax-only",
            "-include",
            &header,
            "-x",
            "c++",
            "/dev/null",
        ]);
        run(&mut compiler);
    }
    // And in the language after it.
    let mut compiler = compiler();
    compiler.args(["-std=c++20", "-fsyntax-only", "-include", "regraft.hpp"]);
    run(compiler.args(["-x", "c++", "/dev/null"]));
}

#[test]
fn every_bridge_has_its_header() {
    let generated = camino::Utf8Path::new(&built().made).join("cxxbridge/include/regraft/src");
    for entry in here().join("src").read_dir_utf8().unwrap() {
        let name = entry.unwrap().file_name().to_owned();
        let text = std::fs::read_to_string(here().join("src").join(&name)).unwrap();
        let expected = text.contains("#[cxx::bridge");
        assert_eq!(
            generated.join(format!("{name}.h")).exists(),
            expected,
            "{name}"
        );
    }
}

/// A panic must not get out, nor an error as a bare string: each function fills a failure, but for
/// those that look a name up.
#[test]
fn every_function_of_a_bridge_can_fail_well() {
    let mut functions = 0;
    for entry in here().join("src").read_dir_utf8().unwrap() {
        let path = entry.unwrap().into_path();
        let text = std::fs::read_to_string(&path).unwrap();
        let Some((_, bridge)) = text.split_once("extern \"Rust\" {") else {
            continue;
        };
        let (bridge, _) = bridge.split_once("\n    }\n").unwrap();
        for function in bridge.split("fn ").skip(1) {
            let (function, _) = function.split_once(';').unwrap();
            let infallible = function.contains("-> &'static str") || function.contains("() -> u32");
            let fills = function.contains("failure: &mut Failure");
            assert!(fills != infallible, "{path}: {function}");
            assert!(!function.contains("Result<"), "{path}: {function}");
            functions += 1;
        }
    }
    assert!(functions > 80, "{functions}");
}
