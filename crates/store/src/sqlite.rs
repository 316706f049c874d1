//! SQLite behind the backend's trait: one file, a few readers, one writer.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use sqlx::sqlite::{
    SqliteArguments, SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteRow,
    SqliteSynchronous,
};
use sqlx::{
    Arguments, AssertSqlSafe, ConnectOptions, Connection as _, Decode, Executor, Row as _, Sqlite,
    TypeInfo, ValueRef,
};
use tokio::sync::Semaphore;

use crate::backend::{Answer, Answering, Backend, Batch, Connection, Dialect, Row, Value, Words};
use crate::error::{Result, StoreError};
use crate::location::{Open, OpenOptions};

pub(crate) mod failure;
pub(crate) mod file;
mod mounts;
#[cfg(test)]
mod tests;

/// More readers than this do not make a file faster.
const READERS: usize = 4;
/// The name of the column that ends the answer of a statement.
const MARK: &str = "spor_answered";
const MARK_STATEMENT: &str = "SELECT changes() AS spor_answered";

/// A store's SQLite file.
#[derive(Debug)]
pub(crate) struct SqliteFile {
    path: PathBuf,
    options: OpenOptions,
    readers: Mutex<Vec<SqliteLink>>,
    slots: Semaphore,
}

/// One connection to a SQLite file.
#[derive(Debug)]
pub(crate) struct SqliteLink {
    path: PathBuf,
    purpose: Purpose,
    connection: SqliteConnection,
    /// After a failure the driver's thread may die while it tidies up, and whatever it is asked
    /// then is never answered: the next question goes to a new one.
    is_spoiled: bool,
}

impl SqliteFile {
    pub(crate) fn new(path: &Path, options: OpenOptions) -> Self {
        Self {
            path: path.to_owned(),
            options,
            readers: Mutex::new(Vec::new()),
            slots: Semaphore::new(READERS),
        }
    }

    async fn read_once(&self, batch: Batch) -> Result<Vec<Answer>> {
        let _slot = self.slots.acquire().await.map_err(|_| StoreError::Closed)?;
        let mut link = match self.idle() {
            Some(link) => link,
            None => SqliteLink::open(&self.path, Purpose::Read(self.options)).await?,
        };
        let answers = link.run_batch(batch).await?;
        // Only a link that answered goes back: a broken one may be inside a transaction.
        self.readers.lock().unwrap_or_else(PoisonError::into_inner).push(link);
        Ok(answers)
    }

    fn idle(&self) -> Option<SqliteLink> {
        let mut readers = self.readers.lock().unwrap_or_else(PoisonError::into_inner);
        readers.pop()
    }
}

impl Backend for SqliteFile {
    fn dialect(&self) -> Dialect {
        Dialect::Sqlite
    }

    fn read(&self, batch: Batch) -> Answering<'_, Vec<Answer>> {
        Box::pin(async move {
            match self.read_once(batch.clone()).await {
                // A failed read of the disk looks like damage: look once more before saying so.
                Err(StoreError::Integrity { .. }) => self.read_once(batch).await,
                answered => answered,
            }
        })
    }

    fn connect(&self) -> Answering<'_, Box<dyn Connection>> {
        Box::pin(async move {
            let link = SqliteLink::open(&self.path, Purpose::Write(self.options)).await?;
            Ok(Box::new(link) as Box<dyn Connection>)
        })
    }

    fn close(&self) -> Answering<'_, ()> {
        Box::pin(async move {
            self.slots.close();
            while let Some(link) = self.idle() {
                Box::new(link).close().await?;
            }
            Ok(())
        })
    }
}

/// What a connection is for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Purpose {
    /// To read the log's file.
    Read(OpenOptions),
    /// To write to the log's file.
    Write(OpenOptions),
    /// To use a keyring's file.
    Keyring(OpenOptions),
}

impl SqliteLink {
    pub(crate) async fn open(path: &Path, purpose: Purpose) -> Result<Self> {
        let connection = connect(path, purpose).await?;
        Ok(Self { path: path.to_owned(), purpose, connection, is_spoiled: false })
    }

    async fn run_batch(&mut self, batch: Batch) -> Result<Vec<Answer>> {
        if self.is_spoiled {
            // Dropping the old one ends its transaction.
            self.connection = connect(&self.path, self.purpose).await?;
        }
        self.is_spoiled = true;
        let answers = self.ask(batch).await?;
        self.is_spoiled = false;
        Ok(answers)
    }

    async fn ask(&mut self, batch: Batch) -> Result<Vec<Answer>> {
        let translate = |error| failure::translate(error, &self.path);
        let wanted = batch.0.iter().filter(|statement| statement.answers).count();
        let (text, arguments) = join(batch).map_err(translate)?;
        let query = sqlx::query_with(AssertSqlSafe(text), arguments);
        let rows = self.connection.fetch_all(query).await.map_err(translate)?;
        let mut answers = Vec::with_capacity(wanted);
        let mut answer = Answer::default();
        for row in rows {
            if is_mark(&row) {
                answer.changed = row.try_get(0).map_err(translate)?;
                answers.push(std::mem::take(&mut answer));
            } else {
                answer.rows.push(decode(&row).map_err(translate)?);
            }
        }
        if answers.len() != wanted {
            return Err(StoreError::unreadable("the database broke off its answer"));
        }
        Ok(answers)
    }
}

