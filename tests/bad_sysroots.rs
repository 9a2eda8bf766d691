//! Sysroots that are none, locked, read-only, forbidden or damaged, and bases that are: each is told
//! by an error of its own, nothing is changed, and once it is put right the next transaction
//! succeeds. More of what is no sysroot is in `errors.rs`.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use camino::{Utf8Path, Utf8PathBuf};
use regraft::{Base, ErrorKind, Job, Sysroot};
use std::io::Read;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use support::mini::{Client, run};
use support::refusal::{bed, check_out, commit, state, works};
use support::table::Table;

/// The sysroot that the child is to change.
const SYSROOT: &str = "REGRAFT_TEST_SYSROOT";

/// What a child does: `hello` is layered, or what stands in the way is printed.
#[test]
fn child() {
    let Ok(path) = std::env::var(SYSROOT) else {
        return;
    };
    let result = Sysroot::open(path).and_then(|sysroot| {
        println!("status {}", sysroot.stateroot("mini").deployments()?.len());
        let mut tx = sysroot.stateroot("mini").transaction(Base::Pending)?;
        tx.install("hello");
        let plan = tx.plan(&mut Job::new())?;
        tx.stage(&plan, &mut Job::new())
    });
    match result {
        Ok(_) => println!("done"),
        Err(error) => println!("kind {}\nmessage {error}", error.kind()),
    }
}

/// This test's program at a place where everybody may start it.
fn program(folder: &Utf8Path) -> Utf8PathBuf {
    let path = folder.join("program");
    std::fs::copy(std::env::current_exe().unwrap(), &path).unwrap();
    path
}

