//! A base of many small files: composed, served and deployed by regraft itself.

use crate::rpms::{self, Key, Rpm};
use camino::{Utf8Path, Utf8PathBuf};
use regraft::{Compose, Job, Sysroot, Treefile};
use std::collections::BTreeSet;
use std::process::Command;
use std::time::Instant;

/// The ref that the client follows.
const REF: &str = "bench/x86_64/base";

/// How many files a package of the base has, and a directory of it.
const IN_PACKAGE: usize = 200;
const IN_DIRECTORY: usize = 20;

/// Programs of the base, all of which are busybox.
const PROGRAMS: [&str; 8] = ["sh", "true", "cat", "ls", "mkdir", "touch", "rm", "ln"];

pub struct Bed {
    pub sysroot: Utf8PathBuf,
    /// The identifier of the deployment that all transactions start from.
    pub start: String,
}

impl Bed {
    /// Composes the base, deploys it, and composes a newer one that differs in a few files; takes
    /// what an earlier run has left in the folder.
    pub fn new(folder: &Utf8Path, files: usize) -> Bed {
        let sysroot = folder.join("client");
        if sysroot.exists() {
            let deployments = Sysroot::open(&sysroot).and_then(|sysroot| sysroot.deployments());
            let start = deployments.expect("deployments").last().expect("one").id();
            return Bed { sysroot, start };
        }
        let key = Key::new(folder, "builder");
        let served = folder.join("served");
        run(Command::new("ostree")
            .args(["init", "--mode=bare"])
            .arg(format!("--repo={served}")));
        quick(&served);
        let packages = folder.join("base");
        step("build the base's packages", || {
            rpms::repository(&packages, base(files, 1), Some(&key));
        });
        step("compose the base", || compose(folder, &key));
        step("deploy it", || deploy(&sysroot, &served, &key));
        let start = Sysroot::open(&sysroot).and_then(|sysroot| sysroot.deployments());
        let start = start.expect("deployments").first().expect("one").id();
        pin(&sysroot);
        rpms::repository(&folder.join("extra"), layered(), Some(&key));
        declare(&sysroot, &start, &folder.join("extra"), &key);
        for package in base(0, 2) {
            package.build(&packages, Some(&key));
        }
        rpms::index(&packages);
        step("compose a newer base", || compose(folder, &key));
        Bed { sysroot, start }
    }

    /// How large the deployed base's package database is.
    pub fn database(&self) -> u64 {
        let root = root(&self.sysroot, &self.start);
        std::fs::metadata(root.join("usr/share/rpm/rpmdb.sqlite"))
            .expect("a database")
            .len()
    }
}

/// What takes long is told of.
fn step(what: &str, work: impl FnOnce()) {
    let begun = Instant::now();
    work();
    eprintln!("  {what}: {:.1} s", begun.elapsed().as_secs_f64());
}

/// What is measured need not survive a power cut; the time that a disk takes is not regraft's.
fn quick(repo: &Utf8Path) {
    run(Command::new("ostree")
        .args(["config", "set", "core.fsync", "false"])
        .arg(format!("--repo={repo}")));
}

/// Waits until all that was written is on the disk, whose journal would delay what comes next.
pub fn settle(sysroot: &Utf8Path) {
    run(Command::new("sync").args(["--file-system", sysroot.as_str()]));
}

/// Keeps the first deployment.
pub fn pin(sysroot: &Utf8Path) {
    run(Command::new("ostree")
        .args(["admin", "pin", "0"])
        .arg(format!("--sysroot={sysroot}")));
}

fn compose(folder: &Utf8Path, key: &Key) {
    let mut names = BTreeSet::new();
    for entry in folder.join("base").read_dir_utf8().expect("a folder") {
        let entry = entry.expect("an entry");
        let name = entry.file_name().strip_suffix(".rpm");
        names.extend(
            name.and_then(|name| name.split_once("-1."))
                .map(|(name, _)| name.to_owned()),
        );
    }
    let names: Vec<String> = names.into_iter().collect();
    let treefile = format!(
        "ref: {REF}\nrepos: [base]\nselinux: false\npackages: [{}]\n",
        names.join(", ")
    );
    let config = folder.join("config");
    std::fs::create_dir_all(&config).expect("a folder");
    std::fs::write(config.join("base.yaml"), treefile).expect("a file");
    let text = format!(
        "[base]\nname=base\nbaseurl=file://{folder}/base\ngpgcheck=1\ngpgkey=file://{}\n\
         metadata_expire=0\n",
        key.public
    );
    std::fs::write(config.join("base.repo"), text).expect("a file");
    let treefile = Treefile::read(config.join("base.yaml")).expect("a treefile");
    Compose::new(treefile, folder.join("served"))
        .cache(folder.join("cache"))
        .sign(&key.id, Some(&key.home))
        .run(&mut Job::new())
        .expect("the base is composed");
}

