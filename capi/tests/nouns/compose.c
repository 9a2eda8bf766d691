/* compose TREEFILE TARGET CACHE REPOS KEY HOME [force]: composes, and prints what came of it. */
#include "dump.h"

static regraft_error *error = NULL;

static int cancel(const regraft_progress *progress, void *userdata)
{
  (void) progress;
  (void) userdata;
  return REGRAFT_CANCEL;
}

int main(int argc, char **argv)
{
  regraft_treefile *treefile = NULL;
  regraft_compose *compose = NULL;
  regraft_composed *composed = NULL;
  CHECK(argc >= 7);
  OK(regraft_treefile_read(argv[1], &treefile, &error));
  OK(regraft_compose_new(treefile, argv[2], &compose, &error));
  regraft_treefile_free(treefile);
  OK(regraft_compose_cache(compose, argv[3], &error));
  OK(regraft_compose_repos_dir(compose, argv[4], &error));
  OK(regraft_compose_sign(compose, argv[5], argv[6], &error));
  OK(regraft_compose_signatures(compose, REGRAFT_SIGNATURE_REQUIRED, &error));
  FAILS(regraft_compose_signatures(compose, 2, &error), REGRAFT_BAD_ENUM);
  DONE();
  if (argc > 7)
    OK(regraft_compose_force(compose, &error));

  /* One that is cancelled leaves nothing. */
  regraft_job *job = regraft_job_new();
  CHECK(regraft_job_on_progress(job, cancel, NULL) == REGRAFT_OK);
  FAILS(regraft_compose_run(compose, job, &composed, &error), REGRAFT_ERROR_CANCELLED);
  DONE();
  regraft_job_free(job);
  job = regraft_job_new();
  OK(regraft_compose_run(compose, job, &composed, &error));
  text("ref", regraft_composed_ref(composed));
  text("checksum", regraft_composed_checksum(composed));
  text("version", regraft_composed_version(composed));
  for (size_t i = 0; i < regraft_composed_package_count(composed); i++)
    text("package", regraft_nevra_text(regraft_composed_package_get(composed, i)));
  for (size_t i = 0; i < regraft_composed_script_count(composed); i++)
    text("script", regraft_script_log_script(regraft_composed_script_get(composed, i)));
  flag("unchanged", regraft_composed_unchanged(composed));
  text("text", regraft_composed_text(composed));
  text("json", regraft_composed_to_json(composed));
  regraft_composed_free(composed);
  regraft_compose_free(compose);
  regraft_job_free(job);
  return 0;
}
