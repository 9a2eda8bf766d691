//! A system call filter in the kernel's format (`linux/seccomp.h`, `linux/filter.h`).

use crate::error::{Error, Result};
use rustix::fd::OwnedFd;
use rustix::pipe::{PipeFlags, pipe_with};

/// Fields of `struct seccomp_data`: the call's number, the architecture, and the low half of its
/// first argument (on the little-endian machines that are filtered).
const NUMBER: u32 = 0;
const ARCHITECTURE: u32 = 4;
const FIRST_ARGUMENT: u32 = 16;

/// `BPF_LD|BPF_W|BPF_ABS`, `BPF_JMP|BPF_JEQ|BPF_K`, `BPF_JMP|BPF_JSET|BPF_K`,
/// `BPF_JMP|BPF_JGE|BPF_K`, `BPF_RET|BPF_K`.
const LOAD: u16 = 0x20;
const IF_EQUAL: u16 = 0x15;
const IF_SET: u16 = 0x45;
const IF_AT_LEAST: u16 = 0x35;
const RETURN: u16 = 0x06;

const ALLOW: u32 = 0x7fff_0000;
const FAIL: u32 = 0x0005_0000;

/// `AUDIT_ARCH_*` of this machine, where the filter knows it.
#[cfg(target_arch = "x86_64")]
const MACHINE: Option<u32> = Some(0xc000_003e);
#[cfg(target_arch = "aarch64")]
const MACHINE: Option<u32> = Some(0xc000_00b7);
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
const MACHINE: Option<u32> = None;

/// System calls of x86's x32 have this bit; others have none so high.
const X32: u32 = 0x4000_0000;

/// A readable descriptor of a filter that lets everything pass but new user namespaces, kernel
/// keys (which no namespace separates), and programs of another architecture, whose calls have
/// other numbers. `None` on machines that it does not know.
pub(crate) fn without_user_namespaces() -> Result<Option<OwnedFd>> {
    let Some(machine) = MACHINE else {
        return Ok(None);
    };
    let (read, write) =
        pipe_with(PipeFlags::CLOEXEC).map_err(Error::io("make", "a system call filter"))?;
    let program = program(machine);
    // Some 150 bytes: a pipe takes 4096 without waiting.
    let written =
        rustix::io::write(&write, &program).map_err(Error::io("write", "a system call filter"))?;
    if written != program.len() {
        return Err(Error::Internal("a system call filter was cut".to_owned()));
    }
    Ok(Some(read))
}

fn program(machine: u32) -> Vec<u8> {
    // `clone3` passes its flags in memory, where a filter cannot look: "no such call" makes libc
    // fall back to `clone`.
    let refused = [
        (libc::SYS_clone3, libc::ENOSYS),
        (libc::SYS_add_key, libc::EPERM),
        (libc::SYS_keyctl, libc::EPERM),
        (libc::SYS_request_key, libc::EPERM),
    ];
    let fail = |errno: i32| FAIL | errno as u32;
    let mut code = Code::default();
    code.add(LOAD, 0, 0, ARCHITECTURE);
    code.add(IF_EQUAL, 1, 0, machine);
    code.add(RETURN, 0, 0, fail(libc::ENOSYS));
    code.add(LOAD, 0, 0, NUMBER);
    code.add(IF_AT_LEAST, 0, 1, X32);
    code.add(RETURN, 0, 0, fail(libc::ENOSYS));
    for (call, errno) in refused {
        code.add(IF_EQUAL, 0, 1, call as u32);
        code.add(RETURN, 0, 0, fail(errno));
    }
    code.add(IF_EQUAL, 1, 0, libc::SYS_unshare as u32);
    code.add(IF_EQUAL, 0, 3, libc::SYS_clone as u32);
    code.add(LOAD, 0, 0, FIRST_ARGUMENT);
    code.add(IF_SET, 0, 1, libc::CLONE_NEWUSER as u32);
    code.add(RETURN, 0, 0, fail(libc::EPERM));
    code.add(RETURN, 0, 0, ALLOW);
    code.0
}

#[derive(Default)]
struct Code(Vec<u8>);

impl Code {
    /// One `struct sock_filter`: operation, how many to skip when true and when false, operand.
    fn add(&mut self, operation: u16, when_true: u8, when_false: u8, operand: u32) {
        self.0.extend_from_slice(&operation.to_ne_bytes());
        self.0.extend_from_slice(&[when_true, when_false]);
        self.0.extend_from_slice(&operand.to_ne_bytes());
    }
}
