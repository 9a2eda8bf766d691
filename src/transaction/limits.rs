//! What this version does not do yet, found in a package before anything is written.

use crate::error::{Error, Result};
use crate::import;
use crate::nevra::Nevra;
use crate::package::Package;
use crate::rpmdb::Rpmdb;
use crate::script::scriptlet::Scriptlets;
use crate::script::trigger::{self, Trigger, TriggerKind};

/// What stands in the way of layering packages on one base.
pub(crate) struct Limits {
    /// Triggers of the base that new packages or their files set off.
    triggers: Vec<Trigger>,
}

impl Limits {
    /// Those of a base without the packages that are taken out of it.
    pub(crate) fn of_base(base_db: &Rpmdb, removed: &[Nevra]) -> Result<Limits> {
        let mut triggers = Vec::new();
        for package in base_db.with_package_triggers()? {
            if !removed.contains(package.nevra()) {
                triggers.extend(trigger::from_header(package.header(), package.nevra())?);
            }
        }
        triggers.retain(|trigger| !trigger.is_ignored());
        Ok(Limits { triggers })
    }

    /// Fails when the package cannot be layered.
    pub(crate) fn check(&self, package: &Package) -> Result<()> {
        refuse_scripts(package)?;
        refuse_kernel(package)?;
        self.check_name(package.nevra())?;
        let mut triggers = self.of_kinds(&[TriggerKind::FileIn]).peekable();
        if triggers.peek().is_none() {
            return Ok(());
        }
        let mut paths = import::tree_paths(&package.files()?);
        paths.sort();
        match triggers.find(|trigger| !trigger.set_off_by(&paths).is_empty()) {
            Some(trigger) => Err(set_off(trigger, package.nevra())),
            None => Ok(()),
        }
    }

    /// The same as far as a package's name tells. Triggers may ask for certain versions of it; that
    /// is not looked at.
    pub(crate) fn check_name(&self, package: &Nevra) -> Result<()> {
        let mut triggers = self.of_kinds(&[TriggerKind::In, TriggerKind::PreIn]);
        match triggers.find(|trigger| trigger.patterns.contains(&package.name)) {
            Some(trigger) => Err(set_off(trigger, package)),
            None => Ok(()),
        }
    }

    fn of_kinds(&self, kinds: &'static [TriggerKind]) -> impl Iterator<Item = &Trigger> {
        let triggers = self.triggers.iter();
        triggers.filter(|trigger| kinds.contains(&trigger.kind))
    }
}

fn set_off(trigger: &Trigger, package: &Nevra) -> Error {
    Error::unsupported(
        format!(
            "a %{} script, which {package} sets off,",
            trigger.kind.name()
        ),
        format!("{} of the base", trigger.package),
    )
}

/// Scripts that cannot be run, of whatever tree the package becomes a part.
pub(crate) fn refuse_scripts(package: &Package) -> Result<()> {
    match Scriptlets::from_header(package.header(), package.nevra())?.unsupported() {
        Some(what) => Err(Error::unsupported(what, package.nevra().to_string())),
        None => Ok(()),
    }
}

/// The base's kernel stays as it is.
fn refuse_kernel(package: &Package) -> Result<()> {
    let kernel = package.files()?.into_iter().find(|file| {
        file.path.starts_with("/usr/lib/modules/") && file.path.ends_with("/vmlinuz")
            || file.path.starts_with("/lib/modules/") && file.path.ends_with("/vmlinuz")
    });
    match kernel {
        Some(file) => Err(Error::unsupported(
            format!("layering a kernel ({})", file.path),
            package.nevra().to_string(),
        )),
        None => Ok(()),
    }
}
