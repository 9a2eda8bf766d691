//! With the real bubblewrap, overlays, and a repository whose tree is busybox.
#![allow(clippy::unwrap_used)]

mod header;
mod sandbox;
mod tree;

use crate::commit::checksum::Checksum;
use crate::commit::object::Commit;
use crate::error::{Error, ErrorKind, Result};
use crate::job::{Job, Monitor, Phase, Unit};
use crate::nevra::Nevra;
use crate::script::base::{BaseView, BaseViewKind};
use crate::script::lower;
use crate::script::run::{Runner, ScriptPackage};
use crate::script::sandbox::{Invocation, Ran};
use crate::script::scriptlet::{Code, Scriptlets, Slot};
use crate::script::upper::{Changed, Kind};
use crate::script::view::View;
use crate::sys::namespace;
use camino::{Utf8Path, Utf8PathBuf};
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::process::Command;
use std::time::{Duration, Instant};

/// A repository, and a scratch folder beside it.
struct Bed {
    _folder: tempfile::TempDir,
    path: Utf8PathBuf,
    repo: Utf8PathBuf,
}

const PROGRAMS: [&str; 24] = [
    "sh", "ls", "cat", "id", "mount", "ps", "hostname", "env", "touch", "mknod", "unshare", "rm",
    "kill", "sleep", "true", "chmod", "chown", "ln", "mv", "mkdir", "truncate", "dd", "seq", "ip",
];

impl Bed {
    fn new() -> Bed {
        let folder = tempfile::tempdir().unwrap();
        let path = Utf8PathBuf::from_path_buf(folder.path().canonicalize().unwrap()).unwrap();
        let repo = path.join("repo");
        run(
            "ostree",
            &["init", "--mode=bare", &format!("--repo={repo}")],
        );
        Bed {
            _folder: folder,
            path,
            repo,
        }
    }

    /// The tree of the base, as files.
    fn tree(&self) -> Utf8PathBuf {
        let tree = self.path.join("tree");
        for folder in [
            "usr/bin",
            "usr/etc",
            "usr/share/rpm",
            "usr/share/doc",
            "var",
            "sysroot",
        ] {
            fs::create_dir_all(tree.join(folder)).unwrap();
        }
        fs::copy("/usr/bin/busybox", tree.join("usr/bin/busybox")).unwrap();
        for program in PROGRAMS {
            symlink("busybox", tree.join("usr/bin").join(program)).unwrap();
        }
        symlink("usr/bin", tree.join("bin")).unwrap();
        symlink("var/home", tree.join("home")).unwrap();
        for (path, text) in [
            ("usr/etc/shells", "/bin/sh\n"),
            ("usr/share/rpm/rpmdb.sqlite", "database"),
            ("usr/share/doc/a", "same"),
            ("usr/share/doc/b", "same"),
            ("usr/share/doc/c", "other"),
        ] {
            fs::write(tree.join(path), text).unwrap();
        }
        tree
    }

    fn commit(&self, tree: &Utf8Path) -> Checksum {
        let repo = format!("--repo={}", self.repo);
        let checksum = run("ostree", &["commit", &repo, "-b", "base", tree.as_str()]);
        checksum.trim().parse().unwrap()
    }

    fn open(&self) -> ostree::Repo {
        let repo = ostree::Repo::new(&gio::File::for_path(&self.repo));
        repo.open(gio::Cancellable::NONE).unwrap();
        repo
    }

    fn views(&self) -> Utf8PathBuf {
        self.path.join("views")
    }

    /// Runs `work` with a view of the base in the writer's namespace; then no object may differ.
    fn with_view<T: Send>(&self, work: impl FnOnce(View) -> T + Send) -> T {
        self.with_view_of(BaseViewKind::Checkout, work)
    }

    fn with_view_of<T: Send>(&self, kind: BaseViewKind, work: impl FnOnce(View) -> T + Send) -> T {
        let base = self.commit(&self.tree());
        let scratch = self.path.join("scratch");
        fs::create_dir(&scratch).unwrap();
        let result = namespace::on_writer_thread("writer", &self.path, || {
            let repo = self.open();
            let silent = Monitor::silent();
            let base = Commit::load(&repo, &base)?;
            let lower = match kind {
                BaseViewKind::Image => {
                    BaseView::image(&repo, &base, &self.views(), &scratch, &silent)?.unwrap()
                }
                _ => BaseView::checked_out(&repo, &base, &self.views(), &silent)?,
            };
            let view = View::new(&scratch, std::slice::from_ref(&lower.path), 1_700_000_000)?;
            Ok(work(view))
        });
        self.check_objects();
        result.unwrap()
    }

    fn check_objects(&self) {
        run(
            "ostree",
            &["fsck", "--quiet", &format!("--repo={}", self.repo)],
        );
    }
}

fn run(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} {arguments:?}: {text}");
    String::from_utf8(output.stdout).unwrap()
}

fn package() -> Nevra {
    "demo-1-1.noarch".parse().unwrap()
}

fn script_with(view: &View, body: &str, input: &str, monitor: &Monitor) -> Result<Ran> {
    crate::script::sandbox::run(
        view,
        &Invocation {
            package: &package(),
            script: "post",
            interpreter: &["/bin/sh".to_owned()],
            body: Some(body.as_bytes()),
            arguments: &["2".to_owned()],
            input: input.as_bytes(),
        },
        monitor,
    )
}

fn script(view: &View, body: &str) -> Result<Ran> {
    script_with(view, body, "", &Monitor::silent())
}

fn output(view: &View, body: &str) -> String {
    script(view, body).unwrap().output
}
