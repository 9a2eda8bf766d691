//! Transactions from C++: every wish, plans, outcomes, errors, and how calls treat their callers.
#![allow(missing_docs, clippy::unwrap_used)]

extern crate engine as regraft;

#[path = "../../tests/support/mod.rs"]
mod beds;
mod support;

use beds::mini::{Bed, Client, run};
use beds::rpms::Rpm;
use regraft::{Base, Error, Job, Plan, Signature, Wishes};
use std::fmt::Write;
use std::process::Command;
use support::{Link, program};

/// A bed with packages that work, and packages that do not.
fn bed() -> (Bed, Client) {
    let bed = Bed::new();
    bed.extra(vec![
        Rpm::new("strace-6-1").program("/usr/bin/strace", b"strace"),
        Rpm::new("tool-2-1")
            .program("/usr/bin/tool", b"tool")
            .requires("library")
            .post("echo set up; echo yes > /usr/share/made"),
        Rpm::new("library-1-1").file("/usr/lib/library", "library"),
        Rpm::new("broken-1-1").requires("nowhere"),
        Rpm::new("clash-1-1").file("/usr/share/clash", "one"),
        Rpm::new("clash-too-1-1").file("/usr/share/clash", "two"),
        Rpm::new("slow-1-1").post("sleep 60"),
        Rpm::new("failing-1-1").post("echo no way; exit 3"),
    ]);
    let client = bed.client("client");
    (bed, client)
}

fn list(texts: &[String]) -> String {
    texts.iter().map(|text| format!(" {text}")).collect()
}

fn wishes(wishes: &Wishes) -> String {
    let flags = [
        wishes.upgrade,
        wishes.allow_downgrade,
        wishes.allow_inactive,
        wishes.idempotent,
        wishes.unsigned_packages,
    ];
    let flags: String = flags
        .iter()
        .map(|flag| if *flag { '1' } else { '0' })
        .collect();
    let lists = [
        &wishes.install,
        &wishes.uninstall,
        &wishes.remove_base,
        &wishes.reset_base,
        &wishes.kernel_arguments,
    ];
    let lists: Vec<String> = lists.map(|texts| list(texts)).into();
    format!("{flags}\n{}\n", lists.join("\n"))
}

fn or_dash(text: Option<impl ToString>) -> String {
    text.map_or("-".to_owned(), |text| text.to_string())
}

/// As `show(const Plan&)` prints it.
fn shown(plan: &Plan) -> String {
    use regraft::Reason;
    let mut text = String::new();
    for change in plan.changes() {
        let (reason, request, package) = match &change.reason {
            Reason::Requested(request) => (0, Some(request), None),
            Reason::RequiredBy(package) => (1, None, Some(package)),
            Reason::Removed => (4, None, None),
            Reason::Base => (6, None, None),
            other => panic!("{other} is not expected here"),
        };
        writeln!(
            text,
            "{change}|{}|{}|{}|{}|{}|{}|{reason}|{}|{}|{}",
            change.action,
            change.package,
            or_dash(change.from.as_ref()),
            or_dash(change.repo.as_ref()),
            change.download_size,
            change.installed_size,
            change.reason,
            or_dash(request),
            or_dash(package),
        )
        .unwrap();
    }
    for planned in plan.layered() {
        writeln!(
            text,
            "{}|{}|{}|{}|{}|{}|{}",
            planned.package,
            planned.repo,
            planned.location,
            or_dash(planned.base_url.as_ref()),
            planned.checksum,
            planned.size,
            u8::from(planned.cached),
        )
        .unwrap();
    }
    text += &wishes(plan.wishes());
    for base in [Some(plan.base()), plan.previous_base()]
        .into_iter()
        .flatten()
    {
        let version = base.version.as_ref().unwrap();
        let (checksum, time) = (&base.checksum, base.timestamp);
        writeln!(text, "{version} {checksum}|{checksum}|{time}").unwrap();
    }
    for (package, paths) in plan.dropped_paths() {
        writeln!(text, "{package}{}", list(paths)).unwrap();
    }
    writeln!(
        text,
        "{}|{}|{}|{}|{}|{}",
        plan.stateroot(),
        plan.refspec(),
        u8::from(plan.is_unchanged()),
        plan.state_digest(),
        plan.download_size(),
        plan.installed_size_change(),
    )
    .unwrap();
    text + &plan.to_string() + &plan.to_json() + "\n"
}

fn error_of(client: &Client, packages: &[&str]) -> Error {
    let result = client.change(|tx| {
        for package in packages {
            tx.install(*package);
        }
    });
    result.unwrap_err()
}

fn line(error: &Error) -> String {
    format!("{}: {error}\n", error.kind())
}

#[test]
fn wishes_plans_outcomes_and_errors_are_rusts() {
    let (bed, client) = bed();
    bed.renew_base();
    bed.compose();
    let before = client.sysroot.deployments().unwrap()[0].id();
    let mut all = client.sysroot.transaction(Base::Pending).unwrap();
    all.upgrade().install("a").uninstall("b").remove_base("c");
    all.reset_base("d").allow_downgrade().allow_inactive();
    all.idempotent().signatures(Signature::NotRequired);
    all.kernel_argument("quiet");
    let mut expected = wishes(all.wishes());
    let mut tx = client.sysroot.transaction(Base::Pending).unwrap();
    tx.upgrade().install("tool").remove_base("nano");
    expected += &shown(&tx.plan(&mut Job::new()).unwrap());

    let said = run(
        Command::new(program("tests/programs/transactions.cpp", Link::Shared)).arg(&client.path),
    );
    // The first deployment is the second one now.
    let deployments = client.sysroot.deployments().unwrap();
    let id = deployments[1].id();
    assert_eq!(deployments[0].id(), before);
    let rest = said.strip_prefix(&expected).unwrap_or_else(|| {
        panic!("expected:\n{expected}\nsaid:\n{said}");
    });
    let (outcome, rest) = rest.split_once('\n').unwrap();
    let objects = outcome
        .strip_prefix(&format!("deployed {id}|{id}|"))
        .unwrap();
    assert!(objects.parse::<u64>().unwrap() > 0);
    let mut expected = String::from(
        "tool-2-1.x86_64|post|set up\n| /usr/share/made\ntool-2-1.x86_64|sanity||\nnothing to do\n",
    );
    let missing = error_of(&client, &["no-such-package"]);
    expected += &format!("{}{}\n", line(&missing), missing.to_json());
    let broken = error_of(&client, &["broken"]);
    expected += &line(&broken);
    let Error::Unsolvable(problems) = broken else {
        panic!("{broken}");
    };
    for problem in problems {
        expected += &format!("{}{}\n", problem.explanation(), list(problem.suggestions()));
    }
    let clash = error_of(&client, &["clash", "clash-too"]);
    expected += &line(&clash);
    let Error::FileConflict(conflicts) = clash else {
        panic!("{clash}");
    };
    for conflict in conflicts {
        let (path, first) = (&conflict.path, or_dash(conflict.first.as_ref()));
        expected += &format!("{conflict}|{path}|{first}|{}\n", conflict.second);
    }
    let failing = error_of(&client, &["failing"]);
    expected += &line(&failing);
    expected += &format!("no way\n\ndeployed {before}\n");
    assert_eq!(rest, expected);
}

#[test]
fn calls_treat_their_callers_well() {
    let (_bed, client) = bed();
    let calls = program("tests/programs/calls.cpp", Link::Sanitized);
    assert_eq!(run(Command::new(calls).arg(&client.path)), "fine\n");
    assert_eq!(client.sysroot.deployments().unwrap().len(), 1);
}
