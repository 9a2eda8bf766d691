/* What the two others should be: the nets have nothing to say of it. */
#include "check.h"

int main(int argc, char **argv)
{
  regraft_error *error = NULL;
  regraft_plan *plan = NULL;
  CHECK(argc == 2);
  OK(regraft_plan_from_json(argv[1], &plan, &error));
  printf("%c\n", regraft_plan_text(plan)[0]);
  regraft_plan_free(plan);
  return 0;
}
