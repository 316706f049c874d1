//! The memory of Spor: what the log holds, read back as cases, policies and people.
//!
//! A stored event is decoded, upcast to its newest shape and, where the fold needs it, opened
//! ([`codec`], [`upcast`]); a stream becomes a case as known at an instant ([`load`], `folding`), and
//! its fold is kept while nothing has moved (`kept`); every entry can be told with who recorded it
//! and what it said then ([`timeline`]); two views are compared field by field ([`diff`]).
//!
//! ```no_run
//! # async fn show(store: spor_store::Store) -> Result<(), spor_history::error::HistoryError> {
//! use spor_domain::ids::CaseRef;
//! use spor_history::load::{KnownAt, Memory};
//!
//! let memory = Memory::new(store);
//! let case = CaseRef::parse("SPOR-2025-0101").expect("an invented reference");
//! let remembered = memory.case(&case, KnownAt::Everything).await?;
//! println!("{} entries", remembered.case.entries().len());
//! # Ok(())
//! # }
//! ```

pub mod codec;
pub mod diff;
pub mod error;
mod folding;
mod kept;
pub mod load;
pub mod opening;
pub mod stream;
pub mod timeline;
pub mod upcast;
