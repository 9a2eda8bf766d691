/* A transaction beside an event loop, as in a software centre: the calls are made on a thread of
 * their own, the loop shows progress and can cancel. `event-loop SYSROOT PACKAGE [cancel]`: with
 * `cancel` the "button" is pressed at the first report of progress. */
#include <glib.h>
#include <regraft.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* What the program's window would be; only the loop's thread touches it. */
typedef struct
{
  GMainLoop *loop;
  GThread *window_thread;
  regraft_cancel *cancel;
  bool cancel_at_once;
  double shown;
  int failed;
} Window;

/* What goes to the thread. */
typedef struct
{
  Window *window;
  const char *sysroot;
  const char *package;
  regraft_job *job;
} Request;

/* What comes back to the loop. */
typedef struct
{
  Window *window;
  double fraction;
  char *line;
} Message;

static gboolean on_report(gpointer data)
{
  Message *message = data;
  Window *window = message->window;
  g_assert(g_thread_self() == window->window_thread);
  g_assert(message->fraction >= window->shown);
  window->shown = message->fraction;
  fprintf(stderr, "\r%3.0f %% %s", message->fraction * 100, message->line);
  if (window->cancel_at_once)
    regraft_cancel_cancel(window->cancel);
  return G_SOURCE_REMOVE;
}

static gboolean on_end(gpointer data)
{
  Message *message = data;
  printf("%s\n", message->line);
  message->window->failed = message->fraction < 1;
  g_main_loop_quit(message->window->loop);
  return G_SOURCE_REMOVE;
}

static void message_free(gpointer data)
{
  Message *message = data;
  g_free(message->line);
  g_free(message);
}

static void tell(Window *window, GSourceFunc function, double fraction, const char *line)
{
  Message *message = g_new0(Message, 1);
  message->window = window;
  message->fraction = fraction;
  message->line = g_strdup(line);
  /* Not g_main_context_invoke: that runs it on this thread while the loop has not begun. */
  g_idle_add_full(G_PRIORITY_DEFAULT, function, message, message_free);
}

/* Runs on the thread that made the call, so it only passes on what it hears. */
static int on_progress(const regraft_progress *p, void *userdata)
{
  tell(userdata, on_report, regraft_progress_fraction(p), regraft_progress_phase(p));
  return REGRAFT_CONTINUE;
}

static gpointer work(gpointer data)
{
  Request *request = data;
  regraft_sysroot *sysroot = NULL;
  regraft_transaction *tx = NULL;
  regraft_plan *plan = NULL;
  regraft_outcome *outcome = NULL;
  regraft_error *error = NULL;

  if (regraft_sysroot_open(request->sysroot, &sysroot, &error) == REGRAFT_OK
      && regraft_transaction_new(sysroot, REGRAFT_BASE_PENDING, &tx, &error) == REGRAFT_OK
      && regraft_transaction_install(tx, request->package, &error) == REGRAFT_OK
      && regraft_transaction_plan(tx, request->job, &plan, &error) == REGRAFT_OK)
    {
      /* A new call counts from 0 again; this window shows the second one only. */
      regraft_job_on_progress(request->job, on_progress, request->window);
      regraft_transaction_stage(tx, plan, request->job, &outcome, &error);
    }
  if (error)
    tell(request->window, on_end, 0, regraft_error_message(error));
  else
    tell(request->window, on_end, 1, regraft_outcome_text(outcome));

  regraft_error_free(error);
  regraft_outcome_free(outcome);
  regraft_plan_free(plan);
  regraft_transaction_free(tx);
  regraft_sysroot_free(sysroot);
  return NULL;
}

int main(int argc, char **argv)
{
  if (argc < 3)
    {
      fprintf(stderr, "usage: event-loop SYSROOT PACKAGE [cancel]\n");
      return 2;
    }
  Window window = { g_main_loop_new(NULL, FALSE), g_thread_self(), NULL, false, 0, 0 };
  window.cancel_at_once = argc > 3 && strcmp(argv[3], "cancel") == 0;
  Request request = { &window, argv[1], argv[2], regraft_job_new() };
  regraft_job_cancel_handle(request.job, &window.cancel, NULL);

  GThread *thread = g_thread_new("transaction", work, &request);
  g_main_loop_run(window.loop);
  g_thread_join(thread);

  regraft_cancel_free(window.cancel);
  regraft_job_free(request.job);
  g_main_loop_unref(window.loop);
  return window.failed;
}
