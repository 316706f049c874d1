//! The database as the rest of the crate sees it: statements with values go in, rows come out.
//!
//! SQLite stands behind this trait; PostgreSQL will stand behind the same one. All that is decided
//! is decided in front of it, so both decide alike.

use std::fmt;
use std::pin::Pin;

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use crate::error::{Result, StoreError};
use crate::instant;
use crate::sql::Sql;

/// An answer that is on its way.
pub(crate) type Answering<'a, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'a>>;

/// One database.
pub(crate) trait Backend: fmt::Debug + Send + Sync {
    /// Runs statements that only read.
    fn read(&self, batch: Batch) -> Answering<'_, Vec<Answer>>;

    /// Opens the one connection that writes.
    fn connect(&self) -> Answering<'_, Box<dyn Connection>>;

    /// Closes all connections that read.
    fn close(&self) -> Answering<'_, ()>;
}

/// A connection to a database.
pub(crate) trait Connection: fmt::Debug + Send {
    /// Runs statements one after the other; stops at the first that fails.
    fn run(&mut self, batch: Batch) -> Answering<'_, Vec<Answer>>;

    /// Closes the connection, when it is the last one after cleaning up the file.
    fn close(self: Box<Self>) -> Answering<'static, ()>;
}

/// A value on its way in or out.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Null,
    Integer(i64),
    Real(f64),
    Text(String),
    Blob(Vec<u8>),
}

/// The words of a statement.
#[derive(Clone, Debug)]
pub(crate) enum Words {
    /// From a file.
    Fixed(Sql),
    /// Built from checked names; the same in all databases.
    Built(String),
}

/// One statement with its values.
#[derive(Clone, Debug)]
pub(crate) struct Statement {
    pub(crate) words: Words,
    pub(crate) values: Vec<Value>,
    /// Whether anybody wants its rows or how many it changed.
    pub(crate) answers: bool,
}

/// Statements that travel together.
#[derive(Clone, Debug, Default)]
pub(crate) struct Batch(pub(crate) Vec<Statement>);

/// What a statement brought.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    pub(crate) rows: Vec<Row>,
    pub(crate) changed: i64,
}

impl Batch {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Adds a statement whose answer is wanted.
    pub(crate) fn ask(mut self, sql: Sql, values: Vec<Value>) -> Self {
        self.push(Words::Fixed(sql), values, true);
        self
    }

    /// Adds a statement that only has to succeed.
    pub(crate) fn run(mut self, sql: Sql, values: Vec<Value>) -> Self {
        self.push(Words::Fixed(sql), values, false);
        self
    }

    /// Adds a built statement whose answer is wanted.
    pub(crate) fn ask_built(mut self, text: String, values: Vec<Value>) -> Self {
        self.push(Words::Built(text), values, true);
        self
    }

    /// Adds a built statement that only has to succeed.
    pub(crate) fn run_built(mut self, text: impl Into<String>, values: Vec<Value>) -> Self {
        self.push(Words::Built(text.into()), values, false);
        self
    }

    /// Adds all statements of another batch.
    pub(crate) fn then(mut self, other: Batch) -> Self {
        self.0.extend(other.0);
        self
    }

    fn push(&mut self, words: Words, values: Vec<Value>, answers: bool) {
        self.0.push(Statement {
            words,
            values,
            answers,
        });
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Integer(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl From<Vec<u8>> for Value {
    fn from(value: Vec<u8>) -> Self {
        Self::Blob(value)
    }
}

impl From<Uuid> for Value {
    fn from(value: Uuid) -> Self {
        Self::Blob(value.as_bytes().to_vec())
    }
}

impl From<DateTime<Utc>> for Value {
    fn from(value: DateTime<Utc>) -> Self {
        Self::Integer(instant::micros(value))
    }
}

impl From<NaiveDate> for Value {
    fn from(value: NaiveDate) -> Self {
        Self::Text(value.to_string())
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// The values of one row, taken in the order of the statement's columns.
#[derive(Debug)]
pub(crate) struct Row(std::vec::IntoIter<Value>);

impl Row {
    pub(crate) fn new(values: Vec<Value>) -> Self {
        Self(values.into_iter())
    }

    pub(crate) fn value(&mut self) -> Result<Value> {
        self.0
            .next()
            .ok_or_else(|| StoreError::unreadable("it has too few columns"))
    }

    fn optional<T>(&mut self, read: impl FnOnce(Value) -> Result<T>) -> Result<Option<T>> {
        match self.value()? {
            Value::Null => Ok(None),
            value => read(value).map(Some),
        }
    }

    pub(crate) fn integer(&mut self) -> Result<i64> {
        integer(self.value()?)
    }

    pub(crate) fn optional_integer(&mut self) -> Result<Option<i64>> {
        self.optional(integer)
    }

    pub(crate) fn text(&mut self) -> Result<String> {
        text(self.value()?)
    }

    pub(crate) fn optional_text(&mut self) -> Result<Option<String>> {
        self.optional(text)
    }

    pub(crate) fn blob(&mut self) -> Result<Vec<u8>> {
        blob(self.value()?)
    }

    pub(crate) fn optional_blob(&mut self) -> Result<Option<Vec<u8>>> {
        self.optional(blob)
    }

    /// A BLOB of a fixed length: a hash or a nonce.
    pub(crate) fn bytes<const N: usize>(&mut self) -> Result<[u8; N]> {
        let blob = self.blob()?;
        let wrong = || StoreError::unreadable("a BLOB has the wrong length");
        blob.try_into().map_err(|_| wrong())
    }

    pub(crate) fn uuid(&mut self) -> Result<Uuid> {
        self.bytes().map(Uuid::from_bytes)
    }

    pub(crate) fn optional_uuid(&mut self) -> Result<Option<Uuid>> {
        self.optional(|value| Row::new(vec![value]).uuid())
    }

    pub(crate) fn instant(&mut self) -> Result<DateTime<Utc>> {
        instant::from_micros(self.integer()?)
    }

    pub(crate) fn optional_instant(&mut self) -> Result<Option<DateTime<Utc>>> {
        self.optional(|value| instant::from_micros(integer(value)?))
    }

    pub(crate) fn date(&mut self) -> Result<NaiveDate> {
        date(&self.text()?)
    }

    pub(crate) fn optional_date(&mut self) -> Result<Option<NaiveDate>> {
        self.optional(|value| date(&text(value)?))
    }

    /// A word of a closed list.
    pub(crate) fn word<T>(&mut self, parse: impl FnOnce(&str) -> Option<T>) -> Result<T> {
        let word = self.text()?;
        parse(&word).ok_or_else(|| StoreError::unreadable(&format!("{word:?} is no known word")))
    }
}

fn integer(value: Value) -> Result<i64> {
    match value {
        Value::Integer(integer) => Ok(integer),
        _ => Err(StoreError::unreadable("an integer was expected")),
    }
}

fn text(value: Value) -> Result<String> {
    match value {
        Value::Text(text) => Ok(text),
        _ => Err(StoreError::unreadable("text was expected")),
    }
}

fn blob(value: Value) -> Result<Vec<u8>> {
    match value {
        Value::Blob(blob) => Ok(blob),
        _ => Err(StoreError::unreadable("a BLOB was expected")),
    }
}

pub(crate) fn date(text: &str) -> Result<NaiveDate> {
    let wrong = || StoreError::unreadable(&format!("{text:?} is no date"));
    text.parse().map_err(|_| wrong())
}
