/* treefile FILE [ARCHITECTURE]: prints what a treefile says, or the error. */
#include "dump.h"

int main(int argc, char **argv)
{
  regraft_error *error = NULL;
  regraft_treefile *t = NULL;
  CHECK(argc >= 2);
  regraft_code code = argc > 2 ? regraft_treefile_read_for(argv[1], argv[2], &t, &error)
                               : regraft_treefile_read(argv[1], &t, &error);
  if (code != REGRAFT_OK) {
    CHECK(t == NULL);
    text("error", regraft_error_kind_name(error));
    text("message", regraft_error_message(error));
    regraft_error_free(error);
    return 0;
  }
  text("ref", regraft_treefile_ref(t));
  text("basearch", regraft_treefile_basearch(t));
  TEXTS("repo", t, regraft_treefile_repo_count, regraft_treefile_repo_get);
  signed_number("selinux", regraft_treefile_selinux(t));
  TEXTS("package", t, regraft_treefile_package_count, regraft_treefile_package_get);
  TEXTS("exclude", t, regraft_treefile_exclude_package_count, regraft_treefile_exclude_package_get);
  signed_number("recommends", regraft_treefile_recommends(t));
  signed_number("documentation", regraft_treefile_documentation(t));
  TEXTS("lang", t, regraft_treefile_install_lang_count, regraft_treefile_install_lang_get);
  signed_number("no_initramfs", regraft_treefile_no_initramfs(t));
  signed_number("tmp_is_dir", regraft_treefile_tmp_is_dir(t));
  TEXTS("unit", t, regraft_treefile_unit_count, regraft_treefile_unit_get);
  text("default_target", regraft_treefile_default_target(t));
  signed_number("machineid_compat", regraft_treefile_machineid_compat(t));
  text("releasever", regraft_treefile_releasever(t));
  text("automatic_version_prefix", regraft_treefile_automatic_version_prefix(t));
  text("postprocess_script", regraft_treefile_postprocess_script(t));
  printf("content=%.*s\n", (int) regraft_treefile_postprocess_script_length(t),
         (const char *) regraft_treefile_postprocess_script_content(t));
  text("metadata", regraft_treefile_add_commit_metadata(t));
  text("directory", regraft_treefile_directory(t));
  text("json", regraft_treefile_flattened_json(t));
  regraft_treefile_free(t);

  OK(regraft_treefile_parse("{\"ref\": \"a/${basearch}\"}", "a.json", "s390x", &t, &error));
  SAME(regraft_treefile_ref(t), "a/s390x");
  CHECK(regraft_treefile_selinux(t) == -1 && regraft_treefile_directory(t) == NULL);
  CHECK(regraft_treefile_postprocess_script_content(t) == NULL);
  regraft_treefile_free(t);
  FAILS(regraft_treefile_parse("include: b.yaml", "a.yaml", "s390x", &t, &error),
        REGRAFT_ERROR_CONFIG);
  DONE();
  return 0;
}
