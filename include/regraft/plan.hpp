/* Part of regraft.hpp: what a transaction will do. */
#ifndef REGRAFT_PLAN_HPP
#define REGRAFT_PLAN_HPP

#include <map>

#include <regraft/change.hpp>
#include <regraft/src/plan.rs.h>

namespace regraft {

/// Everything that was asked for, as a value.
struct Wishes {
  /// Follow the base's ref to its newest commit.
  bool upgrade = false;
  /// Names, capabilities or paths of packages to layer.
  std::vector<std::string> install;
  /// Layered requests to take back.
  std::vector<std::string> uninstall;
  /// Names of packages of the base to take out.
  std::vector<std::string> remove_base;
  /// Names of packages of the base to put back.
  std::vector<std::string> reset_base;
  /// A new base older than the deployed one is fine.
  bool allow_downgrade = false;
  /// A request that the base meets already is remembered instead of refused.
  bool allow_inactive = false;
  /// A request that is there already is no error.
  bool idempotent = false;
  /// Packages are taken without a trusted signature.
  bool unsigned_packages = false;
  /// Kernel arguments of a first deployment.
  std::vector<std::string> kernel_arguments;
};

inline bool operator==(const Wishes& a, const Wishes& b) {
  const auto tied = [](const Wishes& v) {
    return std::tie(v.upgrade, v.install, v.uninstall, v.remove_base, v.reset_base,
                    v.allow_downgrade, v.allow_inactive, v.idempotent, v.unsigned_packages,
                    v.kernel_arguments);
  };
  return tied(a) == tied(b);
}
inline bool operator!=(const Wishes& a, const Wishes& b) { return !(a == b); }

/// A base commit.
struct BaseCommit {
  /// Its checksum.
  std::string checksum;
  /// Its version, where it has one.
  std::optional<std::string> version;
  /// Its time.
  std::chrono::system_clock::time_point time;
};

inline bool operator==(const BaseCommit& a, const BaseCommit& b) {
  return std::tie(a.checksum, a.version, a.time) == std::tie(b.checksum, b.version, b.time);
}
inline bool operator!=(const BaseCommit& a, const BaseCommit& b) { return !(a == b); }

/// `VERSION CHECKSUM`, or the checksum alone.
inline std::ostream& operator<<(std::ostream& out, const BaseCommit& commit) {
  if (commit.version) out << *commit.version << ' ';
  return out << commit.checksum;
}

/// A package that will be layered.
struct PlannedPackage {
  /// The package.
  Nevra package;
  /// Its repository's identifier.
  std::string repo;
  /// Where it lies in the repository.
  std::string location;
  /// Another place that `location` is relative to, where the repository says so.
  std::optional<std::string> base_url;
  /// `ALGORITHM:HEX` of the whole file.
  std::string checksum;
  /// Bytes of the file.
  std::uint64_t size = 0;
  /// Whether the cache has it already, so that nothing is downloaded.
  bool cached = false;
};

inline bool operator==(const PlannedPackage& a, const PlannedPackage& b) {
  const auto tied = [](const PlannedPackage& v) {
    return std::tie(v.package, v.repo, v.location, v.base_url, v.checksum, v.size, v.cached);
  };
  return tied(a) == tied(b);
}
inline bool operator!=(const PlannedPackage& a, const PlannedPackage& b) { return !(a == b); }

inline std::ostream& operator<<(std::ostream& out, const PlannedPackage& planned) {
  return out << planned.package << " (" << planned.repo << ')';
}

namespace detail {

inline Wishes value(const bridge::Wishes& wishes, Here = {}) {
  return {wishes.upgrade,         list(wishes.install),      list(wishes.uninstall),
          list(wishes.remove_base), list(wishes.reset_base), wishes.allow_downgrade,
          wishes.allow_inactive,  wishes.idempotent,         wishes.unsigned_packages,
          list(wishes.kernel_arguments)};
}

inline std::optional<BaseCommit> optional(const bridge::BaseCommit& commit) {
  if (!commit.present) return std::nullopt;
  return BaseCommit{string(commit.checksum), optional(commit.version), time(commit.timestamp)};
}

inline PlannedPackage value(const bridge::PlannedPackage& planned, Here = {}) {
  return {value(planned.package), string(planned.repo),     string(planned.location),
          optional(planned.base_url), string(planned.checksum), planned.size,
          planned.cached};
}

struct PlanFacts {
  explicit PlanFacts(const bridge::PlanFacts& facts)
      : changes(list(facts.changes)),
        layered(list(facts.layered)),
        wishes(value(facts.wishes)),
        base(optional(facts.base).value_or(BaseCommit())),
        previous_base(optional(facts.previous_base)),
        stateroot(string(facts.stateroot)),
        refspec(string(facts.refspec)),
        is_unchanged(facts.is_unchanged),
        state_digest(string(facts.state_digest)),
        download_size(facts.download_size),
        installed_size_change(facts.installed_size_change) {
    for (const auto& dropped : facts.dropped_paths)
      dropped_paths.emplace(string(dropped.package), list(dropped.paths));
  }

