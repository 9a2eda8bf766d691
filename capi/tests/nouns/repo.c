/* repo FOLDER ROOT: prints the repositories of a folder, with the variables of a root. */
#include "dump.h"

static regraft_error *error = NULL;

static void print(const regraft_repo_config *repo)
{
  text("id", regraft_repo_config_id(repo));
  text("name", regraft_repo_config_name(repo));
  flag("enabled", regraft_repo_config_enabled(repo));
  TEXTS("baseurl", repo, regraft_repo_config_baseurl_count, regraft_repo_config_baseurl_get);
  text("mirrorlist", regraft_repo_config_mirrorlist(repo));
  text("metalink", regraft_repo_config_metalink(repo));
  TEXTS("gpgkey", repo, regraft_repo_config_gpgkey_count, regraft_repo_config_gpgkey_get);
  flag("gpgcheck", regraft_repo_config_gpgcheck(repo));
  flag("repo_gpgcheck", regraft_repo_config_repo_gpgcheck(repo));
  TEXTS("excludepkgs", repo, regraft_repo_config_excludepkgs_count,
        regraft_repo_config_excludepkgs_get);
  TEXTS("includepkgs", repo, regraft_repo_config_includepkgs_count,
        regraft_repo_config_includepkgs_get);
  signed_number("priority", regraft_repo_config_priority(repo));
  signed_number("cost", regraft_repo_config_cost(repo));
  flag("sslverify", regraft_repo_config_sslverify(repo));
  text("sslcacert", regraft_repo_config_sslcacert(repo));
  text("sslclientcert", regraft_repo_config_sslclientcert(repo));
  text("sslclientkey", regraft_repo_config_sslclientkey(repo));
  text("proxy", regraft_repo_config_proxy(repo));
  text("proxy_username", regraft_repo_config_proxy_username(repo));
  text("proxy_password", regraft_repo_config_proxy_password(repo));
  text("username", regraft_repo_config_username(repo));
  text("password", regraft_repo_config_password(repo));
  signed_number("metadata_expire", regraft_repo_config_metadata_expire(repo));
  number("timeout", regraft_repo_config_timeout(repo));
  number("minrate", regraft_repo_config_minrate(repo));
  flag("skip_if_unavailable", regraft_repo_config_skip_if_unavailable(repo));
  flag("module_hotfixes", regraft_repo_config_module_hotfixes(repo));
  flag("countme", regraft_repo_config_countme(repo));
  TEXTS("warning", repo, regraft_repo_config_warning_count, regraft_repo_config_warning_get);
}

static void all(regraft_repo_config_list *list)
{
  for (size_t i = 0; i < regraft_repo_config_list_count(list); i++)
    print(regraft_repo_config_list_get(list, i));
  text("json", regraft_repo_config_list_to_json(list));
  regraft_repo_config_list_free(list);
}

int main(int argc, char **argv)
{
  regraft_repo_config_list *list = NULL;
  regraft_variables *variables = regraft_variables_new();
  regraft_text *value = NULL;
  CHECK(argc == 3);
  OK(regraft_variables_set(variables, "releasever", "9.4", &error));
  OK(regraft_variables_get(variables, "releasever_minor", &value, &error));
  SAME(regraft_text_get(value), "4");
  regraft_text_free(value);
  OK(regraft_variables_get(variables, "basearch", &value, &error));
  CHECK(value == NULL);
  OK(regraft_variables_substitute(variables, "$releasever_major/${basearch}", &value, &error));
  SAME(regraft_text_get(value), "9/${basearch}");
  regraft_text_free(value);
  OK(regraft_variables_read_root(variables, argv[2], &error));
  OK(regraft_repo_config_read_dir(argv[1], variables, &list, &error));
  all(list);

  const char *names[] = { "b.repo", "a.repo" };
  const char *texts[] = { "[b]\nbaseurl=http://b/$site\n", "[a]\nbaseurl=http://a/$site\n" };
  OK(regraft_repo_config_from_files(names, texts, 2, variables, &list, &error));
  all(list);
  OK(regraft_repo_config_from_files(NULL, NULL, 0, NULL, &list, &error));
  CHECK(regraft_repo_config_list_count(list) == 0);
  regraft_repo_config_list_free(list);
  names[1] = NULL;
  FAILS(regraft_repo_config_from_files(names, texts, 2, NULL, &list, &error),
        REGRAFT_NULL_ARGUMENT);
  DONE();
  OK(regraft_repo_config_parse("[c]\nmetalink=http://c/$site\n", "c.repo", NULL, &list, &error));
  all(list);
  FAILS(regraft_repo_config_parse("[c]\n", "c.repo", NULL, &list, &error), REGRAFT_ERROR_CONFIG);
  text("message", regraft_error_message(error));
  DONE();
  regraft_variables_free(variables);
  return 0;
}
