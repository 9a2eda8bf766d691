/* Part of regraft.hpp: the installed set inside a tree. */
#ifndef REGRAFT_RPMDB_HPP
#define REGRAFT_RPMDB_HPP

#include <regraft/package.hpp>
#include <regraft/src/rpmdb.rs.h>

namespace regraft {

/// An installed package, as its stored header describes it. Copies are cheap; any thread may read
/// one.
class Installed : public detail::Dependencies<Installed> {
 public:
  /// Name, version and architecture.
  const Nevra& nevra() const { return facts_->nevra; }
  /// What it is, in one line.
  const std::string& summary() const { return facts_->summary; }
  /// Its licence.
  const std::string& license() const { return facts_->license; }
  /// Who made it; empty where that is not said.
  const std::string& vendor() const { return facts_->vendor; }
  /// The source package that it was built from; empty where that is not said.
  const std::string& source() const { return facts_->source; }
  /// Bytes that its files take.
  std::uint64_t size() const { return facts_->size; }
  /// When it was built.
  std::chrono::system_clock::time_point build_time() const { return facts_->build_time; }
  /// When it was installed.
  std::chrono::system_clock::time_point install_time() const { return facts_->install_time; }
  /// The digest of its header as it was built (SHA-1, hexadecimal); empty for very old packages.
  const std::string& header_digest() const { return facts_->header_digest; }

  /// Everything about it, files included, as one JSON document. Throws as `files`.
  std::string to_json() const {
    return detail::string(detail::call(bridge::installed_json, *installed_.share()));
  }

  /// Its files, in the package's order. Throws `Error` of kind `Corrupt` when the lists in the
  /// header do not fit each other.
  std::vector<PackageFile> files() const {
    return detail::list(detail::call(bridge::installed_files, *installed_.share()));
  }

  /// Whether both are the same package, wherever and whenever it was installed.
  friend bool operator==(const Installed& a, const Installed& b) {
    return detail::call(bridge::installed_equal, *a.installed_.share(), *b.installed_.share());
  }
  /// Whether they differ.
  friend bool operator!=(const Installed& a, const Installed& b) { return !(a == b); }

 private:
  friend class Rpmdb;
  friend class detail::Dependencies<Installed>;

  struct Data {
    explicit Data(const bridge::InstalledFacts& facts)
        : nevra(detail::value(facts.nevra)),
          summary(detail::string(facts.summary)),
          license(detail::string(facts.license)),
          vendor(detail::string(facts.vendor)),
          source(detail::string(facts.source)),
          size(facts.size),
          build_time(detail::time(facts.build_time)),
          install_time(detail::time(facts.install_time)),
          header_digest(detail::string(facts.header_digest)) {}

    Nevra nevra;
    std::string summary, license, vendor, source;
    std::uint64_t size;
    std::chrono::system_clock::time_point build_time, install_time;
    std::string header_digest;
  };

  explicit Installed(rust::Box<bridge::Installed> installed)
      : installed_(std::move(installed)),
        facts_(Data(detail::call(bridge::installed_facts, *installed_.share()))) {}

  std::vector<Dependency> dependencies(bridge::Lists which) const {
    return detail::list(detail::call(bridge::installed_dependencies, *installed_.share(), which));
  }

  detail::Handle<bridge::Installed> installed_;
  detail::Facts<Data> facts_;
};

/// The NEVRA.
inline std::ostream& operator<<(std::ostream& out, const Installed& installed) {
  return out << installed.nevra();
}

/// A tree's rpm database, read-only. Copies are cheap; any thread may ask, and questions to one
/// database wait for each other.
///
/// ```cpp
/// for (const auto& package : regraft::Rpmdb::open("/").packages())
///   std::cout << package << ' ' << package.summary() << '\n';
/// ```
class Rpmdb {
 public:
  /// Opens the database at a path: a file `rpmdb.sqlite`, a folder that has one, or a root that has
  /// one in `usr/share/rpm`, `usr/lib/sysimage/rpm` or `var/lib/rpm` (symlinks do not lead out of
  /// the root). Nothing is written there. What another program writes meanwhile is not seen.
  ///
  /// Throws `Error` of kind `NotFound` when there is none, `Unsupported` for one in NDB or Berkeley
  /// DB format, `Corrupt` for one that is damaged. So do all questions to it.
  static Rpmdb open(const std::filesystem::path& path) {
    return Rpmdb(detail::call(bridge::rpmdb_open, detail::text(path)));
  }

  /// The file that was opened.
  std::filesystem::path file() const {
    return detail::string(detail::call(bridge::rpmdb_file, *db_.share()));
  }

  /// The installed packages, sorted by NEVRA. Public keys, which rpm keeps as packages, are not
  /// among them.
  std::vector<Installed> packages() const { return find(bridge::Which::All, {}); }

  /// The public keys that rpm trusts, which it keeps as packages named `gpg-pubkey`.
  std::vector<Installed> keys() const { return find(bridge::Which::Keys, {}); }

  /// The packages of this name.
  std::vector<Installed> by_name(std::string_view name) const {
    return find(bridge::Which::ByName, name);
  }

  /// The packages that provide a capability (`NAME` or `NAME OPERATOR VERSION`), or for one that
  /// begins with `/` also those that own that file. Throws `Error` of kind `InvalidArgument` for
  /// what is no capability.
  std::vector<Installed> providing(std::string_view capability) const {
    return find(bridge::Which::Providing, capability);
  }

  /// The packages that own a file, by its absolute path as the packages have it. Files that were
  /// left out, or that another package replaced, do not count.
  std::vector<Installed> owning(const std::filesystem::path& path) const {
    return find(bridge::Which::Owning, path.native());
  }

  /// Which packages there are, sorted.
  std::vector<Nevra> nevras() const {
    return detail::list(detail::call(bridge::rpmdb_nevras, *db_.share()));
  }

  /// What has to happen to this database's packages so that they become those of `after`, sorted by
  /// name. Public keys are left out.
  std::vector<Change> diff(const Rpmdb& after) const {
    return detail::list(detail::call(bridge::rpmdb_diff, *db_.share(), *after.db_.share()));
  }

 private:
  friend class Sysroot;

  explicit Rpmdb(rust::Box<bridge::Rpmdb> db) : db_(std::move(db)) {}

  std::vector<Installed> find(bridge::Which which, std::string_view key) const {
    const auto found = detail::call(bridge::rpmdb_packages, *db_.share(), which, detail::text(key));
    const std::size_t count = detail::call(bridge::installed_count, *found);
    std::vector<Installed> packages;
    packages.reserve(count);
    for (std::size_t place = 0; place < count; ++place)
      packages.push_back(Installed(detail::call(bridge::installed_take, *found, place)));
    return packages;
  }

  detail::Handle<bridge::Rpmdb> db_;
};

}  // namespace regraft

#endif
