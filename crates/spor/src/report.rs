//! What a person sees when something did not work: what, why, what now, and an exit code.

use std::fmt;

use spor_casework::error::CaseworkError;
use spor_domain::door::Malformed;
use spor_domain::rejection::{Language, Rejection};
use spor_history::error::HistoryError;
use spor_projections::error::ProjectionError;
use spor_scheduler::error::SchedulerError;
use spor_store::StoreError;

/// The documented exit codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Done.
    Done = 0,
    /// An unexpected fault: a bug.
    Fault = 1,
    /// Usage or configuration.
    Usage = 2,
    /// Refused by a rule.
    Refused = 3,
    /// Not found.
    NotFound = 4,
    /// A conflict that retries did not solve.
    Conflict = 5,
    /// The store is unavailable, locked or full.
    Unavailable = 6,
    /// Integrity is broken.
    Integrity = 7,
    /// Some lines of an import were refused.
    Partly = 8,
    /// Not allowed.
    NotAllowed = 9,
}

/// The exit codes as `spor help exit-codes` prints them.
pub const EXIT_CODES: &[(Exit, &str)] = &[
    (Exit::Done, "done"),
    (Exit::Fault, "unexpected fault: a bug, please report it"),
    (Exit::Usage, "usage or configuration"),
    (Exit::Refused, "refused by a rule; the message names the recommendation"),
    (Exit::NotFound, "not found"),
    (Exit::Conflict, "conflict with another writer after retries"),
    (Exit::Unavailable, "store unavailable, locked or full"),
    (Exit::Integrity, "integrity broken"),
    (Exit::Partly, "partly done: some lines of an import were refused"),
    (Exit::NotAllowed, "not allowed"),
];

/// A failure, ready to be shown.
#[derive(Debug, Clone)]
pub struct Report {
    /// The exit code.
    pub exit: Exit,
    /// A stable code in snake case.
    pub code: String,
    /// What.
    pub message: String,
    /// Why.
    pub because: String,
    /// What now.
    pub try_next: String,
    /// The recommendation or law behind a refusal.
    pub recommendation: Option<String>,
}

impl Report {
    /// A failure in three lines.
    pub fn new(
        exit: Exit,
        code: &str,
        message: impl Into<String>,
        because: impl Into<String>,
        try_next: impl Into<String>,
    ) -> Self {
        Self {
            exit,
            code: code.to_owned(),
            message: message.into(),
            because: because.into(),
            try_next: try_next.into(),
            recommendation: None,
        }
    }

    /// Something on the command line that cannot be.
    pub fn usage(message: impl Into<String>, try_next: impl Into<String>) -> Self {
        Self::new(Exit::Usage, "usage", message, "the command cannot be carried out", try_next)
    }

    /// A case that is not there.
    pub fn case_not_found(case: &str, known_at: bool) -> Self {
        let because = if known_at {
            "nothing about it was recorded, or not yet at that moment"
        } else {
            "nothing was ever recorded about it"
        };
        let next = "check with `spor case list`; --known-at now uses everything recorded so far";
        Self::new(
            Exit::NotFound,
            "case_not_found",
            format!("there is no case {case}"),
            because,
            next,
        )
    }

    /// A sealed text whose key is gone though nobody erased it.
    pub fn key_missing(what: &str) -> Self {
        Self::new(
            Exit::Integrity,
            "key_missing",
            format!("a key to {what} is missing"),
            "nothing was erased there: the keyring is older than the store, or was damaged",
            "put the keyring back from its second copy, made by `spor keys export`",
        )
    }

    /// A refusal by a rule.
    pub fn refused(rejection: &Rejection, language: Language) -> Self {
        let told = rejection.explain(language);
        let exit = match rejection {
            Rejection::UnknownCase { .. } => Exit::NotFound,
            _ => Exit::Refused,
        };
        let mut report =
            Self::new(exit, rejection.code(), told.message, told.because, told.try_next);
        report.recommendation = rejection.recommendation().map(str::to_owned);
        report
    }

    /// The failure as JSON: `{"error":{…}}`.
    pub fn as_json(&self) -> serde_json::Value {
        serde_json::json!({"error": {
            "code": self.code,
            "message": self.message,
            "because": self.because,
            "try": self.try_next,
            "recommendation": self.recommendation,
        }})
    }

    /// The three lines.
    pub fn in_words(&self, language: Language) -> String {
        let (refused, error, because, next) = match language {
            Language::Da => ("afvist", "fejl", "fordi", "gør"),
            Language::En => ("refused", "error", "because", "try"),
        };
        let what = if self.exit == Exit::Refused { refused } else { error };
        let source = self.recommendation.as_ref().map(|r| format!(" ({r})")).unwrap_or_default();
        format!(
            "{what}{source}: {}\n  {because}: {}\n  {next}: {}",
            self.message, self.because, self.try_next
        )
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.in_words(Language::En))
    }
}

impl std::error::Error for Report {}

impl From<Malformed> for Report {
    fn from(problem: Malformed) -> Self {
        Self::new(Exit::Usage, problem.code, problem.message, problem.because, problem.try_next)
    }
}

