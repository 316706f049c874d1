//! Reading rows: filters, order, limit; counts and checksums.

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

use super::statement::{Text, column_in};
use super::{Cell, ColumnKind, Row, STREAM, TableId, TableSpec, quoted};
use crate::StreamName;
use crate::backend::{self, Batch, Dialect, Value, count, from_micros, values};
use crate::envelope::Hash;
use crate::error::{Result, StoreError};
use crate::sql;
use crate::store::Store;
use crate::words::words;

words! {
    /// How a column is compared.
    pub enum Op {
        /// The same.
        Equal = "=",
        /// Another one.
        NotEqual = "<>",
        /// Less.
        Less = "<",
        /// Less or the same.
        LessOrEqual = "<=",
        /// Greater.
        Greater = ">",
        /// Greater or the same.
        GreaterOrEqual = ">=",
    }
}

/// Which rows are wanted; an unset column satisfies no comparison.
#[derive(Clone, Debug, PartialEq)]
pub enum Filter {
    /// The column compares so with the cell.
    Is(String, Op, Cell),
    /// The column is unset (true) or set (false).
    IsNull(String, bool),
    /// The column is one of these.
    In(String, Vec<Cell>),
    /// All of these; of none, every row.
    And(Vec<Filter>),
    /// Any of these; of none, no row.
    Or(Vec<Filter>),
    /// Not this: also the rows where an unset column leaves it open.
    Not(Box<Filter>),
}

/// One column to sort by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// Which column.
    pub column: String,
    /// The greatest first.
    pub descending: bool,
}

/// Which rows, in which order, how many.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Select {
    /// Which rows; all when none is given.
    pub filter: Option<Filter>,
    /// The order; by stream when none is given. Unset columns come last.
    pub order: Vec<Order>,
    /// How many at most.
    pub limit: Option<usize>,
}

/// What two generations of a table are compared by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sums {
    /// How many rows.
    pub rows: u64,
    /// A hash of each row, summed up.
    pub checksum: Hash,
}

/// Rows that a checksum takes in one step.
const SUM_ROWS: usize = 1_000;
/// The column of a table of deadlines that holds the next instant.
const WAKES_AT: &str = "wakes_at";

impl Store {
    /// Rows of the generation that answers.
    pub async fn select_rows(&self, table: &TableSpec, select: &Select) -> Result<Vec<Row>> {
        let mut order = String::new();
        for Order { column, descending } in &select.order {
            let column = column_in(table, column)?;
            let direction = if *descending { "DESC" } else { "ASC" };
            order.extend([column.as_str(), " ", direction, " NULLS LAST, "]);
        }
        order.extend([STREAM, ", row_no"]);
        self.ordered_rows(table, select.filter.as_ref(), &order, select.limit).await
    }

    async fn ordered_rows(
        &self,
        table: &TableSpec,
        filter: Option<&Filter>,
        order: &str,
        limit: Option<usize>,
    ) -> Result<Vec<Row>> {
        let asked = |text: &mut Text, generation: &TableId| {
            text.add(&format!("SELECT {STREAM}{} ", columns(table, &[])));
            text.from(table, generation, filter)?;
            text.add(&format!(" ORDER BY {order}"));
            if let Some(limit) = limit {
                text.add(" LIMIT ");
                text.value(Value::from(count(limit)));
            }
            Ok(())
        };
        let rows = self.ask_active(table, asked).await?;
        rows.into_iter().map(|found| row(table, found)).collect()
    }

    /// Asks the generation that answers; when it was dropped meanwhile, the next one.
    async fn ask_active(
        &self,
        table: &TableSpec,
        asked: impl Fn(&mut Text, &TableId) -> Result<()>,
    ) -> Result<Vec<backend::Row>> {
        let first = |text: &mut Text, generations: &[TableId]| asked(text, &generations[0]);
        self.ask_all_active(std::slice::from_ref(table), first).await
    }

    /// Asks the generations of several tables that answer, in one statement.
    async fn ask_all_active(
        &self,
        tables: &[TableSpec],
        asked: impl Fn(&mut Text, &[TableId]) -> Result<()>,
    ) -> Result<Vec<backend::Row>> {
        let mut generations = self.all_active(tables).await?;
        loop {
            let mut text = Text::new(self.backend().dialect());
            asked(&mut text, &generations)?;
            let failed = match self.read_rows(text.batch()).await {
                Ok(rows) => return Ok(rows),
                Err(failed) => failed,
            };
            let next = self.all_active(tables).await?;
            if next == generations {
                return Err(failed);
            }
            generations = next;
        }
    }

