// Values that need no sysroot: kinds, versions, dependencies, origins, repositories, treefiles.
#include "check.hpp"

#include <algorithm>
#include <unordered_set>

using namespace regraft;

namespace {

void kinds() {
  for (int code = 0; code < 200; ++code) {
    const auto kind = static_cast<ErrorKind>(code);
    if (to_string(kind) != "unknown") std::cout << code << ' ' << kind << '\n';
  }
  for (int code = 0; to_string(static_cast<Phase>(code)) != "unknown"; ++code)
    std::cout << code << ' ' << static_cast<Phase>(code) << '\n';
  CHECK(to_string(Phase::Metadata) == "metadata" && to_string(Phase::Cleanup) == "cleanup");
  CHECK(to_string(ErrorKind::Internal) == "internal" && to_string(ErrorKind::Io) == "io");
  CHECK(to_string(ErrorKind::SpentHandle) == "handle-spent");
  CHECK(to_string(Action::Install) == "install" && to_string(Action::Remove) == "remove");
}

void versions() {
  const char* texts[] = {"1.0",   "2.0",      "2.0.1a", "2.0.1",   "5.5p1", "5.5p10", "1.0~rc1",
                         "1.01",  "1.0^git1", "10.1",   "10.0001", "1:0.1", "9",      "1-2",
                         "1-10",  "1.00",     "3:1-1"};
  for (const auto* a : texts) {
    for (const auto* b : texts) {
      const auto left = Evr::parse(a), right = Evr::parse(b);
      std::cout << left << ' ' << right << ' ' << left.compare(right) << ' ' << (left < right)
                << (left == right) << '\n';
      CHECK((left > right) == (right < left) && (left <= right) == !(right < left));
    }
  }
  const auto git = Nevra::parse("git-1:2.39.5-1.fc40.x86_64");
  CHECK(git.name == "git" && git.evr.epoch == 1 && git.evr.version == "2.39.5");
  CHECK(git.evr.release == "1.fc40" && git.arch == "x86_64");
  CHECK(git.to_string() == "git-1:2.39.5-1.fc40.x86_64");
  CHECK(git < Nevra::parse("git-1:2.40-1.x86_64") && git != Nevra::parse("git-2-1.x86_64"));
  const std::unordered_set<Nevra> set{git, git, Nevra::parse("a-1-1.noarch")};
  CHECK(set.size() == 2 && set.count(git) == 1);
  for (const auto* text : {"", "git", "a-x:1-1.x"}) {
    const auto error = thrown(ErrorKind::InvalidArgument, [&] { Nevra::parse(text); });
    CHECK(error.field("argument") && error.field("value"));
    std::cout << error << '\n' << error.to_json() << '\n';
  }
  const auto glibc = Dependency::parse("glibc >= 2.36");
  CHECK(glibc.name == "glibc" && glibc.sense == (Sense::Greater | Sense::Equal));
  CHECK(glibc.version == "2.36" && (glibc.sense & Sense::Less) == Sense::Any);
  CHECK(glibc.to_string() == "glibc >= 2.36");
  CHECK(Dependency::parse("(a if b)").name == "(a if b)");
  thrown(ErrorKind::InvalidArgument, [] { Dependency::parse("a ~ 1"); });
  const Error own(ErrorKind::Busy, "a \"b\\\n");
  CHECK(own.to_json() == R"({"code":101,"kind":"busy","message":"a \"b\\\u000a"})");
}

void origins() {
  auto origin = Origin::parse("# kept\n[origin]\nrefspec=os:os/x86_64/base\n");
  const auto before = origin;
  CHECK(before == origin && !origin.has_requests() && !origin.unsupported());
  CHECK(origin.add_requested("tmux") && !origin.add_requested("tmux"));
  CHECK(before != origin && before.requested().empty());
  CHECK(origin.requested() == std::vector<std::string>{"tmux"} && origin.has_requests());
  const auto local = Nevra::parse("l-1-1.noarch");
  const std::string digest(64, 'a');
  CHECK(origin.add_requested_local(digest, local));
  CHECK((origin.requested_local() == std::vector<LocalPackage>{{digest, local}}));
  CHECK(origin.unsupported().has_value());
  CHECK(origin.add_override_remove("nano") && origin.add_override_replace("updates", "bash"));
  CHECK(origin.add_override_replace_local(digest, local));
  CHECK(origin.overrides_remove() == std::vector<std::string>{"nano"});
  CHECK(origin.overrides_replace().at(0).repo == "updates");
  CHECK(origin.overrides_replace_local().at(0).package == local);
  std::cout << origin;
  CHECK(origin.remove_requested_local(local) && origin.reset_override_replace_local(local));
  CHECK(origin.reset_override_remove("nano") && origin.reset_override_replace("bash"));
  CHECK(!origin.reset_overrides() && origin.clear_requested() && !origin.remove_requested("x"));
  origin.set_refspec("os:other").set_override_commit(std::string(64, 'b'));
  CHECK(origin.refspec() == std::string("os:other") && origin.override_commit());
  origin.set_override_commit(std::nullopt);
  CHECK(!origin.override_commit() && !origin.custom_url() && !origin.pinned());
  std::cout << origin << Origin("a:b") << origin.without_transient();
  const auto error = thrown(ErrorKind::Config, [] { Origin::parse("nothing"); });
  std::cout << error << '\n';
}

