//! `check` and `recover`.

use crate::{Global, progress};
use regraft::{Finding, Mend, Result};
use std::process::ExitCode;

/// Lists what is wrong; fails where there is anything.
pub(crate) fn check(global: &Global) -> Result<ExitCode> {
    let found = global.sysroot()?.check(&mut progress::job(global.json))?;
    show(global, &found, |finding| {
        let hint = match finding.mend() {
            Mend::Recover => "; mended by `recover`",
            Mend::ByHand => "",
        };
        format!("{}: {finding}{hint}", finding.kind())
    });
    Ok(match found.is_empty() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

/// Lists what was removed.
pub(crate) fn recover(global: &Global) -> Result<ExitCode> {
    let mended = global.sysroot()?.recover(&mut progress::job(global.json))?;
    show(global, &mended, |finding| {
        format!("removed {}", finding.object())
    });
    Ok(ExitCode::SUCCESS)
}

fn show(global: &Global, findings: &[Finding], line: impl Fn(&Finding) -> String) {
    if global.json {
        let list: Vec<_> = findings.iter().map(Finding::to_json).collect();
        println!("{:#}", serde_json::Value::from(list));
    } else if findings.is_empty() {
        println!("nothing found");
    } else {
        findings
            .iter()
            .for_each(|finding| println!("{}", line(finding)));
    }
}
