/* Part of regraft.hpp: wishes become a plan, a plan becomes a deployment. */
#ifndef REGRAFT_TRANSACTION_HPP
#define REGRAFT_TRANSACTION_HPP

#include <regraft/job.hpp>
#include <regraft/plan.hpp>
#include <regraft/src/transaction.rs.h>

namespace regraft {

/// Which deployment a transaction starts from.
enum class Base : std::uint8_t {
  /// The one that boots next.
  Pending = 0,
  /// The one that runs now.
  Booted = 1,
};

/// Whether a package must be signed.
enum class Signature : std::uint8_t {
  /// By a trusted key, or it is refused.
  Required = 0,
  /// Not needed; a signature by a trusted key must be genuine all the same.
  NotRequired = 1,
};

/// What a writing call did. Copies are cheap; any thread may read one.
class Outcome {
 public:
  /// Which of the three it is. Later versions may have more.
  enum class Kind : std::uint8_t {
    /// A new deployment, finished when the machine shuts down.
    Staged = 0,
    /// A new deployment, or an old one that is first again, which boots next.
    Deployed = 1,
    /// Everything was as wanted already.
    Unchanged = 2,
  };

  /// Which one.
  Kind kind() const { return facts_->kind; }

  /// The new deployment's identifier; none when nothing changed.
  const std::optional<std::string>& id() const& { return facts_->id; }
  /// The same, of a temporary.
  std::optional<std::string> id() && { return facts_->id; }

  /// What scripts printed, in the order in which they ran.
  const std::vector<ScriptLog>& scripts() const& { return facts_->scripts; }
  /// The same, of a temporary.
  std::vector<ScriptLog> scripts() && { return facts_->scripts; }

  /// Objects that were written to the repository for it.
  std::uint64_t objects() const { return facts_->objects; }

  /// One line: `staged ID for the next boot`, `deployed ID` or `nothing to do`.
  const std::string& to_string() const& { return facts_->text; }
  /// The same, of a temporary.
  std::string to_string() && { return facts_->text; }

  /// The outcome as one JSON document.
  const std::string& to_json() const& { return facts_->json; }
  /// The same, of a temporary.
  std::string to_json() && { return facts_->json; }

  /// Whether they are equal.
  friend bool operator==(const Outcome& a, const Outcome& b) {
    return a.facts_->json == b.facts_->json;
  }
  /// Whether they differ.
  friend bool operator!=(const Outcome& a, const Outcome& b) { return !(a == b); }

 private:
  friend class Sysroot;
  friend class Transaction;

  struct Data {
    Kind kind;
    std::optional<std::string> id;
    std::vector<ScriptLog> scripts;
    std::uint64_t objects;
    std::string text;
    std::string json;
  };

  explicit Outcome(const bridge::OutcomeFacts& facts)
      : facts_(Data{static_cast<Kind>(facts.kind), detail::optional(facts.id),
                    detail::list(facts.scripts), facts.objects, detail::string(facts.text),
                    detail::string(facts.json)}) {}

  detail::Facts<Data> facts_;
};

inline std::ostream& operator<<(std::ostream& out, const Outcome& outcome) {
  return out << outcome.to_string();
}

/// Wishes that become one new deployment, or nothing.
///
/// Setters record wishes; `plan` checks and decides, and `stage` acts. Success spends the
/// transaction; after any error it is as it was, so that nothing has to be asked for twice.
/// Destroying one leaves nothing behind.
///
/// One thread at a time: what another thread, or a callback, asks of it while a call is under way
/// throws `Error` of kind `InUse`.
class Transaction {
 public:
  /// Moves.
  Transaction(Transaction&&) noexcept = default;
  /// Moves.
  Transaction& operator=(Transaction&&) noexcept = default;
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  /// Follow the base's ref to its newest commit; layered packages are solved again on it.
  Transaction& upgrade() { return wish(bridge::Wish::Upgrade); }

  /// Layer a package: its name, a capability that it provides, or a path that it has.
  Transaction& install(std::string_view request) { return wish(bridge::Wish::Install, request); }

  /// Take a layered request back, as it was given to `install`.
  Transaction& uninstall(std::string_view request) {
    return wish(bridge::Wish::Uninstall, request);
  }

