//! How a call fails towards C++: what the library says, or what the border itself refuses.

use crate::values::bridge::{Failure, Field};
use crate::values::{all, nanoseconds};
use engine::Error;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Why a function of a bridge does not do what it should. The codes of the border are those of the
/// C ABI.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// The library failed.
    Engine(Error),
    /// A number stands for nothing.
    BadEnum(&'static str, u8),
    /// The value is used by a call that has not returned.
    InUse,
    /// A panic, or the failure of the call that made it, has left nothing of the value.
    Spent,
}

const BAD_ENUM: i32 = 3;
const PANIC: i32 = 4;
const IN_USE: i32 = 5;
const SPENT_HANDLE: i32 = 6;

/// The names of the border's own codes.
pub(crate) fn code_name(code: i32) -> &'static str {
    match code {
        1 => "null-argument",
        2 => "bad-utf8",
        BAD_ENUM => "bad-enum",
        PANIC => "panic",
        IN_USE => "in-use",
        SPENT_HANDLE => "handle-spent",
        _ => "unknown",
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Refusal {
        Refusal::Engine(error)
    }
}

/// Runs what a function of a bridge does. When it fails or panics, `failure` says so, and the
/// answer is an empty value that C++ does not look at.
pub(crate) fn guard<T: Default>(
    failure: &mut Failure,
    work: impl FnOnce() -> Result<T, Refusal>,
) -> T {
    let done = catch_unwind(AssertUnwindSafe(work));
    *failure = match done {
        Ok(Ok(value)) => return value,
        Ok(Err(refusal)) => Failure::from(refusal),
        Err(panic) => {
            let said = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
            let said = said.or_else(|| panic.downcast_ref::<String>().cloned());
            let said = said.unwrap_or_else(|| "it said nothing".to_owned());
            border(
                PANIC,
                format!("a defect in regraft: {said}; please report it"),
            )
        }
    };
    T::default()
}

fn border(kind: i32, message: String) -> Failure {
    let name = code_name(kind);
    Failure {
        kind,
        kind_name: name.to_owned(),
        json: serde_json::json!({"kind": name, "code": kind, "message": message}).to_string(),
        message,
        ..Failure::default()
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Failure {
        match refusal {
            Refusal::Engine(error) => Failure::from(&error),
            Refusal::BadEnum(what, value) => border(
                BAD_ENUM,
                format!("{what} cannot be {value}: no such value is known"),
            ),
            Refusal::InUse => border(
                IN_USE,
                "the object is used by a call that has not returned; wait for it".to_owned(),
            ),
            Refusal::Spent => border(
                SPENT_HANDLE,
                "the object is no longer usable; make a new one".to_owned(),
            ),
        }
    }
}

impl From<&Error> for Failure {
    fn from(error: &Error) -> Failure {
        let json = error.to_json();
        let mut failure = Failure {
            kind: error.kind() as i32,
            kind_name: error.kind().name().to_owned(),
            message: error.to_string(),
            fields: fields(&json),
            json: json.to_string(),
            ..Failure::default()
        };
        match error {
            Error::Unsolvable(problems) => failure.problems = all(problems),
            Error::FileConflict(conflicts) => failure.conflicts = all(conflicts),
            Error::ScriptFailed { duration, .. } => failure.nanoseconds = nanoseconds(*duration),
            _ => {}
        }
        failure
    }
}

/// What every error has, for which there are accessors.
const COMMON: [&str; 3] = ["kind", "code", "message"];

/// The single values that only this error has, as texts.
fn fields(json: &serde_json::Value) -> Vec<Field> {
    let object = json.as_object().into_iter().flatten();
    object
        .filter(|(name, _)| !COMMON.contains(&name.as_str()))
        .filter_map(|(name, value)| {
            let value = match value {
                serde_json::Value::String(text) => text.clone(),
                serde_json::Value::Number(number) => number.to_string(),
                _ => return None,
            };
            Some(Field {
                name: name.clone(),
                value,
            })
        })
        .collect()
}