impl From<StoreError> for Report {
    fn from(error: StoreError) -> Self {
        let exit = match &error {
            StoreError::Conflict { .. }
            | StoreError::LeaseLost { .. }
            | StoreError::MovedOn { .. } => Exit::Conflict,
            StoreError::IdempotencyMismatch { .. }
            | StoreError::BadRequest { .. }
            | StoreError::BadStreamName { .. }
            | StoreError::BadLocation { .. }
            | StoreError::Exists { .. }
            | StoreError::KeyFileReadable { .. }
            | StoreError::KeyFileMissing { .. }
            | StoreError::KeyFileMalformed { .. }
            | StoreError::WrongKeyring
            | StoreError::OtherHistory { .. }
            | StoreError::CopyUnfinished
            | StoreError::BadCheckpoint { .. }
            | StoreError::NotAStore { .. }
            | StoreError::NewerFormat { .. }
            | StoreError::OldLibrary { .. }
            | StoreError::NotMigrated { .. }
            | StoreError::NotUtf8 { .. }
            | StoreError::UnsafeServer { .. }
            | StoreError::NetworkFileSystem { .. } => Exit::Usage,
            StoreError::NotPermitted { .. } => Exit::NotAllowed,
            StoreError::NotFound { .. } => Exit::NotFound,
            StoreError::Integrity { .. }
            | StoreError::OtherLog { .. }
            | StoreError::NotProven { .. } => Exit::Integrity,
            StoreError::Locked
            | StoreError::Full { .. }
            | StoreError::ReadOnly { .. }
            | StoreError::Replica { .. }
            | StoreError::Unreachable { .. }
            | StoreError::Closed
            | StoreError::Database { .. }
            | StoreError::Io { .. } => Exit::Unavailable,
        };
        Self::new(exit, error.code(), error.to_string(), error.because(), error.try_next())
    }
}

impl From<HistoryError> for Report {
    fn from(error: HistoryError) -> Self {
        let exit = match &error {
            HistoryError::Store(_) => Exit::Fault,
            HistoryError::Unfoldable(_) => Exit::Integrity,
            HistoryError::UnknownType { .. } | HistoryError::MissingStep { .. } => Exit::Usage,
        };
        match error {
            HistoryError::Store(error) => error.into(),
            other => {
                let (because, next) = (other.because(), other.try_next());
                Self::new(exit, other.code(), other.to_string(), because, next)
            }
        }
    }
}

impl From<ProjectionError> for Report {
    fn from(error: ProjectionError) -> Self {
        let exit = match &error {
            ProjectionError::Query(_) | ProjectionError::NotKept { .. } => Exit::Usage,
            ProjectionError::UnknownTable { .. } => Exit::NotFound,
            ProjectionError::Busy => Exit::Unavailable,
            ProjectionError::History(_) | ProjectionError::Store(_) => Exit::Fault,
        };
        match error {
            ProjectionError::History(error) => error.into(),
            ProjectionError::Store(error) => error.into(),
            other => {
                let (because, next) = (other.because(), other.try_next());
                Self::new(exit, other.code(), other.to_string(), because, next)
            }
        }
    }
}

impl From<CaseworkError> for Report {
    fn from(error: CaseworkError) -> Self {
        match error {
            CaseworkError::Store(error) => error.into(),
            CaseworkError::History(error) => error.into(),
            CaseworkError::Malformed(problem) => problem.into(),
            CaseworkError::File(error) => error.into(),
            conflict @ CaseworkError::Conflict { .. } => {
                let (because, next) = (conflict.because(), conflict.try_next());
                Self::new(Exit::Conflict, conflict.code(), conflict.to_string(), because, next)
            }
        }
    }
}

impl From<SchedulerError> for Report {
    fn from(error: SchedulerError) -> Self {
        let exit = match &error {
            SchedulerError::UnknownRule(_)
            | SchedulerError::UnknownCase(_)
            | SchedulerError::UnknownReminder(_)
            | SchedulerError::UnknownNotice(_) => Exit::NotFound,
            SchedulerError::Settings(_) => Exit::Usage,
            _ => Exit::Fault,
        };
        match error {
            SchedulerError::Store(error) => error.into(),
            SchedulerError::History(error) => error.into(),
            SchedulerError::Projections(error) => error.into(),
            unknown @ SchedulerError::UnknownNotice(_) => {
                let because = "nothing in the ledger or the outbox has this id";
                let next = "`spor query reminders` and `spor reminders outbox` list the ids";
                Self::new(exit, unknown.code(), unknown.to_string(), because, next)
            }
            other => {
                let because = "the scheduler could not go on";
                let next = "check with `spor doctor`";
                Self::new(exit, other.code(), other.to_string(), because, next)
            }
        }
    }
}

impl From<std::io::Error> for Report {
    fn from(error: std::io::Error) -> Self {
        let next = "check the path and its permissions";
        let because = "the operating system refused";
        Self::new(Exit::Unavailable, "io_failed", error.to_string(), because, next)
    }
}

impl From<anyhow::Error> for Report {
    fn from(error: anyhow::Error) -> Self {
        match error.downcast::<Self>() {
            Ok(report) => report,
            Err(fault) => Self::new(
                Exit::Fault,
                "unexpected",
                format!("{fault:#}"),
                "this should not happen",
                "report it with the command and this message; nothing is lost from the log",
            ),
        }
    }
}
