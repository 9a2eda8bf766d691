//! Small repositories: each rule by itself.

use crate::depsolve::{
    Downgrade, Goal, Installed, Solution, Weak, order, provided_by_installed, solve,
};
use crate::error::{Error, ErrorKind, Result};
use crate::sys::solv::tests::mini::{self, package, pool};
use crate::sys::solv::{Pool, RepositoryFiles};
use camino::Utf8Path;

fn install(requests: &[&str]) -> Goal {
    Goal {
        install: requests.iter().map(|&text| text.to_owned()).collect(),
        ..Goal::default()
    }
}

/// Each step as `ACTION PACKAGE [from EVR]: REASON`.
fn told(pool: &Pool, solution: &Solution) -> Vec<String> {
    let line = |step: &crate::depsolve::Step| {
        let from = step.from.map(|id| format!(" from {}", pool.nevra(id).evr));
        format!(
            "{} {}{}: {}",
            step.action,
            pool.nevra(step.package),
            from.unwrap_or_default(),
            step.reason
        )
    };
    solution.steps.iter().map(line).collect()
}

fn answer(pool: &mut Pool, goal: &Goal) -> Result<Vec<String>> {
    solve(pool, goal).map(|solution| told(pool, &solution))
}

fn problems(pool: &mut Pool, goal: &Goal) -> Vec<(String, Vec<String>)> {
    match solve(pool, goal) {
        Err(Error::Unsolvable(problems)) => problems
            .iter()
            .map(|one| (one.explanation().to_owned(), one.suggestions().to_vec()))
            .collect(),
        other => panic!("{other:?}"),
    }
}

const BASE: [&str; 3] = [
    "glibc-2-1.x86_64 provides:libc.so.6 file:/usr/lib/libc.so.6",
    "bash-5-1.x86_64 requires:libc.so.6 file:/usr/bin/bash",
    "old-1-1.x86_64",
];

#[test]
fn what_is_needed_and_recommended_comes_with_its_reason() {
    let mut pool = pool(
        &BASE,
        &[
            "app-1-1.x86_64 requires:libx.so.1 requires:libc.so.6 recommends:docs",
            "app-2-1.x86_64 requires:libx.so.1 requires:/usr/bin/bash recommends:docs",
            "libx-1-1.x86_64 provides:libx.so.1 requires:(liby_if_bash)",
            "liby-1-1.x86_64",
            "docs-1-1.noarch requires:viewer",
            "viewer-1-1.noarch",
            "theme-1-1.noarch supplements:(app_and_libx)",
        ],
    );
    let needed = [
        "install app-2-1.x86_64: requested: app",
        "install libx-1-1.x86_64: required by app",
        "install liby-1-1.x86_64: required by libx",
    ];
    let mut goal = install(&["app"]);
    goal.weak = Weak::Off;
    assert_eq!(answer(&mut pool, &goal).unwrap(), needed);
    goal.weak = Weak::On;
    assert_eq!(
        answer(&mut pool, &goal).unwrap(),
        [
            needed[0],
            "install docs-1-1.noarch: recommended by app",
            needed[1],
            needed[2],
            "install theme-1-1.noarch: recommended by app",
            "install viewer-1-1.noarch: required by docs",
        ]
    );
    let solution = solve(&mut pool, &goal).unwrap();
    let ordered = order(&mut pool, &solution.steps).unwrap();
    let names: Vec<&str> = ordered.iter().map(|id| pool.name(*id)).collect();
    let place = |name: &str| names.iter().position(|one| *one == name).unwrap();
    assert_eq!(names.len(), 6);
    assert!(
        place("liby") < place("libx") && place("libx") < place("app"),
        "{names:?}"
    );
    assert!(place("viewer") < place("docs"), "{names:?}");
}

