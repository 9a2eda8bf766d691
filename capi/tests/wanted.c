/* The shortest program that does the whole job, as it was asked for before there was a C ABI. */
#include <regraft.h>
#include <stdio.h>

static int on_progress(const regraft_progress *p, void *userdata)
{
  (void) userdata;
  fprintf(stderr, "\r%3.0f %% %s", regraft_progress_fraction(p) * 100, regraft_progress_phase(p));
  return REGRAFT_CONTINUE;
}

int main(void)
{
  regraft_sysroot *sysroot = NULL;
  regraft_transaction *tx = NULL;
  regraft_plan *plan = NULL;
  regraft_outcome *outcome = NULL;
  regraft_error *error = NULL;
  regraft_job *job = regraft_job_new();
  regraft_job_on_progress(job, on_progress, NULL);

  if (regraft_sysroot_open("/", &sysroot, &error) == REGRAFT_OK
      && regraft_transaction_new(sysroot, REGRAFT_BASE_PENDING, &tx, &error) == REGRAFT_OK
      && regraft_transaction_upgrade(tx, &error) == REGRAFT_OK
      && regraft_transaction_install(tx, "strace", &error) == REGRAFT_OK
      && regraft_transaction_remove_base(tx, "nano", &error) == REGRAFT_OK
      && regraft_transaction_plan(tx, job, &plan, &error) == REGRAFT_OK)
    {
      for (size_t i = 0; i < regraft_plan_change_count(plan); i++)
        puts(regraft_change_text(regraft_plan_change_get(plan, i)));
      if (regraft_transaction_stage(tx, plan, job, &outcome, &error) == REGRAFT_OK)
        puts(regraft_outcome_text(outcome));
    }
  if (error)
    fprintf(stderr, "%s: %s\n", regraft_error_kind_name(error), regraft_error_message(error));

  int failed = error != NULL;
  regraft_error_free(error);      /* every _free accepts NULL; owned handles in any order */
  regraft_outcome_free(outcome);
  regraft_plan_free(plan);
  regraft_transaction_free(tx);
  regraft_job_free(job);
  regraft_sysroot_free(sysroot);
  return failed;
}
