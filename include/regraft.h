/** \file
 * regraft: transactions, package layering and deployments of OSTree systems.
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

/** The version of the library that this header came with: its first number. */
#define REGRAFT_VERSION_MAJOR 0
/** The second number. */
#define REGRAFT_VERSION_MINOR 1
/** The third number. */
#define REGRAFT_VERSION_PATCH 0

/**
 * The version of the ABI that this header describes. It grows when functions are added, and 0
 * promises nothing yet.
 */
#define REGRAFT_ABI_VERSION 0

/**
 * A phase that this header does not know.
 */
#define REGRAFT_PHASE_OTHER 0

/**
 * Repository metadata is downloaded and read.
 */
#define REGRAFT_PHASE_METADATA 1

/**
 * The solver works.
 */
#define REGRAFT_PHASE_SOLVE 2

/**
 * A commit is pulled from a remote.
 */
#define REGRAFT_PHASE_PULL 3

/**
 * Packages are downloaded.
 */
#define REGRAFT_PHASE_DOWNLOAD 4

/**
 * Packages become commits.
 */
#define REGRAFT_PHASE_IMPORT 5

/**
 * Package trees are merged into the base tree.
 */
#define REGRAFT_PHASE_GRAFT 6

/**
 * Scriptlets run.
 */
#define REGRAFT_PHASE_SCRIPTS 7

/**
 * The rpm database is read or written.
 */
#define REGRAFT_PHASE_DATABASE 8

/**
 * The new tree is committed.
 */
#define REGRAFT_PHASE_COMMIT 9

/**
 * libostree makes the deployment.
 */
#define REGRAFT_PHASE_DEPLOY 10

/**
 * What is no longer needed is removed.
 */
#define REGRAFT_PHASE_CLEANUP 11

/**
 * Everything that is there is looked at.
 */
#define REGRAFT_PHASE_CHECK 12

/**
 * `regraft_progress_done` and `regraft_progress_total` count bytes.
 */
#define REGRAFT_UNIT_BYTES 0

/**
 * They count whole things: packages, scripts, files.
 */
#define REGRAFT_UNIT_ITEMS 1

/**
 * A progress callback's answer: go on.
 */
#define REGRAFT_CONTINUE 0

/**
 * A progress callback's answer: stop as soon as that leaves nothing half done; the call fails with
 * `REGRAFT_ERROR_CANCELLED`, unless it was past the point of no return.
 */
#define REGRAFT_CANCEL 1

/**
 * `regraft_sysroot_cleanup`: the deployments that would boot before the booted one.
 */
#define REGRAFT_CLEANUP_PENDING 1

/**
 * `regraft_sysroot_cleanup`: the deployments behind the booted one; where none is booted, all but
 * the first.
 */
#define REGRAFT_CLEANUP_ROLLBACK 2

/**
 * `regraft_sysroot_cleanup`: repository metadata and downloaded packages.
 */
#define REGRAFT_CLEANUP_METADATA 4

/**
 * `regraft_sysroot_cleanup`: root views of bases and other caches.
 */
#define REGRAFT_CLEANUP_CACHES 8

/**
 * What is known only to a library newer than this header; the text tells it.
 */
#define REGRAFT_FINDING_OTHER 0

/**
 * What an interrupted call left behind.
 */
#define REGRAFT_FINDING_LEFTOVER 1

/**
 * libostree cannot load the sysroot.
 */
#define REGRAFT_FINDING_SYSROOT 2

/**
 * The boot menu, or one of its entries.
 */
#define REGRAFT_FINDING_BOOT_ENTRY 3

/**
 * A kernel or initramfs that a boot entry names.
 */
#define REGRAFT_FINDING_KERNEL 4

/**
 * A deployment's folder, changed by hand or gone.
 */
#define REGRAFT_FINDING_DEPLOYMENT 5

/**
 * A deployment's origin file.
 */
#define REGRAFT_FINDING_ORIGIN 6

/**
 * A deployment's package database.
 */
#define REGRAFT_FINDING_DATABASE 7

/**
 * A ref that leads nowhere.
 */
#define REGRAFT_FINDING_REFERENCE 8

/**
 * An object of the repository, or several that are missing.
 */
#define REGRAFT_FINDING_OBJECT 9

/**
 * The boot partition has no room for another kernel.
 */
#define REGRAFT_FINDING_NO_ROOM 10

/**
 * Who puts it right is known only to a library newer than this header.
 */
#define REGRAFT_MEND_OTHER 0

/**
 * `regraft_sysroot_recover` puts it right.
 */
#define REGRAFT_MEND_RECOVER 1

/**
 * A person puts it right, as the remedy says.
 */
#define REGRAFT_MEND_BY_HAND 2

/**
 * Packages need a signature by a trusted key.
 */
#define REGRAFT_SIGNATURE_REQUIRED 0

/**
 * Packages are taken without one.
 */
#define REGRAFT_SIGNATURE_NOT_REQUIRED 1

/**
 * Start from the deployment that boots next.
 */
#define REGRAFT_BASE_PENDING 0

/**
 * Start from the deployment that runs now.
 */
#define REGRAFT_BASE_BOOTED 1

/**
 * What is known only to a library newer than this header; the name tells it.
 */
#define REGRAFT_ACTION_OTHER 0

/**
 * The package is added.
 */
#define REGRAFT_ACTION_INSTALL 1

/**
 * It replaces an older version.
 */
#define REGRAFT_ACTION_UPGRADE 2

/**
 * It replaces a newer version.
 */
#define REGRAFT_ACTION_DOWNGRADE 3

/**
 * It replaces a package of the same version with other content.
 */
#define REGRAFT_ACTION_REINSTALL 4

/**
 * It is taken out.
 */
#define REGRAFT_ACTION_REMOVE 5

/**
 * What is known only to a library newer than this header; the text tells it.
 */
#define REGRAFT_REASON_OTHER 0

/**
 * The program asked for the subject: a name, capability, path or file.
 */
#define REGRAFT_REASON_REQUESTED 1

/**
 * The subject, a package, needs it.
 */
#define REGRAFT_REASON_REQUIRED_BY 2

/**
 * The subject, a package, recommends it.
 */
#define REGRAFT_REASON_RECOMMENDED_BY 3

/**
 * The subject, a package, replaces it.
 */
#define REGRAFT_REASON_OBSOLETED_BY 4

/**
 * The program asked to remove it from the base.
 */
#define REGRAFT_REASON_REMOVED 5

/**
 * The program asked to replace it.
 */
#define REGRAFT_REASON_REPLACED 6

/**
 * The new base brings it, or no longer has it.
 */
#define REGRAFT_REASON_BASE 7

/**
 * What is known only to a library newer than this header; the text tells it.
 */
#define REGRAFT_OUTCOME_OTHER 0

/**
 * A new deployment, finished when the machine shuts down.
 */
#define REGRAFT_OUTCOME_STAGED 1

/**
 * A new deployment, or an old one that is first again, which boots next.
 */
#define REGRAFT_OUTCOME_DEPLOYED 2

/**
 * Everything was as wanted already.
 */
#define REGRAFT_OUTCOME_UNCHANGED 3

/**
 * A dependency's comparison: any version.
 */
#define REGRAFT_SENSE_ANY 0

/**
 * A bit of a dependency's comparison: less than.
 */
#define REGRAFT_SENSE_LESS 2

/**
 * A bit of a dependency's comparison: greater than.
 */
#define REGRAFT_SENSE_GREATER 4

/**
 * A bit of a dependency's comparison: equal to.
 */
#define REGRAFT_SENSE_EQUAL 8

/**
 * A kind of dependency: what a package provides.
 */
#define REGRAFT_DEPENDENCY_PROVIDES 0

/**
 * What it requires, what rpm itself must be able to do (`rpmlib(...)`) included.
 */
#define REGRAFT_DEPENDENCY_REQUIRES 1

/**
 * What it cannot be installed with.
 */
#define REGRAFT_DEPENDENCY_CONFLICTS 2

/**
 * What it replaces.
 */
#define REGRAFT_DEPENDENCY_OBSOLETES 3

/**
 * What is installed with it unless that is impossible or unwanted.
 */
#define REGRAFT_DEPENDENCY_RECOMMENDS 4

/**
 * What goes well with it.
 */
#define REGRAFT_DEPENDENCY_SUGGESTS 5

/**
 * What recommends it in reverse.
 */
#define REGRAFT_DEPENDENCY_SUPPLEMENTS 6

/**
 * What suggests it in reverse.
 */
#define REGRAFT_DEPENDENCY_ENHANCES 7

/**
 * A package that a repository has. Immutable, and borrowed from a list: any thread.
 */
typedef struct regraft_available regraft_available;

/**
 * Packages, sorted by name and version. Immutable: any thread.
 */
typedef struct regraft_available_list regraft_available_list;

/**
 * A base commit. Immutable, and borrowed from the plan.
 */
typedef struct regraft_base_commit regraft_base_commit;

/**
 * Cancels one job. Any thread, at any time; not from a signal handler.
 */
typedef struct regraft_cancel regraft_cancel;

/**
 * One package change. Immutable, and borrowed from what has it.
 */
typedef struct regraft_change regraft_change;

/**
 * Package changes, sorted by name. Immutable: any thread.
 */
typedef struct regraft_change_list regraft_change_list;

/**
 * One entry of a package's changelog. Immutable, and borrowed from the package: any thread.
 */
typedef struct regraft_changelog_entry regraft_changelog_entry;

/**
 * A base to be composed. Setters record; `regraft_compose_run` acts. One call at a time: any
 * thread may use it, and gets `REGRAFT_IN_USE` while another call has it.
 */
typedef struct regraft_compose regraft_compose;

/**
 * What composing made. Immutable: any thread.
 */
typedef struct regraft_composed regraft_composed;

/**
 * One path for which two owners have different content, of an error of kind
 * `REGRAFT_ERROR_FILE_CONFLICT`. Borrowed from the error.
 */
typedef struct regraft_conflict regraft_conflict;

/**
 * One entry of a package's Provides, Requires, Conflicts, Obsoletes, Recommends and so on.
 * Immutable, and borrowed from whatever has it: any thread.
 */
typedef struct regraft_dependency regraft_dependency;

/**
 * A list of them, in the package's order. Immutable: any thread. Borrowed from the package.
 */
typedef struct regraft_dependency_list regraft_dependency_list;

/**
 * A deployment as it was when the snapshot was taken. Immutable, and borrowed from the snapshot.
 */
typedef struct regraft_deployment regraft_deployment;

/**
 * Why a call failed. Immutable: any thread. Owned by the program, which frees it with
 * `regraft_error_free`.
 */
typedef struct regraft_error regraft_error;

/**
 * Epoch, version and release, read from a text. (`regraft_evr_compare` compares texts.) Immutable:
 * any thread.
 */
typedef struct regraft_evr regraft_evr;

/**
 * One thing that is wrong, or was mended. Immutable, and borrowed from its list.
 */
typedef struct regraft_finding regraft_finding;

/**
 * Findings, sorted by kind. Immutable: any thread.
 */
typedef struct regraft_finding_list regraft_finding_list;

/**
 * An installed package, as the database has it. Immutable: any thread. Borrowed from a list, which
 * needs the database no more.
 */
typedef struct regraft_installed regraft_installed;

/**
 * Installed packages, sorted by NEVRA. Immutable: any thread.
 */
typedef struct regraft_installed_list regraft_installed_list;

/**
 * A call that was killed, or lost its power, before it had ended, and of which something is left.
 * Immutable, and borrowed from the snapshot.
 */
typedef struct regraft_interrupted regraft_interrupted;

/**
 * Progress and cancel of the long calls that it is given to. One call at a time: any thread may
 * use it, and gets `REGRAFT_IN_USE` while another call has it. Once cancelled it stays so, and
 * every call with it fails; make a new one to go on.
 */
typedef struct regraft_job regraft_job;

/**
 * OpenPGP certificates that are trusted; a package must be signed by one of them. One call at a
 * time: any thread may use it, and gets `REGRAFT_IN_USE` while another call has it.
 */
typedef struct regraft_keyring regraft_keyring;

/**
 * Name, epoch, version, release and architecture of one package. Immutable, and borrowed from
 * whatever has it.
 */
typedef struct regraft_nevra regraft_nevra;

/**
 * NEVRAs. Immutable: any thread.
 */
typedef struct regraft_nevra_list regraft_nevra_list;

/**
 * An origin file. It never changes: what edits it makes another one, which has the same bytes
 * wherever nothing was edited, comments and unknown keys included. Lists are sorted as rpm-ostree
 * sorts them. Immutable: any thread.
 */
typedef struct regraft_origin regraft_origin;

/**
 * A local RPM that an origin names. Immutable, and borrowed from the origin: any thread.
 */
typedef struct regraft_origin_local regraft_origin_local;

/**
 * Base packages that are replaced from one repository. Immutable, and borrowed from the origin:
 * any thread.
 */
typedef struct regraft_origin_replacement regraft_origin_replacement;

/**
 * What a writing call did. Immutable: any thread.
 */
typedef struct regraft_outcome regraft_outcome;

/**
 * One RPM package file, held open. Immutable: any thread.
 */
typedef struct regraft_package regraft_package;

/**
 * One file of a package, as its header describes it. Immutable: any thread. Borrowed from a list.
 */
typedef struct regraft_package_file regraft_package_file;

/**
 * A package's files, in its order. Immutable: any thread.
 */
typedef struct regraft_package_file_list regraft_package_file_list;

/**
 * A dependency that was read from a text. Immutable: any thread.
 */
typedef struct regraft_parsed_dependency regraft_parsed_dependency;

/**
 * A NEVRA that was read from a text. Immutable: any thread.
 */
typedef struct regraft_parsed_nevra regraft_parsed_nevra;

/**
 * A value that fixes every change. Immutable: any thread. It survives a restart of the program as
 * JSON.
 */
typedef struct regraft_plan regraft_plan;

/**
 * A package that will be layered. Immutable, and borrowed from the plan.
 */
typedef struct regraft_planned_package regraft_planned_package;

/**
 * One reason why a request cannot be satisfied, of an error of kind `REGRAFT_ERROR_UNSOLVABLE`.
 * Borrowed from the error.
 */
typedef struct regraft_problem regraft_problem;

/**
 * One report of progress, borrowed by a `regraft_progress_callback` until it returns.
 */
typedef struct regraft_progress regraft_progress;

/**
 * One repository: the section of a `.repo` file (dnf.conf(5)). Immutable, and borrowed from a
 * list: any thread.
 */
typedef struct regraft_repo_config regraft_repo_config;

/**
 * Repositories, in the order of their files. Immutable: any thread.
 */
typedef struct regraft_repo_config_list regraft_repo_config_list;

/**
 * A repository whose metadata is in the cache now. Immutable, and borrowed from a list: any
 * thread.
 */
typedef struct regraft_repository_state regraft_repository_state;

/**
 * Repositories. Immutable: any thread.
 */
typedef struct regraft_repository_state_list regraft_repository_state_list;

/**
 * A tree's rpm database, read-only: nothing is ever written beside it, nor locked. One call at a
 * time: any thread may use it, and gets `REGRAFT_IN_USE` while another call has it; what it
 * answers needs it no more.
 */
typedef struct regraft_rpmdb regraft_rpmdb;

/**
 * One script's run. Immutable, and borrowed from the outcome.
 */
typedef struct regraft_script_log regraft_script_log;

/**
 * Who signed. Immutable, and borrowed from the verification: any thread.
 */
typedef struct regraft_signer regraft_signer;

/**
 * All deployments at one moment. Immutable: any thread.
 */
typedef struct regraft_snapshot regraft_snapshot;

/**
 * An OSTree sysroot: a path with options, which holds nothing open. Immutable: any thread, several
 * at a time. What it makes (snapshots, transactions) does not need it any more.
 */
typedef struct regraft_sysroot regraft_sysroot;

/**
 * A text that belongs to the program. Immutable: any thread.
 */
typedef struct regraft_text regraft_text;

/**
 * How long the phases of a call took. Immutable: any thread.
 */
