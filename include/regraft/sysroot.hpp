/* Part of regraft.hpp: a machine, or an image of one. */
#ifndef REGRAFT_SYSROOT_HPP
#define REGRAFT_SYSROOT_HPP

#include <regraft/deployment.hpp>
#include <regraft/rpmdb.hpp>

namespace regraft {

/// What `Sysroot::cleanup` removes, as in `rpm-ostree cleanup`.
struct Cleanup {
  /// The deployments that would boot before the booted one.
  bool pending = false;
  /// The deployments behind the booted one; where none is booted, all but the first.
  bool rollback = false;
  /// Repository metadata and downloaded packages.
  bool metadata = false;
  /// Root views of bases and other caches.
  bool caches = false;
};

inline bool operator==(const Cleanup& a, const Cleanup& b) {
  const auto tied = [](const Cleanup& v) {
    return std::tie(v.pending, v.rollback, v.metadata, v.caches);
  };
  return tied(a) == tied(b);
}
inline bool operator!=(const Cleanup& a, const Cleanup& b) { return !(a == b); }

/// A package that a repository has.
struct AvailablePackage {
  /// The package.
  Nevra package;
  /// The repository's identifier.
  std::string repo;
  /// One line about it.
  std::string summary;
  /// Bytes to download.
  std::uint64_t download_size = 0;
  /// Bytes that its files take.
  std::uint64_t installed_size = 0;
};

inline bool operator==(const AvailablePackage& a, const AvailablePackage& b) {
  const auto tied = [](const AvailablePackage& v) {
    return std::tie(v.package, v.repo, v.summary, v.download_size, v.installed_size);
  };
  return tied(a) == tied(b);
}
inline bool operator!=(const AvailablePackage& a, const AvailablePackage& b) { return !(a == b); }

/// `NEVRA (REPO): SUMMARY`.
inline std::ostream& operator<<(std::ostream& out, const AvailablePackage& available) {
  return out << available.package << " (" << available.repo << "): " << available.summary;
}

/// A repository whose metadata is in the cache now.
struct RepositoryState {
  /// Its identifier.
  std::string id;
  /// When its metadata was made.
  std::chrono::system_clock::time_point time;
  /// How many packages it has.
  std::uint64_t packages = 0;
};

inline bool operator==(const RepositoryState& a, const RepositoryState& b) {
  return std::tie(a.id, a.time, a.packages) == std::tie(b.id, b.time, b.packages);
}
inline bool operator!=(const RepositoryState& a, const RepositoryState& b) { return !(a == b); }

/// `ID: COUNT packages`.
inline std::ostream& operator<<(std::ostream& out, const RepositoryState& state) {
  return out << state.id << ": " << state.packages << " packages";
}

/// What a `Finding` is about. Later versions may have more.
enum class FindingKind : std::uint8_t {
  /// What an interrupted call left behind.
  Leftover = 0,
  /// libostree cannot load the sysroot.
  Sysroot = 1,
  /// The boot menu, or one of its entries.
  BootEntry = 2,
  /// A kernel or initramfs that a boot entry names.
  Kernel = 3,
  /// A deployment's folder, changed by hand or gone.
  Deployment = 4,
  /// A deployment's origin file.
  Origin = 5,
  /// A deployment's package database.
  Database = 6,
  /// A ref that leads nowhere.
  Reference = 7,
  /// An object of the repository, or several that are missing.
  Object = 8,
  /// The boot partition has no room for another kernel.
  NoRoom = 9,
};

/// The kind's name: `boot-entry`.
inline std::string_view to_string(FindingKind kind) noexcept {
  return detail::view(bridge::finding_kind_name(static_cast<std::uint8_t>(kind)));
}
inline std::ostream& operator<<(std::ostream& out, FindingKind kind) {
  return out << to_string(kind);
}

/// Who puts a `Finding` right.
enum class Mend : std::uint8_t {
  /// `Sysroot::recover`.
  Recover = 0,
  /// A person, as the remedy says.
  ByHand = 1,
};

/// One thing that `Sysroot::check` has found.
struct Finding {
  /// What it is about.
  FindingKind kind = FindingKind::Leftover;
  /// Its name: a path, a deployment, a ref, an object of the repository.
  std::string object;
  /// What is wrong with it.
  std::string reason;
  /// What to do.
  std::string remedy;
  /// Who can do that.
  Mend mend = Mend::ByHand;
  /// One line: `OBJECT: what is wrong; what to do`.
  std::string text;
  /// The finding as a JSON object: `kind`, `object`, `reason`, `remedy`, `mend` (`recover` or
  /// `by-hand`), `text`. Keys are only ever added.
  std::string json;
};

inline bool operator==(const Finding& a, const Finding& b) {
  const auto tied = [](const Finding& v) {
    return std::tie(v.kind, v.object, v.reason, v.remedy, v.mend);
  };
  return tied(a) == tied(b);
}
inline bool operator!=(const Finding& a, const Finding& b) { return !(a == b); }

/// The line.
inline std::ostream& operator<<(std::ostream& out, const Finding& finding) {
  return out << finding.text;
}

namespace detail {

inline Finding value(const bridge::Finding& found, Here = {}) {
  return {static_cast<FindingKind>(found.kind), string(found.object), string(found.reason),
          string(found.remedy), static_cast<Mend>(found.mend), string(found.text),
          string(found.json)};
}

inline AvailablePackage value(const bridge::AvailablePackage& found, Here = {}) {
  return {value(found.package), string(found.repo), string(found.summary), found.download_size,
          found.installed_size};
}

inline RepositoryState value(const bridge::RepositoryState& state, Here = {}) {
  return {string(state.id), time(state.timestamp), state.packages};
}

}  // namespace detail

/// An OSTree sysroot, and the stateroot in it that calls are about. It is a path with options and
/// holds nothing open: each call looks at what is there now. Copies are cheap; any thread, and
/// several at once.
///
/// ```cpp
/// for (const auto& deployment : regraft::Sysroot::open("/").deployments())
///   std::cout << deployment << ' ' << deployment.version().value_or("-") << '\n';
/// ```
class Sysroot {
 public:
  /// The sysroot at `path`; `/` for the running machine. Throws `Error` of kind `NotFound` when
  /// there is no such folder, `NotASysroot` when it is none, or is in a format that this version
  /// cannot read.
  static Sysroot open(const std::filesystem::path& path) {
    return Sysroot(detail::call(bridge::sysroot_open, detail::text(path)));
  }