  /// Take a package of the base out, by name.
  Transaction& remove_base(std::string_view name) { return wish(bridge::Wish::RemoveBase, name); }

  /// Put a package of the base back that `remove_base` took out.
  Transaction& reset_base(std::string_view name) { return wish(bridge::Wish::ResetBase, name); }

  /// A base that is older than the deployed one is fine.
  Transaction& allow_downgrade() { return wish(bridge::Wish::AllowDowngrade); }

  /// A request that the base meets already is remembered, and becomes active when the base drops
  /// the package, instead of being an error.
  Transaction& allow_inactive() { return wish(bridge::Wish::AllowInactive); }

  /// Asking for what is there already is no error.
  Transaction& idempotent() { return wish(bridge::Wish::Idempotent); }

  /// Whether packages need a signature by a trusted key; by default their repository's `gpgcheck`
  /// decides, and where that is absent they do. The plan shows when they do not.
  Transaction& signatures(Signature signature) {
    return wish(signature == Signature::NotRequired ? bridge::Wish::SignaturesNotRequired
                                                    : bridge::Wish::SignaturesRequired);
  }

  /// Adds a kernel argument to a first deployment; later ones keep those of the one before.
  Transaction& kernel_argument(std::string_view argument) {
    return wish(bridge::Wish::KernelArgument, argument);
  }

  /// How long each script may take before it is ended with all that it has started, and the call
  /// throws `Error` of kind `ScriptFailed`. By default ten minutes: a script that works takes
  /// seconds, and one that waits for what the sandbox does not have would wait for ever. A cancel
  /// ends a script at once.
  Transaction& script_timeout(std::chrono::milliseconds time) {
    const auto count = time.count() > 0 ? static_cast<std::uint64_t>(time.count()) : 0;
    detail::call(bridge::transaction_script_timeout, *transaction_.share(), count);
    return *this;
  }

  /// What was asked for so far.
  Wishes wishes() const {
    return detail::value(detail::call(bridge::transaction_wishes, *transaction_.share()));
  }

  /// Decides what staging will do, without locking the sysroot or changing a deployment. Pulls a
  /// new base and refreshes repository metadata where the wishes need that; both are kept as cache
  /// entries.
  ///
  /// Throws `Error` of kind `Unsolvable` with each problem and what would fix it, `NotFound` for a
  /// request that no package meets, `AlreadyPresent` for one that is met, `FileConflict`,
  /// `Unsupported` for what regraft cannot do, `Network`, `Signature`, `Digest`, `Downgrade`,
  /// `Cancelled`, `Spent`.
  Plan plan(Job& job) {
    const auto transaction = transaction_.share();
    return job.run([&](const bridge::Job& running) {
      return Plan(detail::call(bridge::transaction_plan, *transaction, running));
    });
  }

  /// The same, where nobody listens.
  Plan plan() {
    Job job;
    return plan(job);
  }

  /// Does exactly what `plan` says, or changes nothing.
  ///
  /// Throws `Error` of kind `Stale` when what the plan was made from has moved, `Busy` when another
  /// program has the lock, `ScriptFailed` and `FileConflict` for what only payloads can tell, and
  /// what downloads can fail with. After all of them the transaction is usable, and the system is
  /// as it was.
  Outcome stage(const Plan& plan, Job& job) {
    const auto transaction = transaction_.share();
    const auto planned = plan.plan_.share();
    return job.run([&](const bridge::Job& running) {
      return Outcome(detail::call(bridge::transaction_stage, *transaction, *planned, running));
    });
  }

  /// The same, where nobody listens.
  Outcome stage(const Plan& plan) {
    Job job;
    return stage(plan, job);
  }

 private:
  friend class Sysroot;

  explicit Transaction(rust::Box<bridge::Transaction> transaction)
      : transaction_(std::move(transaction)) {}

  Transaction& wish(bridge::Wish wish, std::string_view value = {}) {
    detail::call(bridge::transaction_wish, *transaction_.share(), wish, detail::text(value));
    return *this;
  }

  detail::Handle<bridge::Transaction> transaction_;
};

}  // namespace regraft

#endif