#[test]
fn a_request_is_read_as_dnf_reads_it() {
    let available = [
        "foo-1-1.x86_64 provides:cap=1 file:/usr/bin/foo",
        "foo-1:2-1.x86_64 provides:cap=2 file:/usr/bin/foo",
        "foo-1:2-1.i686 provides:cap=2",
        "foo-tools-1-1.noarch",
        "foo-src-1-1.src",
    ];
    let best = "foo-1:2-1.x86_64";
    let table: [(&str, &[&str]); 11] = [
        ("foo", &[best]),
        ("foo.i686", &["foo-1:2-1.i686"]),
        ("foo-1", &["foo-1-1.x86_64"]),
        ("foo-1-1", &["foo-1-1.x86_64"]),
        ("foo-0:1-1.x86_64", &["foo-1-1.x86_64"]),
        ("foo-2", &[best]),
        ("cap", &[best]),
        ("cap < 2", &["foo-1-1.x86_64"]),
        ("/usr/bin/foo", &[best]),
        ("foo*", &[best, "foo-tools-1-1.noarch"]),
        ("foo.*", &["foo-1:2-1.i686", best]),
    ];
    for (request, expected) in table {
        let mut pool = pool(&BASE, &available);
        let solution = solve(&mut pool, &install(&[request])).unwrap();
        let found: Vec<String> = solution
            .steps
            .iter()
            .map(|step| pool.nevra(step.package).to_string())
            .collect();
        assert_eq!(found, expected, "{request}");
    }
    let mut pool = pool(&BASE, &available);
    let error = solve(&mut pool, &install(&["nope", "foo", "foo-src", "/nope"])).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    let text = error.to_string();
    assert!(text.contains("/nope, foo-src, nope"), "{text}");
}

#[test]
fn the_base_meets_requests() {
    let mut pool = pool(&BASE, &["bash-6-1.x86_64"]);
    for (request, expected) in [
        ("bash", Some("bash-5-1.x86_64")),
        ("libc.so.6", Some("glibc-2-1.x86_64")),
        ("/usr/bin/bash", Some("bash-5-1.x86_64")),
        ("/usr/lib/libc.so.6", Some("glibc-2-1.x86_64")),
        ("bash-6", None),
        ("zsh", None),
    ] {
        let found = provided_by_installed(&mut pool, request).unwrap();
        assert_eq!(
            found.map(|one| one.to_string()).as_deref(),
            expected,
            "{request}"
        );
    }
    assert_eq!(answer(&mut pool, &install(&["bash"])).unwrap(), [""; 0]);
}

#[test]
fn problems_are_told_in_words() {
    let available = [
        "broken-1-1.x86_64 requires:libnone.so.1",
        "newer-1-1.x86_64 requires:bash>=6",
        "bash-6-1.x86_64",
        "hater-1-1.x86_64 conflicts:old",
        "replacer-1-1.x86_64 obsoletes:old<2",
        "a-1-1.x86_64 conflicts:b",
        "b-1-1.x86_64",
    ];
    let table: [(&[&str], &str, &[&str]); 5] = [
        (
            &["broken"],
            "nothing provides libnone.so.1 needed by broken-1-1.x86_64",
            &["do not install broken"],
        ),
        (
            &["newer"],
            "newer-1-1.x86_64 requires bash >= 6, but no provider can be installed, \
             bash-6-1.x86_64 and bash-5-1.x86_64 cannot be installed together, \
             bash-5-1.x86_64 belongs to the base",
            &[
                "do not install newer",
                "override bash-5-1.x86_64 of the base (replace or remove it)",
            ],
        ),
        (
            &["hater"],
            "hater-1-1.x86_64 conflicts with old provided by old-1-1.x86_64, \
             old-1-1.x86_64 belongs to the base",
            &[
                "do not install hater",
                "override old-1-1.x86_64 of the base (replace or remove it)",
            ],
        ),
        (
            &["replacer"],
            "replacer-1-1.x86_64 obsoletes old < 2 provided by old-1-1.x86_64, \
             old-1-1.x86_64 belongs to the base",
            &[
                "do not install replacer",
                "override old-1-1.x86_64 of the base (replace or remove it)",
            ],
        ),
        (
            &["a", "b"],
            "a-1-1.x86_64 conflicts with b provided by b-1-1.x86_64",
            &["do not install a", "do not install b"],
        ),
    ];
    for (requests, explanation, suggestions) in table {
        let mut pool = pool(&BASE, &available);
        let mut found = problems(&mut pool, &install(requests));
        assert_eq!(found.len(), 1, "{requests:?}");
        let (text, mut ways) = found.remove(0);
        assert_eq!(text, explanation, "{requests:?}");
        ways.sort();
        assert_eq!(ways, suggestions, "{requests:?}");
    }
}