typedef struct regraft_timings regraft_timings;

/**
 * Wishes that become one new deployment, or nothing. Setters record wishes;
 * `regraft_transaction_plan` checks and decides and `regraft_transaction_stage` acts. Success
 * spends it: later plans and stages fail with `REGRAFT_ERROR_SPENT`. After any error of the library
 * it is as it was, so that nothing has to be asked for twice. Freeing one leaves nothing behind.
 *
 * One call at a time: any thread may use it, and gets `REGRAFT_IN_USE` while another call has it.
 */
typedef struct regraft_transaction regraft_transaction;

/**
 * A treefile with all that it includes. What the files do not say is NULL, -1 or an empty list.
 * Immutable: any thread.
 */
typedef struct regraft_treefile regraft_treefile;

/**
 * Values of the variables that `.repo` files may use, such as `$releasever` and `${basearch}`. One
 * that has no value stays in the text as it is, as dnf leaves it; `releasever_major` and
 * `releasever_minor` follow from `releasever` unless set themselves. One call at a time: any
 * thread may use them, and gets `REGRAFT_IN_USE` while another call has them.
 */
typedef struct regraft_variables regraft_variables;

/**
 * What `regraft_package_verify` found to be true. Immutable: any thread.
 */
typedef struct regraft_verification regraft_verification;

/**
 * A digest that was promised and found. Immutable, and borrowed from the verification: any thread.
 */
typedef struct regraft_verified_digest regraft_verified_digest;

/**
 * What a transaction was asked for. Immutable, and borrowed from the plan.
 */
typedef struct regraft_wishes regraft_wishes;

/**
 * What a call that can fail answers: `REGRAFT_OK`, one of the ABI's own codes (1 to 99), or the
 * kind of the library's error (100 and up). A number never changes its meaning; new ones are
 * added, so programs treat one that they do not know as a failure.
 */
typedef int32_t regraft_code;

/**
 * Hears of a call's progress, on the thread that made the call and while that call runs. `progress`
 * is borrowed until it returns; `userdata` is what was given with it. It answers
 * `REGRAFT_CONTINUE` or `REGRAFT_CANCEL`; anything else cancels, too, and a call that ends early
 * for it fails with `REGRAFT_BAD_ENUM` (for a callback in Rust that panics, `REGRAFT_PANIC`). It may
 * call the library, but the job and what the running call changes answer `REGRAFT_IN_USE`; freeing
 * them is fine. It must return: no `longjmp`, and a C++ exception that leaves it ends the process.
 */
typedef int (*regraft_progress_callback)(const regraft_progress *progress, void *userdata);

/**
 * It has done what it should.
 */
#define REGRAFT_OK 0

/**
 * An argument is NULL that must not be.
 */
#define REGRAFT_NULL_ARGUMENT 1

/**
 * A string is not UTF-8.
 */
#define REGRAFT_BAD_UTF8 2

/**
 * An integer argument, or what a callback answered, is none of the values that the header lists.
 */
#define REGRAFT_BAD_ENUM 3

/**
 * The library, or a callback written in Rust, has panicked. The handles that can change and were
 * part of the call are spent when it was the library.
 */
#define REGRAFT_PANIC 4

/**
 * A call that has not ended uses the handle: on another thread, or this one from a callback.
 */
#define REGRAFT_IN_USE 5

/**
 * An earlier call with this handle has panicked: free it and make another.
 */
#define REGRAFT_SPENT 6

/**
 * The operating system refused something that usually works; retry or look at the machine.
 */
#define REGRAFT_ERROR_IO 100

/**
 * Another program holds the lock: wait, then call again.
 */
#define REGRAFT_ERROR_BUSY 101

/**
 * The plan was made from a state that has moved: plan again.
 */
#define REGRAFT_ERROR_STALE 102

/**
 * This transaction has been staged already: open a new one.
 */
#define REGRAFT_ERROR_SPENT 103

/**
 * The caller cancelled.
 */
#define REGRAFT_ERROR_CANCELLED 104

/**
 * Something that was named does not exist.
 */
#define REGRAFT_ERROR_NOT_FOUND 105

/**
 * The folder is no OSTree sysroot, or it is in a format that this version cannot read.
 */
#define REGRAFT_ERROR_NOT_A_SYSROOT 106

/**
 * This user may not do that.
 */
#define REGRAFT_ERROR_PERMISSION 107

/**
 * The disk (or its inodes) is full.
 */
#define REGRAFT_ERROR_NO_SPACE 108

/**
 * Data is damaged or does not have the format that it should have.
 */
#define REGRAFT_ERROR_CORRUPT 109

/**
 * Data differs from the digest or size that was promised for it.
 */
#define REGRAFT_ERROR_DIGEST 110

/**
 * A signature is missing, bad, or by a key that is not trusted.
 */
#define REGRAFT_ERROR_SIGNATURE 111

/**
 * A server could not be reached or refused.
 */
#define REGRAFT_ERROR_NETWORK 112

/**
 * A configuration file (`.repo`, origin, treefile) is wrong.
 */
#define REGRAFT_ERROR_CONFIG 113

/**
 * No set of packages satisfies the request.
 */
#define REGRAFT_ERROR_UNSOLVABLE 114

/**
 * Two packages (or a package and the base) want different content at one path.
 */
#define REGRAFT_ERROR_FILE_CONFLICT 115

/**
 * A package's scriptlet failed.
 */
#define REGRAFT_ERROR_SCRIPT_FAILED 116

/**
 * Something that regraft does not do (yet) was met; nothing was written.
 */
#define REGRAFT_ERROR_UNSUPPORTED 117

/**
 * An argument has a value that cannot mean anything.
 */
#define REGRAFT_ERROR_INVALID_ARGUMENT 118

/**
 * A package has a file where an OSTree system cannot have one.
 */
#define REGRAFT_ERROR_PATH_NOT_ALLOWED 119

/**
 * The sandbox for scriptlets cannot work on this machine as it is set up.
 */
#define REGRAFT_ERROR_SANDBOX 120

/**
 * The new base is older than the deployed one.
 */
#define REGRAFT_ERROR_DOWNGRADE 121

/**
 * The request is already met.
 */
#define REGRAFT_ERROR_ALREADY_PRESENT 122

/**
 * The sysroot or the base is in a state that does not allow the operation.
 */
#define REGRAFT_ERROR_STATE 123

/**
 * libostree failed in a way that has no kind of its own.
 */
#define REGRAFT_ERROR_ENGINE 124

/**
 * A defect of regraft: please report it.
 */
#define REGRAFT_ERROR_INTERNAL 125

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * The version of the ABI that the library has which the program runs with. It is
 * `REGRAFT_ABI_VERSION` or greater where the library is as new as the header. Any thread.
 */
uint32_t regraft_abi_version(void);

/**
 * The version of the library that the program runs with: `MAJOR.MINOR.PATCH`. Any thread; never
 * to be freed.
 */
const char *regraft_version(void);

/**
 * `NAME-[EPOCH:]VERSION-RELEASE.ARCH`. `""` for NULL. Borrowed from the NEVRA.
 */
const char *regraft_nevra_text(const regraft_nevra *nevra);

/**
 * The name. `""` for NULL. Borrowed from the NEVRA.
 */
const char *regraft_nevra_name(const regraft_nevra *nevra);

/**
 * The epoch; 0 where a package has none, and for NULL.
 */
uint32_t regraft_nevra_epoch(const regraft_nevra *nevra);

/**
 * The version. `""` for NULL. Borrowed from the NEVRA.
 */
const char *regraft_nevra_version(const regraft_nevra *nevra);

/**
 * The release. `""` for NULL. Borrowed from the NEVRA.
 */
const char *regraft_nevra_release(const regraft_nevra *nevra);

/**
 * `[EPOCH:]VERSION-RELEASE`. `""` for NULL. Borrowed from the NEVRA.
 */
const char *regraft_nevra_evr(const regraft_nevra *nevra);

/**
 * The architecture, `noarch` included. `""` for NULL. Borrowed from the NEVRA.
 */
const char *regraft_nevra_arch(const regraft_nevra *nevra);

/**
 * Compares two texts `[EPOCH:]VERSION[-RELEASE]` as rpm does: `*order` becomes negative when `a` is
 * older, 0 when rpm sees no difference, positive when `a` is newer; 0 on failure. Any thread.
 *
 * Fails with `REGRAFT_ERROR_INVALID_ARGUMENT` for what is no EVR.
 */
regraft_code regraft_evr_compare(const char *a,
                                 const char *b,
                                 int32_t *order,
                                 regraft_error **error);

/**
 * The code that the call answered; `REGRAFT_OK` for NULL.
 */
regraft_code regraft_error_kind(const regraft_error *error);

/**
 * The code's name in kebab case: `busy`, `file-conflict`; `null-argument`, `in-use`. `""` for
 * NULL. Borrowed from the error.
 */
const char *regraft_error_kind_name(const regraft_error *error);

/**
 * One sentence for people: which object, what is wrong, what to do. `""` for NULL. Borrowed from
 * the error.
 */
const char *regraft_error_message(const regraft_error *error);

/**
 * The error as a JSON object: `kind` (the name), `code`, `message`, and what the kind has besides,
 * such as `holder`, `problems`, `conflicts`, `package`, `script`, `output`, `object`, `path`,
 * `remedy`. Keys are only ever added. `""` for NULL. Borrowed from the error.
 */
const char *regraft_error_to_json(const regraft_error *error);

/**
 * How many problems an error of kind `REGRAFT_ERROR_UNSOLVABLE` has; 0 for others and NULL.
 */
size_t regraft_error_problem_count(const regraft_error *error);

/**
 * The problem at `index`; NULL where there is none. Borrowed from the error.
 */
const regraft_problem *regraft_error_problem_get(const regraft_error *error, size_t index);

/**
 * What is wrong, naming the packages. `""` for NULL. Borrowed from the error.
 */
const char *regraft_problem_explanation(const regraft_problem *problem);

/**
 * How many ways out are suggested.
 */
size_t regraft_problem_suggestion_count(const regraft_problem *problem);

/**
 * One way out, such as `do not install foo`; NULL where there is none at `index`. Borrowed from
 * the error.
 */
const char *regraft_problem_suggestion_get(const regraft_problem *problem, size_t index);

/**
 * How many conflicts an error of kind `REGRAFT_ERROR_FILE_CONFLICT` has; 0 for others and NULL.
 */
size_t regraft_error_conflict_count(const regraft_error *error);

/**
 * The conflict at `index`; NULL where there is none. Borrowed from the error.
 */
const regraft_conflict *regraft_error_conflict_get(const regraft_error *error, size_t index);

/**
 * The path in the tree, beginning with `/`. `""` for NULL. Borrowed from the error.
 */
const char *regraft_conflict_path(const regraft_conflict *conflict);

/**
 * The package that has the path already; NULL for a file of the base that no package owns.
 * Borrowed from the error.
 */
const regraft_nevra *regraft_conflict_first(const regraft_conflict *conflict);

/**
 * The package that wants the path, too; NULL for NULL. Borrowed from the error.
 */
const regraft_nevra *regraft_conflict_second(const regraft_conflict *conflict);

/**
 * The conflict in one line. `""` for NULL. Borrowed from the error.
 */
const char *regraft_conflict_text(const regraft_conflict *conflict);

/**
 * For `REGRAFT_ERROR_SCRIPT_FAILED`: the package whose script failed; NULL for other errors.
 * Borrowed from the error.
 */
const regraft_nevra *regraft_error_script_package(const regraft_error *error);

/**
 * For `REGRAFT_ERROR_SCRIPT_FAILED`: which script, such as `post`; NULL for other errors. Borrowed
 * from the error.
 */
const char *regraft_error_script_name(const regraft_error *error);

/**
 * For `REGRAFT_ERROR_SCRIPT_FAILED`: how it ended, such as `exit status 3`; NULL for other errors.
 * Borrowed from the error.
 */
const char *regraft_error_script_status(const regraft_error *error);

/**
 * For `REGRAFT_ERROR_SCRIPT_FAILED`: the end of what it printed; NULL for other errors. Borrowed
 * from the error.
 */
const char *regraft_error_script_output(const regraft_error *error);

/**
 * For `REGRAFT_ERROR_SCRIPT_FAILED`: how many seconds it ran; 0 for other errors.
 */
double regraft_error_script_seconds(const regraft_error *error);

/**
 * For `REGRAFT_ERROR_BUSY`: who holds the lock, such as `regraft (pid 123)` or `another program`;
 * NULL for other errors. Borrowed from the error.
 */
const char *regraft_error_busy_holder(const regraft_error *error);

/**
 * Frees an error; NULL is fine.
 */
void regraft_error_free(regraft_error *error);

/**
 * How much of the whole call is done, from 0 to 1; within one call it only grows. 0 for NULL.
 */
double regraft_progress_fraction(const regraft_progress *progress);

/**
 * What is being done, as one lower-case word: `download`. `""` for NULL. Borrowed from the report.
 */
const char *regraft_progress_phase(const regraft_progress *progress);

/**
 * The same as a number: `REGRAFT_PHASE_DOWNLOAD` and so on; `REGRAFT_PHASE_OTHER` for NULL.
 */
int32_t regraft_progress_phase_number(const regraft_progress *progress);

/**
 * How much of this phase is done, in its unit; at most its total. 0 for NULL.
 */
uint64_t regraft_progress_done(const regraft_progress *progress);

/**
 * How much this phase has to do, in its unit; 0 when that is not known, and for NULL.
 */
uint64_t regraft_progress_total(const regraft_progress *progress);

/**
 * What done and total count: `REGRAFT_UNIT_BYTES` or `REGRAFT_UNIT_ITEMS`; the former for NULL.
 */
int32_t regraft_progress_unit(const regraft_progress *progress);

/**
 * The object being worked on (a package, a file), or `""`. Borrowed from the report.
 */
const char *regraft_progress_detail(const regraft_progress *progress);

/**
 * Makes a job that tells nobody anything. The program owns it; `regraft_job_free`.
 */
regraft_job *regraft_job_new(void);

/**
 * Sets the function that hears of progress, at most some 20 times a second and at each change of
 * phase; NULL for none. `userdata` goes to it as it is, and must stay usable for it as long as the
 * job is given to calls.
 */
regraft_code regraft_job_on_progress(regraft_job *job,
                                     regraft_progress_callback callback,
                                     void *userdata);

/**
 * Makes a handle with which any thread can cancel the job, also while a call has it. The program
 * owns it, and may free it before or after the job; `regraft_cancel_free`.
 */
regraft_code regraft_job_cancel_handle(const regraft_job *job,
                                       regraft_cancel **cancel,
                                       regraft_error **error);

/**
 * Whether somebody has cancelled the job, also while a call has it; false for NULL.
 */
bool regraft_job_is_cancelled(const regraft_job *job);

/**
 * How long each phase of the job's last call took, in the order in which they began. What comes
 * before the first one counts to it, so that all together are the whole call.
 */
regraft_code regraft_job_timings(const regraft_job *job,
                                 regraft_timings **timings,
                                 regraft_error **error);

/**
 * Frees a job; NULL is fine, and so is one that a call has, which ends as it would.
 */
void regraft_job_free(regraft_job *job);

/**
 * Asks the job's present and later calls to stop. The present one fails with
 * `REGRAFT_ERROR_CANCELLED`, unless it was past the point of no return. NULL does nothing.
 */
void regraft_cancel_cancel(const regraft_cancel *cancel);

/**
 * Whether somebody has cancelled; false for NULL.
 */
bool regraft_cancel_is_cancelled(const regraft_cancel *cancel);

/**
 * Frees a cancel handle; NULL is fine. The job goes on.
 */
void regraft_cancel_free(regraft_cancel *cancel);

/**
 * How many phases the call went through; 0 for NULL.
 */
size_t regraft_timings_count(const regraft_timings *timings);

/**
 * The name of the phase at `index`; NULL where there is none. Borrowed from the timings.
 */
const char *regraft_timings_phase(const regraft_timings *timings, size_t index);

