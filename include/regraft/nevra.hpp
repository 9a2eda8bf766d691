/* Part of regraft.hpp: package identity, the order of versions, dependencies. */
#ifndef REGRAFT_NEVRA_HPP
#define REGRAFT_NEVRA_HPP

#include <cstdint>
#include <functional>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include <regraft/src/values.rs.h>
#include <rust/cxx.h>

namespace regraft {

/// Epoch, version and release, ordered as rpm does (`rpm-version(7)`).
struct Evr {
  /// The epoch; 0 where a package has none.
  std::uint32_t epoch = 0;
  /// The version.
  std::string version;
  /// The release; empty where only a version is meant (in a dependency).
  std::string release;

  /// From `[EPOCH:]VERSION[-RELEASE]`. Throws `Error` of kind `InvalidArgument` for anything else.
  static Evr parse(std::string_view text);

  /// rpm's own comparison, to which some different texts are equal (`1.0` and `1.00`): less than,
  /// equal to or greater than 0.
  int compare(const Evr& other) const;

  /// `[EPOCH:]VERSION[-RELEASE]`; an epoch of 0 is not written.
  std::string to_string() const {
    std::string text = epoch > 0 ? std::to_string(epoch) + ":" + version : version;
    return release.empty() ? text : text + "-" + release;
  }
};

/// Whether all parts are the same texts.
inline bool operator==(const Evr& a, const Evr& b) {
  return a.epoch == b.epoch && a.version == b.version && a.release == b.release;
}
inline bool operator!=(const Evr& a, const Evr& b) { return !(a == b); }
/// rpm's order; where rpm sees no difference the texts decide, so that it agrees with `==`.
inline bool operator<(const Evr& a, const Evr& b) {
  const int order = a.compare(b);
  if (order != 0) return order < 0;
  if (a.version != b.version) return a.version < b.version;
  return a.release < b.release;
}
inline bool operator>(const Evr& a, const Evr& b) { return b < a; }
inline bool operator<=(const Evr& a, const Evr& b) { return !(b < a); }
inline bool operator>=(const Evr& a, const Evr& b) { return !(a < b); }
inline std::ostream& operator<<(std::ostream& out, const Evr& evr) {
  return out << evr.to_string();
}

/// Name, EVR and architecture of one package, ordered by name, then EVR, then architecture.
struct Nevra {
  /// The name.
  std::string name;
  /// Epoch, version and release.
  Evr evr;
  /// The architecture, `noarch` included.
  std::string arch;

  /// From `NAME-[EPOCH:]VERSION-RELEASE.ARCH`. Throws `Error` of kind `InvalidArgument` for
  /// anything else.
  static Nevra parse(std::string_view text);

  /// `NAME-[EPOCH:]VERSION-RELEASE.ARCH`; an epoch of 0 is not written.
  std::string to_string() const { return name + "-" + evr.to_string() + "." + arch; }
};

inline bool operator==(const Nevra& a, const Nevra& b) {
  return a.name == b.name && a.evr == b.evr && a.arch == b.arch;
}
inline bool operator!=(const Nevra& a, const Nevra& b) { return !(a == b); }
inline bool operator<(const Nevra& a, const Nevra& b) {
  if (a.name != b.name) return a.name < b.name;
  if (a.evr != b.evr) return a.evr < b.evr;
  return a.arch < b.arch;
}
inline bool operator>(const Nevra& a, const Nevra& b) { return b < a; }
inline bool operator<=(const Nevra& a, const Nevra& b) { return !(b < a); }
inline bool operator>=(const Nevra& a, const Nevra& b) { return !(a < b); }
inline std::ostream& operator<<(std::ostream& out, const Nevra& nevra) {
  return out << nevra.to_string();
}

/// The comparison of a dependency, as a set of bits; the values are those of rpm's `RPMSENSE`.
enum class Sense : std::uint32_t {
  /// Any version.
  Any = 0,
  /// Less than.
  Less = 0x02,
  /// Greater than.
  Greater = 0x04,
  /// Equal to.
  Equal = 0x08,
};

constexpr Sense operator|(Sense a, Sense b) {
  return static_cast<Sense>(static_cast<std::uint32_t>(a) | static_cast<std::uint32_t>(b));
}
constexpr Sense operator&(Sense a, Sense b) {
  return static_cast<Sense>(static_cast<std::uint32_t>(a) & static_cast<std::uint32_t>(b));
}

/// One entry of a package's Provides, Requires, Conflicts, Obsoletes, Recommends and so on.
struct Dependency {
  /// A package name, a capability (`libc.so.6()(64bit)`), a path, or a rich dependency in
  /// parentheses.
  std::string name;
  /// How the version compares.
  Sense sense = Sense::Any;
  /// `[EPOCH:]VERSION[-RELEASE]`; empty with `Sense::Any`.
  std::string version;

