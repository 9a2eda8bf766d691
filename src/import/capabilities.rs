//! File capabilities: from the text in a header (`cap_from_text(3)`) to the value of the extended
//! attribute `security.capability` (`capabilities(7)`, version 2).
//!
//! ```text
//! 4 bytes   02000000, or 02000001 when the set is effective
//! 4 bytes   permitted 0-31
//! 4 bytes   inheritable 0-31
//! 4 bytes   permitted 32-63
//! 4 bytes   inheritable 32-63        all little endian
//! ```

use crate::error::{Error, Result};

/// The kernel's capabilities, in the order of their numbers.
const NAMES: [&str; 41] = [
    "chown",
    "dac_override",
    "dac_read_search",
    "fowner",
    "fsetid",
    "kill",
    "setgid",
    "setuid",
    "setpcap",
    "linux_immutable",
    "net_bind_service",
    "net_broadcast",
    "net_admin",
    "net_raw",
    "ipc_lock",
    "ipc_owner",
    "sys_module",
    "sys_rawio",
    "sys_chroot",
    "sys_ptrace",
    "sys_pacct",
    "sys_admin",
    "sys_boot",
    "sys_nice",
    "sys_resource",
    "sys_time",
    "sys_tty_config",
    "mknod",
    "lease",
    "audit_write",
    "audit_control",
    "setfcap",
    "mac_override",
    "mac_admin",
    "syslog",
    "wake_alarm",
    "block_suspend",
    "audit_read",
    "perfmon",
    "bpf",
    "checkpoint_restore",
];

const ALL: u64 = (1 << NAMES.len()) - 1;

/// Effective, inheritable, permitted.
#[derive(Default)]
struct Sets([u64; 3]);

/// The attribute's value, `None` for the empty text. `object` names the file in errors.
pub(crate) fn attribute(text: &str, object: &str) -> Result<Option<Vec<u8>>> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    let mut sets = Sets::default();
    for clause in text.split_whitespace() {
        sets.apply(clause)
            .ok_or_else(|| Error::corrupt(object, format!("the capabilities {text:?}")))?;
    }
    let Sets([effective, inheritable, permitted]) = sets;
    // A file has one bit for all of the effective set.
    if effective != 0 && effective != permitted | inheritable {
        let what = format!("the capabilities {text:?}, of which a part is effective,");
        return Err(Error::unsupported(what, object));
    }
    let words = [
        0x0200_0000 | u32::from(effective != 0),
        permitted as u32,
        inheritable as u32,
        (permitted >> 32) as u32,
        (inheritable >> 32) as u32,
    ];
    Ok(Some(
        words.iter().flat_map(|word| word.to_le_bytes()).collect(),
    ))
}

impl Sets {
    /// One clause: names, then operators with flags.
    fn apply(&mut self, clause: &str) -> Option<()> {
        let (names, mut actions) = clause.split_at(clause.find(['=', '+', '-'])?);
        let bits = match names {
            // Without names, only `=` means all.
            "" if actions.starts_with('=') => ALL,
            "" => return None,
            names => bits(names)?,
        };
        while let Some(operator) = actions.chars().next() {
            let rest = &actions[1..];
            let end = rest.find(['=', '+', '-']).unwrap_or(rest.len());
            let flags = &rest[..end];
            actions = &rest[end..];
            if operator == '=' {
                self.0.iter_mut().for_each(|set| *set &= !bits);
            }
            for flag in flags.chars() {
                let set = &mut self.0["eip".find(flag)?];
                match operator {
                    '-' => *set &= !bits,
                    _ => *set |= bits,
                }
            }
        }
        Some(())
    }
}

fn bits(names: &str) -> Option<u64> {
    names.split(',').try_fold(0, |bits, name| {
        let name = name.to_ascii_lowercase();
        if name == "all" {
            return Some(ALL);
        }
        let place = match name.strip_prefix("cap_") {
            Some(name) => NAMES.iter().position(|known| *known == name)?,
            None => name.parse().ok().filter(|number| *number < NAMES.len())?,
        };
        Some(bits | 1 << place)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::package::digest::hex;

    #[test]
    fn values_are_the_kernels() {
        // Each as libcap and the kernel (whose last capability is 40) made it.
        for (text, value) in [
            ("cap_net_raw+ep", "0100000200200000000000000000000000000000"),
            (
                "cap_net_admin,cap_net_raw=p",
                "0000000200300000000000000000000000000000",
            ),
            (
                "= cap_setuid+ep",
                "0100000280000000000000000000000000000000",
            ),
            (
                "cap_checkpoint_restore=eip",
                "0100000200000000000000000001000000010000",
            ),
            ("all=ep", "01000002ffffffff00000000ff01000000000000"),
        ] {
            let found = attribute(text, "x").ok().flatten().map(|value| hex(&value));
            assert_eq!(found.as_deref(), Some(value), "{text}");
        }
        assert!(matches!(attribute("", "x"), Ok(None)));
        for text in [
            "cap_none+ep",
            "cap_chown",
            "+ep",
            "cap_chown+x",
            "é+ep",
            "cap_chown+é",
        ] {
            assert!(attribute(text, "x").is_err(), "{text}");
        }
        assert!(attribute("cap_chown=p cap_kill=ep", "x").is_err());
    }
}
