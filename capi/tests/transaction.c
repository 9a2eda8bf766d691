/* The nouns of a transaction, on the sysroot that is given: a deployed base with nano, and the
 * packages strace, spoken, needy, clash and failing in a repository. */
#include "check.h"

#include <pthread.h>

static regraft_error *error = NULL;
static regraft_sysroot *sysroot = NULL;

/* What a callback sees of the call that it runs in. */
struct seen {
  regraft_transaction *transaction;
  regraft_job *job;
  regraft_job *other;
  double fraction;
  int reports;
  int busy;
};

/* Another thread than the one whose call has the transaction. */
static void *use_elsewhere(void *userdata)
{
  struct seen *seen = userdata;
  regraft_error *error = NULL;
  FAILS(regraft_transaction_upgrade(seen->transaction, &error), REGRAFT_IN_USE);
  DONE();
  return NULL;
}

static void *cancel_elsewhere(void *userdata)
{
  regraft_cancel_cancel(userdata);
  return NULL;
}

static void in_thread(void *(*work)(void *), void *userdata)
{
  pthread_t thread;
  CHECK(pthread_create(&thread, NULL, work, userdata) == 0);
  CHECK(pthread_join(thread, NULL) == 0);
}

/* What an interrupted call leaves. */
static void recovers(const regraft_sysroot *sysroot, regraft_job *job)
{
  regraft_finding_list *found = NULL, *mended = NULL;
  regraft_snapshot *snapshot = NULL;
  char path[4096];
  OK(regraft_sysroot_check(sysroot, job, &found, &error));
  CHECK(regraft_finding_list_count(found) == 0 && regraft_finding_list_get(found, 0) == NULL);
  SAME(regraft_finding_list_to_json(found), "[]");
  regraft_finding_list_free(found);
  OK(regraft_sysroot_snapshot(sysroot, &snapshot, &error));
  CHECK(regraft_snapshot_interrupted(snapshot) == NULL);
  regraft_snapshot_free(snapshot);

  snprintf(path, sizeof path, "%s/ostree/regraft/writer", regraft_sysroot_path(sysroot));
  FILE *writer = fopen(path, "w");
  CHECK(writer != NULL && fputs("999999 17 updater\n", writer) >= 0 && fclose(writer) == 0);
  OK(regraft_sysroot_snapshot(sysroot, &snapshot, &error));
  const regraft_interrupted *interrupted = regraft_snapshot_interrupted(snapshot);
  HAS(regraft_interrupted_program(interrupted), "updater (pid 999999");
  CHECK(regraft_interrupted_left_count(interrupted) == 1);
  SAME(regraft_interrupted_left_get(interrupted, 0), path);
  HAS(regraft_snapshot_to_json(snapshot), path);
  regraft_snapshot_free(snapshot);
  OK(regraft_sysroot_check(sysroot, job, &found, &error));
  CHECK(regraft_finding_list_count(found) == 1);
  const regraft_finding *finding = regraft_finding_list_get(found, 0);
  CHECK(regraft_finding_kind(finding) == REGRAFT_FINDING_LEFTOVER);
  CHECK(regraft_finding_mend(finding) == REGRAFT_MEND_RECOVER);
  SAME(regraft_finding_kind_name(finding), "leftover");
  SAME(regraft_finding_object(finding), path);
  HAS(regraft_finding_reason(finding), "interrupted");
  HAS(regraft_finding_remedy(finding), "recover");
  HAS(regraft_finding_text(finding), path);
  HAS(regraft_finding_to_json(finding), "\"mend\":\"recover\"");
  OK(regraft_sysroot_recover(sysroot, job, &mended, &error));
  SAME(regraft_finding_list_to_json(mended), regraft_finding_list_to_json(found));
  regraft_finding_list_free(mended);
  regraft_finding_list_free(found);
  OK(regraft_sysroot_recover(sysroot, job, &mended, &error));
  CHECK(regraft_finding_list_count(mended) == 0);
  regraft_finding_list_free(mended);
}

/* The program's own thread hears of it, and a thread of its own cancels. */
static int cancel_in_thread(const regraft_progress *progress, void *userdata)
{
  (void) progress;
  in_thread(cancel_elsewhere, userdata);
  return REGRAFT_CONTINUE;
}

