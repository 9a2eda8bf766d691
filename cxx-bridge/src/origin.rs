//! Origin files.

use crate::failure::{Refusal, guard};
use crate::handle::Turn;
use crate::values::bridge::{Failure, Nevra};

#[cxx::bridge(namespace = "regraft::bridge")]
mod bridge {
    /// An edit of an origin that takes one text.
    #[repr(u8)]
    enum OriginEdit {
        SetRefspec,
        SetOverrideCommit,
        ClearOverrideCommit,
        AddRequested,
        RemoveRequested,
        ClearRequested,
        AddOverrideRemove,
        ResetOverrideRemove,
        ResetOverrideReplace,
        ResetOverrides,
    }

    /// An edit of an origin about a local package.
    #[repr(u8)]
    enum LocalEdit {
        AddRequested,
        RemoveRequested,
        AddOverrideReplace,
        ResetOverrideReplace,
    }

    #[derive(Default)]
    struct LocalPackage {
        digest: String,
        package: Nevra,
    }

    #[derive(Default)]
    struct Replacement {
        repo: String,
        packages: Vec<String>,
    }

    #[derive(Default)]
    struct OriginFacts {
        refspec: Text,
        container_image_reference: Text,
        override_commit: Text,
        unconfigured_state: Text,
        custom_url: Text,
        custom_description: Text,
        requested: Vec<String>,
        requested_local: Vec<LocalPackage>,
        requested_local_fileoverride: Vec<LocalPackage>,
        overrides_remove: Vec<String>,
        overrides_replace_local: Vec<LocalPackage>,
        overrides_replace: Vec<Replacement>,
        regenerate_initramfs: bool,
        initramfs_args: Vec<String>,
        initramfs_etc: Vec<String>,
        cliwrap: bool,
        modules_enable: Vec<String>,
        modules_install: Vec<String>,
        pinned: bool,
        has_requests: bool,
        unsupported: Text,
        text: String,
        json: String,
    }

    unsafe extern "C++" {
        include!("regraft/src/values.rs.h");

        type Failure = crate::values::bridge::Failure;
        type Nevra = crate::values::bridge::Nevra;
        type Text = crate::values::bridge::Text;
    }

    extern "Rust" {
        #[derive(ExternType)]
        type Origin;

        fn origin_new(refspec: &str, failure: &mut Failure) -> Box<Origin>;
        fn origin_parse(text: &str, failure: &mut Failure) -> Box<Origin>;
        fn origin_clone(origin: &Origin, failure: &mut Failure) -> Box<Origin>;
        fn origin_without_transient(origin: &Origin, failure: &mut Failure) -> Box<Origin>;
        fn origin_facts(origin: &Origin, failure: &mut Failure) -> OriginFacts;
        fn origin_edit(
            origin: &Origin,
            edit: OriginEdit,
            value: &str,
            failure: &mut Failure,
        ) -> bool;
        fn origin_edit_local(
            origin: &Origin,
            edit: LocalEdit,
            digest: &str,
            package: Nevra,
            failure: &mut Failure,
        ) -> bool;
        fn origin_add_override_replace(
            origin: &Origin,
            repo: &str,
            name: &str,
            failure: &mut Failure,
        ) -> bool;
    }
}

use bridge::{LocalEdit, LocalPackage, OriginEdit, OriginFacts, Replacement};

/// An origin: one call at a time.
pub(crate) type Origin = Turn<engine::Origin>;

fn origin_new(refspec: &str, failure: &mut Failure) -> Box<Origin> {
    guard(failure, || Ok(Turn::new(engine::Origin::new(refspec))))
}

fn origin_parse(text: &str, failure: &mut Failure) -> Box<Origin> {
    guard(failure, || Ok(Turn::new(engine::Origin::parse(text)?)))
}

fn origin_clone(origin: &Origin, failure: &mut Failure) -> Box<Origin> {
    guard(failure, || {
        origin.read(|origin| Ok(Turn::new(origin.clone())))
    })
}

fn origin_without_transient(origin: &Origin, failure: &mut Failure) -> Box<Origin> {
    guard(failure, || {
        origin.read(|origin| Ok(Turn::new(origin.without_transient())))
    })
}

