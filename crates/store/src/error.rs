//! What can go wrong with a store: what, why, and what to do now.

use std::path::PathBuf;

use crate::ids::{LetterId, Position, StreamName, Version};

mod texts;

/// The result of everything a store does.
pub type Result<T, E = StoreError> = std::result::Result<T, E>;

/// Why a store did not do what it was asked; nothing was half-written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Somebody else wrote to a stream that was read.
    #[error("stream {stream} is at version {actual}, but {expected} was read")]
    Conflict {
        /// Which stream.
        stream: StreamName,
        /// The version that was read.
        expected: Version,
        /// The version it has.
        actual: Version,
    },
    /// The key was used before, for another request.
    #[error("the idempotency key {key} was used for another request")]
    IdempotencyMismatch {
        /// Which key.
        key: String,
    },
    /// A lease was lost or the letter has moved on; the change was not made.
    #[error("letter {letter} is no longer held under this lease")]
    LeaseLost {
        /// Which letter.
        letter: LetterId,
    },
    /// A reminder or letter is in another state by now; the change was not made.
    #[error("{what} has moved on")]
    MovedOn {
        /// What it is.
        what: String,
    },
    /// A request that cannot be stored as it is.
    #[error("the request cannot be stored: {what}")]
    BadRequest {
        /// What is wrong with it.
        what: String,
    },
    /// A text that is no stream name.
    #[error("{name:?} is no stream name: {what}")]
    BadStreamName {
        /// The text.
        name: String,
        /// What is wrong with it.
        what: &'static str,
    },
    /// A text that names no store.
    #[error("{text:?} names no store")]
    BadLocation {
        /// The text.
        text: String,
    },
    /// There is no store at this place.
    #[error("there is no store at {}", path.display())]
    NotFound {
        /// The place.
        path: PathBuf,
    },
    /// Something is at this place already.
    #[error("{} exists already", path.display())]
    Exists {
        /// The place.
        path: PathBuf,
    },
    /// The file belongs to another program, or is damaged beyond its first bytes.
    #[error("{} is not a store of Spor", path.display())]
    NotAStore {
        /// The file.
        path: PathBuf,
    },
    /// The store was written by a newer program.
    #[error("the store has format {found}; this program knows up to {known}")]
    NewerFormat {
        /// The store's format.
        found: i64,
        /// The newest format this program knows.
        known: i64,
    },
    /// Another program holds the store's lock.
    #[error("the store is locked by another program")]
    Locked,
    /// The disk is full.
    #[error("disk full: {}{}", path.display(), free(*free_mib))]
    Full {
        /// The store's file.
        path: PathBuf,
        /// How much is free there, in MiB, when that could be found out.
        free_mib: Option<u64>,
    },
    /// The store cannot be written to.
    #[error("{} cannot be written to", path.display())]
    ReadOnly {
        /// The file or its folder.
        path: PathBuf,
    },
    /// Others may read a file of keys.
    #[error("{} may be read by others (mode {mode:04o})", path.display())]
    KeyFileReadable {
        /// The file.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// A file of keys is missing.
    #[error("the key file {} is missing", path.display())]
    KeyFileMissing {
        /// The file.
        path: PathBuf,
    },
    /// A file of keys does not hold a key.
    #[error("{} does not hold a key", path.display())]
    KeyFileMalformed {
        /// The file.
        path: PathBuf,
    },
    /// The keyring belongs to another store, or the key file to another keyring.
    #[error("the keys do not belong to this store")]
    WrongKeyring,
    /// The store lies on a network file system.
    #[error("{} lies on a network file system ({kind})", path.display())]
    NetworkFileSystem {
        /// The file.
        path: PathBuf,
        /// The kind of file system.
        kind: String,
    },
    /// The database library or the server is too old to be trusted.
    #[error("{found} is too old: {needed} or newer is needed")]
    OldLibrary {
        /// Its version.
        found: String,
        /// The oldest version that will do.
        needed: &'static str,
    },
    /// No server answers, or the connection was lost and did not come back.
    #[error("the database server cannot be reached: {what}")]
    Unreachable {
        /// Which server, and what happened.
        what: String,
    },
    /// The server only follows another one.
    #[error("{place} is a read-only replica")]
    Replica {
        /// The database.
        place: String,
    },
    /// The database has not been prepared, or not by a program as new as this one.
    #[error("{place} has format {found} of the store; this program needs {known}")]
    NotMigrated {
        /// The database.
        place: String,
        /// Its format; 0 when it was never prepared.
        found: i64,
        /// The format that is needed.
        known: i64,
    },
    /// The role has not the rights that the program needs.
    #[error("not permitted: {what}")]
    NotPermitted {
        /// What the server says.
        what: String,
    },
    /// The database cannot hold every text.
    #[error("the database has the encoding {found}")]
    NotUtf8 {
        /// Its encoding.
        found: String,
    },
    /// The server may lose what it has acknowledged.
    #[error("the server is not safe for a production store: {what}")]
    UnsafeServer {
        /// Which setting.
        what: String,
    },
    /// What is stored contradicts itself.
    #[error("integrity broken at position {position}: {what}")]
    Integrity {
        /// The first bad position.
        position: Position,
        /// What does not hold.
        what: String,
    },
    /// Two stores that should tell one history do not.
    #[error("this is another history: {what}")]
    OtherHistory {
        /// In what they differ.
        what: String,
    },
    /// A copy into this store was begun and not finished.
    #[error("the copy into this store is not finished")]
    CopyUnfinished,
    /// A text that is no signed checkpoint.
    #[error("this is no signed checkpoint: {what}")]
    BadCheckpoint {
        /// What is wrong with it.
        what: String,
    },
    /// A checkpoint, proof or key that belongs to another log.
    #[error("it is of another log: {found}, not {expected}")]
    OtherLog {
        /// The log it belongs to.
        found: String,
        /// The log that was asked about.
        expected: String,
    },
    /// A proof or a signature that does not hold.
    #[error("not proven: {what}")]
    NotProven {
        /// What does not hold.
        what: String,
    },
    /// The store was closed.
    #[error("the store is closed")]
    Closed,
    /// The database failed in a way that has no name here.
    #[error("the database failed: {what}")]
    Database {
        /// In the database's words.
        what: String,
    },
    /// A file could not be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        source: std::io::Error,
    },
}

