//! Why a call failed.

use crate::call::{Failure, value};
use crate::code::*;
use crate::handle::{self, Owned, peek};
use crate::nevra::regraft_nevra;
use crate::text::{self, Text, Texts};
use engine::Error;
use std::ffi::c_char;

/// Why a call failed. Immutable: any thread. Owned by the program, which frees it with
/// `regraft_error_free`.
pub struct regraft_error {
    code: regraft_code,
    kind_name: Text,
    message: Text,
    json: Text,
    problems: Vec<regraft_problem>,
    conflicts: Vec<regraft_conflict>,
    script: Option<Script>,
    holder: Option<Text>,
}

/// One reason why a request cannot be satisfied, of an error of kind `REGRAFT_ERROR_UNSOLVABLE`.
/// Borrowed from the error.
pub struct regraft_problem {
    explanation: Text,
    suggestions: Texts,
}

/// One path for which two owners have different content, of an error of kind
/// `REGRAFT_ERROR_FILE_CONFLICT`. Borrowed from the error.
pub struct regraft_conflict {
    path: Text,
    first: Option<regraft_nevra>,
    second: regraft_nevra,
    text: Text,
}

struct Script {
    package: regraft_nevra,
    name: Text,
    status: Text,
    output: Text,
    seconds: f64,
}

impl Owned for regraft_error {}

impl regraft_error {
    pub(crate) fn new(failure: Failure) -> regraft_error {
        let code = failure.code();
        let error = match failure {
            Failure::Own(_, message) => {
                let name = own_name(code);
                let json = serde_json::json!({ "kind": name, "code": code, "message": &message });
                return regraft_error::plain(code, name, message, json.to_string());
            }
            Failure::Library(error) => *error,
        };
        let mut made = regraft_error::plain(
            code,
            error.kind().name(),
            error.to_string(),
            error.to_json().to_string(),
        );
        match error {
            Error::Unsolvable(problems) => {
                let problems = problems.iter().map(|problem| regraft_problem {
                    explanation: Text::new(problem.explanation()),
                    suggestions: Texts::new(problem.suggestions()),
                });
                made.problems = problems.collect();
            }
            Error::FileConflict(conflicts) => {
                let conflicts = conflicts.iter().map(|conflict| regraft_conflict {
                    path: Text::new(&conflict.path),
                    first: conflict.first.as_ref().map(Into::into),
                    second: (&conflict.second).into(),
                    text: Text::new(conflict.to_string()),
                });
                made.conflicts = conflicts.collect();
            }
            Error::ScriptFailed {
                package,
                script,
                status,
                output,
                duration,
            } => {
                made.script = Some(Script {
                    package: (&package).into(),
                    name: Text::new(script),
                    status: Text::new(status),
                    output: Text::new(output),
                    seconds: duration.as_secs_f64(),
                });
            }
            Error::Busy { holder, .. } => made.holder = Some(Text::new(holder)),
            _ => {}
        }
        made
    }

    fn plain(code: regraft_code, name: &str, message: String, json: String) -> regraft_error {
        regraft_error {
            code,
            kind_name: Text::new(name),
            message: Text::new(message),
            json: Text::new(json),
            problems: Vec::new(),
            conflicts: Vec::new(),
            script: None,
            holder: None,
        }
    }
}

/// The code that the call answered; `REGRAFT_OK` for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_error_kind(error: *const regraft_error) -> regraft_code {
    value(REGRAFT_OK, || Some(peek(error)?.code))
}

/// The code's name in kebab case: `busy`, `file-conflict`; `null-argument`, `in-use`. `""` for
/// NULL. Borrowed from the error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_error_kind_name(error: *const regraft_error) -> *const c_char {
    value(text::empty(), || Some(peek(error)?.kind_name.pointer()))
}

/// One sentence for people: which object, what is wrong, what to do. `""` for NULL. Borrowed from
/// the error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_error_message(error: *const regraft_error) -> *const c_char {
    value(text::empty(), || Some(peek(error)?.message.pointer()))
}

/// The error as a JSON object: `kind` (the name), `code`, `message`, and what the kind has besides,
/// such as `holder`, `problems`, `conflicts`, `package`, `script`, `output`, `object`, `path`,
/// `remedy`. Keys are only ever added. `""` for NULL. Borrowed from the error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_error_to_json(error: *const regraft_error) -> *const c_char {
    value(text::empty(), || Some(peek(error)?.json.pointer()))
}

/// How many problems an error of kind `REGRAFT_ERROR_UNSOLVABLE` has; 0 for others and NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_error_problem_count(error: *const regraft_error) -> usize {
    value(0, || Some(peek(error)?.problems.len()))
}

