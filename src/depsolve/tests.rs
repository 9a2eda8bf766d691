#![allow(clippy::unwrap_used)]

mod dnf;
