//! A store: the log of facts, the keyring beside it, and all that is derived from them.

use std::fs;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};

use crate::backend::{Batch, Connection, values};
use crate::error::{Result, StoreError};
use crate::event::{
    Append, Expected, Kind, NewCommit, NewEvent, Priority, ReadSet, SealedPart, StoredEvent,
};
use crate::ids::{EventId, StoreId, StreamName};
use crate::keyring::{self, Compartment, DataKey, Keyring, Opened};
use crate::location::{KeyFiles, Location, Open, OpenOptions};
use crate::log::Log;
use crate::log::writer::Done;
use crate::merkle::Frontier;
use crate::sql;
use crate::sqlite::{Purpose, SqliteFile, SqliteLink, file};

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
    log: Log,
    keyring: Arc<Keyring>,
}

impl Deref for Store {
    type Target = Log;

    fn deref(&self) -> &Log {
        &self.log
    }
}

impl Store {
    /// Makes a store with its keys and its first events, all or nothing.
    pub async fn create(location: &Location, keys: &KeyFiles, genesis: Genesis) -> Result<Store> {
        let path = location.path();
        for taken in [path, &keys.keyring, &keys.kek] {
            if fs::symlink_metadata(taken).is_ok() {
                let path = taken.to_owned();
                return Err(StoreError::Exists { path });
            }
        }
        let mut made = Made::default();
        made.will_make(&keys.kek);
        made.will_make(&keys.keyring);
        Keyring::create(keys, genesis.store_id).await?;
        // Made under another name first, so that a half-made store is never found at its place.
        let draft = file::beside(path, &format!(".{}.new", std::process::id()));
        made.will_make(&draft);
        make_log(&draft, genesis).await?;
        fs::hard_link(&draft, path).map_err(|source| match source.kind() {
            std::io::ErrorKind::AlreadyExists => StoreError::Exists { path: path.to_owned() },
            _ => StoreError::Io { path: path.to_owned(), source },
        })?;
        made.keep();
        // The store is there; a draft that stays behind does no harm.
        let _ = fs::remove_file(&draft);
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
        let log = open_log(location.path(), options).await?;
        match Keyring::open(keys, log.id(), options).await {
            Ok(keyring) => Ok(Self { log, keyring: Arc::new(keyring) }),
            Err(error) => {
                // What went wrong first is what the caller must know.
                let _ = log.close().await;
                Err(error)
            }
        }
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

    /// The stream that stands for a value that may occur once, without telling the value.
    ///
    /// Who appends to it at version 0 has claimed the value; everybody else gets a conflict.
    pub fn claim_stream(&self, kind: &str, value: &str) -> Result<StreamName> {
        self.keyring.claim_stream(kind, value)
    }

    /// Runs statements in a transaction of the writing task, behind what people wait for; they stay
    /// if the first of them have changed as many rows as expected.
    pub(crate) async fn work(&self, batch: Batch, expected: Vec<i64>) -> Result<Done> {
        self.log.writer()?.work(batch, expected).await
    }
}

/// Opens the log in a file of ours.
pub(crate) async fn open_log(path: &Path, options: OpenOptions) -> Result<Log> {
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

/// Makes a log with its first commit in a file that does not exist yet.
async fn make_log(path: &Path, genesis: Genesis) -> Result<()> {
    let options = OpenOptions::new(Open::ReadWrite);
    let mut link = file::create(path, file::LOG, Purpose::Write(options)).await?;
    let frontier = Frontier::new().to_bytes();
    let head = values![genesis.store_id, genesis.kind, before_everything(), frontier];
    link.run(Batch::new().run(sql::CREATE_HEAD, head)).await?;
    Box::new(link).close().await?;
    let log = open_log(path, options).await?;
    let append = Append {
        commit: genesis.commit,
        expected: Expected::Read(ReadSet::new()),
        events: genesis.events,
        at: genesis.at,
        ledger: Vec::new(),
        priority: Priority::People,
    };
    let appended = log.append(append).await;
    log.close().await?;
    appended.map(|_| ())
}

/// The head of an empty log is as old as a store can be.
fn before_everything() -> DateTime<Utc> {
    NaiveDate::from_ymd_opt(1900, 1, 1)
        .and_then(|day| day.and_hms_opt(0, 0, 0))
        .expect("1900-01-01 is a day")
        .and_utc()
}

/// Files that are removed again unless the whole succeeds.
#[derive(Default)]
struct Made {
    paths: Vec<PathBuf>,
}

impl Made {
    fn will_make(&mut self, path: &Path) {
        self.paths.push(path.to_owned());
    }

    fn keep(mut self) {
        self.paths.clear();
    }
}

impl Drop for Made {
    fn drop(&mut self) {
        for path in &self.paths {
            for ending in ["", "-wal", "-shm", "-journal"] {
                // Most of them do not exist; none is worth another error.
                let _ = fs::remove_file(file::beside(path, ending));
            }
        }
    }
}
