//! Columns: what a table keeps, and what is computed when it is read.
//!
//! A kept column holds a fact or a date, so nothing goes stale at midnight. What depends on the day
//! asked for is a pure function of (row, day, policy).

use std::collections::BTreeMap;

use chrono::NaiveDate;
use spor_domain::policy::Policy;
use spor_domain::staff::Directory;
use spor_store::{Cell, ColumnKind, Filter, Op};

use crate::tables::Table;

/// The day a question is about, and what governs that day.
#[derive(Debug, Clone, Copy)]
pub struct Asking<'a> {
    /// The day.
    pub day: NaiveDate,
    /// The policy in force on it.
    pub policy: &'a Policy,
    /// Who is who; only there when a column of the question needs it.
    pub directory: Option<&'a Directory>,
    /// What each group is for; only there when a column of the question needs it.
    pub purposes: Option<&'a BTreeMap<String, String>>,
}

/// The kept cells of one row.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    /// The table it belongs to.
    pub table: &'static Table,
    /// Its kept cells, in the order of the table's kept columns.
    pub cells: &'a [Cell],
}

/// One column of a table.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// Its name; stable, also the key in JSON.
    pub name: &'static str,
    /// What it holds.
    pub kind: ColumnKind,
    /// What one of it is, where that is not plain.
    pub unit: Option<&'static str>,
    /// What it means, in Danish.
    pub da: &'static str,
    /// What it means, in English.
    pub en: &'static str,
    /// Every word it can hold, when it holds words of a closed list.
    pub words: &'static [&'static str],
    /// Where its cells come from.
    pub source: Source,
}

/// Where the cells of a column come from.
#[derive(Debug, Clone, Copy)]
pub enum Source {
    /// Kept in the row.
    Stored,
    /// Kept in the row for others to compute from; never shown.
    Hidden,
    /// Computed when the row is read.
    Computed(Formula, Narrow),
}

/// How a cell is computed.
pub type Formula = fn(&Row<'_>, &Asking<'_>) -> Cell;

/// Which kept rows can hold a computed cell at all, so that the database need not read the others.
#[derive(Debug, Clone, Copy)]
pub enum Narrow {
    /// Any row can.
    No,
    /// The rows that can hold a word, or nothing.
    Word(fn(Option<&str>, &Asking<'_>) -> Option<Filter>),
    /// The rows whose number can compare so.
    Number(fn(Op, i64, &Asking<'_>) -> Option<Filter>),
}

impl Column {
    /// A kept column.
    pub const fn stored(
        name: &'static str,
        kind: ColumnKind,
        da: &'static str,
        en: &'static str,
    ) -> Self {
        Self { name, kind, unit: None, da, en, words: &[], source: Source::Stored }
    }

    /// A column that is kept for others to compute from.
    pub const fn hidden(name: &'static str, kind: ColumnKind) -> Self {
        let source = Source::Hidden;
        Self { name, kind, unit: None, da: "", en: "", words: &[], source }
    }

    /// Computed instead of kept.
    #[must_use]
    pub const fn computed(mut self, formula: Formula) -> Self {
        self.source = Source::Computed(formula, Narrow::No);
        self
    }

    /// Computed, and the database can leave out rows that cannot match.
    #[must_use]
    pub const fn narrowed(mut self, formula: Formula, narrow: Narrow) -> Self {
        self.source = Source::Computed(formula, narrow);
        self
    }

    /// Holds nothing but these words.
    #[must_use]
    pub const fn of_words(mut self, words: &'static [&'static str]) -> Self {
        self.words = words;
        self
    }

    /// What one of it is.
    #[must_use]
    pub const fn in_unit(mut self, unit: &'static str) -> Self {
        self.unit = Some(unit);
        self
    }

    /// Whether it depends on the day asked for.
    pub fn is_computed(&self) -> bool {
        matches!(self.source, Source::Computed(..))
    }

    /// Whether it is kept in the row.
    pub fn is_kept(&self) -> bool {
        !self.is_computed()
    }

    /// Whether a reader may ask for it.
    pub fn is_shown(&self) -> bool {
        !matches!(self.source, Source::Hidden)
    }
}

impl Row<'_> {
    /// The kept cell of a column; nothing when the row has none.
    pub fn cell(&self, name: &str) -> &Cell {
        self.table.kept_place(name).and_then(|at| self.cells.get(at)).unwrap_or(&Cell::Null)
    }

    /// The cell of any column.
    pub fn value(&self, column: &Column, asking: &Asking<'_>) -> Cell {
        match column.source {
            Source::Stored | Source::Hidden => self.cell(column.name).clone(),
            Source::Computed(formula, _) => formula(self, asking),
        }
    }

    /// A date, when the cell holds one.
    pub fn date(&self, name: &str) -> Option<NaiveDate> {
        match self.cell(name) {
            Cell::Date(date) => Some(*date),
            _ => None,
        }
    }

    /// A text, when the cell holds one.
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.cell(name) {
            Cell::Text(text) => Some(text),
            _ => None,
        }
    }

    /// A whole number, when the cell holds one.
    pub fn integer(&self, name: &str) -> Option<i64> {
        match self.cell(name) {
            Cell::Integer(integer) => Some(*integer),
            _ => None,
        }
    }

    /// Whether the cell holds yes.
    pub fn flag(&self, name: &str) -> bool {
        matches!(self.cell(name), Cell::Flag(true))
    }
}

/// A text cell.
pub(crate) fn text(text: impl AsRef<str>) -> Cell {
    Cell::Text(text.as_ref().to_owned())
}

/// A cell of something that may not be there.
pub(crate) fn optional<T>(value: Option<T>, cell: impl FnOnce(T) -> Cell) -> Cell {
    value.map_or(Cell::Null, cell)
}

/// A cell with a date that may not be there.
pub(crate) fn date(date: Option<NaiveDate>) -> Cell {
    optional(date, Cell::Date)
}

/// A cell with a count.
pub(crate) fn count(count: impl TryInto<i64>) -> Cell {
    Cell::Integer(count.try_into().unwrap_or(i64::MAX))
}

/// A cell with several words in order; nothing when there are none.
pub(crate) fn words<T: AsRef<str>>(words: &[T]) -> Cell {
    if words.is_empty() {
        return Cell::Null;
    }
    let words: Vec<&str> = words.iter().map(AsRef::as_ref).collect();
    Cell::Text(words.join(", "))
}
