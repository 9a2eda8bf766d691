/* Part of regraft.hpp: package files, and the keys that may have signed them. */
#ifndef REGRAFT_PACKAGE_HPP
#define REGRAFT_PACKAGE_HPP

#include <regraft/src/package.rs.h>
#include <regraft/transaction.hpp>

namespace regraft {

/// One file of a package, as its header describes it.
struct PackageFile {
  /// The absolute path, as in the header.
  std::string path;
  /// File type and permissions, as in `st_mode`.
  std::uint32_t mode = 0;
  /// Size in bytes, as in `st_size`.
  std::uint64_t size = 0;
  /// Owner by name.
  std::string user;
  /// Group by name.
  std::string group;
  /// Digest of the content in hexadecimal; empty for all but regular files.
  std::string digest;
  /// What a symlink points to; empty for others.
  std::string link_target;
  /// `%config`, `%doc`, `%ghost`: bits of rpm's `RPMFILE_*`.
  std::uint32_t flags = 0;
  /// When it was changed last.
  std::chrono::system_clock::time_point mtime;
  /// File capabilities in text form; empty for none.
  std::string capabilities;
  /// The language that the file is for; empty for all.
  std::string language;
  /// Device and inode at build time: equal ones are hard links of each other.
  std::pair<std::uint64_t, std::uint64_t> inode;
  /// For a device node, its number.
  std::uint64_t rdev = 0;
  /// 1 for 32-bit ELF files, 2 for 64-bit ones, 0 for others.
  std::uint32_t color = 0;

  /// A `%config` file.
  bool is_config() const noexcept { return (flags & 1) != 0; }
  /// Documentation.
  bool is_doc() const noexcept { return (flags & 2) != 0; }
  /// Owned, but not in the payload.
  bool is_ghost() const noexcept { return (flags & 64) != 0; }
  /// A directory.
  bool is_dir() const noexcept { return (mode & 0170000) == 0040000; }
  /// A symlink.
  bool is_symlink() const noexcept { return (mode & 0170000) == 0120000; }
  /// A regular file.
  bool is_regular() const noexcept { return (mode & 0170000) == 0100000; }
};

inline bool operator==(const PackageFile& a, const PackageFile& b) {
  const auto tied = [](const PackageFile& v) {
    return std::tie(v.path, v.mode, v.size, v.user, v.group, v.digest, v.link_target, v.flags,
                    v.mtime, v.capabilities, v.language, v.inode, v.rdev, v.color);
  };
  return tied(a) == tied(b);
}
inline bool operator!=(const PackageFile& a, const PackageFile& b) { return !(a == b); }

/// The path.
inline std::ostream& operator<<(std::ostream& out, const PackageFile& file) {
  return out << file.path;
}

/// One entry of a package's changelog.
struct ChangelogEntry {
  /// When.
  std::chrono::system_clock::time_point time;
  /// Who, and for which version.
  std::string author;
  /// What was changed.
  std::string text;
};

inline bool operator==(const ChangelogEntry& a, const ChangelogEntry& b) {
  return std::tie(a.time, a.author, a.text) == std::tie(b.time, b.author, b.text);
}
inline bool operator!=(const ChangelogEntry& a, const ChangelogEntry& b) { return !(a == b); }

/// `* AUTHOR` and the text below it, as in a spec file.
inline std::ostream& operator<<(std::ostream& out, const ChangelogEntry& entry) {
  return out << "* " << entry.author << '\n' << entry.text;
}

/// A digest that was promised and found.
struct VerifiedDigest {
  /// What it covers: `header`, `payload`, `header and payload`.
  std::string covers;
  /// `sha256` and so on.
  std::string algorithm;
};

inline bool operator==(const VerifiedDigest& a, const VerifiedDigest& b) {
  return std::tie(a.covers, a.algorithm) == std::tie(b.covers, b.algorithm);
}
inline bool operator!=(const VerifiedDigest& a, const VerifiedDigest& b) { return !(a == b); }

/// `ALGORITHM of COVERS`.
inline std::ostream& operator<<(std::ostream& out, const VerifiedDigest& digest) {
  return out << digest.algorithm << " of " << digest.covers;
}

/// Who signed.
struct Signer {
  /// The fingerprint of the key that signed (which may be a subkey), in hexadecimal.
  std::string fingerprint;
  /// The first user ID of the certificate: `Fedora (41) <fedora-41-primary@fedoraproject.org>`.
  std::string user_id;
  /// Where the keyring has the certificate from: the name given to `Keyring::add`.
  std::string keyring_name;
  /// When it was signed, as the signature says.
  std::optional<std::chrono::system_clock::time_point> time;
};

inline bool operator==(const Signer& a, const Signer& b) {
  const auto tied = [](const Signer& v) {
    return std::tie(v.fingerprint, v.user_id, v.keyring_name, v.time);
  };
  return tied(a) == tied(b);
}
inline bool operator!=(const Signer& a, const Signer& b) { return !(a == b); }

/// The user ID.
inline std::ostream& operator<<(std::ostream& out, const Signer& signer) {
  return out << signer.user_id;
}

/// What `Package::verify` found to be true.
struct Verification {
  /// The digests, all of them right.
  std::vector<VerifiedDigest> digests;
  /// The key that signed it; none when it is not signed by a key of the keyring, which can only be
  /// with `Signature::NotRequired`.
  std::optional<Signer> signer;
  /// What a careful reader would like to know: that nothing strong covers the header, that a
  /// signature is by an unknown key.
  std::vector<std::string> notes;
  /// One line: which digests are right and who signed it.
  std::string text;
  /// The same as one JSON document.
  std::string json;
};

inline bool operator==(const Verification& a, const Verification& b) {
  return std::tie(a.digests, a.signer, a.notes) == std::tie(b.digests, b.signer, b.notes);
}
inline bool operator!=(const Verification& a, const Verification& b) { return !(a == b); }

inline std::ostream& operator<<(std::ostream& out, const Verification& verification) {
  return out << verification.text;
}

namespace detail {

inline PackageFile value(const bridge::PackageFile& file, Here = {}) {
  return {string(file.path),         file.mode,
          file.size,                 string(file.user),
          string(file.group),        string(file.digest),
          string(file.link_target),  file.flags,
          time(file.mtime),          string(file.capabilities),
          string(file.language),     {file.device, file.inode},
          file.rdev,                 file.color};
}

inline ChangelogEntry value(const bridge::ChangelogEntry& entry, Here = {}) {
  return {time(entry.time), string(entry.author), string(entry.text)};
}

inline VerifiedDigest value(const bridge::VerifiedDigest& digest, Here = {}) {
  return {string(digest.covers), string(digest.algorithm)};
}

inline Verification value(const bridge::Verification& found, Here = {}) {
  std::optional<Signer> signer;
  if (found.has_signer) {
    signer = Signer{string(found.fingerprint), string(found.user_id), string(found.keyring_name),
                    std::nullopt};
    if (found.has_time) signer->time = time(found.time);
  }
  return {list(found.digests), std::move(signer), list(found.notes), string(found.text),
          string(found.json)};
}

/// What `Package` and `Installed` say about other packages.
template <class Self>
class Dependencies {
 public:
  /// What it provides, itself included.
  std::vector<Dependency> provides() const { return of(bridge::Lists::Provides); }
  /// What it requires, `rpmlib(...)` (features of the installer) included.
  std::vector<Dependency> requirements() const { return of(bridge::Lists::Requires); }
  /// What it cannot be installed with.
  std::vector<Dependency> conflicts() const { return of(bridge::Lists::Conflicts); }
  /// What it replaces.
  std::vector<Dependency> obsoletes() const { return of(bridge::Lists::Obsoletes); }
  /// What is installed with it unless that is impossible or unwanted.
  std::vector<Dependency> recommends() const { return of(bridge::Lists::Recommends); }
  /// What goes well with it.
  std::vector<Dependency> suggests() const { return of(bridge::Lists::Suggests); }
  /// What recommends it in reverse.
  std::vector<Dependency> supplements() const { return of(bridge::Lists::Supplements); }
  /// What suggests it in reverse.
  std::vector<Dependency> enhances() const { return of(bridge::Lists::Enhances); }

