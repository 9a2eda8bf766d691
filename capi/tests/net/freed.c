/* Wrong on purpose: a borrowed string is read after its owner was freed. */
#include "check.h"

int main(int argc, char **argv)
{
  regraft_error *error = NULL;
  regraft_plan *plan = NULL;
  CHECK(argc == 2);
  OK(regraft_plan_from_json(argv[1], &plan, &error));
  const char *text = regraft_plan_text(plan);
  regraft_plan_free(plan);
  printf("%c\n", text[0]);
  return 0;
}
