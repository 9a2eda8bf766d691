//! The Rust side of the C++ API. `include/regraft.hpp` is what programs include.
//!
//! A panic in a function of a bridge would end the process, and an error would come out as a bare
//! string: so no function here returns a `Result`. Each runs under `failure::guard` and fills a
//! `Failure`, from which the header throws.
//!
//! There is one bridge for each noun; what they share is in `values`.

mod compose;
mod failure;
mod handle;
mod job;
mod origin;
mod package;
mod plan;
mod repository;
mod rpmdb;
mod sysroot;
mod transaction;
mod treefile;
mod values;

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
