/* What callbacks of a stage do: `callbacks SYSROOT cancel` leaves the sysroot as it is, `callbacks SYSROOT
 * stage` stages. The sysroot has strace, spoken and another package in a repository. */
#include "check.h"

static regraft_error *error = NULL;
static regraft_sysroot *sysroot = NULL;

struct seen {
  regraft_transaction *transaction;
  regraft_plan *plan;
  regraft_job *job;
  int32_t phase;
  int reports;
};

static regraft_transaction *begin(const char *request)
{
  regraft_transaction *transaction = NULL;
  OK(regraft_transaction_new(sysroot, REGRAFT_BASE_PENDING, &transaction, &error));
  OK(regraft_transaction_install(transaction, request, &error));
  return transaction;
}

/* Stops as soon as it hears of a phase. */
static int stop_at(const regraft_progress *progress, void *userdata)
{
  struct seen *seen = userdata;
  if (regraft_progress_phase_number(progress) != seen->phase)
    return REGRAFT_CONTINUE;
  seen->reports++;
  return REGRAFT_CANCEL;
}

/* All phases before the deployment is made; each is heard of, and each can be the end. */
static void cancel(void)
{
  static const int32_t phases[] = {
    REGRAFT_PHASE_GRAFT, REGRAFT_PHASE_SCRIPTS, REGRAFT_PHASE_DATABASE, REGRAFT_PHASE_COMMIT,
  };
  regraft_transaction *transaction = begin("spoken");
  for (size_t i = 0; i < sizeof phases / sizeof *phases; i++) {
    struct seen seen = { .phase = phases[i] };
    regraft_plan *plan = NULL;
    regraft_outcome *outcome = NULL;
    regraft_job *job = regraft_job_new();
    /* The same transaction again and again: it is as it was. */
    OK(regraft_transaction_plan(transaction, job, &plan, &error));
    OK(regraft_job_on_progress(job, stop_at, &seen));
    FAILS(regraft_transaction_stage(transaction, plan, job, &outcome, &error),
          REGRAFT_ERROR_CANCELLED);
    DONE();
    CHECK(outcome == NULL && seen.reports > 0);
    CHECK(regraft_job_is_cancelled(job));
    regraft_job_free(job);
    regraft_plan_free(plan);
  }
  regraft_transaction_free(transaction);
}

static int count(const regraft_progress *progress, void *userdata)
{
  int *reports = userdata;
  CHECK(progress != NULL);
  ++*reports;
  return REGRAFT_CONTINUE;
}

/* Uses the library in the middle of a call, whose callback is called meanwhile by that use. */
static int call_back(const regraft_progress *progress, void *userdata)
{
  struct seen *seen = userdata;
  if (regraft_progress_phase_number(progress) != REGRAFT_PHASE_GRAFT || seen->reports++ > 0)
    return REGRAFT_CONTINUE;
  regraft_snapshot *snapshot = NULL;
  regraft_plan *plan = NULL;
  regraft_outcome *outcome = NULL;
  regraft_error *error = NULL;
  int reports = 0;
  int32_t order = 0;
  OK(regraft_evr_compare("1-1", "1-2", &order, &error));
  OK(regraft_sysroot_snapshot(sysroot, &snapshot, &error));
  regraft_snapshot_free(snapshot);
  regraft_transaction *other = begin("spoken");
  regraft_job *job = regraft_job_new();
  OK(regraft_job_on_progress(job, count, &reports));
  OK(regraft_transaction_plan(other, job, &plan, &error));
  CHECK(reports > 0);
  FAILS(regraft_transaction_stage(other, plan, job, &outcome, &error), REGRAFT_ERROR_BUSY);
  DONE();
  FAILS(regraft_transaction_stage(seen->transaction, plan, job, &outcome, &error),
        REGRAFT_IN_USE);
  DONE();
  FAILS(regraft_transaction_stage(other, plan, seen->job, &outcome, &error), REGRAFT_IN_USE);
  DONE();
  regraft_plan_free(plan);
  regraft_transaction_free(other);
  regraft_job_free(job);

  /* All that the running call was given; it ends as it would. */
  regraft_transaction_free(seen->transaction);
  regraft_plan_free(seen->plan);
  regraft_job_free(seen->job);
  regraft_sysroot_free(sysroot);
  sysroot = NULL;
  return REGRAFT_CONTINUE;
}

static void stage(void)
{
  struct seen seen = { 0 };
  regraft_outcome *outcome = NULL;
  seen.transaction = begin("strace");
  seen.job = regraft_job_new();
  OK(regraft_transaction_plan(seen.transaction, seen.job, &seen.plan, &error));
  OK(regraft_job_on_progress(seen.job, call_back, &seen));
  OK(regraft_transaction_stage(seen.transaction, seen.plan, seen.job, &outcome, &error));
  CHECK(seen.reports > 0);
  puts(regraft_outcome_text(outcome));
  regraft_outcome_free(outcome);
}

int main(int argc, char **argv)
{
  CHECK(argc == 3);
  OK(regraft_sysroot_open(argv[1], &sysroot, &error));
  if (strcmp(argv[2], "cancel") == 0)
    cancel();
  else
    stage();
  regraft_sysroot_free(sysroot);
  return 0;
}
