//! Scriptlets and triggers: read from packages, run in a sandbox, and what they change read back.
//!
//! ```text
//! SCRATCH/          on the sysroot's file system, so that nothing is copied twice
//!   root/           the root view: an overlay, mounted in the writer's namespace alone
//!   upper/ work/    what scripts wrote: whiteouts are removals
//!   delta/          the layer between base and upper: what differs from it, links to objects
//!   var-tmp/        /var/tmp      } of all scripts of one transaction
//!   rpm-state/      /var/lib/rpm-state }
//!   input/          the script of the moment and its standard input
//!   meta/ base/     an image of the base, mounted, where no deployment serves
//! SYSROOT/ostree/regraft/views/
//!   CHECKSUM.erofs  that image
//!   CHECKSUM/       the base as a tree of links to objects, where the kernel cannot mount one
//! ```
//!
//! A script sees the grafted tree and can write to `/usr` and `/etc`; what it writes is copied up
//! into `upper` first, so that no object of the repository is ever written to.
//!
//! ```
//! fn show(outcome: &regraft::Outcome) {
//!     for log in outcome.scripts() {
//!         println!("{} {}: {}", log.package, log.script, log.output);
//!         println!("it wrote {:?} in {:?}", log.written, log.duration);
//!     }
//! }
//! ```

pub(crate) mod base;
mod erofs;
pub(crate) mod ignored;
mod image;
mod log;
pub(crate) mod lower;
pub(crate) mod run;
pub(crate) mod sandbox;
pub(crate) mod scriptlet;
pub(crate) mod trigger;
pub(crate) mod upper;
pub(crate) mod view;

#[cfg(test)]
mod tests;

pub use base::BaseViewKind;
pub use log::ScriptLog;
