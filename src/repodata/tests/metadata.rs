//! Metadata that comes, stays, and is replaced.

use super::super::http::Fault;
use super::*;
use crate::error::Error;
use crate::package::digest::hex;
use sha2::{Digest, Sha256};

#[test]
fn metadata_comes_over_http_and_stays() {
    let Some(bed) = packages_bed() else { return };
    let server = Server::start(bed.repository());
    let config = config(&server);
    let metadata = bed.refresh(&config, CachePolicy::Normal).unwrap();
    let rpms = std::fs::read_dir(bed.repository()).unwrap().count() - 1;
    assert_eq!(metadata.packages, rpms as u64);
    assert!(metadata.filelists.is_some());
    let repomd = std::fs::read(bed.repository().join("repodata/repomd.xml")).unwrap();
    assert_eq!(metadata.checksum, hex(&Sha256::digest(&repomd)));
    let agent = concat!("regraft/", env!("CARGO_PKG_VERSION"));
    let requests = server.requests();
    assert_eq!(requests.len(), 3, "{requests:?}");
    assert!(
        requests
            .iter()
            .all(|request| request.headers["user-agent"] == agent)
    );
    server.take_paths();
    // Fresh: the server is not asked.
    bed.refresh(&config, CachePolicy::Normal).unwrap();
    assert!(server.take_paths().is_empty());
    // Unchanged: nothing but repomd.xml comes again.
    bed.refresh(&config, CachePolicy::ForceRefresh).unwrap();
    assert_eq!(server.take_paths(), ["/repodata/repomd.xml"]);
    // The solver takes it, the second time from its own cache.
    for _ in 0..2 {
        let mut pool = Pool::new("x86_64").unwrap();
        load(&metadata, &config, &mut pool, &bed.path.join("cache")).unwrap();
        assert_eq!(pool.packages().count() as u64, metadata.packages);
    }
}

#[test]
fn the_timestamp_is_the_newest_of_the_records() {
    let Some(bed) = packages_bed() else { return };
    createrepo(
        &bed.repository(),
        &["--revision=1767571200", "--set-timestamp-to-revision"],
    );
    let url = format!("file://{}", bed.repository());
    let metadata = bed
        .refresh(&RepoConfig::new("local", &url), CachePolicy::Normal)
        .unwrap();
    assert_eq!(metadata.timestamp, 1_767_571_200);
}

#[test]
fn old_metadata_is_asked_after_and_replaced_as_a_whole() {
    let Some(bed) = packages_bed() else { return };
    let server = Server::start(bed.repository());
    let mut config = config(&server);
    let first = bed.refresh(&config, CachePolicy::Normal).unwrap();
    let gone = bed.repository().read_dir_utf8().unwrap().find_map(|entry| {
        let path = entry.unwrap().into_path();
        path.as_str().ends_with(".rpm").then_some(path)
    });
    std::fs::remove_file(gone.unwrap()).unwrap();
    createrepo(&bed.repository(), &[]);
    let same = bed.refresh(&config, CachePolicy::Normal).unwrap();
    assert_eq!(same.checksum, first.checksum, "not yet expired");
    config.metadata_expire = Some(std::time::Duration::ZERO);
    let second = bed.refresh(&config, CachePolicy::Normal).unwrap();
    assert_eq!(second.packages, first.packages - 1);
    assert!(
        first.primary.exists(),
        "another process may still read the one before"
    );
    config.metadata_expire = None;
    server.take_paths();
    let kept = bed.refresh(&config, CachePolicy::Normal).unwrap();
    assert_eq!(kept.checksum, second.checksum);
    assert!(server.take_paths().is_empty(), "never expires");
    // One more, and the first is gone.
    createrepo(&bed.repository(), &["--revision=3"]);
    bed.refresh(&config, CachePolicy::ForceRefresh).unwrap();
    assert!(!first.primary.exists());
    assert!(second.primary.exists());
}

#[test]
fn damaged_metadata_is_got_again() {
    let Some(bed) = packages_bed() else { return };
    let server = Server::start(bed.repository());
    let config = config(&server);
    let first = bed.refresh(&config, CachePolicy::Normal).unwrap();
    std::fs::write(&first.primary, "").unwrap();
    let again = bed.refresh(&config, CachePolicy::Normal).unwrap();
    assert_eq!(again.packages, first.packages);
}

