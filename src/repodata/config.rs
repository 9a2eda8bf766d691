//! Repositories as `.repo` files declare them.

use super::files::{self, MAX_CONFIG};
use super::ini::{self, Section};
use super::variables::Variables;
use crate::error::{Error, Result};
use camino::Utf8Path;
use serde::{Serialize, Serializer};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;

/// One repository: the section of a `.repo` file (dnf.conf(5)).
///
/// ```
/// use regraft::{RepoConfig, Variables};
///
/// let text = "
/// [updates]
/// name=Updates for $releasever
/// baseurl=http://mirror.example.com/$releasever/$basearch/
/// gpgkey=file:///etc/pki/rpm-gpg/RPM-GPG-KEY-example
/// excludepkgs=kernel*, shim
/// ";
/// let variables = Variables::new().with("releasever", "39").with("basearch", "x86_64");
/// let repositories = RepoConfig::parse(text, "updates.repo", &variables)?;
/// assert_eq!(repositories[0].baseurl, ["http://mirror.example.com/39/x86_64/"]);
/// assert!(repositories[0].gpgcheck, "packages' signatures are checked unless that is turned off");
/// # Ok::<(), regraft::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RepoConfig {
    /// The section's name, by which requests and errors call the repository.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Whether it is used when nobody asks for it by name.
    pub enabled: bool,
    /// Its addresses, the first one preferred.
    pub baseurl: Vec<String>,
    /// Where a list of mirrors is, one a line.
    pub mirrorlist: Option<String>,
    /// Where a metalink of its `repomd.xml` is.
    pub metalink: Option<String>,
    /// Addresses of the OpenPGP keys that may sign its packages and metadata.
    pub gpgkey: Vec<String>,
    /// Whether its packages must be signed by one of the keys. Absent means yes.
    pub gpgcheck: bool,
    /// Whether its metadata must be signed by one of the keys. Absent means no.
    pub repo_gpgcheck: bool,
    /// Patterns of packages that it has and that are not to be seen.
    pub excludepkgs: Vec<String>,
    /// Patterns of the only packages to be seen; empty means all.
    pub includepkgs: Vec<String>,
    /// A repository of a lower number hides the same names in those of higher ones. 99 by default.
    pub priority: i32,
    /// Of equal packages the one from the repository with the lower number is taken. 1000 by
    /// default.
    pub cost: i32,
    /// Whether a server's certificate must be good. Absent means yes.
    pub sslverify: bool,
    /// The file of certificate authorities, where not the system's.
    pub sslcacert: Option<String>,
    /// This client's certificate.
    pub sslclientcert: Option<String>,
    /// The key of this client's certificate.
    pub sslclientkey: Option<String>,
    /// The proxy's address. `Some` of an empty text (`proxy=_none_`) means none at all.
    pub proxy: Option<String>,
    /// This client's name at the proxy.
    pub proxy_username: Option<String>,
    /// Its password there.
    pub proxy_password: Option<Password>,
    /// This client's name at the server.
    pub username: Option<String>,
    /// Its password there.
    pub password: Option<Password>,
    /// How old metadata may be before the server is asked for newer; `None` means any age. 48
    /// hours by default.
    #[serde(serialize_with = "seconds")]
    pub metadata_expire: Option<Duration>,
    /// Seconds until a connection must be there, and for which a transfer may be slower than
    /// `minrate`. 30 by default, at most 3600; 0 means 1.
    ///
    /// An address that gives nothing is tried four times, so it is given up after four times this
    /// (two minutes by default), and a file of N bytes takes no longer than N / `minrate` more. The
    /// largest files taken are 4 MiB of `repomd.xml`, 1 GiB of other metadata, 16 GiB of a package.
    /// A cancel is heard within a second at any time.
    pub timeout: u32,
    /// Bytes a second. 1000 by default; 0 means 1.
    pub minrate: u32,
    /// Whether it is left out when it cannot be reached, instead of failing the operation.
    pub skip_if_unavailable: bool,
    /// Whether its packages are seen even where a module hides them.
    pub module_hotfixes: bool,
    /// Whether its server may count this machine, once a week.
    pub countme: bool,
    /// Keys of the section that mean nothing here, each with the reason, for the user to see.
    pub warnings: Vec<String>,
}

/// A password, which is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

impl Password {
    /// Hides `text`.
    pub fn new(text: impl Into<String>) -> Password {
        Password(text.into())
    }

    /// The password itself.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// Three stars: what is serialised is often logged.
impl Serialize for Password {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str("***")
    }
}

