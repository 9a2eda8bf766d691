//! One writer and many readers, two writers, two sysroots: in threads and in processes.
//!
//! The processes are this test binary itself, started again with [`ROLE`] set.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use regraft::{Base, Cleanup, ErrorKind, Flow, Job, Sysroot};
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use support::mini::{Bed, Client};
use support::rpms::Rpm;
use support::table::Table;

const ROLE: &str = "REGRAFT_TEST_ROLE";
const SYSROOT: &str = "REGRAFT_TEST_SYSROOT";

/// How often the writer of the first test changes the system.
const ROUNDS: usize = 4;

/// A reader's view of all that can be read, which must be one of the states that writers leave:
/// between two deployments either both packages of a pair are there, or none.
fn read(sysroot: &Sysroot) -> regraft::Result<()> {
    let deployments = sysroot.deployments()?;
    assert!(!deployments.is_empty());
    let status = sysroot.status()?;
    assert!(status.to_json()["deployments"].is_array());
    for deployment in status.deployments() {
        let database = match sysroot.rpmdb(deployment.checksum()) {
            Ok(database) => database,
            // It was removed since it was listed.
            Err(error)
                if !sysroot
                    .deployments()?
                    .iter()
                    .any(|d| d.id() == deployment.id()) =>
            {
                assert!(
                    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::Corrupt),
                    "{error}"
                );
                continue;
            }
            Err(error) => return Err(error),
        };
        let names: Vec<String> = database
            .packages()?
            .iter()
            .map(|package| package.nevra().name.clone())
            .collect();
        let has = |name: &str| names.iter().any(|other| other == name);
        assert!(has("busybox"), "{names:?}");
        assert_eq!(has("left"), has("right"), "half a change: {names:?}");
        let asked = deployment.packages().iter().any(|name| name == "left");
        assert_eq!(
            has("left"),
            asked,
            "{names:?} of {:?}",
            deployment.packages()
        );
    }
    Ok(())
}

/// Reads until somebody says that it is enough; how often.
fn read_until(sysroot: &Sysroot, ended: &dyn Fn() -> bool) -> u64 {
    let mut times = 0;
    while !ended() {
        read(sysroot).unwrap_or_else(|error| panic!("a reader: {}: {error}", error.kind()));
        times += 1;
    }
    times
}

/// What the other processes do; in the parent's own run there is nothing to do.
#[test]
fn child() {
    let (Ok(role), Ok(path)) = (std::env::var(ROLE), std::env::var(SYSROOT)) else {
        return;
    };
    let sysroot = Sysroot::open(path).unwrap().stateroot("mini");
    let say = |text: &str| {
        println!("{text}");
        std::io::stdout().flush().unwrap();
    };
    match role.as_str() {
        "reader" => {
            say("ready");
            let ended = Arc::new(AtomicBool::new(false));
            let listener = ended.clone();
            std::thread::spawn(move || {
                let _ = std::io::stdin().read_line(&mut String::new());
                listener.store(true, Ordering::SeqCst);
            });
            let times = read_until(&sysroot, &|| ended.load(Ordering::SeqCst));
            say(&format!("read {times}"));
        }
        // Holds the lock in a script for as long as the script sleeps.
        "writer" => {
            let mut job = Job::new().on_progress(|progress| {
                if progress.detail().starts_with("slow.") {
                    println!("ready");
                    std::io::stdout().flush().unwrap();
                }
                Flow::Continue
            });
            let mut tx = sysroot.transaction(Base::Pending).unwrap();
            tx.install("slow");
            let plan = tx.plan(&mut Job::new()).unwrap();
            tx.stage(&plan, &mut job).unwrap();
            say("written");
        }
        other => panic!("{other}"),
    }
}

/// A process, which has said that it is ready, and what it says then.
struct Other {
    child: Child,
    output: BufReader<std::process::ChildStdout>,
}

impl Other {
    fn start(role: &str, client: &Client) -> Other {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "child", "--nocapture", "--test-threads=1"])
            .env(ROLE, role)
            .env(SYSROOT, &client.path)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let mut other = Other { child, output };
        other.wait_for("ready");
        other
    }

    fn wait_for(&mut self, word: &str) -> String {
        let mut line = String::new();
        while self.output.read_line(&mut line).unwrap() > 0 {
            if line.contains(word) {
                return line;
            }
            line.clear();
        }
        panic!("it ended without {word:?}");
    }

    fn end(mut self) {
        drop(self.child.stdin.take());
        let mut rest = String::new();
        std::io::Read::read_to_string(&mut self.output, &mut rest).unwrap();
        assert!(self.child.wait().unwrap().success(), "{rest}");
    }
}

