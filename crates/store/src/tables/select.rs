//! Reading rows: filters, order, limit; counts and checksums.

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

use super::{Cell, ColumnKind, Row, STREAM, TableId, TableSpec};
use crate::backend::{self, Batch, Value};
use crate::envelope::Hash;
use crate::error::{Result, StoreError};
use crate::ids::StreamName;
use crate::instant;
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
        let (mut text, mut values) = start(table, &generation, select.filter.as_ref())?;
        text.push_str(" ORDER BY ");
        for order in &select.order {
            table.kind_of(&order.column)?;
            let direction = if order.descending { "DESC" } else { "ASC" };
            let column = &order.column;
            text.push_str(&format!("\"{column}\" IS NULL, \"{column}\" {direction}, "));
        }
        text.push_str(STREAM);
        text.push_str(", row_no");
        if let Some(limit) = select.limit {
            text.push_str(" LIMIT ?");
            values.push(Value::from(i64::try_from(limit).unwrap_or(i64::MAX)));
        }
        let rows = self.read_rows(Batch::new().ask_built(text, values)).await?;
        rows.into_iter().map(|found| row(table, found)).collect()
    }

    /// How many rows of the generation that answers pass a filter.
    pub async fn count_rows(&self, table: &TableSpec, filter: Option<&Filter>) -> Result<u64> {
        let generation = self.active(table).await?;
        let mut text = format!("SELECT count(*) FROM {}", generation.sql_name()?);
        let values = filtered(&mut text, table, filter)?;
        let found = self.read_row(Batch::new().ask_built(text, values)).await?;
        let mut found = found.ok_or_else(|| StoreError::unreadable("a count has one row"))?;
        Ok(found.integer()?.unsigned_abs())
    }

    /// Rows whose next instant has come, the longest waiting first.
    pub async fn due_rows(
        &self,
        table: &TableSpec,
        now: DateTime<Utc>,
        limit: usize,
    ) -> Result<Vec<Row>> {
        let due = Filter::Is(WAKES_AT.to_owned(), Op::LessOrEqual, Cell::Instant(now));
        let order = Order {
            column: WAKES_AT.to_owned(),
            descending: false,
        };
        let select = Select {
            filter: Some(due),
            order: vec![order],
            limit: Some(limit),
        };
        self.select_rows(table, &select).await
    }

    /// Number and checksum of the rows of one generation, without regard to some columns.
    pub async fn sums(
        &self,
        table: &TableSpec,
        generation: i64,
        without: &[&str],
    ) -> Result<Sums> {
        let name = table.generation(generation).sql_name()?;
        let columns: Vec<String> = table
            .columns
            .iter()
            .filter(|column| !without.contains(&column.name.as_str()))
            .map(|column| format!(", \"{}\"", column.name))
            .collect();
        let columns = columns.concat();
        let mut hasher = Sha256::new();
        // Rows of a stream have no order of their own: their cells give it.
        let text = format!(
            "SELECT {STREAM}{columns} FROM {name} WHERE {STREAM} > ? AND {STREAM} <= \
             (SELECT max({STREAM}) FROM (SELECT {STREAM} FROM {name} WHERE {STREAM} > ? \
             ORDER BY {STREAM} LIMIT {SUM_ROWS})) ORDER BY {STREAM}{columns}"
        );
        let (mut rows, mut last) = (0, String::new());
        loop {
            let after = Value::from(last.as_str());
            let batch = Batch::new().ask_built(text.clone(), vec![after.clone(), after]);
            let found = self.read_rows(batch).await?;
            if found.is_empty() {
                let checksum = hasher.finalize().into();
                return Ok(Sums { rows, checksum });
            }
            for mut row in found {
                rows += 1;
                last = row.text()?;
                hasher.update(last.as_bytes());
                while let Ok(value) = row.value() {
                    hasher.update(format!("\u{1f}{value:?}"));
                }
                hasher.update("\u{1e}");
            }
        }
    }
}

fn start(
    spec: &TableSpec,
    table: &TableId,
    filter: Option<&Filter>,
) -> Result<(String, Vec<Value>)> {
    let columns = spec.columns.iter();
    let columns: String = columns.map(|c| format!(", \"{}\"", c.name)).collect();
    let mut text = format!("SELECT {STREAM}{columns} FROM {}", table.sql_name()?);
    let values = filtered(&mut text, spec, filter)?;
    Ok((text, values))
}

fn filtered(text: &mut String, spec: &TableSpec, filter: Option<&Filter>) -> Result<Vec<Value>> {
    let mut values = Vec::new();
    if let Some(filter) = filter {
        text.push_str(" WHERE ");
        condition(text, &mut values, spec, filter, MAX_DEPTH)?;
    }
    Ok(values)
}

fn condition(
    text: &mut String,
    values: &mut Vec<Value>,
    spec: &TableSpec,
    filter: &Filter,
    depth: usize,
) -> Result<()> {
    let Some(depth) = depth.checked_sub(1) else {
        return Err(StoreError::bad_request("the filter is nested too deeply"));
    };
    match filter {
        Filter::Is(column, op, cell) => {
            spec.kind_of(column)?;
            text.push_str(&format!("\"{column}\" {} ?", op.as_str()));
            values.push(Value::from(cell));
        }
        Filter::IsNull(column, unset) => {
            spec.kind_of(column)?;
            let test = if *unset { "IS NULL" } else { "IS NOT NULL" };
            text.push_str(&format!("\"{column}\" {test}"));
        }
        Filter::In(column, cells) => {
            spec.kind_of(column)?;
            let marks = vec!["?"; cells.len()].join(", ");
            text.push_str(&format!("\"{column}\" IN ({marks})"));
            values.extend(cells.iter().map(Value::from));
        }
        Filter::Not(inner) => {
            text.push_str("NOT coalesce(");
            condition(text, values, spec, inner, depth)?;
            text.push_str(", 0)");
        }
        Filter::And(all) | Filter::Or(all) => {
            let (word, none) = match filter {
                Filter::And(_) => (" AND ", "1"),
                _ => (" OR ", "0"),
            };
            text.push_str(if all.is_empty() { none } else { "(" });
            for (number, inner) in all.iter().enumerate() {
                text.push_str(if number > 0 { word } else { "" });
                condition(text, values, spec, inner, depth)?;
            }
            text.push_str(if all.is_empty() { "" } else { ")" });
        }
    }
    Ok(())
}

fn row(spec: &TableSpec, mut found: backend::Row) -> Result<Row> {
    let stream = StreamName::trusted(found.text()?);
    let cells = spec.columns.iter().map(|column| {
        let value = found.value()?;
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
        (ColumnKind::Instant, Value::Integer(micros)) => {
            instant::from_micros(micros).map(Cell::Instant)
        }
        (ColumnKind::Flag, Value::Integer(flag)) => Ok(Cell::Flag(flag != 0)),
        (kind, value) => Err(StoreError::unreadable(&format!(
            "{value:?} is no {}",
            kind.as_str()
        ))),
    }
}
