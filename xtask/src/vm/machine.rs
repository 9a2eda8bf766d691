//! One virtual machine: QEMU's process, its disks, and what can be done with it.
//!
//! ```text
//! target/vm/runs/NAME/
//!         ├── disk.qcow2       what the guest has written, over the base disk
//!         ├── serial-N.log     the console of the Nth boot
//!         ├── qemu-N.log       what QEMU itself said
//!         ├── agent, control   sockets: the guest's agent, QEMU's own protocol
//!         └── log              every script and its output
//! ```

use super::agent::{Agent, Output};
use super::control::Control;
use super::deadline::Deadline;
use super::packages::QEMU_PROGRAM;
use crate::run;
use anyhow::{Context, Result, bail};
use camino::{Utf8Path, Utf8PathBuf};
use std::fs::{self, File};
use std::io::Write;
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// How long the guest may take to boot: some eight seconds on an idle machine.
const BOOT: Duration = Duration::from_secs(300);
/// How long a script may take that nothing else is said of.
const SCRIPT: Duration = Duration::from_secs(900);
/// How long the guest may take to end: a staged deployment is finalised meanwhile.
const POWER_OFF: Duration = Duration::from_secs(600);
/// How long QEMU may take for one of its own commands.
const CONTROL: Duration = Duration::from_secs(300);
/// The name of the saved state in a disk.
const STATE: &str = "ready";
/// How much of the console an error shows.
const SERIAL_SHOWN: usize = 15;

/// What does not change from one boot of a machine to the next.
pub(super) struct Hardware {
    /// The disk that the guest's own one lies over.
    pub(super) base: Utf8PathBuf,
    /// Disks that are read-only, in the order of their names: `vdb`, `vdc`.
    pub(super) given: Vec<Utf8PathBuf>,
    /// By how much longer than usual everything may take, on a machine that has other work.
    pub(super) patience: u32,
}

/// Where the console goes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Console {
    File,
    /// To the file, and to this program's terminal, whose input goes to the guest.
    Terminal,
}

/// A machine that runs.
pub(super) struct Vm {
    pub(super) folder: Utf8PathBuf,
    process: Child,
    agent: Agent,
    boot: u32,
    patience: u32,
    /// When it was started.
    begun: Instant,
    log: File,
}

/// A disk of a machine that does not run, and what its next boot is.
pub(super) struct Off {
    folder: Utf8PathBuf,
    boots: u32,
    /// Where its writes are recorded.
    recorded: Option<Utf8PathBuf>,
}

impl Off {
    /// A machine that was never booted, in an empty folder of this name.
    pub(super) fn new(folder: &Utf8Path, hardware: &Hardware) -> Result<Off> {
        let off = Off::empty(folder)?;
        run::output(
            Command::new("qemu-img")
                .args(["create", "-q", "-f", "qcow2", "-F", "raw", "-b"])
                .arg(&hardware.base)
                .arg(off.disk()),
        )?;
        Ok(off)
    }

    fn empty(folder: &Utf8Path) -> Result<Off> {
        if folder.exists() {
            fs::remove_dir_all(folder)?;
        }
        fs::create_dir_all(folder)?;
        Ok(Off {
            folder: folder.to_owned(),
            boots: 0,
            recorded: None,
        })
    }

    /// The same machine, of which the next boot is recorded in this file, write by write.
    pub(super) fn recorded(self, log: &Utf8Path) -> Result<Off> {
        File::create(log)?;
        Ok(Off {
            recorded: Some(log.to_owned()),
            ..self
        })
    }

    pub(super) fn disk(&self) -> Utf8PathBuf {
        self.folder.join("disk.qcow2")
    }

    /// Boots it and waits for the agent.
    pub(super) fn boot(self, hardware: &Hardware) -> Result<Vm> {
        let mut vm = self.start(hardware, Console::File, &[])?;
        vm.agent
            .wait_until_ready(&mut Deadline::after(BOOT * hardware.patience))
            .map_err(|error| vm.explain(error, "does not boot"))?;
        Ok(vm)
    }

    /// The same with the console at this terminal.
    pub(super) fn boot_at_terminal(self, hardware: &Hardware) -> Result<Vm> {
        let mut vm = self.start(hardware, Console::Terminal, &[])?;
        vm.agent
            .wait_until_ready(&mut Deadline::after(BOOT * hardware.patience))
            .map_err(|error| vm.explain(error, "does not boot"))?;
        Ok(vm)
    }

