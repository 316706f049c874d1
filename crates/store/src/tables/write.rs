//! Writing rows: all rows of a stream together, checkpoints by comparing and setting.

use super::checkpoints::keys;
use super::{Cell, RowBatch, STREAM, StreamRows, TableId, TableRows, TableSpec, quoted};
use crate::backend::{Batch, Dialect, Value, count, values};
use crate::error::{Result, StoreError};
use crate::ids::Position;
use crate::json::{self, JsonRows};
use crate::ledger::Rearm;
use crate::sql;
use crate::store::Store;

/// Rows in one transaction; a single stream with more stays whole.
const CHUNK_ROWS: usize = 2_000;
/// Streams in one transaction, also when they have no rows.
const CHUNK_STREAMS: usize = 2_000;

impl Store {
    /// Replaces rows and moves the checkpoints of all tables of the batch.
    ///
    /// False, and the checkpoints stay, when one of them is elsewhere or somebody else's. A large
    /// batch is written in several transactions, and only the last one moves the checkpoints: what
    /// was written before is written again.
    pub async fn write_rows(&self, batch: RowBatch) -> Result<bool> {
        let tables: Vec<TableId> = batch.tables.iter().map(|rows| rows.table.clone()).collect();
        let (from, to, owner) = (batch.from, batch.to, batch.owner);
        let guard = |to: Position| values![to, keys(&tables), from, &*owner];
        let expected = vec![count(tables.len())];
        let dialect = self.backend().dialect();
        let mut chunk = Chunk::default();
        for rows in batch.tables {
            for stream in rows.streams {
                if chunk.is_full() {
                    let statements = std::mem::take(&mut chunk).statements(dialect, guard(from))?;
                    if !self.work(statements, expected.clone()).await?.kept {
                        return Ok(false);
                    }
                }
                chunk.add(&rows.table, stream)?;
            }
        }
        let statements = chunk.statements(dialect, guard(to))?;
        Ok(self.work(statements, expected).await?.kept)
    }
}

/// What one transaction writes.
#[derive(Default)]
struct Chunk {
    tables: Vec<TableRows>,
    rows: usize,
    streams: usize,
}

impl Chunk {
    fn is_full(&self) -> bool {
        self.rows >= CHUNK_ROWS || self.streams >= CHUNK_STREAMS
    }

    fn add(&mut self, table: &TableId, stream: StreamRows) -> Result<()> {
        let columns = stream.rows.first().map_or(0, Vec::len);
        if stream.rows.iter().any(|row| row.len() != columns) {
            return Err(StoreError::bad_request("rows of one table are equally long"));
        }
        self.rows += stream.rows.len();
        self.streams += 1;
        match self.tables.last_mut() {
            Some(last) if last.table == *table => last.streams.push(stream),
            _ => self.tables.push(TableRows { table: table.clone(), streams: vec![stream] }),
        }
        Ok(())
    }

    fn statements(self, dialect: Dialect, guard: Vec<Value>) -> Result<Batch> {
        let mut batch = Batch::new().ask(sql::MOVE_CHECKPOINTS, guard);
        for rows in &self.tables {
            batch = batch.then(replace(dialect, rows)?);
        }
        Ok(batch)
    }
}

/// Removes the rows of the streams and writes the new ones.
fn replace(dialect: Dialect, rows: &TableRows) -> Result<Batch> {
    let name = rows.table.sql_name()?;
    let streams = json::texts(rows.streams.iter().map(|stream| stream.stream.as_str()));
    let remove = format!("DELETE FROM {name} WHERE {STREAM} {}", dialect.one_of(1));
    let batch = Batch::new().run_built(remove, vec![streams]);
    let mut new = TypedRows::default();
    for stream in &rows.streams {
        for cells in &stream.rows {
            let mut row = values![&stream.stream];
            row.extend(cells.iter().map(Value::from));
            new.push(row);
        }
    }
    if new.rows.is_empty() {
        return Ok(batch);
    }
    Ok(batch.run_built(insert(dialect, &name, &new), vec![new.rows.finish()]))
}

/// Rows on their way into a statement as JSON.
#[derive(Default)]
struct TypedRows {
    rows: JsonRows,
    /// By column, a value of it, or NULL when it has none anywhere.
    kinds: Vec<Value>,
}

