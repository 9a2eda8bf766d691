/* Part of regraft.hpp: which packages and settings make a base tree. */
#ifndef REGRAFT_TREEFILE_HPP
#define REGRAFT_TREEFILE_HPP

#include <map>

#include <regraft/call.hpp>
#include <regraft/src/treefile.rs.h>

namespace regraft {

/// A script that a treefile names.
struct PostprocessScript {
  /// Its name in the treefile.
  std::string name;
  /// What is in it.
  std::string content;
};

inline bool operator==(const PostprocessScript& a, const PostprocessScript& b) {
  return std::tie(a.name, a.content) == std::tie(b.name, b.content);
}
inline bool operator!=(const PostprocessScript& a, const PostprocessScript& b) { return !(a == b); }

/// A treefile with all that it includes. What the files do not say is absent or empty. Copies are
/// cheap; any thread may read one.
class Treefile {
 public:
  /// Reads one treefile's text, which must not name other files; `file` is its name for messages,
  /// and when that ends in `.yaml` or `.yml` it is YAML, else JSON. Throws `Error` of kind
  /// `Unsupported` naming all keys in it that regraft does not have; `Config` naming the file and
  /// the key otherwise.
  static Treefile parse(std::string_view text, std::string_view file, std::string_view basearch) {
    return Treefile(detail::call(bridge::treefile_parse, detail::text(text), detail::text(file),
                                 detail::text(basearch)));
  }

  /// Reads a treefile and all that it names, for the architecture of this machine. Files that it
  /// names lie in its own folder or below. Throws as `parse`, and `Error` of kind `Io`.
  static Treefile read(const std::filesystem::path& path) {
    return Treefile(detail::call(bridge::treefile_read, detail::text(path)));
  }

  /// Like `read`, for another architecture.
  static Treefile read_for(const std::filesystem::path& path, std::string_view basearch) {
    return Treefile(
        detail::call(bridge::treefile_read_for, detail::text(path), detail::text(basearch)));
  }

  /// The name that RPM repositories use for this machine's architecture.
  static std::string host_basearch() { return detail::string(bridge::treefile_host_basearch()); }

  /// `ref`: the branch to commit to.
  const std::optional<std::string>& reference() const { return facts_->reference; }
  /// The architecture that it was read for: `x86_64`.
  const std::string& basearch() const { return facts_->basearch; }
  /// `repos`: ids of the RPM repositories to use; those that are enabled, when empty.
  const std::vector<std::string>& repos() const { return facts_->repos; }
  /// `selinux`: whether files get labels; absent: yes.
  std::optional<bool> selinux() const { return facts_->selinux; }
  /// `packages` and `packages-ARCH`: names, capabilities, `NAME OPERATOR VERSION`; sorted.
  const std::vector<std::string>& packages() const { return facts_->packages; }
  /// `exclude-packages`: names of packages that must not come in.
  const std::vector<std::string>& exclude_packages() const { return facts_->exclude_packages; }
  /// `recommends`: whether recommended packages come in; absent: yes.
  std::optional<bool> recommends() const { return facts_->recommends; }
  /// `documentation`: whether files marked as documentation are installed; absent: yes.
  std::optional<bool> documentation() const { return facts_->documentation; }
  /// `install-langs`: the languages whose files are installed; all, when empty.
  const std::vector<std::string>& install_langs() const { return facts_->install_langs; }
  /// `no-initramfs`: whether none is made; absent: one is.
  std::optional<bool> no_initramfs() const { return facts_->no_initramfs; }
  /// `tmp-is-dir`: whether `/tmp` is a directory; absent: a link to `sysroot/tmp`.
  std::optional<bool> tmp_is_dir() const { return facts_->tmp_is_dir; }
  /// `units`: the systemd units to enable.
  const std::vector<std::string>& units() const { return facts_->units; }
  /// `default-target`: systemd's.
  const std::optional<std::string>& default_target() const { return facts_->default_target; }
  /// `machineid-compat`: whether an empty `/etc/machine-id` is made; absent: yes.
  std::optional<bool> machineid_compat() const { return facts_->machineid_compat; }
  /// `releasever`: what `$releasever` stands for in repositories.
  const std::optional<std::string>& releasever() const { return facts_->releasever; }
  /// `automatic-version-prefix`: from which versions are counted.
  const std::optional<std::string>& automatic_version_prefix() const {
    return facts_->automatic_version_prefix;
  }
  /// `postprocess-script`: runs in the finished tree.
  const std::optional<PostprocessScript>& postprocess_script() const { return facts_->script; }
  /// `add-commit-metadata`: what the commit's metadata hold besides; each value as JSON.
  const std::map<std::string, std::string>& add_commit_metadata() const {
    return facts_->metadata;
  }
  /// The folder of the outermost file, where it was read from one.
  const std::optional<std::filesystem::path>& directory() const { return facts_->directory; }

