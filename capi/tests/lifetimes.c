/* Handles are freed in every order: `lifetimes SYSROOT PLAN STEP [stage]`. PLAN is one of that sysroot that
 * layers strace, as JSON; each STEP-th order is tried. */
#include "check.h"

enum { SYSROOT, SNAPSHOT, PLAN, TRANSACTION, JOB, CANCEL, COUNT };

static regraft_error *error = NULL;

struct handles {
  regraft_sysroot *sysroot;
  regraft_snapshot *snapshot;
  regraft_plan *plan;
  regraft_transaction *transaction;
  regraft_job *job;
  regraft_cancel *cancel;
};

static void make(struct handles *all, const char *path, const char *json)
{
  OK(regraft_sysroot_open(path, &all->sysroot, &error));
  OK(regraft_sysroot_snapshot(all->sysroot, &all->snapshot, &error));
  OK(regraft_plan_from_json(json, &all->plan, &error));
  OK(regraft_transaction_resume(all->sysroot, all->plan, &all->transaction, &error));
  all->job = regraft_job_new();
  OK(regraft_job_cancel_handle(all->job, &all->cancel, &error));
}

/* Whatever lives is as it was. */
static void use(const struct handles *all, const char *path, const char *json)
{
  if (all->sysroot)
    SAME(regraft_sysroot_path(all->sysroot), path);
  if (all->snapshot) {
    const regraft_deployment *first = regraft_snapshot_deployment_get(all->snapshot, 0);
    HAS(regraft_snapshot_to_json(all->snapshot), regraft_deployment_id(first));
    HAS(regraft_deployment_to_json(first), regraft_deployment_checksum(first));
  }
  if (all->plan) {
    SAME(regraft_plan_to_json(all->plan), json);
    SAME(regraft_nevra_name(regraft_planned_package_nevra(regraft_plan_layered_get(all->plan, 0))),
         "strace");
  }
  if (all->transaction)
    OK(regraft_transaction_idempotent(all->transaction, &error));
  if (all->job)
    CHECK(!regraft_job_is_cancelled(all->job));
  if (all->cancel)
    CHECK(!regraft_cancel_is_cancelled(all->cancel));
}

static void end(struct handles *all, int which)
{
  switch (which) {
  case SYSROOT: regraft_sysroot_free(all->sysroot); all->sysroot = NULL; break;
  case SNAPSHOT: regraft_snapshot_free(all->snapshot); all->snapshot = NULL; break;
  case PLAN: regraft_plan_free(all->plan); all->plan = NULL; break;
  case TRANSACTION: regraft_transaction_free(all->transaction); all->transaction = NULL; break;
  case JOB: regraft_job_free(all->job); all->job = NULL; break;
  case CANCEL: regraft_cancel_free(all->cancel); all->cancel = NULL; break;
  }
}

/* The `number`-th order of all handles. */
static void in_order(long number, const char *path, const char *json)
{
  struct handles all = { 0 };
  int left[COUNT];
  for (int i = 0; i < COUNT; i++)
    left[i] = i;
  make(&all, path, json);
  for (int count = COUNT; count > 0; count--) {
    int place = (int) (number % count);
    number /= count;
    end(&all, left[place]);
    left[place] = left[count - 1];
    use(&all, path, json);
  }
}

/* What calls have made outlives all that they were made with: outcome, timings and error. */
static void stage(const char *path, const char *json)
{
  regraft_sysroot *sysroot = NULL;
  regraft_transaction *transaction = NULL;
  regraft_plan *plan = NULL, *second = NULL;
  regraft_outcome *outcome = NULL;
  regraft_timings *timings = NULL;
  regraft_job *job = regraft_job_new();
  OK(regraft_sysroot_open(path, &sysroot, &error));
  OK(regraft_plan_from_json(json, &plan, &error));
  OK(regraft_transaction_resume(sysroot, plan, &transaction, &error));
  regraft_sysroot_free(sysroot);
  OK(regraft_transaction_stage(transaction, plan, job, &outcome, &error));
  OK(regraft_job_timings(job, &timings, &error));
  FAILS(regraft_transaction_plan(transaction, job, &second, &error), REGRAFT_ERROR_SPENT);
  regraft_plan_free(plan);
  regraft_job_free(job);
  regraft_transaction_free(transaction);
  HAS(regraft_outcome_text(outcome), regraft_outcome_id(outcome));
  CHECK(regraft_timings_count(timings) > 0 && regraft_timings_phase(timings, 0)[0] != '\0');
  HAS(regraft_error_to_json(error), regraft_error_kind_name(error));
  DONE();
  regraft_timings_free(timings);
  regraft_outcome_free(outcome);
}

int main(int argc, char **argv)
{
  regraft_plan *plan = NULL;
  long orders = 1;
  CHECK(argc >= 4);
  for (int i = 2; i <= COUNT; i++)
    orders *= i;
  OK(regraft_plan_from_json(argv[2], &plan, &error));
  for (long i = 0; i < orders; i += atol(argv[3]))
    in_order(i, argv[1], regraft_plan_to_json(plan));
  regraft_plan_free(plan);
  if (argc == 5)
    stage(argv[1], argv[2]);
  return 0;
}
