//! A process that is killed while it stages leaves nothing mounted and nothing half done.
//!
//! The process is this test binary itself, started again with [`SYSROOT`] set.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use camino::{Utf8Path, Utf8PathBuf};
use regraft::{Base, Job, Sysroot};
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use support::mini::{Bed, Client};
use support::rpms::Rpm;

/// The sysroot in which the child layers [`SLEEPER`].
const SYSROOT: &str = "REGRAFT_TEST_SYSROOT";
const SLEEPER: &str = "sleeper";

/// How long the script of the package sleeps; nothing else on the machine sleeps as long.
const SLEEP: &str = "7654321";

fn bed() -> (Bed, Client) {
    let bed = Bed::new();
    bed.extra(vec![
        Rpm::new("sleeper-1-1")
            .file("/usr/share/sleeper", "x")
            .requires("/bin/sh")
            .pre("echo pre > /usr/share/sleeper.pre")
            .post(&format!(
                "echo post > /usr/share/sleeper.post; sleep {SLEEP} & sleep {SLEEP}"
            )),
        Rpm::new("hello-1-1")
            .program("/usr/bin/hello", b"#!/bin/sh\necho hello\n")
            .requires("/bin/sh")
            .post("echo hello > /usr/share/hello"),
    ]);
    let client = bed.client("client");
    (bed, client)
}

/// What the child does; in the parent's own run it has nothing to do.
#[test]
fn child() {
    let Ok(path) = std::env::var(SYSROOT) else {
        return;
    };
    let sysroot = Sysroot::open(path).unwrap().stateroot("mini");
    let mut last = None;
    let mut job = Job::new().on_progress(move |progress| {
        if last != Some(progress.phase()) {
            println!("phase {}", progress.phase());
            std::io::stdout().flush().unwrap();
            last = Some(progress.phase());
        }
        regraft::Flow::Continue
    });
    let mut tx = sysroot.transaction(Base::Pending).unwrap();
    tx.install(SLEEPER);
    let plan = tx.plan(&mut job).unwrap();
    let outcome = tx.stage(&plan, &mut job);
    println!("ended {outcome:?}");
}

#[allow(clippy::zombie_processes, reason = "the caller waits for it")]
/// The child, in a process group of its own, with what it says of its phases.
fn start(client: &Client) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child", "--nocapture", "--test-threads=1"])
        .env(SYSROOT, &client.path)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .unwrap()
}

/// All processes with this in their arguments, and all mounts that name it.
fn traces(path: &Utf8Path) -> Vec<String> {
    let mut found = Vec::new();
    for table in ["/proc/self/mountinfo", "/proc/1/mountinfo"] {
        let mounts = std::fs::read_to_string(table).unwrap_or_default();
        found.extend(
            mounts
                .lines()
                .filter(|line| line.contains(path.as_str()))
                .map(str::to_owned),
        );
    }
    for entry in std::fs::read_dir("/proc").unwrap() {
        let process = entry.unwrap().path();
        let Ok(arguments) = std::fs::read(process.join("cmdline")) else {
            continue;
        };
        let arguments = String::from_utf8_lossy(&arguments).replace('\0', " ");
        if arguments.contains(path.as_str()) || arguments.contains(SLEEP) {
            found.push(arguments);
        }
    }
    found
}

