/* What the nouns' programs share: they print what they are told, one `key=value` a line, for a test
 * that compares it with what Rust, rpm and ostree say. */
#ifndef DUMP_H
#define DUMP_H

#include "../check.h"
#include <inttypes.h>

/* A string with its line breaks and backslashes escaped; NULL is told from an empty one. */
static inline void text(const char *key, const char *value)
{
  if (value == NULL) {
    printf("%s is NULL\n", key);
    return;
  }
  printf("%s=", key);
  for (; *value; value++) {
    if (*value == '\n')
      fputs("\\n", stdout);
    else if (*value == '\\')
      fputs("\\\\", stdout);
    else
      putchar(*value);
  }
  putchar('\n');
}

static inline void number(const char *key, uint64_t value)
{
  printf("%s=%" PRIu64 "\n", key, value);
}

static inline void signed_number(const char *key, int64_t value)
{
  printf("%s=%" PRId64 "\n", key, value);
}

static inline void flag(const char *key, bool value)
{
  printf("%s=%s\n", key, value ? "true" : "false");
}

static inline void nevra(const regraft_nevra *nevra)
{
  text("nevra", regraft_nevra_text(nevra));
  text("name", regraft_nevra_name(nevra));
  number("epoch", regraft_nevra_epoch(nevra));
  text("version", regraft_nevra_version(nevra));
  text("release", regraft_nevra_release(nevra));
  text("arch", regraft_nevra_arch(nevra));
}

static inline void dependencies(const regraft_dependency_list *list)
{
  for (size_t i = 0; i < regraft_dependency_list_count(list); i++) {
    const regraft_dependency *it = regraft_dependency_list_get(list, i);
    text("dependency", regraft_dependency_text(it));
    text("capability", regraft_dependency_name(it));
    number("sense", regraft_dependency_sense(it));
    text("at", regraft_dependency_version(it));
  }
  CHECK(regraft_dependency_list_get(list, regraft_dependency_list_count(list)) == NULL);
}

static inline void files(const regraft_package_file_list *list)
{
  for (size_t i = 0; i < regraft_package_file_list_count(list); i++) {
    const regraft_package_file *it = regraft_package_file_list_get(list, i);
    text("path", regraft_package_file_path(it));
    number("mode", regraft_package_file_mode(it));
    number("size", regraft_package_file_size(it));
    text("user", regraft_package_file_user(it));
    text("group", regraft_package_file_group(it));
    text("digest", regraft_package_file_digest(it));
    text("link_target", regraft_package_file_link_target(it));
    number("flags", regraft_package_file_flags(it));
    number("mtime", regraft_package_file_mtime(it));
    text("capabilities", regraft_package_file_capabilities(it));
    text("language", regraft_package_file_language(it));
    number("device", regraft_package_file_device(it));
    number("inode", regraft_package_file_inode(it));
    number("rdev", regraft_package_file_rdev(it));
    number("color", regraft_package_file_color(it));
    flag("is_config", regraft_package_file_is_config(it));
    flag("is_doc", regraft_package_file_is_doc(it));
    flag("is_ghost", regraft_package_file_is_ghost(it));
    flag("is_dir", regraft_package_file_is_dir(it));
    flag("is_symlink", regraft_package_file_is_symlink(it));
    flag("is_regular", regraft_package_file_is_regular(it));
  }
  CHECK(regraft_package_file_list_get(list, regraft_package_file_list_count(list)) == NULL);
}

/* All strings of a list of strings. */
#define TEXTS(key, object, count, get)                                                             \
  do {                                                                                             \
    size_t n = count(object);                                                                      \
    for (size_t i = 0; i < n; i++)                                                                 \
      text(key, get(object, i));                                                                   \
    CHECK(get(object, n) == NULL);                                                                 \
  } while (0)

#endif
