#include <iostream>
#include <regraft.hpp>

int main() { std::cout << regraft::abi_version() << '\n'; }