impl Connection for SqliteLink {
    fn dialect(&self) -> Dialect {
        Dialect::Sqlite
    }

    fn run(&mut self, batch: Batch) -> Answering<'_, Vec<Answer>> {
        Box::pin(self.run_batch(batch))
    }

    fn close(self: Box<Self>) -> Answering<'static, ()> {
        Box::pin(async move {
            let closed = self.connection.close().await;
            closed.map_err(|error| failure::translate(error, &self.path))
        })
    }
}

async fn connect(path: &Path, purpose: Purpose) -> Result<SqliteConnection> {
    let connection = connect_options(path, purpose).connect().await;
    connection.map_err(|error| failure::translate(error, path))
}

fn connect_options(path: &Path, purpose: Purpose) -> SqliteConnectOptions {
    let (Purpose::Read(options) | Purpose::Write(options) | Purpose::Keyring(options)) = purpose;
    let connect = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(false)
        .foreign_keys(true)
        .busy_timeout(Duration::from_millis(options.lock_wait_ms))
        .disable_statement_logging();
    match purpose {
        Purpose::Read(_) => connect
            .read_only(true)
            .immutable(options.mode == Open::ReadOnly && file::is_at_rest(path)),
        Purpose::Write(_) => {
            let connect = connect
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full)
                // Without it INSERT OR REPLACE deletes rows past the triggers.
                .pragma("recursive_triggers", "ON");
            match options.max_pages {
                Some(pages) => connect.pragma("max_page_count", pages.to_string()),
                None => connect,
            }
        }
        Purpose::Keyring(_) => connect
            .read_only(options.mode == Open::ReadOnly)
            .journal_mode(SqliteJournalMode::Delete)
            .synchronous(SqliteSynchronous::Full)
            // A destroyed key must not stay readable in free pages.
            .pragma("secure_delete", "ON"),
    }
}

/// Joins the statements into one text: one way to the database's thread instead of many.
fn join(batch: Batch) -> Result<(String, SqliteArguments), sqlx::Error> {
    let mut text = String::new();
    let mut arguments = SqliteArguments::default();
    for statement in batch.0 {
        let mut values = statement.values;
        match &statement.words {
            Words::Fixed(sql) => values = add_words(&mut text, sql.sqlite.trim_end(), values),
            Words::Built(built) => text.push_str(built),
        }
        text.push(';');
        if statement.answers {
            text.push_str(MARK_STATEMENT);
            text.push(';');
        }
        for value in values {
            add(&mut arguments, value).map_err(sqlx::Error::Encode)?;
        }
    }
    Ok((text, arguments))
}

/// Adds a statement; a value that it names by number comes each time it is named. The driver takes a
/// number for the place among the values of all statements together.
fn add_words(text: &mut String, words: &str, values: Vec<Value>) -> Vec<Value> {
    if !words.contains("?1") {
        text.push_str(words);
        return values;
    }
    let mut named = Vec::new();
    let mut parts = words.split('?');
    text.extend(parts.next());
    for part in parts {
        let digits =
            part.len() - part.trim_start_matches(|letter: char| letter.is_ascii_digit()).len();
        let nth = part[..digits].parse::<usize>().ok().and_then(|nth| nth.checked_sub(1));
        named.push(nth.and_then(|nth| values.get(nth)).cloned().unwrap_or(Value::Null));
        text.push('?');
        text.push_str(&part[digits..]);
    }
    named
}

fn add(arguments: &mut SqliteArguments, value: Value) -> Result<(), sqlx::error::BoxDynError> {
    match value {
        Value::Null => arguments.add(None::<i64>),
        Value::Integer(value) => arguments.add(value),
        Value::Real(value) => arguments.add(value),
        Value::Text(value) => arguments.add(value),
        Value::Blob(value) => arguments.add(value),
    }
}

fn is_mark(row: &SqliteRow) -> bool {
    row.len() == 1 && row.try_get_raw(MARK).is_ok()
}

fn decode(row: &SqliteRow) -> Result<Row, sqlx::Error> {
    let mut values = Vec::with_capacity(row.len());
    for column in 0..row.len() {
        let raw = row.try_get_raw(column)?;
        let value = if raw.is_null() {
            Value::Null
        } else {
            match raw.type_info().name() {
                "INTEGER" => Value::Integer(decoded(raw)?),
                "REAL" => Value::Real(decoded(raw)?),
                "BLOB" => Value::Blob(decoded(raw)?),
                _ => Value::Text(decoded(raw)?),
            }
        };
        values.push(value);
    }
    Ok(Row::new(values))
}

fn decoded<'r, T: Decode<'r, Sqlite>>(
    raw: sqlx::sqlite::SqliteValueRef<'r>,
) -> Result<T, sqlx::Error> {
    T::decode(raw).map_err(sqlx::Error::Decode)
}
