//! The database as the rest of the crate sees it: statements with values go in, rows come out.
//!
//! SQLite and PostgreSQL stand behind this trait. All that is decided is decided in front of it, so
//! both decide alike.

use std::fmt;
use std::pin::Pin;

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use crate::error::{Result, StoreError};
use crate::sql::Sql;

/// An answer that is on its way.
pub(crate) type Answering<'a, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'a>>;

/// The language that a database speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    Sqlite,
    Postgres,
}

/// One database.
pub(crate) trait Backend: fmt::Debug + Send + Sync {
    /// What built statements must be written in.
    fn dialect(&self) -> Dialect;

    /// Runs statements that only read.
    fn read(&self, batch: Batch) -> Answering<'_, Vec<Answer>>;

    /// Opens the one connection that writes.
    fn connect(&self) -> Answering<'_, Box<dyn Connection>>;

    /// Closes all connections that read.
    fn close(&self) -> Answering<'_, ()>;
}

/// A connection to a database.
pub(crate) trait Connection: fmt::Debug + Send {
    /// What built statements must be written in.
    fn dialect(&self) -> Dialect;

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
    /// Built from checked names, in the words of the database it goes to.
    Built(String),
}

impl Dialect {
    /// The place of the nth value, from 1, in a built statement.
    pub(crate) fn mark(self, nth: usize, value: &Value) -> String {
        let cast = match (self, value) {
            (Self::Sqlite, _) => return "?".to_owned(),
            (Self::Postgres, Value::Integer(_)) => "bigint",
            (Self::Postgres, Value::Real(_)) => "double precision",
            (Self::Postgres, Value::Text(_)) => "text",
            (Self::Postgres, Value::Blob(_)) => "bytea",
            // What it stands beside says its type.
            (Self::Postgres, Value::Null) => return format!("${nth}"),
        };
        format!("${nth}::{cast}")
    }

    /// The texts of the JSON array that is the nth value, to be one of which.
    pub(crate) fn one_of(self, nth: usize) -> String {
        match self {
            Self::Sqlite => "IN (SELECT value FROM json_each(?))".to_owned(),
            Self::Postgres => {
                format!("= ANY (ARRAY(SELECT jsonb_array_elements_text(${nth}::text::jsonb)))")
            }
        }
    }
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

    /// Whether the answer of its first statement is wanted.
    pub(crate) fn begins_with_answer(&self) -> bool {
        self.0.first().is_some_and(|statement| statement.answers)
    }

    /// Its first statement, and the others.
    pub(crate) fn split_first(mut self) -> (Batch, Batch) {
        let rest = self.0.split_off(self.0.len().min(1));
        (self, Batch(rest))
    }

    fn push(&mut self, words: Words, values: Vec<Value>, answers: bool) {
        self.0.push(Statement { words, values, answers });
    }
}

/// Reads the fields of a row into a struct, in the order of the statement's columns.
macro_rules! read {
    ($row:ident => $type:ident { $($field:ident),* $(,)? } $(with { $($more:tt)* })?) => {
        $type { $($field: $row.take()?,)* $($($more)*)? }
    };
}

pub(crate) use read;

/// The values of a statement or of a row, each of its own type.
macro_rules! values {
    ($($value:expr),* $(,)?) => {
        vec![$($crate::backend::Value::from($value)),*]
    };
}

pub(crate) use values;

/// How a type goes into the database and comes out again.
macro_rules! stored_as {
    ($($type:ty as $variant:ident, $into:expr, $from:expr;)*) => {$(
        impl From<$type> for Value {
            fn from(value: $type) -> Self {
                Self::$variant($into(value))
            }
        }

        impl FromValue for $type {
            fn from_value(value: Value) -> Result<Self> {
                match value {
                    Value::$variant(value) => $from(value),
                    other => Err(StoreError::unreadable(&format!("{other:?} is out of place"))),
                }
            }
        }
    )*};
}

/// A type that comes out of the database.
pub(crate) trait FromValue: Sized {
    fn from_value(value: Value) -> Result<Self>;
}

stored_as! {
    i64 as Integer, |value| value, Ok;
    f64 as Real, |value| value, Ok;
    u16 as Integer, i64::from, narrow;
    u32 as Integer, i64::from, narrow;
    bool as Integer, i64::from, |flag| Ok(flag != 0);
    String as Text, |value| value, Ok;
    Vec<u8> as Blob, |value| value, Ok;
    Uuid as Blob, |value: Uuid| value.as_bytes().to_vec(), |b| exact(b).map(Uuid::from_bytes);
    DateTime<Utc> as Integer, |value: DateTime<Utc>| value.timestamp_micros(), from_micros;
    NaiveDate as Text, |value: NaiveDate| value.to_string(), |text: String| date(&text);
}

impl<T: FromValue> FromValue for Option<T> {
    fn from_value(value: Value) -> Result<Self> {
        match value {
            Value::Null => Ok(None),
            value => T::from_value(value).map(Some),
        }
    }
}

impl<const N: usize> FromValue for [u8; N] {
    fn from_value(value: Value) -> Result<Self> {
        exact(Vec::from_value(value)?)
    }
}

impl FromValue for Value {
    fn from_value(value: Value) -> Result<Self> {
        Ok(value)
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<&[u8]> for Value {
    fn from(value: &[u8]) -> Self {
        Self::Blob(value.to_vec())
    }
}

/// A count as a value: of rows, of bytes, of anything that memory can hold.
pub(crate) fn count(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// The values of one row, taken in the order of the statement's columns.
#[derive(Debug)]
pub(crate) struct Row(std::vec::IntoIter<Value>);

impl Row {
    pub(crate) fn new(values: Vec<Value>) -> Self {
        Self(values.into_iter())
    }

    /// The next value.
    pub(crate) fn take<T: FromValue>(&mut self) -> Result<T> {
        let value = self.0.next();
        T::from_value(value.ok_or_else(|| StoreError::unreadable("it has too few columns"))?)
    }
}

/// Reads a date as it is stored.
pub(crate) fn date(text: &str) -> Result<NaiveDate> {
    text.parse().map_err(|_| StoreError::unreadable(&format!("{text:?} is no date")))
}

/// Reads an instant as it is stored: microseconds UTC.
pub(crate) fn from_micros(micros: i64) -> Result<DateTime<Utc>> {
    DateTime::from_timestamp_micros(micros)
        .ok_or_else(|| StoreError::unreadable(&format!("{micros} is no instant")))
}

fn narrow<T: TryFrom<i64>>(number: i64) -> Result<T> {
    T::try_from(number).map_err(|_| StoreError::unreadable(&format!("{number} is too large")))
}

fn exact<const N: usize>(blob: Vec<u8>) -> Result<[u8; N]> {
    blob.try_into().map_err(|_| StoreError::unreadable("a BLOB has the wrong length"))
}
