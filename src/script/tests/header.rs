//! What headers say, against rpm's own reading, and which triggers run.

use crate::nevra::Nevra;
use crate::package::header::Header;
use crate::script::scriptlet::{Code, Scriptlets, Slot};
use crate::script::trigger::{self, DEFAULT_PRIORITY, Trigger, TriggerKind};
use crate::testdata::testdata;
use camino::Utf8Path;
use serde_json::Value;

/// The main header of an RPM file: after lead, signature (padded to 8 bytes) and magic.
fn header(path: &Utf8Path) -> Option<Header> {
    let bytes = std::fs::read(path).unwrap();
    let signature = 96 + 8;
    let size = Header::size_of(bytes.get(signature..)?, "signature").ok()?;
    let start = (signature + size).next_multiple_of(8) + 8;
    let size = Header::size_of(bytes.get(start..)?, "header").ok()?;
    Header::parse(bytes.get(start..start + size)?, path.as_str()).ok()
}

fn text(code: &Code) -> String {
    String::from_utf8_lossy(code.body.as_deref().unwrap_or_default()).into_owned()
}

fn strings(value: &Value) -> Vec<String> {
    let all = value.as_array().into_iter().flatten();
    all.map(|text| text.as_str().unwrap_or_default().to_owned())
        .collect()
}

#[test]
fn scripts_and_triggers_are_those_that_rpm_finds() {
    let Some(folder) = testdata("rpms") else {
        return;
    };
    let expected = std::fs::read(folder.join("EXPECTED-rpm418.json")).unwrap();
    // Python wrote bytes that are no UTF-8 as halves of surrogate pairs.
    let expected = String::from_utf8(expected)
        .unwrap()
        .replace("\\udc", "\\u00");
    let expected: Vec<Value> = serde_json::from_str(&expected).unwrap();
    let (mut scripts, mut triggers) = (0, 0);
    for entry in &expected {
        let path = entry["path"].as_str().unwrap();
        let facts = &entry["facts"];
        if facts.is_null() || facts["is_source"] == true {
            continue;
        }
        let Some(header) = header(&folder.join(path)) else {
            panic!("{path} has no header");
        };
        let nevra = header.nevra(path).unwrap();
        let found = Scriptlets::from_header(&header, &nevra).unwrap();
        for slot in [
            (Slot::Pre, "pre"),
            (Slot::Post, "post"),
            (Slot::PreUn, "preun"),
            (Slot::PostUn, "postun"),
            (Slot::PreTrans, "pretrans"),
            (Slot::PostTrans, "posttrans"),
            (Slot::Verify, "verify"),
        ] {
            let expected = &facts["scriptlets"][slot.1];
            let code = found.scripts.iter().find(|(found, _)| *found == slot.0);
            assert_eq!(code.is_none(), expected.is_null(), "{path} {}", slot.1);
            let Some((_, code)) = code else { continue };
            scripts += 1;
            assert_eq!(code.interpreter, strings(&expected["prog"]), "{path}");
            let body = expected["body"].as_str().unwrap_or_default();
            assert_eq!(text(code), body, "{path} {}", slot.1);
        }
        let mut conditions = 0;
        for family in facts["triggers"].as_array().into_iter().flatten() {
            let bodies = strings(&family["scripts"]);
            for (place, name) in strings(&family["names"]).iter().enumerate() {
                let body = &bodies[family["index"][place].as_u64().unwrap() as usize];
                let flags = family["flags"][place].as_u64().unwrap();
                let way = match flags {
                    flags if flags & 1 << 16 != 0 => "in",
                    flags if flags & 1 << 17 != 0 => "un",
                    flags if flags & 1 << 18 != 0 => "postun",
                    _ => "prein",
                };
                let kind = format!("{}{way}", family["kind"].as_str().unwrap());
                let found = found
                    .triggers
                    .iter()
                    .find(|trigger| trigger.kind.name() == kind && trigger.patterns.contains(name));
                assert_eq!(text(&found.unwrap().code), *body, "{path} {kind} {name}");
                conditions += 1;
            }
        }
        let all: usize = found
            .triggers
            .iter()
            .map(|trigger| trigger.patterns.len())
            .sum();
        assert_eq!(all, conditions, "{path}");
        triggers += conditions;
        let json = serde_json::to_string(&found.triggers).unwrap();
        assert_eq!(
            serde_json::from_str::<Vec<Trigger>>(&json).unwrap(),
            found.triggers
        );
    }
    assert!(
        scripts >= 10 && triggers >= 10,
        "{scripts} scripts, {triggers} triggers"
    );
}

