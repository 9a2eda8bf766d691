/* What a program learns when there is no sysroot. */
#include <regraft.h>
#include <stdio.h>

int main(void)
{
  regraft_sysroot *sysroot = NULL;
  regraft_error *error = NULL;
  regraft_code code = regraft_sysroot_open("/nowhere", &sysroot, &error);
  printf("%d %s\n", code == REGRAFT_ERROR_NOT_FOUND, regraft_error_kind_name(error));
  regraft_error_free(error);
  return sysroot != NULL;
}
