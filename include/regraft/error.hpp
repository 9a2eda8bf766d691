/* Part of regraft.hpp: every way a call can fail. */
#ifndef REGRAFT_ERROR_HPP
#define REGRAFT_ERROR_HPP

#include <chrono>
#include <memory>
#include <stdexcept>

#include <regraft/nevra.hpp>

namespace regraft {

/// What the caller can do about an `Error`. The numbers are those of the C ABI and of Rust, and
/// never change their meaning; there may be more of them in later versions.
enum class ErrorKind : std::int32_t {
  /// Never thrown by this API: an argument of the C ABI is missing.
  NullArgument = 1,
  /// A text is not UTF-8.
  BadUtf8 = 2,
  /// A number stands for no value of its enumeration.
  BadEnum = 3,
  /// A defect of regraft was met, and the object that it was met in is spent: please report it.
  Panic = 4,
  /// The object is used by a call that has not returned: of another thread, or the one whose
  /// callback this is.
  InUse = 5,
  /// The object was moved from, or a defect has left nothing of it.
  SpentHandle = 6,

  /// The operating system refused something that usually works; retry or look at the machine.
  Io = 100,
  /// Another program holds the lock: wait, then call again.
  Busy = 101,
  /// The plan was made from a state that has moved: plan again.
  Stale = 102,
  /// This transaction has been staged already: open a new one.
  Spent = 103,
  /// The caller cancelled.
  Cancelled = 104,
  /// Something that was named does not exist.
  NotFound = 105,
  /// The folder is no OSTree sysroot, or it is in a format that this version cannot read.
  NotASysroot = 106,
  /// This user may not do that.
  Permission = 107,
  /// The disk (or its inodes) is full.
  NoSpace = 108,
  /// Data is damaged or does not have the format that it should have.
  Corrupt = 109,
  /// Data differs from the digest or size that was promised for it.
  Digest = 110,
  /// A signature is missing, bad, or by a key that is not trusted.
  Signature = 111,
  /// A server could not be reached or refused.
  Network = 112,
  /// A configuration file (`.repo`, origin, treefile) is wrong.
  Config = 113,
  /// No set of packages satisfies the request; `Error::problems` says why.
  Unsolvable = 114,
  /// Packages want different content at one path; `Error::conflicts` has all of them.
  FileConflict = 115,
  /// A package's scriptlet failed; `Error::script_output` is what it printed.
  ScriptFailed = 116,
  /// Something that regraft does not do (yet) was met; nothing was written.
  Unsupported = 117,
  /// An argument has a value that cannot mean anything.
  InvalidArgument = 118,
  /// A package has a file where an OSTree system cannot have one.
  PathNotAllowed = 119,
  /// The sandbox for scriptlets cannot work on this machine as it is set up.
  Sandbox = 120,
  /// The new base is older than the deployed one.
  Downgrade = 121,
  /// The request is already met.
  AlreadyPresent = 122,
  /// The sysroot or the base is in a state that does not allow the operation.
  State = 123,
  /// libostree failed in a way that has no kind of its own.
  Engine = 124,
  /// A defect of regraft: please report it.
  Internal = 125,
};

/// The kind's name in kebab case, as in `file-conflict`; `unknown` for a number without one.
inline std::string_view to_string(ErrorKind kind) noexcept {
  return detail::view(bridge::kind_name(static_cast<std::int32_t>(kind)));
}
inline std::ostream& operator<<(std::ostream& out, ErrorKind kind) {
  return out << to_string(kind);
}

/// One reason why a request cannot be satisfied.
struct Problem {
  /// What is wrong, naming the packages: `nothing provides libfoo.so.1 needed by foo-1-1.x86_64`.
  std::string explanation;
  /// Each is one way out: `do not install foo`.
  std::vector<std::string> suggestions;
};

inline bool operator==(const Problem& a, const Problem& b) {
  return std::tie(a.explanation, a.suggestions) == std::tie(b.explanation, b.suggestions);
}
inline bool operator!=(const Problem& a, const Problem& b) { return !(a == b); }

inline std::ostream& operator<<(std::ostream& out, const Problem& problem) {
  return out << problem.explanation;
}

/// One path for which two owners have different content.
struct Conflict {
  /// The path in the tree, beginning with `/`.
  std::string path;
  /// The package that has it already; none for a file of the base that no package owns.
  std::optional<Nevra> first;
  /// The package that wants it, too.
  Nevra second;
  /// One line about it.
  std::string text;
};

inline bool operator==(const Conflict& a, const Conflict& b) {
  return std::tie(a.path, a.first, a.second) == std::tie(b.path, b.first, b.second);
}
inline bool operator!=(const Conflict& a, const Conflict& b) { return !(a == b); }

inline std::ostream& operator<<(std::ostream& out, const Conflict& conflict) {
  return out << conflict.text;
}

namespace detail {

/// A text inside the quotes of JSON.
inline std::string escaped(std::string_view text) {
  std::string to;
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      to += '\\';
      to += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      constexpr const char* digits = "0123456789abcdef";
      to += "\\u00";
      to += digits[c >> 4];
      to += digits[c & 0xf];
    } else {
      to += c;
    }
  }
  return to;
}