/// Waits until nothing is left; SIGKILL takes its time.
fn is_gone(path: &Utf8Path) {
    let begun = Instant::now();
    loop {
        let found = traces(path);
        if found.is_empty() {
            return;
        }
        assert!(
            begun.elapsed() < Duration::from_secs(30),
            "left behind: {found:?}"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn scratch(client: &Client) -> Vec<Utf8PathBuf> {
    let entries = client.path.join("ostree/regraft").read_dir_utf8().unwrap();
    entries
        .map(|entry| entry.unwrap().path().to_owned())
        .filter(|path| path.file_name().unwrap().starts_with("scratch-"))
        .collect()
}

/// A child that is killed when this is dropped, also where the test fails.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Kills the child at a moment, and looks at what is there. Answers the phases it went through.
fn kill(client: &Client, when: &dyn Fn(&mut Child, &mut Vec<String>)) -> Vec<String> {
    let before = without_temporary_ref(&client.state());
    let mut child = Killed(start(client));
    let mut said = Vec::new();
    when(&mut child.0, &mut said);
    drop(child);
    is_gone(&client.path);
    // `status` works at once, and shows what was there before.
    let status = client.sysroot.status().unwrap();
    assert!(!status.deployments().is_empty());
    let after = without_temporary_ref(&client.state());
    let difference: Vec<&String> = after.symmetric_difference(&before).collect();
    assert!(
        difference.is_empty(),
        "killed after {said:?}: {difference:?}"
    );
    said
}

/// The ref that pins the base of a running transaction; the next call removes it.
fn without_temporary_ref(state: &str) -> BTreeSet<String> {
    let lines = state
        .lines()
        .filter(|line| !line.contains("/rpmostree/base/tmp "));
    lines.map(str::to_owned).collect()
}

fn after_milliseconds(time: u64) -> impl Fn(&mut Child, &mut Vec<String>) {
    move |_, said| {
        said.push(format!("{time} ms"));
        std::thread::sleep(Duration::from_millis(time));
    }
}

/// When the child says that a phase begins.
fn at_phase(name: &'static str) -> impl Fn(&mut Child, &mut Vec<String>) {
    move |child, said| {
        let output = BufReader::new(child.stdout.take().unwrap());
        for line in output.lines() {
            let line = line.unwrap();
            assert!(!line.starts_with("ended"), "{line}");
            said.push(line.clone());
            if line.ends_with(&format!("phase {name}")) {
                return;
            }
        }
        panic!("it ended after {said:?}");
    }
}

/// The next call succeeds and leaves nothing of the killed one.
fn next_call(client: &Client) {
    client.install("hello").unwrap();
    assert_eq!(scratch(client), Vec::<Utf8PathBuf>::new());
    assert!(client.root().join("usr/share/hello").exists());
    assert!(!client.root().join("usr/share/sleeper.pre").exists());
    let refs = client.ostree(&["refs"]);
    assert!(!refs.contains("rpmostree/base/tmp"), "{refs}");
    client.ostree(&["fsck", "--quiet"]);
    client
        .change(|tx| {
            tx.uninstall("hello");
        })
        .unwrap();
}

#[test]
fn a_kill_at_any_moment_leaves_nothing() {
    let (_bed, client) = bed();
    let mut met = BTreeSet::new();
    for phase in [
        "metadata", "solve", "download", "import", "graft", "scripts",
    ] {
        met.extend(kill(&client, &at_phase(phase)));
        next_call(&client);
    }
    // Inside the script, with the root view mounted.
    kill(&client, &|child, said| {
        at_phase("scripts")(child, said);
        let begun = Instant::now();
        while !traces(&client.path)
            .iter()
            .any(|line| line.contains(&format!("sleep {SLEEP}")))
        {
            assert!(
                begun.elapsed() < Duration::from_secs(20),
                "the script does not start"
            );
            std::thread::sleep(Duration::from_millis(10));
        }
    });
    assert_eq!(scratch(&client).len(), 1, "it was in the middle of it");
    next_call(&client);
    for time in [50, 90, 150, 220, 310, 450, 800] {
        kill(&client, &after_milliseconds(time));
    }
    next_call(&client);
    assert!(
        met.iter().any(|line| line.ends_with("phase scripts")),
        "{met:?}"
    );
}

/// The test above, where `/` is shared, as on a machine with systemd.
#[test]
fn also_where_the_root_is_a_shared_mount() {
    if std::env::var_os("REGRAFT_TEST_SHARED").is_some() {
        let mounts = std::fs::read_to_string("/proc/self/mountinfo").unwrap();
        assert!(
            mounts
                .lines()
                .any(|line| line.split(' ').nth(4) == Some("/") && line.contains("shared:"))
        );
        let (_bed, client) = bed();
        kill(&client, &|child, said| {
            at_phase("scripts")(child, said);
            std::thread::sleep(Duration::from_millis(300));
        });
        next_call(&client);
        return;
    }
    let script = "mount --make-rshared / && exec \"$0\" --exact \
                  also_where_the_root_is_a_shared_mount --nocapture";
    let output = Command::new("unshare")
        .args(["-m", "sh", "-c", script])
        .arg(std::env::current_exe().unwrap())
        .env("REGRAFT_TEST_SHARED", "1")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{text}{errors}");
    assert!(text.contains("1 passed"), "{text}");
}

/// In which mount namespace GLib's pool of threads works, seen from several of its threads.
fn pool_namespaces() -> BTreeSet<String> {
    let context = glib::MainContext::new();
    let look = || {
        std::thread::sleep(Duration::from_millis(20));
        std::fs::read_link("/proc/thread-self/ns/mnt")
            .unwrap()
            .display()
            .to_string()
    };
    context.block_on(async {
        let tasks: Vec<_> = (0..16).map(|_| gio::spawn_blocking(look)).collect();
        let mut found = BTreeSet::new();
        for task in tasks {
            found.insert(task.await.unwrap());
        }
        found
    })
}

#[test]
fn tasks_of_the_host_program_stay_in_its_namespace() {
    let own = std::fs::read_link("/proc/self/ns/mnt")
        .unwrap()
        .display()
        .to_string();
    let own = BTreeSet::from([own]);
    let (_bed, client) = bed();
    assert_eq!(pool_namespaces(), own);
    client.install("hello").unwrap();
    assert_eq!(pool_namespaces(), own);
    client
        .change(|tx| {
            tx.uninstall("hello");
        })
        .unwrap();
    client.sysroot.rollback(&mut Job::new()).unwrap();
    client
        .sysroot
        .cleanup(regraft::Cleanup::default(), &mut Job::new())
        .unwrap();
    assert_eq!(pool_namespaces(), own);
    // No thread of the process is anywhere else, but for the writers of other tests.
    for entry in std::fs::read_dir("/proc/self/task").unwrap() {
        let thread = entry.unwrap().path();
        let Ok(namespace) = std::fs::read_link(thread.join("ns/mnt")) else {
            continue;
        };
        let name = std::fs::read_to_string(thread.join("comm")).unwrap_or_default();
        let same = BTreeSet::from([namespace.display().to_string()]) == own;
        assert!(same || name.starts_with("regraft-"), "{name}");
    }
}
