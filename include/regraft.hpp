/* regraft: transactions, package layering and deployments of OSTree systems, for C++17.
 *
 * Link with -lregraft-cxx-glue -lregraft_cxx. */
#ifndef REGRAFT_HPP
#define REGRAFT_HPP

#include <cstdint>
#include <regraft/src/lib.rs.h>

namespace regraft {

/// The version of the API that the library has which the program runs with; 0 promises nothing yet.
/// Any thread.
inline std::uint32_t abi_version() noexcept { return bridge::api_version(); }

} // namespace regraft

#endif
