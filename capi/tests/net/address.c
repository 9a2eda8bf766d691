/* AddressSanitizer's options, linked into each program that it watches, so that they hold however the
 * program is started. */

const char *__asan_default_options(void);
const char *__lsan_default_suppressions(void);

const char *__asan_default_options(void)
{
  return "exitcode=99:detect_leaks=1:detect_stack_use_after_return=1";
}

/* One line (`leak:FUNCTION\n`) for each thing that a library below regraft allocates once and loses,
 * with its reason. Nothing so far: what GLib keeps stays reachable, which is no leak here. */
const char *__lsan_default_suppressions(void)
{
  return "";
}
