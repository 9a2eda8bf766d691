/* regraft: transactions, package layering and deployments of OSTree systems.
 * Made from capi/src by `cargo xtask headers`: do not edit. */

#ifndef REGRAFT_H
#define REGRAFT_H

#include <stdint.h>

/*
 The version of the ABI that this header describes. It grows when functions are added, and 0
 promises nothing yet.
 */
#define REGRAFT_ABI_VERSION 0

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/*
 The version of the ABI that the library has which the program runs with. It is
 `REGRAFT_ABI_VERSION` or greater where the library is as new as the header. Any thread.
 */
uint32_t regraft_abi_version(void);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* REGRAFT_H */
