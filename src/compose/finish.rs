//! What a composed base has beside its packages.

use crate::error::Result;
use crate::graft::assemble::Finish;
use crate::graft::edit::Edit;
use crate::graft::layout::{self, Layout};
use crate::graft::{kernel, units};
use crate::nevra::{Evr, Nevra};
use crate::script::run::Runner;
use crate::treefile::Treefile;
use std::cell::RefCell;

pub(crate) struct ComposeFinish<'a> {
    pub(crate) treefile: &'a Treefile,
    /// The kernel that needs an initramfs, once the packages are known.
    pub(crate) bare_kernel: RefCell<Option<kernel::Kernel>>,
}

impl Finish for ComposeFinish<'_> {
    fn before_scripts(&self, edit: &mut Edit<'_>) -> Result<()> {
        let layout = Layout {
            tmp_is_dir: self.treefile.tmp_is_dir.unwrap_or(false),
            machine_id: self.treefile.machineid_compat.unwrap_or(true),
        };
        layout::prepare(edit, &layout)?;
        let found = kernel::find(edit.repo, edit.root)?;
        let wanted = self.treefile.no_initramfs != Some(true);
        *self.bare_kernel.borrow_mut() = found.filter(|kernel| wanted && !kernel.has_initramfs);
        Ok(())
    }

    fn scripts(&self, runner: &mut Runner<'_>) -> Result<()> {
        if let Some(kernel) = self.bare_kernel.borrow().as_ref() {
            initramfs(runner, kernel)?;
        }
        let Some(script) = &self.treefile.postprocess_script else {
            return Ok(());
        };
        let treefile = Nevra::new("treefile", Evr::new(0, "1", "1"), "noarch");
        runner.script(&treefile, "postprocess", &script.content)
    }

    fn after_scripts(&self, edit: &mut Edit<'_>) -> Result<()> {
        units::enable(edit, &self.treefile.units)?;
        if let Some(target) = &self.treefile.default_target {
            units::set_default_target(edit, target)?;
        }
        layout::write_treefile(edit, &self.treefile.flattened_json())
    }
}

/// Makes the kernel's initramfs with the tree's own dracut.
fn initramfs(runner: &mut Runner<'_>, kernel: &kernel::Kernel) -> Result<()> {
    let image = format!("/{}/initramfs.img", kernel.directory());
    let arguments = [
        "/usr/bin/dracut",
        "--no-hostonly",
        "--reproducible",
        "--add=ostree",
        "--tmpdir=/var/tmp",
        "--force",
        &format!("--kver={}", kernel.version),
        &image,
    ];
    let owner = Nevra::new("dracut", Evr::new(0, "1", "1"), "noarch");
    runner.program(&owner, "initramfs", &arguments.map(str::to_owned), b"")
}
