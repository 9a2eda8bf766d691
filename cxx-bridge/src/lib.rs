//! The Rust side of the C++ API. `include/regraft.hpp` is what programs include.
//!
//! A panic in a function of the bridge would end the process, and an error would come out as a bare
//! string: so no function here fails.

/// The version of the API.
const API_VERSION: u32 = 0;

#[cxx::bridge(namespace = "regraft::bridge")]
mod bridge {
    extern "Rust" {
        /// The version of the API that the library has.
        fn api_version() -> u32;
    }
}

fn api_version() -> u32 {
    API_VERSION
}