void repositories() {
  Variables variables{{"releasever", "9.4"}};
  variables.set("basearch", "x86_64");
  auto copy = variables;
  CHECK(copy == variables);
  copy.set("releasever", "10");
  CHECK(copy != variables && variables.get("releasever_major") == std::string("9"));
  CHECK(!variables.get("nothing"));
  CHECK(variables.substitute("$releasever_major/${basearch}/$x") == "9/x86_64/$x");
  const auto repos = RepoConfig::parse(
      "[updates]\nname=Updates for $releasever\nbaseurl=http://mirror/$basearch/\n"
      "gpgkey=file:///key\nexcludepkgs=kernel*, shim\npriority=7\nmetadata_expire=1h\n"
      "username=me\npassword=secret\nproxy=_none_\nrepo_gpgcheck=1\nzchunk=5\n"
      "[off]\nname=Off\nbaseurl=http://off/\nenabled=0\nmetadata_expire=never\ngpgcheck=0\n",
      "updates.repo", variables);
  CHECK(repos.size() == 2);
  const auto& updates = repos[0];
  CHECK(updates.id == "updates" && updates.name == "Updates for 9.4" && updates.enabled);
  CHECK(updates.baseurl == std::vector<std::string>{"http://mirror/x86_64/"});
  CHECK(updates.gpgcheck && updates.repo_gpgcheck && updates.priority == 7);
  CHECK((updates.excludepkgs == std::vector<std::string>{"kernel*", "shim"}));
  CHECK(updates.metadata_expire == std::chrono::hours(1) && updates.cost == 1000);
  CHECK(updates.username == std::string("me") && updates.password->reveal() == "secret");
  CHECK(updates.proxy == std::string() && !updates.mirrorlist);
  CHECK(updates.timeout == std::chrono::seconds(30) && updates.minrate == 1000);
  CHECK(!repos[1].enabled && !repos[1].gpgcheck && !repos[1].metadata_expire);
  const auto named = RepoConfig::from_files({{"b.repo", "[b]\nbaseurl=http://b/\n"},
                                             {"a.repo", "[a]\nbaseurl=http://a/\n"}});
  CHECK(named.size() == 2 && named[0].id == "a");
  CHECK(RepoConfig::at("x", "http://x/").gpgcheck);
  CHECK(RepoConfig::read_dir("/nonexistent").empty());
  const auto wrong =
      thrown(ErrorKind::Config, [] { RepoConfig::parse("[x]\nenabled=1\n", "x.repo"); });
  std::cout << updates << '\n' << *updates.password << '\n' << wrong << '\n';
}

void treefiles() {
  const auto* text =
      "ref: os/${basearch}/base\nrepos: [os]\npackages:\n  - bash coreutils\n"
      "recommends: false\nreleasever: 41\nadd-commit-metadata: {a: [1, two]}\n";
  const auto treefile = Treefile::parse(text, "os.yaml", "x86_64");
  CHECK(treefile.reference() == std::string("os/x86_64/base"));
  CHECK(treefile.basearch() == "x86_64" && treefile.repos().at(0) == "os");
  CHECK((treefile.packages() == std::vector<std::string>{"bash", "coreutils"}));
  CHECK(treefile.recommends() == false && !treefile.documentation() && !treefile.selinux());
  CHECK(treefile.releasever() == std::string("41") && !treefile.postprocess_script());
  CHECK(treefile.add_commit_metadata().at("a") == "[1,\"two\"]");
  CHECK(!treefile.directory() && treefile.units().empty());
  auto edited = treefile;
  CHECK(edited == treefile);
  edited.set_reference("other").set_packages({"b", "a"}).set_exclude_packages({"c"}).set_repos({});
  edited.set_selinux(false).set_recommends(std::nullopt).set_documentation(true);
  edited.set_install_langs({"en"}).set_no_initramfs(true).set_tmp_is_dir(true).set_units({"u"});
  edited.set_default_target("t").set_machineid_compat(false).set_releasever(std::nullopt);
  edited.set_automatic_version_prefix("7").set_postprocess_script(PostprocessScript{"s", "x\xff"});
  edited.set_commit_metadata("b", "{\"c\":null}").set_commit_metadata("a", "");
  CHECK(edited != treefile && treefile.reference() == std::string("os/x86_64/base"));
  CHECK(edited.postprocess_script() == (PostprocessScript{"s", "x\xff"}));
  CHECK(!edited.recommends() && edited.documentation() == true && edited.selinux() == false);
  thrown(ErrorKind::InvalidArgument, [&] { edited.set_commit_metadata("x", "no"); });
  std::cout << edited << '\n';
  edited.set_postprocess_script(std::nullopt);
  CHECK(!edited.postprocess_script());
  std::cout << treefile << '\n' << Treefile::host_basearch() << '\n';
  const auto error = thrown(ErrorKind::Unsupported,
                            [] { Treefile::parse("rojig: {}\n", "os.yaml", "x86_64"); });
  std::cout << error << '\n';
}

}  // namespace

int main() {
  kinds();
  versions();
  origins();
  repositories();
  treefiles();
}
