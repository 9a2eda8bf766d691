/* One handle of each type that programs own, on the sysroot of capi/tests/sweep.rs. What is borrowed of
 * them the program finds by itself. */

static regraft_error *error;
static int32_t number;
static char bytes[64] = "bytes";
static const char *texts[] = { "text" };
static regraft_transaction *spent;

/* The sweep goes on after what is wrong, so that all of it is told at once. */
static int wrong;

#define WANT(condition)                                                                            \
  do {                                                                                             \
    if (!(condition)) {                                                                            \
      fprintf(stderr, "not so: %s\n", #condition);                                                 \
      wrong = 1;                                                                                   \
    }                                                                                              \
  } while (0)

static bool is_empty(const char *text)
{
  return text != NULL && text[0] == '\0';
}

static int hear(const regraft_progress *progress, void *userdata)
{
  (void) progress, (void) userdata;
  return REGRAFT_CONTINUE;
}

/* What a function says of an argument that it cannot take. */
static void refused(const char *function, regraft_code code, regraft_code wanted,
                    const char *argument)
{
  const char *message = regraft_error_message(error);
  if (code != wanted || regraft_error_kind(error) != wanted
      || (argument && strstr(message, argument) == NULL)) {
    fprintf(stderr, "%s answers %d instead of %d for %s: `%s`\n", function, (int) code,
            (int) wanted, argument ? argument : "something", message);
    wrong = 1;
  }
  regraft_error_free(error);
  error = NULL;
}

/* Those that are made by work. */
static void make_all(void)
{
  /* The outcome has a script's run, the snapshot a layered package and one that was taken out. */
  OK(regraft_transaction_new(have_sysroot, REGRAFT_BASE_PENDING, &spent, &error));
  OK(regraft_transaction_install(spent, "spoken", &error));
  OK(regraft_transaction_remove_base(spent, "nano", &error));
  OK(regraft_transaction_plan(spent, have_job, &have_plan, &error));
  OK(regraft_transaction_stage(spent, have_plan, have_job, &have_outcome, &error));
  /* An error that has something inside. */
  regraft_transaction *needy = NULL;
  regraft_plan *none = NULL;
  OK(regraft_transaction_new(have_sysroot, REGRAFT_BASE_PENDING, &needy, &error));
  OK(regraft_transaction_install(needy, "needy", &error));
  FAILS(regraft_transaction_plan(needy, have_job, &none, &error), REGRAFT_ERROR_UNSOLVABLE);
  have_error = error;
  error = NULL;
  regraft_transaction_free(needy);
}

/* With a plan as JSON instead of `NULL` nothing is planned and staged. */
static void make(const char *path, const char *json)
{
  OK(regraft_sysroot_open(path, &have_sysroot, &error));
  have_job = regraft_job_new();
  OK(regraft_job_cancel_handle(have_job, &have_cancel, &error));
  OK(regraft_job_on_progress(have_job, hear, NULL));
  if (json)
    OK(regraft_plan_from_json(json, &have_plan, &error));
  else
    make_all();
  OK(regraft_job_timings(have_job, &have_timings, &error));
  OK(regraft_sysroot_snapshot(have_sysroot, &have_snapshot, &error));
  OK(regraft_transaction_resume(have_sysroot, have_plan, &have_transaction, &error));
}

static void done(void)
{
  (void) texts;
  regraft_transaction_free(spent);
}
