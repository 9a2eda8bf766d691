//! The tables: which packages make the OS, and what each needs beyond its files.
//!
//! Names are the archive's. Paths are those of the finished system, with /usr merged.

/// The seeds of the base OS; what they depend on comes with them.
pub(super) const BASE: &[&str] = &[
    // The C library, the shell and its tools.
    "base-files base-passwd bash coreutils dash debianutils diffutils findutils gawk grep gzip",
    "hostname less libc-bin libc6 ncurses-base ncurses-bin perl-base procps sed tar tzdata",
    "xz-utils zstd bzip2 cpio",
    // What boots: the kernel is added by name, since its name holds its version.
    "systemd systemd-sysv udev kmod dbus libpam-systemd dracut ostree ostree-boot",
    "util-linux mount e2fsprogs dosfstools",
    // Users and logins.
    "login passwd libpam-modules libpam-runtime sudo",
    // The network.
    "iproute2 iputils-ping ca-certificates curl chrony openssh-server netbase",
    // What runs inside package scripts and composes.
    "rpm python3",
];

/// What a user layers.
pub(super) const LAYERS: &[&str] = &[
    "git gcc libc6-dev make gdb strace htop vim tmux rsync jq tree lsof nginx psmisc bc dc file patch",
    "nano network-manager policykit-1 unzip zip wget ethtool tcpdump iotop pv ncdu socat parted bash-completion",
];

/// The packages that get a newer release in the second repository. All packages that come from
/// the same source move together, since they depend on each other's exact versions.
pub(super) const UPDATES: &[&str] =
    &["bash coreutils hostname tree jq procps nginx less sed grep tzdata ca-certificates strace"];

/// The kernel: the newest two of these in the archive, for the base and for the updates.
pub(super) const KERNEL: (&str, &str) = ("linux-image-6.1.0-", "-cloud-amd64");

/// What the archive's own package manager needs and an RPM system does not: never taken, and a
/// dependency that such a package could satisfy is dropped.
pub(super) const SKIP: &[&str] = &[
    "dpkg apt debconf debconf-2.0 cdebconf init-system-helpers adduser ucf perl-doc",
    "initramfs-tools-core initramfs-tools linux-initramfs-tool sensible-utils tzdata-legacy",
    "install-info python3-pip default-mta mail-transport-agent dbus-session-bus",
    "default-dbus-session-bus linux-base lsb-base",
];

/// Who provides a virtual package of which the archive has several.
pub(super) const PREFER: &[(&str, &str)] = &[
    ("awk", "gawk"),
    ("default-dbus-system-bus", "dbus"),
    ("dbus-system-bus", "dbus"),
    ("default-logind", "libpam-systemd"),
    ("logind", "libpam-systemd"),
    ("time-daemon", "chrony"),
    ("httpd", "nginx"),
    ("httpd-cgi", "nginx"),
    ("libelogind0", "libsystemd0"),
];

/// Dependencies of one package on another that only development uses.
pub(super) const DROP: &[(&str, &str)] = &[
    ("rpm", "perl"),
    ("rpm", "debugedit"),
    ("rpm", "rpm2cpio"),
    ("libpython3-stdlib", "media-types"),
];

/// Sonames that nothing in the sets provides and that are not needed to run; a run that finds
/// another one fails and names it.
pub(super) const UNPROVIDED: &[&str] = &[
    // A plugin of tc for ATM networks; the archive only recommends the library.
    "libatm.so.1",
];

