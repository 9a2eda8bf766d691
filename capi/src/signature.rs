//! Whether packages need signatures.

use crate::call::{Failure, Result};
use engine::Signature;

/// Packages need a signature by a trusted key.
pub const REGRAFT_SIGNATURE_REQUIRED: i32 = 0;
/// Packages are taken without one.
pub const REGRAFT_SIGNATURE_NOT_REQUIRED: i32 = 1;

/// From the argument `name`.
pub(crate) fn signature(value: i32, name: &str) -> Result<Signature> {
    match value {
        REGRAFT_SIGNATURE_REQUIRED => Ok(Signature::Required),
        REGRAFT_SIGNATURE_NOT_REQUIRED => Ok(Signature::NotRequired),
        other => Err(Failure::bad_enum(name, other)),
    }
}
