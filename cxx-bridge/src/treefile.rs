//! Treefiles.

use crate::failure::{Refusal, guard};
use crate::handle::Held;
use crate::values::bridge::{Failure, Flag, Text};

#[cxx::bridge(namespace = "regraft::bridge")]
mod bridge {
    /// A key of `add-commit-metadata`, its value as JSON.
    #[derive(Default)]
    struct Metadata {
        key: String,
        json: String,
    }

    /// A setting that is a list.
    #[repr(u8)]
    enum TreefileList {
        Repos,
        Packages,
        ExcludePackages,
        InstallLangs,
        Units,
    }

    /// A setting that is a text or absent.
    #[repr(u8)]
    enum TreefileText {
        Reference,
        DefaultTarget,
        Releasever,
        AutomaticVersionPrefix,
    }

    /// A setting that is yes, no or absent.
    #[repr(u8)]
    enum TreefileFlag {
        Selinux,
        Recommends,
        Documentation,
        NoInitramfs,
        TmpIsDir,
        MachineidCompat,
    }

    #[derive(Default)]
    struct TreefileFacts {
        reference: Text,
        basearch: String,
        repos: Vec<String>,
        selinux: Flag,
        packages: Vec<String>,
        exclude_packages: Vec<String>,
        recommends: Flag,
        documentation: Flag,
        install_langs: Vec<String>,
        no_initramfs: Flag,
        tmp_is_dir: Flag,
        units: Vec<String>,
        default_target: Text,
        machineid_compat: Flag,
        releasever: Text,
        automatic_version_prefix: Text,
        script_name: Text,
        script_content: Vec<u8>,
        add_commit_metadata: Vec<Metadata>,
        directory: Text,
        json: String,
    }

    unsafe extern "C++" {
        include!("regraft/src/values.rs.h");

        type Failure = crate::values::bridge::Failure;
        type Flag = crate::values::bridge::Flag;
        type Text = crate::values::bridge::Text;
    }

    extern "Rust" {
        #[derive(ExternType)]
        type Treefile;

        fn treefile_parse(
            text: &str,
            file: &str,
            basearch: &str,
            failure: &mut Failure,
        ) -> Box<Treefile>;
        fn treefile_read(path: &str, failure: &mut Failure) -> Box<Treefile>;
        fn treefile_read_for(path: &str, basearch: &str, failure: &mut Failure) -> Box<Treefile>;
        fn treefile_facts(treefile: &Treefile, failure: &mut Failure) -> TreefileFacts;
        fn treefile_host_basearch() -> &'static str;
        fn treefile_equal(treefile: &Treefile, other: &Treefile, failure: &mut Failure) -> bool;
        fn treefile_with_list(
            treefile: &Treefile,
            setting: TreefileList,
            values: Vec<String>,
            failure: &mut Failure,
        ) -> Box<Treefile>;
        fn treefile_with_text(
            treefile: &Treefile,
            setting: TreefileText,
            value: Text,
            failure: &mut Failure,
        ) -> Box<Treefile>;
        fn treefile_with_flag(
            treefile: &Treefile,
            setting: TreefileFlag,
            value: Flag,
            failure: &mut Failure,
        ) -> Box<Treefile>;
        fn treefile_with_script(
            treefile: &Treefile,
            name: Text,
            content: &[u8],
            failure: &mut Failure,
        ) -> Box<Treefile>;
        fn treefile_with_metadata(
            treefile: &Treefile,
            key: &str,
            json: &str,
            failure: &mut Failure,
        ) -> Box<Treefile>;
    }
}

use bridge::{Metadata, TreefileFacts, TreefileFlag, TreefileList, TreefileText};

/// A treefile: any thread.
pub(crate) type Treefile = Held<engine::Treefile>;

fn treefile_parse(text: &str, file: &str, basearch: &str, failure: &mut Failure) -> Box<Treefile> {
    guard(failure, || {
        Ok(Held::new(engine::Treefile::parse(text, file, basearch)?))
    })
}

fn treefile_read(path: &str, failure: &mut Failure) -> Box<Treefile> {
    guard(failure, || Ok(Held::new(engine::Treefile::read(path)?)))
}

fn treefile_read_for(path: &str, basearch: &str, failure: &mut Failure) -> Box<Treefile> {
    guard(failure, || {
        Ok(Held::new(engine::Treefile::read_for(path, basearch)?))
    })
}

fn treefile_facts(treefile: &Treefile, failure: &mut Failure) -> TreefileFacts {
    guard(failure, || Ok(treefile.get()?.into()))
}

fn treefile_host_basearch() -> &'static str {
    engine::Treefile::host_basearch()
}

fn treefile_equal(treefile: &Treefile, other: &Treefile, failure: &mut Failure) -> bool {
    guard(failure, || Ok(treefile.get()? == other.get()?))
}

/// A copy with something set.
fn with(
    treefile: &Treefile,
    failure: &mut Failure,
    set: impl FnOnce(&mut engine::Treefile) -> Result<(), Refusal>,
) -> Box<Treefile> {
    guard(failure, || {
        let mut treefile = treefile.get()?.clone();
        set(&mut treefile)?;
        Ok(Held::new(treefile))
    })
}

