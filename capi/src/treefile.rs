//! Treefiles: which packages and settings make a base tree.

use crate::call::{call, value};
use crate::code::regraft_code;
use crate::error::regraft_error;
use crate::handle::{self, Out, Owned, peek};
use crate::text::{self, Text, Texts};
use engine::Treefile;
use std::ffi::{c_char, c_int, c_uchar};
use std::sync::OnceLock;

/// A treefile with all that it includes. What the files do not say is NULL, -1 or an empty list.
/// Immutable: any thread.
pub struct regraft_treefile {
    treefile: Treefile,
    reference: Option<Text>,
    basearch: Text,
    repos: Texts,
    packages: Texts,
    exclude_packages: Texts,
    install_langs: Texts,
    units: Texts,
    default_target: Option<Text>,
    releasever: Option<Text>,
    automatic_version_prefix: Option<Text>,
    postprocess_script: Option<Text>,
    commit_metadata: Text,
    directory: Option<Text>,
    json: OnceLock<Text>,
}

impl Owned for regraft_treefile {}

impl regraft_treefile {
    fn new(treefile: Treefile) -> regraft_treefile {
        let text = |text: &Option<String>| text.as_ref().map(Text::new);
        let script = treefile.postprocess_script.as_ref();
        let metadata = serde_json::json!(treefile.add_commit_metadata);
        regraft_treefile {
            reference: text(&treefile.reference),
            basearch: Text::new(&treefile.basearch),
            repos: Texts::new(&treefile.repos),
            packages: Texts::new(&treefile.packages),
            exclude_packages: Texts::new(&treefile.exclude_packages),
            install_langs: Texts::new(&treefile.install_langs),
            units: Texts::new(&treefile.units),
            default_target: text(&treefile.default_target),
            releasever: text(&treefile.releasever),
            automatic_version_prefix: text(&treefile.automatic_version_prefix),
            postprocess_script: script.map(|script| Text::new(&script.name)),
            commit_metadata: Text::new(metadata.to_string()),
            directory: treefile.directory.as_ref().map(|it| Text::new(it.as_str())),
            json: OnceLock::new(),
            treefile,
        }
    }

    /// The library's own.
    pub(crate) fn inner(&self) -> &Treefile {
        &self.treefile
    }

    fn script(&self) -> Option<&[u8]> {
        Some(&self.treefile.postprocess_script.as_ref()?.content)
    }
}

/// Reads a treefile and all that it names, for the architecture of this machine. Files that it
/// names lie in its own folder or below. The program owns the treefile; `regraft_treefile_free`.
///
/// Fails with `REGRAFT_ERROR_UNSUPPORTED`, naming all keys in it that regraft does not have;
/// `REGRAFT_ERROR_CONFIG`, naming file and key, otherwise; also fails when a file cannot be read.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_treefile_read(
    path: *const c_char,
    treefile: *mut *mut regraft_treefile,
    error: *mut *mut regraft_error,
) -> regraft_code {
    call(error, || {
        let out = Out::new(treefile, "treefile")?;
        let path = text::read(path, "path")?;
        out.put(regraft_treefile::new(Treefile::read(path)?));
        Ok(())
    })
}

/// The same for another architecture: `x86_64`, `aarch64`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_treefile_read_for(
    path: *const c_char,
    basearch: *const c_char,
    treefile: *mut *mut regraft_treefile,
    error: *mut *mut regraft_error,
) -> regraft_code {
    call(error, || {
        let out = Out::new(treefile, "treefile")?;
        let path = text::read(path, "path")?;
        let basearch = text::read(basearch, "basearch")?;
        out.put(regraft_treefile::new(Treefile::read_for(path, basearch)?));
        Ok(())
    })
}

/// Reads one treefile's text, which must not name other files; `file` is its name for messages, and
/// when that ends in `.yaml` or `.yml` it is YAML, else JSON. Otherwise as
/// `regraft_treefile_read_for`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_treefile_parse(
    text: *const c_char,
    file: *const c_char,
    basearch: *const c_char,
    treefile: *mut *mut regraft_treefile,
    error: *mut *mut regraft_error,
) -> regraft_code {
    call(error, || {
        let out = Out::new(treefile, "treefile")?;
        let text = text::read(text, "text")?;
        let file = text::read(file, "file")?;
        let basearch = text::read(basearch, "basearch")?;
        out.put(regraft_treefile::new(Treefile::parse(
            text, file, basearch,
        )?));
        Ok(())
    })
}