/* Handles in use say so; the lock of the running call is somebody else's lock for another one. */
static int look(const regraft_progress *progress, void *userdata)
{
  struct seen *seen = userdata;
  CHECK(regraft_progress_fraction(progress) >= seen->fraction);
  CHECK(regraft_progress_fraction(progress) <= 1.0);
  CHECK(regraft_progress_phase_number(progress) != REGRAFT_PHASE_OTHER);
  CHECK(regraft_progress_phase(progress)[0] != '\0');
  CHECK(regraft_progress_unit(progress) == REGRAFT_UNIT_BYTES
        || regraft_progress_unit(progress) == REGRAFT_UNIT_ITEMS);
  CHECK(regraft_progress_total(progress) == 0
        || regraft_progress_done(progress) <= regraft_progress_total(progress));
  CHECK(regraft_progress_detail(progress) != NULL);
  seen->fraction = regraft_progress_fraction(progress);
  seen->reports++;

  regraft_error *error = NULL;
  regraft_timings *timings = NULL;
  FAILS(regraft_transaction_upgrade(seen->transaction, &error), REGRAFT_IN_USE);
  SAME(regraft_error_kind_name(error), "in-use");
  DONE();
  FAILS(regraft_job_timings(seen->job, &timings, &error), REGRAFT_IN_USE);
  DONE();
  CHECK(regraft_job_on_progress(seen->job, NULL, NULL) == REGRAFT_IN_USE);
  if (regraft_progress_phase_number(progress) == REGRAFT_PHASE_GRAFT && seen->busy == 0) {
    regraft_outcome *outcome = NULL;
    FAILS(regraft_sysroot_rollback(sysroot, seen->other, &outcome, &error), REGRAFT_ERROR_BUSY);
    HAS(regraft_error_busy_holder(error), "(pid ");
    HAS(regraft_error_to_json(error), "\"holder\":");
    DONE();
    seen->busy = 1;
    in_thread(use_elsewhere, seen);
  }
  return REGRAFT_CONTINUE;
}

static int nonsense(const regraft_progress *progress, void *userdata)
{
  (void) progress, (void) userdata;
  return 7;
}

static int stop(const regraft_progress *progress, void *userdata)
{
  (void) progress, (void) userdata;
  return REGRAFT_CANCEL;
}

/* Frees everything that the running call uses. */
static int free_all(const regraft_progress *progress, void *userdata)
{
  struct seen *seen = userdata;
  (void) progress;
  regraft_transaction_free(seen->transaction);
  regraft_job_free(seen->job);
  seen->transaction = NULL;
  seen->job = NULL;
  return REGRAFT_CONTINUE;
}

static regraft_transaction *begin(const char *request)
{
  regraft_transaction *transaction = NULL;
  OK(regraft_transaction_new(sysroot, REGRAFT_BASE_PENDING, &transaction, &error));
  OK(regraft_transaction_install(transaction, request, &error));
  return transaction;
}

/* What a request fails with, be it at the plan or at the stage. */
static regraft_code outcome_of(const char *request)
{
  regraft_transaction *transaction = begin(request);
  regraft_job *job = regraft_job_new();
  regraft_plan *plan = NULL;
  regraft_outcome *outcome = NULL;
  regraft_code code = regraft_transaction_plan(transaction, job, &plan, &error);
  if (code == REGRAFT_OK)
    code = regraft_transaction_stage(transaction, plan, job, &outcome, &error);
  CHECK(outcome == NULL);
  regraft_outcome_free(outcome);
  regraft_plan_free(plan);
  regraft_job_free(job);
  regraft_transaction_free(transaction);
  CHECK(code == regraft_error_kind(error));
  return code;
}

