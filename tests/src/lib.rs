//! What the tests stand on: a log in memory, given/when/then, a mail sink, a runner of stories.
//!
//! | room | what stands in it |
//! |---|---|
//! | [`binary`] | the real binary in a folder of its own |
//! | [`entry`] | entries in one short line |
//! | [`book`], [`given`] | the pure domain as a log in memory; given, when, then |
//! | [`stories`] | stories told to the real binary |
//! | [`watched`] | the running service, asked how it fares |
//! | [`campaign`] | kills, failing disks, fail-over, races: faults from outside, and the count after |
//! | [`postgres`] | a PostgreSQL of our own |
//! | [`report`] | what a mail server reports of a letter |
//! | [`severed`] | a wire to it that is cut at a commit |
//! | [`smtp`] | a relay that keeps letters and can misbehave |
//! | [`token`] | an endpoint that gives out tokens, or does not |

pub mod binary;
pub mod book;
pub mod campaign;
pub mod entry;
pub mod fresh;
pub mod given;
pub mod postgres;
pub mod report;
pub mod severed;
pub mod smtp;
pub mod stories;
pub mod token;
pub mod watched;
