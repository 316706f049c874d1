//! What SQLite says, in the words of the store.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::StoreError;
use crate::ids::Position;

const ERROR_CODE_MASK: i32 = 0xff;
const BUSY: i32 = 5;
const LOCKED: i32 = 6;
const READONLY: i32 = 8;
const IOERR: i32 = 10;
const CORRUPT: i32 = 11;
const FULL: i32 = 13;
const CANTOPEN: i32 = 14;
const CONSTRAINT: i32 = 19;
const NOTADB: i32 = 26;

/// Translates; asks the file system only where the answer needs it.
pub(super) fn translate(error: sqlx::Error, path: &Path) -> StoreError {
    let error = match error {
        sqlx::Error::Database(error) => error,
        sqlx::Error::Io(source) => {
            let path = path.to_owned();
            return StoreError::Io { path, source };
        }
        sqlx::Error::Decode(error) | sqlx::Error::ColumnDecode { source: error, .. } => {
            return StoreError::unreadable(&error.to_string());
        }
        other => return database(other.to_string()),
    };
    let code: i32 = error.code().and_then(|code| code.parse().ok()).unwrap_or(0);
    let primary = code & ERROR_CODE_MASK;
    // The shared memory beside the file could not grow, or a page could not be written.
    if primary == FULL || (primary == IOERR && free_mib(path) == Some(0)) {
        return StoreError::Full { path: path.to_owned(), free_mib: free_mib(path) };
    }
    match primary {
        BUSY | LOCKED => StoreError::Locked,
        CANTOPEN if !path.exists() => StoreError::NotFound { path: path.to_owned() },
        READONLY | CANTOPEN => read_only(path),
        NOTADB => StoreError::NotAStore { path: path.to_owned() },
        CORRUPT => StoreError::Integrity {
            position: Position::ZERO,
            what: format!("the file is damaged: {}", error.message()),
        },
        CONSTRAINT => StoreError::bad_request(error.message()),
        _ => database(error.to_string()),
    }
}

fn database(what: String) -> StoreError {
    StoreError::Database { what }
}

/// Names the file when it is what cannot be written to, else its folder.
fn read_only(path: &Path) -> StoreError {
    let writable = std::fs::OpenOptions::new().write(true).open(path).is_ok();
    let path = if writable { folder(path) } else { path.to_owned() };
    StoreError::ReadOnly { path }
}

fn folder(path: &Path) -> PathBuf {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// How many whole MiB are free where the file lies: the standard library cannot tell, `df` can.
fn free_mib(path: &Path) -> Option<u64> {
    let output = Command::new("df").arg("-Pk").arg(folder(path)).output();
    let text = String::from_utf8(output.ok()?.stdout).ok()?;
    let free_kib: u64 = text.lines().nth(1)?.split_whitespace().nth(3)?.parse().ok()?;
    Some(free_kib / 1024)
}
