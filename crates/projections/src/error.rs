//! What can go wrong with what is known.

use spor_history::error::HistoryError;
use spor_store::StoreError;

use crate::query::BadQuery;

/// The result of asking and of keeping rows.
pub type Result<T, E = ProjectionError> = std::result::Result<T, E>;

/// Why a question has no answer, or the rows could not be kept.
#[derive(Debug, thiserror::Error)]
pub enum ProjectionError {
    /// The question cannot be understood.
    #[error(transparent)]
    Query(#[from] BadQuery),
    /// The log could not be folded.
    #[error(transparent)]
    History(#[from] HistoryError),
    /// The database did not do what it was asked.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There is no table of that name.
    #[error("there is no table {name}")]
    UnknownTable {
        /// The name.
        name: String,
        /// The table that was perhaps meant.
        nearest: Option<&'static str>,
    },
    /// The table is a view, so there is nothing to build anew.
    #[error("{name} is a view: it has no rows of its own")]
    NotKept {
        /// The name.
        name: &'static str,
    },
    /// Another program is filling the same tables.
    #[error("another program is filling the tables")]
    Busy,
}

impl ProjectionError {
    /// The stable name of the error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Query(bad) => bad.code(),
            Self::History(error) => error.code(),
            Self::Store(error) => error.code(),
            Self::UnknownTable { .. } => "unknown_table",
            Self::NotKept { .. } => "table_is_a_view",
            Self::Busy => "tables_busy",
        }
    }

    /// Why that is so.
    pub fn because(&self) -> String {
        match self {
            Self::Query(bad) => bad.because(),
            Self::History(error) => error.because().to_owned(),
            Self::Store(error) => error.because().to_owned(),
            Self::UnknownTable { .. } => "a question is put to a table by its name".to_owned(),
            Self::NotKept { .. } => "it is read from the log or the ledger when asked".to_owned(),
            Self::Busy => "one program at a time fills a table".to_owned(),
        }
    }

    /// What to do now.
    pub fn try_next(&self) -> String {
        match self {
            Self::Query(bad) => bad.try_next(),
            Self::History(error) => error.try_next().to_owned(),
            Self::Store(error) => error.try_next().to_owned(),
            Self::UnknownTable { nearest: Some(nearest), .. } => format!("ask {nearest}"),
            Self::UnknownTable { nearest: None, .. } => {
                "run `spor query` without a name for the list of tables".to_owned()
            }
            Self::NotKept { .. } => "ask it; it is always fresh".to_owned(),
            Self::Busy => "try again in a minute".to_owned(),
        }
    }
}
