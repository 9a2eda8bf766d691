/* Counts the deployments of the sysroot that is named. */
#include <regraft.h>
#include <stdio.h>

int main(int argc, char **argv)
{
  regraft_sysroot *sysroot = NULL;
  regraft_snapshot *snapshot = NULL;
  regraft_error *error = NULL;
  if (regraft_sysroot_open(argc > 1 ? argv[1] : "/", &sysroot, &error) != REGRAFT_OK
      || regraft_sysroot_snapshot(sysroot, &snapshot, &error) != REGRAFT_OK)
    {
      fprintf(stderr, "%s\n", regraft_error_message(error));
      return 1;
    }
  printf("%zu deployments\n", regraft_snapshot_deployment_count(snapshot));
  regraft_snapshot_free(snapshot);
  regraft_sysroot_free(sysroot);
  return 0;
}
