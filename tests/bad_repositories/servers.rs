//! Servers that stall or lead astray.

use super::*;

/// The rows of servers whose names are wanted, and what is needed to go on.
fn astray(
    name: &str,
    title: &str,
    wanted: impl Fn(&str) -> bool,
) -> (Arc<Bed>, Client, Server, Table) {
    let bed = bed();
    let client = bed.client(name);
    let folder = repository(&bed, &client, "far");
    let primary = forge::primary_text(&folder);
    forge::publish(&folder, &primary);
    std::fs::write(folder.join("mirrors"), "x".repeat(100)).unwrap();
    std::fs::write(folder.join("passwd.xml"), "secret").unwrap();
    let server = Server::start(&folder);
    let closed = {
        let server = Server::start(&folder);
        server.url("")
    };
    let host = server.url("").trim_start_matches("http://").to_owned();
    let mut table = Table::of(&client, title);
    table.hide(host.trim_end_matches('/'), "SERVER");
    table.hide(
        closed.trim_start_matches("http://").trim_end_matches('/'),
        "CLOSED",
    );
    let (repomd, rpm) = ("/repodata/repomd.xml", "/far-1-1.rpm");
    let here = server.url("");
    let install = || client.install("far");
    let list = server.url("/mirrors");
    let mirrors = format!("baseurl=\nmirrorlist={list}\n");
    let metalink = format!("baseurl=\nmetalink={list}\n");
    let file = format!("file://{folder}/passwd.xml");
    type Row<'a> = (
        &'a str,
        String,
        &'a str,
        Option<Fault>,
        ErrorKind,
        &'a [&'a str],
    );
    let rows: Vec<Row<'_>> = vec![
        (
            "redirects in a circle",
            String::new(),
            repomd,
            Some(Fault::Redirect(server.url(repomd))),
            Network,
            &["repomd.xml", "redirects"],
        ),
        (
            "package redirects in a circle",
            String::new(),
            rpm,
            Some(Fault::Redirect(server.url(rpm))),
            Network,
            &["far-1-1.rpm", "redirects"],
        ),
        (
            "redirect to a file",
            String::new(),
            repomd,
            Some(Fault::Redirect(file)),
            Network,
            &["not supported"],
        ),
        (
            "stalls at repomd",
            String::new(),
            repomd,
            Some(Fault::Stall(10)),
            Network,
            &["repomd.xml", "Timeout"],
        ),
        (
            "stalls at a package",
            String::new(),
            rpm,
            Some(Fault::Stall(10)),
            Network,
            &["far-1-1.rpm", "Timeout"],
        ),
        (
            "trickles",
            String::new(),
            rpm,
            Some(Fault::Slow(1)),
            Network,
            &["far-1-1.rpm", "Timeout"],
        ),
        (
            "stalls, minrate=0",
            "minrate=0\n".to_owned(),
            repomd,
            Some(Fault::Stall(0)),
            Network,
            &["repomd.xml", "Timeout"],
        ),
        (
            "list of mirrors is none",
            mirrors.clone(),
            repomd,
            None,
            Corrupt,
            &["mirrors", "no line is an address"],
        ),
        (
            "list of mirrors is not there",
            mirrors.clone(),
            "/mirrors",
            Some(Fault::Status(404)),
            Network,
            &["mirrors", "404"],
        ),
        (
            "list of mirrors stalls",
            mirrors.clone(),
            "/mirrors",
            Some(Fault::Stall(1)),
            Network,
            &["mirrors", "Timeout"],
        ),
        (
            "list of mirrors has no end",
            mirrors.clone(),
            "/mirrors",
            Some(Fault::Endless),
            Corrupt,
            &["mirrors", "8388608"],
        ),
        (
            "list of closed mirrors",
            mirrors.clone(),
            "/mirrors",
            Some(Fault::Replace(closed.clone().into_bytes())),
            Network,
            &[],
        ),
        (
            "metalink is none",
            metalink,
            repomd,
            None,
            Corrupt,
            &["mirrors", "no metalink"],
        ),
        (
            "server is not there",
            format!("baseurl={closed}\n"),
            repomd,
            None,
            Network,
            &["connect"],
        ),
        (
            "no TLS",
            format!("baseurl=https://{host}\n"),
            repomd,
            None,
            Network,
            &["SSL"],
        ),
    ];
    for (name, more, path, fault, kind, words) in rows {
        if !wanted(name) {
            continue;
        }
        declare(&client, "own", &here, &format!("timeout=1\n{more}"));
        if let Some(fault) = fault {
            server.fault(path, fault);
        }
        let begun = Instant::now();
        table.kept_out(&client, name, kind, words, install);
        eprintln!(
            "{name}: {:?}, {} requests",
            begun.elapsed(),
            server.take_paths().len()
        );
        if begun.elapsed() > Duration::from_secs(15) {
            table.wrong(format!("{}: it took {:?}", name, begun.elapsed()));
        }
        server.heal();
    }
    declare(&client, "own", &here, "timeout=1\n");
    (bed, client, server, table)
}

