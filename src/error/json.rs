//! An error as one JSON document.

use crate::error::{Error, ErrorKind};
use serde_json::{Map, Value, json};

impl Error {
    /// The error as one JSON object, for programs that hand it on: `kind` (its name), `code` (its
    /// number in the C ABI), `message` (what people read), and every field of the variant under its
    /// own name: `holder`, `problems` with `explanation` and `suggestions`, `conflicts` with `path`,
    /// `first` and `second`, `package`, `script`, `output`, `duration`, `object`, `path`. Keys are
    /// only ever added.
    ///
    /// ```
    /// let error = regraft::Sysroot::open("/nonexistent").unwrap_err();
    /// assert_eq!(error.to_json()["kind"], "not-found");
    /// assert_eq!(error.to_json()["name"], "/nonexistent");
    /// ```
    pub fn to_json(&self) -> Value {
        let mut object = Map::new();
        if let Value::Object(fields) = self.fields() {
            object.extend(fields);
        }
        object.insert("kind".to_owned(), self.kind().name().into());
        object.insert("code".to_owned(), (self.kind() as i32).into());
        object.insert("message".to_owned(), self.to_string().into());
        Value::Object(object)
    }

    /// What the variant has. What would hide `message` is called `reason`.
    fn fields(&self) -> Value {
        match self {
            Self::Io {
                action,
                path,
                source,
            } => json!({
                "action": action,
                "path": path,
                "reason": source.to_string(),
                "os_code": source.raw_os_error(),
            }),
            Self::NoSpace {
                action,
                place,
                free_bytes,
                free_inodes,
            } => json!({
                "action": action,
                "place": place,
                "free_bytes": free_bytes,
                "free_inodes": free_inodes,
            }),
            Self::Permission {
                action,
                reason,
                remedy,
            } => json!({ "action": action, "reason": reason, "remedy": remedy }),
            Self::Busy { sysroot, holder } => json!({ "sysroot": sysroot, "holder": holder }),
            Self::Stale {
                what,
                planned,
                found,
            } => json!({ "what": what, "planned": planned, "found": found }),
            Self::Spent | Self::Cancelled => json!({}),
            Self::NotFound { what, name, remedy } => {
                json!({ "what": what, "name": name, "remedy": remedy })
            }
            Self::NotASysroot { path, reason } => json!({ "path": path, "reason": reason }),
            Self::Corrupt { object, reason } => json!({ "object": object, "reason": reason }),
            Self::Digest {
                object,
                expected,
                found,
            } => json!({ "object": object, "expected": expected, "found": found }),
            Self::Signature {
                object,
                reason,
                remedy,
            }
            | Self::State {
                object,
                reason,
                remedy,
            } => json!({ "object": object, "reason": reason, "remedy": remedy }),
            Self::Network { url, reason } => json!({ "url": url, "reason": reason }),
            Self::Config { file, reason } => json!({ "file": file, "reason": reason }),
            Self::Unsolvable(problems) => json!({ "problems": problems }),
            Self::FileConflict(conflicts) => json!({ "conflicts": conflicts }),
            Self::ScriptFailed {
                package,
                script,
                status,
                output,
                duration,
            } => json!({
                "package": package,
                "script": script,
                "status": status,
                "output": output,
                "duration": duration,
            }),
            Self::Unsupported { what, object } => json!({ "what": what, "object": object }),
            Self::InvalidArgument {
                argument,
                value,
                reason,
            } => json!({ "argument": argument, "value": value, "reason": reason }),
            Self::PathNotAllowed {
                package,
                path,
                reason,
            } => {
                json!({ "package": package, "path": path, "reason": reason })
            }
            Self::Sandbox { reason, remedy } => json!({ "reason": reason, "remedy": remedy }),
            Self::Downgrade {
                refspec,
                new,
                new_time,
                old,
                old_time,
            } => json!({
                "refspec": refspec,
                "new": new,
                "new_time": new_time,
                "old": old,
                "old_time": old_time,
            }),
            Self::AlreadyPresent {
                request,
                state,
                remedy,
            } => json!({ "request": request, "state": state, "remedy": remedy }),
            Self::Engine { action, message } => json!({ "action": action, "reason": message }),
            Self::Internal(reason) => json!({ "reason": reason }),
        }
    }
}

impl ErrorKind {
    /// The kind with this number.
    pub fn from_code(code: i32) -> Option<ErrorKind> {
        Self::ALL.into_iter().find(|kind| *kind as i32 == code)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::change::{Conflict, Problem};
    use std::time::Duration;

    #[test]
    fn fields_are_beside_kind_code_and_message() {
        let busy = Error::Busy {
            sysroot: "/".into(),
            holder: "a program".to_owned(),
        };
        assert_eq!(
            busy.to_json(),
            json!({
                "kind": "busy",
                "code": 101,
                "message": "/ is locked by a program; try again when it has finished",
                "sysroot": "/",
                "holder": "a program",
            })
        );
        let engine = Error::Engine {
            action: "pull".to_owned(),
            message: "no".to_owned(),
        };
        assert_eq!(engine.to_json()["message"], "pull: no");
        assert_eq!(engine.to_json()["reason"], "no");
    }

    #[test]
    fn lists_are_lists() {
        let problem = Problem::new("nothing provides x", vec!["do not install y".to_owned()]);
        assert_eq!(
            Error::Unsolvable(vec![problem]).to_json()["problems"],
            json!([{
                "explanation": "nothing provides x",
                "suggestions": ["do not install y"],
            }])
        );
        let conflict = Conflict {
            path: "/usr/bin/a".to_owned(),
            first: None,
            second: "b-1-1.noarch".parse().unwrap(),
        };
        assert_eq!(
            Error::FileConflict(vec![conflict]).to_json()["conflicts"],
            json!([{ "path": "/usr/bin/a", "first": null, "second": "b-1-1.noarch" }])
        );
        let script = Error::ScriptFailed {
            package: "b-1-1.noarch".parse().unwrap(),
            script: "post".to_owned(),
            status: "exit status 3".to_owned(),
            output: "said".to_owned(),
            duration: Duration::from_millis(1500),
        }
        .to_json();
        assert_eq!(script["package"], "b-1-1.noarch");
        assert_eq!(
            script["duration"],
            json!({ "secs": 1, "nanos": 500_000_000 })
        );
    }

    #[test]
    fn every_kind_has_its_number() {
        for kind in ErrorKind::ALL {
            assert_eq!(ErrorKind::from_code(kind as i32), Some(kind));
        }
        assert_eq!(ErrorKind::from_code(0), None);
    }
}
