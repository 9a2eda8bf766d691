//! The named places of the library's own (`src/sys/failpoint.rs`).

use super::scene::{Kind, Scene};
use super::tracer::Answer;
use regraft::failpoints::{self, Action};
use std::collections::BTreeSet;
use std::sync::Mutex;

/// At which place the child is to end, and how.
const POINT: &str = "REGRAFT_TEST_POINT";
const ACTION: &str = "REGRAFT_TEST_ACTION";

/// In the child: what the parent wants.
pub(crate) fn arm() {
    let (Ok(point), Ok(action)) = (std::env::var(POINT), std::env::var(ACTION)) else {
        return;
    };
    let action = match action.as_str() {
        "kill" => Action::Kill,
        _ => Action::Fail,
    };
    failpoints::arm(&point, action);
}

/// The places to which a call comes.
fn reached(scene: &Scene) -> BTreeSet<String> {
    let disk = scene.restore("client");
    let ended = scene.start(&disk.point, &[]).run(|_| Answer::Go);
    let line = ended
        .output
        .lines()
        .find_map(|line| line.strip_prefix("reached: "));
    let line = line.unwrap_or_else(|| panic!("{}", ended.output));
    line.split(' ').map(str::to_owned).collect()
}

/// What holds after `action` at each of these places.
fn disturb(scene: &Scene, names: &BTreeSet<String>, action: &str) -> Vec<String> {
    let todo = Mutex::new(names.iter());
    let bad = Mutex::new(Vec::new());
    let work = |worker: usize| {
        loop {
            let Some(name) = todo.lock().unwrap().next() else {
                return;
            };
            let disk = scene.restore(&format!("client-{worker}"));
            let set = [(POINT, name.as_str()), (ACTION, action)];
            let ended = scene.start(&disk.point, &set).run(|_| Answer::Go);
            let killed = ended.status.code().is_none();
            let problem = match killed == (action == "kill") {
                true => scene.judge(&ended, &disk.point).err(),
                false => Some(format!("{}: {}", ended.status, ended.output)),
            };
            if let Some(problem) = problem {
                let text = format!("{} at {name}: {action}: {problem}", scene.kind.name());
                eprintln!("BAD {text}");
                bad.lock().unwrap().push(text);
            }
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(|| work(0));
        scope.spawn(|| work(1));
    });
    bad.into_inner().unwrap()
}

#[test]
fn a_kill_at_each_named_place() {
    at_each_named_place("kill");
}

#[test]
#[ignore = "half a minute more"]
fn an_error_at_each_named_place() {
    at_each_named_place("fail");
}

fn at_each_named_place(action: &str) {
    let mut missing: BTreeSet<String> = failpoints::names()
        .iter()
        .map(|name| (*name).to_owned())
        .collect();
    assert_eq!(
        missing.len(),
        failpoints::names().len(),
        "two have one name"
    );
    let mut bad = Vec::new();
    let mut count = 0;
    for kind in [Kind::Layer, Kind::Upgrade, Kind::Rollback] {
        let scene = Scene::new(kind);
        let reached = reached(&scene);
        let new: BTreeSet<String> = missing.intersection(&reached).cloned().collect();
        bad.extend(disturb(&scene, &new, action));
        count += new.len();
        missing.retain(|name| !new.contains(name));
    }
    eprintln!("{count} named places, {action} at each, {} bad", bad.len());
    assert!(missing.is_empty(), "nothing comes to {missing:?}");
    assert!(bad.is_empty(), "{bad:#?}");
}
