/* Shows what is deployed, first what boots next: what it follows, what is layered, what is taken
 * out. The sysroot is `/`, or the one that is given. */
#include <regraft.h>
#include <stdio.h>

static void show(const regraft_deployment *deployment)
{
  printf("%c %s\n", regraft_deployment_is_booted(deployment) ? '*' : ' ',
         regraft_deployment_id(deployment));

  const char *refspec = regraft_deployment_refspec(deployment);
  const char *version = regraft_deployment_version(deployment);
  if (refspec)
    printf("    follows %s, version %s\n", refspec, version ? version : "-");

  for (size_t i = 0; i < regraft_deployment_package_count(deployment); i++)
    printf("    layered %s\n", regraft_deployment_package_get(deployment, i));
  for (size_t i = 0; i < regraft_deployment_removed_base_package_count(deployment); i++)
    printf("    without %s\n",
           regraft_nevra_text(regraft_deployment_removed_base_package_get(deployment, i)));
}

int main(int argc, char **argv)
{
  regraft_sysroot *sysroot = NULL;
  regraft_snapshot *snapshot = NULL;
  regraft_error *error = NULL;

  if (regraft_sysroot_open(argc > 1 ? argv[1] : "/", &sysroot, &error) == REGRAFT_OK
      && regraft_sysroot_snapshot(sysroot, &snapshot, &error) == REGRAFT_OK)
    for (size_t i = 0; i < regraft_snapshot_deployment_count(snapshot); i++)
      show(regraft_snapshot_deployment_get(snapshot, i));
  if (error)
    fprintf(stderr, "%s: %s\n", regraft_error_kind_name(error), regraft_error_message(error));

  int failed = error != NULL;
  regraft_error_free(error);
  regraft_snapshot_free(snapshot);
  regraft_sysroot_free(sysroot);
  return failed;
}
