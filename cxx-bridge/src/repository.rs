//! The configuration of repositories.

use crate::failure::guard;
use crate::handle::Turn;
use crate::values::bridge::{Failure, Text};

#[cxx::bridge(namespace = "regraft::bridge")]
mod bridge {
    #[derive(Default)]
    struct RepoConfig {
        id: String,
        name: String,
        enabled: bool,
        baseurl: Vec<String>,
        mirrorlist: Text,
        metalink: Text,
        gpgkey: Vec<String>,
        gpgcheck: bool,
        repo_gpgcheck: bool,
        excludepkgs: Vec<String>,
        includepkgs: Vec<String>,
        priority: i32,
        cost: i32,
        sslverify: bool,
        sslcacert: Text,
        sslclientcert: Text,
        sslclientkey: Text,
        proxy: Text,
        proxy_username: Text,
        proxy_password: Text,
        username: Text,
        password: Text,
        expires: bool,
        metadata_expire: u64,
        timeout: u32,
        minrate: u32,
        skip_if_unavailable: bool,
        module_hotfixes: bool,
        countme: bool,
        warnings: Vec<String>,
    }

    /// A file that is no longer, or not yet, on a disk.
    #[derive(Default)]
    struct NamedFile {
        name: String,
        content: String,
    }

    unsafe extern "C++" {
        include!("regraft/src/values.rs.h");

        type Failure = crate::values::bridge::Failure;
        type Text = crate::values::bridge::Text;
    }

    extern "Rust" {
        type Variables;

        fn variables_new(failure: &mut Failure) -> Box<Variables>;
        fn variables_clone(variables: &Variables, failure: &mut Failure) -> Box<Variables>;
        fn variables_set(variables: &Variables, name: &str, value: &str, failure: &mut Failure);
        fn variables_get(variables: &Variables, name: &str, failure: &mut Failure) -> Text;
        fn variables_read_root(variables: &Variables, root: &str, failure: &mut Failure);
        fn variables_substitute(variables: &Variables, text: &str, failure: &mut Failure)
        -> String;
        fn variables_equal(variables: &Variables, other: &Variables, failure: &mut Failure)
        -> bool;

        fn repo_new(id: &str, baseurl: &str, failure: &mut Failure) -> RepoConfig;
        fn repo_parse(
            text: &str,
            file: &str,
            variables: &Variables,
            failure: &mut Failure,
        ) -> Vec<RepoConfig>;
        fn repo_read_dir(
            path: &str,
            variables: &Variables,
            failure: &mut Failure,
        ) -> Vec<RepoConfig>;
        fn repo_from_files(
            files: Vec<NamedFile>,
            variables: &Variables,
            failure: &mut Failure,
        ) -> Vec<RepoConfig>;
    }
}

use bridge::{NamedFile, RepoConfig};

/// Variables: many readers or one writer.
type Variables = Turn<engine::Variables>;

fn variables_new(failure: &mut Failure) -> Box<Variables> {
    guard(failure, || Ok(Turn::new(engine::Variables::new())))
}

fn variables_clone(variables: &Variables, failure: &mut Failure) -> Box<Variables> {
    guard(failure, || {
        variables.read(|variables| Ok(Turn::new(variables.clone())))
    })
}

fn variables_set(variables: &Variables, name: &str, value: &str, failure: &mut Failure) {
    guard(failure, || {
        variables.write(|variables| {
            variables.set(name, value);
            Ok(())
        })
    });
}

fn variables_get(variables: &Variables, name: &str, failure: &mut Failure) -> Text {
    guard(failure, || {
        variables.read(|variables| Ok(variables.get(name).into()))
    })
}

fn variables_read_root(variables: &Variables, root: &str, failure: &mut Failure) {
    guard(failure, || {
        variables.write(|variables| Ok(variables.read_root(root)?))
    });
}

fn variables_substitute(variables: &Variables, text: &str, failure: &mut Failure) -> String {
    guard(failure, || {
        variables.read(|variables| Ok(variables.substitute(text)))
    })
}

fn variables_equal(variables: &Variables, other: &Variables, failure: &mut Failure) -> bool {
    guard(failure, || {
        variables.read(|variables| other.read(|other| Ok(variables == other)))
    })
}

fn repo_new(id: &str, baseurl: &str, failure: &mut Failure) -> RepoConfig {
    guard(failure, || Ok(engine::RepoConfig::new(id, baseurl).into()))
}

fn repo_parse(
    text: &str,
    file: &str,
    variables: &Variables,
    failure: &mut Failure,
) -> Vec<RepoConfig> {
    guard(failure, || {
        variables.read(|variables| {
            let found = engine::RepoConfig::parse(text, file, variables)?;
            Ok(found.into_iter().map(RepoConfig::from).collect())
        })
    })
}

fn repo_read_dir(path: &str, variables: &Variables, failure: &mut Failure) -> Vec<RepoConfig> {
    guard(failure, || {
        variables.read(|variables| {
            let found = engine::RepoConfig::read_dir(path, variables)?;
            Ok(found.into_iter().map(RepoConfig::from).collect())
        })
    })
}

fn repo_from_files(
    files: Vec<NamedFile>,
    variables: &Variables,
    failure: &mut Failure,
) -> Vec<RepoConfig> {
    guard(failure, || {
        variables.read(|variables| {
            let files = files.into_iter();
            let files = files.map(|file| (file.name, file.content.into_bytes()));
            let found = engine::RepoConfig::from_files(files, variables)?;
            Ok(found.into_iter().map(RepoConfig::from).collect())
        })
    })
}

impl From<engine::RepoConfig> for RepoConfig {
    fn from(repo: engine::RepoConfig) -> RepoConfig {
        let password = |password: Option<engine::Password>| -> Text {
            password.map(|password| password.reveal().to_owned()).into()
        };
        RepoConfig {
            id: repo.id,
            name: repo.name,
            enabled: repo.enabled,
            baseurl: repo.baseurl,
            mirrorlist: repo.mirrorlist.into(),
            metalink: repo.metalink.into(),
            gpgkey: repo.gpgkey,
            gpgcheck: repo.gpgcheck,
            repo_gpgcheck: repo.repo_gpgcheck,
            excludepkgs: repo.excludepkgs,
            includepkgs: repo.includepkgs,
            priority: repo.priority,
            cost: repo.cost,
            sslverify: repo.sslverify,
            sslcacert: repo.sslcacert.into(),
            sslclientcert: repo.sslclientcert.into(),
            sslclientkey: repo.sslclientkey.into(),
            proxy: repo.proxy.into(),
            proxy_username: repo.proxy_username.into(),
            proxy_password: password(repo.proxy_password),
            username: repo.username.into(),
            password: password(repo.password),
            expires: repo.metadata_expire.is_some(),
            metadata_expire: repo.metadata_expire.map_or(0, |age| age.as_secs()),
            timeout: repo.timeout,
            minrate: repo.minrate,
            skip_if_unavailable: repo.skip_if_unavailable,
            module_hotfixes: repo.module_hotfixes,
            countme: repo.countme,
            warnings: repo.warnings,
        }
    }
}