fn deploy(sysroot: &Utf8Path, served: &Utf8Path, key: &Key) {
    std::fs::create_dir(sysroot).expect("a folder");
    let made = Sysroot::create(sysroot).and_then(|made| made.create_stateroot("bench"));
    let made = made.expect("a sysroot");
    let repo = sysroot.join("ostree/repo");
    quick(&repo);
    run(Command::new("ostree")
        .args(["remote", "add", "bench"])
        .arg(format!("--repo={repo}"))
        .arg(format!("--gpg-import={}", key.public))
        .arg(format!("file://{served}")));
    let mut tx = made.deploy_commit(format!("bench:{REF}"));
    tx.kernel_argument("root=LABEL=root");
    let plan = tx.plan(&mut Job::new()).expect("a plan");
    tx.stage(&plan, &mut Job::new()).expect("a deployment");
}

fn root(sysroot: &Utf8Path, id: &str) -> Utf8PathBuf {
    let (stateroot, rest) = id.split_once('-').expect("an identifier");
    sysroot.join(format!("ostree/deploy/{stateroot}/deploy/{rest}"))
}

/// Declares the repository of what is layered, as an administrator does.
fn declare(sysroot: &Utf8Path, start: &str, packages: &Utf8Path, key: &Key) {
    let etc = root(sysroot, start).join("etc");
    for folder in ["yum.repos.d", "pki/rpm-gpg"] {
        std::fs::create_dir_all(etc.join(folder)).expect("a folder");
    }
    std::fs::copy(&key.public, etc.join("pki/rpm-gpg/builder.asc")).expect("a key");
    let text = format!(
        "[extra]\nname=extra\nbaseurl=file://{packages}\n\
         gpgkey=file:///etc/pki/rpm-gpg/builder.asc\nmetadata_expire=never\n"
    );
    std::fs::write(etc.join("yum.repos.d/extra.repo"), text).expect("a file");
}

/// The packages of the base; of a newer generation only those that changed.
fn base(files: usize, generation: usize) -> Vec<Rpm> {
    let setup = Rpm::of_arch(&format!("setup-1.{generation}-1"), "noarch")
        .config("/etc/passwd", "root:x:0:0:root:/root:/bin/sh\n")
        .config("/etc/group", "root:x:0:\n")
        .file(
            "/usr/lib/os-release",
            &format!("NAME=Bench\nID=bench\nVERSION_ID={generation}\n"),
        );
    let mut packages = vec![setup];
    for number in 0..3 {
        let mut changing = Rpm::new(&format!("changing{number}-1.{generation}-1"));
        for file in 0..30 {
            let path = format!("/usr/share/changing{number}/{file}");
            changing = changing.file(&path, &format!("{number} {file} {generation}\n"));
        }
        packages.push(changing);
    }
    if generation > 1 {
        return packages;
    }
    let mut filesystem = Rpm::of_arch("filesystem-1.1-1", "noarch");
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
    packages.push(filesystem);
    let busybox = std::fs::read("/bin/busybox").expect("busybox-static is installed");
    let mut programs = Rpm::new("busybox-1.36-1")
        .program("/usr/bin/busybox", &busybox)
        .provides("/bin/sh")
        .provides("/usr/bin/sh");
    for program in PROGRAMS {
        programs = programs.link(&format!("/usr/bin/{program}"), "busybox");
    }
    packages.push(programs);
    packages.push(
        Rpm::new("kernel-1.6-1")
            .file("/usr/lib/modules/6.1-bench/vmlinuz", "a kernel")
            .file("/usr/lib/modules/6.1-bench/initramfs.img", "an initramfs"),
    );
    for number in 0..files.div_ceil(IN_PACKAGE) {
        let mut package = Rpm::new(&format!("part{number:04}-1.0-1")).requires("/bin/sh");
        for file in 0..IN_PACKAGE {
            let path = format!(
                "/usr/share/part{number:04}/{:02}/{file:03}",
                file / IN_DIRECTORY
            );
            package = package.file(&path, &format!("file {file} of package {number}\n"));
        }
        packages.push(package);
    }
    packages
}

/// What is layered: the same files without scripts and with.
fn layered() -> Vec<Rpm> {
    let files = |name: &str| {
        let mut package = Rpm::new(&format!("{name}-1-1")).requires("/bin/sh");
        for file in 0..20 {
            let path = format!("/usr/share/{name}/{file}");
            package = package.file(&path, &format!("{name} {file}\n"));
        }
        package.program(
            &format!("/usr/bin/{name}"),
            format!("#!/bin/sh\necho {name}\n").as_bytes(),
        )
    };
    vec![
        files("plain"),
        files("scripted").post("ls /usr/share/scripted > /usr/share/scripted/list"),
    ]
}

/// Runs a program that must succeed.
pub fn run(command: &mut Command) {
    let output = command.output().expect("the program is there");
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{command:?}: {error}");
}
