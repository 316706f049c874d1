//! The tests that need no running binary: domain, store, history, tables, scheduler, letters, tidy.

mod bad_entries;
mod casework;
mod clock;
mod decisions;
mod evolution;
mod foresight;
mod format;
mod golden_events;
mod invented;
mod letter_model;
mod mail;
mod projections;
mod properties;
mod query;
mod scheduler;
mod store_contract;
mod stories_pure;
mod tidy;
mod time;
