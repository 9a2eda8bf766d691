//! Real repositories, made by createrepo_c, over a real HTTP server.

mod faults;
mod field;
mod metadata;
mod packages;
mod signature;

use super::http::Server;
use super::*;
use crate::error::Result;
use crate::job::Monitor;
use crate::sys::solv::Pool;
use crate::testdata::testdata;
use camino::{Utf8Path, Utf8PathBuf};
use std::process::Command;

/// Gives a repository to the solver.
fn load(metadata: &Metadata, config: &RepoConfig, pool: &mut Pool, cache: &Utf8Path) -> Result<()> {
    pool.add_repositories(&[solver_files(metadata, config)], Some(cache))
}

/// A folder with `repository/` and `cache/`.
struct Bed {
    _folder: tempfile::TempDir,
    path: Utf8PathBuf,
}

impl Bed {
    fn new() -> Bed {
        let folder = tempfile::tempdir().unwrap();
        let path = Utf8PathBuf::from_path_buf(folder.path().canonicalize().unwrap()).unwrap();
        std::fs::create_dir(path.join("repository")).unwrap();
        std::fs::create_dir(path.join("cache")).unwrap();
        Bed {
            _folder: folder,
            path,
        }
    }

    fn repository(&self) -> Utf8PathBuf {
        self.path.join("repository")
    }

    fn settings<'a>(&'a self, cache: &'a Utf8Path, policy: CachePolicy) -> Settings<'a> {
        Settings {
            cache,
            policy,
            root: &self.path,
        }
    }

    fn refresh(&self, config: &RepoConfig, policy: CachePolicy) -> Result<Metadata> {
        let cache = self.path.join("cache");
        refresh(config, &self.settings(&cache, policy), &Monitor::silent())
    }
}

/// The layering's input packages as a repository.
fn packages_bed() -> Option<Bed> {
    let rpms = testdata("rpm-ostree")?;
    let bed = Bed::new();
    let mut count = 0;
    let mut folders = vec![rpms];
    while let Some(folder) = folders.pop() {
        for entry in folder.read_dir_utf8().unwrap() {
            let entry = entry.unwrap();
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path().to_owned());
            } else if entry.file_name().ends_with(".rpm") {
                let name = entry.file_name();
                std::fs::copy(entry.path(), bed.repository().join(name)).unwrap();
                count += 1;
            }
        }
    }
    assert!(count > 0, "the test data has packages");
    createrepo(&bed.repository(), &[]);
    Some(bed)
}

fn createrepo(folder: &Utf8Path, options: &[&str]) {
    let output = Command::new("createrepo_c")
        .args(["-q", "--no-database"])
        .args(options)
        .arg(folder)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
}

fn config(server: &Server) -> RepoConfig {
    let mut config = RepoConfig::new("test", &server.url("/"));
    config.proxy = Some(String::new());
    config.timeout = 1;
    config
}

/// The name that a kind of metadata has on the server.
fn server_path(bed: &Bed, kind: &str) -> String {
    let folder = bed.repository().join("repodata");
    let names = folder.read_dir_utf8().unwrap();
    let name = names
        .map(|entry| entry.unwrap().file_name().to_owned())
        .find(|name| name.contains(kind))
        .unwrap();
    format!("/repodata/{name}")
}
