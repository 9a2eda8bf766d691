/* Part of regraft.hpp: how the bridge is called. Programs need not know it. */
#ifndef REGRAFT_CALL_HPP
#define REGRAFT_CALL_HPP

#include <filesystem>
#include <type_traits>

#include <regraft/error.hpp>

namespace regraft::detail {

/// A text for the bridge, borrowed: it must be UTF-8.
inline rust::Str text(std::string_view text) {
  if (text.empty()) return {};
  try {
    return {text.data(), text.size()};
  } catch (const std::invalid_argument&) {
    throw Error(ErrorKind::BadUtf8, "an argument is not UTF-8; give texts and paths as UTF-8");
  }
}

/// A path for the bridge; texts, which would become paths by themselves, are left to the other.
template <class Path,
          class = std::enable_if_t<std::is_same_v<Path, std::filesystem::path>>>
rust::Str text(const Path& path) {
  return text(std::string_view(path.native()));
}

/// The same as a value of its own.
inline rust::String owned(std::string_view from) {
  const rust::Str checked = text(from);
  return checked.empty() ? rust::String() : rust::String(checked.data(), checked.size());
}

inline rust::Vec<rust::String> texts(const std::vector<std::string>& from) {
  rust::Vec<rust::String> to;
  to.reserve(from.size());
  for (const std::string& item : from) to.push_back(owned(item));
  return to;
}

inline bridge::Nevra to_bridge(const Nevra& nevra) {
  bridge::Nevra to{};
  to.name = owned(nevra.name);
  to.epoch = nevra.evr.epoch;
  to.version = owned(nevra.evr.version);
  to.release = owned(nevra.evr.release);
  to.arch = owned(nevra.arch);
  return to;
}

inline bridge::Text to_bridge(std::optional<std::string_view> from) {
  bridge::Text to{};
  to.present = from.has_value();
  if (from) to.value = owned(*from);
  return to;
}

/// Any bytes for the bridge, borrowed.
inline rust::Slice<const std::uint8_t> bytes(std::string_view from) {
  if (from.empty()) return {};
  return {reinterpret_cast<const std::uint8_t*>(from.data()), from.size()};
}

/// Calls a function of the bridge, and throws what it failed with.
template <class F, class... A>
auto call(F function, A&&... arguments) {
  bridge::Failure failure{};
  if constexpr (std::is_void_v<decltype(function(std::forward<A>(arguments)..., failure))>) {
    function(std::forward<A>(arguments)..., failure);
    if (failure.kind != 0) throw Error(failure);
  } else {
    auto result = function(std::forward<A>(arguments)..., failure);
    if (failure.kind != 0) throw Error(failure);
    return result;
  }
}

/// What owns a value of the Rust side. A call holds a share, so that its callbacks may move or
/// destroy the object that it was made on.
template <class T>
class Handle {
 public:
  Handle() = default;
  explicit Handle(rust::Box<T> box)
      : value_(box.into_raw(), [](T* raw) { auto owned = rust::Box<T>::from_raw(raw); }) {}

  /// A share of it; throws where it was moved from.
  std::shared_ptr<T> share() const {
    if (!value_)
      throw Error(ErrorKind::SpentHandle, "the object was moved from; use the one it was moved to");
    return value_;
  }

 private:
  std::shared_ptr<T> value_;
};

/// Values that were copied out of the bridge, and with which no more can be done than read them.
template <class T>
class Facts {
 public:
  Facts() = default;
  explicit Facts(T facts) : facts_(std::make_shared<const T>(std::move(facts))) {}

  const T* operator->() const {
    if (!facts_)
      throw Error(ErrorKind::SpentHandle, "the object was moved from; use the one it was moved to");
    return facts_.get();
  }
  const T& operator*() const { return *operator->(); }

 private:
  std::shared_ptr<const T> facts_;
};

using Time = std::chrono::system_clock::time_point;

inline Time time(std::uint64_t seconds) {
  return Time(std::chrono::duration_cast<Time::duration>(
      std::chrono::seconds(static_cast<std::int64_t>(seconds))));
}

inline std::chrono::nanoseconds nanoseconds(std::uint64_t count) {
  return std::chrono::nanoseconds(static_cast<std::int64_t>(count));
}

}  // namespace regraft::detail

namespace regraft {

inline Evr Evr::parse(std::string_view text) {
  return detail::value(detail::call(bridge::evr_parse, detail::text(text))).evr;
}

inline int Evr::compare(const Evr& other) const {
  return detail::call(bridge::evr_compare, epoch, detail::text(version), detail::text(release),
                      other.epoch, detail::text(other.version), detail::text(other.release));
}

inline Nevra Nevra::parse(std::string_view text) {
  return detail::value(detail::call(bridge::nevra_parse, detail::text(text)));
}

inline std::optional<Nevra> Error::package() const {
  const auto text = field("package");
  if (!text) return std::nullopt;
  return Nevra::parse(*text);
}

inline Dependency Dependency::parse(std::string_view text) {
  return detail::value(detail::call(bridge::dependency_parse, detail::text(text)));
}

inline std::string Dependency::to_string() const {
  return detail::string(detail::call(bridge::dependency_text, detail::text(name),
                                     static_cast<std::uint32_t>(sense), detail::text(version)));
}

}  // namespace regraft

#endif
