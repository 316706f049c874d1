//! What can go wrong when something is done; a rule's refusal is no error but an answer.

use spor_domain::door::Malformed;
use spor_history::error::HistoryError;
use spor_store::StoreError;

/// The result of everything that is done.
pub type Result<T, E = CaseworkError> = std::result::Result<T, E>;

/// Why something could not be done; nothing was half-written.
#[derive(Debug, thiserror::Error)]
pub enum CaseworkError {
    /// The store did not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What is there could not be read.
    #[error(transparent)]
    History(#[from] HistoryError),
    /// The wish cannot be understood.
    #[error("{}", .0.message)]
    Malformed(Malformed),
    /// Others were faster each time.
    #[error("somebody else wrote to the same streams {tries} times in a row")]
    Conflict {
        /// How often it was tried.
        tries: u32,
    },
    /// The input could not be read, or the output not be written.
    #[error("the file cannot be used: {0}")]
    File(#[from] std::io::Error),
}

impl From<Malformed> for CaseworkError {
    fn from(problem: Malformed) -> Self {
        Self::Malformed(problem)
    }
}

impl CaseworkError {
    /// The stable name of the error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Store(error) => error.code(),
            Self::History(error) => error.code(),
            Self::Malformed(problem) => problem.code,
            Self::Conflict { .. } => "conflict",
            Self::File(_) => "io_failed",
        }
    }

    /// Why that is so.
    pub fn because(&self) -> String {
        match self {
            Self::Store(error) => error.because().to_owned(),
            Self::History(error) => error.because().to_owned(),
            Self::Malformed(problem) => problem.because.clone(),
            Self::Conflict { .. } => "a decision holds only for what it has read".to_owned(),
            Self::File(_) => "the operating system refused".to_owned(),
        }
    }

    /// What to do now.
    pub fn try_next(&self) -> String {
        match self {
            Self::Store(error) => error.try_next().to_owned(),
            Self::History(error) => error.try_next().to_owned(),
            Self::Malformed(problem) => problem.try_next.clone(),
            Self::Conflict { .. } => "look at the case and try again".to_owned(),
            Self::File(_) => "check the path and its permissions".to_owned(),
        }
    }

    /// What the store said, where the store said it.
    pub fn store_error(&self) -> Option<&StoreError> {
        match self {
            Self::Store(error) | Self::History(HistoryError::Store(error)) => Some(error),
            Self::History(_) | Self::Malformed(_) | Self::Conflict { .. } | Self::File(_) => None,
        }
    }
}