/// The name that RPM repositories use for this machine's architecture. Any thread; never to be
/// freed.
#[unsafe(no_mangle)]
pub extern "C" fn regraft_treefile_host_basearch() -> *const c_char {
    static NAME: OnceLock<Text> = OnceLock::new();
    value(text::empty(), || {
        Some(
            NAME.get_or_init(|| Text::new(Treefile::host_basearch()))
                .pointer(),
        )
    })
}

/// The whole as one JSON object, with the treefile's own keys, on one line; equal settings give
/// equal text, from which rpm-ostree's `inputhash` is made, too. `""` for NULL. Borrowed from the
/// treefile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_treefile_flattened_json(
    treefile: *const regraft_treefile,
) -> *const c_char {
    value(text::empty(), || {
        let treefile = peek(treefile)?;
        let json = treefile
            .json
            .get_or_init(|| Text::new(treefile.treefile.flattened_json()));
        Some(json.pointer())
    })
}

/// `ref`: the branch to commit to; NULL for none. Borrowed from the treefile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_treefile_ref(treefile: *const regraft_treefile) -> *const c_char {
    value(std::ptr::null(), || {
        Some(text::optional(&peek(treefile)?.reference))
    })
}

/// The architecture that it was read for. `""` for NULL. Borrowed from the treefile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_treefile_basearch(
    treefile: *const regraft_treefile,
) -> *const c_char {
    value(text::empty(), || Some(peek(treefile)?.basearch.pointer()))
}

/// How many ids of repositories there are; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_treefile_repo_count(treefile: *const regraft_treefile) -> usize {
    value(0, || Some(peek(treefile)?.repos.count()))
}

/// `repos`: the id of an RPM repository to use; those that are enabled, when there is none. NULL
/// where there is none at `index`. Borrowed from the treefile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_treefile_repo_get(
    treefile: *const regraft_treefile,
    index: usize,
) -> *const c_char {
    value(std::ptr::null(), || peek(treefile)?.repos.get(index))
}

/// `selinux`: whether files get labels; by default they do. 1 or 0; -1 where the files do not say
/// it, and for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_treefile_selinux(treefile: *const regraft_treefile) -> c_int {
    value(-1, || Some(peek(treefile)?.treefile.selinux?.into()))
}

/// How many packages there are; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_treefile_package_count(
    treefile: *const regraft_treefile,
) -> usize {
    value(0, || Some(peek(treefile)?.packages.count()))
}

/// `packages` and `packages-ARCH`: a name, a capability or `NAME OPERATOR VERSION`; sorted. NULL
/// where there is none at `index`. Borrowed from the treefile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_treefile_package_get(
    treefile: *const regraft_treefile,
    index: usize,
) -> *const c_char {
    value(std::ptr::null(), || peek(treefile)?.packages.get(index))
}

/// How many packages must not come in; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_treefile_exclude_package_count(
    treefile: *const regraft_treefile,
) -> usize {
    value(0, || Some(peek(treefile)?.exclude_packages.count()))
}

/// `exclude-packages`: the name of a package that must not come in. NULL where there is none at
/// `index`. Borrowed from the treefile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_treefile_exclude_package_get(
    treefile: *const regraft_treefile,
    index: usize,
) -> *const c_char {
    value(std::ptr::null(), || {
        peek(treefile)?.exclude_packages.get(index)
    })
}

/// `recommends`: whether recommended packages come in; by default they do. 1 or 0; -1 where the
/// files do not say it, and for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_treefile_recommends(treefile: *const regraft_treefile) -> c_int {
    value(-1, || Some(peek(treefile)?.treefile.recommends?.into()))
}

/// `documentation`: whether files marked as documentation are installed; by default they are. 1 or
/// 0; -1 where the files do not say it, and for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_treefile_documentation(
    treefile: *const regraft_treefile,
) -> c_int {
    value(-1, || Some(peek(treefile)?.treefile.documentation?.into()))
}

/// How many languages there are; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_treefile_install_lang_count(
    treefile: *const regraft_treefile,
) -> usize {
    value(0, || Some(peek(treefile)?.install_langs.count()))
}

