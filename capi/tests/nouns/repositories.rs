//! `.repo` files.

use super::*;

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
