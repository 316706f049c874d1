//! What is known: rows kept live, built anew, or folded for another day are the same rows.

mod content;
mod keeping;
mod other_days;
mod quarantine;
mod reports;
pub(crate) mod stage;
pub(crate) mod views;
