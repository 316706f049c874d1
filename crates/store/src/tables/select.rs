//! Reading rows: filters, order, limit; counts and checksums.

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

use super::{Cell, ColumnKind, Row, STREAM, TableId, TableSpec, quoted};
use crate::backend::{self, Batch, Value, count, from_micros, values};
use crate::envelope::Hash;
use crate::error::{Result, StoreError};
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
    /// SHA-256 over the rows in order.
    pub checksum: Hash,
}

/// Rows that a checksum takes in one step.
const SUM_ROWS: usize = 5_000;
/// A filter nested deeper than this is no question of a person.
const MAX_DEPTH: usize = 32;
/// The column of a table of deadlines that holds the next instant.
const WAKES_AT: &str = "wakes_at";

impl Store {
    /// Rows of the generation that answers.
    pub async fn select_rows(&self, table: &TableSpec, select: &Select) -> Result<Vec<Row>> {
        let generation = self.active(table).await?;
        let mut text = Text::default();
        text.add(&format!("SELECT {STREAM}{} ", columns(table, &[])));
        text.from(table, &generation, select.filter.as_ref())?;
        text.add(" ORDER BY ");
        for order in &select.order {
            let column = column_in(table, &order.column)?;
            let direction = if order.descending { "DESC" } else { "ASC" };
            text.add(&format!("{column} IS NULL, {column} {direction}, "));
        }
        text.add(&format!("{STREAM}, row_no"));
        if let Some(limit) = select.limit {
            text.add(" LIMIT ?");
            text.values.push(Value::from(count(limit)));
        }
        let rows = self.read_rows(text.batch()).await?;
        rows.into_iter().map(|found| row(table, found)).collect()
    }

    /// How many rows of the generation that answers pass a filter.
    pub async fn count_rows(&self, table: &TableSpec, filter: Option<&Filter>) -> Result<u64> {
        let generation = self.active(table).await?;
        let mut text = Text::default();
        text.add("SELECT count(*) ");
        text.from(table, &generation, filter)?;
        let found = self.read_row(text.batch()).await?;
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
        let order = vec![Order { column: WAKES_AT.to_owned(), descending: false }];
        let select = Select { filter: Some(due), order, limit: Some(limit) };
        self.select_rows(table, &select).await
    }

    /// Number and checksum of the rows of one generation, without regard to some columns.
    pub async fn sums(&self, table: &TableSpec, generation: i64, without: &[&str]) -> Result<Sums> {
        let name = table.generation(generation).sql_name()?;
        let columns = columns(table, without);
        // Rows of a stream have no order of their own: their cells give it.
        let text = format!(
            "SELECT {STREAM}{columns} FROM {name} WHERE {STREAM} > ? AND {STREAM} <= \
             (SELECT max({STREAM}) FROM (SELECT {STREAM} FROM {name} WHERE {STREAM} > ? \
             ORDER BY {STREAM} LIMIT {SUM_ROWS})) ORDER BY {STREAM}{columns}"
        );
        let (mut hasher, mut rows, mut last) = (Sha256::new(), 0, String::new());
        loop {
            let after = values![&*last, &*last];
            let found = self.read_rows(Batch::new().ask_built(text.clone(), after)).await?;
            if found.is_empty() {
                return Ok(Sums { rows, checksum: hasher.finalize().into() });
            }
            for mut row in found {
                rows += 1;
                last = row.take()?;
                hasher.update(last.as_bytes());
                while let Ok(value) = row.take::<Value>() {
                    hasher.update(format!("\u{1f}{value:?}"));
                }
                hasher.update("\u{1e}");
            }
        }
    }
}

/// The columns of a table as they are selected.
fn columns(spec: &TableSpec, without: &[&str]) -> String {
    let columns = spec.columns.iter().map(|column| column.name.as_str());
    let wanted = columns.filter(|column| !without.contains(column));
    wanted.flat_map(|column| [", ".to_owned(), quoted(column)]).collect()
}

fn column_in(spec: &TableSpec, column: &str) -> Result<String> {
    spec.kind_of(column).map(|_| quoted(column))
}

/// A statement under construction.
#[derive(Default)]
struct Text {
    text: String,
    values: Vec<Value>,
}

impl Text {
    fn batch(self) -> Batch {
        Batch::new().ask_built(self.text, self.values)
    }

    fn add(&mut self, text: &str) {
        self.text.push_str(text);
    }

    fn from(&mut self, spec: &TableSpec, table: &TableId, filter: Option<&Filter>) -> Result<()> {
        self.add(&format!("FROM {}", table.sql_name()?));
        if let Some(filter) = filter {
            self.add(" WHERE ");
            self.condition(spec, filter, MAX_DEPTH)?;
        }
        Ok(())
    }

    fn condition(&mut self, spec: &TableSpec, filter: &Filter, depth: usize) -> Result<()> {
        let Some(depth) = depth.checked_sub(1) else {
            return Err(StoreError::bad_request("the filter is nested too deeply"));
        };
        match filter {
            Filter::Is(column, op, cell) => {
                let column = column_in(spec, column)?;
                self.add(&format!("{column} {} ?", op.as_str()));
                self.values.push(Value::from(cell));
            }
            Filter::IsNull(column, unset) => {
                let column = column_in(spec, column)?;
                self.add(&column);
                self.add(if *unset { " IS NULL" } else { " IS NOT NULL" });
            }
            Filter::In(column, cells) => {
                let column = column_in(spec, column)?;
                let marks = vec!["?"; cells.len()].join(", ");
                self.add(&format!("{column} IN ({marks})"));
                self.values.extend(cells.iter().map(Value::from));
            }
            Filter::Not(inner) => {
                self.add("NOT coalesce(");
                self.condition(spec, inner, depth)?;
                self.add(", 0)");
            }
            Filter::And(all) => self.several(spec, all, (" AND ", "1"), depth)?,
            Filter::Or(all) => self.several(spec, all, (" OR ", "0"), depth)?,
        }
        Ok(())
    }

    fn several(
        &mut self,
        spec: &TableSpec,
        all: &[Filter],
        (word, none): (&str, &str),
        depth: usize,
    ) -> Result<()> {
        // What the word does not change stands in front, so that none at all is no special case.
        self.add(&format!("({none}"));
        for inner in all {
            self.add(word);
            self.condition(spec, inner, depth)?;
        }
        self.add(")");
        Ok(())
    }
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
