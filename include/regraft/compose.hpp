/* Part of regraft.hpp: a base commit is made from a treefile and RPM repositories. */
#ifndef REGRAFT_COMPOSE_HPP
#define REGRAFT_COMPOSE_HPP

#include <regraft/src/compose.rs.h>
#include <regraft/transaction.hpp>
#include <regraft/treefile.hpp>

namespace regraft {

/// What composing made.
struct Composed {
  /// The ref that names it.
  std::string reference;
  /// The commit.
  std::string checksum;
  /// Its version, where the treefile says how versions are made.
  std::optional<std::string> version;
  /// Its packages.
  std::vector<Nevra> packages;
  /// What scripts printed.
  std::vector<ScriptLog> scripts;
  /// The ref named it before.
  bool unchanged = false;
  /// One line: `committed REF CHECKSUM version VERSION`, or that nothing changed.
  std::string text;
  /// The same as one JSON document.
  std::string json;
};

inline bool operator==(const Composed& a, const Composed& b) {
  const auto tied = [](const Composed& v) {
    return std::tie(v.reference, v.checksum, v.version, v.packages, v.scripts, v.unchanged);
  };
  return tied(a) == tied(b);
}
inline bool operator!=(const Composed& a, const Composed& b) { return !(a == b); }

inline std::ostream& operator<<(std::ostream& out, const Composed& composed) {
  return out << composed.text;
}

namespace detail {

inline Composed value(const bridge::Composed& composed, Here = {}) {
  return {string(composed.reference),   string(composed.checksum), optional(composed.version),
          list(composed.packages),      list(composed.scripts),    composed.unchanged,
          string(composed.text),        string(composed.json)};
}

}  // namespace detail

/// A base to be composed. Setters record; `run` acts. One thread at a time: what another thread, or
/// a callback, asks of it while it runs throws `Error` of kind `InUse`.
///
/// ```cpp
/// regraft::Job job;
/// auto treefile = regraft::Treefile::read("base.yaml");
/// regraft::Compose compose(treefile, "/srv/repo");
/// std::cout << compose.cache("/var/cache/regraft").run(job) << '\n';
/// ```
class Compose {
 public:
  /// Composes `treefile` into the existing repository at `target`, of any mode.
  Compose(const Treefile& treefile, const std::filesystem::path& target)
      : compose_(detail::call(bridge::compose_new, *treefile.treefile_.share(),
                              detail::text(target))) {}

  /// Moves.
  Compose(Compose&&) noexcept = default;
  /// Moves.
  Compose& operator=(Compose&&) noexcept = default;
  Compose(const Compose&) = delete;
  Compose& operator=(const Compose&) = delete;

  /// Keeps imported packages and metadata here, so that composing again costs little. Without it
  /// everything is made in a temporary folder beside the target.
  Compose& cache(const std::filesystem::path& folder) {
    detail::call(bridge::compose_cache, *compose_.share(), detail::text(folder));
    return *this;
  }

  /// Where the `.repo` files are; by default beside the treefile.
  Compose& repos_dir(const std::filesystem::path& folder) {
    detail::call(bridge::compose_repos_dir, *compose_.share(), detail::text(folder));
    return *this;
  }

  /// Signs the commit with this OpenPGP key, of the GnuPG folder `home`, or of GnuPG's usual one
  /// where that is empty.
  Compose& sign(std::string_view key, const std::filesystem::path& home = {}) {
    detail::call(bridge::compose_sign, *compose_.share(), detail::text(key), detail::text(home));
    return *this;
  }

  /// Whether packages need a signature by a trusted key; by default their repository's `gpgcheck`
  /// decides.
  Compose& signatures(Signature signature) {
    detail::call(bridge::compose_signatures, *compose_.share(), signature == Signature::Required);
    return *this;
  }

  /// Makes a commit even when nothing has changed since the last one.
  Compose& force() {
    detail::call(bridge::compose_force, *compose_.share());
    return *this;
  }

  /// Composes. When nothing has changed since the ref's last commit, there is no new one.
  ///
  /// Throws `Error` of kind `NotFound` when there is no repository, `Config` when the treefile has
  /// no `ref` or a `.repo` file is wrong, `Unsolvable`, and what downloads, imports and scripts can
  /// fail with. After any of them the ref is as it was.
  Composed run(Job& job) {
    const auto compose = compose_.share();
    return job.run([&](const bridge::Job& running) {
      return detail::value(detail::call(bridge::compose_run, *compose, running));
    });
  }

  /// The same, where nobody listens.
  Composed run() {
    Job job;
    return run(job);
  }

 private:
  detail::Handle<bridge::Compose> compose_;
};

}  // namespace regraft

#endif
