//! Repositories as `.repo` files declare them.

use crate::call::{call, value};
use crate::code::regraft_code;
use crate::error::regraft_error;
use crate::handle::{self, Out, Owned, peek};
use crate::memory;
use crate::text::{self, Text, Texts};
use crate::variables::regraft_variables;
use engine::RepoConfig;
use std::ffi::c_char;
use std::sync::OnceLock;

/// One repository: the section of a `.repo` file (dnf.conf(5)). Immutable, and borrowed from a
/// list: any thread.
pub struct regraft_repo_config {
    repo: RepoConfig,
    id: Text,
    name: Text,
    baseurl: Texts,
    mirrorlist: Option<Text>,
    metalink: Option<Text>,
    gpgkey: Texts,
    excludepkgs: Texts,
    includepkgs: Texts,
    sslcacert: Option<Text>,
    sslclientcert: Option<Text>,
    sslclientkey: Option<Text>,
    proxy: Option<Text>,
    proxy_username: Option<Text>,
    proxy_password: Option<Text>,
    username: Option<Text>,
    password: Option<Text>,
    warnings: Texts,
}

/// Repositories, in the order of their files. Immutable: any thread.
pub struct regraft_repo_config_list {
    items: Vec<regraft_repo_config>,
    json: OnceLock<Text>,
}

impl Owned for regraft_repo_config_list {}

impl regraft_repo_config_list {
    fn new(repos: Vec<RepoConfig>) -> regraft_repo_config_list {
        regraft_repo_config_list {
            items: repos.into_iter().map(regraft_repo_config::new).collect(),
            json: OnceLock::new(),
        }
    }

    fn json(&self) -> String {
        let repos: Vec<&RepoConfig> = self.items.iter().map(|item| &item.repo).collect();
        serde_json::json!(repos).to_string()
    }
}

impl regraft_repo_config {
    fn new(repo: RepoConfig) -> regraft_repo_config {
        let text = |text: &Option<String>| text.as_ref().map(Text::new);
        let password = |it: &Option<engine::Password>| it.as_ref().map(|it| Text::new(it.reveal()));
        regraft_repo_config {
            id: Text::new(&repo.id),
            name: Text::new(&repo.name),
            baseurl: Texts::new(&repo.baseurl),
            mirrorlist: text(&repo.mirrorlist),
            metalink: text(&repo.metalink),
            gpgkey: Texts::new(&repo.gpgkey),
            excludepkgs: Texts::new(&repo.excludepkgs),
            includepkgs: Texts::new(&repo.includepkgs),
            sslcacert: text(&repo.sslcacert),
            sslclientcert: text(&repo.sslclientcert),
            sslclientkey: text(&repo.sslclientkey),
            proxy: text(&repo.proxy),
            proxy_username: text(&repo.proxy_username),
            proxy_password: password(&repo.proxy_password),
            username: text(&repo.username),
            password: password(&repo.password),
            warnings: Texts::new(&repo.warnings),
            repo,
        }
    }
}

/// Reads the repositories that a `.repo` file's text declares, in its order; `file` is what errors
/// call it, `variables` may be NULL for none. A section `[main]` is dnf's own and is passed over.
/// The program owns the list; `regraft_repo_config_list_free`.
///
/// Fails with `REGRAFT_ERROR_CONFIG`, naming file and section, for a doubled id, an enabled
/// repository without an address, and a value that means nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_repo_config_parse(
    text: *const c_char,
    file: *const c_char,
    variables: *const regraft_variables,
    list: *mut *mut regraft_repo_config_list,
    error: *mut *mut regraft_error,
) -> regraft_code {
    call(error, || {
        let out = Out::new(list, "list")?;
        let variables = regraft_variables::copy(variables)?;
        let (text, file) = (text::read(text, "text")?, text::read(file, "file")?);
        out.put(regraft_repo_config_list::new(RepoConfig::parse(
            text, file, &variables,
        )?));
        Ok(())
    })
}

/// Reads the repositories of all `.repo` files in a folder, by file name; none where there is no
/// such folder. Otherwise as `regraft_repo_config_parse`; also fails when a file cannot be read, or
/// two files declare one id.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_repo_config_read_dir(
    path: *const c_char,
    variables: *const regraft_variables,
    list: *mut *mut regraft_repo_config_list,
    error: *mut *mut regraft_error,
) -> regraft_code {
    call(error, || {
        let out = Out::new(list, "list")?;
        let variables = regraft_variables::copy(variables)?;
        let path = text::read(path, "path")?;
        out.put(regraft_repo_config_list::new(RepoConfig::read_dir(
            path, &variables,
        )?));
        Ok(())
    })
}

