//! The scriptlets in a package's header.

use crate::error::{Error, Result};
use crate::nevra::Nevra;
use crate::package::header::Header;
use crate::package::tag::{self, Tag};
use crate::script::ignored;
use crate::script::trigger::{self, Trigger, TriggerKind};
use serde::{Deserialize, Serialize};

/// When a scriptlet of a package runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Slot {
    /// Before any file of the transaction is there.
    Pre,
    /// After the package's files are there.
    Post,
    /// At the end of the transaction.
    PostTrans,
    /// Not run: before removal.
    PreUn,
    /// Not run: after removal.
    PostUn,
    /// Not run: before the transaction.
    PreTrans,
    /// Not run: before a transaction that removes.
    PreUnTrans,
    /// Not run: after a transaction that removed.
    PostUnTrans,
    /// Not run: for `rpm -V`.
    Verify,
}

/// Tags of body, interpreter and flags of each slot.
const TAGS: [(Slot, Tag, Tag, Tag); 9] = [
    (Slot::Pre, tag::PREIN, tag::PREINPROG, tag::PREINFLAGS),
    (Slot::Post, tag::POSTIN, tag::POSTINPROG, tag::POSTINFLAGS),
    (
        Slot::PostTrans,
        tag::POSTTRANS,
        tag::POSTTRANSPROG,
        tag::POSTTRANSFLAGS,
    ),
    (Slot::PreUn, tag::PREUN, tag::PREUNPROG, 5022),
    (Slot::PostUn, tag::POSTUN, tag::POSTUNPROG, 5023),
    (
        Slot::PreTrans,
        tag::PRETRANS,
        tag::PRETRANSPROG,
        tag::PRETRANSFLAGS,
    ),
    (Slot::PreUnTrans, 5103, 5105, 5107),
    (Slot::PostUnTrans, 5104, 5106, 5108),
    (Slot::Verify, tag::VERIFYSCRIPT, tag::VERIFYSCRIPTPROG, 5026),
];

impl Slot {
    /// As in a spec file, without the percent sign.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Pre => "pre",
            Self::Post => "post",
            Self::PostTrans => "posttrans",
            Self::PreUn => "preun",
            Self::PostUn => "postun",
            Self::PreTrans => "pretrans",
            Self::PreUnTrans => "preuntrans",
            Self::PostUnTrans => "postuntrans",
            Self::Verify => "verifyscript",
        }
    }

    /// Whether a tree that is made from scratch has a use for it. What undoes or checks an earlier
    /// state has none: there is no earlier state.
    pub(crate) fn runs(self) -> bool {
        matches!(self, Self::Pre | Self::Post | Self::PostTrans)
    }
}

/// What is run: an interpreter, and what it interprets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Code {
    /// The interpreter and its own arguments; `<lua>` for rpm's built-in one.
    pub(crate) interpreter: Vec<String>,
    /// The script's bytes; `None` where the interpreter is the whole script (`-p /sbin/ldconfig`).
    #[serde(with = "bytes_as_text")]
    pub(crate) body: Option<Vec<u8>>,
    /// `RPMSCRIPT_FLAG_*`: 1 expand macros, 2 expand header tags, 4 critical (which all are here).
    pub(crate) flags: u32,
}

/// Macros in the body are to be expanded when it is run.
const EXPAND: u32 = 1;
/// Header tags in the body are to be expanded.
const QFORMAT: u32 = 2;

/// No script is bigger; the biggest that are known have some 20 KiB.
const BODY_MAX: usize = 4 << 20;
const INTERPRETER_MAX: usize = 64;

impl Code {
    /// From an interpreter list, a body and flags; `None` when neither of the first two is there.
    pub(crate) fn new(
        mut interpreter: Vec<String>,
        body: Option<Vec<u8>>,
        flags: u32,
        object: &str,
    ) -> Result<Option<Code>> {
        let body = body.filter(|body| !body.is_empty());
        if interpreter.first().is_none_or(String::is_empty) {
            if body.is_none() {
                return Ok(None);
            }
            interpreter = vec!["/bin/sh".to_owned()];
        }
        if interpreter.len() > INTERPRETER_MAX
            || interpreter.iter().map(String::len).sum::<usize>() > BODY_MAX
            || body.as_ref().is_some_and(|body| body.len() > BODY_MAX)
        {
            return Err(Error::corrupt(object, "a script that is too big"));
        }
        Ok(Some(Code {
            interpreter,
            body,
            flags,
        }))
    }

    /// rpm's built-in interpreter.
    pub(crate) fn is_lua(&self) -> bool {
        self.interpreter[0] == "<lua>"
    }