impl StoreError {
    /// The stable name of the error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Conflict { .. } => "conflict",
            Self::IdempotencyMismatch { .. } => "idempotency_mismatch",
            Self::LeaseLost { .. } => "lease_lost",
            Self::MovedOn { .. } => "moved_on",
            Self::BadRequest { .. } => "bad_request",
            Self::BadStreamName { .. } => "bad_stream_name",
            Self::BadLocation { .. } => "bad_location",
            Self::NotFound { .. } => "store_not_found",
            Self::Exists { .. } => "store_exists",
            Self::NotAStore { .. } => "not_a_store",
            Self::NewerFormat { .. } => "newer_format",
            Self::Locked => "store_locked",
            Self::Full { .. } => "disk_full",
            Self::ReadOnly { .. } => "store_read_only",
            Self::KeyFileReadable { .. } => "key_file_readable",
            Self::KeyFileMissing { .. } => "key_file_missing",
            Self::KeyFileMalformed { .. } => "key_file_malformed",
            Self::WrongKeyring => "wrong_keyring",
            Self::NetworkFileSystem { .. } => "network_file_system",
            Self::OldLibrary { .. } => "old_library",
            Self::Unreachable { .. } => "server_unreachable",
            Self::Replica { .. } => "read_only_replica",
            Self::NotMigrated { .. } => "not_migrated",
            Self::NotPermitted { .. } => "not_permitted",
            Self::NotUtf8 { .. } => "not_utf8",
            Self::UnsafeServer { .. } => "unsafe_server",
            Self::Integrity { .. } => "integrity_broken",
            Self::OtherHistory { .. } => "other_history",
            Self::CopyUnfinished => "copy_unfinished",
            Self::BadCheckpoint { .. } => "bad_checkpoint",
            Self::OtherLog { .. } => "other_log",
            Self::NotProven { .. } => "not_proven",
            Self::Closed => "store_closed",
            Self::Database { .. } => "database_failed",
            Self::Io { .. } => "io_failed",
        }
    }

    /// Whether the same request may succeed when it is simply sent again later.
    pub fn may_pass(&self) -> bool {
        matches!(self, Self::Locked | Self::Full { .. } | Self::Unreachable { .. })
    }

    /// The same error for somebody else who waited for the same thing.
    pub(crate) fn again(&self) -> Self {
        match self {
            Self::Locked => Self::Locked,
            Self::Closed => Self::Closed,
            Self::Full { path, free_mib } => Self::Full { path: path.clone(), free_mib: *free_mib },
            Self::ReadOnly { path } => Self::ReadOnly { path: path.clone() },
            Self::Io { path, source } => {
                let source = std::io::Error::new(source.kind(), source.to_string());
                Self::Io { path: path.clone(), source }
            }
            Self::NotFound { path } => Self::NotFound { path: path.clone() },
            Self::BadRequest { what } => Self::BadRequest { what: what.clone() },
            Self::Integrity { position, what } => {
                Self::Integrity { position: *position, what: what.clone() }
            }
            Self::Database { what } => Self::Database { what: what.clone() },
            Self::Unreachable { what } => Self::Unreachable { what: what.clone() },
            Self::Replica { place } => Self::Replica { place: place.clone() },
            Self::NotPermitted { what } => Self::NotPermitted { what: what.clone() },
            other => Self::Database { what: other.to_string() },
        }
    }

    /// A row that does not hold what its table promises.
    pub(crate) fn unreadable(what: &str) -> Self {
        Self::Database { what: format!("a stored row cannot be read: {what}") }
    }

    /// A request that is refused before it reaches the database.
    pub(crate) fn bad_request(what: impl Into<String>) -> Self {
        Self::BadRequest { what: what.into() }
    }
}

fn free(free_mib: Option<u64>) -> String {
    free_mib.map_or_else(String::new, |mib| format!(", {mib} MiB free; nothing was saved"))
}