/**
 * The number of the phase at `index`: `REGRAFT_PHASE_DOWNLOAD` and so on; `REGRAFT_PHASE_OTHER`
 * where there is none.
 */
int32_t regraft_timings_phase_number(const regraft_timings *timings, size_t index);

/**
 * How many seconds the phase at `index` took; 0 where there is none.
 */
double regraft_timings_seconds(const regraft_timings *timings, size_t index);

/**
 * Frees timings; NULL is fine.
 */
void regraft_timings_free(regraft_timings *timings);

/**
 * Opens the sysroot at `path`: `/` is the running machine. Reading it needs no privileges. The
 * program owns it; `regraft_sysroot_free`.
 *
 * Fails with `REGRAFT_ERROR_NOT_FOUND` when there is no such folder, and with
 * `REGRAFT_ERROR_NOT_A_SYSROOT` when it is none, or is in a format that this version cannot read.
 */
regraft_code regraft_sysroot_open(const char *path,
                                  regraft_sysroot **sysroot,
                                  regraft_error **error);

/**
 * Makes an empty sysroot in the existing folder `path`, and opens it. One that is there already
 * stays as it is. The program owns it; `regraft_sysroot_free`.
 *
 * Fails with `REGRAFT_ERROR_ENGINE`, `REGRAFT_ERROR_PERMISSION` or `REGRAFT_ERROR_IO` when the
 * folder cannot be written to.
 */
regraft_code regraft_sysroot_create(const char *path,
                                    regraft_sysroot **sysroot,
                                    regraft_error **error);

/**
 * Makes the stateroot `name`, with its `/var`; one that is there already stays as it is. `*scoped`
 * becomes the same sysroot with all calls about that stateroot, owned by the program.
 *
 * Fails with `REGRAFT_ERROR_INVALID_ARGUMENT` for what cannot be a folder's name, and with
 * `REGRAFT_ERROR_ENGINE` when the sysroot cannot be written to.
 */
regraft_code regraft_sysroot_create_stateroot(const regraft_sysroot *sysroot,
                                              const char *name,
                                              regraft_sysroot **scoped,
                                              regraft_error **error);

/**
 * `*scoped` becomes the same sysroot with all calls about the stateroot `name` (libostree's "OS
 * name"), owned by the program. Without this they are about the stateroot of the booted
 * deployment, or where none is booted, about the only one. That it exists is checked by the calls.
 */
regraft_code regraft_sysroot_stateroot(const regraft_sysroot *sysroot,
                                       const char *name,
                                       regraft_sysroot **scoped,
                                       regraft_error **error);

/**
 * `*waiting` becomes the same sysroot with writing calls waiting up to `milliseconds` for another
 * program to release the lock before they fail with `REGRAFT_ERROR_BUSY`; owned by the program. By
 * default they do not wait.
 */
regraft_code regraft_sysroot_wait_for_lock(const regraft_sysroot *sysroot,
                                           uint64_t milliseconds,
                                           regraft_sysroot **waiting,
                                           regraft_error **error);

/**
 * The sysroot's folder, with no symbolic links in it. `""` for NULL. Borrowed from the sysroot.
 */
const char *regraft_sysroot_path(const regraft_sysroot *sysroot);

/**
 * Reads the deployments of the stateroot, or of all where none was chosen. The program owns the
 * snapshot, which later changes do not reach; `regraft_snapshot_free`.
 *
 * Fails with `REGRAFT_ERROR_NOT_A_SYSROOT`, and with `REGRAFT_ERROR_CORRUPT` or
 * `REGRAFT_ERROR_CONFIG` when a deployment's commit or origin cannot be read.
 */
regraft_code regraft_sysroot_snapshot(const regraft_sysroot *sysroot,
                                      regraft_snapshot **snapshot,
                                      regraft_error **error);

/**
 * Makes the stateroot's second deployment the first one; where the booted one is not first, that
 * one. Doing it twice is doing nothing. The program owns the outcome; `regraft_outcome_free`.
 *
 * Fails with `REGRAFT_ERROR_STATE` when there is no deployment to go back to, and with
 * `REGRAFT_ERROR_BUSY`.
 */
regraft_code regraft_sysroot_rollback(const regraft_sysroot *sysroot,
                                      regraft_job *job,
                                      regraft_outcome **outcome,
                                      regraft_error **error);

/**
 * Removes what `what` says, a sum of `REGRAFT_CLEANUP_*`, and always what nothing refers to any
 * more. The booted deployment, pinned ones and, where none is booted, the first one stay.
 *
 * Fails with `REGRAFT_BAD_ENUM` for a bit that means nothing, `REGRAFT_ERROR_BUSY`,
 * `REGRAFT_ERROR_ENGINE`.
 */
regraft_code regraft_sysroot_cleanup(const regraft_sysroot *sysroot,
                                     uint32_t what,
                                     regraft_job *job,
                                     regraft_error **error);

/**
 * Frees a sysroot; NULL is fine. What was made from it lives on.
 */
void regraft_sysroot_free(regraft_sysroot *sysroot);

/**
 * How many deployments there are; 0 for NULL.
 */
size_t regraft_snapshot_deployment_count(const regraft_snapshot *snapshot);

/**
 * The deployment at `index`, first the one that boots next; NULL where there is none. Borrowed from
 * the snapshot.
 */
const regraft_deployment *regraft_snapshot_deployment_get(const regraft_snapshot *snapshot,
                                                          size_t index);

/**
 * The JSON document that `rpm-ostree status --json` prints, with the same names, and `interrupted`:
 * null, or `program` and `left` of the call that was interrupted. `""` for NULL. Borrowed from the
 * snapshot.
 */
const char *regraft_snapshot_to_json(const regraft_snapshot *snapshot);

/**
 * Frees a snapshot and all that is borrowed from it; NULL is fine.
 */
void regraft_snapshot_free(regraft_snapshot *snapshot);

/**
 * The call that was interrupted; NULL where nothing is left of one. The next call that changes the
 * sysroot removes what is left, and so does `regraft_sysroot_recover`. Borrowed from the snapshot.
 */
const regraft_interrupted *regraft_snapshot_interrupted(const regraft_snapshot *snapshot);

/**
 * The program that made it: `PROGRAM (pid N, started YYYY-MM-DD HH:MM:SS UTC)`; NULL where it has
 * not left its name. Borrowed from the snapshot.
 */
const char *regraft_interrupted_program(const regraft_interrupted *interrupted);

/**
 * How many things are left of it; 0 for NULL.
 */
size_t regraft_interrupted_left_count(const regraft_interrupted *interrupted);

/**
 * One of them: a path, or `the ref NAME`; NULL where there is none at `index`. Borrowed from the
 * snapshot.
 */
const char *regraft_interrupted_left_get(const regraft_interrupted *interrupted, size_t index);

/**
 * Looks at everything that a machine needs to boot and that calls count on: the boot menu and its
 * kernels, the deployments' folders, origins and package databases, all refs, and each object of
 * the repository, byte by byte (some ten seconds for a gigabyte); and what an interrupted call left
 * behind. Changes nothing, and takes no lock. An empty list says that all is well. The program owns
 * the list; `regraft_finding_list_free`.
 *
 * All stateroots are looked at, whichever was chosen. Fails with `REGRAFT_ERROR_IO`,
 * `REGRAFT_ERROR_PERMISSION` or `REGRAFT_ERROR_ENGINE` for what cannot be looked at.
 */
regraft_code regraft_sysroot_check(const regraft_sysroot *sysroot,
                                   regraft_job *job,
                                   regraft_finding_list **list,
                                   regraft_error **error);

/**
 * Removes what interrupted calls left behind, as the next call that changes the sysroot would do;
 * the list has what was removed. Of what is damaged it changes nothing. The program owns the list;
 * `regraft_finding_list_free`.
 *
 * Fails with `REGRAFT_ERROR_BUSY`, with `REGRAFT_ERROR_STATE` where a boot entry was removed by
 * hand, and with `REGRAFT_ERROR_CORRUPT` where damage makes it impossible to tell what is needed.
 */
regraft_code regraft_sysroot_recover(const regraft_sysroot *sysroot,
                                     regraft_job *job,
                                     regraft_finding_list **list,
                                     regraft_error **error);

/**
 * How many findings there are; 0 for NULL.
 */
size_t regraft_finding_list_count(const regraft_finding_list *list);

/**
 * A finding. NULL where there is none at `index`. Borrowed from the list.
 */
const regraft_finding *regraft_finding_list_get(const regraft_finding_list *list, size_t index);

/**
 * The list as a JSON array of objects, each as `regraft_finding_to_json` has it. `""` for NULL.
 * Borrowed from the list.
 */
const char *regraft_finding_list_to_json(const regraft_finding_list *list);

/**
 * Frees a list and all that is borrowed from it; NULL is fine.
 */
void regraft_finding_list_free(regraft_finding_list *list);

/**
 * What it is about: `REGRAFT_FINDING_OBJECT` and so on; `REGRAFT_FINDING_OTHER` for NULL.
 */
int32_t regraft_finding_kind(const regraft_finding *finding);

/**
 * The same as a word: `boot-entry`. `""` for NULL. Borrowed from the list.
 */
const char *regraft_finding_kind_name(const regraft_finding *finding);

/**
 * Its name: a path, a deployment, a ref, an object of the repository. `""` for NULL. Borrowed from
 * the list.
 */
const char *regraft_finding_object(const regraft_finding *finding);

/**
 * What is wrong with it. `""` for NULL. Borrowed from the list.
 */
const char *regraft_finding_reason(const regraft_finding *finding);

/**
 * What to do. `""` for NULL. Borrowed from the list.
 */
const char *regraft_finding_remedy(const regraft_finding *finding);

/**
 * Who can do that: `REGRAFT_MEND_RECOVER` or `REGRAFT_MEND_BY_HAND`; `REGRAFT_MEND_OTHER` for NULL.
 */
int32_t regraft_finding_mend(const regraft_finding *finding);

/**
 * One line: `OBJECT: what is wrong; what to do`. `""` for NULL. Borrowed from the list.
 */
const char *regraft_finding_text(const regraft_finding *finding);

/**
 * The finding as a JSON object: `kind`, `object`, `reason`, `remedy`, `mend` (`recover` or
 * `by-hand`), `text`. Keys are only ever added. `""` for NULL. Borrowed from the list.
 */
const char *regraft_finding_to_json(const regraft_finding *finding);

/**
 * `STATEROOT-CHECKSUM.SERIAL`, as `rpm-ostree status --json` has it. `""` for NULL. Borrowed from
 * the snapshot.
 */
const char *regraft_deployment_id(const regraft_deployment *deployment);

/**
 * The stateroot that it belongs to. `""` for NULL. Borrowed from the snapshot.
 */
const char *regraft_deployment_stateroot(const regraft_deployment *deployment);

/**
 * Tells deployments of one commit apart; 0 for NULL.
 */
uint32_t regraft_deployment_serial(const regraft_deployment *deployment);

/**
 * The deployed commit. `""` for NULL. Borrowed from the snapshot.
 */
const char *regraft_deployment_checksum(const regraft_deployment *deployment);

/**
 * The base commit: the one on which packages were layered, or the deployed commit itself. `""` for
 * NULL. Borrowed from the snapshot.
 */
const char *regraft_deployment_base_checksum(const regraft_deployment *deployment);

/**
 * Whether packages were layered, or anything else was assembled here; false for NULL.
 */
bool regraft_deployment_is_layered(const regraft_deployment *deployment);

/**
 * The commit's version; NULL where it has none. Borrowed from the snapshot.
 */
const char *regraft_deployment_version(const regraft_deployment *deployment);

/**
 * The commit's time, in seconds since 1970; 0 for NULL.
 */
uint64_t regraft_deployment_timestamp(const regraft_deployment *deployment);

/**
 * The ref that it follows, `REMOTE:REF`; NULL where it follows none. Borrowed from the snapshot.
 */
const char *regraft_deployment_refspec(const regraft_deployment *deployment);

/**
 * The text of its origin file: what it follows and what was asked for. `""` for NULL. Borrowed
 * from the snapshot.
 */
const char *regraft_deployment_origin_text(const regraft_deployment *deployment);

/**
 * How many requests are layered; one that the base met is in the origin only.
 */
size_t regraft_deployment_package_count(const regraft_deployment *deployment);

/**
 * A request that is layered; NULL where there is none at `index`. Borrowed from the snapshot.
 */
const char *regraft_deployment_package_get(const regraft_deployment *deployment, size_t index);

/**
 * How many packages of the base were taken out.
 */
size_t regraft_deployment_removed_base_package_count(const regraft_deployment *deployment);

/**
 * A package of the base that was taken out; NULL where there is none at `index`. Borrowed from the
 * snapshot.
 */
const regraft_nevra *regraft_deployment_removed_base_package_get(const regraft_deployment *deployment,
                                                                 size_t index);

/**
 * How many arguments its kernel boots with.
 */
size_t regraft_deployment_kernel_argument_count(const regraft_deployment *deployment);

/**
 * An argument that its kernel boots with; NULL where there is none at `index`. Borrowed from the
 * snapshot.
 */
const char *regraft_deployment_kernel_argument_get(const regraft_deployment *deployment,
                                                   size_t index);

/**
 * Whether the machine runs it now; false for NULL.
 */
bool regraft_deployment_is_booted(const regraft_deployment *deployment);

/**
 * Whether it becomes bootable at shutdown; false for NULL.
 */
bool regraft_deployment_is_staged(const regraft_deployment *deployment);

/**
 * Whether it is kept until it is unpinned; false for NULL.
 */
bool regraft_deployment_is_pinned(const regraft_deployment *deployment);

/**
 * The digest of the requests and packages, as rpm-ostree computes it; NULL for a base. Borrowed
 * from the snapshot.
 */
const char *regraft_deployment_state_digest(const regraft_deployment *deployment);

/**
 * The deployment as in the list `deployments` of `rpm-ostree status --json`. `""` for NULL.
 * Borrowed from the snapshot.
 */
const char *regraft_deployment_to_json(const regraft_deployment *deployment);

/**
 * Begins a transaction on a deployment of the sysroot's stateroot: `REGRAFT_BASE_PENDING` or
 * `REGRAFT_BASE_BOOTED`. The program owns it; `regraft_transaction_free`.
 *
 * Fails with `REGRAFT_ERROR_STATE` when there is no such deployment, or several stateroots and none
 * was chosen, and with `REGRAFT_BAD_ENUM` for another `base`.
 */
regraft_code regraft_transaction_new(const regraft_sysroot *sysroot,
                                     int32_t base,
                                     regraft_transaction **transaction,
                                     regraft_error **error);

/**
 * Begins a transaction on one certain deployment, of a snapshot of this sysroot. The program owns
 * it; `regraft_transaction_free`. That the deployment is still there is checked by the plan.
 */
regraft_code regraft_transaction_new_on(const regraft_sysroot *sysroot,
                                        const regraft_deployment *deployment,
                                        regraft_transaction **transaction,
                                        regraft_error **error);

/**
 * Begins a transaction that deploys what `refspec` names (`REMOTE:REF`, or a ref or commit of the
 * repository), without looking at the origin of any deployment: the first one of a stateroot, for
 * instance. The program owns it; `regraft_transaction_free`.
 */
regraft_code regraft_transaction_deploy_commit(const regraft_sysroot *sysroot,
                                               const char *refspec,
                                               regraft_transaction **transaction,
                                               regraft_error **error);

/**
 * Takes up a plan that was made earlier, perhaps by another process: the transaction has its wishes
 * and can stage it. The program owns it; `regraft_transaction_free`.
 */
regraft_code regraft_transaction_resume(const regraft_sysroot *sysroot,
                                        const regraft_plan *plan,
                                        regraft_transaction **transaction,
                                        regraft_error **error);

/**
 * Follow the base's ref to its newest commit; layered packages are solved again on it.
 */
regraft_code regraft_transaction_upgrade(regraft_transaction *transaction, regraft_error **error);

/**
 * A base that is older than the deployed one is fine.
 */
regraft_code regraft_transaction_allow_downgrade(regraft_transaction *transaction,
                                                 regraft_error **error);

