/* regraft: transactions, package layering and deployments of OSTree systems.
 * Made from capi/src by `cargo xtask headers`: do not edit.
 *
 * What holds for every function:
 *
 * - Owned and borrowed. What comes out through a `T **`, or of a `_new`, belongs to the program, which
 *   gives it to the type's `_free` once; in any order, since each handle keeps what it needs. Every
 *   `_free` accepts NULL. What comes as `const T *` or `const char *` is borrowed: it dies with the
 *   handle that its comment names, and is never freed by itself.
 *
 * - Failing. A function that answers `regraft_code` can fail, and then says why through its last
 *   argument, a `regraft_error **`, which may be NULL. It is written only on failure, whatever is
 *   there: an earlier error must have been freed. Other `**` arguments become NULL first, so that
 *   after a failure there is nothing to free. Nothing is printed; but a panic, which is a defect of
 *   the library, leaves a line on stderr before it becomes `REGRAFT_PANIC`.
 *
 * - Asking. Functions that answer a value cannot fail: for NULL, and an index out of range, they
 *   answer 0, NULL or "", as their comments say.
 *
 * - Arguments. A pointer is NULL or what this library gave out and was not freed. NULL is an error
 *   (`REGRAFT_NULL_ARGUMENT`) where a comment does not say otherwise. Strings end with NUL and are
 *   UTF-8; those that come out have U+FFFD where the original has a NUL. Lists are read with
 *   `_count` and `_get`, from 0 on.
 *
 * - Threads. Each type says "any thread" (several at once, too) or "one call at a time": then a
 *   second call fails with `REGRAFT_IN_USE` and changes nothing. Freeing a handle while a call uses
 *   it is safe if that call began before: it ends as it would. No thread may use a handle after
 *   its `_free` began.
 *
 * - Long calls block, and work on threads of their own. They take a `regraft_job`, by which they
 *   report progress, on the thread that called, and can be cancelled. */

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
 `regraft_sysroot_cleanup`: the deployments that would boot before the booted one; where none is
 booted, all but the first.
 */
#define REGRAFT_CLEANUP_PENDING 1

/*
 `regraft_sysroot_cleanup`: the deployments behind the booted one.
 */
#define REGRAFT_CLEANUP_ROLLBACK 2

/*
 `regraft_sysroot_cleanup`: repository metadata and downloaded packages.
 */
#define REGRAFT_CLEANUP_METADATA 4

/*
 `regraft_sysroot_cleanup`: root views of bases and other caches.
 */
#define REGRAFT_CLEANUP_CACHES 8

/*
 Packages need a signature by a trusted key.
 */
#define REGRAFT_SIGNATURE_REQUIRED 0

/*
 Packages are taken without one.
 */
#define REGRAFT_SIGNATURE_NOT_REQUIRED 1

/*
 Start from the deployment that boots next.
 */
#define REGRAFT_BASE_PENDING 0

/*
 Start from the deployment that runs now.
 */
#define REGRAFT_BASE_BOOTED 1

/*
 What is known only to a library newer than this header; the name tells it.
 */
#define REGRAFT_ACTION_OTHER 0

/*
 The package is added.
 */
#define REGRAFT_ACTION_INSTALL 1

/*
 It replaces an older version.
 */
#define REGRAFT_ACTION_UPGRADE 2

/*
 It replaces a newer version.
 */
#define REGRAFT_ACTION_DOWNGRADE 3

/*
 It replaces a package of the same version with other content.
 */
#define REGRAFT_ACTION_REINSTALL 4

/*
 It is taken out.
 */
#define REGRAFT_ACTION_REMOVE 5

/*
 What is known only to a library newer than this header; the text tells it.
 */
#define REGRAFT_REASON_OTHER 0

/*
 The program asked for the subject: a name, capability, path or file.
 */
#define REGRAFT_REASON_REQUESTED 1

/*
 The subject, a package, needs it.
 */
#define REGRAFT_REASON_REQUIRED_BY 2

/*
 The subject, a package, recommends it.
 */
#define REGRAFT_REASON_RECOMMENDED_BY 3

/*
 The subject, a package, replaces it.
 */
#define REGRAFT_REASON_OBSOLETED_BY 4

/*
 The program asked to remove it from the base.
 */
#define REGRAFT_REASON_REMOVED 5

/*
 The program asked to replace it.
 */
