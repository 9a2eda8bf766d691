//! Damaged caches.

use super::*;

/// What is kept of repositories is as good as absent when it is not what was kept.
#[test]
fn damaged_caches() {
    let bed = bed();
    let client = bed.client("caches");
    let folder = repository(&bed, &client, "kept");
    let expire = "metadata_expire=never\n";
    declare(&client, "own", &format!("file://{folder}"), expire);
    let data = client.path.join("ostree/regraft/repodata");
    let plan = || {
        let mut tx = client.sysroot.transaction(Base::Pending).unwrap();
        tx.install("kept");
        tx.plan(&mut Job::new()).map(|plan| plan.to_json())
    };
    let good = plan().unwrap();
    let own = data
        .read_dir_utf8()
        .unwrap()
        .map(|entry| entry.unwrap().into_path())
        .find(|path| path.file_name().unwrap().starts_with("own-"))
        .unwrap();
    let generation = || {
        let current = own.join("current").read_link_utf8().unwrap();
        own.join(current)
    };
    let primary = || generation().join("primary.xml.gz");
    let solv = data.join("own.solv");
    let whole = std::fs::read(&solv).unwrap();
    let write = |path: &Utf8Path, bytes: &[u8]| std::fs::write(path, bytes).unwrap();
    let remove = |path: &Utf8Path| {
        let _ = std::fs::remove_file(path);
        let _ = std::fs::remove_dir_all(path);
    };
    let changed = |bytes: &[u8], at: usize| {
        let mut bytes = bytes.to_vec();
        bytes[at] ^= 1;
        bytes
    };
    let link = |target: &str| {
        remove(&own.join("current"));
        std::os::unix::fs::symlink(target, own.join("current")).unwrap();
    };
    let rows: [(&str, &dyn Fn()); 19] = [
        ("solv absent", &|| remove(&solv)),
        ("solv empty", &|| write(&solv, b"")),
        ("solv cut", &|| write(&solv, &whole[..whole.len() / 2])),
        ("solv cut by one", &|| {
            write(&solv, &whole[..whole.len() - 1])
        }),
        ("solv longer", &|| write(&solv, &[&*whole, b"x"].concat())),
        ("solv changed", &|| {
            write(&solv, &changed(&whole, whole.len() / 2))
        }),
        ("solv of another version", &|| {
            write(&solv, &changed(&whole, 7))
        }),
        ("solv with another key", &|| {
            write(&solv, &changed(&whole, whole.len() - 5))
        }),
        ("solv of another repository", &|| {
            std::fs::copy(data.join("extra.solv"), &solv).unwrap();
        }),
        ("solv is garbage", &|| {
            write(&solv, &b"garbage".repeat(1000))
        }),
        ("solv is a folder", &|| {
            remove(&solv);
            std::fs::create_dir(&solv).unwrap();
        }),
        ("solv is a FIFO", &|| {
            remove(&solv);
            run(Command::new("mkfifo").arg(&solv));
        }),
        ("solv is a symlink to itself", &|| {
            remove(&solv);
            std::os::unix::fs::symlink("own.solv", &solv).unwrap();
        }),
        ("current leads nowhere", &|| link(&"0".repeat(32))),
        ("current leads out", &|| link("../../../../etc")),
        ("repomd empty", &|| {
            write(&generation().join("repomd.xml"), b"")
        }),
        ("primary cut", &|| write(&primary(), b"x")),
        ("primary absent", &|| remove(&primary())),
        ("primary changed", &|| {
            let bytes = std::fs::read(primary()).unwrap();
            write(&primary(), &changed(&bytes, bytes.len() / 2));
            remove(&solv);
        }),
    ];
    let mut table = Table::of(&client, "Damaged caches");
    let before = state(&client);
    for (name, damage) in rows {
        damage();
        match plan() {
            Ok(text) if text == good => table.say(name, "none", "read again; the plan is the same"),
            Ok(text) => table.wrong(format!("{}: another plan: {text}", name)),
            Err(error) => table.wrong(format!("{}: {}: {error}", name, error.kind())),
        }
        assert_eq!(state(&client), before, "{name}");
        if solv.is_dir() || !solv.exists() {
            remove(&solv);
            plan().unwrap();
        }
    }
    client.install("kept").unwrap();
    table.finish();
    works(&client);
}