fn seconds<S: Serializer>(time: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
    time.map(|time| time.as_secs()).serialize(serializer)
}

/// dnf.conf(5): the default of `metadata_expire`.
const METADATA_EXPIRE: Duration = Duration::from_secs(48 * 60 * 60);

/// Keys of dnf that need no warning: they shape how dnf itself shows, stores or fetches, and what
/// is installed stays the same without them.
const HARMLESS: [&str; 17] = [
    "enablegroups",
    "failovermethod",
    "fastestmirror",
    "deltarpm",
    "deltarpm_percentage",
    "keepcache",
    "max_parallel_downloads",
    "bandwidth",
    "throttle",
    "retries",
    "ip_resolve",
    "metadata_timer_sync",
    "mdpolicy",
    "http_caching",
    "keepalive",
    "user_agent",
    "ui_repoid_vars",
];

impl RepoConfig {
    /// A repository at `baseurl` with dnf's defaults and signatures required.
    pub fn new(id: &str, baseurl: &str) -> RepoConfig {
        RepoConfig {
            baseurl: vec![baseurl.to_owned()],
            ..RepoConfig::blank(id)
        }
    }

    fn blank(id: &str) -> RepoConfig {
        RepoConfig {
            id: id.to_owned(),
            name: id.to_owned(),
            enabled: true,
            baseurl: Vec::new(),
            mirrorlist: None,
            metalink: None,
            gpgkey: Vec::new(),
            gpgcheck: true,
            repo_gpgcheck: false,
            excludepkgs: Vec::new(),
            includepkgs: Vec::new(),
            priority: 99,
            cost: 1000,
            sslverify: true,
            sslcacert: None,
            sslclientcert: None,
            sslclientkey: None,
            proxy: None,
            proxy_username: None,
            proxy_password: None,
            username: None,
            password: None,
            metadata_expire: Some(METADATA_EXPIRE),
            timeout: 30,
            minrate: 1000,
            skip_if_unavailable: false,
            module_hotfixes: false,
            countme: false,
            warnings: Vec::new(),
        }
    }

    /// The repositories that `text` declares, in its order; `file` is what errors call it.
    ///
    /// A `[main]` section is dnf's own and is skipped. A disabled repository without an address
    /// has a warning; an enabled one is an error, as are doubled ids and values that mean nothing:
    /// kind `Config`, naming the file and the section.
    ///
    /// # Errors
    ///
    /// [`Error::Config`], naming file and section.
    pub fn parse(text: &str, file: &str, variables: &Variables) -> Result<Vec<RepoConfig>> {
        let mut repositories: Vec<RepoConfig> = Vec::new();
        let mut ids = BTreeSet::new();
        for section in ini::parse(text, file)? {
            if section.name == "main" {
                continue;
            }
            let repository = from_section(&section, file, variables)?;
            if !ids.insert(repository.id.clone()) {
                return Err(wrong(
                    file,
                    &repository.id,
                    "this id is there twice; rename one",
                ));
            }
            repositories.push(repository);
        }
        Ok(repositories)
    }

    /// The repositories of all `.repo` files in a folder, by file name; none where there is no
    /// such folder.
    ///
    /// # Errors
    ///
    /// As [`RepoConfig::parse`], and [`Error::Io`] when a file cannot be read.
    pub fn read_dir(path: impl AsRef<Utf8Path>, variables: &Variables) -> Result<Vec<RepoConfig>> {
        let path = path.as_ref();
        let mut found = Vec::new();
        for name in files::list_below(path, Utf8Path::new("."))? {
            if name.ends_with(".repo") {
                let file = path.join(&name).into_string();
                let bytes = files::read_below(path, Utf8Path::new(&name), MAX_CONFIG);
                let bytes = bytes.map_err(|error| unreadable(&file, error))?;
                found.push((file, bytes));
            }
        }
        RepoConfig::from_files(found, variables)
    }

    /// The repositories of files that are no longer, or not yet, on a disk: names and contents.
    /// The order of the result is that of the names.
    ///
    /// # Errors
    ///
    /// As [`RepoConfig::parse`]; also when two files declare one id.
    pub fn from_files(
        files: impl IntoIterator<Item = (String, Vec<u8>)>,
        variables: &Variables,
    ) -> Result<Vec<RepoConfig>> {
        let mut files: Vec<(String, Vec<u8>)> = files.into_iter().collect();
        files.sort();
        let mut seen: BTreeMap<String, String> = BTreeMap::new();
        let mut repositories = Vec::new();
        for (file, bytes) in files {
            let text = files::text(bytes, &file)?;
            for repository in RepoConfig::parse(&text, &file, variables)? {
                if let Some(other) = seen.insert(repository.id.clone(), file.clone()) {
                    let reason = format!("this id is also in {other}; rename one");
                    return Err(wrong(&file, &repository.id, reason));
                }
                repositories.push(repository);
            }
        }
        Ok(repositories)
    }

