//! A store in a place of its own, on either database, and small facts to put into it.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, NaiveDate, Utc};
use spor_store::{
    ActorKind, Append, Auth, CommitId, EventId, Expected, Genesis, KeyFiles, Kind, Location,
    NewCommit, NewEvent, Open, OpenOptions, Position, Priority, ReadSet, Store, StoreId,
    StreamName, Upto, Version,
};
use spor_tests::postgres::{self, Database};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, PgConnection};
use tempfile::TempDir;
use uuid::Uuid;

/// Which database a promise is tried on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum On {
    Sqlite,
    Postgres,
}

impl On {
    /// The database that it is not.
    pub fn other(self) -> Self {
        match self {
            Self::Sqlite => Self::Postgres,
            Self::Postgres => Self::Sqlite,
        }
    }
}

/// Makes two tests of each promise: one on SQLite, one on PostgreSQL.
macro_rules! on_both {
    ($($name:ident),* $(,)?) => {$(
        mod $name {
            use crate::store_contract::support::On;

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                super::$name(On::Sqlite).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                super::$name(On::Postgres).await;
            }
        }
    )*};
}

pub(crate) use on_both;

/// A place for a store, removed at the end of the test; its keys lie in a folder.
pub struct Place {
    pub folder: TempDir,
    pub location: Location,
    pub keys: KeyFiles,
    pub database: Option<Database>,
}

impl Place {
    /// A place that has no store yet.
    pub fn empty(on: On) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (location, database) = match on {
            On::Sqlite => (Location::Sqlite(folder.path().join("spor.db")), None),
            On::Postgres => {
                let database = postgres::shared().database();
                (Location::parse(&database.url).unwrap(), Some(database))
            }
        };
        let keys = KeyFiles::beside(&Location::Sqlite(folder.path().join("spor.db")));
        Self { folder, location, keys, database }
    }

    pub fn path(&self) -> PathBuf {
        self.location.path().unwrap().to_owned()
    }

    pub async fn open(&self, options: OpenOptions) -> spor_store::Result<Store> {
        Store::open_with(&self.location, &self.keys, options).await
    }

    pub async fn reopen(&self) -> Store {
        self.open(OpenOptions::new(Open::ReadWrite)).await.unwrap()
    }

    /// A connection past the store, as a database's owner has it.
    pub async fn raw(&self) -> Raw {
        match &self.database {
            None => Raw::Sqlite(raw(&self.path()).await),
            Some(database) => {
                let mut raw = postgres::connect(&database.admin_url).await;
                raw.execute("SET search_path = spor, spor_keys, spor_views").await.unwrap();
                Raw::Postgres(raw)
            }
        }
    }

    /// The same for the keyring, a file of its own or a schema.
    pub async fn raw_keyring(&self) -> Raw {
        match &self.database {
            None => Raw::Sqlite(raw(&self.keys.keyring).await),
            Some(_) => self.raw().await,
        }
    }

    /// Changes the store past its triggers.
    pub async fn tamper(&self, statements: &str) {
        let mut raw = self.raw().await;
        for drop in raw.texts(raw.triggers()).await {
            raw.run(&drop).await.unwrap();
        }
        if let Raw::Sqlite(_) = raw {
            raw.run("PRAGMA foreign_keys = OFF").await.unwrap();
        }
        raw.run(statements).await.unwrap();
        raw.close().await;
    }
}

/// A connection past the store.
pub enum Raw {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Raw {
    /// Runs statements in the words of SQLite.
    pub async fn run(&mut self, statements: &str) -> Result<u64, sqlx::Error> {
        match self {
            Self::Sqlite(raw) => {
                let text = AssertSqlSafe(statements.to_owned());
                raw.execute(text).await.map(|done| done.rows_affected())
            }
            Self::Postgres(raw) => {
                let text = AssertSqlSafe(in_postgres(statements));
                raw.execute(text).await.map(|done| done.rows_affected())
            }
        }
    }

    /// The texts that a query gives.
    pub async fn texts(&mut self, query: &'static str) -> Vec<String> {
        let asked = match self {
            Self::Sqlite(raw) => sqlx::query_scalar(query).fetch_all(raw).await,
            Self::Postgres(raw) => sqlx::query_scalar(query).fetch_all(raw).await,
        };
        asked.unwrap()
    }

    /// Why a statement was refused, with the database's code.
    pub async fn refused(&mut self, statement: &str) -> String {
        match self.run(statement).await {
            Ok(_) => panic!("{statement} was not refused"),
            Err(sqlx::Error::Database(error)) => {
                format!("{} ({})", error.message(), error.code().unwrap_or_default())
            }
            Err(error) => panic!("{statement}: {error}"),
        }
    }

    pub async fn close(self) {
        match self {
            Self::Sqlite(raw) => raw.close().await.unwrap(),
            Self::Postgres(raw) => raw.close().await.unwrap(),
        }
    }

    fn triggers(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => {
                "SELECT 'DROP TRIGGER ' || name FROM sqlite_schema WHERE type = 'trigger'"
            }
            Self::Postgres(_) => {
                "SELECT format('ALTER TABLE %s DISABLE TRIGGER %I', tgrelid::regclass, tgname) \
                 FROM pg_trigger WHERE NOT tgisinternal"
            }
        }
    }
}

/// The literals of SQLite in the words of PostgreSQL; an id is a UUID there.
fn in_postgres(statements: &str) -> String {
    let mut text = statements.replace("zeroblob(16)", "'00000000-0000-0000-0000-000000000000'");
    text = text.replace("x'00112233445566778899aabbccddeeff'", "gen_random_uuid()");
    text = text.replace("x'00'", "'\\x00'");
    for length in ["24", "32", "80", "length(frontier)"] {
        let zeros = format!("decode(repeat('00', {length}), 'hex')");
        text = text.replace(&format!("zeroblob({length})"), &zeros);
    }
    text
}

pub async fn raw(path: &std::path::Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(path);
    options.connect().await.unwrap()
}

/// A sandbox with its genesis event at position 1.
pub async fn sandbox(on: On) -> (Place, Store) {
    let place = Place::empty(on);
    let store = Store::create(&place.location, &place.keys, genesis()).await.unwrap();
    (place, store)
}

pub fn genesis() -> Genesis {
    let store_id = StoreId::new(fresh_id());
    let body = format!(r#"{{"store":"{store_id}","kind":"sandbox","municipality":"A"}}"#);
    Genesis {
        store_id,
        kind: Kind::Sandbox,
        commit: commit("StoreCreated"),
        events: vec![(stream("programme"), NewEvent { body, ..fact("StoreCreated") })],
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
