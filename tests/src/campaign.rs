//! Campaigns: the real binary under load, killed and starved from outside, and the count after.
//!
//! The product knows nothing of this. `strace` stops a process before a chosen system call, or lets
//! one call fail; the rest is `kill -9`. Each campaign is a function of its options, so that the
//! short form runs as a test and the long form as the program `campaign`.
//!
//! | room | what stands in it |
//! |---|---|
//! | [`dice`] | the seed |
//! | [`fate`] | how a process ends |
//! | [`stage`] | a store with cases, a relay beside it |
//! | [`tally`] | what was acknowledged, and whether it is there once |
//! | [`server`] | how a database server dies |
//! | [`load`], `work` | who works on the store meanwhile, and who dies |
//! | [`letters`] | who sends reminders, who dies over it, and what the relay has in the end |
//! | [`kills`], [`disk`], [`failover`], [`races`] | the campaigns |
//! | [`clock`] | two years of cases by a hand-wound clock |

pub mod clock;
pub mod deaths;
mod dice;
pub mod disk;
pub mod failover;
pub mod fate;
pub mod kills;
pub mod letters;
pub mod load;
pub mod races;
pub mod server;
pub mod stage;
pub mod tally;
mod work;
