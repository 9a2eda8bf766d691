//! Signed metadata; gpg makes the keys and the signatures.

use super::*;
use crate::error::Error;

struct Gpg {
    home: tempfile::TempDir,
}

impl Gpg {
    fn new() -> Gpg {
        use std::os::unix::fs::PermissionsExt;
        let home = tempfile::tempdir().unwrap();
        let mode = std::fs::Permissions::from_mode(0o700);
        std::fs::set_permissions(home.path(), mode).unwrap();
        Gpg { home }
    }

    fn run(&self, arguments: &[&str]) {
        let output = Command::new("gpg")
            .args([
                "--batch",
                "--yes",
                "--quiet",
                "--pinentry-mode=loopback",
                "--passphrase=",
            ])
            .args(arguments)
            .env("GNUPGHOME", self.home.path())
            .output()
            .unwrap();
        assert!(output.status.success(), "{arguments:?}: {output:?}");
    }

    fn key(&self, name: &str, kind: &str, options: &[&str], expire: &str, file: &Utf8Path) {
        let all = [
            options,
            &["--quick-generate-key", name, kind, "sign", expire],
        ]
        .concat();
        self.run(&all);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        self.run(
            &[
                options,
                &["--armor", "--output", file.as_str(), "--export", name],
            ]
            .concat(),
        );
    }

    fn sign(&self, name: &str, file: &Utf8Path, options: &[&str]) {
        let output = format!("{file}.asc");
        let sign = [
            "--armor",
            "--output",
            &output,
            "-u",
            name,
            "--detach-sign",
            file.as_str(),
        ];
        self.run(&[options, &sign].concat());
    }
}

impl Drop for Gpg {
    fn drop(&mut self) {
        let _ = Command::new("gpgconf")
            .args(["--kill", "gpg-agent"])
            .env("GNUPGHOME", self.home.path())
            .output();
    }
}

#[test]
fn only_a_good_signature_by_a_named_key_is_taken() {
    let Some(bed) = packages_bed() else { return };
    let gpg = Gpg::new();
    let keys = bed.path.join("etc/pki/rpm-gpg");
    gpg.key(
        "good@example.com",
        "rsa2048",
        &[],
        "never",
        &keys.join("good"),
    );
    gpg.key(
        "other@example.com",
        "ed25519",
        &[],
        "never",
        &keys.join("other"),
    );
    let past = ["--faked-system-time", "20200101T000000"];
    gpg.key("old@example.com", "ed25519", &past, "1m", &keys.join("old"));
    let repomd = bed.repository().join("repodata/repomd.xml");
    let server = Server::start(&bed.path);
    let mut config = config(&server);
    config.baseurl = vec![server.url("/repository")];
    config.repo_gpgcheck = true;
    let refused = |config: &RepoConfig, policy: CachePolicy, part: &str| {
        let error = bed.refresh(config, policy).unwrap_err();
        let Error::Signature { object, reason, .. } = &error else {
            panic!("{error:?}")
        };
        assert!(object.contains("repository test"), "{error}");
        assert!(reason.contains(part), "{error}");
    };
    config.gpgkey = vec!["file:///etc/pki/rpm-gpg/good".to_owned()];
    refused(&config, CachePolicy::Normal, "it is not signed");
    gpg.sign("other@example.com", &repomd, &[]);
    refused(
        &config,
        CachePolicy::Normal,
        "not among the repository's keys",
    );
    gpg.sign("good@example.com", &repomd, &[]);
    bed.refresh(&config, CachePolicy::Normal).unwrap();
    // From the cache, too.
    bed.refresh(&config, CachePolicy::Normal).unwrap();
    let other = RepoConfig {
        gpgkey: vec!["file:///etc/pki/rpm-gpg/other".to_owned()],
        ..config.clone()
    };
    refused(
        &other,
        CachePolicy::Normal,
        "not among the repository's keys",
    );
    // Several keys, one of which has expired and one of which is right.
    let several = RepoConfig {
        gpgkey: ["old", "other", "good"]
            .map(|n| format!("file:///etc/pki/rpm-gpg/{n}"))
            .to_vec(),
        ..config.clone()
    };
    bed.refresh(&several, CachePolicy::ForceRefresh).unwrap();
    gpg.sign("old@example.com", &repomd, &past);
    refused(&several, CachePolicy::ForceRefresh, "expired on 2020-01-31");
    // Signed, then changed.
    gpg.sign("good@example.com", &repomd, &[]);
    let text = std::fs::read_to_string(&repomd).unwrap();
    std::fs::write(&repomd, format!("{text}\n")).unwrap();
    refused(&config, CachePolicy::ForceRefresh, "is wrong");
    std::fs::write(format!("{repomd}.asc"), "nonsense").unwrap();
    refused(&config, CachePolicy::ForceRefresh, "no signature");
    std::fs::write(&repomd, text).unwrap();
    gpg.sign("good@example.com", &repomd, &[]);
    // Keys on the network are not fetched.
    let remote = RepoConfig {
        gpgkey: vec![server.url("/etc/pki/rpm-gpg/good")],
        ..config.clone()
    };
    refused(&remote, CachePolicy::ForceRefresh, "on the network");
    let none = RepoConfig {
        gpgkey: Vec::new(),
        ..config.clone()
    };
    refused(&none, CachePolicy::ForceRefresh, "names no key");
}