impl TypedRows {
    fn push(&mut self, row: Vec<Value>) {
        self.kinds.resize(row.len(), Value::Null);
        for (kind, value) in self.kinds.iter_mut().zip(&row) {
            if *kind == Value::Null {
                kind.clone_from(value);
            }
        }
        self.rows.push(row);
    }

    /// The columns of a row, which the database calls `value`.
    fn fields(&self, dialect: Dialect) -> impl Iterator<Item = String> {
        self.kinds.iter().enumerate().map(move |(n, kind)| match (dialect, kind) {
            (Dialect::Sqlite, _) | (Dialect::Postgres, Value::Text(_) | Value::Blob(_)) => {
                format!("value ->> {n}")
            }
            (Dialect::Postgres, Value::Integer(_)) => format!("(value ->> {n})::bigint"),
            (Dialect::Postgres, Value::Real(_)) => format!("(value ->> {n})::double precision"),
            (Dialect::Postgres, Value::Null) => "NULL".to_owned(),
        })
    }
}

/// The rows of the JSON array that is the first value.
fn json_rows(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Sqlite => "jsonb_each(?)",
        Dialect::Postgres => "jsonb_array_elements($1::text::jsonb) AS value",
    }
}

fn insert(dialect: Dialect, name: &str, rows: &TypedRows) -> String {
    // A column numbers the rows by itself: SQLite's is the first, PostgreSQL's the last.
    let number = match dialect {
        Dialect::Sqlite => "NULL, ",
        Dialect::Postgres => "",
    };
    let fields: Vec<String> = rows.fields(dialect).collect();
    format!("INSERT INTO {name} SELECT {number}{} FROM {}", fields.join(", "), json_rows(dialect))
}

/// The statement that gives rows of a table of deadlines their next instants; the same columns name
/// all of them.
pub(crate) fn rearm(
    dialect: Dialect,
    spec: &TableSpec,
    table: &TableId,
    rearms: &[Rearm],
) -> Result<Option<(String, Vec<Value>)>> {
    let Some(first) = rearms.first() else {
        return Ok(None);
    };
    let named = |rearm: &Rearm| rearm.key.iter().map(|(column, _)| column.clone()).collect();
    let columns: Vec<String> = named(first);
    let mut rows = TypedRows::default();
    for rearm in rearms {
        if named(rearm) != columns {
            return Err(StoreError::bad_request("the same columns name rows of one table"));
        }
        let mut row = values![rearm.wakes_at, &rearm.stream, rearm.seen];
        row.extend(rearm.key.iter().map(|(_, cell)| Value::from(cell)));
        rows.push(row);
    }
    let is = match dialect {
        Dialect::Sqlite => "IS",
        Dialect::Postgres => "IS NOT DISTINCT FROM",
    };
    let fields: Vec<String> = rows.fields(dialect).collect();
    let mut fields = fields.into_iter();
    let mut next = || fields.next().unwrap_or_default();
    let (name, new) = (table.sql_name()?, json_rows(dialect));
    let wakes_at = next();
    let (stream, seen) = (next(), next());
    // Many wake at the same instant, so rows are found by their stream: a `+` hides the other index.
    let mut text = format!(
        "UPDATE {name} SET wakes_at = {wakes_at} FROM {new} \
         WHERE {STREAM} = {stream} AND +wakes_at = {seen}"
    );
    for column in &columns {
        spec.kind_of(column)?;
        text.extend([" AND ", &quoted(column), " ", is, " ", &next()]);
    }
    Ok(Some((text, vec![rows.rows.finish()])))
}

impl From<&Cell> for Value {
    fn from(cell: &Cell) -> Self {
        match cell {
            Cell::Null => Self::Null,
            Cell::Text(text) => Self::from(text.as_str()),
            Cell::Integer(integer) => Self::Integer(*integer),
            Cell::Real(real) => Self::Real(*real),
            Cell::Date(date) => Self::from(*date),
            Cell::Instant(instant) => Self::from(*instant),
            Cell::Flag(flag) => Self::Integer(i64::from(*flag)),
        }
    }
}