    /// The streams whose rows pass a filter, each once.
    pub async fn streams_of(&self, table: &TableSpec, filter: &Filter) -> Result<Vec<StreamName>> {
        let asked = |text: &mut Text, generation: &TableId| {
            text.add(&format!("SELECT DISTINCT {STREAM} "));
            text.from(table, generation, Some(filter))
        };
        let found = self.ask_active(table, asked).await?;
        found.into_iter().map(|mut found| found.take()).collect()
    }

    /// How many rows of the generation that answers pass a filter.
    pub async fn count_rows(&self, table: &TableSpec, filter: Option<&Filter>) -> Result<u64> {
        let asked = |text: &mut Text, generation: &TableId| {
            text.add("SELECT count(*) ");
            text.from(table, generation, filter)
        };
        let found = self.ask_active(table, asked).await?.into_iter().next();
        let mut found = found.ok_or_else(|| StoreError::unreadable("a count has one row"))?;
        found.take().map(i64::unsigned_abs)
    }

    /// Rows whose next instant has come, the longest waiting first.
    pub async fn due_rows(
        &self,
        table: &TableSpec,
        now: DateTime<Utc>,
        limit: usize,
    ) -> Result<Vec<Row>> {
        let due = Filter::Is(WAKES_AT.to_owned(), Op::LessOrEqual, Cell::Instant(now));
        // The order of the index itself: nothing is sorted, however much is due.
        let order = format!("{WAKES_AT}, row_no");
        self.ordered_rows(table, Some(&due), &order, Some(limit)).await
    }

    /// The streams of so many rows of each table in which a column is set to something else, each
    /// stream once.
    pub async fn streams_unlike(
        &self,
        tables: &[TableSpec],
        (column, cell): (&str, &Cell),
        limit: usize,
    ) -> Result<Vec<StreamName>> {
        if tables.is_empty() {
            return Ok(Vec::new());
        }
        let asked = |text: &mut Text, generations: &[TableId]| {
            for (table, generation) in tables.iter().zip(generations) {
                for op in [Op::Less, Op::Greater] {
                    let unlike = Filter::Is(column.to_owned(), op, cell.clone());
                    text.add(if text.words.is_empty() { "" } else { " UNION " });
                    text.add(&format!("SELECT {STREAM} FROM (SELECT {STREAM} "));
                    text.from(table, generation, Some(&unlike))?;
                    // The order of the index: by stream, SQLite would look through the whole table.
                    let order = column_in(table, column)?;
                    text.add(&format!(" ORDER BY {order}, row_no LIMIT "));
                    text.value(Value::from(count(limit)));
                    text.add(") AS unlike");
                }
            }
            Ok(())
        };
        let found = self.ask_all_active(tables, asked).await?;
        found.into_iter().map(|mut found| found.take()).collect()
    }

    /// Sets a column of rows of the generation that answers; rows of a new one are left as made.
    pub async fn set_cells(
        &self,
        table: &TableSpec,
        filter: &Filter,
        (column, cell): (&str, &Cell),
    ) -> Result<()> {
        let generation = self.active(table).await?;
        let mut text = Text::new(self.backend().dialect());
        let column = column_in(table, column)?;
        text.add(&format!("UPDATE {} SET {column} = ", generation.sql_name()?));
        text.value(Value::from(cell));
        text.add(" WHERE ");
        text.filter(table, filter)?;
        let batch = Batch::new().ask(sql::CHECK_ACTIVE, generation.key());
        self.work(batch.run_built(text.words, text.values), vec![1]).await.map(|_| ())
    }