fn treefile_with_list(
    treefile: &Treefile,
    setting: TreefileList,
    values: Vec<String>,
    failure: &mut Failure,
) -> Box<Treefile> {
    with(treefile, failure, |treefile| {
        match setting {
            TreefileList::Repos => treefile.repos = values,
            TreefileList::Packages => treefile.packages = values.into_iter().collect(),
            TreefileList::ExcludePackages => treefile.exclude_packages = values,
            TreefileList::InstallLangs => treefile.install_langs = values,
            TreefileList::Units => treefile.units = values,
            other => return Err(Refusal::BadEnum("a setting", other.repr)),
        }
        Ok(())
    })
}

fn treefile_with_text(
    treefile: &Treefile,
    setting: TreefileText,
    value: Text,
    failure: &mut Failure,
) -> Box<Treefile> {
    with(treefile, failure, |treefile| {
        let field = match setting {
            TreefileText::Reference => &mut treefile.reference,
            TreefileText::DefaultTarget => &mut treefile.default_target,
            TreefileText::Releasever => &mut treefile.releasever,
            TreefileText::AutomaticVersionPrefix => &mut treefile.automatic_version_prefix,
            other => return Err(Refusal::BadEnum("a setting", other.repr)),
        };
        *field = value.present.then_some(value.value);
        Ok(())
    })
}

fn treefile_with_flag(
    treefile: &Treefile,
    setting: TreefileFlag,
    value: Flag,
    failure: &mut Failure,
) -> Box<Treefile> {
    with(treefile, failure, |treefile| {
        let field = match setting {
            TreefileFlag::Selinux => &mut treefile.selinux,
            TreefileFlag::Recommends => &mut treefile.recommends,
            TreefileFlag::Documentation => &mut treefile.documentation,
            TreefileFlag::NoInitramfs => &mut treefile.no_initramfs,
            TreefileFlag::TmpIsDir => &mut treefile.tmp_is_dir,
            TreefileFlag::MachineidCompat => &mut treefile.machineid_compat,
            other => return Err(Refusal::BadEnum("a setting", other.repr)),
        };
        *field = value.present.then_some(value.value);
        Ok(())
    })
}

/// An absent name is no script.
fn treefile_with_script(
    treefile: &Treefile,
    name: Text,
    content: &[u8],
    failure: &mut Failure,
) -> Box<Treefile> {
    with(treefile, failure, |treefile| {
        treefile.postprocess_script = name.present.then(|| engine::PostprocessScript {
            name: name.value,
            content: content.to_vec(),
        });
        Ok(())
    })
}

/// An empty value takes the key out.
fn treefile_with_metadata(
    treefile: &Treefile,
    key: &str,
    json: &str,
    failure: &mut Failure,
) -> Box<Treefile> {
    with(treefile, failure, |treefile| {
        if json.is_empty() {
            treefile.add_commit_metadata.remove(key);
            return Ok(());
        }
        let value = serde_json::from_str(json);
        let value = value.map_err(|error| engine::Error::InvalidArgument {
            argument: "metadata value",
            value: json.to_owned(),
            reason: format!("it must be JSON: {error}"),
        })?;
        let metadata = &mut treefile.add_commit_metadata;
        metadata.insert(key.to_owned(), value);
        Ok(())
    })
}

impl From<&engine::Treefile> for TreefileFacts {
    fn from(treefile: &engine::Treefile) -> TreefileFacts {
        let metadata = treefile.add_commit_metadata.iter();
        let metadata = metadata.map(|(key, value)| Metadata {
            key: key.clone(),
            json: value.to_string(),
        });
        let script = treefile.postprocess_script.as_ref();
        TreefileFacts {
            reference: treefile.reference.as_ref().into(),
            basearch: treefile.basearch.clone(),
            repos: treefile.repos.clone(),
            selinux: treefile.selinux.into(),
            packages: treefile.packages.iter().cloned().collect(),
            exclude_packages: treefile.exclude_packages.clone(),
            recommends: treefile.recommends.into(),
            documentation: treefile.documentation.into(),
            install_langs: treefile.install_langs.clone(),
            no_initramfs: treefile.no_initramfs.into(),
            tmp_is_dir: treefile.tmp_is_dir.into(),
            units: treefile.units.clone(),
            default_target: treefile.default_target.as_ref().into(),
            machineid_compat: treefile.machineid_compat.into(),
            releasever: treefile.releasever.as_ref().into(),
            automatic_version_prefix: treefile.automatic_version_prefix.as_ref().into(),
            script_name: script.map(|script| &script.name).into(),
            script_content: script.map_or_else(Vec::new, |script| script.content.clone()),
            add_commit_metadata: metadata.collect(),
            directory: treefile.directory.as_ref().map(|path| path.as_str()).into(),
            json: treefile.flattened_json(),
        }
    }
}