impl Drop for Other {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn bed() -> Bed {
    let bed = Bed::new();
    bed.extra(vec![
        Rpm::new("left-1-1")
            .file("/usr/share/left", "x")
            .requires("right"),
        Rpm::new("right-1-1").file("/usr/share/right", "x"),
        Rpm::new("slow-1-1")
            .file("/usr/share/slow", "x")
            .requires("/bin/sh")
            .post("sleep 2"),
        Rpm::new("hello-1-1")
            .file("/usr/share/hello", "x")
            .requires("/bin/sh")
            .post("echo hello > /usr/share/hello.post"),
    ]);
    bed
}

#[test]
fn readers_see_no_half_of_a_change() {
    let bed = bed();
    let client = bed.client("readers");
    let mut others: Vec<Other> = (0..2).map(|_| Other::start("reader", &client)).collect();
    let ended = AtomicBool::new(false);
    let reads = AtomicU64::new(0);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let times = read_until(&client.sysroot, &|| ended.load(Ordering::SeqCst));
                reads.fetch_add(times, Ordering::SeqCst);
            });
        }
        let write = || -> regraft::Result<()> {
            for _ in 0..ROUNDS {
                client.install("left")?;
                client.change(|tx| {
                    tx.uninstall("left");
                })?;
                client.sysroot.rollback(&mut Job::new())?;
                let what = Cleanup {
                    rollback: true,
                    ..Cleanup::default()
                };
                client.sysroot.cleanup(what, &mut Job::new())?;
                client.change(|tx| {
                    tx.uninstall("left");
                })?;
            }
            Ok(())
        };
        let written = write();
        ended.store(true, Ordering::SeqCst);
        written.unwrap();
    });
    for other in &mut others {
        writeln!(other.child.stdin.as_ref().unwrap(), "enough").unwrap();
        let line = other.wait_for("read ");
        eprintln!("another process: {line}");
        let times: u64 = line.trim().rsplit(' ').next().unwrap().parse().unwrap();
        assert!(times > 0);
    }
    others.into_iter().for_each(Other::end);
    eprintln!("two threads: {reads:?} reads");
    assert!(reads.load(Ordering::SeqCst) > 0);
    client.ostree(&["fsck", "--quiet"]);
}

#[test]
fn of_two_writers_one_waits_or_is_told() {
    let bed = bed();
    let client = bed.client("writers");
    let mut table = Table::new("Two writers");
    table.hide(bed.path.as_str(), "…");
    let mut writer = Other::start("writer", &client);
    let pid = writer.child.id().to_string();
    let names = [
        "concurrency",
        &format!("pid {pid}"),
        "started 20",
        "UTC",
        "try again",
    ];
    // Not waiting, it is told at once; a wait that is too short is told in time.
    table.refused(
        "a second writer",
        client.install("hello"),
        &[ErrorKind::Busy],
        &names,
    );
    let wait = |time| Client {
        path: client.path.clone(),
        sysroot: client.sysroot.wait_for_lock(time),
    };
    let begun = Instant::now();
    let result = wait(Duration::from_millis(300))
        .sysroot
        .rollback(&mut Job::new());
    let took = begun.elapsed();
    table.refused("after waiting 0.3 s", result, &[ErrorKind::Busy], &names);
    assert!(
        took >= Duration::from_millis(300) && took < Duration::from_secs(2),
        "{took:?}"
    );
    // A wait that is long enough gets the lock; the other has then moved what the plan starts from,
    // and what the other did is not undone.
    let patient = wait(Duration::from_secs(60));
    table.refused(
        "after waiting long enough",
        patient.install("hello"),
        &[ErrorKind::Stale],
        &["boots next", "plan again"],
    );
    writer.wait_for("written");
    writer.end();
    let (_, outcome) = patient.install("hello").unwrap();
    assert!(outcome.id().is_some());
    let now = &client.sysroot.deployments().unwrap()[0];
    assert_eq!(now.packages(), ["hello", "slow"]);
    // Threads of one process keep out of each other's way in the same manner.
    let results: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = ["left", "right"]
            .into_iter()
            .map(|package| {
                let patient = wait(Duration::from_secs(60));
                scope.spawn(move || {
                    loop {
                        match patient.install(package) {
                            Err(error) if error.kind() == ErrorKind::Stale => {}
                            other => return other.map(|_| ()),
                        }
                    }
                })
            })
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    });
    for result in results {
        result.unwrap();
    }
    client.ostree(&["fsck", "--quiet"]);
    table.finish();
}

#[test]
fn two_sysroots_in_two_threads() {
    let bed = bed();
    let clients = [bed.client("one"), bed.client("two")];
    std::thread::scope(|scope| {
        for client in &clients {
            scope.spawn(|| {
                for _ in 0..2 {
                    client.install("hello").unwrap();
                    client
                        .change(|tx| {
                            tx.uninstall("hello").install("left");
                        })
                        .unwrap();
                    client
                        .change(|tx| {
                            tx.uninstall("left");
                        })
                        .unwrap();
                }
                client.install("hello").unwrap();
            });
        }
    });
    let trees: Vec<String> = clients
        .iter()
        .map(|client| {
            client.ostree(&["fsck", "--quiet"]);
            client.sysroot.deployments().unwrap()[0]
                .checksum()
                .to_owned()
        })
        .collect();
    assert_eq!(
        trees[0], trees[1],
        "the same base and packages, the same commit"
    );
}