/**
 * A request that the base meets already is remembered, and becomes active when the base drops the
 * package, instead of being an error.
 */
regraft_code regraft_transaction_allow_inactive(regraft_transaction *transaction,
                                                regraft_error **error);

/**
 * Asking for what is there already is no error.
 */
regraft_code regraft_transaction_idempotent(regraft_transaction *transaction,
                                            regraft_error **error);

/**
 * Layer a package: its name, a capability that it provides, or a path that it has.
 */
regraft_code regraft_transaction_install(regraft_transaction *transaction,
                                         const char *request,
                                         regraft_error **error);

/**
 * Take a layered request back, as it was given to `regraft_transaction_install`.
 */
regraft_code regraft_transaction_uninstall(regraft_transaction *transaction,
                                           const char *request,
                                           regraft_error **error);

/**
 * Take a package of the base out, by name.
 */
regraft_code regraft_transaction_remove_base(regraft_transaction *transaction,
                                             const char *name,
                                             regraft_error **error);

/**
 * Put a package of the base back that `regraft_transaction_remove_base` took out.
 */
regraft_code regraft_transaction_reset_base(regraft_transaction *transaction,
                                            const char *name,
                                            regraft_error **error);

/**
 * Adds a kernel argument to a first deployment; later ones keep those of the one before.
 */
regraft_code regraft_transaction_kernel_argument(regraft_transaction *transaction,
                                                 const char *argument,
                                                 regraft_error **error);

/**
 * How long each script may run until it is killed and staging fails with
 * `REGRAFT_ERROR_SCRIPT_FAILED`; ten minutes by default. A cancel ends a script at once.
 */
regraft_code regraft_transaction_script_timeout(regraft_transaction *transaction,
                                                uint64_t milliseconds,
                                                regraft_error **error);

/**
 * Whether packages need a signature by a trusted key: `REGRAFT_SIGNATURE_REQUIRED` or
 * `REGRAFT_SIGNATURE_NOT_REQUIRED`. By default their repository's `gpgcheck` decides, and where
 * that is absent they do. The plan shows when they do not.
 */
regraft_code regraft_transaction_signatures(regraft_transaction *transaction,
                                            int32_t signature,
                                            regraft_error **error);

/**
 * Decides what staging will do, without locking the sysroot or changing a deployment. Pulls a new
 * base and refreshes repository metadata where the wishes need that; both are kept as cache
 * entries. The program owns the plan; `regraft_plan_free`.
 *
 * Fails with `REGRAFT_ERROR_UNSOLVABLE` with each problem and what would fix it,
 * `REGRAFT_ERROR_NOT_FOUND` for a request that no package meets, `REGRAFT_ERROR_ALREADY_PRESENT`
 * for one that is met, `REGRAFT_ERROR_FILE_CONFLICT`, `REGRAFT_ERROR_UNSUPPORTED` for what regraft
 * cannot do, `REGRAFT_ERROR_NETWORK`, `REGRAFT_ERROR_SIGNATURE`, `REGRAFT_ERROR_DIGEST`,
 * `REGRAFT_ERROR_DOWNGRADE`, `REGRAFT_ERROR_CANCELLED`, `REGRAFT_ERROR_SPENT`.
 */
regraft_code regraft_transaction_plan(regraft_transaction *transaction,
                                      regraft_job *job,
                                      regraft_plan **plan,
                                      regraft_error **error);

/**
 * Does exactly what `plan` says, or changes nothing. The program owns the outcome;
 * `regraft_outcome_free`.
 *
 * Fails with `REGRAFT_ERROR_STALE` when what the plan was made from has moved,
 * `REGRAFT_ERROR_BUSY` when another program has the lock, `REGRAFT_ERROR_SCRIPT_FAILED` and
 * `REGRAFT_ERROR_FILE_CONFLICT` for what only payloads can tell, and what downloads can fail with.
 * After all of them the transaction is usable, and the system is as it was.
 */
regraft_code regraft_transaction_stage(regraft_transaction *transaction,
                                       const regraft_plan *plan,
                                       regraft_job *job,
                                       regraft_outcome **outcome,
                                       regraft_error **error);

/**
 * Frees a transaction; NULL is fine, and so is one that a call has, which ends as it would.
 */
void regraft_transaction_free(regraft_transaction *transaction);

/**
 * Reads a plan from what `regraft_plan_to_json` gave, perhaps in another process. The program owns
 * it; `regraft_plan_free`. `regraft_transaction_resume` takes it up.
 *
 * Fails with `REGRAFT_ERROR_CONFIG` for what is no plan, and for one of another schema.
 */
regraft_code regraft_plan_from_json(const char *json, regraft_plan **plan, regraft_error **error);

/**
 * The plan as one JSON document (`"schema": 1`; keys are only ever added). Each of its `changes`
 * has its line as `text`. `""` for NULL. Borrowed from the plan.
 */
const char *regraft_plan_to_json(const regraft_plan *plan);

/**
 * A table for people, of several lines: action, package, what it replaces, size, where from and
 * why. `""` for NULL. Borrowed from the plan.
 */
const char *regraft_plan_text(const regraft_plan *plan);

/**
 * How many packages change; 0 for NULL.
 */
size_t regraft_plan_change_count(const regraft_plan *plan);

/**
 * The change at `index`, sorted by name: from what the deployment has now to what the new one will
 * have, those of the base included; NULL where there is none. Borrowed from the plan.
 */
const regraft_change *regraft_plan_change_get(const regraft_plan *plan, size_t index);

/**
 * How many packages will be layered; 0 for NULL.
 */
size_t regraft_plan_layered_count(const regraft_plan *plan);

/**
 * The package at `index`, in the order of installation; NULL where there is none. Borrowed from
 * the plan.
 */
const regraft_planned_package *regraft_plan_layered_get(const regraft_plan *plan, size_t index);

/**
 * What was asked for; NULL for NULL. Borrowed from the plan.
 */
const regraft_wishes *regraft_plan_wishes(const regraft_plan *plan);

/**
 * The base commit of the new deployment; NULL for NULL. Borrowed from the plan.
 */
const regraft_base_commit *regraft_plan_base(const regraft_plan *plan);

/**
 * The base commit of the deployment that the plan starts from; NULL for a first deployment.
 * Borrowed from the plan.
 */
const regraft_base_commit *regraft_plan_previous_base(const regraft_plan *plan);

/**
 * The stateroot that gets the new deployment. `""` for NULL. Borrowed from the plan.
 */
const char *regraft_plan_stateroot(const regraft_plan *plan);

/**
 * The ref that the base follows. `""` for NULL. Borrowed from the plan.
 */
const char *regraft_plan_refspec(const regraft_plan *plan);

/**
 * How many packages have files that an OSTree system cannot have (below `/var` and `/run`); only
 * those are counted whose headers are in the cache.
 */
size_t regraft_plan_dropped_package_count(const regraft_plan *plan);

/**
 * Such a package (NEVRA); NULL where there is none at `index`. Borrowed from the plan.
 */
const char *regraft_plan_dropped_package_get(const regraft_plan *plan, size_t index);

/**
 * How many of its files are left out; 0 where there is no such package at `index`.
 */
size_t regraft_plan_dropped_path_count(const regraft_plan *plan, size_t index);

/**
 * The file at `path` of those; NULL where there is none. Borrowed from the plan.
 */
const char *regraft_plan_dropped_path_get(const regraft_plan *plan, size_t index, size_t path);

/**
 * Whether the deployment is as wanted already, so that staging does nothing; false for NULL.
 */
bool regraft_plan_is_unchanged(const regraft_plan *plan);

/**
 * rpm-ostree's digest of requests and packages (`rpmostree.state-sha512`). `""` for NULL. Borrowed
 * from the plan.
 */
const char *regraft_plan_state_digest(const regraft_plan *plan);

/**
 * Bytes to download; 0 for NULL.
 */
uint64_t regraft_plan_download_size(const regraft_plan *plan);

/**
 * By how many bytes the packages' installed size grows or, where it is negative, shrinks.
 */
int64_t regraft_plan_installed_size_change(const regraft_plan *plan);

/**
 * Frees a plan and all that is borrowed from it; NULL is fine.
 */
void regraft_plan_free(regraft_plan *plan);

/**
 * The commit's checksum. `""` for NULL. Borrowed from the plan.
 */
const char *regraft_base_commit_checksum(const regraft_base_commit *commit);

/**
 * Its version; NULL where it has none. Borrowed from the plan.
 */
const char *regraft_base_commit_version(const regraft_base_commit *commit);

/**
 * Its time, in seconds since 1970; 0 for NULL.
 */
uint64_t regraft_base_commit_timestamp(const regraft_base_commit *commit);

/**
 * Which package; NULL for NULL. Borrowed from the plan.
 */
const regraft_nevra *regraft_planned_package_nevra(const regraft_planned_package *package);

/**
 * Its repository's identifier. `""` for NULL. Borrowed from the plan.
 */
const char *regraft_planned_package_repo(const regraft_planned_package *package);

/**
 * Where it lies in the repository. `""` for NULL. Borrowed from the plan.
 */
const char *regraft_planned_package_location(const regraft_planned_package *package);

/**
 * Another place that the location is relative to; NULL where the repository names none. Borrowed
 * from the plan.
 */
const char *regraft_planned_package_base_url(const regraft_planned_package *package);

/**
 * `ALGORITHM:HEX` of the whole file. `""` for NULL. Borrowed from the plan.
 */
const char *regraft_planned_package_checksum(const regraft_planned_package *package);

/**
 * Bytes of the file; 0 for NULL.
 */
uint64_t regraft_planned_package_size(const regraft_planned_package *package);

/**
 * Whether the cache has it already, so that nothing is downloaded; false for NULL.
 */
bool regraft_planned_package_is_cached(const regraft_planned_package *package);

/**
 * Follow the base's ref to its newest commit; false for NULL.
 */
bool regraft_wishes_upgrade(const regraft_wishes *wishes);

/**
 * A new base older than the deployed one is fine; false for NULL.
 */
bool regraft_wishes_allow_downgrade(const regraft_wishes *wishes);

/**
 * A request that the base meets already is remembered instead of refused; false for NULL.
 */
bool regraft_wishes_allow_inactive(const regraft_wishes *wishes);

/**
 * A request that is there already is no error; false for NULL.
 */
bool regraft_wishes_idempotent(const regraft_wishes *wishes);

/**
 * Packages are taken without a trusted signature; false for NULL.
 */
bool regraft_wishes_unsigned_packages(const regraft_wishes *wishes);

/**
 * Names, capabilities or paths of packages to layer: how many.
 */
size_t regraft_wishes_install_count(const regraft_wishes *wishes);

/**
 * Names, capabilities or paths of packages to layer: the one at `index`; NULL where there is none.
 * Borrowed from the plan.
 */
const char *regraft_wishes_install_get(const regraft_wishes *wishes, size_t index);

/**
 * Layered requests to take back: how many.
 */
size_t regraft_wishes_uninstall_count(const regraft_wishes *wishes);

/**
 * Layered requests to take back: the one at `index`; NULL where there is none. Borrowed from the
 * plan.
 */
const char *regraft_wishes_uninstall_get(const regraft_wishes *wishes, size_t index);

/**
 * Names of packages of the base to take out: how many.
 */
size_t regraft_wishes_remove_base_count(const regraft_wishes *wishes);

/**
 * Names of packages of the base to take out: the one at `index`; NULL where there is none.
 * Borrowed from the plan.
 */
const char *regraft_wishes_remove_base_get(const regraft_wishes *wishes, size_t index);

/**
 * Names of packages of the base to put back: how many.
 */
size_t regraft_wishes_reset_base_count(const regraft_wishes *wishes);

/**
 * Names of packages of the base to put back: the one at `index`; NULL where there is none.
 * Borrowed from the plan.
 */
const char *regraft_wishes_reset_base_get(const regraft_wishes *wishes, size_t index);

/**
 * Kernel arguments of a first deployment: how many.
 */
size_t regraft_wishes_kernel_argument_count(const regraft_wishes *wishes);

/**
 * Kernel arguments of a first deployment: the one at `index`; NULL where there is none. Borrowed
 * from the plan.
 */
const char *regraft_wishes_kernel_argument_get(const regraft_wishes *wishes, size_t index);

/**
 * The change in one line: action, package, what it replaces, where it is from and why. `""` for
 * NULL. Borrowed from the change's owner.
 */
const char *regraft_change_text(const regraft_change *change);

/**
 * What happens: `REGRAFT_ACTION_INSTALL` and so on; `REGRAFT_ACTION_OTHER` for NULL.
 */
int32_t regraft_change_action(const regraft_change *change);

/**
 * What happens, as one word: `install`, `upgrade`, `downgrade`, `reinstall`, `remove`. `""` for
 * NULL. Borrowed from the change's owner.
 */
const char *regraft_change_action_name(const regraft_change *change);

/**
 * The package that is there afterwards, or for a removal the one that no longer is; NULL for NULL.
 * Borrowed from the change's owner.
 */
const regraft_nevra *regraft_change_package(const regraft_change *change);

/**
 * For an upgrade, downgrade or reinstall the package that is there before; otherwise NULL.
 * Borrowed from the change's owner.
 */
const regraft_nevra *regraft_change_from(const regraft_change *change);

/**
 * The repository that the package comes from; NULL for a local file, a removal, the base. Borrowed
 * from the change's owner.
 */
const char *regraft_change_repo(const regraft_change *change);

/**
 * Bytes to download; 0 when the package is local, cached or removed, and for NULL.
 */
uint64_t regraft_change_download_size(const regraft_change *change);

/**
 * Bytes that the package's files take, by its header; for a removal those that are freed.
 */
uint64_t regraft_change_installed_size(const regraft_change *change);

/**
 * Why: `REGRAFT_REASON_REQUESTED` and so on; `REGRAFT_REASON_OTHER` for NULL.
 */
int32_t regraft_change_reason(const regraft_change *change);

/**
 * What was requested, or the package (NEVRA) that is the reason; NULL where the reason has none.
 * Borrowed from the change's owner.
 */
const char *regraft_change_reason_subject(const regraft_change *change);

/**
 * Why, in words: `requested: strace`, `required by git`. `""` for NULL. Borrowed from the change's
 * owner.
 */
const char *regraft_change_reason_text(const regraft_change *change);

/**
 * One line: `staged ID for the next boot`, `deployed ID` or `nothing to do`. `""` for NULL.
 * Borrowed from the outcome.
 */
const char *regraft_outcome_text(const regraft_outcome *outcome);

/**
 * Which of these: `REGRAFT_OUTCOME_STAGED` and so on; `REGRAFT_OUTCOME_OTHER` for NULL.
 */
int32_t regraft_outcome_kind(const regraft_outcome *outcome);

/**
 * The new deployment's identifier; NULL when nothing changed. Borrowed from the outcome.
 */
const char *regraft_outcome_id(const regraft_outcome *outcome);

/**
 * How many scripts ran; 0 for NULL.
 */
size_t regraft_outcome_script_count(const regraft_outcome *outcome);

/**
 * What the script at `index` did, in the order in which they ran; NULL where there is none.
 * Borrowed from the outcome.
 */
const regraft_script_log *regraft_outcome_script_get(const regraft_outcome *outcome, size_t index);

/**
 * Objects that were written to the repository for it; 0 for NULL.
 */
uint64_t regraft_outcome_objects(const regraft_outcome *outcome);

/**
 * The outcome as a JSON object: `kind` (`staged`, `deployed`, `unchanged`), `id`, `scripts`,
 * `objects`, `text`. Keys are only ever added. `""` for NULL. Borrowed from the outcome.
 */
const char *regraft_outcome_to_json(const regraft_outcome *outcome);

/**
 * Frees an outcome and all that is borrowed from it; NULL is fine.
 */
void regraft_outcome_free(regraft_outcome *outcome);

/**
 * The package; NULL for NULL. Borrowed from the outcome.
 */
const regraft_nevra *regraft_script_log_package(const regraft_script_log *log);

/**
 * Which one: `pre`, `post`, `posttrans`, `transfiletriggerin`. `""` for NULL. Borrowed from the
 * outcome.
 */
