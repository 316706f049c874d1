//! Building a statement about the rows of a table: its words, its values, its conditions.

use super::{Filter, TableId, TableSpec, quoted};
use crate::backend::{Batch, Dialect, Value};
use crate::error::{Result, StoreError};

/// A filter nested deeper than this is no question of a person.
const MAX_DEPTH: usize = 32;

/// A statement under construction.
pub(super) struct Text {
    dialect: Dialect,
    pub(super) words: String,
    pub(super) values: Vec<Value>,
}

impl Text {
    pub(super) fn new(dialect: Dialect) -> Self {
        Self { dialect, words: String::new(), values: Vec::new() }
    }

    pub(super) fn batch(self) -> Batch {
        Batch::new().ask_built(self.words, self.values)
    }

    pub(super) fn add(&mut self, text: &str) {
        self.words.push_str(text);
    }

    /// Adds a value; what its column holds says how it is compared.
    pub(super) fn value(&mut self, value: Value) {
        self.words.push_str(&self.dialect.mark(self.values.len() + 1, &value));
        self.values.push(value);
    }

    pub(super) fn from(
        &mut self,
        spec: &TableSpec,
        table: &TableId,
        filter: Option<&Filter>,
    ) -> Result<()> {
        self.add(&format!("FROM {}", table.sql_name()?));
        if let Some(filter) = filter {
            self.add(" WHERE ");
            self.filter(spec, filter)?;
        }
        Ok(())
    }

    /// The condition that rows pass a filter.
    pub(super) fn filter(&mut self, spec: &TableSpec, filter: &Filter) -> Result<()> {
        self.condition(spec, filter, MAX_DEPTH)
    }

    fn condition(&mut self, spec: &TableSpec, filter: &Filter, depth: usize) -> Result<()> {
        let Some(depth) = depth.checked_sub(1) else {
            return Err(StoreError::bad_request("the filter is nested too deeply"));
        };
        match filter {
            Filter::Is(column, op, cell) => {
                let column = column_in(spec, column)?;
                self.add(&format!("{column} {} ", op.as_str()));
                self.value(Value::from(cell));
            }
            Filter::IsNull(column, unset) => {
                let column = column_in(spec, column)?;
                self.add(&column);
                self.add(if *unset { " IS NULL" } else { " IS NOT NULL" });
            }
            Filter::In(column, cells) => {
                let column = column_in(spec, column)?;
                // In front of the others a NULL changes nothing, and none at all is no special case.
                self.add(&format!("{column} IN (NULL"));
                for cell in cells {
                    self.add(", ");
                    self.value(Value::from(cell));
                }
                self.add(")");
            }
            Filter::Not(inner) => {
                self.add("NOT coalesce(");
                self.condition(spec, inner, depth)?;
                self.add(", false)");
            }
            Filter::And(all) => self.several(spec, all, (" AND ", "true"), depth)?,
            Filter::Or(all) => self.several(spec, all, (" OR ", "false"), depth)?,
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

/// A column that the table has, as it stands in a statement.
pub(super) fn column_in(spec: &TableSpec, column: &str) -> Result<String> {
    spec.kind_of(column).map(|_| quoted(column))
}