#[test]
fn sysroots_that_cannot_be_used() {
    let bed = bed();
    let client = bed.client("unusable");
    let mut table = Table::new("Sysroots");
    table.hide(bed.path.as_str(), "…");
    let folder = tempfile::tempdir().unwrap();
    let folder = Utf8Path::from_path(folder.path()).unwrap();
    table.hide(folder.as_str(), "…");
    let open = |name: &str| Sysroot::open(folder.join(name)).map(|_| ());
    std::os::unix::fs::symlink("nowhere", folder.join("dangling")).unwrap();
    std::os::unix::fs::symlink("loop", folder.join("loop")).unwrap();
    for (name, config) in [
        ("mode", Some("[core]\nrepo_version=1\nmode=rojig\n")),
        ("keyfile", Some("mode=bare, and repo_version=1")),
        ("binary", Some("\u{0}\u{1}\u{2}[core]")),
        ("halfway", None),
    ] {
        std::fs::create_dir(folder.join(name)).unwrap();
        Sysroot::create(folder.join(name)).unwrap();
        let path = folder.join(name).join("ostree/repo/config");
        match config {
            Some(config) => std::fs::write(path, config).unwrap(),
            None => {
                std::fs::remove_file(&path).unwrap();
                std::fs::create_dir(&path).unwrap();
            }
        }
    }
    let not = [ErrorKind::NotASysroot];
    table.refused(
        "a dangling link",
        open("dangling"),
        &[ErrorKind::NotFound],
        &["dangling", "existing"],
    );
    table.refused(
        "a link to itself",
        open("loop"),
        &[ErrorKind::NotASysroot, ErrorKind::Io],
        &["loop"],
    );
    table.refused(
        "a relative path that leads nowhere",
        Sysroot::open("no/such/sysroot").map(|_| ()),
        &[ErrorKind::NotFound],
        &["no/such/sysroot", "existing"],
    );
    table.refused(
        "an empty path",
        Sysroot::open("").map(|_| ()),
        &[ErrorKind::NotFound, ErrorKind::InvalidArgument],
        &["existing"],
    );
    for (name, word) in [
        ("mode", "rojig"),
        ("keyfile", "format"),
        ("binary", "format"),
        ("halfway", "config"),
    ] {
        table.refused(
            &format!("a repository's config: {name}"),
            open(name),
            &not,
            &[word, name],
        );
    }
    // A relative path that leads somewhere is the same sysroot.
    let here = std::env::current_dir().unwrap();
    let up = "../".repeat(here.components().count() - 1);
    let relative = format!("{up}{}", client.path.as_str().trim_start_matches('/'));
    assert_eq!(Sysroot::open(relative).unwrap().path(), client.path);

    // Nobody may look at it, but not change it; what he may not even look at is told, too.
    let nobody = |path: &Utf8Path| {
        let output = Command::new("setpriv")
            .args(["--reuid=65534", "--regid=65534", "--clear-groups"])
            .arg(program(folder))
            .args(["--exact", "child", "--nocapture", "--test-threads=1"])
            .env(SYSROOT, path)
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{text}{output:?}");
        text
    };
    for path in [folder, &bed.path] {
        run(Command::new("chmod").arg("755").arg(path));
    }
    let before = state(&client);
    let said = nobody(&client.path);
    for word in ["status 1", "kind permission", "as root"] {
        if !said.contains(word) {
            table.wrong(format!("as nobody, without {word:?}: {said}"));
        }
    }
    let message = |said: &str| {
        let line = said.lines().find_map(|line| line.strip_prefix("message "));
        line.unwrap_or(said).to_owned()
    };
    table.say("as nobody", "permission", &message(&said));
    table.same("as nobody", &before, &state(&client));
    run(Command::new("chmod")
        .arg("700")
        .arg(client.path.join("ostree")));
    let said = nobody(&client.path);
    run(Command::new("chmod")
        .arg("755")
        .arg(client.path.join("ostree")));
    if !said.contains("kind permission") || !said.contains("ostree/repo") {
        table.wrong(format!("as nobody, closed: {said}"));
    }
    table.say("as nobody, a closed folder", "permission", &message(&said));

    // A file system that is read-only as a whole cannot be made writable for one writer.
    let copy = folder.join("copy");
    let image = folder.join("image");
    run(Command::new("cp").arg("-a").arg(&client.path).arg(&copy));
    std::fs::File::create(&image)
        .unwrap()
        .set_len(64 << 20)
        .unwrap();
    run(Command::new("mkfs.ext4")
        .args(["-q", "-d"])
        .arg(&copy)
        .arg(&image));
    run(Command::new("find")
        .arg(&copy)
        .args(["-type", "d", "-exec", "chattr", "-f", "-i", "{}", "+"]));
    let point = folder.join("read-only");
    std::fs::create_dir(&point).unwrap();
    run(Command::new("mount")
        .args(["-o", "loop,ro"])
        .arg(&image)
        .arg(&point));
    let result = (|| {
        let sysroot = Sysroot::open(&point)?;
        assert_eq!(sysroot.status()?.deployments().len(), 1);
        let mut tx = sysroot.transaction(Base::Pending)?;
        tx.remove_base("nano");
        let plan = tx.plan(&mut Job::new())?;
        tx.stage(&plan, &mut Job::new())
    })();
    run(Command::new("umount").arg(&point));
    table.refused(
        "a read-only file system",
        result,
        &[ErrorKind::Permission],
        &["Read-only", "remount,rw"],
    );
    // One that is only mounted read-only, as a booted /sysroot is, the writer makes writable.
    let bind = |options: &str| {
        run(Command::new("mount")
            .args(["-o", options])
            .arg(&client.path)
            .arg(&client.path));
    };
    bind("bind");
    bind("remount,bind,ro");
    let result = client.install("hello");
    let there = std::fs::write(client.path.join("file"), "x").is_err();
    run(Command::new("umount").arg(&client.path));
    assert!(there, "it stays read-only for everybody else");
    result.unwrap();
    client
        .change(|tx| {
            tx.uninstall("hello");
        })
        .unwrap();
    works(&client);
    table.finish();
}

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

/// Puts something in the place of a database's parts, as only damage does.
fn python(database: &Utf8Path, program: &str) {
    run(Command::new("python3")
        .args([
            "-c",
            &format!("import sqlite3, sys\nf = sys.argv[1]\n{program}"),
        ])
        .arg(database));
}

