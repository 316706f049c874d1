//! The hand-written loops: a bare connection, prepared statements, nothing else.

pub(crate) mod log;
mod log_server;
pub(crate) mod rows;
pub(crate) mod scan;

use std::path::PathBuf;

use anyhow::Result;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::sqlite::{
    SqliteArguments, SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous,
};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, Row};

/// Statements kept ready; groups of many sizes each have their own.
const STATEMENTS: usize = 512;

/// Where a store lies, for those who go past it.
#[derive(Clone, Debug)]
pub(crate) enum Place {
    /// A SQLite file.
    File(PathBuf),
    /// The URL of a PostgreSQL database, as its administrator.
    Server(String),
}

/// A bare connection with the settings of the store's own.
#[derive(Debug)]
pub(crate) enum Bare {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

/// A statement in the words of SQLite and in those of PostgreSQL.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Words(pub(crate) &'static str, pub(crate) &'static str);

/// A value of a statement.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Bound<'a> {
    Integer(i64),
    Text(&'a str),
}

/// The texts of a row.
pub(crate) type Texts = Vec<Option<String>>;

impl Bare {
    pub(crate) async fn connect(place: &Place) -> Result<Self> {
        match place {
            Place::File(path) => {
                let options = SqliteConnectOptions::new()
                    .filename(path)
                    .foreign_keys(true)
                    .journal_mode(SqliteJournalMode::Wal)
                    .synchronous(SqliteSynchronous::Full)
                    .pragma("recursive_triggers", "ON")
                    .statement_cache_capacity(STATEMENTS)
                    .disable_statement_logging();
                Ok(Self::Sqlite(options.connect().await?))
            }
            Place::Server(url) => {
                let options: PgConnectOptions = url.parse()?;
                let options = options.statement_cache_capacity(STATEMENTS);
                let mut connection = options.disable_statement_logging().connect().await?;
                connection.execute("SET search_path = spor, spor_keys, spor_views").await?;
                Ok(Self::Postgres(connection))
            }
        }
    }

    /// The words for this database.
    pub(crate) fn words(&self, words: Words) -> &'static str {
        match self {
            Self::Sqlite(_) => words.0,
            Self::Postgres(_) => words.1,
        }
    }

    /// The rows of a statement all of whose columns are texts.
    pub(crate) async fn texts(&mut self, text: &str, values: &[Bound<'_>]) -> Result<Vec<Texts>> {
        let text = AssertSqlSafe(text.to_owned());
        macro_rules! ask {
            ($connection:expr) => {{
                let mut query = sqlx::query(text);
                for value in values {
                    query = match *value {
                        Bound::Integer(value) => query.bind(value),
                        Bound::Text(value) => query.bind(value),
                    };
                }
                let rows = query.fetch_all($connection).await?;
                let texts = rows.iter().map(|row| (0..row.len()).map(|n| row.try_get(n)).collect());
                Ok(texts.collect::<std::result::Result<_, _>>()?)
            }};
        }
        match self {
            Self::Sqlite(connection) => ask!(connection),
            Self::Postgres(connection) => ask!(connection),
        }
    }

    /// Runs a statement that only has to succeed.
    pub(crate) async fn run(&mut self, text: String) -> Result<()> {
        match self {
            Self::Sqlite(connection) => run(connection, text, SqliteArguments::default()).await,
            Self::Postgres(connection) => {
                sqlx::raw_sql(AssertSqlSafe(text)).execute(connection).await?;
                Ok(())
            }
        }
    }

    pub(crate) async fn close(self) -> Result<()> {
        match self {
            Self::Sqlite(connection) => connection.close().await?,
            Self::Postgres(connection) => connection.close().await?,
        }
        Ok(())
    }
}

/// Runs statements with their values, prepared once.
pub(crate) async fn run(
    connection: &mut SqliteConnection,
    text: String,
    values: SqliteArguments,
) -> Result<()> {
    connection.execute(sqlx::query_with(AssertSqlSafe(text), values)).await?;
    Ok(())
}

/// `(?, ?), (?, ?)`: places for so many rows of so many values.
pub(crate) fn places(rows: usize, values: usize) -> String {
    let row = format!("({})", vec!["?"; values].join(", "));
    vec![row; rows].join(", ")
}

/// Bytes from their hexadecimal digits.
pub(crate) fn unhex(digits: &str) -> Option<Vec<u8>> {
    let pairs = (0..digits.len()).step_by(2);
    pairs.map(|at| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok()).collect()
}
