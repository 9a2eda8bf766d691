#include <regraft.hpp>
#include <iostream>

int main()
try {
  auto sysroot = regraft::Sysroot::open("/");
  regraft::Job job;
  job.on_progress([](const regraft::Progress& p) {
    std::cerr << '\r' << p.phase();
    return regraft::Flow::Continue;
  });

  auto tx = sysroot.transaction(regraft::Base::Pending);
  tx.upgrade().install("strace").remove_base("nano");
  auto plan = tx.plan(job);
  for (const auto& change : plan.changes()) std::cout << change << '\n';
  std::cout << tx.stage(plan, job) << '\n';
} catch (const regraft::Error& e) {
  std::cerr << e.kind_name() << ": " << e.what() << '\n';
  return 1;
}