  /// The whole as one JSON object, on one line; equal settings give equal text.
  const std::string& to_json() const { return facts_->json; }

  /// Sets `ref`. This and the following change this treefile alone, not its copies, and check
  /// nothing: composing does.
  Treefile& set_reference(std::optional<std::string_view> value) {
    return set(bridge::TreefileText::Reference, value);
  }
  /// Sets `repos`.
  Treefile& set_repos(const std::vector<std::string>& values) {
    return set(bridge::TreefileList::Repos, values);
  }
  /// Sets `selinux`.
  Treefile& set_selinux(std::optional<bool> value) {
    return set(bridge::TreefileFlag::Selinux, value);
  }
  /// Sets `packages`.
  Treefile& set_packages(const std::vector<std::string>& values) {
    return set(bridge::TreefileList::Packages, values);
  }
  /// Sets `exclude-packages`.
  Treefile& set_exclude_packages(const std::vector<std::string>& values) {
    return set(bridge::TreefileList::ExcludePackages, values);
  }
  /// Sets `recommends`.
  Treefile& set_recommends(std::optional<bool> value) {
    return set(bridge::TreefileFlag::Recommends, value);
  }
  /// Sets `documentation`.
  Treefile& set_documentation(std::optional<bool> value) {
    return set(bridge::TreefileFlag::Documentation, value);
  }
  /// Sets `install-langs`.
  Treefile& set_install_langs(const std::vector<std::string>& values) {
    return set(bridge::TreefileList::InstallLangs, values);
  }
  /// Sets `no-initramfs`.
  Treefile& set_no_initramfs(std::optional<bool> value) {
    return set(bridge::TreefileFlag::NoInitramfs, value);
  }
  /// Sets `tmp-is-dir`.
  Treefile& set_tmp_is_dir(std::optional<bool> value) {
    return set(bridge::TreefileFlag::TmpIsDir, value);
  }
  /// Sets `units`.
  Treefile& set_units(const std::vector<std::string>& values) {
    return set(bridge::TreefileList::Units, values);
  }
  /// Sets `default-target`.
  Treefile& set_default_target(std::optional<std::string_view> value) {
    return set(bridge::TreefileText::DefaultTarget, value);
  }
  /// Sets `machineid-compat`.
  Treefile& set_machineid_compat(std::optional<bool> value) {
    return set(bridge::TreefileFlag::MachineidCompat, value);
  }
  /// Sets `releasever`.
  Treefile& set_releasever(std::optional<std::string_view> value) {
    return set(bridge::TreefileText::Releasever, value);
  }
  /// Sets `automatic-version-prefix`.
  Treefile& set_automatic_version_prefix(std::optional<std::string_view> value) {
    return set(bridge::TreefileText::AutomaticVersionPrefix, value);
  }
  /// Sets `postprocess-script`.
  Treefile& set_postprocess_script(const std::optional<PostprocessScript>& script) {
    const auto name = script ? std::optional<std::string_view>(script->name) : std::nullopt;
    const auto content = script ? detail::bytes(script->content) : detail::bytes({});
    return become(detail::call(bridge::treefile_with_script, *treefile_.share(),
                               detail::to_bridge(name), content));
  }
  /// Sets one key of `add-commit-metadata` to a JSON value; an empty one takes it out. Throws
  /// `Error` of kind `InvalidArgument` for what is no JSON.
  Treefile& set_commit_metadata(std::string_view key, std::string_view json) {
    return become(detail::call(bridge::treefile_with_metadata, *treefile_.share(),
                               detail::text(key), detail::text(json)));
  }