const char *regraft_script_log_script(const regraft_script_log *log);

/**
 * What it printed, the end of it when that was much. `""` for NULL. Borrowed from the outcome.
 */
const char *regraft_script_log_output(const regraft_script_log *log);

/**
 * How many seconds it ran; 0 for NULL.
 */
double regraft_script_log_seconds(const regraft_script_log *log);

/**
 * How many paths below `/usr` and `/etc` differ in the finished tree because of it.
 */
size_t regraft_script_log_written_count(const regraft_script_log *log);

/**
 * One of those paths, which are sorted, and each only with the script that wrote it last; NULL
 * where there is none at `index`. Borrowed from the outcome.
 */
const char *regraft_script_log_written_get(const regraft_script_log *log, size_t index);

/**
 * Reads `[EPOCH:]VERSION[-RELEASE]`. The program owns the result; `regraft_evr_free`. Fails with
 * `REGRAFT_ERROR_INVALID_ARGUMENT` where the epoch is no number or the version is missing.
 */
regraft_code regraft_evr_parse(const char *text, regraft_evr **evr, regraft_error **error);

/**
 * `[EPOCH:]VERSION[-RELEASE]`; an epoch of 0 is not written. `""` for NULL. Borrowed from the EVR.
 */
const char *regraft_evr_text(const regraft_evr *evr);

/**
 * The epoch; 0 where there is none, and for NULL.
 */
uint32_t regraft_evr_epoch(const regraft_evr *evr);

/**
 * The version. `""` for NULL. Borrowed from the EVR.
 */
const char *regraft_evr_version(const regraft_evr *evr);

/**
 * The release; empty where only a version is meant. `""` for NULL. Borrowed from the EVR.
 */
const char *regraft_evr_release(const regraft_evr *evr);

/**
 * Frees an EVR; NULL is fine.
 */
void regraft_evr_free(regraft_evr *evr);

/**
 * Reads `NAME-[EPOCH:]VERSION-RELEASE.ARCH`. The program owns the result;
 * `regraft_parsed_nevra_free`. Fails with `REGRAFT_ERROR_INVALID_ARGUMENT` for anything else.
 */
regraft_code regraft_nevra_parse(const char *text,
                                 regraft_parsed_nevra **parsed,
                                 regraft_error **error);

/**
 * The NEVRA. NULL for NULL. Borrowed from the parsed NEVRA.
 */
const regraft_nevra *regraft_parsed_nevra_get(const regraft_parsed_nevra *parsed);

/**
 * Frees a parsed NEVRA; NULL is fine.
 */
void regraft_parsed_nevra_free(regraft_parsed_nevra *parsed);

/**
 * The order of lists: by name, then rpm's order of versions, then architecture. Negative when `a`
 * comes first, 0 for equal ones, positive when `b` does. 0 also when one is NULL. Any thread.
 */
int regraft_nevra_compare(const regraft_nevra *a, const regraft_nevra *b);

/**
 * How many NEVRAs there are; 0 for NULL.
 */
size_t regraft_nevra_list_count(const regraft_nevra_list *list);

/**
 * A NEVRA. NULL where there is none at `index`. Borrowed from the list.
 */
const regraft_nevra *regraft_nevra_list_get(const regraft_nevra_list *list, size_t index);

/**
 * Frees a list; NULL is fine.
 */
void regraft_nevra_list_free(regraft_nevra_list *list);

/**
 * Reads `NAME` or `NAME OPERATOR VERSION`, the operator one of `< <= = >= >`, or a rich dependency
 * in parentheses, which is kept as it is. The program owns the result;
 * `regraft_parsed_dependency_free`. Fails with `REGRAFT_ERROR_INVALID_ARGUMENT` for anything else.
 */
regraft_code regraft_dependency_parse(const char *text,
                                      regraft_parsed_dependency **parsed,
                                      regraft_error **error);

/**
 * The dependency. NULL for NULL. Borrowed from the parsed dependency.
 */
const regraft_dependency *regraft_parsed_dependency_get(const regraft_parsed_dependency *parsed);

/**
 * Frees a parsed dependency; NULL is fine.
 */
void regraft_parsed_dependency_free(regraft_parsed_dependency *parsed);

/**
 * `NAME`, or `NAME OPERATOR VERSION`. `""` for NULL. Borrowed from the owner.
 */
const char *regraft_dependency_text(const regraft_dependency *dependency);

/**
 * A package name, a capability (`libc.so.6()(64bit)`), a path, or a rich dependency in
 * parentheses. `""` for NULL. Borrowed from the owner.
 */
const char *regraft_dependency_name(const regraft_dependency *dependency);

/**
 * How the version compares: bits of `REGRAFT_SENSE_*`, which are rpm's. `REGRAFT_SENSE_ANY` for
 * NULL.
 */
uint32_t regraft_dependency_sense(const regraft_dependency *dependency);

/**
 * `[EPOCH:]VERSION[-RELEASE]`; empty with `REGRAFT_SENSE_ANY`. `regraft_evr_parse` has its parts.
 * `""` for NULL. Borrowed from the owner.
 */
const char *regraft_dependency_version(const regraft_dependency *dependency);

/**
 * How many dependencies there are; 0 for NULL.
 */
size_t regraft_dependency_list_count(const regraft_dependency_list *list);

/**
 * A dependency. NULL where there is none at `index`. Borrowed from the package.
 */
const regraft_dependency *regraft_dependency_list_get(const regraft_dependency_list *list,
                                                      size_t index);

/**
 * How many files there are; 0 for NULL.
 */
size_t regraft_package_file_list_count(const regraft_package_file_list *list);

/**
 * A file. NULL where there is none at `index`. Borrowed from the list.
 */
const regraft_package_file *regraft_package_file_list_get(const regraft_package_file_list *list,
                                                          size_t index);

/**
 * The list as a JSON array of objects with the names of the calls below; `inode` is device and
 * inode. Keys are only ever added. `""` for NULL. Borrowed from the list.
 */
const char *regraft_package_file_list_to_json(const regraft_package_file_list *list);

/**
 * Frees a list; NULL is fine.
 */
void regraft_package_file_list_free(regraft_package_file_list *list);

/**
 * The absolute path. `""` for NULL. Borrowed from the list.
 */
const char *regraft_package_file_path(const regraft_package_file *file);

/**
 * File type and permissions, as in `st_mode`; 0 for NULL.
 */
uint32_t regraft_package_file_mode(const regraft_package_file *file);

/**
 * Size in bytes, as in `st_size`; 0 for NULL.
 */
uint64_t regraft_package_file_size(const regraft_package_file *file);

/**
 * Owner by name. `""` for NULL. Borrowed from the list.
 */
const char *regraft_package_file_user(const regraft_package_file *file);

/**
 * Group by name. `""` for NULL. Borrowed from the list.
 */
const char *regraft_package_file_group(const regraft_package_file *file);

/**
 * Digest of the content in hexadecimal; empty for all but regular files. `""` for NULL. Borrowed
 * from the list.
 */
const char *regraft_package_file_digest(const regraft_package_file *file);

/**
 * What a symlink points to; empty for others. `""` for NULL. Borrowed from the list.
 */
const char *regraft_package_file_link_target(const regraft_package_file *file);

/**
 * `%config`, `%doc`, `%ghost`: bits of rpm's `RPMFILE_*`; 0 for NULL.
 */
uint32_t regraft_package_file_flags(const regraft_package_file *file);

/**
 * When it was changed last, in seconds since 1970; 0 for NULL.
 */
uint64_t regraft_package_file_mtime(const regraft_package_file *file);

/**
 * File capabilities in text form; empty for none. `""` for NULL. Borrowed from the list.
 */
const char *regraft_package_file_capabilities(const regraft_package_file *file);

/**
 * The language that the file is for; empty for all. `""` for NULL. Borrowed from the list.
 */
const char *regraft_package_file_language(const regraft_package_file *file);

/**
 * The device at build time; 0 for NULL.
 */
uint64_t regraft_package_file_device(const regraft_package_file *file);

/**
 * The inode at build time: files with equal ones, and equal devices, are hard links of each other.
 * 0 for NULL.
 */
uint64_t regraft_package_file_inode(const regraft_package_file *file);

/**
 * For a device node, its number; else 0.
 */
uint64_t regraft_package_file_rdev(const regraft_package_file *file);

/**
 * 1 for 32-bit ELF files, 2 for 64-bit ones, 0 for others.
 */
uint32_t regraft_package_file_color(const regraft_package_file *file);

/**
 * Whether it is a `%config` file. False for NULL.
 */
bool regraft_package_file_is_config(const regraft_package_file *file);

/**
 * Whether it is documentation. False for NULL.
 */
bool regraft_package_file_is_doc(const regraft_package_file *file);

/**
 * Whether it is owned, but not in the payload. False for NULL.
 */
bool regraft_package_file_is_ghost(const regraft_package_file *file);

/**
 * Whether it is a directory. False for NULL.
 */
bool regraft_package_file_is_dir(const regraft_package_file *file);

/**
 * Whether it is a symlink. False for NULL.
 */
bool regraft_package_file_is_symlink(const regraft_package_file *file);

/**
 * Whether it is a regular file. False for NULL.
 */
bool regraft_package_file_is_regular(const regraft_package_file *file);

/**
 * Reads a package's headers; nothing is verified yet. The program owns the package;
 * `regraft_package_free`.
 *
 * Fails with `REGRAFT_ERROR_NOT_FOUND` where there is no such file, and with
 * `REGRAFT_ERROR_CORRUPT` where it is no RPM or damaged.
 */
regraft_code regraft_package_open(const char *path,
                                  regraft_package **package,
                                  regraft_error **error);

/**
 * Name, epoch, version, release and architecture. NULL for NULL. Borrowed from the package.
 */
const regraft_nevra *regraft_package_nevra(const regraft_package *package);

/**
 * What it is, in one line. `""` for NULL. Borrowed from the package.
 */
const char *regraft_package_summary(const regraft_package *package);

/**
 * What it is, in several lines. `""` for NULL. Borrowed from the package.
 */
const char *regraft_package_description(const regraft_package *package);

/**
 * The licence, usually as an SPDX expression. `""` for NULL. Borrowed from the package.
 */
const char *regraft_package_license(const regraft_package *package);

/**
 * The project's address; empty for none. `""` for NULL. Borrowed from the package.
 */
const char *regraft_package_url(const regraft_package *package);

/**
 * Who distributes it; empty when not said. `""` for NULL. Borrowed from the package.
 */
const char *regraft_package_vendor(const regraft_package *package);

/**
 * Who made it; empty when not said. `""` for NULL. Borrowed from the package.
 */
const char *regraft_package_packager(const regraft_package *package);

/**
 * rpm's old classification; empty when not said. `""` for NULL. Borrowed from the package.
 */
const char *regraft_package_group(const regraft_package *package);

/**
 * The file name of the source package; empty for a source package. `""` for NULL. Borrowed from
 * the package.
 */
const char *regraft_package_source_rpm(const regraft_package *package);

/**
 * Where it was built; empty when not said. `""` for NULL. Borrowed from the package.
 */
const char *regraft_package_build_host(const regraft_package *package);

/**
 * When it was built, in seconds since 1970; 0 when not said, and for NULL.
 */
uint64_t regraft_package_build_time(const regraft_package *package);

/**
 * Bytes of all files, as rpm counts them; 0 for NULL.
 */
uint64_t regraft_package_installed_size(const regraft_package *package);

/**
 * Bytes of the uncompressed payload; 0 when not said, and for NULL.
 */
uint64_t regraft_package_payload_size(const regraft_package *package);

/**
 * Whether it is a source package: built, not installed. False for NULL.
 */
bool regraft_package_is_source(const regraft_package *package);

/**
 * One of its lists of dependencies; NULL for what is no `REGRAFT_DEPENDENCY_*`, and for NULL.
 * Borrowed from the package.
 */
const regraft_dependency_list *regraft_package_dependencies(const regraft_package *package,
                                                            int32_t kind);

/**
 * The files, in the header's order. The program owns the list, which needs the package no more;
 * `regraft_package_file_list_free`. Fails with `REGRAFT_ERROR_CORRUPT` when the lists in the
 * header do not fit each other.
 */
regraft_code regraft_package_files(const regraft_package *package,
                                   regraft_package_file_list **files,
                                   regraft_error **error);

/**
 * How many entries its changelog has; 0 for NULL.
 */
size_t regraft_package_changelog_count(const regraft_package *package);

/**
 * An entry of the changelog, the newest at 0. NULL where there is none at `index`. Borrowed from
 * the package.
 */
const regraft_changelog_entry *regraft_package_changelog_get(const regraft_package *package,
                                                             size_t index);

/**
 * Seconds since 1970; 0 for NULL.
 */
uint64_t regraft_changelog_entry_time(const regraft_changelog_entry *entry);

/**
 * Who, and for which version. `""` for NULL. Borrowed from the package.
 */
const char *regraft_changelog_entry_author(const regraft_changelog_entry *entry);

/**
 * What was changed. `""` for NULL. Borrowed from the package.
 */
const char *regraft_changelog_entry_text(const regraft_changelog_entry *entry);

/**
 * Checks all digests and the signature; the payload is read once. `required_signature` is a
 * `REGRAFT_SIGNATURE_*`: whether a signature by a key of the keyring is needed; where it is not,
 * one by such a key must be genuine all the same. `keyring` may be NULL for one without keys. The
 * program owns the verification; `regraft_verification_free`.
 *
 * Fails with `REGRAFT_ERROR_DIGEST` for a wrong digest, `REGRAFT_ERROR_CORRUPT` where the file is
 * too short or a digest malformed, `REGRAFT_ERROR_SIGNATURE` where a signature is required and
 * missing, bad, or by a key that is unknown, expired or revoked.
 */
regraft_code regraft_package_verify(const regraft_package *package,
                                    const regraft_keyring *keyring,
                                    int32_t required_signature,
                                    regraft_verification **verification,
                                    regraft_error **error);

/**
 * Everything that its header says as a JSON object with the names of the calls above; `nevra` also
 * in its parts, dependencies as text. Keys are only ever added. `""` for NULL, and where
 * `regraft_package_files` fails. Borrowed from the package.
 */
const char *regraft_package_to_json(const regraft_package *package);

/**
 * Frees a package; NULL is fine.
 */
void regraft_package_free(regraft_package *package);

/**
 * Makes a keyring without keys: it accepts no signature. The program owns it;
 * `regraft_keyring_free`.
 */
regraft_keyring *regraft_keyring_new(void);

/**
 * Trusts the certificates in `length` bytes, armored (any number of blocks) or binary; `name` says
 * where they are from, and is what `regraft_signer_keyring_name` answers. Fails with
 * `REGRAFT_ERROR_CORRUPT` where there is none.
 */
regraft_code regraft_keyring_add(regraft_keyring *keyring,
                                 const void *bytes,
                                 size_t length,
                                 const char *name,
                                 regraft_error **error);

/**
 * The same with a file's content, and its path as name. Also fails where the file cannot be read.
 */
regraft_code regraft_keyring_add_file(regraft_keyring *keyring,
                                      const char *path,
                                      regraft_error **error);

/**
 * The same with each file of a folder, such as `/etc/pki/rpm-gpg`, in the order of their names;
 * files without a usable key are passed over, and a folder that is not there has none. Fails where
 * the folder or a file in it cannot be read.
 */
regraft_code regraft_keyring_add_dir(regraft_keyring *keyring,
                                     const char *path,
                                     regraft_error **error);

/**
 * How many certificates have been added; 0 for NULL.
 */
size_t regraft_keyring_count(const regraft_keyring *keyring);

/**
 * Whether it has no keys. True for NULL.
 */
bool regraft_keyring_is_empty(const regraft_keyring *keyring);

/**
 * Frees a keyring; NULL is fine.
 */
void regraft_keyring_free(regraft_keyring *keyring);

/**
 * How many digests there are; 0 for NULL.
 */
size_t regraft_verification_digest_count(const regraft_verification *verification);

