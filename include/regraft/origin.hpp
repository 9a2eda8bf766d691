/* Part of regraft.hpp: what a deployment follows, and what was asked for on top of it. */
#ifndef REGRAFT_ORIGIN_HPP
#define REGRAFT_ORIGIN_HPP

#include <regraft/call.hpp>
#include <regraft/src/origin.rs.h>

namespace regraft {

/// A local RPM that an origin names.
struct LocalPackage {
  /// SHA-256 of the file's lead, signature and header, in hexadecimal.
  std::string digest;
  /// The package.
  Nevra package;
};

inline bool operator==(const LocalPackage& a, const LocalPackage& b) {
  return a.digest == b.digest && a.package == b.package;
}
inline bool operator!=(const LocalPackage& a, const LocalPackage& b) { return !(a == b); }

/// Base packages that are replaced from a repository.
struct Replacement {
  /// The repository's identifier.
  std::string repo;
  /// The packages' names.
  std::vector<std::string> packages;
};

inline bool operator==(const Replacement& a, const Replacement& b) {
  return std::tie(a.repo, a.packages) == std::tie(b.repo, b.packages);
}
inline bool operator!=(const Replacement& a, const Replacement& b) { return !(a == b); }

namespace detail {

inline LocalPackage value(const bridge::LocalPackage& local, Here = {}) {
  return {string(local.digest), value(local.package)};
}

inline Replacement value(const bridge::Replacement& replaced, Here = {}) {
  return {string(replaced.repo), list(replaced.packages)};
}

}  // namespace detail

/// An origin file: a value, which copies as one. Whatever is not edited keeps its bytes: comments,
/// groups and keys that nobody here knows. Two are equal when their texts are.
///
/// ```cpp
/// auto origin = regraft::Origin::parse("[origin]\nrefspec=os:os/x86_64/base\n");
/// origin.add_requested("tmux");
/// ```
class Origin {
 public:
  /// An origin that follows `refspec` (`REMOTE:REF`, `REF` or a commit's checksum), and nothing
  /// more.
  explicit Origin(std::string_view refspec)
      : Origin(detail::call(bridge::origin_new, detail::text(refspec))) {}

  /// Reads the text of an origin file. Throws `Error` of kind `Config`, naming the line, where GLib
  /// or rpm-ostree would refuse the file.
  static Origin parse(std::string_view text) {
    return Origin(detail::call(bridge::origin_parse, detail::text(text)));
  }

  /// Moves.
  Origin(Origin&&) noexcept = default;
  /// Moves.
  Origin& operator=(Origin&&) noexcept = default;
  /// Copies.
  Origin(const Origin& other)
      : origin_(detail::call(bridge::origin_clone, *other.origin_.share())) {}
  /// Copies.
  Origin& operator=(const Origin& other) {
    if (this != &other) *this = Origin(other);
    return *this;
  }
  ~Origin() = default;

  /// The file's text.
  std::string to_string() const { return detail::string(facts().text); }

  /// What it says as one JSON document.
  std::string to_json() const { return detail::string(facts().json); }

  /// The same without what concerns only one deployment (`libostree-transient`), for comparisons.
  Origin without_transient() const {
    return Origin(detail::call(bridge::origin_without_transient, *origin_.share()));
  }

  /// The ref that the base comes from: `REMOTE:REF`, `REF`, or a commit's checksum.
  std::optional<std::string> refspec() const { return detail::optional(facts().refspec); }

  /// The container image that the base comes from, with its signature policy.
  std::optional<std::string> container_image_reference() const {
    return detail::optional(facts().container_image_reference);
  }

  /// The base commit that was asked for instead of the newest.
  std::optional<std::string> override_commit() const {
    return detail::optional(facts().override_commit);
  }

  /// Why this system cannot be upgraded before somebody has set it up; for the user to read.
  std::optional<std::string> unconfigured_state() const {
    return detail::optional(facts().unconfigured_state);
  }

  /// Address of the custom origin, which an outer tool manages.
  std::optional<std::string> custom_url() const { return detail::optional(facts().custom_url); }

  /// Description of the custom origin.
  std::optional<std::string> custom_description() const {
    return detail::optional(facts().custom_description);
  }

  /// The packages asked for, as names, capabilities or paths.
  std::vector<std::string> requested() const { return detail::list(facts().requested); }

  /// The local RPMs asked for.
  std::vector<LocalPackage> requested_local() const {
    return detail::list(facts().requested_local);
  }

  /// The local RPMs whose files win over all others'.
  std::vector<LocalPackage> requested_local_fileoverride() const {
    return detail::list(facts().requested_local_fileoverride);
  }

  /// The names of the base packages to remove.
  std::vector<std::string> overrides_remove() const {
    return detail::list(facts().overrides_remove);
  }

  /// The local RPMs that replace base packages.
  std::vector<LocalPackage> overrides_replace_local() const {
    return detail::list(facts().overrides_replace_local);
  }

  /// The base packages replaced from a repository.
  std::vector<Replacement> overrides_replace() const {
    return detail::list(facts().overrides_replace);
  }

  /// Whether the initramfs is made anew on this machine.
  bool regenerate_initramfs() const { return facts().regenerate_initramfs; }

