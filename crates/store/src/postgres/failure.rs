//! What PostgreSQL says, in the words of the store.

use std::path::PathBuf;

use crate::error::StoreError;
use crate::ids::Position;

/// Translates; the server is named by its place, never with a password.
pub(super) fn translate(error: sqlx::Error, place: &str) -> StoreError {
    let error = match error {
        sqlx::Error::Database(error) => error,
        sqlx::Error::Io(error) => return unreachable(place, &error.to_string()),
        sqlx::Error::Tls(error) => return unreachable(place, &error.to_string()),
        sqlx::Error::Protocol(what) => return unreachable(place, &what),
        sqlx::Error::Decode(error) | sqlx::Error::ColumnDecode { source: error, .. } => {
            return StoreError::unreadable(&error.to_string());
        }
        other => return StoreError::Database { what: other.to_string() },
    };
    let code = error.code().unwrap_or_default().into_owned();
    let message = error.message();
    match code.as_str() {
        // Another state or a server that stops, starts or has no place left.
        "57P01" | "57P02" | "57P03" | "57P05" | "25P03" | "53300" => unreachable(place, message),
        "25006" => StoreError::Replica { place: place.to_owned() },
        "53100" => StoreError::Full { path: PathBuf::from(place), free_mib: None },
        "55P03" | "40P01" => StoreError::Locked,
        "3D000" => StoreError::NotFound { path: PathBuf::from(place) },
        "42501" | "28000" | "28P01" | "0LP01" => {
            StoreError::NotPermitted { what: format!("{place}: {message}") }
        }
        "XX001" | "XX002" => StoreError::Integrity {
            position: Position::ZERO,
            what: format!("the database is damaged: {message}"),
        },
        _ => match code.get(..2) {
            Some("08") => unreachable(place, message),
            Some("22" | "23") => StoreError::bad_request(message),
            _ => StoreError::Database { what: format!("{message} ({code})") },
        },
    }
}

pub(super) fn unreachable(place: &str, what: &str) -> StoreError {
    StoreError::Unreachable { what: format!("{place}: {what}") }
}
