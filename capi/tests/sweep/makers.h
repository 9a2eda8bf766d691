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
static void make_all(const char *bed)
{
  char path[4096];
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

  /* What was composed already is composed at once. */
  snprintf(path, sizeof path, "%s/config/base.yaml", bed);
  OK(regraft_treefile_read(path, &have_treefile, &error));
  snprintf(path, sizeof path, "%s/served", bed);
  OK(regraft_compose_new(have_treefile, path, &have_compose, &error));
  snprintf(path, sizeof path, "%s/cache", bed);
  OK(regraft_compose_cache(have_compose, path, &error));
  OK(regraft_compose_run(have_compose, have_job, &have_composed, &error));

  OK(regraft_sysroot_search(have_sysroot, "spoken", have_job, &have_available_list, &error));
  OK(regraft_sysroot_refresh_metadata(have_sysroot, have_job, &have_repository_state_list,
                                      &error));
  OK(regraft_sysroot_rpmdb(have_sysroot, regraft_outcome_id(have_outcome), &have_rpmdb, &error));
  OK(regraft_rpmdb_packages(have_rpmdb, &have_installed_list, &error));
  /* What an interrupted call leaves, so that there is a finding. */
  snprintf(path, sizeof path, "%s/ostree/regraft/writer", regraft_sysroot_path(have_sysroot));
  FILE *writer = fopen(path, "w");
  WANT(writer != NULL && fputs("999999 17 sweep\n", writer) >= 0 && fclose(writer) == 0);
  OK(regraft_sysroot_check(have_sysroot, have_job, &have_finding_list, &error));
  OK(regraft_rpmdb_nevras(have_rpmdb, &have_nevra_list, &error));
  OK(regraft_rpmdb_diff(have_rpmdb, have_rpmdb, &have_change_list, &error));
}

/* With a plan as JSON instead of `NULL` nothing is planned and staged. */
/* An origin with all that one can ask for. */
static void make_origin(void)
{
  const char *digest = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
  const regraft_nevra *nevra = regraft_parsed_nevra_get(have_parsed_nevra);
  regraft_origin *first = NULL, *second = NULL;
  OK(regraft_deployment_origin(regraft_snapshot_deployment_get(have_snapshot, 0), &first, &error));
  OK(regraft_origin_add_requested_local(first, digest, nevra, &second, &error));
  OK(regraft_origin_add_override_replace(second, "updates", "vim", &have_origin, &error));
  regraft_origin_free(first);
  regraft_origin_free(second);
}

static void make(const char *path, const char *bed, const char *key, const char *package,
                 const char *json)
{
  const char *treefile = "ref: a\nrepos: [b]\npackages: [c]\n";
  OK(regraft_sysroot_open(path, &have_sysroot, &error));
  have_job = regraft_job_new();
  OK(regraft_job_cancel_handle(have_job, &have_cancel, &error));
  OK(regraft_job_on_progress(have_job, hear, NULL));
  if (json)
    OK(regraft_plan_from_json(json, &have_plan, &error));
  else
    make_all(bed);
  OK(regraft_job_timings(have_job, &have_timings, &error));
  OK(regraft_sysroot_snapshot(have_sysroot, &have_snapshot, &error));
  OK(regraft_transaction_resume(have_sysroot, have_plan, &have_transaction, &error));
  OK(regraft_evr_parse("1:2-3", &have_evr, &error));
  OK(regraft_nevra_parse("bash-5-1.x86_64", &have_parsed_nevra, &error));
  make_origin();
  OK(regraft_dependency_parse("bash >= 5", &have_parsed_dependency, &error));
  OK(regraft_package_open(package, &have_package, &error));
  OK(regraft_package_files(have_package, &have_package_file_list, &error));
  have_keyring = regraft_keyring_new();
  OK(regraft_keyring_add_file(have_keyring, key, &error));
  OK(regraft_package_verify(have_package, have_keyring, REGRAFT_SIGNATURE_REQUIRED,
                            &have_verification, &error));
  have_variables = regraft_variables_new();
  OK(regraft_variables_substitute(have_variables, "text", &have_text, &error));
  OK(regraft_repo_config_parse("[a]\nname=a\nbaseurl=file:///a\n", "a.repo", have_variables,
                               &have_repo_config_list, &error));
  if (!have_treefile) {
    OK(regraft_treefile_parse(treefile, "a.yaml", "x86_64", &have_treefile, &error));
    OK(regraft_compose_new(have_treefile, "/nowhere", &have_compose, &error));
  }
}

static void done(void)
{
  (void) texts;
  regraft_transaction_free(spent);
}
