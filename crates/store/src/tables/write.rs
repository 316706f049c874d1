//! Writing rows: all rows of a stream together, checkpoints by comparing and setting.

use super::checkpoints::keys;
use super::{Cell, RowBatch, STREAM, StreamRows, TableId, TableRows, TableSpec, quoted};
use crate::backend::{Batch, Value, count, values};
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
        let mut chunk = Chunk::default();
        for rows in batch.tables {
            for stream in rows.streams {
                if chunk.is_full() {
                    let statements = std::mem::take(&mut chunk).statements(guard(from))?;
                    if !self.work(statements, expected.clone()).await?.kept {
                        return Ok(false);
                    }
                }
                chunk.add(&rows.table, stream)?;
            }
        }
        let statements = chunk.statements(guard(to))?;
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

    fn statements(self, guard: Vec<Value>) -> Result<Batch> {
        let mut batch = Batch::new().ask(sql::MOVE_CHECKPOINTS, guard);
        for rows in &self.tables {
            batch = batch.then(replace(rows)?);
        }
        Ok(batch)
    }
}

/// Removes the rows of the streams and writes the new ones.
fn replace(rows: &TableRows) -> Result<Batch> {
    let name = rows.table.sql_name()?;
    let streams = json::texts(rows.streams.iter().map(|stream| stream.stream.as_str()));
    let remove = format!("DELETE FROM {name} WHERE {STREAM} IN (SELECT value FROM json_each(?))");
    let batch = Batch::new().run_built(remove, vec![streams]);
    let (mut new, mut columns) = (JsonRows::default(), 0);
    for stream in &rows.streams {
        for cells in &stream.rows {
            columns = cells.len();
            let mut row = values![&stream.stream];
            row.extend(cells.iter().map(Value::from));
            new.push(row);
        }
    }
    if new.is_empty() {
        return Ok(batch);
    }
    let values: Vec<String> = (0..=columns).map(|n| format!(", value ->> {n}")).collect();
    // The first column numbers the rows by itself.
    let add = format!("INSERT INTO {name} SELECT NULL{} FROM json_each(?)", values.concat());
    Ok(batch.run_built(add, vec![new.finish()]))
}

/// The statement that gives a row of a table of deadlines its next instant.
pub(crate) fn rearm(
    spec: &TableSpec,
    table: &TableId,
    rearm: Rearm,
) -> Result<(String, Vec<Value>)> {
    let mut text = format!(
        "UPDATE {} SET wakes_at = ? WHERE {STREAM} = ? AND wakes_at = ?",
        table.sql_name()?
    );
    let mut values = values![rearm.wakes_at, &rearm.stream, rearm.seen];
    for (column, cell) in rearm.key {
        spec.kind_of(&column)?;
        text.push_str(" AND ");
        text.push_str(&quoted(&column));
        text.push_str(" IS ?");
        values.push(Value::from(&cell));
    }
    Ok((text, values))
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
