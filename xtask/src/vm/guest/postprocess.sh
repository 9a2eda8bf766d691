#!/bin/sh
# Makes the tree of a base one of a test machine. image.rs puts before it: the agent, the key, and which
# of the two bases this is, as $release.
set -e
chmod 755 /usr/lib/machine/agent
units=/usr/lib/systemd/system
mkdir -p $units/multi-user.target.wants $units/local-fs.target.wants
ln -sf ../machine-agent.service $units/multi-user.target.wants/
# /tmp is in memory: the deployment is read-only.
cp /usr/share/systemd/tmp.mount $units/
ln -sf ../tmp.mount $units/local-fs.target.wants/
ln -sf ../ostree-remount.service $units/local-fs.target.wants/
# What a machine without users, network and devices that come and go does not need: under an emulator
# each of them costs a good part of a second.
for unit in \
    systemd-udevd.service systemd-udev-trigger.service systemd-udevd-kernel.socket \
    systemd-udevd-control.socket systemd-hwdb-update.service serial-getty@.service getty@.service \
    systemd-logind.service systemd-user-sessions.service systemd-networkd.service \
    systemd-network-generator.service systemd-timesyncd.service systemd-pstore.service \
    systemd-firstboot.service systemd-sysusers.service systemd-binfmt.service ldconfig.service \
    systemd-update-utmp.service systemd-update-utmp-runlevel.service systemd-random-seed.service \
    systemd-journal-flush.service systemd-journal-catalog-update.service systemd-modules-load.service \
    systemd-sysctl.service dracut-shutdown.service sys-kernel-debug.mount sys-kernel-tracing.mount \
    dev-hugepages.mount dev-mqueue.mount sys-fs-fuse-connections.mount proc-sys-fs-binfmt_misc.automount \
    systemd-ask-password-wall.path systemd-ask-password-console.path modprobe@drm.service \
    modprobe@configfs.service modprobe@efi_pstore.service modprobe@fuse.service modprobe@dm_mod.service \
    apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer e2scrub_reap.service \
    fstrim.timer systemd-tmpfiles-clean.timer; do
    ln -sfn /dev/null /etc/systemd/system/$unit
done
mkdir -p /usr/lib/systemd/journald.conf.d /usr/lib/systemd/system.conf.d
printf '[Journal]\nStorage=volatile\n' >/usr/lib/systemd/journald.conf.d/machine.conf
printf '[Manager]\nDefaultTimeoutStopSec=15s\n' >/usr/lib/systemd/system.conf.d/machine.conf
# The RPM repository that the administrator has declared, on a disk that is mounted when it is needed.
mkdir -p /etc/yum.repos.d /etc/pki/rpm-gpg
cat >/etc/yum.repos.d/realos.repo <<'END'
[realos]
name=realos
baseurl=file:///run/machine/system/base
gpgkey=file:///etc/pki/rpm-gpg/realos.asc
repo_gpgcheck=1
metadata_expire=0
END
# Files for the three-way merge of /etc; all say which base they are of.
echo $release >/usr/lib/machine/release
mkdir -p /etc/machine
for name in untouched edited removed mode link; do
    echo $release >/etc/machine/$name
done
case $release in
first) echo $release >/etc/machine/dropped ;;
*) echo $release >/etc/machine/added ;;
esac
