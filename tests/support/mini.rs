//! A small system made of packages: the base is composed, served and deployed by regraft itself.

use super::from_c;
use super::rpms::{self, Key, Rpm};
use camino::{Utf8Path, Utf8PathBuf};
use regraft::{Base, Compose, Job, Outcome, Plan, Sysroot, Treefile};
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// Programs of the base, all of which are busybox.
const PROGRAMS: [&str; 22] = [
    "sh", "true", "cat", "echo", "ls", "mkdir", "touch", "rm", "ln", "cp", "mv", "chmod", "chown",
    "id", "grep", "sed", "sleep", "sort", "wc", "stat", "readlink", "kill",
];

/// A folder with everything: packages, keys, the served repository, the client.
pub struct Bed {
    pub path: Utf8PathBuf,
    pub key: Key,
    _folder: tempfile::TempDir,
}

/// The ref that the client follows.
pub const REF: &str = "mini/x86_64/base";

impl Bed {
    /// Composes the base into a signed archive repository.
    pub fn new() -> Bed {
        let bed = Bed::empty();
        bed.compose();
        bed
    }

    /// The same with nothing composed yet.
    pub fn empty() -> Bed {
        let folder = tempfile::tempdir().expect("a folder");
        let path = Utf8PathBuf::from_path_buf(folder.path().canonicalize().expect("it exists"))
            .expect("UTF-8");
        let key = Key::new(&path, "builder");
        let bed = Bed {
            path,
            key,
            _folder: folder,
        };
        run(Command::new("ostree")
            .args(["init", "--mode=archive"])
            .arg(format!("--repo={}", bed.served())));
        rpms::repository(&bed.path.join("base"), base_packages(1), Some(&bed.key));
        bed
    }

    /// Where composed commits go.
    pub fn served(&self) -> Utf8PathBuf {
        self.path.join("served")
    }

    /// The newer base packages take the place of the older ones.
    pub fn renew_base(&self) {
        let folder = self.path.join("base");
        std::fs::remove_dir_all(&folder).expect("it was made");
        rpms::repository(&folder, base_packages(2), Some(&self.key));
    }

    /// Composes what the base repository has now.
    pub fn compose(&self) -> regraft::Composed {
        self.compose_with("").expect("the base is composed")
    }

    /// The same with more lines of the treefile.
    pub fn compose_with(&self, more: &str) -> regraft::Result<regraft::Composed> {
        self.compose_treefile(&format!(
            "ref: {REF}\nrepos: [base]\nselinux: false\npackages: [filesystem, busybox, kernel, \
             setup, cache, nano]\nautomatic-version-prefix: \"1\"\n{more}"
        ))
    }

    /// Composes any treefile; beside it is the declaration of the repository `base`.
    pub fn compose_treefile(&self, treefile: &str) -> regraft::Result<regraft::Composed> {
        let config = self.path.join("config");
        std::fs::create_dir_all(&config).expect("a folder");
        std::fs::write(config.join("base.yaml"), treefile).expect("a file");
        self.write_repo_file(&config.join("base.repo"), "base", &self.path.join("base"));
        let treefile = Treefile::read(config.join("base.yaml"))?;
        Compose::new(treefile, self.served())
            .cache(self.path.join("cache"))
            .sign(&self.key.id, Some(&self.key.home))
            .run(&mut Job::new())
    }

    fn write_repo_file(&self, path: &Utf8Path, id: &str, folder: &Utf8Path) {
        let text = format!(
            "[{id}]\nname={id}\nbaseurl=file://{folder}\ngpgcheck=1\ngpgkey=file://{}\n\
             metadata_expire=0\n",
            self.key.public
        );
        std::fs::write(path, text).expect("a file");
    }

    /// A client sysroot with the base deployed and nothing layered, which knows the repository
    /// `extra`.
    pub fn client(&self, name: &str) -> Client {
        let mut client = self.client_of(name, "mini", REF);
        client.use_repo(self, "extra", &self.path.join("extra"));
        client
    }