#[test]
fn all_kinds_and_packings_are_taken() {
    for packing in ["gz", "xz", "bz2", "zstd"] {
        let Some(bed) = packages_bed() else { return };
        let comps = testdata("repodata/comps/comps-f21.xml").unwrap();
        let option = format!("--general-compress-type={packing}");
        let output = Command::new("createrepo_c").arg("--help").output().unwrap();
        if packing == "zstd" && !String::from_utf8_lossy(&output.stdout).contains("zstd") {
            continue; // createrepo_c before 1.0
        }
        createrepo(&bed.repository(), &[&option, "-g", comps.as_str()]);
        let notes =
            testdata("repodata/createrepo_c/tests/testdata/updateinfo_files/updateinfo_01.xml");
        let status = Command::new("modifyrepo_c")
            .args(["--mdtype=updateinfo", notes.unwrap().as_str()])
            .arg(bed.repository().join("repodata"))
            .output()
            .unwrap();
        assert!(status.status.success());
        let url = format!("file://{}", bed.repository());
        let metadata = bed
            .refresh(&RepoConfig::new("local", &url), CachePolicy::Normal)
            .unwrap();
        assert!(metadata.updateinfo.is_some(), "{packing}");
        assert!(metadata.packages > 0, "{packing}");
        let mut pool = Pool::new("x86_64").unwrap();
        load(
            &metadata,
            &RepoConfig::new("local", &url),
            &mut pool,
            &bed.path,
        )
        .unwrap();
        assert_eq!(
            pool.packages().count() as u64,
            metadata.packages,
            "{packing}"
        );
    }
}

#[test]
fn mirrors_stand_in_for_each_other() {
    let Some(bed) = packages_bed() else { return };
    let server = Server::start(&bed.path);
    let empty = tempfile::tempdir().unwrap();
    let dead = Server::start(empty.path());
    let list = format!(
        "# mirrors\n{}\n{}\n",
        dead.url("/"),
        server.url("/repository/")
    );
    std::fs::write(bed.path.join("mirrors"), list).unwrap();
    let mut mirrored = config(&server);
    mirrored.baseurl.clear();
    mirrored.mirrorlist = Some(server.url("/mirrors?repo=a/b&arch=c"));
    let metadata = bed.refresh(&mirrored, CachePolicy::Normal).unwrap();
    assert!(metadata.packages > 0);
    assert!(!dead.take_paths().is_empty(), "the first mirror was tried");
    // The list itself fails: the error names it; with an address of its own it is not needed.
    server.fault("/mirrors", Fault::Status(404));
    let error = bed
        .refresh(&mirrored, CachePolicy::ForceRefresh)
        .unwrap_err();
    assert!(
        matches!(&error, Error::Network { url, reason } if url.contains("/mirrors?") && reason.contains("404")),
        "{error}"
    );
    mirrored.baseurl = vec![server.url("/repository/")];
    bed.refresh(&mirrored, CachePolicy::ForceRefresh).unwrap();
    mirrored.baseurl.clear();
    server.fault(
        "/mirrors",
        Fault::Replace(b"<html>sign in</html>\n".to_vec()),
    );
    let error = bed
        .refresh(&mirrored, CachePolicy::ForceRefresh)
        .unwrap_err();
    assert!(matches!(error, Error::Corrupt { .. }), "{error}");
}

#[test]
fn a_metalinks_digest_of_repomd_is_checked() {
    let Some(bed) = packages_bed() else { return };
    let server = Server::start(&bed.path);
    let repomd = std::fs::read(bed.repository().join("repodata/repomd.xml")).unwrap();
    let write = |digest: &str| {
        let url = server.url("/repository/repodata/repomd.xml");
        let text = format!(
            r#"<?xml version="1.0" encoding="utf-8"?>
<metalink version="3.0" xmlns="http://www.metalinker.org/"><files><file name="repomd.xml">
<size>{}</size><verification><hash type="sha256">{digest}</hash></verification>
<resources maxconnections="1"><url protocol="http" type="http" location="XX" preference="100">{url}</url></resources>
</file></files></metalink>"#,
            repomd.len()
        );
        std::fs::write(bed.path.join("metalink"), text).unwrap();
    };
    let mut linked = config(&server);
    linked.baseurl.clear();
    linked.metalink = Some(server.url("/metalink"));
    write(&hex(&Sha256::digest(&repomd)));
    bed.refresh(&linked, CachePolicy::Normal).unwrap();
    write(&hex(&Sha256::digest(b"another")));
    let error = bed.refresh(&linked, CachePolicy::ForceRefresh).unwrap_err();
    assert!(
        matches!(&error, Error::Digest { object, .. } if object.contains("repomd.xml")),
        "{error:?}"
    );
}
