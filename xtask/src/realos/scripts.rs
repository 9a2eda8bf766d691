//! The scriptlets and triggers of a package, in the manner of Fedora's macros.

use super::tree::{Kind, Tree};
use rpm::{Dependency, PackageBuilder, Scriptlet};

/// The folders whose arrival sets something off: package, folder, script. All have a shell, since
/// RPM hands every trigger's program the name of its script and a count, which ldconfig, for one,
/// takes for folders.
const TRIGGERS: &[(&str, &str, &str)] = &[
    ("libc-bin", "/usr/lib", "/usr/sbin/ldconfig\n"),
    (
        "udev",
        "/usr/lib/udev/hwdb.d",
        "systemd-hwdb --usr update >/dev/null 2>&1 || :\n",
    ),
    ("systemd", USERS, "systemd-sysusers >/dev/null 2>&1 || :\n"),
];

/// Units that are on without being asked for, or that must not start by themselves.
const NO_PRESET: &[&str] = &["systemd", "systemd-sysv", "udev", "dracut", "ostree-boot"];

const UNITS: &str = "/usr/lib/systemd/system/";
const USERS: &str = "/usr/lib/sysusers.d";

/// Gives the builder what `name` runs when it comes and goes.
pub(super) fn add(name: &str, tree: &Tree, builder: &mut PackageBuilder) {
    for (_, folder, script) in TRIGGERS.iter().filter(|row| row.0 == name) {
        let script = shell((*script).to_owned());
        builder.trans_file_trigger_in(folder, None, script.clone());
        // Users stay when their package goes.
        if *folder != USERS {
            builder.trans_file_trigger_postun(folder, None, script);
        }
    }
    if name == "libc-bin" {
        builder.post_install_script(Scriptlet::new("").prog(vec!["/usr/sbin/ldconfig"]));
    }
    let users = users(tree);
    if !users.is_empty() && name != "systemd" {
        builder.pre_install_script(shell(users));
        builder.requires(Dependency::script_pre("passwd"));
    }
    let units = units(tree);
    if !units.is_empty() && !NO_PRESET.contains(&name) {
        units_scripts(&units.join(" "), builder);
    }
}

fn shell(script: String) -> Scriptlet {
    Scriptlet::new(script).prog(vec!["/bin/sh"])
}

fn units_scripts(units: &str, builder: &mut PackageBuilder) {
    let systemctl = "[ -x /usr/bin/systemctl ]";
    builder.post_install_script(shell(format!(
        "if [ $1 -eq 1 ] && {systemctl}; then\n  \
         # Initial installation\n  \
         systemctl --no-reload preset {units} >/dev/null 2>&1 || :\nfi\n"
    )));
    builder.pre_uninstall_script(shell(format!(
        "if [ $1 -eq 0 ] && {systemctl}; then\n  \
         # Package removal, not upgrade\n  \
         systemctl --no-reload disable --now {units} >/dev/null 2>&1 || :\nfi\n"
    )));
    builder.post_uninstall_script(shell(format!(
        "if [ $1 -ge 1 ] && [ -d /run/systemd/system ]; then\n  \
         # Package upgrade, not removal\n  \
         systemctl try-restart {units} >/dev/null 2>&1 || :\nfi\n"
    )));
}

/// The units that can be enabled.
fn units(tree: &Tree) -> Vec<&str> {
    let mut units = Vec::new();
    for (path, node) in &tree.0 {
        let Some(unit) = path.strip_prefix(UNITS) else {
            continue;
        };
        let is_unit = [".service", ".socket", ".timer", ".path"]
            .iter()
            .any(|kind| unit.ends_with(kind));
        if unit.contains(['/', '@']) || !is_unit {
            continue;
        }
        if let Kind::File(contents) = &node.kind
            && let Ok(bytes) = contents.bytes()
            && String::from_utf8_lossy(&bytes)
                .lines()
                .any(|line| line == "[Install]")
        {
            units.push(unit);
        }
    }
    units
}

/// Makes the users of the package's sysusers.d files before its own files come, since RPM looks
/// up the owners of files when it unpacks them.
fn users(tree: &Tree) -> String {
    let mut script = String::new();
    for (path, node) in &tree.0 {
        let is_ours = path.starts_with(USERS) && path.ends_with(".conf");
        let (true, Kind::File(contents)) = (is_ours, &node.kind) else {
            continue;
        };
        let Ok(bytes) = contents.bytes() else {
            continue;
        };
        for line in String::from_utf8_lossy(&bytes).lines() {
            let fields: Vec<&str> = line.split_whitespace().collect();
            let [kind, name, id, ..] = fields[..] else {
                continue;
            };
            let number = id.parse::<u32>().ok();
            let id = |option: &str| number.map_or(String::new(), |id| format!(" {option} {id}"));
            let group = format!(
                "getent group {name} >/dev/null || groupadd -r{} {name} || :\n",
                id("-g")
            );
            match kind {
                "g" => script.push_str(&group),
                "u" => {
                    script.push_str(&group);
                    script.push_str(&format!(
                        "getent passwd {name} >/dev/null || useradd -r{} -g {name} -d / \
                         -s /usr/sbin/nologin {name} || :\n",
                        id("-u")
                    ));
                }
                _ => {}
            }
        }
    }
    script
}
