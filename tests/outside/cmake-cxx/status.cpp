// Makes a sysroot in the folder that is named, and shows what is deployed there.
#include <iostream>
#include <regraft.hpp>

int main(int, char** argv)
try {
  const auto sysroot = regraft::Sysroot::create(argv[1]);
  for (const auto& deployment : sysroot.deployments()) std::cout << deployment << '\n';
  std::cout << "API " << regraft::abi_version() << ": " << sysroot.deployments().size()
            << " deployments\n";
  regraft::Sysroot::open("/nowhere");
} catch (const regraft::Error& e) {
  std::cout << e.kind_name() << '\n';
}
