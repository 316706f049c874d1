//! Comparing: the rows of a case as they are kept with those that the log gives now.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, Utc};
use spor_domain::calendar;
use spor_history::load::KnownAt;
use spor_store::{Cell, Filter, Select, StreamName};

use super::advance::{Step, Work};
use super::{BUSY_WAIT, Kept, POLICY_VERSION, Runner};
use crate::error::Result;
use crate::tables::deadlines::{self, WAKES_AT};
use crate::tables::{Folded, Governed, Table};

/// How long a program that works on the tables is waited for.
const PATIENCE: Duration = Duration::from_secs(20);
/// The version of a row that no policy made: it is made anew under the one of the day.
const NO_POLICY: i64 = -1;
/// Longer than any stretch of closed days, over which a letter comes before its day.
const LONGEST_CLOSURE_DAYS: u32 = 14;

impl Runner {
    /// The kept rows of these cases in a table.
    pub async fn kept_rows(
        &self,
        table: &Table,
        streams: &[StreamName],
    ) -> Result<BTreeMap<StreamName, Vec<Vec<Cell>>>> {
        let names = streams.iter().map(|name| Cell::Text(name.to_string())).collect();
        let filter = Some(Filter::In("stream".to_owned(), names));
        let select = Select { filter, order: Vec::new(), limit: None };
        let mut rows = BTreeMap::<StreamName, Vec<Vec<Cell>>>::new();
        for row in self.store().select_rows(&table.spec(), &select).await? {
            rows.entry(row.stream).or_default().push(row.cells);
        }
        Ok(rows)
    }

    /// The cases of these whose rows in a table are not those that the log gives under the policy of
    /// today. The instant that wakes the scheduler is its own to move and is left out; what an
    /// earlier policy made is not compared.
    pub async fn differing(
        &self,
        table: &Table,
        streams: &[StreamName],
        now: DateTime<Utc>,
    ) -> Result<Vec<StreamName>> {
        let round = self.round(Duration::ZERO, now).await?;
        let kept = self.kept_rows(table, streams).await?;
        let mut differing = Vec::new();
        for (case, fold) in self.memory().fold_anew(streams).await? {
            let Ok(fold) = fold else { continue };
            let governed = Governed { policies: &round.policies, on: round.today };
            let folded = Folded::new(&case, &fold, calendar::LAST_DAY, governed);
            if folded.fault().is_some() {
                continue;
            }
            let stream = spor_history::stream::of_case(&case);
            let there = kept.get(&stream).map_or(&[][..], Vec::as_slice);
            let version = table.kept_place(POLICY_VERSION);
            let is_of_today = |row: &Vec<Cell>| {
                version.is_none_or(|at| row[at] == Cell::Integer(folded.policy_version))
            };
            if there.iter().all(is_of_today)
                && comparable(table, there) != comparable(table, &table.rows(&folded))
            {
                differing.push(stream);
            }
        }
        Ok(differing)
    }

    /// Makes the rows of these cases anew; false when another program held the tables all the time.
    pub async fn remake(&self, streams: &[StreamName], now: DateTime<Utc>) -> Result<bool> {
        let round = self.round(PATIENCE, now).await?;
        while !round.is_over() {
            if let Some(work) = self.work_on(streams).await?
                && self.claim(&work.tables).await?
            {
                let done = self.advance(&work, &round, &mut None).await;
                self.store().release_projection(&self.owner).await?;
                if done? == Step::Done {
                    return Ok(true);
                }
            }
            tokio::time::sleep(BUSY_WAIT).await;
            self.advance_upto(0, PATIENCE, now).await?;
        }
        Ok(false)
    }

    /// Lets the rows be made anew, some in each round, whose letters a clock that was ahead until
    /// `before` may have passed over: what had ended by then was told to nobody.
    pub async fn forget_ahead(&self, now: DateTime<Utc>, before: DateTime<Utc>) -> Result<()> {
        let (policies, _) = self.memory().policies(KnownAt::Everything).await?;
        let upto = calendar::days_after(Self::day_of(&policies, before), LONGEST_CLOSURE_DAYS);
        let woken = deadlines::woken_before(upto, Self::day_of(&policies, now));
        let every = Filter::IsNull(POLICY_VERSION.to_owned(), false);
        let of_no_policy = (POLICY_VERSION, &Cell::Integer(NO_POLICY));
        let active = self.active().await?;
        let waking = active.iter().map(|((table, _), _)| table);
        for table in waking.filter(|table| table.kept_place(WAKES_AT).is_some()) {
            let is_dated = table.name == deadlines::TABLE.name;
            let rows = if is_dated { &woken } else { &every };
            self.store().set_cells(&table.spec(), rows, of_no_policy).await?;
        }
        Ok(())
    }

    /// The rows of these cases in all tables that stand at the head.
    async fn work_on(&self, streams: &[StreamName]) -> Result<Option<Work<'_>>> {
        let head = self.store().head().await?.position;
        let active = self.active().await?;
        let is_there = active.iter().all(|(_, at)| *at == head);
        let tables: Vec<Kept> = active.into_iter().map(|(kept, _)| kept).collect();
        let only = Some(streams.to_vec());
        Ok(is_there.then_some(Work { tables, from: head, to: head, only, seen: None }))
    }
}

/// Rows as they can be compared: without the scheduler's column, in an order of their own.
fn comparable(table: &Table, rows: &[Vec<Cell>]) -> Vec<String> {
    let without = table.kept_place(WAKES_AT);
    let text = |row: &Vec<Cell>| {
        let cells = row.iter().enumerate().filter(|(at, _)| Some(*at) != without);
        let cells: Vec<String> = cells.map(|(_, cell)| format!("{cell:?}")).collect();
        cells.join("\u{1f}")
    };
    let mut rows: Vec<String> = rows.iter().map(text).collect();
    rows.sort();
    rows
}
