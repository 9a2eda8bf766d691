//! temporary
use crate::error::Result;
use crate::graft::edit::Edit;
pub(crate) fn enable(_: &mut Edit<'_>, _: &str) -> Result<()> { Ok(()) }
pub(crate) fn set_default_target(edit: &mut Edit<'_>, target: &str) -> Result<()> { edit.symlink("usr/etc/systemd/system/default.target", &format!("/usr/lib/systemd/system/{target}")) }