    /// Number and checksum of the rows of one generation, without regard to some columns.
    pub async fn sums(&self, table: &TableSpec, generation: i64, without: &[&str]) -> Result<Sums> {
        let name = table.generation(generation).sql_name()?;
        let dialect = self.backend().dialect();
        let (char, cast) = match dialect {
            Dialect::Sqlite => ("char", ""),
            Dialect::Postgres => ("chr", "::text"),
        };
        let cell = |column| format!("coalesce({column}{cast}, {char}(29))");
        let cells: Vec<String> = columns(table, without).split(", ").skip(1).map(cell).collect();
        let row = format!("concat_ws({char}(31), {STREAM}, {})", cells.join(", "));
        match dialect {
            Dialect::Sqlite => self.sums_by_block(&name, &row).await,
            Dialect::Postgres => self.sums_at_once(&name, &row).await,
        }
    }

    /// PostgreSQL hashes by itself.
    async fn sums_at_once(&self, name: &str, row: &str) -> Result<Sums> {
        let sum = format!("sum(hashtextextended({row}, 0))");
        let text = format!("SELECT count(*), coalesce({sum}, 0)::text FROM {name}");
        let found = self.read_row(Batch::new().ask_built(text, vec![])).await?;
        let mut found = found.ok_or_else(|| StoreError::unreadable("a sum has one row"))?;
        let rows = found.take::<i64>()?.unsigned_abs();
        let checksum = Sha256::digest(found.take::<String>()?).into();
        Ok(Sums { rows, checksum })
    }

    async fn sums_by_block(&self, name: &str, row: &str) -> Result<Sums> {
        let text = format!(
            "SELECT count(*), max(row_no), group_concat({row}, char(30)) \
             FROM (SELECT * FROM {name} WHERE row_no > ? ORDER BY row_no LIMIT {SUM_ROWS})"
        );
        let (mut rows, mut sum, mut last) = (0, [0; 4], 0_i64);
        loop {
            let block = Batch::new().ask_built(text.clone(), values![last]);
            let found = self.read_row(block).await?;
            let mut found = found.ok_or_else(|| StoreError::unreadable("a sum has one row"))?;
            let count = found.take::<i64>()?.unsigned_abs();
            if count == 0 {
                let mut checksum = Hash::default();
                for (bytes, lane) in checksum.chunks_exact_mut(8).zip(sum) {
                    bytes.copy_from_slice(&u64::to_be_bytes(lane));
                }
                return Ok(Sums { rows, checksum });
            }
            rows += count;
            last = found.take()?;
            for row in found.take::<String>()?.split('\u{1e}') {
                add(&mut sum, Sha256::digest(row).into());
            }
        }
    }
}

/// Adds a hash to a sum of hashes: rows have no order, but each counts.
fn add(sum: &mut [u64; 4], hash: Hash) {
    for (lane, bytes) in sum.iter_mut().zip(hash.chunks_exact(8)) {
        let bytes = bytes.try_into().expect("a chunk of eight bytes");
        *lane = lane.wrapping_add(u64::from_be_bytes(bytes));
    }
}

/// The columns of a table as they are selected.
fn columns(spec: &TableSpec, without: &[&str]) -> String {
    let columns = spec.columns.iter().map(|column| column.name.as_str());
    let wanted = columns.filter(|column| !without.contains(column));
    wanted.flat_map(|column| [", ".to_owned(), quoted(column)]).collect()
}

fn row(spec: &TableSpec, mut found: backend::Row) -> Result<Row> {
    let stream = found.take()?;
    let cells = spec.columns.iter().map(|column| {
        let value = found.take()?;
        cell(column.kind, value)
    });
    let cells = cells.collect::<Result<_>>()?;
    Ok(Row { stream, cells })
}

fn cell(kind: ColumnKind, value: Value) -> Result<Cell> {
    match (kind, value) {
        (_, Value::Null) => Ok(Cell::Null),
        (ColumnKind::Text, Value::Text(text)) => Ok(Cell::Text(text)),
        (ColumnKind::Integer, Value::Integer(integer)) => Ok(Cell::Integer(integer)),
        (ColumnKind::Real, Value::Real(real)) => Ok(Cell::Real(real)),
        (ColumnKind::Date, Value::Text(text)) => Ok(Cell::Date(backend::date(&text)?)),
        (ColumnKind::Instant, Value::Integer(micros)) => from_micros(micros).map(Cell::Instant),
        (ColumnKind::Flag, Value::Integer(flag)) => Ok(Cell::Flag(flag != 0)),
        (kind, value) => Err(StoreError::unreadable(&format!("{value:?} is no {}", kind.as_str()))),
    }
}