  /// Further arguments for dracut.
  std::vector<std::string> initramfs_args() const { return detail::list(facts().initramfs_args); }

  /// The files of `/etc` that are appended to the initramfs.
  std::vector<std::string> initramfs_etc() const { return detail::list(facts().initramfs_etc); }

  /// Whether `rpm`, `dnf` and others are wrapped.
  bool cliwrap() const { return facts().cliwrap; }

  /// The module streams enabled.
  std::vector<std::string> modules_enable() const { return detail::list(facts().modules_enable); }

  /// The module profiles installed.
  std::vector<std::string> modules_install() const {
    return detail::list(facts().modules_install);
  }

  /// Whether the deployment is kept until somebody unpins it.
  bool pinned() const { return facts().pinned; }

  /// Whether something is asked for on top of the base, so that the tree is assembled here.
  bool has_requests() const { return facts().has_requests; }

  /// The first thing in it that this version of regraft cannot do; none when it can do everything.
  std::optional<std::string> unsupported() const { return detail::optional(facts().unsupported); }

  /// Follows another ref from now on. What belonged to the old one goes: a commit chosen instead of
  /// its newest, a container image, a custom origin, a note that it is not set up. Requests stay.
  Origin& set_refspec(std::string_view refspec) {
    edit(bridge::OriginEdit::SetRefspec, refspec);
    return *this;
  }

  /// Takes this base commit (64 hexadecimal digits) instead of the newest; none: the newest again.
  Origin& set_override_commit(std::optional<std::string_view> checksum) {
    edit(checksum ? bridge::OriginEdit::SetOverrideCommit : bridge::OriginEdit::ClearOverrideCommit,
         checksum.value_or(std::string_view()));
    return *this;
  }

  /// Asks for a package by name, capability or path. Each of the following says whether that
  /// changed anything.
  bool add_requested(std::string_view pattern) {
    return edit(bridge::OriginEdit::AddRequested, pattern);
  }

  /// No longer asks for it; `pattern` is the text of the request.
  bool remove_requested(std::string_view pattern) {
    return edit(bridge::OriginEdit::RemoveRequested, pattern);
  }

  /// Asks for a local RPM; `digest` is the SHA-256 of its lead, signature and header, in
  /// hexadecimal.
  bool add_requested_local(std::string_view digest, const Nevra& package) {
    return edit(bridge::LocalEdit::AddRequested, digest, package);
  }

  /// No longer asks for a local RPM.
  bool remove_requested_local(const Nevra& package) {
    return edit(bridge::LocalEdit::RemoveRequested, {}, package);
  }

  /// Takes back all requests for packages, local ones included; overrides stay.
  bool clear_requested() { return edit(bridge::OriginEdit::ClearRequested, {}); }

  /// Asks for a base package's removal, by name.
  bool add_override_remove(std::string_view name) {
    return edit(bridge::OriginEdit::AddOverrideRemove, name);
  }

  /// Takes that back.
  bool reset_override_remove(std::string_view name) {
    return edit(bridge::OriginEdit::ResetOverrideRemove, name);
  }

  /// Asks for a base package's replacement by a local RPM; `digest` as in `add_requested_local`.
  bool add_override_replace_local(std::string_view digest, const Nevra& package) {
    return edit(bridge::LocalEdit::AddOverrideReplace, digest, package);
  }

  /// Takes that back.
  bool reset_override_replace_local(const Nevra& package) {
    return edit(bridge::LocalEdit::ResetOverrideReplace, {}, package);
  }

  /// Asks for a base package's replacement from the repository `repo`; a package is replaced from
  /// one repository alone, the one named last.
  bool add_override_replace(std::string_view repo, std::string_view name) {
    return detail::call(bridge::origin_add_override_replace, *origin_.share(), detail::text(repo),
                        detail::text(name));
  }

  /// Takes that back.
  bool reset_override_replace(std::string_view name) {
    return edit(bridge::OriginEdit::ResetOverrideReplace, name);
  }

  /// Takes back all removals and replacements of base packages.
  bool reset_overrides() { return edit(bridge::OriginEdit::ResetOverrides, {}); }

  /// Whether they are equal.
  friend bool operator==(const Origin& a, const Origin& b) {
    return a.to_string() == b.to_string();
  }
  /// Whether they differ.
  friend bool operator!=(const Origin& a, const Origin& b) { return !(a == b); }

 private:
  friend class Deployment;

  explicit Origin(rust::Box<bridge::Origin> origin) : origin_(std::move(origin)) {}

  bridge::OriginFacts facts() const {
    return detail::call(bridge::origin_facts, *origin_.share());
  }

  bool edit(bridge::OriginEdit edit, std::string_view value) {
    return detail::call(bridge::origin_edit, *origin_.share(), edit, detail::text(value));
  }

  bool edit(bridge::LocalEdit edit, std::string_view digest, const Nevra& package) {
    return detail::call(bridge::origin_edit_local, *origin_.share(), edit, detail::text(digest),
                        detail::to_bridge(package));
  }

  detail::Handle<bridge::Origin> origin_;
};

/// The file's text.
inline std::ostream& operator<<(std::ostream& out, const Origin& origin) {
  return out << origin.to_string();
}

}  // namespace regraft

#endif
