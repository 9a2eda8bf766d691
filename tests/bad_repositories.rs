//! Repositories that are declared wrongly, whose servers lead astray, and whose metadata lie: each is
//! refused with an error of its own, nothing changes, and the next transaction succeeds.
//! `REGRAFT_TABLE=FILE` has the messages written to that file.
//!
//! The values of single keys are in `repodata.rs`.
#![allow(clippy::unwrap_used, reason = "a test may panic")]
#![allow(clippy::type_complexity, reason = "the tables say what they are")]

#[path = "support/forge.rs"]
#[allow(dead_code, unreachable_pub, reason = "parts are for others")]
mod forge;
#[path = "support/http.rs"]
#[allow(dead_code, unreachable_pub, reason = "each test binary uses a part")]
mod http;

#[path = "bad_repositories/answers.rs"]
mod answers;
#[path = "bad_repositories/caches.rs"]
mod caches;
#[path = "bad_repositories/declared.rs"]
mod declared;
#[path = "bad_repositories/lies.rs"]
mod lies;
#[path = "bad_repositories/servers.rs"]
mod servers;
#[path = "bad_repositories/signatures.rs"]
mod signatures;
mod support;

use camino::{Utf8Path, Utf8PathBuf};
use forge::{Packing, Record};
use http::{Fault, Server};
use regraft::ErrorKind::{self, *};
use regraft::{Base, Job, RepoConfig, Variables};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};
use support::mini::{Bed, Client, run};
use support::refusal::{bed, declare, state, works};
use support::rpms::{self, Key, Rpm};
use support::table::Table;

/// A repository of one signed package `NAME`, in a folder of its own.
fn repository(bed: &Bed, client: &Client, name: &str) -> Utf8PathBuf {
    let folder = client.path.with_extension("packages");
    let package = Rpm::new(&format!("{name}-1-1")).file(&format!("/usr/share/{name}"), "x");
    rpms::repository(&folder, vec![package], Some(&bed.key));
    folder
}

fn repo_folder(client: &Client) -> Utf8PathBuf {
    client.root().join("etc/yum.repos.d")
}

/// Metadata with one primary file, as it is named, packed and promised.
fn publish(folder: &Utf8Path, record: &Record, primary: &[u8]) {
    let data = folder.join("repodata");
    let _ = std::fs::remove_dir_all(&data);
    std::fs::create_dir(&data).unwrap();
    let name = record.href.rsplit('/').next().unwrap();
    std::fs::write(data.join(name), primary).unwrap();
    std::fs::write(
        data.join("repomd.xml"),
        forge::repomd(std::slice::from_ref(record)),
    )
    .unwrap();
}
