//! The real binary, end to end.

mod bad_input;
mod cli;
mod letters;
mod stories;
