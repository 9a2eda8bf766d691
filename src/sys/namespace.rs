//! The writer's thread has a mount namespace of its own.
//!
//! What is mounted there is seen by that thread and the programs that it starts, by nobody else,
//! and is gone with them: also after SIGKILL. No pool of threads that others share (GLib's, for
//! one) may start a worker from that thread, because the worker would inherit the namespace and
//! then serve other work in it.
#![allow(unsafe_code)]

use crate::error::{Error, Result};
use crate::sys::mount;
use camino::Utf8Path;
use rustix::mount::{MountPropagationFlags, mount_change};
use rustix::thread::{UnshareFlags, unshare_unsafe};

/// Runs `work` on a new thread in a mount namespace of its own, where the file systems of
/// `sysroot` are writable even if the machine has mounted them read-only.
pub(crate) fn on_writer_thread<T: Send>(
    name: &str,
    sysroot: &Utf8Path,
    work: impl FnOnce() -> Result<T> + Send,
) -> Result<T> {
    std::thread::scope(|scope| {
        let writer = std::thread::Builder::new()
            .name(name.to_owned())
            .spawn_scoped(scope, || {
                enter(sysroot)?;
                work()
            })
            .map_err(Error::io("start a thread for", name))?;
        writer
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

/// The same for the calling thread, which must be one that the library owns and that ends with
/// its work.
pub(crate) fn enter(sysroot: &Utf8Path) -> Result<()> {
    enter_private_mounts()?;
    // On a booted system libostree's file system is mounted at /sysroot; `/` is the deployment,
    // which stays as it is.
    let physical = if sysroot.as_str() == "/" {
        sysroot.join("sysroot")
    } else {
        sysroot.to_owned()
    };
    for path in [physical, sysroot.join("boot")] {
        mount::make_writable(&path)?;
    }
    Ok(())
}

/// Gives the calling thread a mount namespace of its own, from which nothing goes out.
pub(crate) fn enter_private_mounts() -> Result<()> {
    // SAFETY: the unsafe part of `unshare` is to leave the shared table of file descriptors
    // (CLONE_FILES), which this does not.
    let unshared = unsafe { unshare_unsafe(UnshareFlags::FS | UnshareFlags::NEWNS) };
    unshared.map_err(|error| match error {
        rustix::io::Errno::PERM if !rustix::process::geteuid().is_root() => Error::Permission {
            action: "change a sysroot".to_owned(),
            reason: "this needs a mount namespace, which only root may make".to_owned(),
            remedy: "run this as root".to_owned(),
        },
        rustix::io::Errno::PERM => Error::Sandbox {
            reason: "this process may not make a mount namespace".to_owned(),
            remedy: "run it as root with CAP_SYS_ADMIN (in a container: privileged)".to_owned(),
        },
        other => Error::io("make a mount namespace for", "the writer's thread")(other),
    })?;
    // On a systemd machine `/` is a shared mount: without this, what is mounted here would appear
    // outside. What others mount there still appears here.
    mount_change(
        "/",
        MountPropagationFlags::DOWNSTREAM | MountPropagationFlags::REC,
    )
    .map_err(Error::io("keep mounts to this thread below", "/"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use camino::Utf8PathBuf;
    use std::process::Command;

    fn mounts_of(task: &str) -> String {
        std::fs::read_to_string(format!("/proc/{task}/mountinfo")).unwrap()
    }

    fn folder() -> (tempfile::TempDir, Utf8PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = Utf8PathBuf::from_path_buf(folder.path().canonicalize().unwrap()).unwrap();
        (folder, path)
    }

    fn mount_tmpfs(path: &Utf8Path) {
        rustix::mount::mount(
            "regraft-test",
            path.as_std_path(),
            "tmpfs",
            rustix::mount::MountFlags::empty(),
            None,
        )
        .unwrap();
    }

    #[test]
    fn a_mount_is_seen_by_the_writer_alone() {
        let (_folder, path) = folder();
        let before = mounts_of("thread-self");
        on_writer_thread("writer", &path, || {
            mount_tmpfs(&path);
            assert!(mounts_of("thread-self").contains(path.as_str()));
            assert!(!mounts_of("1").contains(path.as_str()), "another process");
            let other = std::process::id().to_string();
            assert!(
                !mounts_of(&other).contains(path.as_str()),
                "the main thread"
            );
            // A program that it starts is in it.
            let child = Command::new("cat")
                .arg("/proc/self/mountinfo")
                .output()
                .unwrap();
            assert!(String::from_utf8_lossy(&child.stdout).contains(path.as_str()));
            Ok(())
        })
        .unwrap();
        assert_eq!(mounts_of("thread-self"), before);
    }

    /// The test itself, started again by the next one in a namespace whose `/` is shared.
    #[test]
    fn inside_shared() {
        if std::env::var_os("REGRAFT_TEST_SHARED").is_none() {
            return;
        }
        assert!(mounts_of("thread-self").contains("shared:"));
        a_mount_is_seen_by_the_writer_alone();
    }

    #[test]
    fn nothing_goes_out_of_a_shared_tree() {
        let program = std::env::current_exe().unwrap();
        let script = "mount --make-rshared / && exec \"$0\" --exact \
                      sys::namespace::tests::inside_shared --nocapture";
        let output = Command::new("unshare")
            .args(["-m", "sh", "-c", script])
            .arg(program)
            .env("REGRAFT_TEST_SHARED", "1")
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{text}");
        assert!(text.contains("1 passed"), "{text}");
    }

    #[test]
    fn a_read_only_sysroot_is_writable_for_the_writer_alone() {
        let (_folder, path) = folder();
        // The outer thread stands for the machine, so that the real one stays as it is.
        on_writer_thread("machine", Utf8Path::new("/nonexistent"), || {
            let boot = path.join("boot");
            mount_tmpfs(&path);
            std::fs::create_dir(&boot).unwrap();
            mount_tmpfs(&boot);
            for place in [&boot, &path] {
                let status = Command::new("mount")
                    .args(["-o", "remount,bind,ro,nosuid"])
                    .arg(place)
                    .status()
                    .unwrap();
                assert!(status.success());
            }
            assert!(std::fs::write(path.join("file"), "x").is_err());
            assert!(std::fs::write(path.join("boot/file"), "x").is_err());
            on_writer_thread("writer", &path, || {
                std::fs::write(path.join("file"), "x").unwrap();
                std::fs::write(path.join("boot/file"), "x").unwrap();
                let kept = mounts_of("thread-self");
                let line = kept.lines().find(|line| line.contains(path.as_str()));
                assert!(line.unwrap().contains("rw,nosuid"), "{line:?}");
                Ok(())
            })
            .unwrap();
            assert!(std::fs::write(path.join("file"), "y").is_err());
            Ok(())
        })
        .unwrap();
    }
}