    /// The address by which the repository's cache is told from those of others.
    pub(super) fn main_url(&self) -> Option<&str> {
        self.metalink
            .as_deref()
            .or(self.mirrorlist.as_deref())
            .or(self.baseurl.first().map(String::as_str))
    }
}

/// A file that cannot be one of repositories.
fn unreadable(file: &str, error: Error) -> Error {
    let reason = match error {
        Error::Corrupt { reason, .. } => reason,
        Error::Io { source, .. } if source.kind() == std::io::ErrorKind::NotFound => {
            "it is a symlink to nothing".to_owned()
        }
        other => return other,
    };
    Error::Config {
        file: file.to_owned(),
        reason: format!("{reason}; correct or remove it"),
    }
}

fn from_section(section: &Section, file: &str, variables: &Variables) -> Result<RepoConfig> {
    let id = variables.substitute(&section.name);
    if let Some(bad) = id.chars().find(|c| !is_id_char(*c)) {
        let reason =
            format!("{bad:?} cannot be in a repository's id: letters, digits and -_.: can");
        return Err(wrong(file, &id, reason));
    }
    if id.starts_with('.') {
        return Err(wrong(
            file,
            &id,
            "a repository's id cannot begin with a dot",
        ));
    }
    let mut repository = RepoConfig::blank(&id);
    for (key, value) in &section.keys {
        let value = variables.substitute(value);
        set(&mut repository, key, &value)
            .map_err(|reason| wrong(file, &id, format!("{key}={value:?}: {reason}")))?;
    }
    if repository.main_url().is_none() {
        let reason = "it has no address: give it a baseurl, mirrorlist or metalink";
        if repository.enabled {
            return Err(wrong(file, &id, reason));
        }
        repository.warnings.push(reason.to_owned());
    }
    Ok(repository)
}

/// Gives one key's value to its field. The last one of a doubled key wins, as with dnf.
fn set(repository: &mut RepoConfig, key: &str, value: &str) -> Result<(), String> {
    let repo = repository;
    match key {
        "name" => repo.name = value.to_owned(),
        "enabled" => repo.enabled = boolean(value)?,
        "baseurl" => repo.baseurl = urls(value)?,
        "mirrorlist" => repo.mirrorlist = optional(value).map(url).transpose()?,
        "metalink" => repo.metalink = optional(value).map(url).transpose()?,
        "gpgkey" => repo.gpgkey = urls(value)?,
        "gpgcheck" | "pkg_gpgcheck" => repo.gpgcheck = boolean(value)?,
        "repo_gpgcheck" => repo.repo_gpgcheck = boolean(value)?,
        "excludepkgs" | "exclude" => repo.excludepkgs.extend(list(value)),
        "includepkgs" => repo.includepkgs.extend(list(value)),
        "priority" => repo.priority = number(value)?,
        "cost" => repo.cost = number(value)?,
        "sslverify" => repo.sslverify = boolean(value)?,
        "sslcacert" => repo.sslcacert = path(value)?,
        "sslclientcert" => repo.sslclientcert = path(value)?,
        "sslclientkey" => repo.sslclientkey = path(value)?,
        "proxy" => {
            repo.proxy = match value {
                "" | "_none_" => Some(String::new()),
                other => Some(proxy(other)?),
            }
        }
        "proxy_username" => repo.proxy_username = optional(value).map(str::to_owned),
        "proxy_password" => repo.proxy_password = optional(value).map(Password::new),
        "username" => repo.username = optional(value).map(str::to_owned),
        "password" => repo.password = optional(value).map(Password::new),
        "metadata_expire" => repo.metadata_expire = age(value)?,
        "timeout" => repo.timeout = number(value)?,
        "minrate" => repo.minrate = number(value)?,
        "skip_if_unavailable" => repo.skip_if_unavailable = boolean(value)?,
        "module_hotfixes" => repo.module_hotfixes = boolean(value)?,
        "countme" => repo.countme = boolean(value)?,
        "type" => kind(value)?,
        key if HARMLESS.contains(&key) => {}
        key => repo
            .warnings
            .push(format!("{key}: this key is not known and has no effect")),
    }
    Ok(())
}