/// Links that the archive's alternatives system or its scripts make: package, path, target.
pub(super) const LINKS: &[(&str, &str, &str)] = &[
    ("gawk", "/usr/bin/awk", "gawk"),
    ("vim", "/usr/bin/vim", "vim.basic"),
    ("vim", "/usr/bin/vi", "vim.basic"),
    ("dash", "/usr/bin/sh", "dash"),
    ("nano", "/usr/bin/editor", "nano"),
    ("less", "/usr/bin/pager", "less"),
    ("gcc", "/usr/bin/cc", "gcc"),
    ("debianutils", "/usr/bin/which", "which.debianutils"),
    (
        "nginx",
        "/etc/nginx/sites-enabled/default",
        "/etc/nginx/sites-available/default",
    ),
    (
        "nginx-common",
        "/etc/nginx/sites-enabled/default",
        "/etc/nginx/sites-available/default",
    ),
];

/// Files that the archive's scripts copy into /etc: package, from, to, mode.
pub(super) const COPIES: &[(&str, &str, &str, u16)] = &[
    (
        "base-passwd",
        "/usr/share/base-passwd/passwd.master",
        "/etc/passwd",
        0o644,
    ),
    (
        "base-passwd",
        "/usr/share/base-passwd/group.master",
        "/etc/group",
        0o644,
    ),
    (
        "libc-bin",
        "/usr/share/libc-bin/nsswitch.conf",
        "/etc/nsswitch.conf",
        0o644,
    ),
    (
        "base-files",
        "/usr/share/base-files/profile",
        "/etc/profile",
        0o644,
    ),
    (
        "openssh-server",
        "/usr/share/openssh/sshd_config",
        "/etc/ssh/sshd_config",
        0o644,
    ),
    (
        "chrony",
        "/usr/share/chrony/chrony.conf",
        "/etc/chrony/chrony.conf",
        0o644,
    ),
    (
        "sudo",
        "/usr/share/doc/sudo/examples/sudoers",
        "/etc/sudoers",
        0o440,
    ),
];

/// Files that the archive's scripts write: package, path, mode, content.
pub(super) const FILES: &[(&str, &str, u16, &str)] = &[
    (
        "libpam-runtime",
        "/etc/pam.d/common-auth",
        0o644,
        "auth\t[success=1 default=ignore]\tpam_unix.so nullok\n\
         auth\trequisite\tpam_deny.so\nauth\trequired\tpam_permit.so\n",
    ),
    (
        "libpam-runtime",
        "/etc/pam.d/common-account",
        0o644,
        "account\t[success=1 new_authtok_reqd=done default=ignore]\tpam_unix.so\n\
         account\trequisite\tpam_deny.so\naccount\trequired\tpam_permit.so\n",
    ),
    (
        "libpam-runtime",
        "/etc/pam.d/common-password",
        0o644,
        "password\t[success=1 default=ignore]\tpam_unix.so obscure yescrypt\n\
         password\trequisite\tpam_deny.so\npassword\trequired\tpam_permit.so\n",
    ),
    (
        "libpam-runtime",
        "/etc/pam.d/common-session",
        0o644,
        "session\trequired\tpam_unix.so\nsession\toptional\tpam_systemd.so\n",
    ),
    (
        "libpam-runtime",
        "/etc/pam.d/common-session-noninteractive",
        0o644,
        "session\trequired\tpam_unix.so\n",
    ),
    (
        "debianutils",
        "/etc/shells",
        0o644,
        "/bin/sh\n/usr/bin/sh\n/bin/bash\n/usr/bin/bash\n",
    ),
    // The archive's packages add these users in their scripts.
    (
        "openssh-server",
        "/usr/lib/sysusers.d/openssh-server.conf",
        0o644,
        "u sshd - \"Secure shell daemon\" /run/sshd\n",
    ),
    (
        "openssh-client",
        "/usr/lib/sysusers.d/openssh-client.conf",
        0o644,
        "g _ssh -\n",
    ),
    (
        "chrony",
        "/usr/lib/sysusers.d/chrony.conf",
        0o644,
        "u _chrony - \"Chrony daemon\" /var/lib/chrony\n",
    ),
    (
        "polkitd",
        "/usr/lib/sysusers.d/polkit.conf",
        0o644,
        "u polkitd - \"Polkit daemon\" /nonexistent\n",
    ),
    (
        "nginx-common",
        "/usr/lib/sysusers.d/nginx.conf",
        0o644,
        "u www-data 33 \"Web server\" /var/www\n",
    ),
    (
        "tcpdump",
        "/usr/lib/sysusers.d/tcpdump.conf",
        0o644,
        "u tcpdump - \"Packet capture\"\n",
    ),
];