    /// What in it cannot be run yet.
    pub(crate) fn unsupported(&self) -> Option<&'static str> {
        let body = self.body.as_deref().unwrap_or_default();
        if self.is_lua() {
            Some("in <lua>")
        } else if self.flags & EXPAND != 0 && has_macro(body) {
            Some("with rpm macros that are expanded at installation (-e)")
        } else if self.flags & QFORMAT != 0
            && body.iter().any(|byte| matches!(byte, b'%' | b'[' | b'\\'))
        {
            Some("with header tags that are expanded at installation (-q)")
        } else {
            None
        }
    }

    /// The bytes that the interpreter gets.
    pub(crate) fn text(&self) -> Option<Vec<u8>> {
        let body = self.body.as_ref()?;
        if self.flags & (EXPAND | QFORMAT) == 0 {
            return Some(body.clone());
        }
        let mut text = Vec::with_capacity(body.len());
        let mut bytes = body.iter().peekable();
        while let Some(byte) = bytes.next() {
            text.push(*byte);
            if *byte == b'%' {
                bytes.next_if(|next| **next == b'%');
            }
        }
        Some(text)
    }
}

/// `%` and something else than a second `%`.
fn has_macro(body: &[u8]) -> bool {
    let mut bytes = body.iter();
    while bytes.any(|byte| *byte == b'%') {
        if bytes.next().is_some_and(|next| *next != b'%') {
            return true;
        }
    }
    false
}

/// Bytes in JSON as a text of the characters with the same numbers: scripts are ASCII but for a
/// few old ones, and those come back as they were.
mod bytes_as_text {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(
        bytes: &Option<Vec<u8>>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let text = bytes
            .as_ref()
            .map(|bytes| bytes.iter().copied().map(char::from).collect::<String>());
        text.serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Vec<u8>>, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        text.map(|text| {
            text.chars()
                .map(|char| u8::try_from(u32::from(char)).map_err(serde::de::Error::custom))
                .collect()
        })
        .transpose()
    }
}

/// All scripts of one package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Scriptlets {
    /// The package.
    pub(crate) package: Nevra,
    /// In the order of [`Slot`]; those that are not run as well.
    pub(crate) scripts: Vec<(Slot, Code)>,
    /// Of all kinds.
    pub(crate) triggers: Vec<Trigger>,
}

impl Scriptlets {
    /// What the header of `nevra` has.
    pub(crate) fn from_header(header: &Header, nevra: &Nevra) -> Result<Scriptlets> {
        let object = nevra.to_string();
        let mut scripts = Vec::new();
        for (slot, body, interpreter, flags) in TAGS {
            let body = header.raw_strings(body).first().map(|body| body.to_vec());
            let flags = header.number(flags).unwrap_or(0) as u32;
            let code = Code::new(header.strings(interpreter), body, flags, &object)?;
            scripts.extend(code.map(|code| (slot, code)));
        }
        Ok(Scriptlets {
            package: nevra.clone(),
            scripts,
            triggers: trigger::from_header(header, nevra)?,
        })
    }

    /// The code of one slot, when it is there and not among the ignored ones.
    pub(crate) fn get(&self, slot: Slot) -> Option<&Code> {
        if ignored::reason(&self.package.name, slot.name()).is_some() {
            return None;
        }
        let found = self.scripts.iter().find(|(found, _)| *found == slot);
        found.map(|(_, code)| code)
    }

    /// How many scripts run when the package is layered, triggers aside.
    pub(crate) fn count(&self) -> u64 {
        let slots = [Slot::Pre, Slot::Post, Slot::PostTrans];
        slots
            .iter()
            .filter(|slot| self.get(**slot).is_some())
            .count() as u64
    }

    /// What of a package that is to be layered cannot be run yet, in words that fit
    /// [`Error::Unsupported`]: `a %post script in <lua>`. Whether a transfiletriggerin would run
    /// depends on the whole change: [`trigger::to_run`] looks at those.
    pub(crate) fn unsupported(&self) -> Option<String> {
        for (slot, _) in self.scripts.iter().filter(|(slot, _)| slot.runs()) {
            if let Some(what) = self.get(*slot).and_then(Code::unsupported) {
                return Some(format!("a %{} script {what}", slot.name()));
            }
        }
        let trigger = self.triggers.iter().find(|trigger| {
            matches!(
                trigger.kind,
                TriggerKind::In | TriggerKind::PreIn | TriggerKind::FileIn
            ) && !trigger.is_ignored()
        });
        trigger.map(|trigger| format!("a %{} script", trigger.kind.name()))
    }
}
