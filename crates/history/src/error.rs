//! What can go wrong when the log is read back.

use spor_store::{Position, StoreError, StreamName};

/// The result of everything that remembers.
pub type Result<T, E = HistoryError> = std::result::Result<T, E>;

/// One stream that cannot be folded; it is set aside and never silences the rest.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("stream {stream} cannot be read at position {position}: {why}")]
pub struct Unfoldable {
    /// Which stream.
    pub stream: StreamName,
    /// The first event that cannot be read.
    pub position: Position,
    /// What is wrong with it.
    pub why: String,
}

/// Why something could not be remembered.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// The store did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The stream asked for cannot be folded.
    #[error(transparent)]
    Unfoldable(#[from] Unfoldable),
    /// The log holds an event that this program does not know.
    #[error("position {position} holds a {event_type}, version {version}, unknown to this program")]
    UnknownType {
        /// Where.
        position: Position,
        /// The stored name.
        event_type: String,
        /// The stored shape.
        version: u16,
    },
    /// An old shape cannot be brought to the newest one.
    #[error("no step leads from version {from} of {event_type} to the next")]
    MissingStep {
        /// The type.
        event_type: &'static str,
        /// The shape that nothing leads away from.
        from: u16,
    },
}

impl HistoryError {
    /// The stable name of the error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Store(error) => error.code(),
            Self::Unfoldable(_) => "stream_unreadable",
            Self::UnknownType { .. } => "event_unknown",
            Self::MissingStep { .. } => "upcaster_missing",
        }
    }

    /// Why that is so.
    pub fn because(&self) -> &'static str {
        match self {
            Self::Store(error) => error.because(),
            Self::Unfoldable(_) => "a stored body does not fit its type",
            Self::UnknownType { .. } => "a newer program has written to this store",
            Self::MissingStep { .. } => "every old shape must be readable for ever",
        }
    }

    /// What to do now.
    pub fn try_next(&self) -> &'static str {
        match self {
            Self::Store(error) => error.try_next(),
            Self::Unfoldable(_) => "run `spor audit verify`; keep the files",
            Self::UnknownType { .. } => "install the program that wrote it, or a newer one",
            Self::MissingStep { .. } => "this is a fault of the program: report it",
        }
    }
}