static void errors(void)
{
  regraft_transaction *transaction = NULL;
  FAILS(regraft_transaction_new(sysroot, 9, &transaction, &error), REGRAFT_BAD_ENUM);
  SAME(regraft_error_kind_name(error), "bad-enum");
  DONE();
  FAILS(regraft_transaction_new(sysroot, REGRAFT_BASE_BOOTED, &transaction, &error),
        REGRAFT_ERROR_STATE);
  CHECK(transaction == NULL);
  DONE();

  FAILS(outcome_of("needy"), REGRAFT_ERROR_UNSOLVABLE);
  CHECK(regraft_error_problem_count(error) > 0);
  const regraft_problem *problem = regraft_error_problem_get(error, 0);
  HAS(regraft_problem_explanation(problem), "nowhere");
  for (size_t i = 0; i < regraft_problem_suggestion_count(problem); i++)
    CHECK(regraft_problem_suggestion_get(problem, i)[0] != '\0');
  CHECK(regraft_problem_suggestion_get(problem, 100) == NULL);
  CHECK(regraft_error_problem_get(error, 100) == NULL);
  HAS(regraft_error_to_json(error), "\"explanation\":");
  DONE();

  FAILS(outcome_of("such-a-thing-is-not"), REGRAFT_ERROR_NOT_FOUND);
  DONE();

  FAILS(outcome_of("clash"), REGRAFT_ERROR_FILE_CONFLICT);
  CHECK(regraft_error_conflict_count(error) == 1);
  const regraft_conflict *conflict = regraft_error_conflict_get(error, 0);
  SAME(regraft_conflict_path(conflict), "/usr/share/nano/syntax");
  SAME(regraft_nevra_name(regraft_conflict_first(conflict)), "nano");
  SAME(regraft_nevra_name(regraft_conflict_second(conflict)), "clash");
  HAS(regraft_conflict_text(conflict), "is in both");
  DONE();

  FAILS(outcome_of("failing"), REGRAFT_ERROR_SCRIPT_FAILED);
  SAME(regraft_nevra_name(regraft_error_script_package(error)), "failing");
  SAME(regraft_error_script_name(error), "post");
  HAS(regraft_error_script_status(error), "3");
  HAS(regraft_error_script_output(error), "this is why");
  CHECK(regraft_error_script_seconds(error) >= 0.0);
  DONE();
}

static void callbacks(void)
{
  struct seen seen = { 0 };
  regraft_plan *plan = NULL;
  regraft_cancel *cancel = NULL;

  regraft_transaction *transaction = begin("strace");
  regraft_job *job = regraft_job_new();
  regraft_job_on_progress(job, stop, NULL);
  FAILS(regraft_transaction_plan(transaction, job, &plan, &error), REGRAFT_ERROR_CANCELLED);
  CHECK(plan == NULL && regraft_job_is_cancelled(job));
  DONE();
  regraft_job_free(job);

  job = regraft_job_new();
  regraft_job_on_progress(job, nonsense, NULL);
  FAILS(regraft_transaction_plan(transaction, job, &plan, &error), REGRAFT_BAD_ENUM);
  HAS(regraft_error_message(error), "7");
  DONE();
  regraft_job_free(job);

  job = regraft_job_new();
  OK(regraft_job_cancel_handle(job, &cancel, &error));
  regraft_cancel_cancel(cancel);
  regraft_cancel_free(cancel);
  FAILS(regraft_transaction_plan(transaction, job, &plan, &error), REGRAFT_ERROR_CANCELLED);
  DONE();
  regraft_job_free(job);

  job = regraft_job_new();
  OK(regraft_job_cancel_handle(job, &cancel, &error));
  regraft_job_on_progress(job, cancel_in_thread, cancel);
  FAILS(regraft_transaction_plan(transaction, job, &plan, &error), REGRAFT_ERROR_CANCELLED);
  DONE();
  regraft_job_free(job);
  regraft_cancel_free(cancel);

  /* The wishes are still there, and the call outlives the handles. */
  seen.job = regraft_job_new();
  seen.transaction = transaction;
  regraft_job_on_progress(seen.job, free_all, &seen);
  OK(regraft_transaction_plan(transaction, seen.job, &plan, &error));
  CHECK(seen.transaction == NULL);
  SAME(regraft_wishes_install_get(regraft_plan_wishes(plan), 0), "strace");
  regraft_plan_free(plan);
}

