//! The outbox seen past the program: what waits, whose lease has lapsed, and a lock on it.

use std::path::PathBuf;
use std::time::Duration;

use chrono::{DateTime, Utc};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, PgConnection, Row};
use tokio::runtime::Handle;

use super::town::Town;
use crate::postgres;

/// More than a lease of a letter lasts.
const PAST_THE_LEASE_MICROS: i64 = 61_000_000;
/// How long a lock is waited for.
const BUSY: Duration = Duration::from_secs(60);
/// How long it is waited for when its holder may be frozen.
const MAYBE_FROZEN: Duration = Duration::from_secs(1);
/// How SQLite and PostgreSQL say that it took longer.
const LOCKED: [&str; 2] = ["5", "55P03"];

/// A way into the database.
pub(super) struct Desk {
    runtime: Handle,
    place: Place,
}

enum Place {
    File(PathBuf),
    Server(String),
}

enum Line {
    File(SqliteConnection),
    Server(PgConnection),
}

/// What waits in the outbox.
#[derive(Debug, Clone, Copy)]
pub(super) struct Waiting {
    /// Letters that a worker holds, or that may go out now.
    pub(super) now: u64,
    /// When the next one may go out.
    pub(super) next: Option<DateTime<Utc>>,
}

/// While this is held nobody changes a letter.
pub(super) struct Lock<'a> {
    runtime: &'a Handle,
    line: Option<Line>,
}

impl Desk {
    pub(super) fn new(town: &Town, runtime: &Handle) -> Self {
        let file = || Place::File(town.sandbox.folder().join("spor.db"));
        let place = town.admin_url.clone().map_or_else(file, Place::Server);
        Self { runtime: runtime.clone(), place }
    }

    /// Lets the time pass that the leases of a process would still have run.
    pub(super) fn wind(&self, process: u32) {
        let is_wound = self.runtime.block_on(self.try_wind(process, BUSY));
        assert!(is_wound, "nobody lets go of the outbox");
    }

    /// Does so for a frozen process, unless it holds the lock of what has to be written.
    pub(super) fn wind_frozen(&self, process: u32) -> bool {
        self.runtime.block_on(self.try_wind(process, MAYBE_FROZEN))
    }

    async fn try_wind(&self, process: u32, patience: Duration) -> bool {
        let tables = [("letters", "lease_by"), ("leases", "owner"), ("projections", "owner")];
        let statements = tables.map(|(table, holder)| {
            format!(
                "UPDATE {table} SET lease_until = lease_until - {PAST_THE_LEASE_MICROS} \
                 WHERE {holder} LIKE '{process}-%' AND lease_until IS NOT NULL"
            )
        });
        let mut line = self.line(patience).await;
        for statement in statements {
            match line.execute(statement).await {
                Ok(()) => {}
                Err(error) if is_locked(&error) => return false,
                Err(error) => panic!("a statement past the program: {error}"),
            }
        }
        true
    }

    /// What waits, seen from an instant.
    pub(super) fn waiting(&self, now: DateTime<Utc>) -> Waiting {
        let (now, waits) = (now.timestamp_micros(), "state IN ('ready', 'deferred', 'in_doubt')");
        let rows = self.rows(format!(
            "SELECT CAST(count(*) FILTER (WHERE state IN ('leased', 'handing_over') \
                 OR {waits} AND next_at <= {now}) AS TEXT), \
                 CAST(min(next_at) FILTER (WHERE {waits} AND next_at > {now}) AS TEXT) \
             FROM letters"
        ));
        let number = |at: usize| rows[0][at].as_deref().and_then(|text| text.parse::<i64>().ok());
        Waiting {
            now: number(0).and_then(|count| u64::try_from(count).ok()).expect("a count"),
            next: number(1).and_then(DateTime::from_timestamp_micros),
        }
    }

    /// Rows of texts.
    pub(super) fn rows(&self, question: String) -> Vec<Vec<Option<String>>> {
        self.runtime.block_on(async { self.line(BUSY).await.rows(question).await })
    }

    /// An id as a text, in the words of this database.
    pub(super) fn id(&self, column: &str) -> String {
        match self.place {
            Place::File(_) => format!("lower(hex({column}))"),
            Place::Server(_) => format!("replace(CAST({column} AS TEXT), '-', '')"),
        }
    }

    /// Waits until nobody changes a letter, and lets nobody begin to.
    pub(super) fn lock(&self) -> Lock<'_> {
        let line = self.runtime.block_on(async {
            let mut line = self.line(BUSY).await;
            let statements: &[&str] = match self.place {
                Place::File(_) => &["BEGIN IMMEDIATE"],
                Place::Server(_) => &["BEGIN", "LOCK TABLE letters IN SHARE ROW EXCLUSIVE MODE"],
            };
            for statement in statements {
                let done = line.execute((*statement).to_owned()).await;
                done.expect("a statement past the program");
            }
            line
        });
        Lock { runtime: &self.runtime, line: Some(line) }
    }

    async fn line(&self, patience: Duration) -> Line {
        match &self.place {
            Place::File(path) => {
                let options = SqliteConnectOptions::new().filename(path).busy_timeout(patience);
                let options = options.disable_statement_logging();
                Line::File(options.connect().await.expect("the store's file"))
            }
            Place::Server(url) => {
                let mut line = Line::Server(postgres::connect(url).await);
                let patience = format!("SET lock_timeout = {}", patience.as_millis());
                for setting in ["SET search_path = spor".to_owned(), patience] {
                    line.execute(setting).await.expect("a setting");
                }
                line
            }
        }
    }
}

impl Line {
    async fn execute(&mut self, statement: String) -> sqlx::Result<()> {
        match self {
            Self::File(line) => line.execute(AssertSqlSafe(statement)).await.map(|_| ()),
            Self::Server(line) => line.execute(AssertSqlSafe(statement)).await.map(|_| ()),
        }
    }

    async fn rows(&mut self, question: String) -> Vec<Vec<Option<String>>> {
        let question = AssertSqlSafe(question);
        match self {
            Self::File(line) => {
                let rows = line.fetch_all(question).await.expect("rows");
                rows.iter().map(|row| (0..row.len()).map(|at| row.get(at)).collect()).collect()
            }
            Self::Server(line) => {
                let rows = line.fetch_all(question).await.expect("rows");
                rows.iter().map(|row| (0..row.len()).map(|at| row.get(at)).collect()).collect()
            }
        }
    }
}

impl Drop for Lock<'_> {
    fn drop(&mut self) {
        let Some(line) = self.line.take() else { return };
        // Its end is the end of its transaction.
        let closed = self.runtime.block_on(async {
            match line {
                Line::File(line) => line.close().await,
                Line::Server(line) => line.close().await,
            }
        });
        drop(closed);
    }
}

fn is_locked(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code());
    code.is_some_and(|code| LOCKED.contains(&&*code))
}