/// Reads the repositories of files that are no longer, or not yet, on a disk: `count` names in
/// `files`, and as many texts in `texts`. The order of the result is that of the names. Otherwise
/// as `regraft_repo_config_parse`; also fails when two files declare one id.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_repo_config_from_files(
    files: *const *const c_char,
    texts: *const *const c_char,
    count: usize,
    variables: *const regraft_variables,
    list: *mut *mut regraft_repo_config_list,
    error: *mut *mut regraft_error,
) -> regraft_code {
    call(error, || {
        let out = Out::new(list, "list")?;
        let variables = regraft_variables::copy(variables)?;
        let files = memory::strings(files, count, "files")?;
        let texts = memory::strings(texts, count, "texts")?;
        let pairs = files.into_iter().zip(texts);
        let pairs = pairs.map(|(file, text)| (file.to_owned(), text.as_bytes().to_vec()));
        out.put(regraft_repo_config_list::new(RepoConfig::from_files(
            pairs, &variables,
        )?));
        Ok(())
    })
}

/// How many repositories there are; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_repo_config_list_count(
    list: *const regraft_repo_config_list,
) -> usize {
    value(0, || Some(peek(list)?.items.len()))
}

/// A repository. NULL where there is none at `index`. Borrowed from the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_repo_config_list_get(
    list: *const regraft_repo_config_list,
    index: usize,
) -> *const regraft_repo_config {
    value(std::ptr::null(), || {
        Some(std::ptr::from_ref(peek(list)?.items.get(index)?))
    })
}

/// The list as a JSON array of objects with the names of the calls below; passwords are three
/// stars. Keys are only ever added. `""` for NULL. Borrowed from the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_repo_config_list_to_json(
    list: *const regraft_repo_config_list,
) -> *const c_char {
    value(text::empty(), || {
        let list = peek(list)?;
        let json = list.json.get_or_init(|| Text::new(list.json()));
        Some(json.pointer())
    })
}

/// Frees a list; NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_repo_config_list_free(list: *mut regraft_repo_config_list) {
    handle::free(list);
}

/// The section's name, by which requests and errors call the repository. `""` for NULL. Borrowed
/// from the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_repo_config_id(repo: *const regraft_repo_config) -> *const c_char {
    value(text::empty(), || Some(peek(repo)?.id.pointer()))
}

/// What people call it. `""` for NULL. Borrowed from the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_repo_config_name(
    repo: *const regraft_repo_config,
) -> *const c_char {
    value(text::empty(), || Some(peek(repo)?.name.pointer()))
}

/// Whether it is used when nobody asks for it by name. False for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_repo_config_enabled(repo: *const regraft_repo_config) -> bool {
    value(false, || Some(peek(repo)?.repo.enabled))
}

/// How many addresses there are; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_repo_config_baseurl_count(
    repo: *const regraft_repo_config,
) -> usize {
    value(0, || Some(peek(repo)?.baseurl.count()))
}

/// An address, the first one preferred. NULL where there is none at `index`. Borrowed from the
/// list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_repo_config_baseurl_get(
    repo: *const regraft_repo_config,
    index: usize,
) -> *const c_char {
    value(std::ptr::null(), || peek(repo)?.baseurl.get(index))
}

/// Where a list of mirrors is, one a line; NULL for none. Borrowed from the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_repo_config_mirrorlist(
    repo: *const regraft_repo_config,
) -> *const c_char {
    value(std::ptr::null(), || {
        Some(text::optional(&peek(repo)?.mirrorlist))
    })
}

/// Where a metalink of its `repomd.xml` is; NULL for none. Borrowed from the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_repo_config_metalink(
    repo: *const regraft_repo_config,
) -> *const c_char {
    value(std::ptr::null(), || {
        Some(text::optional(&peek(repo)?.metalink))
    })
}

/// How many keys there are; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_repo_config_gpgkey_count(
    repo: *const regraft_repo_config,
) -> usize {
    value(0, || Some(peek(repo)?.gpgkey.count()))
}

/// The address of an OpenPGP key that may sign its packages and metadata. NULL where there is none
/// at `index`. Borrowed from the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_repo_config_gpgkey_get(
    repo: *const regraft_repo_config,
    index: usize,
) -> *const c_char {
    value(std::ptr::null(), || peek(repo)?.gpgkey.get(index))
}

/// Whether its packages must be signed by one of the keys. Absent means yes. False for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_repo_config_gpgcheck(repo: *const regraft_repo_config) -> bool {
    value(false, || Some(peek(repo)?.repo.gpgcheck))
}

/// Whether its metadata must be signed by one of the keys. Absent means no. False for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_repo_config_repo_gpgcheck(
    repo: *const regraft_repo_config,
) -> bool {
    value(false, || Some(peek(repo)?.repo.repo_gpgcheck))
}

/// How many patterns there are of packages that are not to be seen; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_repo_config_excludepkgs_count(
    repo: *const regraft_repo_config,
) -> usize {
    value(0, || Some(peek(repo)?.excludepkgs.count()))
}

/// A pattern of packages that are not to be seen. NULL where there is none at `index`. Borrowed
/// from the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_repo_config_excludepkgs_get(
    repo: *const regraft_repo_config,
    index: usize,
) -> *const c_char {
    value(std::ptr::null(), || peek(repo)?.excludepkgs.get(index))
}

/// How many patterns there are of the only packages to be seen; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_repo_config_includepkgs_count(
    repo: *const regraft_repo_config,
) -> usize {
    value(0, || Some(peek(repo)?.includepkgs.count()))
}