  /// Makes an empty sysroot in the existing folder `path`: a repository in `ostree/repo` and the
  /// folders that a root file system needs. One that is there already stays as it is.
  static Sysroot create(const std::filesystem::path& path) {
    return Sysroot(detail::call(bridge::sysroot_create, detail::text(path)));
  }

  /// Its folder.
  std::filesystem::path path() const {
    return detail::string(detail::call(bridge::sysroot_path, *sysroot_.share()));
  }

  /// The same sysroot, with all calls about the stateroot `name` (libostree's "OS name"). Without
  /// this they are about the stateroot of the booted deployment, or where none is booted, about the
  /// only one.
  [[nodiscard]] Sysroot stateroot(std::string_view name) const {
    return Sysroot(detail::call(bridge::sysroot_stateroot, *sysroot_.share(), detail::text(name)));
  }

  /// Makes the stateroot `name`, with its `/var`, and answers as `stateroot`. One that is there
  /// already stays as it is. Throws `Error` of kind `InvalidArgument` for what cannot be a folder's
  /// name.
  Sysroot create_stateroot(std::string_view name) const {
    return Sysroot(
        detail::call(bridge::sysroot_create_stateroot, *sysroot_.share(), detail::text(name)));
  }

  /// The same sysroot, with writing calls waiting this long for another program to release the lock
  /// before they throw `Error` of kind `Busy`. By default they do not wait.
  [[nodiscard]] Sysroot wait_for_lock(std::chrono::milliseconds time) const {
    const auto count = time.count() > 0 ? static_cast<std::uint64_t>(time.count()) : 0;
    return Sysroot(detail::call(bridge::sysroot_wait_for_lock, *sysroot_.share(), count));
  }

