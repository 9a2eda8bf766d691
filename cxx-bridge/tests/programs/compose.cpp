// Composes a base: treefile, target, cache, folder of .repo files, signing key and its GnuPG
// folder.
#include "check.hpp"

using namespace regraft;

int main(int, char** argv) {
  const auto treefile = Treefile::read(argv[1]);
  CHECK(treefile.directory() == std::filesystem::path(argv[1]).parent_path());
  CHECK(Treefile::read_for(argv[1], "riscv64").basearch() == "riscv64");
  Compose compose(treefile, argv[2]);
  Job job;
  int reports = 0;
  job.on_progress([&](const Progress&) {
    thrown(ErrorKind::InUse, [&] { compose.force(); });
    ++reports;
    return Flow::Continue;
  });
  const auto composed = compose.cache(argv[3])
                            .repos_dir(argv[4])
                            .sign(argv[5], argv[6])
                            .signatures(Signature::Required)
                            .run(job);
  CHECK(reports > 0 && !composed.unchanged && composed.json.find("\"text\"") != std::string::npos);
  std::cout << composed << '\n' << composed.reference << ' ' << composed.checksum << ' '
            << composed.version.value_or("-") << '\n';
  for (const auto& package : composed.packages) std::cout << package << '\n';
  for (const auto& log : composed.scripts) std::cout << log << '\n';
  const auto again = compose.run();
  CHECK(again.unchanged && again.checksum == composed.checksum);
  std::cout << again << '\n';
  CHECK(!compose.force().run().unchanged);
  auto moved = std::move(compose);
  thrown(ErrorKind::SpentHandle, [&] { compose.run(); });
  thrown(ErrorKind::NotFound, [&] { Compose(treefile, "/nonexistent").run(); });
}
