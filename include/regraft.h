/* regraft: transactions, package layering and deployments of OSTree systems.
 * Made from capi/src by `cargo xtask headers`: do not edit. */

#ifndef REGRAFT_H
#define REGRAFT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The version of the library that this header came with. */
#define REGRAFT_VERSION_MAJOR 0
#define REGRAFT_VERSION_MINOR 1
#define REGRAFT_VERSION_PATCH 0

/*
 The version of the ABI that this header describes. It grows when functions are added, and 0
 promises nothing yet.
 */
#define REGRAFT_ABI_VERSION 0

/*
 A phase that this header does not know.
 */
#define REGRAFT_PHASE_OTHER 0

/*
 Repository metadata is downloaded and read.
 */
#define REGRAFT_PHASE_METADATA 1

/*
 The solver works.
 */
#define REGRAFT_PHASE_SOLVE 2

/*
 A commit is pulled from a remote.
 */
#define REGRAFT_PHASE_PULL 3

/*
 Packages are downloaded.
 */
#define REGRAFT_PHASE_DOWNLOAD 4

/*
 Packages become commits.
 */
#define REGRAFT_PHASE_IMPORT 5

/*
 Package trees are merged into the base tree.
 */
#define REGRAFT_PHASE_GRAFT 6

/*
 Scriptlets run.
 */
#define REGRAFT_PHASE_SCRIPTS 7

/*
 The rpm database is read or written.
 */
#define REGRAFT_PHASE_DATABASE 8

/*
 The new tree is committed.
 */
#define REGRAFT_PHASE_COMMIT 9

/*
 libostree makes the deployment.
 */
#define REGRAFT_PHASE_DEPLOY 10

/*
 What is no longer needed is removed.
 */
#define REGRAFT_PHASE_CLEANUP 11

/*
 `regraft_progress_done` and `regraft_progress_total` count bytes.
 */
#define REGRAFT_UNIT_BYTES 0

/*
 They count whole things: packages, scripts, files.
 */
#define REGRAFT_UNIT_ITEMS 1

/*
 A progress callback's answer: go on.
 */
#define REGRAFT_CONTINUE 0

/*
 A progress callback's answer: stop as soon as that leaves nothing half done; the call fails with
 `REGRAFT_ERROR_CANCELLED`, unless it was past the point of no return.
 */
#define REGRAFT_CANCEL 1

/*
 Packages need a signature by a trusted key.
 */
#define REGRAFT_SIGNATURE_REQUIRED 0

/*
 Packages are taken without one.
 */
#define REGRAFT_SIGNATURE_NOT_REQUIRED 1

/*
 Cancels one job. Any thread, at any time; not from a signal handler.
 */
typedef struct regraft_cancel regraft_cancel;

/*
 One path for which two owners have different content, of an error of kind
 `REGRAFT_ERROR_FILE_CONFLICT`. Borrowed from the error.
 */
typedef struct regraft_conflict regraft_conflict;

/*
 Why a call failed. Immutable: any thread. Owned by the program, which frees it with
 `regraft_error_free`.
 */
typedef struct regraft_error regraft_error;

/*
 Progress and cancel of the long calls that it is given to. One call at a time: any thread may
 use it, and gets `REGRAFT_IN_USE` while another call has it. Once cancelled it stays so, and
 every call with it fails; make a new one to go on.
 */
typedef struct regraft_job regraft_job;

/*
 Name, epoch, version, release and architecture of one package. Immutable, and borrowed from
 whatever has it.
 */
typedef struct regraft_nevra regraft_nevra;

/*
 One reason why a request cannot be satisfied, of an error of kind `REGRAFT_ERROR_UNSOLVABLE`.
 Borrowed from the error.
 */
typedef struct regraft_problem regraft_problem;

/*
 One report of progress, borrowed by a `regraft_progress_callback` until it returns.
 */
typedef struct regraft_progress regraft_progress;

/*
 One script's run. Immutable, and borrowed from the outcome.
 */
typedef struct regraft_script_log regraft_script_log;

