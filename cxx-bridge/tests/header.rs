//! A program links and runs, with either library.
#![allow(missing_docs)]

mod support;

use std::process::Command;
use support::build::run;
use support::{Link, program};

#[test]
fn a_cxx_program_runs() {
    for link in [Link::Shared, Link::Static] {
        let version = program("tests/version.cpp", link);
        assert_eq!(run(&mut Command::new(version)), "0\n");
    }
}
