//! Databases of ours.
