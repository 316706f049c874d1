//! What can go wrong in a round.

use spor_history::error::HistoryError;
use spor_projections::error::ProjectionError;
use spor_store::StoreError;

/// Why a round ended early. What was committed before stays; the next round goes on from there.
#[derive(Debug, thiserror::Error)]
pub enum SchedulerError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The memory.
    #[error(transparent)]
    History(#[from] HistoryError),
    /// The tables.
    #[error(transparent)]
    Projections(#[from] ProjectionError),
    /// The settings do not fit each other.
    #[error("the scheduler cannot run with these settings: {0}")]
    Settings(&'static str),
    /// The table of deadlines has another shape than planning knows.
    #[error("the table of deadlines cannot be planned from: {0}")]
    Deadlines(String),
    /// A rule that does not exist.
    #[error("there is no rule {0}")]
    UnknownRule(String),
    /// A case that does not exist.
    #[error("there is no case {0}")]
    UnknownCase(String),
    /// A reminder that the ledger does not have.
    #[error("there is no reminder {0}")]
    UnknownReminder(String),
    /// A reminder or letter that does not exist.
    #[error("there is no reminder and no letter {0}")]
    UnknownNotice(String),
    /// A letter that cannot be written.
    #[error("the letter cannot be written: {0}")]
    Letter(String),
    /// The alarm clock.
    #[error("the alarm clock failed: {0}")]
    Clock(String),
}

impl SchedulerError {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Store(error) => error.code(),
            Self::History(error) => error.code(),
            Self::Projections(error) => error.code(),
            Self::Settings(_) => "scheduler_settings",
            Self::Deadlines(_) => "deadlines_unreadable",
            Self::UnknownRule(_) => "rule_not_found",
            Self::UnknownCase(_) => "case_not_found",
            Self::UnknownReminder(_) => "reminder_not_found",
            Self::UnknownNotice(_) => "notice_not_found",
            Self::Letter(_) => "letter_unwritten",
            Self::Clock(_) => "alarm_clock_failed",
        }
    }
}

/// The result of everything the scheduler does.
pub type Result<T, E = SchedulerError> = std::result::Result<T, E>;
