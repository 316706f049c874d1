//! What can go wrong with a store: what, why, and what to do now.

use std::path::PathBuf;

use crate::ids::{LetterId, Position, StreamName, Version};

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
    /// The database library is too old to be trusted.
    #[error("SQLite {found} is too old: {needed} or newer is needed")]
    OldLibrary {
        /// Its version.
        found: String,
        /// The oldest version that will do.
        needed: &'static str,
    },
    /// What is stored contradicts itself.
    #[error("integrity broken at position {position}: {what}")]
    Integrity {
        /// The first bad position.
        position: Position,
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
            Self::Integrity { .. } => "integrity_broken",
            Self::Closed => "store_closed",
            Self::Database { .. } => "database_failed",
            Self::Io { .. } => "io_failed",
        }
    }

    /// Why that is so.
    pub fn because(&self) -> &'static str {
        match self {
            Self::Conflict { .. } => "another request was stored in between",
            Self::IdempotencyMismatch { .. } => "one key stands for one request, for ever",
            Self::LeaseLost { .. } => "the lease ran out and another worker may hold the letter",
            Self::MovedOn { .. } => "another worker or a person has changed it in between",
            Self::BadRequest { .. } => "the log stores only what it can give back unchanged",
            Self::BadStreamName { .. } => "names of streams stand in clear and never change",
            Self::BadLocation { .. } => "a store is named like sqlite:spor.db",
            Self::NotFound { .. } => "the file does not exist",
            Self::Exists { .. } => "a store is never overwritten",
            Self::NotAStore { .. } => "the file does not carry the mark of a store",
            Self::NewerFormat { .. } => "a newer program has changed the store",
            Self::Locked => "another program has been writing for more than five seconds",
            Self::Full { .. } => "the database could not grow; nothing was saved",
            Self::ReadOnly { .. } => "the file, its folder or its file system is read-only",
            Self::KeyFileReadable { .. } => "whoever reads the keys reads every sealed text",
            Self::KeyFileMissing { .. } => "without its keys a store cannot open sealed texts",
            Self::KeyFileMalformed { .. } => "a key file is one line of 64 hexadecimal digits",
            Self::WrongKeyring => "keyring, key file and store are made together",
            Self::NetworkFileSystem { .. } => "file locks are not reliable there",
            Self::OldLibrary { .. } => "older libraries can damage the file",
            Self::Integrity { .. } => "somebody or something changed the file outside the program",
            Self::Closed => "the program is stopping",
            Self::Database { .. } => "the database refused or failed",
            Self::Io { .. } => "the operating system refused",
        }
    }

    /// What to do now.
    pub fn try_next(&self) -> &'static str {
        match self {
            Self::Conflict { .. } => "read again, decide again, and repeat",
            Self::IdempotencyMismatch { .. } => "use a new key for a new request",
            Self::LeaseLost { .. } | Self::MovedOn { .. } => {
                "do nothing: the next round goes on from the rows"
            }
            Self::BadRequest { .. } | Self::BadStreamName { .. } => "correct the request",
            Self::BadLocation { .. } => "write sqlite: and a path",
            Self::NotFound { .. } => "check the path, or make a store with `spor init`",
            Self::Exists { .. } => "choose another path, or move the file away",
            Self::NotAStore { .. } => "check the path; the file was not touched",
            Self::NewerFormat { .. } => "install the program that wrote it, or a newer one",
            Self::Locked => "try again; if it lasts, look for another running spor",
            Self::Full { .. } => "make room, then repeat the request",
            Self::ReadOnly { .. } => "give the program's user the right to write there",
            Self::KeyFileReadable { .. } => "chmod 0400 the key file, 0600 the keyring",
            Self::KeyFileMissing { .. } | Self::KeyFileMalformed { .. } => {
                "put the key file back from its second copy"
            }
            Self::WrongKeyring => "put the keyring and key file of this store beside it",
            Self::NetworkFileSystem { .. } => "put the store on a local disk",
            Self::OldLibrary { .. } => "install a newer build of the program",
            Self::Integrity { .. } => "stop, keep the files, compare with a backup",
            Self::Closed => "start the program again",
            Self::Database { .. } => "repeat; if it lasts, run `spor doctor`",
            Self::Io { .. } => "check the path and its permissions",
        }
    }

    /// Whether the same request may succeed when it is simply sent again later.
    pub fn may_pass(&self) -> bool {
        matches!(self, Self::Locked | Self::Full { .. })
    }

    /// The same error for somebody else who waited for the same thing.
    pub(crate) fn again(&self) -> Self {
        match self {
            Self::Locked => Self::Locked,
            Self::Closed => Self::Closed,
            Self::Full { path, free_mib } => Self::Full { path: path.clone(), free_mib: *free_mib },
            Self::ReadOnly { path } => Self::ReadOnly { path: path.clone() },
            Self::NotFound { path } => Self::NotFound { path: path.clone() },
            Self::BadRequest { what } => Self::BadRequest { what: what.clone() },
            Self::Integrity { position, what } => {
                Self::Integrity { position: *position, what: what.clone() }
            }
            Self::Database { what } => Self::Database { what: what.clone() },
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