/*
 How long the phases of a call took. Immutable: any thread.
 */
typedef struct regraft_timings regraft_timings;

/*
 What a call that can fail answers: `REGRAFT_OK`, one of the ABI's own codes (1 to 99), or the
 kind of the library's error (100 and up). A number never changes its meaning; new ones are
 added, so programs treat one that they do not know as a failure.
 */
typedef int32_t regraft_code;

/*
 Hears of a call's progress, on the thread that made the call and while that call runs. `progress`
 is borrowed until it returns; `userdata` is what was given with it. It answers
 `REGRAFT_CONTINUE` or `REGRAFT_CANCEL`; anything else cancels, too, and makes the call fail with
 `REGRAFT_BAD_ENUM`. It may call the library, but the job and what the running call changes
 answer `REGRAFT_IN_USE`; freeing them is fine. It must return: no `longjmp`, and a C++ exception
 that leaves it ends the process.
 */
typedef int (*regraft_progress_callback)(const regraft_progress *progress, void *userdata);

/*
 It has done what it should.
 */
#define REGRAFT_OK 0

/*
 An argument is NULL that must not be.
 */
#define REGRAFT_NULL_ARGUMENT 1

/*
 A string is not UTF-8.
 */
#define REGRAFT_BAD_UTF8 2

/*
 An integer argument, or what a callback answered, is none of the values that the header lists.
 */
#define REGRAFT_BAD_ENUM 3

/*
 The library, or a callback written in Rust, has panicked. The handles that can change and were
 part of the call are spent when it was the library.
 */
#define REGRAFT_PANIC 4

/*
 A call that has not ended uses the handle: on another thread, or this one from a callback.
 */
#define REGRAFT_IN_USE 5

/*
 An earlier call with this handle has panicked: free it and make another.
 */
#define REGRAFT_SPENT 6

/*
 The operating system refused something that usually works; retry or look at the machine.
 */
#define REGRAFT_ERROR_IO 100

/*
 Another program holds the lock: wait, then call again.
 */
#define REGRAFT_ERROR_BUSY 101

/*
 The plan was made from a state that has moved: plan again.
 */
#define REGRAFT_ERROR_STALE 102

/*
 This transaction has been staged already: open a new one.
 */
#define REGRAFT_ERROR_SPENT 103

/*
 The caller cancelled.
 */
#define REGRAFT_ERROR_CANCELLED 104

/*
 Something that was named does not exist.
 */
#define REGRAFT_ERROR_NOT_FOUND 105

/*
 The folder is no OSTree sysroot, or it is in a format that this version cannot read.
 */
#define REGRAFT_ERROR_NOT_A_SYSROOT 106

/*
 This user may not do that.
 */
#define REGRAFT_ERROR_PERMISSION 107

/*
 The disk (or its inodes) is full.
 */
#define REGRAFT_ERROR_NO_SPACE 108

/*
 Data is damaged or does not have the format that it should have.
 */
#define REGRAFT_ERROR_CORRUPT 109

/*
 Data differs from the digest or size that was promised for it.
 */
#define REGRAFT_ERROR_DIGEST 110

/*
 A signature is missing, bad, or by a key that is not trusted.
 */
#define REGRAFT_ERROR_SIGNATURE 111

/*
 A server could not be reached or refused.
 */
#define REGRAFT_ERROR_NETWORK 112

/*
 A configuration file (`.repo`, origin, treefile) is wrong.
 */
#define REGRAFT_ERROR_CONFIG 113

/*
 No set of packages satisfies the request.
 */
#define REGRAFT_ERROR_UNSOLVABLE 114

/*
 Two packages (or a package and the base) want different content at one path.
 */
#define REGRAFT_ERROR_FILE_CONFLICT 115

/*
 A package's scriptlet failed.
 */
#define REGRAFT_ERROR_SCRIPT_FAILED 116

/*
 Something that regraft does not do (yet) was met; nothing was written.
 */
#define REGRAFT_ERROR_UNSUPPORTED 117

/*
 An argument has a value that cannot mean anything.
 */
