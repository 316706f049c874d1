//! The store in numbers, for whoever watches over it: counts and instants, nothing of anybody.

use chrono::{DateTime, NaiveDate, Utc};

use crate::backend::{Batch, read};
use crate::error::{Result, StoreError};
use crate::ids::Position;
use crate::letters::LetterState;
use crate::sql;
use crate::store::Store;

/// What waits, what was done, and how far the tables have come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Measures {
    /// Reminders that still have to find their letter.
    pub planned: i64,
    /// Erasures that were begun and not finished.
    pub erasures_unfinished: i64,
    /// The last position of the log.
    pub head: Position,
    /// The last position that every table knows.
    pub tables_at: Position,
    /// When the first event was recorded that a table does not know.
    pub lacking_since: Option<DateTime<Utc>>,
    /// The letters of each state that has any.
    pub letters: Vec<LettersIn>,
    /// What nobody has seen put right yet, by what it is filed under.
    pub failures: Vec<(String, i64)>,
}

/// The letters of one state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LettersIn {
    /// The state.
    pub state: LetterState,
    /// How many.
    pub count: i64,
    /// The earliest instant at which one of them may go out, or might have.
    pub first_at: DateTime<Utc>,
    /// The earliest day that one of them was written for.
    pub first_day: NaiveDate,
}

impl Measures {
    /// The letters of a state, if there are any.
    pub fn letters_in(&self, state: LetterState) -> Option<&LettersIn> {
        self.letters.iter().find(|letters| letters.state == state)
    }
}

impl Store {
    /// Counts what waits; reads ledger, outbox and checkpoints, never the log.
    pub async fn measures(&self) -> Result<Measures> {
        let rows = self.read_rows(Batch::new().ask(sql::MEASURE_LETTERS, vec![])).await?;
        let letters = rows
            .into_iter()
            .map(|mut row| Ok(read!(row => LettersIn { state, count, first_at, first_day })))
            .collect::<Result<_>>()?;
        let rows = self.read_rows(Batch::new().ask(sql::MEASURE_FAILURES, vec![])).await?;
        let failures = rows
            .into_iter()
            .map(|mut row| Ok((row.take()?, row.take()?)))
            .collect::<Result<_>>()?;
        let found = self.read_row(Batch::new().ask(sql::MEASURE_STORE, vec![])).await?;
        let mut row = found.ok_or_else(|| StoreError::unreadable("the log has no head"))?;
        Ok(read!(row => Measures {
            planned, erasures_unfinished, head, tables_at, lacking_since,
        } with { letters, failures }))
    }
}
