//! Why an act on a reminder is refused: it rests letters and never the duty.

use chrono::NaiveDate;

use crate::rules::Level;

/// Longest reason that is taken; it is read in a line.
pub const MOST_REASON_CHARS: usize = 1_000;

/// Why somebody cannot acknowledge, put off or rest a reminder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// What it asks for was done, or the case has ended.
    Settled {
        /// The day.
        on: NaiveDate,
    },
    /// A later level has taken its place.
    Overtaken {
        /// Which, where it is known.
        by: Option<Level>,
    },
    /// It is no longer told, since the reminder went to somebody else or its day moved.
    Withdrawn,
    /// Nobody was told of it, so nobody has seen it.
    NotTold,
    /// It tells that somebody could not be reached, and stays until that is put right.
    AlarmStays,
    /// No reason was given.
    ReasonMissing,
    /// The reason is longer than a line can hold.
    ReasonTooLong,
    /// The last day lies behind us.
    UntilInPast {
        /// Today.
        today: NaiveDate,
    },
    /// It would rest over the day of its next level, or longer than the municipality allows.
    SnoozeTooLong {
        /// The last day that is possible.
        latest: NaiveDate,
        /// The level that begins the day after, where there is one.
        next: Option<Level>,
    },
    /// The letters would rest longer than the municipality allows.
    PauseTooLong {
        /// The last day that is possible.
        latest: NaiveDate,
    },
    /// Nothing rests that could be resumed.
    NothingRests,
}

impl Refusal {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Settled { .. } => "reminder_settled",
            Self::Overtaken { .. } => "reminder_overtaken",
            Self::Withdrawn => "reminder_withdrawn",
            Self::NotTold => "reminder_not_told",
            Self::AlarmStays => "alarm_stays",
            Self::ReasonMissing => "reason_missing",
            Self::ReasonTooLong => "reason_too_long",
            Self::UntilInPast { .. } => "until_in_past",
            Self::SnoozeTooLong { .. } => "snooze_too_long",
            Self::PauseTooLong { .. } => "pause_too_long",
            Self::NothingRests => "nothing_paused",
        }
    }
}
