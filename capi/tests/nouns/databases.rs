//! Package databases.

use super::*;

/// The part of a database's dump that is about packages.
fn installed(db: &Rpmdb) -> String {
    let mut dump = Dump::default();
    let packages = db.packages().unwrap();
    dump.text("file", db.file());
    dump.text("list", json!(packages).to_string());
    for package in &packages {
        dump.nevra(package.nevra());
        dump.text("summary", package.summary());
        dump.text("license", package.license());
        dump.text("vendor", package.vendor());
        dump.text("source", package.source());
        dump.number("size", package.size());
        dump.number("build_time", package.build_time());
        dump.number("install_time", package.install_time());
        dump.text("header_digest", package.header_digest());
        for list in [
            package.provides(),
            package.requires(),
            package.conflicts(),
            package.obsoletes(),
            package.recommends(),
            package.suggests(),
            package.supplements(),
            package.enhances(),
        ] {
            dump.dependencies(&list);
        }
        let files = package.files().unwrap();
        dump.files(&files);
        dump.text("files", json!(files).to_string());
        dump.text("json", package.to_json().unwrap().to_string());
    }
    dump.finish()
}

#[test]
fn databases() {
    let library = Library::new();
    let program = library.compile("tests/nouns/rpmdb.c", "c99");
    let ask = |arguments: &[&str]| build::run(library.command(&program).args(arguments));
    let Some(data) = testdata("rpm-ostree/rpmdbs.tar.zst") else {
        return;
    };
    // rpm wants to write beside it, and must agree where it is asked.
    let (_folder, path) = folder();
    let unpack = ["--zstd", "-xf", data.as_str(), "-C", path.as_str()];
    run(Command::new("tar").args(unpack));
    let file = path.join("rpmdb.sqlite");
    std::fs::rename(path.join("rpmdb-layered.sqlite"), &file).unwrap();
    let db = Rpmdb::open(&path).unwrap();
    let said = ask(&[path.as_str()]);
    let expected = installed(&db);
    for (ours, theirs) in said.lines().zip(expected.lines()) {
        assert_eq!(ours, theirs);
    }
    // The program prints the names at its end, too, where it has an answer: here it has none.
    assert_eq!(said.len(), expected.len());
    assert!(said.matches("\nnevra=").count() > 150);
    let format = "name=%{name}\nepoch=%{epochnum}\nversion=%{version}\nrelease=%{release}\n\
                  arch=%{arch}\nsummary=%{summary}\nlicense=%{license}\nvendor=%{vendor}\n\
                  source=%{sourcerpm}\nsize=%{longsize}\nbuild_time=%{buildtime}\n\
                  install_time=%{installtime}\nheader_digest=%{sha1header}\n\u{1}";
    let dbpath = format!("--dbpath={path}");
    let rpm = run(Command::new("rpm").args([&dbpath, "-qa", "--qf", format]));
    for package in rpm.split_terminator('\u{1}') {
        assert!(said.contains(&package.replace("(none)", "")), "{package}");
    }
    let count = rpm.split_terminator('\u{1}').count();
    assert_eq!(count, db.packages().unwrap().len());

    let list = said
        .lines()
        .find_map(|line| line.strip_prefix("list="))
        .unwrap();
    let list: Value = serde_json::from_str(&list.replace("\\\\", "\\")).unwrap();
    assert_eq!(list.as_array().unwrap().len(), count);
    let bash = db.by_name("bash").unwrap().swap_remove(0);
    let same = |it: &&Value| it["nevra"] == bash.nevra().to_string().as_str();
    let found = list.as_array().unwrap().iter().find(same).unwrap();
    assert_eq!(found["size"], bash.size());
    assert_eq!(found["version"], bash.nevra().evr.version.as_str());
    assert_eq!(found.get("files"), None);
    let all = bash.to_json().unwrap();
    assert_eq!(
        all["files"].as_array().unwrap().len(),
        bash.files().unwrap().len()
    );
    assert_eq!(all["requires"][0], bash.requires()[0].to_string().as_str());

    let names = |list: Vec<regraft::Installed>| -> String {
        list.iter().map(|it| format!("{}\n", it.nevra())).collect()
    };
    let some = db.by_name("bash").unwrap().swap_remove(0);
    let file = some.files().unwrap().swap_remove(0).path;
    let name = &some.nevra().name;
    assert_eq!(
        ask(&[path.as_str(), "by_name", name]),
        names(db.by_name(name).unwrap())
    );
    assert_eq!(ask(&[path.as_str(), "by_name", "absent"]), "");
    for capability in [name, "/bin/sh", "config(bash)", "bash > 0"] {
        assert_eq!(
            ask(&[path.as_str(), "providing", capability]),
            names(db.providing(capability).unwrap())
        );
    }
    let owners = ask(&[path.as_str(), "owning", &file]);
    assert_eq!(owners, names(db.owning(&file).unwrap()));
    assert!(owners.contains(name.as_str()));
    assert_eq!(ask(&[path.as_str(), "keys", ""]), names(db.keys().unwrap()));
    // Any user may read it.
    let (_folder, open) = folder();
    run(Command::new("cp").args([path.join("rpmdb.sqlite"), open.join("rpmdb.sqlite")]));
    let file = open.join("rpmdb.sqlite");
    let theirs = as_nobody(&library, &program, &open, &[file.as_str(), "by_name", name]);
    assert_eq!(theirs, names(db.by_name(name).unwrap()));

    assert_eq!(ask(&["/nonexistent"]), "not-found\n");
    if let Some(ndb) = testdata("rpmdb/ndb/osquery-ndb") {
        let said = ask(&[ndb.as_str()]);
        assert!(
            ["unsupported\n", "not-found\n"].contains(&said.as_str()),
            "{said}"
        );
    }
}
