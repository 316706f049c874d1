//! Where a store lies, and where its keys lie.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use sqlx::postgres::PgConnectOptions;

use crate::error::{Result, StoreError};
use crate::keyring::Kek;

/// Where a store lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// A SQLite file.
    Sqlite(PathBuf),
    /// A PostgreSQL database.
    Postgres(Servers),
}

impl Location {
    /// Reads `sqlite:PATH`, a bare path, or `postgres://USER@HOST:PORT[,HOST:PORT…]/DATABASE`.
    pub fn parse(text: &str) -> Result<Self> {
        let path = match text.split_once(':') {
            Some(("sqlite", path)) => path.strip_prefix("//").unwrap_or(path),
            Some(("postgres" | "postgresql", rest)) => {
                return Servers::parse(rest).map(Self::Postgres);
            }
            Some((scheme, rest)) if scheme.len() > 1 && rest.starts_with("//") => "",
            _ => text,
        };
        if path.is_empty() || path.contains('\0') {
            let text = text.to_owned();
            return Err(StoreError::BadLocation { text });
        }
        Ok(Self::Sqlite(PathBuf::from(path)))
    }

    /// The store's file, when it is one.
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::Sqlite(path) => Some(path),
            Self::Postgres(_) => None,
        }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Self::Postgres(servers) => f.write_str(&servers.place()),
        }
    }
}

/// The servers of one PostgreSQL database: a primary and those that may take its place.
#[derive(Clone, PartialEq, Eq)]
pub struct Servers {
    urls: Vec<String>,
    place: String,
}

impl Servers {
    /// Reads what stands behind the scheme of a URL; several hosts are parted by commas.
    fn parse(rest: &str) -> Result<Self> {
        let place = Self::without_password(&format!("postgres:{rest}"));
        let bad = || StoreError::BadLocation { text: place.clone() };
        let rest = rest.strip_prefix("//").ok_or_else(bad)?;
        let (authority, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        let (user, hosts) = match authority.rsplit_once('@') {
            Some((user, hosts)) => (format!("{user}@"), hosts),
            None => (String::new(), authority),
        };
        let hosts = hosts.split(',');
        let urls: Vec<String> =
            hosts.map(|host| format!("postgres://{user}{host}{path}")).collect();
        if urls.iter().any(|url| PgConnectOptions::from_str(url).is_err()) {
            return Err(bad());
        }
        Ok(Self { urls, place })
    }

    /// One URL for each server, in the order given.
    pub(crate) fn urls(&self) -> impl Iterator<Item = &str> {
        self.urls.iter().map(String::as_str)
    }

    /// The whole as a person may see it.
    pub(crate) fn place(&self) -> String {
        self.place.clone()
    }

    /// A URL as a person may see it: without password and parameters.
    pub(crate) fn without_password(url: &str) -> String {
        let url = url.split_once('?').map_or(url, |(url, _)| url);
        let Some((before, hosts)) = url.rsplit_once('@') else {
            return url.to_owned();
        };
        let scheme = before.find("//").map_or(0, |at| at + 2);
        let user = before[scheme..].split(':').next().unwrap_or_default();
        format!("{}{user}@{hosts}", &before[..scheme])
    }
}

impl fmt::Debug for Servers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Servers({})", self.place)
    }
}

/// Where the keys of a store lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyFiles {
    /// The data keys, wrapped: a SQLite file of its own. In PostgreSQL they lie in a schema of
    /// their own, and this is not used.
    pub keyring: PathBuf,
    /// The key that wraps them, always a file.
    pub kek: PathBuf,
    /// That key itself, where it comes from elsewhere: then no file of it is read or made.
    pub supplied: Option<Kek>,
    /// The key that signs checkpoints.
    pub signing: PathBuf,
}

impl KeyFiles {
    /// Beside the store: `spor.db` has `spor.keys`, `spor.kek` and `spor.sign`. A database has
    /// nothing beside it: its keys lie in the folder the program works in.
    pub fn beside(location: &Location) -> Self {
        let path = location.path().unwrap_or(Path::new("spor.db"));
        Self {
            keyring: path.with_extension("keys"),
            kek: path.with_extension("kek"),
            supplied: None,
            signing: path.with_extension("sign"),
        }
    }

    /// The public half of the signing key, beside it: `spor.pub`.
    pub fn public(&self) -> PathBuf {
        self.signing.with_extension("pub")
    }

    /// Where the keyring of a store lies, as a person is told.
    pub fn keyring_place(&self, location: &Location) -> String {
        match location {
            Location::Sqlite(_) => self.keyring.display().to_string(),
            Location::Postgres(_) => "schema spor_keys".to_owned(),
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
