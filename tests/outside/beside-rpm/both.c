/* librpm makes a package database, and regraft a sysroot, in one process. Each has its own SQLite. */
#include <regraft.h>
#include <rpm/rpmlib.h>
#include <rpm/rpmmacro.h>
#include <rpm/rpmts.h>
#include <stdio.h>

int main(int argc, char **argv)
{
  regraft_sysroot *sysroot = NULL;
  if (argc < 3 || regraft_sysroot_create(argv[1], &sysroot, NULL) != REGRAFT_OK)
    return 1;
  regraft_sysroot_free(sysroot);
  if (rpmReadConfigFiles(NULL, NULL) != 0)
    return 2;
  rpmPushMacro(NULL, "_dbpath", NULL, argv[2], RMIL_CMDLINE);
  rpmPushMacro(NULL, "_db_backend", NULL, "sqlite", RMIL_CMDLINE);
  rpmts ts = rpmtsCreate();
  int failed = rpmtsInitDB(ts, 0644);
  rpmtsFree(ts);
  printf("rpm's database: %d\n", failed);
  return failed;
}