  /// Whether they are equal.
  friend bool operator==(const Treefile& a, const Treefile& b) {
    return detail::call(bridge::treefile_equal, *a.treefile_.share(), *b.treefile_.share());
  }
  /// Whether they differ.
  friend bool operator!=(const Treefile& a, const Treefile& b) { return !(a == b); }

 private:
  friend class Compose;

  Treefile& set(bridge::TreefileList setting, const std::vector<std::string>& values) {
    return become(detail::call(bridge::treefile_with_list, *treefile_.share(), setting,
                               detail::texts(values)));
  }
  Treefile& set(bridge::TreefileText setting, std::optional<std::string_view> value) {
    return become(detail::call(bridge::treefile_with_text, *treefile_.share(), setting,
                               detail::to_bridge(value)));
  }
  Treefile& set(bridge::TreefileFlag setting, std::optional<bool> value) {
    bridge::Flag flag{};
    flag.present = value.has_value();
    flag.value = value.value_or(false);
    return become(detail::call(bridge::treefile_with_flag, *treefile_.share(), setting, flag));
  }
  Treefile& become(rust::Box<bridge::Treefile> treefile) {
    return *this = Treefile(std::move(treefile));
  }

  struct Data {
    explicit Data(const bridge::TreefileFacts& facts)
        : reference(detail::optional(facts.reference)),
          basearch(detail::string(facts.basearch)),
          repos(detail::list(facts.repos)),
          selinux(detail::optional(facts.selinux)),
          packages(detail::list(facts.packages)),
          exclude_packages(detail::list(facts.exclude_packages)),
          recommends(detail::optional(facts.recommends)),
          documentation(detail::optional(facts.documentation)),
          install_langs(detail::list(facts.install_langs)),
          no_initramfs(detail::optional(facts.no_initramfs)),
          tmp_is_dir(detail::optional(facts.tmp_is_dir)),
          units(detail::list(facts.units)),
          default_target(detail::optional(facts.default_target)),
          machineid_compat(detail::optional(facts.machineid_compat)),
          releasever(detail::optional(facts.releasever)),
          automatic_version_prefix(detail::optional(facts.automatic_version_prefix)),
          json(detail::string(facts.json)) {
      if (facts.script_name.present)
        script = PostprocessScript{
            detail::string(facts.script_name.value),
            std::string(facts.script_content.begin(), facts.script_content.end())};
      for (const auto& entry : facts.add_commit_metadata)
        metadata.emplace(detail::string(entry.key), detail::string(entry.json));
      if (const auto folder = detail::optional(facts.directory)) directory = *folder;
    }

    std::optional<std::string> reference;
    std::string basearch;
    std::vector<std::string> repos;
    std::optional<bool> selinux;
    std::vector<std::string> packages, exclude_packages;
    std::optional<bool> recommends, documentation;
    std::vector<std::string> install_langs;
    std::optional<bool> no_initramfs, tmp_is_dir;
    std::vector<std::string> units;
    std::optional<std::string> default_target;
    std::optional<bool> machineid_compat;
    std::optional<std::string> releasever, automatic_version_prefix;
    std::string json;
    std::optional<PostprocessScript> script;
    std::map<std::string, std::string> metadata;
    std::optional<std::filesystem::path> directory;
  };

  explicit Treefile(rust::Box<bridge::Treefile> treefile)
      : treefile_(std::move(treefile)),
        facts_(Data(detail::call(bridge::treefile_facts, *treefile_.share()))) {}

  detail::Handle<bridge::Treefile> treefile_;
  detail::Facts<Data> facts_;
};

/// The whole as one JSON object, on one line.
inline std::ostream& operator<<(std::ostream& out, const Treefile& treefile) {
  return out << treefile.to_json();
}

}  // namespace regraft

#endif
