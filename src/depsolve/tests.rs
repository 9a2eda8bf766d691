#![allow(clippy::unwrap_used)]

mod dnf;
mod small;