static void whole(void)
{
  struct seen seen = { 0 };
  regraft_transaction *transaction = NULL, *resumed = NULL, *back = NULL;
  regraft_snapshot *before = NULL, *after = NULL;
  regraft_plan *plan = NULL, *again = NULL, *undo = NULL;
  regraft_outcome *outcome = NULL, *second = NULL;
  regraft_timings *timings = NULL;
  regraft_job *job = regraft_job_new();

  OK(regraft_sysroot_snapshot(sysroot, &before, &error));
  CHECK(regraft_snapshot_deployment_count(before) == 1);
  CHECK(regraft_snapshot_deployment_get(before, 1) == NULL);
  const regraft_deployment *first = regraft_snapshot_deployment_get(before, 0);
  SAME(regraft_deployment_stateroot(first), "mini");
  SAME(regraft_deployment_refspec(first), "mini:mini/x86_64/base");
  SAME(regraft_deployment_checksum(first), regraft_deployment_base_checksum(first));
  SAME(regraft_deployment_kernel_argument_get(first, 0), "root=LABEL=root");
  CHECK(regraft_deployment_kernel_argument_count(first) >= 1);
  CHECK(!regraft_deployment_is_layered(first) && !regraft_deployment_is_booted(first));
  CHECK(!regraft_deployment_is_staged(first) && !regraft_deployment_is_pinned(first));
  CHECK(regraft_deployment_state_digest(first) == NULL);
  CHECK(regraft_deployment_timestamp(first) > 0);
  CHECK(regraft_deployment_version(first)[0] == '1');
  HAS(regraft_deployment_id(first), regraft_deployment_checksum(first));
  HAS(regraft_deployment_origin_text(first), "mini:mini/x86_64/base");
  HAS(regraft_snapshot_to_json(before), regraft_deployment_id(first));
  HAS(regraft_snapshot_to_json(before), "\"base-removals\":");
  HAS(regraft_deployment_to_json(first), "\"osname\":\"mini\"");

  OK(regraft_transaction_new_on(sysroot, first, &transaction, &error));
  OK(regraft_transaction_upgrade(transaction, &error));
  OK(regraft_transaction_install(transaction, "strace", &error));
  OK(regraft_transaction_install(transaction, "spoken", &error));
  OK(regraft_transaction_remove_base(transaction, "nano", &error));
  OK(regraft_transaction_idempotent(transaction, &error));
  OK(regraft_transaction_allow_inactive(transaction, &error));
  OK(regraft_transaction_allow_downgrade(transaction, &error));
  OK(regraft_transaction_signatures(transaction, REGRAFT_SIGNATURE_REQUIRED, &error));
  FAILS(regraft_transaction_signatures(transaction, 2, &error), REGRAFT_BAD_ENUM);
  DONE();
  seen.transaction = transaction;
  seen.job = job;
  seen.other = regraft_job_new();
  regraft_job_on_progress(job, look, &seen);
  OK(regraft_transaction_plan(transaction, job, &plan, &error));
  CHECK(seen.reports > 0);

  const regraft_wishes *wishes = regraft_plan_wishes(plan);
  CHECK(regraft_wishes_upgrade(wishes) && regraft_wishes_idempotent(wishes));
  CHECK(regraft_wishes_allow_inactive(wishes) && regraft_wishes_allow_downgrade(wishes));
  CHECK(!regraft_wishes_unsigned_packages(wishes));
  CHECK(regraft_wishes_install_count(wishes) == 2);
  SAME(regraft_wishes_install_get(wishes, 1), "spoken");
  SAME(regraft_wishes_remove_base_get(wishes, 0), "nano");
  CHECK(regraft_wishes_uninstall_count(wishes) == 0);
  CHECK(regraft_wishes_uninstall_get(wishes, 0) == NULL);
  SAME(regraft_plan_stateroot(plan), "mini");
  SAME(regraft_plan_refspec(plan), "mini:mini/x86_64/base");
  SAME(regraft_base_commit_checksum(regraft_plan_previous_base(plan)),
       regraft_deployment_checksum(first));
  CHECK(strcmp(regraft_base_commit_checksum(regraft_plan_base(plan)),
               regraft_deployment_checksum(first)) != 0);
  CHECK(!regraft_plan_is_unchanged(plan));
  CHECK(regraft_plan_download_size(plan) > 0);
  CHECK(regraft_plan_installed_size_change(plan) != 0);
  CHECK(strlen(regraft_plan_state_digest(plan)) == 128);
  CHECK(regraft_plan_dropped_package_get(plan, 9) == NULL);
  CHECK(regraft_plan_layered_count(plan) == 2);
  const regraft_planned_package *layered = regraft_plan_layered_get(plan, 0);
  SAME(regraft_planned_package_repo(layered), "extra");
  HAS(regraft_planned_package_checksum(layered), "sha256:");
  HAS(regraft_planned_package_location(layered), ".rpm");
  CHECK(regraft_planned_package_size(layered) > 0);
  CHECK(regraft_nevra_text(regraft_planned_package_nevra(layered))[0] != '\0');

  int found = 0;
  for (size_t i = 0; i < regraft_plan_change_count(plan); i++) {
    const regraft_change *change = regraft_plan_change_get(plan, i);
    const regraft_nevra *package = regraft_change_package(change);
    puts(regraft_change_text(change));
    if (strcmp(regraft_nevra_name(package), "strace") == 0) {
      CHECK(regraft_change_action(change) == REGRAFT_ACTION_INSTALL);
      SAME(regraft_change_action_name(change), "install");
      SAME(regraft_nevra_text(package), "strace-6-1.x86_64");
      SAME(regraft_nevra_version(package), "6");
      SAME(regraft_nevra_release(package), "1");
      SAME(regraft_nevra_evr(package), "6-1");
      SAME(regraft_nevra_arch(package), "x86_64");
      CHECK(regraft_nevra_epoch(package) == 0 && regraft_change_from(change) == NULL);
      SAME(regraft_change_repo(change), "extra");
      CHECK(regraft_change_reason(change) == REGRAFT_REASON_REQUESTED);
      SAME(regraft_change_reason_subject(change), "strace");
      SAME(regraft_change_reason_text(change), "requested: strace");
      CHECK(regraft_change_download_size(change) > 0);
      found++;
    } else if (strcmp(regraft_nevra_name(package), "nano") == 0) {
      CHECK(regraft_change_action(change) == REGRAFT_ACTION_REMOVE);
      CHECK(regraft_change_reason(change) == REGRAFT_REASON_REMOVED);
      CHECK(regraft_change_reason_subject(change) == NULL && regraft_change_repo(change) == NULL);
      CHECK(regraft_change_installed_size(change) > 0);
      found++;
    } else if (strcmp(regraft_nevra_name(package), "setup") == 0) {
      CHECK(regraft_change_action(change) == REGRAFT_ACTION_UPGRADE);
      CHECK(regraft_change_reason(change) == REGRAFT_REASON_BASE);
      SAME(regraft_nevra_evr(regraft_change_from(change)), "1-1");
      found++;
    }
  }
  CHECK(found == 3);
  HAS(regraft_plan_text(plan), "strace-6-1.x86_64");

  /* Another process takes it up. */
  OK(regraft_plan_from_json(regraft_plan_to_json(plan), &again, &error));
  SAME(regraft_plan_to_json(again), regraft_plan_to_json(plan));
  HAS(regraft_plan_to_json(again), "\"text\": \"install strace-6-1.x86_64 (extra), requested: strace\"");
  OK(regraft_transaction_resume(sysroot, again, &resumed, &error));
  seen.transaction = resumed;
  seen.fraction = 0;
  OK(regraft_transaction_stage(resumed, again, job, &outcome, &error));
  CHECK(seen.busy == 1);
  CHECK(regraft_outcome_kind(outcome) == REGRAFT_OUTCOME_DEPLOYED);
  HAS(regraft_outcome_text(outcome), regraft_outcome_id(outcome));
  HAS(regraft_outcome_to_json(outcome), "\"kind\":\"deployed\"");
  HAS(regraft_outcome_to_json(outcome), "\"text\":\"deployed ");
  CHECK(regraft_outcome_objects(outcome) > 0);
  found = 0;
  for (size_t i = 0; i < regraft_outcome_script_count(outcome); i++) {
    const regraft_script_log *log = regraft_outcome_script_get(outcome, i);
    if (strcmp(regraft_nevra_name(regraft_script_log_package(log)), "spoken") == 0) {
      SAME(regraft_script_log_script(log), "post");
      HAS(regraft_script_log_output(log), "said by post");
      CHECK(regraft_script_log_seconds(log) > 0);
      CHECK(regraft_script_log_written_count(log) == 1);
      SAME(regraft_script_log_written_get(log, 0), "/usr/share/said");
      found++;
    }
  }
  CHECK(found == 1);
  OK(regraft_job_timings(job, &timings, &error));
  CHECK(regraft_timings_count(timings) > 2);
  CHECK(regraft_timings_phase(timings, 0)[0] != '\0');
  CHECK(regraft_timings_phase_number(timings, 0) != REGRAFT_PHASE_OTHER);
  CHECK(regraft_timings_seconds(timings, 0) >= 0);

  /* A plan is good once, and so is a transaction. */
  FAILS(regraft_transaction_stage(resumed, again, job, &second, &error), REGRAFT_ERROR_SPENT);
  DONE();

  OK(regraft_sysroot_snapshot(sysroot, &after, &error));
  CHECK(regraft_snapshot_deployment_count(after) == 2);
  const regraft_deployment *made = regraft_snapshot_deployment_get(after, 0);
  SAME(regraft_deployment_id(made), regraft_outcome_id(outcome));
  CHECK(regraft_deployment_is_layered(made) && regraft_deployment_package_count(made) == 2);
  CHECK(regraft_deployment_package_get(made, 0) != NULL);
  CHECK(regraft_deployment_removed_base_package_count(made) == 1);
  SAME(regraft_nevra_name(regraft_deployment_removed_base_package_get(made, 0)), "nano");
  SAME(regraft_deployment_state_digest(made), regraft_plan_state_digest(plan));
  /* What was borrowed from the snapshot before is as it was. */
  CHECK(!regraft_deployment_is_layered(first));

  /* The other way round. */
  OK(regraft_transaction_new(sysroot, REGRAFT_BASE_PENDING, &back, &error));
  OK(regraft_transaction_uninstall(back, "spoken", &error));
  OK(regraft_transaction_reset_base(back, "nano", &error));
  OK(regraft_transaction_plan(back, seen.other, &undo, &error));
  SAME(regraft_wishes_uninstall_get(regraft_plan_wishes(undo), 0), "spoken");
  SAME(regraft_wishes_reset_base_get(regraft_plan_wishes(undo), 0), "nano");
  CHECK(regraft_plan_change_count(undo) == 2);
  HAS(regraft_change_text(regraft_plan_change_get(undo, 0)), "install nano-2-1.x86_64");
  HAS(regraft_change_text(regraft_plan_change_get(undo, 1)), "remove spoken-1-1.x86_64");

  /* Back, and away with what was made; and with what a plan started from. */
  OK(regraft_sysroot_rollback(sysroot, seen.other, &second, &error));
  SAME(regraft_outcome_id(second), regraft_deployment_id(first));
  CHECK(regraft_outcome_script_get(second, 0) == NULL);
  FAILS(regraft_sysroot_cleanup(sysroot, 64, seen.other, &error), REGRAFT_BAD_ENUM);
  DONE();
  OK(regraft_sysroot_cleanup(sysroot, REGRAFT_CLEANUP_ROLLBACK | REGRAFT_CLEANUP_CACHES,
                             seen.other, &error));
  regraft_snapshot_free(after);
  OK(regraft_sysroot_snapshot(sysroot, &after, &error));
  CHECK(regraft_snapshot_deployment_count(after) == 1);
  CHECK(second != NULL);
  regraft_outcome_free(second);
  FAILS(regraft_transaction_stage(back, undo, seen.other, &second, &error), REGRAFT_ERROR_STALE);
  CHECK(second == NULL);
  DONE();

  /* All is well; what an interrupted call left is told, and removed. */
  recovers(sysroot, seen.other);

  /* In no order at all. */
  regraft_job_free(job);
  regraft_snapshot_free(after);
  regraft_transaction_free(resumed);
  regraft_plan_free(again);
  regraft_transaction_free(back);
  regraft_plan_free(undo);
  regraft_outcome_free(second);
  regraft_snapshot_free(before);
  regraft_timings_free(timings);
  regraft_plan_free(plan);
  regraft_job_free(seen.other);
  regraft_transaction_free(transaction);
  regraft_outcome_free(outcome);
}

int main(int argc, char **argv)
{
  regraft_sysroot *opened = NULL;
  CHECK(argc == 2);
  OK(regraft_sysroot_open(argv[1], &opened, &error));
  SAME(regraft_sysroot_path(opened), argv[1]);
  OK(regraft_sysroot_wait_for_lock(opened, 20, &sysroot, &error));
  regraft_sysroot_free(opened);
  errors();
  callbacks();
  whole();
  regraft_sysroot_free(sysroot);
  return 0;
}
