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
//! | `review`, `served`, `compose`, `letterhead`, `names` | the letter of a person's day; what may not be in it |
//! | [`acts`] | what people did about reminders: seen, put off, resting |
//! | `meetings`, `unwritten` | what goes into calendars; whom a failing text is told to |
//! | [`letter`] | the life of a letter as one pure function |
//! | `lapse`, `reap`, `pace`, `deliver`, `record` | the outbox, the relay, the facts about both |
//! | [`anchor`] | signed checkpoints, as files and as the letter of the day |
//! | [`bounces`] | what mail servers report of letters later |
//! | [`open`] | the reminders open on a day, whether or not a round ever ran |
//! | [`preview`] | a letter that is only shown |
//! | [`explain`] | why a reminder did or did not go out |
//! | [`effect`] | how soon the duty was done after a reminder |
//! | [`foresee`] | the letters to come, under the published policy or a draft |
//! | [`silence`] | every deadline that passed without a letter, with its reason |
//! | [`notice`] | one notice from the fact to the relay's answer |
//! | [`self_audit`], `differing` | every week each case is held against the log; who is told |
//! | [`clock`], [`pulse`], `ending` | the alarm clock, signs of life, a graceful end |
//! | [`wrong_clock`] | a clock that nobody believes |
//!
//! ```
//! use spor_scheduler::letter::{Circumstances, Input, step};
//! use spor_store::{LetterId, LetterState};
//! let now = chrono::DateTime::UNIX_EPOCH;
//! let letter = LetterId::new(uuid::Uuid::nil());
//! let (copies, most_copies) = (1, 3);
//! let since = now;
//! let circumstances =
//!     Circumstances { letter, attempts: 1, since, now, copies, most_copies, was_in_doubt: false };
//! let silent = step(LetterState::HandingOver, Input::Silent, &circumstances);
//! assert_eq!(silent.state, LetterState::InDoubt);
//! ```

pub mod acts;
pub mod anchor;
mod armed;
pub mod bounces;
pub mod clock;
mod compose;
mod deliver;
mod differing;
mod due;
pub mod effect;
mod ending;
pub mod error;
pub mod explain;
pub mod foresee;
mod lapse;
pub mod letter;
mod letterhead;
mod meetings;
mod names;
mod noted;
pub mod notice;
pub mod open;
mod pace;
mod plan;
pub mod preview;
pub mod pulse;
mod reap;
mod record;
mod review;
pub mod self_audit;
mod served;
pub mod settings;
pub mod silence;
pub mod tick;
mod unwritten;
mod waking;
mod why;
pub mod wrong_clock;
