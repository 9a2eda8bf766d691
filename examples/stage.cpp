// Upgrades, layers strace and takes nano out; what changes and when it takes effect is printed.
// The sysroot is `/`, or the one that is given.
#include <regraft.hpp>
#include <iostream>

int main(int argc, char** argv)
try {
  auto sysroot = regraft::Sysroot::open(argc > 1 ? argv[1] : "/");
  regraft::Job job;
  job.on_progress([](const regraft::Progress& p) {
    std::cerr << '\r' << static_cast<int>(p.fraction() * 100) << " % " << p.phase();
    return regraft::Flow::Continue;
  });

  auto tx = sysroot.transaction(regraft::Base::Pending);
  tx.upgrade().install("strace").remove_base("nano");
  auto plan = tx.plan(job);
  std::cout << plan;  // a table: action, NEVRA, from, size, why
  std::cout << tx.stage(plan, job) << '\n';
} catch (const regraft::Error& e) {
  std::cerr << e.kind_name() << ": " << e.what() << '\n';
  return 1;
}