  /// The deployments of the stateroot, or all of them where none was chosen, first the one that
  /// boots next. Throws `Error` of kind `NotASysroot`, `Corrupt` or `Config` when a deployment's
  /// commit or origin cannot be read.
  std::vector<Deployment> deployments() const {
    return take(*detail::call(bridge::sysroot_deployments, *sysroot_.share()));
  }

  /// Everything about the deployments, as one value that can be printed as JSON.
  Status status() const {
    bridge::StatusFacts facts{};
    const auto found = detail::call(bridge::sysroot_status, *sysroot_.share(), facts);
    return Status(take(*found), facts);
  }

  /// The package database inside a deployment, or inside any commit of the repository, which `rev`
  /// names: a deployment's identifier, a ref or a checksum. Throws `Error` of kind `NotFound` when
  /// nothing has that name or it has no package database; otherwise as `Rpmdb::open`.
  Rpmdb rpmdb(std::string_view rev) const {
    return Rpmdb(detail::call(bridge::rpmdb_of, *sysroot_.share(), detail::text(rev)));
  }

  /// Begins a transaction on a deployment of the stateroot. Throws `Error` of kind `State` when
  /// there is no such deployment, or several stateroots and none was chosen.
  [[nodiscard]] Transaction transaction(Base base = Base::Pending) const {
    return Transaction(detail::call(bridge::transaction_new, *sysroot_.share(),
                                    static_cast<std::uint8_t>(base)));
  }

  /// Begins a transaction on one certain deployment.
  [[nodiscard]] Transaction transaction_on(const Deployment& deployment) const {
    return Transaction(detail::call(bridge::transaction_on, *sysroot_.share(),
                                    *deployment.deployment_.share()));
  }

  /// Begins a transaction that deploys what `refspec` names (`REMOTE:REF`, or a ref or commit of
  /// the repository), without looking at the origin of any deployment: the first one of a
  /// stateroot, for instance.
  [[nodiscard]] Transaction deploy_commit(std::string_view refspec) const {
    return Transaction(detail::call(bridge::transaction_deploy_commit, *sysroot_.share(),
                                    detail::text(refspec)));
  }

  /// Takes up a plan that was made earlier, perhaps by another process: the transaction has its
  /// wishes and can stage it.
  [[nodiscard]] Transaction resume(const Plan& plan) const {
    return Transaction(
        detail::call(bridge::transaction_resume, *sysroot_.share(), *plan.plan_.share()));
  }

  /// Makes the stateroot's second deployment the first one; where the booted one is not first, that
  /// one. Doing it twice is doing nothing. Throws `Error` of kind `State` when there is no
  /// deployment to go back to, `Busy`.
  Outcome rollback(Job& job) const {
    const auto sysroot = sysroot_.share();
    return job.run([&](const bridge::Job& running) {
      return Outcome(detail::call(bridge::rollback, *sysroot, running));
    });
  }

  /// The same, where nobody listens.
  Outcome rollback() const {
    Job job;
    return rollback(job);
  }

  /// Removes what is no longer needed, and what an interrupted call left behind. Throws `Error` of
  /// kind `Busy`.
  void cleanup(const Cleanup& what, Job& job) const {
    const auto sysroot = sysroot_.share();
    bridge::Cleanup wanted{};
    wanted.pending = what.pending;
    wanted.rollback = what.rollback;
    wanted.metadata = what.metadata;
    wanted.caches = what.caches;
    job.run([&](const bridge::Job& running) {
      detail::call(bridge::sysroot_cleanup, *sysroot, wanted, running);
      return true;
    });
  }

