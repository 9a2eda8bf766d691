//! What a composed base has beside its packages.

use crate::error::Result;
use crate::graft::assemble::Finish;
use crate::graft::edit::Edit;
use crate::graft::layout::{self, Layout};
use crate::graft::units;
use crate::nevra::{Evr, Nevra};
use crate::script::run::Runner;
use crate::treefile::Treefile;

pub(crate) struct ComposeFinish<'a> {
    pub(crate) treefile: &'a Treefile,
}

impl Finish for ComposeFinish<'_> {
    fn before_scripts(&self, edit: &mut Edit<'_>) -> Result<()> {
        let layout = Layout {
            tmp_is_dir: self.treefile.tmp_is_dir.unwrap_or(false),
            machine_id: self.treefile.machineid_compat.unwrap_or(true),
        };
        layout::prepare(edit, &layout)
    }

    fn scripts(&self, runner: &mut Runner<'_>) -> Result<()> {
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
