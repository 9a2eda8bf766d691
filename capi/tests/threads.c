/* Two sysroots, each with strace in a repository and nothing layered, and several threads. */
#include "check.h"

#include <pthread.h>
#include <time.h>

#define READERS 4
#define SETTERS 4
#define WISHES 200

/* Threads wait for each other here, and not for ever. */
struct meeting {
  pthread_mutex_t lock;
  pthread_cond_t changed;
  int here;
};

#define MEETING { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0 }

static void arrive(struct meeting *meeting)
{
  CHECK(pthread_mutex_lock(&meeting->lock) == 0);
  meeting->here++;
  CHECK(pthread_cond_broadcast(&meeting->changed) == 0);
  CHECK(pthread_mutex_unlock(&meeting->lock) == 0);
}

static int arrived(struct meeting *meeting)
{
  CHECK(pthread_mutex_lock(&meeting->lock) == 0);
  int here = meeting->here;
  CHECK(pthread_mutex_unlock(&meeting->lock) == 0);
  return here;
}

static void await(struct meeting *meeting, int number)
{
  struct timespec until = { time(NULL) + 300, 0 };
  CHECK(pthread_mutex_lock(&meeting->lock) == 0);
  while (meeting->here < number)
    CHECK(pthread_cond_timedwait(&meeting->changed, &meeting->lock, &until) == 0);
  CHECK(pthread_mutex_unlock(&meeting->lock) == 0);
}

/* Both stages are in the middle of their work at one moment. */
static struct meeting middle = MEETING;
/* The first of them, when it has ended. */
static struct meeting ended = MEETING;
/* The others have looked at what is in use. */
static struct meeting looked = MEETING;

struct stage {
  pthread_t thread;
  pthread_t caller;
  const char *path;
  regraft_transaction *transaction;
  regraft_plan *plan;
  regraft_job *job;
  int met;
};

static int meet(const regraft_progress *progress, void *userdata)
{
  struct stage *stage = userdata;
  /* On the thread that made the call, whichever works. */
  CHECK(pthread_equal(pthread_self(), stage->caller));
  if (!stage->met && regraft_progress_phase_number(progress) == REGRAFT_PHASE_GRAFT) {
    stage->met = 1;
    arrive(&middle);
    await(&middle, 2);
    await(&looked, 1);
  }
  return REGRAFT_CONTINUE;
}

static void prepare(struct stage *stage, const char *path)
{
  regraft_error *error = NULL;
  regraft_sysroot *sysroot = NULL;
  stage->path = path;
  stage->job = regraft_job_new();
  OK(regraft_sysroot_open(path, &sysroot, &error));
  OK(regraft_transaction_new(sysroot, REGRAFT_BASE_PENDING, &stage->transaction, &error));
  OK(regraft_transaction_install(stage->transaction, "strace", &error));
  regraft_sysroot_free(sysroot);
}

static void *stage(void *userdata)
{
  struct stage *stage = userdata;
  regraft_error *error = NULL;
  regraft_outcome *outcome = NULL;
  stage->caller = pthread_self();
  OK(regraft_transaction_plan(stage->transaction, stage->job, &stage->plan, &error));
  OK(regraft_job_on_progress(stage->job, meet, stage));
  OK(regraft_transaction_stage(stage->transaction, stage->plan, stage->job, &outcome, &error));
  CHECK(stage->met);
  CHECK(regraft_outcome_kind(outcome) == REGRAFT_OUTCOME_DEPLOYED);
  regraft_outcome_free(outcome);
  arrive(&ended);
  return NULL;
}

/* Reads through one handle that many threads have, while another one stages. */
static void *read_on(void *userdata)
{
  regraft_error *error = NULL;
  const regraft_sysroot *sysroot = userdata;
  size_t seen = 0, rounds = 0;
  int over = 0;
  while (!over || rounds < 3) {
    over = arrived(&ended) == 2;
    regraft_snapshot *snapshot = NULL;
    OK(regraft_sysroot_snapshot(sysroot, &snapshot, &error));
    size_t count = regraft_snapshot_deployment_count(snapshot);
    CHECK(count == 1 || count == 2);
    CHECK(count >= seen);
    seen = count;
    for (size_t i = 0; i < count; i++) {
      const regraft_deployment *deployment = regraft_snapshot_deployment_get(snapshot, i);
      HAS(regraft_snapshot_to_json(snapshot), regraft_deployment_id(deployment));
      CHECK(regraft_deployment_is_layered(deployment) == (count == 2 && i == 0));
    }
    regraft_snapshot_free(snapshot);
    rounds++;
  }
  CHECK(seen == 2);
  return NULL;
}

