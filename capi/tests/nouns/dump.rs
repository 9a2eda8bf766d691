//! What the C programs beside this print, made from the Rust API.

use regraft::{Dependency, Nevra, Origin, PackageFile, RepoConfig, Result, Treefile, Verification};
use serde_json::json;
use std::fmt::Display;

/// One `key=value` a line, as `dump.h` writes it.
#[derive(Default)]
pub(crate) struct Dump(String);

impl Dump {
    pub(crate) fn finish(self) -> String {
        self.0
    }

    fn line(&mut self, key: &str, value: impl Display) {
        self.0.push_str(&format!("{key}={value}\n"));
    }

    pub(crate) fn text(&mut self, key: &str, value: impl AsRef<str>) {
        let value = value.as_ref().replace('\\', "\\\\").replace('\n', "\\n");
        self.line(key, value);
    }

    pub(crate) fn optional(&mut self, key: &str, value: Option<impl AsRef<str>>) {
        match value {
            Some(value) => self.text(key, value),
            None => self.0.push_str(&format!("{key} is NULL\n")),
        }
    }

    pub(crate) fn texts<T: AsRef<str>>(&mut self, key: &str, list: impl IntoIterator<Item = T>) {
        for value in list {
            self.text(key, value);
        }
    }

    pub(crate) fn number(&mut self, key: &str, value: impl Into<u64>) {
        self.line(key, value.into());
    }

    pub(crate) fn flag(&mut self, key: &str, value: bool) {
        self.line(key, value);
    }

    /// 1, 0 or -1.
    fn tri(&mut self, key: &str, value: Option<bool>) {
        self.line(key, value.map_or(-1, i32::from));
    }

    pub(crate) fn nevra(&mut self, nevra: &Nevra) {
        self.text("nevra", nevra.to_string());
        self.text("name", &nevra.name);
        self.number("epoch", nevra.evr.epoch);
        self.text("version", &nevra.evr.version);
        self.text("release", &nevra.evr.release);
        self.text("arch", &nevra.arch);
    }

    pub(crate) fn dependencies(&mut self, list: &[Dependency]) {
        for dependency in list {
            self.text("dependency", dependency.to_string());
            self.text("capability", &dependency.name);
            self.number("sense", dependency.sense.bits());
            self.text("at", &dependency.version);
        }
    }

    pub(crate) fn files(&mut self, list: &[PackageFile]) {
        for file in list {
            self.text("path", &file.path);
            self.number("mode", file.mode);
            self.number("size", file.size);
            self.text("user", &file.user);
            self.text("group", &file.group);
            self.text("digest", &file.digest);
            self.text("link_target", &file.link_target);
            self.number("flags", file.flags);
            self.number("mtime", file.mtime);
            self.text("capabilities", &file.capabilities);
            self.text("language", &file.language);
            self.number("device", file.inode.0);
            self.number("inode", file.inode.1);
            self.number("rdev", file.rdev);
            self.number("color", file.color);
            self.flag("is_config", file.is_config());
            self.flag("is_doc", file.is_doc());
            self.flag("is_ghost", file.is_ghost());
            self.flag("is_dir", file.is_dir());
            self.flag("is_symlink", file.is_symlink());
            self.flag("is_regular", file.is_regular());
        }
    }

    pub(crate) fn verification(&mut self, found: Result<Verification>) {
        let found = match found {
            Ok(found) => found,
            Err(error) => {
                self.text("error", error.kind().name());
                self.text("message", error.to_string());
                return;
            }
        };
        for digest in found.digests() {
            self.text("covers", digest.covers);
            self.text("algorithm", digest.algorithm);
        }
        if let Some(signer) = found.signer() {
            self.text("fingerprint", signer.fingerprint());
            self.text("user_id", signer.user_id());
            self.text("keyring_name", signer.keyring_name());
            let time = signer.time().unwrap();
            let time = time.duration_since(std::time::UNIX_EPOCH).unwrap();
            self.number("time", time.as_secs());
        }
        self.texts("note", found.notes());
        self.text("text", found.to_string());
        self.text("json", found.to_json().to_string());
    }

