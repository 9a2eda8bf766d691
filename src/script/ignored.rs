//! Scriptlets that have no job on an image-based system, or would do harm there.
//!
//! The list is the one that rpm-ostree keeps (`rust/src/scripts.rs` there), so that the same
//! packages give the same tree; the reasons are what the scriptlets are seen to do.

/// A package's name, a script of it, and why it does not run.
pub(crate) struct IgnoredScript {
    pub(crate) package: &'static str,
    pub(crate) script: &'static str,
    pub(crate) reason: &'static str,
}

const fn ignored(
    package: &'static str,
    script: &'static str,
    reason: &'static str,
) -> IgnoredScript {
    IgnoredScript {
        package,
        script,
        reason,
    }
}

const UPGRADE: &str = "it repairs in-place upgrades from releases of long ago";
const KERNEL: &str = "module lists, initramfs and boot entry are made by regraft and libostree";
const GROUP: &str = "it adds a group that another package is responsible for";

/// All of them.
pub(crate) const IGNORED: [IgnoredScript; 24] = [
    ignored("bash", "post", "/etc/shells is a file of the setup package"),
    ignored("ca-certificates", "pre", UPGRADE),
    ignored("copy-jdk-configs", "pretrans", UPGRADE),
    ignored("coreutils", "pre", UPGRADE),
    ignored("fedora-release", "posttrans", UPGRADE),
    ignored("filesystem", "posttrans", "it only makes links below /var"),
    ignored("filesystem", "pretrans", "the tree has its layout already"),
    ignored("gdb", "pre", UPGRADE),
    ignored("glibc", "pre", UPGRADE),
    ignored("glibc-headers", "pre", UPGRADE),
    ignored("java-1.8.0-openjdk-headless", "pretrans", UPGRADE),
    ignored("kernel", "posttrans", KERNEL),
    ignored("kernel-core", "posttrans", KERNEL),
    ignored("libgcc", "post", "the loader's cache is made by a trigger"),
    ignored("man-db", "transfiletriggerin", "its index lies below /var"),
    ignored("microcode_ctl", "post", KERNEL),
    ignored("microcode_ctl", "posttrans", KERNEL),
    ignored("nfs-utils", "post", "it changes owners below /var"),
    ignored("pinentry", "pre", UPGRADE),
    ignored("setup", "post", "users and groups come from the tree"),
    ignored(
        "systemd",
        "transfiletriggerin",
        "it tells a running systemd to load its units again",
    ),
    ignored(
        "systemd",
        "filetriggerin",
        "it tells a running systemd to load its units again",
    ),
    ignored("vagrant", "pre", GROUP),
    ignored("vagrant-libvirt", "pre", GROUP),
];

/// Why a script of a package does not run; `None` when it does.
pub(crate) fn reason(package: &str, script: &str) -> Option<&'static str> {
    IGNORED
        .iter()
        .find(|entry| entry.package == package && entry.script == script)
        .map(|entry| entry.reason)
}