fn origin_facts(origin: &Origin, failure: &mut Failure) -> OriginFacts {
    guard(failure, || origin.read(|origin| Ok(origin.into())))
}

/// Whether something changed, where the edit says so; the others answer `true`.
fn origin_edit(origin: &Origin, edit: OriginEdit, value: &str, failure: &mut Failure) -> bool {
    guard(failure, || {
        origin.write(|origin| {
            Ok(match edit {
                OriginEdit::SetRefspec => {
                    origin.set_refspec(value);
                    true
                }
                OriginEdit::SetOverrideCommit => {
                    origin.set_override_commit(Some(value));
                    true
                }
                OriginEdit::ClearOverrideCommit => {
                    origin.set_override_commit(None);
                    true
                }
                OriginEdit::AddRequested => origin.add_requested(value),
                OriginEdit::RemoveRequested => origin.remove_requested(value),
                OriginEdit::ClearRequested => origin.clear_requested(),
                OriginEdit::AddOverrideRemove => origin.add_override_remove(value),
                OriginEdit::ResetOverrideRemove => origin.reset_override_remove(value),
                OriginEdit::ResetOverrideReplace => origin.reset_override_replace(value),
                OriginEdit::ResetOverrides => origin.reset_overrides(),
                other => return Err(Refusal::BadEnum("an edit", other.repr)),
            })
        })
    })
}

fn origin_edit_local(
    origin: &Origin,
    edit: LocalEdit,
    digest: &str,
    package: Nevra,
    failure: &mut Failure,
) -> bool {
    guard(failure, || {
        let package = engine::Nevra::from(&package);
        origin.write(|origin| {
            Ok(match edit {
                LocalEdit::AddRequested => origin.add_requested_local(digest, &package),
                LocalEdit::RemoveRequested => origin.remove_requested_local(&package),
                LocalEdit::AddOverrideReplace => {
                    origin.add_override_replace_local(digest, &package)
                }
                LocalEdit::ResetOverrideReplace => origin.reset_override_replace_local(&package),
                other => return Err(Refusal::BadEnum("an edit", other.repr)),
            })
        })
    })
}

fn origin_add_override_replace(
    origin: &Origin,
    repo: &str,
    name: &str,
    failure: &mut Failure,
) -> bool {
    guard(failure, || {
        origin.write(|origin| Ok(origin.add_override_replace(repo, name)))
    })
}

fn local(packages: Vec<(String, engine::Nevra)>) -> Vec<LocalPackage> {
    let packages = packages.into_iter();
    let packages = packages.map(|(digest, package)| LocalPackage {
        digest,
        package: Nevra::from(&package),
    });
    packages.collect()
}

impl From<&engine::Origin> for OriginFacts {
    fn from(origin: &engine::Origin) -> OriginFacts {
        let replaced = origin.overrides_replace().into_iter();
        let replaced = replaced.map(|(repo, packages)| Replacement { repo, packages });
        let custom = origin.custom();
        OriginFacts {
            refspec: origin.refspec().into(),
            container_image_reference: origin.container_image_reference().into(),
            override_commit: origin.override_commit().into(),
            unconfigured_state: origin.unconfigured_state().into(),
            custom_url: custom.map(|(url, _)| url).into(),
            custom_description: custom.and_then(|(_, description)| description).into(),
            requested: origin.requested(),
            requested_local: local(origin.requested_local()),
            requested_local_fileoverride: local(origin.requested_local_fileoverride()),
            overrides_remove: origin.overrides_remove(),
            overrides_replace_local: local(origin.overrides_replace_local()),
            overrides_replace: replaced.collect(),
            regenerate_initramfs: origin.regenerate_initramfs(),
            initramfs_args: origin.initramfs_args(),
            initramfs_etc: origin.initramfs_etc(),
            cliwrap: origin.cliwrap(),
            modules_enable: origin.modules_enable(),
            modules_install: origin.modules_install(),
            pinned: origin.pinned(),
            has_requests: origin.has_requests(),
            unsupported: origin.unsupported().into(),
            text: origin.to_text(),
            json: origin.to_json().to_string(),
        }
    }
}
