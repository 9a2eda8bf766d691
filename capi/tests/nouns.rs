//! Each noun of the C ABI on real data: C programs print what they get, and that is compared with
//! what the Rust API says, and with rpm and ostree where they know it.
#![allow(missing_docs, clippy::unwrap_used)]

// The library's own name, by which the shared support knows it.
extern crate engine as regraft;

#[path = "support/build.rs"]
mod build;
#[path = "nouns/dump.rs"]
mod dump;
#[path = "support/program.rs"]
#[allow(dead_code, reason = "each test binary uses a part")]
mod program;
#[path = "../../tests/support/mod.rs"]
#[allow(missing_docs)]
mod support;

use camino::{Utf8Path, Utf8PathBuf};
use dump::Dump;
use program::Library;
use regraft::{
    Job, Keyring, Origin, Package, RepoConfig, Rpmdb, Signature, Sysroot, Treefile, Variables,
};
use serde_json::{Value, json};
use std::process::Command;
use support::mini::{Bed, REF, run};
use support::rpms::Rpm;

/// A file or folder of the shared test data; `None`, said on stderr, where there is none, which
/// under `CI=true` is a failure.
fn testdata(relative: &str) -> Option<Utf8PathBuf> {
    let path = Utf8Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../shared/testdata")
        .join(relative);
    if path.exists() {
        return Some(path);
    }
    assert!(
        std::env::var("CI").as_deref() != Ok("true"),
        "{path} is missing"
    );
    eprintln!("left out: {path} is missing");
    None
}

fn folder() -> (tempfile::TempDir, Utf8PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = Utf8PathBuf::from_path_buf(folder.path().canonicalize().unwrap()).unwrap();
    (folder, path)
}

/// All files below a folder whose names end so, sorted.
fn below(path: &Utf8Path, end: &str) -> Vec<Utf8PathBuf> {
    let found = run(Command::new("find")
        .arg(path)
        .args(["-name", end, "-type", "f"]));
    let mut found: Vec<Utf8PathBuf> = found.lines().map(Utf8PathBuf::from).collect();
    found.sort();
    found
}

/// Runs a program as a user who may do nothing in particular, with a copy of the library.
fn as_nobody(
    library: &Library,
    program: &Utf8Path,
    folder: &Utf8Path,
    arguments: &[&str],
) -> String {
    let mut open = Some(folder);
    while let Some(path) = open.filter(|path| path.as_str() != "/") {
        run(Command::new("chmod").args(["o+x", path.as_str()]));
        open = path.parent();
    }
    let copy = folder.join(program.file_name().unwrap());
    std::fs::copy(program, &copy).unwrap();
    std::fs::copy(&library.file, folder.join("libregraft.so.0")).unwrap();
    run(Command::new("setpriv")
        .args(["--reuid=65534", "--regid=65534", "--clear-groups"])
        .arg(&copy)
        .args(arguments)
        .env("LD_LIBRARY_PATH", folder))
}

#[test]
fn names_versions_and_dependencies() {
    let said = Library::new().run("tests/nouns/names.c", &[]);
    assert_eq!(said, "all as it should be\n");
}

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

/// What `package.c` prints of a file.
fn package(path: &Utf8Path) -> String {
    let mut dump = Dump::default();
    dump.text("file", path);
    let package = match Package::open(path) {
        Ok(package) => package,
        Err(error) => {
            dump.text("error", error.kind().name());
            return dump.finish();
        }
    };
    dump.nevra(package.nevra());
    dump.text("summary", package.summary());
    dump.text("description", package.description());
    dump.text("license", package.license());
    dump.text("url", package.url());
    dump.text("vendor", package.vendor());
    dump.text("packager", package.packager());
    dump.text("group", package.group());
    dump.text("source_rpm", package.source_rpm());
    dump.text("build_host", package.build_host());
    dump.number("build_time", package.build_time());
    dump.number("installed_size", package.installed_size());
    dump.number("payload_size", package.payload_size());
    dump.flag("is_source", package.is_source());
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
    for entry in package.changelog() {
        dump.number("time", entry.time);
        dump.text("author", entry.author);
        dump.text("text", entry.text);
    }
    dump.text("json", package.to_json().unwrap().to_string());
    dump.files(&package.files().unwrap());
    dump.finish()
}

