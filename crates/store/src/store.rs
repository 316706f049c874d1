//! A store: the log of facts, the keyring beside it, and all that is derived from them.

use std::ops::Deref;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, Utc};

use crate::backend::{Batch, Connection, Value};
use crate::error::{Result, StoreError};
use crate::event::{Kind, NewCommit, NewEvent, SealedPart, StoredEvent};
use crate::ids::{EventId, StoreId, StreamName};
use crate::keyring::{self, Compartment, DataKey, Keyring, KeysSeen, Opened};
use crate::location::{KeyFiles, Location, Open, OpenOptions, Servers};
use crate::log::Log;
use crate::log::writer::Done;
use crate::postgres::{self, PatientLink, PostgresServer, check, migrate};
use crate::sql;
use crate::sqlite::{Purpose, SqliteFile, SqliteLink, file};

pub(crate) mod making;

/// What a new store begins with.
#[derive(Clone, Debug)]
pub struct Genesis {
    /// The id of the store.
    pub store_id: StoreId,
    /// What kind of store it shall be, for ever.
    pub kind: Kind,
    /// Who makes it.
    pub commit: NewCommit,
    /// Its first events.
    pub events: Vec<(StreamName, NewEvent)>,
    /// The present instant; 1900-01-01 in a sandbox.
    pub at: DateTime<Utc>,
}

/// A store that this process has open.
///
/// It is its log of facts – all methods of [`Log`] – and what hangs on that: keys, derived tables,
/// the ledger of reminders, the outbox. Copies share everything.
#[derive(Clone, Debug)]
pub struct Store {
    pub(crate) log: Log,
    pub(crate) keyring: Arc<Keyring>,
    warnings: Arc<[String]>,
    /// In a sandbox: what stands in for the database's clock, in microseconds; else nothing.
    wound: Arc<AtomicI64>,
}

/// The database's own clock counts.
const NOT_WOUND: i64 = i64::MIN;

impl Deref for Store {
    type Target = Log;

    fn deref(&self) -> &Log {
        &self.log
    }
}

impl Store {
    /// Makes a store with its keys and its first events, all or nothing.
    pub async fn create(location: &Location, keys: &KeyFiles, genesis: Genesis) -> Result<Store> {
        match location {
            Location::Sqlite(path) => making::make_file(path, keys, genesis).await?,
            Location::Postgres(servers) => making::make_in(servers, keys, genesis).await?,
        }
        Self::open(location, keys, Open::ReadWrite).await
    }

    /// Opens a store and its keys.
    pub async fn open(location: &Location, keys: &KeyFiles, mode: Open) -> Result<Store> {
        Self::open_with(location, keys, OpenOptions::new(mode)).await
    }

    /// Opens a store and its keys in a way of one's own.
    pub async fn open_with(
        location: &Location,
        keys: &KeyFiles,
        options: OpenOptions,
    ) -> Result<Store> {
        let store = Self::open_unfinished(location, keys, options).await?;
        match store.must_be_whole().await {
            Ok(()) => Ok(store),
            Err(error) => {
                store.close().await?;
                Err(error)
            }
        }
    }

    /// Opens a store that may be a copy under way.
    pub(crate) async fn open_unfinished(
        location: &Location,
        keys: &KeyFiles,
        options: OpenOptions,
    ) -> Result<Store> {
        let (log, keyring, warnings) = match location {
            Location::Sqlite(path) => {
                let log = match open_file(path, options).await {
                    // A failed read of the disk looks like damage: look again before saying so.
                    Err(StoreError::Integrity { .. }) => open_file(path, options).await?,
                    opened => opened?,
                };
                let keyring = Keyring::open(keys, log.id(), options).await;
                (log, keyring, Vec::new())
            }
            Location::Postgres(servers) => {
                let (server, warnings) = open_server(servers, options).await?;
                let may_write = options.mode == Open::ReadWrite;
                let link = Box::new(PatientLink::new(Arc::clone(&server)));
                let log = Log::open(server, may_write).await?;
                let id = log.id();
                let keyring = Keyring::open_beside_log(keys, link, id, options.mode).await;
                (log, keyring, warnings)
            }
        };
        match keyring {
            Ok(keyring) => {
                let warnings = warnings.into();
                let wound = Arc::new(AtomicI64::new(NOT_WOUND));
                let store = Self { log, keyring: Arc::new(keyring), warnings, wound };
                if options.mode == Open::ReadWrite {
                    store.destroy_again().await?;
                }
                Ok(store)
            }
            Err(error) => {
                // What went wrong first is what the caller must know.
                let _ = log.close().await;
                Err(error)
            }
        }
    }