/// The problem at `index`; NULL where there is none. Borrowed from the error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_error_problem_get(
    error: *const regraft_error,
    index: usize,
) -> *const regraft_problem {
    value(std::ptr::null(), || {
        let problem = peek(error)?.problems.get(index)?;
        Some(std::ptr::from_ref(problem))
    })
}

/// What is wrong, naming the packages. `""` for NULL. Borrowed from the error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_problem_explanation(
    problem: *const regraft_problem,
) -> *const c_char {
    value(text::empty(), || Some(peek(problem)?.explanation.pointer()))
}

/// How many ways out are suggested.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_problem_suggestion_count(
    problem: *const regraft_problem,
) -> usize {
    value(0, || Some(peek(problem)?.suggestions.count()))
}

/// One way out, such as `do not install foo`; NULL where there is none at `index`. Borrowed from
/// the error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_problem_suggestion_get(
    problem: *const regraft_problem,
    index: usize,
) -> *const c_char {
    value(std::ptr::null(), || peek(problem)?.suggestions.get(index))
}

/// How many conflicts an error of kind `REGRAFT_ERROR_FILE_CONFLICT` has; 0 for others and NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_error_conflict_count(error: *const regraft_error) -> usize {
    value(0, || Some(peek(error)?.conflicts.len()))
}

/// The conflict at `index`; NULL where there is none. Borrowed from the error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_error_conflict_get(
    error: *const regraft_error,
    index: usize,
) -> *const regraft_conflict {
    value(std::ptr::null(), || {
        let conflict = peek(error)?.conflicts.get(index)?;
        Some(std::ptr::from_ref(conflict))
    })
}

/// The path in the tree, beginning with `/`. `""` for NULL. Borrowed from the error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_conflict_path(conflict: *const regraft_conflict) -> *const c_char {
    value(text::empty(), || Some(peek(conflict)?.path.pointer()))
}

/// The package that has the path already; NULL for a file of the base that no package owns.
/// Borrowed from the error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_conflict_first(
    conflict: *const regraft_conflict,
) -> *const regraft_nevra {
    value(std::ptr::null(), || {
        peek(conflict)?.first.as_ref().map(std::ptr::from_ref)
    })
}

/// The package that wants the path, too; NULL for NULL. Borrowed from the error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_conflict_second(
    conflict: *const regraft_conflict,
) -> *const regraft_nevra {
    value(std::ptr::null(), || {
        Some(std::ptr::from_ref(&peek(conflict)?.second))
    })
}

/// The conflict in one line. `""` for NULL. Borrowed from the error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_conflict_text(conflict: *const regraft_conflict) -> *const c_char {
    value(text::empty(), || Some(peek(conflict)?.text.pointer()))
}

/// For `REGRAFT_ERROR_SCRIPT_FAILED`: the package whose script failed; NULL for other errors.
/// Borrowed from the error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_error_script_package(
    error: *const regraft_error,
) -> *const regraft_nevra {
    value(std::ptr::null(), || {
        let script = peek(error)?.script.as_ref()?;
        Some(std::ptr::from_ref(&script.package))
    })
}

/// For `REGRAFT_ERROR_SCRIPT_FAILED`: which script, such as `post`; NULL for other errors. Borrowed
/// from the error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_error_script_name(error: *const regraft_error) -> *const c_char {
    value(std::ptr::null(), || {
        Some(peek(error)?.script.as_ref()?.name.pointer())
    })
}

/// For `REGRAFT_ERROR_SCRIPT_FAILED`: how it ended, such as `exit status 3`; NULL for other errors.
/// Borrowed from the error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_error_script_status(error: *const regraft_error) -> *const c_char {
    value(std::ptr::null(), || {
        Some(peek(error)?.script.as_ref()?.status.pointer())
    })
}

/// For `REGRAFT_ERROR_SCRIPT_FAILED`: the end of what it printed; NULL for other errors. Borrowed
/// from the error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_error_script_output(error: *const regraft_error) -> *const c_char {
    value(std::ptr::null(), || {
        Some(peek(error)?.script.as_ref()?.output.pointer())
    })
}

/// For `REGRAFT_ERROR_SCRIPT_FAILED`: how many seconds it ran; 0 for other errors.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_error_script_seconds(error: *const regraft_error) -> f64 {
    value(0.0, || Some(peek(error)?.script.as_ref()?.seconds))
}

/// For `REGRAFT_ERROR_BUSY`: who holds the lock, such as `regraft (pid 123)` or `another program`;
/// NULL for other errors. Borrowed from the error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_error_busy_holder(error: *const regraft_error) -> *const c_char {
    value(std::ptr::null(), || {
        Some(text::optional(&peek(error)?.holder))
    })
}

/// Frees an error; NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_error_free(error: *mut regraft_error) {
    handle::free(error);
}
