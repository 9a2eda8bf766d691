/* Part of regraft.hpp: the configuration of repositories. */
#ifndef REGRAFT_REPOSITORY_HPP
#define REGRAFT_REPOSITORY_HPP

#include <initializer_list>

#include <regraft/call.hpp>
#include <regraft/src/repository.rs.h>

namespace regraft {

/// Values of the variables that `.repo` files may use. A value, which copies as one.
///
/// `$releasever_major` and `$releasever_minor` follow from `releasever` unless set themselves. A
/// variable that has no value stays in the text as it is, as dnf leaves it.
///
/// ```cpp
/// regraft::Variables variables{{"releasever", "9.4"}, {"basearch", "x86_64"}};
/// variables.substitute("http://mirror/$releasever_major/$basearch");  // http://mirror/9/x86_64
/// ```
class Variables {
 public:
  /// No variable has a value.
  Variables() : variables_(detail::call(bridge::variables_new)) {}

  /// These have one.
  Variables(std::initializer_list<std::pair<std::string_view, std::string_view>> values)
      : Variables() {
    for (const auto& [name, value] : values) set(name, value);
  }

  /// Moves.
  Variables(Variables&&) noexcept = default;
  /// Moves.
  Variables& operator=(Variables&&) noexcept = default;
  /// Copies.
  Variables(const Variables& other)
      : variables_(detail::call(bridge::variables_clone, *other.variables_.share())) {}
  /// Copies.
  Variables& operator=(const Variables& other) {
    if (this != &other) *this = Variables(other);
    return *this;
  }
  ~Variables() = default;

  /// Gives a variable its value.
  Variables& set(std::string_view name, std::string_view value) {
    detail::call(bridge::variables_set, *variables_.share(), detail::text(name),
                 detail::text(value));
    return *this;
  }

  /// A variable's value.
  std::optional<std::string> get(std::string_view name) const {
    return detail::optional(
        detail::call(bridge::variables_get, *variables_.share(), detail::text(name)));
  }

  /// Adds what the files of `etc/yum/vars` and `etc/dnf/vars` below `root` say: one variable a
  /// file, its value in the first line. Symlinks stay below `root`. Throws `Error` of kind `Io`
  /// when a file that is there cannot be read, `Corrupt` when it is too large.
  Variables& read_root(const std::filesystem::path& root) {
    detail::call(bridge::variables_read_root, *variables_.share(), detail::text(root));
    return *this;
  }

  /// `text` with the variables replaced.
  std::string substitute(std::string_view text) const {
    return detail::string(
        detail::call(bridge::variables_substitute, *variables_.share(), detail::text(text)));
  }

  /// Whether they are equal.
  friend bool operator==(const Variables& a, const Variables& b) {
    return detail::call(bridge::variables_equal, *a.variables_.share(), *b.variables_.share());
  }
  /// Whether they differ.
  friend bool operator!=(const Variables& a, const Variables& b) { return !(a == b); }

 private:
  friend struct RepoConfig;
  detail::Handle<bridge::Variables> variables_;
};

/// A password, which is never printed by accident.
class Password {
 public:
  /// Hides `text`.
  explicit Password(std::string text) : text_(std::move(text)) {}

  /// The password itself.
  const std::string& reveal() const noexcept { return text_; }

 private:
  std::string text_;
};

/// Stars, however long it is.
inline std::ostream& operator<<(std::ostream& out, const Password&) { return out << "***"; }

/// One repository: the section of a `.repo` file (dnf.conf(5)).
struct RepoConfig {
  /// The section's name, by which requests and errors call the repository.
  std::string id;
  /// What people call it.
  std::string name;
  /// Whether it is used when nobody asks for it by name.
  bool enabled = true;
  /// Its addresses, the first one preferred.
  std::vector<std::string> baseurl;
  /// Where a list of mirrors is, one a line.
  std::optional<std::string> mirrorlist;
  /// Where a metalink of its `repomd.xml` is.
  std::optional<std::string> metalink;
  /// Addresses of the OpenPGP keys that may sign its packages and metadata.
  std::vector<std::string> gpgkey;
  /// Whether its packages must be signed by one of the keys. Absent means yes.
  bool gpgcheck = true;
  /// Whether its metadata must be signed by one of the keys. Absent means no.
  bool repo_gpgcheck = false;
  /// Patterns of packages that it has and that are not to be seen.
  std::vector<std::string> excludepkgs;
  /// Patterns of the only packages to be seen; empty means all.
  std::vector<std::string> includepkgs;
  /// A repository of a lower number hides the same names in those of higher ones. 99 by default.
  std::int32_t priority = 99;
  /// Of equal packages the one from the repository with the lower number is taken. 1000 by default.
  std::int32_t cost = 1000;
  /// Whether a server's certificate must be good. Absent means yes.
  bool sslverify = true;
  /// The file of certificate authorities, where not the system's.
  std::optional<std::string> sslcacert;
  /// This client's certificate.
  std::optional<std::string> sslclientcert;
  /// The key of this client's certificate.
  std::optional<std::string> sslclientkey;
  /// The proxy's address. An empty text (`proxy=_none_`) means none at all.
  std::optional<std::string> proxy;
  /// This client's name at the proxy.
  std::optional<std::string> proxy_username;
  /// Its password there.
  std::optional<Password> proxy_password;
  /// This client's name at the server.
  std::optional<std::string> username;
  /// Its password there.
  std::optional<Password> password;
  /// How old metadata may be before the server is asked for newer; none means any age. 48 hours by
  /// default.
  std::optional<std::chrono::seconds> metadata_expire;
  /// How long until a connection must be there, and for which a transfer may be slower than
  /// `minrate`. 30 seconds by default.
  std::chrono::seconds timeout{30};
  /// Bytes a second. 1000 by default.
  std::uint32_t minrate = 1000;
  /// Whether it is left out when it cannot be reached, instead of failing the operation.
  bool skip_if_unavailable = false;
  /// Whether its packages are seen even where a module hides them.
  bool module_hotfixes = false;
  /// Whether its server may count this machine, once a week.
  bool countme = false;
  /// Keys of the section that mean nothing here, each with the reason, for the user to see.
  std::vector<std::string> warnings;