/**
 * A digest; all of them are right. NULL where there is none at `index`. Borrowed from the
 * verification.
 */
const regraft_verified_digest *regraft_verification_digest_get(const regraft_verification *verification,
                                                               size_t index);

/**
 * The key that signed it; NULL when it is not signed by a key of the keyring, which can only be
 * where no signature was required, and for NULL. Borrowed from the verification.
 */
const regraft_signer *regraft_verification_signer(const regraft_verification *verification);

/**
 * How many notes there are; 0 for NULL.
 */
size_t regraft_verification_note_count(const regraft_verification *verification);

/**
 * What a careful reader would like to know: that nothing strong covers the header, that a
 * signature is by an unknown key. NULL where there is none at `index`. Borrowed from the
 * verification.
 */
const char *regraft_verification_note_get(const regraft_verification *verification, size_t index);

/**
 * One line for people: how many digests are right and who signed it. `""` for NULL. Borrowed from
 * the verification.
 */
const char *regraft_verification_text(const regraft_verification *verification);

/**
 * The verification as a JSON object: `digests`, `signer` (or null), `notes` and `text`. Keys are
 * only ever added. `""` for NULL. Borrowed from the verification.
 */
const char *regraft_verification_to_json(const regraft_verification *verification);

/**
 * Frees a verification; NULL is fine.
 */
void regraft_verification_free(regraft_verification *verification);

/**
 * What it covers: `header`, `payload`, `header and payload`. `""` for NULL. Borrowed from the
 * verification.
 */
const char *regraft_verified_digest_covers(const regraft_verified_digest *digest);

/**
 * `sha256` and so on. `""` for NULL. Borrowed from the verification.
 */
const char *regraft_verified_digest_algorithm(const regraft_verified_digest *digest);

/**
 * The fingerprint of the key that signed (which may be a subkey), in hexadecimal. `""` for NULL.
 * Borrowed from the verification.
 */
const char *regraft_signer_fingerprint(const regraft_signer *signer);

/**
 * The first user ID of the certificate. `""` for NULL. Borrowed from the verification.
 */
const char *regraft_signer_user_id(const regraft_signer *signer);

/**
 * Where the keyring has the certificate from: the name or path that it was added with. `""` for
 * NULL. Borrowed from the verification.
 */
const char *regraft_signer_keyring_name(const regraft_signer *signer);

/**
 * When it was signed, as the signature says, in seconds since 1970; 0 when it does not, and for
 * NULL.
 */
uint64_t regraft_signer_time(const regraft_signer *signer);

/**
 * Opens the database at a path: a file `rpmdb.sqlite`, a folder that has one, or a root that has
 * one in `usr/share/rpm`, `usr/lib/sysimage/rpm` or `var/lib/rpm` (symlinks do not lead out of the
 * root). What another program writes meanwhile is not seen. The program owns the database;
 * `regraft_rpmdb_free`.
 *
 * Fails with `REGRAFT_ERROR_NOT_FOUND` when there is none, `REGRAFT_ERROR_UNSUPPORTED` for one in
 * NDB or Berkeley DB format, `REGRAFT_ERROR_CORRUPT` for one that is damaged.
 */
regraft_code regraft_rpmdb_open(const char *path, regraft_rpmdb **rpmdb, regraft_error **error);

/**
 * Opens the database inside a deployment, or inside any commit of the repository: `rev` is a
 * deployment's identifier, a ref or a checksum. The program owns the database, which needs the
 * sysroot no more; `regraft_rpmdb_free`.
 *
 * Fails with `REGRAFT_ERROR_NOT_FOUND` when nothing has that name or it has no package database;
 * otherwise as `regraft_rpmdb_open`.
 */
regraft_code regraft_sysroot_rpmdb(const regraft_sysroot *sysroot,
                                   const char *rev,
                                   regraft_rpmdb **rpmdb,
                                   regraft_error **error);

/**
 * The file that was opened. `""` for NULL. Borrowed from the database.
 */
const char *regraft_rpmdb_file(const regraft_rpmdb *rpmdb);

/**
 * The installed packages, sorted by NEVRA. Public keys, which rpm keeps as packages, are not among
 * them. The program owns the list, which needs the database no more;
 * `regraft_installed_list_free`. Fails with `REGRAFT_ERROR_CORRUPT` when the database or a header
 * in it is damaged.
 */
regraft_code regraft_rpmdb_packages(const regraft_rpmdb *rpmdb,
                                    regraft_installed_list **packages,
                                    regraft_error **error);

/**
 * Which packages there are, sorted. The program owns the list; `regraft_nevra_list_free`. Fails as
 * `regraft_rpmdb_packages`.
 */
regraft_code regraft_rpmdb_nevras(const regraft_rpmdb *rpmdb,
                                  regraft_nevra_list **packages,
                                  regraft_error **error);

/**
 * The public keys that rpm trusts, which it keeps as packages named `gpg-pubkey`. The program owns
 * the list, which needs the database no more; `regraft_installed_list_free`. Fails as
 * `regraft_rpmdb_packages`.
 */
regraft_code regraft_rpmdb_keys(const regraft_rpmdb *rpmdb,
                                regraft_installed_list **packages,
                                regraft_error **error);

/**
 * The packages of a name; an empty list for none. The program owns the list, which needs the
 * database no more; `regraft_installed_list_free`. Fails as `regraft_rpmdb_packages`.
 */
regraft_code regraft_rpmdb_by_name(const regraft_rpmdb *rpmdb,
                                   const char *name,
                                   regraft_installed_list **packages,
                                   regraft_error **error);

/**
 * The packages that provide a capability (`NAME` or `NAME OPERATOR VERSION`), or for one that
 * begins with `/` also those that own that file. The program owns the list, which needs the
 * database no more; `regraft_installed_list_free`. Fails with `REGRAFT_ERROR_INVALID_ARGUMENT` for
 * what is no capability; otherwise as `regraft_rpmdb_packages`.
 */
regraft_code regraft_rpmdb_providing(const regraft_rpmdb *rpmdb,
                                     const char *capability,
                                     regraft_installed_list **packages,
                                     regraft_error **error);

/**
 * The packages that own a file, by its absolute path as the packages have it. Files that were left
 * out, or that another package replaced, do not count. The program owns the list, which needs the
 * database no more; `regraft_installed_list_free`. Fails as `regraft_rpmdb_packages`.
 */
regraft_code regraft_rpmdb_owning(const regraft_rpmdb *rpmdb,
                                  const char *path,
                                  regraft_installed_list **packages,
                                  regraft_error **error);

/**
 * Frees a database; NULL is fine.
 */
void regraft_rpmdb_free(regraft_rpmdb *rpmdb);

/**
 * How many packages there are; 0 for NULL.
 */
size_t regraft_installed_list_count(const regraft_installed_list *list);

/**
 * A package. NULL where there is none at `index`. Borrowed from the list.
 */
const regraft_installed *regraft_installed_list_get(const regraft_installed_list *list,
                                                    size_t index);

/**
 * The list as a JSON array: of each package an object with `nevra`, its parts, and the names of
 * the calls below, without files and dependencies, which `regraft_installed_to_json` has. Keys are
 * only ever added. `""` for NULL. Borrowed from the list.
 */
const char *regraft_installed_list_to_json(const regraft_installed_list *list);

/**
 * Frees a list; NULL is fine.
 */
void regraft_installed_list_free(regraft_installed_list *list);

/**
 * Name, EVR and architecture. NULL for NULL. Borrowed from the package.
 */
const regraft_nevra *regraft_installed_nevra(const regraft_installed *package);

/**
 * What it is, in one line. `""` for NULL. Borrowed from the package.
 */
const char *regraft_installed_summary(const regraft_installed *package);

/**
 * Its licence. `""` for NULL. Borrowed from the package.
 */
const char *regraft_installed_license(const regraft_installed *package);

/**
 * Who made it; empty where that is not said. `""` for NULL. Borrowed from the package.
 */
const char *regraft_installed_vendor(const regraft_installed *package);

/**
 * The source package that it was built from; empty where that is not said. `""` for NULL. Borrowed
 * from the package.
 */
const char *regraft_installed_source(const regraft_installed *package);

/**
 * Bytes that its files take; 0 for NULL.
 */
uint64_t regraft_installed_size(const regraft_installed *package);

/**
 * When it was built, in seconds since 1970; 0 for NULL.
 */
uint64_t regraft_installed_build_time(const regraft_installed *package);

/**
 * When it was installed, in seconds since 1970; 0 for NULL.
 */
uint64_t regraft_installed_install_time(const regraft_installed *package);

/**
 * The digest of its header as it was built (SHA-1, hexadecimal); empty for very old packages. `""`
 * for NULL. Borrowed from the package.
 */
const char *regraft_installed_header_digest(const regraft_installed *package);

/**
 * One of its lists of dependencies; NULL for what is no `REGRAFT_DEPENDENCY_*`, and for NULL.
 * Borrowed from the package.
 */
const regraft_dependency_list *regraft_installed_dependencies(const regraft_installed *package,
                                                              int32_t kind);

/**
 * Its files, in its order. The program owns the list, which needs the package no more;
 * `regraft_package_file_list_free`. Fails with `REGRAFT_ERROR_CORRUPT` when the lists in its
 * header do not fit each other.
 */
regraft_code regraft_installed_files(const regraft_installed *package,
                                     regraft_package_file_list **files,
                                     regraft_error **error);

/**
 * Whether both are the same package, wherever and whenever it was installed: equal in NEVRA and
 * content. False when one is NULL.
 */
bool regraft_installed_equal(const regraft_installed *a, const regraft_installed *b);

/**
 * Everything that its header says as a JSON object: as in the list, and its `files` and lists of
 * dependencies. Keys are only ever added. `""` for NULL, and where `regraft_installed_files`
 * fails. Borrowed from the package.
 */
const char *regraft_installed_to_json(const regraft_installed *package);

/**
 * What has to happen to the packages of `before` so that they become those of `after`. Public keys
 * are left out. The program owns the list; `regraft_change_list_free`. Fails as
 * `regraft_rpmdb_packages`, for either side.
 *
 * Of a name that several versions or architectures share, those that both sides have do not count;
 * of the others, those of the same architecture are changes of each other, the newest first; one
 * that is left alone is a change of the one left alone on the other side, too, which then has
 * another architecture.
 */
regraft_code regraft_rpmdb_diff(const regraft_rpmdb *before,
                                const regraft_rpmdb *after,
                                regraft_change_list **list,
                                regraft_error **error);

/**
 * How many changes there are; 0 for NULL.
 */
size_t regraft_change_list_count(const regraft_change_list *list);

/**
 * A change. NULL where there is none at `index`. Borrowed from the list.
 */
const regraft_change *regraft_change_list_get(const regraft_change_list *list, size_t index);

/**
 * The list as a JSON array of objects: `action`, `package`, `from`, `repo`, `download_size`,
 * `installed_size`, `reason`. Keys are only ever added. `""` for NULL. Borrowed from the list.
 */
const char *regraft_change_list_to_json(const regraft_change_list *list);

/**
 * Frees a list; NULL is fine.
 */
void regraft_change_list_free(regraft_change_list *list);

/**
 * Makes variables none of which has a value. The program owns them; `regraft_variables_free`.
 */
regraft_variables *regraft_variables_new(void);

/**
 * Gives the variable `name` (without `$`) its value.
 */
regraft_code regraft_variables_set(regraft_variables *variables,
                                   const char *name,
                                   const char *value,
                                   regraft_error **error);

/**
 * A variable's value; `*value` is NULL, and the call a success, where it has none. The program
 * owns the text; `regraft_text_free`.
 */
regraft_code regraft_variables_get(const regraft_variables *variables,
                                   const char *name,
                                   regraft_text **value,
                                   regraft_error **error);

/**
 * Adds what the files of `etc/yum/vars` and `etc/dnf/vars` below the folder `root` say: one
 * variable a file, its value in the first line. Symlinks stay below `root`. Fails when a file that
 * is there cannot be read; `REGRAFT_ERROR_CORRUPT` when it is too large.
 */
regraft_code regraft_variables_read_root(regraft_variables *variables,
                                         const char *root,
                                         regraft_error **error);

/**
 * `text` with the variables replaced. The program owns the result; `regraft_text_free`.
 */
regraft_code regraft_variables_substitute(const regraft_variables *variables,
                                          const char *text,
                                          regraft_text **result,
                                          regraft_error **error);

/**
 * Frees variables; NULL is fine.
 */
void regraft_variables_free(regraft_variables *variables);

/**
 * The characters, NUL-terminated. `""` for NULL. Borrowed from the text.
 */
const char *regraft_text_get(const regraft_text *text);

/**
 * Frees a text; NULL is fine.
 */
void regraft_text_free(regraft_text *text);

/**
 * Reads the repositories that a `.repo` file's text declares, in its order; `file` is what errors
 * call it, `variables` may be NULL for none. A section `[main]` is dnf's own and is passed over.
 * The program owns the list; `regraft_repo_config_list_free`.
 *
 * Fails with `REGRAFT_ERROR_CONFIG`, naming file and section, for a doubled id, an enabled
 * repository without an address, and a value that means nothing.
 */
regraft_code regraft_repo_config_parse(const char *text,
                                       const char *file,
                                       const regraft_variables *variables,
                                       regraft_repo_config_list **list,
                                       regraft_error **error);

/**
 * Reads the repositories of all `.repo` files in a folder, by file name; none where there is no
 * such folder. Otherwise as `regraft_repo_config_parse`; also fails when a file cannot be read, or
 * two files declare one id.
 */
regraft_code regraft_repo_config_read_dir(const char *path,
                                          const regraft_variables *variables,
                                          regraft_repo_config_list **list,
                                          regraft_error **error);

/**
 * Reads the repositories of files that are no longer, or not yet, on a disk: `count` names in
 * `files`, and as many texts in `texts`. The order of the result is that of the names. Otherwise
 * as `regraft_repo_config_parse`; also fails when two files declare one id.
 */
regraft_code regraft_repo_config_from_files(const char *const *files,
                                            const char *const *texts,
                                            size_t count,
                                            const regraft_variables *variables,
                                            regraft_repo_config_list **list,
                                            regraft_error **error);

/**
 * How many repositories there are; 0 for NULL.
 */
size_t regraft_repo_config_list_count(const regraft_repo_config_list *list);

/**
 * A repository. NULL where there is none at `index`. Borrowed from the list.
 */
const regraft_repo_config *regraft_repo_config_list_get(const regraft_repo_config_list *list,
                                                        size_t index);

/**
 * The list as a JSON array of objects with the names of the calls below; passwords are three
 * stars. Keys are only ever added. `""` for NULL. Borrowed from the list.
 */
const char *regraft_repo_config_list_to_json(const regraft_repo_config_list *list);

/**
 * Frees a list; NULL is fine.
 */
void regraft_repo_config_list_free(regraft_repo_config_list *list);

/**
 * The section's name, by which requests and errors call the repository. `""` for NULL. Borrowed
 * from the list.
 */
const char *regraft_repo_config_id(const regraft_repo_config *repo);

/**
 * What people call it. `""` for NULL. Borrowed from the list.
 */
const char *regraft_repo_config_name(const regraft_repo_config *repo);

/**
 * Whether it is used when nobody asks for it by name. False for NULL.
 */
bool regraft_repo_config_enabled(const regraft_repo_config *repo);

/**
 * How many addresses there are; 0 for NULL.
 */
size_t regraft_repo_config_baseurl_count(const regraft_repo_config *repo);

/**
 * An address, the first one preferred. NULL where there is none at `index`. Borrowed from the
 * list.
 */
const char *regraft_repo_config_baseurl_get(const regraft_repo_config *repo, size_t index);

/**
 * Where a list of mirrors is, one a line; NULL for none. Borrowed from the list.
 */
const char *regraft_repo_config_mirrorlist(const regraft_repo_config *repo);

/**
 * Where a metalink of its `repomd.xml` is; NULL for none. Borrowed from the list.
 */
const char *regraft_repo_config_metalink(const regraft_repo_config *repo);

/**
 * How many keys there are; 0 for NULL.
 */
