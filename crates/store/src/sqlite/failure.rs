//! What SQLite says, in the words of the store.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::file;
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
const PROBE_MODE: u32 = 0o600;

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
        READONLY | CANTOPEN => cannot_open(path),
        IOERR => io(path, &format!("{} (SQLite {code})", doing(code))),
        NOTADB => StoreError::NotAStore { path: path.to_owned() },
        CORRUPT => StoreError::Integrity {
            position: Position::ZERO,
            // SQLite does not tell a damaged page from one that the disk did not give.
            what: format!(
                "{} is damaged, or the disk did not give it: {}",
                path.display(),
                error.message()
            ),
        },
        CONSTRAINT => StoreError::bad_request(error.message()),
        _ => database(error.to_string()),
    }
}

fn database(what: String) -> StoreError {
    StoreError::Database { what }
}

/// A failure of the disk; how much is free is said, for a full disk shows in many ways.
fn io(path: &Path, what: &str) -> StoreError {
    let free = free_mib(path).map_or_else(String::new, |mib| format!(", {mib} MiB free"));
    let source = std::io::Error::other(format!("disk I/O error {what}{free}"));
    StoreError::Io { path: path.to_owned(), source }
}

/// What SQLite did when the disk failed.
fn doing(code: i32) -> &'static str {
    match code >> 8 {
        1 | 2 | 33 => "while reading",
        3 => "while writing",
        4 | 5 => "while syncing",
        6 => "while shortening the file",
        18..=21 => "in the shared memory beside the file",
        _ => "in the database",
    }
}

/// The database does not say why it could not open the file or one beside it, or only for reading:
/// trying the same tells a missing right and a full disk from a failing one.
fn cannot_open(path: &Path) -> StoreError {
    for ending in ["", "-wal", "-shm"] {
        match file::may_write(&file::beside(path, ending)) {
            Ok(()) | Err(StoreError::NotFound { .. }) => {}
            Err(error) => return error,
        }
    }
    let probe = file::beside(path, &format!(".{}.probe", std::process::id()));
    let made = file::make_empty(&probe, PROBE_MODE);
    // A probe that stays behind does no harm.
    let _ = std::fs::remove_file(&probe);
    match made {
        Ok(_) => io(path, "while opening it or a file beside it"),
        Err(StoreError::ReadOnly { .. }) => StoreError::ReadOnly { path: folder(path) },
        Err(StoreError::Full { .. }) => {
            StoreError::Full { path: path.to_owned(), free_mib: free_mib(path) }
        }
        Err(error) => error,
    }
}

fn folder(path: &Path) -> PathBuf {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// How many whole MiB are free where the file lies: the standard library cannot tell, `df` can.
pub(crate) fn free_mib(path: &Path) -> Option<u64> {
    let output = Command::new("df").arg("-Pk").arg(folder(path)).output();
    let text = String::from_utf8(output.ok()?.stdout).ok()?;
    let free_kib: u64 = text.lines().nth(1)?.split_whitespace().nth(3)?.parse().ok()?;
    Some(free_kib / 1024)
}
