/* Wrong on purpose: the plan is not freed. */
#include "check.h"

int main(int argc, char **argv)
{
  regraft_error *error = NULL;
  regraft_plan *plan = NULL;
  CHECK(argc == 2);
  OK(regraft_plan_from_json(argv[1], &plan, &error));
  plan = NULL;
  puts("done");
  return 0;
}
