/* NEVRAs, EVRs and dependencies. */
#include "dump.h"

static regraft_error *error = NULL;

static int order(const char *a, const char *b)
{
  regraft_parsed_nevra *left = NULL, *right = NULL;
  OK(regraft_nevra_parse(a, &left, &error));
  OK(regraft_nevra_parse(b, &right, &error));
  int result = regraft_nevra_compare(regraft_parsed_nevra_get(left), regraft_parsed_nevra_get(right));
  regraft_parsed_nevra_free(left);
  regraft_parsed_nevra_free(right);
  return result;
}

int main(void)
{
  regraft_evr *evr = NULL;
  OK(regraft_evr_parse("1:2.39.5-1.fc40", &evr, &error));
  SAME(regraft_evr_text(evr), "1:2.39.5-1.fc40");
  CHECK(regraft_evr_epoch(evr) == 1);
  SAME(regraft_evr_version(evr), "2.39.5");
  SAME(regraft_evr_release(evr), "1.fc40");
  regraft_evr_free(evr);
  OK(regraft_evr_parse("7", &evr, &error));
  CHECK(regraft_evr_epoch(evr) == 0);
  SAME(regraft_evr_release(evr), "");
  regraft_evr_free(evr);
  FAILS(regraft_evr_parse("x:1", &evr, &error), REGRAFT_ERROR_INVALID_ARGUMENT);
  CHECK(evr == NULL);
  DONE();

  regraft_parsed_nevra *parsed = NULL;
  OK(regraft_nevra_parse("gcc-c++-1:12-1~deb.i686", &parsed, &error));
  const regraft_nevra *gcc = regraft_parsed_nevra_get(parsed);
  SAME(regraft_nevra_text(gcc), "gcc-c++-1:12-1~deb.i686");
  SAME(regraft_nevra_name(gcc), "gcc-c++");
  SAME(regraft_nevra_evr(gcc), "1:12-1~deb");
  SAME(regraft_nevra_arch(gcc), "i686");
  CHECK(regraft_nevra_epoch(gcc) == 1);
  regraft_parsed_nevra_free(parsed);
  FAILS(regraft_nevra_parse("gcc", &parsed, &error), REGRAFT_ERROR_INVALID_ARGUMENT);
  DONE();
  FAILS(regraft_nevra_parse("\xff", &parsed, &error), REGRAFT_BAD_UTF8);
  DONE();
  CHECK(order("a-1-1.x", "b-1-1.x") < 0);
  CHECK(order("a-1-2.x", "a-1-10.x") < 0);
  CHECK(order("a-1:1-1.x", "a-9-1.x") > 0);
  CHECK(order("a-1~rc-1.x", "a-1-1.x") < 0);
  CHECK(order("a-1-1.x", "a-1-1.y") < 0);
  CHECK(order("a-1-1.x", "a-1-1.x") == 0);

  regraft_parsed_dependency *dependency = NULL;
  OK(regraft_dependency_parse("glibc >= 1:2.36", &dependency, &error));
  const regraft_dependency *glibc = regraft_parsed_dependency_get(dependency);
  SAME(regraft_dependency_text(glibc), "glibc >= 1:2.36");
  SAME(regraft_dependency_name(glibc), "glibc");
  SAME(regraft_dependency_version(glibc), "1:2.36");
  CHECK(regraft_dependency_sense(glibc) == (REGRAFT_SENSE_GREATER | REGRAFT_SENSE_EQUAL));
  regraft_parsed_dependency_free(dependency);
  OK(regraft_dependency_parse("(a if b)", &dependency, &error));
  glibc = regraft_parsed_dependency_get(dependency);
  SAME(regraft_dependency_name(glibc), "(a if b)");
  CHECK(regraft_dependency_sense(glibc) == REGRAFT_SENSE_ANY);
  SAME(regraft_dependency_version(glibc), "");
  regraft_parsed_dependency_free(dependency);
  FAILS(regraft_dependency_parse("a >=", &dependency, &error), REGRAFT_ERROR_INVALID_ARGUMENT);
  DONE();
  puts("all as it should be");
  return 0;
}
