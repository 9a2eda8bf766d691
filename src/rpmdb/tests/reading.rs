//! Databases of others.