/// `install-langs`: a language whose files are installed; all, when there is none. NULL where there
/// is none at `index`. Borrowed from the treefile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_treefile_install_lang_get(
    treefile: *const regraft_treefile,
    index: usize,
) -> *const c_char {
    value(std::ptr::null(), || {
        peek(treefile)?.install_langs.get(index)
    })
}

/// `no-initramfs`: whether no initramfs is made; by default one is. 1 or 0; -1 where the files do
/// not say it, and for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_treefile_no_initramfs(treefile: *const regraft_treefile) -> c_int {
    value(-1, || Some(peek(treefile)?.treefile.no_initramfs?.into()))
}

/// `tmp-is-dir`: whether `/tmp` is a directory; by default it is a link to `sysroot/tmp`. 1 or 0;
/// -1 where the files do not say it, and for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_treefile_tmp_is_dir(treefile: *const regraft_treefile) -> c_int {
    value(-1, || Some(peek(treefile)?.treefile.tmp_is_dir?.into()))
}

/// How many units there are; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_treefile_unit_count(treefile: *const regraft_treefile) -> usize {
    value(0, || Some(peek(treefile)?.units.count()))
}

/// `units`: a systemd unit to enable. NULL where there is none at `index`. Borrowed from the
/// treefile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_treefile_unit_get(
    treefile: *const regraft_treefile,
    index: usize,
) -> *const c_char {
    value(std::ptr::null(), || peek(treefile)?.units.get(index))
}

/// `default-target`: systemd's; NULL when not said. Borrowed from the treefile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_treefile_default_target(
    treefile: *const regraft_treefile,
) -> *const c_char {
    value(std::ptr::null(), || {
        Some(text::optional(&peek(treefile)?.default_target))
    })
}

/// `machineid-compat`: whether an empty `/etc/machine-id` is made; by default it is. 1 or 0; -1
/// where the files do not say it, and for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_treefile_machineid_compat(
    treefile: *const regraft_treefile,
) -> c_int {
    value(-1, || {
        Some(peek(treefile)?.treefile.machineid_compat?.into())
    })
}

/// `releasever`: what `$releasever` stands for in repositories; NULL when not said. Borrowed from
/// the treefile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_treefile_releasever(
    treefile: *const regraft_treefile,
) -> *const c_char {
    value(std::ptr::null(), || {
        Some(text::optional(&peek(treefile)?.releasever))
    })
}

/// `automatic-version-prefix`: from which versions are counted; NULL when not said. Borrowed from
/// the treefile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_treefile_automatic_version_prefix(
    treefile: *const regraft_treefile,
) -> *const c_char {
    value(std::ptr::null(), || {
        Some(text::optional(&peek(treefile)?.automatic_version_prefix))
    })
}

/// `postprocess-script`: the name of the script that runs in the finished tree; NULL for none.
/// Borrowed from the treefile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_treefile_postprocess_script(
    treefile: *const regraft_treefile,
) -> *const c_char {
    value(std::ptr::null(), || {
        Some(text::optional(&peek(treefile)?.postprocess_script))
    })
}

/// What is in that script; it may have any bytes, and no NUL follows them. NULL for none. Borrowed
/// from the treefile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_treefile_postprocess_script_content(
    treefile: *const regraft_treefile,
) -> *const c_uchar {
    value(std::ptr::null(), || {
        Some(peek(treefile)?.script()?.as_ptr())
    })
}

/// How many bytes that are; 0 for none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_treefile_postprocess_script_length(
    treefile: *const regraft_treefile,
) -> usize {
    value(0, || Some(peek(treefile)?.script()?.len()))
}

/// `add-commit-metadata`: what the commit's metadata hold besides, as a JSON object. `""` for NULL.
/// Borrowed from the treefile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_treefile_add_commit_metadata(
    treefile: *const regraft_treefile,
) -> *const c_char {
    value(text::empty(), || {
        Some(peek(treefile)?.commit_metadata.pointer())
    })
}

/// The folder of the outermost file; NULL where it was not read from one. Borrowed from the
/// treefile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_treefile_directory(
    treefile: *const regraft_treefile,
) -> *const c_char {
    value(std::ptr::null(), || {
        Some(text::optional(&peek(treefile)?.directory))
    })
}

/// Frees a treefile; NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_treefile_free(treefile: *mut regraft_treefile) {
    handle::free(treefile);
}