#[test]
fn package_files() {
    let Some(data) = testdata("rpms") else {
        return;
    };
    let library = Library::new();
    let files = below(&data, "*.rpm");
    assert!(files.len() > 100);
    let arguments: Vec<&str> = files.iter().map(|file| file.as_str()).collect();
    let mut arguments = arguments.clone();
    arguments.push("/nonexistent");
    arguments.push(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"));
    let said = library.run("tests/nouns/package.c", &arguments);
    let expected: String = arguments
        .iter()
        .map(|file| package(Utf8Path::new(file)))
        .collect();
    for (ours, theirs) in said.lines().zip(expected.lines()) {
        assert_eq!(ours, theirs);
    }
    assert_eq!(said.lines().count(), expected.lines().count());
    let json = said
        .lines()
        .find_map(|line| line.strip_prefix("json="))
        .unwrap();
    let json: Value = serde_json::from_str(&json.replace("\\\\", "\\")).unwrap();
    let first = Package::open(&files[0]).unwrap();
    assert_eq!(json["nevra"], first.nevra().to_string().as_str());
    assert_eq!(
        json["files"].as_array().unwrap().len(),
        first.files().unwrap().len()
    );
}

#[test]
fn keyrings_and_verifications() {
    let (_folder, path) = folder();
    let key = support::rpms::Key::new(&path, "builder");
    let signed = Rpm::new("signed-1-1")
        .file("/usr/share/a", "a")
        .build(&path, Some(&key));
    let unsigned = Rpm::new("unsigned-1-1")
        .file("/usr/share/b", "b")
        .build(&path, None);
    let library = Library::new();
    let keys = path.join("keys");
    std::fs::create_dir(&keys).unwrap();
    std::fs::copy(&key.public, keys.join("one.asc")).unwrap();
    std::fs::copy(&key.public, keys.join("two.asc")).unwrap();
    std::fs::write(keys.join("README"), "no key").unwrap();
    let said = library.run(
        "tests/nouns/verify.c",
        &[
            signed.as_str(),
            unsigned.as_str(),
            key.public.as_str(),
            keys.as_str(),
        ],
    );
    let mut dump = Dump::default();
    let (signed, unsigned) = (
        Package::open(&signed).unwrap(),
        Package::open(&unsigned).unwrap(),
    );
    let (required, not) = (Signature::Required, Signature::NotRequired);
    let mut keyring = Keyring::new();
    dump.verification(signed.verify(&keyring, required));
    dump.verification(signed.verify(&keyring, not));
    keyring.add_file(&key.public).unwrap();
    dump.verification(signed.verify(&keyring, required));
    dump.verification(unsigned.verify(&keyring, required));
    dump.verification(unsigned.verify(&keyring, not));
    let mut keyring = Keyring::new();
    keyring
        .add(&std::fs::read(&key.public).unwrap(), "from memory")
        .unwrap();
    dump.verification(signed.verify(&keyring, required));
    dump.number("in the folder", 2u64);
    assert_eq!(said, dump.finish());
    assert!(
        said.to_uppercase()
            .contains(&format!("FINGERPRINT={}", key.id)),
        "{said}"
    );
    assert_eq!(
        said.matches("\nuser_id=builder <builder@example.invalid>\n")
            .count(),
        2
    );
    assert!(said.contains("\nkeyring_name=from memory\n"));
}

#[test]
fn repositories() {
    let (_folder, path) = folder();
    std::fs::create_dir_all(path.join("root/etc/dnf/vars")).unwrap();
    std::fs::write(path.join("root/etc/dnf/vars/site"), "here\n").unwrap();
    let repos = path.join("repos");
    std::fs::create_dir(&repos).unwrap();
    let full = "[full]\nname=Full $site\nenabled=0\nbaseurl=http://a/$releasever http://b/\n\
                mirrorlist=http://m/\nmetalink=http://l/\ngpgkey=file:///k1 file:///k2\n\
                gpgcheck=0\nrepo_gpgcheck=1\nexcludepkgs=a* b\nincludepkgs=c,d\npriority=7\n\
                cost=-3\nsslverify=0\nsslcacert=/ca\nsslclientcert=/cc\nsslclientkey=/ck\n\
                proxy=http://proxy:3128\nproxy_username=pu\nproxy_password=pp\nusername=u\n\
                password=secret\nmetadata_expire=2h\ntimeout=5\nminrate=10\n\
                skip_if_unavailable=1\nmodule_hotfixes=1\ncountme=1\nnonsense=1\n\
                [plain]\nbaseurl=http://p/\nproxy=_none_\nmetadata_expire=never\n";
    std::fs::write(repos.join("all.repo"), full).unwrap();
    if let Some(data) = testdata("treefiles/fedora-coreos-config") {
        for name in ["fedora.repo", "fedora-next.repo", "fedora-archive.repo"] {
            std::fs::copy(data.join(name), repos.join(name)).unwrap();
        }
    }
    let said = Library::new().run(
        "tests/nouns/repo.c",
        &[repos.as_str(), path.join("root").as_str()],
    );
    let mut variables = Variables::new().with("releasever", "9.4");
    variables.read_root(path.join("root")).unwrap();
    let mut dump = Dump::default();
    dump.repositories(&RepoConfig::read_dir(&repos, &variables).unwrap());
    let files = [
        ("b.repo", "[b]\nbaseurl=http://b/$site\n"),
        ("a.repo", "[a]\nbaseurl=http://a/$site\n"),
    ];
    let files = files.map(|(file, text)| (file.to_owned(), text.as_bytes().to_vec()));
    dump.repositories(&RepoConfig::from_files(files, &variables).unwrap());
    let text = "[c]\nmetalink=http://c/$site\n";
    dump.repositories(&RepoConfig::parse(text, "c.repo", &Variables::new()).unwrap());
    let error = RepoConfig::parse("[c]\n", "c.repo", &Variables::new()).unwrap_err();
    dump.text("message", error.to_string());
    assert_eq!(said, dump.finish());
    for line in [
        "name=Full here",
        "password=secret",
        "priority=7",
        "baseurl=http://a/here",
    ] {
        assert!(said.contains(&format!("{line}\n")), "{line}: {said}");
    }
    // Passwords are for those who ask for them by name.
    let json: Vec<&str> = said
        .lines()
        .filter(|line| line.starts_with("json="))
        .collect();
    assert_eq!(json.len(), 3);
    assert!(!json.concat().contains("secret") && json.concat().contains("***"));
}

#[test]
fn treefiles() {
    let library = Library::new();
    let program = library.compile("tests/nouns/treefile.c", "c99");
    let (_folder, path) = folder();
    let text = "ref: os/${basearch}/base\nrepos: [base, extra]\nselinux: false\n\
                packages:\n  - bash coreutils\n  - \"'podman >= 4.1'\"\n\
                packages-s390x: [s390utils-base]\nexclude-packages: [nano]\nrecommends: false\n\
                documentation: true\ninstall-langs: [de, en]\nno-initramfs: true\n\
                tmp-is-dir: true\nunits: [sshd.service]\ndefault-target: multi-user.target\n\
                machineid-compat: true\nreleasever: 41\nautomatic-version-prefix: \"7\"\n\
                postprocess-script: post.sh\nadd-commit-metadata:\n  a.b: {c: [1, true]}\n";
    std::fs::write(path.join("full.yaml"), text).unwrap();
    std::fs::write(path.join("post.sh"), "#!/bin/sh\necho \"done\"\n").unwrap();
    std::fs::write(path.join("odd.yaml"), "ref: a\nnonsense: 1\n").unwrap();
    let mut files = vec![
        path.join("full.yaml"),
        path.join("odd.yaml"),
        path.join("absent.yaml"),
    ];
    if let Some(data) = testdata("treefiles") {
        files.extend(below(&data, "*.yaml").into_iter().take(20));
    }
    let mut read = 0;
    for file in &files {
        for arch in ["", "s390x"] {
            let arguments: Vec<&str> = [file.as_str(), arch]
                .into_iter()
                .filter(|it| !it.is_empty())
                .collect();
            let said = build::run(library.command(&program).args(&arguments));
            let treefile = match arch {
                "" => Treefile::read(file),
                arch => Treefile::read_for(file, arch),
            };
            read += usize::from(treefile.is_ok());
            let mut dump = Dump::default();
            dump.treefile(treefile);
            assert_eq!(said, dump.finish(), "{file} {arch}");
        }
    }
    assert!(read >= 2, "{read}");
    let said = build::run(library.command(&program).args([files[0].as_str(), "s390x"]));
    for line in [
        "ref=os/s390x/base",
        "package=s390utils-base",
        "selinux=0",
        "tmp_is_dir=1",
    ] {
        assert!(said.contains(&format!("{line}\n")), "{line}: {said}");
    }
    let json = said
        .lines()
        .find_map(|line| line.strip_prefix("json="))
        .unwrap();
    let json: Value = serde_json::from_str(json).unwrap();
    assert_eq!(json["default-target"], "multi-user.target");
}

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

#[test]
fn origins() {
    let library = Library::new();
    let program = library.compile("tests/nouns/origin.c", "c99");
    let (_folder, path) = folder();
    let sum = "0123456789abcdef".repeat(4);
    let full = format!(
        "# kept\n[origin]\nbaserefspec=os:os/x86_64/base\noverride-commit={sum}\n\
         custom-url=https://example.invalid/\ncustom-description=A tool\n\
         unconfigured-state=Register first\n\n[packages]\nrequested=git;zsh;\n\
         requested-local={sum}:foo-1:1-1.x86_64;\n\n[overrides]\nremove=nano;\n\
         replace-local={sum}:bar-2-1.x86_64;\nreplace=repo=updates,vim,vim-common;\n\n[rpmostree]\n\
         regenerate-initramfs=true\ninitramfs-args=-v;--no-hostonly;\ninitramfs-etc=/etc/fstab;\n\n\
         [modules]\nenable=nodejs:18;\ninstall=nodejs:18/default;\n\n\
         [libostree-transient]\npinned=true\n"
    );
    std::fs::write(path.join("full.origin"), &full).unwrap();
    let mut files = vec![path.join("full.origin")];
    if let Some(data) = testdata("rpm-ostree/stages") {
        files.extend(below(&data, "*.origin"));
    }
    for file in &files {
        let text = std::fs::read_to_string(file).unwrap();
        let said = build::run(library.command(&program).arg(file));
        let mut dump = Dump::default();
        dump.origin(&Origin::parse(&text).unwrap());
        assert_eq!(said, dump.finish(), "{file}");
    }
    // Each edit gives the text that Rust's gives.
    let said = build::run(library.command(&program).args([files[0].as_str(), "edits"]));
    let mut said = said.lines();
    let mut origin = Origin::parse(&full).unwrap();
    let foo = "foo-1:1-1.x86_64".parse().unwrap();
    let mut step = |edit: &dyn Fn(&mut Origin)| {
        edit(&mut origin);
        let line = said.next().unwrap();
        let text = line.split_once(")=").unwrap().1.replace("\\n", "\n");
        assert_eq!(text, origin.to_text(), "{line}");
    };
    step(&|it| *it = it.without_transient());
    step(&|it| _ = it.add_requested("zsh"));
    step(&|it| _ = it.add_requested("git"));
    step(&|it| _ = it.remove_requested("zsh"));
    step(&|it| _ = it.add_requested_local(&sum, &foo));
    step(&|it| _ = it.remove_requested_local(&foo));
    step(&|it| _ = it.add_requested_local(&sum, &foo));
    step(&|it| _ = it.clear_requested());
    step(&|it| _ = it.add_override_remove("nano"));
    step(&|it| _ = it.reset_override_remove("nano"));
    step(&|it| _ = it.add_override_replace_local(&sum, &foo));
    step(&|it| _ = it.reset_override_replace_local(&foo));
    step(&|it| _ = it.add_override_replace("updates", "vim"));
    step(&|it| _ = it.add_override_replace("updates", "bar"));
    step(&|it| _ = it.reset_override_replace("vim"));
    step(&|it| _ = it.reset_overrides());
    step(&|it| it.set_override_commit(Some(&sum)));
    step(&|it| it.set_override_commit(None));
    step(&|it| it.set_refspec("other:branch"));
    assert_eq!(said.next(), None);
}
