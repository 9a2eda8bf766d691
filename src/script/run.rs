//! The order in which scripts run.

use crate::error::Result;
use crate::job::Monitor;
use crate::nevra::Nevra;
use crate::script::ScriptLog;
use crate::script::sandbox::{self, Invocation};
use crate::script::scriptlet::{Code, Scriptlets, Slot};
use crate::script::trigger::{self, TriggerRun};
use crate::script::view::View;

/// A package that is layered.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ScriptPackage<'a> {
    /// Its scripts.
    pub(crate) scripts: &'a Scriptlets,
    /// The first argument of its scripts: 1 for a new package, 2 for one that replaces another
    /// version.
    pub(crate) instances: u32,
}

/// Runs the scripts of one transaction: [`Runner::slot`] with [`Slot::Pre`], [`Slot::Post`] and
/// [`Slot::PostTrans`], then [`Runner::triggers`], then [`Runner::sanity`].
#[derive(Debug)]
pub(crate) struct Runner<'a> {
    view: &'a mut View,
    monitor: &'a Monitor,
    logs: Vec<ScriptLog>,
}

impl<'a> Runner<'a> {
    /// The caller has begun [`Phase::Scripts`](crate::Phase::Scripts) with the number of scripts.
    pub(crate) fn new(view: &'a mut View, monitor: &'a Monitor) -> Runner<'a> {
        Runner {
            view,
            monitor,
            logs: Vec::new(),
        }
    }

    /// Runs one kind of script of all packages, in their order.
    pub(crate) fn slot(&mut self, slot: Slot, packages: &[ScriptPackage<'_>]) -> Result<()> {
        for package in packages {
            let Some(code) = package.scripts.get(slot) else {
                continue;
            };
            let arguments = [package.instances.to_string()];
            self.code(&package.scripts.package, slot.name(), code, &arguments, b"")?;
        }
        Ok(())
    }

    /// Runs triggers in their order.
    pub(crate) fn triggers(&mut self, runs: &[TriggerRun<'_>]) -> Result<()> {
        trigger::check(runs)?;
        // What rpm gives them: the number of instances of the trigger's package, and 0.
        let arguments = ["1".to_owned(), "0".to_owned()];
        for run in runs {
            let trigger = run.trigger;
            let name = trigger.kind.name();
            self.code(
                &trigger.package,
                name,
                &trigger.code,
                &arguments,
                &run.input(),
            )?;
        }
        Ok(())
    }

    /// Whether programs still start in the tree that scripts have left behind.
    pub(crate) fn sanity(&mut self, last: &Nevra) -> Result<()> {
        self.program(last, "sanity", &["/usr/bin/true".to_owned()], b"")
    }

    /// Runs a program of the tree, on behalf of a package or of the transaction.
    pub(crate) fn program(
        &mut self,
        package: &Nevra,
        name: &str,
        argv: &[String],
        input: &[u8],
    ) -> Result<()> {
        self.run(&Invocation {
            package,
            script: name,
            interpreter: argv,
            body: None,
            arguments: &[],
            input,
        })
    }

    fn code(
        &mut self,
        package: &Nevra,
        script: &str,
        code: &Code,
        arguments: &[String],
        input: &[u8],
    ) -> Result<()> {
        let body = code.text();
        self.run(&Invocation {
            package,
            script,
            interpreter: &code.interpreter,
            body: body.as_deref(),
            arguments,
            input,
        })
    }

    fn run(&mut self, what: &Invocation<'_>) -> Result<()> {
        let name = format!("{}.{}", what.package.name, what.script);
        self.monitor.reach(self.logs.len() as u64, &name)?;
        let ran = sandbox::run(self.view, what, self.monitor)?;
        self.view.attribute(&name)?;
        self.logs.push(ScriptLog {
            package: what.package.clone(),
            script: what.script.to_owned(),
            output: ran.output,
            duration: ran.duration,
            written: Vec::new(),
        });
        Ok(())
    }

    /// All that ran, in order.
    pub(crate) fn finish(self) -> Vec<ScriptLog> {
        self.logs
    }
}

impl Runner<'_> {
    /// Runs a script that is no package's; its first line names the interpreter, `/bin/sh` where
    /// there is none.
    pub(crate) fn script(&mut self, owner: &Nevra, name: &str, body: &[u8]) -> Result<()> {
        let first = body.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let interpreter = first
            .strip_prefix(b"#!")
            .and_then(|line| std::str::from_utf8(line).ok())
            .map(|line| line.split_whitespace().map(str::to_owned).collect())
            .filter(|words: &Vec<String>| !words.is_empty())
            .unwrap_or_else(|| vec!["/bin/sh".to_owned()]);
        self.run(&Invocation {
            package: owner,
            script: name,
            interpreter: &interpreter,
            body: Some(body),
            arguments: &[],
            input: b"",
        })
    }
}
