//! Composes, searches and what differs.

use super::*;

/// A base, two of its kind, layering, and what can be asked about them.
#[test]
fn composes_searches_and_what_differs() {
    let bed = Bed::new();
    let library = Library::new();
    let old = run(Command::new("ostree")
        .args(["rev-parse", REF])
        .arg(format!("--repo={}", bed.served())));
    bed.renew_base();
    let config = bed.path.join("config");
    let text = std::fs::read_to_string(config.join("base.yaml")).unwrap();
    let elsewhere = bed.path.join("elsewhere.yaml");
    std::fs::write(&elsewhere, text).unwrap();
    let arguments = [
        elsewhere.as_str().to_owned(),
        bed.served().into_string(),
        bed.path.join("cache").into_string(),
        config.into_string(),
        bed.key.id.clone(),
        bed.key.home.clone().into_string(),
        "force".to_owned(),
    ];
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let program = library.compile("tests/nouns/compose.c", "c99");
    let compose = |arguments: &[&str]| build::run(library.command(&program).args(arguments));
    let said = compose(&arguments[..6]);
    let rev = |what: &str| {
        let repo = format!("--repo={}", bed.served());
        run(Command::new("ostree").args(["rev-parse", what, &repo]))
            .trim()
            .to_owned()
    };
    let new = rev(REF);
    assert_ne!(new, old.trim());
    assert_eq!(rev(&format!("{REF}^")), old.trim());
    for line in [
        format!("ref={REF}"),
        format!("checksum={new}"),
        "package=nano-2-1.x86_64".to_owned(),
        "package=setup-2-1.noarch".to_owned(),
        "script=transfiletriggerin".to_owned(),
        "unchanged=false".to_owned(),
    ] {
        assert!(said.contains(&format!("{line}\n")), "{line}: {said}");
    }
    let json = said
        .lines()
        .find_map(|line| line.strip_prefix("json="))
        .unwrap();
    let json: Value = serde_json::from_str(&json.replace("\\\\", "\\")).unwrap();
    assert_eq!(json["checksum"], new.as_str());
    assert_eq!(json["packages"].as_array().unwrap().len(), 6);
    let text = said
        .lines()
        .find_map(|line| line.strip_prefix("text="))
        .unwrap();
    assert!(
        text.starts_with(&format!("committed {REF} {new} version ")),
        "{text}"
    );
    let signatures = run(Command::new("ostree")
        .args(["show", REF])
        .arg(format!("--gpg-homedir={}", bed.key.home))
        .arg(format!("--repo={}", bed.served())));
    assert!(signatures.contains("Found 1 signature"), "{signatures}");
    // Again: nothing new; by force: another commit.
    let said = compose(&arguments[..6]);
    assert!(said.contains("unchanged=true\n"), "{said}");
    assert_eq!(rev(REF), new);
    let said = compose(&arguments);
    assert!(said.contains("unchanged=false\n"), "{said}");
    assert_eq!(rev(&format!("{REF}^")), new);

    bed.extra(vec![
        Rpm::new("strace-6-1")
            .program("/usr/bin/strace", b"")
            .requires("/bin/sh"),
        Rpm::new("other-1-1").file("/usr/share/other", "x"),
    ]);
    let client = bed.client("client");
    client.install("strace").unwrap();
    let sysroot = Sysroot::open(&client.path).unwrap();
    let deployments = sysroot.deployments().unwrap();

    // What differs, by a deployment's identifier and by a commit's checksum.
    let program = library.compile("tests/nouns/rpmdb.c", "c99");
    let base = deployments[0].base_checksum();
    let differs = [client.path.as_str(), "diff", base, &deployments[0].id()].map(str::to_owned);
    let differs: Vec<&str> = differs.iter().map(String::as_str).collect();
    let said = build::run(library.command(&program).args(&differs));
    let changes = sysroot
        .rpmdb(base)
        .unwrap()
        .diff(&sysroot.rpmdb(&deployments[0].id()).unwrap())
        .unwrap();
    assert_eq!(changes.len(), 1);
    assert_eq!(said, format!("{}\n{}\n", changes[0], json!(changes)));
    assert!(
        said.starts_with("install strace-6-1.x86_64, base\n"),
        "{said}"
    );
    let nobody = bed.path.join("nobody");
    std::fs::create_dir(&nobody).unwrap();
    assert_eq!(as_nobody(&library, &program, &nobody, &differs), said);

    // The origin of a deployment.
    let program = library.compile("tests/nouns/origin.c", "c99");
    let said = build::run(
        library
            .command(&program)
            .args([client.path.as_str(), "deployment"]),
    );
    assert_eq!(said, deployments[0].origin().to_text());
    assert!(said.contains("requested=strace;\n"), "{said}");
    let theirs = as_nobody(
        &library,
        &program,
        &nobody,
        &[client.path.as_str(), "deployment"],
    );
    assert_eq!(theirs, said);

    // What the repositories have.
    let words = ["stra".to_owned(), "absent".to_owned()];
    let program = library.compile("tests/nouns/search.c", "c99");
    let said = build::run(library.command(&program).args([
        client.path.as_str(),
        "stra  absent",
        "refresh",
    ]));
    let mut dump = Dump::default();
    let found = sysroot.search(&words, &mut Job::new()).unwrap();
    assert_eq!(found.len(), 1);
    for package in &found {
        dump.nevra(&package.package);
        dump.text("repo", &package.repo);
        dump.text("summary", &package.summary);
        dump.number("download_size", package.download_size);
        dump.number("installed_size", package.installed_size);
    }
    dump.text("json", json!(found).to_string());
    let states = sysroot.refresh_metadata(&mut Job::new()).unwrap();
    for state in &states {
        dump.text("id", &state.id);
        dump.number("timestamp", state.timestamp);
        dump.number("packages", state.packages);
    }
    dump.text("json", json!(states).to_string());
    assert_eq!(said, dump.finish());
    assert!(said.contains("nevra=strace-6-1.x86_64\n") && said.contains("packages=2\n"));
    let size = bed
        .path
        .join("extra/strace-6-1.rpm")
        .metadata()
        .unwrap()
        .len();
    assert!(
        said.contains(&format!("download_size={size}\n")),
        "{size}: {said}"
    );

    // Any user may look into what is cached and not too old.
    let repo = client.root().join("etc/yum.repos.d/extra.repo");
    let text = std::fs::read_to_string(&repo).unwrap();
    std::fs::write(
        &repo,
        text.replace("metadata_expire=0", "metadata_expire=1h"),
    )
    .unwrap();
    let theirs = as_nobody(&library, &program, &nobody, &[client.path.as_str(), "stra"]);
    assert_eq!(theirs, said[..theirs.len()]);
    assert!(theirs.contains("nevra=strace-6-1.x86_64\n"), "{theirs}");
}
