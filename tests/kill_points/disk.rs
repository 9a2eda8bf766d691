//! A sysroot on a file system of its own, which is put back as it was in some milliseconds: the
//! file system is one file in memory, and is copied.

use super::support::mini::run;
use camino::{Utf8Path, Utf8PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A folder in memory for images.
pub(crate) struct Shelf {
    path: Utf8PathBuf,
    made: AtomicUsize,
}

impl Shelf {
    pub(crate) fn new(path: &Utf8Path) -> Shelf {
        std::fs::create_dir(path).unwrap();
        run(Command::new("mount")
            .args(["-t", "tmpfs", "regraft-test"])
            .arg(path));
        Shelf {
            path: path.to_owned(),
            made: AtomicUsize::new(0),
        }
    }

    /// A new file system, mounted at `point`.
    pub(crate) fn format(&self, point: &Utf8Path) -> Disk {
        let image = self.path.join("new");
        let file = std::fs::File::create(&image).unwrap();
        file.set_len(MEGABYTES << 20).unwrap();
        run(Command::new("mkfs.ext4")
            .args(["-q", "-m", "0", "-O", "^has_journal", "-b", "4096", "-I"])
            .args(["256", "-N", "8192"])
            .arg(&image));
        Disk::mount(image, point)
    }

    /// Keeps what a file system has; it is unmounted.
    pub(crate) fn keep(&self, disk: Disk, name: &str) -> Utf8PathBuf {
        let kept = self.path.join(name);
        std::fs::hard_link(&disk.image, &kept).unwrap();
        drop(disk);
        kept
    }

    /// A file system as it was kept, mounted at `point`.
    pub(crate) fn restore(&self, kept: &Utf8Path, point: &Utf8Path) -> Disk {
        // The kernel lets go of a loop device's file some time after it is unmounted, and `mount`
        // takes such a device again, with what it has in memory of the file's older content.
        let number = self.made.fetch_add(1, Ordering::SeqCst);
        let image = self.path.join(format!("image-{number}"));
        run(Command::new("cp")
            .args(["--sparse=always", "--reflink=never"])
            .arg(kept)
            .arg(&image));
        Disk::mount(image, point)
    }
}

impl Drop for Shelf {
    fn drop(&mut self) {
        unmount(&self.path);
    }
}

/// Room for two deployments of the mini base several times over.
const MEGABYTES: u64 = 96;

/// One file system, mounted for as long as this is there.
pub(crate) struct Disk {
    image: Utf8PathBuf,
    pub(crate) point: Utf8PathBuf,
}

impl Disk {
    fn mount(image: Utf8PathBuf, point: &Utf8Path) -> Disk {
        std::fs::create_dir_all(point).unwrap();
        run(Command::new("mount")
            .args(["-o", "loop"])
            .arg(&image)
            .arg(point));
        Disk {
            image,
            point: point.to_owned(),
        }
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        unmount(&self.point);
        let _ = std::fs::remove_file(&self.image);
    }
}

/// The kernel ends a namespace, and what is mounted there, after its last process.
fn unmount(point: &Utf8Path) {
    for _ in 0..100 {
        let done = Command::new("umount").arg("-q").arg(point).status();
        if done.is_ok_and(|status| status.success()) {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let _ = Command::new("umount").arg("-l").arg(point).status();
    eprintln!("{point} stays in use");
}