  /// The same, where nobody listens.
  void cleanup(const Cleanup& what) const {
    Job job;
    cleanup(what, job);
  }

  /// Looks at everything that a machine needs to boot and that calls count on: the boot menu and its
  /// kernels, the deployments' folders, origins and package databases, all refs, and each object of
  /// the repository, byte by byte (some ten seconds for a gigabyte); and what an interrupted call
  /// left behind. Changes nothing, and takes no lock. Nothing found says that all is well. All
  /// stateroots are looked at, whichever was chosen. Throws `Error` of kind `Io`, `Permission` or
  /// `Engine` for what cannot be looked at.
  std::vector<Finding> check(Job& job) const {
    const auto sysroot = sysroot_.share();
    return job.run([&](const bridge::Job& running) {
      return detail::list(detail::call(bridge::sysroot_check, *sysroot, running));
    });
  }

  /// The same, where nobody listens.
  std::vector<Finding> check() const {
    Job job;
    return check(job);
  }

  /// Removes what interrupted calls left behind, as the next call that changes the sysroot would do,
  /// and answers what it has removed. Of what is damaged it changes nothing. Throws `Error` of kind
  /// `Busy`, `State` where a boot entry was removed by hand, `Corrupt` where damage makes it
  /// impossible to tell what is needed.
  std::vector<Finding> recover(Job& job) const {
    const auto sysroot = sysroot_.share();
    return job.run([&](const bridge::Job& running) {
      return detail::list(detail::call(bridge::sysroot_recover, *sysroot, running));
    });
  }

  /// The same, where nobody listens.
  std::vector<Finding> recover() const {
    Job job;
    return recover(job);
  }

  /// The packages of the enabled repositories with one of `words` in their names or summaries,
  /// sorted by name and version. Throws `Error` of kind `State` when nothing is deployed, and what
  /// a repository without `skip_if_unavailable` fails with: `Network`, `Signature`, `Corrupt`,
  /// `Config`.
  std::vector<AvailablePackage> search(const std::vector<std::string>& words, Job& job) const {
    const auto sysroot = sysroot_.share();
    return job.run([&](const bridge::Job& running) {
      return detail::list(
          detail::call(bridge::sysroot_search, *sysroot, detail::texts(words), running));
    });
  }

  /// The same, where nobody listens.
  std::vector<AvailablePackage> search(const std::vector<std::string>& words) const {
    Job job;
    return search(words, job);
  }

  /// Gets the metadata of the enabled repositories again, however new what is cached is. Throws as
  /// `search`.
  std::vector<RepositoryState> refresh_metadata(Job& job) const {
    const auto sysroot = sysroot_.share();
    return job.run([&](const bridge::Job& running) {
      return detail::list(detail::call(bridge::sysroot_refresh_metadata, *sysroot, running));
    });
  }

  /// The same, where nobody listens.
  std::vector<RepositoryState> refresh_metadata() const {
    Job job;
    return refresh_metadata(job);
  }

 private:
  explicit Sysroot(rust::Box<bridge::Sysroot> sysroot) : sysroot_(std::move(sysroot)) {}

  static std::vector<Deployment> take(const bridge::Deployments& found) {
    const std::size_t count = detail::call(bridge::deployments_count, found);
    std::vector<Deployment> deployments;
    deployments.reserve(count);
    for (std::size_t place = 0; place < count; ++place)
      deployments.push_back(Deployment(detail::call(bridge::deployments_take, found, place)));
    return deployments;
  }

  detail::Handle<bridge::Sysroot> sysroot_;
};

/// The folder.
inline std::ostream& operator<<(std::ostream& out, const Sysroot& sysroot) {
  return out << sysroot.path().native();
}

}  // namespace regraft

#endif
