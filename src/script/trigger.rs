//! Triggers: scripts of a package that other packages' files or names set off.

use crate::error::{Error, Result};
use crate::nevra::Nevra;
use crate::package::header::Header;
use crate::package::tag::{self, Tag};
use crate::script::ignored;
use crate::script::scriptlet::Code;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What sets a trigger off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum TriggerKind {
    /// `%triggerprein`: a package is about to be installed.
    PreIn,
    /// `%triggerin`: a package is installed.
    In,
    /// `%triggerun`. Not run.
    Un,
    /// `%triggerpostun`. Not run.
    PostUn,
    /// `%filetriggerin`: files are installed; once per package.
    FileIn,
    /// `%filetriggerun`. Not run.
    FileUn,
    /// `%filetriggerpostun`. Not run.
    FilePostUn,
    /// `%transfiletriggerin`: files are installed; once per transaction.
    TransFileIn,
    /// `%transfiletriggerun`. Not run.
    TransFileUn,
    /// `%transfiletriggerpostun`. Not run.
    TransFilePostUn,
}

impl TriggerKind {
    /// As in a spec file, without the percent sign.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::PreIn => "triggerprein",
            Self::In => "triggerin",
            Self::Un => "triggerun",
            Self::PostUn => "triggerpostun",
            Self::FileIn => "filetriggerin",
            Self::FileUn => "filetriggerun",
            Self::FilePostUn => "filetriggerpostun",
            Self::TransFileIn => "transfiletriggerin",
            Self::TransFileUn => "transfiletriggerun",
            Self::TransFilePostUn => "transfiletriggerpostun",
        }
    }
}

/// One trigger script. Serialisable, so that those of a base can be kept beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Trigger {
    /// The package that has it.
    pub(crate) package: Nevra,
    /// What sets it off.
    pub(crate) kind: TriggerKind,
    /// Prefixes of paths, or names of packages (whose version conditions are left out).
    pub(crate) patterns: Vec<String>,
    /// Those with a higher one run first.
    pub(crate) priority: u32,
    /// What is run.
    pub(crate) code: Code,
}

impl Trigger {
    /// It is among the scripts that have no job here.
    pub(crate) fn is_ignored(&self) -> bool {
        ignored::reason(&self.package.name, self.kind.name()).is_some()
    }

    /// Which of new files (`usr/...`, sorted) set off a trigger on files, as absolute paths.
    pub(crate) fn set_off_by(&self, new_paths: &[impl AsRef<str>]) -> BTreeSet<String> {
        let mut files = BTreeSet::new();
        for pattern in &self.patterns {
            let Some(prefix) = pattern.strip_prefix('/').filter(|p| p.starts_with("usr")) else {
                continue;
            };
            let start = new_paths.partition_point(|path| path.as_ref() < prefix);
            for path in &new_paths[start..] {
                let path = path.as_ref();
                if !path.starts_with(prefix) {
                    break;
                }
                if path.starts_with("usr/")
                    && !path.starts_with("usr/local/")
                    && !path.starts_with("usr/etc/")
                {
                    files.insert(format!("/{path}"));
                }
            }
        }
        files
    }
}

/// The tags of one family of triggers.
struct Family {
    scripts: Tag,
    interpreters: Tag,
    flags: Tag,
    names: Tag,
    indexes: Tag,
    senses: Tag,
    priorities: Option<Tag>,
    kinds: [Option<TriggerKind>; 4],
}

/// `RPMSENSE_TRIGGERIN`, `UN`, `POSTUN`, `PREIN`, in the order of [`Family::kinds`].
const SENSES: [u32; 4] = [1 << 16, 1 << 17, 1 << 18, 1 << 25];

const FAMILIES: [Family; 3] = [
    Family {
        scripts: tag::TRIGGERSCRIPTS,
        interpreters: tag::TRIGGERSCRIPTPROG,
        flags: 5027,
        names: tag::TRIGGERNAME,
        indexes: tag::TRIGGERINDEX,
        senses: tag::TRIGGERFLAGS,
        priorities: None,
        kinds: [
            Some(TriggerKind::In),
            Some(TriggerKind::Un),
            Some(TriggerKind::PostUn),
            Some(TriggerKind::PreIn),
        ],
    },
    Family {
        scripts: tag::FILETRIGGERSCRIPTS,
        interpreters: tag::FILETRIGGERSCRIPTPROG,
        flags: tag::FILETRIGGERSCRIPTFLAGS,
        names: tag::FILETRIGGERNAME,
        indexes: tag::FILETRIGGERINDEX,
        senses: tag::FILETRIGGERFLAGS,
        priorities: Some(tag::FILETRIGGERPRIORITIES),
        kinds: [
            Some(TriggerKind::FileIn),
            Some(TriggerKind::FileUn),
            Some(TriggerKind::FilePostUn),
            None,
        ],
    },
    Family {
        scripts: tag::TRANSFILETRIGGERSCRIPTS,
        interpreters: tag::TRANSFILETRIGGERSCRIPTPROG,
        flags: tag::TRANSFILETRIGGERSCRIPTFLAGS,
        names: tag::TRANSFILETRIGGERNAME,
        indexes: tag::TRANSFILETRIGGERINDEX,
        senses: tag::TRANSFILETRIGGERFLAGS,
        priorities: Some(tag::TRANSFILETRIGGERPRIORITIES),
        kinds: [
            Some(TriggerKind::TransFileIn),
            Some(TriggerKind::TransFileUn),
            Some(TriggerKind::TransFilePostUn),
            None,
        ],
    },
];