#define REGRAFT_REASON_REPLACED 6

/*
 The new base brings it, or no longer has it.
 */
#define REGRAFT_REASON_BASE 7

/*
 What is known only to a library newer than this header; the text tells it.
 */
#define REGRAFT_OUTCOME_OTHER 0

/*
 A new deployment, finished when the machine shuts down.
 */
#define REGRAFT_OUTCOME_STAGED 1

/*
 A new deployment, or an old one that is first again, which boots next.
 */
#define REGRAFT_OUTCOME_DEPLOYED 2

/*
 Everything was as wanted already.
 */
#define REGRAFT_OUTCOME_UNCHANGED 3

/*
 A base commit. Immutable, and borrowed from the plan.
 */
typedef struct regraft_base_commit regraft_base_commit;

/*
 Cancels one job. Any thread, at any time; not from a signal handler.
 */
typedef struct regraft_cancel regraft_cancel;

/*
 One package change. Immutable, and borrowed from what has it.
 */
typedef struct regraft_change regraft_change;

/*
 One path for which two owners have different content, of an error of kind
 `REGRAFT_ERROR_FILE_CONFLICT`. Borrowed from the error.
 */
typedef struct regraft_conflict regraft_conflict;

/*
 A deployment as it was when the snapshot was taken. Immutable, and borrowed from the snapshot.
 */
typedef struct regraft_deployment regraft_deployment;

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
 What a writing call did. Immutable: any thread.
 */
typedef struct regraft_outcome regraft_outcome;

/*
 A value that fixes every change. Immutable: any thread. It survives a restart of the program as
 JSON.
 */
typedef struct regraft_plan regraft_plan;

/*
 A package that will be layered. Immutable, and borrowed from the plan.
 */
typedef struct regraft_planned_package regraft_planned_package;

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
 All deployments at one moment. Immutable: any thread.
 */
typedef struct regraft_snapshot regraft_snapshot;

/*
 An OSTree sysroot: a path with options, which holds nothing open. Immutable: any thread, several
 at a time. What it makes (snapshots, transactions) does not need it any more.
 */
typedef struct regraft_sysroot regraft_sysroot;

/*
 How long the phases of a call took. Immutable: any thread.
 */
typedef struct regraft_timings regraft_timings;

/*
 Wishes that become one new deployment, or nothing. Setters record wishes;
 `regraft_transaction_plan` checks and decides and `regraft_transaction_stage` acts. Success
 spends it: later plans and stages fail with `REGRAFT_ERROR_SPENT`. After any error of the library
 it is as it was, so that nothing has to be asked for twice. Freeing one leaves nothing behind.

 One call at a time: any thread may use it, and gets `REGRAFT_IN_USE` while another call has it.
 */
typedef struct regraft_transaction regraft_transaction;

/*
 What a transaction was asked for. Immutable, and borrowed from the plan.
 */
typedef struct regraft_wishes regraft_wishes;

/*
 What a call that can fail answers: `REGRAFT_OK`, one of the ABI's own codes (1 to 99), or the
 kind of the library's error (100 and up). A number never changes its meaning; new ones are
 added, so programs treat one that they do not know as a failure.
 */
typedef int32_t regraft_code;

/*
 Hears of a call's progress, on the thread that made the call and while that call runs. `progress`
 is borrowed until it returns; `userdata` is what was given with it. It answers
 `REGRAFT_CONTINUE` or `REGRAFT_CANCEL`; anything else cancels, too, and a call that ends early
 for it fails with `REGRAFT_BAD_ENUM` (for a callback in Rust that panics, `REGRAFT_PANIC`). It may
 call the library, but the job and what the running call changes answer `REGRAFT_IN_USE`; freeing
 them is fine. It must return: no `longjmp`, and a C++ exception that leaves it ends the process.
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
 What done and total count: `REGRAFT_UNIT_BYTES` or `REGRAFT_UNIT_ITEMS`; the former for NULL.
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
 Opens the sysroot at `path`: `/` is the running machine. Reading it needs no privileges. The
 program owns it; `regraft_sysroot_free`.

 Fails with `REGRAFT_ERROR_NOT_FOUND` when there is no such folder, and with
 `REGRAFT_ERROR_NOT_A_SYSROOT` when it is none, or is in a format that this version cannot read.
 */
regraft_code regraft_sysroot_open(const char *path,
                                  regraft_sysroot **sysroot,
                                  regraft_error **error);

