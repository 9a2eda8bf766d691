//! Sysroots that cannot be used.

use super::*;

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
