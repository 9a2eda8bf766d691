/* Part of regraft.hpp: package changes, and what scripts left to read. */
#ifndef REGRAFT_CHANGE_HPP
#define REGRAFT_CHANGE_HPP

#include <regraft/call.hpp>

namespace regraft {

/// What happens to a package. Later versions may have more.
enum class Action : std::uint8_t {
  /// It is added.
  Install = 0,
  /// It replaces an older version.
  Upgrade = 1,
  /// It replaces a newer version.
  Downgrade = 2,
  /// It replaces a package of the same version with other content.
  Reinstall = 3,
  /// It is taken out.
  Remove = 4,
};

/// The action's name, as in the plan's table and in JSON: `install`.
inline std::string_view to_string(Action action) noexcept {
  return detail::view(bridge::action_name(static_cast<std::uint8_t>(action)));
}
inline std::ostream& operator<<(std::ostream& out, Action action) {
  return out << to_string(action);
}

/// Why a package changes.
struct Reason {
  /// Later versions may have more.
  enum class Kind : std::uint8_t {
    /// The user asked for `request`.
    Requested = 0,
    /// `package` needs it.
    RequiredBy = 1,
    /// `package` recommends it.
    RecommendedBy = 2,
    /// `package` replaces it.
    ObsoletedBy = 3,
    /// The user asked to remove it from the base.
    Removed = 4,
    /// The user asked to replace it.
    Replaced = 5,
    /// The new base brings it (or no longer has it).
    Base = 6,
  };

  /// Which one.
  Kind kind = Kind::Base;
  /// `Requested`: the name, capability, path or file that was asked for.
  std::optional<std::string> request;
  /// `RequiredBy`, `RecommendedBy`, `ObsoletedBy`: which package.
  std::optional<Nevra> package;
  /// In words: `required by git`.
  std::string text;
};

inline bool operator==(const Reason& a, const Reason& b) {
  return std::tie(a.kind, a.request, a.package) == std::tie(b.kind, b.request, b.package);
}
inline bool operator!=(const Reason& a, const Reason& b) { return !(a == b); }

inline std::ostream& operator<<(std::ostream& out, const Reason& reason) {
  return out << reason.text;
}

/// One package change.
struct Change {
  /// What happens.
  Action action = Action::Install;
  /// The package that is there afterwards, or for a removal the one that no longer is.
  Nevra package;
  /// For an upgrade, downgrade or reinstall: the package that is there before.
  std::optional<Nevra> from;
  /// The repository that the package comes from; none for a local file, a removal, the base.
  std::optional<std::string> repo;
  /// Bytes to download; 0 when the package is local, cached or removed.
  std::uint64_t download_size = 0;
  /// Bytes that the package's files take, by its header; for a removal those that are freed.
  std::uint64_t installed_size = 0;
  /// Why.
  Reason reason;
  /// One line: action, package, what it replaces, where it is from and why.
  std::string text;
};

inline bool operator==(const Change& a, const Change& b) {
  const auto tied = [](const Change& v) {
    return std::tie(v.action, v.package, v.from, v.repo, v.download_size, v.installed_size,
                    v.reason);
  };
  return tied(a) == tied(b);
}
inline bool operator!=(const Change& a, const Change& b) { return !(a == b); }

inline std::ostream& operator<<(std::ostream& out, const Change& change) {
  return out << change.text;
}

/// One script's run.
struct ScriptLog {
  /// The package.
  Nevra package;
  /// Which one: `pre`, `post`, `posttrans`, `transfiletriggerin`.
  std::string script;
  /// What it printed, the end of it when that was much.
  std::string output;
  /// How long it ran.
  std::chrono::nanoseconds duration{};
  /// The paths below `/usr` and `/etc` that differ in the finished tree because of it: sorted, and
  /// each only with the script that wrote it last.
  std::vector<std::string> written;
};

inline bool operator==(const ScriptLog& a, const ScriptLog& b) {
  const auto tied = [](const ScriptLog& v) {
    return std::tie(v.package, v.script, v.output, v.duration, v.written);
  };
  return tied(a) == tied(b);
}
inline bool operator!=(const ScriptLog& a, const ScriptLog& b) { return !(a == b); }

/// `%SCRIPT of PACKAGE: OUTPUT`.
inline std::ostream& operator<<(std::ostream& out, const ScriptLog& log) {
  return out << '%' << log.script << " of " << log.package << ": " << log.output;
}

namespace detail {

inline Change value(const bridge::Change& change, Here = {}) {
  return {static_cast<Action>(change.action),
          value(change.package),
          optional(change.from),
          optional(change.repo),
          change.download_size,
          change.installed_size,
          {static_cast<Reason::Kind>(change.reason), optional(change.request),
           optional(change.reason_package), string(change.reason_text)},
          string(change.text)};
}

inline ScriptLog value(const bridge::ScriptLog& log, Here = {}) {
  return {value(log.package), string(log.script), string(log.output),
          nanoseconds(log.nanoseconds), list(log.written)};
}

}  // namespace detail
}  // namespace regraft

#endif
