//! A locked sysroot.

use super::*;

#[test]
fn a_locked_sysroot_names_its_writer() {
    let bed = bed();
    let client = bed.client("locked");
    let mut table = Table::new("A locked sysroot");
    table.hide(bed.path.as_str(), "…");
    // A program that is not regraft's; the lock is one of an open file (`F_OFD_SETLK`).
    let lock = "import fcntl, struct, sys, time\nf = open(sys.argv[1], 'w')\n\
                fcntl.fcntl(f, 37, struct.pack('hhqqi', fcntl.F_WRLCK, 0, 0, 0, 0))\n\
                print('held', flush=True)\ntime.sleep(120)";
    let mut holder = Command::new("python3")
        .args(["-c", lock])
        .arg(client.path.join("ostree/lock"))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut held = [0; 5];
    holder
        .stdout
        .as_mut()
        .unwrap()
        .read_exact(&mut held)
        .unwrap();
    let busy = [ErrorKind::Busy];
    let install = || client.install("hello");
    table.unchanged(
        &client,
        "by another program",
        install,
        &busy,
        &["another program", "locked"],
    );
    // The writer's file of a process that is gone, of one that has another start, and garbage.
    let writer = client.path.join("ostree/regraft/writer");
    for (name, text) in [
        ("a writer that is gone", "4194304 1 gone\n".to_owned()),
        (
            "a pid used again",
            format!("{} 1 other\n", std::process::id()),
        ),
        ("a garbled writer", "\u{0}x".to_owned()),
    ] {
        std::fs::write(&writer, text).unwrap();
        table.refused(name, client.install("hello"), &busy, &["another program"]);
    }
    std::fs::remove_file(&writer).unwrap();
    // Waiting ends in time, with a deadline, and can be cancelled.
    let patient = Client {
        path: client.path.clone(),
        sysroot: client.sysroot.wait_for_lock(Duration::from_millis(700)),
    };
    let begun = Instant::now();
    table.unchanged(
        &client,
        "after waiting 0.7 s",
        || patient.install("hello"),
        &busy,
        &["another program"],
    );
    let waited = begun.elapsed();
    assert!(waited >= Duration::from_millis(700), "{waited:?}");
    let sysroot = client.sysroot.wait_for_lock(Duration::from_secs(600));
    let mut job = Job::new();
    let cancel = job.cancel_handle();
    let canceller = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(500));
        cancel.cancel();
    });
    let begun = Instant::now();
    let result = sysroot.rollback(&mut job);
    canceller.join().unwrap();
    table.refused(
        "a cancel while waiting",
        result,
        &[ErrorKind::Cancelled],
        &["nothing was changed"],
    );
    assert!(begun.elapsed() < Duration::from_secs(10));
    holder.kill().unwrap();
    holder.wait().unwrap();
    works(&client);
    table.finish();
}
