//! Where a store lies, and where its keys lie.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::error::{Result, StoreError};

/// Where a store lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// A SQLite file.
    Sqlite(PathBuf),
}

impl Location {
    /// Reads `sqlite:PATH`, or a bare path.
    pub fn parse(text: &str) -> Result<Self> {
        let path = match text.split_once(':') {
            Some(("sqlite", path)) => path.strip_prefix("//").unwrap_or(path),
            Some((scheme, rest)) if scheme.len() > 1 && rest.starts_with("//") => "",
            _ => text,
        };
        if path.is_empty() || path.contains('\0') {
            let text = text.to_owned();
            return Err(StoreError::BadLocation { text });
        }
        Ok(Self::Sqlite(PathBuf::from(path)))
    }

    /// The store's file.
    pub fn path(&self) -> &Path {
        match self {
            Self::Sqlite(path) => path,
        }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sqlite:{}", self.path().display())
    }
}

/// Where the keys of a store lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyFiles {
    /// The data keys, wrapped: a SQLite file of its own.
    pub keyring: PathBuf,
    /// The key that wraps them.
    pub kek: PathBuf,
}

impl KeyFiles {
    /// Beside the store: `spor.db` has `spor.keys` and `spor.kek`.
    pub fn beside(location: &Location) -> Self {
        Self {
            keyring: location.path().with_extension("keys"),
            kek: location.path().with_extension("kek"),
        }
    }
}

/// What the opener wants to do with the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Open {
    /// Read and append.
    ReadWrite,
    /// Only read; the file is not touched.
    ReadOnly,
}

/// How a store is opened, where the defaults do not fit.
#[derive(Clone, Copy, Debug)]
pub struct OpenOptions {
    /// What the opener wants to do.
    pub mode: Open,
    /// The file may not grow beyond this many pages of 4 KiB: for trying out a full disk.
    pub max_pages: Option<u32>,
    /// How long to wait for another program's lock, in milliseconds.
    pub lock_wait_ms: u64,
}

/// Another program's transaction is over long before, or something is wrong with it.
const LOCK_WAIT_MS: u64 = 5_000;

impl OpenOptions {
    /// The defaults for reading and appending, or for reading only.
    pub const fn new(mode: Open) -> Self {
        Self { mode, max_pages: None, lock_wait_ms: LOCK_WAIT_MS }
    }
}