/// A pattern of the only packages to be seen; none at all means all packages. NULL where there is
/// none at `index`. Borrowed from the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_repo_config_includepkgs_get(
    repo: *const regraft_repo_config,
    index: usize,
) -> *const c_char {
    value(std::ptr::null(), || peek(repo)?.includepkgs.get(index))
}

/// A repository of a lower number hides the same names in those of higher ones. 99 by default; 0
/// for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_repo_config_priority(repo: *const regraft_repo_config) -> i32 {
    value(0, || Some(peek(repo)?.repo.priority))
}

/// Of equal packages the one from the repository with the lower number is taken. 1000 by default; 0
/// for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_repo_config_cost(repo: *const regraft_repo_config) -> i32 {
    value(0, || Some(peek(repo)?.repo.cost))
}

/// Whether a server's certificate must be good. Absent means yes. False for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_repo_config_sslverify(repo: *const regraft_repo_config) -> bool {
    value(false, || Some(peek(repo)?.repo.sslverify))
}

/// The file of certificate authorities; NULL for the system's. Borrowed from the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_repo_config_sslcacert(
    repo: *const regraft_repo_config,
) -> *const c_char {
    value(std::ptr::null(), || {
        Some(text::optional(&peek(repo)?.sslcacert))
    })
}

/// This client's certificate; NULL for none. Borrowed from the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_repo_config_sslclientcert(
    repo: *const regraft_repo_config,
) -> *const c_char {
    value(std::ptr::null(), || {
        Some(text::optional(&peek(repo)?.sslclientcert))
    })
}

/// The key of this client's certificate; NULL for none. Borrowed from the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_repo_config_sslclientkey(
    repo: *const regraft_repo_config,
) -> *const c_char {
    value(std::ptr::null(), || {
        Some(text::optional(&peek(repo)?.sslclientkey))
    })
}

/// The proxy's address; NULL when not said, `""` (`proxy=_none_`) for no proxy at all. Borrowed
/// from the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_repo_config_proxy(
    repo: *const regraft_repo_config,
) -> *const c_char {
    value(std::ptr::null(), || {
        Some(text::optional(&peek(repo)?.proxy))
    })
}

/// This client's name at the proxy; NULL for none. Borrowed from the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_repo_config_proxy_username(
    repo: *const regraft_repo_config,
) -> *const c_char {
    value(std::ptr::null(), || {
        Some(text::optional(&peek(repo)?.proxy_username))
    })
}

/// Its password there; NULL for none. Borrowed from the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_repo_config_proxy_password(
    repo: *const regraft_repo_config,
) -> *const c_char {
    value(std::ptr::null(), || {
        Some(text::optional(&peek(repo)?.proxy_password))
    })
}

/// This client's name at the server; NULL for none. Borrowed from the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_repo_config_username(
    repo: *const regraft_repo_config,
) -> *const c_char {
    value(std::ptr::null(), || {
        Some(text::optional(&peek(repo)?.username))
    })
}

/// Its password there; NULL for none. Borrowed from the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_repo_config_password(
    repo: *const regraft_repo_config,
) -> *const c_char {
    value(std::ptr::null(), || {
        Some(text::optional(&peek(repo)?.password))
    })
}

/// How old metadata may be before the server is asked for newer, in seconds; -1 for any age, and
/// for NULL. 48 hours by default.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_repo_config_metadata_expire(
    repo: *const regraft_repo_config,
) -> i64 {
    value(-1, || {
        i64::try_from(peek(repo)?.repo.metadata_expire?.as_secs()).ok()
    })
}

/// Seconds until a connection must be there, and for which a transfer may be slower than `minrate`.
/// 30 by default; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_repo_config_timeout(repo: *const regraft_repo_config) -> u32 {
    value(0, || Some(peek(repo)?.repo.timeout))
}

/// Bytes a second. 1000 by default; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_repo_config_minrate(repo: *const regraft_repo_config) -> u32 {
    value(0, || Some(peek(repo)?.repo.minrate))
}

/// Whether it is left out when it cannot be reached, instead of failing the operation. False for
/// NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_repo_config_skip_if_unavailable(
    repo: *const regraft_repo_config,
) -> bool {
    value(false, || Some(peek(repo)?.repo.skip_if_unavailable))
}

/// Whether its packages are seen even where a module hides them. False for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_repo_config_module_hotfixes(
    repo: *const regraft_repo_config,
) -> bool {
    value(false, || Some(peek(repo)?.repo.module_hotfixes))
}

/// Whether its server may count this machine, once a week. False for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_repo_config_countme(repo: *const regraft_repo_config) -> bool {
    value(false, || Some(peek(repo)?.repo.countme))
}

/// How many keys of the section mean nothing here; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_repo_config_warning_count(
    repo: *const regraft_repo_config,
) -> usize {
    value(0, || Some(peek(repo)?.warnings.count()))
}

/// A warning for the user to see: such a key, with the reason. NULL where there is none at `index`.
/// Borrowed from the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn regraft_repo_config_warning_get(
    repo: *const regraft_repo_config,
    index: usize,
) -> *const c_char {
    value(std::ptr::null(), || peek(repo)?.warnings.get(index))
}
