/* package FILE...: prints everything about each, or the kind of the error. */
#include "dump.h"

static void print(const char *path)
{
  regraft_error *error = NULL;
  regraft_package *package = NULL;
  regraft_package_file_list *list = NULL;
  text("file", path);
  if (regraft_package_open(path, &package, &error) != REGRAFT_OK) {
    CHECK(package == NULL);
    text("error", regraft_error_kind_name(error));
    regraft_error_free(error);
    return;
  }
  nevra(regraft_package_nevra(package));
  text("summary", regraft_package_summary(package));
  text("description", regraft_package_description(package));
  text("license", regraft_package_license(package));
  text("url", regraft_package_url(package));
  text("vendor", regraft_package_vendor(package));
  text("packager", regraft_package_packager(package));
  text("group", regraft_package_group(package));
  text("source_rpm", regraft_package_source_rpm(package));
  text("build_host", regraft_package_build_host(package));
  number("build_time", regraft_package_build_time(package));
  number("installed_size", regraft_package_installed_size(package));
  number("payload_size", regraft_package_payload_size(package));
  flag("is_source", regraft_package_is_source(package));
  for (int32_t kind = REGRAFT_DEPENDENCY_PROVIDES; kind <= REGRAFT_DEPENDENCY_ENHANCES; kind++)
    dependencies(regraft_package_dependencies(package, kind));
  CHECK(regraft_package_dependencies(package, 8) == NULL);
  for (size_t i = 0; i < regraft_package_changelog_count(package); i++) {
    const regraft_changelog_entry *entry = regraft_package_changelog_get(package, i);
    number("time", regraft_changelog_entry_time(entry));
    text("author", regraft_changelog_entry_author(entry));
    text("text", regraft_changelog_entry_text(entry));
  }
  OK(regraft_package_files(package, &list, &error));
  text("json", regraft_package_to_json(package));
  regraft_package_free(package);
  files(list);
  regraft_package_file_list_free(list);
}

int main(int argc, char **argv)
{
  for (int i = 1; i < argc; i++)
    print(argv[i]);
  return 0;
}