size_t regraft_repo_config_gpgkey_count(const regraft_repo_config *repo);

/**
 * The address of an OpenPGP key that may sign its packages and metadata. NULL where there is none
 * at `index`. Borrowed from the list.
 */
const char *regraft_repo_config_gpgkey_get(const regraft_repo_config *repo, size_t index);

/**
 * Whether its packages must be signed by one of the keys. Absent means yes. False for NULL.
 */
bool regraft_repo_config_gpgcheck(const regraft_repo_config *repo);

/**
 * Whether its metadata must be signed by one of the keys. Absent means no. False for NULL.
 */
bool regraft_repo_config_repo_gpgcheck(const regraft_repo_config *repo);

/**
 * How many patterns there are of packages that are not to be seen; 0 for NULL.
 */
size_t regraft_repo_config_excludepkgs_count(const regraft_repo_config *repo);

/**
 * A pattern of packages that are not to be seen. NULL where there is none at `index`. Borrowed
 * from the list.
 */
const char *regraft_repo_config_excludepkgs_get(const regraft_repo_config *repo, size_t index);

/**
 * How many patterns there are of the only packages to be seen; 0 for NULL.
 */
size_t regraft_repo_config_includepkgs_count(const regraft_repo_config *repo);

/**
 * A pattern of the only packages to be seen; none at all means all packages. NULL where there is
 * none at `index`. Borrowed from the list.
 */
const char *regraft_repo_config_includepkgs_get(const regraft_repo_config *repo, size_t index);

/**
 * A repository of a lower number hides the same names in those of higher ones. 99 by default; 0
 * for NULL.
 */
int32_t regraft_repo_config_priority(const regraft_repo_config *repo);

/**
 * Of equal packages the one from the repository with the lower number is taken. 1000 by default; 0
 * for NULL.
 */
int32_t regraft_repo_config_cost(const regraft_repo_config *repo);

/**
 * Whether a server's certificate must be good. Absent means yes. False for NULL.
 */
bool regraft_repo_config_sslverify(const regraft_repo_config *repo);

/**
 * The file of certificate authorities; NULL for the system's. Borrowed from the list.
 */
const char *regraft_repo_config_sslcacert(const regraft_repo_config *repo);

/**
 * This client's certificate; NULL for none. Borrowed from the list.
 */
const char *regraft_repo_config_sslclientcert(const regraft_repo_config *repo);

/**
 * The key of this client's certificate; NULL for none. Borrowed from the list.
 */
const char *regraft_repo_config_sslclientkey(const regraft_repo_config *repo);

/**
 * The proxy's address; NULL when not said, `""` (`proxy=_none_`) for no proxy at all. Borrowed
 * from the list.
 */
const char *regraft_repo_config_proxy(const regraft_repo_config *repo);

/**
 * This client's name at the proxy; NULL for none. Borrowed from the list.
 */
const char *regraft_repo_config_proxy_username(const regraft_repo_config *repo);

/**
 * Its password there; NULL for none. Borrowed from the list.
 */
const char *regraft_repo_config_proxy_password(const regraft_repo_config *repo);

/**
 * This client's name at the server; NULL for none. Borrowed from the list.
 */
const char *regraft_repo_config_username(const regraft_repo_config *repo);

/**
 * Its password there; NULL for none. Borrowed from the list.
 */
const char *regraft_repo_config_password(const regraft_repo_config *repo);

/**
 * How old metadata may be before the server is asked for newer, in seconds; -1 for any age, and
 * for NULL. 48 hours by default.
 */
int64_t regraft_repo_config_metadata_expire(const regraft_repo_config *repo);

/**
 * Seconds until a connection must be there, and for which a transfer may be slower than `minrate`.
 * 30 by default; 0 for NULL.
 */
uint32_t regraft_repo_config_timeout(const regraft_repo_config *repo);

/**
 * Bytes a second. 1000 by default; 0 for NULL.
 */
uint32_t regraft_repo_config_minrate(const regraft_repo_config *repo);

/**
 * Whether it is left out when it cannot be reached, instead of failing the operation. False for
 * NULL.
 */
bool regraft_repo_config_skip_if_unavailable(const regraft_repo_config *repo);

/**
 * Whether its packages are seen even where a module hides them. False for NULL.
 */
bool regraft_repo_config_module_hotfixes(const regraft_repo_config *repo);

/**
 * Whether its server may count this machine, once a week. False for NULL.
 */
bool regraft_repo_config_countme(const regraft_repo_config *repo);

/**
 * How many keys of the section mean nothing here; 0 for NULL.
 */
size_t regraft_repo_config_warning_count(const regraft_repo_config *repo);

/**
 * A warning for the user to see: such a key, with the reason. NULL where there is none at `index`.
 * Borrowed from the list.
 */
const char *regraft_repo_config_warning_get(const regraft_repo_config *repo, size_t index);

/**
 * The packages of the enabled repositories with one of `words` (separated by white space) in their
 * names or summaries, sorted by name and version. The program owns the list;
 * `regraft_available_list_free`.
 *
 * Any user may look into what is cached and not older than the repository allows; what is missing
 * or older is downloaded into the sysroot, which takes permission to write there.
 *
 * Fails with `REGRAFT_ERROR_STATE` when nothing is deployed, `REGRAFT_ERROR_PERMISSION`, and what
 * a repository without `skip_if_unavailable` fails with: `REGRAFT_ERROR_NETWORK`,
 * `REGRAFT_ERROR_SIGNATURE`, `REGRAFT_ERROR_CORRUPT`, `REGRAFT_ERROR_CONFIG`.
 */
regraft_code regraft_sysroot_search(const regraft_sysroot *sysroot,
                                    const char *words,
                                    regraft_job *job,
                                    regraft_available_list **list,
                                    regraft_error **error);

/**
 * Gets the metadata of the enabled repositories again, however new what is cached is, and answers
 * what the cache has then. The program owns the list; `regraft_repository_state_list_free`. Fails
 * as `regraft_sysroot_search`.
 */
regraft_code regraft_sysroot_refresh_metadata(const regraft_sysroot *sysroot,
                                              regraft_job *job,
                                              regraft_repository_state_list **list,
                                              regraft_error **error);

/**
 * How many packages there are; 0 for NULL.
 */
size_t regraft_available_list_count(const regraft_available_list *list);

/**
 * A package. NULL where there is none at `index`. Borrowed from the list.
 */
const regraft_available *regraft_available_list_get(const regraft_available_list *list,
                                                    size_t index);

/**
 * The list as a JSON array of objects: `package` (the NEVRA), and the names of the calls below.
 * Keys are only ever added. `""` for NULL. Borrowed from the list.
 */
const char *regraft_available_list_to_json(const regraft_available_list *list);

/**
 * Frees a list; NULL is fine.
 */
void regraft_available_list_free(regraft_available_list *list);

/**
 * The package. NULL for NULL. Borrowed from the list.
 */
const regraft_nevra *regraft_available_nevra(const regraft_available *package);

/**
 * The repository's identifier. `""` for NULL. Borrowed from the list.
 */
const char *regraft_available_repo(const regraft_available *package);

/**
 * One line about it. `""` for NULL. Borrowed from the list.
 */
const char *regraft_available_summary(const regraft_available *package);

/**
 * Bytes to download; 0 for NULL.
 */
uint64_t regraft_available_download_size(const regraft_available *package);

/**
 * Bytes that its files take; 0 for NULL.
 */
uint64_t regraft_available_installed_size(const regraft_available *package);

/**
 * How many repositories there are; 0 for NULL.
 */
size_t regraft_repository_state_list_count(const regraft_repository_state_list *list);

/**
 * A repository. NULL where there is none at `index`. Borrowed from the list.
 */
const regraft_repository_state *regraft_repository_state_list_get(const regraft_repository_state_list *list,
                                                                  size_t index);

/**
 * The list as a JSON array of objects with the names of the calls below. Keys are only ever added.
 * `""` for NULL. Borrowed from the list.
 */
const char *regraft_repository_state_list_to_json(const regraft_repository_state_list *list);

/**
 * Frees a list; NULL is fine.
 */
void regraft_repository_state_list_free(regraft_repository_state_list *list);

/**
 * Its identifier. `""` for NULL. Borrowed from the list.
 */
const char *regraft_repository_state_id(const regraft_repository_state *state);

/**
 * When its metadata was made, in seconds since 1970; 0 for NULL.
 */
uint64_t regraft_repository_state_timestamp(const regraft_repository_state *state);

/**
 * How many packages it has; 0 for NULL.
 */
uint64_t regraft_repository_state_packages(const regraft_repository_state *state);

/**
 * Reads a treefile and all that it names, for the architecture of this machine. Files that it
 * names lie in its own folder or below. The program owns the treefile; `regraft_treefile_free`.
 *
 * Fails with `REGRAFT_ERROR_UNSUPPORTED`, naming all keys in it that regraft does not have;
 * `REGRAFT_ERROR_CONFIG`, naming file and key, otherwise; also fails when a file cannot be read.
 */
regraft_code regraft_treefile_read(const char *path,
                                   regraft_treefile **treefile,
                                   regraft_error **error);

/**
 * The same for another architecture: `x86_64`, `aarch64`.
 */
regraft_code regraft_treefile_read_for(const char *path,
                                       const char *basearch,
                                       regraft_treefile **treefile,
                                       regraft_error **error);

/**
 * Reads one treefile's text, which must not name other files; `file` is its name for messages, and
 * when that ends in `.yaml` or `.yml` it is YAML, else JSON. Otherwise as
 * `regraft_treefile_read_for`.
 */
regraft_code regraft_treefile_parse(const char *text,
                                    const char *file,
                                    const char *basearch,
                                    regraft_treefile **treefile,
                                    regraft_error **error);

/**
 * The name that RPM repositories use for this machine's architecture. Any thread; never to be
 * freed.
 */
const char *regraft_treefile_host_basearch(void);

/**
 * The whole as one JSON object, with the treefile's own keys, on one line; equal settings give
 * equal text, from which rpm-ostree's `inputhash` is made, too. `""` for NULL. Borrowed from the
 * treefile.
 */
const char *regraft_treefile_flattened_json(const regraft_treefile *treefile);

/**
 * `ref`: the branch to commit to; NULL for none. Borrowed from the treefile.
 */
const char *regraft_treefile_ref(const regraft_treefile *treefile);

/**
 * The architecture that it was read for. `""` for NULL. Borrowed from the treefile.
 */
const char *regraft_treefile_basearch(const regraft_treefile *treefile);

/**
 * How many ids of repositories there are; 0 for NULL.
 */
size_t regraft_treefile_repo_count(const regraft_treefile *treefile);

/**
 * `repos`: the id of an RPM repository to use; those that are enabled, when there is none. NULL
 * where there is none at `index`. Borrowed from the treefile.
 */
const char *regraft_treefile_repo_get(const regraft_treefile *treefile, size_t index);

/**
 * `selinux`: whether files get labels; by default they do. 1 or 0; -1 where the files do not say
 * it, and for NULL.
 */
int regraft_treefile_selinux(const regraft_treefile *treefile);

/**
 * How many packages there are; 0 for NULL.
 */
size_t regraft_treefile_package_count(const regraft_treefile *treefile);

/**
 * `packages` and `packages-ARCH`: a name, a capability or `NAME OPERATOR VERSION`; sorted. NULL
 * where there is none at `index`. Borrowed from the treefile.
 */
const char *regraft_treefile_package_get(const regraft_treefile *treefile, size_t index);

/**
 * How many packages must not come in; 0 for NULL.
 */
size_t regraft_treefile_exclude_package_count(const regraft_treefile *treefile);

/**
 * `exclude-packages`: the name of a package that must not come in. NULL where there is none at
 * `index`. Borrowed from the treefile.
 */
const char *regraft_treefile_exclude_package_get(const regraft_treefile *treefile, size_t index);

/**
 * `recommends`: whether recommended packages come in; by default they do. 1 or 0; -1 where the
 * files do not say it, and for NULL.
 */
int regraft_treefile_recommends(const regraft_treefile *treefile);

/**
 * `documentation`: whether files marked as documentation are installed; by default they are. 1 or
 * 0; -1 where the files do not say it, and for NULL.
 */
int regraft_treefile_documentation(const regraft_treefile *treefile);

/**
 * How many languages there are; 0 for NULL.
 */
size_t regraft_treefile_install_lang_count(const regraft_treefile *treefile);

/**
 * `install-langs`: a language whose files are installed; all, when there is none. NULL where there
 * is none at `index`. Borrowed from the treefile.
 */
const char *regraft_treefile_install_lang_get(const regraft_treefile *treefile, size_t index);

/**
 * `no-initramfs`: whether no initramfs is made; by default one is. 1 or 0; -1 where the files do
 * not say it, and for NULL.
 */
int regraft_treefile_no_initramfs(const regraft_treefile *treefile);

/**
 * `tmp-is-dir`: whether `/tmp` is a directory; by default it is a link to `sysroot/tmp`. 1 or 0;
 * -1 where the files do not say it, and for NULL.
 */
int regraft_treefile_tmp_is_dir(const regraft_treefile *treefile);

/**
 * How many units there are; 0 for NULL.
 */
size_t regraft_treefile_unit_count(const regraft_treefile *treefile);

/**
 * `units`: a systemd unit to enable. NULL where there is none at `index`. Borrowed from the
 * treefile.
 */
const char *regraft_treefile_unit_get(const regraft_treefile *treefile, size_t index);

/**
 * `default-target`: systemd's; NULL when not said. Borrowed from the treefile.
 */
const char *regraft_treefile_default_target(const regraft_treefile *treefile);

/**
 * `machineid-compat`: whether an empty `/etc/machine-id` is made; by default it is. 1 or 0; -1
 * where the files do not say it, and for NULL.
 */
int regraft_treefile_machineid_compat(const regraft_treefile *treefile);

/**
 * `releasever`: what `$releasever` stands for in repositories; NULL when not said. Borrowed from
 * the treefile.
 */
const char *regraft_treefile_releasever(const regraft_treefile *treefile);

/**
 * `automatic-version-prefix`: from which versions are counted; NULL when not said. Borrowed from
 * the treefile.
 */
const char *regraft_treefile_automatic_version_prefix(const regraft_treefile *treefile);

/**
 * `postprocess-script`: the name of the script that runs in the finished tree; NULL for none.
 * Borrowed from the treefile.
 */
const char *regraft_treefile_postprocess_script(const regraft_treefile *treefile);

/**
 * What is in that script; it may have any bytes, and no NUL follows them. NULL for none. Borrowed
 * from the treefile.
 */
const unsigned char *regraft_treefile_postprocess_script_content(const regraft_treefile *treefile);

/**
 * How many bytes that are; 0 for none.
 */
size_t regraft_treefile_postprocess_script_length(const regraft_treefile *treefile);

/**
 * `add-commit-metadata`: what the commit's metadata hold besides, as a JSON object. `""` for NULL.
 * Borrowed from the treefile.
 */
const char *regraft_treefile_add_commit_metadata(const regraft_treefile *treefile);

/**
 * The folder of the outermost file; NULL where it was not read from one. Borrowed from the
 * treefile.
 */
const char *regraft_treefile_directory(const regraft_treefile *treefile);

/**
 * Frees a treefile; NULL is fine.
 */
void regraft_treefile_free(regraft_treefile *treefile);

/**
 * Prepares to compose `treefile`, which is copied, into the existing OSTree repository (of any
 * mode) in the folder `target`. Nothing is composed before `regraft_compose_run`. The program owns
 * the compose; `regraft_compose_free`.
 */
regraft_code regraft_compose_new(const regraft_treefile *treefile,
                                 const char *target,
                                 regraft_compose **compose,
                                 regraft_error **error);

/**
 * Keeps imported packages and metadata in this folder, so that composing again costs little.
 * Without it everything is made in a temporary folder beside the target.
 */
regraft_code regraft_compose_cache(regraft_compose *compose,
                                   const char *folder,
                                   regraft_error **error);

/**
 * Says where the `.repo` files are; by default beside the treefile.
 */
