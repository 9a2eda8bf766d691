//! QEMU's own protocol: one JSON object a line, on a socket.

use anyhow::{Context, Result, bail};
use camino::Utf8Path;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::time::Duration;

/// A connection that takes commands.
pub(super) struct Control {
    reader: BufReader<UnixStream>,
}

impl Control {
    /// Connects to the socket of a machine; each answer may take this long.
    pub(super) fn connect(socket: &Utf8Path, time: Duration) -> Result<Control> {
        let stream = UnixStream::connect(socket).with_context(|| format!("no {socket}"))?;
        stream.set_read_timeout(Some(time))?;
        let mut control = Control {
            reader: BufReader::new(stream),
        };
        control.read()?;
        control.execute("qmp_capabilities", &json!({}))?;
        Ok(control)
    }

    /// Runs a command; returns its answer.
    pub(super) fn execute(&mut self, command: &str, arguments: &Value) -> Result<Value> {
        let line = json!({ "execute": command, "arguments": arguments });
        writeln!(self.reader.get_mut(), "{line}")?;
        loop {
            let mut answer = self.read()?;
            if let Some(error) = answer.get("error") {
                bail!("QEMU answers {command} with {error}");
            }
            // Events come between.
            if answer.get("return").is_some() {
                return Ok(answer["return"].take());
            }
        }
    }

    /// Runs a command of the monitor for people; what it says is an error.
    pub(super) fn monitor(&mut self, line: &str) -> Result<()> {
        let answer = self.execute("human-monitor-command", &json!({ "command-line": line }))?;
        match answer.as_str().map(str::trim) {
            None | Some("") => Ok(()),
            Some(said) => bail!("QEMU answers {line:?} with {said}"),
        }
    }

    fn read(&mut self) -> Result<Value> {
        let mut line = String::new();
        if self.reader.read_line(&mut line)? == 0 {
            bail!("QEMU has closed its control socket");
        }
        Ok(serde_json::from_str(&line)?)
    }
}