/// A package as rpmbuild makes it, whose conditions rpm has sorted by name.
#[test]
fn conditions_of_one_trigger_are_found_among_others() {
    let folder = tempfile::tempdir().unwrap();
    let path = Utf8Path::from_path(folder.path()).unwrap();
    let spec = "Name: a\nVersion: 1\nRelease: 1\nSummary: x\nLicense: x\nBuildArch: noarch\n\
        %description\nx\n%files\n\
        %pre -p /usr/bin/args\n\
        %post -p \"/usr/bin/args x y\"\nbody\n\
        %posttrans -e\necho %%{name} 100%%\n\
        %transfiletriggerin -- /usr/share/a\necho 1\n\
        %transfiletriggerin -P 5 -p /bin/bash -- /usr/share/a/b /usr/share\necho 2\n";
    std::fs::write(path.join("a.spec"), spec).unwrap();
    let output = std::process::Command::new("rpmbuild")
        .args(["-bb", "--quiet", "--define"])
        .arg(format!("_topdir {path}"))
        .arg(path.join("a.spec"))
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let header = header(&path.join("RPMS/noarch/a-1-1.noarch.rpm")).unwrap();
    let nevra = header.nevra("a").unwrap();
    let found = Scriptlets::from_header(&header, &nevra).unwrap();
    let pre = found.get(Slot::Pre).unwrap();
    assert_eq!(
        (pre.interpreter.join(" ").as_str(), &pre.body),
        ("/usr/bin/args", &None)
    );
    let post = found.get(Slot::Post).unwrap();
    assert_eq!((post.interpreter.len(), text(post).as_str()), (3, "body"));
    let last = found.get(Slot::PostTrans).unwrap();
    let body = String::from_utf8(last.text().unwrap()).unwrap();
    assert!(
        body == "echo %{name} 100%" || last.unsupported().is_some(),
        "{body}"
    );
    let short: Vec<_> = found
        .triggers
        .iter()
        .map(|t| {
            (
                t.priority,
                t.patterns.join(" "),
                t.code.interpreter.join(" "),
                text(&t.code),
            )
        })
        .collect();
    let expected = [
        (DEFAULT_PRIORITY, "/usr/share/a", "/bin/sh", "echo 1"),
        (5, "/usr/share /usr/share/a/b", "/bin/bash", "echo 2"),
    ];
    assert_eq!(
        short,
        expected.map(|(p, a, b, c)| (p, a.to_owned(), b.to_owned(), c.to_owned()))
    );
}

fn trigger(package: &str, kind: TriggerKind, patterns: &[&str], priority: u32) -> Trigger {
    let body = Some(b"cat".to_vec());
    Trigger {
        package: format!("{package}-1-1.noarch").parse().unwrap(),
        kind,
        patterns: patterns
            .iter()
            .map(|pattern| (*pattern).to_owned())
            .collect(),
        priority,
        code: Code::new(Vec::new(), body, 0, package).unwrap().unwrap(),
    }
}

