//! What stands around every entry point: no panic gets out, and a failure becomes a code and,
//! where it is wanted, a [`regraft_error`].

use crate::code::*;
use crate::error::regraft_error;
use crate::handle;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Why an entry point fails.
pub(crate) enum Failure {
    /// The ABI's own reasons: a code below 100 and what is wrong.
    Own(regraft_code, String),
    /// The library's.
    Library(Box<engine::Error>),
}

/// The result of what an entry point does.
pub(crate) type Result<T> = std::result::Result<T, Failure>;

impl From<engine::Error> for Failure {
    fn from(error: engine::Error) -> Failure {
        Failure::Library(Box::new(error))
    }
}

impl Failure {
    /// The argument `name` is NULL.
    pub(crate) fn null(name: &str) -> Failure {
        Failure::Own(
            REGRAFT_NULL_ARGUMENT,
            format!("the argument `{name}` must not be NULL"),
        )
    }

    /// An integer that stands for nothing.
    pub(crate) fn bad_enum(name: &str, value: i32) -> Failure {
        let message = format!("{value} is no value of `{name}`; the header lists them");
        Failure::Own(REGRAFT_BAD_ENUM, message)
    }

    /// From what `catch_unwind` has caught.
    pub(crate) fn panic(payload: &(dyn std::any::Any + Send)) -> Failure {
        let words = payload
            .downcast_ref::<&str>()
            .map(|text| (*text).to_owned())
            .or_else(|| payload.downcast_ref::<String>().cloned())
            .unwrap_or_else(|| "a panic without words".to_owned());
        let message = format!("a defect in regraft: {words}; please report it");
        Failure::Own(REGRAFT_PANIC, message)
    }

    /// The number that the entry point answers.
    pub(crate) fn code(&self) -> regraft_code {
        match self {
            Failure::Own(code, _) => *code,
            Failure::Library(error) => error.kind() as regraft_code,
        }
    }
}

/// The body of an entry point that can fail. `error` is written to only on failure.
pub(crate) fn call(
    error: *mut *mut regraft_error,
    body: impl FnOnce() -> Result<()>,
) -> regraft_code {
    let caught = catch_unwind(AssertUnwindSafe(body));
    let failure = match caught {
        Ok(Ok(())) => return REGRAFT_OK,
        Ok(Err(failure)) => failure,
        Err(payload) => Failure::panic(&*payload),
    };
    let code = failure.code();
    // Making the error is our own code, too.
    let _ = catch_unwind(AssertUnwindSafe(|| {
        handle::give_error(error, || regraft_error::new(failure));
    }));
    code
}

/// The body of an entry point that answers a value, and `otherwise` for what there is not.
pub(crate) fn value<T>(otherwise: T, body: impl FnOnce() -> Option<T>) -> T {
    match catch_unwind(AssertUnwindSafe(body)) {
        Ok(Some(value)) => value,
        Ok(None) | Err(_) => otherwise,
    }
}