    pub(crate) fn repositories(&mut self, list: &[RepoConfig]) {
        for repo in list {
            self.text("id", &repo.id);
            self.text("name", &repo.name);
            self.flag("enabled", repo.enabled);
            self.texts("baseurl", &repo.baseurl);
            self.optional("mirrorlist", repo.mirrorlist.as_ref());
            self.optional("metalink", repo.metalink.as_ref());
            self.texts("gpgkey", &repo.gpgkey);
            self.flag("gpgcheck", repo.gpgcheck);
            self.flag("repo_gpgcheck", repo.repo_gpgcheck);
            self.texts("excludepkgs", &repo.excludepkgs);
            self.texts("includepkgs", &repo.includepkgs);
            self.line("priority", repo.priority);
            self.line("cost", repo.cost);
            self.flag("sslverify", repo.sslverify);
            self.optional("sslcacert", repo.sslcacert.as_ref());
            self.optional("sslclientcert", repo.sslclientcert.as_ref());
            self.optional("sslclientkey", repo.sslclientkey.as_ref());
            self.optional("proxy", repo.proxy.as_ref());
            self.optional("proxy_username", repo.proxy_username.as_ref());
            let password = repo.proxy_password.as_ref();
            self.optional("proxy_password", password.map(|it| it.reveal()));
            self.optional("username", repo.username.as_ref());
            self.optional("password", repo.password.as_ref().map(|it| it.reveal()));
            let expire = repo.metadata_expire.map(|time| time.as_secs() as i64);
            self.line("metadata_expire", expire.unwrap_or(-1));
            self.number("timeout", repo.timeout);
            self.number("minrate", repo.minrate);
            self.flag("skip_if_unavailable", repo.skip_if_unavailable);
            self.flag("module_hotfixes", repo.module_hotfixes);
            self.flag("countme", repo.countme);
            self.texts("warning", &repo.warnings);
        }
        self.text("json", json!(list).to_string());
    }

    pub(crate) fn treefile(&mut self, treefile: Result<Treefile>) {
        let treefile = match treefile {
            Ok(treefile) => treefile,
            Err(error) => {
                self.text("error", error.kind().name());
                self.text("message", error.to_string());
                return;
            }
        };
        self.optional("ref", treefile.reference.as_ref());
        self.text("basearch", &treefile.basearch);
        self.texts("repo", &treefile.repos);
        self.tri("selinux", treefile.selinux);
        self.texts("package", &treefile.packages);
        self.texts("exclude", &treefile.exclude_packages);
        self.tri("recommends", treefile.recommends);
        self.tri("documentation", treefile.documentation);
        self.texts("lang", &treefile.install_langs);
        self.tri("no_initramfs", treefile.no_initramfs);
        self.tri("tmp_is_dir", treefile.tmp_is_dir);
        self.texts("unit", &treefile.units);
        self.optional("default_target", treefile.default_target.as_ref());
        self.tri("machineid_compat", treefile.machineid_compat);
        self.optional("releasever", treefile.releasever.as_ref());
        let prefix = treefile.automatic_version_prefix.as_ref();
        self.optional("automatic_version_prefix", prefix);
        let script = treefile.postprocess_script.as_ref();
        self.optional("postprocess_script", script.map(|script| &script.name));
        let content = script.map(|script| String::from_utf8_lossy(&script.content));
        self.line("content", content.unwrap_or_default());
        self.text("metadata", json!(treefile.add_commit_metadata).to_string());
        self.optional("directory", treefile.directory.as_ref());
        self.text("json", treefile.flattened_json());
    }

    fn locals(&mut self, key: &str, list: Vec<(String, Nevra)>) {
        for (digest, package) in list {
            self.text(key, digest);
            self.text(key, package.to_string());
        }
    }

    pub(crate) fn origin(&mut self, origin: &Origin) {
        self.optional("refspec", origin.refspec());
        self.optional("container", origin.container_image_reference());
        self.optional("override_commit", origin.override_commit());
        self.optional("unconfigured_state", origin.unconfigured_state());
        self.optional("custom_url", origin.custom().map(|(url, _)| url));
        self.optional(
            "custom_description",
            origin.custom().and_then(|(_, text)| text),
        );
        self.texts("requested", origin.requested());
        self.locals("requested_local", origin.requested_local());
        let fileoverride = origin.requested_local_fileoverride();
        self.locals("requested_local_fileoverride", fileoverride);
        self.texts("remove", origin.overrides_remove());
        self.locals("replace_local", origin.overrides_replace_local());
        for (repo, packages) in origin.overrides_replace() {
            self.text("replace", repo);
            self.texts("replace", packages);
        }
        self.flag("regenerate_initramfs", origin.regenerate_initramfs());
        self.texts("arg", origin.initramfs_args());
        self.texts("etc", origin.initramfs_etc());
        self.flag("cliwrap", origin.cliwrap());
        self.texts("enable", origin.modules_enable());
        self.texts("install", origin.modules_install());
        self.flag("pinned", origin.pinned());
        self.flag("has_requests", origin.has_requests());
        self.optional("unsupported", origin.unsupported());
        self.text("json", origin.to_json().to_string());
        self.text("text", origin.to_text());
    }
}
