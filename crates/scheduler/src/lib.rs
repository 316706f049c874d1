//! The clock's work: from a deadline to a letter, each reminder once, whatever fails in between.
//!
//! One function, [`tick::Scheduler::tick`], does everything: it reaps what has lapsed, plans what
//! has come due, writes the letters of the day, and hands them in. The service calls it when its
//! alarm clock rings, `spor scheduler tick` calls it once; the database is its only memory. A
//! reminder is a state and not a moment, so a missed round needs no code of its own.
//!
//! | room | what stands in it |
//! |---|---|
//! | [`tick`] | one round, and what it did |
//! | `due`, `plan` | which level's letter has come, to whom; the ledger |
//! | `compose`, `names` | the letter of a person's day; what may not be in it |
//! | [`letter`] | the life of a letter as one pure function |
//! | `reap`, `deliver`, `record` | the outbox, the relay, the facts about both |
//! | [`anchor`] | signed checkpoints, as files and as the letter of the day |
//! | [`open`] | the reminders open on a day, whether or not a round ever ran |
//! | [`explain`] | why a reminder did or did not go out |
//! | [`clock`], [`pulse`], `ending` | the alarm clock, signs of life, a graceful end |
//!
//! ```
//! use spor_scheduler::letter::{Circumstances, Input, step};
//! use spor_store::{LetterId, LetterState};
//! let now = chrono::DateTime::UNIX_EPOCH;
//! let letter = LetterId::new(uuid::Uuid::nil());
//! let circumstances = Circumstances { letter, attempts: 1, since: now, now };
//! let silent = step(LetterState::HandingOver, Input::Silent, &circumstances);
//! assert_eq!(silent.state, LetterState::InDoubt);
//! ```

pub mod anchor;
pub mod clock;
mod compose;
mod deliver;
mod due;
mod ending;
pub mod error;
pub mod explain;
pub mod letter;
mod names;
pub mod open;
mod plan;
pub mod pulse;
mod reap;
mod record;
pub mod settings;
pub mod tick;