 private:
  std::vector<Dependency> of(bridge::Lists which) const {
    return static_cast<const Self*>(this)->dependencies(which);
  }
};

}  // namespace detail

/// OpenPGP certificates that are trusted; a package must be signed by one of them. A value, which
/// copies as one.
class Keyring {
 public:
  /// A keyring without keys: it accepts no signature.
  Keyring() : keyring_(detail::call(bridge::keyring_new)) {}

  /// Moves.
  Keyring(Keyring&&) noexcept = default;
  /// Moves.
  Keyring& operator=(Keyring&&) noexcept = default;
  /// Copies.
  Keyring(const Keyring& other)
      : keyring_(detail::call(bridge::keyring_clone, *other.keyring_.share())) {}
  /// Copies.
  Keyring& operator=(const Keyring& other) {
    if (this != &other) *this = Keyring(other);
    return *this;
  }
  ~Keyring() = default;

  /// Whether it has no keys.
  bool is_empty() const { return detail::call(bridge::keyring_is_empty, *keyring_.share()); }

  /// Trusts the certificates in `bytes`, armored (any number of blocks) or binary; `name` says
  /// where they are from. Returns how many there are. Throws `Error` of kind `Corrupt` where there
  /// is none.
  std::size_t add(std::string_view bytes, std::string_view name) {
    return detail::call(bridge::keyring_add, *keyring_.share(), detail::bytes(bytes),
                        detail::text(name));
  }

  /// `add` with a file's content and its path as name. Throws `Error` of kind `Io`, and as `add`.
  std::size_t add_file(const std::filesystem::path& path) {
    return detail::call(bridge::keyring_add_file, *keyring_.share(), detail::text(path));
  }

  /// `add_file` with each file of a folder, such as `/etc/pki/rpm-gpg`, in the order of their
  /// names; files without a usable key are passed over. A folder that is not there has none.
  std::size_t add_dir(const std::filesystem::path& path) {
    return detail::call(bridge::keyring_add_dir, *keyring_.share(), detail::text(path));
  }

