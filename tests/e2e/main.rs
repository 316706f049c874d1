//! The real binary, end to end.

mod backups;
mod bad_input;
mod campaigns;
mod cli;
mod conventions;
mod copies;
mod erasure;
mod evolution;
mod failures;
mod letters;
mod postgres;
mod service;
mod sheets;
mod stories;
mod watch;
