//! What a request changes: deletions and patches, what of an object they cannot touch, and dry runs.

pub(crate) mod delete;
pub(crate) mod dry;
mod keep;
pub(crate) mod patch;
mod strategic;

pub(crate) use keep::keep;
