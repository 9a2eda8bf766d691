//! Servers that fail, lie, or stop.

use super::super::http::Fault;
use super::*;
use crate::error::Error;
use crate::job::{Flow, Job};
use std::time::{Duration, Instant};

/// What the error must be, and name.
enum Expected {
    Network(&'static str),
    Digest,
    Corrupt,
}

#[test]
fn each_fault_has_its_error_and_leaves_the_metadata_before() {
    let Some(bed) = packages_bed() else { return };
    let server = Server::start(bed.repository());
    let config = config(&server);
    let first = bed.refresh(&config, CachePolicy::Normal).unwrap();
    createrepo(&bed.repository(), &["--revision=2"]);
    let repomd = "/repodata/repomd.xml".to_owned();
    // createrepo_c keeps names by checksum: the same packages, the same primary. A changed one:
    std::fs::remove_file(any_rpm(&bed)).unwrap();
    createrepo(&bed.repository(), &["--revision=3"]);
    let primary = server_path(&bed, "primary");
    let cases: Vec<(&String, Fault, Expected)> = vec![
        (&repomd, Fault::Status(404), Expected::Network("404")),
        (&repomd, Fault::Status(500), Expected::Network("500")),
        (&repomd, Fault::Status(403), Expected::Network("403")),
        (&repomd, Fault::Truncate(100), Expected::Network("")),
        (&repomd, Fault::Garbage, Expected::Corrupt),
        (&repomd, Fault::Replace(Vec::new()), Expected::Corrupt),
        (
            &repomd,
            Fault::Replace(b"<repomd><data".to_vec()),
            Expected::Corrupt,
        ),
        (
            &repomd,
            Fault::Replace(b"<repomd/>".to_vec()),
            Expected::Corrupt,
        ),
        (&repomd, Fault::Endless, Expected::Corrupt),
        (&repomd, Fault::Stall(10), Expected::Network("")),
        (&primary, Fault::Status(404), Expected::Network("404")),
        (&primary, Fault::Status(503), Expected::Network("503")),
        (&primary, Fault::Truncate(100), Expected::Network("")),
        (&primary, Fault::Garbage, Expected::Digest),
        (
            &primary,
            Fault::Replace(b"short".to_vec()),
            Expected::Digest,
        ),
        (&primary, Fault::Replace(vec![0; 1 << 20]), Expected::Digest),
        (&primary, Fault::Endless, Expected::Digest),
        (&primary, Fault::Stall(10), Expected::Network("")),
    ];
    for (path, fault, expected) in cases {
        let shown = format!("{fault:?}").chars().take(60).collect::<String>();
        server.heal();
        server.fault(path, fault);
        let error = bed.refresh(&config, CachePolicy::ForceRefresh).unwrap_err();
        let (object, right) = match (&error, expected) {
            (Error::Network { url, reason }, Expected::Network(part)) => {
                (url, reason.contains(part))
            }
            (Error::Digest { object, .. }, Expected::Digest) => (object, true),
            (Error::Corrupt { object, .. }, Expected::Corrupt) => (object, true),
            _ => panic!("{path} {shown}: {error:?}"),
        };
        assert!(
            right && object.contains(path.as_str()),
            "{path} {shown}: {error:?}"
        );
        assert!(
            object.starts_with("http://127.0.0.1:"),
            "{path} {shown}: {error:?}"
        );
        let kept = bed.refresh(&config, CachePolicy::Normal).unwrap();
        assert_eq!(kept.checksum, first.checksum, "{path} {shown}");
    }
    // A server that does not say lengths is no fault.
    server.heal();
    server.fault(&primary, Fault::NoLength);
    let new = bed.refresh(&config, CachePolicy::ForceRefresh).unwrap();
    assert_eq!(new.packages, first.packages - 1);
}

fn any_rpm(bed: &Bed) -> Utf8PathBuf {
    let mut entries = bed.repository().read_dir_utf8().unwrap();
    entries
        .find_map(|entry| {
            let path = entry.unwrap().into_path();
            path.as_str().ends_with(".rpm").then_some(path)
        })
        .unwrap()
}

/// Refreshes until a cancel from another thread.
fn cancelled(bed: &Bed, config: &RepoConfig, after: Duration) {
    let cache = bed.path.join("cache");
    let mut job = Job::new();
    let cancel = job.cancel_handle();
    let start = Instant::now();
    std::thread::spawn(move || {
        std::thread::sleep(after);
        cancel.cancel();
    });
    let settings = bed.settings(&cache, CachePolicy::Normal);
    let result = job.run("test", &[], |monitor| refresh(config, &settings, monitor));
    assert!(matches!(result, Err(Error::Cancelled)), "{result:?}");
    assert!(
        start.elapsed() < Duration::from_secs(15),
        "{:?}",
        start.elapsed()
    );
}

#[test]
fn a_login_is_sent_and_its_lack_is_told() {
    let Some(bed) = packages_bed() else { return };
    let server = Server::start(bed.repository());
    for kind in ["repomd.xml", "primary", "filelists"] {
        server.fault(
            &server_path(&bed, kind),
            Fault::Login("me:secret".to_owned()),
        );
    }
    let mut config = config(&server);
    let error = bed.refresh(&config, CachePolicy::Normal).unwrap_err();
    assert!(
        matches!(&error, Error::Network { reason, .. } if reason.contains("401")),
        "{error}"
    );
    config.username = Some("me".to_owned());
    config.password = Some(Password::new("secret"));
    assert!(!format!("{config:?}").contains("secret"));
    bed.refresh(&config, CachePolicy::Normal).unwrap();
}

#[test]
fn a_cancel_ends_the_call_soon_and_leaves_nothing_wrong() {
    let Some(bed) = packages_bed() else { return };
    let server = Server::start(bed.repository());
    let mut config = config(&server);
    config.timeout = 60;
    let primary = server_path(&bed, "primary");
    for path in ["/repodata/repomd.xml", &primary] {
        server.heal();
        server.fault(path, Fault::Stall(10));
        cancelled(&bed, &config, Duration::from_millis(300));
    }
    server.heal();
    bed.refresh(&config, CachePolicy::Normal).unwrap();
}

#[test]
fn a_listener_hears_bytes_and_may_cancel() {
    let Some(bed) = packages_bed() else { return };
    let server = Server::start(bed.repository());
    let config = config(&server);
    server.fault(&server_path(&bed, "primary"), Fault::Slow(100));
    let cache = bed.path.join("cache");
    let settings = bed.settings(&cache, CachePolicy::Normal);
    let mut job = Job::new().on_progress(|progress| {
        if progress.total() > 0 && progress.done() > 0 {
            Flow::Cancel
        } else {
            Flow::Continue
        }
    });
    let result = job.run("test", &[], |monitor| refresh(&config, &settings, monitor));
    assert!(matches!(result, Err(Error::Cancelled)), "{result:?}");
}