    /// A client sysroot that follows another ref of the served repository, as that of the remote
    /// `remote`.
    pub fn client_of(&self, name: &str, remote: &str, reference: &str) -> Client {
        let path = self.path.join(name);
        // A test may have mounted something there.
        std::fs::create_dir_all(&path).expect("a folder");
        let sysroot = Sysroot::create(&path)
            .and_then(|sysroot| sysroot.create_stateroot("mini"))
            .expect("a sysroot");
        // A sysroot on a file system of a test need not survive a power cut.
        run(Command::new("ostree")
            .args(["config", "set", "core.fsync", "false"])
            .arg(format!("--repo={path}/ostree/repo")));
        run(Command::new("ostree")
            .args(["remote", "add", remote])
            .arg(format!("--repo={path}/ostree/repo"))
            .arg(format!("--gpg-import={}", self.key.public))
            .arg(format!("file://{}", self.served())));
        let client = Client {
            path: path.clone(),
            sysroot,
        };
        let mut tx = client
            .sysroot
            .deploy_commit(format!("{remote}:{reference}"));
        tx.kernel_argument("root=LABEL=root");
        let plan = tx.plan(&mut Job::new()).expect("a plan");
        tx.stage(&plan, &mut Job::new()).expect("a deployment");
        client
    }

    /// The repository `extra`, with the packages that tests layer.
    pub fn extra(&self, packages: Vec<Rpm>) {
        rpms::repository(&self.path.join("extra"), packages, Some(&self.key));
    }
}

impl Drop for Bed {
    fn drop(&mut self) {
        // libostree makes deployments immutable, so that the folder could not be removed.
        let _ = Command::new("find")
            .arg(&self.path)
            .args([
                "-type",
                "d",
                "-path",
                "*/ostree/deploy/*/deploy/*",
                "-prune",
            ])
            .args(["-exec", "chattr", "-i", "{}", "+"])
            .status();
    }
}

/// A sysroot that follows the served base.
pub struct Client {
    pub path: Utf8PathBuf,
    pub sysroot: Sysroot,
}

impl Client {
    /// The folder of the deployment that boots next.
    pub fn root(&self) -> Utf8PathBuf {
        let deployments = self.sysroot.deployments().expect("deployments");
        let first = deployments.first().expect("a deployment");
        self.path.join(format!(
            "ostree/deploy/{}/deploy/{}.{}",
            first.stateroot(),
            first.checksum(),
            first.serial()
        ))
    }

    /// Declares a repository in the deployment's /etc, as an administrator does.
    pub fn use_repo(&mut self, bed: &Bed, id: &str, folder: &Utf8Path) {
        let repos = self.root().join("etc/yum.repos.d");
        std::fs::create_dir_all(&repos).expect("a folder");
        let keys = self.root().join("etc/pki/rpm-gpg");
        std::fs::create_dir_all(&keys).expect("a folder");
        std::fs::copy(&bed.key.public, keys.join("builder.asc")).expect("a key");
        let text = format!(
            "[{id}]\nname={id}\nbaseurl=file://{folder}\n\
             gpgkey=file:///etc/pki/rpm-gpg/builder.asc\nmetadata_expire=0\n"
        );
        std::fs::write(repos.join(format!("{id}.repo")), text).expect("a file");
    }

    /// Plans and stages wishes.
    pub fn change(
        &self,
        wishes: impl FnOnce(&mut regraft::Transaction),
    ) -> regraft::Result<(Plan, Outcome)> {
        let mut tx = self.sysroot.transaction(Base::Pending)?;
        wishes(&mut tx);
        let plan = tx.plan(&mut Job::new())?;
        let outcome = tx.stage(&plan, &mut Job::new())?;
        Ok((plan, outcome))
    }

    pub fn install(&self, package: &str) -> regraft::Result<(Plan, Outcome)> {
        let said = from_c::refusal(&self.path, package);
        let result = self.change(|tx| {
            tx.install(package);
        });
        if let Some(said) = said {
            from_c::compare(package, &said, &result);
        }
        result
    }

    /// `ostree` on the repository; its output.
    pub fn ostree(&self, arguments: &[&str]) -> String {
        run(Command::new("ostree")
            .args(arguments)
            .arg(format!("--repo={}/ostree/repo", self.path)))
    }