/*
 Makes an empty sysroot in the existing folder `path`, and opens it. One that is there already
 stays as it is. The program owns it; `regraft_sysroot_free`.

 Fails with `REGRAFT_ERROR_ENGINE`, `REGRAFT_ERROR_PERMISSION` or `REGRAFT_ERROR_IO` when the
 folder cannot be written to.
 */
regraft_code regraft_sysroot_create(const char *path,
                                    regraft_sysroot **sysroot,
                                    regraft_error **error);

/*
 Makes the stateroot `name`, with its `/var`; one that is there already stays as it is. `*scoped`
 becomes the same sysroot with all calls about that stateroot, owned by the program.

 Fails with `REGRAFT_ERROR_INVALID_ARGUMENT` for what cannot be a folder's name, and with
 `REGRAFT_ERROR_ENGINE` when the sysroot cannot be written to.
 */
regraft_code regraft_sysroot_create_stateroot(const regraft_sysroot *sysroot,
                                              const char *name,
                                              regraft_sysroot **scoped,
                                              regraft_error **error);

/*
 `*scoped` becomes the same sysroot with all calls about the stateroot `name` (libostree's "OS
 name"), owned by the program. Without this they are about the stateroot of the booted
 deployment, or where none is booted, about the only one. That it exists is checked by the calls.
 */
regraft_code regraft_sysroot_stateroot(const regraft_sysroot *sysroot,
                                       const char *name,
                                       regraft_sysroot **scoped,
                                       regraft_error **error);

/*
 `*waiting` becomes the same sysroot with writing calls waiting up to `milliseconds` for another
 program to release the lock before they fail with `REGRAFT_ERROR_BUSY`; owned by the program. By
 default they do not wait.
 */
regraft_code regraft_sysroot_wait_for_lock(const regraft_sysroot *sysroot,
                                           uint64_t milliseconds,
                                           regraft_sysroot **waiting,
                                           regraft_error **error);

/*
 The sysroot's folder, with no symbolic links in it. `""` for NULL. Borrowed from the sysroot.
 */
const char *regraft_sysroot_path(const regraft_sysroot *sysroot);

/*
 Reads the deployments of the stateroot, or of all where none was chosen. The program owns the
 snapshot, which later changes do not reach; `regraft_snapshot_free`.

 Fails with `REGRAFT_ERROR_NOT_A_SYSROOT`, and with `REGRAFT_ERROR_CORRUPT` or
 `REGRAFT_ERROR_CONFIG` when a deployment's commit or origin cannot be read.
 */
regraft_code regraft_sysroot_snapshot(const regraft_sysroot *sysroot,
                                      regraft_snapshot **snapshot,
                                      regraft_error **error);

/*
 Makes the stateroot's second deployment the first one; where the booted one is not first, that
 one. Doing it twice is doing nothing. The program owns the outcome; `regraft_outcome_free`.

 Fails with `REGRAFT_ERROR_STATE` when there is no deployment to go back to, and with
 `REGRAFT_ERROR_BUSY`.
 */
regraft_code regraft_sysroot_rollback(const regraft_sysroot *sysroot,
                                      regraft_job *job,
                                      regraft_outcome **outcome,
                                      regraft_error **error);

/*
 Removes what `what` says, a sum of `REGRAFT_CLEANUP_*`, and always what nothing refers to any
 more. The booted deployment, pinned ones and, where none is booted, the first one stay.

 Fails with `REGRAFT_BAD_ENUM` for a bit that means nothing, `REGRAFT_ERROR_BUSY`,
 `REGRAFT_ERROR_ENGINE`.
 */
regraft_code regraft_sysroot_cleanup(const regraft_sysroot *sysroot,
                                     uint32_t what,
                                     regraft_job *job,
                                     regraft_error **error);

/*
 Frees a sysroot; NULL is fine. What was made from it lives on.
 */
void regraft_sysroot_free(regraft_sysroot *sysroot);

/*
 How many deployments there are; 0 for NULL.
 */
size_t regraft_snapshot_deployment_count(const regraft_snapshot *snapshot);

/*
 The deployment at `index`, first the one that boots next; NULL where there is none. Borrowed from
 the snapshot.
 */
const regraft_deployment *regraft_snapshot_deployment_get(const regraft_snapshot *snapshot,
                                                          size_t index);