#define REGRAFT_ERROR_INVALID_ARGUMENT 118

/*
 A package has a file where an OSTree system cannot have one.
 */
#define REGRAFT_ERROR_PATH_NOT_ALLOWED 119

/*
 The sandbox for scriptlets cannot work on this machine as it is set up.
 */
#define REGRAFT_ERROR_SANDBOX 120

/*
 The new base is older than the deployed one.
 */
#define REGRAFT_ERROR_DOWNGRADE 121

/*
 The request is already met.
 */
#define REGRAFT_ERROR_ALREADY_PRESENT 122

/*
 The sysroot or the base is in a state that does not allow the operation.
 */
#define REGRAFT_ERROR_STATE 123

/*
 libostree failed in a way that has no kind of its own.
 */
#define REGRAFT_ERROR_ENGINE 124

/*
 A defect of regraft: please report it.
 */
#define REGRAFT_ERROR_INTERNAL 125

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/*
 The version of the ABI that the library has which the program runs with. It is
 `REGRAFT_ABI_VERSION` or greater where the library is as new as the header. Any thread.
 */
uint32_t regraft_abi_version(void);

/*
 The version of the library that the program runs with: `MAJOR.MINOR.PATCH`. Any thread; never
 to be freed.
 */
const char *regraft_version(void);

/*
 `NAME-[EPOCH:]VERSION-RELEASE.ARCH`. `""` for NULL. Borrowed from the NEVRA.
 */
const char *regraft_nevra_text(const regraft_nevra *nevra);

/*
 The name. `""` for NULL. Borrowed from the NEVRA.
 */
const char *regraft_nevra_name(const regraft_nevra *nevra);

/*
 The epoch; 0 where a package has none, and for NULL.
 */
uint32_t regraft_nevra_epoch(const regraft_nevra *nevra);

/*
 The version. `""` for NULL. Borrowed from the NEVRA.
 */
const char *regraft_nevra_version(const regraft_nevra *nevra);

/*
 The release. `""` for NULL. Borrowed from the NEVRA.
 */
const char *regraft_nevra_release(const regraft_nevra *nevra);

/*
 `[EPOCH:]VERSION-RELEASE`. `""` for NULL. Borrowed from the NEVRA.
 */
const char *regraft_nevra_evr(const regraft_nevra *nevra);

/*
 The architecture, `noarch` included. `""` for NULL. Borrowed from the NEVRA.
 */
const char *regraft_nevra_arch(const regraft_nevra *nevra);

/*
 Compares two texts `[EPOCH:]VERSION[-RELEASE]` as rpm does: `*order` becomes negative when `a` is
 older, 0 when rpm sees no difference, positive when `a` is newer; 0 on failure. Any thread.

 Fails with `REGRAFT_ERROR_INVALID_ARGUMENT` for what is no EVR.
 */
regraft_code regraft_evr_compare(const char *a,
                                 const char *b,
                                 int32_t *order,
                                 regraft_error **error);

/*
 The code that the call answered; `REGRAFT_OK` for NULL.
 */
regraft_code regraft_error_kind(const regraft_error *error);

/*
 The code's name in kebab case: `busy`, `file-conflict`; `null-argument`, `in-use`. `""` for
 NULL. Borrowed from the error.
 */
const char *regraft_error_kind_name(const regraft_error *error);

/*
 One sentence for people: which object, what is wrong, what to do. `""` for NULL. Borrowed from
 the error.
 */
const char *regraft_error_message(const regraft_error *error);

/*
 The error as a JSON object: `kind` (the name), `code`, `message`, and what the kind has besides,
 such as `holder`, `problems`, `conflicts`, `package`, `script`, `output`, `object`, `path`,
 `remedy`. Keys are only ever added. `""` for NULL. Borrowed from the error.
 */
const char *regraft_error_to_json(const regraft_error *error);

/*
 How many problems an error of kind `REGRAFT_ERROR_UNSOLVABLE` has; 0 for others and NULL.
 */
size_t regraft_error_problem_count(const regraft_error *error);