    /// Brings a store to the newest format, and gives the names of what had to be made.
    ///
    /// A PostgreSQL database is prepared so by its administrator, before there is a store in it.
    pub async fn migrate(location: &Location) -> Result<Vec<&'static str>> {
        match location {
            Location::Sqlite(path) => {
                file::check(path, file::LOG, Open::ReadWrite)?;
                let purpose = Purpose::Write(OpenOptions::new(Open::ReadWrite));
                let mut link = SqliteLink::open(path, purpose).await?;
                let made = file::bring_up(&mut link, file::LOG, Open::ReadWrite).await;
                Box::new(link).close().await?;
                made
            }
            Location::Postgres(servers) => migrate::migrate(servers).await,
        }
    }

    /// What takes the ground from under a promise without breaking it, in words.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// Stores what still waits, empties the write-ahead log, closes all files.
    pub async fn close(self) -> Result<()> {
        self.keyring.close().await;
        self.log.close().await
    }

    /// The keys of these subjects, in the order asked for; missing ones are made and are on disk
    /// before anybody can seal with them.
    pub async fn data_keys(&self, wanted: &[(StreamName, Compartment)]) -> Result<Vec<DataKey>> {
        self.keyring.data_keys(wanted).await
    }

    /// Seals a text so that it opens only as this part of this event in this stream.
    pub fn seal(
        &self,
        key: &DataKey,
        event: EventId,
        stream: &StreamName,
        part: &str,
        plaintext: &str,
    ) -> SealedPart {
        keyring::seal(key, event, stream, part, plaintext)
    }

    /// Opens the sealed parts of events: for each event its parts by name, in order.
    pub async fn open_parts(&self, events: &[StoredEvent]) -> Result<Vec<Vec<(String, Opened)>>> {
        self.keyring.open_parts(events).await
    }

    /// A mark of the keys as they are. Whoever keeps what was opened compares it first: under another
    /// mark some of it may have been erased, or have found its key again.
    pub async fn keys_seen(&self) -> Result<KeysSeen> {
        self.keyring.seen().await
    }

    /// The stream that stands for a value that may occur once, without telling the value.
    ///
    /// Who appends to it at version 0 has claimed the value; everybody else gets a conflict.
    pub fn claim_stream(&self, kind: &str, value: &str) -> Result<StreamName> {
        self.keyring.claim_stream(kind, value)
    }

    /// Lets an instant stand in for the database's clock, which leases and rates follow, until the
    /// next call; for a sandbox whose clock is wound by hand.
    pub fn wind_clock(&self, now: DateTime<Utc>) -> Result<()> {
        if self.kind() != Kind::Sandbox {
            let what = "the clock of a production store is not wound by hand";
            return Err(StoreError::bad_request(what));
        }
        self.wound.store(now.timestamp_micros(), Ordering::Relaxed);
        Ok(())
    }

    /// The instant that stands in for the database's clock, as a value; else NULL.
    pub(crate) fn wound(&self) -> Value {
        let wound = self.wound.load(Ordering::Relaxed);
        Value::from((wound != NOT_WOUND).then_some(wound))
    }

    /// Whether the database's clock stands still until somebody winds it.
    pub fn is_wound(&self) -> bool {
        self.wound.load(Ordering::Relaxed) != NOT_WOUND
    }

    /// The database's clock.
    pub async fn clock(&self) -> Result<DateTime<Utc>> {
        let row = self.read_row(Batch::new().ask(sql::READ_CLOCK, vec![self.wound()])).await?;
        row.ok_or_else(|| StoreError::unreadable("no clock"))?.take()
    }

    pub(crate) fn keyring(&self) -> &Keyring {
        &self.keyring
    }

    /// Runs statements in a transaction of the writing task, behind what people wait for; they stay
    /// if the first of them have changed as many rows as expected.
    pub(crate) async fn work(&self, batch: Batch, expected: Vec<i64>) -> Result<Done> {
        self.log.writer()?.work(batch, expected).await
    }

    /// The same for a few rows found by their keys; it shares a commit with what waits beside it.
    pub(crate) async fn share(&self, batch: Batch, expected: Vec<i64>) -> Result<Done> {
        self.log.writer()?.share(batch, expected).await
    }
}

impl Log {
    /// Opens a log without any of its keys, to check it.
    pub async fn open_without_keys(location: &Location, mode: Open) -> Result<Log> {
        let options = OpenOptions::new(mode);
        match location {
            Location::Sqlite(path) => open_file(path, options).await,
            Location::Postgres(servers) => {
                let (server, _) = open_server(servers, options).await?;
                Log::open(server, mode == Open::ReadWrite).await
            }
        }
    }
}

/// Opens the log in a file of ours.
async fn open_file(path: &Path, options: OpenOptions) -> Result<Log> {
    file::check(path, file::LOG, options.mode)?;
    let purpose = match options.mode {
        Open::ReadOnly => Purpose::Read(options),
        Open::ReadWrite => Purpose::Write(options),
    };
    let mut link = SqliteLink::open(path, purpose).await?;
    let brought_up = file::bring_up(&mut link, file::LOG, options.mode).await;
    Box::new(link).close().await?;
    brought_up?;
    let backend = Arc::new(SqliteFile::new(path, options));
    Log::open(backend, options.mode == Open::ReadWrite).await
}

/// Checks a database before its log is opened.
pub(crate) async fn open_server(
    servers: &Servers,
    options: OpenOptions,
) -> Result<(Arc<PostgresServer>, Vec<String>)> {
    let mut link = postgres::connect(servers, options).await?;
    let checked = check::check(&mut link, servers).await?;
    if checked.kind.is_none() {
        return Err(StoreError::NotFound { path: servers.place().into() });
    }
    Ok((Arc::new(PostgresServer::new(servers, options, link)), checked.warnings))
}
