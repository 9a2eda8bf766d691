/* A sysroot from nothing: the folder, the refspec and a remote that the test declares between the
 * two runs. */
#include "check.h"

int main(int argc, char **argv)
{
  regraft_error *error = NULL;
  regraft_sysroot *sysroot = NULL, *scoped = NULL, *other = NULL;
  regraft_snapshot *snapshot = NULL;
  regraft_transaction *transaction = NULL;
  regraft_plan *plan = NULL;
  regraft_outcome *outcome = NULL;
  regraft_job *job = regraft_job_new();
  CHECK(argc >= 2);

  OK(regraft_sysroot_create(argv[1], &sysroot, &error));
  SAME(regraft_sysroot_path(sysroot), argv[1]);
  FAILS(regraft_sysroot_create_stateroot(sysroot, "a/b", &scoped, &error),
        REGRAFT_ERROR_INVALID_ARGUMENT);
  DONE();
  OK(regraft_sysroot_create_stateroot(sysroot, "mini", &scoped, &error));
  OK(regraft_sysroot_create_stateroot(sysroot, "other", &other, &error));
  regraft_sysroot_free(other);
  /* Two stateroots, and nobody has said which. */
  FAILS(regraft_transaction_new(sysroot, REGRAFT_BASE_PENDING, &transaction, &error),
        REGRAFT_ERROR_STATE);
  DONE();
  OK(regraft_sysroot_stateroot(sysroot, "other", &other, &error));
  OK(regraft_sysroot_snapshot(other, &snapshot, &error));
  CHECK(regraft_snapshot_deployment_count(snapshot) == 0);
  HAS(regraft_snapshot_to_json(snapshot), "\"deployments\":[]");
  regraft_snapshot_free(snapshot);

  if (argc == 3) {
    OK(regraft_transaction_deploy_commit(scoped, argv[2], &transaction, &error));
    OK(regraft_transaction_kernel_argument(transaction, "quiet", &error));
    OK(regraft_transaction_plan(transaction, job, &plan, &error));
    CHECK(regraft_plan_previous_base(plan) == NULL);
    SAME(regraft_wishes_kernel_argument_get(regraft_plan_wishes(plan), 0), "quiet");
    OK(regraft_transaction_stage(transaction, plan, job, &outcome, &error));
    OK(regraft_sysroot_snapshot(scoped, &snapshot, &error));
    const regraft_deployment *deployment = regraft_snapshot_deployment_get(snapshot, 0);
    SAME(regraft_deployment_id(deployment), regraft_outcome_id(outcome));
    CHECK(regraft_deployment_serial(deployment) == 0);
    SAME(regraft_deployment_kernel_argument_get(deployment, 0), "quiet");
    SAME(regraft_base_commit_version(regraft_plan_base(plan)),
         regraft_deployment_version(deployment));
    CHECK(regraft_base_commit_timestamp(regraft_plan_base(plan))
          == regraft_deployment_timestamp(deployment));

    /* Asked for again there is nothing to do. */
    regraft_transaction_free(transaction);
    regraft_plan_free(plan);
    regraft_outcome_free(outcome);
    OK(regraft_transaction_new(scoped, REGRAFT_BASE_PENDING, &transaction, &error));
    OK(regraft_transaction_upgrade(transaction, &error));
    OK(regraft_transaction_plan(transaction, job, &plan, &error));
    CHECK(regraft_plan_is_unchanged(plan));
    OK(regraft_transaction_stage(transaction, plan, job, &outcome, &error));
    CHECK(regraft_outcome_kind(outcome) == REGRAFT_OUTCOME_UNCHANGED);
    CHECK(regraft_outcome_id(outcome) == NULL);
    SAME(regraft_outcome_text(outcome), "nothing to do");
    SAME(regraft_outcome_to_json(outcome), "{\"kind\":\"unchanged\",\"text\":\"nothing to do\"}");
    regraft_snapshot_free(snapshot);
  }
  regraft_sysroot_free(sysroot);
  regraft_sysroot_free(other);
  regraft_sysroot_free(scoped);
  regraft_transaction_free(transaction);
  regraft_plan_free(plan);
  regraft_outcome_free(outcome);
  regraft_job_free(job);
  return 0;
}