/*
 The JSON document that `rpm-ostree status --json` prints, with the same names. `""` for NULL.
 Borrowed from the snapshot.
 */
const char *regraft_snapshot_to_json(const regraft_snapshot *snapshot);

/*
 Frees a snapshot and all that is borrowed from it; NULL is fine.
 */
void regraft_snapshot_free(regraft_snapshot *snapshot);

/*
 `STATEROOT-CHECKSUM.SERIAL`, as `rpm-ostree status --json` has it. `""` for NULL. Borrowed from
 the snapshot.
 */
const char *regraft_deployment_id(const regraft_deployment *deployment);

/*
 The stateroot that it belongs to. `""` for NULL. Borrowed from the snapshot.
 */
const char *regraft_deployment_stateroot(const regraft_deployment *deployment);

/*
 Tells deployments of one commit apart; 0 for NULL.
 */
uint32_t regraft_deployment_serial(const regraft_deployment *deployment);

/*
 The deployed commit. `""` for NULL. Borrowed from the snapshot.
 */
const char *regraft_deployment_checksum(const regraft_deployment *deployment);

/*
 The base commit: the one on which packages were layered, or the deployed commit itself. `""` for
 NULL. Borrowed from the snapshot.
 */
const char *regraft_deployment_base_checksum(const regraft_deployment *deployment);

/*
 Whether packages were layered, or anything else was assembled here; false for NULL.
 */
bool regraft_deployment_is_layered(const regraft_deployment *deployment);

/*
 The commit's version; NULL where it has none. Borrowed from the snapshot.
 */
const char *regraft_deployment_version(const regraft_deployment *deployment);

/*
 The commit's time, in seconds since 1970; 0 for NULL.
 */
uint64_t regraft_deployment_timestamp(const regraft_deployment *deployment);

/*
 The ref that it follows, `REMOTE:REF`; NULL where it follows none. Borrowed from the snapshot.
 */
const char *regraft_deployment_refspec(const regraft_deployment *deployment);

/*
 The text of its origin file: what it follows and what was asked for. `""` for NULL. Borrowed
 from the snapshot.
 */
const char *regraft_deployment_origin_text(const regraft_deployment *deployment);

/*
 How many requests are layered; one that the base met is in the origin only.
 */
size_t regraft_deployment_package_count(const regraft_deployment *deployment);

/*
 A request that is layered; NULL where there is none at `index`. Borrowed from the snapshot.
 */
const char *regraft_deployment_package_get(const regraft_deployment *deployment, size_t index);

/*
 How many packages of the base were taken out.
 */
size_t regraft_deployment_removed_base_package_count(const regraft_deployment *deployment);

/*
 A package of the base that was taken out; NULL where there is none at `index`. Borrowed from the
 snapshot.
 */
const regraft_nevra *regraft_deployment_removed_base_package_get(const regraft_deployment *deployment,
                                                                 size_t index);

/*
 How many arguments its kernel boots with.
 */
size_t regraft_deployment_kernel_argument_count(const regraft_deployment *deployment);

/*
 An argument that its kernel boots with; NULL where there is none at `index`. Borrowed from the
 snapshot.
 */
const char *regraft_deployment_kernel_argument_get(const regraft_deployment *deployment,
                                                   size_t index);

/*
 Whether the machine runs it now; false for NULL.
 */
bool regraft_deployment_is_booted(const regraft_deployment *deployment);

/*
 Whether it becomes bootable at shutdown; false for NULL.
 */
bool regraft_deployment_is_staged(const regraft_deployment *deployment);

/*
 Whether it is kept until it is unpinned; false for NULL.
 */
bool regraft_deployment_is_pinned(const regraft_deployment *deployment);

/*
 The digest of the requests and packages, as rpm-ostree computes it; NULL for a base. Borrowed
 from the snapshot.
 */
const char *regraft_deployment_state_digest(const regraft_deployment *deployment);

/*
 The deployment as in the list `deployments` of `rpm-ostree status --json`. `""` for NULL.
 Borrowed from the snapshot.
 */
const char *regraft_deployment_to_json(const regraft_deployment *deployment);

/*
 Begins a transaction on a deployment of the sysroot's stateroot: `REGRAFT_BASE_PENDING` or
 `REGRAFT_BASE_BOOTED`. The program owns it; `regraft_transaction_free`.

 Fails with `REGRAFT_ERROR_STATE` when there is no such deployment, or several stateroots and none
 was chosen, and with `REGRAFT_BAD_ENUM` for another `base`.
 */
