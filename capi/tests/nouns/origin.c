/* origin FILE: prints what an origin says. origin FILE edits: prints the text after each edit.
 * origin SYSROOT deployment: prints the text of the first deployment's origin. */
#include "dump.h"

static regraft_error *error = NULL;

static regraft_origin *read_file(const char *path)
{
  static char bytes[65536];
  regraft_origin *origin = NULL;
  FILE *file = fopen(path, "rb");
  CHECK(file != NULL);
  bytes[fread(bytes, 1, sizeof bytes - 1, file)] = '\0';
  fclose(file);
  OK(regraft_origin_parse(bytes, &origin, &error));
  SAME(regraft_origin_to_text(origin), bytes);
  return origin;
}

static void local(const char *key, const regraft_origin_local *it)
{
  text(key, regraft_origin_local_digest(it));
  text(key, regraft_nevra_text(regraft_origin_local_nevra(it)));
}

static void print(const regraft_origin *o)
{
  text("refspec", regraft_origin_refspec(o));
  text("container", regraft_origin_container_image_reference(o));
  text("override_commit", regraft_origin_override_commit(o));
  text("unconfigured_state", regraft_origin_unconfigured_state(o));
  text("custom_url", regraft_origin_custom_url(o));
  text("custom_description", regraft_origin_custom_description(o));
  TEXTS("requested", o, regraft_origin_requested_count, regraft_origin_requested_get);
  for (size_t i = 0; i < regraft_origin_requested_local_count(o); i++)
    local("requested_local", regraft_origin_requested_local_get(o, i));
  for (size_t i = 0; i < regraft_origin_requested_local_fileoverride_count(o); i++)
    local("requested_local_fileoverride", regraft_origin_requested_local_fileoverride_get(o, i));
  TEXTS("remove", o, regraft_origin_overrides_remove_count, regraft_origin_overrides_remove_get);
  for (size_t i = 0; i < regraft_origin_overrides_replace_local_count(o); i++)
    local("replace_local", regraft_origin_overrides_replace_local_get(o, i));
  for (size_t i = 0; i < regraft_origin_overrides_replace_count(o); i++) {
    const regraft_origin_replacement *it = regraft_origin_overrides_replace_get(o, i);
    text("replace", regraft_origin_replacement_repo(it));
    TEXTS("replace", it, regraft_origin_replacement_package_count,
          regraft_origin_replacement_package_get);
  }
  flag("regenerate_initramfs", regraft_origin_regenerate_initramfs(o));
  TEXTS("arg", o, regraft_origin_initramfs_args_count, regraft_origin_initramfs_args_get);
  TEXTS("etc", o, regraft_origin_initramfs_etc_count, regraft_origin_initramfs_etc_get);
  flag("cliwrap", regraft_origin_cliwrap(o));
  TEXTS("enable", o, regraft_origin_modules_enable_count, regraft_origin_modules_enable_get);
  TEXTS("install", o, regraft_origin_modules_install_count, regraft_origin_modules_install_get);
  flag("pinned", regraft_origin_pinned(o));
  flag("has_requests", regraft_origin_has_requests(o));
  text("unsupported", regraft_origin_unsupported(o));
  text("json", regraft_origin_to_json(o));
  text("text", regraft_origin_to_text(o));
}

/* Takes the new one in place of the old one, and prints it. */
#define EDIT(call)                                                                                 \
  do {                                                                                             \
    regraft_origin *edited = NULL;                                                                 \
    OK(call);                                                                                      \
    text(#call, regraft_origin_to_text(edited));                                                   \
    regraft_origin_free(origin);                                                                   \
    origin = edited;                                                                               \
  } while (0)

static regraft_origin *edits(regraft_origin *origin)
{
  regraft_parsed_nevra *parsed = NULL;
  OK(regraft_nevra_parse("foo-1:1-1.x86_64", &parsed, &error));
  const regraft_nevra *foo = regraft_parsed_nevra_get(parsed);
  const char *sum = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
  EDIT(regraft_origin_without_transient(origin, &edited, &error));
  EDIT(regraft_origin_add_requested(origin, "zsh", &edited, &error));
  EDIT(regraft_origin_add_requested(origin, "git", &edited, &error));
  EDIT(regraft_origin_remove_requested(origin, "zsh", &edited, &error));
  EDIT(regraft_origin_add_requested_local(origin, sum, foo, &edited, &error));
  EDIT(regraft_origin_remove_requested_local(origin, foo, &edited, &error));
  EDIT(regraft_origin_add_requested_local(origin, sum, foo, &edited, &error));
  EDIT(regraft_origin_clear_requested(origin, &edited, &error));
  EDIT(regraft_origin_add_override_remove(origin, "nano", &edited, &error));
  EDIT(regraft_origin_reset_override_remove(origin, "nano", &edited, &error));
  EDIT(regraft_origin_add_override_replace_local(origin, sum, foo, &edited, &error));
  EDIT(regraft_origin_reset_override_replace_local(origin, foo, &edited, &error));
  EDIT(regraft_origin_add_override_replace(origin, "updates", "vim", &edited, &error));
  EDIT(regraft_origin_add_override_replace(origin, "updates", "bar", &edited, &error));
  EDIT(regraft_origin_reset_override_replace(origin, "vim", &edited, &error));
  EDIT(regraft_origin_reset_overrides(origin, &edited, &error));
  EDIT(regraft_origin_set_override_commit(origin, sum, &edited, &error));
  EDIT(regraft_origin_set_override_commit(origin, NULL, &edited, &error));
  EDIT(regraft_origin_set_refspec(origin, "other:branch", &edited, &error));
  regraft_parsed_nevra_free(parsed);

  /* What changes nothing makes an equal one. */
  regraft_origin *same = NULL, *other = NULL;
  OK(regraft_origin_remove_requested(origin, "absent", &same, &error));
  OK(regraft_origin_new("other:another", &other, &error));
  CHECK(regraft_origin_equal(origin, same) && !regraft_origin_equal(origin, other));
  SAME(regraft_origin_refspec(other), "other:another");
  regraft_origin_free(same);
  regraft_origin_free(other);
  FAILS(regraft_origin_parse("[origin]\n", &same, &error), REGRAFT_ERROR_CONFIG);
  DONE();
  return origin;
}

int main(int argc, char **argv)
{
  regraft_origin *origin = NULL;
  CHECK(argc >= 2);
  if (argc > 2 && strcmp(argv[2], "deployment") == 0) {
    regraft_sysroot *sysroot = NULL;
    regraft_snapshot *snapshot = NULL;
    OK(regraft_sysroot_open(argv[1], &sysroot, &error));
    OK(regraft_sysroot_snapshot(sysroot, &snapshot, &error));
    OK(regraft_deployment_origin(regraft_snapshot_deployment_get(snapshot, 0), &origin, &error));
    regraft_snapshot_free(snapshot);
    regraft_sysroot_free(sysroot);
    fputs(regraft_origin_to_text(origin), stdout);
  } else {
    origin = read_file(argv[1]);
    if (argc > 2)
      origin = edits(origin);
    else
      print(origin);
  }
  regraft_origin_free(origin);
  return 0;
}
