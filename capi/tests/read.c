/* Reads a sysroot, as any user may. */
#include "check.h"

int main(int argc, char **argv)
{
  regraft_error *error = NULL;
  regraft_sysroot *sysroot = NULL;
  regraft_snapshot *snapshot = NULL;
  CHECK(argc == 2);
  OK(regraft_sysroot_open(argv[1], &sysroot, &error));
  OK(regraft_sysroot_snapshot(sysroot, &snapshot, &error));
  for (size_t i = 0; i < regraft_snapshot_deployment_count(snapshot); i++)
    puts(regraft_deployment_id(regraft_snapshot_deployment_get(snapshot, i)));
  regraft_snapshot_free(snapshot);
  regraft_sysroot_free(sysroot);
  return 0;
}
