/* rpmdb DATABASE: prints all of it. rpmdb DATABASE QUESTION WORD: prints an answer's NEVRAs.
 * rpmdb SYSROOT diff REV REV: prints what differs. */
#include "dump.h"

static regraft_error *error = NULL;

static void package(const regraft_installed *it)
{
  regraft_package_file_list *list = NULL;
  nevra(regraft_installed_nevra(it));
  text("summary", regraft_installed_summary(it));
  text("license", regraft_installed_license(it));
  text("vendor", regraft_installed_vendor(it));
  text("source", regraft_installed_source(it));
  number("size", regraft_installed_size(it));
  number("build_time", regraft_installed_build_time(it));
  number("install_time", regraft_installed_install_time(it));
  text("header_digest", regraft_installed_header_digest(it));
  for (int32_t kind = REGRAFT_DEPENDENCY_PROVIDES; kind <= REGRAFT_DEPENDENCY_ENHANCES; kind++)
    dependencies(regraft_installed_dependencies(it, kind));
  CHECK(regraft_installed_dependencies(it, -1) == NULL);
  CHECK(regraft_installed_dependencies(it, REGRAFT_DEPENDENCY_ENHANCES + 1) == NULL);
  OK(regraft_installed_files(it, &list, &error));
  files(list);
  text("files", regraft_package_file_list_to_json(list));
  regraft_package_file_list_free(list);
  text("json", regraft_installed_to_json(it));
  CHECK(regraft_installed_to_json(it) == regraft_installed_to_json(it));
}

static void names(const regraft_installed_list *list)
{
  for (size_t i = 0; i < regraft_installed_list_count(list); i++)
    puts(regraft_nevra_text(regraft_installed_nevra(regraft_installed_list_get(list, i))));
}

static void all(const regraft_rpmdb *db)
{
  regraft_installed_list *list = NULL;
  regraft_nevra_list *nevras = NULL;
  OK(regraft_rpmdb_packages(db, &list, &error));
  OK(regraft_rpmdb_nevras(db, &nevras, &error));
  CHECK(regraft_nevra_list_count(nevras) == regraft_installed_list_count(list));
  text("file", regraft_rpmdb_file(db));
  text("list", regraft_installed_list_to_json(list));
  for (size_t i = 0; i < regraft_installed_list_count(list); i++) {
    const regraft_installed *it = regraft_installed_list_get(list, i);
    const regraft_nevra *name = regraft_installed_nevra(it);
    SAME(regraft_nevra_text(regraft_nevra_list_get(nevras, i)), regraft_nevra_text(name));
    package(it);
    CHECK(regraft_installed_equal(it, it));
    if (i > 0) {
      const regraft_installed *last = regraft_installed_list_get(list, i - 1);
      CHECK(!regraft_installed_equal(it, last));
      CHECK(regraft_nevra_compare(regraft_installed_nevra(last), name) <= 0);
    }
  }
  regraft_nevra_list_free(nevras);
  regraft_installed_list_free(list);
}

static void diff(const char *path, const char *before, const char *after)
{
  regraft_sysroot *sysroot = NULL;
  regraft_rpmdb *left = NULL, *right = NULL, *none = NULL;
  regraft_change_list *changes = NULL;
  OK(regraft_sysroot_open(path, &sysroot, &error));
  OK(regraft_sysroot_rpmdb(sysroot, before, &left, &error));
  OK(regraft_sysroot_rpmdb(sysroot, after, &right, &error));
  FAILS(regraft_sysroot_rpmdb(sysroot, "nothing", &none, &error), REGRAFT_ERROR_NOT_FOUND);
  CHECK(none == NULL);
  DONE();
  regraft_sysroot_free(sysroot);
  OK(regraft_rpmdb_diff(left, left, &changes, &error));
  CHECK(regraft_change_list_count(changes) == 0);
  SAME(regraft_change_list_to_json(changes), "[]");
  regraft_change_list_free(changes);
  OK(regraft_rpmdb_diff(left, right, &changes, &error));
  regraft_rpmdb_free(left);
  regraft_rpmdb_free(right);
  for (size_t i = 0; i < regraft_change_list_count(changes); i++)
    puts(regraft_change_text(regraft_change_list_get(changes, i)));
  puts(regraft_change_list_to_json(changes));
  regraft_change_list_free(changes);
}

/* What one of the questions answers. */
static regraft_code ask(const regraft_rpmdb *db, const char *question, const char *word,
                        regraft_installed_list **list)
{
  if (strcmp(question, "by_name") == 0)
    return regraft_rpmdb_by_name(db, word, list, &error);
  if (strcmp(question, "providing") == 0)
    return regraft_rpmdb_providing(db, word, list, &error);
  if (strcmp(question, "owning") == 0)
    return regraft_rpmdb_owning(db, word, list, &error);
  return regraft_rpmdb_keys(db, list, &error);
}

int main(int argc, char **argv)
{
  regraft_rpmdb *db = NULL;
  regraft_installed_list *list = NULL;
  CHECK(argc >= 2);
  if (argc == 5 && strcmp(argv[2], "diff") == 0) {
    diff(argv[1], argv[3], argv[4]);
    return 0;
  }
  regraft_code code = regraft_rpmdb_open(argv[1], &db, &error);
  if (code != REGRAFT_OK) {
    CHECK(db == NULL && regraft_error_kind(error) == code);
    puts(regraft_error_kind_name(error));
    regraft_error_free(error);
    return 0;
  }
  FAILS(regraft_rpmdb_providing(db, "a b c d", &list, &error), REGRAFT_ERROR_INVALID_ARGUMENT);
  CHECK(list == NULL);
  DONE();
  if (argc == 2)
    all(db);
  else
    OK(ask(db, argv[2], argv[3], &list));
  /* What it answers needs the database no more. */
  regraft_rpmdb_free(db);
  names(list);
  regraft_installed_list_free(list);
  return 0;
}