#[test]
fn bases_with_broken_databases() {
    let bed = bed();
    let client = bed.client("broken");
    let mut table = Table::new("Package databases of bases");
    table.hide(bed.path.as_str(), "…");
    let tree = check_out(&bed, &client.path.with_extension("tree"));
    let file = tree.join("usr/share/rpm/rpmdb.sqlite");
    let good = std::fs::read(&file).unwrap();
    let sql = |statement: &str| {
        format!("db = sqlite3.connect(f)\ndb.executescript({statement:?})\ndb.commit()\ndb.close()")
    };
    let bytes = |change: &str| {
        format!("b = bytearray(open(f, 'rb').read())\n{change}\nopen(f, 'wb').write(b)")
    };
    let corrupt = [ErrorKind::Corrupt];
    let table_of = [
        ("no table Packages", sql("DROP TABLE Packages"), "Packages"),
        (
            "Packages is a view",
            sql("ALTER TABLE Packages RENAME TO P; CREATE VIEW Packages AS SELECT * FROM P"),
            "plain table",
        ),
        (
            "Packages has other columns",
            sql("DROP TABLE Packages; CREATE TABLE Packages (x)"),
            "",
        ),
        (
            "headers are random",
            sql("UPDATE Packages SET blob = randomblob(900)"),
            "",
        ),
        (
            "headers are empty",
            sql("UPDATE Packages SET blob = x''"),
            "",
        ),
        (
            "headers are NULL",
            sql(
                "DROP TABLE Packages; CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, blob BLOB); INSERT INTO Packages VALUES (1, NULL)",
            ),
            "",
        ),
        (
            "headers are text",
            sql(
                "DROP TABLE Packages; CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, blob BLOB); INSERT INTO Packages VALUES (1, 'a text')",
            ),
            "",
        ),
        (
            "headers are cut",
            sql("UPDATE Packages SET blob = substr(blob, 1, length(blob) / 2)"),
            "",
        ),
        (
            "headers have huge counts",
            sql("UPDATE Packages SET blob = CAST(x'7fffffff7fffffff' || substr(blob, 9) AS BLOB)"),
            "",
        ),
        ("a wrong page", bytes("b[4096:8192] = b'\\xff' * 4096"), ""),
        (
            "all pages but the first are zero",
            bytes("b[4096:] = bytes(len(b) - 4096)"),
            "",
        ),
        (
            "pages point to themselves",
            bytes(
                "n = len(b) // 4096\nfor p in range(1, n): b[p*4096:p*4096+12] = b'\\x05\\x00\\x00\\x00\\x01\\x0f\\x00\\x00' + (p+1).to_bytes(4, 'big')",
            ),
            "",
        ),
        ("cut by one page", bytes("del b[-4096:]"), ""),
        ("cut in the header", bytes("del b[60:]"), ""),
        ("no SQLite", bytes("b[:16] = b'SQLite format 9\\0'"), ""),
        ("a page size of 3", bytes("b[16:18] = b'\\x00\\x03'"), ""),
    ];
    for (name, program, word) in table_of {
        std::fs::write(&file, &good).unwrap();
        python(&file, &program);
        let reference = format!("mini/x86_64/{}", name.replace(' ', "-"));
        let checksum = commit(&bed, &reference, &format!("--tree=dir={tree}"));
        table.unchanged(
            &client,
            name,
            || {
                let mut tx = client.sysroot.deploy_commit(format!("mini:{reference}"));
                tx.install("hello");
                let plan = tx.plan(&mut Job::new())?;
                tx.stage(&plan, &mut Job::new())
            },
            &corrupt,
            &["rpmdb.sqlite", &checksum, word],
        );
    }
    works(&client);
    table.finish();
}

/// How an object is damaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Damage {
    Flipped,
    Cut,
    Emptied,
    Missing,
}

/// Does something to a file, and afterwards puts it back as it was.
fn with_damage<T>(path: &Utf8Path, damage: Damage, work: impl FnOnce() -> T) -> T {
    let kept = path.with_extension("kept");
    std::fs::rename(path, &kept).unwrap();
    let mut bytes = std::fs::read(&kept).unwrap();
    match damage {
        Damage::Flipped => {
            let middle = bytes.len() / 2;
            bytes[middle] ^= 0x10;
        }
        Damage::Cut => bytes.truncate(bytes.len() - 5),
        Damage::Emptied => bytes.clear(),
        Damage::Missing => {}
    }
    if damage != Damage::Missing {
        std::fs::write(path, bytes).unwrap();
    }
    let result = work();
    std::fs::rename(&kept, path).unwrap();
    result
}