#[test]
fn the_base_is_overridden_on_request() {
    let available = [
        "bash-4-1.x86_64 requires:libc.so.6",
        "replacer-1-1.x86_64 obsoletes:old<2",
    ];
    let mut one = pool(&BASE, &available);
    let mut goal = Goal {
        remove: vec!["old".to_owned()],
        ..Goal::default()
    };
    assert_eq!(
        answer(&mut one, &goal).unwrap(),
        ["remove old-1-1.x86_64: removal requested"]
    );
    goal.remove = vec!["glibc".to_owned()];
    let (text, ways) = problems(&mut one, &goal).remove(0);
    assert_eq!(
        text,
        "bash-5-1.x86_64 requires libc.so.6, but no provider can be installed, \
         bash-5-1.x86_64 is installed and must stay, glibc-2-1.x86_64 is to be removed"
    );
    assert!(
        ways.contains(&"do not remove glibc-2-1.x86_64".to_owned()),
        "{ways:?}"
    );
    goal.remove = vec!["nope".to_owned()];
    assert_eq!(
        solve(&mut one, &goal).unwrap_err().kind(),
        ErrorKind::NotFound
    );

    // Replaced by a local package, in both directions.
    for (nevra, action) in [
        ("bash-6-1.x86_64", "upgrade"),
        ("bash-4-2.x86_64", "downgrade"),
    ] {
        let mut pool = Pool::new("x86_64").unwrap();
        pool.set_installed(BASE.iter().map(|text| package(text)))
            .unwrap();
        let local = pool.add_local(package(nevra)).unwrap();
        let goal = Goal {
            replace: vec![local],
            downgrade: Downgrade::Allowed,
            ..Goal::default()
        };
        let expected = format!("{action} {nevra} from 5-1: replacement requested");
        assert_eq!(answer(&mut pool, &goal).unwrap(), [expected]);
        let goal = Goal {
            local: vec![local],
            ..Goal::default()
        };
        let (text, _) = problems(&mut pool, &goal).remove(0);
        assert!(
            text.contains("bash-5-1.x86_64 belongs to the base"),
            "{text}"
        );
    }

    // An unlocked base gives way to what obsoletes it.
    let mut free = pool(&BASE, &available);
    let goal = Goal {
        installed: Installed::Free,
        ..install(&["replacer"])
    };
    assert_eq!(
        answer(&mut free, &goal).unwrap(),
        [
            "remove old-1-1.x86_64: obsoleted by replacer",
            "install replacer-1-1.x86_64: requested: replacer",
        ]
    );
}

#[test]
fn local_packages_come_with_what_they_need() {
    let mut pool = Pool::new("x86_64").unwrap();
    let ids = pool
        .set_installed(["b-1-1.noarch", "a-1-1.noarch"].map(package))
        .unwrap();
    let names: Vec<&str> = ids.iter().map(|id| pool.name(*id)).collect();
    assert_eq!(names, ["b", "a"], "in the order given");
    let local = package("tool-1-1.x86_64 requires:dep requires:rpmlib(FileDigests)<=4.6.0-1");
    let id = pool.add_local(local).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let folder = Utf8Path::from_path(folder.path()).unwrap();
    let files = mini::repository(folder, "r", &["dep-1-1.x86_64", "tool-2-1.x86_64"]);
    pool.add_repositories(&[files], None).unwrap();
    let goal = Goal {
        local: vec![id],
        ..Goal::default()
    };
    assert_eq!(
        answer(&mut pool, &goal).unwrap(),
        [
            "install dep-1-1.x86_64: required by tool",
            "install tool-1-1.x86_64: requested: tool-1-1.x86_64",
        ]
    );
}