regraft_code regraft_transaction_new(const regraft_sysroot *sysroot,
                                     int32_t base,
                                     regraft_transaction **transaction,
                                     regraft_error **error);

/*
 Begins a transaction on one certain deployment, of a snapshot of this sysroot. The program owns
 it; `regraft_transaction_free`. That the deployment is still there is checked by the plan.
 */
regraft_code regraft_transaction_new_on(const regraft_sysroot *sysroot,
                                        const regraft_deployment *deployment,
                                        regraft_transaction **transaction,
                                        regraft_error **error);

/*
 Begins a transaction that deploys what `refspec` names (`REMOTE:REF`, or a ref or commit of the
 repository), without looking at the origin of any deployment: the first one of a stateroot, for
 instance. The program owns it; `regraft_transaction_free`.
 */
regraft_code regraft_transaction_deploy_commit(const regraft_sysroot *sysroot,
                                               const char *refspec,
                                               regraft_transaction **transaction,
                                               regraft_error **error);

/*
 Takes up a plan that was made earlier, perhaps by another process: the transaction has its wishes
 and can stage it. The program owns it; `regraft_transaction_free`.
 */
regraft_code regraft_transaction_resume(const regraft_sysroot *sysroot,
                                        const regraft_plan *plan,
                                        regraft_transaction **transaction,
                                        regraft_error **error);

/*
 Follow the base's ref to its newest commit; layered packages are solved again on it.
 */
regraft_code regraft_transaction_upgrade(regraft_transaction *transaction, regraft_error **error);

/*
 A base that is older than the deployed one is fine.
 */
regraft_code regraft_transaction_allow_downgrade(regraft_transaction *transaction,
                                                 regraft_error **error);

/*
 A request that the base meets already is remembered, and becomes active when the base drops the
 package, instead of being an error.
 */
regraft_code regraft_transaction_allow_inactive(regraft_transaction *transaction,
                                                regraft_error **error);

/*
 Asking for what is there already is no error.
 */
regraft_code regraft_transaction_idempotent(regraft_transaction *transaction,
                                            regraft_error **error);

/*
 Layer a package: its name, a capability that it provides, or a path that it has.
 */
regraft_code regraft_transaction_install(regraft_transaction *transaction,
                                         const char *request,
                                         regraft_error **error);

/*
 Take a layered request back, as it was given to `regraft_transaction_install`.
 */
regraft_code regraft_transaction_uninstall(regraft_transaction *transaction,
                                           const char *request,
                                           regraft_error **error);

/*
 Take a package of the base out, by name.
 */
regraft_code regraft_transaction_remove_base(regraft_transaction *transaction,
                                             const char *name,
                                             regraft_error **error);

/*
 Put a package of the base back that `regraft_transaction_remove_base` took out.
 */
regraft_code regraft_transaction_reset_base(regraft_transaction *transaction,
                                            const char *name,
                                            regraft_error **error);

/*
 Adds a kernel argument to a first deployment; later ones keep those of the one before.
 */
regraft_code regraft_transaction_kernel_argument(regraft_transaction *transaction,
                                                 const char *argument,
                                                 regraft_error **error);

/*
 Whether packages need a signature by a trusted key: `REGRAFT_SIGNATURE_REQUIRED` or
 `REGRAFT_SIGNATURE_NOT_REQUIRED`. By default their repository's `gpgcheck` decides, and where
 that is absent they do. The plan shows when they do not.
 */
regraft_code regraft_transaction_signatures(regraft_transaction *transaction,
                                            int32_t signature,
                                            regraft_error **error);

/*
 Decides what staging will do, without locking the sysroot or changing a deployment. Pulls a new
 base and refreshes repository metadata where the wishes need that; both are kept as cache
 entries. The program owns the plan; `regraft_plan_free`.

 Fails with `REGRAFT_ERROR_UNSOLVABLE` with each problem and what would fix it,
 `REGRAFT_ERROR_NOT_FOUND` for a request that no package meets, `REGRAFT_ERROR_ALREADY_PRESENT`
 for one that is met, `REGRAFT_ERROR_FILE_CONFLICT`, `REGRAFT_ERROR_UNSUPPORTED` for what regraft
 cannot do, `REGRAFT_ERROR_NETWORK`, `REGRAFT_ERROR_SIGNATURE`, `REGRAFT_ERROR_DIGEST`,
 `REGRAFT_ERROR_DOWNGRADE`, `REGRAFT_ERROR_CANCELLED`, `REGRAFT_ERROR_SPENT`.
 */
