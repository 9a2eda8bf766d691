/* What the test programs share: the first thing that is not as it should be ends them. */
#ifndef CHECK_H
#define CHECK_H

#include <regraft.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(condition)                                                                           \
  do {                                                                                             \
    if (!(condition)) {                                                                            \
      fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);                      \
      exit(1);                                                                                     \
    }                                                                                              \
  } while (0)

/* Two strings are equal. */
#define SAME(got, want)                                                                            \
  do {                                                                                             \
    const char *text = (got);                                                                      \
    if (text == NULL || strcmp(text, (want)) != 0) {                                               \
      fprintf(stderr, "%s:%d: %s is `%s`\n", __FILE__, __LINE__, #got, text ? text : "(NULL)");    \
      exit(1);                                                                                     \
    }                                                                                              \
  } while (0)

/* The first string has the second in it. */
#define HAS(got, part)                                                                             \
  do {                                                                                             \
    const char *text = (got);                                                                      \
    if (text == NULL || strstr(text, (part)) == NULL) {                                            \
      fprintf(stderr, "%s:%d: %s is `%s`\n", __FILE__, __LINE__, #got, text ? text : "(NULL)");    \
      exit(1);                                                                                     \
    }                                                                                              \
  } while (0)

/* A call succeeds; `error` is what it was given for its error. */
#define OK(call)                                                                                   \
  do {                                                                                             \
    regraft_code code = (call);                                                                    \
    if (code != REGRAFT_OK || error != NULL) {                                                     \
      fprintf(stderr, "%s:%d: %s answers %d: %s\n", __FILE__, __LINE__, #call, (int) code,         \
              regraft_error_message(error));                                                       \
      exit(1);                                                                                     \
    }                                                                                              \
  } while (0)

/* A call fails with this code, and `error` says so, too. */
#define FAILS(call, wanted)                                                                        \
  do {                                                                                             \
    regraft_code code = (call);                                                                    \
    if (code != (wanted) || regraft_error_kind(error) != (wanted)) {                               \
      fprintf(stderr, "%s:%d: %s answers %d: %s\n", __FILE__, __LINE__, #call, (int) code,         \
              regraft_error_message(error));                                                       \
      exit(1);                                                                                     \
    }                                                                                              \
  } while (0)

/* The error that a failing call has left is done with. */
#define DONE()                                                                                     \
  do {                                                                                             \
    regraft_error_free(error);                                                                     \
    error = NULL;                                                                                  \
  } while (0)

#endif