/// librepo tries an address four times, each for the repository's `timeout`.
#[test]
fn servers_that_stall() {
    let slow = |name: &str| ["stalls at repomd", "stalls, minrate=0", "trickles"].contains(&name);
    let (_bed, client, _server, table) = astray("stalled", "Servers that stall", slow);
    table.finish();
    client.install("far").unwrap();
}

#[test]
fn servers_that_lead_astray() {
    let slow = |name: &str| ["stalls at repomd", "stalls, minrate=0", "trickles"].contains(&name);
    let (_bed, client, server, mut table) =
        astray("astray", "Servers that lead astray", |name| !slow(name));
    let folder = client.path.with_extension("packages");
    let primary = std::fs::read_to_string(forge::primary_of(&folder)).unwrap();
    let here = server.url("");
    let install = || client.install("far");
    // A server sends its clients to their own files: not followed.
    declare(&client, "own", &here, "timeout=1\n");
    let base = format!("xml:base=\"file://{folder}/\" ");
    let mut record = Record::of("primary", "repodata/primary.xml", primary.as_bytes(), None);
    record.base = base.clone();
    publish(&folder, &record, primary.as_bytes());
    table.kept_out(
        &client,
        "metadata on the client's disk",
        Corrupt,
        &["xml:base"],
        install,
    );
    let text = primary.replace("<location ", &format!("<location {base}"));
    forge::publish(&folder, &text);
    table.kept_out(
        &client,
        "package on the client's disk",
        Corrupt,
        &["xml:base"],
        install,
    );
    forge::publish(&folder, &primary);

    // Another process looks for newer metadata and hangs: a cancel is heard.
    let data = client.path.join("ostree/regraft/repodata");
    let locks: Vec<std::fs::File> = data
        .read_dir_utf8()
        .unwrap()
        .map(|entry| entry.unwrap().into_path())
        .filter(|path| path.file_name().unwrap().starts_with("own-"))
        .map(|path| std::fs::File::open(path.join("lock")).unwrap())
        .collect();
    for lock in &locks {
        rustix::fs::flock(lock, rustix::fs::FlockOperation::LockExclusive).unwrap();
    }
    let before = state(&client);
    let mut tx = client.sysroot.transaction(Base::Pending).unwrap();
    tx.install("far");
    let mut job = Job::new();
    let cancel = job.cancel_handle();
    std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(300));
        cancel.cancel();
    });
    let begun = Instant::now();
    let error = tx.plan(&mut job).unwrap_err();
    table.told("metadata are locked, and a cancel", Cancelled, &[], &error);
    assert!(begun.elapsed() < Duration::from_secs(10));
    assert_eq!(state(&client), before);
    drop(locks);
    if let Err(error) = install() {
        table.wrong(format!("{}: {error}", "good again"));
    }
    table.finish();
    works(&client);
}
