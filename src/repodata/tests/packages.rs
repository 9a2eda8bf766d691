//! Packages, from servers and from folders.

use super::super::http::Fault;
use super::*;
use crate::error::Error;

/// Each package of the repository: location, SHA-256, size.
fn contents(bed: &Bed) -> Vec<(String, Checksum, u64)> {
    let mut found: Vec<_> = bed
        .repository()
        .read_dir_utf8()
        .unwrap()
        .map(|entry| entry.unwrap().into_path())
        .filter(|path| path.as_str().ends_with(".rpm"))
        .map(|path| {
            let hex = open::digest(&path, Algorithm::Sha256, &Monitor::silent()).unwrap();
            let size = path.as_std_path().metadata().unwrap().len();
            (
                path.file_name().unwrap().to_owned(),
                Checksum::new("sha256", &hex).unwrap(),
                size,
            )
        })
        .collect();
    found.sort();
    found
}

fn requests<'a>(
    config: &'a RepoConfig,
    contents: &'a [(String, Checksum, u64)],
) -> Vec<PackageRequest<'a>> {
    contents
        .iter()
        .map(|(location, checksum, size)| PackageRequest {
            repo: config,
            location,
            base: None,
            checksum: checksum.clone(),
            size: *size,
        })
        .collect()
}

fn get(requests: &[PackageRequest<'_>], folder: &Utf8Path) -> Result<Vec<Utf8PathBuf>> {
    download_packages(requests, folder, &Monitor::silent())
}

#[test]
fn packages_come_once_whole_and_in_order() {
    let Some(bed) = packages_bed() else { return };
    let server = Server::start(bed.repository());
    let config = config(&server);
    let contents = contents(&bed);
    let folder = bed.path.join("packages");
    let mut wanted = requests(&config, &contents);
    wanted.push(wanted[0].clone());
    let files = get(&wanted, &folder).unwrap();
    assert_eq!(files.len(), wanted.len());
    for (file, request) in files.iter().zip(&wanted) {
        assert!(open::matches(file, &request.checksum, &Monitor::silent()).unwrap());
        assert!(
            file.file_name().unwrap().ends_with(request.location),
            "{file}"
        );
    }
    assert_eq!(server.take_paths().len(), contents.len());
    // All are here; one that is damaged comes again.
    get(&wanted, &folder).unwrap();
    assert!(server.take_paths().is_empty());
    std::fs::write(&files[1], "damaged").unwrap();
    get(&wanted, &folder).unwrap();
    assert_eq!(server.take_paths().len(), 1);
    let names = std::fs::read_dir(&folder).unwrap().count();
    assert_eq!(names, contents.len(), "nothing else is left");
}

#[test]
fn a_fault_spoils_one_package_and_the_others_come() {
    let Some(bed) = packages_bed() else { return };
    let server = Server::start(bed.repository());
    let config = config(&server);
    let contents = contents(&bed);
    let broken = format!("/{}", location::encode(&contents[0].0));
    for (fault, digest) in [
        (Fault::Status(404), false),
        (Fault::Truncate(1000), false),
        (Fault::Garbage, true),
        (Fault::Replace(b"x".to_vec()), true),
        (Fault::Endless, true),
    ] {
        let folder = bed.path.join("packages");
        let _ = std::fs::remove_dir_all(&folder);
        server.heal();
        server.fault(&broken, fault.clone());
        // The paths of requests are encoded as librepo sends them.
        let error = get(&requests(&config, &contents), &folder).unwrap_err();
        match &error {
            Error::Network { url, .. } if !digest => assert!(url.contains(&broken), "{error}"),
            Error::Digest { object, .. } if digest => {
                assert!(
                    object.contains(&contents[0].0) || object.contains(&broken),
                    "{error}"
                );
            }
            _ => panic!("{error:?}"),
        }
        server.heal();
        server.take_paths();
        get(&requests(&config, &contents), &folder).unwrap();
        assert_eq!(
            server.take_paths().len(),
            1,
            "only the broken one comes again: {fault:?}"
        );
    }
}

#[test]
fn a_local_repositorys_packages_stay_where_they_are() {
    let Some(bed) = packages_bed() else { return };
    let config = RepoConfig::new("local", &format!("file://{}/", bed.repository()));
    let mut contents = contents(&bed);
    let folder = bed.path.join("packages");
    let files = get(&requests(&config, &contents), &folder).unwrap();
    assert_eq!(files[0], bed.repository().join(&contents[0].0));
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0);
    contents[0].1 = Checksum::new("sha256", &"0".repeat(64)).unwrap();
    let error = get(&requests(&config, &contents), &folder).unwrap_err();
    assert!(matches!(error, Error::Digest { .. }), "{error}");
    contents[0].0 = "gone.rpm".to_owned();
    let error = get(&requests(&config, &contents), &folder).unwrap_err();
    assert!(matches!(error, Error::Network { .. }), "{error}");
}

#[test]
fn hostile_locations_and_bases_are_refused() {
    let Some(bed) = packages_bed() else { return };
    let server = Server::start(bed.repository());
    let config = config(&server);
    let checksum = Checksum::new("sha256", &"0".repeat(64)).unwrap();
    let folder = bed.path.join("packages");
    for (location, base) in [
        ("../../etc/passwd", None),
        ("/etc/passwd", None),
        ("file:///etc/passwd", None),
        ("a/%2e%2e/%2e%2e/b", None),
        ("passwd", Some("file:///etc")),
        ("x.rpm", Some("gopher://h/")),
        ("x.rpm", Some("http://h/ x")),
    ] {
        let request = PackageRequest {
            repo: &config,
            location,
            base,
            checksum: checksum.clone(),
            size: 1,
        };
        let error = get(&[request], &folder).unwrap_err();
        assert!(
            matches!(error, Error::Corrupt { .. }),
            "{location} {base:?}: {error}"
        );
    }
    assert!(server.take_paths().is_empty());
    // A base of its own is followed where it may be.
    let contents = contents(&bed);
    let elsewhere = RepoConfig {
        baseurl: vec![server.url("/nowhere")],
        ..config.clone()
    };
    let url = server.url("/");
    let request = PackageRequest {
        base: Some(&url),
        ..requests(&elsewhere, &contents)[0].clone()
    };
    get(&[request], &folder).unwrap();
}

/// librepo removes what a failed or cancelled transfer has left, and marks what it is writing, so
/// that after a kill it knows its own.
#[test]
fn what_a_killed_download_has_left_is_completed() {
    let Some(bed) = packages_bed() else { return };
    let server = Server::start(bed.repository());
    let config = config(&server);
    let contents = contents(&bed);
    let folder = bed.path.join("packages");
    std::fs::create_dir(&folder).unwrap();
    let wanted = requests(&config, &contents);
    let whole = std::fs::read(bed.repository().join(&contents[0].0)).unwrap();
    let name = format!("{}-{}", &contents[0].1.hex[..16], contents[0].0);
    let partial = folder.join(name);
    std::fs::write(&partial, &whole[..600]).unwrap();
    rustix::fs::setxattr(
        partial.as_std_path(),
        "user.Librepo.DownloadInProgress",
        b"1",
        rustix::fs::XattrFlags::empty(),
    )
    .unwrap();
    let files = get(&wanted[..1], &folder).unwrap();
    assert_eq!(files, [partial]);
    assert_eq!(std::fs::read(&files[0]).unwrap(), whole);
    let requests = server.requests();
    let ranges: Vec<_> = requests
        .iter()
        .filter_map(|r| r.headers.get("range"))
        .collect();
    assert_eq!(ranges, ["bytes=600-"], "{requests:?}");
}
