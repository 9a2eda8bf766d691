/* regraft: transactions, package layering and deployments of OSTree systems, for C++17.
 *
 * Link with -lregraft-cxx-glue -lregraft_cxx. */
#ifndef REGRAFT_HPP
#define REGRAFT_HPP

/// \file
/// rpm-ostree as an embeddable library.
///
/// A `regraft::Sysroot` is a machine, or an image of one. A `regraft::Transaction` on it takes
/// wishes; its `regraft::Plan` says what they lead to, and staging that makes a deployment: the new
/// system, which the machine boots next, or not at all.
///
/// ```cpp
/// regraft::Job job;
/// auto tx = regraft::Sysroot::open("/").transaction(regraft::Base::Pending);
/// tx.upgrade().install("strace").remove_base("nano");
/// auto plan = tx.plan(job);
/// std::cout << plan << tx.stage(plan, job) << '\n';
/// ```
///
/// | to | there is |
/// |---|---|
/// | see what is deployed | `Sysroot::deployments`, `Sysroot::status` |
/// | change it | `Sysroot::transaction`, `Sysroot::deploy_commit`, `Sysroot::rollback` |
/// | see what is installed, or differs | `Sysroot::rpmdb`, `Rpmdb` |
/// | see what is wrong, and clean up | `Sysroot::check`, `Sysroot::recover` |
/// | look into repositories | `Sysroot::search`, `RepoConfig` |
/// | look at package files | `Package`, `Keyring` |
/// | make a base | `Compose`, `Treefile` |
/// | follow a call, and end it early | `Job`, `Cancel` |
///
/// Whatever fails throws `regraft::Error`: `what()` is for people, `kind()` for programs. Where the
/// documentation of a call names kinds, those are the ones to act on; any call can also throw `Io`,
/// any that takes a `Job` `Cancelled`, and any that takes a text or a path `BadUtf8`.
///
/// Objects own what they have. Those that do not change copy cheaply and may be read by any thread;
/// those that do change say whether they copy as values or only move. One that was moved from
/// throws `Error` of kind `SpentHandle`; one that is used by a call that has not returned, `InUse`.
///
/// The API is compatible as source, not as binary: programs are compiled with the header of the
/// library that they link. The library prints nothing, reads no environment variables, and has no
/// global state.

#include <cstdint>

#include <regraft/call.hpp>
#include <regraft/change.hpp>
#include <regraft/compose.hpp>
#include <regraft/deployment.hpp>
#include <regraft/error.hpp>
#include <regraft/job.hpp>
#include <regraft/nevra.hpp>
#include <regraft/origin.hpp>
#include <regraft/package.hpp>
#include <regraft/plan.hpp>
#include <regraft/repository.hpp>
#include <regraft/rpmdb.hpp>
#include <regraft/src/lib.rs.h>
#include <regraft/sysroot.hpp>
#include <regraft/transaction.hpp>
#include <regraft/treefile.hpp>

namespace regraft {

/// The version of the API that the library has which the program runs with; 0 promises nothing yet.
/// Any thread.
inline std::uint32_t abi_version() noexcept { return bridge::api_version(); }

}  // namespace regraft

#endif
