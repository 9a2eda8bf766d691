#include <regraft.h>
#include <stdio.h>

int main(void)
{
  if (regraft_abi_version() != REGRAFT_ABI_VERSION)
    return 1;
  printf("%u\n", (unsigned) regraft_abi_version());
  return 0;
}
