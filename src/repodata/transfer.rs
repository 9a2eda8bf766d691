//! What reaching a repository takes: its handle, its mirrors, and its failures as typed errors.

use super::RepoConfig;
use super::location;
use crate::error::{Error, Result};
use crate::job::Monitor;
use crate::sys::librepo::{Failure, Fault, Handle, Outcome, Target, download};
use camino::Utf8Path;

/// The largest mirror list or metalink: Fedora's have some 30 kB.
const MAX_MIRRORS: u64 = 8 << 20;

/// The longest `timeout` that is kept: an hour without a byte is no transfer.
const MAX_TIMEOUT: u32 = 3600;

/// A handle with the repository's settings, and no address yet.
pub(super) fn bare_handle(config: &RepoConfig) -> Result<Handle> {
    let mut handle = Handle::new()?;
    // With 0 for either, libcurl would wait for ever.
    handle.set_timeout(config.timeout.clamp(1, MAX_TIMEOUT), config.minrate.max(1))?;
    handle.set_parallel(5)?;
    handle.set_verify_tls(config.sslverify)?;
    if let Some(path) = &config.sslcacert {
        handle.set_ca_file(Utf8Path::new(path))?;
    }
    if let Some(path) = &config.sslclientcert {
        handle.set_client_certificate(Utf8Path::new(path))?;
    }
    if let Some(path) = &config.sslclientkey {
        handle.set_client_key(Utf8Path::new(path))?;
    }
    if let Some(url) = &config.proxy {
        handle.set_proxy(url)?;
    }
    if let Some(user) = &config.proxy_username {
        let password = config.proxy_password.as_ref().map_or("", |p| p.reveal());
        handle.set_proxy_login(&format!("{user}:{password}"))?;
    }
    if let Some(user) = &config.username {
        let password = config.password.as_ref().map_or("", |p| p.reveal());
        handle.set_login(&format!("{user}:{password}"))?;
    }
    Ok(handle)
}

/// A handle that reaches the repository, by its addresses and those of its mirrors. Lists of
/// mirrors are downloaded into `folder`: librepo would do that itself, but without bound, deaf to
/// a cancel, and with a message on stderr when it fails.
pub(super) fn handle(config: &RepoConfig, folder: &Utf8Path, monitor: &Monitor) -> Result<Handle> {
    let mut handle = bare_handle(config)?;
    if !config.baseurl.is_empty() {
        handle.set_urls(&config.baseurl)?;
    }
    let mut lost = None;
    let mut found = false;
    // A metalink also knows the digest of repomd.xml: it comes first.
    let lists = [
        (config.metalink.as_deref(), "metalink.xml"),
        (config.mirrorlist.as_deref(), "mirrorlist"),
    ];
    for (url, name) in lists {
        let Some(url) = url.filter(|_| !found) else {
            continue;
        };
        let path = folder.join(name);
        // A list of an earlier try may be of another hour.
        remove(&path)?;
        let local = format!("file://{}", location::encode(path.as_str()));
        // dnf.conf(5): a mirrorlist with `metalink` in its address is a metalink.
        let is_metalink = name == "metalink.xml" || url.contains("metalink");
        let fetched = fetch(&bare_handle(config)?, url, &path, MAX_MIRRORS, monitor)
            .and_then(|()| check_list(&path, url, is_metalink));
        match fetched {
            Ok(()) if is_metalink => handle.set_metalink(&local)?,
            Ok(()) => handle.set_mirrorlist(&local)?,
            Err(Error::Cancelled) => return Err(Error::Cancelled),
            Err(error) => {
                lost.get_or_insert(error);
                continue;
            }
        }
        found = true;
    }
    // Its own addresses may do without mirrors.
    if found || !config.baseurl.is_empty() {
        return Ok(handle);
    }
    Err(lost.unwrap_or_else(|| Error::Config {
        file: format!("repository {}", config.id),
        reason: "it has no address: give it a baseurl, mirrorlist or metalink".to_owned(),
    }))
}

/// librepo would print a complaint of one that it cannot read.
fn check_list(path: &Utf8Path, url: &str, is_metalink: bool) -> Result<()> {
    let file = std::fs::File::open(path).map_err(Error::io("open", path))?;
    let bytes = super::files::read_bounded(&file, path, MAX_MIRRORS)?;
    let text = String::from_utf8_lossy(&bytes);
    if is_metalink {
        if text.contains("<metalink") && text.contains("repomd.xml") {
            return Ok(());
        }
        return Err(Error::corrupt(url, "it is no metalink of a repomd.xml"));
    }
    let usable = text.lines().map(str::trim).any(|line| {
        line.contains("://") && !line.starts_with('#') && !line.contains(char::is_whitespace)
    });
    if usable {
        return Ok(());
    }
    Err(Error::corrupt(
        url,
        "it is no list of mirrors: no line is an address",
    ))
}

