//! Questions in words: what they mean, where they stop making sense, what the database is asked.

mod grammar;
mod push_down;
