//! Reports: questions over whole tables, grouped, counted and compared when somebody asks.
//!
//! A report is a table without rows of its own. It is asked by name like the others, for any day.

pub mod budgets;
pub mod deviations;
pub mod follow_up_compliance;
pub mod mentor_load;
pub mod method_review;
pub mod volunteer_corps;

use spor_domain::case::Case;
use spor_store::Cell;

use crate::column::{Asking, Row};
use crate::tables::Table;

/// How a report is made.
#[derive(Debug)]
pub struct Report {
    /// The tables it is made from.
    pub from: &'static [&'static Table],
    /// Its rows: the cells in the order of its columns.
    pub rows: fn(&Gathered<'_>) -> Vec<Vec<Cell>>,
}

/// Whole tables as of the day asked about.
#[derive(Debug)]
pub struct Gathered<'a> {
    /// The day, and what governs it.
    pub asking: &'a Asking<'a>,
    /// The fold of the municipality's programme.
    pub programme: Case,
    /// The rows of each table: the kept cells.
    pub tables: Vec<(&'static Table, Vec<Vec<Cell>>)>,
}

impl Gathered<'_> {
    /// The rows of one of the report's tables.
    fn rows(&self, table: &'static Table) -> impl Iterator<Item = Row<'_>> {
        let of = self.tables.iter().filter(move |(other, _)| other.name == table.name);
        of.flat_map(|(table, rows)| rows.iter().map(|cells| Row { table, cells }))
    }

    /// A text of a row, kept or computed.
    fn word(&self, row: &Row<'_>, column: &str) -> Option<String> {
        match self.cell(row, column) {
            Cell::Text(text) => Some(text),
            _ => None,
        }
    }

    /// A cell of a row, kept or computed.
    fn cell(&self, row: &Row<'_>, column: &str) -> Cell {
        row.table.column(column).map_or(Cell::Null, |column| row.value(column, self.asking))
    }
}

/// The middle of some numbers; the lower one of two.
fn median(mut numbers: Vec<i64>) -> Option<i64> {
    numbers.sort_unstable();
    numbers.get(numbers.len().checked_sub(1)? / 2).copied()
}
