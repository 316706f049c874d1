//! A SQLite file of ours: told apart from others, made, brought to the newest format.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::{Purpose, SqliteLink, mounts};
use crate::backend::{Batch, Connection};
use crate::error::{Result, StoreError};
use crate::location::Open;
use crate::sql;

/// What a file of ours is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FileKind {
    /// The mark in its header.
    application_id: u32,
    /// Its migrations, by number; the last number is the format.
    migrations: &'static [(i64, &'static str, &'static str)],
    /// The permissions it is made with.
    mode: u32,
}

/// The log, the derived tables and the outbox.
pub(crate) const LOG: FileKind = FileKind {
    application_id: u32::from_be_bytes(*b"SPOR"),
    migrations: &[
        (1, "0001_log", include_str!("../../../../migrations/sqlite/0001_log.sql")),
        (2, "0002_derived", include_str!("../../../../migrations/sqlite/0002_derived.sql")),
        (3, "0003_reminders", include_str!("../../../../migrations/sqlite/0003_reminders.sql")),
        (5, "0005_anchors", include_str!("../../../../migrations/sqlite/0005_anchors.sql")),
        (6, "0006_erasure", include_str!("../../../../migrations/sqlite/0006_erasure.sql")),
        (8, "0008_restore", include_str!("../../../../migrations/sqlite/0008_restore.sql")),
        (9, "0009_protocol", include_str!("../../../../migrations/sqlite/0009_protocol.sql")),
        (10, "0010_reports", include_str!("../../../../migrations/sqlite/0010_reports.sql")),
        (
            11,
            "0011_letters_counted",
            include_str!("../../../../migrations/sqlite/0011_letters_counted.sql"),
        ),
    ],
    mode: 0o640,
};

/// The keyring.
pub(crate) const KEYRING: FileKind = FileKind {
    application_id: u32::from_be_bytes(*b"SPOK"),
    migrations: &[
        (4, "0004_keyring", include_str!("../../../../migrations/sqlite/0004_keyring.sql")),
        (
            7,
            "0007_keyring_epochs",
            include_str!("../../../../migrations/sqlite/0007_keyring_epochs.sql"),
        ),
    ],
    mode: 0o600,
};

const OLDEST_LIBRARY: &str = "3.51.3";
const HEADER_BYTES: usize = 100;
const MAGIC: &[u8] = b"SQLite format 3\0";
const APPLICATION_ID_AT: usize = 68;
const MOUNTS: &str = "/proc/mounts";

impl FileKind {
    /// The permissions it is made with.
    pub(crate) fn mode(self) -> u32 {
        self.mode
    }

    /// The texts of its migrations.
    #[cfg(test)]
    pub(crate) fn texts(self) -> impl Iterator<Item = &'static str> {
        self.migrations.iter().map(|(_, _, text)| *text)
    }
}

/// Looks at a file without opening it as a database: another program's file stays untouched.
pub(crate) fn check(path: &Path, kind: FileKind, mode: Open) -> Result<()> {
    let foreign = || StoreError::NotAStore { path: path.to_owned() };
    let mut file = File::open(path).map_err(|error| unreadable(error, path))?;
    let mut header = [0; HEADER_BYTES];
    if let Err(error) = file.read_exact(&mut header) {
        return match error.kind() {
            ErrorKind::UnexpectedEof | ErrorKind::IsADirectory => Err(foreign()),
            _ => Err(unreadable(error, path)),
        };
    }
    let mark = header[APPLICATION_ID_AT..].first_chunk::<4>();
    let mark = u32::from_be_bytes(*mark.expect("the header is longer than that"));
    if !header.starts_with(MAGIC) || mark != kind.application_id {
        return Err(foreign());
    }
    check_place(path)?;
    match mode {
        Open::ReadOnly => Ok(()),
        Open::ReadWrite => may_write(path),
    }
}

/// Refuses a place where file locks cannot be trusted.
fn check_place(path: &Path) -> Result<()> {
    let (Ok(mounts), Ok(whole)) = (fs::read_to_string(MOUNTS), fs::canonicalize(path)) else {
        return Ok(());
    };
    match mounts::network_kind(&mounts, &whole) {
        Some(kind) => Err(StoreError::NetworkFileSystem { path: path.to_owned(), kind }),
        None => Ok(()),
    }
}

/// Whether the file can only be read and nobody has left anything beside it.
pub(super) fn is_at_rest(path: &Path) -> bool {
    let log = beside(path, "-wal");
    let empty = fs::metadata(log).map_or(true, |log| log.len() == 0);
    empty && !is_writable(path)
}

/// The path with something added to its last name.
pub(crate) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name: OsString = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

fn is_writable(path: &Path) -> bool {
    may_write(path).is_ok()
}

/// Refuses a file that is not ours to write; a failing disk is told apart from a missing right.
pub(super) fn may_write(path: &Path) -> Result<()> {
    let opened = fs::OpenOptions::new().write(true).open(path);
    opened.map(|_| ()).map_err(|error| match error.kind() {
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            StoreError::ReadOnly { path: path.to_owned() }
        }
        _ => unreadable(error, path),
    })
}

