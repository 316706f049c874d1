//! Derived tables: what is known, kept as rows. Disposable; the log can make them again.
//!
//! A table is kept per name, version and generation. Rows belong to a stream, and the rows of a
//! stream are always replaced together. Each generation has a checkpoint that moves only by
//! comparing and setting its position and owner.

use chrono::{DateTime, NaiveDate, Utc};

use crate::envelope::Hash;
use crate::error::{Result, StoreError};
use crate::ids::{Position, StreamName};
use crate::words::words;

mod checkpoints;
mod failures;
mod select;
mod statement;
mod write;

pub use checkpoints::Checkpoint;
pub use failures::Failure;
pub use select::{Filter, Op, Order, Select, Sums};
pub(crate) use write::rearm;

words! {
    /// What a column holds.
    pub enum ColumnKind {
        /// Text.
        Text = "text",
        /// A whole number.
        Integer = "integer",
        /// A number with a fraction.
        Real = "real",
        /// A civil date.
        Date = "date",
        /// An instant UTC.
        Instant = "instant",
        /// Yes or no.
        Flag = "flag",
    }
}

words! {
    /// What a generation of a table is for.
    pub enum Status {
        /// Being filled beside the active one.
        Building = "building",
        /// The one that answers.
        Active = "active",
        /// Replaced by a later one.
        Retired = "retired",
        /// Given up.
        Failed = "failed",
    }
}

/// One value of a row.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Nothing.
    Null,
    /// Text.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// A number with a fraction.
    Real(f64),
    /// A civil date.
    Date(NaiveDate),
    /// An instant UTC.
    Instant(DateTime<Utc>),
    /// Yes or no.
    Flag(bool),
}

/// One column of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnSpec {
    /// Its name: small letters, digits and `_`.
    pub name: String,
    /// What it holds.
    pub kind: ColumnKind,
}

/// One index of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexSpec {
    /// The columns, in order.
    pub columns: Vec<String>,
    /// Only rows where this column is set stand in the index.
    pub only_set: Option<String>,
}

/// What a table looks like; the store adds a column `stream` and its index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableSpec {
    /// Its name: small letters, digits and `_`.
    pub name: String,
    /// The version of its shape and of the functions that make its rows.
    pub version: u32,
    /// A hash of what makes its rows, to notice a change that forgot the version.
    pub logic_hash: Hash,
    /// Its columns.
    pub columns: Vec<ColumnSpec>,
    /// Its indexes.
    pub indexes: Vec<IndexSpec>,
}

/// One generation of a table.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TableId {
    /// The table's name.
    pub name: String,
    /// The version of its shape.
    pub version: u32,
    /// Counted from 1 with each rebuild.
    pub generation: i64,
}

/// A row as it is read.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The stream it was made from.
    pub stream: StreamName,
    /// Its cells, in the order of the table's columns.
    pub cells: Vec<Cell>,
}

/// The rows of one stream in one table, which replace all rows it had there.
#[derive(Clone, Debug)]
pub struct StreamRows {
    /// Which stream.
    pub stream: StreamName,
    /// Its rows, cells in the order of the table's columns; none to remove them.
    pub rows: Vec<Vec<Cell>>,
}

/// New rows of one table.
#[derive(Clone, Debug)]
pub struct TableRows {
    /// Which generation of which table.
    pub table: TableId,
    /// The streams whose rows are replaced.
    pub streams: Vec<StreamRows>,
}

/// What one step of a projection writes: rows of some tables, and all their checkpoints.
#[derive(Clone, Debug)]
pub struct RowBatch {
    /// Who holds the tables.
    pub owner: String,
    /// Where the checkpoints of all the tables stand.
    pub from: Position,
    /// Where they shall stand.
    pub to: Position,
    /// The rows.
    pub tables: Vec<TableRows>,
}

const NAME_MAX_CHARS: usize = 48;

impl ColumnSpec {
    /// A column of a kind.
    pub fn new(name: &str, kind: ColumnKind) -> Self {
        let name = name.to_owned();
        Self { name, kind }
    }
}

impl TableSpec {
    /// Refuses names that cannot stand in a statement.
    pub(crate) fn check(&self) -> Result<()> {
        let columns = self.columns.iter().map(|column| column.name.as_str());
        for name in columns.chain([self.name.as_str()]) {
            check_name(name)?;
        }
        let indexed = self.indexes.iter();
        let mut used = indexed.flat_map(|index| index.columns.iter().chain(&index.only_set));
        used.try_for_each(|name| self.kind_of(name).map(|_| ()))
    }

    /// The kind of a column; `stream` is one too.
    pub(crate) fn kind_of(&self, name: &str) -> Result<ColumnKind> {
        if name == STREAM {
            return Ok(ColumnKind::Text);
        }
        let found = self.columns.iter().find(|column| column.name == name);
        found.map(|column| column.kind).ok_or_else(|| {
            StoreError::bad_request(format!("table {} has no column {name}", self.name))
        })
    }

    /// One generation of this table.
    pub fn generation(&self, generation: i64) -> TableId {
        TableId { name: self.name.clone(), version: self.version, generation }
    }
}

impl TableId {
    /// The name of the table in the database.
    pub(crate) fn sql_name(&self) -> Result<String> {
        check_name(&self.name)?;
        Ok(format!("p_{}_{}_g{}", self.name, self.version, self.generation))
    }
}

/// The column that every table has.
pub(crate) const STREAM: &str = "stream";

/// A checked name as it stands in a statement.
fn quoted(name: &str) -> String {
    format!("\"{name}\"")
}

fn check_name(name: &str) -> Result<()> {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    let opens = name.starts_with(|c: char| c.is_ascii_lowercase());
    if opens && name.len() <= NAME_MAX_CHARS && name.chars().all(fits) {
        return Ok(());
    }
    let what = format!("{name:?} is no name of a table or column");
    Err(StoreError::bad_request(what))
}
