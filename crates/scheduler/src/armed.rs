//! Rows of the read models that wake the scheduler, and what each asks for.

use spor_domain::rules::{Deadline, Span};
use spor_projections::tables::Table;
use spor_projections::tables::deadlines::{self, WAKES_AT};
use spor_projections::tables::watches;
use spor_store::{Cell, Rearm, Row, StreamName};
use uuid::Uuid;

use crate::error::{Result, SchedulerError};

/// The tables whose rows wake the scheduler.
pub(crate) static WAKING: [&Table; 2] = [&deadlines::TABLE, &watches::TABLE];

/// A row that wakes the scheduler, as far as planning reads it.
pub(crate) struct Armed {
    pub(crate) stream: StreamName,
    pub(crate) rule: String,
    pub(crate) asks: Asks,
    pub(crate) rearm: Rearm,
}

/// What a row that wakes the scheduler is about.
#[derive(Clone, Copy)]
pub(crate) enum Asks {
    /// One deadline, by its cycle.
    One(Uuid),
    /// Whatever the rule asks for on these days.
    Any(Span),
}

impl Asks {
    pub(crate) fn cycle(self) -> Uuid {
        match self {
            Self::One(cycle) => cycle,
            Self::Any(_) => Uuid::nil(),
        }
    }

    pub(crate) fn is_about(self, deadline: &Deadline) -> bool {
        match self {
            Self::One(cycle) => deadline.cycle.0 == cycle,
            Self::Any(_) => true,
        }
    }
}

/// A due row, as far as planning reads it.
pub(crate) fn read(table: &Table, row: Row) -> Result<Armed> {
    let cell = |name: &str| table.kept_place(name).and_then(|at| row.cells.get(at));
    let missing = |name: &str| SchedulerError::Deadlines(format!("{name} is missing"));
    let Some(Cell::Text(rule)) = cell("rule") else {
        return Err(missing("rule"));
    };
    let asks = match (cell("cycle"), cell("from"), cell("until")) {
        (Some(Cell::Text(cycle)), _, _) => Asks::One(cycle.parse().map_err(|_| missing("cycle"))?),
        (_, Some(Cell::Date(from)), until) => {
            let until = match until {
                Some(Cell::Date(until)) => Some(*until),
                _ => None,
            };
            Asks::Any(Span { from: *from, until })
        }
        _ => return Err(missing("cycle or from")),
    };
    let Some(Cell::Instant(seen)) = cell(WAKES_AT) else {
        return Err(missing(WAKES_AT));
    };
    let key = table.key.iter().map(|name| match cell(name) {
        Some(cell) => Ok(((*name).to_owned(), cell.clone())),
        None => Err(missing(name)),
    });
    let rearm = Rearm {
        stream: row.stream.clone(),
        key: key.collect::<Result<_>>()?,
        seen: *seen,
        wakes_at: None,
    };
    Ok(Armed { rule: rule.clone(), asks, rearm, stream: row.stream })
}
