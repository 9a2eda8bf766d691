// Shows what is deployed, first what boots next: what it follows, what is layered, what is taken
// out. The sysroot is `/`, or the one that is given.
#include <regraft.hpp>
#include <iostream>

int main(int argc, char** argv)
try {
  for (const auto& deployment : regraft::Sysroot::open(argc > 1 ? argv[1] : "/").deployments()) {
    std::cout << (deployment.is_booted() ? "* " : "  ") << deployment << '\n';
    if (const auto refspec = deployment.origin().refspec())
      std::cout << "    follows " << *refspec << ", version "
                << deployment.version().value_or("-") << '\n';
    for (const auto& request : deployment.packages())
      std::cout << "    layered " << request << '\n';
    for (const auto& package : deployment.removed_base_packages())
      std::cout << "    without " << package << '\n';
  }
} catch (const regraft::Error& e) {
  std::cerr << e.kind_name() << ": " << e.what() << '\n';
  return 1;
}
