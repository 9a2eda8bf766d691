/* Part of regraft.hpp: what a long call takes from its caller. */
#ifndef REGRAFT_JOB_HPP
#define REGRAFT_JOB_HPP

#include <atomic>
#include <exception>

#include <regraft/call.hpp>
#include <regraft/listener.hpp>
#include <regraft/src/job.rs.h>

namespace regraft {

/// What a progress callback wants next.
enum class Flow {
  /// Go on.
  Continue = 0,
  /// Stop as soon as that leaves nothing half done; the call throws `Error` of kind `Cancelled`.
  Cancel = 1,
};

/// What an operation is doing, in the order in which an operation goes through those it needs.
/// Later versions may have more.
enum class Phase : std::uint8_t {
  /// Repository metadata is downloaded and read.
  Metadata = 0,
  /// The solver works.
  Solve = 1,
  /// A commit is pulled from a remote.
  Pull = 2,
  /// Packages are downloaded.
  Download = 3,
  /// Packages become commits.
  Import = 4,
  /// Package trees are merged into the base tree.
  Graft = 5,
  /// Scriptlets run.
  Scripts = 6,
  /// The rpm database is read or written.
  Database = 7,
  /// The new tree is committed.
  Commit = 8,
  /// libostree makes the deployment.
  Deploy = 9,
  /// What is no longer needed is removed.
  Cleanup = 10,
  /// Everything that is there is looked at.
  Check = 11,
};

/// The phase's name: one lower-case word.
inline std::string_view to_string(Phase phase) noexcept {
  return detail::view(bridge::phase_name(static_cast<std::uint8_t>(phase)));
}
inline std::ostream& operator<<(std::ostream& out, Phase phase) { return out << to_string(phase); }

/// What `Progress::done` and `Progress::total` count.
enum class Unit : std::uint8_t {
  /// Bytes.
  Bytes = 0,
  /// Packages, scripts, files: whole things.
  Items = 1,
};

/// One report of progress.
class Progress {
 public:
  /// What is being done.
  Phase phase() const noexcept { return phase_; }
  /// How much of this phase is done, in `unit()`; at most `total()`.
  std::uint64_t done() const noexcept { return done_; }
  /// How much this phase has to do; 0 when that is not known.
  std::uint64_t total() const noexcept { return total_; }
  /// What `done()` and `total()` count.
  Unit unit() const noexcept { return unit_; }
  /// How much of the whole call is done, from 0 to 1; within one call it only grows.
  double fraction() const noexcept { return fraction_; }
  /// The object being worked on (a package, a file), or an empty string.
  const std::string& detail() const noexcept { return detail_; }

 private:
  friend class Job;
  Phase phase_ = Phase::Metadata;
  std::uint64_t done_ = 0;
  std::uint64_t total_ = 0;
  Unit unit_ = Unit::Items;
  double fraction_ = 0;
  std::string detail_;
};

/// Cancels one `Job` from any thread. Copies are handles to the same job.
class Cancel {
 public:
  /// Asks the job's present and later calls to stop; the present call throws `Error` of kind
  /// `Cancelled` unless it was past the point of no return.
  void cancel() const { detail::call(bridge::cancel, *cancel_.share()); }

  /// Whether somebody has cancelled.
  bool is_cancelled() const { return detail::call(bridge::is_cancelled, *cancel_.share()); }

 private:
  friend class Job;
  explicit Cancel(rust::Box<bridge::Cancel> cancel) : cancel_(std::move(cancel)) {}
  detail::Handle<bridge::Cancel> cancel_;
};

/// How long a phase took.
struct Timing {
  /// The phase.
  Phase phase = Phase::Metadata;
  /// How long it took.
  std::chrono::nanoseconds duration{};
};

inline bool operator==(const Timing& a, const Timing& b) {
  return std::tie(a.phase, a.duration) == std::tie(b.phase, b.duration);
}
inline bool operator!=(const Timing& a, const Timing& b) { return !(a == b); }

inline std::ostream& operator<<(std::ostream& out, const Timing& timing) {
  return out << timing.phase << ' '
             << std::chrono::duration_cast<std::chrono::milliseconds>(timing.duration).count()
             << " ms";
}

namespace detail {

inline Timing value(const bridge::Timing& timing, Here = {}) {
  return {static_cast<Phase>(timing.phase), nanoseconds(timing.nanoseconds)};
}

}  // namespace detail

/// Cancel and progress of the long calls that it is given to; one call at a time: what another
/// thread, or a callback, asks of it meanwhile throws `Error` of kind `InUse`, but for
/// `cancel_handle` and `is_cancelled`.
///
/// The library works on threads of its own; the callback runs on the thread that made the call, so
/// it may touch what belongs to that thread (a progress bar, a GUI). An exception in it cancels;
/// the call waits until its work has ended, and then throws that exception. The job stays
/// cancelled. Past the point of no return the work is done all the same, and the exception arrives
/// after it: what is deployed then, `Sysroot::deployments` says.
///
/// ```cpp
/// regraft::Job job;
/// job.on_progress([&](const regraft::Progress& p) {
///   bar.set(p.fraction());
///   return window.closed() ? regraft::Flow::Cancel : regraft::Flow::Continue;
/// });
/// ```
class Job {
 public:
  /// What hears of progress.
  using Listener = std::function<Flow(const Progress&)>;