regraft_code regraft_transaction_plan(regraft_transaction *transaction,
                                      regraft_job *job,
                                      regraft_plan **plan,
                                      regraft_error **error);

/*
 Does exactly what `plan` says, or changes nothing. The program owns the outcome;
 `regraft_outcome_free`.

 Fails with `REGRAFT_ERROR_STALE` when what the plan was made from has moved,
 `REGRAFT_ERROR_BUSY` when another program has the lock, `REGRAFT_ERROR_SCRIPT_FAILED` and
 `REGRAFT_ERROR_FILE_CONFLICT` for what only payloads can tell, and what downloads can fail with.
 After all of them the transaction is usable, and the system is as it was.
 */
regraft_code regraft_transaction_stage(regraft_transaction *transaction,
                                       const regraft_plan *plan,
                                       regraft_job *job,
                                       regraft_outcome **outcome,
                                       regraft_error **error);

/*
 Frees a transaction; NULL is fine, and so is one that a call has, which ends as it would.
 */
void regraft_transaction_free(regraft_transaction *transaction);

/*
 Reads a plan from what `regraft_plan_to_json` gave, perhaps in another process. The program owns
 it; `regraft_plan_free`. `regraft_transaction_resume` takes it up.

 Fails with `REGRAFT_ERROR_CONFIG` for what is no plan, and for one of another schema.
 */
regraft_code regraft_plan_from_json(const char *json, regraft_plan **plan, regraft_error **error);

/*
 The plan as one JSON document (`"schema": 1`; keys are only ever added). Each of its `changes`
 has its line as `text`. `""` for NULL. Borrowed from the plan.
 */
const char *regraft_plan_to_json(const regraft_plan *plan);

/*
 A table for people, of several lines: action, package, what it replaces, size, where from and
 why. `""` for NULL. Borrowed from the plan.
 */
const char *regraft_plan_text(const regraft_plan *plan);

/*
 How many packages change; 0 for NULL.
 */
size_t regraft_plan_change_count(const regraft_plan *plan);

/*
 The change at `index`, sorted by name: from what the deployment has now to what the new one will
 have, those of the base included; NULL where there is none. Borrowed from the plan.
 */
const regraft_change *regraft_plan_change_get(const regraft_plan *plan, size_t index);

/*
 How many packages will be layered; 0 for NULL.
 */
size_t regraft_plan_layered_count(const regraft_plan *plan);

/*
 The package at `index`, in the order of installation; NULL where there is none. Borrowed from
 the plan.
 */
const regraft_planned_package *regraft_plan_layered_get(const regraft_plan *plan, size_t index);

/*
 What was asked for; NULL for NULL. Borrowed from the plan.
 */
const regraft_wishes *regraft_plan_wishes(const regraft_plan *plan);

/*
 The base commit of the new deployment; NULL for NULL. Borrowed from the plan.
 */
const regraft_base_commit *regraft_plan_base(const regraft_plan *plan);

/*
 The base commit of the deployment that the plan starts from; NULL for a first deployment.
 Borrowed from the plan.
 */
const regraft_base_commit *regraft_plan_previous_base(const regraft_plan *plan);

/*
 The stateroot that gets the new deployment. `""` for NULL. Borrowed from the plan.
 */
const char *regraft_plan_stateroot(const regraft_plan *plan);

/*
 The ref that the base follows. `""` for NULL. Borrowed from the plan.
 */
const char *regraft_plan_refspec(const regraft_plan *plan);

/*
 How many packages have files that an OSTree system cannot have (below `/var` and `/run`); only
 those are counted whose headers are in the cache.
 */
size_t regraft_plan_dropped_package_count(const regraft_plan *plan);

/*
 Such a package (NEVRA); NULL where there is none at `index`. Borrowed from the plan.
 */
const char *regraft_plan_dropped_package_get(const regraft_plan *plan, size_t index);

/*
 How many of its files are left out; 0 where there is no such package at `index`.
 */
size_t regraft_plan_dropped_path_count(const regraft_plan *plan, size_t index);

