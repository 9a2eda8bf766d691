//! Dependency solving.