/* A transaction that another thread stages, and a job that another thread's call has. */
static void *intrude(void *userdata)
{
  struct stage *stage = userdata;
  regraft_error *error = NULL;
  regraft_sysroot *sysroot = NULL;
  regraft_transaction *own = NULL;
  regraft_plan *plan = NULL;
  regraft_outcome *outcome = NULL;
  regraft_job *job = regraft_job_new();
  await(&middle, 2);
  FAILS(regraft_transaction_plan(stage->transaction, job, &plan, &error), REGRAFT_IN_USE);
  HAS(regraft_error_message(error), "transaction");
  CHECK(plan == NULL);
  DONE();
  FAILS(regraft_transaction_stage(stage->transaction, stage->plan, job, &outcome, &error),
        REGRAFT_IN_USE);
  CHECK(outcome == NULL);
  DONE();
  OK(regraft_sysroot_open(stage->path, &sysroot, &error));
  OK(regraft_transaction_new(sysroot, REGRAFT_BASE_PENDING, &own, &error));
  FAILS(regraft_transaction_plan(own, stage->job, &plan, &error), REGRAFT_IN_USE);
  HAS(regraft_error_message(error), "job");
  DONE();
  /* The plan that is staged can be read meanwhile; and this thread can make its own. */
  HAS(regraft_plan_text(stage->plan), "strace");
  OK(regraft_transaction_install(own, "strace", &error));
  OK(regraft_transaction_plan(own, job, &plan, &error));
  HAS(regraft_plan_text(plan), "strace");
  FAILS(regraft_transaction_stage(own, plan, job, &outcome, &error), REGRAFT_ERROR_BUSY);
  DONE();
  arrive(&looked);
  /* The other thread was faster, and would lose what it did. */
  await(&ended, 2);
  FAILS(regraft_transaction_stage(own, plan, job, &outcome, &error), REGRAFT_ERROR_STALE);
  DONE();
  regraft_job_free(job);
  regraft_plan_free(plan);
  regraft_transaction_free(own);
  regraft_sysroot_free(sysroot);
  return NULL;
}

/* Wishes of several threads in one transaction: each is taken or refused. */
static void *wish(void *userdata)
{
  regraft_transaction *transaction = userdata;
  regraft_error *error = NULL;
  size_t taken = 0;
  while (taken < WISHES) {
    regraft_code code = regraft_transaction_idempotent(transaction, &error);
    CHECK(code == REGRAFT_OK || code == REGRAFT_IN_USE);
    CHECK(regraft_error_kind(error) == code);
    DONE();
    taken += code == REGRAFT_OK;
  }
  return NULL;
}

static void start(pthread_t *thread, void *(*work)(void *), void *userdata)
{
  CHECK(pthread_create(thread, NULL, work, userdata) == 0);
}

int main(int argc, char **argv)
{
  regraft_error *error = NULL;
  regraft_sysroot *sysroot = NULL;
  struct stage stages[2] = { { .met = 0 }, { .met = 0 } };
  pthread_t readers[READERS], intruder, setters[SETTERS];
  CHECK(argc == 3);

  prepare(&stages[0], argv[1]);
  for (int i = 0; i < SETTERS; i++)
    start(&setters[i], wish, stages[0].transaction);
  for (int i = 0; i < SETTERS; i++)
    CHECK(pthread_join(setters[i], NULL) == 0);

  prepare(&stages[1], argv[2]);
  OK(regraft_sysroot_open(argv[1], &sysroot, &error));
  for (int i = 0; i < READERS; i++)
    start(&readers[i], read_on, sysroot);
  start(&intruder, intrude, &stages[0]);
  for (int i = 0; i < 2; i++)
    start(&stages[i].thread, stage, &stages[i]);
  for (int i = 0; i < 2; i++)
    CHECK(pthread_join(stages[i].thread, NULL) == 0);
  CHECK(pthread_join(intruder, NULL) == 0);
  for (int i = 0; i < READERS; i++)
    CHECK(pthread_join(readers[i], NULL) == 0);

  for (int i = 0; i < 2; i++) {
    regraft_transaction_free(stages[i].transaction);
    regraft_plan_free(stages[i].plan);
    regraft_job_free(stages[i].job);
  }
  regraft_sysroot_free(sysroot);
  return 0;
}