  /// From `NAME` or `NAME OPERATOR VERSION`, the operator one of `< <= = >= >`; a text that begins
  /// with a parenthesis is a rich dependency, kept as it is. Throws `Error` of kind
  /// `InvalidArgument` for anything else.
  static Dependency parse(std::string_view text);

  /// `NAME` or `NAME OPERATOR VERSION`.
  std::string to_string() const;
};

inline bool operator==(const Dependency& a, const Dependency& b) {
  return a.name == b.name && a.sense == b.sense && a.version == b.version;
}
inline bool operator!=(const Dependency& a, const Dependency& b) { return !(a == b); }
inline std::ostream& operator<<(std::ostream& out, const Dependency& dependency) {
  return out << dependency.to_string();
}

namespace detail {

/// Makes `list` find the overloads of `value` that are declared after it.
struct Here {};

inline std::string string(const rust::String& text) { return {text.data(), text.size()}; }

inline std::string string(const rust::Str& text) { return {text.data(), text.size()}; }

inline std::string_view view(const rust::Str& text) { return {text.data(), text.size()}; }

inline std::optional<std::string> optional(const bridge::Text& text) {
  if (!text.present) return std::nullopt;
  return string(text.value);
}

inline std::optional<bool> optional(const bridge::Flag& flag) {
  if (!flag.present) return std::nullopt;
  return flag.value;
}

inline Nevra value(const bridge::Nevra& nevra, Here = {}) {
  return {string(nevra.name),
          {nevra.epoch, string(nevra.version), string(nevra.release)},
          string(nevra.arch)};
}

inline std::optional<Nevra> optional(const bridge::OptionalNevra& nevra) {
  if (!nevra.present) return std::nullopt;
  return value(nevra.value);
}

inline Dependency value(const bridge::Dependency& dependency, Here = {}) {
  return {string(dependency.name), static_cast<Sense>(dependency.sense),
          string(dependency.version)};
}

/// A list of the bridge as a vector of values.
template <class T>
auto list(const rust::Vec<T>& from) {
  std::vector<decltype(value(std::declval<const T&>(), Here{}))> to;
  to.reserve(from.size());
  for (const T& item : from) to.push_back(value(item, Here{}));
  return to;
}

inline std::vector<std::string> list(const rust::Vec<rust::String>& from) {
  std::vector<std::string> to;
  to.reserve(from.size());
  for (const rust::String& item : from) to.push_back(string(item));
  return to;
}

}  // namespace detail
}  // namespace regraft

/// \cond
/// Packages as keys of unordered containers.
template <>
struct std::hash<regraft::Nevra> {
  /// The hash.
  std::size_t operator()(const regraft::Nevra& nevra) const noexcept {
    const std::hash<std::string> of;
    std::size_t sum = of(nevra.name);
    for (std::size_t part : {static_cast<std::size_t>(nevra.evr.epoch), of(nevra.evr.version),
                             of(nevra.evr.release), of(nevra.arch)})
      sum = sum * 31 + part;
    return sum;
  }
};
/// \endcond

#endif