  /// A repository at `baseurl` with dnf's defaults and signatures required.
  static RepoConfig at(std::string_view id, std::string_view baseurl);

  /// The repositories that `text` declares, in its order; `file` is what errors call it.
  ///
  /// A `[main]` section is dnf's own and is skipped. A disabled repository without an address has a
  /// warning; an enabled one throws `Error` of kind `Config`, naming the file and the section, as
  /// do doubled ids and values that mean nothing.
  static std::vector<RepoConfig> parse(std::string_view text, std::string_view file,
                                       const Variables& variables = {});

  /// The repositories of all `.repo` files in a folder, by file name; none where there is no such
  /// folder. Throws as `parse`, and `Error` of kind `Io` when a file cannot be read.
  static std::vector<RepoConfig> read_dir(const std::filesystem::path& path,
                                          const Variables& variables = {});

  /// The repositories of files that are no longer, or not yet, on a disk: names and contents. The
  /// order of the result is that of the names. Throws as `parse`; also when two files declare one
  /// id.
  static std::vector<RepoConfig> from_files(
      const std::vector<std::pair<std::string, std::string>>& files,
      const Variables& variables = {});
};

/// `ID: NAME`.
inline std::ostream& operator<<(std::ostream& out, const RepoConfig& repo) {
  return out << repo.id << ": " << repo.name;
}

namespace detail {

inline std::optional<Password> password(const bridge::Text& text) {
  if (!text.present) return std::nullopt;
  return Password(string(text.value));
}

inline RepoConfig value(const bridge::RepoConfig& from, Here = {}) {
  RepoConfig to;
  to.id = string(from.id);
  to.name = string(from.name);
  to.enabled = from.enabled;
  to.baseurl = list(from.baseurl);
  to.mirrorlist = optional(from.mirrorlist);
  to.metalink = optional(from.metalink);
  to.gpgkey = list(from.gpgkey);
  to.gpgcheck = from.gpgcheck;
  to.repo_gpgcheck = from.repo_gpgcheck;
  to.excludepkgs = list(from.excludepkgs);
  to.includepkgs = list(from.includepkgs);
  to.priority = from.priority;
  to.cost = from.cost;
  to.sslverify = from.sslverify;
  to.sslcacert = optional(from.sslcacert);
  to.sslclientcert = optional(from.sslclientcert);
  to.sslclientkey = optional(from.sslclientkey);
  to.proxy = optional(from.proxy);
  to.proxy_username = optional(from.proxy_username);
  to.proxy_password = password(from.proxy_password);
  to.username = optional(from.username);
  to.password = password(from.password);
  if (from.expires)
    to.metadata_expire = std::chrono::seconds(static_cast<std::int64_t>(from.metadata_expire));
  to.timeout = std::chrono::seconds(from.timeout);
  to.minrate = from.minrate;
  to.skip_if_unavailable = from.skip_if_unavailable;
  to.module_hotfixes = from.module_hotfixes;
  to.countme = from.countme;
  to.warnings = list(from.warnings);
  return to;
}

}  // namespace detail

inline RepoConfig RepoConfig::at(std::string_view id, std::string_view baseurl) {
  return detail::value(detail::call(bridge::repo_new, detail::text(id), detail::text(baseurl)));
}

inline std::vector<RepoConfig> RepoConfig::parse(std::string_view text, std::string_view file,
                                                 const Variables& variables) {
  return detail::list(detail::call(bridge::repo_parse, detail::text(text), detail::text(file),
                                   *variables.variables_.share()));
}

inline std::vector<RepoConfig> RepoConfig::read_dir(const std::filesystem::path& path,
                                                    const Variables& variables) {
  return detail::list(detail::call(bridge::repo_read_dir, detail::text(path),
                                   *variables.variables_.share()));
}

inline std::vector<RepoConfig> RepoConfig::from_files(
    const std::vector<std::pair<std::string, std::string>>& files, const Variables& variables) {
  rust::Vec<bridge::NamedFile> named;
  for (const auto& [name, content] : files) {
    bridge::NamedFile file{};
    file.name = detail::owned(name);
    file.content = detail::owned(content);
    named.push_back(std::move(file));
  }
  return detail::list(
      detail::call(bridge::repo_from_files, std::move(named), *variables.variables_.share()));
}

}  // namespace regraft

#endif