/*
 The file at `path` of those; NULL where there is none. Borrowed from the plan.
 */
const char *regraft_plan_dropped_path_get(const regraft_plan *plan, size_t index, size_t path);

/*
 Whether the deployment is as wanted already, so that staging does nothing; false for NULL.
 */
bool regraft_plan_is_unchanged(const regraft_plan *plan);

/*
 rpm-ostree's digest of requests and packages (`rpmostree.state-sha512`). `""` for NULL. Borrowed
 from the plan.
 */
const char *regraft_plan_state_digest(const regraft_plan *plan);

/*
 Bytes to download; 0 for NULL.
 */
uint64_t regraft_plan_download_size(const regraft_plan *plan);

/*
 By how many bytes the packages' installed size grows or, where it is negative, shrinks.
 */
int64_t regraft_plan_installed_size_change(const regraft_plan *plan);

/*
 Frees a plan and all that is borrowed from it; NULL is fine.
 */
void regraft_plan_free(regraft_plan *plan);

/*
 The commit's checksum. `""` for NULL. Borrowed from the plan.
 */
const char *regraft_base_commit_checksum(const regraft_base_commit *commit);

/*
 Its version; NULL where it has none. Borrowed from the plan.
 */
const char *regraft_base_commit_version(const regraft_base_commit *commit);

/*
 Its time, in seconds since 1970; 0 for NULL.
 */
uint64_t regraft_base_commit_timestamp(const regraft_base_commit *commit);

/*
 Which package; NULL for NULL. Borrowed from the plan.
 */
const regraft_nevra *regraft_planned_package_nevra(const regraft_planned_package *package);

/*
 Its repository's identifier. `""` for NULL. Borrowed from the plan.
 */
const char *regraft_planned_package_repo(const regraft_planned_package *package);

/*
 Where it lies in the repository. `""` for NULL. Borrowed from the plan.
 */
const char *regraft_planned_package_location(const regraft_planned_package *package);

/*
 Another place that the location is relative to; NULL where the repository names none. Borrowed
 from the plan.
 */
const char *regraft_planned_package_base_url(const regraft_planned_package *package);

/*
 `ALGORITHM:HEX` of the whole file. `""` for NULL. Borrowed from the plan.
 */
const char *regraft_planned_package_checksum(const regraft_planned_package *package);

/*
 Bytes of the file; 0 for NULL.
 */
uint64_t regraft_planned_package_size(const regraft_planned_package *package);

/*
 Whether the cache has it already, so that nothing is downloaded; false for NULL.
 */
bool regraft_planned_package_is_cached(const regraft_planned_package *package);

/*
 Follow the base's ref to its newest commit; false for NULL.
 */
bool regraft_wishes_upgrade(const regraft_wishes *wishes);

/*
 A new base older than the deployed one is fine; false for NULL.
 */
bool regraft_wishes_allow_downgrade(const regraft_wishes *wishes);

/*
 A request that the base meets already is remembered instead of refused; false for NULL.
 */
bool regraft_wishes_allow_inactive(const regraft_wishes *wishes);

/*
 A request that is there already is no error; false for NULL.
 */
bool regraft_wishes_idempotent(const regraft_wishes *wishes);

/*
 Packages are taken without a trusted signature; false for NULL.
 */
bool regraft_wishes_unsigned_packages(const regraft_wishes *wishes);

/*
 Names, capabilities or paths of packages to layer: how many.
 */
size_t regraft_wishes_install_count(const regraft_wishes *wishes);

/*
 Names, capabilities or paths of packages to layer: the one at `index`; NULL where there is none.
 Borrowed from the plan.
 */
const char *regraft_wishes_install_get(const regraft_wishes *wishes, size_t index);

/*
 Layered requests to take back: how many.
 */
size_t regraft_wishes_uninstall_count(const regraft_wishes *wishes);

/*
 Layered requests to take back: the one at `index`; NULL where there is none. Borrowed from the
 plan.
 */
const char *regraft_wishes_uninstall_get(const regraft_wishes *wishes, size_t index);

/*
 Names of packages of the base to take out: how many.
 */
size_t regraft_wishes_remove_base_count(const regraft_wishes *wishes);

/*
 Names of packages of the base to take out: the one at `index`; NULL where there is none.
 Borrowed from the plan.
 */
const char *regraft_wishes_remove_base_get(const regraft_wishes *wishes, size_t index);

