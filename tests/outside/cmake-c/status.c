/* Makes a sysroot in the folder that is named, and shows what is deployed there. */
#include <regraft.h>
#include <stdio.h>

int main(int argc, char **argv)
{
  regraft_sysroot *sysroot = NULL;
  regraft_snapshot *snapshot = NULL;
  regraft_error *error = NULL;
  if (regraft_sysroot_create(argc > 1 ? argv[1] : NULL, &sysroot, &error) == REGRAFT_OK
      && regraft_sysroot_snapshot(sysroot, &snapshot, &error) == REGRAFT_OK)
    printf("ABI %u: %s\n", (unsigned) regraft_abi_version(), regraft_snapshot_to_json(snapshot));
  else
    fprintf(stderr, "%s\n", regraft_error_message(error));
  int failed = error != NULL;
  regraft_error_free(error);
  regraft_snapshot_free(snapshot);
  regraft_sysroot_free(sysroot);
  return failed;
}