/// Downloads one file that nothing is known about but its address.
pub(super) fn fetch(
    handle: &Handle,
    url: &str,
    path: &Utf8Path,
    limit: u64,
    monitor: &Monitor,
) -> Result<()> {
    let target = Target {
        handle,
        // librepo takes a location that is a whole address as that.
        location: url,
        base_url: None,
        destination: path,
        checksum: None,
        size: None,
        limit,
        name: url,
    };
    only(download(std::slice::from_ref(&target), 0, monitor)?, url)
        .and_then(|outcome| settle(outcome, url, None, None, limit))
        .map_err(|error| error.if_full(path))
}

/// The single outcome of a download of one file.
pub(super) fn only(
    outcomes: std::result::Result<Vec<Outcome>, Fault>,
    url: &str,
) -> Result<Outcome> {
    match outcomes {
        Ok(mut outcomes) => outcomes
            .pop()
            .ok_or_else(|| Error::Internal("librepo lost a download".to_owned())),
        Err(fault) => Err(fault_error(&fault, url)),
    }
}

/// An outcome as a result; `url` is where the file should have been.
pub(super) fn settle(
    outcome: Outcome,
    url: &str,
    expected: Option<&super::Checksum>,
    size: Option<u64>,
    limit: u64,
) -> Result<()> {
    match outcome {
        Outcome::Done => Ok(()),
        Outcome::TooLarge => Err(match size {
            Some(size) => Error::Digest {
                object: url.to_owned(),
                expected: format!("{size} bytes"),
                found: "more".to_owned(),
            },
            None => Error::corrupt(url, format!("it has more than {limit} bytes")),
        }),
        Outcome::Failed { failures, message } => {
            Err(failure_error(&failures, &message, url, expected))
        }
    }
}

/// What librepo says of a file whose digest or size is not as promised.
const BAD_DIGEST: &str = "checksum doesn't match. Calculated: ";
const BAD_SIZE: &str = "reported file Content-Length: ";

/// librepo tells files' failures apart in its messages alone.
pub(super) fn failure_error(
    failures: &[Failure],
    message: &str,
    url: &str,
    expected: Option<&super::Checksum>,
) -> Error {
    // The first address tried is the preferred one; later ones may only say that all were tried.
    let digest = failures
        .iter()
        .find(|failure| failure.message.contains(BAD_DIGEST));
    let size = failures
        .iter()
        .find(|failure| failure.message.contains(BAD_SIZE));
    let first = digest.or(size).or(failures.first());
    let object = match first.map(|failure| failure.url.as_str()) {
        Some(tried) if !tried.is_empty() => tried,
        _ => url,
    };
    let text = first.map_or(message, |failure| failure.message.as_str());
    if let Some((_, found)) = text.split_once(BAD_DIGEST) {
        return Error::Digest {
            object: object.to_owned(),
            expected: expected.map_or_else(|| "another digest".to_owned(), ToString::to_string),
            found: found
                .split(" Expected:")
                .next()
                .unwrap_or(found)
                .trim()
                .to_owned(),
        };
    }
    if let Some((_, found)) = text.split_once(BAD_SIZE) {
        let mut numbers = found
            .split(|c: char| !c.is_ascii_digit())
            .filter(|digits| !digits.is_empty());
        let (found, promised) = (numbers.next(), numbers.next());
        return Error::Digest {
            object: object.to_owned(),
            expected: format!("{} bytes", promised.unwrap_or("other")),
            found: format!("{} bytes", found.unwrap_or("other")),
        };
    }
    Error::Network {
        url: object.to_owned(),
        reason: text.trim().to_owned(),
    }
}

/// A failure of librepo that belongs to no single file.
pub(super) fn fault_error(fault: &Fault, url: &str) -> Error {
    if fault.is_digest() {
        return Error::Digest {
            object: url.to_owned(),
            expected: "the metalink's digest".to_owned(),
            found: fault.message.clone(),
        };
    }
    if fault.is_format() {
        return Error::corrupt(url, fault.message.clone());
    }
    if fault.is_local() {
        return Error::Io {
            action: "download",
            path: url.into(),
            source: std::io::Error::other(fault.message.clone()),
        };
    }
    Error::Network {
        url: url.to_owned(),
        reason: fault.message.clone(),
    }
}

/// Removes a file that may not be there.
pub(super) fn remove(path: &Utf8Path) -> Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(Error::io("remove", path)(error))
        }
        _ => Ok(()),
    }
}
