//! Whether scriptlets can run on this machine: said at once, and not by the first one that fails.

use crate::run;
use anyhow::{Context, Result};
use std::process::Command;

/// Runs a program as the library's sandbox does: in a mount namespace of its own whose root is a
/// mount point, then in bubblewrap's namespaces.
pub(crate) fn check() -> Result<String> {
    let script = "mount --make-rprivate / 2>/dev/null || \
                  { mount --rbind / / && cd -P /..; }; \
                  exec chroot . bwrap --ro-bind / / --proc /proc --dev /dev \
                  --unshare-pid --unshare-net true";
    run::output(
        Command::new("unshare")
            .args(["--mount", "--propagation=unchanged", "sh", "-c", script])
            .current_dir("/"),
    )
    .context(
        "scriptlets cannot run here: programs may not make namespaces and mounts; run this as \
             root, and in a container with --privileged",
    )?;
    Ok(String::new())
}
