// What is deployed and installed, what repositories have, and package files: printed. The arguments
// are a sysroot, a package file, a folder of keys and another package file, which no key has
// signed.
#include "check.hpp"

#include <fstream>
#include <sstream>
#include <thread>

using namespace regraft;

namespace {

std::int64_t seconds(std::chrono::system_clock::time_point time) {
  return std::chrono::system_clock::to_time_t(time);
}

template <class List>
void show(const char* name, const List& list) {
  std::cout << name << ':';
  for (const auto& item : list) std::cout << ' ' << item;
  std::cout << '\n';
}

template <class Package>
void dependencies(const Package& package) {
  show("provides", package.provides());
  show("requires", package.requirements());
  show("conflicts", package.conflicts());
  show("obsoletes", package.obsoletes());
  show("recommends", package.recommends());
  show("suggests", package.suggests());
  show("supplements", package.supplements());
  show("enhances", package.enhances());
}

void files(const std::vector<PackageFile>& files) {
  for (const auto& file : files)
    std::cout << file << '|' << file.mode << '|' << file.size << '|' << file.user << '|'
              << file.group << '|' << file.digest << '|' << file.link_target << '|' << file.flags
              << '|' << seconds(file.mtime) << '|' << file.capabilities << '|' << file.language
              << '|' << file.inode.second << '|' << file.rdev << '|' << file.color << '|'
              << file.is_config() << file.is_doc() << file.is_ghost() << file.is_dir()
              << file.is_symlink() << file.is_regular() << '\n';
}

void deployed(const Sysroot& sysroot) {
  const auto status = sysroot.status();
  for (const auto& d : status.deployments()) {
    std::cout << d << '|' << d.stateroot() << '|' << d.serial() << '|' << d.checksum() << '|'
              << d.base_checksum() << '|' << d.is_layered() << '|' << d.version().value_or("-")
              << '|' << seconds(d.time()) << '|' << d.is_booted() << d.is_staged()
              << d.is_pinned() << '|' << d.state_digest().value_or("-") << '\n'
              << d.origin() << d.origin().to_json() << '\n';
    show("packages", d.packages());
    show("removed", d.removed_base_packages());
    show("kernel", d.kernel_arguments());
  }
  std::cout << status << '\n';
  CHECK(sysroot.stateroot("mini").deployments().size() == status.deployments().size());
  CHECK(sysroot.stateroot("other").deployments().empty());
  CHECK(sysroot.wait_for_lock(std::chrono::seconds(1)).path() == sysroot.path());
}

void installed(const Sysroot& sysroot) {
  const auto deployments = sysroot.deployments();
  const auto db = sysroot.rpmdb(deployments.at(0).id());
  for (const auto& package : db.packages()) {
    std::cout << package << '|' << package.summary() << '|' << package.license() << '|'
              << package.vendor() << '|' << package.source() << '|' << package.size() << '|'
              << seconds(package.build_time()) << '|' << seconds(package.install_time()) << '|'
              << package.header_digest() << '\n';
    dependencies(package);
    files(package.files());
    std::cout << package.to_json() << '\n';
  }
  show("nevras", db.nevras());
  show("keys", db.keys());
  show("strace", db.by_name("strace"));
  show("providing", db.providing("strace >= 5"));
  show("owning", db.owning("/usr/bin/strace"));
  CHECK(db.owning("/nothing").empty());
  CHECK(db.by_name("strace").at(0) == db.owning("/usr/bin/strace").at(0));
  thrown(ErrorKind::InvalidArgument, [&] { db.providing("a ~ b"); });
  thrown(ErrorKind::NotFound, [&] { sysroot.rpmdb("no/such/ref"); });
  show("diff", sysroot.rpmdb(deployments.at(1).id()).diff(db));
  CHECK(db.diff(db).empty());
  const auto before = sysroot.rpmdb(deployments.at(1).id());
  std::vector<std::thread> threads;
  for (int number = 0; number < 4; ++number)
    threads.emplace_back([&, copy = db, other = before] {
      for (int round = 0; round < 20; ++round) {
        CHECK(copy.diff(before).size() == other.diff(db).size());
        CHECK(db.by_name("strace").size() == 1);
      }
    });
  for (auto& thread : threads) thread.join();
  const auto& first = deployments.at(0);
  const auto root = sysroot.path() / "ostree/deploy" / first.stateroot() / "deploy" /
                    (first.checksum() + "." + std::to_string(first.serial()));
  const auto in_place = Rpmdb::open(root);
  CHECK(in_place.nevras() == db.nevras() && in_place.file().filename() == "rpmdb.sqlite");
}

void package_file(const char* path, const char* keys, const char* other) {
  const auto p = Package::open(path);
  std::cout << p << '|' << p.summary() << '|' << p.description() << '|' << p.license() << '|'
            << p.url() << '|' << p.vendor() << '|' << p.packager() << '|' << p.group() << '|'
            << p.source_rpm() << '|' << p.build_host() << '|' << seconds(p.build_time()) << '|'
            << p.installed_size() << '|' << p.payload_size() << '|' << p.is_source() << '\n';
  dependencies(p);
  files(p.files());
  std::cout << p.to_json() << '\n';
  for (const auto& entry : p.changelog())
    std::cout << seconds(entry.time) << '|' << entry << '\n';
  Keyring keyring;
  CHECK(keyring.is_empty());
  thrown(ErrorKind::Signature, [&] { p.verify(keyring); });
  CHECK(keyring.add_dir(keys) > 0 && !keyring.is_empty());
  const auto copy = keyring;
  const auto verified = p.verify(copy);
  std::cout << verified << '\n' << verified.json << '\n';
  show("digests", verified.digests);
  show("notes", verified.notes);
  CHECK(verified.signer);
  std::cout << *verified.signer << '|' << verified.signer->fingerprint << '|'
            << verified.signer->keyring_name << '|'
            << (verified.signer->time ? seconds(*verified.signer->time) : -1) << '\n';
  const auto unsigned_package = Package::open(other);
  std::cout << thrown(ErrorKind::Signature, [&] { unsigned_package.verify(keyring); }) << '\n';
  CHECK(!unsigned_package.verify(keyring, Signature::NotRequired).signer);
  for (const auto& entry : std::filesystem::directory_iterator(keys)) {
    std::ifstream file(entry.path());
    std::stringstream text;
    text << file.rdbuf();
    Keyring from_bytes, from_file;
    CHECK(from_bytes.add(text.str(), "bytes") == from_file.add_file(entry.path()));
  }
  thrown(ErrorKind::Corrupt, [] { Keyring().add("", "nothing"); });
}

void repositories(const Sysroot& sysroot) {
  for (const auto& found : sysroot.search({"strace", "tool"}))
    std::cout << found << '|' << found.download_size << '|' << found.installed_size << '\n';
  for (const auto& state : sysroot.refresh_metadata())
    std::cout << state << '|' << seconds(state.time) << '\n';
}

void recovered(const Sysroot& sysroot) {
  CHECK(sysroot.check().empty() && !sysroot.status().interrupted());
  const auto scratch = sysroot.path() / "ostree/regraft/scratch-cxx";
  std::filesystem::create_directory(scratch);
  std::ofstream(sysroot.path() / "ostree/regraft/writer") << "999999 17 updater\n";
  const auto status = sysroot.status();
  CHECK(status.interrupted() && status.interrupted()->left.size() == 2);
  CHECK(status.interrupted()->program->rfind("updater (pid 999999", 0) == 0);
  CHECK(status.interrupted()->left[0] == scratch.string());
  CHECK(status.to_json().find("scratch-cxx") != std::string::npos);
  const auto found = sysroot.check();
  CHECK(found.size() == 2 && found[0].kind == FindingKind::Leftover);
  CHECK(to_string(found[0].kind) == "leftover" && to_string(FindingKind::NoRoom) == "no-room");
  CHECK(found[0].object == scratch.string() && found[0].mend == Mend::Recover);
  CHECK(found[0].text == found[0].object + ": " + found[0].reason + "; " + found[0].remedy);
  CHECK(found[0].json.find("\"mend\":\"recover\"") != std::string::npos);
  std::ostringstream text;
  text << found[0] << found[0].kind << *status.interrupted();
  CHECK(text.str().find("scratch-cxx") != std::string::npos);
  CHECK(sysroot.recover() == found && found[0] != found[1]);
  CHECK(sysroot.recover().empty() && sysroot.check().empty());
  CHECK(!sysroot.status().interrupted());
}

}  // namespace

int main(int, char** argv) {
  const auto sysroot = Sysroot::open(argv[1]);
  deployed(sysroot);
  installed(sysroot);
  package_file(argv[2], argv[3], argv[4]);
  repositories(sysroot);
  Cleanup what;
  what.pending = what.rollback = what.metadata = what.caches = true;
  sysroot.cleanup(what);
  CHECK(sysroot.deployments().size() == 1);
  thrown(ErrorKind::State, [&] { sysroot.rollback(); });
  recovered(sysroot);
}
