/* search SYSROOT WORDS [refresh]: prints what repositories have. */
#include "dump.h"

static regraft_error *error = NULL;

int main(int argc, char **argv)
{
  regraft_sysroot *sysroot = NULL;
  regraft_available_list *list = NULL;
  regraft_repository_state_list *states = NULL;
  regraft_job *job = regraft_job_new();
  CHECK(argc >= 3);
  OK(regraft_sysroot_open(argv[1], &sysroot, &error));
  FAILS(regraft_sysroot_search(sysroot, argv[2], NULL, &list, &error), REGRAFT_NULL_ARGUMENT);
  DONE();
  OK(regraft_sysroot_search(sysroot, argv[2], job, &list, &error));
  for (size_t i = 0; i < regraft_available_list_count(list); i++) {
    const regraft_available *package = regraft_available_list_get(list, i);
    nevra(regraft_available_nevra(package));
    text("repo", regraft_available_repo(package));
    text("summary", regraft_available_summary(package));
    number("download_size", regraft_available_download_size(package));
    number("installed_size", regraft_available_installed_size(package));
  }
  text("json", regraft_available_list_to_json(list));
  regraft_available_list_free(list);
  if (argc > 3) {
    OK(regraft_sysroot_refresh_metadata(sysroot, job, &states, &error));
    for (size_t i = 0; i < regraft_repository_state_list_count(states); i++) {
      const regraft_repository_state *state = regraft_repository_state_list_get(states, i);
      text("id", regraft_repository_state_id(state));
      number("timestamp", regraft_repository_state_timestamp(state));
      number("packages", regraft_repository_state_packages(state));
    }
    text("json", regraft_repository_state_list_to_json(states));
    regraft_repository_state_list_free(states);
  }
  regraft_job_free(job);
  regraft_sysroot_free(sysroot);
  return 0;
}