/// An empty file that nobody else has made.
pub(crate) fn make_empty(path: &Path, mode: u32) -> Result<File> {
    let file = fs::OpenOptions::new().write(true).create_new(true).mode(mode).open(path);
    file.map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => StoreError::Exists { path: path.to_owned() },
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            StoreError::ReadOnly { path: path.parent().unwrap_or(path).to_owned() }
        }
        _ => unreadable(error, path),
    })
}

/// Makes a file of this kind; the place is checked first.
pub(crate) async fn create(path: &Path, kind: FileKind, purpose: Purpose) -> Result<SqliteLink> {
    make_empty(path, kind.mode)?;
    check_place(path)?;
    let mut link = SqliteLink::open(path, purpose).await?;
    let mark = format!("PRAGMA application_id = {}", kind.application_id);
    link.run(Batch::new().run_built(mark, vec![])).await?;
    migrate(&mut link, kind, 0).await?;
    Ok(link)
}

/// Takes back what a program that died has left half-written, where this one may: a file that is
/// only read could not be read otherwise.
pub(crate) async fn settle(path: &Path, purpose: Purpose) -> Result<()> {
    if !beside(path, "-journal").exists() || !is_writable(path) {
        return Ok(());
    }
    let mut link = SqliteLink::open(path, purpose).await?;
    link.run(Batch::new().ask(sql::READ_FORMAT, vec![])).await?;
    Box::new(link).close().await
}

/// Checks what only the open file can tell, and brings it to the newest format if it may: gives the
/// names of the migrations that were made.
pub(crate) async fn bring_up(
    link: &mut SqliteLink,
    kind: FileKind,
    mode: Open,
) -> Result<Vec<&'static str>> {
    let asked = Batch::new().ask(sql::READ_LIBRARY_VERSION, vec![]).ask(sql::READ_FORMAT, vec![]);
    let answers = link.run(asked).await?;
    let mut rows = answers.into_iter().flat_map(|answer| answer.rows);
    let (Some(mut library), Some(mut format)) = (rows.next(), rows.next()) else {
        return Err(StoreError::unreadable("the file does not tell its format"));
    };
    let found: String = library.take()?;
    if numbers(&found) < numbers(OLDEST_LIBRARY) {
        let (found, needed) = (format!("SQLite {found}"), OLDEST_LIBRARY);
        return Err(StoreError::OldLibrary { found, needed });
    }
    let (found, known): (i64, i64) = (format.take()?, newest(kind));
    match (found.cmp(&known), mode) {
        (std::cmp::Ordering::Greater, _) => Err(StoreError::NewerFormat { found, known }),
        (std::cmp::Ordering::Less, Open::ReadWrite) => migrate(link, kind, found).await,
        (std::cmp::Ordering::Less, Open::ReadOnly) => Err(StoreError::bad_request(format!(
            "the store has format {found}: open it for writing once to bring it to {known}"
        ))),
        (std::cmp::Ordering::Equal, _) => Ok(Vec::new()),
    }
}

async fn migrate(link: &mut SqliteLink, kind: FileKind, from: i64) -> Result<Vec<&'static str>> {
    let mut batch = Batch::new().run(sql::BEGIN_WORK, vec![]);
    let mut made = Vec::new();
    for (number, name, text) in kind.migrations.iter().filter(|(number, ..)| *number > from) {
        made.push(*name);
        batch = batch
            .run_built(*text, vec![])
            .run_built(format!("PRAGMA user_version = {number}"), vec![]);
    }
    let migrated = link.run(batch.run_built("COMMIT", vec![])).await;
    migrated.map(|_| made)
}

fn newest(kind: FileKind) -> i64 {
    kind.migrations.last().map_or(0, |(number, ..)| *number)
}

fn numbers(version: &str) -> Vec<u32> {
    version.split('.').map(|n| n.parse().unwrap_or(0)).collect()
}

/// Refuses a file of keys that others may read.
pub(crate) fn check_private(path: &Path) -> Result<()> {
    let found = fs::metadata(path).map_err(|error| match error.kind() {
        ErrorKind::NotFound => StoreError::KeyFileMissing { path: path.to_owned() },
        _ => unreadable(error, path),
    })?;
    let mode = found.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        let path = path.to_owned();
        return Err(StoreError::KeyFileReadable { path, mode });
    }
    Ok(())
}

pub(crate) fn unreadable(error: std::io::Error, path: &Path) -> StoreError {
    let path = path.to_owned();
    match error.kind() {
        ErrorKind::NotFound => StoreError::NotFound { path },
        ErrorKind::IsADirectory => StoreError::NotAStore { path },
        ErrorKind::StorageFull => StoreError::Full { path, free_mib: None },
        _ => StoreError::Io { path, source: error },
    }
}