    fn start(self, hardware: &Hardware, console: Console, more: &[&str]) -> Result<Vm> {
        // What is restored was booted before.
        let boot = self.boots + u32::from(more.is_empty());
        let file = |name: &str| self.folder.join(name);
        for socket in ["agent", "control"] {
            let _ = fs::remove_file(file(socket));
        }
        let serial = file(&format!("serial-{boot}.log"));
        let errors = File::create(file(&format!("qemu-{boot}.log")))?;
        // It ends with this program, however that ends.
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL"]);
        command.arg(QEMU_PROGRAM).args(MACHINE);
        let drive = match &self.recorded {
            None => format!("file={},format=qcow2,if=none,id=disk0", self.disk()),
            Some(log) => format!(
                "driver=blklogwrites,if=none,id=disk0,file.driver=qcow2,file.file.driver=file,\
                 file.file.filename={},log.driver=file,log.filename={log},\
                 log-super-update-interval=1",
                self.disk()
            ),
        };
        disk(&mut command, 0, &drive);
        for (number, given) in hardware.given.iter().enumerate() {
            let id = number + 1;
            let drive = format!("file={given},format=raw,if=none,id=disk{id},readonly=on");
            disk(&mut command, id, &drive);
        }
        let chardev = match console {
            Console::File => format!("file,id=serial,path={serial}"),
            Console::Terminal => format!("stdio,id=serial,signal=off,logfile={serial}"),
        };
        command.args(["-chardev", &chardev, "-serial", "chardev:serial"]);
        command.args(["-device", "virtio-serial-pci"]);
        let socket = format!("socket,id=agent,path={},server=on,wait=off", file("agent"));
        command.args(["-chardev", &socket]);
        command.args(["-device", "virtserialport,chardev=agent,name=agent"]);
        let socket = format!("unix:{},server=on,wait=off", file("control"));
        command.args(["-qmp", &socket]);
        command.args(more);
        if console == Console::File {
            command.stdin(Stdio::null()).stdout(Stdio::null());
        }
        let mut process = command
            .stderr(errors)
            .spawn()
            .with_context(|| format!("cannot start {QEMU_PROGRAM}"))?;
        let stream = match connect(&file("agent"), &mut process) {
            Ok(stream) => stream,
            Err(error) => {
                let _ = process.kill();
                let _ = process.wait();
                let said = fs::read_to_string(file(&format!("qemu-{boot}.log")))?;
                return Err(error.context(said.trim().to_owned()));
            }
        };
        let log = File::options()
            .create(true)
            .append(true)
            .open(file("log"))?;
        Ok(Vm {
            folder: self.folder,
            process,
            agent: Agent::new(stream),
            boot,
            patience: hardware.patience,
            begun: Instant::now(),
            log,
        })
    }
}

/// What every machine is. Nehalem is the fastest of QEMU's processors under emulation.
const MACHINE: [&str; 15] = [
    "-M",
    "q35",
    "-accel",
    "tcg",
    "-cpu",
    "Nehalem",
    "-m",
    "768",
    "-smp",
    "1",
    "-nodefaults",
    "-no-user-config",
    "-no-reboot",
    "-display",
    "none",
];

fn disk(command: &mut Command, number: usize, drive: &str) {
    command.args(["-drive", drive]);
    let device = match number {
        0 => "virtio-blk-pci,drive=disk0,bootindex=1".to_owned(),
        _ => format!("virtio-blk-pci,drive=disk{number}"),
    };
    command.args(["-device", &device]);
}

fn connect(socket: &Utf8Path, process: &mut Child) -> Result<UnixStream> {
    let mut deadline = Deadline::after(CONTROL);
    loop {
        if let Ok(stream) = UnixStream::connect(socket) {
            return Ok(stream);
        }
        if let Some(status) = process.try_wait()? {
            bail!("{QEMU_PROGRAM} ended with {status}");
        }
        if deadline.is_over() {
            bail!("{QEMU_PROGRAM} does not open {socket}");
        }
        thread::sleep(Duration::from_millis(10));
    }
}

impl Vm {
    /// Runs a shell script in the guest.
    pub(super) fn run(&mut self, script: &str) -> Result<Output> {
        self.run_within(script, SCRIPT)
    }

    /// The same with another time than usual.
    pub(super) fn run_within(&mut self, script: &str, time: Duration) -> Result<Output> {
        let number = self.begin(script)?;
        self.finish(number, time)
    }

