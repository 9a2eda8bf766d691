//! temporary
use crate::commit::directory::Directory;
use crate::commit::object::Attributes;
use crate::error::Result;
use crate::graft::edit::Edit;
pub(crate) fn skeleton(repo: &ostree::Repo, _label: &dyn Fn(&str, u32) -> Result<Option<Vec<u8>>>) -> Result<Directory> {
    let meta = Attributes::directory(0o755).write_directory(repo)?;
    Ok(Directory::empty(meta))
}
pub(crate) fn finish(edit: &mut Edit<'_>, _tmp: bool) -> Result<()> {
    for dir in ["boot", "dev", "proc", "run", "sys", "sysroot", "tmp", "usr", "var"] { edit.directory(dir, 0o755)?; }
    for (link, target) in [("ostree", "sysroot/ostree"), ("home", "var/home"), ("root", "var/roothome"), ("opt","var/opt"), ("srv","var/srv"), ("mnt","var/mnt"), ("media","run/media")] { edit.symlink(link, target)?; }
    edit.symlink("usr/local", "../var/usrlocal")
}
pub(crate) fn write_treefile(edit: &mut Edit<'_>, text: &str) -> Result<()> {
    edit.write("usr/share/rpm-ostree/treefile.json", Some(0o644), text.as_bytes())
}