 private:
  friend class Package;
  detail::Handle<bridge::Keyring> keyring_;
};

/// One RPM package file: its headers, and the open file for the payload. Copies are cheap; any
/// thread may read one.
///
/// ```cpp
/// auto package = regraft::Package::open("tree-2.1.0-1.x86_64.rpm");
/// regraft::Keyring keyring;
/// keyring.add_dir("/etc/pki/rpm-gpg");
/// std::cout << package << ": " << package.verify(keyring) << '\n';
/// ```
class Package : public detail::Dependencies<Package> {
 public:
  /// Reads a package's headers. The file stays open for the payload. Throws `Error` of kind `Io`
  /// where the file cannot be read, `Corrupt` where it is no RPM or damaged; nothing is verified
  /// yet.
  static Package open(const std::filesystem::path& path) {
    return Package(detail::call(bridge::package_open, detail::text(path)));
  }

  /// Name, epoch, version, release and architecture.
  const Nevra& nevra() const { return facts_->nevra; }
  /// One line.
  const std::string& summary() const { return facts_->summary; }
  /// Several lines.
  const std::string& description() const { return facts_->description; }
  /// The license, usually as an SPDX expression.
  const std::string& license() const { return facts_->license; }
  /// The project's address; empty for none.
  const std::string& url() const { return facts_->url; }
  /// Who distributes it; empty when not said.
  const std::string& vendor() const { return facts_->vendor; }
  /// Who made it; empty when not said.
  const std::string& packager() const { return facts_->packager; }
  /// rpm's old classification; empty when not said.
  const std::string& group() const { return facts_->group; }
  /// The file name of the source package; empty for a source package.
  const std::string& source_rpm() const { return facts_->source_rpm; }
  /// Where it was built; empty when not said.
  const std::string& build_host() const { return facts_->build_host; }
  /// When it was built.
  std::chrono::system_clock::time_point build_time() const { return facts_->build_time; }
  /// Bytes of all files, as rpm counts them.
  std::uint64_t installed_size() const { return facts_->installed_size; }
  /// Bytes of the uncompressed payload; 0 when not said.
  std::uint64_t payload_size() const { return facts_->payload_size; }
  /// A source package: it is built, not installed.
  bool is_source() const { return facts_->is_source; }

  /// Everything about it, files and changelog included, as one JSON document. Throws as `files`.
  std::string to_json() const {
    return detail::string(detail::call(bridge::package_json, *package_.share()));
  }

  /// The files, in the header's order. Throws `Error` of kind `Corrupt` when the lists in the
  /// header do not fit each other.
  std::vector<PackageFile> files() const {
    return detail::list(detail::call(bridge::package_files, *package_.share()));
  }

  /// The changelog, newest entry first.
  std::vector<ChangelogEntry> changelog() const {
    return detail::list(detail::call(bridge::package_changelog, *package_.share()));
  }

  /// Checks all digests and the signature. The payload is read once (twice for signatures of old
  /// packages), never held.
  ///
  /// Throws `Error` of kind `Digest` for a wrong digest, `Corrupt` where the file is too short or a
  /// digest malformed, `Signature` where a signature is required and missing, bad, or by a key that
  /// is unknown, expired or revoked.
  Verification verify(const Keyring& keyring, Signature required = Signature::Required) const {
    return detail::value(detail::call(bridge::package_verify, *package_.share(),
                                      *keyring.keyring_.share(),
                                      required == Signature::Required));
  }

 private:
  friend class detail::Dependencies<Package>;

  struct Data {
    explicit Data(const bridge::PackageFacts& facts)
        : nevra(detail::value(facts.nevra)),
          summary(detail::string(facts.summary)),
          description(detail::string(facts.description)),
          license(detail::string(facts.license)),
          url(detail::string(facts.url)),
          vendor(detail::string(facts.vendor)),
          packager(detail::string(facts.packager)),
          group(detail::string(facts.group)),
          source_rpm(detail::string(facts.source_rpm)),
          build_host(detail::string(facts.build_host)),
          build_time(detail::time(facts.build_time)),
          installed_size(facts.installed_size),
          payload_size(facts.payload_size),
          is_source(facts.is_source) {}

    Nevra nevra;
    std::string summary, description, license, url, vendor, packager, group, source_rpm, build_host;
    std::chrono::system_clock::time_point build_time;
    std::uint64_t installed_size, payload_size;
    bool is_source;
  };

  explicit Package(rust::Box<bridge::Package> package)
      : package_(std::move(package)),
        facts_(Data(detail::call(bridge::package_facts, *package_.share()))) {}

  std::vector<Dependency> dependencies(bridge::Lists which) const {
    return detail::list(detail::call(bridge::package_dependencies, *package_.share(), which));
  }

  detail::Handle<bridge::Package> package_;
  detail::Facts<Data> facts_;
};

/// The NEVRA.
inline std::ostream& operator<<(std::ostream& out, const Package& package) {
  return out << package.nevra();
}

}  // namespace regraft

#endif
