//! The plain values that several bridges hand over, and what can be computed from them.

use crate::failure::guard;
use engine::{Action, Evr, Reason, Sense};
use std::time::Duration;

#[cxx::bridge(namespace = "regraft::bridge")]
pub(crate) mod bridge {
    /// A text that may be absent.
    #[derive(Default)]
    struct Text {
        present: bool,
        value: String,
    }

    /// A yes or no that may be absent.
    #[derive(Default)]
    struct Flag {
        present: bool,
        value: bool,
    }

    #[derive(Default)]
    struct Nevra {
        name: String,
        epoch: u32,
        version: String,
        release: String,
        arch: String,
    }

    #[derive(Default)]
    struct OptionalNevra {
        present: bool,
        value: Nevra,
    }

    #[derive(Default)]
    struct Dependency {
        name: String,
        sense: u32,
        version: String,
    }

    #[derive(Default)]
    struct Change {
        action: u8,
        package: Nevra,
        from: OptionalNevra,
        repo: Text,
        download_size: u64,
        installed_size: u64,
        reason: u8,
        request: Text,
        reason_package: OptionalNevra,
        reason_text: String,
        text: String,
    }

    #[derive(Default)]
    struct ScriptLog {
        package: Nevra,
        script: String,
        output: String,
        nanoseconds: u64,
        written: Vec<String>,
    }

    #[derive(Default)]
    struct Problem {
        explanation: String,
        suggestions: Vec<String>,
    }

    #[derive(Default)]
    struct Conflict {
        path: String,
        first: OptionalNevra,
        second: Nevra,
        text: String,
    }

    /// One field of an error.
    #[derive(Default)]
    struct Field {
        name: String,
        value: String,
    }

    /// Why a call failed; `kind` is 0 when it did not.
    #[derive(Default)]
    struct Failure {
        kind: i32,
        kind_name: String,
        message: String,
        json: String,
        fields: Vec<Field>,
        problems: Vec<Problem>,
        conflicts: Vec<Conflict>,
        /// How long a script ran; 0 for what is not about one.
        nanoseconds: u64,
    }

    extern "Rust" {
        fn kind_name(kind: i32) -> &'static str;
        fn nevra_parse(text: &str, failure: &mut Failure) -> Nevra;
        fn evr_parse(text: &str, failure: &mut Failure) -> Nevra;
        fn evr_compare(
            epoch: u32,
            version: &str,
            release: &str,
            other_epoch: u32,
            other_version: &str,
            other_release: &str,
            failure: &mut Failure,
        ) -> i32;
        fn dependency_parse(text: &str, failure: &mut Failure) -> Dependency;
        fn dependency_text(name: &str, sense: u32, version: &str, failure: &mut Failure) -> String;
        fn action_name(action: u8) -> &'static str;
    }

    impl Vec<Change> {}
    impl Vec<Dependency> {}
    impl Vec<Nevra> {}
    impl Vec<ScriptLog> {}
}

use bridge::{
    Change, Conflict, Dependency, Failure, Flag, Nevra, OptionalNevra, Problem, ScriptLog, Text,
};

fn kind_name(kind: i32) -> &'static str {
    let kinds = engine::ErrorKind::ALL;
    let known = kinds.into_iter().find(|known| *known as i32 == kind);
    known.map_or_else(|| crate::failure::code_name(kind), |known| known.name())
}

fn nevra_parse(text: &str, failure: &mut Failure) -> Nevra {
    guard(failure, || Ok(Nevra::from(&text.parse()?)))
}

fn evr_parse(text: &str, failure: &mut Failure) -> Nevra {
    guard(failure, || {
        let evr: Evr = text.parse()?;
        Ok(Nevra {
            epoch: evr.epoch,
            version: evr.version,
            release: evr.release,
            ..Nevra::default()
        })
    })
}

/// -1, 0 or 1.
fn evr_compare(
    epoch: u32,
    version: &str,
    release: &str,
    other_epoch: u32,
    other_version: &str,
    other_release: &str,
    failure: &mut Failure,
) -> i32 {
    guard(failure, || {
        let other = Evr::new(other_epoch, other_version, other_release);
        Ok(Evr::new(epoch, version, release).compare(&other) as i32)
    })
}

fn dependency_parse(text: &str, failure: &mut Failure) -> Dependency {
    guard(failure, || {
        Ok(Dependency::from(&text.parse::<engine::Dependency>()?))
    })
}