#[test]
fn objects_of_the_base_are_damaged() {
    let bed = bed();
    let client = bed.client("objects");
    let mut table = Table::new("Objects of the base in the repository");
    table.hide(bed.path.as_str(), "…");
    let checksum = client.sysroot.deployments().unwrap()[0]
        .checksum()
        .to_owned();
    let object = |hex: &str, kind: &str| {
        client.path.join(format!(
            "ostree/repo/objects/{}/{}.{kind}",
            &hex[..2],
            &hex[2..]
        ))
    };
    // `ostree ls -C` names the objects: of a folder its contents and its metadata.
    let named = |path: &str| -> Vec<String> {
        let line = client.ostree(&["ls", "-C", "-d", &checksum, path]);
        line.split_whitespace()
            .filter(|word| word.len() == 64)
            .map(str::to_owned)
            .collect()
    };
    let (usr, share) = (named("/usr"), named("/usr/share"));
    let database = named("/usr/share/rpm/rpmdb.sqlite");
    let group = named("/usr/lib/os-release");
    let corrupt = [ErrorKind::Corrupt];
    let (flip, cut, gone, empty) = (
        Damage::Flipped,
        Damage::Cut,
        Damage::Missing,
        Damage::Emptied,
    );
    let rows: Vec<(&str, Utf8PathBuf, Vec<Damage>, &str)> = vec![
        (
            "the commit",
            object(&checksum, "commit"),
            vec![flip, cut, gone, empty],
            &checksum,
        ),
        (
            "the folder /usr",
            object(&usr[0], "dirtree"),
            vec![flip, cut, gone, empty],
            &usr[0],
        ),
        (
            "the folder /usr/share",
            object(&share[0], "dirtree"),
            vec![flip, gone],
            &share[0],
        ),
        (
            "metadata of /usr",
            object(&usr[1], "dirmeta"),
            vec![flip, cut, gone],
            &usr[1],
        ),
        (
            "the database",
            object(&database[0], "file"),
            vec![cut, gone, empty],
            "",
        ),
        (
            "a file of no concern to the change",
            object(&group[0], "file"),
            vec![gone],
            "",
        ),
    ];
    for (name, path, damages, word) in rows {
        for damage in damages {
            let name = format!("{name}: {damage:?}").to_lowercase();
            let before = state(&client);
            let result = with_damage(&path, damage, || client.install("talker"));
            table.refused(&name, result, &corrupt, &[word]);
            table.same(&name, &before, &state(&client));
        }
    }
    works(&client);
    table.finish();
}

