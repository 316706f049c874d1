//! Writing rows: all rows of a stream together, checkpoints by comparing and setting.

use super::checkpoints::keys;
use super::{Cell, RowBatch, STREAM, StreamRows, TableId, TableRows, TableSpec};
use crate::backend::{Answer, Batch, Value};
use crate::error::{Result, StoreError};
use crate::event::Priority;
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
        let guard = Guard {
            keys: keys(&tables),
            tables: i64::try_from(tables.len()).unwrap_or(i64::MAX),
            owner: batch.owner,
            from: batch.from,
        };
        let mut chunk = Chunk::default();
        for rows in batch.tables {
            for stream in rows.streams {
                if chunk.is_full() && !self.write(&guard, batch.from, &mut chunk).await? {
                    return Ok(false);
                }
                chunk.add(&rows.table, stream)?;
            }
        }
        self.write(&guard, batch.to, &mut chunk).await
    }

    async fn write(&self, guard: &Guard, to: Position, chunk: &mut Chunk) -> Result<bool> {
        let mut batch = Batch::new().ask(sql::MOVE_CHECKPOINTS, guard.values(to));
        for rows in std::mem::take(chunk).tables {
            batch = batch.then(replace(&rows)?);
        }
        let wanted = guard.tables;
        let keep = move |answers: &[Answer]| answers.first().is_some_and(|a| a.changed == wanted);
        let done = self.work(Priority::Background, batch, keep).await?;
        Ok(done.kept)
    }
}

struct Guard {
    keys: Value,
    tables: i64,
    owner: String,
    from: Position,
}

impl Guard {
    fn values(&self, to: Position) -> Vec<Value> {
        vec![
            Value::from(to.get()),
            self.keys.clone(),
            Value::from(self.from.get()),
            Value::from(self.owner.as_str()),
        ]
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
            _ => self.tables.push(TableRows {
                table: table.clone(),
                streams: vec![stream],
            }),
        }
        Ok(())
    }
}

/// Removes the rows of the streams and writes the new ones.
fn replace(rows: &TableRows) -> Result<Batch> {
    let name = rows.table.sql_name()?;
    let streams = json::texts(rows.streams.iter().map(|stream| stream.stream.as_str()));
    let remove =
        format!("DELETE FROM {name} WHERE {STREAM} IN (SELECT value FROM json_each(?))");
    let batch = Batch::new().run_built(remove, vec![streams]);
    let mut new = JsonRows::new();
    let mut columns = 0;
    for stream in &rows.streams {
        for cells in &stream.rows {
            columns = cells.len();
            let mut row = new.row();
            row.text(stream.stream.as_str());
            for cell in cells {
                row.value(&Value::from(cell));
            }
        }
    }
    if new.is_empty() {
        return Ok(batch);
    }
    let values: Vec<String> = (0..=columns).map(|n| format!(", value ->> {n}")).collect();
    // The first column numbers the rows by itself.
    let add = format!(
        "INSERT INTO {name} SELECT NULL{} FROM json_each(?)",
        values.concat()
    );
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
    let mut values = vec![
        Value::from(rearm.wakes_at),
        Value::from(rearm.stream.as_str()),
        Value::from(rearm.seen),
    ];
    for (column, cell) in rearm.key {
        spec.kind_of(&column)?;
        text.push_str(" AND \"");
        text.push_str(&column);
        text.push_str("\" IS ?");
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
