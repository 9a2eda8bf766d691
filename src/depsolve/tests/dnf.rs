//! The same requests over CentOS Stream 9's metadata, solved here and by dnf.

use crate::depsolve::{Goal, Weak, solve};
use crate::error::Error;
use crate::sys::solv::{Pool, RepositoryFiles};
use camino::{Utf8Path, Utf8PathBuf};
use serde_json::{Value, json};
use std::io::Write;
use std::process::{Command, Stdio};

const ARCH: &str = "x86_64";

/// Requests, and packages excluded.
const CASES: [(&[&str], &[&str]); 36] = [
    (&["bash"], &[]),
    (&["vim-enhanced"], &[]),
    (&["httpd"], &[]),
    (&["nginx"], &[]),
    (&["git"], &[]),
    (&["gcc"], &[]),
    (&["gcc-c++", "make"], &[]),
    (&["podman"], &[]),
    (&["kernel"], &[]),
    (&["NetworkManager", "dnf"], &[]),
    (&["systemd", "dracut"], &[]),
    (&["java-17-openjdk"], &[]),
    (&["mariadb-server"], &[]),
    (&["postgresql-server"], &[]),
    (&["php"], &[]),
    (&["cockpit"], &[]),
    (&["firefox"], &[]),
    (&["gnome-shell"], &[]),
    (&["libvirt"], &[]),
    (&["ansible-core"], &[]),
    (&["selinux-policy-targeted"], &[]),
    (&["langpacks-de"], &[]),
    (&["webserver"], &[]),
    (&["/usr/bin/python3"], &[]),
    (&["/usr/bin/perl"], &[]),
    (&["/usr/share/zoneinfo/UTC"], &[]),
    (&["perl(strict)"], &[]),
    (&["libc.so.6(GLIBC_2.28)"], &[]),
    (&["glibc >= 2.30"], &[]),
    (&["glibc.i686"], &[]),
    (&["glibc.*"], &[]),
    (&["bash*"], &[]),
    (&["389-ds-base-2.5.1-1.el9.x86_64"], &[]),
    (&["httpd-tools", "mod_ssl", "curl"], &["*-doc"]),
    (&["gcc"], &["glibc-devel"]),
    (&["no-such-package"], &[]),
];

#[test]
fn the_answers_are_dnfs() {
    let Some(repositories) = centos() else {
        return;
    };
    let work = tempfile::tempdir().unwrap();
    let work = Utf8Path::from_path(work.path()).unwrap();
    let mut expected = Vec::new();
    for weak in [true, false] {
        for (requests, exclude) in CASES {
            expected.push(json!({ "install": requests, "weak": weak, "exclude": exclude }));
        }
    }
    let answers = ask(&json!({
        "arch": ARCH,
        "work": work,
        "repos": repositories.iter().map(|files| json!({
            "id": files.id,
            "path": files.primary.ancestors().nth(2).unwrap(),
            "priority": files.priority,
            "cost": files.cost,
        })).collect::<Vec<_>>(),
        "cases": expected,
    }));
    let mut pool = Pool::new(ARCH).unwrap();
    pool.add_repositories(&repositories, None).unwrap();
    let (mut wrong, mut solved) = (Vec::new(), 0);
    for (case, answer) in expected.iter().zip(&answers) {
        let found = own_answer(&mut pool, case);
        solved += usize::from(found.is_array());
        if !same(&found, answer) {
            wrong.push(difference(case, &found, answer));
        }
    }
    // The two repositories are of different days: some requests have no answer, here and there.
    assert_eq!(solved, 56);
    assert!(
        wrong.is_empty(),
        "{} differ:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

fn own_answer(pool: &mut Pool, case: &Value) -> Value {
    let texts = |key: &str| -> Vec<String> { serde_json::from_value(case[key].clone()).unwrap() };
    let goal = Goal {
        install: texts("install"),
        exclude: texts("exclude"),
        weak: match case["weak"] == json!(true) {
            true => Weak::On,
            false => Weak::Off,
        },
        ..Goal::default()
    };
    match solve(pool, &goal) {
        Ok(solution) => {
            let mut packages: Vec<String> = solution
                .steps
                .iter()
                .map(|step| pool.nevra(step.package).to_string())
                .collect();
            packages.sort();
            json!(packages)
        }
        Err(Error::NotFound { name, .. }) => json!({ "error": "MarkingError", "text": name }),
        Err(Error::Unsolvable(problems)) => {
            let text = problems
                .iter()
                .map(|one| one.explanation())
                .collect::<Vec<_>>();
            json!({ "error": "DepsolveError", "text": text.join("; ") })
        }
        Err(error) => panic!("{case}: {error}"),
    }
}

/// Sets exactly, errors by their kind.
fn same(found: &Value, answer: &Value) -> bool {
    match (found.get("error"), answer.get("error")) {
        (Some(found), Some(answer)) => {
            found == answer || (found == "MarkingError" && answer == "PackageNotFoundError")
        }
        _ => found == answer,
    }
}

fn difference(case: &Value, found: &Value, answer: &Value) -> String {
    let set = |value: &Value| -> std::collections::BTreeSet<String> {
        value
            .as_array()
            .map(|list| {
                list.iter()
                    .map(|one| one.as_str().unwrap().to_owned())
                    .collect()
            })
            .unwrap_or_default()
    };
    let (ours, theirs) = (set(found), set(answer));
    format!(
        "{case}: only here {:?}, only dnf {:?}, errors {:?} and {:?}",
        ours.difference(&theirs).collect::<Vec<_>>(),
        theirs.difference(&ours).collect::<Vec<_>>(),
        found.get("text"),
        answer.get("text"),
    )
}

fn ask(question: &Value) -> Vec<Value> {
    let mut child = Command::new("/usr/bin/python3")
        .arg("-c")
        .arg(include_str!("../referee.py"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(question.to_string().as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "dnf's python bindings failed");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// CentOS Stream 9's AppStream and BaseOS, when the test data are there.
pub(super) fn centos() -> Option<Vec<RepositoryFiles>> {
    let folder = Utf8Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/testdata/repodata");
    let folders = [
        (
            "appstream",
            "osbuild-centos-stream9/test/data/testrepos/appstream",
        ),
        ("baseos", "osbuild-images-baseos/test/data/testrepo"),
    ];
    let mut repositories = Vec::new();
    for (id, path) in folders {
        let Ok(repodata) = folder.join(path).join("repodata").canonicalize_utf8() else {
            assert!(std::env::var_os("CI").is_none(), "{path} is missing");
            eprintln!("left out: {path} is missing");
            return None;
        };
        repositories.push(files_in(id, &repodata));
    }
    Some(repositories)
}

/// The metadata files in a folder, told apart by their names.
pub(super) fn files_in(id: &str, repodata: &Utf8Path) -> RepositoryFiles {
    let named = |part: &str| -> Option<Utf8PathBuf> {
        repodata
            .read_dir_utf8()
            .unwrap()
            .map(|entry| entry.unwrap().into_path())
            .find(|path| path.file_name().unwrap().contains(part))
    };
    RepositoryFiles {
        filelists: named("filelists.xml"),
        checksum: "cafe".to_owned(),
        ..RepositoryFiles::new(id, named("primary.xml").unwrap())
    }
}
