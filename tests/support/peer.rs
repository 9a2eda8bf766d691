//! A base on which real packages can be layered: those that rpm-ostree layered in the test data.
//!
//! The packages are Debian 12's, so the libraries of this machine, which is the same, serve them.

use super::mini::{Bed, Client};
use super::rpms::{self, Rpm};
use camino::{Utf8Path, Utf8PathBuf};
use rpm::{BuildConfig, CompressionType, Dependency};
use std::process::Command;

/// The refspec of the test data.
pub const REMOTE: &str = "peer";
pub const REF: &str = "peer/x86_64/base";

/// The mini base with a C library, a real `systemctl`, an SELinux policy, and packages of the test
/// data to take out.
pub struct Peer {
    pub bed: Bed,
    pub inputs: Utf8PathBuf,
}

/// Packages of the base that are the test data's own.
const BASE: [&str; 4] = [
    "mini-selinux-policy-1-1",
    "dosfstools",
    "less-590-2.1~deb12u2.x",
    "hostname-3.23+nmu1-0.x",
];

/// Those that are layered.
const CORPUS: [&str; 6] = ["tree", "rsync", "libxxhash0", "jq", "libjq1", "libonig5"];

/// What the packages of the test data need of a Debian system, with the versions that it has.
const PROVIDED: [(&str, &str); 9] = [
    ("libc6", "2.36"),
    ("libacl1", "2.3.1"),
    ("liblz4-1", "1.9.4"),
    ("libpopt0", "1.19"),
    ("libssl3", "3.0.19"),
    ("libtinfo6", "6.4"),
    ("libzstd1", "1.5.4"),
    ("zlib1g", "1:1.2.13"),
    ("libm6", "2.36"),
];

/// Libraries of those, and of `systemctl`.
const LIBRARIES: [&str; 20] = [
    "libc.so.6",
    "libm.so.6",
    "libacl.so.1",
    "libattr.so.1",
    "liblz4.so.1",
    "libpopt.so.0",
    "libcrypto.so.3",
    "libtinfo.so.6",
    "libzstd.so.1",
    "libz.so.1",
    "libcap.so.2",
    "libselinux.so.1",
    "liblzma.so.5",
    "libblkid.so.1",
    "libgcrypt.so.20",
    "libmount.so.1",
    "libpcre2-8.so.0",
    "libgpg-error.so.0",
    "systemd/libsystemd-shared-252.so",
    "systemd/libsystemd-core-252.so",
];

impl Peer {
    /// Composes it; `inputs` is `rpm-ostree/inputs` of the test data.
    pub fn new(inputs: &Utf8Path) -> Peer {
        let bed = Bed::empty();
        let peer = Peer {
            bed,
            inputs: inputs.to_owned(),
        };
        let packages = peer.folder("peer-base", &BASE);
        host_libraries().build(&packages, None);
        rpms::index(&packages);
        peer.declare("config", "peer-base", &packages);
        rpms::index(&peer.folder("corpus", &CORPUS));
        let names = "filesystem, busybox, kernel, setup, cache, nano, mini-selinux-policy, \
                     dosfstools, less, hostname, host-libraries";
        let treefile = format!(
            "ref: {REF}\nrepos: [base, peer-base]\nselinux: true\npackages: [{names}]\n\
             automatic-version-prefix: \"1\"\nadd-commit-metadata:\n  peer.test: value\n"
        );
        peer.bed
            .compose_treefile(&treefile)
            .expect("the base is composed");
        peer
    }

    /// A sysroot that follows it and knows the repository `corpus` with the packages of the test
    /// data, which are not signed.
    pub fn client(&self, name: &str) -> Client {
        let client = self.bed.client_of(name, REMOTE, REF);
        let corpus = self.bed.path.join("corpus");
        let repos = client.root().join("etc/yum.repos.d");
        std::fs::create_dir_all(&repos).expect("a folder");
        std::fs::write(repos.join("corpus.repo"), declaration("corpus", &corpus)).expect("a file");
        client
    }

    /// A folder with the packages of the test data whose file names begin so.
    fn folder(&self, name: &str, packages: &[&str]) -> Utf8PathBuf {
        let folder = self.bed.path.join(name);
        std::fs::create_dir(&folder).expect("a folder");
        for prefix in packages {
            let rpm = self.package(prefix);
            std::fs::copy(&rpm, folder.join(rpm.file_name().expect("a name"))).expect("a copy");
        }
        folder
    }

    /// The package of the test data whose file name begins so; a bare name ends before its version.
    pub fn package(&self, prefix: &str) -> Utf8PathBuf {
        let mut found: Vec<Utf8PathBuf> = self
            .inputs
            .read_dir_utf8()
            .expect("a folder")
            .map(|entry| entry.expect("an entry").path().to_owned())
            .filter(|path| {
                let rest = path.file_name().and_then(|name| name.strip_prefix(prefix));
                let versioned = |rest: &str| {
                    rest.strip_prefix('-')
                        .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
                };
                path.extension() == Some("rpm")
                    && rest.is_some_and(|rest| {
                        prefix.contains('-') && !prefix.ends_with('-') || versioned(rest)
                    })
            })
            .collect();
        found.sort();
        assert_eq!(found.len(), 1, "{prefix}: {found:?}");
        found.remove(0)
    }

    fn declare(&self, folder: &str, id: &str, packages: &Utf8Path) {
        let folder = self.bed.path.join(folder);
        std::fs::create_dir_all(&folder).expect("a folder");
        std::fs::write(folder.join(format!("{id}.repo")), declaration(id, packages))
            .expect("a file");
    }
}

fn declaration(id: &str, folder: &Utf8Path) -> String {
    format!("[{id}]\nname={id}\nbaseurl=file://{folder}\ngpgcheck=0\nmetadata_expire=0\n")
}

/// The libraries of this machine and its `systemctl`, as a package.
fn host_libraries() -> Rpm {
    let mut package = Rpm::new("host-libraries-12-1");
    package.builder.using_config(
        BuildConfig::v4()
            .source_date(rpms::BUILD_TIME)
            .compression(CompressionType::None),
    );
    for (name, version) in PROVIDED {
        package.builder.provides(Dependency::eq(name, version));
    }
    let read = |path: &str| std::fs::read(path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let loader = "/lib64/ld-linux-x86-64.so.2";
    package = package
        .program("/usr/lib64/ld-linux-x86-64.so.2", &read(loader))
        .program("/usr/bin/systemctl", &read("/usr/bin/systemctl"));
    for library in LIBRARIES {
        let path = format!("/usr/lib/x86_64-linux-gnu/{library}");
        package = package.program(&path, &read(&path));
    }
    package
}

/// The listings of the test data: `ostree ls -R -C -X` of one commit.
pub fn listing(folder: &Utf8Path, name: &str, scratch: &Utf8Path) -> String {
    let status = Command::new("tar")
        .args(["--use-compress-program", "zstd -d --long=27"])
        .arg("-xf")
        .arg(folder.join("listings.tar.zst"))
        .arg("-C")
        .arg(scratch)
        .arg(format!("{name}.ls"))
        .status()
        .expect("tar runs");
    assert!(status.success(), "{name}.ls");
    std::fs::read_to_string(scratch.join(format!("{name}.ls"))).expect("a file")
}