#[test]
fn priority_decides_before_version() {
    let folder = tempfile::tempdir().unwrap();
    let folder = Utf8Path::from_path(folder.path()).unwrap();
    let stable = mini::repository(folder, "stable", &["foo-1-1.x86_64", "bar-1-1.x86_64"]);
    let newest = mini::repository(folder, "newest", &["foo-2-1.x86_64", "bar-1-1.x86_64"]);
    for (priority, cost, expected) in [
        (99, 1000, [("bar", "newest"), ("foo", "newest")]),
        (98, 1000, [("bar", "stable"), ("foo", "stable")]),
        (99, 10, [("bar", "stable"), ("foo", "newest")]),
    ] {
        let stable = RepositoryFiles {
            priority,
            cost,
            ..stable.clone()
        };
        for repositories in [[stable.clone(), newest.clone()], [newest.clone(), stable]] {
            let mut pool = Pool::new("x86_64").unwrap();
            pool.add_repositories(&repositories, None).unwrap();
            let solution = solve(&mut pool, &install(&["foo", "bar"])).unwrap();
            let found: Vec<(String, String)> = solution
                .steps
                .iter()
                .map(|step| pool.package(step.package))
                .map(|info| (info.nevra.name, info.repo.unwrap()))
                .collect();
            let expected = expected.map(|(name, repo)| (name.to_owned(), repo.to_owned()));
            assert_eq!(found, expected, "{priority} {cost}");
        }
    }
}

#[test]
fn file_lists_are_read_only_when_a_file_could_matter() {
    let available = [
        "plain-1-1.x86_64 requires:/usr/bin/data",
        "data-1-1.x86_64 file:/usr/bin/data file:/usr/share/data/x",
        "deep-1-1.x86_64 requires:plain requires:/usr/share/data/x",
        "rich-1-1.x86_64 requires:(plain_or_/usr/share/data/x)",
    ];
    let folder = tempfile::tempdir().unwrap();
    let folder = Utf8Path::from_path(folder.path()).unwrap();
    let files = mini::repository(folder, "r", &available);
    for (request, read, expected) in [
        ("plain", false, 2),
        ("/usr/bin/data", false, 1),
        ("/usr/share/data/x", true, 1),
        ("/usr/share/*/x", true, 1),
        ("deep", true, 3),
        ("rich", true, 2),
    ] {
        let mut pool = Pool::new("x86_64").unwrap();
        pool.add_repositories(std::slice::from_ref(&files), None)
            .unwrap();
        let solution = solve(&mut pool, &install(&[request])).unwrap();
        assert_eq!(!pool.lacks_filelists(), read, "{request}");
        assert!(solution.steps.len() >= expected.min(1), "{request}");
        if request != "rich" {
            assert_eq!(solution.steps.len(), expected, "{request}");
        }
    }
}

#[test]
fn excluded_packages_do_not_come() {
    let available = ["app-1-1.x86_64 recommends:docs", "docs-1-1.noarch"];
    let mut pool = pool(&BASE, &available);
    let mut goal = install(&["app"]);
    goal.exclude = vec!["docs".to_owned(), "bash".to_owned()];
    assert_eq!(
        answer(&mut pool, &goal).unwrap(),
        ["install app-1-1.x86_64: requested: app"]
    );
    goal.exclude = vec!["app".to_owned()];
    let error = solve(&mut pool, &goal).unwrap_err();
    assert!(error.to_string().contains("excluded"), "{error}");
    // The next goal has excludes of its own.
    goal.exclude.clear();
    assert_eq!(answer(&mut pool, &goal).unwrap().len(), 2);
}

#[test]
fn the_order_of_what_is_given_does_not_matter() {
    let available = [
        "app-1-1.x86_64 requires:service",
        "tool-1-1.x86_64 requires:service",
        "one-1-1.x86_64 provides:service",
        "two-1-1.x86_64 provides:service",
    ];
    let folder = tempfile::tempdir().unwrap();
    let folder = Utf8Path::from_path(folder.path()).unwrap();
    let first = mini::repository(folder, "first", &available[..3]);
    let second = mini::repository(folder, "second", &available[2..]);
    let cache = folder.join("cache");
    let mut answers = Vec::new();
    for turned in [false, true] {
        // Without a cache, writing it, and from it.
        for cache in [None, Some(cache.as_path()), Some(cache.as_path())] {
            let mut base = BASE.map(package).to_vec();
            let mut repositories = vec![first.clone(), second.clone()];
            let mut requests = vec!["tool", "app"];
            if turned {
                base.reverse();
                repositories.reverse();
                requests.reverse();
            }
            let mut pool = Pool::new("x86_64").unwrap();
            pool.set_installed(base).unwrap();
            pool.add_repositories(&repositories, cache).unwrap();
            answers.push(answer(&mut pool, &install(&requests)).unwrap());
        }
    }
    assert_eq!(answers[0].len(), 3);
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:#?}");
}