#[test]
fn triggers_run_by_priority_with_the_files_that_match() {
    use TriggerKind::{FileIn, TransFileIn};
    let new = [
        "usr/bin/tool",
        "usr/etc/fonts/x",
        "usr/lib/systemd/system/a.service",
        "usr/lib64/libx.so.1",
        "usr/local/lib/y",
        "usr/share/fonts/a.ttf",
        "usr/share/fonts/b.ttf",
        "usr/share/fonts-extra/c.ttf",
    ];
    let triggers = [
        trigger("late", TransFileIn, &["/usr/lib64", "/usr/lib"], 10),
        trigger(
            "b",
            TransFileIn,
            &["/usr/share/fonts", "/usr/share/fonts/a"],
            DEFAULT_PRIORITY,
        ),
        trigger("a", TransFileIn, &["/usr/share/fonts/"], DEFAULT_PRIORITY),
        trigger(
            "none",
            TransFileIn,
            &["/usr/share/icons", "/opt", "/etc", "/usr/local"],
            99,
        ),
        trigger("systemd", TransFileIn, &["/usr/lib/systemd/system"], 99),
        trigger("plain", FileIn, &["/usr/bin"], 99),
    ];
    let mut new: Vec<&str> = new.to_vec();
    new.sort_unstable();
    let runs = trigger::to_run(&triggers, &new);
    let found: Vec<_> = runs
        .iter()
        .map(|run| {
            let input = String::from_utf8(run.input()).unwrap();
            (run.trigger.package.name.as_str(), input)
        })
        .collect();
    let expected = [
        ("a", "/usr/share/fonts/a.ttf\n/usr/share/fonts/b.ttf\n"),
        (
            "b",
            "/usr/share/fonts-extra/c.ttf\n/usr/share/fonts/a.ttf\n/usr/share/fonts/b.ttf\n",
        ),
        (
            "late",
            "/usr/lib/systemd/system/a.service\n/usr/lib64/libx.so.1\n",
        ),
    ];
    assert_eq!(
        found,
        expected.map(|(name, input)| (name, input.to_owned()))
    );
    trigger::check(&runs).unwrap();
}

#[test]
fn what_cannot_be_run_is_named_before_anything_runs() {
    let package = |scripts: &[(Slot, &str, &str, u32)], triggers: Vec<Trigger>| {
        let nevra: Nevra = "demo-1-1.noarch".parse().unwrap();
        let scripts = scripts.iter().map(|(slot, interpreter, body, flags)| {
            let body = Some(body.as_bytes().to_vec());
            let code = Code::new(vec![(*interpreter).to_owned()], body, *flags, "demo");
            (*slot, code.unwrap().unwrap())
        });
        let scripts = Scriptlets {
            package: nevra,
            scripts: scripts.collect(),
            triggers,
        };
        scripts.unsupported()
    };
    let table = [
        (Slot::Post, "/bin/sh", "echo %{name}", 0, None),
        (
            Slot::Post,
            "/bin/sh",
            "echo %{name}",
            1,
            Some("a %post script with rpm macros"),
        ),
        (Slot::Post, "/bin/sh", "echo 100%% x%%y", 1, None),
        (
            Slot::Pre,
            "/bin/sh",
            "echo %{NAME}",
            2,
            Some("a %pre script with header tags"),
        ),
        (
            Slot::PostTrans,
            "<lua>",
            "print(1)",
            0,
            Some("a %posttrans script in <lua>"),
        ),
        (Slot::PreTrans, "<lua>", "print(1)", 0, None),
        (Slot::PostUn, "<lua>", "print(1)", 0, None),
    ];
    for (slot, interpreter, body, flags, expected) in table {
        let found = package(&[(slot, interpreter, body, flags)], Vec::new());
        let same = match (&found, expected) {
            (Some(found), Some(expected)) => found.starts_with(expected),
            (found, expected) => found.is_none() && expected.is_none(),
        };
        assert!(same, "{body}: {found:?}");
    }
    use TriggerKind::{FileIn, In, PostUn, TransFileIn};
    for (kind, expected) in [
        (In, Some("a %triggerin script".to_owned())),
        (FileIn, Some("a %filetriggerin script".to_owned())),
        (PostUn, None),
        (TransFileIn, None),
    ] {
        assert_eq!(
            package(&[], vec![trigger("demo", kind, &["/usr"], 1)]),
            expected
        );
    }
}
