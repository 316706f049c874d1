//! The outbox: letters, who may send them, and every attempt.
//!
//! A lease is a timed right to send, told apart by its fence; it follows the database's clock.
//! When a letter may go out (`next_at`) follows the caller's clock.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use crate::ids::LetterId;
use crate::words::words;

pub mod guard;
mod outbox;

/// Copies of a letter that the relay may have before a person decides.
pub const MAX_COPIES: i64 = 3;
/// No letter waits for longer; the longest wait between attempts is ten hours.
pub const LONGEST_WAIT: TimeDelta = TimeDelta::hours(12);

words! {
    /// Where a letter is on its way.
    pub enum LetterState {
        /// It waits for its instant.
        Ready = "ready",
        /// A worker holds it.
        Leased = "leased",
        /// A worker gives it to the relay.
        HandingOver = "handing_over",
        /// Nobody knows whether the relay has it.
        InDoubt = "in_doubt",
        /// It failed and will be tried again.
        Deferred = "deferred",
        /// The relay has it.
        Sent = "sent",
        /// It was given up.
        Dead = "dead",
        /// Everything in it was met.
        Cancelled = "cancelled",
        /// It waits for a person.
        Held = "held",
    }
}

/// A letter as it is composed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewLetter {
    /// Made from recipient, local day, slot and part.
    pub id: LetterId,
    /// The person.
    pub recipient: String,
    /// The address.
    pub address: String,
    /// The local day of its slot.
    pub local_day: NaiveDate,
    /// The slot of that day.
    pub slot: String,
    /// The part, when one slot needs several letters.
    pub part: u32,
    /// The Message-ID, the same on every attempt.
    pub message_id: String,
    /// The rendered bytes, the same on every attempt.
    pub bytes: Vec<u8>,
    /// When it may be sent.
    pub next_at: DateTime<Utc>,
}

/// A letter as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LetterRow {
    /// As it was composed; `next_at` moves.
    pub letter: NewLetter,
    /// Where it is on its way.
    pub state: LetterState,
    /// How often it was leased.
    pub attempts: i64,
    /// Who holds it.
    pub lease_by: Option<String>,
    /// Until when, by the database's clock.
    pub lease_until: Option<DateTime<Utc>>,
    /// Counts the leases.
    pub fence: i64,
    /// When it was last handed over.
    pub handed_over_at: Option<DateTime<Utc>>,
    /// When the relay took it.
    pub sent_at: Option<DateTime<Utc>>,
    /// The relay's last answer.
    pub smtp_code: Option<u16>,
    /// The relay's last words.
    pub smtp_text: Option<String>,
    /// Copies that the relay may have, since a person last decided.
    pub copies: i64,
}

/// One attempt, or one step of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttemptRow {
    /// Which letter.
    pub letter: LetterId,
    /// Under which lease.
    pub fence: i64,
    /// Which worker.
    pub worker: Option<String>,
    /// The state it led to.
    pub phase: LetterState,
    /// The relay's answer.
    pub code: Option<u16>,
    /// The relay's words, or why.
    pub text: Option<String>,
    /// When.
    pub at: DateTime<Utc>,
    /// What tells the report of a mail server from every other one; nothing for a dialogue.
    pub report: Option<Vec<u8>>,
}

/// An address that is not written to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suppression {
    /// Which address.
    pub address: String,
    /// Why.
    pub reason: String,
    /// Since when.
    pub at: DateTime<Utc>,
}

/// One of the letters that a person has for a slot of a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LetterPart {
    /// The person.
    pub recipient: String,
    /// Which part.
    pub part: u32,
    /// Whether it counts: one that was taken back with all that was in it, before any relay heard
    /// of it, does not.
    pub counts: bool,
}

/// A letter by name: what it says, the letter itself says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LetterName {
    /// Its id.
    pub id: LetterId,
    /// To whom.
    pub recipient: String,
    /// The day it is of.
    pub local_day: NaiveDate,
}

/// Which letters a reader wants.
#[derive(Clone, Debug, Default)]
pub struct LetterFilter {
    /// Only this one.
    pub id: Option<LetterId>,
    /// Only in one of these states; all when empty.
    pub states: Vec<LetterState>,
    /// Only to this person.
    pub recipient: Option<String>,
}

/// What became of an attempt to compose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Composed {
    /// The letter is in the outbox, its reminders point to it.
    New,
    /// There is a letter with this id; nothing was changed.
    Exists,
    /// One of the reminders is no longer planned; nothing was changed.
    ReminderGone,
}