#[test]
fn deployments_are_damaged() {
    let bed = bed();
    let client = bed.client("deployments");
    let mut table = Table::new("Deployments, origins, refs and boot entries");
    table.hide(bed.path.as_str(), "…");
    let root = client.root();
    let origin = root.with_file_name(format!("{}.origin", root.file_name().unwrap()));
    let config = [ErrorKind::Config];
    // What a reader and a writer say must be the same.
    let check = |table: &mut Table, name: &str, kinds: &[ErrorKind], words: &[&str]| {
        let before = state(&client);
        table.refused(
            &format!("{name}: status"),
            client.sysroot.status(),
            kinds,
            words,
        );
        table.refused(name, client.install("hello"), kinds, words);
        table.same(name, &before, &state(&client));
    };
    let good = std::fs::read(&origin).unwrap();
    let mut both = good.clone();
    both.extend_from_slice(b"container-image-reference=ostree-unverified-registry:example/os\n");
    let origins: [(&str, Vec<u8>, &[&str]); 7] = [
        (
            "an origin that is no key file",
            b"refspec, please\n".to_vec(),
            &["line 1"],
        ),
        (
            "an origin that follows nothing",
            b"[origin]\n".to_vec(),
            &["refspec"],
        ),
        ("an empty origin", Vec::new(), &["refspec"]),
        (
            "an origin that follows two things",
            both,
            &["container-image-reference"],
        ),
        (
            "a binary origin",
            vec![0, 0xff, 0xfe, b'[', 0x80],
            &["UTF-8"],
        ),
        (
            "a huge origin",
            [good.as_slice(), &b"#".repeat(64 << 20)].concat(),
            &["MiB"],
        ),
        (
            "an origin with a broken list",
            b"[origin]\nbaserefspec=mini:x\n[packages]\nrequested=a;\\".to_vec(),
            &[],
        ),
    ];
    for (name, text, words) in origins {
        std::fs::write(&origin, text).unwrap();
        check(&mut table, name, &config, &[words, &["origin"]].concat());
    }
    std::fs::remove_file(&origin).unwrap();
    check(
        &mut table,
        "no origin",
        &[ErrorKind::Config, ErrorKind::State, ErrorKind::NotFound],
        &["origin"],
    );
    std::fs::create_dir(&origin).unwrap();
    check(
        &mut table,
        "an origin that is a folder",
        &[ErrorKind::Config, ErrorKind::Io],
        &["origin"],
    );
    std::fs::remove_dir(&origin).unwrap();
    std::fs::write(&origin, &good).unwrap();

    let state_kinds = [ErrorKind::State, ErrorKind::Corrupt];
    let away = root.with_extension("away");
    run(Command::new("chattr").arg("-i").arg(&root));
    std::fs::rename(&root, &away).unwrap();
    check(
        &mut table,
        "a deployment's folder is gone",
        &state_kinds,
        &[root.file_name().unwrap()],
    );
    std::fs::rename(&away, &root).unwrap();

    let entries = client.path.join("boot/loader/entries");
    let entry = entries
        .read_dir_utf8()
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path()
        .to_owned();
    let text = std::fs::read_to_string(&entry).unwrap();
    for (name, new) in [
        ("an empty boot entry", String::new()),
        (
            "a boot entry of garbage",
            "\u{1}garbage\nwithout end".to_owned(),
        ),
        (
            "a boot entry for no deployment",
            text.replace("ostree=/ostree/boot", "ostree=/nowhere/boot"),
        ),
        (
            "a boot entry without options",
            text.lines()
                .filter(|l| !l.starts_with("options"))
                .fold(String::new(), |all, l| all + l + "\n"),
        ),
    ] {
        std::fs::write(&entry, new).unwrap();
        check(
            &mut table,
            name,
            &state_kinds,
            &[entry.file_name().unwrap(), "boot"],
        );
    }
    std::fs::remove_file(&entry).unwrap();
    // Then there are no deployments, which is no error for readers.
    assert!(client.sysroot.status().unwrap().deployments().is_empty());
    table.unchanged(
        &client,
        "no boot entry",
        || client.install("hello"),
        &state_kinds,
        &["no deployment"],
    );
    std::fs::write(&entry, &text).unwrap();
    let loader = client.path.join("boot/loader");
    let target = std::fs::read_link(&loader).unwrap();
    std::fs::remove_file(&loader).unwrap();
    std::os::unix::fs::symlink("loader.7", &loader).unwrap();
    check(
        &mut table,
        "a loader link that leads nowhere",
        &state_kinds,
        &[],
    );
    std::fs::remove_file(&loader).unwrap();
    std::os::unix::fs::symlink(target, &loader).unwrap();

    // Refs that nothing of the transaction needs.
    let refs = client.path.join("ostree/repo/refs");
    let reference = refs.join("heads/dangling");
    std::fs::write(&reference, format!("{}\n", "0".repeat(64))).unwrap();
    let before = state(&client);
    assert_eq!(client.sysroot.status().unwrap().deployments().len(), 1);
    let mut tx = client.sysroot.deploy_commit("dangling");
    let result = tx.plan(&mut Job::new());
    table.refused(
        "a ref to a commit that is not there",
        result,
        &[ErrorKind::Corrupt, ErrorKind::NotFound],
        &["000000"],
    );
    std::fs::write(&reference, "not a checksum").unwrap();
    let result = client
        .sysroot
        .deploy_commit("dangling")
        .plan(&mut Job::new());
    table.refused(
        "a ref of garbage",
        result,
        &[ErrorKind::Corrupt],
        &["dangling"],
    );
    std::fs::remove_file(&reference).unwrap();
    table.same(
        "refs",
        &before
            .lines()
            .filter(|l| !l.contains("/dangling "))
            .collect::<Vec<_>>()
            .join("\n"),
        &state(&client),
    );
    let result = client.sysroot.rpmdb("no/such/ref").map(|_| ());
    table.refused(
        "a ref that is not there",
        result,
        &[ErrorKind::NotFound],
        &["no/such/ref"],
    );
    works(&client);
    table.finish();
}

#[test]
fn a_dangling_ref_does_not_stop_others() {
    let bed = bed();
    let client = bed.client("dangling");
    let refs = client.path.join("ostree/repo/refs/heads");
    std::fs::create_dir_all(refs.join("other")).unwrap();
    std::fs::write(refs.join("other/dangling"), format!("{}\n", "0".repeat(64))).unwrap();
    client.install("hello").unwrap();
    assert!(client.root().join("usr/bin/hello").exists());
    let refs = client.ostree(&["refs"]);
    assert!(refs.contains("other/dangling"), "{refs}");
    client
        .sysroot
        .cleanup(regraft::Cleanup::default(), &mut Job::new())
        .unwrap();
    assert_eq!(client.sysroot.status().unwrap().deployments().len(), 2);
}