/// Directories that scripts or file lists make: package, path, mode, user, group.
pub(super) const DIRECTORIES: &[(&str, &str, u16, &str, &str)] = &[
    ("nginx-common", "/var/log/nginx", 0o755, "www-data", "adm"),
    ("nginx-common", "/var/lib/nginx", 0o755, "root", "root"),
    ("chrony", "/var/lib/chrony", 0o750, "_chrony", "_chrony"),
    ("rpm", "/usr/lib/sysimage/rpm", 0o755, "root", "root"),
];

/// Owners and modes that scripts set: package, path, mode, user, group.
pub(super) const OWNERS: &[(&str, &str, u16, &str, &str)] = &[
    (
        "dbus",
        "/usr/lib/dbus-1.0/dbus-daemon-launch-helper",
        0o4754,
        "root",
        "messagebus",
    ),
    (
        "openssh-client",
        "/usr/bin/ssh-agent",
        0o2755,
        "root",
        "_ssh",
    ),
];

/// File capabilities that scripts set: package, path, capabilities.
pub(super) const CAPABILITIES: &[(&str, &str, &str)] =
    &[("iputils-ping", "/usr/bin/ping", "cap_net_raw=ep")];

/// Paths that packages also reach by a name outside the merged /usr.
pub(super) const PROVIDES: &[(&str, &str)] = &[("dash", "/bin/sh"), ("bash", "/bin/bash")];

/// What only the archive's own machinery reads, or what an image-based system makes itself.
pub(super) const UNWANTED: &[&str] = &[
    "/etc/init.d /etc/rc.local /etc/cron.daily /etc/rc0.d /etc/rc1.d /etc/rc2.d /etc/rc3.d",
    "/etc/rc4.d /etc/rc5.d /etc/rc6.d /etc/rcS.d /usr/local /opt /run /tmp /home /srv /mnt",
    "/media /root /proc /sys /dev /boot /var/run /var/lock /var/mail /var/spool/mail /var/tmp",
    "/usr/share/lintian /usr/share/bug",
];

/// The directories of package `filesystem`; no other package lists them.
pub(super) const FILESYSTEM: &[&str] = &[
    "/usr /usr/bin /usr/sbin /usr/lib /usr/lib64 /usr/share /usr/include /usr/share/doc",
    "/usr/share/man /usr/share/man/man1 /usr/share/man/man5 /usr/share/man/man8",
    "/usr/share/locale /usr/lib/x86_64-linux-gnu /usr/lib/systemd /usr/lib/systemd/system",
    "/usr/lib/tmpfiles.d /usr/lib/sysusers.d /usr/lib/udev /usr/libexec /usr/src /usr/local",
    "/usr/share/info /usr/share/empty /usr/lib/sysimage /usr/share/misc /usr/lib/modules",
    "/etc /var /var/lib /var/cache /var/log /var/spool /boot /root /home /opt /srv /mnt /media",
    "/proc /sys /dev /run /tmp /var/tmp",
];

/// Version and release of package `filesystem`, which is no archive package.
pub(super) const FILESYSTEM_VERSION: &str = "3.18-1";

/// The words of a table's lines.
pub(super) fn words(lines: &'static [&'static str]) -> impl Iterator<Item = &'static str> {
    lines.iter().flat_map(|line| line.split_whitespace())
}

/// `name` is a word of the table.
pub(super) fn has(lines: &'static [&'static str], name: &str) -> bool {
    words(lines).any(|word| word == name)
}
