//! What is measured: storing, replaying, rebuilding.

pub(crate) mod append;
pub(crate) mod rebuild;
pub(crate) mod replay;