  /// A job that tells nobody anything.
  Job() : state_(std::make_shared<State>()) {}

  /// Moves.
  Job(Job&&) noexcept = default;
  /// Moves.
  Job& operator=(Job&&) noexcept = default;
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;

  /// Sets the callback that hears of progress, at most some 20 times a second and at each change of
  /// phase; an empty one for none.
  Job& on_progress(Listener listener) {
    const auto state = share();
    const Turn turn(*state);
    auto ear = std::make_shared<Ear>(std::move(listener));
    detail::call(bridge::job_listen, *state->job.share(),
                 std::shared_ptr<bridge::Listener>(ear));
    state->ear = std::move(ear);
    return *this;
  }

  /// A handle with which any thread can cancel this job.
  Cancel cancel_handle() const { return share()->cancel; }

  /// Whether somebody has cancelled this job.
  bool is_cancelled() const { return share()->cancel.is_cancelled(); }

  /// How long each phase of the last call took, in the order in which they began. What comes before
  /// the first one counts to it, so that all together are the whole call.
  std::vector<Timing> timings() const {
    const auto state = share();
    const Turn turn(*state);
    return detail::list(detail::call(bridge::job_timings, *state->job.share()));
  }

 private:
  friend class Compose;
  friend class Sysroot;
  friend class Transaction;

  /// Keeps what the callback throws, since nothing may be thrown through Rust.
  class Ear final : public bridge::Listener {
   public:
    explicit Ear(Job::Listener listener) : listener_(std::move(listener)) {}

    bool report(std::uint8_t phase, std::uint64_t done, std::uint64_t total, std::uint8_t unit,
                double fraction, rust::Str detail) const noexcept override {
      if (!listener_) return true;
      // Reports that were under way are not for somebody who has thrown.
      if (thrown_) return false;
      try {
        Progress progress;
        progress.phase_ = static_cast<Phase>(phase);
        progress.done_ = done;
        progress.total_ = total;
        progress.unit_ = static_cast<Unit>(unit);
        progress.fraction_ = fraction;
        progress.detail_ = detail::string(detail);
        return listener_(progress) == Flow::Continue;
      } catch (...) {
        thrown_ = std::current_exception();
        return false;
      }
    }

    std::exception_ptr take_thrown() const noexcept { return std::exchange(thrown_, nullptr); }

   private:
    Job::Listener listener_;
    // Touched only by the thread whose call has the job's turn.
    mutable std::exception_ptr thrown_;
  };

  struct State {
    State()
        : job(detail::call(bridge::job_new)),
          cancel(detail::call(bridge::job_cancel_handle, *job.share())) {}

    detail::Handle<bridge::Job> job;
    Cancel cancel;
    std::shared_ptr<Ear> ear;
    std::atomic_flag busy = ATOMIC_FLAG_INIT;
  };

  /// One call's turn with the job.
  class Turn {
   public:
    explicit Turn(State& state) : state_(state) {
      if (state_.busy.test_and_set(std::memory_order_acquire))
        throw Error(ErrorKind::InUse,
                    "the job is used by a call that has not returned; wait for it");
    }
    ~Turn() { state_.busy.clear(std::memory_order_release); }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

   private:
    State& state_;
  };

  std::shared_ptr<State> share() const {
    if (!state_)
      throw Error(ErrorKind::SpentHandle, "the job was moved from; use the one it was moved to");
    return state_;
  }

  /// Makes a long call, and throws what the callback has thrown meanwhile.
  template <class Work>
  auto run(Work work) {
    const auto state = share();
    const Turn turn(*state);
    const auto thrown = [&state] {
      return state->ear ? state->ear->take_thrown() : std::exception_ptr();
    };
    try {
      auto result = work(*state->job.share());
      if (const auto exception = thrown()) std::rethrow_exception(exception);
      return result;
    } catch (const Error&) {
      if (const auto exception = thrown()) std::rethrow_exception(exception);
      throw;
    }
  }

  std::shared_ptr<State> state_;
};

}  // namespace regraft

#endif
