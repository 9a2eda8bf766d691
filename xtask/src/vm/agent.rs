//! The agent in the guest, and the connection to it over a virtio-serial port.
//!
//! What is said on the port is in `guest/agent.sh`, which a postprocess script puts into the base.

use super::deadline::{Deadline, LOOK};
use anyhow::{Context, Result, bail};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::time::Duration;

/// The program in the guest, and the unit that starts it.
pub(super) const SCRIPT: &str = include_str!("guest/agent.sh");
pub(super) const UNIT: &str = include_str!("guest/agent.service");

/// The most output that one script may have.
const LARGEST: usize = 64 << 20;

/// What a script did.
#[derive(Debug)]
pub(super) struct Output {
    pub(super) status: i32,
    /// Both of its outputs.
    pub(super) text: String,
}

/// The host's end of the connection.
pub(super) struct Agent {
    stream: UnixStream,
    buffer: Vec<u8>,
    number: u32,
}

impl Agent {
    pub(super) fn new(stream: UnixStream) -> Agent {
        Agent {
            stream,
            buffer: Vec::new(),
            number: 0,
        }
    }

    /// Waits until the guest has booted as far as its agent.
    pub(super) fn wait_until_ready(&mut self, deadline: &mut Deadline) -> Result<()> {
        let line = self.line(deadline)?;
        match line.starts_with("ready ") {
            true => Ok(()),
            false => bail!("the agent began with {line:?}"),
        }
    }

    /// Sends a script without waiting for its end; returns the number that names it.
    pub(super) fn send(&mut self, script: &str) -> Result<u32> {
        self.number += 1;
        let message = format!("{} {}\n{script}", self.number, script.len());
        self.stream
            .set_write_timeout(Some(Duration::from_secs(30)))?;
        self.stream.write_all(message.as_bytes())?;
        Ok(self.number)
    }

    /// Waits for the end of a script.
    pub(super) fn receive(&mut self, number: u32, deadline: &mut Deadline) -> Result<Output> {
        loop {
            let line = self.line(deadline)?;
            let words: Vec<&str> = line.split_whitespace().collect();
            let ["done", of, status, size] = words[..] else {
                bail!("the agent said {line:?}");
            };
            let size: usize = size.parse()?;
            if size > LARGEST {
                bail!("a script has {size} bytes of output");
            }
            while self.buffer.len() < size {
                self.fill(deadline)?;
            }
            let text: Vec<u8> = self.buffer.drain(..size).collect();
            // An earlier one may be one that nobody waited for.
            if of.parse() == Ok(number) {
                return Ok(Output {
                    status: status.parse()?,
                    text: String::from_utf8_lossy(&text).into_owned(),
                });
            }
        }
    }

    fn line(&mut self, deadline: &mut Deadline) -> Result<String> {
        loop {
            if let Some(end) = self.buffer.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.buffer.drain(..=end).collect();
                return Ok(String::from_utf8_lossy(&line).trim().to_owned());
            }
            self.fill(deadline)?;
        }
    }

    fn fill(&mut self, deadline: &mut Deadline) -> Result<()> {
        self.stream.set_read_timeout(Some(LOOK))?;
        let mut bytes = [0; 1 << 16];
        loop {
            match self.stream.read(&mut bytes) {
                Ok(0) => bail!("the machine has ended"),
                Ok(count) => {
                    self.buffer.extend(&bytes[..count]);
                    return Ok(());
                }
                Err(error)
                    if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) =>
                {
                    if deadline.is_over() {
                        bail!("no answer from the agent in time");
                    }
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error).context("the connection to the agent broke"),
            }
        }
    }
}
