//! A file as a block device, for as long as something has it mounted.
#![allow(unsafe_code)]

use rustix::fd::{AsRawFd, OwnedFd};
use rustix::fs::{CWD, Mode, OFlags};
use rustix::io::Errno;

/// `LOOP_CTL_GET_FREE`, `LOOP_CONFIGURE` (Linux 5.8).
const GET_FREE: libc::Ioctl = 0x4c82;
const CONFIGURE: libc::Ioctl = 0x4c0a;

/// `LO_FLAGS_READ_ONLY`, `LO_FLAGS_AUTOCLEAR`.
const FLAGS: u32 = 1 | 4;

/// Linux's `struct loop_config`, with its `struct loop_info64`.
#[repr(C)]
struct Config {
    file: u32,
    block_size: u32,
    before_flags: [u64; 6],
    key_size: u32,
    flags: u32,
    rest: [u64; 22],
    reserved: [u64; 8],
}

/// How often another program may take the free device first.
const ATTEMPTS: usize = 16;

/// Makes a read-only device of a file. It goes when this descriptor is closed and nothing has it
/// mounted, also after SIGKILL. Answers its path too.
pub(crate) fn attach(file: &OwnedFd) -> Result<(OwnedFd, String), Errno> {
    let open = |path: &str| {
        let flags = OFlags::RDONLY | OFlags::CLOEXEC;
        rustix::fs::openat(CWD, path, flags, Mode::empty())
    };
    let control = open("/dev/loop-control")?;
    for _ in 0..ATTEMPTS {
        // SAFETY: this request takes no argument and answers a number.
        let number = unsafe { libc::ioctl(control.as_raw_fd(), GET_FREE) };
        if number < 0 {
            return Err(last());
        }
        let path = format!("/dev/loop{number}");
        let device = open(&path)?;
        let config = Config {
            file: file.as_raw_fd() as u32,
            block_size: 4096,
            before_flags: [0; 6],
            key_size: 0,
            flags: FLAGS,
            rest: [0; 22],
            reserved: [0; 8],
        };
        // SAFETY: `config` is laid out as the kernel declares it and outlives the call, which
        // only reads it.
        let done = unsafe { libc::ioctl(device.as_raw_fd(), CONFIGURE, &raw const config) };
        match done {
            0 => return Ok((device, path)),
            _ if last() == Errno::BUSY => {}
            _ => return Err(last()),
        }
    }
    Err(Errno::BUSY)
}

fn last() -> Errno {
    let error = std::io::Error::last_os_error();
    Errno::from_io_error(&error).unwrap_or(Errno::IO)
}

const _: () = assert!(size_of::<Config>() == 304);
