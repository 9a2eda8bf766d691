//! Treefiles.

use crate::failure::guard;
use crate::handle::Held;
use crate::values::bridge::Failure;

#[cxx::bridge(namespace = "regraft::bridge")]
mod bridge {
    /// A key of `add-commit-metadata`, its value as JSON.
    #[derive(Default)]
    struct Metadata {
        key: String,
        json: String,
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
    }
}

use bridge::{Metadata, TreefileFacts};

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