fn wrong(file: &str, section: &str, reason: impl fmt::Display) -> Error {
    Error::Config {
        file: file.to_owned(),
        reason: format!("[{section}] {reason}"),
    }
}

fn is_id_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | ':')
}

fn optional(value: &str) -> Option<&str> {
    Some(value).filter(|value| !value.is_empty())
}

fn list(value: &str) -> impl Iterator<Item = String> {
    value
        .split([' ', ',', '\n', '\t'])
        .filter(|item| !item.is_empty())
        .map(str::to_owned)
}

fn boolean(value: &str) -> Result<bool, String> {
    match value.to_ascii_lowercase().as_str() {
        "1" | "yes" | "true" | "on" => Ok(true),
        "0" | "no" | "false" | "off" => Ok(false),
        _ => Err("it is neither 1, yes, true, on nor 0, no, false, off".to_owned()),
    }
}

fn number<T: std::str::FromStr + TryFrom<i64>>(value: &str) -> Result<T, String> {
    value
        .parse()
        .map_err(|_| "it is no whole number in range".to_owned())
}

/// dnf.conf(5): seconds, or a number with `s`, `m`, `h`, `d`; `-1` and `never` mean any age.
fn age(value: &str) -> Result<Option<Duration>, String> {
    if value == "-1" || value.eq_ignore_ascii_case("never") {
        return Ok(None);
    }
    let (digits, unit) = match value.char_indices().last() {
        Some((at, last)) if last.is_ascii_alphabetic() => (&value[..at], Some(last)),
        _ => (value, None),
    };
    let factor = match unit.map(|unit| unit.to_ascii_lowercase()) {
        None | Some('s') => 1.0,
        Some('m') => 60.0,
        Some('h') => 3600.0,
        Some('d') => 86400.0,
        Some(_) => return Err("its unit is none of s, m, h, d".to_owned()),
    };
    digits
        .trim()
        .parse::<f64>()
        .ok()
        .and_then(|number| Duration::try_from_secs_f64(number * factor).ok())
        .map(Some)
        .ok_or_else(|| "it is no length of time: 3600, 90m, 6h, 2d or never".to_owned())
}

fn kind(value: &str) -> Result<(), String> {
    match value {
        "rpm-md" | "rpm" | "repomd" | "rpmmd" | "yum" | "YUM" | "yum-md" => Ok(()),
        _ => Err("only rpm-md repositories are known".to_owned()),
    }
}

fn path(value: &str) -> Result<Option<String>, String> {
    match value {
        "" => Ok(None),
        value if value.starts_with('/') => Ok(Some(value.to_owned())),
        _ => Err("it is no absolute path".to_owned()),
    }
}

fn urls(value: &str) -> Result<Vec<String>, String> {
    list(value).map(|item| url(&item)).collect()
}

/// An absolute path is a `file://` address too.
fn url(value: &str) -> Result<String, String> {
    if value.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err("an address has no spaces and no control characters".to_owned());
    }
    if value.starts_with('/') {
        return Ok(format!("file://{value}"));
    }
    let (scheme, rest) = value.split_once(':').ok_or_else(|| {
        "it is no address: it begins with http://, https://, ftp:// or file://".to_owned()
    })?;
    match (scheme.to_ascii_lowercase().as_str(), rest) {
        ("file", rest) if rest.starts_with('/') => {
            let path = rest.strip_prefix("//").unwrap_or(rest);
            match path.strip_prefix("localhost/") {
                Some(path) => Ok(format!("file:///{path}")),
                None if path.starts_with('/') => Ok(format!("file://{path}")),
                None => Err("a file:// address has an absolute path".to_owned()),
            }
        }
        ("http" | "https" | "ftp", rest) if rest.len() > 2 && rest.starts_with("//") => {
            Ok(value.to_owned())
        }
        _ => {
            Err("it is no address: it begins with http://, https://, ftp:// or file://".to_owned())
        }
    }
}

fn proxy(value: &str) -> Result<String, String> {
    let known = [
        "http://",
        "https://",
        "socks4://",
        "socks4a://",
        "socks5://",
        "socks5h://",
    ];
    let scheme = known.iter().find(|scheme| value.starts_with(**scheme));
    match scheme {
        Some(scheme) if value.len() > scheme.len() => Ok(value.to_owned()),
        _ => Err(format!(
            "it is no proxy's address: it begins with {}",
            known.join(", ")
        )),
    }
}
