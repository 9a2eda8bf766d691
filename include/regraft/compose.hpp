/* Part of regraft.hpp: a base commit is made from a treefile and RPM repositories. */
#ifndef REGRAFT_COMPOSE_HPP
#define REGRAFT_COMPOSE_HPP

#include <map>

#include <regraft/src/compose.rs.h>
#include <regraft/src/treefile.rs.h>
#include <regraft/transaction.hpp>

namespace regraft {

/// A script that a treefile names.
struct PostprocessScript {
  /// Its name in the treefile.
  std::string name;
  /// What is in it.
  std::string content;
};

/// A treefile with all that it includes. What the files do not say is absent or empty. Copies are
/// cheap; any thread may read one.
class Treefile {
 public:
  /// Reads one treefile's text, which must not name other files; `file` is its name for messages,
  /// and when that ends in `.yaml` or `.yml` it is YAML, else JSON. Throws `Error` of kind
  /// `Unsupported` naming all keys in it that regraft does not have; `Config` naming the file and the
  /// key otherwise.
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

 private:
  friend class Compose;

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

/// What composing made.
struct Composed {
  /// The ref that names it.
  std::string reference;
  /// The commit.
  std::string checksum;
  /// Its version, where the treefile says how versions are made.
  std::optional<std::string> version;
  /// Its packages.
  std::vector<Nevra> packages;
  /// What scripts printed.
  std::vector<ScriptLog> scripts;
  /// The ref named it before.
  bool unchanged = false;
  /// One line: `committed REF CHECKSUM version VERSION`, or that nothing changed.
  std::string text;
  /// The same as one JSON document.
  std::string json;
};

inline std::ostream& operator<<(std::ostream& out, const Composed& composed) {
  return out << composed.text;
}

namespace detail {

inline Composed value(const bridge::Composed& composed, Here = {}) {
  return {string(composed.reference),   string(composed.checksum), optional(composed.version),
          list(composed.packages),      list(composed.scripts),    composed.unchanged,
          string(composed.text),        string(composed.json)};
}

}  // namespace detail

/// A base to be composed. Setters record; `run` acts. One thread at a time: what another thread, or
/// a callback, asks of it while it runs throws `Error` of kind `InUse`.
///
/// ```cpp
/// regraft::Job job;
/// auto treefile = regraft::Treefile::read("base.yaml");
/// regraft::Compose compose(treefile, "/srv/repo");
/// std::cout << compose.cache("/var/cache/regraft").run(job) << '\n';
/// ```
class Compose {
 public:
  /// Composes `treefile` into the existing repository at `target`, of any mode.
  Compose(const Treefile& treefile, const std::filesystem::path& target)
      : compose_(detail::call(bridge::compose_new, *treefile.treefile_.share(),
                              detail::text(target))) {}

  Compose(Compose&&) noexcept = default;
  Compose& operator=(Compose&&) noexcept = default;
  Compose(const Compose&) = delete;
  Compose& operator=(const Compose&) = delete;

  /// Keeps imported packages and metadata here, so that composing again costs little. Without it
  /// everything is made in a temporary folder beside the target.
  Compose& cache(const std::filesystem::path& folder) {
    detail::call(bridge::compose_cache, *compose_.share(), detail::text(folder));
    return *this;
  }

  /// Where the `.repo` files are; by default beside the treefile.
  Compose& repos_dir(const std::filesystem::path& folder) {
    detail::call(bridge::compose_repos_dir, *compose_.share(), detail::text(folder));
    return *this;
  }

  /// Signs the commit with this OpenPGP key, of the GnuPG folder `home`, or of GnuPG's usual one
  /// where that is empty.
  Compose& sign(std::string_view key, const std::filesystem::path& home = {}) {
    detail::call(bridge::compose_sign, *compose_.share(), detail::text(key), detail::text(home));
    return *this;
  }

  /// Whether packages need a signature by a trusted key; by default their repository's `gpgcheck`
  /// decides.
  Compose& signatures(Signature signature) {
    detail::call(bridge::compose_signatures, *compose_.share(), signature == Signature::Required);
    return *this;
  }

  /// Makes a commit even when nothing has changed since the last one.
  Compose& force() {
    detail::call(bridge::compose_force, *compose_.share());
    return *this;
  }

  /// Composes. When nothing has changed since the ref's last commit, there is no new one.
  ///
  /// Throws `Error` of kind `NotFound` when there is no repository, `Config` when the treefile has no
  /// `ref` or a `.repo` file is wrong, `Unsolvable`, and what downloads, imports and scripts can fail
  /// with. After any of them the ref is as it was.
  Composed run(Job& job) {
    const auto compose = compose_.share();
    return job.run([&](const bridge::Job& running) {
      return detail::value(detail::call(bridge::compose_run, *compose, running));
    });
  }

  /// The same, where nobody listens.
  Composed run() {
    Job job;
    return run(job);
  }

 private:
  detail::Handle<bridge::Compose> compose_;
};

}  // namespace regraft

#endif