inline Problem value(const bridge::Problem& problem, Here = {}) {
  return {string(problem.explanation), list(problem.suggestions)};
}

inline Conflict value(const bridge::Conflict& conflict, Here = {}) {
  return {string(conflict.path), optional(conflict.first), value(conflict.second),
          string(conflict.text)};
}

}  // namespace detail

/// Why a call failed. `what()` is for people: it names the object and what to do. Programs look at
/// `kind()`.
///
/// ```cpp
/// try {
///   tx.stage(plan, job);
/// } catch (const regraft::Error& e) {
///   if (e.kind() == regraft::ErrorKind::Stale) replan(tx);
///   for (const auto& problem : e.problems()) show(problem.explanation, problem.suggestions);
/// }
/// ```
class Error : public std::runtime_error {
 public:
  /// An error of the caller's own making.
  Error(ErrorKind kind, const std::string& message) : std::runtime_error(message) {
    auto data = std::make_shared<Data>();
    data->kind = kind;
    data->json = "{\"code\":" + std::to_string(static_cast<std::int32_t>(kind)) + ",\"kind\":\"" +
                 std::string(to_string(kind)) + "\",\"message\":\"" + detail::escaped(message) +
                 "\"}";
    data_ = std::move(data);
  }

  /// What the library or the bridge says.
  explicit Error(const bridge::Failure& failure)
      : std::runtime_error(detail::string(failure.message)) {
    auto data = std::make_shared<Data>();
    data->kind = static_cast<ErrorKind>(failure.kind);
    data->json = detail::string(failure.json);
    for (const auto& field : failure.fields)
      data->fields.emplace_back(detail::string(field.name), detail::string(field.value));
    data->problems = detail::list(failure.problems);
    data->conflicts = detail::list(failure.conflicts);
    data->duration = std::chrono::nanoseconds(static_cast<std::int64_t>(failure.nanoseconds));
    data_ = std::move(data);
  }

  /// What the caller can do about it.
  ErrorKind kind() const noexcept { return data_->kind; }

  /// The kind's name: `not-found`.
  std::string_view kind_name() const noexcept { return to_string(data_->kind); }

  /// The same as `what()`.
  std::string message() const { return what(); }

  /// The whole error as one JSON object: `kind`, `code`, `message`, and the fields that only this
  /// error has.
  const std::string& to_json() const noexcept { return data_->json; }

  /// The names and texts of the fields that only this error has: `path`, `object`, `reason`,
  /// `remedy`, `url` and so on, as in JSON. Lists are not among them.
  const std::vector<std::pair<std::string, std::string>>& fields() const noexcept {
    return data_->fields;
  }

  /// One of them; none where this error does not have it.
  std::optional<std::string> field(std::string_view name) const {
    for (const auto& [known, value] : data_->fields)
      if (known == name) return value;
    return std::nullopt;
  }

  /// `Unsolvable`: what is wrong and what would help; otherwise empty.
  const std::vector<Problem>& problems() const noexcept { return data_->problems; }

  /// `FileConflict`: all paths; otherwise empty.
  const std::vector<Conflict>& conflicts() const noexcept { return data_->conflicts; }

  /// `ScriptFailed`: the end of what the script printed; otherwise none.
  std::optional<std::string> script_output() const { return field("output"); }

  /// `ScriptFailed`: how long the script ran; otherwise none.
  std::optional<std::chrono::nanoseconds> script_duration() const noexcept {
    if (kind() != ErrorKind::ScriptFailed) return std::nullopt;
    return data_->duration;
  }

  /// `ScriptFailed`, `PathNotAllowed`: which package it is about; otherwise none.
  std::optional<Nevra> package() const;

  /// `Busy`: who holds the lock, program, pid and start time, or `another program`; otherwise none.
  std::optional<std::string> holder() const { return field("holder"); }

  /// What to do, where it is a field of its own; `what()` always says it.
  std::optional<std::string> remedy() const { return field("remedy"); }

 private:
  struct Data {
    ErrorKind kind = ErrorKind::Internal;
    std::string json;
    std::vector<std::pair<std::string, std::string>> fields;
    std::vector<Problem> problems;
    std::vector<Conflict> conflicts;
    std::chrono::nanoseconds duration{};
  };
  // Shared, since copying an exception must not throw.
  std::shared_ptr<const Data> data_;
};

/// `KIND: MESSAGE`.
inline std::ostream& operator<<(std::ostream& out, const Error& error) {
  return out << error.kind_name() << ": " << error.what();
}

}  // namespace regraft

#endif
