/* What needs no sysroot: versions, NEVRAs, jobs, errors, and what arguments may not be. */
#include "check.h"

int main(void)
{
  regraft_error *error = NULL;
  char version[64];

  snprintf(version, sizeof version, "%d.%d.%d", REGRAFT_VERSION_MAJOR, REGRAFT_VERSION_MINOR,
           REGRAFT_VERSION_PATCH);
  SAME(regraft_version(), version);
  CHECK(regraft_abi_version() == REGRAFT_ABI_VERSION);

  /* Versions. */
  int32_t order = 7;
  OK(regraft_evr_compare("1.0-1", "1:0.5-1", &order, &error));
  CHECK(order < 0);
  OK(regraft_evr_compare("1.0", "1.00", &order, &error));
  CHECK(order == 0);
  OK(regraft_evr_compare("2.0-1", "2.0~rc1-1", &order, &error));
  CHECK(order > 0);
  FAILS(regraft_evr_compare("x:1", "1", &order, &error), REGRAFT_ERROR_INVALID_ARGUMENT);
  CHECK(order == 0);
  SAME(regraft_error_kind_name(error), "invalid-argument");
  HAS(regraft_error_to_json(error), "\"kind\":\"invalid-argument\"");
  HAS(regraft_error_to_json(error), "\"value\":\"x:1\"");
  CHECK(regraft_error_problem_count(error) == 0 && regraft_error_conflict_count(error) == 0);
  CHECK(regraft_error_script_output(error) == NULL && regraft_error_busy_holder(error) == NULL);
  DONE();

  /* Errors: the out pointer becomes NULL, the error is there only where it is wanted. */
  regraft_sysroot *sysroot = (regraft_sysroot *) &error;
  FAILS(regraft_sysroot_open("/nonexistent", &sysroot, &error), REGRAFT_ERROR_NOT_FOUND);
  CHECK(sysroot == NULL);
  HAS(regraft_error_message(error), "/nonexistent");
  HAS(regraft_error_to_json(error), "\"name\":\"/nonexistent\"");
  DONE();
  CHECK(regraft_sysroot_open("/nonexistent", &sysroot, NULL) == REGRAFT_ERROR_NOT_FOUND);

  /* Arguments. */
  FAILS(regraft_sysroot_open(NULL, &sysroot, &error), REGRAFT_NULL_ARGUMENT);
  SAME(regraft_error_kind_name(error), "null-argument");
  SAME(regraft_error_message(error), "the argument `path` must not be NULL");
  SAME(regraft_error_to_json(error), "{\"code\":1,\"kind\":\"null-argument\","
       "\"message\":\"the argument `path` must not be NULL\"}");
  DONE();
  FAILS(regraft_sysroot_open("/", NULL, &error), REGRAFT_NULL_ARGUMENT);
  DONE();
  FAILS(regraft_sysroot_open("/\xff", &sysroot, &error), REGRAFT_BAD_UTF8);
  SAME(regraft_error_kind_name(error), "bad-utf8");
  DONE();
  FAILS(regraft_transaction_upgrade(NULL, &error), REGRAFT_NULL_ARGUMENT);
  DONE();
  regraft_plan *plan = NULL;
  FAILS(regraft_plan_from_json("{}", &plan, &error), REGRAFT_ERROR_CONFIG);
  CHECK(plan == NULL);
  DONE();

  /* A job. */
  regraft_job *job = regraft_job_new();
  regraft_cancel *cancel = NULL;
  regraft_timings *timings = NULL;
  CHECK(regraft_job_on_progress(job, NULL, NULL) == REGRAFT_OK);
  CHECK(regraft_job_on_progress(NULL, NULL, NULL) == REGRAFT_NULL_ARGUMENT);
  OK(regraft_job_timings(job, &timings, &error));
  CHECK(regraft_timings_count(timings) == 0);
  CHECK(regraft_timings_phase(timings, 0) == NULL);
  regraft_timings_free(timings);
  OK(regraft_job_cancel_handle(job, &cancel, &error));
  CHECK(!regraft_job_is_cancelled(job) && !regraft_cancel_is_cancelled(cancel));
  regraft_cancel_cancel(cancel);
  CHECK(regraft_job_is_cancelled(job));
  regraft_job_free(job);
  CHECK(regraft_cancel_is_cancelled(cancel));
  regraft_cancel_free(cancel);

  /* What there is not. */
  CHECK(regraft_error_kind(NULL) == REGRAFT_OK);
  SAME(regraft_error_message(NULL), "");
  CHECK(regraft_plan_change_count(NULL) == 0 && regraft_plan_change_get(NULL, 0) == NULL);
  SAME(regraft_change_text(NULL), "");
  CHECK(regraft_snapshot_deployment_get(NULL, 3) == NULL);
  CHECK(regraft_progress_fraction(NULL) == 0.0);
  regraft_cancel_cancel(NULL);
  regraft_error_free(NULL);
  regraft_sysroot_free(NULL);
  regraft_snapshot_free(NULL);
  regraft_transaction_free(NULL);
  regraft_plan_free(NULL);
  regraft_outcome_free(NULL);
  regraft_job_free(NULL);
  regraft_cancel_free(NULL);
  regraft_timings_free(NULL);
  puts("all as it should be");
  return 0;
}