  std::vector<Change> changes;
  std::vector<PlannedPackage> layered;
  Wishes wishes;
  BaseCommit base;
  std::optional<BaseCommit> previous_base;
  std::string stateroot;
  std::string refspec;
  std::map<std::string, std::vector<std::string>> dropped_paths;
  bool is_unchanged;
  std::string state_digest;
  std::uint64_t download_size;
  std::int64_t installed_size_change;
};

}  // namespace detail

/// What `Transaction::stage` will do: a value that fixes every change, and can be printed, kept and
/// compared. Copies are cheap; any thread may read one.
///
/// `Transaction::plan` makes one. As JSON it survives a restart of the program:
/// `sysroot.resume(Plan::from_json(text))` can stage it.
class Plan {
 public:
  /// A plan from its JSON. Throws `Error` of kind `Config` for what is no plan, and for one of a
  /// newer schema.
  static Plan from_json(std::string_view text) {
    return Plan(detail::call(bridge::plan_from_json, detail::text(text)));
  }

  /// The package changes, sorted by name: from what the deployment has now to what the new one will
  /// have, those of the base included.
  const std::vector<Change>& changes() const& { return facts_->changes; }
  /// The same, of a temporary.
  std::vector<Change> changes() && { return facts_->changes; }

  /// The packages that will be layered, in the order of their installation.
  const std::vector<PlannedPackage>& layered() const& { return facts_->layered; }
  /// The same, of a temporary.
  std::vector<PlannedPackage> layered() && { return facts_->layered; }

  /// What was asked for.
  const Wishes& wishes() const& { return facts_->wishes; }
  /// The same, of a temporary.
  Wishes wishes() && { return facts_->wishes; }

  /// The base commit of the new deployment.
  const BaseCommit& base() const& { return facts_->base; }
  /// The same, of a temporary.
  BaseCommit base() && { return facts_->base; }

  /// The base commit of the deployment that the plan starts from; none for a first deployment.
  const std::optional<BaseCommit>& previous_base() const& { return facts_->previous_base; }
  /// The same, of a temporary.
  std::optional<BaseCommit> previous_base() && { return facts_->previous_base; }

  /// The stateroot that gets the new deployment.
  const std::string& stateroot() const& { return facts_->stateroot; }
  /// The same, of a temporary.
  std::string stateroot() && { return facts_->stateroot; }

  /// The ref that the base follows.
  const std::string& refspec() const& { return facts_->refspec; }
  /// The same, of a temporary.
  std::string refspec() && { return facts_->refspec; }

  /// Files of packages that an OSTree system cannot have (below `/var` and `/run`), by package;
  /// only of packages whose headers are in the cache.
  const std::map<std::string, std::vector<std::string>>& dropped_paths() const& {
    return facts_->dropped_paths;
  }
  /// The same, of a temporary.
  std::map<std::string, std::vector<std::string>> dropped_paths() && {
    return facts_->dropped_paths;
  }

  /// The deployment is as wanted already; staging does nothing.
  bool is_unchanged() const { return facts_->is_unchanged; }

  /// rpm-ostree's digest of requests and packages (`rpmostree.state-sha512`).
  const std::string& state_digest() const& { return facts_->state_digest; }
  /// The same, of a temporary.
  std::string state_digest() && { return facts_->state_digest; }

  /// Bytes to download.
  std::uint64_t download_size() const { return facts_->download_size; }

  /// By how many bytes the packages' installed size grows, or shrinks.
  std::int64_t installed_size_change() const { return facts_->installed_size_change; }

  /// The plan as one JSON document.
  std::string to_json() const {
    return detail::string(detail::call(bridge::plan_json, *plan_.share()));
  }

  /// A table: action, package, what it replaces, size, where from and why; ends with a line feed.
  std::string to_string() const {
    return detail::string(detail::call(bridge::plan_text, *plan_.share()));
  }

  /// Whether both do the same, and were made from the same.
  friend bool operator==(const Plan& a, const Plan& b) {
    return detail::call(bridge::plan_equal, *a.plan_.share(), *b.plan_.share());
  }
  /// Whether they differ.
  friend bool operator!=(const Plan& a, const Plan& b) { return !(a == b); }

 private:
  friend class Sysroot;
  friend class Transaction;

  explicit Plan(rust::Box<bridge::Plan> plan)
      : plan_(std::move(plan)),
        facts_(detail::PlanFacts(detail::call(bridge::plan_facts, *plan_.share()))) {}

  detail::Handle<bridge::Plan> plan_;
  detail::Facts<detail::PlanFacts> facts_;
};

inline std::ostream& operator<<(std::ostream& out, const Plan& plan) {
  return out << plan.to_string();
}

}  // namespace regraft

#endif