/// rpm's `RPMTRIGGER_DEFAULT_PRIORITY`.
pub(crate) const DEFAULT_PRIORITY: u32 = 1_000_000;

/// All triggers in a package's header.
pub(crate) fn from_header(header: &Header, nevra: &Nevra) -> Result<Vec<Trigger>> {
    let mut triggers = Vec::new();
    for family in &FAMILIES {
        family.read(header, nevra, &mut triggers)?;
    }
    Ok(triggers)
}

impl Family {
    fn read(&self, header: &Header, nevra: &Nevra, triggers: &mut Vec<Trigger>) -> Result<()> {
        let object = nevra.to_string();
        let names = header.strings(self.names);
        let indexes = header.u32s(self.indexes);
        let senses = header.u32s(self.senses);
        if names.len() != indexes.len() || names.len() != senses.len() {
            return Err(Error::corrupt(object, "triggers without a condition"));
        }
        let bodies = header.raw_strings(self.scripts);
        let interpreters = header.strings(self.interpreters);
        let flags = header.u32s(self.flags);
        let priorities = self.priorities.map(|tag| header.u32s(tag));
        // A condition's index is that of its script. Conditions are sorted by name: those of one
        // script may have others between them.
        let mut found: BTreeMap<(u32, TriggerKind), Trigger> = BTreeMap::new();
        for ((name, index), sense) in names.into_iter().zip(indexes).zip(senses) {
            let place = index as usize;
            let kind = SENSES.iter().zip(self.kinds).find_map(|(bit, kind)| {
                let set = sense & bit != 0;
                kind.filter(|_| set)
            });
            let Some(kind) = kind else {
                return Err(Error::corrupt(object, "a trigger of an unknown kind"));
            };
            if let Some(trigger) = found.get_mut(&(index, kind)) {
                trigger.patterns.push(name);
                continue;
            }
            let code = Code::new(
                interpreters.get(place).cloned().into_iter().collect(),
                bodies.get(place).map(|body| body.to_vec()),
                flags.get(place).copied().unwrap_or(0),
                &object,
            )?;
            let Some(code) = code else {
                return Err(Error::corrupt(object, "a trigger without a script"));
            };
            let priority = priorities.as_ref().and_then(|all| all.get(place)).copied();
            let trigger = Trigger {
                package: nevra.clone(),
                kind,
                patterns: vec![name],
                priority: priority.unwrap_or(DEFAULT_PRIORITY),
                code,
            };
            found.insert((index, kind), trigger);
        }
        triggers.extend(found.into_values());
        Ok(())
    }
}

/// A trigger that a change sets off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TriggerRun<'a> {
    /// The trigger.
    pub(crate) trigger: &'a Trigger,
    /// The files that set it off: absolute paths, sorted.
    pub(crate) files: Vec<String>,
}

impl TriggerRun<'_> {
    /// What the script gets on its standard input.
    pub(crate) fn input(&self) -> Vec<u8> {
        let mut input = self.files.join("\n").into_bytes();
        input.push(b'\n');
        input
    }
}

/// The `%transfiletriggerin` scripts that run after a change, in the order in which they run: by
/// priority, the highest first, then by package. `new_paths` are those that the change brings
/// (`usr/...`, sorted). Patterns are prefixes of the text, as in rpm; only what lies below `/usr`
/// and not below `/usr/local` or `/usr/etc` sets one off.
pub(crate) fn to_run<'a>(
    triggers: impl IntoIterator<Item = &'a Trigger>,
    new_paths: &[impl AsRef<str>],
) -> Vec<TriggerRun<'a>> {
    let mut runs = Vec::new();
    for trigger in triggers {
        if trigger.kind != TriggerKind::TransFileIn || trigger.is_ignored() {
            continue;
        }
        let files = trigger.set_off_by(new_paths);
        if !files.is_empty() {
            runs.push(TriggerRun {
                trigger,
                files: files.into_iter().collect(),
            });
        }
    }
    runs.sort_by(|a, b| {
        let (a, b) = (a.trigger, b.trigger);
        b.priority
            .cmp(&a.priority)
            .then_with(|| a.package.cmp(&b.package))
    });
    runs
}

/// The first of `runs` that cannot be run yet, as an error.
pub(crate) fn check(runs: &[TriggerRun<'_>]) -> Result<()> {
    for run in runs {
        if let Some(what) = run.trigger.code.unsupported() {
            return Err(Error::unsupported(
                format!("a %{} script {what}", run.trigger.kind.name()),
                run.trigger.package.to_string(),
            ));
        }
    }
    Ok(())
}
