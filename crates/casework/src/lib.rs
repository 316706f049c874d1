//! Doing things: who wishes what, whether it was answered already, what the rules say, and the
//! append that holds only while nothing of what was read has moved.
//!
//! | room | what stands in it |
//! |---|---|
//! | [`execute`] | one wish, from its idempotency key to its place in the log |
//! | [`import`], [`export`], [`undo`] | whole files, in, out and taken back |
//! | [`found`] | a store's first commit |
//! | [`invented`] | a year of invented cases |
//! | [`actor`], [`error`] | who acts and when; what can go wrong |

pub mod actor;
pub mod error;
pub mod execute;
pub mod export;
pub mod found;
pub mod import;
pub mod invented;
mod known;
mod plan;
mod request;
pub mod undo;