/*
 Names of packages of the base to put back: how many.
 */
size_t regraft_wishes_reset_base_count(const regraft_wishes *wishes);

/*
 Names of packages of the base to put back: the one at `index`; NULL where there is none.
 Borrowed from the plan.
 */
const char *regraft_wishes_reset_base_get(const regraft_wishes *wishes, size_t index);

/*
 Kernel arguments of a first deployment: how many.
 */
size_t regraft_wishes_kernel_argument_count(const regraft_wishes *wishes);

/*
 Kernel arguments of a first deployment: the one at `index`; NULL where there is none. Borrowed
 from the plan.
 */
const char *regraft_wishes_kernel_argument_get(const regraft_wishes *wishes, size_t index);

/*
 The change in one line: action, package, what it replaces, where it is from and why. `""` for
 NULL. Borrowed from the change's owner.
 */
const char *regraft_change_text(const regraft_change *change);

/*
 What happens: `REGRAFT_ACTION_INSTALL` and so on; `REGRAFT_ACTION_OTHER` for NULL.
 */
int32_t regraft_change_action(const regraft_change *change);

/*
 What happens, as one word: `install`, `upgrade`, `downgrade`, `reinstall`, `remove`. `""` for
 NULL. Borrowed from the change's owner.
 */
const char *regraft_change_action_name(const regraft_change *change);

/*
 The package that is there afterwards, or for a removal the one that no longer is; NULL for NULL.
 Borrowed from the change's owner.
 */
const regraft_nevra *regraft_change_package(const regraft_change *change);

/*
 For an upgrade, downgrade or reinstall the package that is there before; otherwise NULL.
 Borrowed from the change's owner.
 */
const regraft_nevra *regraft_change_from(const regraft_change *change);

/*
 The repository that the package comes from; NULL for a local file, a removal, the base. Borrowed
 from the change's owner.
 */
const char *regraft_change_repo(const regraft_change *change);

/*
 Bytes to download; 0 when the package is local, cached or removed, and for NULL.
 */
uint64_t regraft_change_download_size(const regraft_change *change);

/*
 Bytes that the package's files take, by its header; for a removal those that are freed.
 */
uint64_t regraft_change_installed_size(const regraft_change *change);

/*
 Why: `REGRAFT_REASON_REQUESTED` and so on; `REGRAFT_REASON_OTHER` for NULL.
 */
int32_t regraft_change_reason(const regraft_change *change);

/*
 What was requested, or the package (NEVRA) that is the reason; NULL where the reason has none.
 Borrowed from the change's owner.
 */
const char *regraft_change_reason_subject(const regraft_change *change);

/*
 Why, in words: `requested: strace`, `required by git`. `""` for NULL. Borrowed from the change's
 owner.
 */
const char *regraft_change_reason_text(const regraft_change *change);

/*
 One line: `staged ID for the next boot`, `deployed ID` or `nothing to do`. `""` for NULL.
 Borrowed from the outcome.
 */
const char *regraft_outcome_text(const regraft_outcome *outcome);

/*
 Which of these: `REGRAFT_OUTCOME_STAGED` and so on; `REGRAFT_OUTCOME_OTHER` for NULL.
 */
int32_t regraft_outcome_kind(const regraft_outcome *outcome);

/*
 The new deployment's identifier; NULL when nothing changed. Borrowed from the outcome.
 */
const char *regraft_outcome_id(const regraft_outcome *outcome);

/*
 How many scripts ran; 0 for NULL.
 */
size_t regraft_outcome_script_count(const regraft_outcome *outcome);

/*
 What the script at `index` did, in the order in which they ran; NULL where there is none.
 Borrowed from the outcome.
 */
const regraft_script_log *regraft_outcome_script_get(const regraft_outcome *outcome, size_t index);

/*
 Objects that were written to the repository for it; 0 for NULL.
 */
uint64_t regraft_outcome_objects(const regraft_outcome *outcome);

/*
 The outcome as a JSON object: `kind` (`staged`, `deployed`, `unchanged`), `id`, `scripts`,
 `objects`, `text`. Keys are only ever added. `""` for NULL. Borrowed from the outcome.
 */
const char *regraft_outcome_to_json(const regraft_outcome *outcome);

/*
 Frees an outcome and all that is borrowed from it; NULL is fine.
 */
void regraft_outcome_free(regraft_outcome *outcome);

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