    /// Starts a script, for what is done meanwhile.
    pub(super) fn begin(&mut self, script: &str) -> Result<u32> {
        let seconds = self.begun.elapsed().as_secs_f64();
        writeln!(self.log, "[{seconds:.1} s, boot {}] $ {script}", self.boot)?;
        self.agent
            .send(script)
            .map_err(|error| self.explain(error, "does not take a script"))
    }

    /// Waits for the end of one that was started.
    pub(super) fn finish(&mut self, number: u32, time: Duration) -> Result<Output> {
        let output = self
            .agent
            .receive(number, &mut Deadline::after(time * self.patience))
            .map_err(|error| self.explain(error, "does not answer"))?;
        let seconds = self.begun.elapsed().as_secs_f64();
        writeln!(
            self.log,
            "{}[{seconds:.1} s: status {}]",
            output.text, output.status
        )?;
        Ok(output)
    }

    /// Runs a script that must succeed, and returns its output without the last line's end.
    pub(super) fn ok(&mut self, script: &str) -> Result<String> {
        let output = self.run(script)?;
        if output.status != 0 {
            bail!(
                "in the guest {script:?} ended with {}: {}",
                output.status,
                output.text.trim()
            );
        }
        Ok(output.text.trim_end().to_owned())
    }

    /// Runs a script that must fail with status 1, and returns what it said.
    pub(super) fn fails(&mut self, script: &str) -> Result<String> {
        let output = self.run(script)?;
        if output.status != 1 {
            bail!(
                "in the guest {script:?} ended with {} instead of 1: {}",
                output.status,
                output.text.trim()
            );
        }
        Ok(output.text.trim_end().to_owned())
    }

    /// Shuts the guest down as its user does, with all that happens then.
    pub(super) fn power_off(mut self) -> Result<Off> {
        writeln!(self.log, "[boot {}] power off", self.boot)?;
        self.agent.send("systemctl --no-block poweroff")?;
        self.wait_for_end(POWER_OFF)
    }

    /// Waits until the guest has ended by itself.
    pub(super) fn wait_for_end(mut self, time: Duration) -> Result<Off> {
        let mut deadline = Deadline::after(time * self.patience);
        while self.process.try_wait()?.is_none() {
            if deadline.is_over() {
                return Err(self.explain(
                    anyhow::anyhow!("{} seconds are over", time.as_secs()),
                    "does not power off",
                ));
            }
            thread::sleep(Duration::from_millis(20));
        }
        Ok(self.off())
    }

    /// What a power cut does, but for what QEMU has in its own hands.
    pub(super) fn kill(mut self) -> Result<Off> {
        writeln!(self.log, "[boot {}] kill", self.boot)?;
        self.process.kill()?;
        self.process.wait()?;
        Ok(self.off())
    }

    fn off(&self) -> Off {
        Off {
            folder: self.folder.clone(),
            boots: self.boot,
            recorded: None,
        }
    }

    /// Saves memory and disk, and ends the machine.
    pub(super) fn snapshot(self) -> Result<Snapshot> {
        let mut control = Control::connect(&self.folder.join("control"), CONTROL)?;
        control.monitor(&format!("savevm {STATE}"))?;
        let disk = self.kill()?.disk();
        Ok(Snapshot { disk })
    }

    /// The error, with where this machine's files are and what its console said last.
    fn explain(&self, error: anyhow::Error, what: &str) -> anyhow::Error {
        let serial = self.folder.join(format!("serial-{}.log", self.boot));
        let bytes = fs::read(&serial).unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes);
        let lines: Vec<&str> = text.lines().collect();
        let last = lines[lines.len().saturating_sub(SERIAL_SHOWN)..].join("\n  ");
        error.context(format!(
            "boot {} {what}; its console is in {serial} and ends with\n  {last}\n",
            self.boot
        ))
    }
}

impl Drop for Vm {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A machine that was saved while it ran.
pub(super) struct Snapshot {
    /// The disk, with the memory in it.
    pub(super) disk: Utf8PathBuf,
}

impl Snapshot {
    /// Goes on from there, in a folder of its own. It counts as no boot.
    pub(super) fn restore(&self, folder: &Utf8Path, hardware: &Hardware) -> Result<Vm> {
        let off = Off::empty(folder)?;
        let mut copy = Command::new("cp");
        copy.args(["--sparse=always", "--reflink=auto"]);
        run::output(copy.arg(&self.disk).arg(off.disk()))?;
        off.start(hardware, Console::File, &["-loadvm", STATE])
    }
}
