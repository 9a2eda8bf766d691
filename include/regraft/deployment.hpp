/* Part of regraft.hpp: bootable systems. */
#ifndef REGRAFT_DEPLOYMENT_HPP
#define REGRAFT_DEPLOYMENT_HPP

#include <regraft/origin.hpp>
#include <regraft/src/sysroot.rs.h>

namespace regraft {

/// A deployment as it was when it was read. Copies are cheap; any thread may read one.
class Deployment {
 public:
  /// `STATEROOT-CHECKSUM.SERIAL`, as `rpm-ostree status --json` has it.
  const std::string& id() const { return facts_->id; }
  /// The stateroot that it belongs to.
  const std::string& stateroot() const { return facts_->stateroot; }
  /// Tells deployments of one commit apart.
  std::uint32_t serial() const { return facts_->serial; }
  /// The deployed commit.
  const std::string& checksum() const { return facts_->checksum; }
  /// The base commit: the one on which packages were layered, or the deployed commit itself.
  const std::string& base_checksum() const { return facts_->base_checksum; }
  /// Whether packages were layered, or anything else was assembled here.
  bool is_layered() const { return facts_->is_layered; }
  /// The commit's version, where it has one.
  const std::optional<std::string>& version() const { return facts_->version; }
  /// The commit's time.
  std::chrono::system_clock::time_point time() const { return facts_->time; }
  /// What it follows and what was asked for.
  const Origin& origin() const { return facts_->origin; }
  /// The requests that are layered; one that the base met is in the origin only.
  const std::vector<std::string>& packages() const { return facts_->packages; }
  /// The packages of the base that were taken out.
  const std::vector<Nevra>& removed_base_packages() const {
    return facts_->removed_base_packages;
  }
  /// The arguments that its kernel boots with.
  const std::vector<std::string>& kernel_arguments() const { return facts_->kernel_arguments; }
  /// The machine runs it now.
  bool is_booted() const { return facts_->is_booted; }
  /// It becomes bootable at shutdown.
  bool is_staged() const { return facts_->is_staged; }
  /// It is kept until it is unpinned.
  bool is_pinned() const { return facts_->is_pinned; }
  /// The digest of the requests and packages, as rpm-ostree computes it; none for a base.
  const std::optional<std::string>& state_digest() const { return facts_->state_digest; }

 private:
  friend class Sysroot;

  struct Data {
    Data(const bridge::DeploymentFacts& facts, Origin followed)
        : id(detail::string(facts.id)),
          stateroot(detail::string(facts.stateroot)),
          serial(facts.serial),
          checksum(detail::string(facts.checksum)),
          base_checksum(detail::string(facts.base_checksum)),
          is_layered(facts.is_layered),
          version(detail::optional(facts.version)),
          time(detail::time(facts.timestamp)),
          origin(std::move(followed)),
          packages(detail::list(facts.packages)),
          removed_base_packages(detail::list(facts.removed_base_packages)),
          kernel_arguments(detail::list(facts.kernel_arguments)),
          is_booted(facts.is_booted),
          is_staged(facts.is_staged),
          is_pinned(facts.is_pinned),
          state_digest(detail::optional(facts.state_digest)) {}

    std::string id, stateroot;
    std::uint32_t serial;
    std::string checksum, base_checksum;
    bool is_layered;
    std::optional<std::string> version;
    std::chrono::system_clock::time_point time;
    Origin origin;
    std::vector<std::string> packages;
    std::vector<Nevra> removed_base_packages;
    std::vector<std::string> kernel_arguments;
    bool is_booted, is_staged, is_pinned;
    std::optional<std::string> state_digest;
  };

  explicit Deployment(rust::Box<bridge::Deployment> deployment)
      : deployment_(std::move(deployment)),
        facts_(Data(detail::call(bridge::deployment_facts, *deployment_.share()),
                    Origin(detail::call(bridge::deployment_origin, *deployment_.share())))) {}

  detail::Handle<bridge::Deployment> deployment_;
  detail::Facts<Data> facts_;
};

/// The identifier.
inline std::ostream& operator<<(std::ostream& out, const Deployment& deployment) {
  return out << deployment.id();
}

/// A call that was killed, or lost its power, before it had ended. The next call that changes the
/// sysroot removes what is left of it, and so does `Sysroot::recover`.
struct Interrupted {
  /// The program that made it, where it has left its name: `PROGRAM (pid N, started YYYY-MM-DD
  /// HH:MM:SS UTC)`.
  std::optional<std::string> program;
  /// What is left of it: paths, and refs as `the ref NAME`.
  std::vector<std::string> left;
};

inline bool operator==(const Interrupted& a, const Interrupted& b) {
  return std::tie(a.program, a.left) == std::tie(b.program, b.left);
}
inline bool operator!=(const Interrupted& a, const Interrupted& b) { return !(a == b); }

/// `PROGRAM: LEFT, LEFT`.
inline std::ostream& operator<<(std::ostream& out, const Interrupted& interrupted) {
  out << interrupted.program.value_or("a program") << ':';
  const char* between = " ";
  for (const auto& left : interrupted.left) {
    out << between << left;
    between = ", ";
  }
  return out;
}

/// All deployments at one moment.
class Status {
 public:
  /// The deployments, first the one that boots next.
  const std::vector<Deployment>& deployments() const& { return deployments_; }
  /// The same, of a temporary.
  std::vector<Deployment> deployments() && { return std::move(deployments_); }

  /// A call that was interrupted and of which something is left.
  const std::optional<Interrupted>& interrupted() const& { return interrupted_; }
  /// The same, of a temporary.
  std::optional<Interrupted> interrupted() && { return std::move(interrupted_); }

  /// The document that `rpm-ostree status --json` prints, with the same field names, and
  /// `interrupted`: null, or `program` and `left` of the call that was interrupted.
  const std::string& to_json() const& { return json_; }
  /// The same, of a temporary.
  std::string to_json() && { return std::move(json_); }

 private:
  friend class Sysroot;

  Status(std::vector<Deployment> deployments, const bridge::StatusFacts& facts)
      : deployments_(std::move(deployments)), json_(detail::string(facts.json)) {
    if (facts.is_interrupted)
      interrupted_ = Interrupted{detail::optional(facts.program), detail::list(facts.left)};
  }

  std::vector<Deployment> deployments_;
  std::optional<Interrupted> interrupted_;
  std::string json_;
};

/// The JSON document.
inline std::ostream& operator<<(std::ostream& out, const Status& status) {
  return out << status.to_json();
}

}  // namespace regraft

#endif