/*
 The problem at `index`; NULL where there is none. Borrowed from the error.
 */
const regraft_problem *regraft_error_problem_get(const regraft_error *error, size_t index);

/*
 What is wrong, naming the packages. `""` for NULL. Borrowed from the error.
 */
const char *regraft_problem_explanation(const regraft_problem *problem);

/*
 How many ways out are suggested.
 */
size_t regraft_problem_suggestion_count(const regraft_problem *problem);

/*
 One way out, such as `do not install foo`; NULL where there is none at `index`. Borrowed from
 the error.
 */
const char *regraft_problem_suggestion_get(const regraft_problem *problem, size_t index);

/*
 How many conflicts an error of kind `REGRAFT_ERROR_FILE_CONFLICT` has; 0 for others and NULL.
 */
size_t regraft_error_conflict_count(const regraft_error *error);

/*
 The conflict at `index`; NULL where there is none. Borrowed from the error.
 */
const regraft_conflict *regraft_error_conflict_get(const regraft_error *error, size_t index);

/*
 The path in the tree, beginning with `/`. `""` for NULL. Borrowed from the error.
 */
const char *regraft_conflict_path(const regraft_conflict *conflict);

/*
 The package that has the path already; NULL for a file of the base that no package owns.
 Borrowed from the error.
 */
const regraft_nevra *regraft_conflict_first(const regraft_conflict *conflict);

/*
 The package that wants the path, too; NULL for NULL. Borrowed from the error.
 */
const regraft_nevra *regraft_conflict_second(const regraft_conflict *conflict);

/*
 The conflict in one line. `""` for NULL. Borrowed from the error.
 */
const char *regraft_conflict_text(const regraft_conflict *conflict);

/*
 For `REGRAFT_ERROR_SCRIPT_FAILED`: the package whose script failed; NULL for other errors.
 Borrowed from the error.
 */
const regraft_nevra *regraft_error_script_package(const regraft_error *error);

/*
 For `REGRAFT_ERROR_SCRIPT_FAILED`: which script, such as `post`; NULL for other errors. Borrowed
 from the error.
 */
const char *regraft_error_script_name(const regraft_error *error);

/*
 For `REGRAFT_ERROR_SCRIPT_FAILED`: how it ended, such as `exit status 3`; NULL for other errors.
 Borrowed from the error.
 */
const char *regraft_error_script_status(const regraft_error *error);

/*
 For `REGRAFT_ERROR_SCRIPT_FAILED`: the end of what it printed; NULL for other errors. Borrowed
 from the error.
 */
const char *regraft_error_script_output(const regraft_error *error);

/*
 For `REGRAFT_ERROR_SCRIPT_FAILED`: how many seconds it ran; 0 for other errors.
 */
double regraft_error_script_seconds(const regraft_error *error);

/*
 For `REGRAFT_ERROR_BUSY`: who holds the lock, such as `regraft (pid 123)` or `another program`;
 NULL for other errors. Borrowed from the error.
 */
const char *regraft_error_busy_holder(const regraft_error *error);

/*
 Frees an error; NULL is fine.
 */
void regraft_error_free(regraft_error *error);

/*
 How much of the whole call is done, from 0 to 1; within one call it only grows. 0 for NULL.
 */
double regraft_progress_fraction(const regraft_progress *progress);

/*
 What is being done, as one lower-case word: `download`. `""` for NULL. Borrowed from the report.
 */
const char *regraft_progress_phase(const regraft_progress *progress);

/*
 The same as a number: `REGRAFT_PHASE_DOWNLOAD` and so on; `REGRAFT_PHASE_OTHER` for NULL.
 */
int32_t regraft_progress_phase_number(const regraft_progress *progress);

/*
 How much of this phase is done, in its unit; at most its total. 0 for NULL.
 */
uint64_t regraft_progress_done(const regraft_progress *progress);

/*
 How much this phase has to do, in its unit; 0 when that is not known, and for NULL.
 */
uint64_t regraft_progress_total(const regraft_progress *progress);