fn dependency_text(name: &str, sense: u32, version: &str, failure: &mut Failure) -> String {
    guard(failure, || {
        let dependency = engine::Dependency {
            name: name.to_owned(),
            sense: Sense::from_rpm_flags(sense),
            version: version.to_owned(),
        };
        Ok(dependency.to_string())
    })
}

/// The actions in the order of their numbers in C++.
const ACTIONS: [Action; 5] = [
    Action::Install,
    Action::Upgrade,
    Action::Downgrade,
    Action::Reinstall,
    Action::Remove,
];

fn action_name(action: u8) -> &'static str {
    let action = ACTIONS.get(usize::from(action));
    action.map_or("unknown", |action| action.name())
}

impl<T: Into<String>> From<Option<T>> for Text {
    fn from(text: Option<T>) -> Text {
        Text {
            present: text.is_some(),
            value: text.map(Into::into).unwrap_or_default(),
        }
    }
}

impl From<Option<bool>> for Flag {
    fn from(flag: Option<bool>) -> Flag {
        Flag {
            present: flag.is_some(),
            value: flag.unwrap_or_default(),
        }
    }
}

impl From<&engine::Nevra> for Nevra {
    fn from(nevra: &engine::Nevra) -> Nevra {
        Nevra {
            name: nevra.name.clone(),
            epoch: nevra.evr.epoch,
            version: nevra.evr.version.clone(),
            release: nevra.evr.release.clone(),
            arch: nevra.arch.clone(),
        }
    }
}

impl From<&Nevra> for engine::Nevra {
    fn from(nevra: &Nevra) -> engine::Nevra {
        let evr = Evr::new(nevra.epoch, nevra.version.clone(), nevra.release.clone());
        engine::Nevra::new(nevra.name.clone(), evr, nevra.arch.clone())
    }
}

impl From<Option<&engine::Nevra>> for OptionalNevra {
    fn from(nevra: Option<&engine::Nevra>) -> OptionalNevra {
        OptionalNevra {
            present: nevra.is_some(),
            value: nevra.map(Nevra::from).unwrap_or_default(),
        }
    }
}

impl From<&engine::Dependency> for Dependency {
    fn from(dependency: &engine::Dependency) -> Dependency {
        Dependency {
            name: dependency.name.clone(),
            sense: dependency.sense.bits(),
            version: dependency.version.clone(),
        }
    }
}

impl From<&engine::Change> for Change {
    fn from(change: &engine::Change) -> Change {
        let action = ACTIONS.iter().position(|known| *known == change.action);
        let (reason, request, package) = match &change.reason {
            Reason::Requested(request) => (0, Some(request), None),
            Reason::RequiredBy(package) => (1, None, Some(package)),
            Reason::RecommendedBy(package) => (2, None, Some(package)),
            Reason::ObsoletedBy(package) => (3, None, Some(package)),
            Reason::Removed => (4, None, None),
            Reason::Replaced => (5, None, None),
            Reason::Base => (6, None, None),
            _ => (u8::MAX, None, None),
        };
        Change {
            action: action.map_or(u8::MAX, |action| action as u8),
            package: Nevra::from(&change.package),
            from: change.from.as_ref().into(),
            repo: change.repo.as_ref().into(),
            download_size: change.download_size,
            installed_size: change.installed_size,
            reason,
            request: request.into(),
            reason_package: package.into(),
            reason_text: change.reason.to_string(),
            text: change.to_string(),
        }
    }
}

impl From<&engine::ScriptLog> for ScriptLog {
    fn from(log: &engine::ScriptLog) -> ScriptLog {
        ScriptLog {
            package: Nevra::from(&log.package),
            script: log.script.clone(),
            output: log.output.clone(),
            nanoseconds: nanoseconds(log.duration),
            written: log.written.clone(),
        }
    }
}

impl From<&engine::Problem> for Problem {
    fn from(problem: &engine::Problem) -> Problem {
        Problem {
            explanation: problem.explanation().to_owned(),
            suggestions: problem.suggestions().to_vec(),
        }
    }
}

impl From<&engine::Conflict> for Conflict {
    fn from(conflict: &engine::Conflict) -> Conflict {
        Conflict {
            path: conflict.path.clone(),
            first: conflict.first.as_ref().into(),
            second: Nevra::from(&conflict.second),
            text: conflict.to_string(),
        }
    }
}

/// All values of a list in the bridge's form.
pub(crate) fn all<'a, T: 'a, U: From<&'a T>>(values: impl IntoIterator<Item = &'a T>) -> Vec<U> {
    values.into_iter().map(U::from).collect()
}

/// Some 584 years fit.
pub(crate) fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
