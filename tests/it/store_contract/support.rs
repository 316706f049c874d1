//! A store in a folder of its own, and small facts to put into it.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, NaiveDate, Utc};
use spor_store::{
    ActorKind, Append, Auth, CommitId, EventId, Expected, Genesis, KeyFiles, Kind, Location,
    NewCommit, NewEvent, Open, OpenOptions, Position, Priority, ReadSet, Store, StoreId,
    StreamName, Upto, Version,
};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor};
use tempfile::TempDir;
use uuid::Uuid;

/// A folder with a store in it, removed at the end of the test.
pub struct Place {
    pub folder: TempDir,
    pub location: Location,
    pub keys: KeyFiles,
}

impl Place {
    /// A folder that has no store yet.
    pub fn empty() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let location = Location::Sqlite(folder.path().join("spor.db"));
        let keys = KeyFiles::beside(&location);
        Self { folder, location, keys }
    }

    pub fn path(&self) -> PathBuf {
        self.location.path().to_owned()
    }

    pub async fn open(&self, options: OpenOptions) -> spor_store::Result<Store> {
        Store::open_with(&self.location, &self.keys, options).await
    }

    pub async fn reopen(&self) -> Store {
        self.open(OpenOptions::new(Open::ReadWrite)).await.unwrap()
    }

    /// A connection past the store, as a database's owner has it.
    pub async fn raw(&self) -> SqliteConnection {
        raw(&self.path()).await
    }

    /// Changes the file past the store's triggers.
    pub async fn tamper(&self, statements: &str) {
        let mut raw = self.raw().await;
        let triggers: Vec<String> = sqlx::query_scalar(
            "SELECT 'DROP TRIGGER ' || name FROM sqlite_schema WHERE type = 'trigger'",
        )
        .fetch_all(&mut raw)
        .await
        .unwrap();
        raw.execute("PRAGMA foreign_keys = OFF").await.unwrap();
        for drop in triggers {
            raw.execute(AssertSqlSafe(drop)).await.unwrap();
        }
        raw.execute(AssertSqlSafe(statements.to_owned())).await.unwrap();
        raw.close().await.unwrap();
    }
}

pub async fn raw(path: &std::path::Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(path);
    options.connect().await.unwrap()
}

/// A sandbox with its genesis event at position 1.
pub async fn sandbox() -> (Place, Store) {
    let place = Place::empty();
    let store = Store::create(&place.location, &place.keys, genesis()).await.unwrap();
    (place, store)
}

pub fn genesis() -> Genesis {
    Genesis {
        store_id: StoreId::new(fresh_id()),
        kind: Kind::Sandbox,
        commit: commit("StoreCreated"),
        events: vec![(stream("programme"), fact("StoreCreated"))],
        at: instant("1900-01-01T00:00:00Z"),
    }
}

/// An id that no other fact of this run has; ids grow.
pub fn fresh_id() -> Uuid {
    static LAST: AtomicU64 = AtomicU64::new(1);
    Uuid::from_u128(u128::from(LAST.fetch_add(1, Ordering::Relaxed)))
}

pub fn instant(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

pub fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

pub fn stream(name: &str) -> StreamName {
    StreamName::parse(name).unwrap()
}

pub fn commit(command: &str) -> NewCommit {
    NewCommit {
        id: CommitId::new(fresh_id()),
        actor: "staff-K-01".to_owned(),
        actor_kind: ActorKind::Person,
        on_behalf_of: None,
        auth: Auth::Sandbox,
        idempotency_key: None,
        request_hash: [7; 32],
        command: command.to_owned(),
        correlation_id: None,
        causation_id: None,
    }
}

pub fn fact(event_type: &str) -> NewEvent {
    NewEvent {
        id: EventId::new(fresh_id()),
        event_type: event_type.to_owned(),
        schema_version: 1,
        occurred_on: day("2026-03-02"),
        corrects: None,
        body: format!(r#"{{"fact":"{event_type}","line":"a\nb \"c\" æøå"}}"#),
        parts: Vec::new(),
    }
}

/// One event to one stream at the version that was read.
pub fn append_at(name: &str, version: i64) -> Append {
    let mut read = ReadSet::new();
    read.note(stream(name), Version::new(version));
    append(read, vec![(stream(name), fact("SessionHeld"))])
}

/// One event to one stream, wherever it is.
pub fn append_any(name: &str) -> Append {
    Append {
        expected: Expected::Any,
        ..append(ReadSet::new(), vec![(stream(name), fact("ReminderSent"))])
    }
}

pub fn append(read: ReadSet, events: Vec<(StreamName, NewEvent)>) -> Append {
    Append {
        commit: commit("Record"),
        expected: Expected::Read(read),
        events,
        at: instant("2026-03-02T11:00:00Z"),
        ledger: Vec::new(),
        priority: Priority::People,
    }
}

/// Fills a log: `count` events over a few streams, some of them in one commit.
pub async fn fill(store: &Store, count: usize) {
    for number in 0..count {
        let name = format!("case-C-{:03}", number % 7);
        store.append(append_any(&name)).await.unwrap();
    }
}

/// The positions of the whole log.
pub async fn positions(store: &Store) -> Vec<i64> {
    let events = store.read_after(Position::ZERO, 100_000).await.unwrap();
    events.iter().map(|event| event.position.get()).collect()
}

pub async fn version(store: &Store, name: &str) -> i64 {
    let slices = store.read_streams(&[stream(name)], Upto::Everything).await.unwrap();
    slices[0].version.get()
}