regraft_code regraft_compose_repos_dir(regraft_compose *compose,
                                       const char *folder,
                                       regraft_error **error);

/**
 * Signs the commit with this OpenPGP key, of the GnuPG folder `home`; NULL for GnuPG's usual one.
 */
regraft_code regraft_compose_sign(regraft_compose *compose,
                                  const char *key,
                                  const char *home,
                                  regraft_error **error);

/**
 * Says, with a `REGRAFT_SIGNATURE_*`, whether packages need a signature by a trusted key; by
 * default their repository's `gpgcheck` decides.
 */
regraft_code regraft_compose_signatures(regraft_compose *compose,
                                        int32_t required_signature,
                                        regraft_error **error);

/**
 * Makes a commit even when nothing has changed since the last one.
 */
regraft_code regraft_compose_force(regraft_compose *compose, regraft_error **error);

/**
 * Composes. When nothing has changed since the ref's last commit, there is no new one. It can be
 * run again. The program owns the result; `regraft_composed_free`.
 *
 * Fails with `REGRAFT_ERROR_NOT_FOUND` when there is no repository, `REGRAFT_ERROR_CONFIG` when
 * the treefile has no `ref` or a `.repo` file is wrong, `REGRAFT_ERROR_UNSOLVABLE`, and what
 * downloads, imports and scripts can fail with. After any of them the ref is as it was.
 */
regraft_code regraft_compose_run(regraft_compose *compose,
                                 regraft_job *job,
                                 regraft_composed **composed,
                                 regraft_error **error);

/**
 * Frees a compose; NULL is fine.
 */
void regraft_compose_free(regraft_compose *compose);

/**
 * The ref that names the commit. `""` for NULL. Borrowed from the result.
 */
const char *regraft_composed_ref(const regraft_composed *composed);

/**
 * The commit. `""` for NULL. Borrowed from the result.
 */
const char *regraft_composed_checksum(const regraft_composed *composed);

/**
 * Its version, where the treefile says how versions are made; else NULL. Borrowed from the result.
 */
const char *regraft_composed_version(const regraft_composed *composed);

/**
 * How many packages it has; 0 for NULL.
 */
size_t regraft_composed_package_count(const regraft_composed *composed);

/**
 * A package. NULL where there is none at `index`. Borrowed from the result.
 */
const regraft_nevra *regraft_composed_package_get(const regraft_composed *composed, size_t index);

/**
 * How many scripts have run; 0 for NULL.
 */
size_t regraft_composed_script_count(const regraft_composed *composed);

/**
 * What a script printed. NULL where there is none at `index`. Borrowed from the result.
 */
const regraft_script_log *regraft_composed_script_get(const regraft_composed *composed,
                                                      size_t index);

/**
 * Whether the ref named it before. False for NULL.
 */
bool regraft_composed_unchanged(const regraft_composed *composed);

/**
 * One line for people: `committed REF CHECKSUM version VERSION`, or that the ref is as it should
 * be. `""` for NULL. Borrowed from the result.
 */
const char *regraft_composed_text(const regraft_composed *composed);

/**
 * The result as a JSON object: `reference`, `checksum`, `version`, `packages`, `scripts`,
 * `unchanged`, `text`. Keys are only ever added. `""` for NULL. Borrowed from the result.
 */
const char *regraft_composed_to_json(const regraft_composed *composed);

/**
 * Frees a result; NULL is fine.
 */
void regraft_composed_free(regraft_composed *composed);

/**
 * Makes an origin that follows `refspec` (`REMOTE:REF`, `REF` or a commit's checksum), and nothing
 * more. The program owns it; `regraft_origin_free`.
 */
regraft_code regraft_origin_new(const char *refspec,
                                regraft_origin **origin,
                                regraft_error **error);

/**
 * Reads the text of an origin file. The program owns the origin; `regraft_origin_free`. Fails with
 * `REGRAFT_ERROR_CONFIG`, naming the line, where GLib or rpm-ostree would refuse the file: it is
 * no key file, follows nothing or two things, or a known key's value has not its form.
 */
regraft_code regraft_origin_parse(const char *text, regraft_origin **origin, regraft_error **error);

/**
 * The origin of a deployment. The program owns it, and it needs the deployment no more;
 * `regraft_origin_free`.
 */
regraft_code regraft_deployment_origin(const regraft_deployment *deployment,
                                       regraft_origin **origin,
                                       regraft_error **error);

/**
 * The file's text. `""` for NULL. Borrowed from the origin.
 */
const char *regraft_origin_to_text(const regraft_origin *origin);

/**
 * What it says as a JSON object with the names of the calls below; its text has more. Keys are
 * only ever added. `""` for NULL. Borrowed from the origin.
 */
const char *regraft_origin_to_json(const regraft_origin *origin);

/**
 * Whether the texts of both are equal; `regraft_origin_without_transient` first takes out what
 * says nothing about the tree. False when one is NULL.
 */
bool regraft_origin_equal(const regraft_origin *a, const regraft_origin *b);

/**
 * The same origin without what concerns only one deployment (`libostree-transient`), for
 * comparisons. The program owns the new origin; `regraft_origin_free`.
 */
regraft_code regraft_origin_without_transient(const regraft_origin *origin,
                                              regraft_origin **edited,
                                              regraft_error **error);

/**
 * The ref that the base comes from: `REMOTE:REF`, `REF`, or a commit's checksum; NULL for none.
 * Borrowed from the origin.
 */
const char *regraft_origin_refspec(const regraft_origin *origin);

/**
 * The container image that the base comes from, with its signature policy; NULL for none. Borrowed
 * from the origin.
 */
const char *regraft_origin_container_image_reference(const regraft_origin *origin);

/**
 * The base commit that was asked for instead of the newest; NULL for none. Borrowed from the
 * origin.
 */
const char *regraft_origin_override_commit(const regraft_origin *origin);

/**
 * Why this system cannot be upgraded before somebody has set it up, for the user to read; NULL
 * where it can. Borrowed from the origin.
 */
const char *regraft_origin_unconfigured_state(const regraft_origin *origin);

/**
 * The address of the custom origin, which an outer tool manages; NULL for none. Borrowed from the
 * origin.
 */
const char *regraft_origin_custom_url(const regraft_origin *origin);

/**
 * The description of the custom origin; NULL for none. Borrowed from the origin.
 */
const char *regraft_origin_custom_description(const regraft_origin *origin);

/**
 * How many packages are asked for; 0 for NULL.
 */
size_t regraft_origin_requested_count(const regraft_origin *origin);

/**
 * A package asked for, as a name, capability or path. NULL where there is none at `index`.
 * Borrowed from the origin.
 */
const char *regraft_origin_requested_get(const regraft_origin *origin, size_t index);

/**
 * How many local RPMs are asked for; 0 for NULL.
 */
size_t regraft_origin_requested_local_count(const regraft_origin *origin);

/**
 * A local RPM asked for. NULL where there is none at `index`. Borrowed from the origin.
 */
const regraft_origin_local *regraft_origin_requested_local_get(const regraft_origin *origin,
                                                               size_t index);

/**
 * How many local RPMs have files that win over all others'; 0 for NULL.
 */
size_t regraft_origin_requested_local_fileoverride_count(const regraft_origin *origin);

/**
 * A local RPM whose files win over all others'. NULL where there is none at `index`. Borrowed from
 * the origin.
 */
const regraft_origin_local *regraft_origin_requested_local_fileoverride_get(const regraft_origin *origin,
                                                                            size_t index);

/**
 * How many base packages are to be removed; 0 for NULL.
 */
size_t regraft_origin_overrides_remove_count(const regraft_origin *origin);

/**
 * The name of a base package to remove. NULL where there is none at `index`. Borrowed from the
 * origin.
 */
const char *regraft_origin_overrides_remove_get(const regraft_origin *origin, size_t index);

/**
 * How many local RPMs replace base packages; 0 for NULL.
 */
size_t regraft_origin_overrides_replace_local_count(const regraft_origin *origin);

/**
 * A local RPM that replaces a base package. NULL where there is none at `index`. Borrowed from the
 * origin.
 */
const regraft_origin_local *regraft_origin_overrides_replace_local_get(const regraft_origin *origin,
                                                                       size_t index);

/**
 * How many repositories replace base packages; 0 for NULL.
 */
size_t regraft_origin_overrides_replace_count(const regraft_origin *origin);

/**
 * The base packages that one repository replaces. NULL where there is none at `index`. Borrowed
 * from the origin.
 */
const regraft_origin_replacement *regraft_origin_overrides_replace_get(const regraft_origin *origin,
                                                                       size_t index);

/**
 * Whether the initramfs is made anew on this machine. False for NULL.
 */
bool regraft_origin_regenerate_initramfs(const regraft_origin *origin);

/**
 * How many further arguments for dracut there are; 0 for NULL.
 */
size_t regraft_origin_initramfs_args_count(const regraft_origin *origin);

/**
 * An argument. NULL where there is none at `index`. Borrowed from the origin.
 */
const char *regraft_origin_initramfs_args_get(const regraft_origin *origin, size_t index);

/**
 * How many files of `/etc` are appended to the initramfs; 0 for NULL.
 */
size_t regraft_origin_initramfs_etc_count(const regraft_origin *origin);

/**
 * A file of `/etc` that is appended to the initramfs. NULL where there is none at `index`.
 * Borrowed from the origin.
 */
const char *regraft_origin_initramfs_etc_get(const regraft_origin *origin, size_t index);

/**
 * Whether `rpm`, `dnf` and others are wrapped. False for NULL.
 */
bool regraft_origin_cliwrap(const regraft_origin *origin);

/**
 * How many module streams are enabled; 0 for NULL.
 */
size_t regraft_origin_modules_enable_count(const regraft_origin *origin);

/**
 * An enabled module stream. NULL where there is none at `index`. Borrowed from the origin.
 */
const char *regraft_origin_modules_enable_get(const regraft_origin *origin, size_t index);

/**
 * How many module profiles are installed; 0 for NULL.
 */
size_t regraft_origin_modules_install_count(const regraft_origin *origin);

/**
 * An installed module profile. NULL where there is none at `index`. Borrowed from the origin.
 */
const char *regraft_origin_modules_install_get(const regraft_origin *origin, size_t index);

/**
 * Whether the deployment is kept until somebody unpins it. False for NULL.
 */
bool regraft_origin_pinned(const regraft_origin *origin);

/**
 * Whether something is asked for on top of the base, so that the tree is assembled here. False for
 * NULL.
 */
bool regraft_origin_has_requests(const regraft_origin *origin);

/**
 * The first thing in it that this version of regraft cannot do; NULL when it can do everything.
 * Borrowed from the origin.
 */
const char *regraft_origin_unsupported(const regraft_origin *origin);

/**
 * SHA-256 of the RPM's lead, signature and header, in hexadecimal. `""` for NULL. Borrowed from
 * the origin.
 */
const char *regraft_origin_local_digest(const regraft_origin_local *local);

/**
 * Its identity. NULL for NULL. Borrowed from the origin.
 */
const regraft_nevra *regraft_origin_local_nevra(const regraft_origin_local *local);

/**
 * The identifier of the repository. `""` for NULL. Borrowed from the origin.
 */
const char *regraft_origin_replacement_repo(const regraft_origin_replacement *replacement);

/**
 * How many packages it replaces; 0 for NULL.
 */
size_t regraft_origin_replacement_package_count(const regraft_origin_replacement *replacement);

/**
 * The name of a package. NULL where there is none at `index`. Borrowed from the origin.
 */
const char *regraft_origin_replacement_package_get(const regraft_origin_replacement *replacement,
                                                   size_t index);

/**
 * Frees an origin; NULL is fine.
 */
void regraft_origin_free(regraft_origin *origin);

/**
 * Follows another ref. What belonged to the old one goes: a commit chosen instead of its newest, a
 * container image, a custom origin, a note that it is not set up. Requests stay. The program owns
 * the new origin; `regraft_origin_free`.
 */
regraft_code regraft_origin_set_refspec(const regraft_origin *origin,
                                        const char *refspec,
                                        regraft_origin **edited,
                                        regraft_error **error);

/**
 * Takes this base commit (64 hexadecimal digits) instead of the newest; NULL for the newest again.
 * The program owns the new origin; `regraft_origin_free`.
 */
regraft_code regraft_origin_set_override_commit(const regraft_origin *origin,
                                                const char *checksum,
                                                regraft_origin **edited,
                                                regraft_error **error);

/**
 * Asks for a package by name, capability or path; with one that is asked for already the new
 * origin equals the old one, as with all that follow. The program owns the new origin;
 * `regraft_origin_free`.
 */
regraft_code regraft_origin_add_requested(const regraft_origin *origin,
                                          const char *pattern,
                                          regraft_origin **edited,
                                          regraft_error **error);

/**
 * No longer asks for it; `pattern` is the text of the request. The program owns the new origin;
 * `regraft_origin_free`.
 */
regraft_code regraft_origin_remove_requested(const regraft_origin *origin,
                                             const char *pattern,
                                             regraft_origin **edited,
                                             regraft_error **error);

/**
 * Asks for a local RPM; `digest` is the SHA-256 of its lead, signature and header, in hexadecimal.
 * The program owns the new origin; `regraft_origin_free`.
 */
regraft_code regraft_origin_add_requested_local(const regraft_origin *origin,
                                                const char *digest,
                                                const regraft_nevra *package,
                                                regraft_origin **edited,
                                                regraft_error **error);

/**
 * No longer asks for a local RPM. The program owns the new origin; `regraft_origin_free`.
 */
regraft_code regraft_origin_remove_requested_local(const regraft_origin *origin,
                                                   const regraft_nevra *package,
                                                   regraft_origin **edited,
                                                   regraft_error **error);

/**
 * Takes back all requests for packages, local ones included; overrides stay. The program owns the
 * new origin; `regraft_origin_free`.
 */
regraft_code regraft_origin_clear_requested(const regraft_origin *origin,
                                            regraft_origin **edited,
                                            regraft_error **error);

/**
 * Asks for a base package's removal. The program owns the new origin; `regraft_origin_free`.
 */
regraft_code regraft_origin_add_override_remove(const regraft_origin *origin,
                                                const char *name,
                                                regraft_origin **edited,
                                                regraft_error **error);

/**
 * Takes that back. The program owns the new origin; `regraft_origin_free`.
 */
regraft_code regraft_origin_reset_override_remove(const regraft_origin *origin,
                                                  const char *name,
                                                  regraft_origin **edited,
                                                  regraft_error **error);

/**
 * Asks for a base package's replacement by a local RPM; `digest` as in
 * `regraft_origin_add_requested_local`. The program owns the new origin; `regraft_origin_free`.
 */
regraft_code regraft_origin_add_override_replace_local(const regraft_origin *origin,
                                                       const char *digest,
                                                       const regraft_nevra *package,
                                                       regraft_origin **edited,
                                                       regraft_error **error);

/**
 * Takes that back. The program owns the new origin; `regraft_origin_free`.
 */
regraft_code regraft_origin_reset_override_replace_local(const regraft_origin *origin,
                                                         const regraft_nevra *package,
                                                         regraft_origin **edited,
                                                         regraft_error **error);

/**
 * Asks for a base package's replacement from the repository `repo`; a package is replaced from one
 * repository alone, the one named last. The program owns the new origin; `regraft_origin_free`.
 */
regraft_code regraft_origin_add_override_replace(const regraft_origin *origin,
                                                 const char *repo,
                                                 const char *name,
                                                 regraft_origin **edited,
                                                 regraft_error **error);

/**
 * Takes that back. The program owns the new origin; `regraft_origin_free`.
 */
regraft_code regraft_origin_reset_override_replace(const regraft_origin *origin,
                                                   const char *name,
                                                   regraft_origin **edited,
                                                   regraft_error **error);

/**
 * Takes back all removals and replacements of base packages. The program owns the new origin;
 * `regraft_origin_free`.
 */
regraft_code regraft_origin_reset_overrides(const regraft_origin *origin,
                                            regraft_origin **edited,
                                            regraft_error **error);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* REGRAFT_H */
