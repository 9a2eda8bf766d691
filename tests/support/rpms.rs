//! RPM packages made in the test process, and the key that signs them.

use camino::{Utf8Path, Utf8PathBuf};
use rpm::signature::pgp::Signer;
use rpm::{BuildConfig, CompressionType, Dependency, FileOptions, PackageBuilder};
use std::process::Command;

/// 2026-01-05: when everything was built.
pub const BUILD_TIME: u32 = 1_767_571_200;

/// A package to be built: what tests say of it, in few words.
pub struct Rpm {
    pub builder: PackageBuilder,
    name: String,
}

impl Rpm {
    /// `NAME-VERSION-RELEASE`, for this machine's architecture.
    pub fn new(name_version_release: &str) -> Rpm {
        Rpm::of_arch(name_version_release, std::env::consts::ARCH)
    }

    pub fn of_arch(name_version_release: &str, arch: &str) -> Rpm {
        let (rest, release) = name_version_release.rsplit_once('-').expect("a release");
        let (name, version) = rest.rsplit_once('-').expect("a version");
        let mut builder = PackageBuilder::new(name, version, "MIT", arch, "a test package");
        builder
            .release(release)
            .description("Made by regraft's tests.")
            .vendor("regraft")
            .using_config(
                BuildConfig::v4()
                    .source_date(BUILD_TIME)
                    .compression(CompressionType::Gzip),
            );
        Rpm {
            builder,
            name: name_version_release.to_owned(),
        }
    }

    /// Whether it has this name.
    pub fn is(&self, name: &str) -> bool {
        self.name
            .strip_prefix(name)
            .is_some_and(|rest| rest.starts_with('-'))
    }

    pub fn file(mut self, path: &str, content: &str) -> Rpm {
        let options = FileOptions::new(path).permissions(0o644);
        self.builder
            .with_file_contents(content, options)
            .expect(path);
        self
    }

    pub fn config(mut self, path: &str, content: &str) -> Rpm {
        let options = FileOptions::new(path)
            .permissions(0o644)
            .config()
            .noreplace();
        self.builder
            .with_file_contents(content, options)
            .expect(path);
        self
    }

    pub fn program(self, path: &str, content: &[u8]) -> Rpm {
        self.file_with(content, FileOptions::new(path).permissions(0o755))
    }

    pub fn file_with(mut self, content: &[u8], options: impl Into<FileOptions>) -> Rpm {
        self.builder
            .with_file_contents(content.to_vec(), options)
            .expect("a file");
        self
    }

    pub fn dir(mut self, path: &str) -> Rpm {
        self.builder
            .with_dir_entry(FileOptions::dir(path))
            .expect(path);
        self
    }

    pub fn link(mut self, path: &str, target: &str) -> Rpm {
        self.builder
            .with_symlink(FileOptions::symlink(path, target))
            .expect(path);
        self
    }

    pub fn requires(mut self, name: &str) -> Rpm {
        self.builder.requires(Dependency::any(name));
        self
    }

    pub fn provides(mut self, name: &str) -> Rpm {
        self.builder.provides(Dependency::any(name));
        self
    }

    pub fn pre(mut self, script: &str) -> Rpm {
        self.builder.pre_install_script(script);
        self
    }

    pub fn post(mut self, script: &str) -> Rpm {
        self.builder.post_install_script(script);
        self
    }

    pub fn posttrans(mut self, script: &str) -> Rpm {
        self.builder.post_trans_script(script);
        self
    }

    pub fn transfiletriggerin(mut self, path: &str, script: &str) -> Rpm {
        self.builder.trans_file_trigger_in(path, None, script);
        self
    }

    /// Builds it into a folder, signed where there is a key.
    pub fn build(mut self, folder: &Utf8Path, key: Option<&Key>) -> Utf8PathBuf {
        let package = match key {
            Some(key) => self.builder.build_and_sign(key.signer()),
            None => self.builder.build(),
        };
        let path = folder.join(format!("{}.rpm", self.name));
        package
            .expect("a package")
            .write_file(&path)
            .expect("a file");
        path
    }
}

/// An OpenPGP key, in a GnuPG folder of its own.
pub struct Key {
    pub home: Utf8PathBuf,
    pub id: String,
    pub public: Utf8PathBuf,
    secret: Vec<u8>,
}

impl Key {
    pub fn new(folder: &Utf8Path, name: &str) -> Key {
        Key::with(folder, name, &[], "never")
    }

    /// The same with more options of gpg, and the time for which it is good.
    pub fn with(folder: &Utf8Path, name: &str, options: &[&str], good_for: &str) -> Key {
        let home = folder.join(format!("gnupg-{name}"));
        std::fs::create_dir(&home).expect("a folder");
        let gpg = |arguments: &[&str]| {
            let output = Command::new("gpg")
                .args([
                    "--homedir",
                    home.as_str(),
                    "--batch",
                    "--quiet",
                    "--passphrase",
                    "",
                ])
                .args(["--pinentry-mode", "loopback"])
                .args(options)
                .args(arguments)
                .output()
                .expect("gpg runs");
            let text = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(output.status.success(), "gpg {arguments:?}: {text}");
            output.stdout
        };
        std::process::Command::new("chmod")
            .arg("700")
            .arg(&home)
            .status()
            .expect("chmod runs");
        let user = format!("{name} <{name}@example.invalid>");
        gpg(&["--quick-generate-key", &user, "rsa2048", "sign", good_for]);
        let listing = gpg(&["--list-keys", "--with-colons"]);
        let listing = String::from_utf8_lossy(&listing).into_owned();
        let id = listing
            .lines()
            .find_map(|line| line.strip_prefix("fpr:::::::::"))
            .expect("a fingerprint")
            .trim_end_matches(':')
            .to_owned();
        let public = folder.join(format!("{name}.asc"));
        std::fs::write(&public, gpg(&["--armor", "--export", &id])).expect("a file");
        let secret = gpg(&["--armor", "--export-secret-keys", &id]);
        Key {
            home,
            id,
            public,
            secret,
        }
    }

    fn signer(&self) -> Signer {
        Signer::from_asc_bytes(&self.secret).expect("a secret key")
    }
}

impl Drop for Key {
    fn drop(&mut self) {
        // The agent that gpg has started would outlive the folder.
        let _ = Command::new("gpgconf")
            .args(["--homedir", self.home.as_str(), "--kill", "all"])
            .status();
    }
}

/// Builds packages and makes a repository of them.
pub fn repository(folder: &Utf8Path, packages: Vec<Rpm>, key: Option<&Key>) {
    std::fs::create_dir_all(folder).expect("a folder");
    for package in packages {
        package.build(folder, key);
    }
    index(folder);
}

/// Makes, or makes again, a repository's metadata.
pub fn index(folder: &Utf8Path) {
    let output = Command::new("createrepo_c")
        .args([
            "--quiet",
            "--general-compress-type=gz",
            "--set-timestamp-to-revision",
        ])
        .args(["--revision", &BUILD_TIME.to_string()])
        .arg(folder)
        .output()
        .expect("createrepo_c runs");
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "createrepo_c: {text}");
}
