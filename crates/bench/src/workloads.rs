//! What is measured: storing, loading, replaying, rebuilding, asking what is due,
//! and what the rules themselves cost.

pub(crate) mod append;
pub(crate) mod due;
pub(crate) mod foresight;
pub(crate) mod judging;
pub(crate) mod letters;
pub(crate) mod load;
pub(crate) mod rebuild;
pub(crate) mod replay;