    /// Everything of the sysroot that a failed call may not change: refs, origins, boot entries,
    /// the deployments' /etc and /var.
    pub fn state(&self) -> String {
        let mut state = String::new();
        let refs = self.path.join("ostree/repo/refs");
        let files = run(Command::new("find").arg(&refs).args(["-type", "f"]));
        let mut files: Vec<&str> = files.lines().collect();
        files.sort_unstable();
        for file in files {
            // Packages and pulled commits are cache entries.
            if !file.contains("/rpmostree/pkg/") && !file.contains("/regraft.") {
                let commit = std::fs::read_to_string(file).expect("a ref");
                state.push_str(&format!("{file} {commit}"));
            }
        }
        for folder in ["boot", "ostree/deploy"] {
            let listing = run(Command::new("find")
                .arg(self.path.join(folder))
                .args(["-printf", "%P %y %m %U:%G %s %l\\n"]));
            let mut lines: Vec<&str> = listing.lines().collect();
            lines.sort_unstable();
            state.push_str(&lines.join("\n"));
        }
        state
    }
}

/// What several tests of one binary share, for as long as one of them runs.
pub fn shared<T>(slot: &Mutex<Weak<T>>, make: impl FnOnce() -> T) -> Arc<T> {
    let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
    slot.upgrade().unwrap_or_else(|| {
        let made = Arc::new(make());
        *slot = Arc::downgrade(&made);
        made
    })
}

/// Runs a referee; its output.
pub fn run(command: &mut Command) -> String {
    let output = command.output().expect("the program is there");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{command:?}: {text}{error}");
    text
}

/// Copies a program that is to be started. Another process does it: while a thread of this one starts
/// something else, that would have the copy open for writing, and it could not be started.
pub fn copy_program(from: impl AsRef<std::path::Path>, to: &Utf8Path) {
    run(Command::new("cp").arg(from.as_ref()).arg(to));
}

/// The packages of the base; a newer generation has newer releases of some.
fn base_packages(generation: u32) -> Vec<Rpm> {
    let busybox = std::fs::read("/bin/busybox").expect("busybox-static is installed");
    let mut programs = Rpm::new("busybox-1.36-1")
        .program("/usr/bin/busybox", &busybox)
        .provides("/bin/sh")
        .provides("/usr/bin/sh");
    for program in PROGRAMS {
        programs = programs.link(&format!("/usr/bin/{program}"), "busybox");
    }
    let mut filesystem = Rpm::of_arch("filesystem-1-1", "noarch");
    for dir in [
        "/usr",
        "/usr/bin",
        "/usr/sbin",
        "/usr/lib",
        "/usr/lib64",
        "/usr/share",
        "/etc",
        "/var",
        "/var/lib",
        "/usr/share/doc",
    ] {
        filesystem = filesystem.dir(dir);
    }
    for (link, target) in [
        ("/bin", "usr/bin"),
        ("/sbin", "usr/sbin"),
        ("/lib", "usr/lib"),
        ("/lib64", "usr/lib64"),
    ] {
        filesystem = filesystem.link(link, target);
    }
    let setup = Rpm::of_arch(&format!("setup-{generation}-1"), "noarch")
        .config("/etc/passwd", "root:x:0:0:root:/root:/bin/sh\n")
        .config("/etc/group", "root:x:0:\n")
        .config("/etc/shells", "/bin/sh\n")
        .file(
            "/usr/lib/os-release",
            &format!("NAME=Mini\nID=mini\nVERSION_ID={generation}\n"),
        )
        .link("/etc/os-release", "../usr/lib/os-release");
    let kernel = Rpm::new("kernel-6.1-1")
        .file("/usr/lib/modules/6.1-mini/vmlinuz", "a kernel")
        .file("/usr/lib/modules/6.1-mini/initramfs.img", "an initramfs");
    // Lists the files of a folder, as ldconfig does with libraries.
    let cache = Rpm::of_arch("cache-1-1", "noarch")
        .dir("/usr/share/cache.d")
        .file("/usr/share/cache.d/base", "base\n")
        .requires("/bin/sh")
        .transfiletriggerin(
            "/usr/share/cache.d",
            "ls /usr/share/cache.d > /usr/share/cache.list",
        );
    let nano = Rpm::new(&format!("nano-{generation}-1"))
        .program(
            "/usr/bin/nano",
            format!("#!/bin/sh\necho nano {generation}\n").as_bytes(),
        )
        .dir("/usr/share/nano")
        .file("/usr/share/nano/syntax", "syntax\n")
        .requires("/bin/sh");
    vec![filesystem, programs, setup, kernel, cache, nano]
}