/*
 What done and total count: `REGRAFT_UNIT_BYTES` or `REGRAFT_UNIT_ITEMS`.
 */
int32_t regraft_progress_unit(const regraft_progress *progress);

/*
 The object being worked on (a package, a file), or `""`. Borrowed from the report.
 */
const char *regraft_progress_detail(const regraft_progress *progress);

/*
 Makes a job that tells nobody anything. The program owns it; `regraft_job_free`.
 */
regraft_job *regraft_job_new(void);

/*
 Sets the function that hears of progress, at most some 20 times a second and at each change of
 phase; NULL for none. `userdata` goes to it as it is, and must stay usable for it as long as the
 job is given to calls.
 */
regraft_code regraft_job_on_progress(regraft_job *job,
                                     regraft_progress_callback callback,
                                     void *userdata);

/*
 Makes a handle with which any thread can cancel the job, also while a call has it. The program
 owns it, and may free it before or after the job; `regraft_cancel_free`.
 */
regraft_code regraft_job_cancel_handle(const regraft_job *job,
                                       regraft_cancel **cancel,
                                       regraft_error **error);

/*
 Whether somebody has cancelled the job, also while a call has it; false for NULL.
 */
bool regraft_job_is_cancelled(const regraft_job *job);

/*
 How long each phase of the job's last call took, in the order in which they began. What comes
 before the first one counts to it, so that all together are the whole call.
 */
regraft_code regraft_job_timings(const regraft_job *job,
                                 regraft_timings **timings,
                                 regraft_error **error);

/*
 Frees a job; NULL is fine, and so is one that a call has, which ends as it would.
 */
void regraft_job_free(regraft_job *job);

/*
 Asks the job's present and later calls to stop. The present one fails with
 `REGRAFT_ERROR_CANCELLED`, unless it was past the point of no return. NULL does nothing.
 */
void regraft_cancel_cancel(const regraft_cancel *cancel);

/*
 Whether somebody has cancelled; false for NULL.
 */
bool regraft_cancel_is_cancelled(const regraft_cancel *cancel);

/*
 Frees a cancel handle; NULL is fine. The job goes on.
 */
void regraft_cancel_free(regraft_cancel *cancel);

/*
 How many phases the call went through; 0 for NULL.
 */
size_t regraft_timings_count(const regraft_timings *timings);

/*
 The name of the phase at `index`; NULL where there is none. Borrowed from the timings.
 */
const char *regraft_timings_phase(const regraft_timings *timings, size_t index);

/*
 The number of the phase at `index`: `REGRAFT_PHASE_DOWNLOAD` and so on; `REGRAFT_PHASE_OTHER`
 where there is none.
 */
int32_t regraft_timings_phase_number(const regraft_timings *timings, size_t index);

/*
 How many seconds the phase at `index` took; 0 where there is none.
 */
double regraft_timings_seconds(const regraft_timings *timings, size_t index);

/*
 Frees timings; NULL is fine.
 */
void regraft_timings_free(regraft_timings *timings);

/*
 The package; NULL for NULL. Borrowed from the outcome.
 */
const regraft_nevra *regraft_script_log_package(const regraft_script_log *log);

/*
 Which one: `pre`, `post`, `posttrans`, `transfiletriggerin`. `""` for NULL. Borrowed from the
 outcome.
 */
const char *regraft_script_log_script(const regraft_script_log *log);

/*
 What it printed, the end of it when that was much. `""` for NULL. Borrowed from the outcome.
 */
const char *regraft_script_log_output(const regraft_script_log *log);

/*
 How many seconds it ran; 0 for NULL.
 */
double regraft_script_log_seconds(const regraft_script_log *log);

/*
 How many paths below `/usr` and `/etc` differ in the finished tree because of it.
 */
size_t regraft_script_log_written_count(const regraft_script_log *log);

/*
 One of those paths, which are sorted, and each only with the script that wrote it last; NULL
 where there is none at `index`. Borrowed from the outcome.
 */
const char *regraft_script_log_written_get(const regraft_script_log *log, size_t index);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* REGRAFT_H */
