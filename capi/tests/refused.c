/* Layers a package, and says how that ended: `refused SYSROOT PACKAGE`. */
#include <regraft.h>
#include <stdio.h>

int main(int argc, char **argv)
{
  regraft_sysroot *sysroot = NULL;
  regraft_transaction *tx = NULL;
  regraft_plan *plan = NULL;
  regraft_outcome *outcome = NULL;
  regraft_error *error = NULL;
  regraft_job *job = regraft_job_new();
  regraft_code code;

  if (argc != 3)
    return 2;
  if ((code = regraft_sysroot_open(argv[1], &sysroot, &error)) == REGRAFT_OK
      && (code = regraft_transaction_new(sysroot, REGRAFT_BASE_PENDING, &tx, &error)) == REGRAFT_OK
      && (code = regraft_transaction_install(tx, argv[2], &error)) == REGRAFT_OK
      && (code = regraft_transaction_plan(tx, job, &plan, &error)) == REGRAFT_OK
      && (code = regraft_transaction_stage(tx, plan, job, &outcome, &error)) == REGRAFT_OK)
    puts(regraft_outcome_text(outcome));
  else if (code == regraft_error_kind(error))
    printf("%s: %s\n", regraft_error_kind_name(error), regraft_error_message(error));

  regraft_error_free(error);
  regraft_outcome_free(outcome);
  regraft_plan_free(plan);
  regraft_transaction_free(tx);
  regraft_job_free(job);
  regraft_sysroot_free(sysroot);
  return code != REGRAFT_OK;
}
